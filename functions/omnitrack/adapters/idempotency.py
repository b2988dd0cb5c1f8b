"""Requests with an Idempotency-Key in the main table, under the user's own partition.

Powertools' utility is not used: it keeps all users in one partition that is fixed when the function starts,
and it knows neither another request under the same key in progress nor the answer's headers.

What dies between a change and the record of its answer leaves a record in progress. When its time is over
the request is served again, and the condition of the change (its version, its state) keeps it from happening
twice. Where the client named no version (`If-Match: *`) nothing keeps it from that: the entity then has one
more version with the same content, and the audit trail a second event.
"""

import uuid
from datetime import datetime

from omnitrack.adapters.table import Cancellation, Item, Table
from omnitrack.domain.errors import IdempotencyKeyReusedError, RequestInProgressError
from omnitrack.domain.idempotency import LIFETIME, LONGEST_ATTEMPT, Attempt, RequestKey, StoredReply

_IS_FREE = "attribute_not_exists(PK) OR expiresAt <= :now"
_HAS_DIED = "(digest = :digest AND attribute_not_exists(answer) AND attemptEndsAt <= :now)"


class RepetitionsTable:
    """The requests of the last 24 hours, kept in the table."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def begin(self, request: RequestKey, at: datetime) -> Attempt | StoredReply:
        """See the port."""
        attempt = Attempt(request=request, id=str(uuid.uuid4()))
        try:
            self._table.update(
                _key(request),
                UpdateExpression="SET digest = :digest, attempt = :attempt, attemptEndsAt = :attemptEnd,"
                " expiresAt = :end REMOVE answer",
                ConditionExpression=f"{_IS_FREE} OR {_HAS_DIED}",
                ExpressionAttributeValues={
                    ":digest": request.digest,
                    ":attempt": attempt.id,
                    ":attemptEnd": (at + LONGEST_ATTEMPT).timestamp(),
                    ":end": int((at + LIFETIME).timestamp()),
                    ":now": at.timestamp(),
                },
            )
        except Cancellation as cancellation:
            met = cancellation.items[0]
            # The answer to this very attempt got lost, and the client has made it once more.
            if met is not None and met.get("attempt") == attempt.id:
                return attempt
            return _answer(request, met)
        return attempt

    def finish(self, attempt: Attempt, reply: StoredReply, at: datetime) -> None:
        """See the port."""
        answer = {"status": reply.status, "headers": dict(reply.headers), "body": reply.body}
        try:
            self._table.update(
                _key(attempt.request),
                UpdateExpression="SET answer = :answer, expiresAt = :end",
                ConditionExpression="attempt = :attempt",
                ExpressionAttributeValues={
                    ":answer": answer,
                    ":attempt": attempt.id,
                    ":end": int((at + LIFETIME).timestamp()),
                },
            )
        except Cancellation:
            return

    def abandon(self, attempt: Attempt) -> None:
        """See the port."""
        try:
            self._table.delete(
                _key(attempt.request),
                ConditionExpression="attempt = :attempt",
                ExpressionAttributeValues={":attempt": attempt.id},
            )
        except Cancellation:
            return


def _key(request: RequestKey) -> dict[str, str]:
    return {"PK": f"IDEMPOTENCY#{request.user}", "SK": f"{request.operation}#{request.key}"}


def _answer(request: RequestKey, known: Item | None) -> StoredReply:
    if known is not None and known["digest"] != request.digest:
        raise IdempotencyKeyReusedError("Idempotency-Key: came with another request, choose another one")
    if known is None or "answer" not in known:
        raise RequestInProgressError("a request with this Idempotency-Key is being served: repeat it later")
    answer = known["answer"]
    return StoredReply(status=answer["status"], headers=answer["headers"], body=answer["body"])
