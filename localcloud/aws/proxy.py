"""The form in which a function has to answer a proxy integration."""

import itertools
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

# https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
MEMBERS = frozenset({"statusCode", "headers", "multiValueHeaders", "body", "isBase64Encoded"})
LOWEST_STATUS, HIGHEST_STATUS = 100, 599
# https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
ANSWER_BYTES = 6_291_556
# A line break in a header would begin another one.
UNSENDABLE = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")


def fault(answer: object) -> str | None:
    """What is wrong with a function's answer; None when nothing is.

    Args:
        answer: what the function returned.
    """
    if not isinstance(answer, dict):
        return f"the function answered {type(answer).__name__}, not an object"
    return next(_faults(answer), None)


def _faults(answer: Mapping[str, Any]) -> Iterator[str]:
    if unknown := answer.keys() - MEMBERS:
        yield f"the function answered with unknown members: {', '.join(sorted(map(str, unknown)))}"
    status = str(answer.get("statusCode"))
    if not status.isdecimal() or not LOWEST_STATUS <= int(status) <= HIGHEST_STATUS:
        yield f"the function answered with statusCode {status}"
    if not isinstance(answer.get("body"), str | None):
        yield "the function answered with a body that is no string"
    for name, kind in (("headers", str | int | float | bool | None), ("multiValueHeaders", list | None)):
        if wrong := _header_fault(answer.get(name) or {}, kind):
            yield f"the function answered with {name} {wrong}"
    size = len(json.dumps(answer, ensure_ascii=False).encode(errors="surrogatepass"))
    if size > ANSWER_BYTES:
        yield f"the function answered with {size} bytes, and Lambda hands on {ANSWER_BYTES} at most"


def _header_fault(values: object, kind: Any) -> str | None:  # noqa: ANN401 - a union of types
    if not isinstance(values, dict) or not all(isinstance(value, kind) for value in values.values()):
        return "of another form"
    lists = (value if isinstance(value, list) else [value] for value in values.values())
    texts = [str(text) for text in (*values, *itertools.chain(*lists))]
    return "that hold control characters" if any(map(UNSENDABLE.search, texts)) else None
