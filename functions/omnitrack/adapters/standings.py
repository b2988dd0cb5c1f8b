"""Standings in the main table, each changed in one transaction with the alerts that follow from it.

| item | PK / SK |
|---|---|
| standing | `STANDING#<subject>` / `JUDGE#<judge>` |
| alert, and the pointer of its node to it | see `alerts` |
"""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from omnitrack.adapters.alerts import (
    alert_item,
    alert_key,
    pointer_key,
    severity_partition,
    status_partition,
)
from omnitrack.adapters.table import Cancellation, Item, Table
from omnitrack.domain.alerts import LIFETIME, NODE_SUBJECT, Finding
from omnitrack.domain.evaluation import (
    Criticality,
    Judge,
    Raised,
    Repeat,
    Standing,
    Step,
    alert_of,
    priority,
)
from omnitrack.domain.values import moment_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

# Of a subject that is gone: longer than an image or a message of it can still come.
STANDING_LIFETIME = timedelta(days=30)
IS_UNRESOLVED = "attribute_exists(PK) AND #status <> :resolved"


class StandingsTable:
    """Standings and what they do to alerts, kept in the table."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def standing(self, subject: str, judge: Judge) -> Standing:
        """See the port."""
        item = self._table.get(standing_key(subject, judge))
        if item is None:
            return Standing(subject=subject, judge=judge)
        raised = {rule: _raised(known) for rule, known in item["raised"].items()}
        return Standing(subject=subject, judge=judge, revision=item["revision"], raised=raised)

    def save(self, step: Step, criticality: Criticality, at: datetime) -> bool:
        """See the port."""
        key, expressions = _standing_update(step, at)
        subject = step.after.subject
        weight = criticality(subject) if step.opened or step.repeated else 0.0
        try:
            if step.opened or step.repeated or step.resolved:
                self._table.transact(
                    self._table.updating(key, **expressions),
                    *(part for raised in step.opened for part in self._opens(raised, subject, weight)),
                    *(self._repeats(repeat, weight, at) for repeat in step.repeated),
                    *(part for raised in step.resolved for part in self._resolves(raised, subject, at)),
                )
            else:
                self._table.update(key, **expressions)
        except Cancellation as cancellation:
            if cancellation.failed[0] or self._has_moved_on(step.before):
                return False
            raise RuntimeError(
                f"an alert of {subject} is not as its standing says: resolve what is raised of it by hand"
            ) from cancellation
        return True

    def _has_moved_on(self, before: Standing) -> bool:
        return self.standing(before.subject, before.judge).revision != before.revision

    def _opens(self, raised: Raised, subject: str, weight: float) -> "Iterator[TransactWriteItemTypeDef]":
        alert = alert_of(raised, subject, weight)
        yield self._table.creating(alert_item(alert))
        if alert.node_id is not None:
            pointer = pointer_key(alert.node_id, alert.opened_at, alert.id)
            yield self._table.creating(pointer | {"alertId": alert.id})

    def _repeats(self, repeat: Repeat, weight: float, at: datetime) -> "TransactWriteItemTypeDef":
        finding = repeat.finding
        changed = {
            "severity": finding.severity,
            "GSI2PK": severity_partition(finding.severity),
            "priority": priority(finding.severity, weight),
            "finding": finding.text,
            "value": finding.value,
            "threshold": finding.threshold,
            "updatedAt": moment_text(at),
        }
        return self._changes(repeat.alert_id, changed, times=repeat.times)

    def _resolves(self, raised: Raised, subject: str, at: datetime) -> "Iterator[TransactWriteItemTypeDef]":
        expires_at = int((at + LIFETIME).timestamp())
        changed = {
            "status": "resolved",
            "GSI1PK": status_partition("resolved"),
            "resolvedAt": moment_text(at),
            "updatedAt": moment_text(at),
            "expiresAt": expires_at,
        }
        yield self._changes(raised.alert_id, changed)
        if subject.startswith(NODE_SUBJECT):
            node_id = subject.removeprefix(NODE_SUBJECT)
            yield self._table.updating(
                pointer_key(node_id, raised.opened_at, raised.alert_id),
                UpdateExpression="SET expiresAt = :expires, alertId = :alert",
                ExpressionAttributeValues={":expires": expires_at, ":alert": raised.alert_id},
            )

    def _changes(self, alert_id: str, changed: Item, *, times: int = 0) -> "TransactWriteItemTypeDef":
        # All names by placeholders: several are DynamoDB's own words.
        names = {f"#{name}": name for name in {*changed, "status"}}
        values = {f":{name}": value for name, value in changed.items()} | {":resolved": "resolved"}
        update = "SET " + ", ".join(f"#{name} = :{name}" for name in changed)
        if times:
            names["#count"], values[":times"] = "count", times
            update += " ADD #count :times"
        return self._table.updating(
            alert_key(alert_id),
            UpdateExpression=update,
            ConditionExpression=IS_UNRESOLVED,
            ExpressionAttributeNames=names,
            ExpressionAttributeValues=values,
        )


def standing_key(subject: str, judge: Judge) -> dict[str, str]:
    """The key of a standing's item."""
    return {"PK": f"STANDING#{subject}", "SK": f"JUDGE#{judge}"}


def _standing_update(step: Step, at: datetime) -> tuple[dict[str, str], dict[str, Any]]:
    before, after = step.before, step.after
    values: Item = {
        ":revision": after.revision,
        ":raised": {rule: _item(raised) for rule, raised in after.raised.items()},
    }
    update = "SET revision = :revision, raised = :raised"
    if step.is_last:
        update += ", expiresAt = :expires"
        values[":expires"] = int((at + STANDING_LIFETIME).timestamp())
    else:
        update += " REMOVE expiresAt"
    condition = "attribute_not_exists(revision)"
    if before.revision:
        condition = "revision = :before"
        values[":before"] = before.revision
    return standing_key(after.subject, after.judge), {
        "UpdateExpression": update,
        "ConditionExpression": condition,
        "ExpressionAttributeValues": values,
    }


def _item(raised: Raised) -> Item:
    finding = raised.finding
    return {
        "alertId": raised.alert_id,
        "openedAt": moment_text(raised.opened_at),
        "rule": finding.rule,
        "severity": finding.severity,
        "text": finding.text,
        "value": finding.value,
        "threshold": finding.threshold,
        "evidence": finding.evidence,
    }


def _raised(item: Item) -> Raised:
    fields = dict(item)
    alert_id, opened_at = fields.pop("alertId"), fields.pop("openedAt")
    return Raised(alert_id=alert_id, opened_at=datetime.fromisoformat(opened_at), finding=Finding(**fields))
