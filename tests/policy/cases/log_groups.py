"""Cases of the rules on log groups that AWS would make by itself: of API Gateway and of AWS IoT."""

from typing import Any

from policy.graph import Resource
from tests.policy.cases.case import (
    UNKNOWN_BLOCK,
    UNKNOWN_FLAG,
    UNKNOWN_LIST,
    UNKNOWN_TEXT,
    Kind,
    cases_of,
    resource,
    without_none,
)

SETTINGS = "aws:apigateway/methodSettings:MethodSettings"
WEBSOCKET = "aws:apigatewayv2/stage:Stage"
OPTIONS = "aws:iot/loggingOptions:LoggingOptions"
GROUP = "aws:cloudwatch/logGroup:LogGroup"
UNDECLARED = "writes to a log group that is not declared"
PASSES_ON = "writes to a log group that only passes logs on and keeps none"

REST_GROUP = "API-Gateway-Execution-Logs_a1b2/prod"
WEBSOCKET_GROUP = "/aws/apigateway/a1b2/prod"
IOT_GROUP = "AWSIotLogsV2"
API = resource("aws:apigateway/restApi:RestApi", {}, name="api")
OTHER_API = resource("aws:apigateway/restApi:RestApi", {}, name="other")
STAGE = resource("aws:apigateway/stage:Stage", {}, name="stage")


def group(name: object, *sources: Resource, **more: Any) -> Resource:
    return resource(GROUP, {**without_none(name=name), **more}, name="group", sources={"name": sources})


def rest(level: object = "ERROR", api: object = "a1b2", stage: object = "prod", **settings: Any) -> Resource:
    return resource(
        SETTINGS,
        {"restApi": api, "stageName": stage, "settings": without_none(loggingLevel=level, **settings)},
        sources={"restApi": [API] if api is UNKNOWN_TEXT else [], "stageName": [STAGE]},
    )


def websocket(level: object = "INFO", **properties: Any) -> Resource:
    return resource(
        WEBSOCKET,
        {
            "apiId": "a1b2",
            "name": "prod",
            "defaultRouteSettings": without_none(loggingLevel=level),
            **properties,
        },
    )


def iot(level: object = "INFO", **properties: Any) -> Resource:
    return resource(OPTIONS, {**without_none(defaultLogLevel=level), "roleArn": UNKNOWN_TEXT, **properties})


apis = cases_of("apigw-execution-log-group-managed")
NEW = rest(api=UNKNOWN_TEXT)
APIS = (
    apis(Kind.MISSING, "no log group", [rest()], UNDECLARED),
    apis(Kind.MISSING, "no log group of a WebSocket stage", [websocket()], UNDECLARED),
    apis(
        Kind.MISSING,
        "no log group of a WebSocket route",
        [websocket("OFF", routeSettings=[{"loggingLevel": "ERROR"}])],
        UNDECLARED,
    ),
    apis(Kind.WRONG, "another API's", [rest(), group("API-Gateway-Execution-Logs_c3d4/prod")], UNDECLARED),
    apis(Kind.WRONG, "a longer stage name", [rest(), group(REST_GROUP + "uction")], UNDECLARED),
    apis(Kind.WRONG, "a name around it", [rest(), group("/x/" + REST_GROUP)], UNDECLARED),
    apis(Kind.WRONG, "the name of the other kind of API", [rest(), group(WEBSOCKET_GROUP)], UNDECLARED),
    apis(
        Kind.WRONG,
        "a WebSocket stage, and the name of a REST API",
        [websocket(), group(REST_GROUP)],
        UNDECLARED,
    ),
    apis(Kind.WRONG, "a name left to Pulumi", [rest(), group(None)], UNDECLARED),
    apis(
        Kind.WRONG,
        "another API's by reference",
        [NEW, group(UNKNOWN_TEXT, OTHER_API), API, OTHER_API],
        UNDECLARED,
    ),
    apis(
        Kind.WRONG,
        "another stage of a new API",
        [NEW, group("API-Gateway-Execution-Logs_a1b2/beta"), API],
        UNDECLARED,
    ),
    apis(
        Kind.WRONG,
        "a group that only passes logs on",
        [rest(), group(REST_GROUP, logGroupClass="DELIVERY")],
        PASSES_ON,
    ),
    apis(Kind.UNKNOWN, "the level is not known", [rest(UNKNOWN_TEXT)], undecided=True),
    apis(
        Kind.UNKNOWN,
        "the settings are not known",
        [resource(SETTINGS, {"settings": UNKNOWN_BLOCK})],
        undecided=True,
    ),
    apis(
        Kind.UNKNOWN,
        "the routes are not known",
        [websocket("OFF", routeSettings=UNKNOWN_LIST)],
        undecided=True,
    ),
    apis(Kind.UNKNOWN, "a new API may get that id", [NEW, group(REST_GROUP), API], undecided=True),
    apis(Kind.UNKNOWN, "the group's name comes from nowhere", [rest(), group(UNKNOWN_TEXT)], undecided=True),
    apis(Kind.CORRECT, "the name of a REST API", [rest(), group(REST_GROUP)]),
    apis(Kind.CORRECT, "the name of a WebSocket API", [websocket(), group(WEBSOCKET_GROUP)]),
    apis(Kind.CORRECT, "an unknown level, declared anyway", [rest(UNKNOWN_TEXT), group(REST_GROUP)]),
    apis(Kind.CORRECT, "by reference to the API", [NEW, group(UNKNOWN_TEXT, API), API]),
    apis(Kind.CORRECT, "by reference to the stage", [NEW, group(UNKNOWN_TEXT, STAGE), API, STAGE]),
    apis(
        Kind.CORRECT, "by reference to the WebSocket stage", [websocket(), group(UNKNOWN_TEXT, websocket())]
    ),
    apis(Kind.NOT_APPLICABLE, "switched off", [rest("OFF")]),
    apis(Kind.NOT_APPLICABLE, "no level", [rest(None, metricsEnabled=True)]),
    apis(Kind.NOT_APPLICABLE, "an HTTP API, which has no execution log", [websocket(None)]),
    apis(Kind.NOT_APPLICABLE, "an HTTP API as a state shows it", [websocket("", routeSettings=[])]),
)

things = cases_of("iot-log-group-managed")
THINGS = (
    things(Kind.MISSING, "no log group", [iot()], UNDECLARED),
    things(Kind.MISSING, "no level, and no log group", [iot(None)], UNDECLARED),
    things(Kind.WRONG, "another name", [iot(), group("AWSIotLogs")], UNDECLARED),
    things(Kind.WRONG, "a longer name", [iot(disableAllLogs=False), group(IOT_GROUP + "x")], UNDECLARED),
    things(Kind.WRONG, "another name by reference", [iot(), group(UNKNOWN_TEXT, API), API], UNDECLARED),
    things(
        Kind.WRONG,
        "a group that only passes logs on",
        [iot(), group(IOT_GROUP, logGroupClass="DELIVERY")],
        PASSES_ON,
    ),
    things(Kind.UNKNOWN, "the level is not known", [iot(UNKNOWN_TEXT)], undecided=True),
    things(Kind.UNKNOWN, "the switch is not known", [iot(disableAllLogs=UNKNOWN_FLAG)], undecided=True),
    things(Kind.UNKNOWN, "the group's name is not known", [iot(), group(UNKNOWN_TEXT)], undecided=True),
    things(Kind.CORRECT, "the name", [iot(), group(IOT_GROUP)]),
    things(Kind.CORRECT, "an unknown level, declared anyway", [iot(UNKNOWN_TEXT), group(IOT_GROUP)]),
    things(Kind.NOT_APPLICABLE, "switched off", [iot("DISABLED")]),
    things(Kind.NOT_APPLICABLE, "all logs are switched off", [iot(disableAllLogs=True)]),
)

CASES = (*APIS, *THINGS)
