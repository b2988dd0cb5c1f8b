"""The local cloud: start, stop, look, empty, read its logs."""

from __future__ import annotations

import json
import re
import shutil
import time
from typing import TYPE_CHECKING, Annotated

import typer

from localcloud import control
from runbook import progress, stacks
from runbook.errors import ExitCode, RunbookError
from runbook.options import JsonOption, examples

if TYPE_CHECKING:
    from pathlib import Path

app = typer.Typer(help="The AWS on this machine.", no_args_is_help=True, rich_markup_mode=None)

# What commands keep beside the cloud and what is worth nothing without its state.
BESIDE_THE_STATE = ("devices", "stacks")
LAST_LINES = 40
# No name server leads to an address of the API that exists in a local cloud only.
API_HOST = re.compile(r"https://([a-z0-9.-]+)/v1\b")
LOOK_SECONDS = 0.25


PortOption = Annotated[
    int | None,
    typer.Option(min=1, max=65_535, help="Serve here or not at all.  [default: the last one, or a free one]"),
]


@app.command(
    epilog=examples(
        "omnitrack local up",
        "omnitrack local up --port 4570",
        "OMNITRACK_LOCAL_HOME=/tmp/cloud omnitrack local up",
    )
)
def up(*, port: PortOption = None) -> None:
    """Start it, or find it running; its state is the one of the last time.

    One that runs other code than this clone has now, as after an upgrade, is restarted with its state.
    """
    cloud = stacks.started_cloud(port)
    stacks.show_banner(cloud.account)
    typer.echo(f"AWS APIs and the platform: {cloud.endpoint}")
    typer.echo(f"MQTT over TLS:             127.0.0.1:{cloud.mqtt_port}")


@app.command(epilog=examples("omnitrack local down"))
def down() -> None:
    """Stop it and keep its state; harmless when it does not run."""
    with progress.step("Stopping the local cloud"):
        control.stop(stacks.home())


@app.command(epilog=examples("omnitrack local status", "omnitrack local status --json"))
def status(*, as_json: JsonOption = False) -> None:
    """Say what runs, and where; exit code 3 when it is not running."""
    found = control.status(stacks.home())
    cloud = found.local_cloud
    document = {
        "cloud": found.cloud,
        "provider": found.provider,
        "home": str(stacks.home()),
        "logs": str(found.logs),
        "account": cloud.account if cloud else None,
        "endpoint": cloud.endpoint if cloud else None,
        "mqttPort": cloud.mqtt_port if cloud else None,
        "providerPort": cloud.provider_port if cloud else None,
    }
    if as_json:
        typer.echo(json.dumps(document, indent=2))
    else:
        for name, value in document.items():
            if value is not None:
                typer.echo(f"{name:13} {value}")
    if cloud is None:
        raise typer.Exit(ExitCode.CLOUD_DOWN)


@app.command(epilog=examples("omnitrack local reset"))
def reset() -> None:
    """Empty it, with Pulumi's state of it and the devices' keys; a running one is started again."""
    home = stacks.home()
    with progress.step("Emptying the local cloud") as report:
        control.reset(home, report)
        for name in BESIDE_THE_STATE:
            shutil.rmtree(home / name, ignore_errors=True)


@app.command(epilog=examples("omnitrack local logs", "omnitrack local logs --follow"))
def logs(
    *, follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on until Ctrl-C.")] = False
) -> None:
    """Print the last lines of its logs, each after the name of its file."""
    folder = stacks.home() / "logs"
    files = sorted(path for path in folder.glob("*") if path.is_file())
    if not files:
        raise RunbookError(f"there are no logs in {folder}: the local cloud has not been started there")
    positions = {path: _print_end(path) for path in files}
    while follow:
        for path in sorted(path for path in folder.glob("*") if path.is_file()):
            positions[path] = _print_from(path, positions.get(path, 0))
        time.sleep(LOOK_SECONDS)


@app.command(
    epilog=examples(
        "omnitrack local mail",
        "omnitrack local mail --to ops@example.com --json",
        "omnitrack local mail --confirm ops@example.com",
    )
)
def mail(
    *,
    to: Annotated[str | None, typer.Option(metavar="ADDRESS", help="Only what is for them.")] = None,
    confirm: Annotated[
        str | None,
        typer.Option(metavar="ADDRESS", help="Follow the links in their confirmations that wait."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Print the mails that AWS would have sent: alerts, confirmations, invitations, codes; newest first."""
    cloud = stacks.running_cloud()
    if confirm:
        joined = control.confirm_mails(cloud, confirm)
        if as_json:
            typer.echo(json.dumps(joined, indent=2))
        else:
            for one in joined:
                typer.echo(f"{one['to']} receives what is published to {one['topic']}.")
        return
    mails = control.mails(cloud, to)
    if as_json:
        typer.echo(json.dumps(mails, indent=2))
    elif not mails:
        typer.echo("No mail.")
    else:
        typer.echo("\n\n".join(_mail_text(mail, cloud.endpoint) for mail in mails))


def _mail_text(mail: dict[str, str], endpoint: str) -> str:
    lines = [f"{mail['time']}  {mail['kind']}  to {mail['to']}: {mail['subject']}"]
    lines += [f"  {line}".rstrip() for line in mail["body"].strip().splitlines()]
    lines += [
        f"(this machine serves https://{host}/v1 at {endpoint}/v1 for the header `Host: {host}`)"
        for host in dict.fromkeys(API_HOST.findall(mail["body"]))
    ]
    # What others wrote must not steer the terminal.
    return "\n".join("".join(filter(str.isprintable, line)) for line in lines)


def _print_end(path: Path) -> int:
    content = path.read_bytes()
    _print_lines(path, content.splitlines(keepends=True)[-LAST_LINES:])
    return len(content)


def _print_from(path: Path, position: int) -> int:
    """Print what was added after a position; answers the new one. A file that shrank is read anew."""
    if path.stat().st_size < position:
        position = 0
    with path.open("rb") as file:
        file.seek(position)
        lines = file.readlines()
    # An unfinished line waits for its end.
    if lines and not lines[-1].endswith(b"\n"):
        lines.pop()
    _print_lines(path, lines)
    return position + sum(map(len, lines))


def _print_lines(path: Path, lines: list[bytes]) -> None:
    for line in lines:
        typer.echo(f"{path.name}: {line.decode(errors='replace').rstrip()}")
