"""Cursors that only the platform can make."""

import base64
import json
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from omnitrack.adapters.cursors import SignedCursors
from omnitrack.adapters.rotated_secret import LIFETIME, SHORTEST_LIFETIME, RotatedSecret
from omnitrack.domain.errors import InvalidInputError

from tests.functions.fakes import InMemorySecret

POSITION = {"node": "port-1", "to": "plant-2"}
BOUND_TO = ("GET", "/v1/twin", "user-1", "summary=true")


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def cursors(secret: InMemorySecret, clock: Clock | None = None) -> SignedCursors:
    return SignedCursors(RotatedSecret(secret, "arn", clock=clock or Clock()))  # type: ignore[arg-type] # a fake


@given(
    st.dictionaries(st.text(max_size=8), st.text(max_size=40).filter(str.isprintable), max_size=4),
    st.lists(st.text(max_size=20)).map(tuple),
)
def test_a_cursor_opens_to_its_position(position: dict[str, str], bound_to: tuple[str, ...]) -> None:
    subject = cursors(InMemorySecret("s"))
    sealed = subject.seal(position, bound_to)
    assert subject.open(sealed, bound_to) == position
    assert sealed.isascii()
    assert sealed.isprintable()


@given(st.lists(st.text(max_size=20)).map(tuple))
def test_a_cursor_opens_for_nothing_else(other: tuple[str, ...]) -> None:
    assume(other != BOUND_TO)
    subject = cursors(InMemorySecret("s"))
    with pytest.raises(InvalidInputError):
        subject.open(subject.seal(POSITION, BOUND_TO), other)


@given(st.data())
def test_no_change_of_a_cursor_opens(data: Any) -> None:
    subject = cursors(InMemorySecret("s"))
    sealed = subject.seal(POSITION, BOUND_TO)
    start = data.draw(st.integers(0, len(sealed)))
    end = data.draw(st.integers(start, len(sealed)))
    changed = (
        sealed[:start] + data.draw(st.text(max_size=4) | st.text("AZaz09-_=.", max_size=4)) + sealed[end:]
    )
    assume(changed != sealed)
    with pytest.raises(InvalidInputError):
        subject.open(changed, BOUND_TO)


@pytest.mark.parametrize(
    "text", ["", ".", "a", "A" * 10_000, "é", "\ud800", "e30", "e30.", "e30.AAAA", "-_.-_"]
)
def test_what_is_no_cursor_is_refused_in_one_sentence(text: str) -> None:
    with pytest.raises(InvalidInputError, match="cursor: send it as the page before"):
        cursors(InMemorySecret("s")).open(text, BOUND_TO)


def test_one_who_knows_the_form_but_not_the_secret_makes_none() -> None:
    forged = cursors(InMemorySecret("guess")).seal(POSITION, BOUND_TO)
    unsigned = base64.urlsafe_b64encode(json.dumps(POSITION).encode()).decode().rstrip("=")
    for text in (forged, unsigned, f"{unsigned}.{forged.partition('.')[2]}"):
        with pytest.raises(InvalidInputError):
            cursors(InMemorySecret("s")).open(text, BOUND_TO)


def test_the_previous_value_still_opens_and_the_one_before_does_not() -> None:
    old = cursors(InMemorySecret("1")).seal(POSITION, BOUND_TO)
    assert cursors(InMemorySecret("2", previous="1")).open(old, BOUND_TO) == POSITION
    assert cursors(InMemorySecret("2", previous="1")).seal(POSITION, BOUND_TO) != old
    with pytest.raises(InvalidInputError):
        cursors(InMemorySecret("3", previous="2")).open(old, BOUND_TO)


def test_a_rotation_is_seen_by_the_first_cursor_that_does_not_open() -> None:
    secret, clock = InMemorySecret("1"), Clock()
    subject = cursors(secret, clock)
    subject.seal(POSITION, BOUND_TO)
    secret.current, secret.previous = "2", "1"
    newer = cursors(secret).seal(POSITION, BOUND_TO)
    clock.now += SHORTEST_LIFETIME
    assert subject.open(newer, BOUND_TO) == POSITION
    assert subject.seal(POSITION, BOUND_TO) == newer


def test_the_secret_is_read_rarely_whatever_is_sent() -> None:
    secret, clock = InMemorySecret("1", previous="0"), Clock()
    subject = cursors(secret, clock)
    good = subject.seal(POSITION, BOUND_TO)
    assert secret.reads == 2
    for _ in range(50):
        subject.open(good, BOUND_TO)
        with pytest.raises(InvalidInputError):
            subject.open(good[:-1], BOUND_TO)
    assert secret.reads == 2
    clock.now += LIFETIME
    subject.open(good, BOUND_TO)
    assert secret.reads == 4
