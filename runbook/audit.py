"""What an operator changes about people, kept where the changes by people are kept."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from omnitrack.domain.audit import Action

    from runbook.targets import Target

LONGEST_ID: Final = 128  # characters, as an actor has them
LONGEST_NAME: Final = 120


def record(target: Target, action: Action, subject: str, *, detail: str | None = None) -> None:
    """Add an event to the stack's audit trail, in the name of whoever the credentials belong to.

    Args:
        target: the stack.
        action: what was done.
        subject: to whom, as in `user:ID`.
        detail: what exactly.

    Raises:
        RunbookError: the stack is not deployed.
    """
    from omnitrack.adapters.audit import audit_item  # noqa: PLC0415 - loads boto3
    from omnitrack.adapters.table import Table  # noqa: PLC0415 - loads boto3
    from omnitrack.domain import audit  # noqa: PLC0415 - loads pydantic
    from omnitrack.domain.actors import Actor  # noqa: PLC0415 - loads pydantic

    arn = str(target.client("sts").get_caller_identity()["Arn"])
    actor = Actor(id=arn[:LONGEST_ID], name=arn.rpartition(":")[2][:LONGEST_NAME])
    event = audit.record(actor, action, subject, datetime.now(UTC), detail=detail)
    table = Table(target.client("dynamodb"), target.output("MainTableName"))
    table.transact(table.creating(audit_item(event)))
