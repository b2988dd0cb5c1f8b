"""Downloads the official release of the Pulumi CLI and checks it against its published checksums."""

import hashlib
import http.client
import platform
import shutil
import tarfile
import urllib.request
from pathlib import Path

from localcloud.engine.engine import EXECUTABLES, VERSION, EngineError, Report

# Where Pulumi's own installer (https://get.pulumi.com) and its GitHub action download from.
ADDRESS = "https://get.pulumi.com/releases/sdk"
_SECONDS_WITHOUT_ANSWER = 4
_SYSTEMS = {"Linux": "linux", "Darwin": "darwin"}
_MACHINES = {"x86_64": "x64", "amd64": "x64", "aarch64": "arm64", "arm64": "arm64"}
_CHUNK_BYTES = 4 << 20


def download(folder: Path, report: Report, *, address: str = ADDRESS) -> bool:
    """Puts the CLI and its Python language host into a folder.

    Returns:
        False where the release cannot be reached or does not exist for this kind of machine.

    Raises:
        EngineError: what was downloaded is not what Pulumi published.
    """
    system, machine = _SYSTEMS.get(platform.system()), _MACHINES.get(platform.machine())
    if system is None or machine is None:
        report(f"Pulumi publishes no release for {platform.system()} on {platform.machine()}")
        return False
    name = f"pulumi-v{VERSION}-{system}-{machine}.tar.gz"
    archive = folder / name
    report(f"asking {address} for the official Pulumi {VERSION}")
    try:
        published = _fetch_checksums(f"{address}/pulumi-{VERSION}-checksums.txt")
        received = _fetch(f"{address}/{name}", archive, report)
    except (OSError, http.client.HTTPException) as error:  # URLError and time-outs are OSErrors
        archive.unlink(missing_ok=True)
        report(f"the official release cannot be reached ({error})")
        return False
    if published.get(name) != received:
        raise EngineError(
            f"{address}/{name} does not match its published checksum: something on the way changed "
            f"it; try another network, or install Pulumi {VERSION} by hand"
        )
    _extract(archive, folder)
    archive.unlink()
    return True


def _fetch_checksums(url: str) -> dict[str, str]:
    """Lines are `<sha256>  <file>`."""
    with urllib.request.urlopen(url, timeout=_SECONDS_WITHOUT_ANSWER) as answer:  # noqa: S310 - the address is ours
        lines = answer.read().decode("utf-8", errors="replace").splitlines()
    pairs = (line.split(maxsplit=1) for line in lines if line.strip())
    return {name: checksum.lower() for checksum, name in pairs}


def _fetch(url: str, target: Path, report: Report) -> str:
    """Answers the SHA-256 of what it wrote."""
    digest = hashlib.sha256()
    with (
        urllib.request.urlopen(url, timeout=_SECONDS_WITHOUT_ANSWER) as answer,  # noqa: S310 - the address is ours
        target.open("wb") as file,
    ):
        size = int(answer.headers.get("Content-Length") or 0)
        while chunk := answer.read(_CHUNK_BYTES):
            digest.update(chunk)
            file.write(chunk)
            of_size = f" of {size >> 20}" if size else ""
            report(f"downloading Pulumi {VERSION}: {file.tell() >> 20}{of_size} MB")
        if size and file.tell() != size:
            raise OSError(f"the connection ended after {file.tell()} of {size} bytes")
    return digest.hexdigest()


def _extract(archive: Path, folder: Path) -> None:
    """Takes only the needed files, by name: nothing of the archive decides where something is written."""
    with tarfile.open(archive) as files:
        for name in EXECUTABLES:
            try:
                source = files.extractfile(f"pulumi/{name}")
            except KeyError:
                source = None
            if source is None:
                raise EngineError(
                    f"{archive.name} holds no pulumi/{name}: put Pulumi {VERSION} on the PATH by hand"
                )
            target = folder / name
            with source, target.open("wb") as file:
                shutil.copyfileobj(source, file)
            target.chmod(0o755)
