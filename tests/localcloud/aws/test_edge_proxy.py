"""The form in which a function has to answer a proxy integration."""

import pytest

from localcloud.aws import proxy


@pytest.mark.parametrize(
    "answer",
    [
        {"statusCode": 200},
        {"statusCode": "201", "body": "made"},
        {"statusCode": 200, "body": None, "headers": {"a": "b", "n": 1}},
        {"statusCode": 200, "body": "", "headers": None, "isBase64Encoded": True},
        {"statusCode": 200, "body": "", "multiValueHeaders": {"Set-Cookie": ["a=1", "b=2"]}},
    ],
    ids=str,
)
def test_answers_of_the_documented_form_have_no_fault(answer: object) -> None:
    assert proxy.fault(answer) is None


@pytest.mark.parametrize(
    ("answer", "named"),
    [
        (None, "NoneType"),
        ("text", "str"),
        ([{"statusCode": 200}], "list"),
        ({}, "statusCode None"),
        ({"statusCode": "soon"}, "statusCode soon"),
        ({"statusCode": 99}, "statusCode 99"),
        ({"statusCode": 600}, "statusCode 600"),
        ({"statusCode": 200, "body": {"not": "text"}}, "body"),
        ({"statusCode": 200, "cookies": []}, "cookies"),
        ({"statusCode": 200, "headers": {"a": ["b"]}}, "headers"),
        ({"statusCode": 200, "headers": ["a"]}, "headers"),
        ({"statusCode": 200, "multiValueHeaders": {"a": "b"}}, "multiValueHeaders"),
        ({"statusCode": 200, "headers": {"a": "b\r\nSet-Cookie: c"}}, "control characters"),
        ({"statusCode": 200, "headers": {"a\n": "b"}}, "control characters"),
        ({"statusCode": 200, "multiValueHeaders": {"a": ["b", "c\n"]}}, "control characters"),
        ({"statusCode": 200, "body": "a" * 6_291_556}, "bytes"),
    ],
    ids=lambda value: str(value)[:60],
)
def test_answers_of_another_form_have_their_fault_named(answer: object, named: str) -> None:
    assert named in str(proxy.fault(answer))
