"""Least privilege, whatever the program consists of: who may do what, and who says so."""

import json
import re
from collections.abc import Callable, Iterator

from tests.contract.test_relations import (
    ALIAS,
    FUNCTION,
    MAPPING,
    PERMISSION,
    QUEUE,
    QUEUE_POLICY,
    ROLE,
    ROLE_POLICY,
    SCHEDULE,
    SUBSCRIPTION,
    TABLE,
    TOPIC,
    actions,
    arn,
    read,
    statements,
)
from tests.e2e.grants import AWS_ONLY, REMEMBERED, Right, exemption
from tests.support.program import Deployed, Recorded

TOPIC_POLICY, STREAM = "aws:sns/topicPolicy:TopicPolicy", "/stream/"
STREAM_READER = {
    *("dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:ListStreams"),
    "kms:Decrypt",
}
QUEUE_READER = {"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "kms:Decrypt"}
# AWS gives these no resource: https://docs.aws.amazon.com/service-authorization/latest/reference/
WITHOUT_RESOURCE = {"dynamodb:ListStreams", "xray:PutTelemetryRecords", "xray:PutTraceSegments"}
# An ARN may end in a wildcard where AWS makes up what comes there.
OPEN_ENDS = (
    ":log-group:[^*]+:\\*",
    ":log-group:\\*",  # API Gateway's, for the APIs of the whole account
    "/ws/(POST|DELETE)/@connections/\\*",
    "/backup/\\*",
    ":recovery-point:\\*",
)


def roles_of_functions(deployed: Deployed) -> Iterator[tuple[Recorded, Recorded]]:
    by_arn = {arn(role): role for role in deployed.all(ROLE)}
    for function in deployed.all(FUNCTION):
        yield function, by_arn[function.inputs["role"]]


def allowed(deployed: Deployed, role: Recorded, resource: str) -> set[str]:
    """The actions that a role may do on a resource, those without resources among them."""
    return {
        action
        for statement in statements(deployed, role)
        for action in actions(statement)
        if resource in statement["Resource"] or action in WITHOUT_RESOURCE or action.startswith("kms:")
    }


def consumer(deployed: Deployed, mapping: Recorded) -> Recorded:
    name = called_by(deployed, mapping)
    return next(role for function, role in roles_of_functions(deployed) if function.inputs["name"] == name)


def called_by(deployed: Deployed, caller: Recorded) -> str:
    """The function whose alias is called; the recorder's ARNs of aliases are all the same."""
    (name,) = {each.inputs["functionName"] for each in deployed.all(ALIAS) if each.urn in caller.depends_on}
    return str(name)


def test_nobody_may_read_a_table_item_by_item(deployed: Deployed) -> None:
    given = {
        action for each in deployed.all(ROLE_POLICY) for part in each.policy() for action in actions(part)
    }
    assert not given & {"dynamodb:Scan", "dynamodb:PartiQLSelect"}


def test_every_grant_names_actions_and_resources_one_by_one(deployed: Deployed) -> None:
    for each in deployed.all(ROLE_POLICY):
        for statement in each.policy():
            assert isinstance(statement["Action"], list), each.name
            assert isinstance(statement["Resource"], list), each.name
            for resource in statement["Resource"]:
                if resource == "*":
                    assert actions(statement) <= WITHOUT_RESOURCE, each.name
                elif "*" in resource:
                    assert any(re.search(f"{end}$", resource) for end in OPEN_ENDS), (
                        f"{each.name}: {resource}"
                    )


def test_a_function_uses_the_indexes_and_tables_that_it_is_told_of_and_no_other(deployed: Deployed) -> None:
    tables = {each.inputs["name"] for each in deployed.all(TABLE)}
    for function, role in roles_of_functions(deployed):
        told = {value for value in function.inputs["environment"]["variables"].values() if value in tables}
        named = {
            resource.partition(":table/")[2].partition("/")[0]
            for statement in statements(deployed, role)
            for resource in statement["Resource"]
            if ":table/" in resource and STREAM not in resource
        }
        assert named == told, function.name


def test_what_reads_a_source_for_a_function_may_do_just_that_as_the_function(deployed: Deployed) -> None:
    mappings = deployed.all(MAPPING)
    assert mappings
    for mapping in mappings:
        source, role = mapping.inputs["eventSourceArn"], consumer(deployed, mapping)
        needed = QUEUE_READER if ":sqs:" in source else STREAM_READER
        assert needed <= allowed(deployed, role, source), f"{mapping.name}: {needed}"
    reading = {
        (role.name, resource)
        for _, role in roles_of_functions(deployed)
        for statement in statements(deployed, role)
        for resource in statement["Resource"]
        if actions(statement) & {"sqs:ReceiveMessage", "dynamodb:GetRecords"}
    }
    assert reading == {(consumer(deployed, each).name, each.inputs["eventSourceArn"]) for each in mappings}


def test_what_a_mapping_gives_up_it_may_send_away_as_the_function(deployed: Deployed) -> None:
    for mapping in deployed.all(MAPPING):
        target = read(mapping.inputs, "destinationConfig.onFailure.destinationArn")
        if target is not None:
            assert "sqs:SendMessage" in allowed(deployed, consumer(deployed, mapping), target), mapping.name


def test_a_permission_names_who_calls_which_alias_and_from_where(deployed: Deployed) -> None:
    for each in deployed.all(PERMISSION):
        assert each.inputs["action"] == "lambda:InvokeFunction"
        assert each.inputs["qualifier"] == "live", each.name
        assert each.inputs["principal"].endswith(".amazonaws.com"), each.name
        assert re.match(r"arn:aws:[a-z-]+:us-east-1:123456789012:[^*]", each.inputs["sourceArn"]), each.name


def test_every_function_is_called_by_exactly_what_may(deployed: Deployed) -> None:
    sources = {called_by(deployed, each) for each in deployed.all(MAPPING)}
    schedules = {called_by(deployed, each) for each in deployed.all(SCHEDULE)}
    gateways = {each.inputs["function"] for each in deployed.all(PERMISSION)}
    assert not sources & gateways
    assert not schedules & gateways
    assert sources | schedules | gateways == {each.inputs["name"] for each in deployed.all(FUNCTION)}


def test_a_schedule_calls_one_function_as_a_role_of_its_own(deployed: Deployed) -> None:
    roles = {arn(role): role for role in deployed.all(ROLE)}
    for schedule in deployed.all(SCHEDULE):
        target = schedule.inputs["target"]
        role = roles[target["roleArn"]]
        calls = [each for each in statements(deployed, role) if "lambda:InvokeFunction" in actions(each)]
        assert [each["Resource"] for each in calls] == [[target["arn"]]]
        (trust,) = role.policy("assumeRolePolicy")
        assert {"aws:SourceAccount", "aws:SourceArn"} <= {
            key for keys in trust["Condition"].values() for key in keys
        }


def test_who_sends_to_a_queue_or_topic_is_named_by_it_and_nobody_else_is(deployed: Deployed) -> None:
    senders: dict[str, set[str]] = {}
    for role in deployed.all(ROLE):
        for statement in statements(deployed, role):
            for resource in statement["Resource"]:
                if actions(statement) & {"sqs:SendMessage", "sns:Publish"}:
                    senders.setdefault(resource.rpartition(":")[2], set()).add(arn(role))
    named: dict[str, set[str]] = {
        each.inputs["name"]: set() for type_ in (QUEUE, TOPIC) for each in deployed.all(type_)
    }
    for type_ in (QUEUE_POLICY, TOPIC_POLICY):
        for each in deployed.all(type_):
            for statement in each.policy():
                if statement["Effect"] == "Allow" and "AWS" in statement["Principal"]:
                    principals = statement["Principal"]["AWS"]
                    place = re.split("[:/]", statement["Resource"])[-1]
                    named[place] |= {principals} if isinstance(principals, str) else set(principals)
    assert named == {place: senders.get(place, set()) for place in named}


def test_a_topic_sends_what_it_could_not_deliver_as_itself(deployed: Deployed) -> None:
    policies = {each.inputs["queueUrl"].rpartition("/")[2]: each for each in deployed.all(QUEUE_POLICY)}
    for subscription in deployed.all(SUBSCRIPTION):
        target = json.loads(subscription.inputs["redrivePolicy"])["deadLetterTargetArn"].rpartition(":")[2]
        (topic,) = [each for each in policies[target].policy() if "Service" in each["Principal"]]
        assert topic["Principal"] == {"Service": "sns.amazonaws.com"}
        assert list(topic["Condition"]) == ["ArnEquals"]
        assert topic["Condition"]["ArnEquals"]["aws:SourceArn"].count("*") == 0


def test_what_is_tried_on_a_deployment_are_rights_of_the_program(
    recorded: Callable[[str], Deployed],
) -> None:
    deployed = recorded("development")
    rights = [
        Right(function=function.name, action=action, resource=resource)
        for function, role in roles_of_functions(deployed)
        for statement in statements(deployed, role)
        for action in actions(statement)
        for resource in statement["Resource"]
    ]
    for row in AWS_ONLY:
        assert any(row.covers(right) for right in rights), f"{row.action}: nobody has it, take the row away"
    assert {(right.function, right.action) for right in rights} >= REMEMBERED
    tried = [right for right in rights if exemption(right) is None]
    assert {right.function for right in tried} == {each.name for each in deployed.all(FUNCTION)}
