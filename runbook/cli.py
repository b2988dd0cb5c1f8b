"""The command line `omnitrack`: its chapters, its exit codes."""

from __future__ import annotations

import typer

from runbook.chapters import (
    bootstrap,
    data,
    deploy,
    environment,
    health,
    local,
    people,
    policy,
    preview,
    secrets,
    sensors,
    start,
)
from runbook.edge import EdgeGroup
from runbook.options import examples

app = typer.Typer(
    cls=EdgeGroup,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
    help=(
        "Run OmniTrack AI: deploy it, look into it, feed it. Development lives in the local cloud; staging "
        "and production have AWS accounts, and are touched only where --live says so.\n\n"
        "Exit codes: 0 done, 1 failed, 2 called wrongly, 3 the local cloud is not running, "
        "4 refused because data would be lost, 130 interrupted."
    ),
    epilog=examples("omnitrack start", "omnitrack preview -s production", "omnitrack local status"),
)
app.add_typer(local.app, name="local")
app.add_typer(preview.app, name="preview")
app.add_typer(people.app, name="users")
app.add_typer(sensors.app, name="sensors")
app.add_typer(data.dead_letters_app, name="dead-letters")
app.add_typer(secrets.app, name="secrets")
for chapter in (start, bootstrap, deploy, policy, health, environment, data, people):
    chapter.register(app)
