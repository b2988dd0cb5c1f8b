"""What IAM would answer: the policies of one identity, as AWS documents it, for the conditions used here.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


def allows(
    documents: Iterable[Mapping[str, Any]], action: str, arn: str, context: Mapping[str, str] | None = None
) -> bool:
    """Whether something is allowed and nothing denies it."""
    effects = {
        statement["Effect"]
        for document in documents
        for statement in document["Statement"]
        if applies(statement, action, arn, context or {})
    }
    return effects == {"Allow"}


def applies(statement: Mapping[str, Any], action: str, arn: str, context: Mapping[str, str]) -> bool:
    """Whether a statement is about the request; a trust policy has no resource."""
    named = any(like(action.lower(), pattern.lower()) for pattern in _list(statement.get("Action", [])))
    if "NotAction" in statement:
        named = not any(like(action.lower(), each.lower()) for each in _list(statement["NotAction"]))
    placed = any(like(arn, pattern) for pattern in _list(statement.get("Resource", "*")))
    conditions = statement.get("Condition", {})
    return named and placed and all(holds(operator, conditions[operator], context) for operator in conditions)


def holds(operator: str, keys: Mapping[str, Any], context: Mapping[str, str]) -> bool:
    """Whether the request's context fulfils one block of conditions."""
    return all(_holds(operator, context.get(key), _list(values)) for key, values in keys.items())


def _holds(operator: str, found: str | None, values: list[str]) -> bool:
    match operator:
        case "StringEquals" | "Bool":
            return found in values
        case "StringEqualsIfExists":
            return found is None or found in values
        case "StringLike":
            return found is not None and any(like(found, value) for value in values)
        case "StringNotEquals":
            return found not in values
        case "StringNotLike":
            return found is None or not any(like(found, value) for value in values)
        case _:
            raise AssertionError(f"{operator} is not known here")


def like(text: str, pattern: str) -> bool:
    """IAM's wildcards: `*` is any text, separators included, `?` one character."""
    expression = "".join({"*": ".*", "?": "."}.get(each, re.escape(each)) for each in pattern)
    return re.fullmatch(expression, text, re.DOTALL) is not None


def _list(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value)
