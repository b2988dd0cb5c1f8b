"""The generation of a secret: raised by one in a stack file, and never let back behind what is deployed."""

from __future__ import annotations

import os
import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from runbook import stack_files
from runbook.errors import RunbookError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from re import Match

FIRST: Final = 1
# Setting -> the output that tells what is deployed.
EXPORTED: Final = {
    "edgeSecretGeneration": "EdgeSecretGeneration",
    "cursorSecretGeneration": "CursorSecretGeneration",
}


def check(path: Path, project: str, outputs: Mapping[str, object]) -> None:
    """Refuse a generation that is neither the deployed one nor the next, before anything is changed.

    AWS calls the version that was made last the current one: a smaller number would show a value that the
    functions no longer accept, and so would a number that is skipped.

    Args:
        path: the stack file.
        project: Pulumi's name of the project, which settings begin with.
        outputs: of the deployed stack; what is not there yet is not compared.

    Raises:
        RunbookError: the file names another generation.
    """
    config = stack_files.read(path).get("config") or {}
    for setting, output in EXPORTED.items():
        if output not in outputs:
            continue
        deployed = int(str(outputs[output]))
        wanted = int(config.get(f"{project}:{setting}", FIRST))
        if wanted not in {deployed, deployed + 1}:
            raise RunbookError(
                f"{path.name} says {setting} {wanted}, and {deployed} is deployed: a generation never goes "
                f"back and skips none, so write {deployed} there, in an older program as well; "
                "nothing was changed"
            )


def raised(path: Path, setting: str, *, by: int = 1) -> int:
    """Raise the setting by one in the file; answers the new generation.

    The file keeps its comments, its order and its mode; an interruption leaves the old file or the new one.

    Args:
        path: the stack file.
        setting: full name, as in `omnitrack:edgeSecretGeneration`.
        by: -1 takes a generation back of which nothing was deployed.

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
        new = int(match["number"]) + by
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
