"""Lets a topic rule take any bytes: JSON that Python cannot read is as little JSON as any other text.

That is one nested too deeply, and one with a number of more than 4,300 digits.
"""

from collections.abc import Callable
from typing import Any

from localcloud.aws.patches.upstream import Upstream


def apply() -> None:
    """Wrap the reading of a message.

    Raises:
        PatchError: MiniStack has changed.
    """
    Upstream("unreadable_messages", "services.iot").wrap("_rule_message", "payload", by=_with_any_text)


def _with_any_text(read: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def message(payload: Any) -> Any:  # noqa: ANN401
        try:
            return read(payload)
        except (RecursionError, ValueError):
            # What upstream answers for a message that is no JSON.
            return read(b"\xff")

    return message
