"""What the check makes up must have the forms that AWS uses: rules take them apart."""

import json
import re

import pytest
from pulumi.runtime import rpc

from policy.data_sources import look_up, policy_document
from policy.mocks import Cloud

CLOUD = Cloud(account="111122223333", region="eu-west-1")
UUID = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
HERE = "eu-west-1:111122223333"


def answer(type_: str, cloud: Cloud = CLOUD, /, **inputs: object) -> dict[str, str]:
    return cloud.answer(f"aws:{type_}", f"urn:pulumi:production::omnitrack::aws:{type_}::orders", inputs)


@pytest.mark.parametrize(
    ("type_", "inputs", "arn"),
    [
        ("apigateway/restApi:RestApi", {}, r"arn:aws:apigateway:eu-west-1::/restapis/[0-9a-f]{10}"),
        (
            "apigateway/stage:Stage",
            {"restApi": "abc", "stageName": "v1"},
            "arn:aws:apigateway:eu-west-1::/restapis/abc/stages/v1",
        ),
        ("amplify/app:App", {"name": "console"}, rf"arn:aws:amplify:{HERE}:apps/d[0-9a-f]{{13}}"),
        (
            "cloudfront/distribution:Distribution",
            {},
            r"arn:aws:cloudfront::111122223333:distribution/E[0-9A-F]{13}",
        ),
        (
            "cloudwatch/logGroup:LogGroup",
            {"name": "/aws/lambda/x"},
            f"arn:aws:logs:{HERE}:log-group:/aws/lambda/x",
        ),
        ("cognito/userPool:UserPool", {}, rf"arn:aws:cognito-idp:{HERE}:userpool/eu-west-1_[0-9a-f]{{9}}"),
        ("dynamodb/table:Table", {"name": "main"}, f"arn:aws:dynamodb:{HERE}:table/main"),
        ("iam/policy:Policy", {"name": "p", "path": "/team/"}, "arn:aws:iam::111122223333:policy/team/p"),
        ("iam/role:Role", {"name": "r"}, "arn:aws:iam::111122223333:role/r"),
        ("iot/policy:Policy", {"name": "p"}, f"arn:aws:iot:{HERE}:policy/p"),
        ("kms/alias:Alias", {"name": "alias/x"}, f"arn:aws:kms:{HERE}:alias/x"),
        ("kms/key:Key", {}, f"arn:aws:kms:{HERE}:key/{UUID}"),
        ("lambda/function:Function", {"name": "f"}, f"arn:aws:lambda:{HERE}:function:f"),
        ("lambda/layerVersion:LayerVersion", {"layerName": "l"}, f"arn:aws:lambda:{HERE}:layer:l:1"),
        ("s3/bucket:Bucket", {"bucket": "b"}, "arn:aws:s3:::b"),
        ("secretsmanager/secret:Secret", {"name": "s"}, rf"arn:aws:secretsmanager:{HERE}:secret:s-\w{{6}}"),
        ("sfn/stateMachine:StateMachine", {"name": "m"}, f"arn:aws:states:{HERE}:stateMachine:m"),
        ("sns/topic:Topic", {"name": "t"}, f"arn:aws:sns:{HERE}:t"),
        ("sqs/queue:Queue", {"name": "q"}, f"arn:aws:sqs:{HERE}:q"),
        ("ssm/parameter:Parameter", {"name": "/a/b"}, f"arn:aws:ssm:{HERE}:parameter/a/b"),
        (
            "wafv2/webAcl:WebAcl",
            {"name": "w", "scope": "REGIONAL"},
            f"arn:aws:wafv2:{HERE}:regional/webacl/w/{UUID}",
        ),
        (
            "wafv2/webAcl:WebAcl",
            {"name": "w", "scope": "CLOUDFRONT"},
            f"arn:aws:wafv2:us-east-1:111122223333:global/webacl/w/{UUID}",
        ),
        ("neptune/cluster:Cluster", {"name": "c"}, f"arn:aws:neptune:{HERE}:cluster/c"),
    ],
)
def test_arns(type_: str, inputs: dict[str, object], arn: str) -> None:
    assert re.fullmatch(arn, answer(type_, **inputs)["arn"])


def test_ids_are_those_that_others_refer_to() -> None:
    queue = answer("sqs/queue:Queue", name="q")
    assert queue["id"] == queue["url"] == "https://sqs.eu-west-1.amazonaws.com/111122223333/q"
    assert answer("dynamodb/table:Table", name="main")["id"] == "main"
    topic = answer("sns/topic:Topic", name="t")
    assert topic["id"] == topic["arn"]
    key = answer("kms/key:Key")
    assert key["id"] == key["keyId"]


def test_the_api_and_its_stage_have_the_addresses_of_the_gateway() -> None:
    api = answer("apigateway/restApi:RestApi")
    stage = answer("apigateway/stage:Stage", restApi=api["id"], stageName="v1")
    assert api["executionArn"] == f"arn:aws:execute-api:{HERE}:{api['id']}"
    assert stage["executionArn"] == f"{api['executionArn']}/v1"
    assert stage["invokeUrl"] == f"https://{api['id']}.execute-api.eu-west-1.amazonaws.com/v1"


def test_a_resource_without_a_name_gets_one_as_the_engine_makes_it() -> None:
    assert re.fullmatch(r"orders-[0-9a-f]{7}", answer("sqs/queue:Queue")["name"])


def test_a_prefix_begins_the_name_where_none_is_given() -> None:
    group = answer("cloudwatch/logGroup:LogGroup", namePrefix="aws-waf-logs-")
    assert re.fullmatch(rf"arn:aws:logs:{HERE}:log-group:aws-waf-logs-[0-9a-f]{{7}}", group["arn"])
    bucket = answer("s3/bucket:Bucket", bucketPrefix="data-")
    assert re.fullmatch(r"arn:aws:s3:::data-[0-9a-f]{7}", bucket["arn"])
    assert answer("sqs/queue:Queue", name="q", namePrefix="p-")["name"] == "q"


def test_answers_repeat_and_differ_between_resources() -> None:
    key = answer("kms/key:Key")
    assert answer("kms/key:Key") == key
    assert (
        CLOUD.answer("aws:kms/key:Key", "urn:pulumi:production::omnitrack::x::other", {})["arn"] != key["arn"]
    )


@pytest.mark.parametrize(
    ("region", "partition"),
    [("cn-north-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov"), ("us-isob-east-1", "aws-iso-b")],
)
def test_arns_name_the_partition_of_the_region(region: str, partition: str) -> None:
    elsewhere = Cloud(account="111122223333", region=region)
    assert answer("sqs/queue:Queue", elsewhere)["arn"].startswith(f"arn:{partition}:sqs:{region}:")


def test_an_input_that_is_not_known_leaves_the_form_intact() -> None:
    arn = answer("apigateway/stage:Stage", stageName="v1")["arn"]
    assert re.fullmatch(r"arn:aws:apigateway:eu-west-1::/restapis/restapi-[0-9a-f]{10}/stages/v1", arn)


def test_other_packages_have_the_usual_form() -> None:
    found = CLOUD.answer("random:index/randomId:RandomId", "urn:pulumi:p::o::t::token", {})
    assert set(found) == {"id", "name", "arn"}


def test_who_and_where() -> None:
    assert look_up(CLOUD, "aws:index/getCallerIdentity:getCallerIdentity", {})["accountId"] == "111122223333"
    assert look_up(CLOUD, "aws:index/getRegion:getRegion", {})["region"] == "eu-west-1"
    assert look_up(CLOUD, "aws:index/getPartition:getPartition", {})["partition"] == "aws"
    zones = look_up(CLOUD, "aws:index/getAvailabilityZones:getAvailabilityZones", {})["names"]
    assert zones == ["eu-west-1a", "eu-west-1b", "eu-west-1c"]


def test_a_data_source_answers_as_its_resource() -> None:
    found = look_up(CLOUD, "aws:sqs/getQueue:getQueue", {"name": "theirs"})
    assert found["arn"] == f"arn:aws:sqs:{HERE}:theirs"
    assert found["name"] == "theirs"


def test_a_key_of_aws_shows_as_one() -> None:
    alias = look_up(CLOUD, "aws:kms/getAlias:getAlias", {"name": "alias/aws/sqs"})
    assert alias["targetKeyArn"] == f"arn:aws:kms:{HERE}:alias/aws/sqs"
    assert look_up(CLOUD, "aws:kms/getKey:getKey", {"keyId": "alias/aws/sqs"})["arn"] == alias["arn"]


def test_what_a_data_source_does_not_make_up_is_unknown() -> None:
    found = look_up(CLOUD, "aws:ssm/getParameter:getParameter", {"name": "/limit"})
    assert found["value"] == found["insecureValue"] == rpc.UNKNOWN
    assert found["arn"] == f"arn:aws:ssm:{HERE}:parameter/limit"
    assert found["region"] == "eu-west-1"
    assert look_up(CLOUD, "aws:lambda/getFunction:getFunction", {"functionName": "f"})["role"] == rpc.UNKNOWN
    assert look_up(CLOUD, "aws:index/getRegion:getRegion", {})["endpoint"] == rpc.UNKNOWN


@pytest.mark.parametrize("token", ["madeup:index/getIt:getIt", "aws:getIt", "aws:sqs/getNothing:getNothing"])
def test_a_data_source_without_a_type_answers_what_is_made_up_alone(token: str) -> None:
    assert rpc.UNKNOWN not in look_up(CLOUD, token, {"name": "x"}).values()


def test_policy_documents_are_made_as_the_provider_makes_them() -> None:
    made = policy_document(
        {
            "sourcePolicyDocuments": ['{"Statement": {"Effect": "Deny", "Action": "*", "Resource": "*"}}'],
            "statements": [
                {
                    "sid": "Read",
                    "actions": ["s3:GetObject"],
                    "notResources": ["arn:aws:s3:::b/*"],
                    "principals": [
                        {"type": "AWS", "identifiers": ["111122223333"]},
                        {"type": "Service", "identifiers": ["a.amazonaws.com", "b.amazonaws.com"]},
                    ],
                    "conditions": [
                        {"test": "StringEquals", "variable": "aws:x", "values": ["1"]},
                        {"test": "StringEquals", "variable": "aws:y", "values": ["2"]},
                    ],
                },
                {
                    "effect": "Deny",
                    "notActions": ["a:b"],
                    "principals": [{"type": "*", "identifiers": ["*"]}],
                },
            ],
            "overridePolicyDocuments": ['{"Statement": [{"Effect": "Allow"}]}'],
        }
    )
    assert json.loads(made) == {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Deny", "Action": "*", "Resource": "*"},
            {
                "Effect": "Allow",
                "Sid": "Read",
                "Action": ["s3:GetObject"],
                "NotResource": ["arn:aws:s3:::b/*"],
                "Principal": {"AWS": ["111122223333"], "Service": ["a.amazonaws.com", "b.amazonaws.com"]},
                "Condition": {"StringEquals": {"aws:x": ["1"], "aws:y": ["2"]}},
            },
            {"Effect": "Deny", "NotAction": ["a:b"], "Principal": "*"},
            {"Effect": "Allow"},
        ],
    }


def test_an_empty_document_is_one() -> None:
    assert json.loads(policy_document({})) == {"Version": "2012-10-17", "Statement": []}
