"""Which records of a stream an event source mapping's filters let through, in the rules of Lambda.

https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html
"""

import json
import operator
from collections.abc import Callable, Mapping
from typing import Any

COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    "=": operator.eq,
    ">": operator.gt,
    ">=": operator.ge,
}


def passes(mapping: Mapping[str, Any], record: Mapping[str, Any]) -> bool:
    """Whether a record meets one of the mapping's filters, or there are none."""
    filters = (mapping.get("FilterCriteria") or {}).get("Filters") or []
    patterns = [json.loads(one["Pattern"]) for one in filters if one.get("Pattern")]
    return not patterns or any(_meets(pattern, record) for pattern in patterns)


def _meets(pattern: Mapping[str, Any], value: object) -> bool:
    """Whether a value has all that a pattern names; what is missing may be what the pattern wants."""
    fields = value if isinstance(value, Mapping) else {}
    for name, wanted in pattern.items():
        if name == "$or":
            if not any(_meets(alternative, fields) for alternative in wanted):
                return False
        elif isinstance(wanted, Mapping):
            if not _meets(wanted, fields.get(name)):
                return False
        elif not any(_fits(rule, name, fields) for rule in wanted):
            return False
    return True


def _fits(rule: object, name: str, fields: Mapping[str, Any]) -> bool:
    """Whether one rule holds for a leaf; of a list, one entry suffices."""
    present = name in fields and not isinstance(fields[name], Mapping)
    if isinstance(rule, Mapping) and "exists" in rule:
        return present == bool(rule["exists"])
    if not present:
        return False
    found = fields[name]
    return any(_holds(rule, one) for one in (found if isinstance(found, list) else [found]))


def _holds(rule: object, value: object) -> bool:
    if not isinstance(rule, Mapping):
        return type(rule) is type(value) and rule == value
    kind, wanted = next(iter(rule.items()))
    if kind == "anything-but":
        banned = wanted if isinstance(wanted, list) else [wanted]
        return not any(_holds(one, value) for one in banned)
    if kind == "numeric":
        return _in_range(wanted, value)
    if not isinstance(value, str):
        return False
    tests = {"prefix": value.startswith, "suffix": value.endswith}
    if kind == "equals-ignore-case":
        return value.lower() == str(wanted).lower()
    return kind in tests and tests[kind](wanted)


def _in_range(conditions: list[Any], value: object) -> bool:
    """Whether a number meets pairs of a comparison and a bound; those of DynamoDB are texts and never do."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    pairs = zip(conditions[::2], conditions[1::2], strict=True)
    return all(COMPARISONS[comparison](value, bound) for comparison, bound in pairs)
