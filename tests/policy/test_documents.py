"""Policy documents: how they are read, and what a condition is worth."""

import json
from typing import Any

import pytest
from pulumi_policy import proxy

from policy.documents import (
    CALLERS,
    UNREADABLE,
    DocumentError,
    Principal,
    Statement,
    is_narrow_arn,
    is_network,
    judge_allowed,
    limits,
    matches,
    names_everybody,
    statements,
)
from policy.graph import ABSENT, UNKNOWN, plain
from policy.predicates import worst


def only(document: object) -> Statement:
    found = statements(document)
    assert found is not UNKNOWN
    (statement,) = found
    assert isinstance(statement, Statement)
    return statement


def allow(**elements: Any) -> dict[str, Any]:
    return {"Statement": [{"Effect": "Allow", **elements}]}


def fault_of_any(statement: Statement) -> str | None:
    return "allows" if statement.actions else None


def test_text_and_structure_read_alike() -> None:
    document = allow(Action="s3:GetObject", Resource=["a", "b"], Principal={"AWS": "c"})
    assert only(document) == only(json.dumps(document)) == only(plain({"__defaults": [], **document}))


def test_one_value_is_a_list_of_one() -> None:
    single = allow(Action="s3:GetObject", NotResource="a", Condition={"Bool": {"k": "true"}})
    listed = allow(Action=["s3:GetObject"], NotResource=["a"], Condition={"Bool": {"k": ["true"]}})
    assert only(single) == only(listed)


def test_one_statement_needs_no_list() -> None:
    assert statements({"Statement": {"Effect": "Deny"}}) == statements({"Statement": [{"Effect": "Deny"}]})


def test_every_element_has_its_place() -> None:
    read = only(
        allow(
            Action="S3:GetObject",
            NotAction="IAM:*",
            Resource="arn:R",
            NotResource="arn:N",
            Principal={"AWS": ["a"], "Service": "s"},
            NotPrincipal="*",
            Condition={"StringEquals": {"AWS:SourceAccount": 123456789012.0}, "Bool": {"a": True}},
        )
    )
    assert (read.actions, read.not_actions) == (("s3:getobject",), ("iam:*",))
    assert (read.resources, read.not_resources) == (("arn:R",), ("arn:N",))
    assert read.principals == (Principal(kind="aws", value="a"), Principal(kind="service", value="s"))
    assert read.not_principals == (Principal(kind="*", value="*"),)
    assert [(one.operator, one.key, one.values) for one in read.conditions] == [
        ("stringequals", "aws:sourceaccount", ("123456789012",)),
        ("bool", "a", ("true",)),
    ]


def test_a_fraction_stays_one() -> None:
    assert only(allow(Condition={"NumericLessThan": {"s3:TlsVersion": 1.2}})).conditions[0].values == ("1.2",)


@pytest.mark.parametrize(
    ("number", "text"), [("123456789012", "123456789012"), ("1e400", "inf"), ("NaN", "nan")]
)
def test_a_number_is_read_as_a_text(number: str, text: str) -> None:
    document = f'{{"Statement": {{"Effect": "Allow", "Condition": {{"a": {{"b": {number}}}}}}}}}'
    assert only(document).conditions[0].values == (text,)


def test_null_elements_are_left_out() -> None:
    assert only('{"Statement": [{"Effect": "Allow", "Action": null, "Condition": null}]}') == only(allow())


@pytest.mark.parametrize("document", [ABSENT, "", "{}", {}, {"Statement": []}, {"Version": "2012-10-17"}])
def test_a_document_without_statements_has_none(document: object) -> None:
    assert statements(document) == ()


@pytest.mark.parametrize("document", [UNKNOWN, {"Statement": UNKNOWN}])
def test_an_unknown_document_is_unknown(document: object) -> None:
    assert statements(document) is UNKNOWN
    assert judge_allowed(document, fault_of_any) is UNKNOWN


def test_an_unknown_text_inside_a_text_is_unknown() -> None:
    document = json.dumps({"Statement": [proxy.UNKNOWN_OBJECT_VALUE, {"Effect": "Deny"}]})
    assert statements(document) == (UNKNOWN, only({"Statement": {"Effect": "Deny"}}))


def test_unknown_parts_stay_where_they_are() -> None:
    read = only(
        allow(Action=["a:b", UNKNOWN], Resource=UNKNOWN, Principal={"AWS": UNKNOWN}, Condition=UNKNOWN)
    )
    assert read.actions == ("a:b", UNKNOWN)
    assert read.resources == (UNKNOWN,)
    assert read.principals == (Principal(kind="aws", value=UNKNOWN),)
    assert limits(read, CALLERS) is UNKNOWN
    assert limits(only(allow(Condition={"Bool": UNKNOWN})), CALLERS) is UNKNOWN
    assert names_everybody(only(allow(Principal=UNKNOWN))) is UNKNOWN


@pytest.mark.parametrize(
    "document",
    [
        "Statement",
        "[]",
        "1",
        '"text"',
        "[" * 100_000,
        7.0,
        {"Statement": "text"},
        {"Statement": [1]},
        {"Statement": [{}]},
        {"Statement": [{"Effect": "allow"}]},
        {"Statement": [{"Effect": ["Allow"]}]},
        allow(Action={"a": "b"}),
        allow(Action=[["a"]]),
        allow(Principal=["*"]),
        allow(Condition="text"),
        allow(Condition={"Bool": "text"}),
    ],
    ids=lambda document: repr(document)[:40],
)
def test_what_is_no_document_is_a_fault_and_says_nothing_of_it(document: object) -> None:
    with pytest.raises(DocumentError) as raised:
        statements(document)
    assert str(raised.value) in {
        "the text is no JSON",
        "an object is missing",
        "a statement has no effect",
        "a text is missing",
    }
    assert raised.value.__cause__ is None
    assert judge_allowed(document, fault_of_any) == UNREADABLE


def test_a_fault_comes_before_what_is_undecided() -> None:
    assert worst([None, UNKNOWN, "first", "second"]) == "first"
    assert worst([None, UNKNOWN]) is UNKNOWN
    assert worst([None]) is None


def test_one_match_decides_over_what_is_unknown() -> None:
    assert matches((UNKNOWN, "a"), str.islower) is True
    assert matches((UNKNOWN, "A"), str.islower) is UNKNOWN
    assert matches(("A",), str.islower) is False
    assert matches((), str.islower) is False


@pytest.mark.parametrize(
    ("arn", "narrow"),
    [
        ("arn:aws:sns:eu-west-1:123456789012:orders", True),
        ("arn:aws-cn:sns:*:123456789012:*", True),
        ("arn:aws:s3:::orders", True),
        ("arn:aws:s3:*:*:orders", True),
        ("arn:aws:apigateway:eu-west-1::/restapis/a1b2", True),
        ("arn:aws:s3:::orders*", False),
        ("arn:aws:s3:::", False),
        ("arn:aws:sns:eu-west-1:*:orders", False),
        ("arn:aws:sns:eu-west-1:${aws:PrincipalAccount}:orders", False),
        ("arn:aws:sns:eu-west-1:${aws:ResourceAccount}:orders", True),
        ("arn:aws:sns:*", False),
        ("urn:aws:sns:eu-west-1:123456789012:orders", False),
    ],
)
def test_an_arn_is_narrow_when_it_names_an_account_or_a_bucket(arn: str, narrow: bool) -> None:  # noqa: FBT001
    assert is_narrow_arn(arn) is narrow


@pytest.mark.parametrize(
    ("network", "narrow"),
    [
        ("203.0.113.7", True),
        ("10.0.0.0/8", True),
        ("10.0.0.1/8", True),
        ("0.0.0.0/7", False),
        ("2001:db8::/32", True),
        ("2001::/31", False),
        ("*", False),
    ],
)
def test_a_network_is_narrow_when_aws_does_not_call_it_public(network: str, narrow: bool) -> None:  # noqa: FBT001
    assert is_network(network) is narrow
