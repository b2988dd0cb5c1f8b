"""The building blocks of rules: presence, value, key, and how answers that may be unknown combine."""

import re
from collections.abc import Callable, Iterable

from policy.graph import UNKNOWN, Link, Resource, blocks, every_link, is_set, read
from policy.rule import Context, Judge, Verdict

Condition = Callable[[Resource], Link]

_AWS_MANAGED_KEY = re.compile(r"(arn:[^:]+:kms:[^:]*:[^:]*:)?(alias/)?aws/.*")
_KEY = re.compile(r"arn:[^:]+:kms:[^:]*:[^:]*:(key|alias)/.+|alias/.+|[^:/]+")
"""A key or an alias, by its ARN, its name or the bare id of a key."""


def key_fault(value: object) -> str | None:
    """What is wrong with a key: missing, AWS's own, or no key. An unknown one is a reference, as wanted."""
    if value is UNKNOWN:
        return None
    if not isinstance(value, str) or not value:
        return "has no key of the platform"
    if _AWS_MANAGED_KEY.fullmatch(value):
        return "uses a key that AWS manages"
    return None if _KEY.fullmatch(value) else "uses what is no key of KMS"


def customer_key(path: str) -> Judge:
    """The input names a key of the platform, not one that AWS manages (in any spelling of its alias)."""
    return lambda resource, _context: key_fault(resource.read(path))


def present(*paths: str, fault: str) -> Judge:
    """Something is set at each of the paths; a reference counts, known or not."""
    return lambda resource, _context: None if all(is_set(resource.read(path)) for path in paths) else fault


def equals(path: str, *, wanted: str | bool, fault: str) -> Judge:
    """The input has exactly this value."""
    return lambda resource, _context: fault_unless(is_one_of(resource.read(path), wanted), fault)


def not_equals(path: str, *, refused: str | bool, fault: str) -> Judge:
    """The input has any value but this one; left out is fine."""
    return lambda resource, _context: fault_if(is_one_of(resource.read(path), refused), fault)


def each_key(path: str) -> Judge:
    """Each of the repeated blocks names a key of the platform; the path ends in the key's name."""
    block, key = path.rsplit(".", 1)

    def judge(resource: Resource, _context: Context) -> Verdict:
        found = blocks(resource.properties, block)
        if found is UNKNOWN:
            return UNKNOWN
        faults = [key_fault(read(one, key)) for one in found]
        return next((f"has a replica that {fault}" for fault in faults if fault), None)

    return judge


def every(*judges: Judge) -> Judge:
    """All of them hold: a fault comes before what is undecided."""
    return lambda resource, context: worst([judge(resource, context) for judge in judges])


def when(condition: Condition, judge: Judge) -> Judge:
    """Judges only where the condition holds; a fault under an unknown condition is undecided."""

    def guarded(resource: Resource, context: Context) -> Verdict:
        applies = condition(resource)
        if applies is False:
            return None
        verdict = judge(resource, context)
        return verdict if applies is True or verdict is None else UNKNOWN

    return guarded


def has(path: str) -> Condition:
    """Something is set there: not an empty text, list or map."""

    def condition(resource: Resource) -> Link:
        value = resource.read(path)
        return UNKNOWN if value is UNKNOWN else is_set(value) and value != {}

    return condition


def not_(condition: Condition) -> Condition:
    """The condition does not hold; unknown stays unknown."""
    return lambda resource: negated(condition(resource))


def is_(path: str, *, wanted: str | bool, default: str | bool = False) -> Condition:
    """The value there, or AWS's default where none is set, is this one."""

    def condition(resource: Resource) -> Link:
        value = resource.read(path)
        if value is UNKNOWN:
            return UNKNOWN
        return (value if is_set(value) else default) == wanted

    return condition


def both(first: Condition, second: Condition) -> Condition:
    """Both hold; one that does not decides over one that is unknown."""
    return lambda resource: every_link(first(resource), second(resource))


def entries(properties: object, path: str) -> tuple[object, ...]:
    """Reads a repeated block like `blocks`, with one `UNKNOWN` where even their number is not known."""
    found = blocks(properties, path)
    return (UNKNOWN,) if found is UNKNOWN else found


def is_one_of(value: object, *wanted: str | bool) -> Link:
    """Whether the value is exactly one of these."""
    return UNKNOWN if value is UNKNOWN else any(type(value) is type(one) and value == one for one in wanted)


def is_on(value: object) -> Link:
    """Whether a switch is on."""
    return UNKNOWN if value is UNKNOWN else value is True


def negated(link: Link) -> Link:
    """The contrary; unknown stays unknown."""
    return UNKNOWN if link is UNKNOWN else not link


def any_link(links: Iterable[Link]) -> Link:
    """Whether one of them holds; one that does decides over what is unknown."""
    given = list(links)
    if True in given:
        return True
    return UNKNOWN if UNKNOWN in given else False


def fault_if(link: Link, fault: str) -> Verdict:
    """The fault where this holds, undecided where that is not known."""
    if link is UNKNOWN:
        return UNKNOWN
    return fault if link else None


def fault_unless(link: Link, fault: str) -> Verdict:
    """The fault where this does not hold, undecided where that is not known."""
    return fault_if(negated(link), fault)


def at_least_one(answers: Iterable[Link], fault: str) -> Verdict:
    """What a relation says: one that holds is enough, without any a possible one leaves it undecided."""
    return fault_unless(any_link(answers), fault)


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """A fault comes before what is undecided, and that before nothing."""
    given = list(verdicts)
    return next((one for one in given if isinstance(one, str)), UNKNOWN if UNKNOWN in given else None)
