"""Who a socket is opened for: only through the edge, only with a valid id token, only with a role."""

import base64
import hmac
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from omnitrack import wiring
from omnitrack.adapters.edge_secret import EdgeSecret
from omnitrack.adapters.rotated_secret import SHORTEST_LIFETIME, RotatedSecret
from omnitrack.adapters.tokens import KEYS_LIFETIME, KEYS_SHORTEST_LIFETIME, LEEWAY, IdTokens
from omnitrack.domain.errors import UnavailableError
from omnitrack.domain.realtime import HandshakeRefusedError
from omnitrack.handlers import socket_authorizer

from tests.functions.calls import CONTEXT
from tests.functions.conftest import World
from tests.functions.fakes import InMemorySecret

ISSUER = "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_pool"
CLIENT = "client-1"
ARN = "arn:aws:execute-api:us-east-1:000000000001:socketapi1/ws/$connect"
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
OTHER_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)


def published(key: rsa.RSAPrivateKey, key_id: str) -> dict[str, Any]:
    numbers: dict[str, Any] = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key()))
    return numbers | {"kid": key_id, "use": "sig", "alg": "RS256"}


class Pool:
    """The pool's published keys; counts how often they are asked for."""

    def __init__(self) -> None:
        self.keys = [published(KEY, "key-1")]
        self.asked = 0
        self.time = 0.0
        self.out_of_reach = False

    def fetch(self) -> dict[str, Any]:
        self.asked += 1
        if self.out_of_reach:
            raise UnavailableError("the user pool's keys are out of reach at the moment: try again")
        return {"keys": self.keys}

    @property
    def tokens(self) -> IdTokens:
        return IdTokens(issuer=ISSUER, client=CLIENT, keys=self.fetch, clock=lambda: self.time)


def claims(**changes: Any) -> dict[str, Any]:
    now = datetime.now(UTC)
    fields = {
        "sub": "user-1",
        "iss": ISSUER,
        "aud": CLIENT,
        "token_use": "id",
        "iat": int(now.timestamp()),
        "exp": int((now + timedelta(minutes=15)).timestamp()),
        "cognito:groups": ["viewer", "analyst"],
        "email": "ada@example.com",
        **changes,
    }
    return {name: value for name, value in fields.items() if value is not None}


def token(
    changes: dict[str, Any] | None = None,
    *,
    key: rsa.RSAPrivateKey = KEY,
    headers: dict[str, Any] | None = None,
    **fields: Any,
) -> str:
    content = claims(**(changes or {}), **fields)
    return jwt.encode(content, key, algorithm="RS256", headers={"kid": "key-1"} | (headers or {}))


def encoded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def by_hand(algorithm: str) -> str:
    parts = [{"alg": algorithm, "kid": "key-1"}, claims()]
    return ".".join(encoded(json.dumps(part).encode()) for part in parts)


def unsigned() -> str:
    return by_hand("none") + "."


def signed_by_the_public_key() -> str:
    """The old trick: the published key taken as the secret of a symmetric algorithm."""
    secret = KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    text = by_hand("HS256")
    return f"{text}.{encoded(hmac.digest(secret, text.encode(), 'sha256'))}"


@pytest.fixture
def pool() -> Pool:
    return Pool()


@pytest.fixture
def secret(world: World, monkeypatch: pytest.MonkeyPatch, pool: Pool) -> InMemorySecret:
    assert world
    secret = InMemorySecret(current="now", previous="before")
    edge = EdgeSecret(RotatedSecret(secret, "secret"))  # type: ignore[arg-type] # a fake
    tokens = pool.tokens
    monkeypatch.setattr(wiring, "edge_secret", lambda: edge)
    monkeypatch.setattr(wiring, "id_tokens", lambda: tokens)
    return secret


def knock(text: str, *, edge: str | None = "now", protocol: str | None = None) -> dict[str, Any]:
    headers = {
        "Sec-WebSocket-Protocol": f"omnitrack.v1, {text}" if protocol is None else protocol,
        **({} if edge is None else {"x-omnitrack-edge": edge}),
    }
    event = {
        "type": "REQUEST",
        "methodArn": ARN,
        "headers": headers,
        "requestContext": {"requestId": "request-1", "connectionId": "c1"},
    }
    return socket_authorizer.handler(event, CONTEXT)


def effect(answer: dict[str, Any]) -> str:
    (statement,) = answer["policyDocument"]["Statement"]
    assert (statement["Action"], statement["Resource"]) == ("execute-api:Invoke", ARN)
    return str(statement["Effect"])


@pytest.mark.parametrize("edge", ["now", "before"])
def test_who_has_a_token_and_came_through_the_edge_is_let_in(secret: InMemorySecret, edge: str) -> None:
    assert secret
    expires = int(datetime.now(UTC).timestamp()) + 600
    answer = knock(token(exp=expires), edge=edge)
    assert effect(answer) == "Allow"
    assert answer["principalId"] == "user-1"
    assert answer["context"] == {"user": "user-1", "roles": "viewer,analyst", "expiresAt": str(expires)}


REFUSED = {
    "expired": lambda: token(exp=int(datetime.now(UTC).timestamp()) - LEEWAY - 1),
    "other_audience": lambda: token(aud="client-2"),
    "other_issuer": lambda: token(iss=f"{ISSUER}2"),
    "no_id_token": lambda: token(token_use="access"),
    "malformed_or_forged": lambda: token(key=OTHER_KEY),
    "no_role": lambda: token({"cognito:groups": ["stranger"]}),
    "unknown_key": lambda: token(headers={"kid": "key-2"}),
    "invalid": unsigned,
}


@pytest.mark.parametrize("reason", REFUSED)
def test_everyone_else_is_refused_without_a_word(
    secret: InMemorySecret, capsys: pytest.CaptureFixture[str], reason: str
) -> None:
    assert secret
    text = REFUSED[reason]()
    answer = knock(text)
    assert effect(answer) == "Deny"
    assert "context" not in answer
    output = capsys.readouterr().out
    assert json.loads(output)["reason"] == reason
    for personal in ("ada@example.com", text, "user-1"):
        assert personal not in output


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a",
        "a.b.c",
        "x" * 10_000,
        "é.é.é",
        *(token({name: None}) for name in ("sub", "aud", "iss", "exp", "iat", "token_use", "cognito:groups")),
        token(sub=7),
        token(exp="soon"),
        token(aud=[CLIENT, "another"]),
        token({"cognito:groups": "viewer"}),
        token({"cognito:groups": None, "custom:groups": ["admin"]}),
        token(nbf=int(datetime.now(UTC).timestamp()) + 600),
        token(headers={"kid": "../../etc/passwd"}),
        token(headers={"jwk": published(OTHER_KEY, "key-1"), "kid": "key-1"}, key=OTHER_KEY),
        signed_by_the_public_key(),
    ],
    ids=range(21),
)
def test_a_token_that_is_not_the_pools_is_refused(secret: InMemorySecret, text: str) -> None:
    assert secret
    assert effect(knock(text)) == "Deny"


@pytest.mark.parametrize("edge", [None, "", "no", "now ", "é"])
def test_past_the_edge_not_even_the_token_is_looked_at(
    secret: InMemorySecret, pool: Pool, edge: str | None
) -> None:
    assert secret
    assert effect(knock(token(), edge=edge)) == "Deny"
    assert pool.asked == 0


@pytest.mark.parametrize("protocol", ["", "omnitrack.v1", "omnitrack.v1,", "omnitrack.v2, TOKEN", "TOKEN"])
def test_the_protocol_has_to_be_named_with_the_token(secret: InMemorySecret, protocol: str) -> None:
    assert secret
    assert effect(knock("", protocol=protocol.replace("TOKEN", token()))) == "Deny"


def test_a_rotated_secret_is_known_after_a_moment_and_guesses_do_not_read_it_again() -> None:
    secret, now = InMemorySecret(current="now", previous="before"), [0.0]
    edge = EdgeSecret(RotatedSecret(secret, "secret", clock=lambda: now[0]))  # type: ignore[arg-type] # a fake
    assert edge.is_proven_by("before")
    secret.current, secret.previous = "next", "now"
    for _ in range(3):
        assert not edge.is_proven_by("next")
    now[0] += SHORTEST_LIFETIME
    assert edge.is_proven_by("next")
    assert edge.is_proven_by("now")
    assert not edge.is_proven_by("before")


def test_a_new_key_is_found_and_invented_ones_do_not_make_us_ask_for_each(pool: Pool) -> None:
    tokens = pool.tokens
    for _ in range(3):
        assert tokens.session(token()).user == "user-1"
    pool.keys.append(published(OTHER_KEY, "key-2"))
    new = token(key=OTHER_KEY, headers={"kid": "key-2"})
    for _ in range(3):
        with pytest.raises(HandshakeRefusedError, match="unknown_key"):
            tokens.session(new)
    assert pool.asked == 1
    pool.time += KEYS_SHORTEST_LIFETIME
    assert tokens.session(new).user == "user-1"
    assert pool.asked == 2
    pool.time += KEYS_LIFETIME
    assert tokens.session(new).user == "user-1"
    assert pool.asked == 3


def test_known_keys_hold_while_the_pool_is_out_of_reach_and_it_is_not_asked_by_every_handshake(
    pool: Pool,
) -> None:
    tokens, other = pool.tokens, token(key=OTHER_KEY, headers={"kid": "key-2"})
    tokens.session(token())
    pool.out_of_reach = True
    pool.time += KEYS_LIFETIME
    for _ in range(3):
        assert tokens.session(token()).user == "user-1"
        with pytest.raises(UnavailableError):
            tokens.session(other)
    assert pool.asked == 2
    pool.time += KEYS_SHORTEST_LIFETIME
    assert tokens.session(token()).user == "user-1"
    assert pool.asked == 3
    pool.out_of_reach = False
    pool.time += KEYS_SHORTEST_LIFETIME
    assert tokens.session(token()).user == "user-1"
    with pytest.raises(HandshakeRefusedError, match="unknown_key"):
        tokens.session(other)
    assert pool.asked == 4


def test_keys_out_of_reach_are_a_fault_and_no_refusal(secret: InMemorySecret, pool: Pool) -> None:
    assert secret
    pool.out_of_reach = True
    with pytest.raises(UnavailableError):
        knock(token())
