"""How a bootstrap converges: parts that compare what is with what should be, and mend the difference."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol

from runbook.errors import RunbookError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

ROUNDS: Final = 12
PAUSE_SECONDS: Final = 2.0
# What was made a moment ago is not known everywhere in AWS yet.
UNSETTLED: Final = frozenset(
    {
        "AlreadyExistsException",
        "EntityAlreadyExists",
        "NoSuchBucket",
        "NoSuchEntity",
        "NotFoundException",
        "OperationAborted",
    }
)


@dataclass(frozen=True, kw_only=True)
class Difference:
    """Something that is not as it should be.

    Attributes:
        text: what was done once it is mended, as in "public access blocked".
        mend: does it.
    """

    text: str
    mend: Callable[[], object]


class Part(Protocol):
    """One thing of the account."""

    @property
    def title(self) -> str:
        """What it is, with its name."""
        ...

    def differences(self) -> Sequence[Difference]:
        """What is not as it should be; of something that does not exist, only that."""
        ...


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What became of a part.

    Attributes:
        title: what it is.
        changes: what was done, or would be.
    """

    title: str
    changes: tuple[str, ...]


def converge(part: Part, *, dry_run: bool, pause: Callable[[float], None] = time.sleep) -> Outcome:
    """Mend a part until nothing is left to mend.

    Args:
        part: the part.
        dry_run: only look.
        pause: waits for AWS, in seconds.

    Raises:
        RunbookError: it does not become as it should be.
        ClientError: AWS refuses.
    """
    from botocore.exceptions import ClientError  # noqa: PLC0415 - the help must not wait for boto3

    changes: dict[str, None] = {}
    settled = True
    for attempt in range(ROUNDS):
        if not settled:
            pause(PAUSE_SECONDS)
        try:
            differences = part.differences()
            if dry_run:
                return Outcome(title=part.title, changes=tuple(each.text for each in differences))
            if not differences:
                return Outcome(title=part.title, changes=tuple(changes))
            settled = any(difference.text not in changes for difference in differences)
            for difference in differences:
                difference.mend()
                changes[difference.text] = None
        except ClientError as error:
            if attempt == ROUNDS - 1 or error.response["Error"]["Code"] not in UNSETTLED:
                raise
            settled = False
    left = ", ".join(changes)
    raise RunbookError(f"{part.title} does not stay as it was put ({left}): run the command again")


def found(ask: Callable[[], Mapping[str, Any]], *absent: str) -> Mapping[str, Any] | None:
    """What AWS answers; None where it says that there is no such thing.

    Args:
        ask: the call.
        absent: the codes that say so.

    Raises:
        ClientError: it answers otherwise.
    """
    from botocore.exceptions import ClientError  # noqa: PLC0415 - as above

    try:
        return ask()
    except ClientError as error:
        if error.response["Error"]["Code"] in absent:
            return None
        raise


def same_document(found: str | Mapping[str, Any] | None, wanted: Mapping[str, Any]) -> bool:
    """Whether two policies say the same; AWS unwraps lists of one, and changes their order."""
    if found is None:
        return False
    return _canonical(json.loads(found) if isinstance(found, str) else found) == _canonical(wanted)


def holds(found: object, wanted: object) -> bool:
    """Whether an answer has at least what is wanted: AWS adds members in time."""
    match wanted:
        case dict():
            return isinstance(found, dict) and all(
                name in found and holds(found[name], part) for name, part in wanted.items()
            )
        case list():
            return (
                isinstance(found, list)
                and len(found) == len(wanted)
                and all(holds(*pair) for pair in zip(found, wanted, strict=True))
            )
    return found == wanted


def _canonical(value: object) -> object:
    match value:
        case dict():
            return {key: _canonical(part) for key, part in value.items()}
        case [only]:
            return _canonical(only)
        case list():
            return sorted(
                (_canonical(part) for part in value), key=lambda part: json.dumps(part, sort_keys=True)
            )
    return value


def text_of(document: Mapping[str, Any]) -> str:
    """A policy as AWS takes it; without spaces, which some limits count."""
    return json.dumps(document, separators=(",", ":"))
