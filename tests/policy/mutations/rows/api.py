"""Defects of APIs and of access logs."""

import json
from typing import Any

from policy.graph import Resource
from policy.rule import Outcome
from tests.policy.mutations.defects import (
    SWITCH,
    TRUE,
    Moment,
    Resources,
    also,
    anywhere,
    edited,
    elsewhere,
    gone,
    has,
    has_no,
    is_at,
    named,
    removed,
    rows,
    source_of,
    to,
    users_of,
    value,
)
from tests.policy.mutations.rows import tokens as t

_STAGE_OF_SETTINGS = source_of("stageName", t.REST_STAGE)
_EXECUTIONS, _LIMITS = "apigw-execution-logging", "apigw-throttling"
_BOTH_OF_STAGE = (also(_EXECUTIONS, _STAGE_OF_SETTINGS),)
_LOG_GROUP = "apigw-execution-log-group-managed"
_OPEN = {"openapi": "3.0.1", "info": {}, "paths": {"/open": {"get": {"responses": {}}}}}
_KNOWN = (Moment.UPDATE,)


def _opened(document: dict[str, Any]) -> dict[str, Any]:
    """Nothing asks who calls any more."""
    paths = {
        path: {
            verb: {
                name: part
                for name, part in operation.items()
                if name not in ("security", "x-amazon-apigateway-auth")
            }
            if isinstance(operation, dict)
            else operation
            for verb, operation in item.items()
        }
        for path, item in document["paths"].items()
    }
    return {**document, "paths": paths}


def _unsigned(document: dict[str, Any]) -> dict[str, Any]:
    """Each way to sign in is no longer acted on by API Gateway."""
    components = document.get("components", {})
    return {**_opened(document), "components": {**components, "securitySchemes": {}}}


def _unasked_routes(api: Resource, resources: Resources) -> list[Resource]:
    routes = users_of("apiId", t.ROUTE)(api, resources)
    return [route for route in routes if not has("authorizationType")(route)]


AUTHORIZATION = (
    *rows(
        "apigw-route-auth",
        t.METHOD,
        "authorization",
        value(["NONE", ""]),
        where=is_at("authorization", "AWS_IAM"),
    ),
    *rows("apigw-route-auth", t.METHOD, "apiKeyRequired", SWITCH),
    *rows(
        "apigw-route-auth",
        t.METHOD,
        "httpMethod",
        {"no preflight request": to("GET")},
        where=is_at("httpMethod", "OPTIONS"),
    ),
    *rows(
        "apigw-route-auth",
        t.REST_API,
        "body",
        {
            "open to everyone": edited(_opened),
            "no way to sign in": edited(_unsigned),
            "no document": to("["),
        },
    ),
    *rows("apigw-route-auth", t.REST_API, "body", {"open": to(json.dumps(_OPEN))}, where=has_no("body")),
    *rows("apigw-route-auth", t.API, "body", {"open": to(json.dumps(_OPEN))}, where=has_no("body")),
    *rows(
        "apigw-route-auth",
        t.API,
        "target",
        {"an open route": to("https://omnitrack.ai")},
        where=has_no("target"),
    ),
    *rows(
        "apigw-route-auth",
        t.ROUTE,
        "authorizationType",
        value(["NONE", ""]),
        where=has("authorizationType"),
    ),
    *rows(
        "apigw-route-auth",
        t.ROUTE,
        "routeKey",
        {"where everybody connects": to("$connect")},
        where=has_no("authorizationType"),
    ),
    *rows(
        "apigw-route-auth",
        t.API,
        "protocolType",
        {"where every route is asked": to("HTTP")},
        where=is_at("protocolType", "WEBSOCKET"),
        on=_unasked_routes,
    ),
    *elsewhere("apigw-route-auth", t.ROUTE, "apiId", where=has_no("authorizationType")),
)

STAGES = (
    *gone(_LIMITS, t.METHOD_SETTINGS, on=_STAGE_OF_SETTINGS, also=_BOTH_OF_STAGE),
    *rows(
        _LIMITS,
        t.METHOD_SETTINGS,
        "settings",
        {"none": removed, "empty": to({})},
        on=_STAGE_OF_SETTINGS,
        also=_BOTH_OF_STAGE,
    ),
    *rows(
        _LIMITS,
        t.METHOD_SETTINGS,
        "methodPath",
        {"not set": removed, "one method": to("things/GET"), "one path": to("things/*")},
        on=_STAGE_OF_SETTINGS,
        also=_BOTH_OF_STAGE,
    ),
    *(
        row
        for name in ("throttlingRateLimit", "throttlingBurstLimit")
        for row in (
            *rows(_LIMITS, t.METHOD_SETTINGS, f"settings.{name}", value([-1, "x"]), on=_STAGE_OF_SETTINGS),
            *rows(_LIMITS, t.STAGE, f"defaultRouteSettings.{name}", value([0, -1, "x"])),
        )
    ),
    *elsewhere(
        _LIMITS,
        t.METHOD_SETTINGS,
        "restApi",
        on=_STAGE_OF_SETTINGS,
        also=(*_BOTH_OF_STAGE, also(_LOG_GROUP, preview=None)),
        reason="at preview a group is known by its API only, not by its stage",
    ),
    *elsewhere(
        _LIMITS,
        t.METHOD_SETTINGS,
        "stageName",
        on=_STAGE_OF_SETTINGS,
        also=(*_BOTH_OF_STAGE, also(_LOG_GROUP, preview=None)),
        reason="at preview a group is known by its API only, not by its stage",
    ),
    *elsewhere(_LIMITS, t.REST_STAGE, "restApi", where=named("rest"), also=(also(_EXECUTIONS),)),
    *elsewhere(
        _LIMITS,
        t.REST_STAGE,
        "restApi",
        where=named("inside"),
        also=(also(_EXECUTIONS), also("apigw-stage-waf")),
    ),
    *rows(
        _LIMITS,
        t.REST_STAGE,
        "stageName",
        {"another": to("another")},
        also=(also(_EXECUTIONS),),
        moments=_KNOWN,
        reason="at preview a reference follows the name",
    ),
    *rows(_EXECUTIONS, t.METHOD_SETTINGS, "settings.loggingLevel", value(["OFF", ""]), on=_STAGE_OF_SETTINGS),
    *rows(_EXECUTIONS, t.METHOD_SETTINGS, "settings.metricsEnabled", TRUE, on=_STAGE_OF_SETTINGS),
    *rows(_EXECUTIONS, t.STAGE, "defaultRouteSettings.loggingLevel", value(["OFF", ""])),
    *rows(_EXECUTIONS, t.STAGE, "defaultRouteSettings.detailedMetricsEnabled", TRUE),
    *elsewhere(_EXECUTIONS, t.STAGE, "apiId", where=named("things")),
    *rows(
        _EXECUTIONS,
        t.API,
        "protocolType",
        {"one whose executions can be logged": to("WEBSOCKET")},
        where=is_at("protocolType", "HTTP"),
        on=users_of("apiId", t.STAGE),
    ),
    *rows(
        "apigw-no-data-trace",
        t.METHOD_SETTINGS,
        "settings.dataTraceEnabled",
        {"true": to(True)},
        where=anywhere,
    ),
    *rows(
        "apigw-no-data-trace",
        t.STAGE,
        "defaultRouteSettings.dataTraceEnabled",
        {"true": to(True)},
        where=anywhere,
    ),
    *rows(
        "apigw-no-data-trace",
        t.STAGE,
        "routeSettings",
        {"one route": to([{"routeKey": "x"}, {"routeKey": "message", "dataTraceEnabled": True}])},
        where=has_no("routeSettings"),
    ),
    *(
        row
        for path in ("accessLogSettings", "accessLogSettings.destinationArn", "accessLogSettings.format")
        for row in rows(
            "apigw-stage-access-logs",
            (t.REST_STAGE, t.STAGE),
            path,
            {"not set": removed, "empty": to("" if "." in path else {})},
        )
    ),
)

_SOURCE_OF_DELIVERY = source_of("resourceArn", t.DISTRIBUTION)


def _delivered(delivery: Resource, resources: Resources) -> list[Resource]:
    sources = source_of("deliverySourceName", t.DELIVERY_SOURCE)(delivery, resources)
    return [one for source in sources for one in _SOURCE_OF_DELIVERY(source, resources)]


ACCESS_LOGS = (
    *rows("sfn-logging", t.MACHINE, "loggingConfiguration", {"not set": removed, "empty": to({})}),
    *rows("sfn-logging", t.MACHINE, "loggingConfiguration.level", value(["OFF", ""])),
    *rows(
        "sfn-logging",
        t.MACHINE,
        "loggingConfiguration.logDestination",
        value(["", "arn:aws:logs:us-east-1:123456789012:log-group:future"]),
    ),
    *rows("cloudfront-access-logs", t.DISTRIBUTION, "loggingConfig", {"not set": removed, "empty": to({})}),
    *rows("cloudfront-access-logs", t.DISTRIBUTION, "loggingConfig.bucket", value([""])),
    *gone("cloudfront-access-logs", t.DELIVERY, on=_delivered),
    *rows("cloudfront-access-logs", t.DELIVERY, "deliverySourceName", value(["", "another"]), on=_delivered),
    *gone("cloudfront-access-logs", t.DELIVERY_SOURCE, on=_SOURCE_OF_DELIVERY),
    *rows(
        "cloudfront-access-logs", t.DELIVERY_SOURCE, "logType", value(["TRACES", ""]), on=_SOURCE_OF_DELIVERY
    ),
    *rows("cloudfront-access-logs", t.DELIVERY_SOURCE, "resourceArn", value([""]), on=_SOURCE_OF_DELIVERY),
    *elsewhere("cloudfront-access-logs", t.DELIVERY_SOURCE, "resourceArn", on=_SOURCE_OF_DELIVERY),
    *rows(
        "cloudfront-access-logs",
        t.DELIVERY_SOURCE,
        "resourceArn",
        {"another distribution": to("arn:aws:cloudfront::123456789012:distribution/E123")},
        on=_SOURCE_OF_DELIVERY,
        preview=Outcome.UNDECIDED,
        reason="the own ARN is not known yet, so it may be this one",
    ),
    *rows(
        "cloudfront-access-logs",
        t.DELIVERY_SOURCE,
        "name",
        {"another name": to("another")},
        on=_SOURCE_OF_DELIVERY,
        moments=_KNOWN,
        reason="at preview a reference follows the name",
    ),
    *rows(
        "s3-access-logs",
        t.BUCKET_LOGGINGS,
        "bucket",
        value(["", "another"]),
        on=source_of("bucket", *t.BUCKETS),
    ),
)

ROWS = (*AUTHORIZATION, *STAGES, *ACCESS_LOGS)
