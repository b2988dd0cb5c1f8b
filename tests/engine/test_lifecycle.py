"""What happens to a resource on the real engine: create, update, replace, refresh, import, get, delete."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.engine.stack import Stack

    NewStack = Callable[[str], Stack]

pytestmark = pytest.mark.engine

QUEUE = """
    import pulumi, pulumi_aws as aws
    queue = aws.sqs.Queue("orders", name="orders", visibility_timeout_seconds=60, tags={"team": "supply"})
    pulumi.export("url", queue.url)
"""
AUTONAMED = """
    import pulumi_aws as aws
    aws.sqs.Queue("orders", fifo_queue={fifo})
"""
ROLE = """
    import json, pulumi, pulumi_aws as aws
    trust = {{"Version": "2012-10-17", "Statement": [{{"Effect": "Allow", "Action": "sts:AssumeRole",
              "Principal": {{"Service": "lambda.amazonaws.com"}}}}]}}
    role = aws.iam.Role("reader", assume_role_policy=json.dumps(trust), description="{description}")
    grant = {{"Version": "2012-10-17", "Statement": [{{"Effect": "Allow", "Action": "sqs:SendMessage",
              "Resource": "*"}}]}}
    aws.iam.RolePolicy("grant", role=role.name, policy=json.dumps(grant))
"""


def attributes(stack: Stack, url: str) -> dict[str, str]:
    answer = stack.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["All"])
    return dict(answer["Attributes"])


def queues(stack: Stack, region: str) -> int:
    return len(stack.client("sqs", region).list_queues().get("QueueUrls", ()))


def test_up_creates_what_the_preview_announced_and_then_finds_nothing_to_do(stack: NewStack) -> None:
    made = stack(QUEUE)
    assert made.preview().check().steps == {"orders": "create"}
    assert made.export() == {}
    assert made.up().check().steps == {"orders": "create"}
    queue = made.export()["orders"]
    assert attributes(made, queue["id"])["VisibilityTimeout"] == "60"
    assert queue["outputs"]["arn"] == f"arn:aws:sqs:us-east-1:{made.account}:orders"
    made.preview("--expect-no-changes").check()
    made.refresh("--expect-no-changes").check()


def test_a_changed_property_is_updated_in_place(stack: NewStack) -> None:
    made = stack(QUEUE)
    made.up().check()
    made.program(QUEUE.replace("60", "90").replace("supply", "demand"))
    assert made.preview().check().changed("orders") == {"visibilityTimeoutSeconds", "tags.team"}
    assert made.up().check().steps == {"orders": "update"}
    url = made.export()["orders"]["id"]
    assert attributes(made, url)["VisibilityTimeout"] == "90"
    assert made.client("sqs").list_queue_tags(QueueUrl=url)["Tags"] == {"team": "demand"}


def test_a_removed_property_goes_back_to_what_aws_assumes(stack: NewStack) -> None:
    made = stack(QUEUE)
    made.up().check()
    made.program(QUEUE.replace(', visibility_timeout_seconds=60, tags={"team": "supply"}', ""))
    assert made.up().check().steps == {"orders": "update"}
    queue = made.export()["orders"]
    assert attributes(made, queue["id"])["VisibilityTimeout"] == "30"
    assert not made.client("sqs").list_queue_tags(QueueUrl=queue["id"]).get("Tags")
    assert "visibilityTimeoutSeconds" not in queue["inputs"]


def test_a_made_up_name_stays_over_updates_and_changes_with_a_replacement(stack: NewStack) -> None:
    made = stack(AUTONAMED.format(fifo=False))
    made.up().check()
    first = made.export()["orders"]["outputs"]["name"]
    assert first.startswith("orders-")
    assert made.up().check().steps == {}
    made.program(AUTONAMED.format(fifo=True))
    result = made.up().check()
    assert result.steps == {"orders": "replace"}
    assert [name for name, _ in result.operations] == ["create-replacement", "replace", "delete-replaced"]
    second = made.export()["orders"]["outputs"]["name"]
    assert second.endswith(".fifo")
    assert queues(made, "us-east-1") == 1


def test_a_resource_whose_explicit_name_stays_is_deleted_before_its_replacement_is_made(
    stack: NewStack,
) -> None:
    group = 'import pulumi_aws as aws\naws.cloudwatch.LogGroup("log", name="/x/y", log_group_class="{}")'
    made = stack(group.format("STANDARD"))
    made.up().check()
    made.program(group.format("INFREQUENT_ACCESS"))
    result = made.up().check()
    assert [name for name, _ in result.operations] == ["delete-replaced", "replace", "create-replacement"]
    groups = made.client("logs").describe_log_groups()["logGroups"]
    assert [(one["logGroupName"], one["logGroupClass"]) for one in groups] == [("/x/y", "INFREQUENT_ACCESS")]


def test_destroy_leaves_nothing_behind(stack: NewStack) -> None:
    made = stack(ROLE.format(description="reads"))
    made.up().check()
    assert made.destroy().check().steps == {"grant": "delete", "reader": "delete"}
    assert made.client("iam").list_roles()["Roles"] == []
    assert made.export() == {}


def test_refresh_shows_exactly_what_was_changed_behind_pulumis_back(stack: NewStack) -> None:
    made = stack(QUEUE)
    made.up().check()
    url = made.export()["orders"]["id"]
    made.client("sqs").set_queue_attributes(QueueUrl=url, Attributes={"DelaySeconds": "7"})
    made.client("sqs").tag_queue(QueueUrl=url, Tags={"who": "somebody"})
    result = made.refresh("--diff").check()
    assert result.changed("orders") >= {"delaySeconds", "tags.who"}
    assert made.export()["orders"]["inputs"]["delaySeconds"] == 7
    assert made.up().check().changed("orders") == {"delaySeconds", "tags.who"}
    assert attributes(made, url)["DelaySeconds"] == "0"
    assert made.client("sqs").list_queue_tags(QueueUrl=url)["Tags"] == {"team": "supply"}


def test_a_resource_deleted_behind_pulumis_back_is_gone_after_refresh_and_made_again(stack: NewStack) -> None:
    made = stack(ROLE.format(description="reads"))
    made.up().check()
    role = made.export()["reader"]["id"]
    policy = made.export()["grant"]["outputs"]["name"]
    made.client("iam").delete_role_policy(RoleName=role, PolicyName=policy)
    made.refresh().check()
    assert "grant" not in made.export()
    assert made.up().check().steps == {"grant": "create"}


def test_an_existing_resource_is_imported_with_the_inputs_that_make_it(stack: NewStack) -> None:
    made = stack("")
    client = made.client("sqs")
    settings = {"VisibilityTimeout": "45", "MaximumMessageSize": "262144"}
    url = client.create_queue(QueueName="old", Attributes=settings, tags={"a": "b"})["QueueUrl"]
    made.pulumi(
        "import", "--yes", "--generate-code=false", "--protect=false", "aws:sqs/queue:Queue", "old", url
    ).check()
    inputs = made.export()["old"]["inputs"]
    assert inputs["name"] == "old"
    assert inputs["visibilityTimeoutSeconds"] == 45
    assert inputs["tags"] == {"a": "b"}
    assert "delaySeconds" not in inputs
    made.program(
        """
        import pulumi_aws as aws
        aws.sqs.Queue("old", name="old", visibility_timeout_seconds=45, tags={"a": "b"})
        """
    )
    assert made.up().check().steps == {}


def test_a_program_adopts_a_resource_by_its_import_option(stack: NewStack) -> None:
    made = stack("")
    made.client("logs").create_log_group(logGroupName="/old")
    made.program(
        """
        import pulumi, pulumi_aws as aws
        aws.cloudwatch.LogGroup("old", name="/old", opts=pulumi.ResourceOptions(import_="/old"))
        """
    )
    assert made.up().check().steps == {"old": "import"}
    assert made.export()["old"]["outputs"]["arn"].endswith("log-group:/old")


def test_get_reads_a_resource_that_another_program_owns(stack: NewStack) -> None:
    made = stack("")
    made.client("kms").create_key(Description="shared")
    key = made.client("kms").list_keys()["Keys"][0]
    made.program(
        f'import pulumi, pulumi_aws as aws\npulumi.export("arn", aws.kms.Key.get("k", "{key["KeyId"]}").arn)'
    )
    made.up().check()
    assert made.pulumi("stack", "output", "arn", flags=()).check().output.strip() == key["KeyArn"]


def test_importing_what_does_not_exist_says_so(stack: NewStack) -> None:
    made = stack("")
    result = made.pulumi(
        "import", "--yes", "--generate-code=false", "aws:cloudwatch/logGroup:LogGroup", "no", "/no"
    )
    assert result.code != 0
    assert "does not exist" in result.output


def test_default_tags_reach_every_resource_and_follow_the_configuration(stack: NewStack) -> None:
    made = stack(QUEUE)
    made.configure(defaultTags={"tags": {"project": "omnitrack"}})
    made.up().check()
    queue = made.export()["orders"]
    assert queue["outputs"]["tagsAll"] == {"project": "omnitrack", "team": "supply"}
    made.refresh("--expect-no-changes").check()
    made.configure(defaultTags={"tags": {"project": "other"}})
    assert made.up().check().changed("orders") == {"tagsAll.project"}
    tags = made.client("sqs").list_queue_tags(QueueUrl=queue["id"])["Tags"]
    assert tags == {"project": "other", "team": "supply"}


def test_ignored_changes_are_left_alone(stack: NewStack) -> None:
    made = stack(QUEUE)
    made.up().check()
    made.program(
        QUEUE.replace("60,", "90, opts=pulumi.ResourceOptions(ignore_changes=['visibilityTimeoutSeconds']),")
    )
    assert made.up().check().steps == {}


def test_a_resource_lives_in_the_region_that_it_names_and_moves_by_replacement(stack: NewStack) -> None:
    made = stack(QUEUE.replace('name="orders"', 'name="orders", region="eu-west-1"'))
    made.up().check()
    assert made.export()["orders"]["outputs"]["arn"].split(":")[3] == "eu-west-1"
    assert queues(made, "eu-west-1") == 1
    assert queues(made, "us-east-1") == 0
    made.program(QUEUE)
    assert made.up().check().steps == {"orders": "replace"}
    assert (queues(made, "eu-west-1"), queues(made, "us-east-1")) == (0, 1)


def test_caller_identity_and_region_come_from_the_stacks_configuration(stack: NewStack) -> None:
    made = stack(
        """
        import pulumi, pulumi_aws as aws
        pulumi.export("account", aws.get_caller_identity_output().account_id)
        pulumi.export("region", aws.get_region_output().region)
        """
    )
    made.configure(region="eu-central-1")
    made.up().check()
    assert made.pulumi("stack", "output", "account", flags=()).output.strip() == made.account
    assert made.pulumi("stack", "output", "region", flags=()).output.strip() == "eu-central-1"


def test_two_provider_instances_keep_their_regions_apart(stack: NewStack) -> None:
    made = stack(
        """
        import pulumi, pulumi_aws as aws
        for region in ("eu-west-1", "us-west-2"):
            provider = aws.Provider(region, region=region, default_tags={"tags": {"home": region}})
            aws.sqs.Queue(f"orders-{region}", opts=pulumi.ResourceOptions(provider=provider))
        """
    )
    made.up().check()
    for region in ("eu-west-1", "us-west-2"):
        outputs = made.export()[f"orders-{region}"]["outputs"]
        assert outputs["arn"].split(":")[3] == region
        assert outputs["tagsAll"] == {"home": region}
    made.refresh("--expect-no-changes").check()
