"""Who was active in an hour, for the metric ActiveUsers: each user counts once an hour, over all workers."""

from collections.abc import Callable
from datetime import datetime, timedelta

from omnitrack.adapters.table import Cancellation, Table
from omnitrack.domain.values import moment_text

LIFETIME = timedelta(days=2)
HOUR = len("YYYY-MM-DDTHH")


class ActivityTable:
    """The users seen in each hour, kept in the table, and the current hour's also in memory."""

    def __init__(self, table: Table, count: Callable[[], None]) -> None:
        self._table = table
        self._count = count
        self._hour = ""
        self._seen: set[str] = set()

    def saw(self, user: str, at: datetime) -> None:
        """Count the user when nobody has seen them in this hour."""
        hour = moment_text(at)[:HOUR]
        if hour != self._hour:
            self._hour, self._seen = hour, set()
        if user in self._seen:
            return
        # First, so that a table that fails is asked once an hour and not at each request.
        self._seen.add(user)
        try:
            self._table.update(
                {"PK": f"ACTIVE#{hour}", "SK": user},
                UpdateExpression="SET expiresAt = :end",
                ConditionExpression="attribute_not_exists(PK)",
                ExpressionAttributeValues={":end": int((at + LIFETIME).timestamp())},
            )
        except Cancellation:
            return
        self._count()
