"""Cursors: where a page of a list ended, as a text that only the platform can make."""

from collections.abc import Mapping
from typing import Protocol

from omnitrack.domain.errors import InvalidInputError

LONGEST = 1024  # characters


class Cursors(Protocol):
    """Turns positions into cursors and back."""

    def seal(self, position: Mapping[str, str], bound_to: tuple[str, ...]) -> str:
        """The cursor for a position; it opens only with the same `bound_to`."""
        ...

    def open(self, cursor: str, bound_to: tuple[str, ...]) -> dict[str, str]:
        """The position of a cursor; raises InvalidInputError when the platform did not make it for this."""
        ...


def foreign() -> InvalidInputError:
    """The error for a cursor that is not one of ours, or not one for this list and this user."""
    return InvalidInputError("cursor: send it as the page before answered it, with the same filters")
