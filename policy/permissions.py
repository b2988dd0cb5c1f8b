"""Writes docs/permissions.md: for every role of the program what it may do, to what, why, and who uses it.

`python -m policy.permissions` writes it, `--check` fails when it is stale. The page is made of what the
program registers under mocks; nothing of it is written by hand.
"""

import argparse
import json
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from policy import trial
from policy.graph import Resource
from policy.stack_files import StackFileError, read

ROOT: Final = Path(__file__).resolve().parents[1]
PAGE: Final = ROOT / "docs" / "permissions.md"
STACK: Final = "production"
"""The stack with everything: a domain, addresses for alerts, a boundary."""

FUNCTION, ROLE = "aws:lambda/function:Function", "aws:iam/role:Role"
ROLE_POLICY, PERMISSION = "aws:iam/rolePolicy:RolePolicy", "aws:lambda/permission:Permission"
MAPPING, SCHEDULE = "aws:lambda/eventSourceMapping:EventSourceMapping", "aws:scheduler/schedule:Schedule"
REST_API, ROUTE = "aws:apigateway/restApi:RestApi", "aws:apigatewayv2/route:Route"
RESOURCE_POLICIES: Final[Mapping[str, str]] = {
    "aws:secretsmanager/secretPolicy:SecretPolicy": "policy",
    "aws:sns/topicPolicy:TopicPolicy": "policy",
    "aws:sqs/queuePolicy:QueuePolicy": "policy",
    "aws:cloudwatch/logResourcePolicy:LogResourcePolicy": "policyDocument",
}
"""Types whose resources are policies of others, and the input that holds the document."""

Row = tuple[str, ...]
GRANT: Final = ("may", "on", "because", "where")
EFFECTS: Final = {"Allow": "admits", "Deny": "refuses"}

INTRODUCTION: Final = f"""\
# Permissions

<!-- Written by `python -m policy.permissions` from the program: do not edit. -->

Every function acts as a role of its own, and so does every service that acts for the platform. The tables say
what each role may do, to what, and why; they are made of the program as it is deployed to `{STACK}`. The
other stacks differ in names, and lack what their settings leave out. `{{env}}`, `{{region}}`, `{{account}}`
stand for what a stack is called and where it is, another `{{word}}` for an identifier that AWS makes up,
`kms:key/alias/...` for the customer key of that alias, `iam:role/...` for a role of this page.

No action has a wildcard. A resource that is `*` names the page of AWS that forces it. Nothing may read a
table item by item (`dynamodb:Scan`). No role goes beyond the boundary of its account
([bootstrap.md](bootstrap.md)). A test takes away each action of each function and sees the function fail for
want of it; what only AWS asks for is declared there, with the reason (`tests/e2e/grants.py`).
"""


class PermissionsError(Exception):
    """The program cannot be run, or a statement has no reason; the text says which."""


class Page:
    """The page of one run of the program."""

    def __init__(self, recording: trial.Recording, stack: str) -> None:
        self._resources = recording.resources
        self._reasons = recording.reasons
        stack_name = re.compile(rf"(?<![a-z]){stack}(?![a-z])")
        self._names = [*_made_up(recording.resources), (stack_name, "{env}")]

    def render(self) -> str:
        """All of it."""
        functions = self._of(FUNCTION)
        roles = {role.identity("arn"): role for role in self._of(ROLE)}
        rows = {each.name: self._own_rows(each, roles.pop(each.read("role"))) for each in functions}
        common = [row for row in rows[functions[0].name] if all(row in every for every in rows.values())]
        parts = [
            INTRODUCTION,
            "## Functions",
            "",
            *_table(("function", "called by"), self._callers(functions)),
        ]
        parts += ["### Every function", "", *_table(GRANT, common)]
        for name, own in rows.items():
            parts += [f"### {name}", "", *_table(GRANT, [row for row in own if row not in common])]
        parts += ["## Services", ""]
        for role in roles.values():
            taken = f"Taken by {self._taker(role)}."
            parts += [f"### {role.name}", "", taken, "", *_table(GRANT, self._rows(role))]
        parts += ["## What resources admit and refuse", "", *self._resource_policies()]
        return "\n".join(parts)

    def _own_rows(self, function: Resource, role: Resource) -> list[Row]:
        """What a function's role may do; its own name gives way, so that rows of all functions are equal."""
        name = self._shown(function.read("name"))
        return [
            (may, on.replace(f"/{name}:", f"/{name.removesuffix(function.name)}{{function}}:"), *more)
            for may, on, *more in self._rows(role)
        ]

    def _of(self, *types: str) -> list[Resource]:
        return sorted((each for each in self._resources if each.type in types), key=lambda each: each.name)

    def _shown(self, value: object) -> str:
        text = re.sub(r"^arn:aws:([a-z0-9-]+):[^:]*:[^:]*:", r"\1:", str(value))
        for pattern, name in self._names:
            text = pattern.sub(name, text)
        return text

    def _callers(self, functions: Sequence[Resource]) -> Iterator[Row]:
        for function in functions:
            name = str(function.read("name"))
            callers = [*self._by_gateways(name), *self._by_sources(name), *self._by_schedules(name)]
            yield f"[{function.name}](#{function.name})", "<br>".join(callers)

    def _by_gateways(self, function: str) -> Iterator[str]:
        called = f":function:{function}:live/invocations"
        routes = ", ".join(f"`{each.read('routeKey')}`" for each in self._of(ROUTE))
        for permission in self._of(PERMISSION):
            if permission.read("function") != function:
                continue
            # An authorizer is called by an id of AWS's making.
            source = re.sub(
                r"/authorizers/.+", "/authorizers/{id}", self._shown(permission.read("sourceArn"))
            )
            what = ", ".join(f"`{each}`" for each in self._operations(called))
            what = what or ("who connects" if "/authorizers/" in source else f"frames {routes}")
            yield f"API Gateway as `{source}`: {what}"

    def _operations(self, called: str) -> list[str]:
        operations = [
            f"{method.upper()} {path}" if method != "options" else "OPTIONS *"
            for api in self._of(REST_API)
            for path, methods in json.loads(str(api.read("body")))["paths"].items()
            for method, operation in methods.items()
            if called in operation["x-amazon-apigateway-integration"].get("uri", "")
        ]
        return list(dict.fromkeys(operations))

    def _by_sources(self, function: str) -> Iterator[str]:
        for mapping in self._of(MAPPING):
            if f":function:{function}:" in str(mapping.read("functionName")):
                yield f"Lambda, which reads `{self._shown(mapping.read('eventSourceArn'))}` as the function"

    def _by_schedules(self, function: str) -> Iterator[str]:
        for schedule in self._of(SCHEDULE):
            if f":function:{function}:" in str(schedule.read("target.arn")):
                yield f"EventBridge Scheduler, `{schedule.read('scheduleExpression')}`"

    def _rows(self, role: Resource) -> list[Row]:
        rows: list[Row] = []
        for policy in self._of(ROLE_POLICY):
            if policy.read("role") not in (role.identity("name"), role.identity("id")):
                continue
            statements, reasons = _statements(policy, "policy"), self._reasons.get(policy.urn, ())
            if len(statements) != len(reasons):
                raise PermissionsError(
                    f"the policy of role {role.name} says no reasons: make it with permissions.role_policy"
                )
            rows += [
                (self._list(each["Action"]), self._list(each["Resource"]), reason, self._where(each))
                for each, reason in zip(statements, reasons, strict=True)
            ]
        return list(dict.fromkeys(rows))

    def _list(self, values: Sequence[str] | str) -> str:
        every = [values] if isinstance(values, str) else values
        return "<br>".join(f"`{self._shown(value)}`" for value in every)

    def _where(self, statement: Mapping[str, Any]) -> str:
        return "<br>".join(
            f"{key} {operator} {self._list(value)}"
            for operator, keys in statement.get("Condition", {}).items()
            for key, value in keys.items()
        )

    def _taker(self, role: Resource) -> str:
        (statement,) = _statements(role, "assumeRolePolicy")
        where = self._where(statement)
        return f"`{statement['Principal']['Service']}`{f', where {where}' if where else ''}"

    def _resource_policies(self) -> Iterator[str]:
        rows = (
            (
                EFFECTS[statement["Effect"]],
                who,
                self._list(statement["Action"]),
                on,
                self._where(statement),
            )
            for policy in self._of(*RESOURCE_POLICIES)
            for statement in _statements(policy, RESOURCE_POLICIES[policy.type])
            for who in [self._principal(statement["Principal"])]
            for on in [self._list(statement["Resource"])]
        )
        return _table(("", "whom", "to do", "on", "where"), sorted(rows, key=lambda row: (row[3], row)))

    def _principal(self, principal: Mapping[str, str | list[str]] | str) -> str:
        if isinstance(principal, str):
            return "everyone"
        return "<br>".join(self._list(who) for who in principal.values())


def _statements(resource: Resource, path: str) -> list[dict[str, Any]]:
    statements: list[dict[str, Any]] = json.loads(str(resource.read(path)))["Statement"]
    return statements


def _made_up(resources: Sequence[Resource]) -> Iterator[tuple[re.Pattern[str], str]]:
    """The identifiers that mocks make up, and the words in their place."""
    for resource in resources:
        identity, kind = str(resource.identity("id")), resource.type.partition(":")[2].partition(":")[0]
        if kind == "kms/alias":
            yield re.compile(re.escape(str(resource.read("targetKeyId")))), str(resource.read("name"))
        elif kind in ("apigateway/restApi", "apigatewayv2/api"):
            yield re.compile(re.escape(identity)), f"{{{resource.name}}}"
        elif kind == "secretsmanager/secret":
            yield re.compile(re.escape(identity.rpartition(":")[2])), f"{resource.read('name')}-{{suffix}}"
        elif kind == "iam/role":
            yield (
                re.compile(re.escape(str(resource.identity("name")))),
                resource.name,
            )
    yield re.compile(r"/stream/[0-9T:.-]+"), "/stream/{opened}"
    yield re.compile(r"\b\d{12}\b"), "{account}"
    yield re.compile(r"\b[a-z]{2}-[a-z]+-\d\b"), "{region}"


def _table(titles: Sequence[str], rows: Iterable[Row]) -> Iterator[str]:
    yield f"| {' | '.join(titles)} |"
    yield "|---" * len(titles) + "|"
    yield from (f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |" for row in rows)
    yield ""


def render(stack: str = STACK) -> str:
    """The whole page, as the program of a stack makes it.

    Raises:
        PermissionsError: The program cannot be run, or a statement has no reason.
    """
    try:
        recording = trial.record(read(ROOT, stack))
    except StackFileError as error:
        raise PermissionsError(str(error)) from None
    if recording.error is not None:
        raise PermissionsError(recording.error)
    return Page(recording, stack).render()


def main(arguments: Sequence[str] | None = None, *, page: Path = PAGE) -> int:
    """Writes the page, or with `--check` compares it.

    Returns:
        The exit code: 0, or 1 with a sentence on standard error for a page that is stale or cannot be made.
    """
    parser = argparse.ArgumentParser(prog="python -m policy.permissions", description=__doc__)
    parser.add_argument(
        "--check", action="store_true", help="fail when docs/permissions.md is stale, write nothing"
    )
    options = parser.parse_args(arguments)
    try:
        text = render()
    except PermissionsError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    if not options.check:
        page.write_text(text, "utf-8")
    elif not page.exists() or page.read_text("utf-8") != text:
        sys.stderr.write(
            "docs/permissions.md is stale: run python -m policy.permissions and commit the page\n"
        )
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
