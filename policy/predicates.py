"""The building blocks of rules about one resource: presence, value, key, and how they combine."""

import re
from collections.abc import Callable, Sequence

from policy.graph import UNKNOWN, Link, Resource, blocks, every_link, is_set, read
from policy.rule import Context, Judge, Verdict

Condition = Callable[[Resource], Link]

_AWS_MANAGED_KEY = re.compile(r"(arn:[^:]+:kms:[^:]*:[^:]*:)?(alias/)?aws/.+")


def key_fault(value: object) -> str | None:
    """What is wrong with a key: missing or AWS's own. An unknown one is a reference, as wanted."""
    if value is UNKNOWN:
        return None
    if not isinstance(value, str) or not value:
        return "has no key of the platform"
    return "uses a key that AWS manages" if _AWS_MANAGED_KEY.fullmatch(value) else None


def customer_key(path: str) -> Judge:
    """The input names a key of the platform, not one that AWS manages (in any spelling of its alias)."""
    return lambda resource, _context: key_fault(resource.read(path))


def equals(path: str, *, wanted: str | bool, fault: str) -> Judge:
    """The input has exactly this value."""

    def judge(resource: Resource, _context: Context) -> Verdict:
        value = resource.read(path)
        if value is UNKNOWN:
            return UNKNOWN
        return None if type(value) is type(wanted) and value == wanted else fault

    return judge


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

    def judge(resource: Resource, context: Context) -> Verdict:
        verdicts = [one(resource, context) for one in judges]
        faults = (verdict for verdict in verdicts if isinstance(verdict, str))
        return next(faults, UNKNOWN if UNKNOWN in verdicts else None)

    return judge


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

    def negated(resource: Resource) -> Link:
        answer = condition(resource)
        return UNKNOWN if answer is UNKNOWN else not answer

    return negated


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


def at_least_one(answers: Sequence[Link], fault: str) -> Verdict:
    """What a relation says: one that holds is enough, without any a possible one leaves it undecided."""
    if True in answers:
        return None
    return UNKNOWN if UNKNOWN in answers else fault
