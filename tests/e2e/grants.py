"""The grants of functions, one by one: taken away from a role while it is in use, and put back."""

import json
import os
import re
import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tests.e2e.home import Platform

STREAM = (
    "dynamodb:DescribeStream",
    "dynamodb:GetRecords",
    "dynamodb:GetShardIterator",
    "dynamodb:ListStreams",
)
# What a worker does once and then remembers: only a new worker misses the right to it.
REMEMBERED = {
    ("socket-authorizer", "secretsmanager:GetSecretValue"),
    *((function, "secretsmanager:GetSecretValue") for function in ("alerts", "audit", "twin")),
    ("audit", "dynamodb:UpdateItem"),  # who has been active in this hour
}
PROBLEM = "PROBLEM"  # how a mapping begins to say that it may not read its source


@dataclass(frozen=True, kw_only=True, order=True)
class Right:
    """One action on one resource, that the role of a function has."""

    function: str
    action: str
    resource: str

    def __str__(self) -> str:
        return f"{self.function}: {self.action} on {self.resource.split(':', 5)[-1]}"

    @property
    def denial(self) -> re.Pattern[str]:
        """What is said of a call that needs it; the resource is the one that the others leave over."""
        return re.compile(rf"not authorized to perform: {self.action}\b")


@dataclass(frozen=True, kw_only=True)
class Exempt:
    """Rights that cannot be missed locally.

    Attributes:
        action: A regular expression for the whole action.
        function: Of the one function; empty for all.
        resource: How the resource ends; empty for any.
        reason: Why not.
    """

    action: str
    reason: str
    function: str = ""
    resource: str = ""

    def covers(self, right: Right) -> bool:
        """Whether it is about a right."""
        return (
            re.fullmatch(self.action, right.action) is not None
            and self.function in {"", right.function}
            and right.resource.endswith(self.resource)
        )


AWS_ONLY: Final = (
    Exempt(
        action="kms:.*",
        reason="a service uses a customer key as who calls it; the local ones encrypt nothing with it",
    ),
    Exempt(
        action="logs:.*",
        reason="Lambda writes a function's log as its role; the local one writes it as itself",
    ),
    Exempt(
        action="xray:.*",
        reason="Lambda sends segments on as the function's role; locally they are taken from the worker",
    ),
    Exempt(
        action="sqs:(ReceiveMessage|DeleteMessage|GetQueueAttributes)",
        reason="Lambda reads a queue as the function's role; the local one reads it as itself",
    ),
    Exempt(
        action="sqs:SendMessage",
        function="realtime-push",
        resource="-evaluations-dead-letters",
        reason="Lambda names there what the function has not taken for 23 hours",
    ),
    Exempt(
        action="sqs:SendMessage",
        function="emissions-snapshot",
        resource="-schedules-undelivered",
        reason="Lambda sends failed calls there as the function's role; the local one does so as itself",
    ),
)


class Roles:
    """The roles of the functions of a platform."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._iam, self._lambda, self._logs = (platform.client(name) for name in ("iam", "lambda", "logs"))
        self._sqs, self._sns = platform.client("sqs"), platform.client("sns")
        self.names: Mapping[str, str] = platform.outputs["FunctionNames"]
        self._policies = {function: self._policy(name) for function, name in self.names.items()}

    def rights(self, function: str) -> list[Right]:
        """What the role of a function may do, each action on each resource once."""
        _, _, document = self._policies[function]
        found = {
            Right(function=function, action=action, resource=resource): None
            for statement in document["Statement"]
            for action in statement["Action"]
            for resource in statement["Resource"]
        }
        return list(found)

    @contextmanager
    def without(self, right: Right) -> Iterator[None]:
        """Take a right away for as long as this lasts, also from workers that remember what it gave them.

        Within an account either suffices, the policy of the role or that of a queue or topic which names it:
        the right is gone from both.
        """
        role, name, document = self._policies[right.function]
        own = self._resource_policy(right)
        self._put(role, name, _lacking(document, right))
        if own:
            self._put_resource_policy(right, _unnaming(own, f":role/{role}"))
        if (right.function, right.action) in REMEMBERED:
            self._end_workers(self.names[right.function])
        try:
            yield
        finally:
            self._put(role, name, document)
            if own:
                self._put_resource_policy(right, own)

    def misses(self, right: Right, since: float) -> bool:
        """Whether the function, or what reads the stream for it, has missed a right since a moment."""
        if right.action in STREAM:
            return self._is_stalled(right.function)
        return any(right.denial.search(line) for line in self._log(right.function, since))

    def holds_again(self, right: Right) -> bool:
        """Whether what had stopped for want of a right goes on."""
        return right.action not in STREAM or not self._is_stalled(right.function)

    def _is_stalled(self, function: str) -> bool:
        found = self._lambda.list_event_source_mappings(FunctionName=f"{self.names[function]}:live")
        return any(each["LastProcessingResult"].startswith(PROBLEM) for each in found["EventSourceMappings"])

    def _log(self, function: str, since: float) -> Iterator[str]:
        pages = self._logs.get_paginator("filter_log_events").paginate(
            logGroupName=f"/aws/lambda/{self.names[function]}", startTime=int(since * 1000)
        )
        return (event["message"] for page in pages for event in page["events"])

    def _policy(self, name: str) -> tuple[str, str, dict[str, Any]]:
        configuration = self._lambda.get_function_configuration(FunctionName=name, Qualifier="live")
        role = configuration["Role"].rpartition("/")[2]
        (policy,) = self._iam.list_role_policies(RoleName=role)["PolicyNames"]
        return role, policy, self._iam.get_role_policy(RoleName=role, PolicyName=policy)["PolicyDocument"]

    def _resource_policy(self, right: Right) -> dict[str, Any] | None:
        """The policy of the queue or topic that a right is about; None for other resources."""
        match right.action:
            case "sqs:SendMessage":
                answer = self._sqs.get_queue_attributes(QueueUrl=self._url(right), AttributeNames=["Policy"])
            case "sns:Publish":
                answer = self._sns.get_topic_attributes(TopicArn=right.resource)
            case _:
                return None
        document: dict[str, Any] = json.loads(answer["Attributes"]["Policy"])
        return document

    def _put_resource_policy(self, right: Right, document: Mapping[str, Any]) -> None:
        text = json.dumps(document)
        if right.action == "sns:Publish":
            self._sns.set_topic_attributes(
                TopicArn=right.resource, AttributeName="Policy", AttributeValue=text
            )
        else:
            self._sqs.set_queue_attributes(QueueUrl=self._url(right), Attributes={"Policy": text})

    def _url(self, right: Right) -> str:
        url: str = self._sqs.get_queue_url(QueueName=right.resource.rpartition(":")[2])["QueueUrl"]
        return url

    def _put(self, role: str, name: str, document: Mapping[str, Any]) -> None:
        self._iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=json.dumps(document))

    def _end_workers(self, name: str) -> None:
        """Each worker of a function lives in a folder of its own in the home folder."""
        beginning = str(self._platform.home.folder.resolve() / "tmp" / f"ministack-lambda-{name}-")
        for entry in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                if str((entry / "cwd").readlink()).startswith(beginning):
                    os.kill(int(entry.name), signal.SIGKILL)


def exemption(right: Right) -> Exempt | None:
    """Why a right cannot be missed locally; None when it can."""
    return next((each for each in AWS_ONLY if each.covers(right)), None)


def _lacking(document: Mapping[str, Any], right: Right) -> dict[str, Any]:
    """The policy without the right, whatever statements give it; what else they give stays."""
    statements: list[dict[str, Any]] = []
    for statement in document["Statement"]:
        others = [resource for resource in statement["Resource"] if resource != right.resource]
        actions = [action for action in statement["Action"] if action != right.action]
        if right.action not in statement["Action"] or len(others) == len(statement["Resource"]):
            statements.append(statement)
            continue
        if actions:
            statements.append(statement | {"Action": actions})
        if others:
            statements.append(statement | {"Action": [right.action], "Resource": others})
    return {**document, "Statement": statements}


def _unnaming(document: Mapping[str, Any], role: str) -> dict[str, Any]:
    """The resource policy without a role among those that it admits."""
    statements: list[dict[str, Any]] = []
    for statement in document["Statement"]:
        named = statement["Principal"].get("AWS", []) if isinstance(statement["Principal"], dict) else []
        others = [each for each in ([named] if isinstance(named, str) else named) if not each.endswith(role)]
        if not named or others:
            statements.append(statement | ({"Principal": {"AWS": others}} if named else {}))
    return {**document, "Statement": statements}
