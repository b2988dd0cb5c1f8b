"""APIs: a route knows its caller, and a stage limits how much it takes."""

import json
import re
from collections.abc import Iterator, Mapping

import yaml

from policy.graph import UNKNOWN, Link, Resource, every_link, is_set, read
from policy.predicates import at_least_one, every, is_one_of
from policy.rule import Context, Level, Rule, Severity, Verdict

METHOD = "aws:apigateway/method:Method"
METHOD_SETTINGS = "aws:apigateway/methodSettings:MethodSettings"
REST_API = "aws:apigateway/restApi:RestApi"
REST_STAGE = "aws:apigateway/stage:Stage"
API = "aws:apigatewayv2/api:Api"
ROUTE = "aws:apigatewayv2/route:Route"
STAGE = "aws:apigatewayv2/stage:Stage"

OPEN = "answers callers whom it does not know"
PUBLIC_ROUTES = frozenset({"GET /v1/health"})
"""Open on purpose: probes have no token, and the answer says nothing but up or down.

The list stands here, where a change of it is reviewed as a change of the rule, and not as a mark in the
document, with which the author of an operation would excuse it from the rule.
"""

_HTTP_ROUTE = re.compile(r"[A-Z]+ /.*")
_METHOD_AUTHORIZATIONS = ("AWS_IAM", "CUSTOM", "COGNITO_USER_POOLS")
_ROUTE_AUTHORIZATIONS = ("AWS_IAM", "CUSTOM", "JWT")
_ANY_METHOD = "x-amazon-apigateway-any-method"
_OPERATIONS = ("get", "put", "post", "delete", "patch", "head", _ANY_METHOD)
"""Without `options`: browsers send no credentials with the request before the request."""


def caller_is_known(resource: Resource, context: Context) -> Verdict:
    """A method, a route or an imported document lets nobody in unasked."""
    if resource.type == METHOD:
        return _method(resource)
    if resource.type == ROUTE:
        return _route(resource, context)
    if resource.type == API:
        return every(_quick_route, _document)(resource, context)
    return _document(resource, context)


def _method(method: Resource) -> Verdict:
    verb, kind, key = (method.read(name) for name in ("httpMethod", "authorization", "apiKeyRequired"))
    if verb == "OPTIONS" or kind in _METHOD_AUTHORIZATIONS or key is True:
        return None
    return UNKNOWN if UNKNOWN in (verb, kind, key) else OPEN


def _route(route: Resource, context: Context) -> Verdict:
    key, kind = route.read("routeKey"), route.read("authorizationType")
    if kind in _ROUTE_AUTHORIZATIONS or _is_free(key):
        return None
    protocol = protocol_of(route, context)
    if protocol is UNKNOWN:
        protocol = _protocol_with(key)
    if protocol == "WEBSOCKET":
        # Who may connect may also send: API Gateway takes an authorizer nowhere else.
        api_key = route.read("apiKeyRequired")
        if key not in ("$connect", UNKNOWN) or api_key is True:
            return None
        return UNKNOWN if UNKNOWN in (key, kind, api_key) else OPEN
    return OPEN if protocol == "HTTP" and UNKNOWN not in (key, kind) else UNKNOWN


def protocol_of(resource: Resource, context: Context) -> object:
    """HTTP or WEBSOCKET, as the API of a route or stage says; unknown where no API of the stack is known."""
    graph = context.graph
    apis = [api for api in graph.of(API) if graph.links(resource, "apiId", api, names=("id",)) is True]
    return apis[0].read("protocolType") if apis else UNKNOWN


def _protocol_with(route_key: object) -> object:
    """The protocol of the APIs that have such a key; all have `$default`."""
    if not isinstance(route_key, str) or route_key == "$default":
        return UNKNOWN
    return "HTTP" if _HTTP_ROUTE.fullmatch(route_key) else "WEBSOCKET"


def _is_free(route_key: object) -> bool:
    return isinstance(route_key, str) and (route_key.startswith("OPTIONS ") or route_key in PUBLIC_ROUTES)


def _quick_route(api: Resource, _context: Context) -> Verdict:
    """The route that API Gateway makes by itself for a `target` has no authorizer."""
    if not is_set(api.read("target")) or _is_free(api.read("routeKey")):
        return None
    return UNKNOWN if api.read("routeKey") is UNKNOWN else OPEN


def _document(api: Resource, _context: Context) -> Verdict:
    body = api.read("body")
    if body is UNKNOWN:
        return UNKNOWN
    if not is_set(body):
        return None
    document = _parsed(body)
    if document is None:
        return "is made from a document that cannot be read"
    schemes = _mapping(_mapping(document.get("components")).get("securitySchemes"))
    schemes = schemes or _mapping(document.get("securityDefinitions"))
    asking = {name for name, scheme in schemes.items() if _asks(_mapping(scheme), api.type)}
    answers = [
        _operation_asks(operation, asking, document, api.type)
        for route, operation in _operations(document)
        if route not in PUBLIC_ROUTES
    ]
    if False in answers:
        return "leaves operations of its document open to everyone"
    return UNKNOWN if UNKNOWN in answers else None


def _parsed(body: object) -> Mapping[str, object] | None:
    try:
        document = json.loads(str(body))
    except RecursionError:
        return None
    except ValueError:
        try:
            document = yaml.safe_load(str(body))
        except (ValueError, RecursionError, yaml.YAMLError):
            return None
    return document if isinstance(document, Mapping) else None


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}


def _operations(document: Mapping[str, object]) -> Iterator[tuple[str, Mapping[str, object]]]:
    for path, item in _mapping(document.get("paths")).items():
        for method, operation in _mapping(item).items():
            if method in _OPERATIONS:
                yield f"{method.upper()} {path}", _mapping(operation)


def _asks(scheme: Mapping[str, object], type_: str) -> bool:
    """Whether API Gateway acts on a security scheme: on any other the import is silent, and open."""
    if isinstance(scheme.get("x-amazon-apigateway-authorizer"), Mapping):
        return True
    if scheme.get("x-amazon-apigateway-authtype") == "awsSigv4":
        return True
    is_key = scheme.get("type") == "apiKey" and str(scheme.get("name")).lower() == "x-api-key"
    return is_key and type_ == REST_API


def _operation_asks(
    operation: Mapping[str, object], asking: set[str], document: Mapping[str, object], type_: str
) -> Link:
    iam = _mapping(operation.get("x-amazon-apigateway-auth")).get("type")
    if isinstance(iam, str) and iam.upper() == "AWS_IAM":
        return True
    if "security" not in operation:
        # The import of a REST API ignores what the document asks of all operations; of an HTTP API AWS does
        # not say. https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html
        return UNKNOWN if document.get("security") and type_ == API else False
    ways = operation["security"]
    return isinstance(ways, list) and bool(ways) and all(asking.intersection(_mapping(way)) for way in ways)


def settings_for_all(stage: Resource, context: Context) -> list[tuple[Resource, Link]]:
    """The method settings that may hold for all methods of a REST stage, and whether they do."""
    return [
        (settings, every_link(_all_methods(settings), *_same_stage(settings, stage, context)))
        for settings in context.graph.of(METHOD_SETTINGS)
    ]


def _all_methods(settings: Resource) -> Link:
    return is_one_of(settings.read("methodPath"), "*/*")


def _same_stage(settings: Resource, stage: Resource, context: Context) -> tuple[Link, Link]:
    graph = context.graph
    named = graph.links(settings, "stageName", stage, names=("stageName",))
    theirs, ours = settings.read("restApi"), stage.read("restApi")
    if isinstance(theirs, str) and isinstance(ours, str):
        return named, theirs == ours
    sources, targets = graph.sources(settings, "restApi"), graph.sources(stage, "restApi")
    if stage in sources or any(source in targets for source in sources):
        return named, True
    apis = [{one.urn for one in found if one.type == REST_API} for found in (sources, targets)]
    return named, False if all(apis) else UNKNOWN


def throttled(stage: Resource, context: Context) -> Verdict:
    """A stage says how many requests it takes, in a second and at once."""
    if stage.type == STAGE:
        # The provider turns a limit left out into 0, which lets nobody in:
        # https://github.com/hashicorp/terraform-provider-aws/issues/14742
        answers = [_limited(stage.read("defaultRouteSettings"), over=0)]
    else:
        # -1 is the provider's default and means no limit.
        answers = [
            every_link(holds, _limited(settings.read("settings"), over=-1))
            for settings, holds in settings_for_all(stage, context)
        ]
    return at_least_one(answers, "does not limit requests")


def _limited(settings: object, *, over: int) -> Link:
    limits = [read(settings, name) for name in ("throttlingRateLimit", "throttlingBurstLimit")]
    return every_link(*(UNKNOWN if limit is UNKNOWN else _is_over(limit, over) for limit in limits))


def _is_over(limit: object, floor: int) -> bool:
    return isinstance(limit, int | float) and not isinstance(limit, bool) and limit > floor


RULES = (
    Rule(
        id="apigw-route-auth",
        title="A route asks who calls, but for preflight requests and the health check.",
        types=(METHOD, REST_API, ROUTE, API),
        related=(API,),
        judge=caller_is_known,
        fix="set authorization (authorization_type of a route) to COGNITO_USER_POOLS, JWT, CUSTOM or AWS_IAM "
        "and name the authorizer_id, or give each operation of the body its security; "
        "in place of target and route_key of an apigatewayv2.Api add an apigatewayv2.Route",
        severity=Severity.CRITICAL,
        source="https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-control-access-to-api.html",
        frameworks=(
            "FSBP APIGateway.8",
            "CT.APIGATEWAY.PR.5",
            "CKV_AWS_59",
            "CKV_AWS_309",
            "CKV2_AWS_70",
            "AwsSolutions-APIG4",
            "AwsSolutions-COG4",
            "AWS-0004",
        ),
    ),
    Rule(
        id="apigw-throttling",
        title="A stage limits how many requests it takes.",
        types=(REST_STAGE, STAGE),
        related=(METHOD_SETTINGS, REST_API),
        judge=throttled,
        fix="set throttling_rate_limit and throttling_burst_limit in apigateway.MethodSettings of "
        "method_path */* (of a stage of apigatewayv2: in default_route_settings)",
        severity=Severity.MEDIUM,
        source="https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-request-throttling.html",
        frameworks=("APIGWDefaultThrottling",),
        level=Level.ADVISORY,
    ),
)
