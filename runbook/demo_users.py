"""Demo users: one per role, with random passwords that only one file knows."""

from __future__ import annotations

import json
import os
import secrets
import string
from typing import TYPE_CHECKING, Final

from omnitrack.domain.access import ROLES

from runbook.errors import RunbookError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from runbook.users import Pool

DOMAIN: Final = "demo.omnitrack.ai"
PASSWORD_LENGTH: Final = 24
SYMBOLS: Final = "-_.!+"  # each counts as a symbol of Cognito's password policy


def email_of(role: str) -> str:
    """The address of the demo user with a role."""
    return f"{role}@{DOMAIN}"


def ensure(pool: Pool, file: Path) -> int:
    """Make one user per role, with random passwords that only the file knows; answers how many are new.

    Args:
        pool: where they live.
        file: passwords by e-mail address; readable by its owner only.
    """
    passwords = passwords_in(file)
    wanted = {email_of(role): role for role in ROLES}
    missing = [email for email in wanted if email not in passwords]
    if missing:
        passwords |= {email: _random_password() for email in missing}
        _write_privately(file, passwords)
    new = 0
    for email, role in wanted.items():
        if pool.exists(email):
            # The pool may be older or younger than the file: after this they agree.
            pool.set_password(email, passwords[email])
        else:
            pool.create(email, passwords[email])
            new += 1
        pool.give_role(email, role)
    return new


def passwords_in(file: Path) -> dict[str, str]:
    """The demo users' passwords by e-mail address; empty where none were made."""
    try:
        passwords: dict[str, str] = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except ValueError:
        raise RunbookError(
            f"{file} is damaged: remove it, and `omnitrack users demo` makes it anew"
        ) from None
    return passwords


def _write_privately(file: Path, content: Mapping[str, str]) -> None:
    draft = file.with_suffix(".draft")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as out:
        json.dump(content, out, indent=2)
    draft.replace(file)


def _random_password() -> str:
    """A password with all four kinds of characters, whatever the chance says."""
    kinds = (string.ascii_lowercase, string.ascii_uppercase, string.digits, SYMBOLS)
    characters = [secrets.choice(kind) for kind in kinds]
    characters += [secrets.choice("".join(kinds)) for _ in range(PASSWORD_LENGTH - len(kinds))]
    secrets.SystemRandom().shuffle(characters)
    return "".join(characters)
