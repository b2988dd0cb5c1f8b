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
    ],
)
def test_tags_are_read_from_any_form_also_one_named_like_a_wrapping(
    monkeypatch: pytest.MonkeyPatch, type_: str, answer: dict[str, Any]
) -> None:
    monkeypatch.setattr(Cloud, "call", lambda *_: answer)
    values = {"arn": "arn:aws:x", "keyId": "1"}
    assert tagging.read_tags(services.resource(type_), Cloud(), values) == {"TagList": "mine"}
