"""A case of a rule, and the builders of the cases that many rules share."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from pulumi_policy import proxy

from policy.graph import Resource

UNKNOWN_TEXT = proxy.UNKNOWN_STRING_VALUE
UNKNOWN_FLAG = proxy.UNKNOWN_BOOLEAN_VALUE
UNKNOWN_NUMBER = proxy.UNKNOWN_NUMBER_VALUE
UNKNOWN_LIST = proxy.UNKNOWN_ARRAY_VALUE
UNKNOWN_BLOCK = proxy.UNKNOWN_OBJECT_VALUE

KEY_ARN = "arn:aws:kms:eu-west-1:123456789012:key/1234abcd"
AWS_MANAGED_KEYS = (
    "alias/aws/service",
    "aws/service",
    "arn:aws:kms:eu-west-1:123456789012:alias/aws/service",
    "arn:aws-us-gov:kms:us-gov-west-1:123456789012:alias/aws/service",
    "alias/aws/",
)
NO_KEY = "has no key of the platform"
AWS_KEY = "uses a key that AWS manages"
NOT_A_KEY = "uses what is no key of KMS"
NOT_KEYS = {
    "a topic's ARN": "arn:aws:sns:eu-west-1:123456789012:alerts",
    "a role's ARN": "arn:aws:iam::123456789012:role/reader",
    "the ARN of something else in KMS": "arn:aws:kms:eu-west-1:123456789012:grant/1",
    "a path": "key/1234abcd",
}


class Kind(StrEnum):
    MISSING = "missing"
    WRONG = "wrong"
    UNKNOWN = "unknown"
    CORRECT = "correct"
    NOT_APPLICABLE = "not applicable"


@dataclass(frozen=True, kw_only=True)
class Case:
    """Resources, the first of which `rule` judges; `fault` is the expected text, None for no violation."""

    rule: str
    kind: Kind
    name: str
    resources: Sequence[Resource]
    fault: str | None = None
    undecided: bool = False

    def __str__(self) -> str:
        return f"{self.rule}: {self.name}"


def urn(type_: str, name: str, stage: str = "production") -> str:
    return f"urn:pulumi:{stage}::omnitrack::{type_}::{name}"


def resource(
    type_: str,
    properties: Mapping[str, Any],
    *,
    name: str = "subject",
    stage: str = "production",
    sources: Mapping[str, Sequence[Resource]] | None = None,
    outputs: Mapping[str, Any] | None = None,
) -> Resource:
    return RawResource(
        urn=urn(type_, name, stage),
        type=type_,
        name=name,
        properties=properties,
        raw=properties,
        outputs=outputs or {},
        raw_outputs=outputs or {},
        dependencies={key: tuple(one.urn for one in found) for key, found in (sources or {}).items()},
    )


@dataclass(frozen=True, kw_only=True)
class RawResource(Resource):
    """A resource that also keeps its properties as the engine would send them."""

    raw: Mapping[str, Any] = field(default_factory=dict)
    raw_outputs: Mapping[str, Any] = field(default_factory=dict)


def secret(value: object) -> dict[str, object]:
    return {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "value": value}


def key_cases(
    rule: str, type_: str, place: Callable[[object], Mapping[str, Any]], *, missing: str | None = NO_KEY
) -> list[Case]:
    """The cases of an input that names a key; `place` puts a value where the type has it."""

    def case(kind: Kind, name: str, value: object, fault: str | None) -> Case:
        return Case(rule=rule, kind=kind, name=name, resources=[resource(type_, place(value))], fault=fault)

    return [
        case(Kind.MISSING, "no key", None, missing),
        case(Kind.MISSING, "an empty key", "", missing),
        *(case(Kind.WRONG, f"an AWS managed key as {value}", value, AWS_KEY) for value in AWS_MANAGED_KEYS),
        case(Kind.WRONG, "a flag in place of a key", False, NO_KEY),
        *(
            case(Kind.WRONG, f"{name} in place of a key", value, NOT_A_KEY)
            for name, value in NOT_KEYS.items()
        ),
        case(Kind.WRONG, "an AWS managed key as a secret", secret("alias/aws/service"), AWS_KEY),
        case(Kind.UNKNOWN, "a key by reference", UNKNOWN_TEXT, None),
        case(Kind.CORRECT, "a key by its ARN", KEY_ARN, None),
        case(Kind.CORRECT, "a key of another partition", KEY_ARN.replace("arn:aws:", "arn:aws-cn:"), None),
        case(Kind.CORRECT, "a key by its id", "mrk-1234abcd12ab34cd56ef1234567890ab", None),
        case(Kind.CORRECT, "a key as a secret", secret(KEY_ARN), None),
        case(Kind.CORRECT, "an alias of ours that mentions aws", "alias/omnitrack-aws-x", None),
        case(
            Kind.CORRECT,
            "the ARN of an alias of ours",
            "arn:aws:kms:eu-west-1:123456789012:alias/omnitrack/aws/x",
            None,
        ),
    ]


def value_cases(
    rule: str,
    type_: str,
    place: Callable[[object], Mapping[str, Any]],
    *,
    right: object,
    wrong: Sequence[object],
    unknown: object,
    fault: str,
) -> list[Case]:
    """The cases of an input that must have one value."""

    def case(kind: Kind, name: str, value: object, fault: str | None, *, undecided: bool = False) -> Case:
        return Case(
            rule=rule,
            kind=kind,
            name=name,
            resources=[resource(type_, place(value))],
            fault=fault,
            undecided=undecided,
        )

    return [
        case(Kind.MISSING, "not set", None, fault),
        *(case(Kind.WRONG, f"set to {value!r}", value, fault) for value in wrong),
        case(Kind.UNKNOWN, "not known yet", unknown, None, undecided=True),
        case(Kind.CORRECT, "set right", right, None),
        case(Kind.CORRECT, "set right as a secret", secret(right), None),
    ]


class CaseBuilder:
    """Builds the cases of one rule, in the order of a row: kind, name, resources, fault."""

    def __init__(self, rule: str) -> None:
        self.rule = rule

    def __call__(
        self,
        kind: Kind,
        name: str,
        resources: Sequence[Resource],
        fault: str | None = None,
        *,
        undecided: bool = False,
    ) -> Case:
        return Case(
            rule=self.rule, kind=kind, name=name, resources=resources, fault=fault, undecided=undecided
        )


def cases_of(rule: str) -> CaseBuilder:
    return CaseBuilder(rule)


def without_none(**properties: object) -> dict[str, object]:
    return {name: value for name, value in properties.items() if value is not None}
