"""Cases of the rules on access logs."""

from typing import Any

from policy.graph import Resource
from tests.policy.cases import delivered_logs
from tests.policy.cases.api import (
    API,
    BY_REFERENCE,
    LIMITS,
    LIVE_STAGE,
    NEW_STAGE,
    OTHER_REST,
    REST,
    REST_STAGE,
    SETTINGS,
    STAGE,
    referring,
    settings,
)
from tests.policy.cases.case import (
    UNKNOWN_BLOCK,
    UNKNOWN_FLAG,
    UNKNOWN_LIST,
    UNKNOWN_TEXT,
    Case,
    Kind,
    cases_of,
    resource,
    secret,
    without_none,
)

MACHINE = "aws:sfn/stateMachine:StateMachine"
GROUP_ARN = "arn:aws:logs:eu-west-1:123456789012:log-group:/omnitrack/calls"
NO_ACCESS_LOG = "keeps no access log"
NOT_ALL = "does not log and count the executions of all its methods"
TRACED = "writes bodies and headers to its log"
UNLOGGED = "does not log its executions"
NOWHERE = "logs to no log group"
REFUSED = "logs to an ARN that does not end in :*"

access = cases_of("apigw-stage-access-logs")
execution = cases_of("apigw-execution-logging")
data_trace = cases_of("apigw-no-data-trace")
machine = cases_of("sfn-logging")


def access_cases(type_: str) -> list[Case]:
    def logged(destination: object, layout: object) -> list[Resource]:
        found = without_none(destinationArn=destination, format=layout)
        return [resource(type_, {"accessLogSettings": {"__defaults": [], **found}})]

    unset, layout = [resource(type_, {})], "$context.requestId"
    return [
        access(Kind.MISSING, f"{type_} without settings", unset, NO_ACCESS_LOG),
        access(Kind.MISSING, f"{type_} without destination", logged(None, layout), NO_ACCESS_LOG),
        access(Kind.MISSING, f"{type_} without format", logged(GROUP_ARN, None), NO_ACCESS_LOG),
        access(Kind.WRONG, f"{type_} with an empty destination", logged("", layout), NO_ACCESS_LOG),
        access(Kind.WRONG, f"{type_} with an empty format", logged(UNKNOWN_TEXT, ""), NO_ACCESS_LOG),
        access(Kind.UNKNOWN, f"{type_} by reference", logged(UNKNOWN_TEXT, layout)),
        access(Kind.UNKNOWN, f"{type_} with a format by reference", logged(GROUP_ARN, UNKNOWN_TEXT)),
        access(
            Kind.UNKNOWN,
            f"{type_} with a block by reference",
            [resource(type_, {"accessLogSettings": UNKNOWN_BLOCK})],
        ),
        access(Kind.CORRECT, f"{type_} by ARN", logged(GROUP_ARN, layout)),
        access(Kind.CORRECT, f"{type_} by secrets", logged(secret(GROUP_ARN), secret(layout))),
    ]


LOGGED = {"loggingLevel": "ERROR", "metricsEnabled": True}


def logging(**changes: object) -> list[Resource]:
    return [LIVE_STAGE, settings({"__defaults": [], **without_none(**{**LOGGED, **changes})})]


def routed(block: object, protocol: object = "WEBSOCKET", *, joined: bool = True) -> list[Resource]:
    api = resource(API, without_none(protocolType=protocol), name="api")
    found = without_none(apiId=UNKNOWN_TEXT, defaultRouteSettings=block)
    return [resource(STAGE, found, sources={"apiId": [api] if joined else []}), api]


SOCKET_LOGGED = {"loggingLevel": "INFO", "detailedMetricsEnabled": True}

EXECUTIONS = (
    execution(Kind.MISSING, "no settings", [LIVE_STAGE], NOT_ALL),
    execution(Kind.MISSING, "no level", logging(loggingLevel=None), NOT_ALL),
    execution(Kind.MISSING, "no metrics", logging(metricsEnabled=None), NOT_ALL),
    execution(Kind.WRONG, "off", logging(loggingLevel="OFF"), NOT_ALL),
    execution(Kind.WRONG, "no such level", logging(loggingLevel="error"), NOT_ALL),
    execution(Kind.WRONG, "metrics off", logging(metricsEnabled=False), NOT_ALL),
    execution(Kind.WRONG, "metrics as a text", logging(metricsEnabled="true"), NOT_ALL),
    execution(Kind.WRONG, "limits alone", [LIVE_STAGE, settings(LIMITS)], NOT_ALL),
    execution(Kind.WRONG, "one method", [LIVE_STAGE, settings(LOGGED, path="orders/GET")], NOT_ALL),
    execution(Kind.WRONG, "another stage", [LIVE_STAGE, settings(LOGGED, stage="production")], NOT_ALL),
    execution(
        Kind.WRONG, "another API", [NEW_STAGE, referring(LOGGED, OTHER_REST), REST, OTHER_REST], NOT_ALL
    ),
    execution(
        Kind.WRONG,
        "metrics off under an unknown level",
        logging(loggingLevel=UNKNOWN_TEXT, metricsEnabled=False),
        NOT_ALL,
    ),
    execution(Kind.WRONG, "by reference, but of limits", [NEW_STAGE, BY_REFERENCE, REST], NOT_ALL),
    execution(Kind.UNKNOWN, "the level", logging(loggingLevel=UNKNOWN_TEXT), undecided=True),
    execution(Kind.UNKNOWN, "the metrics", logging(metricsEnabled=UNKNOWN_FLAG), undecided=True),
    execution(Kind.UNKNOWN, "the path", [LIVE_STAGE, settings(LOGGED, path=UNKNOWN_TEXT)], undecided=True),
    execution(Kind.CORRECT, "failures", logging()),
    execution(Kind.CORRECT, "all, as a secret", logging(loggingLevel=secret("INFO"))),
    execution(Kind.CORRECT, "by reference", [NEW_STAGE, referring(LOGGED, REST), REST]),
    execution(Kind.MISSING, "a WebSocket stage without settings", routed(None), NOT_ALL),
    execution(
        Kind.WRONG, "a WebSocket stage, off", routed({**SOCKET_LOGGED, "loggingLevel": "OFF"}), NOT_ALL
    ),
    execution(Kind.WRONG, "a WebSocket stage without metrics", routed({"loggingLevel": "INFO"}), NOT_ALL),
    execution(Kind.UNKNOWN, "a WebSocket stage's settings", routed(UNKNOWN_BLOCK), undecided=True),
    execution(Kind.UNKNOWN, "a stage of an API elsewhere", routed(None, joined=False), undecided=True),
    execution(Kind.UNKNOWN, "a stage of an unknown protocol", routed(None, UNKNOWN_TEXT), undecided=True),
    execution(Kind.CORRECT, "a WebSocket stage", routed(SOCKET_LOGGED)),
    execution(Kind.CORRECT, "a stage of an API elsewhere that logs", routed(SOCKET_LOGGED, joined=False)),
    execution(Kind.NOT_APPLICABLE, "an HTTP stage, which has no such log", routed(None, "HTTP")),
)


def traced(value: object) -> list[Resource]:
    return [resource(SETTINGS, {"settings": {"__defaults": [], **without_none(dataTraceEnabled=value)}})]


def traced_routes(default: object, *routes: object) -> list[Resource]:
    blocks = [without_none(routeKey="$connect", dataTraceEnabled=value) for value in routes]
    found = {"defaultRouteSettings": without_none(dataTraceEnabled=default), "routeSettings": blocks}
    return [resource(STAGE, found)]


TRACES = (
    data_trace(Kind.MISSING, "the default, off", traced(None)),
    data_trace(Kind.MISSING, "no routes", [resource(STAGE, {})]),
    data_trace(Kind.WRONG, "on", traced(True), TRACED),
    data_trace(Kind.WRONG, "on, as a secret", traced(secret(True)), TRACED),
    data_trace(Kind.WRONG, "on for routes", traced_routes(True), TRACED),
    data_trace(Kind.WRONG, "on for the second route", traced_routes(False, False, True), TRACED),
    data_trace(Kind.WRONG, "on beside what is not known", traced_routes(UNKNOWN_FLAG, True), TRACED),
    data_trace(
        Kind.WRONG,
        "on beside unknown routes",
        [
            resource(
                STAGE, {"defaultRouteSettings": {"dataTraceEnabled": True}, "routeSettings": UNKNOWN_LIST}
            )
        ],
        TRACED,
    ),
    data_trace(Kind.UNKNOWN, "not known", traced(UNKNOWN_FLAG), undecided=True),
    data_trace(Kind.UNKNOWN, "of a route", traced_routes(False, UNKNOWN_FLAG), undecided=True),
    data_trace(
        Kind.UNKNOWN, "the routes", [resource(STAGE, {"routeSettings": UNKNOWN_LIST})], undecided=True
    ),
    data_trace(Kind.CORRECT, "off", traced(False)),
    data_trace(Kind.CORRECT, "off for routes", traced_routes(False, False, None)),
)


def running(level: object, destination: object = f"{GROUP_ARN}:*", **more: Any) -> list[Resource]:
    found = without_none(level=level, logDestination=destination, **more)
    return [resource(MACHINE, {"loggingConfiguration": {"__defaults": [], **found}})]


MACHINES = (
    machine(Kind.MISSING, "no block", [resource(MACHINE, {})], UNLOGGED),
    machine(Kind.MISSING, "no level", running(None), UNLOGGED),
    machine(Kind.MISSING, "no destination", running("ALL", None), NOWHERE),
    machine(Kind.WRONG, "off", running("OFF"), UNLOGGED),
    machine(Kind.WRONG, "an empty level", running(""), UNLOGGED),
    machine(Kind.WRONG, "no such level", running("INFO"), UNLOGGED),
    machine(Kind.WRONG, "an empty destination", running("ALL", ""), NOWHERE),
    machine(Kind.WRONG, "the group's ARN alone", running("ALL", GROUP_ARN), REFUSED),
    machine(Kind.WRONG, "off, by reference", running("OFF", UNKNOWN_TEXT), UNLOGGED),
    machine(Kind.WRONG, "no destination under an unknown level", running(UNKNOWN_TEXT, None), NOWHERE),
    machine(Kind.UNKNOWN, "the level", running(UNKNOWN_TEXT), undecided=True),
    machine(
        Kind.UNKNOWN,
        "the block",
        [resource(MACHINE, {"loggingConfiguration": UNKNOWN_BLOCK})],
        undecided=True,
    ),
    machine(Kind.UNKNOWN, "the destination, a reference", running("ALL", UNKNOWN_TEXT)),
    *(machine(Kind.CORRECT, f"the level {level}", running(level)) for level in ("ALL", "ERROR", "FATAL")),
    machine(Kind.CORRECT, "as secrets", running(secret("ALL"), secret(f"{GROUP_ARN}:*"))),
    machine(Kind.CORRECT, "without the data", running("ALL", includeExecutionData=False)),
)

CASES = (
    *access_cases(REST_STAGE),
    *access_cases(STAGE),
    *EXECUTIONS,
    *TRACES,
    *MACHINES,
    *delivered_logs.CASES,
)
