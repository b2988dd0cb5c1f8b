"""What must be there before what: ARNs are built, not awaited, so order does not come by itself."""

import json
import re
from collections.abc import Iterator

from tests.contract.test_relations import (
    ALIAS,
    FUNCTION,
    KEY,
    LOG_GROUP,
    MAPPING,
    QUEUE,
    QUEUE_POLICY,
    REST_API,
    ROLE,
    ROLE_POLICY,
    STAGE,
    TOPIC_RULE,
    arn,
)
from tests.support.program import Deployed, Recorded

TABLE, PERMISSION = "aws:dynamodb/table:Table", "aws:lambda/permission:Permission"
TOPIC_POLICY = "aws:sns/topicPolicy:TopicPolicy"
SOCKET_STAGE = "aws:apigatewayv2/stage:Stage"
LOG_RESOURCE_POLICY = "aws:cloudwatch/logResourcePolicy:LogResourcePolicy"
ACL_LOGGING = "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration"
MENTION = re.compile(
    r"arn:aws:(?:sqs|logs|dynamodb|lambda):us-east-1:\d{12}:"
    r"(?:log-group:|table/|function:)?(?P<name>[\w./-]+)"
)
# A policy may speak of what is not there yet, and API Gateway does not ask Lambda before the first request.
MAY_SPEAK_AHEAD = {
    ROLE,
    ROLE_POLICY,
    KEY,
    LOG_RESOURCE_POLICY,
    QUEUE_POLICY,
    REST_API,
}
SPEAKS_AHEAD = {"redriveAllowPolicy"}
# Who takes the role that a resource names; a new kind of resource with a role gets a row.
TAKERS = {
    FUNCTION: "lambda.amazonaws.com",
    TOPIC_RULE: "iot.amazonaws.com",
    "aws:apigateway/account:Account": "apigateway.amazonaws.com",
    "aws:backup/selection:Selection": "backup.amazonaws.com",
    "aws:iot/loggingOptions:LoggingOptions": "iot.amazonaws.com",
    "aws:scheduler/schedule:Schedule": "scheduler.amazonaws.com",
}


def texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for part in value.values():
            yield from texts(part)
    elif isinstance(value, list | tuple):
        for part in value:
            yield from texts(part)


def awaited(deployed: Deployed, resource: Recorded) -> set[str]:
    """URNs of everything that is there before the resource is made."""
    known = {each.urn: each for each in deployed.resources}
    found: set[str] = set()
    pending = [resource]
    while pending:
        for urn in set(pending.pop().depends_on) - found:
            found.add(urn)
            pending += [known[urn]] if urn in known else []
    return found


def test_what_names_a_resource_by_its_arn_waits_for_it(deployed: Deployed) -> None:
    named = {
        each.inputs["name"]: each
        for type_ in (QUEUE, LOG_GROUP, FUNCTION, TABLE)
        for each in deployed.all(type_)
    }
    mentions = 0
    for resource in deployed.resources:
        if resource.is_component or resource.type in MAY_SPEAK_AHEAD:
            continue
        inputs = {key: value for key, value in resource.inputs.items() if key not in SPEAKS_AHEAD}
        for text in texts(inputs):
            for match in MENTION.finditer(text):
                if (target := named.get(match["name"])) and target is not resource:
                    mentions += 1
                    assert target.urn in awaited(deployed, resource), f"{resource.urn} names {target.urn}"
    assert mentions


def test_what_acts_as_a_role_waits_for_the_roles_permissions(deployed: Deployed) -> None:
    policies = {each.inputs["role"]: each for each in deployed.all(ROLE_POLICY)}
    acting = set()
    for role in deployed.all(ROLE):
        for resource in deployed.resources:
            if resource.is_component or resource.type in {QUEUE_POLICY, ROLE_POLICY, TOPIC_POLICY}:
                continue
            if arn(role) in texts(dict(resource.inputs)):
                acting.add(role.name)
                permissions = policies[f"{role.name}-id"]
                assert permissions.urn in awaited(deployed, resource), f"{resource.urn} acts as {role.name}"
                (trust,) = role.policy("assumeRolePolicy")
                assert trust["Principal"] == {"Service": TAKERS[resource.type]}
    assert acting == {role.name for role in deployed.all(ROLE)}, "a role that nobody takes"


def test_a_stage_takes_requests_after_its_functions_admit_them(deployed: Deployed) -> None:
    stages = {stage.parent: stage for type_ in (STAGE, SOCKET_STAGE) for stage in deployed.all(type_)}
    permissions = deployed.all(PERMISSION)
    assert {each.parent for each in permissions} == set(stages)
    for permission in permissions:
        assert permission.urn in awaited(deployed, stages[permission.parent])


def test_a_service_that_delivers_logs_may_do_so_before_it_is_told_to(deployed: Deployed) -> None:
    for logging in deployed.all(ACL_LOGGING):
        (destination,) = logging.inputs["logDestinationConfigs"]
        (allowing,) = (
            each
            for each in deployed.all(LOG_RESOURCE_POLICY)
            if f"{destination}:log-stream:*" in each.inputs["policyDocument"]
        )
        assert allowing.urn in awaited(deployed, logging)


def test_a_service_is_admitted_for_this_account_only(deployed: Deployed) -> None:
    """Any customer of a service could else use it against this account: the confused deputy."""
    for each in deployed.all(LOG_RESOURCE_POLICY):
        for statement in json.loads(each.inputs["policyDocument"])["Statement"]:
            (account,) = {resource.split(":")[4] for resource in statement["Resource"]}
            conditions = statement["Condition"]
            assert conditions["StringEquals"] == {"aws:SourceAccount": account}
            assert conditions["ArnLike"] == {"aws:SourceArn": f"arn:aws:logs:us-east-1:{account}:*"}


def test_a_queue_is_read_by_the_alias_of_a_function(deployed: Deployed) -> None:
    aliases = {arn(alias) for alias in deployed.all(ALIAS)}
    for mapping in deployed.all(MAPPING):
        assert mapping.inputs["functionName"] in aliases


def test_a_function_runs_on_what_its_layer_is_built_for(deployed: Deployed) -> None:
    layer = deployed.one("aws:lambda/layerVersion:LayerVersion")
    for function in deployed.all(FUNCTION):
        assert function.inputs["layers"] == [arn(layer)]
        assert function.inputs["architectures"] == layer.inputs["compatibleArchitectures"]
        assert [function.inputs["runtime"]] == layer.inputs["compatibleRuntimes"]
