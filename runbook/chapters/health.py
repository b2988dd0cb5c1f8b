"""Whether a deployed stack answers: the last step of a deployment."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from runbook import progress, targets
from runbook.errors import RunbookError
from runbook.options import LiveOption, LocalOption, StackOption, examples
from runbook.profiles import ProfileOption  # noqa: TC001 - typer reads it

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx2

SECONDS_BETWEEN_LOOKS: Final = 2.0
SECONDS_TO_ANSWER: Final = 15.0

WithinOption = Annotated[
    float, typer.Option(min=1, max=1800, help="How long the stack may take to answer.", metavar="SECONDS")
]


def register(app: typer.Typer) -> None:
    """Add the command of this chapter."""
    app.command(
        epilog=examples(
            "omnitrack health -s development", "omnitrack health -s production --live --within 300"
        )
    )(health)


def health(
    stack: StackOption = "development",
    *,
    local: LocalOption = False,
    live: LiveOption = False,
    profile: ProfileOption = None,
    within: WithinOption = 120.0,
) -> None:
    """Ask a deployed stack how it is, until it says that it is well.

    The API's health operation uses each dependency of the platform once.
    """
    target = targets.open_target(stack, local=local, live=live, profile=profile)
    address = f"{target.output('ApiEndpoint')}/health"
    with progress.step("Health") as report:
        document = wait(address, within=within, report=report, through_proxy=target.cloud is None)
    typer.echo(f"{address}: {document['status']}, version {document['version']}")


def wait(
    address: str,
    *,
    within: float,
    report: Callable[[str], None],
    through_proxy: bool,
    between: float = SECONDS_BETWEEN_LOOKS,
) -> dict[str, Any]:
    """What the health operation answers once all is well.

    Args:
        address: of the operation.
        within: seconds after which it is too late.
        report: told what each answer was that is not good.
        through_proxy: use the proxy of this network; none leads to this machine itself.
        between: seconds between two questions.

    Raises:
        RunbookError: it was not well in time; the sentence says what it answered last.
    """
    import httpx2  # noqa: PLC0415 - the help of other commands does without

    deadline = time.monotonic() + within
    with httpx2.Client(timeout=SECONDS_TO_ANSWER, trust_env=through_proxy) as client:
        while True:
            document, fault = _look(client, address)
            if document is not None:
                return document
            if time.monotonic() + between > deadline:
                raise RunbookError(f"{address} is not well after {within:.0f} s: it {fault}")
            report(f"it {fault}")
            time.sleep(between)


def _look(client: httpx2.Client, address: str) -> tuple[dict[str, Any] | None, str]:
    """One question: the document where all is well, else what was wrong."""
    import httpx2  # noqa: PLC0415 - see `wait`

    try:
        answer = client.get(address)
    except httpx2.HTTPError as error:
        return None, f"does not answer ({type(error).__name__})"
    try:
        document = answer.json()
    except ValueError:
        return None, f"answers {answer.status_code} without JSON"
    if not isinstance(document, dict):
        return None, f"answers {answer.status_code} without a health document"
    if answer.status_code == httpx2.codes.OK and document.get("status") == "ok" and "version" in document:
        return document, ""
    bad = [name for name, outcome in dict(document.get("checks") or {}).items() if outcome != "ok"]
    return None, f"answers {answer.status_code}" + (f", unavailable: {', '.join(bad)}" if bad else "")
