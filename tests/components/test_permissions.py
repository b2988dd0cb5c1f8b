"""A permission is a value beside its reason."""

import pytest

from components.location import Location
from components.permissions import Grant, boundary_arn, key_grants, role_name_prefix

READ = ("sqs:ReceiveMessage",)
QUEUE = "arn:aws:sqs:us-east-1:123456789012:queue"


def test_a_grant_becomes_a_statement_without_its_reason() -> None:
    grant = Grant(actions=READ, resources=(QUEUE,), reason="reads")
    assert grant.statement() == {"Effect": "Allow", "Action": list(READ), "Resource": [QUEUE]}


def test_conditions_are_part_of_the_statement() -> None:
    grant = Grant(actions=READ, resources=(QUEUE,), reason="reads", conditions={"Bool": {"a": "true"}})
    assert grant.statement()["Condition"] == {"Bool": {"a": "true"}}


def test_a_grant_without_a_reason_is_refused() -> None:
    with pytest.raises(ValueError, match="a grant of sqs:ReceiveMessage says no reason"):
        Grant(actions=READ, resources=(QUEUE,), reason=" ")


def test_a_wild_resource_needs_the_page_that_forces_it() -> None:
    with pytest.raises(ValueError, match="name the AWS page that forces it"):
        Grant(actions=READ, resources=("*",), reason="easier")
    Grant(actions=READ, resources=("*",), reason="see https://docs.aws.amazon.com/service-authorization/")


@pytest.mark.parametrize("action", ["*", "sqs:*", "kms:ReEncrypt*"])
def test_a_wild_action_is_refused(action: str) -> None:
    with pytest.raises(ValueError, match="name the actions one by one"):
        Grant(actions=(action,), resources=(QUEUE,), reason="reads")


def test_a_key_is_granted_through_its_service_only() -> None:
    (grant,) = key_grants("arn:key", ("kms:Decrypt",), via="sqs.us-east-1.amazonaws.com", reason="encrypted")
    assert grant.conditions == {"StringEquals": {"kms:ViaService": "sqs.us-east-1.amazonaws.com"}}


def test_a_boundary_is_a_policy_of_the_account() -> None:
    location = Location(account="123456789012", region="eu-central-1")
    assert boundary_arn(location, "bounds") == "arn:aws:iam::123456789012:policy/bounds"
    assert boundary_arn(location, "") is None


def test_without_a_key_there_is_nothing_to_grant() -> None:
    assert key_grants(None, ("kms:Decrypt",), via="sqs.us-east-1.amazonaws.com", reason="encrypted") == ()


@pytest.mark.parametrize(
    ("prefix", "begins"),
    [
        ("omnitrack-staging", "omnitrack-staging-sensor-ingest-"),
        ("omnitrack-with-a-rather-long-name-abc", "omnitrack-with-a-rather-long-name-abc-"),
        ("omnitrack-" + "x" * 30, "omnitrack-" + "x" * 27 + "-"),
    ],
)
def test_a_roles_name_begins_with_the_environment_and_fits(prefix: str, begins: str) -> None:
    assert role_name_prefix(prefix, "sensor-ingest") == begins
    assert len(begins) <= 38
