"""Which actions a policy can allow on a named resource, by the list that cfn-lint carries."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from unittest import mock

import pytest

from policy import actions
from policy.actions import NEED_NO_RESOURCE, ActionsError, could_name_a_resource, like
from policy.rules.named_resources import WRITES_ALL_LOGS

ROOT = Path(__file__).parents[2]


@pytest.fixture
def unread() -> Iterator[None]:
    """The list as if nobody had asked for it yet."""
    actions._kinds.cache_clear()
    yield
    actions._kinds.cache_clear()


@pytest.mark.parametrize(
    ("action", "could"),
    [
        ("dynamodb:getitem", True),
        ("dynamodb:listtables", False),
        ("xray:put*", False),
        ("kms:?enerate*", True),
        ("kms:generaterando?", False),
        ("cloudwatch:putmetricdata", False),
        ("cloudwatch:putmetric*", True),
        ("*", True),
        ("kms:*", True),
        ("kms:nothing", True),
        ("madeup:getit", True),
        ("", True),
    ],
)
def test_an_action_could_name_a_resource_unless_aws_lists_none(action: str, could: bool) -> None:  # noqa: FBT001
    assert could_name_a_resource(action) is could


def test_the_exceptions_are_actions_with_resources() -> None:
    for action in NEED_NO_RESOURCE:
        service, _, name = action.partition(":")
        assert actions._kinds()[service][name], action


def test_the_actions_of_api_gateway_are_listed() -> None:
    assert {action.partition(":")[2] for action in WRITES_ALL_LOGS} <= actions._kinds()["logs"].keys()


@pytest.mark.parametrize(
    ("text", "pattern", "matches"),
    [
        ("getitem", "get*", True),
        ("getitem", "?etitem", True),
        ("getitem", "[g]etitem", False),
        ("[g]", "[g]", True),
    ],
)
def test_brackets_are_no_pattern_of_iam(text: str, pattern: str, matches: bool) -> None:  # noqa: FBT001
    assert like(text, pattern) is matches


def test_the_list_is_read_without_running_cfn_lint() -> None:
    script = (
        "import sys; from policy.actions import could_name_a_resource as could; "
        "assert could('kms:decrypt'); assert 'cfnlint' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", script], check=True, cwd=ROOT)


def test_the_list_is_read_only_when_asked_for() -> None:
    script = (
        "from policy.actions import _kinds; from policy.documents import judge_allowed; "
        "from policy.rules.named_resources import resources_named as named; "
        "statement = {'Effect': 'Allow', 'Action': 's3:GetObject', 'Resource': 'arn:aws:s3:::data/*'}; "
        "assert judge_allowed({'Statement': statement}, named) is None; "
        "assert not _kinds.cache_info().currsize; "
        "assert judge_allowed({'Statement': {**statement, 'Resource': '*'}}, named); "
        "assert _kinds.cache_info().currsize"
    )
    subprocess.run([sys.executable, "-c", script], check=True, cwd=ROOT)


@pytest.mark.usefixtures("unread")
def test_without_the_package_the_error_says_what_to_install() -> None:
    with (
        mock.patch.object(actions, "PACKAGE", "no_such_package"),
        pytest.raises(ActionsError, match="install"),
    ):
        could_name_a_resource("kms:decrypt")


@pytest.mark.usefixtures("unread")
@pytest.mark.parametrize("text", [None, "[", "[]", '{"kms": {}}', '{"kms": {"Actions": ["decrypt"]}}'])
def test_a_list_of_another_form_is_told(text: str | None, tmp_path: Path) -> None:
    if text is not None:
        (tmp_path / "list.json").write_text(text)
    with (
        mock.patch.object(actions, "PLACE", tmp_path / "list.json"),
        pytest.raises(ActionsError, match="has no list of actions"),
    ):
        could_name_a_resource("kms:decrypt")
