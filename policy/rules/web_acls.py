"""Web ACLs as their rules need them: what is written in them, wherever it stands, and what they protect."""

import json
import re
from collections.abc import Callable
from typing import Literal

from policy.graph import UNKNOWN, Graph, Link, Resource, is_set
from policy.predicates import entries

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
    except ValueError:
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


def is_of_other_scope(source: Resource, path: str, scope: Scope, graph: Graph) -> bool:
    """Whether the input at `path` surely names a web ACL that AWS refuses there for its scope."""
    value = source.read(path)
    if isinstance(value, str) and (match := _ACL_ARN.fullmatch(value)):
        return _SCOPE_IN_ARN[match["scope"]] != scope
    return any(
        acl.read("scope") in {"REGIONAL", "CLOUDFRONT"} - {scope}
        and graph.links(source, path, acl, names=("arn",)) is True
        for acl in graph.of(WEB_ACL)
    )


def protections(graph: Graph, scope: Scope, points: Callable[[Resource], Link]) -> list[Link]:
    """For each association of a web ACL of this scope, whether it points at the resource in question."""
    return [
        points(association)
        for association in graph.of(ASSOCIATION)
        if is_set(association.read("webAclArn"))
        and not is_of_other_scope(association, "webAclArn", scope, graph)
    ]
