"""Keeps the streams of tables over a restart, as they keep their records for a day.

Upstream keeps how far each function has read, but not the records: after a restart the functions would wait
until as many changes have come as before it, and whatever they had not read by then would be lost.
"""

from collections.abc import Callable, Iterator
from typing import Any

from localcloud.aws.patches.upstream import Upstream

MEMBER = "omnitrackStreams"

State = dict[str, Any]


def apply() -> None:
    """Wrap what saves the tables and what restores them.

    Raises:
        PatchError: MiniStack has changed.
    """
    tables = Upstream("stream_states", "services.dynamodb")
    service = Upstream("stream_states", "services.lambda_svc")
    for name in ("_stream_records", "_stream_trimmed"):
        tables.require(name)
    for name in ("_dynamodb_stream_positions", "_esms"):
        service.require(name)
    streams = _Streams(tables.module, service.module)
    tables.wrap("get_state", by=streams.saving)
    tables.wrap("_restore_state", "data", by=streams.restoring)


class _Streams:
    def __init__(self, tables: Any, service: Any) -> None:  # noqa: ANN401 - upstream has no types
        self._tables = tables
        self._service = service

    def saving(self, get_state: Callable[[], State]) -> Callable[[], State]:
        """Add what some function has still to read of each stream, and where in the stream that is."""

        def state() -> State:
            kept = []
            # Before the tables: a write that comes in between is then at worst read from the table alone.
            for (account, region, table), records in self._tables._stream_records.all_items():
                trimmed = self._tables._stream_trimmed.get_scoped(account, region, table, 0)
                end = trimmed + len(records)
                start = min(max(min(self._positions(account, region, table), default=end), trimmed), end)
                kept.append([account, region, table, start, list(records[start - trimmed :])])
            return {**get_state(), MEMBER: kept}

        return state

    def restoring(self, restore: Callable[[State], None]) -> Callable[[State], None]:
        """Give each stream back what was kept of it."""

        def restored(data: State) -> None:
            restore(data)
            for account, region, table, start, records in (data or {}).get(MEMBER, ()):
                self._tables._stream_trimmed.set_scoped(account, region, table, start)
                self._tables._stream_records.set_scoped(account, region, table, records)

        return restored

    def _positions(self, account: str, region: str, table: str) -> Iterator[int]:
        """How far each function has read that the stream feeds."""
        part = f":{region}:{account}:table/{table}/stream/"
        for (owner, place, key), mapping in self._service._esms.all_items():
            if part in str(mapping.get("EventSourceArn", "")):
                position = self._service._dynamodb_stream_positions.get_scoped(owner, place, key)
                yield int(position or 0)
