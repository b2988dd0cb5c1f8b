"""Finds a Pulumi CLI that somebody installed: on the PATH, new enough, with its Python language host."""

import os
import re
import shutil
import subprocess
from pathlib import Path

from localcloud.engine.engine import CLI, LANGUAGE_HOST, VERSION, Engine, Report

# Lies in the folders of our cache, so that a link to one is not taken for an installation.
MARKER = "made-by-omnitrack"
_VERSION = re.compile(r"v?(\d+)\.(\d+)\.(\d+)(-\S+)?")
_SECONDS_TO_ANSWER = 30


def find_on_path(report: Report, search_path: str) -> Engine | None:
    """Answers the first suitable CLI of a list like PATH, and reports why others were passed over."""
    for entry in search_path.split(os.pathsep):
        cli = Path(entry or os.curdir).absolute() / CLI
        if not os.access(cli, os.X_OK) or not cli.is_file():
            continue
        real = cli.resolve()
        if (real.parent / MARKER).exists():
            continue
        version = installed_version(real)
        if version is None:
            report(f"{cli} does not answer its version and is passed over")
        elif not is_suitable(version):
            report(
                f"{cli} is Pulumi {version} and is passed over: the project needs {VERSION} or a newer 3.x"
            )
        elif host := _language_host(cli, real, search_path):
            return Engine(folder=real.parent, host_folder=host.parent, version=version)
        else:
            report(f"{cli} is passed over: no {LANGUAGE_HOST} lies beside it or on the PATH")
    return None


def installed_version(cli: Path) -> str | None:
    """Answers what `pulumi version` says, such as "3.259.0", or None if it does not work."""
    try:
        answer = subprocess.run(
            [cli, "version"],
            capture_output=True,
            text=True,
            timeout=_SECONDS_TO_ANSWER,
            check=True,
            env={**os.environ, "PULUMI_SKIP_UPDATE_CHECK": "true"},
        )
    except (OSError, subprocess.SubprocessError, UnicodeDecodeError):
        return None
    found = _VERSION.search(answer.stdout)
    return found.group(0).removeprefix("v") if found else None


def is_suitable(version: str) -> bool:
    """Says whether a version is the pinned one or a newer one of the same major version."""
    needed, found = _order(VERSION), _order(version)
    return found is not None and needed is not None and found[0] == needed[0] and found >= needed


def _order(version: str) -> tuple[int, int, int, bool] | None:
    """A pre-release comes before its release."""
    parts = _VERSION.fullmatch(version)
    if parts is None:
        return None
    major, minor, patch, prerelease = parts.groups()
    return int(major), int(minor), int(patch), prerelease is None


def _language_host(cli: Path, real: Path, search_path: str) -> Path | None:
    """Looks where the engine itself looks: beside the CLI, whether linked or not, then on the PATH."""
    beside = os.pathsep.join([str(real.parent), str(cli.parent)])
    for folders in (beside, search_path):
        found = shutil.which(LANGUAGE_HOST, path=folders)
        if found and not (Path(found).resolve().parent / MARKER).exists():
            return Path(found).resolve()
    return None
