"""Builds the Pulumi CLI and its Python language host from Go modules."""

import contextlib
import hashlib
import os
import platform
import re
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from localcloud.engine.engine import CLI, LANGUAGE_HOST, PROGRAM_SCRIPT, VERSION, EngineError, Report

SOURCE = Path(__file__).parent / "go"
_CLI_PACKAGE = "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"
_SDK_MODULE = "github.com/pulumi/pulumi/sdk/v3"
_CLI_VERSION_VARIABLE = f"{_SDK_MODULE}/go/common/version.Version"
_REQUESTS_TO_END = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_SECONDS_BETWEEN_REPORTS = 5.0
_SECONDS_TO_END = 5.0
_EXPECTED = "about 6 minutes on two cores the first time, under one once Go has its caches"


def key() -> str:
    """Answers the name of what `build` would make from the sources as they are, on this kind of machine."""
    digest = hashlib.sha256(f"{platform.system()} {platform.machine()}".encode())
    for path in sorted(path for path in SOURCE.rglob("*") if path.suffix in {".go", ".mod", ".sum"}):
        digest.update(f"{path.relative_to(SOURCE)}\0".encode())
        digest.update(path.read_bytes())
    return f"{VERSION}-{digest.hexdigest()[:12]}"


def build(folder: Path, report: Report) -> None:
    """Builds into an empty folder.

    Raises:
        EngineError: Go is missing, too old, or cannot build; the folder is then incomplete.
    """
    go = _find_go()
    report(f"building Pulumi {VERSION} from its Go modules: {_EXPECTED}")
    started = time.monotonic()
    for output, variable, package in (
        (LANGUAGE_HOST, f"main.version={VERSION}", f"./{LANGUAGE_HOST}"),
        (CLI, f"{_CLI_VERSION_VARIABLE}=v{VERSION}", _CLI_PACKAGE),
    ):
        flags = ["-buildvcs=false", f"-ldflags=-s -w -X {variable}"]
        _run_go([go, "build", *flags, "-o", str(folder / output), package], f"building {output}", report)
    location = [go, "list", "-m", "-f", "{{.Dir}}", _SDK_MODULE]
    sdk = Path(_run_go(location, f"looking for {PROGRAM_SCRIPT}", report).strip())
    shutil.copyfile(sdk / "python" / "cmd" / PROGRAM_SCRIPT, folder / PROGRAM_SCRIPT)
    (folder / PROGRAM_SCRIPT).chmod(0o755)
    report(f"built Pulumi {VERSION} in {time.monotonic() - started:.0f} s")


def _find_go() -> str:
    go = shutil.which("go")
    needed = _needed_go()
    if go is None:
        raise EngineError(
            f"no suitable Pulumi CLI was found, and there is no Go to build it: install Pulumi {VERSION} "
            f"(https://www.pulumi.com/docs/iac/download-install/) or Go {needed} (https://go.dev/dl/)"
        )
    # Asked in the module's folder: there Go switches to a newer toolchain by itself where it is allowed to.
    answer = subprocess.run([go, "version"], cwd=SOURCE, capture_output=True, text=True, check=False)
    if answer.returncode != 0 or not _is_new_enough(answer.stdout, needed):
        found = (answer.stdout or answer.stderr).strip().removeprefix("go version ")
        raise EngineError(
            f"{go} is too old to build Pulumi {VERSION} ({found}): install Go {needed} or newer"
        )
    return go


def _needed_go() -> str:
    """The `go` line of go.mod."""
    lines = (SOURCE / "go.mod").read_text(encoding="utf-8").splitlines()
    return next(line.split()[1] for line in lines if line.startswith("go "))


def _is_new_enough(answer: str, needed: str) -> bool:
    """Compares with what `go version` says; a release candidate counts as its release."""
    found = re.search(r"\bgo(\d+)\.(\d+)(?:\.(\d+))?", answer)
    if found is None:
        return "devel" in answer
    return tuple(int(part or 0) for part in found.groups()) >= tuple(int(part) for part in needed.split("."))


def _run_go(command: list[str], what: str, report: Report) -> str:
    """Runs a Go command in a group of its own, of which nothing remains when the wait is broken off."""
    with (
        tempfile.TemporaryFile("w+") as stdout,
        tempfile.TemporaryFile("w+") as stderr,
        _signals() as raise_them,
    ):
        started = time.monotonic()
        process = subprocess.Popen(
            command,
            cwd=SOURCE,
            env={**os.environ, "GOWORK": "off"},  # a workspace above the clone would not know this module
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=stderr,
            start_new_session=True,
        )
        try:
            raise_them()
            while True:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(_SECONDS_BETWEEN_REPORTS)
                    break
                report(f"{what}: {time.monotonic() - started:.0f} s of {_EXPECTED}")
        except BaseException:
            _end_group(process)
            raise
        stdout.seek(0)
        stderr.seek(0)
        if process.returncode != 0:
            reasons = [line.strip() for line in stderr if line.strip()][-3:]
            raise EngineError(
                f"{what} failed ({' / '.join(reasons) or f'exit code {process.returncode}'}): check that Go "
                "reaches its module proxy and that the disk has 4 GB left, "
                f"or install Pulumi {VERSION} by hand"
            )
        return stdout.read()


def _end_group(process: subprocess.Popen[bytes]) -> None:
    for number in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_SECONDS_TO_END)


@contextlib.contextmanager
def _signals() -> Iterator[Callable[[], None]]:
    """Lets requests to end unwind, as unhandled ones would leave the compilers running.

    Yields what raises them: one that came before, and from then on each as it comes. Until then, while a
    process is being started and nobody could end it yet, they wait.
    """
    waiting: list[int] = []
    raises = False

    def unwind(number: int, _frame: object = None) -> None:
        if not raises:
            waiting.append(number)
        elif number == signal.SIGINT:
            raise KeyboardInterrupt
        else:
            raise SystemExit(128 + number)

    def raise_them() -> None:
        nonlocal raises
        raises = True
        for number in waiting:
            unwind(number)

    if threading.current_thread() is not threading.main_thread():
        yield lambda: None  # only the main thread receives signals
        return
    heeded = [number for number in _REQUESTS_TO_END if signal.getsignal(number) is not signal.SIG_IGN]
    previous = {number: signal.signal(number, unwind) for number in heeded}
    try:
        yield raise_them
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
