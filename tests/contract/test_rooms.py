"""The arrows of docs/architecture.md, section 1: which room may import which."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.program import ROOT

ROOMS = (
    "settings",
    "composition",
    "components",
    "functions",
    "omnitrack",
    "policy",
    "runbook",
    "localcloud",
    "tests",
    "bench",
)
# A module or package -> what it may import of the project, and packages that it must do without.
ALLOWED: dict[str, set[str]] = {
    "__main__.py": {
        *("settings", "composition", "policy.guard", "functions.build"),
        "omnitrack.domain.thresholds",
    },
    "settings.py": set(),
    "composition": {"settings", "composition", "components", "omnitrack.domain.access"},
    "components": {"components"},
    "functions/omnitrack/domain": {"omnitrack.domain"},
    "functions/omnitrack/adapters": {"omnitrack.adapters", "omnitrack.domain"},
    "functions/omnitrack/handlers": {"omnitrack"},
    "functions/build.py": set(),
    "policy": {"policy"},
    "runbook": {
        *("runbook", "localcloud.control", "localcloud.engine"),
        *("omnitrack.domain", "omnitrack.adapters"),
    },
    "localcloud/engine": {"localcloud.engine"},
    "localcloud/aws": {"localcloud.aws"},
    "localcloud/provider": {"localcloud.provider"},
    "localcloud/control.py": {"localcloud"},
}
FORBIDDEN: dict[str, set[str]] = {
    "functions/omnitrack/domain": {
        "boto3",
        "botocore",
        "aws_lambda_powertools",
        "os",
        "pulumi",
        "pulumi_aws",
    },
    "functions/omnitrack/handlers": {"boto3", "botocore", "pulumi", "pulumi_aws"},
    "functions/omnitrack": {"pulumi", "pulumi_aws"},
    "policy": {"pulumi_aws", "boto3"},
    "runbook": {"pulumi_aws"},
    "localcloud/aws": {"pulumi", "pulumi_aws", "pulumi_policy"},
}
STANDARD_LIBRARY_ONLY = ("functions/build.py", "localcloud/engine", "localcloud/control.py")


def files(place: str) -> list[Path]:
    path = ROOT / place
    return [path] if path.suffix else sorted(path.rglob("*.py"))


def imports(path: Path) -> Iterator[str]:
    """Every module that a file imports, also within functions and for types; names from packages in full."""
    package = path.relative_to(ROOT).with_suffix("").parts[:-1]
    for node in ast.walk(ast.parse(path.read_text(), str(path))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(package[: len(package) - node.level + 1]) if node.level else ""
            module = ".".join(part for part in (base, node.module) if part)
            yield from (f"{module}.{alias.name}" for alias in node.names)


def inside(module: str, packages: set[str]) -> bool:
    return any(module == package or module.startswith(f"{package}.") for package in packages)


@pytest.mark.parametrize("place", ALLOWED)
def test_a_room_imports_only_what_the_architecture_allows(place: str) -> None:
    assert files(place), f"{place} has no source"
    for path in files(place):
        for module in imports(path):
            if module.partition(".")[0] in ROOMS:
                assert inside(module, ALLOWED[place]), f"{path.relative_to(ROOT)} imports {module}"


@pytest.mark.parametrize("place", FORBIDDEN)
def test_a_room_does_without_what_it_must_not_know(place: str) -> None:
    for path in files(place):
        for module in imports(path):
            assert not inside(module, FORBIDDEN[place]), f"{path.relative_to(ROOT)} imports {module}"


@pytest.mark.parametrize("place", STANDARD_LIBRARY_ONLY)
def test_what_runs_before_anything_is_installed_needs_the_standard_library_only(place: str) -> None:
    for path in files(place):
        for module in imports(path):
            top = module.partition(".")[0]
            assert top in sys.stdlib_module_names or top in ROOMS, (
                f"{path.relative_to(ROOT)} imports {module}"
            )


def test_a_component_knows_others_by_its_arguments_only() -> None:
    """Importing a component's class is for the types of arguments; constants and helpers are free."""
    capabilities = {
        path.stem for path in files("components") if "pulumi.ComponentResource)" in path.read_text()
    }
    for path in files("components"):
        module = ast.parse(path.read_text())
        for node in module.body:
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("components."):
                assert node.module.removeprefix("components.") not in capabilities, path.name  # type: ignore[union-attr]
