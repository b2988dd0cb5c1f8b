"""The rules of event filters, each with a record that meets them and one that does not."""

import json
from typing import Any

import pytest

from localcloud.aws.stream_filters import passes


def record(**fields: Any) -> dict[str, Any]:
    return {"eventName": "INSERT", "dynamodb": {"NewImage": fields}}


@pytest.mark.parametrize(
    ("rule", "met", "unmet"),
    [
        ({"S": ["a", "b"]}, {"S": "b"}, {"S": "c"}),
        ({"S": [{"prefix": "NODE#"}]}, {"S": "NODE#1"}, {"S": "LANE#1"}),
        ({"S": [{"suffix": "-1"}]}, {"S": "n-1"}, {"S": "n-2"}),
        ({"S": [{"equals-ignore-case": "a"}]}, {"S": "A"}, {"S": "b"}),
        ({"S": [{"anything-but": ["a"]}]}, {"S": "b"}, {"S": "a"}),
        ({"S": [{"anything-but": {"prefix": "a"}}]}, {"S": "ba"}, {"S": "ab"}),
        ({"S": [{"anything-but": ["a"]}]}, {"S": "b"}, {"N": "1"}),
        ({"S": [{"exists": True}]}, {"S": ""}, {"N": "1"}),
        ({"S": [{"exists": False}]}, {"N": "1"}, {"S": "a"}),
        ({"BOOL": [True]}, {"BOOL": True}, {"BOOL": 1}),
        ({"NULL": [None]}, {"NULL": None}, {"NULL": "null"}),
        ({"n": [{"numeric": [">", 0, "<=", 5]}]}, {"n": 5}, {"n": 6}),
        ({"N": ["5"]}, {"N": "5"}, {"N": 5}),
        ({"n": [{"numeric": ["=", 5]}]}, {"n": 5.0}, {"n": "5"}),
        ({"SS": ["a"]}, {"SS": ["b", "a"]}, {"SS": ["b"]}),
        ({"$or": [{"S": ["a"]}, {"N": ["1"]}]}, {"N": "1"}, {"S": "b"}),
        ({"S": ["a"], "N": ["1"]}, {"S": "a", "N": "1"}, {"S": "a"}),
    ],
)
def test_a_rule_lets_through_what_meets_it_only(
    rule: dict[str, Any], met: dict[str, Any], unmet: dict[str, Any]
) -> None:
    pattern = json.dumps({"dynamodb": {"NewImage": {"value": rule}}})
    mapping = {"FilterCriteria": {"Filters": [{"Pattern": pattern}]}}
    assert [passes(mapping, record(value=value)) for value in (met, unmet)] == [True, False]


def test_what_lacks_the_part_that_a_rule_is_about_may_be_what_the_rule_wants() -> None:
    pattern = json.dumps({"dynamodb": {"OldImage": {"value": {"S": [{"exists": False}]}}}})
    assert passes({"FilterCriteria": {"Filters": [{"Pattern": pattern}]}}, record())


def test_one_of_several_filters_suffices_and_none_lets_everything_through() -> None:
    patterns = [{"eventName": ["REMOVE"]}, {"eventName": ["INSERT"]}]
    filters = [{"Pattern": json.dumps(pattern)} for pattern in patterns]
    assert passes({"FilterCriteria": {"Filters": filters}}, record())
    assert not passes({"FilterCriteria": {"Filters": filters[:1]}}, record())
    assert passes({}, record())
