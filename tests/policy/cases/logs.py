"""Cases of the rules on log retention."""

from collections.abc import Sequence
from typing import Any

from policy.graph import Resource
from tests.policy.cases import log_groups
from tests.policy.cases.case import (
    UNKNOWN_BLOCK,
    UNKNOWN_NUMBER,
    UNKNOWN_TEXT,
    Case,
    Kind,
    resource,
    value_cases,
    without_none,
)

FUNCTION = "aws:lambda/function:Function"
GROUP = "aws:cloudwatch/logGroup:LogGroup"
ALIAS = "aws:lambda/alias:Alias"
TOO_SHORT = "keeps its logs for fewer than 30 days"
FOR_EVER = "keeps its logs for ever"
UNDECLARED = "writes to a log group that is not declared"


def retention(
    kind: Kind, name: str, properties: dict[str, Any], fault: str | None = None, *, stage: str = "production"
) -> Case:
    return Case(
        rule="log-group-retention",
        kind=kind,
        name=name,
        resources=[resource(GROUP, properties, stage=stage)],
        fault=fault,
    )


def managed(
    kind: Kind,
    name: str,
    resources: Sequence[Resource],
    fault: str | None = None,
    *,
    undecided: bool = False,
) -> Case:
    return Case(
        rule="lambda-log-group-managed",
        kind=kind,
        name=name,
        resources=resources,
        fault=fault,
        undecided=undecided,
    )


def group(name: object, **more: Any) -> Resource:
    return resource(GROUP, without_none(name=name), name="group", **more)


API = resource("aws:apigateway/restApi:RestApi", {}, name="api")
NAMED = resource(FUNCTION, {"name": "twin"})
LIVE = resource(ALIAS, {"functionName": UNKNOWN_TEXT}, name="live", sources={"functionName": [NAMED]})
BEHIND = resource(
    "aws:lambda/permission:Permission",
    {"function": UNKNOWN_TEXT},
    name="behind",
    sources={"function": [LIVE]},
)
OTHER = resource(ALIAS, {"functionName": "other"}, name="live")
PASSING = resource(GROUP, {"name": "/aws/lambda/twin", "logGroupClass": "DELIVERY"}, name="group")
POINTING = resource(FUNCTION, {"name": "twin", "loggingConfig": {"logGroup": "/omnitrack/twin"}})
REFERRING = resource(
    FUNCTION,
    {"name": "twin", "loggingConfig": {"logGroup": UNKNOWN_TEXT}},
    sources={"loggingConfig": [group("/omnitrack/twin")]},
)

CASES = (
    *value_cases(
        "log-group-retention",
        GROUP,
        lambda days: without_none(retentionInDays=days),
        right=30,
        wrong=[],
        unknown=UNKNOWN_NUMBER,
        fault=FOR_EVER,
    ),
    retention(Kind.WRONG, "never expires", {"retentionInDays": 0}, FOR_EVER),
    retention(Kind.WRONG, "a day too short", {"retentionInDays": 29}, TOO_SHORT),
    retention(Kind.WRONG, "staging's value in production", {"retentionInDays": 7}, TOO_SHORT),
    retention(Kind.WRONG, "a flag", {"retentionInDays": True}, TOO_SHORT),
    retention(Kind.WRONG, "a flag that is false", {"retentionInDays": False}, FOR_EVER),
    retention(Kind.WRONG, "a text", {"retentionInDays": "30"}, TOO_SHORT),
    retention(
        Kind.WRONG,
        "a stage nobody knows is held to the strictest",
        {"retentionInDays": 7},
        TOO_SHORT,
        stage="alice",
    ),
    retention(
        Kind.WRONG,
        "too short in staging",
        {"retentionInDays": 6},
        "keeps its logs for fewer than 7 days",
        stage="staging",
    ),
    retention(Kind.CORRECT, "a week in staging", {"retentionInDays": 7}, stage="staging"),
    retention(Kind.CORRECT, "a week in development", {"retentionInDays": 7}, stage="development"),
    retention(Kind.CORRECT, "longer than asked", {"retentionInDays": 365}),
    retention(
        Kind.NOT_APPLICABLE,
        "a delivery group, whose retention AWS fixes",
        {"logGroupClass": "DELIVERY"},
    ),
    retention(Kind.WRONG, "a standard group", {"logGroupClass": "STANDARD"}, FOR_EVER),
    managed(Kind.MISSING, "no log group at all", [NAMED], UNDECLARED),
    managed(Kind.WRONG, "a group of another function", [NAMED, group("/aws/lambda/twin-2")], UNDECLARED),
    managed(Kind.WRONG, "a group of a longer name", [NAMED, group("/aws/lambda/twin/x")], UNDECLARED),
    managed(
        Kind.WRONG,
        "a group named after something else that is not known yet",
        [NAMED, group(UNKNOWN_TEXT, sources={"name": [API]}), API],
        UNDECLARED,
    ),
    managed(
        Kind.WRONG,
        "a group named after another function's alias",
        [NAMED, group(UNKNOWN_TEXT, sources={"name": [OTHER]}), OTHER],
        UNDECLARED,
    ),
    managed(
        Kind.UNKNOWN,
        "a group named after the function's alias",
        [NAMED, group(UNKNOWN_TEXT, sources={"name": [LIVE]}), LIVE],
        undecided=True,
    ),
    managed(
        Kind.UNKNOWN,
        "a group named after a permission on the function's alias",
        [NAMED, group(UNKNOWN_TEXT, sources={"name": [API, BEHIND]}), API, LIVE, BEHIND],
        undecided=True,
    ),
    managed(
        Kind.WRONG,
        "a group that only passes logs on",
        [
            NAMED,
            PASSING,
        ],
        "writes to a log group that only passes logs on and keeps none",
    ),
    managed(
        Kind.WRONG,
        "a reference to a group that only passes logs on",
        [
            resource(
                FUNCTION,
                {"name": "twin", "loggingConfig": {"logGroup": UNKNOWN_TEXT}},
                sources={"loggingConfig": [PASSING]},
            ),
            PASSING,
        ],
        "writes to a log group that only passes logs on and keeps none",
    ),
    managed(
        Kind.WRONG,
        "the chosen group is not declared, the usual one is",
        [POINTING, group("/aws/lambda/twin")],
        UNDECLARED,
    ),
    managed(
        Kind.WRONG,
        "a name the program leaves to Pulumi",
        [resource(FUNCTION, {}), group("/aws/lambda/x")],
        UNDECLARED,
    ),
    managed(
        Kind.WRONG,
        "both names are left to Pulumi",
        [resource(FUNCTION, {}), group(None)],
        UNDECLARED,
    ),
    managed(
        Kind.WRONG,
        "a group named after the function, but not as Lambda wants it",
        [NAMED, group("/omnitrack/twin", sources={"name": [NAMED]})],
        UNDECLARED,
    ),
    managed(Kind.UNKNOWN, "the group's name is not known", [NAMED, group(UNKNOWN_TEXT)], undecided=True),
    managed(
        Kind.UNKNOWN,
        "the function's name is not known",
        [resource(FUNCTION, {"name": UNKNOWN_TEXT}), group("/aws/lambda/x")],
        undecided=True,
    ),
    managed(
        Kind.UNKNOWN,
        "the logging block is not known and comes from nowhere",
        [resource(FUNCTION, {"name": "twin", "loggingConfig": UNKNOWN_BLOCK}), group("/omnitrack/twin")],
        undecided=True,
    ),
    managed(
        Kind.UNKNOWN,
        "an unknown value elsewhere hides nothing",
        [resource(FUNCTION, {"name": "twin", "environment": UNKNOWN_BLOCK, "role": UNKNOWN_TEXT})],
        UNDECLARED,
    ),
    managed(Kind.CORRECT, "the usual name", [NAMED, group("/aws/lambda/twin")]),
    managed(
        Kind.UNKNOWN,
        "a group that may be named as the function",
        [resource(FUNCTION, {"name": UNKNOWN_TEXT}), group(UNKNOWN_TEXT, sources={"name": [API]}), API],
        undecided=True,
    ),
    managed(
        Kind.CORRECT,
        "an empty choice, as a state shows none",
        [
            resource(FUNCTION, {"name": "twin", "loggingConfig": {"logGroup": ""}}),
            group("/aws/lambda/twin"),
        ],
    ),
    managed(
        Kind.CORRECT,
        "another group only passes logs on",
        [NAMED, group("/aws/lambda/twin"), resource(GROUP, {"logGroupClass": "DELIVERY"}, name="passing")],
    ),
    managed(Kind.CORRECT, "the chosen name", [POINTING, group("/omnitrack/twin")]),
    managed(Kind.CORRECT, "the chosen group by reference", [REFERRING, group("/omnitrack/twin")]),
    managed(
        Kind.CORRECT,
        "a group named after the function by reference",
        [NAMED, group(UNKNOWN_TEXT, sources={"name": [NAMED]})],
    ),
    managed(
        Kind.CORRECT,
        "the provider has named the function",
        [resource(FUNCTION, {}, outputs={"name": "twin-1a2b"}), group("/aws/lambda/twin-1a2b")],
    ),
    *log_groups.CASES,
)
