"""What is a change and what is not, and what a program says in one of several ways."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.engine.stack import Stack

    NewStack = Callable[[str], Stack]

pytestmark = pytest.mark.engine

TABLE = """
    import pulumi_aws as aws
    aws.dynamodb.Table(
        "orders", hash_key="order", range_key="day", billing_mode="PAY_PER_REQUEST",
        stream_enabled=True, stream_view_type="NEW_IMAGE",
        attributes=[{{"name": name, "type": "S"}} for name in {attributes}],
        global_secondary_indexes=[
            {{"name": f"by-{{key}}", "hash_key": key, "projection_type": "ALL"}} for key in {indexes}
        ],
        tags={{"owner": "{owner}"}},
    )
"""
ATTRIBUTES, INDEXES = ["order", "day", "buyer", "state"], ["buyer", "state"]
ROLE = """
    import json, pulumi_aws as aws
    def document(**statement):
        return json.dumps({{"Version": "2012-10-17", "Statement": [{{"Effect": "Allow", **statement}}]}})
    lambda_ = {{"Service": "lambda.amazonaws.com"}}
    aws.iam.Role(
        "reader", name="reader", assume_role_policy=document(Action="sts:AssumeRole", Principal=lambda_),
        managed_policy_arns={managed},
        inline_policies=[
            {{"name": name, "policy": document(Action=name, Resource="*")}} for name in {inline}
        ],
    )
"""
READ, BASIC = "arn:aws:iam::aws:policy/ReadOnlyAccess", "arn:aws:iam::aws:policy/PowerUserAccess"
CALLED = """
    import pulumi, pulumi_aws as aws, json
    trust = json.dumps({{"Version": "2012-10-17", "Statement": [{{
        "Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {{"Service": "lambda.amazonaws.com"}},
    }}]}})
    role = aws.iam.Role("role", assume_role_policy=trust)
    code = pulumi.AssetArchive({{"main.py": pulumi.StringAsset("def handler(event, context): return 1")}})
    function = aws.lambda_.Function(
        "called", role=role.arn, code=code, handler="main.handler", runtime="python3.11", publish=True,
        timeout={timeout}, tags={tags},
    )
    aws.lambda_.Alias("live", function_name=function.name, function_version=function.version)
"""


def test_another_order_of_what_has_no_order_is_no_change(stack: NewStack) -> None:
    made = stack(TABLE.format(attributes=ATTRIBUTES, indexes=INDEXES, owner="us"))
    made.up().check()
    made.program(TABLE.format(attributes=ATTRIBUTES[::-1], indexes=INDEXES[::-1], owner="us"))
    made.up("--expect-no-changes").check()
    made.refresh("--expect-no-changes").check()


def test_a_role_has_the_policies_that_the_program_names_in_it_and_no_others(stack: NewStack) -> None:
    made = stack(ROLE.format(managed=[READ, BASIC], inline=["s3:GetObject", "sqs:*"]).replace("s3:", "s3_"))
    assert "inlinePolicies.name must match the pattern" in made.up().output
    made.program(ROLE.format(managed=[READ, BASIC], inline=["logs", "sqs"]))
    made.up().check()
    made.refresh("--expect-no-changes").check()
    client = made.client("iam")
    client.attach_role_policy(RoleName="reader", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")
    assert made.refresh().check().changed("reader")
    made.program(ROLE.format(managed=[BASIC], inline=["sqs"]))
    made.up().check()
    attached = client.list_attached_role_policies(RoleName="reader")["AttachedPolicies"]
    assert [policy["PolicyArn"] for policy in attached] == [BASIC]
    assert client.list_role_policies(RoleName="reader")["PolicyNames"] == ["sqs"]
    made.destroy().check()
    assert client.list_roles()["Roles"] == []


def test_an_alias_follows_a_change_of_code_or_settings_but_not_one_of_tags(stack: NewStack) -> None:
    made = stack(CALLED.format(timeout=3, tags={}))
    made.up().check()
    made.program(CALLED.format(timeout=3, tags={"owner": "us"}))
    assert made.preview().check().steps == {"called": "update"}
    made.program(CALLED.format(timeout=4, tags={}))
    assert made.preview().check().steps == {"called": "update", "live": "update"}


def test_made_up_names_are_such_as_aws_takes(stack: NewStack) -> None:
    made = stack(
        """
        import pulumi_aws as aws
        aws.iot.TopicRule("sensor-data", enabled=True, sql="SELECT * FROM 'a'", sql_version="2016-03-23")
        aws.kms.Alias("orders", target_key_id=aws.kms.Key("key").key_id)
        """
    )
    made.up().check()
    assert made.export()["sensor-data"]["id"].startswith("sensor_data_")
    assert made.export()["orders"]["id"].startswith("alias/orders-")
    made.preview("--expect-no-changes").check()


def test_a_map_whose_only_value_is_not_known_yet_is_not_empty(stack: NewStack) -> None:
    made = stack(
        """
        import pulumi_aws as aws
        aws.cloudwatch.LogGroup("log", tags={"queue": aws.sqs.Queue("orders").arn})
        """
    )
    made.preview().check()


def test_an_import_of_what_a_program_need_not_say_is_no_change(stack: NewStack) -> None:
    made = stack("import pulumi_aws as aws\naws.kms.Key('key', enable_key_rotation=True)")
    made.up().check()
    record = made.export()["key"]
    made.pulumi("state", "delete", "--yes", record["urn"], flags=()).check()
    flags = ("--yes", "--generate-code=false", "--protect=false")
    made.pulumi("import", *flags, record["type"], "key", record["id"]).check()
    made.up("--expect-no-changes").check()


def test_a_provider_that_would_assume_a_role_is_refused_with_a_sentence(stack: NewStack) -> None:
    made = stack(
        """
        import pulumi, pulumi_aws as aws
        other = aws.Provider("other", assume_roles=[{"role_arn": "arn:aws:iam::123456789012:role/deploy"}])
        aws.sqs.Queue("orders", opts=pulumi.ResourceOptions(provider=other))
        """
    )
    result = made.preview()
    assert result.code != 0
    assert "assumeRoles must be left out here" in result.output


def test_an_import_by_an_incomplete_id_tells_the_form(stack: NewStack) -> None:
    made = stack("")
    flags = ("--yes", "--generate-code=false")
    result = made.pulumi("import", *flags, "aws:wafv2/webAcl:WebAcl", "acl", json.dumps(1))
    assert result.code != 0
    assert "it looks like {id}/{name}/{scope}" in result.output
