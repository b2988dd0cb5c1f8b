"""Tags as services answer them."""

from typing import Any

import pytest

from localcloud.provider import services, tagging
from localcloud.provider.cloud import Cloud


@pytest.mark.parametrize(
    ("type_", "answer"),
    [
        ("aws:lambda/function:Function", {"Tags": {"TagList": "mine"}}),
        ("aws:kms/key:Key", {"Tags": [{"TagKey": "TagList", "TagValue": "mine"}]}),
        (
            "aws:wafv2/webAcl:WebAcl",
            {"TagInfoForResource": {"TagList": [{"Key": "TagList", "Value": "mine"}]}},
        ),
        (
            "aws:cloudfront/function:Function",
            {"Tags": {"Items": [{"Key": "TagList", "Value": "mine"}]}},
        ),
    ],
)
def test_tags_are_read_from_any_form_also_one_named_like_a_wrapping(
    monkeypatch: pytest.MonkeyPatch, type_: str, answer: dict[str, Any]
) -> None:
    monkeypatch.setattr(Cloud, "call", lambda *_: answer)
    values = {"arn": "arn:aws:x", "keyId": "1"}
    assert tagging.read_tags(services.resource(type_), Cloud(), values) == {"TagList": "mine"}


def test_tags_are_added_and_removed_in_the_form_that_the_call_wants(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[tuple[Any, ...]] = []
    monkeypatch.setattr(Cloud, "call", lambda _, *call: calls.append(call))
    row = services.resource("aws:cloudfront/function:Function")
    tagging.retag(row, Cloud(), {"arn": "arn:aws:x"}, old={"a": "1"}, new={"b": "2"})
    assert calls == [
        ("cloudfront", "UntagResource", {"Resource": "arn:aws:x", "TagKeys": {"Items": ["a"]}}),
        (
            "cloudfront",
            "TagResource",
            {"Resource": "arn:aws:x", "Tags": {"Items": [{"Key": "b", "Value": "2"}]}},
        ),
    ]
