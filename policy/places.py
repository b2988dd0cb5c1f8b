"""Where in the repository a resource is made: the lines that a reader of a finding wants to see."""

import sys
from pathlib import Path
from typing import Final, NamedTuple

INSTALLED: Final = ("site-packages", "dist-packages")
ENVIRONMENT_MARK: Final = "pyvenv.cfg"
POLICY: Final = Path(__file__).resolve().parent


class Place(NamedTuple):
    """A line of a file; the file relative to the root of the repository, the line counted from 1."""

    file: str
    line: int


class Frames:
    """Reads the call stack, as far as it runs through a repository's own program.

    The policy itself and what is installed in a virtual environment are no part of the program.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._names: dict[str, str | None] = {}
        self._foreign = (
            POLICY,
            root / "policy",
            *(mark.parent for mark in root.glob(f"*/{ENVIRONMENT_MARK}")),
        )

    def now(self) -> tuple[Place, ...]:
        """The lines that are being executed, from the innermost to the program's own, each once."""
        found: dict[Place, None] = {}
        frame = sys._getframe(1)  # noqa: SLF001 - inspect.stack() reads every file on the way
        while frame is not None:
            name = self._name_of(frame.f_code.co_filename)
            if name is not None:
                found.setdefault(Place(name, frame.f_lineno))
            frame = frame.f_back  # type: ignore[assignment] # ends with None
        return tuple(found)

    def _name_of(self, filename: str) -> str | None:
        if filename not in self._names:
            self._names[filename] = self._relative(Path(filename))
        return self._names[filename]

    def _relative(self, path: Path) -> str | None:
        if not path.is_absolute() or not path.is_relative_to(self._root):
            return None
        if any(path.is_relative_to(folder) for folder in self._foreign) or set(INSTALLED) & set(path.parts):
            return None
        return path.relative_to(self._root).as_posix()
