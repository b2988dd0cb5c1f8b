"""Whether the role of a function may send traces to X-Ray, wherever its permissions are written."""

import json
import re
from collections.abc import Iterator
from typing import Literal

from policy.actions import like
from policy.documents import DocumentError, Statement, matches, statements
from policy.graph import ABSENT, UNKNOWN, Graph, Link, Resource, blocks, every_link, is_set, read
from policy.predicates import any_link, at_least_one, entries, negated, worst
from policy.rule import Context, Verdict

ROLE = "aws:iam/role:Role"
ROLE_POLICY = "aws:iam/rolePolicy:RolePolicy"
POLICY = "aws:iam/policy:Policy"
ROLE_ATTACHMENT = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
ATTACHMENT = "aws:iam/policyAttachment:PolicyAttachment"
RELATED = (ROLE, ROLE_POLICY, POLICY, ROLE_ATTACHMENT, ATTACHMENT)

ACTIONS = ("xray:PutTraceSegments", "xray:PutTelemetryRecords")
_WRITING = re.compile(
    r"arn:[^:]+:iam::aws:policy/(AWSXRayDaemonWriteAccess|AWSXrayWriteOnlyAccess|AWSXrayFullAccess"
    r"|CloudWatchAgentServerPolicy|AdministratorAccess|PowerUserAccess)"
)
_SILENT = re.compile(
    r"arn:[^:]+:iam::aws:policy/service-role/"
    r"AWSLambda(Basic|VPCAccess|DynamoDB|Kinesis|MSK|SQSQueue)ExecutionRole"
)
"""What AWS manages for functions, without a word of X-Ray."""


def may_send_traces(function: Resource, context: Context) -> Verdict:
    """The function's role is allowed both actions; a role or document that nobody sees is undecided."""
    graph = context.graph
    links = [(role, graph.links(function, "role", role, names=("arn",))) for role in graph.of(ROLE)]
    role = next((role for role, link in links if link is True), None)
    if role is None:
        return UNKNOWN if is_set(function.read("role")) else "has no role that may send traces"
    documents = [(link, document) for link, document in _documents(role, graph) if link is not False]
    answers = []
    for action in ACTIONS:
        allowed = [every_link(link, _decides("Allow", action, document)) for link, document in documents]
        denied = [every_link(link, _decides("Deny", action, document)) for link, document in documents]
        if True in denied:
            return "has a role that is denied to send traces"
        answers.append(at_least_one(allowed, "has a role that may not send traces"))
    return worst(answers)


def _documents(role: Resource, graph: Graph) -> Iterator[tuple[Link, object]]:
    """Each document that may speak for the role: whether it does, and its text or the ARN of its policy."""
    yield from ((True, read(one, "policy")) for one in entries(role.properties, "inlinePolicies"))
    yield from ((True, _known(arn, graph)) for arn in entries(role.properties, "managedPolicyArns"))
    for policy in graph.of(ROLE_POLICY):
        yield _is_of(policy, role, graph), policy.read("policy")
    for attachment in graph.of(ROLE_ATTACHMENT):
        yield _is_of(attachment, role, graph), _attached(attachment, graph)
    for attachment in graph.of(ATTACHMENT):
        yield _among_roles(attachment, role, graph), _attached(attachment, graph)


def _is_of(policy: Resource, role: Resource, graph: Graph) -> Link:
    """Whether a policy says it is the role's; the id of a role is its name, which is known before it."""
    given = policy.read("role")
    if isinstance(given, str) and given == role.identity("id"):
        return True
    return graph.links(policy, "role", role, names=("name",))


def _among_roles(attachment: Resource, role: Resource, graph: Graph) -> Link:
    names = blocks(attachment.properties, "roles")
    if names is not UNKNOWN and role.identity("name") in names:
        return True
    sources = graph.sources(attachment, "roles")
    if role in sources:
        return True
    if any(source.type == ROLE for source in sources):
        return False
    return UNKNOWN if names is UNKNOWN or UNKNOWN in names else False


def _attached(attachment: Resource, graph: Graph) -> object:
    arn = attachment.read("policyArn")
    if arn is UNKNOWN:
        found = [source for source in graph.sources(attachment, "policyArn") if source.type == POLICY]
        return found[0].read("policy") if len(found) == 1 else UNKNOWN
    return _known(arn, graph)


def _known(arn: object, graph: Graph) -> object:
    """The document of a policy by its ARN, as far as it is known here."""
    if not isinstance(arn, str):
        return UNKNOWN
    if _WRITING.fullmatch(arn):
        return json.dumps({"Statement": {"Effect": "Allow", "Action": "xray:Put*", "Resource": "*"}})
    if _SILENT.fullmatch(arn):
        return ABSENT
    found = (policy.read("policy") for policy in graph.of(POLICY) if policy.identity("arn") == arn)
    return next(found, UNKNOWN)


def _decides(effect: Literal["Allow", "Deny"], action: str, document: object) -> Link:
    """Whether a document says so of the action; a condition leaves it open."""
    try:
        found = statements(document)
    except DocumentError:
        return False  # the service refuses it
    if found is UNKNOWN:
        return UNKNOWN
    return any_link(
        UNKNOWN if one is UNKNOWN else every_link(one.has_effect(effect), _covers(one, action))
        for one in found
    )


def _covers(statement: Statement, action: str) -> Link:
    named = matches(statement.not_actions or statement.actions, lambda one: like(action.lower(), one))
    if statement.not_actions:
        named = negated(named)
    everywhere = matches(statement.resources, lambda one: one == "*")  # X-Ray knows no smaller resource
    return every_link(named, everywhere, UNKNOWN if statement.conditions else True)
