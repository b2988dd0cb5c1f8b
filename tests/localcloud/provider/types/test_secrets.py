"""What becomes of a secret and its versions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from localcloud.provider import services
from localcloud.provider.check import check

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.localcloud.provider.types.scene import Scene

SECRET = "aws:secretsmanager/secret:Secret"
VERSION = "aws:secretsmanager/secretVersion:SecretVersion"


def faults(type_: str, **inputs: Any) -> dict[str, str]:
    _, failures = check(services.resource(type_), inputs, old_inputs={}, name="n", seed=b"s")
    return {failure.property: failure.reason for failure in failures}


@pytest.mark.cloud
@pytest.mark.parametrize(("days", "left"), [(0, False), (7, True)])
def test_the_days_of_recovery_decide_whether_a_deleted_secret_may_come_back(
    scene_of: Callable[[str], Scene], *, days: int, left: bool
) -> None:
    it = scene_of(SECRET)
    it.create(it.check({"name": "edge", "recoveryWindowInDays": days}))
    it.delete()
    listed = it.aws("secretsmanager").list_secrets(IncludePlannedDeletion=True)["SecretList"]
    assert bool(listed) is left


@pytest.mark.cloud
def test_a_version_that_the_program_drops_leaves_the_current_value(scene_of: Callable[[str], Scene]) -> None:
    it = scene_of(VERSION)
    secret = it.make(SECRET, name="edge")["arn"]
    it.create(it.check({"secretId": secret, "secretString": "only"}))
    it.delete()
    found = it.aws("secretsmanager").get_secret_value(SecretId=secret)
    assert (found["SecretString"], found["VersionStages"]) == ("only", ["AWSCURRENT"])


@pytest.mark.cloud
def test_a_newer_version_makes_the_older_one_the_previous_and_no_drift(
    scene_of: Callable[[str], Scene],
) -> None:
    it = scene_of(VERSION)
    secret = it.make(SECRET, name="edge")["arn"]
    program = {"secretId": secret, "secretString": "first"}
    it.create(it.check(program))
    it.make(VERSION, secretId=secret, secretString="second")
    assert it.refresh() == set()
    assert it.diff(it.check(program, it.inputs)).names == set()
    assert it.outputs["versionStages"] == ["AWSPREVIOUS"]
    it.delete()
    stages = it.aws("secretsmanager").describe_secret(SecretId=secret)["VersionIdsToStages"]
    assert list(stages.values()) == [["AWSCURRENT"]]


@pytest.mark.cloud
def test_bytes_go_through_in_base64(scene_of: Callable[[str], Scene]) -> None:
    it = scene_of(VERSION)
    secret = it.make(SECRET, name="edge")["arn"]
    it.create(it.check({"secretId": secret, "secretBinary": "AP8="}))
    assert it.aws("secretsmanager").get_secret_value(SecretId=secret)["SecretBinary"] == b"\x00\xff"
    assert it.refresh() == set()


@pytest.mark.parametrize(
    ("type_", "inputs", "property_", "words"),
    [
        (SECRET, {"recoveryWindowInDays": 3}, "recoveryWindowInDays", "must be one of 0, 7, 8"),
        (SECRET, {"replicas": [{"region": "eu-west-1"}]}, "replicas", "keeps a secret in one region"),
        (VERSION, {"secretId": "edge"}, "secretString", "is required, or secretBinary"),
        (
            VERSION,
            {"secretId": "e", "secretString": "a", "secretBinary": "YQ=="},
            "secretBinary",
            "must be left out beside secretString",
        ),
        (VERSION, {"secretId": "e", "secretBinary": "?"}, "secretBinary", "must be base64"),
        (VERSION, {"secretId": "e", "secretStringWo": "a"}, "secretStringWo", "use secretString"),
    ],
)
def test_what_cannot_be_is_refused_with_the_property(
    type_: str, inputs: dict[str, Any], property_: str, words: str
) -> None:
    assert words in faults(type_, **inputs)[property_]
