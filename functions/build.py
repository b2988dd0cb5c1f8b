"""Builds what Lambda runs: the archive of the functions' code, and the layer of their dependencies.

Both are byte for byte the same wherever they are built: files sorted, one date, one mode, no compression
(whose bytes differ among zlib versions). `python -m functions.build` builds the code, and the layers for this
machine and for AWS.
"""

import hashlib
import io
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import IO

ROOT = Path(__file__).resolve().parent.parent
CODE = ROOT / "functions" / "omnitrack"
LOCK = ROOT / "requirements" / "layer.txt"
BUILD = ROOT / ".local" / "build"

DEPLOYED_TARGET = ("python3.13", "arm64")  # what staging and production run
# Lambda's Amazon Linux 2023 has glibc 2.34: https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html
PLATFORMS = {"arm64": "aarch64-manylinux_2_28", "x86_64": "x86_64-manylinux_2_28"}
MACHINES = {"aarch64": "arm64", "arm64": "arm64", "amd64": "x86_64", "x86_64": "x86_64"}
# Written by the installer about itself and the machine; no function needs them.
INSTALLER_FILES = frozenset({"RECORD", "INSTALLER", "REQUESTED", "direct_url.json", "uv_cache.json", ".lock"})
EPOCH = (1980, 1, 1, 0, 0, 0)  # the first moment that a zip file can name
READABLE = 0o100644
UNIX = 3


class BuildError(Exception):
    """Something that the functions need cannot be built; the text says what to do."""


def host_target() -> tuple[str, str]:
    """The runtime and the architecture of this machine, as Lambda names them.

    Raises:
        BuildError: Lambda has no such architecture.
    """
    machine = platform.machine().lower()
    if machine not in MACHINES:
        raise BuildError(f"this machine is {machine}, and Lambda runs on {' or '.join(PLATFORMS)} only")
    return f"python{sys.version_info.major}.{sys.version_info.minor}", MACHINES[machine]


def code_archive(destination: Path = BUILD) -> Path:
    """Write the archive with the package `omnitrack` into a folder, unless it is there already.

    Args:
        destination: The folder; the file's name carries the hash of its content.

    Returns:
        The archive's path, relative to the repository where it lies inside.
    """
    sources = sorted(CODE.rglob("*.py"))
    content = io.BytesIO()
    _write_zip(content, ((f"omnitrack/{path.relative_to(CODE).as_posix()}", path) for path in sources))
    archive = destination / f"code-{hashlib.sha256(content.getbuffer()).hexdigest()[:12]}.zip"
    if not archive.is_file():
        _replace(archive, lambda path: path.write_bytes(content.getbuffer()))
    return _from_root(archive)


def dependency_layer(runtime: str, architecture: str, destination: Path = BUILD) -> Path:
    """Write the layer for a target into a folder, unless it is there for the present lock.

    Args:
        runtime: As Lambda names it, such as `python3.13`.
        architecture: `arm64` or `x86_64`.
        destination: The folder; the file's name carries runtime, architecture and the lock's hash.

    Returns:
        The archive's path, relative to the repository where it lies inside.

    Raises:
        BuildError: The target is unknown, or the packages cannot be fetched.
    """
    if architecture not in PLATFORMS or not runtime.startswith("python3."):
        known = " or ".join(PLATFORMS)
        raise BuildError(f"no layer for {runtime} on {architecture}: name a Python runtime, and {known}")
    lock = hashlib.sha256(LOCK.read_bytes()).hexdigest()[:12]
    archive = destination / f"layer-{runtime}-{architecture}-{lock}.zip"
    if not archive.is_file():
        with tempfile.TemporaryDirectory(prefix="omnitrack-layer-") as folder:
            packages = Path(folder) / "python"
            _install(packages, runtime, architecture)
            files = sorted(
                path for path in packages.rglob("*") if path.is_file() and _belongs(path, packages)
            )
            names = ((path.relative_to(folder).as_posix(), path) for path in files)
            _replace(archive, lambda path: _write_zip(path, names))
    return _from_root(archive)


def _install(folder: Path, runtime: str, architecture: str) -> None:
    """Install the locked packages as wheels for the target, each checked against its hash."""
    beside = Path(sys.executable).with_name("uv")
    uv = str(beside) if beside.is_file() else shutil.which("uv")
    if uv is None:
        raise BuildError("uv is missing, which fetches the functions' packages: run make install")
    command = [uv, "pip", "install", "--quiet", "--no-config", "--target", str(folder)]
    command += [
        "--python-version",
        runtime.removeprefix("python"),
        "--python-platform",
        PLATFORMS[architecture],
    ]
    command += ["--only-binary", ":all:", "--require-hashes", "--no-deps", "--requirement", str(LOCK)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1].strip()
        raise BuildError(
            f"the layer for {runtime} on {architecture} cannot be built, for its packages cannot be fetched "
            f"({last}): run python -m functions.build where the package index can be reached"
        )


def _belongs(path: Path, packages: Path) -> bool:
    inside = path.relative_to(packages)
    return (
        inside.parts[0] != "bin"  # commands, whose first line names this machine's Python
        and "__pycache__" not in inside.parts
        and path.name not in INSTALLER_FILES
    )


def _write_zip(target: "Path | IO[bytes]", files: Iterable[tuple[str, Path]]) -> None:
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for name, path in files:
            entry = zipfile.ZipInfo(name, EPOCH)
            entry.create_system = UNIX
            entry.external_attr = READABLE << 16
            archive.writestr(entry, path.read_bytes())


def _replace(target: Path, write: Callable[[Path], object]) -> None:
    """Write a file in one step, so that nobody ever meets a half of it."""
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=".", suffix=target.suffix)
    os.close(handle)
    draft = Path(name)
    try:
        write(draft)
        draft.chmod(0o644)
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)


def _from_root(path: Path) -> Path:
    return path.relative_to(ROOT) if path.is_relative_to(ROOT) else path


def main() -> int:
    """Build everything; the exit code says whether it worked."""
    try:
        built = [
            code_archive(),
            *(dependency_layer(*t) for t in dict.fromkeys((host_target(), DEPLOYED_TARGET))),
        ]
    except BuildError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.writelines(f"{path}\n" for path in built)
    return 0


if __name__ == "__main__":
    sys.exit(main())
