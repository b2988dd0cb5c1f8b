"""Actions of single services that MiniStack lacks, on a running local cloud."""

import base64
import json
import uuid
from pathlib import Path
from typing import Any

import pytest

from localcloud import control

pytestmark = pytest.mark.cloud


def test_the_key_of_a_log_group_is_associated_and_taken_away(workbench: Any) -> None:
    logs = workbench.client("logs")
    key = workbench.client("kms").create_key()["KeyMetadata"]["Arn"]
    name = f"/group/{uuid.uuid4().hex}"
    logs.create_log_group(logGroupName=name)
    logs.associate_kms_key(logGroupName=name, kmsKeyId=key)
    assert logs.describe_log_groups(logGroupNamePrefix=name)["logGroups"][0]["kmsKeyId"] == key
    logs.disassociate_kms_key(logGroupName=name)
    assert "kmsKeyId" not in logs.describe_log_groups(logGroupNamePrefix=name)["logGroups"][0]
    with pytest.raises(logs.exceptions.ResourceNotFoundException):
        logs.associate_kms_key(logGroupName="/none", kmsKeyId=key)


def test_a_protected_log_group_is_not_deleted_before_its_protection_is(workbench: Any) -> None:
    logs = workbench.client("logs")
    name = f"/group/{uuid.uuid4().hex}"
    logs.create_log_group(logGroupName=name, deletionProtectionEnabled=True)
    described = logs.describe_log_groups(logGroupNamePrefix=name)["logGroups"][0]
    assert described["deletionProtectionEnabled"] is True
    with pytest.raises(logs.exceptions.ValidationException, match="deletion protection enabled"):
        logs.delete_log_group(logGroupName=name)
    for identifier, enabled in ((described["logGroupArn"], False), (name, True), (name, False)):
        logs.put_log_group_deletion_protection(
            logGroupIdentifier=identifier, deletionProtectionEnabled=enabled
        )
        described = logs.describe_log_groups(logGroupNamePrefix=name)["logGroups"][0]
        assert described["deletionProtectionEnabled"] is enabled
    logs.delete_log_group(logGroupName=name)
    with pytest.raises(logs.exceptions.ResourceNotFoundException):
        logs.put_log_group_deletion_protection(logGroupIdentifier=name, deletionProtectionEnabled=True)


def test_an_empty_description_clears_that_of_a_role_and_none_keeps_it(workbench: Any) -> None:
    iam = workbench.client("iam")
    trust = json.dumps({"Statement": []})
    iam.create_role(RoleName="clerk", AssumeRolePolicyDocument=trust, Description="writes")
    iam.update_role(RoleName="clerk", MaxSessionDuration=7200)
    assert iam.get_role(RoleName="clerk")["Role"]["Description"] == "writes"
    iam.update_role(RoleName="clerk", Description="")
    assert not iam.get_role(RoleName="clerk")["Role"].get("Description")


def test_a_queue_that_refuses_unencrypted_connections_is_usable(workbench: Any) -> None:
    sqs = workbench.client("sqs")
    url = sqs.create_queue(QueueName="sealed")["QueueUrl"]
    deny = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "sqs:*",
        "Resource": "*",
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps({"Statement": [deny]})})
    grant = [{"Effect": "Allow", "Action": "sqs:*", "Resource": "*"}]
    source = f"""
        import boto3
        def handler(event, context):
            sqs = boto3.client("sqs")
            sqs.send_message(QueueUrl="{url}", MessageBody="in")
            return sqs.receive_message(QueueUrl="{url}", WaitTimeSeconds=2)["Messages"][0]["Body"]
    """
    assert workbench.invoke(workbench.function(source, statements=grant)) == "in"


def test_a_policy_that_refuses_encrypted_connections_holds(workbench: Any) -> None:
    sqs = workbench.client("sqs")
    url = sqs.create_queue(QueueName="open")["QueueUrl"]
    grant = [
        {"Effect": "Allow", "Action": "sqs:*", "Resource": "*"},
        {
            "Effect": "Deny",
            "Action": "sqs:*",
            "Resource": "*",
            "Condition": {"Bool": {"aws:SecureTransport": "true"}},
        },
    ]
    source = f"""
        import boto3
        def handler(event, context):
            boto3.client("sqs").send_message(QueueUrl="{url}", MessageBody="in")
    """
    error = workbench.invoke(workbench.function(source, statements=grant))
    assert "AccessDenied" in error["errorMessage"]


def test_a_group_is_updated_in_what_the_request_names(workbench: Any) -> None:
    cognito = workbench.client("cognito-idp")
    pool = cognito.create_user_pool(PoolName="users")["UserPool"]["Id"]
    cognito.create_group(UserPoolId=pool, GroupName="viewer", Description="sees", Precedence=3)
    answered = cognito.update_group(UserPoolId=pool, GroupName="viewer", Description="sees all")["Group"]
    found = cognito.get_group(UserPoolId=pool, GroupName="viewer")["Group"]
    assert (found["Description"], found["Precedence"]) == ("sees all", 3)
    assert answered == found
    with pytest.raises(cognito.exceptions.ResourceNotFoundException):
        cognito.update_group(UserPoolId=pool, GroupName="nobody", Description="x")


@pytest.mark.parametrize("payload", [b"[" * 5000, b"9" * 5000, b"\xff"], ids=["deep", "long", "no text"])
def test_a_topic_rule_hands_on_what_cannot_be_read_as_json(
    workbench: Any, eventually: Any, payload: bytes
) -> None:
    iam, sqs, iot = (workbench.client(service) for service in ("iam", "sqs", "iot"))
    trust = {"Effect": "Allow", "Principal": {"Service": "iot.amazonaws.com"}, "Action": "sts:AssumeRole"}
    role = iam.create_role(RoleName="rule", AssumeRolePolicyDocument=json.dumps({"Statement": [trust]}))
    grant = {"Statement": [{"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "*"}]}
    iam.put_role_policy(RoleName="rule", PolicyName="send", PolicyDocument=json.dumps(grant))
    queue = sqs.create_queue(QueueName="readings")["QueueUrl"]
    send = {"roleArn": role["Role"]["Arn"], "queueUrl": queue, "useBase64": False}
    sql = "SELECT encode(*, 'base64') AS payload, topic(1) AS place FROM 'readings'"
    rule = {"sql": sql, "awsIotSqlVersion": "2016-03-23", "actions": [{"sqs": send}]}
    iot.create_topic_rule(ruleName="readings", topicRulePayload=rule)
    workbench.client("iot-data").publish(topic="readings", qos=1, payload=payload)
    message = eventually(lambda: sqs.receive_message(QueueUrl=queue).get("Messages"))[0]
    assert base64.b64decode(json.loads(message["Body"])["payload"]) == payload


def test_tags_of_an_api_and_its_stage_are_the_same_wherever_they_are_read(workbench: Any) -> None:
    gateway = workbench.client("apigateway")
    api = gateway.create_rest_api(name="tagged", tags={"a": "1"})["id"]
    root = gateway.get_resources(restApiId=api)["items"][0]["id"]
    method = {"restApiId": api, "resourceId": root, "httpMethod": "GET"}
    gateway.put_method(**method, authorizationType="NONE")
    gateway.put_integration(**method, type="MOCK")
    deployment = gateway.create_deployment(restApiId=api)["id"]
    gateway.create_stage(restApiId=api, stageName="s", deploymentId=deployment, tags={"b": "1"})
    arn = f"arn:aws:apigateway:{workbench.cloud.region}::/restapis/{api}"
    stage = f"{arn}/stages/s"
    for resource in (arn, stage):
        gateway.tag_resource(resourceArn=resource, tags={"x": "2", "y": "3"})
        gateway.untag_resource(resourceArn=resource, tagKeys=["y"])
    assert gateway.get_rest_api(restApiId=api)["tags"] == {"a": "1", "x": "2"}
    assert gateway.get_tags(resourceArn=arn)["tags"] == {"a": "1", "x": "2"}
    assert gateway.get_stage(restApiId=api, stageName="s")["tags"] == {"b": "1", "x": "2"}
    assert gateway.get_tags(resourceArn=stage)["tags"] == {"b": "1", "x": "2"}


def test_what_a_web_acl_consists_of_is_read_back_and_updated(workbench: Any) -> None:
    waf = workbench.client("wafv2")
    visibility = {"SampledRequestsEnabled": True, "CloudWatchMetricsEnabled": True, "MetricName": "m"}
    bodies = {"no": {"ContentType": "TEXT_PLAIN", "Content": "no"}}
    body_limit = {"RequestBody": {"API_GATEWAY": {"DefaultSizeInspectionLimit": "KB_32"}}}
    name = {"Name": f"acl-{uuid.uuid4().hex[:8]}", "Scope": "REGIONAL"}
    common = {"DefaultAction": {"Allow": {}}, "VisibilityConfig": visibility, "Rules": []}
    acl = waf.create_web_acl(
        **name, **common, Description="one", CustomResponseBodies=bodies, AssociationConfig=body_limit
    )["Summary"]
    found = waf.get_web_acl(**name, Id=acl["Id"])
    assert found["WebACL"]["CustomResponseBodies"] == bodies
    assert found["WebACL"]["AssociationConfig"] == body_limit
    assert found["WebACL"]["LabelNamespace"] == f"awswaf:{workbench.account}:webacl:{name['Name']}:"
    waf.update_web_acl(**name, **common, Id=acl["Id"], LockToken=found["LockToken"], Description="two")
    found = waf.get_web_acl(**name, Id=acl["Id"])["WebACL"]
    assert found["Description"] == "two"
    assert "CustomResponseBodies" not in found


def test_the_logging_configuration_of_a_web_acl_survives_a_restart(home: Path, workbench_of: Any) -> None:
    bench = workbench_of(control.start(home))
    waf = bench.client("wafv2")
    visibility = {"SampledRequestsEnabled": True, "CloudWatchMetricsEnabled": True, "MetricName": "m"}
    acl = waf.create_web_acl(
        Name="kept", Scope="REGIONAL", DefaultAction={"Allow": {}}, VisibilityConfig=visibility, Rules=[]
    )["Summary"]["ARN"]
    destination = f"arn:aws:logs:{bench.cloud.region}:{bench.account}:log-group:aws-waf-logs-kept"
    configuration = {"ResourceArn": acl, "LogDestinationConfigs": [destination]}
    waf.put_logging_configuration(LoggingConfiguration=configuration)
    control.stop(home)
    waf = workbench_of(control.start(home)).client("wafv2")
    found = waf.get_logging_configuration(ResourceArn=acl)["LoggingConfiguration"]
    assert found["LogDestinationConfigs"] == [destination]
