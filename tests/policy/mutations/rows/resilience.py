"""Defects of what keeps messages, and of functions and alarms."""

import json
import re

from policy.graph import Resource
from policy.rules.dead_letters import DEAD_LETTER_PATHS
from tests.policy.mutations.defects import (
    Moment,
    Resources,
    also,
    elsewhere,
    gone,
    has,
    has_no,
    is_at,
    named,
    removed,
    rows,
    source_of,
    to,
    value,
)
from tests.policy.mutations.rows import tokens as t

_KNOWN = (Moment.UPDATE,)
_LOST = "lambda-async-dlq"
_WAITED_FOR = ("managed", "health")
"""A function of each program whose callers wait: it keeps no failed events."""


def _targets(source: Resource, resources: Resources) -> set[str]:
    """The queues, by URN, that take what a resource fails on."""
    if source.type not in DEAD_LETTER_PATHS:
        return set()
    text = json.dumps(source.properties.get(DEAD_LETTER_PATHS[source.type].partition(".")[0]), default=str)
    return {
        queue.urn
        for queue in resources.values()
        if queue.type == t.QUEUE
        if any(re.search(re.escape(str(queue.outputs[name])) + r"(?![\w-])", text) for name in ("arn", "url"))
    }


def _orphaned(source: Resource, resources: Resources) -> list[Resource]:
    """The queues that take what this resource fails on, and nobody else's."""
    others = set[str]().union(
        *(_targets(one, resources) for one in resources.values() if one.urn != source.urn)
    )
    urns = _targets(source, resources) - others
    return [resources[urn] for urn in urns if not resources[urn].properties.get("redrivePolicy")]


def _unlimited(mapping: Resource, resources: Resources) -> list[Resource]:
    """The functions that nothing but a mapping limits."""
    found = source_of("functionName", t.FUNCTION)(mapping, resources)
    return [one for one in found if not has("reservedConcurrentExecutions")(one)]


def _limited_by_itself(function: Resource, resources: Resources) -> list[Resource]:
    arn = str(function.outputs["arn"])
    limited = any(
        mapping.type == t.MAPPING
        and has("scalingConfig")(mapping)
        and re.fullmatch(re.escape(arn) + r"(:[\w-]+)?", str(mapping.read("functionName")))
        for mapping in resources.values()
    )
    return [] if limited else [function]


def _waited_for(_source: Resource, resources: Resources) -> list[Resource]:
    return [one for one in resources.values() if one.type == t.FUNCTION and one.name in _WAITED_FOR]


def _loses_events(permission: Resource, resources: Resources) -> list[Resource]:
    """The functions that a permission is about, and that keep no failed events."""
    kept = {
        one.urn
        for config in resources.values()
        if config.type == t.INVOKE_CONFIG
        for one in source_of("functionName", t.FUNCTION)(config, resources)
    }
    found = source_of("function", t.FUNCTION)(permission, resources)
    return [one for one in found if one.urn not in kept and has_no("deadLetterConfig")(one)]


MESSAGES = (
    *rows(
        "sqs-dlq",
        t.QUEUE,
        "redrivePolicy",
        {"none": removed, "empty": to(""), "without a target": to("{}"), "no JSON": to("{")},
        also=(also("sqs-dlq", _orphaned),),
    ),
    *gone("sqs-dlq", t.REDRIVE, on=source_of("queueUrl", t.QUEUE), also=(also("sqs-dlq", _orphaned),)),
    *rows(
        "sqs-dlq",
        t.REDRIVE,
        "redrivePolicy",
        {"none": removed, "without a target": to("{}")},
        on=source_of("queueUrl", t.QUEUE),
        also=(also("sqs-dlq", _orphaned),),
    ),
    *rows("sqs-dlq", t.REDRIVE, "queueUrl", value([""]), on=source_of("queueUrl", t.QUEUE)),
    *elsewhere("sqs-dlq", t.REDRIVE, "queueUrl", on=source_of("queueUrl", t.QUEUE)),
    *rows("sqs-dlq", t.SUBSCRIPTION, "redrivePolicy", {"none": removed, "no target": to("{}")}, on=_orphaned),
    *rows("sqs-dlq", t.MAPPING, "destinationConfig", {"none": removed, "empty": to({})}, on=_orphaned),
    *rows("sqs-dlq", t.EVENT_TARGET, "deadLetterConfig", {"none": removed, "empty": to({})}, on=_orphaned),
    *rows("sqs-dlq", t.SCHEDULE, "target.deadLetterConfig", {"none": removed, "empty": to({})}, on=_orphaned),
    *rows("sqs-dlq", t.TOPIC_RULE, "errorAction", {"none": removed, "empty": to({})}, on=_orphaned),
    *rows(
        _LOST,
        t.FUNCTION,
        "deadLetterConfig",
        {"none": removed, "empty": to({})},
        also=(also("sqs-dlq", _orphaned),),
    ),
    *gone(
        _LOST,
        t.INVOKE_CONFIG,
        on=source_of("functionName", t.FUNCTION),
        also=(also("sqs-dlq", _orphaned),),
    ),
    *rows(
        _LOST,
        t.INVOKE_CONFIG,
        "destinationConfig",
        {"none": removed, "empty": to({})},
        on=source_of("functionName", t.FUNCTION),
        also=(also("sqs-dlq", _orphaned),),
    ),
    *rows(
        _LOST,
        t.INVOKE_CONFIG,
        "functionName",
        value(["", "another"]),
        on=source_of("functionName", t.FUNCTION),
    ),
    *elsewhere(
        _LOST,
        t.INVOKE_CONFIG,
        "functionName",
        other=named("fed", "managed"),
        on=source_of("functionName", t.FUNCTION),
    ),
    *(
        row
        for type_, path in ((t.EVENT_TARGET, "arn"), (t.SCHEDULE, "target.arn"), (t.SUBSCRIPTION, "endpoint"))
        for row in elsewhere(_LOST, type_, path, other=named(*_WAITED_FOR), on=_waited_for)
    ),
    *elsewhere(
        _LOST,
        t.ALIAS,
        "functionName",
        where=named("emissions-snapshot"),
        other=named(*_WAITED_FOR),
        on=_waited_for,
        moments=(Moment.PREVIEW,),
        reason="at update the ARN of the schedule's target names the function itself",
    ),
    *elsewhere(
        _LOST,
        t.PERMISSION,
        "function",
        where=is_at("principal", "events.amazonaws.com"),
        other=named(*_WAITED_FOR),
        on=_waited_for,
    ),
    *rows(
        _LOST,
        t.PERMISSION,
        "principal",
        {"one that does not wait": to("events.amazonaws.com")},
        where=is_at("principal", "apigateway.amazonaws.com"),
        on=_loses_events,
    ),
)

FUNCTIONS = (
    *rows(
        "lambda-concurrency",
        t.FUNCTION,
        "reservedConcurrentExecutions",
        value([-1, "5"]),
        on=_limited_by_itself,
    ),
    *rows(
        "lambda-concurrency", t.MAPPING, "scalingConfig", {"none": removed, "empty": to({})}, on=_unlimited
    ),
    *gone("lambda-concurrency", t.MAPPING, where=has("scalingConfig"), on=_unlimited),
    *rows(
        "lambda-concurrency",
        t.MAPPING,
        "functionName",
        value(["", "another"]),
        where=has("scalingConfig"),
        on=_unlimited,
    ),
    *elsewhere("lambda-concurrency", t.MAPPING, "functionName", where=has("scalingConfig"), on=_unlimited),
)

ALARMS = (
    *rows(
        "alarm-has-action",
        (t.METRIC_ALARM, t.COMPOSITE_ALARM),
        "alarmActions",
        {"none": removed, "empty": to([]), "an empty one": to([""])},
        also=(also("alarm-has-action", source_of("alarmRule", t.METRIC_ALARM)),),
    ),
    *rows(
        "alarm-has-action",
        (t.METRIC_ALARM, t.COMPOSITE_ALARM),
        "actionsEnabled",
        {"false": to(False)},
        where=has("alarmActions"),
        also=(also("alarm-has-action", source_of("alarmRule", t.METRIC_ALARM)),),
    ),
    *gone("alarm-has-action", t.COMPOSITE_ALARM, on=source_of("alarmRule", t.METRIC_ALARM)),
    *rows(
        "alarm-has-action",
        t.COMPOSITE_ALARM,
        "alarmRule",
        {
            "of another": to('ALARM("another")'),
            "nearly of it": to('ALARM("future-quiet-2")'),
            "none": removed,
        },
        on=source_of("alarmRule", t.METRIC_ALARM),
    ),
    *rows(
        "alarm-has-action",
        t.METRIC_ALARM,
        "name",
        {"another name": to("another")},
        where=has_no("alarmActions"),
        moments=_KNOWN,
        reason="at preview a reference follows the name",
    ),
)

ROWS = (*MESSAGES, *FUNCTIONS, *ALARMS)
