"""Web ACLs as their rules need them: what is written in them, wherever it stands, and what they protect."""

import json
import re
from collections.abc import Callable
from typing import Literal

from policy.graph import UNKNOWN, Graph, Link, Resource, is_set
from policy.predicates import entries, is_one_of

WEB_ACL = "aws:wafv2/webAcl:WebAcl"
ASSOCIATION = "aws:wafv2/webAclAssociation:WebAclAssociation"
PROTECTABLE = (
    "aws:alb/loadBalancer:LoadBalancer",
    "aws:amplify/app:App",
    "aws:apigateway/stage:Stage",
    "aws:apprunner/service:Service",
    "aws:appsync/graphQLApi:GraphQLApi",
    "aws:cognito/userPool:UserPool",
    "aws:lb/loadBalancer:LoadBalancer",
    "aws:verifiedaccess/instance:Instance",
)
"""What a web ACL can be associated with."""
ACL_RULE = "aws:wafv2/webAclRule:WebAclRule"
ACL_RULE_GROUP = "aws:wafv2/webAclRuleGroupAssociation:WebAclRuleGroupAssociation"

Scope = Literal["REGIONAL", "CLOUDFRONT"]

NO_ACL = "has no web ACL"
NO_WEB_ACL = "names what is no web ACL"
OTHER_SCOPE = "has a web ACL of the wrong scope"

_ACL_ARN = re.compile(r"arn:[^:]+:wafv2:[^:]+:[^:]+:(?P<scope>regional|global)/webacl/.+")
_SCOPE_IN_ARN = {"regional": "REGIONAL", "global": "CLOUDFRONT"}


def inner_rules(acl: Resource) -> tuple[object, ...]:
    """The rules that a web ACL holds itself, as blocks or in its JSON; `UNKNOWN` for those not known yet."""
    return (*entries(acl.properties, "rules"), *_json_rules(acl.read("ruleJson")))


def _json_rules(document: object) -> list[object]:
    if document is UNKNOWN:
        return [UNKNOWN]
    if not isinstance(document, str):
        return []
    try:
        rules = json.loads(document, object_hook=_lower_names)
    except (ValueError, RecursionError):
        return []  # the service refuses it; it protects nothing
    return rules if isinstance(rules, list) else []


def _lower_names(entry: dict[str, object]) -> dict[str, object]:
    return {name[:1].lower() + name[1:]: value for name, value in entry.items()}


def outer_rules(acl: Resource, graph: Graph) -> list[tuple[Resource, Link]]:
    """The rules that are resources of their own, and whether each belongs to this web ACL."""
    return [
        (rule, graph.links(rule, "webAclArn", acl, names=("arn",)))
        for rule in graph.of(ACL_RULE, ACL_RULE_GROUP)
    ]


def _comes_from_no_acl(source: Resource, path: str, graph: Graph) -> bool:
    urns = source.dependencies.get(path, ())
    sources = graph.sources(source, path)
    # What another stack hands on, or what is only read, may come from anywhere; others may pass an ACL on.
    surely_here = len(sources) == len(urns) and all(one.type.startswith("aws:") for one in sources)
    if not sources or not surely_here or any(one.type == WEB_ACL for one in sources):
        return False
    return not any(graph.is_made_of(one, acl) for one in sources for acl in graph.of(WEB_ACL))


def acl_fault(source: Resource, path: str, scope: Scope, graph: Graph) -> str | None:
    """What is surely wrong with the web ACL that an input names: none, no web ACL, or not of this scope.

    The id of a web ACL of AWS WAF Classic is none: it has protected nothing since AWS ended it in 2025,
    https://docs.aws.amazon.com/waf/latest/developerguide/classic-waf-chapter.html
    """
    value = source.read(path)
    if not is_set(value):
        return NO_ACL
    if value is not UNKNOWN:
        match = _ACL_ARN.fullmatch(str(value))
        if match is None:
            return NO_WEB_ACL
        return None if _SCOPE_IN_ARN[match["scope"]] == scope else OTHER_SCOPE
    if _comes_from_no_acl(source, path, graph):
        return NO_WEB_ACL
    other = any(
        is_one_of(acl.read("scope"), *({"REGIONAL", "CLOUDFRONT"} - {scope})) is True
        and graph.links(source, path, acl, names=("arn",)) is True
        for acl in graph.of(WEB_ACL)
    )
    return OTHER_SCOPE if other else None


def protections(graph: Graph, scope: Scope, points: Callable[[Resource], Link]) -> list[Link]:
    """For each association of a web ACL of this scope, whether it points at the resource in question."""
    return [
        points(association)
        for association in graph.of(ASSOCIATION)
        if acl_fault(association, "webAclArn", scope, graph) is None
    ]
