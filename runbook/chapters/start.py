"""The whole of development on this machine in one command."""

from __future__ import annotations

import json
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from typing import TYPE_CHECKING, Any, Final

import typer
from omnitrack.domain.access import ROLES

from localcloud import control, engine
from runbook import (
    dead_letters,
    demo_users,
    deployments,
    progress,
    pulumi_arguments,
    stacks,
    targets,
    twin,
    users,
)
from runbook.chapters import deploy, people, sensors
from runbook.errors import RunbookError
from runbook.options import examples
from runbook.stacks import Place

if TYPE_CHECKING:
    from runbook.targets import Target

STACK: Final = "development"
# Twice around the network: every node has said something, and nobody waits long.
FIRST_READINGS: Final = sensors.Load(rate=45, seconds=2, anomalies=0.05, seed=1)
ARRIVAL_SECONDS: Final = 60.0
LOOK_SECONDS: Final = 0.2
HTTP_SECONDS: Final = 30


def register(app: typer.Typer) -> None:
    """Add the command of this chapter."""
    app.command(epilog=examples("omnitrack start", "make up"))(start)


def start() -> None:
    """Bring development up on this machine, and show what is live.

    Starts the local cloud, deploys with the policy pack, mends what was changed behind Pulumi's back, puts
    the demo network and demo users in, lets every sensor speak. What is there already stays as it is; a
    change that would lose it is refused, see `omnitrack up --help`.
    """
    engine.ensure(progress.say)
    stacks.started_cloud()
    deploy_development()
    target = targets.open_target(STACK, local=True, live=False)
    with progress.step("Demo network"):
        twin.seed(target)
    with progress.step("Demo users"):
        demo_users.ensure(users.pool_of(target), people.demo_file())
    _let_sensors_speak(target)
    control.save(stacks.home())
    _show(target)


def deploy_development() -> None:
    """Deploy with a refresh; where something is deployed, say only what changes."""
    # The refresh costs about a second, and is what finds drift.
    arguments = ["--refresh", "--suppress-outputs"]
    with deployments.opened(STACK, Place.LOCAL) as deployment:
        again = deployment.populated
    if again and not sys.stdout.isatty():
        # Where Pulumi cannot redraw its lines, it writes some for each resource that it looks at: 480 for
        # nothing. As a diff, only what changes is written.
        arguments.append("--diff")
    deploy.update(STACK, Place.LOCAL, pulumi_arguments.divide(arguments))


def _let_sensors_speak(target: Target) -> None:
    silent = [node for node in twin.entities(target)[0] if not node.latest]
    if not silent:
        return
    sensors.publish(target, silent, FIRST_READINGS, sensors.Protocol.MQTT)
    deadline = time.monotonic() + ARRIVAL_SECONDS
    with progress.step("Readings on their way through IoT, rule, queue and function to the table"):
        while missing := [node.id for node in twin.entities(target)[0] if not node.latest]:
            if time.monotonic() > deadline:
                raise RunbookError(
                    f"no reading of {len(missing)} nodes ({missing[0]}, ...) came through in "
                    f"{ARRIVAL_SECONDS:.0f} s: see "
                    "`omnitrack dead-letters list` and `omnitrack local logs`"
                )
            time.sleep(LOOK_SECONDS)


def _show(target: Target) -> None:
    cloud = stacks.running_cloud()
    nodes, lanes = twin.entities(target)
    api = f"{cloud.endpoint}/v1"
    rows = [
        ("API", api),
        ("health", _health(api)),
        ("WebSocket", f"ws://127.0.0.1:{cloud.port}/ws"),
        ("MQTT over TLS", f"127.0.0.1:{cloud.mqtt_port}"),
        ("AWS APIs", f"{cloud.endpoint} (account {target.account})"),
        ("twin", f"{len(nodes)} nodes, {len(lanes)} lanes"),
        (
            "readings",
            f"{sum(node.reading_count for node in nodes)} of {sum(1 for node in nodes if node.latest)} nodes",
        ),
        ("users", f"{len(users.pool_of(target).users())}, one demo user per role"),
        ("ingest queue", f"{_depth(target, 'IngestQueueUrl')} waiting"),
        ("open alerts", str(_open_alerts(target))),
        ("dead letters", _dead_letters(target)),
    ]
    progress.table(("what", "live"), rows, title=f"OmniTrack {STACK}")
    viewer = demo_users.email_of("viewer")
    # Not in the table, which would cut it or fold it.
    typer.echo(f"Sign-in page: {local_page(target.output('SignInUrl'), cloud.endpoint)}")
    typer.echo(f"Sign in as any of {', '.join(map(demo_users.email_of, ROLES))};")
    typer.echo(f"their passwords are in {people.demo_file()} (yours to read only). From a script:")
    typer.echo(f'  curl -H "Authorization: $(omnitrack token --user {viewer})" {api}/twin')


def local_page(sign_in_url: str, endpoint: str) -> str:
    """The address under which the local cloud serves the sign-in page, which on AWS has a host of its own.

    Args:
        sign_in_url: the stack's output `SignInUrl`.
        endpoint: of the local cloud.
    """
    page = urllib.parse.urlsplit(sign_in_url)
    return f"{endpoint}{page.path}?{page.query}"


def _health(api: str) -> str:
    """What the health function says of itself."""
    # No proxy: it does not lead to this machine.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(f"{api}/health", timeout=HTTP_SECONDS) as answer:
            document: dict[str, Any] = json.load(answer)
    except urllib.error.HTTPError as error:
        raise RunbookError(f"{api}/health answers {error.code}: see `omnitrack local logs`") from None
    except (OSError, ValueError) as error:
        raise RunbookError(f"{api}/health does not answer: {error}") from None
    return f"{document['status']}, version {document['version']}"


def _open_alerts(target: Target) -> int:
    from omnitrack.adapters.alerts import status_partition  # noqa: PLC0415 - loads boto3

    pages = (
        target.client("dynamodb")
        .get_paginator("query")
        .paginate(
            TableName=target.output("MainTableName"),
            IndexName="GSI1",
            KeyConditionExpression="GSI1PK = :open",
            ExpressionAttributeValues={":open": {"S": status_partition("open")}},
            Select="COUNT",
        )
    )
    return sum(int(page["Count"]) for page in pages)


def _dead_letters(target: Target) -> str:
    """How many of each kind, as in `0 readings, 2 evaluations, 0 notifications`."""
    return ", ".join(
        f"{_depth(target, kind.dead_letters)} {name}" for name, kind in dead_letters.KINDS.items()
    )


def _depth(target: Target, output: str) -> int:
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    attributes = target.client("sqs").get_queue_attributes(
        QueueUrl=target.output(output), AttributeNames=names
    )["Attributes"]
    return sum(int(attributes[name]) for name in names)
