"""The generation of a secret in a stack file: raised by one, everything else in the file left as it is."""

from __future__ import annotations

import os
import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from runbook.errors import RunbookError

if TYPE_CHECKING:
    from re import Match

FIRST: Final = 1


def raised(path: Path, setting: str) -> int:
    """Raise the setting by one in the file; answers the new generation.

    The file keeps its comments, its order and its mode; an interruption leaves the old file or the new one.

    Args:
        path: the stack file.
        setting: full name, as in `omnitrack:edgeSecretGeneration`.

    Raises:
        RunbookError: the file cannot be read, or does not say the setting once and as a whole number.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise RunbookError(f"{path.name} cannot be read: {error.strerror}") from None
    name = re.escape(setting)
    line = re.compile(rf"^(?P<start>[ \t]+{name}:[ \t]*)(?P<number>\d+)(?=[ \t]*(#.*)?$)", re.MULTILINE)
    found = line.findall(text)
    if len(found) != 1:
        raise RunbookError(
            f"{path.name} must say {setting} once, as a whole number: it does so {len(found)} times"
        )
    new = FIRST

    def next_one(match: Match[str]) -> str:
        nonlocal new
        new = int(match["number"]) + 1
        return f"{match['start']}{new}"

    _replace(path, line.sub(next_one, text))
    return new


def _replace(path: Path, text: str) -> None:
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    draft = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as out:
            out.write(text)
        draft.chmod(path.stat().st_mode & 0o777)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
