"""Answers that get lost on the way back, so that the client sends the same write once more."""

from typing import Any

import pytest
from omnitrack.adapters.table import Table


def write_twice(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have every single write done twice, as boto does when it heard nothing of the first."""
    update_item = table.client.update_item

    def repeat(**request: Any) -> Any:
        update_item(**request)
        return update_item(**request)

    monkeypatch.setattr(table.client, "update_item", repeat)
