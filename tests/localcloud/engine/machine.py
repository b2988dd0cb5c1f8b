"""A machine with executables that only pretend, and the shapes of this folder's fixtures."""

import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from localcloud.engine import VERSION

IsAlive = Callable[[int], bool]
Start = Callable[..., subprocess.Popen[str]]
"""Takes what `Popen` takes; what still runs after the test is ended."""


class WaitUntil(Protocol):
    def __call__(self, condition: Callable[[], bool], seconds: float = 60) -> None: ...


FAKE_GO = """#!/bin/sh
PATH=/usr/bin:/bin
echo "$@" >> "{log}"
case "$1" in
version) echo "go version {go_version} linux/amd64" ;;
list) echo "{sdk}" ;;
build)
    while [ "$1" != -o ]; do shift; done
    {build}
    printf '#!/bin/sh\\necho v{version}\\n' > "$2"
    chmod +x "$2" ;;
esac
"""


@dataclass(frozen=True, kw_only=True)
class Machine:
    """A machine on which nothing is installed at first and from which nothing can be reached."""

    cache: Path
    binaries: Path
    log: Path

    def executable(self, folder: Path, name: str, content: str = "#!/bin/sh\n") -> Path:
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / name
        path.write_text(content, encoding="utf-8")
        path.chmod(0o755)
        return path

    def install_pulumi(self, version: str, folder: Path | None = None, *, with_host: bool = True) -> Path:
        """Answers the folder it was installed in."""
        folder = folder or self.binaries
        self.executable(folder, "pulumi", f"#!/bin/sh\necho v{version}\n")
        if with_host:
            self.executable(folder, "pulumi-language-python")
        return folder

    def install_go(self, *, go_version: str = "go1.26.8", build: str = ":", version: str = VERSION) -> None:
        """Args: build is shell run before each executable is made; its `$2` is that executable."""
        sdk = self.cache.parent / "sdk"
        self.executable(sdk / "python" / "cmd", "pulumi-language-python-exec").chmod(0o444)
        script = FAKE_GO.format(log=self.log, go_version=go_version, sdk=sdk, build=build, version=version)
        self.executable(self.binaries, "go", script)

    def builds(self) -> int:
        """How often Go was asked to build the CLI."""
        return self.log.read_text(encoding="utf-8").count("cmd/pulumi\n") if self.log.exists() else 0

    def unfinished(self) -> list[Path]:
        return list(self.cache.glob("engine/.unfinished-*"))
