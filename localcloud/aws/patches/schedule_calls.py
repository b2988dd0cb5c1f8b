"""Calls the targets of EventBridge Scheduler as it does: as the schedule's role, with its words filled in.

A call that the role may not make goes to the schedule's dead letters; a function is called as by any other
service that does not wait, with Lambda's own retries.
https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-context-attributes.html
"""

import json
import logging
import time
import uuid
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

from localcloud.aws.patches import role_rights
from localcloud.aws.patches.upstream import Upstream

# Upstream looks every ten seconds: too long to wait for in a test, or in front of a screen.
LOOK_SECONDS = 1
PARAMETERS = ("method", "path", "headers", "body_bytes", "query_params")
ACTIONS = {"lambda": "lambda:InvokeFunction", "sns": "sns:Publish", "sqs": "sqs:SendMessage"}
SERVICE, SESSION = "scheduler.amazonaws.com", "scheduler"
MINUTE = 60
# What a target without an input of its own gets.
# https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-targets-templated.html
NOTICE = {
    "version": "0",
    "id": "<aws.scheduler.execution-id>",
    "detail-type": "Scheduled Event",
    "source": "aws.scheduler",
    "time": "<aws.scheduler.scheduled-time>",
    "resources": ["<aws.scheduler.schedule-arn>"],
    "detail": "{}",
}

_logger = logging.getLogger(__name__)
Answer = Any


def apply() -> None:
    """Wrap what makes schedules and what calls their targets.

    Raises:
        PatchError: MiniStack has changed.
    """
    scheduler = Upstream("schedule_calls", "services.scheduler")
    events = Upstream("schedule_calls", "services.eventbridge")
    functions = Upstream("schedule_calls", "services.lambda_svc")
    queues = Upstream("schedule_calls", "services.sqs")
    scheduler.require("_error", "status", "code", "message")
    scheduler.require("_untag_resource", "arn", "query")
    functions.require("invoke_async_with_retry", "func", "event")
    functions.require("_get_func_record_for_ref", "function_ref")
    functions.require("_execution_record_for_config")
    events.require("_dispatch_to_sqs", "spec", "payload", "sqs_parameters")
    queues.require("_queue_by_arn", "arn")
    role_rights.check("schedule_calls")
    calls = _Calls(events.module, functions.module, queues.module)
    scheduler.wrap("_SCHEDULE_TICK_INTERVAL", by=lambda _: LOOK_SECONDS)
    for name in ("_create_schedule", "_update_schedule"):
        scheduler.wrap(name, "name", "body", by=lambda original: _judging(original, scheduler.module))
    scheduler.wrap("handle_request", *PARAMETERS, by=lambda original: _untagging(original, scheduler.module))
    events.wrap("_invoke_target", "target", "event", "rule", "view", by=calls.calling)


def _judging(original: Callable[..., Answer], scheduler: Any) -> Callable[..., Answer]:  # noqa: ANN401
    """Refuse a role that the scheduler cannot assume."""

    def put(name: str, body: dict[str, Any]) -> Answer:
        role = str((body.get("Target") or {}).get("RoleArn", ""))
        if role and not role_rights.trusts(role, SERVICE):
            fault = "The execution role you provide must allow AWS EventBridge Scheduler to assume the role."
            return scheduler._error(400, "ValidationException", fault)
        return original(name, body)

    return put


def _untagging(original: Callable[..., Any], scheduler: Any) -> Callable[..., Any]:  # noqa: ANN401
    """Take away all tags that a request names; upstream takes the first."""

    async def handle(method: str, path: str, headers: Any, body_bytes: bytes, query_params: Any) -> Answer:  # noqa: ANN401
        answer = await original(method, path, headers, body_bytes, query_params)
        names = query_params.get("TagKeys") or []
        if method == "DELETE" and path.startswith("/tags/") and isinstance(names, list):
            for name in names[1:]:
                scheduler._untag_resource(unquote(path.removeprefix("/tags/")), {"TagKeys": name})
        return answer

    return handle


class _Calls:
    def __init__(self, events: Any, functions: Any, queues: Any) -> None:  # noqa: ANN401
        self._events = events
        self._functions = functions
        self._queues = queues

    def calling(self, original: Callable[..., None]) -> Callable[..., None]:
        """Call a schedule's target; those of rules are upstream's."""

        def call(target: dict[str, Any], event: dict[str, Any], rule: Any, view: Any = None) -> None:  # noqa: ANN401
            if not (event.get("Source") == "aws.scheduler" and "ScheduleExpression" in (rule or {})):
                original(target, event, rule, view)
                return
            filled = {
                **target,
                "Input": _filled(target.get("Input") or _notice(rule["Arn"]), rule["Arn"], event),
            }
            fault = self._fault(filled)
            if fault:
                self._give_up(filled, rule["Arn"], fault)
            elif ":lambda:" in filled["Arn"]:
                self._invoke(filled)
            else:
                original(filled, event, rule, view)

        return call

    def _fault(self, target: dict[str, Any]) -> tuple[str, str] | None:
        """Code and text of what stands in the way of a call."""
        role, arn = target["RoleArn"], target["Arn"]
        if not role_rights.trusts(role, SERVICE):
            return "AccessDeniedException", f"The scheduler may not assume {role}"
        action = ACTIONS.get(arn.split(":")[2])
        if action and role_rights.refused(role, [(action, arn)], session=SESSION):
            return "AccessDeniedException", f"{role} is not authorized to perform {action} on {arn}"
        if ":lambda:" in arn and self._functions._get_func_record_for_ref(arn)[0] is None:
            return "ResourceNotFoundException", f"Function not found: {arn}"
        return None

    def _invoke(self, target: dict[str, Any]) -> None:
        function, configuration, _ = self._functions._get_func_record_for_ref(target["Arn"])
        record = self._functions._execution_record_for_config(function, configuration)
        self._functions.invoke_async_with_retry(record, json.loads(target["Input"]))

    def _give_up(self, target: dict[str, Any], schedule: str, fault: tuple[str, str]) -> None:
        """Send a call that cannot be made to the schedule's dead letters, with the reason."""
        code, text = fault
        _logger.warning("the schedule %s calls nothing: %s (%s)", schedule, text, code)
        arn = (target.get("DeadLetterConfig") or {}).get("Arn", "")
        request = [("sqs:SendMessage", arn)] if arn else []
        queue = self._queues._queue_by_arn(arn) if arn else None
        if queue is None or role_rights.refused(target["RoleArn"], request, session=SESSION):
            return
        spec = Upstream("schedule_calls", "core.arn").require("parse_arn")(arn)
        known = {message["id"] for message in queue["messages"]}
        self._events._dispatch_to_sqs(spec, target["Input"])
        reasons = {
            "ERROR_CODE": code,
            "ERROR_MESSAGE": text,
            "SCHEDULE_ARN": schedule,
            "TARGET_ARN": target["Arn"],
        }
        for message in queue["messages"]:
            if message["id"] not in known:
                message["message_attributes"] = {
                    name: {"DataType": "String", "StringValue": value} for name, value in reasons.items()
                }


def _notice(schedule: str) -> str:
    region, account = schedule.split(":")[3:5]
    return json.dumps({**NOTICE, "account": account, "region": region})


def _filled(text: str, schedule: str, event: dict[str, Any]) -> str:
    """The input with the scheduler's words replaced by what they mean."""
    minute = time.gmtime(int(event["Time"]) // MINUTE * MINUTE)
    words = {
        "attempt-number": "1",
        "execution-id": uuid.uuid4().hex,
        "schedule-arn": schedule,
        "scheduled-time": time.strftime("%Y-%m-%dT%H:%M:%SZ", minute),
    }
    for word, meaning in words.items():
        text = text.replace(f"<aws.scheduler.{word}>", meaning)
    return text
