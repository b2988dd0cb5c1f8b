"""Emission thresholds and snapshots in the main table, all in one partition."""

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, TypeVar

from omnitrack.adapters.audit import audit_item
from omnitrack.adapters.table import Cancellation, Item, Table
from omnitrack.domain import audit
from omnitrack.domain.actors import Actor
from omnitrack.domain.emissions import (
    NETWORK_SUBJECT,
    SNAPSHOT_LIFETIME,
    EmissionThresholds,
    Snapshot,
    StoredEmissionThresholds,
)
from omnitrack.domain.errors import UnavailableError
from omnitrack.domain.twin import Precondition
from omnitrack.domain.values import Model, moment_text

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

M = TypeVar("M", bound=Model)

PARTITION = "SUSTAINABILITY#main"
THRESHOLDS: Mapping[str, str] = {"PK": PARTITION, "SK": "THRESHOLDS"}
SNAPSHOTS = "SNAPSHOT#"
HOUR = len("2026-11-24T08")
TITLE = "the set of thresholds"
# A turn is lost only to somebody who sets them at the same moment.
MOST_TURNS = 32


class EmissionsTable:
    """Thresholds and snapshots."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def thresholds(self) -> StoredEmissionThresholds | None:
        """See the port."""
        item = self._table.get(THRESHOLDS)
        return None if item is None else _read(item, StoredEmissionThresholds)

    def put_thresholds(
        self, thresholds: EmissionThresholds, precondition: Precondition, at: datetime, by: Actor
    ) -> StoredEmissionThresholds:
        """See the port."""
        for _ in range(MOST_TURNS):
            known = self.thresholds()
            current = known.version if known else None
            if not precondition.admits(current):
                raise precondition.refusal(TITLE, current)
            stored = StoredEmissionThresholds(**dict(thresholds), version=(current or 0) + 1, updated_at=at)
            event = audit.record(by, "thresholds.set", NETWORK_SUBJECT, at, version=stored.version)
            try:
                self._table.transact(
                    self._replacing(stored, current), self._table.creating(audit_item(event))
                )
            except Cancellation:
                continue
            return stored
        raise UnavailableError(f"{TITLE} changes too fast: try again")

    def keep(self, snapshot: Snapshot) -> None:
        """See the port."""
        moment = moment_text(snapshot.at)
        item = snapshot.model_dump(mode="json", by_alias=True) | {
            "PK": PARTITION,
            "SK": SNAPSHOTS + moment[:HOUR],
            "expiresAt": int((snapshot.at + SNAPSHOT_LIFETIME).timestamp()),
        }
        try:
            self._table.transact(self._table.creating(item))
        except Cancellation:
            return

    def trend(self, start: datetime) -> list[Snapshot]:
        """See the port."""
        hour = SNAPSHOTS + moment_text(start)[:HOUR]
        found = [
            _read(item, Snapshot)
            # A text just before those of the hour, for the earliest snapshot may lie in the midst of it.
            for item in self._table.all(PARTITION, prefix=SNAPSHOTS, after=hour[:-1])
        ]
        return [snapshot for snapshot in found if snapshot.at >= start]

    def _replacing(self, stored: StoredEmissionThresholds, current: int | None) -> "TransactWriteItemTypeDef":
        """Write the thresholds as a whole: one that is left out is gone."""
        fields = stored.model_dump(mode="json", by_alias=True)
        kept = {name: value for name, value in fields.items() if value is not None}
        gone = [f"#{name}" for name in fields if name not in kept]
        values: Item = {f":{name}": value for name, value in kept.items()}
        condition = "attribute_not_exists(PK)"
        if current is not None:
            condition = "#version = :expected"
            values[":expected"] = current
        return self._table.updating(
            THRESHOLDS,
            UpdateExpression="SET "
            + ", ".join(f"#{name} = :{name}" for name in kept)
            + (f" REMOVE {', '.join(gone)}" if gone else ""),
            ConditionExpression=condition,
            ExpressionAttributeNames={f"#{name}": name for name in fields},
            ExpressionAttributeValues=values,
        )


def _read(item: Item, model: type[M]) -> M:
    aliases = {field.alias for field in model.model_fields.values()}
    return model.model_validate({name: value for name, value in item.items() if name in aliases})
