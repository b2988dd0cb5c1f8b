"""What an operator hands on to `pulumi`: nothing that leads elsewhere, divided between the runs of `up`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from runbook.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

# Of the help of `pulumi`: flags whose value may follow as an argument of its own, and the short names.
VALUED: Final = frozenset(
    {
        "--color",
        "--config",
        "--config-file",
        "--cwd",
        "--exclude",
        "--file",
        "--import-file",
        "--import-pending-creates",
        "--memprofilerate",
        "--message",
        "--otel-traces",
        "--override-env",
        "--parallel",
        "--plan",
        "--policy-pack",
        "--policy-pack-config",
        "--profiling",
        "--replace",
        "--save-plan",
        "--secrets-provider",
        "--stack",
        "--target",
        "--target-replace",
        "--tracing",
        "--verbose",
    }
)
SHORT: Final = {
    "C": "--cwd",
    "Q": "--fully-qualify-stack-names",
    "c": "--config",
    "d": "--debug",
    "e": "--emoji",
    "f": "--skip-preview",
    "j": "--json",
    "m": "--message",
    "p": "--parallel",
    "r": "--refresh",
    "s": "--stack",
    "t": "--target",
    "v": "--verbose",
    "x": "--exclude",
    "y": "--yes",
}
ONLY_UPDATE: Final = frozenset({"--continue-on-error", "--plan", "--secrets-provider"})
ONLY_PREVIEW: Final = frozenset({"--import-file", "--save-plan"})
# What this command decides: there is always one preview, and one question.
DECIDED: Final = frozenset({"--skip-preview", "--yes"})
RECORD: Final = "the engine's record is this command's own: `omnitrack preview --event-log FILE` keeps one"
NOT_POSSIBLE: Final = {
    "--event-log": RECORD,
    "--strict": "the update does not run in one piece with its preview: leave --strict out",
}
# Of two flags the later one wins: these would overrule what this command says of stack, place and policy.
REDIRECTING: Final = {
    "--stack": "the stack is this command's own: name it before the `--`, with -s",
    "--cwd": "the project is this repository: leave --cwd out",
    "--file": "the state is the one of the stack: leave --file out",
    "--config-file": "the settings are the stack's own: change Pulumi.STACK.yaml",
    "--override-env": "the settings are the stack's own: change Pulumi.STACK.yaml",
    "--policy-pack": "the policy pack is this repository's: leave --policy-pack out",
    "--policy-pack-config": "the policy's configuration is the stack's own: change policy/config/STACK.json",
    "--event-log": RECORD,
}
REMOTE: Final = "--remote"
PROVIDER: Final = "aws:"


@dataclass(frozen=True, kw_only=True)
class Divided:
    """The arguments of the two runs of an update.

    Attributes:
        preview: For `pulumi preview`.
        update: For `pulumi up`.
        confirmed: Whether a `--yes` was among them.
        machine_readable: Whether standard output is for another program.
    """

    preview: tuple[str, ...]
    update: tuple[str, ...]
    confirmed: bool
    machine_readable: bool


def check(arguments: Sequence[str]) -> None:
    """Refuse what would lead a run to another stack, account, place, program or policy.

    Raises:
        UsageError: one of the arguments would, or is no flag and no value of one.
    """
    for name, given in _flags(arguments):
        if not name:
            raise UsageError(
                f"{given[0]!r} is not understood: name a stack with -s, and what is for pulumi after `--`"
            )
        if name in REDIRECTING:
            raise UsageError(REDIRECTING[name])
        if name.startswith(REMOTE):
            raise UsageError(f"the run is this machine's: leave {name} out")
        # With --config-path a key may be quoted.
        if name == "--config" and _value(given).lstrip("[\"'").startswith(PROVIDER):
            raise UsageError(
                f"where AWS is reached is the stack's own: change {PROVIDER}* in Pulumi.STACK.yaml"
            )


def divide(arguments: Sequence[str]) -> Divided:
    """Give each argument to the run that understands it, and most to both.

    Raises:
        UsageError: one of them cannot be meant here.
    """
    preview: list[str] = []
    update: list[str] = []
    confirmed = machine_readable = False
    for name, given in _flags(arguments):
        if name in NOT_POSSIBLE:
            raise UsageError(NOT_POSSIBLE[name])
        on = not given[-1].endswith("=false")
        if name in DECIDED:
            confirmed |= name == "--yes" and on
        elif name == "--json":
            # The preview is for the operator: it goes to standard error, as text.
            machine_readable |= on
            update += given
        else:
            preview += [] if name in ONLY_UPDATE else given
            update += [] if name in ONLY_PREVIEW else given
    return Divided(
        preview=tuple(preview), update=tuple(update), confirmed=confirmed, machine_readable=machine_readable
    )


def _value(given: Sequence[str]) -> str:
    """The value of a flag, behind it or behind its `=`."""
    return given[1] if len(given) > 1 else given[0].partition("=")[2]


def _flags(arguments: Sequence[str]) -> Iterator[tuple[str, list[str]]]:
    """Each flag by its long name, with all that belongs to it."""
    rest = [*arguments]
    while rest:
        first = rest.pop(0)
        if not first.startswith("-") or first in {"-", "--"}:
            yield "", [first]
        elif first.startswith("--"):
            name, equals, _ = first.partition("=")
            takes = name in VALUED and not equals
            yield name, [first, *(rest.pop(0) for _ in range(min(len(rest), takes)))]
        else:
            yield from _cluster(first[1:], rest)


def _cluster(letters: str, rest: list[str]) -> Iterator[tuple[str, list[str]]]:
    """Short flags in one word (`-fy`), of which one that takes a value is the last."""
    for position, letter in enumerate(letters):
        name, after = SHORT.get(letter, f"-{letter}"), letters[position + 1 :]
        if after.startswith("="):
            yield name, [f"-{letter}{after}"]
            return
        if name in VALUED:
            value = [after] if after else [rest.pop(0) for _ in range(min(len(rest), 1))]
            yield name, [f"-{letter}", *value]
            return
        yield name, [f"-{letter}"]
