"""Runs CloudFront Functions, each call in an empty engine of its own and within CloudFront's limits.

https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/functions-javascript-runtime-20.html
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import quickjs

MEMORY_BYTES = 2 * 1024 * 1024
# CloudFront stops a function after about a millisecond of its own processors. The clock here is that of the
# whole process, which serves other requests meanwhile: only a runaway function may be stopped by it.
SECONDS = 0.1
STEPS = 10_000
# No evaluation of text, no timers, no network and no modules: a function has what the language has.
BEFORE = """
globalThis.__lines = [];
globalThis.console = {};
for (const level of ["log", "info", "warn", "error", "debug"])
    globalThis.console[level] = (...parts) => {
        __lines.push(parts.map(part => typeof part === "string" ? part : JSON.stringify(part)).join(" "));
    };
globalThis.require = name => { throw new Error("module " + name + " is not available on this machine"); };
for (const maker of [function () {}, async function () {}, function* () {}, async function* () {}])
    Object.defineProperty(Object.getPrototypeOf(maker), "constructor", { value: undefined });
delete globalThis.Function;
delete globalThis.eval;
"""
CALL = """
(function () {
    globalThis.__state = { done: false };
    if (typeof handler !== "function") throw new Error("the code has no function named handler");
    Promise.resolve(handler(JSON.parse(__event))).then(
        value => { __state = { done: true, value: JSON.stringify(value === undefined ? null : value) }; },
        error => { __state = { done: true, error: String(error) }; });
})()
"""


class FunctionError(Exception):
    """A function could not run to its end."""


@dataclass(frozen=True, kw_only=True)
class Result:
    """What a function gave back.

    Attributes:
        value: the request or response that it returned.
        lines: what it wrote to its console.
    """

    value: Any
    lines: Sequence[str]


def run(code: str, event: Any) -> Result:  # noqa: ANN401 - a document
    """Call the function `handler` of `code`.

    Args:
        code: the source of the function.
        event: what it is called with.

    Raises:
        FunctionError: it threw, returned nothing that is JSON, or used too much time or memory.
    """
    engine = quickjs.Context()
    engine.set_time_limit(SECONDS)
    engine.set_memory_limit(MEMORY_BYTES)
    try:
        engine.eval(BEFORE)
        engine.set("__event", json.dumps(event))
        engine.eval(code)
        engine.eval(CALL)
        for _ in range(STEPS):
            if not engine.execute_pending_job():
                break
        state = json.loads(engine.eval("JSON.stringify([__state, __lines])"))
    except (quickjs.JSException, quickjs.StackOverflow) as error:
        raise FunctionError(str(error).strip()) from error
    outcome, lines = state
    if not outcome["done"]:
        raise FunctionError("its promise was never kept")
    if "error" in outcome:
        raise FunctionError(outcome["error"])
    return Result(value=json.loads(outcome["value"]), lines=lines)
