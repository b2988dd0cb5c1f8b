"""The audit trail: who changed what, and when."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Literal, Protocol

from omnitrack.domain.actors import Actor
from omnitrack.domain.values import Identifier, Maybe, Model, Moment
from pydantic import Field

LIFETIME = timedelta(days=400)
LONGEST_VIEW = timedelta(days=90)

Action = Literal[
    "node.created",
    "node.replaced",
    "node.removed",
    "lane.created",
    "lane.replaced",
    "lane.removed",
    "alert.acknowledged",
    "thresholds.set",
    "user.invited",
    "user.created",
    "user.role_given",
    "user.disabled",
    "user.enabled",
]


class AuditEvent(Model):
    """One change by a person."""

    id: Identifier
    at: Moment
    actor: Actor
    action: Action
    subject: Annotated[str, Field(description="What was changed: `node:ID`, `lane:FROM:TO`, `alert:ID`, ...")]
    version: Maybe[Annotated[int, Field(ge=1, description="The version that the change made.")]] = None
    detail: Maybe[Annotated[str, Field(max_length=500)]] = None


class AuditPage(Model):
    """Events, newest first; `cursor` is there when more follows."""

    events: list[AuditEvent]
    cursor: Maybe[str] = None


def record(
    actor: Actor,
    action: Action,
    subject: str,
    at: datetime,
    *,
    version: int | None = None,
    detail: str | None = None,
) -> AuditEvent:
    """A new event; it is written in the transaction of the change that it tells of."""
    return AuditEvent(
        id=str(uuid.uuid4()),
        at=at,
        actor=actor,
        action=action,
        subject=subject,
        version=version,
        detail=detail,
    )


@dataclass(frozen=True, kw_only=True)
class AuditFilter:
    """Which events are asked for: from a moment on, before another, and perhaps of one user only."""

    start: datetime
    end: datetime
    user: str | None = None


class AuditTrail(Protocol):
    """Where the events are kept."""

    def page(
        self, wanted: AuditFilter, *, limit: int, after: Mapping[str, str] | None
    ) -> tuple[list[AuditEvent], Mapping[str, str] | None]:
        """At most `limit` events, newest first, after a position; and the position when more follow."""
        ...
