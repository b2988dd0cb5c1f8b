"""What the preview refuses, naming resource and property, and what it does without a cloud."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.engine.stack import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.engine.stack import Stack

    NewStack = Callable[[str], Stack]

pytestmark = pytest.mark.engine

RAW = """
    import pulumi
    class Raw(pulumi.CustomResource):
        def __init__(self, name, type, properties):
            super().__init__(type, name, properties)
    Raw("{name}", "{type}", {properties})
"""
QUEUE, KEY = "aws:sqs/queue:Queue", "aws:kms/key:Key"
# The four that every program meets; all other kinds of fault are tested without an engine.
CASES = {
    "an undeclared property": (QUEUE, {"visibility": 3}, "visibility is not a property"),
    "a wrong type": (QUEUE, {"delaySeconds": "3"}, "delaySeconds must be an integer, not a string"),
    "a value outside its enum": (KEY, {"keyUsage": "ENCRYPT"}, "keyUsage must be one of SIGN_VERIFY"),
    "a name that is too long": (QUEUE, {"name": "q" * 81}, "name may have at most 80 characters, has 81"),
}


@pytest.mark.parametrize(("type_", "properties", "sentence"), CASES.values(), ids=CASES)
def test_preview_fails_and_names_resource_and_property(
    stack: NewStack, type_: str, properties: dict[str, object], sentence: str
) -> None:
    made = stack(RAW.format(name="suspect", type=type_, properties=properties))
    result = made.preview()
    assert result.code != 0
    assert "'suspect'" in result.output
    assert sentence in result.output
    assert "Traceback" not in result.output


def test_an_unknown_resource_type_is_refused_with_the_next_step(stack: NewStack) -> None:
    result = stack(RAW.format(name="x", type="aws:ec2/instance:Instance", properties={})).preview()
    assert result.code != 0
    assert "does not know the resource type aws:ec2/instance:Instance" in result.output
    assert "localcloud/provider/services" in result.output


def test_an_unknown_function_is_refused_with_the_next_step(stack: NewStack) -> None:
    result = stack("import pulumi_aws as aws\naws.get_availability_zones()").preview()
    assert result.code != 0
    assert "does not know the function aws:index/getAvailabilityZones:getAvailabilityZones" in result.output


def test_a_value_that_is_not_known_yet_is_not_judged(stack: NewStack) -> None:
    made = stack(
        """
        import pulumi_aws as aws
        key = aws.kms.Key("key")
        policy = key.arn.apply(lambda arn: "no JSON: " + arn)
        aws.sqs.Queue("orders", kms_master_key_id=key.arn, policy=policy)
        """
    )
    made.preview().check()
    result = made.up()
    assert result.code != 0
    assert "policy must be JSON text" in result.output


@pytest.mark.parametrize(
    ("configuration", "sentence"),
    [
        ({"region": "nowhere"}, "aws:region must be an AWS region"),
        ({"allowedAccountIds": ["12"]}, "aws:allowedAccountIds must be account numbers of 12 digits"),
        (
            {"allowedAccountIds": ["1" * 12, "2" * 12]},
            "account 000000000000 is not among aws:allowedAccountIds",
        ),
    ],
)
def test_a_wrong_provider_configuration_is_refused_by_key(
    stack: NewStack, configuration: dict[str, object], sentence: str
) -> None:
    made = stack(RAW.format(name="x", type=QUEUE, properties={}))
    made.configure(**configuration)
    result = made.preview()
    assert result.code != 0
    assert sentence in result.output


@pytest.fixture(scope="module")
def preview_port() -> Iterator[int]:
    """A provider without a cloud."""
    command = [sys.executable, "-m", "localcloud.provider", "--port", "0"]
    process = subprocess.Popen(
        command, cwd=ROOT, env={"PATH": "/usr/bin:/bin"}, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    yield int(process.stdout.readline())
    process.terminate()
    assert process.wait(timeout=10) == 0


def test_without_a_cloud_a_preview_works_and_an_update_says_what_to_start(
    stack: NewStack, preview_port: int
) -> None:
    made = stack("import pulumi_aws as aws\naws.sqs.Queue('orders', tags={'a': 'b'})")
    made.configure(allowedAccountIds=["123456789012"], region="eu-west-1")
    made.use_provider(preview_port)
    assert made.preview().check().steps == {"orders": "create"}
    result = made.up()
    assert result.code != 0
    assert "omnitrack local up" in result.output
    assert made.export() == {}
