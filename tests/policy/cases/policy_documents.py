"""What the cases on policy documents are made of."""

import json
from typing import Any

from policy.documents import UNREADABLE
from tests.policy.cases.case import (
    UNKNOWN_TEXT,
    Case,
    Kind,
    resource,
    secret,
    without_none,
)

ROLE = "aws:iam/role:Role"
SERVICES = {"Service": "lambda.amazonaws.com"}


def document(*statements: Any) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def trusted(principal: object, condition: object = None, **more: Any) -> dict[str, Any]:
    return (
        without_none(Effect="Allow", Principal=principal, Action="sts:AssumeRole", Condition=condition) | more
    )


class Judging:
    """Builds the cases of a rule on one input that holds a document, as JSON text or as it stands."""

    def __init__(self, rule: str, type_: str, path: str = "policy") -> None:
        self.rule, self.type, self.path = rule, type_, path

    def of(self, kind: Kind, name: str, value: object, fault: str | None = None, **more: Any) -> Case:
        properties = without_none(**{self.path: value})
        return Case(
            rule=self.rule,
            kind=kind,
            name=name,
            resources=[resource(self.type, properties)],
            fault=fault,
            undecided=more.get("undecided", False),
        )

    def text(self, kind: Kind, name: str, *statements: Any, fault: str | None = None) -> Case:
        return self.of(kind, name, json.dumps(document(*statements)), fault)

    def wrong(self, name: str, fault: str, *statements: Any) -> Case:
        return self.text(Kind.WRONG, name, *statements, fault=fault)

    def right(self, name: str, *statements: Any) -> Case:
        return self.text(Kind.CORRECT, name, *statements)

    def unknown(self, name: str, value: object) -> Case:
        return self.of(Kind.UNKNOWN, name, value, undecided=True)

    def usual(self, bad: dict[str, Any], good: dict[str, Any], fault: str) -> tuple[Case, ...]:
        """What every rule on a document must cope with; a statement is bad, another good."""
        return (
            self.of(Kind.MISSING, "no document", None),
            self.of(Kind.MISSING, "an empty document", ""),
            self.of(Kind.MISSING, "a document without statements", "{}"),
            self.of(Kind.WRONG, "no JSON", "{'Statement'", UNREADABLE),
            self.of(Kind.WRONG, "a list for a document", "[1]", UNREADABLE),
            self.unknown("by reference", UNKNOWN_TEXT),
            self.unknown("a statement by reference", {"Statement": [good, UNKNOWN_TEXT]}),
            self.unknown("a bad statement of unknown effect", document({**bad, "Effect": UNKNOWN_TEXT})),
            self.of(
                Kind.CORRECT, "a good statement of unknown effect", document({**good, "Effect": UNKNOWN_TEXT})
            ),
            self.wrong("as text", fault, bad),
            self.wrong("after a good statement", fault, good, bad),
            self.of(Kind.WRONG, "beside an unknown statement", document(UNKNOWN_TEXT, bad), fault),
            self.of(Kind.WRONG, "as a secret", secret(json.dumps(document(bad))), fault),
            self.of(Kind.WRONG, "as a structure", {"__defaults": [], **document(bad)}, fault),
            self.of(Kind.WRONG, "one statement that is no list", {"statement": bad}, fault),
            self.right("a good statement", good),
            self.of(Kind.CORRECT, "a good structure", {"__defaults": [], **document(good)}),
            self.right("denied", {**bad, "Effect": "Deny"}),
        )
