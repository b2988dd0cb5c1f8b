"""Sensors: registered as devices, and simulated over MQTT or HTTPS."""

from __future__ import annotations

import random
import re
import time
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Final

import typer

from runbook import devices, progress, publishing, readings, targets, twin
from runbook.errors import RunbookError, UsageError
from runbook.options import LiveOption, LocalOption, StackOption, examples
from runbook.profiles import ProfileOption  # noqa: TC001 - typer reads it

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from omnitrack.domain.twin import StoredNode

    from runbook.publishing import Publisher
    from runbook.targets import Target

app = typer.Typer(help="The sensors at the nodes.", no_args_is_help=True, rich_markup_mode=None)

SECONDS_OF: Final = {"s": 1, "m": 60, "h": 3600}
REPORT_SECONDS: Final = 2.0


class Protocol(StrEnum):
    """How readings travel."""

    MQTT = "mqtt"
    HTTPS = "https"


@dataclass(frozen=True, kw_only=True)
class Load:
    """How much is simulated.

    Attributes:
        rate: readings per second, all devices together.
        seconds: how long.
        anomalies: share of readings that stand out, 0 to 1.
        seed: the same seed gives the same values.
    """

    rate: float
    seconds: float
    anomalies: float
    seed: int


@dataclass(frozen=True, kw_only=True)
class Tally:
    """What came of a simulation."""

    sent: int
    acknowledged: int
    anomalous: int
    seconds: float

    def text(self) -> str:
        """The result in one line."""
        return (
            f"{self.sent} readings sent ({self.anomalous} anomalous), {self.acknowledged} acknowledged, "
            f"{self.sent / self.seconds:.1f} per second."
        )


@app.command(epilog=examples("omnitrack sensors register port-shanghai port-rotterdam"))
def register(
    node: Annotated[list[str], typer.Argument(metavar="NODE...", help="Ids of nodes of the twin.")],
    stack: StackOption = "development",
    *,
    local: LocalOption = False,
    live: LiveOption = False,
    profile: ProfileOption = None,
) -> None:
    """Register the device of each node: thing, certificate, and the right to publish to its own topic.

    The keys are made here and never leave this machine; they are readable by you only.
    """
    target = targets.open_target(stack, local=local, live=live, profile=profile)
    known = {found.id for found in twin.entities(target)[0]}
    if unknown := [name for name in node if name not in known]:
        raise RunbookError(
            f"the twin has no node {', '.join(unknown)}: put it first, or run `omnitrack init-db`"
        )
    with progress.step("Registering devices") as report:
        done = devices.register(target, node, devices.folder_of(stack), report)
    typer.echo(
        f"{len(node)} devices, {len(done.created)} of them new. Their keys are in {devices.folder_of(stack)}."
    )


@app.command(
    epilog=examples(
        "omnitrack sensors unregister port-shanghai", "omnitrack sensors unregister --all -s staging --live"
    )
)
def unregister(
    node: Annotated[list[str] | None, typer.Argument(metavar="NODE...", help="Ids of nodes.")] = None,
    stack: StackOption = "development",
    *,
    local: LocalOption = False,
    live: LiveOption = False,
    profile: ProfileOption = None,
    every: Annotated[bool, typer.Option("--all", help="All that were registered from here.")] = False,
) -> None:
    """Remove devices with their certificates and keys.

    A stack can be destroyed only without devices; in the local cloud `omnitrack destroy` sees to that itself.
    """
    if bool(node) == every:
        raise UsageError("say which devices: name their nodes, or --all")
    target = targets.open_target(stack, local=local, live=live, profile=profile)
    names = node or devices.registered_here(stack)
    with progress.step("Removing devices") as report:
        devices.unregister(target, names, devices.folder_of(stack), report)
    typer.echo(f"{len(names)} devices removed.")


@app.command(
    epilog=examples(
        "omnitrack sensors simulate --rate 20 --duration 30s",
        "omnitrack sensors simulate --nodes 5 --anomalies 0.2 --protocol https --seed 7",
        "omnitrack sensors simulate -s staging --live --rate 2 --duration 5m",
    )
)
def simulate(
    stack: StackOption = "development",
    *,
    local: LocalOption = False,
    live: LiveOption = False,
    profile: ProfileOption = None,
    rate: Annotated[float, typer.Option(min=0.1, max=10_000, help="Readings per second in all.")] = 20,
    duration: Annotated[str, typer.Option(help="How long, as in 30s, 5m or 1h.", metavar="TIME")] = "30s",
    anomalies: Annotated[float, typer.Option(min=0, max=1, help="Share of readings that stand out.")] = 0.05,
    protocol: Annotated[Protocol, typer.Option(help="How readings travel.")] = Protocol.MQTT,
    nodes: Annotated[int | None, typer.Option(min=1, help="Only the first so many nodes.")] = None,
    seed: Annotated[int | None, typer.Option(help="For the same values again.")] = None,
) -> None:
    """Publish readings as the nodes' sensors would.

    Over MQTT each device connects with its own certificate; one that is not registered yet is registered for
    the time of the simulation. Over HTTPS the calls are signed with your credentials.
    """
    load = Load(
        rate=rate,
        seconds=seconds_of(duration),
        anomalies=anomalies,
        seed=random.randrange(2**32) if seed is None else seed,  # noqa: S311 - no secret
    )
    target = targets.open_target(stack, local=local, live=live, profile=profile)
    found = twin.entities(target)[0][:nodes]
    if not found:
        raise RunbookError(f"the twin of {stack} is empty: run `omnitrack init-db -s {stack}`")
    tally = publish(target, found, load, protocol)
    typer.echo(tally.text())
    if tally.acknowledged < tally.sent:
        raise RunbookError(f"{tally.sent - tally.acknowledged} readings were not acknowledged")


def publish(target: Target, nodes: Sequence[StoredNode], load: Load, protocol: Protocol) -> Tally:
    """Publish; what is not registered is registered until then.

    A device that is left behind holds on to the stack's policy and thing type: it could not be destroyed.

    Args:
        target: the stack.
        nodes: whose sensors report; at least one.
        load: how much.
        protocol: how.

    Raises:
        RunbookError: the broker is out of reach or refuses a device.
    """
    with ExitStack() as stack:
        if protocol is Protocol.MQTT:
            with progress.step("Registering devices") as report:
                names, folder = [node.id for node in nodes], devices.folder_of(target.stack)
                registered = devices.register(target, names, folder, report)
            stack.callback(_remove, target, registered.created, folder)
            publisher: Publisher = stack.enter_context(
                publishing.over_mqtt(target, registered.devices, progress.say)
            )
        else:
            publisher = stack.enter_context(publishing.over_https(target))
        with progress.step(f"Publishing {load.rate:g} readings per second for {load.seconds:g} s") as report:
            return _send(publisher, [_site(node) for node in nodes], load, report)


def _remove(target: Target, names: Sequence[str], folder: Path) -> None:
    if names:
        with progress.step("Removing the devices again") as report:
            devices.unregister(target, names, folder, report)


def _send(
    publisher: Publisher, sites: Sequence[readings.Site], load: Load, report: Callable[[str], None]
) -> Tally:
    started = reported = time.monotonic()
    stream = readings.simulate(
        sites, clock=lambda: datetime.now(UTC), anomalies=load.anomalies, seed=load.seed
    )
    sent = anomalous = 0
    for _number in publishing.paced(load.rate, load.seconds):
        reading = next(stream)
        publisher.send(reading)
        sent += 1
        anomalous += reading.anomalous
        if time.monotonic() - reported >= REPORT_SECONDS:
            reported = time.monotonic()
            report(f"{sent} sent")
    acknowledged = publisher.acknowledged()
    return Tally(
        sent=sent, acknowledged=acknowledged, anomalous=anomalous, seconds=time.monotonic() - started
    )


def seconds_of(duration: str) -> float:
    """A duration such as `30s`, `5m`, `1.5h`, in seconds.

    Raises:
        UsageError: it is none, or it is zero.
    """
    match = re.fullmatch(r"(\d+(?:\.\d+)?)([smh])", duration)
    seconds = float(match[1]) * SECONDS_OF[match[2]] if match else 0.0
    if not seconds:
        raise UsageError(f"{duration!r} is no duration: write it as 30s, 5m or 1h")
    return seconds


def _site(node: StoredNode) -> readings.Site:
    return readings.Site(
        node_id=node.id,
        type=node.type,
        longitude=node.location.longitude,
        capacity=node.capacity,
        inventory=node.inventory or 0,
    )
