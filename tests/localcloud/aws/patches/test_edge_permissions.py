"""What a user may do with CloudFront in a local cloud is what its policies say."""

import json
import uuid
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from localcloud.control import LocalCloud
from tests.localcloud.aws.patches.test_distribution_references import code_of, config
from tests.localcloud.aws.workbench import Workbench

pytestmark = pytest.mark.cloud
CODE = b"function handler(event) { return event.request; }"


@pytest.fixture
def bench(cloud: LocalCloud) -> Workbench:
    return Workbench(cloud=cloud, account=f"{uuid.uuid4().int % 10**12:012d}")


def edge_of(bench: Workbench, actions: list[str], resource: str) -> Any:
    """CloudFront as a user sees it who may do some things with some resources."""
    iam, name = bench.client("iam"), f"u-{uuid.uuid4().hex[:8]}"
    iam.create_user(UserName=name)
    arn = f"arn:aws:cloudfront::{bench.account}:{resource}"
    statement = {"Effect": "Allow", "Action": [f"cloudfront:{action}" for action in actions], "Resource": arn}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam.put_user_policy(UserName=name, PolicyName="edge", PolicyDocument=document)
    key = iam.create_access_key(UserName=name)["AccessKey"]
    make: Any = boto3.client  # its overloads know literal names only
    return make(
        "cloudfront",
        endpoint_url=bench.cloud.endpoint,
        region_name=bench.cloud.region,
        aws_access_key_id=key["AccessKeyId"],
        aws_secret_access_key=key["SecretAccessKey"],
    )


def create_function(edge: Any, name: str) -> Any:
    settings = {"Comment": "", "Runtime": "cloudfront-js-2.0"}
    return edge.create_function(Name=name, FunctionConfig=settings, FunctionCode=CODE)


def test_a_right_to_some_functions_is_none_to_others(bench: Workbench) -> None:
    rights = ["CreateFunction", "PublishFunction", "DescribeFunction", "ListTagsForResource"]
    edge = edge_of(bench, rights, "function/orders-*")
    made = create_function(edge, "orders-refuse")
    edge.publish_function(Name="orders-refuse", IfMatch=made["ETag"])
    arn = made["FunctionSummary"]["FunctionMetadata"]["FunctionARN"]
    assert edge.list_tags_for_resource(Resource=arn)["Tags"]["Items"] == []
    with pytest.raises(ClientError, match="AccessDenied"):
        create_function(edge, "parcels-refuse")
    other = arn.replace("orders", "parcels")
    assert code_of(edge.describe_function, Name="parcels-refuse") == "AccessDenied"
    assert code_of(edge.list_tags_for_resource, Resource=other) == "AccessDenied"


def test_a_distribution_with_tags_needs_the_right_to_create_one(bench: Workbench) -> None:
    wanted = {"DistributionConfig": config(), "Tags": {"Items": [{"Key": "owner", "Value": "us"}]}}
    allowed = edge_of(bench, ["CreateDistribution", "TagResource"], "distribution/*")
    made = allowed.create_distribution_with_tags(DistributionConfigWithTags=wanted)
    assert made["Distribution"]["Status"] == "Deployed"
    wanted["DistributionConfig"] = config()
    for rights, resource in ((["GetDistribution"], "distribution/*"), (["CreateDistribution"], "function/*")):
        other = edge_of(bench, rights, resource)
        assert (
            code_of(other.create_distribution_with_tags, DistributionConfigWithTags=wanted) == "AccessDenied"
        )


def test_a_policy_is_named_by_its_id(bench: Workbench) -> None:
    edge = edge_of(
        bench, ["CreateResponseHeadersPolicy", "GetResponseHeadersPolicy"], "response-headers-policy/*"
    )
    frame = {"FrameOptions": {"FrameOption": "DENY", "Override": True}}
    made = edge.create_response_headers_policy(
        ResponseHeadersPolicyConfig={"Name": "strict", "SecurityHeadersConfig": frame}
    )["ResponseHeadersPolicy"]
    assert edge.get_response_headers_policy(Id=made["Id"])["ResponseHeadersPolicy"]["Id"] == made["Id"]
    assert code_of(edge.delete_response_headers_policy, Id=made["Id"], IfMatch="1") == "AccessDenied"
