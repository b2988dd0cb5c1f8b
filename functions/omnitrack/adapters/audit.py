"""The audit trail in the main table: by day, and by user in the first index.

An event is written in the transaction of the change that it tells of, so that there is neither without the
other. An adapter that changes something adds it as one more part:

    event = audit.record(actor, "alert.acknowledged", f"alert:{alert_id}", at)    # omnitrack.domain.audit
    table.transact(..., table.creating(audit_item(event)))

The handler gives the adapter `request.actor` and `wiring.now()`.
"""

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import islice

from omnitrack.adapters.table import FullPage, Item, Table
from omnitrack.domain.audit import LIFETIME, AuditEvent, AuditFilter
from omnitrack.domain.values import Model, moment_text

DAY = len("YYYY-MM-DD")
# Days are read several at a time, the more of them the more were empty: a quarter takes eight turns.
MOST_DAYS_AT_ONCE = 16


def day_partition(day: str) -> str:
    """The partition of a day (`2026-11-24`)."""
    return f"AUDIT#{day}"


def user_partition(user: str) -> str:
    """The partition of a user in the first index."""
    return f"AUDIT#USER#{user}"


def audit_item(event: AuditEvent) -> Item:
    """The event as an item, for `Table.creating` in a transaction."""
    moment = moment_text(event.at)
    order = f"{moment}#{event.id}"
    return event.model_dump(by_alias=True, exclude_none=True) | {
        "PK": day_partition(moment[:10]),
        "SK": order,
        "GSI1PK": user_partition(event.actor.id),
        "GSI1SK": order,
        "expiresAt": int((event.at + LIFETIME).timestamp()),
    }


class AuditTable:
    """The audit trail, read newest first."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def page(
        self, wanted: AuditFilter, *, limit: int, after: Mapping[str, str] | None
    ) -> tuple[list[AuditEvent], Mapping[str, str] | None]:
        """See the port."""
        order = after["order"] if after else ""
        # The start moves on with the clock: what it has overtaken has nothing after it, and DynamoDB refuses
        # a key outside of the bounds.
        if order and order <= moment_text(wanted.start):
            return [], None
        items = self._of_user(wanted, limit, order) if wanted.user else self._of_days(wanted, limit, order)
        end = {"order": items[-1]["SK"]} if isinstance(items, FullPage) else None
        return [_event(item) for item in items], end

    def _of_user(self, wanted: AuditFilter, limit: int, order: str) -> list[Item]:
        partition = user_partition(wanted.user or "")
        key = {**_key(order), "GSI1PK": partition, "GSI1SK": order} if order else None
        start, end = moment_text(wanted.start), moment_text(wanted.end)
        return self._table.newest(partition, index="GSI1", start=start, end=end, limit=limit, after=key)

    def _of_days(self, wanted: AuditFilter, limit: int, order: str) -> list[Item]:
        found: list[Item] = []
        days = _days_backwards(order[:DAY] or moment_text(wanted.end)[:DAY], wanted)
        at_once = 1
        with ThreadPoolExecutor(MOST_DAYS_AT_ONCE) as threads:
            while turn := list(islice(days, at_once)):
                for items in threads.map(lambda day: self._of_day(day, wanted, limit, order), turn):
                    found += items
                    # A day that did not fit into its answer ends the page, for the days before it are older.
                    if isinstance(items, FullPage) or len(found) > limit:
                        return FullPage(found[:limit])
                at_once = min(2 * at_once, MOST_DAYS_AT_ONCE)
        return found

    def _of_day(self, day: str, wanted: AuditFilter, limit: int, order: str) -> list[Item]:
        return self._table.newest(
            day_partition(day),
            start=moment_text(wanted.start),
            end=moment_text(wanted.end),
            limit=limit,
            after=_key(order) if order.startswith(day) else None,
        )


def _days_backwards(last: str, wanted: AuditFilter) -> Iterator[str]:
    moment, first = wanted.end, moment_text(wanted.start)[:DAY]
    while (day := moment_text(moment)[:DAY]) >= first:
        if day <= last:
            yield day
        moment -= timedelta(days=1)


def _key(order: str) -> dict[str, str]:
    return {"PK": day_partition(order[:DAY]), "SK": order}


def _event(item: Item) -> AuditEvent:
    return AuditEvent.model_validate({name: item[name] for name in _FIELDS if name in item})


def _aliases(model: type[Model]) -> frozenset[str]:
    return frozenset(field.alias or name for name, field in model.model_fields.items())


_FIELDS = _aliases(AuditEvent)
