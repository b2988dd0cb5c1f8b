"""Where failed messages and events go: queues, and functions that nobody waits for."""

import json
import re

from policy.graph import UNKNOWN, Graph, Link, Resource, every_link, is_set, read
from policy.predicates import any_link, at_least_one, is_one_of
from policy.rule import Context, Verdict

QUEUE = "aws:sqs/queue:Queue"
REDRIVE_POLICY = "aws:sqs/redrivePolicy:RedrivePolicy"
SUBSCRIPTION = "aws:sns/topicSubscription:TopicSubscription"
FUNCTION = "aws:lambda/function:Function"
ALIAS = "aws:lambda/alias:Alias"
INVOKE_CONFIG = "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig"
EVENT_SOURCE = "aws:lambda/eventSourceMapping:EventSourceMapping"
PERMISSION = "aws:lambda/permission:Permission"
EVENT_TARGET = "aws:cloudwatch/eventTarget:EventTarget"
SCHEDULE = "aws:scheduler/schedule:Schedule"
TOPIC_RULE = "aws:iot/topicRule:TopicRule"

DEAD_LETTER_PATHS = {
    QUEUE: "redrivePolicy",
    REDRIVE_POLICY: "redrivePolicy",
    SUBSCRIPTION: "redrivePolicy",
    FUNCTION: "deadLetterConfig.targetArn",
    INVOKE_CONFIG: "destinationConfig.onFailure.destination",
    EVENT_SOURCE: "destinationConfig.onFailure.destinationArn",
    EVENT_TARGET: "deadLetterConfig.arn",
    SCHEDULE: "target.deadLetterConfig.arn",
    TOPIC_RULE: "errorAction.sqs.queueUrl",
}
"""Where each type names the queue that takes what it fails on."""
INVOKERS = {
    PERMISSION: "function",
    SUBSCRIPTION: "endpoint",
    EVENT_TARGET: "arn",
    SCHEDULE: "target.arn",
}
"""What makes a function run without waiting for its answer, and where it names the function."""

_QUEUE_NAME = re.compile(r"(?:arn:[^:]+:sqs:[^:]*:[^:]*:|https://[^/]+/\d+/)(?P<name>[^:/]+)")
_FUNCTION_NAME = re.compile(
    r"(?:(?:arn:[^:]+:lambda:[^:]*:)?\d{12}:function:)?(?P<name>[\w-]+)(?::[\w$-]+)?", re.ASCII
)
_ASYNCHRONOUS = re.compile(
    r"(sns|events|s3|iot|logs|ses|scheduler|config|cloudformation|codecommit|lambda\.alarms\.cloudwatch)"
    r"(\.[a-z]+(-[a-z]+)+-\d)?\.amazonaws\.com(\.cn)?"
)
_NO_FUNCTIONS = frozenset(
    {
        QUEUE,
        "aws:sns/topic:Topic",
        "aws:sfn/stateMachine:StateMachine",
        "aws:cloudwatch/eventBus:EventBus",
        "aws:cloudwatch/logGroup:LogGroup",
        "aws:kinesis/stream:Stream",
        "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream",
    }
)
"""What else an event may be sent to: an ARN that comes from one of these is no function's."""
_NO_QUEUES = frozenset(
    {
        FUNCTION,
        "aws:sns/topic:Topic",
        "aws:cloudwatch/eventBus:EventBus",
        "aws:s3/bucket:Bucket",
    }
)
"""What else a failed event may be sent to."""


def queue_has_dead_letters(queue: Resource, context: Context) -> Verdict:
    """A queue names a dead-letter queue, by its own input or the separate resource, or is one itself."""
    graph = context.graph
    answers = [_names_dead_letters(queue, graph)]
    for separate in graph.of(REDRIVE_POLICY):
        link = graph.links(separate, "queueUrl", queue, names=("url", "id"))
        answers.append(every_link(link, _names_dead_letters(separate, graph)))
    for type_, path in DEAD_LETTER_PATHS.items():
        answers += [_is_target(source, path, queue, graph) for source in graph.of(type_)]
    return at_least_one(answers, "has no dead-letter queue")


def _names_dead_letters(resource: Resource, graph: Graph) -> Link:
    policy = resource.read("redrivePolicy")
    if policy is UNKNOWN:
        # The ARN in it is not known yet, and hides the rest of the text.
        known = any(source.type == QUEUE for source in graph.sources(resource, "redrivePolicy"))
        return True if known else UNKNOWN
    return bool(_target_of(policy))


def _target_of(policy: object) -> str:
    try:
        target = read(json.loads(policy), "deadLetterTargetArn") if isinstance(policy, str) else ""
    except (ValueError, RecursionError):
        target = ""
    return target if isinstance(target, str) else ""


def _is_target(source: Resource, path: str, queue: Resource, graph: Graph) -> Link:
    value = source.read(path)
    if value is UNKNOWN:
        if _comes_from(source, path, _NO_QUEUES):
            return False
        return graph.links(source, path, queue, names=("arn",))
    if path == "redrivePolicy":
        value = _target_of(value)
    return isinstance(value, str) and _is_queue(value, queue, graph.sources(source, path))


def _is_queue(value: str, queue: Resource, sources: list[Resource]) -> Link:
    known = [queue.identity(name) for name in ("arn", "url")]
    if value in known:
        return True
    name, parts = queue.identity("name"), _QUEUE_NAME.fullmatch(value)
    if parts is None or any(isinstance(one, str) for one in known):
        return False
    if isinstance(name, str):
        return parts["name"] == name
    return True if queue in sources else UNKNOWN


def _comes_from(source: Resource, path: str, types: frozenset[str]) -> bool:
    """Whether the input's value is known to come from resources of these types, and of no other."""
    urns = source.dependencies.get(path.partition(".")[0], ())
    # urn:pulumi:STAGE::project::type of the parent$type::name
    return bool(urns) and {urn.split("::")[2].rpartition("$")[2] for urn in urns} <= types


def function_keeps_failed_events(function: Resource, context: Context) -> Verdict:
    """A function that something invokes without waiting has a place for the events it fails on."""
    if is_set(function.read(DEAD_LETTER_PATHS[FUNCTION])):
        return None
    graph = context.graph
    kept = [
        runs(config, "functionName", function, graph)
        for config in graph.of(INVOKE_CONFIG)
        if is_set(config.read(DEAD_LETTER_PATHS[INVOKE_CONFIG]))
    ]
    verdict = at_least_one(kept, "loses the events that it fails on")
    invoked = [
        every_link(_does_not_wait(invoker), runs(invoker, path, function, graph))
        for type_, path in INVOKERS.items()
        for invoker in graph.of(type_)
    ]
    applies = any_link(invoked)
    if applies is UNKNOWN and verdict is not None:
        return UNKNOWN
    return verdict if applies is True else None


def _does_not_wait(invoker: Resource) -> Link:
    if invoker.type == PERMISSION:
        principal = invoker.read("principal")
        if principal is UNKNOWN:
            return UNKNOWN
        return isinstance(principal, str) and _ASYNCHRONOUS.fullmatch(principal) is not None
    if invoker.type == SUBSCRIPTION:
        return is_one_of(invoker.read("protocol"), "lambda")
    return True


def runs(source: Resource, path: str, function: Resource, graph: Graph) -> Link:
    """Whether an input names the function: by name or ARN, whole, in part, or of one of its versions."""
    value = source.read(path)
    if value is UNKNOWN:
        if _comes_from(source, path, _NO_FUNCTIONS):
            return False
        aliases = [one for one in graph.sources(source, path) if one.type == ALIAS]
        if aliases:
            return any_link(runs(alias, "functionName", function, graph) for alias in aliases)
        return graph.links(source, path, function, names=("arn",))
    return isinstance(value, str) and _is_function(value, function, graph.sources(source, path))


def _is_function(value: str, function: Resource, sources: list[Resource]) -> Link:
    arn, name = function.identity("arn"), function.identity("name")
    if value == arn:
        return True
    if isinstance(arn, str) and value.startswith("arn:"):
        return value.startswith(f"{arn}:")
    parts = _FUNCTION_NAME.fullmatch(value)
    if parts is None:
        return False
    if isinstance(name, str):
        return parts["name"] == name
    return True if function in sources else UNKNOWN
