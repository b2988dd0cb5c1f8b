"""A virtualenv gets links to the engine, and nothing of the user's is replaced."""

from pathlib import Path

import pytest

from localcloud.engine import Engine, EngineError, link
from tests.localcloud.engine.machine import Machine


@pytest.fixture
def engine(machine: Machine, tmp_path: Path) -> Engine:
    folder = machine.install_pulumi("3.259.0", tmp_path / "engine")
    machine.executable(folder, "pulumi-language-python-exec")
    return Engine(folder=folder, host_folder=folder, version="3.259.0")


@pytest.fixture
def venv(tmp_path: Path) -> Path:
    (tmp_path / "venv" / "bin").mkdir(parents=True)
    return tmp_path / "venv"


def test_all_executables_are_linked(engine: Engine, venv: Path) -> None:
    link(engine, venv)
    names = sorted(path.name for path in (venv / "bin").iterdir())
    assert names == ["pulumi", "pulumi-language-python", "pulumi-language-python-exec"]
    assert all((venv / "bin" / name).resolve() == engine.folder / name for name in names)


def test_links_to_an_earlier_engine_are_replaced_even_where_it_is_gone(engine: Engine, venv: Path) -> None:
    (venv / "bin" / "pulumi").symlink_to(venv / "gone" / "pulumi")
    link(engine, venv)
    link(engine, venv)
    assert (venv / "bin" / "pulumi").resolve() == engine.folder / "pulumi"


def test_an_engine_in_two_folders_is_linked_from_both(
    engine: Engine, venv: Path, machine: Machine, tmp_path: Path
) -> None:
    host = machine.executable(tmp_path / "host", "pulumi-language-python")
    link(Engine(folder=engine.folder, host_folder=host.parent, version="3.259.0"), venv)
    assert (venv / "bin" / "pulumi").resolve() == engine.folder / "pulumi"
    assert (venv / "bin" / "pulumi-language-python").resolve() == host


def test_an_engine_that_lies_in_the_virtualenv_stays_as_it_is(machine: Machine, venv: Path) -> None:
    machine.install_pulumi("3.259.0", venv / "bin")
    link(Engine(folder=venv / "bin", host_folder=venv / "bin", version="3.259.0"), venv)
    assert not (venv / "bin" / "pulumi").is_symlink()


def test_a_file_of_another_origin_is_not_replaced(engine: Engine, venv: Path, machine: Machine) -> None:
    machine.executable(venv / "bin", "pulumi", "mine")
    with pytest.raises(EngineError, match="is a file, not a link: remove it"):
        link(engine, venv)
    assert (venv / "bin" / "pulumi").read_text(encoding="utf-8") == "mine"


def test_a_folder_that_is_no_virtualenv_is_refused(engine: Engine, tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="is no virtualenv"):
        link(engine, tmp_path / "nothing")
