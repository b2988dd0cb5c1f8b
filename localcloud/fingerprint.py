"""Tells the code of a local cloud from other code, by its content: a checkout alone changes nothing."""

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

# What the two processes run. The rest of `localcloud/` starts them and looks after them.
FOLDERS = ("localcloud/aws", "localcloud/provider")
PINS = ("requirements/local-cloud.txt", "requirements/program.txt")
SUFFIX = ".py"


def fingerprint(root: Path) -> str:
    """A text that is the same as long as the code of both processes and the pins of their packages are.

    Args:
        root: the clone.
    """
    digest = hashlib.sha256()
    for path in sorted(_files(root)):
        try:
            content = path.read_bytes()
        except FileNotFoundError:
            continue
        digest.update(f"{path.relative_to(root)} {len(content)}\n".encode())
        digest.update(content)
    return digest.hexdigest()


def _files(root: Path) -> Iterator[Path]:
    yield from (root / name for name in PINS)
    for folder in FOLDERS:
        for place, _, names in os.walk(root / folder):
            yield from (Path(place) / name for name in names if name.endswith(SUFFIX))
