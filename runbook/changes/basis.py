"""What a preview was compared with: a line of its own at the head of the engine's record."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import asdict, dataclass, fields
from enum import StrEnum
from typing import Final

KEY: Final = "omnitrackPreview"


class Against(StrEnum):
    """What a preview compares the program with."""

    NOTHING = "nothing"
    """An empty state: everything is new."""
    REVISION = "revision"
    """What the program of another commit deploys."""
    LOCAL = "local"
    """What is deployed in the local cloud."""
    LIVE = "live"
    """What is deployed in the stack's own account."""
    UNKNOWN = "unknown"
    """The record does not say."""


@dataclass(frozen=True, kw_only=True)
class Basis:
    """What a preview was compared with.

    Attributes:
        against: Of what kind it is.
        revision: Short number of the commit; beside NOTHING, of the one that could not be deployed.
        account: Number of the stack's account in this comparison; empty where it is not known.
        unseen: Names of settings that differ without the preview showing it, with commas.
    """

    against: Against
    revision: str = ""
    account: str = ""
    unseen: str = ""

    @property
    def line(self) -> str:
        """One line of JSON, with its end, as the engine's record has them."""
        return json.dumps({KEY: asdict(self)}) + "\n"


UNKNOWN: Final = Basis(against=Against.UNKNOWN)


def read(record: str) -> Basis:
    """The basis that a record begins with; UNKNOWN where it does not say."""
    with suppress(ValueError, LookupError, RecursionError, TypeError, AttributeError):
        told = json.loads(record.partition("\n")[0])[KEY]
        known = (field.name for field in fields(Basis) if field.name != "against")
        words = {name: told[name] for name in known if isinstance(told.get(name), str)}
        return Basis(against=Against(told["against"]), **words)
    return UNKNOWN


def without(record: str) -> str:
    """The engine's own part of a record."""
    first, _, rest = record.partition("\n")
    return rest if f'"{KEY}"' in first else record
