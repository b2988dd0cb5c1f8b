"""A part is mended until nothing is left to mend, and a look changes nothing."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from runbook.bootstrap.bucket import Bucket, key_in_use
from runbook.bootstrap.identities import Issuer
from runbook.bootstrap.key import Key
from runbook.bootstrap.names import Names
from runbook.bootstrap.parts import ROUNDS, Difference, converge, found, holds, same_document
from runbook.errors import RunbookError

NAMES = Names(stack="staging", account="123456789012", region="eu-west-1", prefix="omnitrack-staging")


def refusal(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "no"}}, "Operation")


@dataclass
class Lamp:
    """A part with states that have to be reached one after the other, and errors on the way."""

    wanted: list[str]
    errors: list[ClientError] = field(default_factory=list)
    reached: list[str] = field(default_factory=list)
    sticks: bool = True
    title: str = "lamp"

    def differences(self) -> list[Difference]:
        missing = [state for state in self.wanted if state not in self.reached]
        return [Difference(text=state, mend=partial(self._mend, state)) for state in missing[:1]]

    def _mend(self, state: str) -> None:
        if self.errors:
            raise self.errors.pop()
        if self.sticks:
            self.reached.append(state)


def run(lamp: Lamp, *, dry_run: bool = False) -> tuple[tuple[str, ...], list[float]]:
    pauses: list[float] = []
    return converge(lamp, dry_run=dry_run, pause=pauses.append).changes, pauses


def test_what_shows_only_after_a_change_is_mended_too() -> None:
    lamp = Lamp(["made", "lit"])
    assert run(lamp) == (("made", "lit"), [])
    assert lamp.reached == ["made", "lit"]


def test_what_is_as_it_should_be_stays() -> None:
    assert run(Lamp(["made"], reached=["made"])) == ((), [])


def test_a_look_tells_and_changes_nothing() -> None:
    lamp = Lamp(["made", "lit"])
    assert run(lamp, dry_run=True) == (("made",), [])
    assert lamp.reached == []


def test_what_aws_does_not_know_yet_is_tried_again_after_a_pause() -> None:
    changes, pauses = run(Lamp(["made"], errors=[refusal("NoSuchEntity")] * 2))
    assert changes == ("made",)
    assert len(pauses) == 2


@pytest.mark.parametrize("code", ["AlreadyExistsException", "EntityAlreadyExists"])
def test_what_was_made_and_is_not_shown_yet_is_waited_for(code: str) -> None:
    changes, pauses = run(Lamp(["made"], errors=[refusal(code)]))
    assert (changes, len(pauses)) == (("made",), 1)


@pytest.mark.parametrize("code", ["AccessDenied", "MalformedPolicyDocument", "LimitExceeded"])
def test_what_aws_refuses_is_not_tried_again(code: str) -> None:
    lamp = Lamp(["made"], errors=[refusal(code)])
    with pytest.raises(ClientError, match=code):
        run(lamp)
    assert lamp.reached == []


def test_what_aws_never_comes_to_know_ends() -> None:
    with pytest.raises(ClientError, match="NoSuchEntity"):
        run(Lamp(["made"], errors=[refusal("NoSuchEntity")] * ROUNDS))


def test_what_does_not_stay_is_a_fault() -> None:
    with pytest.raises(
        RunbookError, match=r"lamp does not stay as it was put \(made\): run the command again"
    ):
        run(Lamp(["made"], sticks=False))


def test_an_absent_thing_is_no_fault() -> None:
    def gone() -> dict[str, str]:
        raise refusal("NoSuchEntity")

    assert found(gone, "NoSuchEntity") is None
    assert found(lambda: {"a": "b"}, "NoSuchEntity") == {"a": "b"}
    with pytest.raises(ClientError):
        found(gone, "NoSuchBucketPolicy")


@pytest.mark.parametrize(
    ("left", "right", "answer"),
    [
        ({"Action": ["a"]}, {"Action": "a"}, True),
        ({"Action": ["a", "b"]}, {"Action": ["b", "a"]}, True),
        ('{"Action": "a"}', {"Action": ["a"]}, True),
        ({"Action": ["a", "b"]}, {"Action": ["a"]}, False),
        ({"Effect": "Allow"}, {"Effect": "Deny"}, False),
        (None, {"Effect": "Deny"}, False),
    ],
)
def test_policies_are_compared_by_what_they_say(
    left: str | dict[str, object] | None, right: dict[str, object], *, answer: bool
) -> None:
    assert same_document(left, right) is answer


@pytest.mark.parametrize(
    ("answered", "wanted", "answer"),
    [
        ({"a": 1, "new": 2}, {"a": 1}, True),
        ([{"a": 1, "new": 2}], [{"a": 1}], True),
        ({"a": 1}, {"a": 2}, False),
        ({}, {"a": 1}, False),
        ([{"a": 1}, {"b": 2}], [{"a": 1}], False),
        (None, [{"a": 1}], False),
        (None, {"a": 1}, False),
        ("Enabled", "Enabled", True),
        (None, "Enabled", False),
    ],
)
def test_an_answer_may_have_more_members_and_no_other_values(
    answered: object, wanted: object, *, answer: bool
) -> None:
    assert holds(answered, wanted) is answer


def test_an_identity_provider_that_others_use_is_kept_and_admits_the_audience_too() -> None:
    admitted: list[str] = ["sigstore"]
    iam = SimpleNamespace(
        get_open_id_connect_provider=lambda **_: {"ClientIDList": admitted},
        add_client_id_to_open_id_connect_provider=lambda **call: admitted.append(call["ClientID"]),
    )
    issuer: Any = Issuer(names=NAMES, iam=iam)
    assert converge(issuer, dry_run=False).changes == ("audience sts.amazonaws.com admitted",)
    assert admitted == ["sigstore", "sts.amazonaws.com"]


def test_a_bucket_of_another_account_is_not_written_to() -> None:
    asked: list[dict[str, str]] = []

    def head_bucket(**call: str) -> None:
        asked.append(call)
        raise refusal("403")

    s3 = SimpleNamespace(head_bucket=head_bucket)  # which has nothing else that could be called
    bucket = Bucket(names=NAMES, s3=s3, key=Key(names=NAMES, kms=None, in_use=lambda: None))
    with pytest.raises(RunbookError, match="omnitrack-staging-state-123456789012 belongs to another account"):
        bucket.differences()
    assert asked == [{"Bucket": NAMES.bucket, "ExpectedBucketOwner": "123456789012"}]


def test_a_bucket_is_made_in_the_region_of_the_stack() -> None:
    made: list[dict[str, Any]] = []

    def head_bucket(**_: str) -> None:
        raise refusal("404")

    s3 = SimpleNamespace(head_bucket=head_bucket, create_bucket=lambda **call: made.append(call))
    (difference,) = Bucket(
        names=NAMES, s3=s3, key=Key(names=NAMES, kms=None, in_use=lambda: None)
    ).differences()
    difference.mend()
    assert made == [
        {
            "Bucket": NAMES.bucket,
            "ObjectOwnership": "BucketOwnerEnforced",
            "CreateBucketConfiguration": {"LocationConstraint": "eu-west-1"},
        }
    ]


@pytest.mark.parametrize(
    ("encryption", "key"),
    [
        ({"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": "arn:key"}, "arn:key"),
        ({"SSEAlgorithm": "aws:kms"}, None),
        ({"SSEAlgorithm": "AES256"}, None),
        (None, None),
    ],
)
def test_the_bucket_tells_the_key_that_it_uses(encryption: dict[str, str] | None, key: str | None) -> None:
    def get_bucket_encryption(**_: str) -> dict[str, Any]:
        if encryption is None:
            raise refusal("ServerSideEncryptionConfigurationNotFoundError")
        rules = [{"ApplyServerSideEncryptionByDefault": encryption}]
        return {"ServerSideEncryptionConfiguration": {"Rules": rules}}

    s3 = SimpleNamespace(head_bucket=lambda **_: {}, get_bucket_encryption=get_bucket_encryption)
    assert key_in_use(s3, NAMES) == key


def test_without_a_bucket_no_key_is_in_use() -> None:
    def head_bucket(**_: str) -> None:
        raise refusal("404")

    assert key_in_use(SimpleNamespace(head_bucket=head_bucket), NAMES) is None
