"""Links of a report into the repository: rules and places, at exactly the commit that was judged."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from runbook.changes.markdown import code

if TYPE_CHECKING:
    from collections.abc import Mapping

RULES: Final = "docs/policy.md"
RULE: Final = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
PLACE: Final = re.compile(r"(?P<file>[\w][\w./-]*):(?P<line>[0-9]+)", re.ASCII)
# What GitHub tells its jobs; a value of another shape would lead elsewhere.
SERVER, REPOSITORY, COMMIT = (
    re.compile(r"https://[a-z0-9.-]+"),
    re.compile(r"[\w.-]+/[\w.-]+", re.ASCII),
    re.compile(r"[0-9a-f]{40}"),
)


@dataclass(frozen=True, kw_only=True)
class Links:
    """Where files of the judged commit can be read; without a base nothing becomes a link.

    Attributes:
        base: Address of the commit's files, without a slash at its end.
    """

    base: str = ""

    @classmethod
    def of_job(cls, environment: Mapping[str, str]) -> Links:
        """Those of a job on GitHub; without a base where it is none.

        A comment has no folder that a relative link could start from, so all of the address is needed.
        """
        server, repository, commit = (
            environment.get(name, "") for name in ("GITHUB_SERVER_URL", "GITHUB_REPOSITORY", "GITHUB_SHA")
        )
        if SERVER.fullmatch(server) and REPOSITORY.fullmatch(repository) and COMMIT.fullmatch(commit):
            return cls(base=f"{server}/{repository}/blob/{commit}")
        return cls()

    def rule(self, rule: str) -> str:
        """A rule's id, leading to what it asks for."""
        if not self.base or not RULE.fullmatch(rule):
            return code(rule)
        return f"[{code(rule)}]({self.base}/{RULES}#{rule})"

    def place(self, place: str) -> str:
        """A place, as `file:line`, leading there."""
        found = PLACE.fullmatch(place)
        if not self.base or not found or ".." in found["file"]:
            return code(place)
        return f"[{code(place)}]({self.base}/{quote(found['file'])}#L{found['line']})"
