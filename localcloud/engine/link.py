"""Puts an engine into a virtualenv, so that `pulumi` is there once the virtualenv is activated."""

import os
from pathlib import Path

from localcloud.engine.engine import CLI, EXECUTABLES, Engine, EngineError


def link(engine: Engine, venv: Path) -> None:
    """Replaces the links to `pulumi` and its language host in a virtualenv's `bin`, each at once.

    Raises:
        EngineError: there is no such virtualenv, or an executable of another origin is in the way.
    """
    binaries = venv.absolute() / "bin"
    if not binaries.is_dir():
        raise EngineError(f"{venv} is no virtualenv (it has no bin folder): create it first")
    for name in EXECUTABLES:
        target = (engine.folder if name == CLI else engine.host_folder) / name
        place = binaries / name
        if not target.exists() or place.resolve() == target.resolve():
            continue
        if place.exists() and not place.is_symlink():
            raise EngineError(
                f"{place} is a file, not a link: remove it if the project's own engine is to be used"
            )
        temporary = binaries / f".{name}.{os.getpid()}"
        temporary.unlink(missing_ok=True)
        temporary.symlink_to(target)
        temporary.replace(place)
