"""Shell text that points a shell at the local cloud and back: `eval "$(omnitrack env)"`."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

MARKER: Final = "OMNITRACK_SHELL"
"""Set while a shell points at a local cloud, to its account."""
NAMES: Final = "OMNITRACK_SHELL_NAMES"
SAVED: Final = "OMNITRACK_SAVED_"


def enter(variables: Mapping[str, str | None], *, account: str) -> str:
    """Shell text that sets variables and keeps what they were.

    The earlier values are copied by the shell itself: they may be credentials, and are never printed.

    Args:
        variables: new values by name; None unsets.
        account: the account of the local cloud.
    """
    return "\n".join(
        [
            # A shell that is already set keeps its first memory, not the local values.
            leave(),
            *(_remember(name) for name in variables),
            *(_assign(name, value) for name, value in variables.items()),
            f"export {MARKER}={shlex.quote(account)} {NAMES}={shlex.quote(' '.join(variables))}",
        ]
    )


def leave() -> str:
    """Shell text that restores what `enter` changed; harmless in a shell that is not set.

    Works in bash, zsh and POSIX sh.
    """
    return "\n".join(
        [
            f'for omnitrack_name in $(printf "%s" "${{{NAMES}-}}"); do',
            f'  if eval "[ -n \\"\\${{{SAVED}$omnitrack_name+set}}\\" ]"; then',
            f'    eval "export $omnitrack_name=\\"\\${SAVED}$omnitrack_name\\""',
            f'    unset "{SAVED}$omnitrack_name"',
            '  else unset "$omnitrack_name"; fi',
            "done",
            f"unset omnitrack_name {MARKER} {NAMES}",
        ]
    )


def _remember(name: str) -> str:
    return f'if [ -n "${{{name}+set}}" ]; then export {SAVED}{name}="${name}"; fi'


def _assign(name: str, value: str | None) -> str:
    return f"unset {name}" if value is None else f"export {name}={shlex.quote(value)}"
