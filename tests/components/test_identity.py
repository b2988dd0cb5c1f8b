"""Sign-in: code with PKCE or SRP, short tokens, a group per role."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest

from components.identity import Identity, IdentityArgs
from tests.support.program import Deployed

POOL, CLIENT = "aws:cognito/userPool:UserPool", "aws:cognito/userPoolClient:UserPoolClient"
GROUP = "aws:cognito/userGroup:UserGroup"
Deploy = Callable[[Callable[[], object]], Deployed]
ARGS = IdentityArgs(
    user_pool_name="omnitrack-staging-users",
    region="us-east-1",
    domain_prefix="omnitrack-staging",
    mfa="OPTIONAL",
    roles=("viewer", "admin"),
    callback_urls=("https://staging.omnitrack.ai/callback",),
    logout_urls=("https://staging.omnitrack.ai/",),
    token_minutes=15,
    refresh_token_days=30,
    deletion_protection=True,
)


@pytest.fixture
def client(deploy: Deploy) -> Mapping[str, Any]:
    return deploy(lambda: Identity("identity", ARGS)).only(CLIENT)


def test_the_client_is_public_and_takes_the_code_flow_only(client: Mapping[str, Any]) -> None:
    assert client["generateSecret"] is False
    assert client["allowedOauthFlows"] == ["code"]
    assert client["allowedOauthFlowsUserPoolClient"] is True


def test_a_password_is_never_sent(client: Mapping[str, Any]) -> None:
    assert client["explicitAuthFlows"] == ["ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]


def test_tokens_live_as_long_as_the_settings_say(client: Mapping[str, Any]) -> None:
    assert client["tokenValidityUnits"] == {
        "idToken": "minutes",
        "accessToken": "minutes",
        "refreshToken": "days",
    }
    validity = (client["idTokenValidity"], client["accessTokenValidity"], client["refreshTokenValidity"])
    assert validity == (15, 15, 30)


def test_the_client_does_not_tell_who_has_an_account_and_revokes_tokens(client: Mapping[str, Any]) -> None:
    assert client["preventUserExistenceErrors"] == "ENABLED"
    assert client["enableTokenRevocation"] is True


def test_only_an_administrator_creates_users_with_strong_passwords(deploy: Deploy) -> None:
    pool = deploy(lambda: Identity("identity", ARGS)).only(POOL)
    assert pool["adminCreateUserConfig"] == {"allowAdminCreateUserOnly": True}
    assert pool["usernameConfiguration"] == {"caseSensitive": False}
    assert pool["autoVerifiedAttributes"] == ["email"], "who has forgotten a password gets a code there"
    assert pool["passwordPolicy"]["minimumLength"] >= 12
    assert all(
        pool["passwordPolicy"][f"require{kind}"] for kind in ("Lowercase", "Uppercase", "Numbers", "Symbols")
    )


@pytest.mark.parametrize(
    ("mfa", "token"), [("OFF", None), ("OPTIONAL", {"enabled": True}), ("ON", {"enabled": True})]
)
def test_the_second_factor_is_a_one_time_code(deploy: Deploy, mfa: str, token: Any) -> None:
    pool = deploy(lambda: Identity("identity", replace(ARGS, mfa=mfa))).only(POOL)
    assert pool["mfaConfiguration"] == mfa
    assert pool.get("softwareTokenMfaConfiguration") == token


@pytest.mark.parametrize(("protected", "value"), [(True, "ACTIVE"), (False, "INACTIVE")])
def test_the_pool_refuses_to_be_deleted_where_wanted(deploy: Deploy, protected: bool, value: str) -> None:  # noqa: FBT001
    pool = deploy(lambda: Identity("identity", replace(ARGS, deletion_protection=protected))).only(POOL)
    assert pool["deletionProtection"] == value


def test_every_role_is_a_group(deploy: Deploy) -> None:
    groups = deploy(lambda: Identity("identity", ARGS)).all(GROUP)
    assert {group.inputs["name"] for group in groups} == {"viewer", "admin"}


def test_the_sign_in_address_leads_to_the_first_callback(deploy: Deploy) -> None:
    outputs = deploy(lambda: Identity("identity", ARGS)).one("omnitrack:identity:Identity").outputs
    assert outputs is not None
    assert outputs["sign_in_url"] == (
        "https://omnitrack-staging.auth.us-east-1.amazoncognito.com/oauth2/authorize?client_id=identity-id"
        "&response_type=code&scope=openid+email+profile"
        "&redirect_uri=https%3A%2F%2Fstaging.omnitrack.ai%2Fcallback"
    )
