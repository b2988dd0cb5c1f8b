"""Tokens and cursors that somebody else made, changed or was given: none of them opens anything."""

import base64
import hmac
import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from omnitrack import api

from tests.e2e import sockets, stored
from tests.e2e.home import Platform
from tests.e2e.refusals import check
from tests.e2e.wire import bearer, exchange

PROTECTED = tuple(route for route in api.ROUTES if route.permission)
ROLE, OTHER = "admin", "director"  # both may see every list
REFUSED = frozenset({401, 403})


def _encode(part: object) -> str:
    text = part if isinstance(part, bytes) else json.dumps(part).encode()
    return base64.urlsafe_b64encode(text).rstrip(b"=").decode()


def _parts(token: str) -> tuple[dict[str, Any], dict[str, Any], str]:
    head, claims, signature = token.split(".")
    decoded = [json.loads(base64.urlsafe_b64decode(part + "==")) for part in (head, claims)]
    return decoded[0], decoded[1], signature


def _signed(token: str, **claims: Any) -> str:
    """With a key of our own, under the name of the pool's."""
    head, known, _ = _parts(token)
    key = rsa.generate_private_key(public_exponent=65_537, key_size=2048)
    return jwt.encode({**known, **claims}, key, algorithm="RS256", headers={"kid": head["kid"]})


def _by_public_key(token: str) -> str:
    """Signed with HS256, as if the pool's public key were a secret that both sides know."""
    head, claims, _ = _parts(token)
    text = f"{_encode({**head, 'alg': 'HS256'})}.{_encode(claims)}"
    return f"{text}.{_encode(hmac.digest(str(head['kid']).encode(), text.encode(), 'sha256'))}"


def _altered(token: str, **claims: Any) -> str:
    head, known, signature = _parts(token)
    return f"{_encode(head)}.{_encode({**known, **claims})}.{signature}"


def _unsigned(token: str) -> str:
    _, claims, _ = _parts(token)
    return f"{_encode({'alg': 'none', 'typ': 'JWT'})}.{_encode(claims)}."


TOKENS: dict[str, Callable[[str], str]] = {
    "none": lambda token: "",  # noqa: ARG005
    "no token": lambda token: "made.up.token",  # noqa: ARG005
    "half a token": lambda token: token[: len(token) // 2],
    "a token without its signature": lambda token: token.rpartition(".")[0] + ".",
    "a token with another signature": lambda token: token[:-8] + "AAAAAAAA",
    "an unsigned token": _unsigned,
    "other roles": lambda token: _altered(token, **{"cognito:groups": ["admin"], "sub": "somebody"}),
    "a longer life": lambda token: _altered(token, exp=int(time.time()) + 10**6),
    "a key of our own": _signed,
    "a key of our own, and another issuer": lambda token: _signed(token, iss="https://evil.example/pool"),
    "the public key as a secret": _by_public_key,
    "a long text": lambda token: "a" * 7_000,  # noqa: ARG005
    "two tokens": lambda token: f"{token},{token}",
    "a foreign script": lambda token: f"{token}ü",
}


@pytest.mark.parametrize("what", TOKENS)
def test_a_token_that_the_pool_did_not_make_opens_no_route(platform: Platform, what: str) -> None:
    token = TOKENS[what](platform.token(ROLE))
    for route in PROTECTED:
        target = route.path.format_map({"id": "proofs-a", "from": "proofs-a", "to": "proofs-b"})
        body = json.dumps(route.body_example).encode() if route.body else None
        answer = exchange(platform, route.method, target, headers=[bearer(token)], body=body)
        check(answer, route, {"unauthenticated"})


@pytest.mark.parametrize(
    "what", [what for what in TOKENS if what not in {"none", "two tokens", "a foreign script"}]
)
def test_a_token_that_the_pool_did_not_make_opens_no_socket(platform: Platform, what: str) -> None:
    assert sockets.refusal(platform, TOKENS[what](platform.token(ROLE))) in REFUSED


@pytest.fixture(scope="module")
def foreign_token(platform: Platform) -> Iterator[str]:
    """The id token of another pool of the same account, whose user is in a group of the same name."""
    pools, user, password = platform.client("cognito-idp"), "eve@example.com", "A-password-of-24-letters!"
    pool = {"UserPoolId": pools.create_user_pool(PoolName="proofs")["UserPool"]["Id"]}
    client = pools.create_user_pool_client(
        **pool, ClientName="proofs", ExplicitAuthFlows=["ALLOW_ADMIN_USER_PASSWORD_AUTH"]
    )["UserPoolClient"]["ClientId"]
    pools.admin_create_user(**pool, Username=user, MessageAction="SUPPRESS")
    pools.admin_set_user_password(**pool, Username=user, Password=password, Permanent=True)
    pools.create_group(**pool, GroupName="admin")
    pools.admin_add_user_to_group(**pool, Username=user, GroupName="admin")
    answer = pools.admin_initiate_auth(
        **pool,
        ClientId=client,
        AuthFlow="ADMIN_USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": user, "PASSWORD": password},
    )
    yield str(answer["AuthenticationResult"]["IdToken"])
    pools.delete_user_pool(**pool)


def test_a_token_of_another_pool_opens_nothing(platform: Platform, foreign_token: str) -> None:
    answer = platform.request("GET", "/twin", headers={"Authorization": f"Bearer {foreign_token}"})
    assert answer.status_code == 401
    assert sockets.refusal(platform, foreign_token) in REFUSED


def test_what_a_client_says_of_the_edge_counts_for_nothing(platform: Platform) -> None:
    headers = [
        bearer(platform.token(ROLE)),
        ("x-omnitrack-edge", "made up"),
        ("X-HTTP-Method-Override", "DELETE"),
    ]
    assert exchange(platform, "GET", "/v1/twin?limit=1", headers=headers).status == 200


LISTS = {"/twin": "limit=1", "/alerts": "limit=1", "/audit": "limit=1"}
# Another filter than the one that the cursor was made with, on the same list.
OTHERWISE = {"/twin": "&summary=true", "/alerts": "&severity=low", "/audit": "&from=2026-01-01T00:00:00Z"}


@pytest.fixture(scope="module")
def cursors(platform: Platform) -> Iterator[dict[str, str]]:
    """A cursor of each list, as one user got it."""
    names = ("proofs-1", "proofs-2")
    for name in names:
        stored.put_alert(platform, name, node="proofs-a")
        stored.put_node(platform, name)
    pages = {
        path: platform.request("GET", f"{path}?{size}", role=ROLE).json() for path, size in LISTS.items()
    }
    yield {path: page["cursor"] for path, page in pages.items()}
    for name in names:
        stored.remove_alert(platform, name)
    stored.remove_nodes(platform, names)


def _status(platform: Platform, path: str, cursor: str, *, role: str = ROLE, more: str = "") -> int:
    answer = platform.request("GET", f"{path}?{LISTS[path]}{more}&cursor={cursor}", role=role)
    if answer.status_code != 200:
        error = answer.json()["error"]
        assert (answer.status_code, error["code"]) == (400, "invalid_input"), error
        assert error["message"].startswith("cursor:")
    return answer.status_code


@pytest.mark.parametrize("path", LISTS)
def test_a_cursor_opens_its_list_for_its_user_with_its_filters_only(
    platform: Platform, cursors: dict[str, str], path: str
) -> None:
    assert _status(platform, path, cursors[path]) == 200
    assert _status(platform, path, cursors[path], role=OTHER) == 400
    assert _status(platform, path, cursors[path], more=OTHERWISE[path]) == 400
    for other in LISTS.keys() - {path}:
        assert _status(platform, other, cursors[path]) == 400


@pytest.mark.parametrize("path", LISTS)
def test_a_cursor_with_any_character_changed_opens_nothing(
    platform: Platform, cursors: dict[str, str], path: str
) -> None:
    cursor = cursors[path]
    position, _, signature = cursor.partition(".")
    for place in range(0, len(cursor), 5):
        other = "A" if cursor[place] != "A" else "B"
        assert _status(platform, path, cursor[:place] + other + cursor[place + 1 :]) == 400, place
    for changed in (
        position,
        f"{position}.",
        f".{signature}",
        cursor[:-1],
        f"{cursor}A",
        f"{cursor}=",
        f"{cursor}.",
    ):
        assert _status(platform, path, changed) == 400, changed
