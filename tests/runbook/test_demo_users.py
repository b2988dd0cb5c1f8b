"""Demo users: one per role, the same however often they are made, their passwords nowhere but in one file."""

from __future__ import annotations

import json
import stat
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest
from omnitrack.domain.access import ROLES

from runbook import demo_users
from runbook.errors import RunbookError

if TYPE_CHECKING:
    from pathlib import Path


@dataclass
class FakePool:
    """A user pool in memory."""

    passwords: dict[str, str] = field(default_factory=dict)
    roles: dict[str, str] = field(default_factory=dict)

    def exists(self, email: str) -> bool:
        return email in self.passwords

    def create(self, email: str, password: str) -> None:
        assert email not in self.passwords
        self.passwords[email] = password

    def set_password(self, email: str, password: str) -> None:
        assert email in self.passwords
        self.passwords[email] = password

    def give_role(self, email: str, role: str) -> None:
        self.roles[email] = role


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "demo-users.json"


def ensure(pool: FakePool, file: Path) -> int:
    return demo_users.ensure(pool, file)  # type: ignore[arg-type]


def test_there_is_one_demo_user_per_role(file: Path) -> None:
    pool = FakePool()
    assert ensure(pool, file) == len(ROLES)
    assert pool.roles == {f"{role}@demo.omnitrack.ai": role for role in ROLES}


def test_the_second_time_nothing_is_new_and_passwords_stay(file: Path) -> None:
    pool = FakePool()
    ensure(pool, file)
    before = dict(pool.passwords)
    assert ensure(pool, file) == 0
    assert pool.passwords == before


def test_an_emptied_pool_gets_the_same_passwords_again(file: Path) -> None:
    first, second = FakePool(), FakePool()
    ensure(first, file)
    assert ensure(second, file) == len(ROLES)
    assert second.passwords == first.passwords


def test_a_lost_file_is_made_anew_and_the_pool_agrees_with_it(file: Path) -> None:
    pool = FakePool()
    ensure(pool, file)
    file.unlink()
    assert ensure(pool, file) == 0
    assert pool.passwords == demo_users.passwords_in(file)


def test_the_file_is_readable_by_its_owner_only(file: Path) -> None:
    ensure(FakePool(), file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_every_password_is_different_and_strong(file: Path) -> None:
    ensure(FakePool(), file)
    passwords = demo_users.passwords_in(file).values()
    assert len(set(passwords)) == len(ROLES)
    for password in passwords:
        assert len(password) >= 20
        assert any(character.islower() for character in password)
        assert any(character.isupper() for character in password)
        assert any(character.isdigit() for character in password)
        assert not password.isalnum()


def test_a_damaged_file_is_named(file: Path) -> None:
    file.write_text("{")
    with pytest.raises(RunbookError, match=r"demo-users.json is damaged: remove it"):
        ensure(FakePool(), file)


def test_passwords_of_other_people_in_the_file_are_kept(file: Path) -> None:
    file.write_text(json.dumps({"viewer@demo.omnitrack.ai": "Known-Password-1", "ada@example.com": "x"}))
    pool = FakePool()
    ensure(pool, file)
    assert pool.passwords["viewer@demo.omnitrack.ai"] == "Known-Password-1"
    assert demo_users.passwords_in(file)["ada@example.com"] == "x"
