"""Defects of logs, and of types that no rule sees into."""

from collections.abc import Iterable

from policy.graph import Resource
from policy.rule import Outcome
from policy.rules.reach import MAKERS
from tests.policy.mutations.defects import (
    Moment,
    On,
    Resources,
    Structure,
    all_of,
    both,
    elsewhere,
    gone,
    has_no,
    is_at,
    named,
    removed,
    rows,
    structural,
    to,
    users_of,
    value,
)
from tests.policy.mutations.mutants import beside
from tests.policy.mutations.rows import tokens as t

_FUNCTIONS = users_of("loggingConfig", t.FUNCTION)
_KNOWN = (Moment.UPDATE,)
_FOLLOWS = "at preview a reference follows the name"
_MANAGED = "apigw-execution-log-group-managed"


def _of_same_api(path: str, *types: str) -> On:
    """What belongs to the API that a log group is named after."""

    def on(group: Resource, resources: Resources) -> Iterable[Resource]:
        apis = set(group.dependencies.get("name", ()))
        found = [one for one in resources.values() if one.type in types]
        return [one for one in found if apis & set(one.dependencies.get(path, ()))]

    return on


def _added(type_: str) -> On:
    return lambda resource, _resources: (beside(resource, type_),)


_SETTINGS, _WEBSOCKETS = _of_same_api("restApi", t.METHOD_SETTINGS), _of_same_api("apiId", t.STAGE)
_DEVICES = all_of(t.aws("iot/loggingOptions"))
_DELIVERY = {"it passes logs on": to("DELIVERY")}

ROWS = (
    *rows("log-group-retention", t.LOG_GROUP, "retentionInDays", value([0, 29, 7, "30", -1, False])),
    *gone("lambda-log-group-managed", t.LOG_GROUP, on=_FUNCTIONS),
    *rows(
        "lambda-log-group-managed",
        t.LOG_GROUP,
        "logGroupClass",
        _DELIVERY,
        where=lambda _: True,
        on=_FUNCTIONS,
    ),
    *rows(
        "lambda-log-group-managed",
        t.LOG_GROUP,
        "name",
        {"another name": to("/somewhere/else")},
        on=_FUNCTIONS,
        moments=_KNOWN,
        reason=_FOLLOWS,
    ),
    *rows(
        "lambda-log-group-managed",
        t.LOG_GROUP,
        "name",
        {"nearly the name": to("/aws/lambda/future-fed-2")},
        where=is_at("name", "/aws/lambda/future-fed"),
        on=lambda _group, resources: [
            one for one in resources.values() if one.type == t.FUNCTION and one.name == "fed"
        ],
    ),
    *rows(
        "lambda-log-group-managed",
        t.FUNCTION,
        "loggingConfig.logGroup",
        {"not declared": to("/not/declared")},
    ),
    *rows(
        "lambda-log-group-managed",
        t.FUNCTION,
        "loggingConfig",
        {"not set": removed},
        where=named("worker", "streamed", "managed", "shared"),
    ),
    *rows("lambda-log-group-managed", t.FUNCTION, "name", {"another": to("another")}, where=named("fed")),
    *gone(_MANAGED, t.LOG_GROUP, on=_SETTINGS),
    *gone(_MANAGED, t.LOG_GROUP, on=_WEBSOCKETS),
    *rows(_MANAGED, t.LOG_GROUP, "logGroupClass", _DELIVERY, where=lambda _: True, on=_SETTINGS),
    *rows(_MANAGED, t.LOG_GROUP, "logGroupClass", _DELIVERY, where=lambda _: True, on=_WEBSOCKETS),
    *rows(
        _MANAGED,
        t.LOG_GROUP,
        "name",
        {"of another stage": to("API-Gateway-Execution-Logs_0123456789/other")},
        on=_SETTINGS,
        preview=Outcome.UNDECIDED,
        reason="the stage is named by a reference, which is not known at preview",
    ),
    *rows(_MANAGED, t.LOG_GROUP, "name", {"no name of a log": to("logs")}, on=_SETTINGS),
    *rows(_MANAGED, t.LOG_GROUP, "name", {"no name": removed}, on=_WEBSOCKETS),
    *rows(_MANAGED, t.LOG_GROUP, "name", {"another stage": to("/aws/apigateway/0123/other")}, on=_WEBSOCKETS),
    *elsewhere(_MANAGED, t.STAGE, "apiId", where=named("live")),
    *rows(
        _MANAGED,
        t.STAGE,
        "name",
        {"another name": to("other")},
        where=named("live"),
        moments=_KNOWN,
        reason="at preview the group's name is not known, only that it is made of the API's id",
    ),
    *rows(
        _MANAGED,
        t.STAGE,
        "routeSettings",
        {"one route logs": to([{"routeKey": "GET /things", "loggingLevel": "INFO"}])},
        where=both(named("things"), has_no("routeSettings")),
    ),
    *rows(
        _MANAGED,
        t.STAGE,
        "defaultRouteSettings.loggingLevel",
        {"it logs": to("ERROR")},
        where=named("things"),
    ),
    *gone("iot-log-group-managed", t.LOG_GROUP, where=is_at("name", "AWSIotLogsV2"), on=_DEVICES),
    *rows(
        "iot-log-group-managed",
        t.LOG_GROUP,
        "name",
        {"another name": to("AWSIotLogs"), "no name": removed},
        where=is_at("name", "AWSIotLogsV2"),
        on=_DEVICES,
    ),
    *rows(
        "iot-log-group-managed",
        t.LOG_GROUP,
        "logGroupClass",
        _DELIVERY,
        where=is_at("name", "AWSIotLogsV2"),
        on=_DEVICES,
    ),
    *(
        row
        for type_ in (
            "gcp:storage/bucket:Bucket",
            "pulumi:providers:kubernetes",
            "aws-native:s3:Bucket",
            *MAKERS,
        )
        for row in structural(
            Structure.BESIDE,
            "resource-type-known",
            t.PROVIDER,
            "",
            beside=type_,
            on=_added(type_),
        )
    ),
)
