"""The names of a bootstrap follow from the stack's settings, and reach no other stack."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from runbook import stacks, targets
from runbook.bootstrap.account import names_of
from runbook.errors import RunbookError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from runbook.bootstrap.names import Names


def test_the_names_follow_from_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    staging = {"omnitrack:stackName": "omnitrack-blue", "omnitrack:dynamodbTableName": "old"}
    monkeypatch.setattr("runbook.stacks.settings", lambda stack: staging if stack == "staging" else {})
    target = targets.Target(
        stack="staging", account="123456789012", cloud=None, region="eu-central-1", outputs={}
    )
    names = names_of(target)
    assert (names.prefix, names.own, names.tables) == ("omnitrack-blue", "omnitrack-staging", ("old",))
    assert names.table_arns == ["arn:aws:dynamodb:eu-central-1:123456789012:table/old"]


def test_the_setting_of_the_stacks_names_the_boundary_that_is_made() -> None:
    for stack in ("staging", "production"):
        target = targets.open_account(stack, local=False, live=True)
        assert names_of(target).boundary == stacks.settings(stack)["omnitrack:permissionsBoundary"]


def names_with(monkeypatch: pytest.MonkeyPatch, **settings: Mapping[str, object]) -> Names:
    """The names of staging in an account that is production's, too, unless its settings say otherwise."""
    monkeypatch.setattr("runbook.stacks.settings", lambda stack: settings.get(stack, {}))
    return names_of(
        targets.Target(stack="staging", account="123456789012", cloud=None, region="us-east-1", outputs={})
    )


@pytest.mark.parametrize(
    "prefix", ["omnitrack", "omnitrack-production", "omnitrack-production-state", "omni"]
)
def test_a_name_that_covers_another_stack_of_the_account_is_refused(
    monkeypatch: pytest.MonkeyPatch, prefix: str
) -> None:
    named = {"omnitrack:stackName": prefix}
    with pytest.raises(RunbookError, match=r"covers names of (development|production) .* choose a name"):
        names_with(monkeypatch, staging=named)
    elsewhere = {"aws:allowedAccountIds": ["210987654321"]}
    assert (
        names_with(monkeypatch, staging=named, production=elsewhere, development=elsewhere).prefix == prefix
    )


def test_two_stacks_of_an_account_do_not_share_a_name(monkeypatch: pytest.MonkeyPatch) -> None:
    named = {"omnitrack:stackName": "twin"}
    with pytest.raises(RunbookError, match=r"twin-\*.* covers names of production"):
        names_with(monkeypatch, staging=named, production=named)


@pytest.mark.parametrize(("setting", "answer"), [(True, True), (False, False), (None, True)])
def test_a_stack_protects_its_data_unless_its_settings_say_otherwise(
    monkeypatch: pytest.MonkeyPatch, *, setting: bool | None, answer: bool
) -> None:
    assert names_with(monkeypatch, staging={"omnitrack:deletionProtection": setting}).is_protected is answer
