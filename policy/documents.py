"""IAM policy documents as the rules read them: statements in one form, unknown parts kept apart.

What each element means: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html
"""

import ipaddress
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from policy.graph import ABSENT, UNKNOWN, Link, Missing, every_link, plain
from policy.predicates import any_link, worst
from policy.rule import Verdict

UNREADABLE = "holds a policy document that cannot be read"

Values = tuple[object, ...]
"""Texts, with `UNKNOWN` in the place of each that is not known yet."""
Test = Callable[[str], bool]


class DocumentError(ValueError):
    """A text or value is no policy document. Its message holds nothing of the document."""


@dataclass(frozen=True, kw_only=True)
class Principal:
    """Who a statement is about: `kind` is `aws`, `service`, `federated` ... or `*`, in lower case."""

    kind: object
    value: object


@dataclass(frozen=True, kw_only=True)
class Condition:
    """One test of a statement; `operator` and `key` are in lower case, any of `values` satisfies it."""

    operator: object
    key: object
    values: Values


@dataclass(frozen=True, kw_only=True)
class Statement:
    """One statement; `actions` are in lower case, and an element that is left out is an empty tuple."""

    effect: object
    actions: Values
    not_actions: Values
    resources: Values
    not_resources: Values
    principals: tuple[Principal, ...]
    not_principals: tuple[Principal, ...]
    conditions: tuple[Condition, ...]

    def has_effect(self, wanted: Literal["Allow", "Deny"]) -> Link:
        """Whether it allows, or denies."""
        return UNKNOWN if self.effect is UNKNOWN else self.effect == wanted


Statements = tuple[Statement | Literal[Missing.UNKNOWN], ...] | Literal[Missing.UNKNOWN]


def statements(document: object) -> Statements:
    """Reads a document, given as JSON text or as a structured value.

    Args:
        document: what `Resource.read` returned.

    Returns:
        The statements; `UNKNOWN` in the place of one, or of all, that are not known yet.

    Raises:
        DocumentError: it is no policy document.
    """
    if isinstance(document, str) and document:
        try:
            document = plain(json.loads(document))
        except (ValueError, RecursionError):
            raise DocumentError("the text is no JSON") from None
    if document is UNKNOWN:
        return UNKNOWN
    if document is ABSENT or document == "":
        return ()
    found = _elements(document).get("statement", ABSENT)
    if found is UNKNOWN:
        return UNKNOWN
    return tuple(UNKNOWN if one is UNKNOWN else _statement(one) for one in _listed(found))


def judge_allowed(document: object, judge: Callable[[Statement], Verdict]) -> Verdict:
    """Judges each statement that allows something; a document that cannot be read is a fault."""
    try:
        found = statements(document)
    except DocumentError:
        return UNREADABLE
    if found is UNKNOWN:
        return UNKNOWN
    return worst(UNKNOWN if one is UNKNOWN else _if_allowed(one, judge) for one in found)


def _if_allowed(statement: Statement, judge: Callable[[Statement], Verdict]) -> Verdict:
    allowed = statement.has_effect("Allow")
    verdict = judge(statement) if allowed is not False else None
    return UNKNOWN if allowed is UNKNOWN and verdict is not None else verdict


def matches(values: Values, test: Test) -> Link:
    """Whether the test holds for one of the texts."""
    return any_link(test(value) if isinstance(value, str) else UNKNOWN for value in values)


def _elements(value: object) -> dict[str, object]:
    if not isinstance(value, Mapping):
        raise DocumentError("an object is missing")
    return {str(key).lower(): one for key, one in value.items()}


def _listed(value: object) -> list[object]:
    if value is ABSENT:
        return []
    return value if isinstance(value, list) else [value]


def _statement(value: object) -> Statement:
    elements = _elements(value)
    effect = elements.get("effect")
    if effect not in ("Allow", "Deny", UNKNOWN):
        raise DocumentError("a statement has no effect")

    def texts(name: str) -> Values:
        return _texts(elements.get(name, ABSENT))

    return Statement(
        effect=effect,
        actions=_lower(texts("action")),
        not_actions=_lower(texts("notaction")),
        resources=texts("resource"),
        not_resources=texts("notresource"),
        principals=_principals(elements.get("principal", ABSENT)),
        not_principals=_principals(elements.get("notprincipal", ABSENT)),
        conditions=_conditions(elements.get("condition", ABSENT)),
    )


def _texts(value: object) -> Values:
    return tuple(_text(one) for one in _listed(value))


def _text(value: object) -> object:
    if value is UNKNOWN or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return f"{value:.0f}" if isinstance(value, float) and value.is_integer() else str(value)
    raise DocumentError("a text is missing")


def _lower(values: Values) -> Values:
    return tuple(value.lower() if isinstance(value, str) else value for value in values)


def _principals(value: object) -> tuple[Principal, ...]:
    if value is ABSENT:
        return ()
    if value is UNKNOWN:
        return (Principal(kind=UNKNOWN, value=UNKNOWN),)
    if isinstance(value, str):
        return (Principal(kind="*", value=value),)
    return tuple(
        Principal(kind=kind, value=text) for kind, named in _elements(value).items() for text in _texts(named)
    )


def _conditions(value: object) -> tuple[Condition, ...]:
    unknown = Condition(operator=UNKNOWN, key=UNKNOWN, values=(UNKNOWN,))
    if value is UNKNOWN:
        return (unknown,)
    found: list[Condition] = []
    for operator, tests in _elements({} if value is ABSENT else value).items():
        if tests is UNKNOWN:
            found.append(unknown)
            continue
        found += [
            Condition(operator=operator, key=key, values=_texts(wanted))
            for key, wanted in _elements(tests).items()
        ]
    return tuple(found)


# A negation limits nobody, and neither do `...IfExists` and `ForAllValues:`, which hold without the key.
_LIMITING = re.compile(r"(foranyvalue:)?(string(equals(ignorecase)?|like)|arn(equals|like)|ipaddress)")


def limits(statement: Statement, tests: Mapping[str, Test]) -> Link:
    """Whether one condition holds only for values that its key's test accepts.

    Args:
        statement: Whose conditions are looked at.
        tests: Condition keys in lower case (of a family, such as `aws:principaltag/`, its beginning), and
            what each of their values must be.
    """
    return any_link(_is_limit(condition, tests) for condition in statement.conditions)


def _is_limit(condition: Condition, tests: Mapping[str, Test]) -> Link:
    operator, key = condition.operator, condition.key
    if not isinstance(operator, str) or not isinstance(key, str):
        return UNKNOWN
    test = tests.get(key) or tests.get(key.partition("/")[0] + "/")
    if test is None or not condition.values or _LIMITING.fullmatch(operator) is None:
        return False
    return every_link(*(test(value) if isinstance(value, str) else UNKNOWN for value in condition.values))


_VARYING = re.compile(r"[*?]|\$\{")
_OF_THE_RESOURCE = re.compile(r"\$\{aws:Resource(Account|OrgID)\}", re.IGNORECASE)


def is_fixed(text: str) -> bool:
    """Whether it has no wildcard, nor a variable, save those of the resource: callers fill in the others."""
    return bool(text) and _VARYING.search(_OF_THE_RESOURCE.sub("own", text)) is None


def has_fixed_root(text: str) -> bool:
    """Whether a path, as that of an organisation's unit, begins with a fixed name."""
    return is_fixed(text.partition("/")[0])


def is_narrow_arn(text: str) -> bool:
    """Whether it is an ARN of one account, or (a bucket has no account in its ARN) of one resource."""
    parts = _OF_THE_RESOURCE.sub("own", text).split(":", 5)
    if len(parts) < 6 or parts[0] != "arn":  # noqa: PLR2004 - the parts of an ARN
        return False
    service, account, resource = parts[2], parts[4], parts[5]
    if is_fixed(account):
        return True
    return (not account or service == "s3") and is_fixed(resource)


# What AWS itself calls public: https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
_WIDEST_NETWORK = {4: 8, 6: 32}


def is_network(text: str) -> bool:
    """Whether it is a range of addresses that is not open to (nearly) the whole internet."""
    try:
        network = ipaddress.ip_network(text, strict=False)
    except ValueError:
        return False
    return network.prefixlen >= _WIDEST_NETWORK[network.version]


CALLERS: Mapping[str, Test] = {
    "aws:sourcearn": is_narrow_arn,
    "aws:principalarn": is_narrow_arn,
    "s3:dataaccesspointarn": is_narrow_arn,
    "aws:sourceorgpaths": has_fixed_root,
    "aws:principalorgpaths": has_fixed_root,
    "aws:vpceorgpaths": has_fixed_root,
    "aws:sourceip": is_network,
} | dict.fromkeys(
    (
        "aws:sourceaccount",
        "aws:sourceowner",
        "aws:sourceorgid",
        "aws:sourcevpc",
        "aws:sourcevpce",
        "aws:vpceaccount",
        "aws:vpceorgid",
        "aws:principalaccount",
        "aws:principalorgid",
        "aws:userid",
        "kms:calleraccount",
        "s3:dataaccesspointaccount",
    ),
    is_fixed,
)
"""Conditions that say from where, or by whom, a statement may be used."""


def is_everybody(principal: Principal) -> Link:
    """Whether it stands for every caller, also those of other accounts and without one."""
    if principal.value is UNKNOWN:
        return UNKNOWN
    return "*" in str(principal.value)


def names_everybody(statement: Statement) -> Link:
    """Whether it is for every caller, or for all but those it names."""
    return True if statement.not_principals else any_link(map(is_everybody, statement.principals))
