"""Records of the table's stream as changes of the platform's entities."""

from collections.abc import Callable, Mapping
from typing import Any

from omnitrack.adapters import network_items
from omnitrack.adapters.table import Item, from_attributes
from omnitrack.domain.alerts import Alert
from omnitrack.domain.changes import Change, Entity
from pydantic import ValidationError


def _alert(item: Item) -> Alert:
    aliases = {field.alias for field in Alert.model_fields.values()}
    return Alert.model_validate({name: value for name, value in item.items() if name in aliases})


# The beginnings of the keys, and how an item of that kind is read.
KINDS: tuple[tuple[str, str, Callable[[Item], Entity]], ...] = (
    ("NETWORK#", "NODE#", network_items.node),
    ("NETWORK#", "LANE#", network_items.lane),
    ("ALERT#", "ALERT", _alert),
)


def change(record: Mapping[str, Any]) -> Change | None:
    """The change that a record tells of; None when it is not about a node, a lane or an alert.

    Raises:
        pydantic.ValidationError: The item, as it is now or was last, is not what the platform writes.
    """
    stream = record["dynamodb"]
    keys = from_attributes(stream["Keys"])
    for partition, prefix, read in KINDS:
        if keys["PK"].startswith(partition) and keys["SK"].startswith(prefix):
            old, new = (stream.get(image) for image in ("OldImage", "NewImage"))
            after = read(from_attributes(new)) if new else None
            before = _before(read, old, needed=after is None) if old else None
            return Change(id=record["eventID"], before=before, after=after)
    return None


def _before(read: Callable[[Item], Entity], image: Mapping[str, Any], *, needed: bool) -> Entity | None:
    """What an item was: needed when it is gone; otherwise one that is not readable hides not what became."""
    try:
        return read(from_attributes(image))
    except ValidationError:
        if needed:
            raise
        return None
