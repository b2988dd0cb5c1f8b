"""The dead-letter queues of a stack: looked at, and replayed without loss."""

from __future__ import annotations

import base64
import json
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from runbook.errors import RunbookError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import MessageTypeDef

    from runbook.targets import Target

BATCH: Final = 10  # SQS's limit for receiving, sending and deleting at once
HIDDEN_SECONDS: Final = 120  # how long a message is kept from others while it is looked at or sent
NO_REASON: Final = "failed: it was given up after as many attempts as the queue allows"
STREAM_FAILED: Final = "stream_failed: a part of the table's changes was given up after 24 h of attempts"
RULE_FAILED: Final = "rule_failed: the topic rule could not hand it to the ingest queue"
SUMMARY_LENGTH: Final = 120
SECONDS_PER: Final = (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1))


@dataclass(frozen=True, kw_only=True)
class Kind:
    """One of the stack's pairs of queues.

    Attributes:
        what: its messages, for people.
        dead_letters: the output with the address of the dead letters.
        source: the output with the address of the queue that a replay sends to.
    """

    what: str
    dead_letters: str
    source: str


KINDS: Final[Mapping[str, Kind]] = {
    "readings": Kind(
        what="sensor messages that could not be stored",
        dead_letters="DeadLetterQueueUrl",
        source="IngestQueueUrl",
    ),
    "evaluations": Kind(
        what="changes of the twin that could not be judged for alerts",
        dead_letters="EvaluationDeadLetterQueueUrl",
        source="EvaluationQueueUrl",
    ),
    "notifications": Kind(
        what="alerts that could not be told to people",
        dead_letters="NotificationDeadLetterQueueUrl",
        source="NotificationQueueUrl",
    ),
}


@dataclass(frozen=True, kw_only=True)
class Letter:
    """A message that could not be dealt with.

    Attributes:
        message_id: SQS's id of it.
        receipt: what deletes it.
        body: as it lies in the queue.
        reason: code and sentence.
        age_seconds: since it came into the dead letters.
    """

    message_id: str
    receipt: str
    body: str
    reason: str
    age_seconds: float

    def age_text(self) -> str:
        """The age in its largest unit, as in `3 h`."""
        unit, seconds = next((pair for pair in SECONDS_PER if self.age_seconds >= pair[1]), SECONDS_PER[-1])
        return f"{int(self.age_seconds // seconds)} {unit}"

    def summary(self) -> str:
        """The device's message, cut to a line."""
        text = _payload(self.body)
        return text if len(text) <= SUMMARY_LENGTH else text[: SUMMARY_LENGTH - 3] + "..."

    def document(self) -> dict[str, Any]:
        """The letter as data."""
        return {
            "id": self.message_id,
            "reason": self.reason,
            "ageSeconds": round(self.age_seconds),
            "payload": _payload(self.body),
        }

    def as_sent(self) -> str:
        """The body that the ingest function understands: what the topic rule writes."""
        failure = _mapping(self.body)
        if "base64OriginalPayload" not in failure:
            return self.body
        # What IoT sends to a rule's error action:
        # https://docs.aws.amazon.com/iot/latest/developerguide/rule-error-handling.html
        topic = str(failure.get("topic", "")).split("/")
        return json.dumps(
            {
                "payload": failure["base64OriginalPayload"],
                "topicNodeId": topic[2] if len(topic) > 2 else "",  # noqa: PLR2004 - omnitrack/sensors/{nodeId}/data
                "receivedAt": failure.get("timestamp"),
            }
        )


@dataclass(frozen=True, kw_only=True)
class DeadLetters:
    """The two queues that a replay works between.

    Attributes:
        client: of SQS.
        queue: address of the dead letters.
        source: address of the queue that they came from.
        clock: seconds since the epoch.
    """

    client: SQSClient
    queue: str
    source: str
    clock: Callable[[], float] = field(default=time.time)

    def look(self, *, reason: str | None, limit: int) -> list[Letter]:
        """The letters that match, oldest first; they stay in the queue.

        Args:
            reason: how the reason begins; None for all.
            limit: the most letters to answer.
        """
        found: list[Letter] = []
        seen: list[Letter] = []
        try:
            for batch in self._receive():
                seen += batch
                found += [letter for letter in batch if _matches(letter, reason)]
                if len(found) >= limit:
                    break
        finally:
            self._release(seen)
        return sorted(found, key=lambda letter: -letter.age_seconds)[:limit]

    def replay(self, *, reason: str | None, limit: int) -> int:
        """Send the letters that match back to where they came from; answers how many.

        A letter is deleted only after it has been sent. One that comes back while this runs stays: its cause
        is not mended.

        Args:
            reason: how the reason begins; None for all.
            limit: the most letters to send.

        Raises:
            RunbookError: the queue refused a message; that one is still in the dead letters.
        """
        started, sent = self.clock(), 0
        kept: list[Letter] = []
        try:
            for batch in self._receive():
                wanted = [
                    letter
                    for letter in batch
                    if _matches(letter, reason) and letter.age_seconds >= self.clock() - started
                ][: limit - sent]
                kept += [letter for letter in batch if letter not in wanted]
                sent += self._send_back(wanted)
                if sent >= limit:
                    break
        finally:
            self._release(kept)
        return sent

    def _receive(self) -> Iterator[list[Letter]]:
        """All visible letters once, hidden from others until they are released or their time is over."""
        while True:
            answer = self.client.receive_message(
                QueueUrl=self.queue,
                MaxNumberOfMessages=BATCH,
                VisibilityTimeout=HIDDEN_SECONDS,
                # Asks all servers of the queue: a short poll may answer nothing although there is something.
                WaitTimeSeconds=1,
                MessageAttributeNames=["reason"],
                MessageSystemAttributeNames=["SentTimestamp"],
            )
            messages = answer.get("Messages", [])
            if not messages:
                return
            yield [self._letter(message) for message in messages]

    def _letter(self, message: MessageTypeDef) -> Letter:
        attributes = message.get("MessageAttributes", {})
        reason = attributes["reason"].get("StringValue") if "reason" in attributes else None
        failures = {"base64OriginalPayload": RULE_FAILED, "DDBStreamBatchInfo": STREAM_FAILED}
        body = _mapping(message["Body"])
        untold = next((text for sign, text in failures.items() if sign in body), NO_REASON)
        return Letter(
            message_id=message["MessageId"],
            receipt=message["ReceiptHandle"],
            body=message["Body"],
            reason=reason or untold,
            age_seconds=max(0.0, self.clock() - int(message["Attributes"]["SentTimestamp"]) / 1000),
        )

    def _send_back(self, letters: Sequence[Letter]) -> int:
        if not letters:
            return 0
        answer = self.client.send_message_batch(
            QueueUrl=self.source,
            Entries=[
                {"Id": str(number), "MessageBody": letter.as_sent()} for number, letter in enumerate(letters)
            ],
        )
        sent = [letters[int(entry["Id"])] for entry in answer.get("Successful", [])]
        if sent:
            self.client.delete_message_batch(
                QueueUrl=self.queue,
                Entries=[
                    {"Id": str(number), "ReceiptHandle": letter.receipt} for number, letter in enumerate(sent)
                ],
            )
        refused = [letter for letter in letters if letter not in sent]
        if refused:
            self._release(refused)
            raise RunbookError(
                f"the queue refused {len(refused)} messages, which are still in the dead letters: "
                f"{answer['Failed'][0].get('Message', 'no reason given')}"
            )
        return len(sent)

    def _release(self, letters: Sequence[Letter]) -> None:
        """Make letters visible to others at once, and not only when their time is over."""
        for start in range(0, len(letters), BATCH):
            self.client.change_message_visibility_batch(
                QueueUrl=self.queue,
                Entries=[
                    {"Id": str(number), "ReceiptHandle": letter.receipt, "VisibilityTimeout": 0}
                    for number, letter in enumerate(letters[start : start + BATCH])
                ],
            )


def of(target: Target, kind: str) -> DeadLetters:
    """The dead letters of a stack.

    Args:
        target: the stack.
        kind: one of `KINDS`.

    Raises:
        UsageError: there is no such kind.
        RunbookError: the stack is not deployed.
    """
    if kind not in KINDS:
        raise UsageError(f"there are no dead letters of {kind!r}: choose one of {', '.join(KINDS)}")
    return DeadLetters(
        client=target.client("sqs"),
        queue=target.output(KINDS[kind].dead_letters),
        source=target.output(KINDS[kind].source),
    )


def _matches(letter: Letter, reason: str | None) -> bool:
    return reason is None or letter.reason.startswith(reason)


def _payload(body: str) -> str:
    """What the device sent, as text: decoded from the envelope where there is one."""
    envelope = _mapping(body)
    encoded = envelope.get("payload") or envelope.get("base64OriginalPayload")
    try:
        return base64.b64decode(str(encoded), validate=True).decode() if encoded else body
    except ValueError:
        return body


def _mapping(body: str) -> dict[str, Any]:
    try:
        document = json.loads(body)
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}
