"""What the functions import: the layer, boto3, the standard library, and each other in one direction."""

import ast
import importlib.util
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from functions import build

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "functions" / "omnitrack"
MODULES = sorted(path.relative_to(PACKAGE).as_posix() for path in PACKAGE.rglob("*.py"))
# Every module of the handlers that has one; the others are what they share.
HANDLERS = sorted(
    path.stem for path in (PACKAGE / "handlers").glob("*.py") if "\ndef handler(" in path.read_text()
)
# What Lambda's Python runtimes bring along.
RUNTIME = ("boto3", "botocore", "s3transfer", "urllib3", "dateutil", "six", "jmespath")
# Which parts of the package a folder may import; a module beside the folders is a part of its own.
ARROWS = {
    "domain": {"domain"},
    "adapters": {"adapters", "domain"},
    "handlers": {"handlers", "domain", "wiring", "api", "contract", "routes"},
    "wiring": {"adapters", "domain", "environment", "tracing"},
    "tracing": {"domain", "environment"},
    "environment": {"domain"},
    "api": {"contract", "routes"},
    "routes": {"routes", "contract", "domain", "examples"},
    "contract": {"domain"},
    "examples": set(),
    "__init__": set(),
}
NOT_IN_DOMAIN = {"boto3", "botocore", "aws_lambda_powertools", "os", "http", "urllib", "socket", "pulumi"}


def imports(path: Path) -> Iterator[str]:
    """The modules that a file imports when it runs; those for the type checker only do not count."""
    tree = ast.parse(path.read_text())
    typing_only = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        if id(node) in typing_only:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            assert node.module is not None
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def part(module: str) -> str:
    return module.split("/", maxsplit=1)[0].removesuffix(".py")


@pytest.mark.parametrize("module", MODULES)
def test_arrows_point_one_way(module: str) -> None:
    found = {name.split(".")[1] for name in imports(PACKAGE / module) if name.startswith("omnitrack.")}
    assert found <= ARROWS[part(module)]


@pytest.mark.parametrize("module", [module for module in MODULES if part(module) == "domain"])
def test_the_domain_knows_neither_aws_nor_the_machine(module: str) -> None:
    assert not {name.split(".")[0] for name in imports(PACKAGE / module)} & NOT_IN_DOMAIN


@pytest.mark.parametrize("module", MODULES)
def test_the_environment_is_read_in_one_place(module: str) -> None:
    assert ("os" in imports(PACKAGE / module)) == (module == "environment.py")


@pytest.fixture(scope="module")
def lambda_path(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The import path of a function: its code, its layer, and what the runtime brings, nothing else."""
    folder = tmp_path_factory.mktemp("lambda")
    with zipfile.ZipFile(ROOT / build.code_archive()) as code:
        code.extractall(folder / "task")
    with zipfile.ZipFile(ROOT / build.dependency_layer(*build.host_target())) as layer:
        layer.extractall(folder / "opt")
    (folder / "runtime").mkdir()
    for name in RUNTIME:
        spec = importlib.util.find_spec(name)
        assert spec is not None
        assert spec.origin is not None
        origin = Path(spec.origin)
        source = origin.parent if origin.name == "__init__.py" else origin
        (folder / "runtime" / source.name).symlink_to(source)
    return [str(folder / "task"), str(folder / "opt" / "python"), str(folder / "runtime")]


@pytest.mark.parametrize("name", HANDLERS)
def test_a_handler_needs_only_its_code_its_layer_and_the_runtime(lambda_path: list[str], name: str) -> None:
    program = (
        f"import sys; sys.path += {lambda_path!r}; from omnitrack.handlers import {name} as m; m.handler"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", program], capture_output=True, text=True, check=False, env={}
    )
    assert done.stderr == ""


@pytest.mark.parametrize("name", HANDLERS)
def test_importing_a_handler_does_nothing(lambda_path: list[str], name: str) -> None:
    program = (
        f"import sys, socket; sys.path += {lambda_path!r}\n"
        "def refuse(*_a, **_k): raise AssertionError('a connection at import')\n"
        "socket.socket.connect = refuse\n"
        f"from omnitrack.handlers import {name} as m; from omnitrack import wiring\n"
        "caches = [f for f in vars(wiring).values() if hasattr(f, 'cache_info')]\n"
        "assert caches and not any(f.cache_info().currsize for f in caches)"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", program], capture_output=True, text=True, check=False, env={}
    )
    assert done.stderr == ""
