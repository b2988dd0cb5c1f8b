"""Progress on standard error: a spinner on a terminal, plain lines elsewhere."""

from __future__ import annotations

import time
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from rich.console import Console


UNWRAPPED: Final = 200


@cache
def console() -> Console:
    """The console of everything that is not the command's data."""
    from rich.console import Console  # noqa: PLC0415 - rich costs more than a short command

    return Console(stderr=True, highlight=False, soft_wrap=True)


def say(text: str) -> None:
    """Print one line of progress."""
    console().print(text, markup=False)


@contextmanager
def step(text: str) -> Iterator[Callable[[str], None]]:
    """Show that something is going on, and how long it took when it is done.

    Args:
        text: what is done, as in "Seeding the demo network".

    Yields:
        A function that shows an intermediate line, such as "3 of 40 nodes".
    """
    started = time.monotonic()
    if console().is_terminal:
        with console().status(text) as status:
            yield lambda detail: status.update(f"{text}: {detail}")
    else:
        say(f"{text} ...")
        yield lambda detail: say(f"  {detail}")
    say(f"{text}: done in {time.monotonic() - started:.1f} s")


def table(columns: Sequence[str], rows: Iterable[Sequence[str]], *, title: str | None = None) -> None:
    """Print a table to standard output."""
    from rich.console import Console  # noqa: PLC0415 - rich costs more than a short command
    from rich.table import Table  # noqa: PLC0415 - rich costs more than a short command
    from rich.text import Text  # noqa: PLC0415 - rich costs more than a short command

    grid = Table(*columns, title=title, title_justify="left")
    for row in rows:
        # Text takes brackets in the data as they are, and not as markup.
        grid.add_row(*map(Text, row))
    out = Console()
    if not out.is_terminal:
        # A pipe or a file has no width to wrap at.
        out = Console(width=UNWRAPPED)
    out.print(grid)
