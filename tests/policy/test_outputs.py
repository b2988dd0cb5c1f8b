"""Inputs of a program, read before the engine runs: their names, and the resources they come from."""

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import pulumi
import pulumi_aws as aws
import pytest
from pulumi.runtime import rpc

from policy import outputs

pytestmark = pytest.mark.filterwarnings(
    "ignore::DeprecationWarning"
)  # the AWS SDK warns about its own classes

Probe = Callable[[Callable[[Any, Any], object]], set[str]]


class Nothing(pulumi.runtime.Mocks):
    def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> tuple[str, dict[str, Any]]:
        return args.name, {**args.inputs, "arn": "arn:x", "tags": {"x": "y"}}

    def call(self, args: pulumi.runtime.MockCallArgs) -> tuple[dict[Any, Any], list[tuple[str, str]]]:
        return dict(args.args), []


@pytest.fixture(autouse=True)
def _program_loop() -> Iterator[None]:
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    pulumi.runtime.set_mocks(Nothing(), project="omnitrack", stack="staging")
    yield
    loop.close()
    asyncio.set_event_loop(None)


@pytest.fixture
def probe() -> Probe:
    """Builds a value from two keys inside a program and answers the names of the keys it comes from."""

    def run(build: Callable[[Any, Any], object]) -> set[str]:
        found: set[str] = set()

        def program() -> None:
            keys = {name: aws.kms.Key(name) for name in ("first", "second")}
            owners = {
                value._data: key
                for key in keys.values()
                for value in vars(key).values()
                if isinstance(value, pulumi.Output)
            }
            sources = outputs.origins(build(keys["first"], keys["second"]), owners)
            found.update(name for name, key in keys.items() if key in sources)

        pulumi.runtime.test(program)()  # type: ignore[no-untyped-call]
        return found

    return run


@pytest.mark.parametrize(
    ("name", "build", "expected"),
    [
        ("a literal", lambda _first, _second: "x", set()),
        ("an output", lambda first, _: first.arn, {"first"}),
        ("an id", lambda first, _: first.id, {"first"}),
        ("a resource", lambda first, _: first, {"first"}),
        ("apply", lambda first, _: first.arn.apply(str.upper), {"first"}),
        ("apply twice", lambda first, _: first.arn.apply(str.upper).apply(str.lower), {"first"}),
        ("an item of an output", lambda first, _: first.tags["x"], {"first"}),
        ("all", lambda first, second: pulumi.Output.all(first.arn, second.arn), {"first", "second"}),
        ("all by name", lambda first, _: pulumi.Output.all(a=first.arn, b="x"), {"first"}),
        ("concat", lambda first, _: pulumi.Output.concat(first.arn, ":*"), {"first"}),
        ("format", lambda first, _: pulumi.Output.format("{0}/{1}", "x", first.arn), {"first"}),
        ("JSON", lambda _, second: pulumi.Output.json_dumps({"a": [{"b": second.arn}]}), {"second"}),
        ("a secret", lambda first, _: pulumi.Output.secret(first.arn), {"first"}),
        ("no secret", lambda first, _: pulumi.Output.unsecret(first.arn), {"first"}),
        (
            "an output of an output",
            lambda first, second: first.arn.apply(lambda _, o=second.arn: o),
            {"first"},
        ),
        (
            "a captured output",
            lambda first, second: first.arn.apply(_returning(second.arn)),
            {"first", "second"},
        ),
        ("a list", lambda first, second: [first.arn, "x", {"y": second.id}], {"first", "second"}),
        (
            "a class of arguments",
            lambda first, _: aws.dynamodb.TableReplicaArgs(region_name="x", kms_key_arn=first.arn),
            {"first"},
        ),
        ("an output of a plain value", lambda _first, _second: pulumi.Output.from_input("x"), set()),
        ("a data source does not say", lambda first, _: aws.kms.get_key_output(key_id=first.id).arn, set()),
        ("an output of a resource", lambda first, _: pulumi.Output.from_input(first), {"first"}),
    ],
)
def test_a_value_tells_which_resources_it_comes_from(
    probe: Probe, name: str, build: Callable[[Any, Any], object], expected: set[str]
) -> None:
    assert probe(build) == expected, name


def _returning(output: pulumi.Output[str]) -> Callable[[str], pulumi.Output[str]]:
    return lambda _: output


def translated(make: Callable[[], pulumi.Resource]) -> dict[str, object]:
    result: dict[str, object] = {}

    def program() -> None:
        seen: list[pulumi.ResourceTransformationArgs] = []
        pulumi.runtime.register_stack_transformation(seen.append)
        make()
        result.update(outputs.translate(seen[-1].resource, seen[-1].props))

    pulumi.runtime.test(program)()  # type: ignore[no-untyped-call]
    return result


def test_names_become_those_of_the_engine_in_classes_and_in_dicts() -> None:
    as_classes = translated(
        lambda: aws.lambda_.Function(
            "f",
            role="r",
            tracing_config=aws.lambda_.FunctionTracingConfigArgs(mode="Active"),
            environment=aws.lambda_.FunctionEnvironmentArgs(variables={"log_level": "INFO"}),
        )
    )
    as_dicts = translated(
        lambda: aws.lambda_.Function(
            "f",
            role="r",
            tracing_config={"mode": "Active"},
            environment={"variables": {"log_level": "INFO"}},
        )
    )
    assert as_classes == as_dicts
    assert as_dicts == {
        "role": "r",
        "tracingConfig": {"mode": "Active"},
        "environment": {"variables": {"log_level": "INFO"}},
    }


def test_a_class_whose_arguments_have_another_name_is_translated_too() -> None:
    assert translated(
        lambda: aws.s3.BucketServerSideEncryptionConfiguration(
            "e",
            bucket="b",
            rules=[{"apply_server_side_encryption_by_default": {"sse_algorithm": "aws:kms"}}],
        )
    ) == {
        "bucket": "b",
        "rules": [{"applyServerSideEncryptionByDefault": {"sseAlgorithm": "aws:kms"}}],
    }


def test_a_subclass_in_the_program_is_translated_too() -> None:
    class OurQueue(aws.sqs.Queue):
        pass

    assert translated(lambda: OurQueue("q", kms_master_key_id="k")) == {"kmsMasterKeyId": "k"}


def test_a_bare_resource_keeps_its_names() -> None:
    assert translated(
        lambda: pulumi.CustomResource("aws:wafv2/webAcl:WebAcl", "w", {"defaultAction": {"block": {}}})
    ) == {"defaultAction": {"block": {}}}


def test_what_an_output_will_hold_is_unknown_and_what_it_holds_is_read() -> None:
    later = translated(lambda: aws.sqs.Queue("q", kms_master_key_id=pulumi.Output.concat("a", "b")))
    now = translated(lambda: aws.sqs.Queue("q", kms_master_key_id=pulumi.Output.from_input("k")))
    assert later == {"kmsMasterKeyId": rpc.UNKNOWN}
    assert now == {"kmsMasterKeyId": "k"}


def test_files_are_left_unread() -> None:
    assert translated(lambda: aws.lambda_.Function("f", role="r", code=pulumi.FileArchive("/nowhere"))) == {
        "role": "r",
        "code": rpc.UNKNOWN,
    }
