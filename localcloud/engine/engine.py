"""What an engine is: a folder of executables, a version, and the environment they run in."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

VERSION = "3.259.0"  # the newest that builds from its Go modules; `go/go.mod` pins the same one
CLI = "pulumi"
LANGUAGE_HOST = "pulumi-language-python"
PROGRAM_SCRIPT = "pulumi-language-python-exec"
EXECUTABLES = (CLI, LANGUAGE_HOST, PROGRAM_SCRIPT)

Report = Callable[[str], None]
"""Receives one line of progress."""


class EngineError(Exception):
    """The engine is missing or does not work; the message says what to do."""


@dataclass(frozen=True, kw_only=True)
class Engine:
    """A Pulumi CLI that can run Python programs.

    Attributes:
        folder: holds `pulumi`, with links resolved.
        host_folder: holds `pulumi-language-python`; another one only where a CLI was installed in parts.
        version: of the CLI, such as "3.259.0".
    """

    folder: Path
    host_folder: Path
    version: str

    @property
    def cli(self) -> Path:
        """The `pulumi` executable."""
        return self.folder / CLI

    def environment(self, base: Mapping[str, str] | None = None, *, local: bool = False) -> dict[str, str]:
        """Answers the whole environment for a process that calls `pulumi`.

        Args:
            base: what to start from, by default this process's environment. Its PULUMI_HOME is kept.
            local: forbids downloads of provider plugins, for runs against the project's own provider.
        """
        environment = dict(os.environ if base is None else base)
        # Without bytecode every run compiles the SDK again.
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        folders = dict.fromkeys([str(self.folder), str(self.host_folder)])
        environment["PATH"] = os.pathsep.join([*folders, *filter(None, [environment.get("PATH")])])
        environment.setdefault("PULUMI_HOME", str(cache_folder(environment) / "pulumi-home"))
        environment["PULUMI_SKIP_UPDATE_CHECK"] = "true"
        # The CLI stops at the first wrong setting; the program lists them all.
        environment["PULUMI_OPTION_SKIP_CONFIG_VALIDATION"] = "true"
        if local:
            environment["PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION"] = "true"
        return environment


def cache_folder(environment: Mapping[str, str] | None = None) -> Path:
    """Answers the user's cache of this project, outside any clone; it may not exist yet."""
    variables = os.environ if environment is None else environment
    if chosen := variables.get("OMNITRACK_CACHE"):
        return Path(chosen).expanduser().absolute()
    caches = variables.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(caches).expanduser().absolute() / "omnitrack"
