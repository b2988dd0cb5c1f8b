"""Where a provider instance works, and how long it waits."""

from __future__ import annotations

import pytest

from localcloud.provider import configuration, shapes
from localcloud.provider.cloud import CallError, Cloud, require_loopback
from localcloud.provider.configuration import Server, cloud_for
from localcloud.provider.errors import CancelledError, ProviderError
from localcloud.provider.tagging import as_tags, from_tags, tags_member

LOCAL = Server(endpoint="http://127.0.0.1:1", account="000000000000")


def test_the_one_allowed_account_is_worked_in() -> None:
    cloud = cloud_for(LOCAL, {"allowedAccountIds": '["123456789012"]', "region": "eu-west-1"})
    assert (cloud.account, cloud.access_key, cloud.region) == ("123456789012", "123456789012", "eu-west-1")


def test_default_tags_come_as_json_or_as_an_object() -> None:
    for tags in ('{"tags": {"a": "b"}}', {"tags": {"a": "b"}}):
        assert cloud_for(LOCAL, {"defaultTags": tags}).default_tags == {"a": "b"}


def test_the_account_must_be_among_several_allowed_ones() -> None:
    with pytest.raises(ProviderError, match="is not among aws:allowedAccountIds"):
        cloud_for(LOCAL, {"allowedAccountIds": ["1" * 12, "2" * 12]})


def test_key_and_region_come_from_the_environment() -> None:
    server = Server.from_environment("", {"AWS_ACCESS_KEY_ID": "123456789012", "AWS_REGION": "eu-west-1"})
    assert (server.account, server.region) == ("123456789012", "eu-west-1")


@pytest.mark.parametrize("endpoint", ["http://127.0.0.1:1", "http://localhost:1", "http://[::1]:1"])
def test_this_machines_addresses_are_allowed(endpoint: str) -> None:
    require_loopback(endpoint)


@pytest.mark.parametrize("endpoint", ["https://sqs.us-east-1.amazonaws.com", "http://10.0.0.1:1", "nonsense"])
def test_other_addresses_are_refused(endpoint: str) -> None:
    with pytest.raises(ProviderError, match="is not on this machine"):
        require_loopback(endpoint)


def test_waiting_ends_with_a_sentence_when_the_time_is_over() -> None:
    patient = Cloud().view(region=None, patience=0.01)
    with pytest.raises(ProviderError, match="the moon did not happen within"):
        patient.wait(lambda: False, what="the moon")


def test_waiting_ends_when_the_engine_cancels() -> None:
    cloud = Cloud()
    cloud.view(region="eu-west-1", patience=5).cancelled.set()
    with pytest.raises(CancelledError):
        cloud.wait(lambda: False, what="the moon")


def test_a_call_without_an_endpoint_says_what_to_start() -> None:
    with pytest.raises(ProviderError, match="omnitrack local up"):
        Cloud().call("sqs", "ListQueues", {})


@pytest.mark.parametrize(
    "code", ["ResourceNotFoundException", "NoSuchEntity", "QueueDoesNotExist.NonExistentQueue"]
)
def test_codes_that_mean_not_found(code: str) -> None:
    assert CallError("Get", code, "").means_not_found()


def test_other_codes_do_not_mean_not_found_unless_the_row_says_so() -> None:
    error = CallError("Get", "UnauthorizedException", "")
    assert not error.means_not_found()
    assert error.means_not_found(("UnauthorizedException",))


@pytest.mark.parametrize(
    ("service", "operation", "form"),
    [
        ("iam", "TagRole", [{"Key": "a", "Value": "b"}]),
        ("kms", "TagResource", [{"TagKey": "a", "TagValue": "b"}]),
        ("logs", "TagResource", {"a": "b"}),
        ("sqs", "TagQueue", {"a": "b"}),
    ],
)
def test_tags_take_the_form_that_the_shape_wants_and_come_back(
    service: str, operation: str, form: object
) -> None:
    _, shape = tags_member(shapes.operation(service, operation).input_shape)
    assert as_tags(shape, {"a": "b"}) == form
    assert from_tags(form) == {"a": "b"}


def test_tags_of_aws_itself_are_not_the_programs() -> None:
    assert from_tags({"aws:cloudformation:stack-name": "x", "a": "b"}) == {"a": "b"}


@pytest.mark.parametrize(
    ("settings", "is_local", "expected"),
    [
        ({"regoin": "us-east-1"}, False, [("regoin", "is not known: did you mean region?")]),
        ({"assumeRoles": [{"roleArn": "r"}]}, False, []),
        ({"assumeRoles": []}, True, []),
        ({"version": "7.0.0", "skipMetadataApiCheck": True}, True, []),
    ],
)
def test_settings_are_those_of_the_package(
    settings: dict[str, object], *, is_local: bool, expected: list[tuple[str, str]]
) -> None:
    assert list(configuration.problems(settings, is_local=is_local)) == expected


def test_a_role_to_assume_is_refused_where_resources_are_made() -> None:
    (key, sentence), *_ = configuration.problems({"assumeRoles": [{"roleArn": "r"}]}, is_local=True)
    assert key == "assumeRoles"
    assert sentence.startswith("must be left out here")
