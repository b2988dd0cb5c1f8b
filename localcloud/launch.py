"""Starts and ends the two processes of a local cloud: the AWS APIs, and the provider that Pulumi talks to."""

import contextlib
import dataclasses
import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path

from localcloud import ports, processes
from localcloud.cloud import LocalCloud, LocalCloudError
from localcloud.fingerprint import fingerprint
from localcloud.processes import Process
from localcloud.record import Record

ROOT = Path(__file__).resolve().parents[1]
ACCOUNT = "000000000000"
REGION = "us-east-1"
USUAL_PORT, USUAL_MQTT_PORT = 4566, 8883
INTEGRATION_TIMEOUT = 29.0  # seconds; API Gateway's own limit
START_SECONDS, STOP_SECONDS = 60.0, 10.0
POLL_SECONDS = 0.02
STARTING = ("no answer", "starting")

Report = Callable[[str], None]


def launch(
    home: Path,
    before: Record | None,
    report: Report,
    *,
    port: int | None = None,
    integration_timeout: float = INTEGRATION_TIMEOUT,
) -> LocalCloud:
    """Start both processes in a prepared home folder and wait until they answer.

    Args:
        home: the folder.
        before: the last start there, whose ports are used again.
        report: told, in a sentence each, what is happening.
        port: where the AWS APIs and the platform must be served, if not where it is free.
        integration_timeout: seconds that REST APIs wait for a function.

    Raises:
        LocalCloudError: something is not installed, the wanted port is taken, or a process did not become
            healthy (none is left then).
    """
    for python in _pythons():
        if not python.exists():
            raise LocalCloudError(f"{python} is missing: run `make install` in {ROOT}")
    with ports.reserved():
        return _launch(home, _addresses(home, before, report, port), report, integration_timeout)


def _launch(home: Path, cloud: LocalCloud, report: Report, integration_timeout: float) -> LocalCloud:
    lean, own = _pythons()
    report(f"starting the local AWS on {cloud.endpoint} (MQTT over TLS on port {cloud.mqtt_port})")
    logs = home / "logs"
    code = fingerprint(ROOT)  # before they read it: what changes meanwhile makes them older than the clone
    record = Record(
        cloud=cloud,
        code=code,
        cloud_process=processes.start(
            [
                *(str(lean), "-I", str(ROOT / "localcloud" / "aws" / "__main__.py")),
                *("--home", str(home), "--port", str(cloud.port), "--mqtt-port", str(cloud.mqtt_port)),
                *("--account", cloud.account, "--region", cloud.region),
                *("--integration-timeout", str(integration_timeout)),
            ],
            environment={"PATH": os.defpath},
            folder=home,
            output=logs / "cloud.out",
            errors=logs / "cloud.out",
        ),
        provider_process=None,
    )
    record.write()
    try:
        provider = _start_provider(own, cloud)
        record = dataclasses.replace(record, provider_process=provider)
        record.write()
        _await_cloud(record)
        record = _with_provider_port(record, provider)
        record.write()
    except BaseException:
        end(record)
        raise
    report(f"the provider serves the aws package on port {record.cloud.provider_port}")
    return record.cloud


def end(record: Record) -> None:
    """End both processes and all that they started; the state is saved.

    Args:
        record: the start to undo.
    """
    if record.provider_process:
        record.provider_process.end(patience=STOP_SECONDS)
    record.cloud_process.end(patience=STOP_SECONDS)
    temporary = record.cloud.home / "tmp"
    processes.end_inside(temporary)
    shutil.rmtree(temporary, ignore_errors=True)


def last_lines(home: Path, process: str, count: int = 15) -> str:
    """The end of a process's logs, and where the rest is.

    Args:
        home: the home folder.
        process: "cloud" or "provider".
        count: lines of each file.
    """
    lines: list[str] = []
    for file in (home / "logs" / f"{process}.log", home / "logs" / f"{process}.out"):
        with contextlib.suppress(FileNotFoundError):
            lines += file.read_text(errors="replace").splitlines()[-count:]
    return "\n".join([*lines, f"(the whole log is in {home / 'logs'})"])


def _pythons() -> tuple[Path, Path]:
    """The interpreters of the local AWS and of the provider."""
    return ROOT / ".venv-cloud" / "bin" / "python", ROOT / ".venv" / "bin" / "python"


def _addresses(home: Path, before: Record | None, report: Report, wanted: int | None) -> LocalCloud:
    if wanted and not ports.free(wanted):
        raise LocalCloudError(
            f"port {wanted} is taken by another process: choose another one, or none to have a free one found"
        )
    port, mqtt_port, provider_port = (
        (before.cloud.port, before.cloud.mqtt_port, before.cloud.provider_port) if before else (0, 0, 0)
    )
    return LocalCloud(
        home=home,
        port=wanted or ports.choose("the AWS APIs", remembered=port, usual=USUAL_PORT, report=report),
        mqtt_port=ports.choose("MQTT", remembered=mqtt_port, usual=USUAL_MQTT_PORT, report=report),
        provider_port=provider_port if provider_port and ports.free(provider_port) else 0,
        account=ACCOUNT,
        region=REGION,
    )


def _start_provider(python: Path, cloud: LocalCloud) -> Process:
    logs, temporary = cloud.home / "logs", str(cloud.home / "tmp")
    return processes.start(
        [
            *(str(python), "-m", "localcloud.provider"),
            *("--port", str(cloud.provider_port), "--endpoint", cloud.endpoint),
        ],
        environment={"PATH": os.defpath, "HOME": temporary, "LANG": "C.UTF-8", **cloud.aws_environment()},
        folder=ROOT,
        output=logs / "provider.out",
        errors=logs / "provider.log",
    )


def _await_cloud(record: Record) -> None:
    home = record.cloud.home
    _wait(record.cloud_process, lambda: record.cloud_health not in STARTING, "the local AWS", home)
    if not record.cloud_answers:
        raise LocalCloudError(
            f"the local AWS is up, but says: {record.cloud_health}\n{last_lines(home, 'cloud')}"
        )


def _with_provider_port(record: Record, process: Process) -> Record:
    home = record.cloud.home
    output = home / "logs" / "provider.out"
    _wait(process, lambda: "\n" in output.read_text(), "the provider", home)
    first_line = output.read_text().partition("\n")[0]
    if not first_line.isdecimal():
        raise LocalCloudError(f"the provider printed {first_line!r} in place of its port: see {output}")
    cloud = dataclasses.replace(record.cloud, provider_port=int(first_line))
    record = dataclasses.replace(record, cloud=cloud)
    _wait(process, lambda: record.provider_answers, "the provider", home)
    return record


def _wait(process: Process, healthy: Callable[[], bool], name: str, home: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    log = name.rpartition(" ")[2].replace("AWS", "cloud")
    while not healthy():
        if not process.alive:
            raise LocalCloudError(f"{name} ended while starting:\n{last_lines(home, log)}")
        if time.monotonic() > deadline:
            raise LocalCloudError(
                f"{name} is not healthy after {START_SECONDS:.0f} s:\n{last_lines(home, log)}"
            )
        time.sleep(POLL_SECONDS)
