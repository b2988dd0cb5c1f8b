"""Changes of the platform's entities as the events that channels tell of."""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from omnitrack.domain.alerts import Alert
from omnitrack.domain.realtime import Event
from omnitrack.domain.twin import StoredLane, StoredNode
from omnitrack.domain.values import Model

Entity = StoredNode | StoredLane | Alert

# API Gateway takes messages of 128 kB; a node with all that it may hold stays below it.
LARGEST_DATA = 100_000  # bytes
TWIN_FIELDS = ("nodes", "lanes", "removedNodes", "removedLanes")


@dataclass(frozen=True, kw_only=True)
class Change:
    """What an entity was and what it has become; None where there is none. `id` is the change's own."""

    id: str
    before: Entity | None
    after: Entity | None


def events(changes: Iterable[Change], view: Callable[[StoredNode], Model]) -> list[Event]:
    """The events that tell of a batch of changes.

    Of each node and lane only the last state counts, all of them in as few events as they fit in; each change
    of an alert is an event of its own. What has changed nothing that people see is left out.
    """
    told: list[Event] = []
    twin: dict[tuple[str, ...], Change] = {}
    for change in changes:
        if isinstance(change.after or change.before, Alert):
            told += _alert_events(change)
            continue
        identity = _identity(change.after or change.before)
        known = twin.pop(identity, change)  # the last change takes the last place
        twin[identity] = Change(id=change.id, before=known.before, after=change.after)
    return told + list(_twin_events([c for c in twin.values() if c.before != c.after], view))


def _alert_events(change: Change) -> list[Event]:
    before, after = change.before, change.after
    # An alert goes by its lifetime only, long after it was resolved: nobody waits for that.
    if not isinstance(after, Alert) or before == after:
        return []
    kind = "updated"
    if not isinstance(before, Alert):
        kind = "opened"
    elif before.status != after.status:
        kind = after.status
    return [Event(key=change.id, type=f"alert.{kind}", channel="alerts", data=_document(after))]


def _twin_events(changes: list[Change], view: Callable[[StoredNode], Model]) -> Iterator[Event]:
    data: dict[str, list[Any]] = {field: [] for field in TWIN_FIELDS}
    size, last, part = 0, "", 0
    for change in changes:
        field, document = _piece(change, view)
        added = len(json.dumps(document, ensure_ascii=False).encode())
        if size and size + added > LARGEST_DATA:
            yield _twin_event(last, part, data)
            data, size, part = {name: [] for name in TWIN_FIELDS}, 0, part + 1
        data[field].append(document)
        size, last = size + added, change.id
    if size:
        yield _twin_event(last, part, data)


def _twin_event(last: str, part: int, data: dict[str, Any]) -> Event:
    return Event(key=f"{last}.{part}", type="twin.changed", channel="twin", data=data)


def _piece(change: Change, view: Callable[[StoredNode], Model]) -> tuple[str, Any]:
    if isinstance(change.after, StoredNode):
        return "nodes", _document(view(change.after))
    if isinstance(change.after, StoredLane):
        return "lanes", _document(change.after)
    if isinstance(change.before, StoredLane):
        return "removedLanes", {"from": change.before.from_, "to": change.before.to}
    return "removedNodes", _identity(change.before)[0]


def _identity(entity: Entity | None) -> tuple[str, ...]:
    if isinstance(entity, StoredLane):
        return (entity.from_, entity.to)
    return (entity.id,) if entity else ()


def _document(model: Model) -> dict[str, Any]:
    return model.model_dump(mode="json", by_alias=True, exclude_none=True)
