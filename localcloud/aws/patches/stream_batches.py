"""Hands batches of a DynamoDB stream to functions as Lambda does, each mapping in a thread of its own.

Partial batch responses, retries, bisection, the age of records and the destination of what failed; upstream
knows none of these but the age, and one slow function holds up all other mappings.
https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-batchfailurereporting.html
"""

import json
import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from localcloud.aws import stream_filters
from localcloud.aws.patches import stream_roles
from localcloud.aws.patches.upstream import Upstream

BATCH = 100
BACKOFF_SECONDS = 1.0
FAILED, DENIED = "FAILED", "PROBLEM: The function's role may not read the stream."

_logger = logging.getLogger(__name__)
Mapping = dict[str, Any]
Record = dict[str, Any]


@dataclass
class Piece:
    """A part of the stream that is handed over at once, and again until it succeeds or is given up.

    Attributes:
        stop: The position after its last record.
        attempts: How often all of it failed.
    """

    stop: int
    attempts: int = 0


@dataclass(frozen=True, kw_only=True)
class Work:
    """One handing over of a piece.

    Attributes:
        mapping: The event source mapping.
        function: The record of its function.
        start: The position of the first record.
        piece: What is handed over.
        records: Its records, those that the filters hold back among them.
    """

    mapping: Mapping
    function: dict[str, Any]
    start: int
    piece: Piece
    records: list[Record]


def apply() -> None:
    """Put a poller of streams in the place of upstream's.

    Raises:
        PatchError: MiniStack has changed.
    """
    service = Upstream("stream_batches", "services.lambda_svc")
    tables = Upstream("stream_batches", "services.dynamodb")
    for name in ("_dynamodb_stream_positions", "_dynamodb_stream_positions_lock", "_esm_backoff_until"):
        service.require(name)
    for name in ("_esm_inflight", "_request_account_id", "_request_region", "_iter_all_esms"):
        service.require(name)
    service.require("_execute_function", "func", "event")
    service.require("_dispatch_esm_batch", "esm_id", "fn", "args")
    service.require("_get_func_record_for_qualifier")
    failure = ("esm", "func_rec", "batch", "stream_arn", "result", "condition")
    service.require("_send_ddb_stream_failure_record", *failure)
    for name in ("stream_start_position", "stream_end_position"):
        tables.require(name, "table_name", "account_id", "region")
    tables.require("stream_records_since", "table_name", "position", "limit", "account_id", "region")
    tables.require("_tables")
    poller = _Poller(service.module, tables.module)
    service.wrap("_poll_dynamodb_streams", by=lambda _: lambda: poller.poll())  # noqa: PLW0108 - wrap marks it
    service.wrap("_release_esm_poll_state", "esm_id", by=poller.forgetting)


class _Poller:
    """What is under way of each mapping: the last piece is handed over first."""

    def __init__(self, service: Any, tables: Any) -> None:  # noqa: ANN401 - upstream has no types
        self._service = service
        self._tables = tables
        self._pieces: dict[str, list[Piece]] = {}

    def poll(self) -> bool:
        """Hand over one piece of each mapping that has one; answers whether there was any."""
        begun = False
        for account, region, mapping in self._service._iter_all_esms():
            source = str(mapping.get("EventSourceArn", ""))
            if ":dynamodb:" in source and source.split(":")[3:5] == [region, account]:
                with self._scope(account, region):
                    begun = self._begin(mapping, source) or begun
        return begun

    def forgetting(self, original: Callable[[str], None]) -> Callable[[str], None]:
        """Drop what is under way with a mapping."""

        def release(esm_id: str) -> None:
            self._pieces.pop(esm_id, None)
            original(esm_id)

        return release

    @contextmanager
    def _scope(self, account: str, region: str) -> Iterator[None]:
        tokens = (
            self._service._request_account_id.set(account),
            self._service._request_region.set(region),
        )
        try:
            yield
        finally:
            self._service._request_account_id.reset(tokens[0])
            self._service._request_region.reset(tokens[1])

    def _begin(self, mapping: Mapping, source: str) -> bool:
        key, table = mapping["UUID"], source.split("/")[1]
        found = self._tables._tables.get(table) or {}
        waits = self._service._esm_backoff_until.get(key, 0) > time.time()
        if not mapping.get("Enabled", True) or found.get("LatestStreamArn") != source or waits:
            return False
        function, _ = self._service._get_func_record_for_qualifier(
            mapping["FunctionName"], mapping.get("Qualifier")
        )
        if function is None or self._service._esm_inflight.get(key):
            return False
        start, end = self._span(mapping, table)
        piece = self._piece(mapping, start, end)
        if piece is None:
            return False
        records = self._tables.stream_records_since(table, start, piece.stop - start)
        if self._gathers(mapping, records, piece):
            return False
        work = Work(mapping=mapping, function=function, start=start, piece=piece, records=list(records))
        self._service._dispatch_esm_batch(key, self._run, work)
        return True

    def _span(self, mapping: Mapping, table: str) -> tuple[int, int]:
        """The position of the next record, and the one after the last."""
        horizon, end = self._tables.stream_start_position(table), self._tables.stream_end_position(table)
        positions = self._service._dynamodb_stream_positions
        with self._service._dynamodb_stream_positions_lock:
            first = horizon if mapping.get("StartingPosition") == "TRIM_HORIZON" else end
            start = max(positions.get(mapping["UUID"], first), horizon)
            positions[mapping["UUID"]] = start
        return start, end

    def _piece(self, mapping: Mapping, start: int, end: int) -> Piece | None:
        pieces = self._pieces.setdefault(mapping["UUID"], [])
        while pieces and pieces[-1].stop <= start:
            pieces.pop()
        if not pieces and start < end:
            pieces.append(Piece(min(start + int(mapping.get("BatchSize") or BATCH), end)))
        return pieces[-1] if pieces else None

    def _gathers(self, mapping: Mapping, records: list[Record], piece: Piece) -> bool:
        """Whether a batch that is not full waits for more records."""
        window = int(mapping.get("MaximumBatchingWindowInSeconds") or 0)
        fresh = bool(window and records and piece.attempts == 0 and _age(records[0]) < window)
        if not fresh or len(records) >= int(mapping.get("BatchSize") or BATCH):
            return False
        self._pieces.pop(mapping["UUID"], None)
        return True

    def _run(self, work: Work) -> None:
        """Call the function, and judge what came of it."""
        if not stream_roles.may_read(_role(work.function), work.mapping["EventSourceArn"]):
            self._pause(work, DENIED)
            return
        expired = _expired(work)
        if expired:
            self._give_up(work, work.records[:expired], {}, "MaxRecordAgeExceeded")
            self._move(work, work.start + expired)
            return
        kept = [
            (work.start + offset, record)
            for offset, record in enumerate(work.records)
            if stream_filters.passes(work.mapping, record)
        ]
        if not kept:
            self._move(work, work.piece.stop)
            return
        result = self._service._execute_function(work.function, {"Records": [record for _, record in kept]})
        failed = _first_failure(work.mapping, [record for _, record in kept], result)
        if failed is None:
            self._succeed(work, len(kept))
        elif failed:
            # What came before the record that failed is done.
            work.piece.attempts = 0
            self._move(work, kept[failed][0])
        else:
            self._retry(work, kept, result)

    def _succeed(self, work: Work, count: int) -> None:
        self._service._esm_backoff_until.pop(work.mapping["UUID"], None)
        work.mapping["LastProcessingResult"] = f"OK - {count} records"
        self._move(work, work.piece.stop)

    def _retry(self, work: Work, kept: list[tuple[int, Record]], result: dict[str, Any]) -> None:
        """Split what failed as a whole, or hand it over again as often as the mapping says."""
        if work.mapping.get("BisectBatchOnFunctionError") and len(kept) > 1:
            half = Piece(kept[len(kept) // 2][0])
            self._pieces.get(work.mapping["UUID"], []).append(half)
            work.mapping["LastProcessingResult"] = FAILED
            return
        work.piece.attempts += 1
        most = work.mapping.get("MaximumRetryAttempts")
        if most is None or int(most) < 0 or work.piece.attempts <= int(most):
            self._pause(work, FAILED)
            return
        work.mapping["LastProcessingResult"] = FAILED
        self._give_up(work, [record for _, record in kept], result, "RetryAttemptsExhausted")
        self._move(work, work.piece.stop)

    def _pause(self, work: Work, result: str) -> None:
        work.mapping["LastProcessingResult"] = result
        self._service._esm_backoff_until[work.mapping["UUID"]] = time.time() + BACKOFF_SECONDS

    def _move(self, work: Work, position: int) -> None:
        if work.mapping["UUID"] in self._pieces:  # a deleted mapping leaves nothing behind
            with self._service._dynamodb_stream_positions_lock:
                self._service._dynamodb_stream_positions[work.mapping["UUID"]] = position

    def _give_up(self, work: Work, records: list[Record], result: dict[str, Any], condition: str) -> None:
        """Tell the destination which records were given up; AWS never sends the records themselves."""
        failure = (work.mapping.get("DestinationConfig") or {}).get("OnFailure") or {}
        destination = failure.get("Destination")
        if not destination:
            return
        if not stream_roles.may_send(_role(work.function), destination):
            _logger.warning("the role of %s may not send to %s", work.mapping["FunctionArn"], destination)
            return
        self._service._send_ddb_stream_failure_record(
            work.mapping, work.function, records, work.mapping["EventSourceArn"], result, condition
        )


def _role(function: dict[str, Any]) -> str:
    return str((function.get("config") or function).get("Role", ""))


def _age(record: Record) -> float:
    return time.time() - float(record["dynamodb"]["ApproximateCreationDateTime"])


def _expired(work: Work) -> int:
    """How many records at the beginning are older than the mapping hands over."""
    oldest = int(work.mapping.get("MaximumRecordAgeInSeconds") or -1)
    if oldest < 0:
        return 0
    return next((at for at, record in enumerate(work.records) if _age(record) <= oldest), len(work.records))


def _first_failure(mapping: Mapping, records: list[Record], result: dict[str, Any]) -> int | None:
    """Where the first record that failed is in its batch; None when none did."""
    if result.get("error"):
        return 0
    if "ReportBatchItemFailures" not in (mapping.get("FunctionResponseTypes") or ()):
        return None
    body = result.get("body")
    if isinstance(body, str | bytes):
        try:
            body = json.loads(body) if body else None
        except ValueError:
            return 0
    failures = body.get("batchItemFailures") if isinstance(body, dict) else None
    if not failures:
        return None if body is None or isinstance(body, dict) else 0
    numbers = [record["dynamodb"]["SequenceNumber"] for record in records]
    named = [one.get("itemIdentifier") for one in failures if isinstance(one, dict)]
    # What names no record of the batch fails all of it.
    return min(numbers.index(number) if number in numbers else 0 for number in named) if named else 0
