"""What the program's source promises."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from settings import STAGES
from tests.support.program import ROOT

COMPONENTS = sorted((ROOT / "components").glob("*.py"))
PROGRAM = [ROOT / "__main__.py", *sorted((ROOT / "composition").glob("*.py")), *COMPONENTS]
READERS = {"Config", "environ", "getenv", "get_stack", "get_config", "CONFIG", "get_organization"}
EXPORTS = {
    "ApiEndpoint",
    "WebSocketEndpoint",
    "UserPoolId",
    "UserPoolClientId",
    "SignInUrl",
    "MainTableName",
    "NetworkShards",
    "ConnectionsTableName",
    "IngestQueueUrl",
    "DeadLetterQueueUrl",
    "EvaluationQueueUrl",
    "EvaluationDeadLetterQueueUrl",
    "NotificationQueueUrl",
    "NotificationDeadLetterQueueUrl",
    "AlertTopicArn",
    "EdgeSecretArn",
    "EdgeSecretGeneration",
    "CursorSecretGeneration",
    "SensorPolicyName",
    "SensorThingTypeName",
    "ReadingsTopic",
    "FunctionNames",
}


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def nodes(path: Path) -> Iterator[ast.AST]:
    return ast.walk(ast.parse(path.read_text(), str(path)))


def names(node: ast.AST) -> set[str]:
    """Every identifier in an expression."""
    return {
        part.attr if isinstance(part, ast.Attribute) else part.id
        for part in ast.walk(node)
        if isinstance(part, ast.Attribute | ast.Name)
    }


@pytest.mark.parametrize("path", PROGRAM, ids=name)
def test_configuration_is_read_in_settings_only(path: Path) -> None:
    for node in nodes(path):
        if isinstance(node, ast.Attribute | ast.Name):
            assert not names(node) & READERS, f"{name(path)}:{node.lineno}"
        if isinstance(node, ast.ImportFrom | ast.Import) and path in COMPONENTS:
            imported = {alias.name for alias in node.names} | {getattr(node, "module", None)}
            assert "settings" not in imported, f"{name(path)}:{node.lineno}"


@pytest.mark.parametrize("path", PROGRAM, ids=name)
def test_nothing_depends_on_the_name_of_a_stage(path: Path) -> None:
    """A stage's name in the source means that something is chosen by it, in whatever form."""
    for node in nodes(path):
        if isinstance(node, ast.Constant):
            assert node.value not in STAGES, f"{name(path)}:{node.lineno}"
        tested = (
            [node.test] if isinstance(node, ast.If | ast.IfExp | ast.While) else
            [node.subject] if isinstance(node, ast.Match) else
            [node.slice] if isinstance(node, ast.Subscript) else
            [node] if isinstance(node, ast.Compare) else []
        )  # fmt: skip
        assert not any({"stage", "stack", "environment"} & names(part) for part in tested), (
            f"{name(path)}:{getattr(node, 'lineno', 0)}"
        )


@pytest.mark.parametrize("path", PROGRAM, ids=name)
def test_no_resource_is_made_inside_apply(path: Path) -> None:
    for node in nodes(path):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "apply":
            for argument in node.args:
                assert isinstance(argument, ast.Lambda), (
                    f"{name(path)}:{node.lineno}: a lambda can be looked into"
                )
                made = {name for name in names(argument.body) if name[0].isupper()}
                assert not made, f"{name(path)}:{node.lineno} makes {made}"


@pytest.mark.parametrize("path", PROGRAM, ids=name)
def test_a_child_takes_nothing_of_the_callers_options(path: Path) -> None:
    for node in nodes(path):
        if isinstance(node, ast.Call) and "merge" in names(node.func):
            pytest.fail(f"{name(path)}:{node.lineno}: the caller's parent would win over self")


@pytest.mark.parametrize("path", PROGRAM, ids=name)
def test_a_roles_policy_is_made_of_grants(path: Path) -> None:
    for node in nodes(path):
        if isinstance(node, ast.Call) and names(node.func) >= {"iam", "RolePolicy"}:
            policy = next(keyword.value for keyword in node.keywords if keyword.arg == "policy")
            assert isinstance(policy, ast.Call), f"{name(path)}:{node.lineno}"
            assert names(policy.func) == {"role_policy"}, f"{name(path)}:{node.lineno}"


def test_the_program_installs_the_guard_first_and_judges_last() -> None:
    body = ast.parse((ROOT / "__main__.py").read_text()).body
    assert ast.unparse(body[-1]) == "guard.judge()"
    calls = [ast.unparse(statement) for statement in body if "guard.install(" in ast.unparse(statement)]
    assert calls == ["guard.install(stage=settings.stage, retention_days=settings.log_retention_days)"]
    parts = {
        alias.asname or alias.name
        for line in body
        if isinstance(line, ast.ImportFrom) and (line.module or "").partition(".")[0] == "composition"
        for alias in line.names
    }
    first_part = next(
        number
        for number, line in enumerate(body)
        if not isinstance(line, ast.ImportFrom) and names(line) & parts
    )
    assert body.index(next(line for line in body if ast.unparse(line) == calls[0])) < first_part


def test_a_part_is_made_when_it_is_asked_for_and_not_at_import() -> None:
    for path in sorted((ROOT / "composition").glob("*.py")):
        for line in ast.parse(path.read_text()).body:
            assert not isinstance(line, ast.Expr) or isinstance(line.value, ast.Constant), name(path)
            assert not isinstance(line, ast.Assign | ast.AnnAssign) or not any(
                isinstance(node, ast.Call) for node in ast.walk(line)
            ), f"{name(path)}:{line.lineno}"


def test_the_diagram_and_its_parts_stay_short() -> None:
    lengths = {name(path): len(path.read_text().splitlines()) for path in PROGRAM}
    assert lengths["__main__.py"] <= 200
    assert {file: lines for file, lines in lengths.items() if lines > 300} == {}


def test_the_exports_are_those_of_the_architecture() -> None:
    body = ast.parse((ROOT / "__main__.py").read_text()).body
    exported = [
        statement.value.args[0].value
        for statement in body
        if isinstance(statement, ast.Expr)
        and isinstance(statement.value, ast.Call)
        and ast.unparse(statement.value.func) == "pulumi.export"
        and isinstance(statement.value.args[0], ast.Constant)
    ]
    assert set(exported) == EXPORTS
    last = body[-len(exported) - 1 :]
    assert all("pulumi.export" in ast.unparse(line) for line in last[:-1]), (
        "exports stand together at the end"
    )
    text = (ROOT / "docs" / "architecture.md").read_text()
    assert all(f"`{name}`" in text for name in EXPORTS)
