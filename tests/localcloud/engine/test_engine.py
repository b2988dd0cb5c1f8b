"""An engine's environment is whole, and it brings nothing that slows or surprises."""

import os
from pathlib import Path

import pytest

from localcloud.engine import Engine
from localcloud.engine.engine import cache_folder

ENGINE = Engine(folder=Path("/engine"), host_folder=Path("/engine"), version="3.259.0")


def test_the_engines_folder_comes_first_on_the_path() -> None:
    assert ENGINE.environment({"PATH": "/usr/bin"})["PATH"] == os.pathsep.join(["/engine", "/usr/bin"])


def test_a_host_in_another_folder_is_on_the_path_too() -> None:
    engine = Engine(folder=Path("/engine"), host_folder=Path("/host"), version="3.259.0")
    assert engine.environment({"PATH": "/usr/bin"})["PATH"] == os.pathsep.join(
        ["/engine", "/host", "/usr/bin"]
    )


def test_without_a_path_the_engines_folder_is_the_path() -> None:
    assert ENGINE.environment({})["PATH"] == "/engine"


def test_bytecode_is_always_written() -> None:
    assert "PYTHONDONTWRITEBYTECODE" not in ENGINE.environment({"PYTHONDONTWRITEBYTECODE": "1"})


def test_other_variables_are_kept_and_the_given_mapping_is_not_changed() -> None:
    base = {"AWS_REGION": "eu-central-1", "PYTHONDONTWRITEBYTECODE": "1"}
    assert ENGINE.environment(base)["AWS_REGION"] == "eu-central-1"
    assert base == {"AWS_REGION": "eu-central-1", "PYTHONDONTWRITEBYTECODE": "1"}


def test_pulumis_home_lies_in_the_cache_unless_the_user_chose_one() -> None:
    assert ENGINE.environment({"OMNITRACK_CACHE": "/cache"})["PULUMI_HOME"] == "/cache/pulumi-home"
    assert ENGINE.environment({"OMNITRACK_CACHE": "/cache", "PULUMI_HOME": "/mine"})["PULUMI_HOME"] == "/mine"


def test_updates_are_never_looked_for() -> None:
    assert ENGINE.environment({})["PULUMI_SKIP_UPDATE_CHECK"] == "true"


def test_plugins_are_downloaded_except_in_local_runs() -> None:
    name = "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION"
    assert name not in ENGINE.environment({})
    assert ENGINE.environment({}, local=True)[name] == "true"


def test_without_a_base_the_processs_own_environment_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOMETHING_OF_MINE", "kept")
    assert ENGINE.environment()["SOMETHING_OF_MINE"] == "kept"


@pytest.mark.parametrize(
    ("variables", "folder"),
    [
        ({"OMNITRACK_CACHE": "/mine", "XDG_CACHE_HOME": "/xdg"}, Path("/mine")),
        ({"XDG_CACHE_HOME": "/xdg"}, Path("/xdg/omnitrack")),
        ({"OMNITRACK_CACHE": "", "XDG_CACHE_HOME": ""}, Path.home() / ".cache" / "omnitrack"),
        ({"OMNITRACK_CACHE": "~/there"}, Path.home() / "there"),
    ],
)
def test_the_cache_is_where_the_user_says_or_where_caches_are(
    variables: dict[str, str], folder: Path
) -> None:
    assert cache_folder(variables) == folder
