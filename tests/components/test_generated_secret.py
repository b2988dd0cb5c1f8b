"""A generated secret: made once per generation, secret in the state, and known to its account only."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from components.generated_secret import GeneratedSecret, GeneratedSecretArgs
from components.location import Location
from tests.support.program import Deployed, Monitor

SECRET, VERSION = "aws:secretsmanager/secret:Secret", "aws:secretsmanager/secretVersion:SecretVersion"
POLICY = "aws:secretsmanager/secretPolicy:SecretPolicy"
Deploy = Callable[[Callable[[], object]], Deployed]


@pytest.fixture
def args(location: Location, key: str) -> GeneratedSecretArgs:
    return GeneratedSecretArgs(
        secret_name="omnitrack-staging-edge",
        description="what the edge shows",
        location=location,
        key_arn=key,
        generation=3,
        recoverable=True,
    )


def test_the_current_generation_and_the_one_before_are_there_in_this_order(
    deploy: Deploy, args: GeneratedSecretArgs
) -> None:
    deployed = deploy(lambda: GeneratedSecret("edge", args))
    versions = {each.name: each for each in deployed.all(VERSION)}
    assert set(versions) == {"edge-2", "edge-3"}
    assert versions["edge-2"].urn in versions["edge-3"].depends_on, "the last one is AWS's current"
    assert len({each.inputs["secretString"] for each in versions.values()}) == 2


def test_the_first_generation_has_none_before(deploy: Deploy, args: GeneratedSecretArgs) -> None:
    made: list[GeneratedSecret] = []
    deployed = deploy(lambda: made.append(GeneratedSecret("edge", replace(args, generation=1))))
    assert [each.name for each in deployed.all(VERSION)] == ["edge-1"]
    assert len(made[0].values) == 1


def test_a_value_is_long_random_and_secret_in_the_state(deploy: Deploy, args: GeneratedSecretArgs) -> None:
    values = set()
    for _ in range(2):
        for version in deploy(lambda: GeneratedSecret("edge", args)).all(VERSION):
            assert version.secrets == {"secretString"}
            assert len(version.inputs["secretString"]) >= 43
            values.add(version.inputs["secretString"])
    assert len(values) == 4


def test_a_value_that_is_there_stays(
    deploy: Deploy, args: GeneratedSecretArgs, monkeypatch: pytest.MonkeyPatch
) -> None:
    ignored: dict[str, list[str]] = {}
    register = Monitor.RegisterResource

    def noting(self: Monitor, request: Any) -> Any:
        ignored[request.type] = list(request.ignoreChanges)
        return register(self, request)

    monkeypatch.setattr(Monitor, "RegisterResource", noting)
    deploy(lambda: GeneratedSecret("edge", args))
    assert ignored[VERSION] == ["secretString"]
    assert ignored[SECRET] == []


@pytest.mark.parametrize(("recoverable", "days"), [(True, 30), (False, 0)])
def test_a_name_is_free_again_at_once_where_nothing_is_protected(
    deploy: Deploy,
    args: GeneratedSecretArgs,
    key: str,
    recoverable: bool,  # noqa: FBT001 - a case
    days: int,
) -> None:
    secret = deploy(lambda: GeneratedSecret("edge", replace(args, recoverable=recoverable))).only(SECRET)
    assert secret["recoveryWindowInDays"] == days
    assert secret["kmsKeyId"] == key


def test_no_other_account_and_nobody_without_tls_gets_it(deploy: Deploy, args: GeneratedSecretArgs) -> None:
    policy = deploy(lambda: GeneratedSecret("edge", args)).one(POLICY)
    tls, own_account = policy.policy()
    assert (tls["Effect"], tls["Condition"]) == ("Deny", {"Bool": {"aws:SecureTransport": "false"}})
    assert own_account["Effect"] == "Deny"
    assert own_account["Condition"] == {"StringNotEquals": {"aws:PrincipalAccount": "123456789012"}}
    assert policy.inputs["blockPublicPolicy"] is True


def test_a_reader_may_read_this_secret_through_its_service(
    deploy: Deploy, args: GeneratedSecretArgs, key: str
) -> None:
    made: list[GeneratedSecret] = []
    deploy(lambda: made.append(GeneratedSecret("edge", args)))
    read, decrypt = made[0].reading
    assert read.actions == ("secretsmanager:GetSecretValue",)
    assert len(read.resources) == 1
    assert (decrypt.actions, decrypt.resources) == (("kms:Decrypt",), (key,))
    assert decrypt.conditions == {
        "StringEquals": {"kms:ViaService": "secretsmanager.us-east-1.amazonaws.com"}
    }
