"""What the resources of a stack owe each other, whatever the stack consists of."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from localcloud.provider import sdk
from tests.support.program import Deployed, Recorded

FUNCTION, ALIAS, ROLE = "aws:lambda/function:Function", "aws:lambda/alias:Alias", "aws:iam/role:Role"
LOG_GROUP, ROLE_POLICY = "aws:cloudwatch/logGroup:LogGroup", "aws:iam/rolePolicy:RolePolicy"
QUEUE, QUEUE_POLICY = "aws:sqs/queue:Queue", "aws:sqs/queuePolicy:QueuePolicy"
KEY, PERMISSION = "aws:kms/key:Key", "aws:lambda/permission:Permission"
TABLE, VAULT, USER_POOL = (
    "aws:dynamodb/table:Table",
    "aws:backup/vault:Vault",
    "aws:cognito/userPool:UserPool",
)
PLAN, SELECTION = "aws:backup/plan:Plan", "aws:backup/selection:Selection"
TOPIC_RULE, MAPPING = "aws:iot/topicRule:TopicRule", "aws:lambda/eventSourceMapping:EventSourceMapping"
REST_API, STAGE, ASSOCIATION = (
    "aws:apigateway/restApi:RestApi",
    "aws:apigateway/stage:Stage",
    "aws:wafv2/webAclAssociation:WebAclAssociation",
)
SOCKET_STAGE = "aws:apigatewayv2/stage:Stage"
SOCKET_ROUTES, SOCKET_AUTHORIZER = (
    "aws:apigatewayv2/integration:Integration",
    "aws:apigatewayv2/authorizer:Authorizer",
)
SECRET = "aws:secretsmanager/secret:Secret"
SECRET_VERSION = "aws:secretsmanager/secretVersion:SecretVersion"
TOPIC, SUBSCRIPTION = "aws:sns/topic:Topic", "aws:sns/topicSubscription:TopicSubscription"
SCHEDULE, RECORD = "aws:scheduler/schedule:Schedule", "aws:route53/record:Record"
DISTRIBUTION, WEB_ACL = "aws:cloudfront/distribution:Distribution", "aws:wafv2/webAcl:WebAcl"
# Type -> the input that names a key, and the service that uses the key then.
KEY_USERS = {
    TABLE: ("serverSideEncryption.kmsKeyArn", "dynamodb"),
    QUEUE: ("kmsMasterKeyId", "sqs"),
    FUNCTION: ("kmsKeyArn", "lambda"),
    LOG_GROUP: ("kmsKeyId", "logs"),
    VAULT: ("kmsKeyArn", "backup"),
    TOPIC: ("kmsMasterKeyId", "sns"),
    SECRET: ("kmsKeyId", "secretsmanager"),
}
# Type -> the input that names the queue of what it fails on, as an ARN or within a policy in JSON.
FAILURES = {
    QUEUE: "redrivePolicy",
    SUBSCRIPTION: "redrivePolicy",
    SCHEDULE: "target.deadLetterConfig.arn",
    FUNCTION: "deadLetterConfig.targetArn",
    MAPPING: "destinationConfig.onFailure.destinationArn",
}
NAMES_NO_RESOURCE = {"dynamodb:ListStreams", "xray:PutTelemetryRecords", "xray:PutTraceSegments"}
WRITES_OWN_LOG = {"logs:CreateLogStream", "logs:PutLogEvents"}


def read(inputs: Mapping[str, Any], path: str) -> Any:
    part: Any = inputs
    for key in path.split("."):
        part = part.get(key) if isinstance(part, Mapping) else None
    return part


def arn(resource: Recorded) -> str:
    """The recorder's ARN of a resource."""
    kind = resource.type.split(":")[-1]
    return f"arn:aws:made-up:us-east-1:123456789012:{kind}/{resource.inputs.get('name', resource.name)}"


def statements(deployed: Deployed, role: Recorded) -> list[dict[str, Any]]:
    return [
        statement
        for each in deployed.all(ROLE_POLICY)
        if each.inputs["role"] == f"{role.name}-id"
        for statement in each.policy()
    ]


def actions(statement: Mapping[str, Any]) -> set[str]:
    found = statement["Action"]
    return {found} if isinstance(found, str) else set(found)


def roles(deployed: Deployed) -> Iterator[tuple[Recorded, list[dict[str, Any]]]]:
    for role in deployed.all(ROLE):
        yield role, statements(deployed, role)


def test_a_function_is_published_and_has_the_alias_live(deployed: Deployed) -> None:
    for function in deployed.all(FUNCTION):
        assert function.inputs["publish"] is True
        aliases = [
            each for each in deployed.all(ALIAS) if each.inputs["functionName"] == function.inputs["name"]
        ]
        assert [(each.inputs["name"], each.inputs["functionVersion"]) for each in aliases] == [("live", "1")]


def test_a_function_has_a_role_of_its_own_that_only_lambda_takes(deployed: Deployed) -> None:
    used = [function.inputs["role"] for function in deployed.all(FUNCTION)]
    assert len(used) == len(set(used))
    by_arn = {arn(role): role for role in deployed.all(ROLE)}
    for each in used:
        (trust,) = by_arn[each].policy("assumeRolePolicy")
        assert trust["Principal"] == {"Service": "lambda.amazonaws.com"}


def test_a_function_has_a_log_group_of_its_own_with_retention_and_key(deployed: Deployed) -> None:
    groups = {group.inputs["name"]: group for group in deployed.all(LOG_GROUP)}
    for function in deployed.all(FUNCTION):
        name = function.inputs["loggingConfig"]["logGroup"]
        assert name == f"/aws/lambda/{function.inputs['name']}"
        assert groups[name].inputs["retentionInDays"]
        assert groups[name].inputs["kmsKeyId"]
        assert groups[name].urn in function.depends_on


def test_a_function_may_write_its_own_log_and_no_other(deployed: Deployed) -> None:
    by_arn = {arn(role): role for role in deployed.all(ROLE)}
    for function in deployed.all(FUNCTION):
        group = function.inputs["loggingConfig"]["logGroup"]
        writes = [
            each
            for each in statements(deployed, by_arn[function.inputs["role"]])
            if actions(each) & {"logs:PutLogEvents", "logs:CreateLogStream", "logs:CreateLogGroup"}
        ]
        assert [actions(each) for each in writes] == [WRITES_OWN_LOG]
        assert [target.partition(":log-group:")[2] for target in writes[0]["Resource"]] == [f"{group}:*"]


def test_a_function_waits_for_its_permissions(deployed: Deployed) -> None:
    policies = {each.name: each.urn for each in deployed.all(ROLE_POLICY)}
    for function in deployed.all(FUNCTION):
        assert policies[function.name] in function.depends_on


def test_a_function_may_use_what_its_environment_names(deployed: Deployed) -> None:
    by_arn = {arn(role): role for role in deployed.all(ROLE)}
    tables = {each.inputs["name"] for each in deployed.all(TABLE)}
    queues = {each.inputs["name"] for each in deployed.all(QUEUE)}
    for function in deployed.all(FUNCTION):
        granted = statements(deployed, by_arn[function.inputs["role"]])
        for value in function.inputs["environment"]["variables"].values():
            name = value.rpartition("/")[2]
            action, kind = ("dynamodb:", ":table/") if name in tables else ("sqs:SendMessage", ":")
            if name in tables | queues:
                assert any(
                    each.startswith(action) and target.endswith(f"{kind}{name}")
                    for statement in granted
                    for each in actions(statement)
                    for target in statement["Resource"]
                ), f"{function.name} is told of {name} and may not use it"


def test_a_log_group_has_retention_and_key(deployed: Deployed) -> None:
    for group in deployed.all(LOG_GROUP):
        assert group.inputs["retentionInDays"] > 0, group.name
        assert group.inputs["kmsKeyId"], group.name


def test_no_role_has_a_wild_action_or_an_unneeded_wild_resource(deployed: Deployed) -> None:
    """Some actions know no resource; nothing else in the program may be as wide."""
    for role, granted in roles(deployed):
        for statement in granted:
            assert not any("*" in action for action in actions(statement)), role.name
            if "*" in statement["Resource"]:
                assert actions(statement) <= NAMES_NO_RESOURCE, role.name


def test_every_role_is_taken_by_one_service(deployed: Deployed) -> None:
    for role in deployed.all(ROLE):
        (statement,) = role.policy("assumeRolePolicy")
        assert set(statement["Principal"]) == {"Service"}
        assert isinstance(statement["Principal"]["Service"], str)
        assert statement["Action"] == "sts:AssumeRole"


def test_a_key_names_every_service_that_uses_it(deployed: Deployed) -> None:
    keys = {arn(key): key for key in deployed.all(KEY)}
    seen = set()
    for resource in deployed.resources:
        path, service = KEY_USERS.get(resource.type, ("", ""))
        used = read(resource.inputs, path) if path else None
        if used is None:
            continue
        key = keys[used]
        seen.add(key.name)
        text = json.dumps([s for s in key.policy() if s["Sid"] != "AdministrationByPolicyOfThisAccount"])
        assert f'"{service}.us-east-1.amazonaws.com"' in text, (
            f"{key.name} does not know {service}: {resource.name}"
        )
    assert seen == {key.name for key in deployed.all(KEY)}, "a key that encrypts nothing costs money"


def test_the_logs_key_covers_every_log_group(deployed: Deployed) -> None:
    key = deployed.one(KEY, "encryption-logs")
    (use,) = [statement for statement in key.policy() if "Service" in statement["Principal"]]
    patterns = use["Condition"]["ArnLike"]["kms:EncryptionContext:aws:logs:arn"]
    for group in deployed.all(LOG_GROUP):
        name = group.inputs["name"]
        assert any(like(name, pattern.partition(":log-group:")[2]) for pattern in patterns), name


def like(text: str, pattern: str) -> bool:
    start, star, end = pattern.partition("*")
    return text.startswith(start) and text.endswith(end) if star else text == pattern


def test_a_role_that_meets_an_encrypted_queue_may_use_its_key(deployed: Deployed) -> None:
    needs = {"sqs:SendMessage": "kms:GenerateDataKey", "sqs:ReceiveMessage": "kms:Decrypt"}
    for role, granted in roles(deployed):
        allowed = {action for statement in granted for action in actions(statement)}
        for action, needed in needs.items():
            assert action not in allowed or needed in allowed, f"{role.name}: {action} without {needed}"


def test_what_calls_a_function_has_a_permission_for_just_that(deployed: Deployed) -> None:
    called = {
        operation["x-amazon-apigateway-integration"]["uri"].split(":function:")[1].split(":live/")[0]
        for api in deployed.all(REST_API)
        for path in json.loads(api.inputs["body"])["paths"].values()
        for operation in path.values()
    }
    by_sockets = {
        each.inputs[key].split(":function:")[1].split(":live/")[0]
        for type_, key in ((SOCKET_ROUTES, "integrationUri"), (SOCKET_AUTHORIZER, "authorizerUri"))
        for each in deployed.all(type_)
    }
    permissions = {each.inputs["function"]: each for each in deployed.all(PERMISSION)}
    assert set(permissions) == called | by_sockets
    for function in called:
        permission = permissions[function]
        assert permission.inputs["principal"] == "apigateway.amazonaws.com"
        assert permission.inputs["qualifier"] == "live"
        assert permission.inputs["sourceArn"].startswith("arn:aws:execute-api:us-east-1:123456789012:api-id/")
        assert permission.inputs["sourceArn"].count("*") == 1


def test_the_sockets_call_two_functions_each_in_its_own_part(deployed: Deployed) -> None:
    sources = {
        each.name: each.inputs["sourceArn"].partition(":sockets-id")[2]
        for each in deployed.all(PERMISSION)
        if each.name.startswith("sockets-")
    }
    assert sources == {"sockets-authorizer": "/authorizers/sockets-id", "sockets-routes": "/ws/*"}


def test_a_queue_that_a_service_feeds_has_a_policy_for_it(deployed: Deployed) -> None:
    policies = {each.inputs["queueUrl"]: each for each in deployed.all(QUEUE_POLICY)}
    fed = [
        target
        for rule in deployed.all(TOPIC_RULE)
        for target in [*rule.inputs["sqs"], rule.inputs["errorAction"]["sqs"]]
    ]
    assert fed
    for target in fed:
        senders, tls = policies[target["queueUrl"]].policy()
        assert target["roleArn"] in senders["Principal"]["AWS"]
        assert actions(senders) == {"sqs:SendMessage"}
        assert (tls["Effect"], tls["Condition"]) == ("Deny", {"Bool": {"aws:SecureTransport": "false"}})


def test_every_queue_has_a_policy_and_a_place_for_what_fails(deployed: Deployed) -> None:
    urls = {each.inputs["queueUrl"] for each in deployed.all(QUEUE_POLICY)}
    named = [str(read(each.inputs, path)) for type_, path in FAILURES.items() for each in deployed.all(type_)]
    targets = {name for text in named for name in re.findall(r":sqs:[\w-]+:\d{12}:([\w-]+)", text)}
    # Where no address is subscribed nobody sends there yet, or any more.
    idle = set() if deployed.all(SUBSCRIPTION) else {"alerts-undelivered"}
    for queue in deployed.all(QUEUE):
        assert any(url.endswith(f"/{queue.inputs['name']}") for url in urls)
        assert queue.inputs.get("redrivePolicy") or queue.inputs["name"] in targets or queue.name in idle


def test_a_queue_that_feeds_a_function_is_patient_enough(deployed: Deployed) -> None:
    functions = {each.inputs["name"]: each for each in deployed.all(FUNCTION)}
    aliases = {arn(alias): alias.inputs["functionName"] for alias in deployed.all(ALIAS)}
    queues = {each.inputs["name"]: each for each in deployed.all(QUEUE)}
    fed = [each for each in deployed.all(MAPPING) if ":sqs:" in each.inputs["eventSourceArn"]]
    assert fed
    for mapping in fed:
        queue = queues[mapping.inputs["eventSourceArn"].split(":")[-1]]
        function = functions[aliases[mapping.inputs["functionName"]]]
        assert queue.inputs["visibilityTimeoutSeconds"] >= 6 * function.inputs["timeout"]


def test_what_reads_queue_or_stream_says_which_of_a_batch_it_failed_on(deployed: Deployed) -> None:
    for mapping in deployed.all(MAPPING):
        assert mapping.inputs["functionResponseTypes"] == ["ReportBatchItemFailures"]


def test_what_answers_to_the_internet_stands_behind_a_web_acl_of_its_own(deployed: Deployed) -> None:
    protected = {each.inputs["resourceArn"]: each.inputs["webAclArn"] for each in deployed.all(ASSOCIATION)}
    open_to_all = [*deployed.all(STAGE), *deployed.all(USER_POOL)]
    assert {arn(each) for each in open_to_all} == set(protected)
    scopes = {arn(acl): acl.inputs["scope"] for acl in deployed.all(WEB_ACL)}
    assert {scopes[acl] for acl in protected.values()} == {"REGIONAL"}
    of_the_edge = [each.inputs["webAclId"] for each in deployed.all(DISTRIBUTION)]
    assert {scopes[acl] for acl in of_the_edge} == {"CLOUDFRONT"}
    assert sorted([*protected.values(), *of_the_edge]) == sorted(scopes)


def test_every_table_is_backed_up_into_a_vault_of_the_stack(deployed: Deployed) -> None:
    vaults = {vault.inputs["name"] for vault in deployed.all(VAULT)}
    plans = {f"{plan.name}-id": plan for plan in deployed.all(PLAN)}
    backed_up = set()
    for selection in deployed.all(SELECTION):
        assert {
            rule["targetVaultName"] for rule in plans[selection.inputs["planId"]].inputs["rules"]
        } <= vaults
        backed_up |= {resource.rpartition(":table/")[2] for resource in selection.inputs["resources"]}
    assert {table.inputs["name"] for table in deployed.all(TABLE)} == backed_up


def test_a_queue_sends_its_function_no_more_than_the_function_takes(deployed: Deployed) -> None:
    reserved = {
        each.inputs["name"]: each.inputs["reservedConcurrentExecutions"] for each in deployed.all(FUNCTION)
    }
    aliases = {arn(alias): alias.inputs["functionName"] for alias in deployed.all(ALIAS)}
    for mapping in deployed.all(MAPPING):
        if ":sqs:" not in mapping.inputs["eventSourceArn"]:
            continue  # a stream calls one at a time for each of its shards
        most = mapping.inputs["scalingConfig"]["maximumConcurrency"]
        assert 2 <= most <= reserved[aliases[mapping.inputs["functionName"]]]


def test_what_holds_data_is_protected_where_the_setting_says_so(deployed: Deployed) -> None:
    (wanted,) = {table.inputs["deletionProtectionEnabled"] for table in deployed.all(TABLE)}
    for resource in deployed.resources:
        if resource.type in {TABLE, VAULT, USER_POOL, KEY, SECRET}:
            assert resource.protect is wanted, resource.urn


def test_a_rotation_can_drop_the_oldest_version_of_a_protected_secret(
    recorded: Callable[[str], Deployed],
) -> None:
    staging = recorded("staging")
    assert all(secret.protect for secret in staging.all(SECRET))
    versions = staging.all(SECRET_VERSION)
    assert versions
    assert {(version.protect, version.retained) for version in versions} == {(False, True)}


def test_every_physical_name_tells_the_environment(deployed: Deployed) -> None:
    """What exists once per account is excepted, and so is what lives inside something that is named."""
    inside = {ROLE_POLICY, ALIAS, RECORD, "aws:cognito/userGroup:UserGroup", SOCKET_STAGE}
    environment = deployed.exports["MainTableName"].removesuffix("-main")
    for resource in deployed.resources:
        if resource.is_component or resource.type in inside or "omnitrack:account:Account" in resource.parent:
            continue
        known = sdk.resource_types(resource.type).inputs.fields
        given = [resource.inputs[key] for key in ("name", "namePrefix") if key in resource.inputs]
        assert given or "name" not in known, f"{resource.urn} gets a name without its environment"
        for name in given:
            # API Gateway names the groups of its execution logs itself, after its API and stage.
            of_a_stage = name.endswith((f"/{environment.removeprefix('omnitrack-')}", "-id/ws"))
            assert re.search(environment.replace("-", "[-_]"), name) or of_a_stage, (
                f"{resource.urn} is called {name}"
            )


def test_a_roles_name_leaves_room_for_the_providers_part(deployed: Deployed) -> None:
    for role in deployed.all(ROLE):
        assert len(role.inputs.get("namePrefix", "")) <= 38
