"""Alerts in the main table: one item each, listed by status, by severity and by node, newest first.

All three lists are sorted by `<openedAt>#<id>`, so one position serves whichever is read. Without a filter
that names a list the ones of all statuses are read side by side and merged.
"""

import heapq
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from omnitrack.adapters.audit import audit_item
from omnitrack.adapters.table import LAST, Cancellation, FullPage, Item, Table
from omnitrack.domain import audit
from omnitrack.domain.actors import Actor
from omnitrack.domain.alerts import STATUSES, Alert, AlertFilter, alert_missing, refusal
from omnitrack.domain.values import moment_text

KIND = "ALERT"
POINTERS = "ALERT#"  # prefix of the sort keys with which a node points to its alerts
AFTER = "after"  # the position's only field
# A page that is read through a filter ends after as many items, found or not: a reader is never kept waiting.
MOST_READ = 2000
SMALLEST_READ = 50  # of a small page through a filter, so that few requests find it
READERS = 8  # that follow a node's pointers at once


def alert_key(alert_id: str) -> dict[str, str]:
    """The key of an alert's item."""
    return {"PK": f"ALERT#{alert_id}", "SK": KIND}


def order_of(opened_at: datetime, alert_id: str) -> str:
    """What alerts are sorted by in every list."""
    return f"{moment_text(opened_at)}#{alert_id}"


def id_in(order: str) -> str:
    """The id of the alert with this place in the lists."""
    return order.partition("#")[2]


def status_partition(status: str) -> str:
    """The partition of a status in the first index."""
    return f"ALERTS#STATUS#{status}"


def severity_partition(severity: str) -> str:
    """The partition of a severity in the second index."""
    return f"ALERTS#SEVERITY#{severity}"


def alert_item(alert: Alert) -> Item:
    """The alert as an item."""
    order = order_of(alert.opened_at, alert.id)
    return (
        alert.model_dump(by_alias=True, exclude_none=True)
        | alert_key(alert.id)
        | {
            "GSI1PK": status_partition(alert.status),
            "GSI1SK": order,
            "GSI2PK": severity_partition(alert.severity),
            "GSI2SK": order,
        }
    )


def pointer_key(node_id: str, opened_at: datetime, alert_id: str) -> dict[str, str]:
    """The key of the item with which a node points to an alert."""
    return {"PK": f"NODE#{node_id}", "SK": f"{POINTERS}{order_of(opened_at, alert_id)}"}


def alert_of(item: Item) -> Alert:
    """The alert of an item, as of a stream's image too."""
    aliases = {field.alias for field in Alert.model_fields.values()}
    return Alert.model_validate({name: value for name, value in item.items() if name in aliases})


@dataclass(frozen=True, kw_only=True)
class _List:
    """One of the lists that alerts are in: its index (none for the table itself) and its partition."""

    index: str
    partition: str
    prefix: str = ""

    def order(self, item: Item) -> str:
        """The position of an item in the list."""
        return str(item[f"{self.index}SK"]).removeprefix(self.prefix)

    def key(self, order: str, alert_id: str) -> dict[str, Any]:
        """The key from which the list is read on."""
        if not self.index:
            return {"PK": self.partition, "SK": self.prefix + order}
        return alert_key(alert_id) | {f"{self.index}PK": self.partition, f"{self.index}SK": order}


class AlertsTable:
    """Alerts, kept in the table."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def get(self, alert_id: str) -> Alert:
        """See the port."""
        item = self._table.get(alert_key(alert_id))
        if item is None:
            raise alert_missing(alert_id)
        return alert_of(item)

    def page(
        self, wanted: AlertFilter, *, limit: int, after: Mapping[str, str] | None
    ) -> tuple[list[Alert], Mapping[str, str] | None]:
        """See the port; a page may have fewer alerts than the limit and still have more after it."""
        start = after[AFTER] if after else None
        lists = [self._walk(one, start, limit) for one in _lists(wanted)]
        found: list[Alert] = []
        last = ""
        for number, (order, alert) in enumerate(
            heapq.merge(*lists, key=lambda entry: entry[0], reverse=True)
        ):
            if number == max(MOST_READ, 2 * limit):
                return found, {AFTER: last}
            # An alert whose status has just changed may be in two lists for a moment.
            if order != last and alert is not None and wanted.admits(alert):
                if len(found) == limit:
                    return found, {AFTER: order_of(found[-1].opened_at, found[-1].id)}
                found.append(alert)
            last = order
        return found, None

    def acknowledge(self, alert_id: str, actor: Actor, at: datetime) -> Alert:
        """See the port."""
        alert = self.get(alert_id)
        if alert.status != "open":
            raise refusal(alert)
        event = audit.record(actor, "alert.acknowledged", f"alert:{alert_id}", at)
        try:
            self._table.transact(
                self._table.updating(alert_key(alert_id), **_acknowledgement(actor, at)),
                self._table.creating(audit_item(event)),
            )
        except Cancellation as cancellation:
            met = cancellation.items[0]
            raise (refusal(alert_of(met)) if met else alert_missing(alert_id)) from None
        return self.get(alert_id)

    def _walk(self, which: _List, start: str | None, limit: int) -> Iterator[tuple[str, Alert | None]]:
        """The entries of a list after a position, newest first, read in pages."""
        after = which.key(start, id_in(start)) if start else None
        while True:
            page = self._table.newest(
                which.partition,
                limit=max(limit, SMALLEST_READ),
                index=which.index,
                start=which.prefix,
                end=which.prefix + LAST,
                after=after,
            )
            orders = [which.order(item) for item in page]
            yield from zip(
                orders, map(alert_of, page) if which.index else self._pointed_at(orders), strict=True
            )
            if not isinstance(page, FullPage):
                return
            after = which.key(orders[-1], id_in(orders[-1]))

    def _pointed_at(self, orders: list[str]) -> list[Alert | None]:
        with ThreadPoolExecutor(READERS) as readers:
            items = readers.map(lambda order: self._table.get(alert_key(id_in(order))), orders)
            return [alert_of(item) if item else None for item in items]


def _lists(wanted: AlertFilter) -> list[_List]:
    """The lists that together hold what is wanted, as few and as short as there are."""
    if wanted.node is not None:
        return [_List(index="", partition=f"NODE#{wanted.node}", prefix=POINTERS)]
    if wanted.severity is not None and wanted.status in {None, "resolved"}:
        return [_List(index="GSI2", partition=severity_partition(wanted.severity))]
    statuses = STATUSES if wanted.status is None else (wanted.status,)
    return [_List(index="GSI1", partition=status_partition(status)) for status in statuses]


def _acknowledgement(actor: Actor, at: datetime) -> dict[str, Any]:
    return {
        "UpdateExpression": "SET #status = :acknowledged, GSI1PK = :list, acknowledgedAt = :at,"
        " acknowledgedBy = :actor, updatedAt = :at",
        "ConditionExpression": "#status = :open",
        "ExpressionAttributeNames": {"#status": "status"},
        "ExpressionAttributeValues": {
            ":acknowledged": "acknowledged",
            ":list": status_partition("acknowledged"),
            ":at": moment_text(at),
            ":actor": actor.model_dump(by_alias=True),
            ":open": "open",
        },
    }
