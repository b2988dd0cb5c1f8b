"""Cases of the rules on who may call an API, and how often."""

from collections.abc import Mapping
from typing import Any

from policy.graph import Resource
from tests.policy.cases import api_documents
from tests.policy.cases.case import (
    UNKNOWN_BLOCK,
    UNKNOWN_FLAG,
    UNKNOWN_NUMBER,
    UNKNOWN_TEXT,
    Kind,
    cases_of,
    resource,
    secret,
    without_none,
)

METHOD = "aws:apigateway/method:Method"
SETTINGS = "aws:apigateway/methodSettings:MethodSettings"
REST_API = "aws:apigateway/restApi:RestApi"
REST_STAGE = "aws:apigateway/stage:Stage"
DEPLOYMENT = "aws:apigateway/deployment:Deployment"
API = "aws:apigatewayv2/api:Api"
ROUTE = "aws:apigatewayv2/route:Route"
STAGE = "aws:apigatewayv2/stage:Stage"
OPEN = "answers callers whom it does not know"
UNLIMITED = "does not limit requests"

auth = cases_of("apigw-route-auth")
throttling = cases_of("apigw-throttling")


def method(verb: object, kind: object, key: object = None) -> list[Resource]:
    found = without_none(httpMethod=verb, authorization=kind, apiKeyRequired=key, restApi=UNKNOWN_TEXT)
    return [resource(METHOD, found)]


METHODS = (
    auth(Kind.MISSING, "a method without authorization", method("GET", None), OPEN),
    auth(Kind.MISSING, "a method with an empty one", method("GET", ""), OPEN),
    auth(Kind.WRONG, "an open method", method("GET", "NONE"), OPEN),
    auth(Kind.WRONG, "an open method for any verb, OPTIONS among them", method("ANY", "NONE"), OPEN),
    auth(Kind.WRONG, "an open method that needs no key", method("POST", "NONE", key=False), OPEN),
    auth(Kind.WRONG, "an authorization of an HTTP API", method("GET", "JWT"), OPEN),
    auth(Kind.UNKNOWN, "a method's authorization", method("GET", UNKNOWN_TEXT), undecided=True),
    auth(Kind.UNKNOWN, "a method's verb", method(UNKNOWN_TEXT, "NONE"), undecided=True),
    auth(Kind.UNKNOWN, "a method's need of a key", method("GET", "NONE", key=UNKNOWN_FLAG), undecided=True),
    *(
        auth(Kind.CORRECT, f"a method with {kind}", method("GET", kind))
        for kind in ("AWS_IAM", "CUSTOM", "COGNITO_USER_POOLS")
    ),
    auth(Kind.CORRECT, "a method with a secret", method(UNKNOWN_TEXT, secret("CUSTOM"))),
    auth(Kind.CORRECT, "an open method that needs a key", method("GET", "NONE", key=True)),
    auth(Kind.NOT_APPLICABLE, "an OPTIONS preflight", method("OPTIONS", "NONE")),
    auth(Kind.NOT_APPLICABLE, "a preflight with an unknown authorization", method("OPTIONS", UNKNOWN_TEXT)),
)


def route(
    key: object,
    kind: object = None,
    protocol: object = "HTTP",
    *,
    joined: bool = True,
    api_key: object = None,
) -> list[Resource]:
    api = resource(API, without_none(protocolType=protocol), name="api")
    found = without_none(routeKey=key, authorizationType=kind, apiId=UNKNOWN_TEXT, apiKeyRequired=api_key)
    return [resource(ROUTE, found, sources={"apiId": [api] if joined else []}), api]


TWO_APIS = [
    resource(ROUTE, {"routeKey": "$default", "apiId": "b2"}),
    resource(API, {"protocolType": "WEBSOCKET"}, name="socket", outputs={"id": "a1"}),
    resource(API, {"protocolType": "HTTP"}, name="http", outputs={"id": "b2"}),
]

ROUTES = (
    auth(Kind.MISSING, "a route without authorization", route("GET /twins"), OPEN),
    auth(Kind.WRONG, "an open route", route("GET /twins", "NONE"), OPEN),
    auth(Kind.WRONG, "a route with an empty authorization", route("GET /twins", ""), OPEN),
    auth(Kind.WRONG, "an open default route of an HTTP API", route("$default", "NONE"), OPEN),
    auth(Kind.WRONG, "a default route by the id of its API", TWO_APIS, OPEN),
    auth(Kind.WRONG, "a key, which HTTP APIs do not check", route("GET /twins", "NONE", api_key=True), OPEN),
    auth(Kind.WRONG, "an authorization of a REST API", route("GET /twins", "COGNITO_USER_POOLS"), OPEN),
    auth(Kind.WRONG, "a path below the health check", route("GET /v1/health/all", "NONE"), OPEN),
    auth(Kind.WRONG, "another verb on the health check", route("POST /v1/health", "NONE"), OPEN),
    auth(Kind.WRONG, "an open $connect", route("$connect", "NONE", "WEBSOCKET"), OPEN),
    auth(Kind.WRONG, "an open $connect of an API outside the stack", route("$connect", joined=False), OPEN),
    auth(
        Kind.UNKNOWN, "a route of an API outside the stack", route("$default", joined=False), undecided=True
    ),
    *(
        auth(Kind.WRONG, f"{key} of an API outside the stack", route(key, "NONE", joined=False), OPEN)
        for key in ("GET /twins", "ANY /{proxy+}")
    ),
    *(
        auth(Kind.NOT_APPLICABLE, f"{key} of an API outside the stack", route(key, "NONE", joined=False))
        for key in ("acknowledge", "GET", "/twins", "GET /v1/health")
    ),
    auth(
        Kind.NOT_APPLICABLE,
        "a message of a WebSocket API that is called like a route",
        route("GET /twins", "NONE", "WEBSOCKET"),
    ),
    auth(
        Kind.UNKNOWN,
        "the key of a route outside the stack",
        route(UNKNOWN_TEXT, joined=False),
        undecided=True,
    ),
    auth(
        Kind.UNKNOWN, "an API of an unknown protocol", route("$default", "NONE", UNKNOWN_TEXT), undecided=True
    ),
    auth(Kind.UNKNOWN, "an API that names no protocol", route("$default", "NONE", None), undecided=True),
    auth(Kind.UNKNOWN, "a route's key", route(UNKNOWN_TEXT, "NONE"), undecided=True),
    auth(Kind.UNKNOWN, "a message's key", route(UNKNOWN_TEXT, "NONE", "WEBSOCKET"), undecided=True),
    auth(Kind.UNKNOWN, "a route's authorization", route("GET /twins", UNKNOWN_TEXT), undecided=True),
    auth(Kind.UNKNOWN, "who connects", route("$connect", UNKNOWN_TEXT, "WEBSOCKET"), undecided=True),
    auth(
        Kind.UNKNOWN,
        "whether a key is needed to connect",
        route("$connect", "NONE", "WEBSOCKET", api_key=UNKNOWN_FLAG),
        undecided=True,
    ),
    *(
        auth(Kind.CORRECT, f"a route with {kind}", route(UNKNOWN_TEXT, kind, joined=False))
        for kind in ("AWS_IAM", "CUSTOM", "JWT", secret("JWT"))
    ),
    auth(Kind.CORRECT, "a $connect with an authorizer", route("$connect", "CUSTOM", "WEBSOCKET")),
    auth(Kind.CORRECT, "a $connect with a key", route("$connect", "NONE", "WEBSOCKET", api_key=True)),
    auth(Kind.CORRECT, "the health check as a route", route("GET /v1/health", "NONE")),
    *(
        auth(Kind.NOT_APPLICABLE, f"{key} of a WebSocket API", route(key, "NONE", "WEBSOCKET"))
        for key in ("$default", "$disconnect", "acknowledge")
    ),
    auth(
        Kind.NOT_APPLICABLE, "a $disconnect of an API outside the stack", route("$disconnect", joined=False)
    ),
    auth(Kind.NOT_APPLICABLE, "a preflight route", route("OPTIONS /{proxy+}", "NONE")),
    auth(Kind.MISSING, "a quick route", [resource(API, {"target": "arn:aws:lambda:x"})], OPEN),
    auth(Kind.WRONG, "a quick route by reference", [resource(API, {"target": UNKNOWN_TEXT})], OPEN),
    auth(
        Kind.UNKNOWN,
        "a quick route's key",
        [resource(API, {"target": "arn:aws:lambda:x", "routeKey": UNKNOWN_TEXT})],
        undecided=True,
    ),
    auth(
        Kind.NOT_APPLICABLE,
        "a quick preflight",
        [resource(API, {"target": "arn:aws:lambda:x", "routeKey": "OPTIONS /x"})],
    ),
    auth(Kind.NOT_APPLICABLE, "no quick route", [resource(API, {"target": "", "body": ""})]),
)

REST = resource(REST_API, {}, name="api")
OTHER_REST = resource(REST_API, {}, name="other-api")
NEW_STAGE = resource(REST_STAGE, {"restApi": UNKNOWN_TEXT, "stageName": "prod"}, sources={"restApi": [REST]})
LIVE_STAGE = resource(REST_STAGE, {"restApi": "a1", "stageName": "prod"})
DEPLOYED = resource(DEPLOYMENT, {"restApi": UNKNOWN_TEXT}, name="deployment")
DEPLOYED_STAGE = resource(
    REST_STAGE, {"restApi": UNKNOWN_TEXT, "stageName": "prod"}, sources={"restApi": [DEPLOYED]}
)
LIMITS = {"throttlingRateLimit": 100.5, "throttlingBurstLimit": 200}


def settings(
    block: object,
    *,
    api: object = "a1",
    stage: object = "prod",
    path: object = "*/*",
    name: str = "settings",
    sources: Mapping[str, list[Resource]] | None = None,
) -> Resource:
    found = without_none(restApi=api, stageName=stage, methodPath=path, settings=block)
    return resource(SETTINGS, found, name=name, sources=sources)


def referring(block: object, api: Resource, **more: Any) -> Resource:
    return settings(block, api=UNKNOWN_TEXT, sources={"restApi": [api]}, **more)


BY_REFERENCE = settings(
    LIMITS,
    api=UNKNOWN_TEXT,
    stage=UNKNOWN_TEXT,
    sources={"restApi": [REST], "stageName": [NEW_STAGE]},
)
FROM_THE_STAGE = settings(
    LIMITS,
    api=UNKNOWN_TEXT,
    stage=UNKNOWN_TEXT,
    sources={"restApi": [NEW_STAGE], "stageName": [NEW_STAGE]},
)
FROM_ELSEWHERE = settings(LIMITS, api=UNKNOWN_TEXT, sources={"restApi": [DEPLOYED]})


def limited(rate: object, burst: object) -> list[Resource]:
    block = without_none(throttlingRateLimit=rate, throttlingBurstLimit=burst)
    return [LIVE_STAGE, settings({"__defaults": [], **block})]


def routed(rate: object, burst: object) -> list[Resource]:
    block = without_none(throttlingRateLimit=rate, throttlingBurstLimit=burst)
    return [resource(STAGE, {"defaultRouteSettings": {"__defaults": [], **block}})]


THROTTLES = (
    throttling(Kind.MISSING, "no settings", [LIVE_STAGE], UNLIMITED),
    throttling(Kind.MISSING, "empty settings", [LIVE_STAGE, settings({})], UNLIMITED),
    throttling(Kind.MISSING, "no rate", limited(None, 200), UNLIMITED),
    throttling(Kind.MISSING, "no burst", limited(100, None), UNLIMITED),
    throttling(Kind.WRONG, "the provider's default rate", limited(-1, 200), UNLIMITED),
    throttling(Kind.WRONG, "the provider's default burst", limited(100, -1), UNLIMITED),
    throttling(Kind.WRONG, "a text", limited("100", 200), UNLIMITED),
    throttling(Kind.WRONG, "a flag", limited(100, True), UNLIMITED),
    throttling(Kind.WRONG, "of one method", [LIVE_STAGE, settings(LIMITS, path="orders/GET")], UNLIMITED),
    throttling(Kind.WRONG, "of another stage", [LIVE_STAGE, settings(LIMITS, stage="production")], UNLIMITED),
    throttling(Kind.WRONG, "of another API", [LIVE_STAGE, settings(LIMITS, api="a12")], UNLIMITED),
    throttling(
        Kind.WRONG,
        "of another API by reference",
        [NEW_STAGE, referring(LIMITS, OTHER_REST), REST, OTHER_REST],
        UNLIMITED,
    ),
    throttling(
        Kind.WRONG,
        "of another stage of the API, by reference",
        [NEW_STAGE, referring(LIMITS, REST, stage="production"), REST],
        UNLIMITED,
    ),
    throttling(
        Kind.WRONG,
        "of another stage, whichever the API",
        [NEW_STAGE, settings(LIMITS, stage="production"), REST],
        UNLIMITED,
    ),
    throttling(Kind.UNKNOWN, "the rate", limited(UNKNOWN_NUMBER, 200), undecided=True),
    throttling(Kind.UNKNOWN, "the burst", limited(100, UNKNOWN_NUMBER), undecided=True),
    throttling(Kind.UNKNOWN, "the settings", [LIVE_STAGE, settings(UNKNOWN_BLOCK)], undecided=True),
    throttling(Kind.UNKNOWN, "the path", [LIVE_STAGE, settings(LIMITS, path=UNKNOWN_TEXT)], undecided=True),
    throttling(
        Kind.UNKNOWN, "the stage's name", [LIVE_STAGE, settings(LIMITS, stage=UNKNOWN_TEXT)], undecided=True
    ),
    throttling(Kind.UNKNOWN, "whose API", [LIVE_STAGE, settings(LIMITS, api=UNKNOWN_TEXT)], undecided=True),
    throttling(
        Kind.UNKNOWN,
        "the API of a stage, as it comes from a deployment",
        [DEPLOYED_STAGE, referring(LIMITS, REST), REST, DEPLOYED],
        undecided=True,
    ),
    throttling(Kind.UNKNOWN, "the API", [NEW_STAGE, settings(LIMITS), REST], undecided=True),
    throttling(
        Kind.UNKNOWN,
        "the API, as it comes from a deployment",
        [NEW_STAGE, FROM_ELSEWHERE, REST, DEPLOYED],
        undecided=True,
    ),
    throttling(Kind.CORRECT, "both limits", limited(100, 200)),
    throttling(Kind.CORRECT, "a stage shut on purpose", limited(0, 0)),
    throttling(Kind.CORRECT, "as a secret", limited(secret(100), 200)),
    throttling(Kind.CORRECT, "by reference", [NEW_STAGE, BY_REFERENCE, REST]),
    throttling(Kind.CORRECT, "all from the stage", [NEW_STAGE, FROM_THE_STAGE, REST]),
    throttling(
        Kind.CORRECT,
        "the second settings",
        [LIVE_STAGE, settings({}, path="x/GET", name="of-x"), settings(LIMITS)],
    ),
    throttling(Kind.MISSING, "nothing for routes", [resource(STAGE, {})], UNLIMITED),
    throttling(Kind.WRONG, "what the provider makes of nothing", routed(0, 0), UNLIMITED),
    throttling(Kind.WRONG, "no burst for routes", routed(100, None), UNLIMITED),
    throttling(Kind.UNKNOWN, "the rate for routes", routed(UNKNOWN_NUMBER, 200), undecided=True),
    throttling(Kind.CORRECT, "the least limits for routes", routed(0.5, 1)),
    throttling(Kind.CORRECT, "both limits for routes", routed(100, 200)),
)

CASES = METHODS + ROUTES + api_documents.CASES + THROTTLES
