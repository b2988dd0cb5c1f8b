"""What a case tries: traits that are read off it, and the forms in which the engine might also send it."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from enum import StrEnum
from typing import Any

from policy.graph import UNKNOWN, Resource, plain
from tests.policy.cases.case import (
    UNKNOWN_BLOCK,
    UNKNOWN_TEXT,
    Case,
    Kind,
    RawResource,
    resource,
    secret,
)
from tests.policy.verdicts import as_floats


class Trait(StrEnum):
    """What a case tries."""

    MISSING = "the value is missing"
    FALSE = "the value is false"
    EMPTY = "the value is empty"
    WRONG = "the value is wrong"
    UNKNOWN = "the value is not known"
    CORRECT = "the value is right"
    REFERENCE = "the value is set by reference"
    NOT_APPLICABLE = "the rule does not apply"
    ALIAS = "a key that AWS manages, as alias/aws/..."
    SHORT_ALIAS = "a key that AWS manages, as aws/..."
    ALIAS_ARN = "a key that AWS manages, as the ARN of its alias"
    OTHER_PROPERTY = "another property is not known"
    OTHER_RESOURCE = "another resource is not known"
    SECRET = "values are secrets"
    DEFAULTS = "blocks carry what the provider keeps in them"
    FLOAT = "numbers are floats"


def with_unknown_property(one: RawResource) -> RawResource:
    """Beside everything else there are a text and a block that nobody knows."""
    return changed(one, lambda raw: {**raw, "somethingElse": UNKNOWN_TEXT, "someBlock": UNKNOWN_BLOCK})


def with_secrets(one: RawResource) -> RawResource:
    """Each property is a secret."""
    return changed(one, lambda raw: {key: secret(value) for key, value in raw.items()})


def with_defaults(one: RawResource) -> RawResource:
    """Each block names the defaults that the provider put in."""
    return changed(one, lambda raw: {key: marked(value) for key, value in raw.items()})


def marked(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {"__defaults": [], **{key: marked(one) for key, one in value.items()}}
    return [marked(one) for one in value] if isinstance(value, list) else value


def with_floats(one: RawResource) -> RawResource:
    """Each number is a float, as the engine sends it."""
    return changed(one, as_floats)


def changed(one: RawResource, form: Callable[[Mapping[str, Any]], Mapping[str, Any]]) -> RawResource:
    raw = form(one.raw)
    return replace(one, raw=raw, properties=raw)


def unknown_resources() -> list[Resource]:
    """Resources of which nothing is known, of a type that no rule of the mission looks at."""
    return [
        resource("aws:iot/thing:Thing", {"name": UNKNOWN_TEXT, "attributes": UNKNOWN_BLOCK}, name="thing"),
        resource("omnitrack:twins:Twins", {"key": UNKNOWN_TEXT}, name="twins"),
    ]


FORMS: Mapping[Trait, Callable[[RawResource], RawResource]] = {
    Trait.OTHER_PROPERTY: with_unknown_property,
    Trait.SECRET: with_secrets,
    Trait.DEFAULTS: with_defaults,
    Trait.FLOAT: with_floats,
}
ALL_FORMS = (*FORMS, Trait.OTHER_RESOURCE)


def in_form(case: Case, trait: Trait) -> list[Resource]:
    """The case's resources in another form."""
    if trait is Trait.OTHER_RESOURCE:
        return [*case.resources, *unknown_resources()]
    return [FORMS[trait](raw_of(one)) for one in case.resources]


def raw_of(one: Resource) -> RawResource:
    assert isinstance(one, RawResource)
    return one


def differs(case: Case, trait: Trait) -> bool:
    """Whether the form makes another case of it: numbers, say, are floats only where there are any."""
    if trait is Trait.OTHER_RESOURCE:
        return True
    return any(
        repr(raw_of(one).raw) != repr(FORMS[trait](raw_of(one)).raw)  # as text, 30 and 30.0 are not equal
        for one in case.resources
    )


def traits_of(case: Case) -> set[Trait]:
    """What the case tries, beside the forms."""
    values = [value for one in case.resources for value in leaves(raw_of(one).raw)]
    texts = [value for value in values if isinstance(value, str)]
    found = {
        Kind.MISSING: {Trait.MISSING},
        Kind.WRONG: {Trait.WRONG},
        Kind.UNKNOWN: {Trait.UNKNOWN},
        Kind.CORRECT: {Trait.CORRECT},
        Kind.NOT_APPLICABLE: {Trait.NOT_APPLICABLE},
    }[case.kind]
    tests = {
        Trait.FALSE: False in [value for value in values if isinstance(value, bool)],
        Trait.EMPTY: any(value in ("", [], {}) for value in values if not isinstance(value, bool)),
        Trait.REFERENCE: case.fault is None and not case.undecided and has_reference(case),
        Trait.ALIAS: any(re.fullmatch(r"alias/aws/\w+", text) for text in texts),
        Trait.SHORT_ALIAS: any(re.fullmatch(r"aws/\w+", text) for text in texts),
        Trait.ALIAS_ARN: any(re.fullmatch(r"arn:[^:]+:kms:.*:alias/aws/\w+", text) for text in texts),
    }
    return found | {trait for trait, holds in tests.items() if holds}


def leaves(value: Any) -> Iterator[Any]:
    """Everything that stands in a property, empty lists and blocks among it."""
    if isinstance(value, Mapping) and set(value) - {"__defaults"}:
        for key, one in value.items():
            if key != "__defaults":
                yield from leaves(one)
    elif isinstance(value, list) and value:
        for one in value:
            yield from leaves(one)
    else:
        yield {} if isinstance(value, Mapping) else value


def has_reference(case: Case) -> bool:
    """Whether a value comes from another resource, or is a key that is not known yet and taken for set."""
    named = "by reference" in case.name and UNKNOWN in leaves(plain(raw_of(case.resources[0]).raw))
    return named or any(urns for one in case.resources for urns in one.dependencies.values())
