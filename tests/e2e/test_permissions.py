"""What a function may do and import is what the program says: locally as on AWS."""

import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from functions.build import dependency_layer, host_target
from tests.e2e.home import ROOT, Home, Platform
from tests.support import checkout

REMOVED = "pydantic"
WHOLE = "rest = made(defaults, behind_rest(parts))"
LACKING = """from dataclasses import replace
from components.function import DependencyLayer, DependencyLayerArgs

thin = DependencyLayer(
    "thin",
    DependencyLayerArgs(
        layer_name=f"{settings.prefix}-thin",
        archive=pulumi.FileArchive("thin.zip"),
        runtime=settings.runtime,
        architecture=settings.architecture,
    ),
)
rows = {row.name: row for row in behind_rest(parts)}
rows["health"] = replace(rows["health"], grants=())
rest = {
    **made(defaults, [row for row in rows.values() if row.name != "twin"]),
    **made(replace(defaults, layer_arn=thin.arn), [rows["twin"]]),
}"""


@pytest.fixture(scope="module")
def lacking(new_home: Callable[..., Home], tmp_path_factory: pytest.TempPathFactory) -> Platform:
    """The slice without a grant of the health function, and without a dependency of the twin function."""
    project = checkout.copy_project(tmp_path_factory.mktemp("lacking") / "project")
    checkout.replace(project / "__main__.py", WHOLE, LACKING)
    _copy_without(REMOVED, ROOT / dependency_layer(*host_target()), project / "thin.zip")
    home = new_home(project)
    home.omnitrack("local", "up")
    home.omnitrack("up", "-s", "development")
    return Platform(home=home)


def _copy_without(package: str, archive: Path, target: Path) -> None:
    with zipfile.ZipFile(archive) as source, zipfile.ZipFile(target, "w") as copy:
        for entry in source.infolist():
            if entry.filename.split("/")[1] != package:
                copy.writestr(entry, source.read(entry))


def _log(platform: Platform, function: str) -> str:
    pages = (
        platform.client("logs")
        .get_paginator("filter_log_events")
        .paginate(logGroupName=f"/aws/lambda/omnitrack-development-{function}")
    )
    return "".join(event["message"] for page in pages for event in page["events"])


def test_a_function_without_the_grant_is_denied(lacking: Platform, eventually: Any) -> None:
    answer = lacking.request("GET", "/health")
    assert answer.status_code == 503
    assert "unavailable" in answer.json()["checks"].values()
    eventually(lambda: "AccessDenied" in _log(lacking, "health"))
    assert "dynamodb:GetItem" in _log(lacking, "health")


def test_a_function_without_a_dependency_fails_at_import(lacking: Platform) -> None:
    answer = lacking.client("lambda").invoke(
        FunctionName="omnitrack-development-twin", Qualifier="live", Payload=b"{}"
    )
    error = json.loads(answer["Payload"].read())
    assert answer["FunctionError"] == "Unhandled"
    assert f"No module named '{REMOVED}'" in error["errorMessage"], error


def test_what_has_its_dependencies_works_beside_it(lacking: Platform) -> None:
    answer = lacking.client("lambda").invoke(
        FunctionName="omnitrack-development-sensor-ingest", Qualifier="live", Payload=b'{"Records": []}'
    )
    assert "FunctionError" not in answer
    assert json.loads(answer["Payload"].read()) == {"batchItemFailures": []}
