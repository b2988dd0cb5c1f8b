"""Which AWS profile a command uses in a stack's own account."""

import pytest

from runbook import profiles

KEYS = {"AWS_ACCESS_KEY_ID": "AKIA", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_SESSION_TOKEN": "token"}


@pytest.mark.parametrize(
    ("given", "environment", "profile"),
    [
        (None, {}, "omnitrack-staging"),
        ("mine", {}, "mine"),
        ("mine", {"AWS_PROFILE": "other"} | KEYS, "mine"),
        (None, {"AWS_PROFILE": "other"}, "other"),
        (None, {"AWS_PROFILE": "other", "CI": "true"}, "other"),
        (None, {"AWS_PROFILE": ""}, "omnitrack-staging"),
        (None, KEYS, None),
        (None, {"AWS_WEB_IDENTITY_TOKEN_FILE": "/token"}, None),
        (None, {"AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://169.254.170.23/"}, None),
        (None, {"CI": "true"}, None),
        (None, {"CI": ""}, "omnitrack-staging"),
    ],
)
def test_the_profile_is_the_nearest_that_was_named(
    given: str | None, environment: dict[str, str], profile: str | None
) -> None:
    assert profiles.chosen("staging", given, environment) == profile


def test_the_environment_of_this_process_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "mine")

    assert profiles.chosen("production", None) == "mine"


def test_a_profile_wins_over_keys_in_the_environment() -> None:
    assert profiles.applied({"PATH": "/bin", **KEYS}, "mine") == {"PATH": "/bin", "AWS_PROFILE": "mine"}


def test_without_a_profile_the_environment_stays() -> None:
    assert profiles.applied(KEYS, None) == KEYS
