"""Id tokens of the user pool, checked by its published keys."""

import time
from collections.abc import Callable, Mapping
from typing import Any

import jwt
import urllib3
from jwt.exceptions import (
    DecodeError,
    ExpiredSignatureError,
    InvalidAudienceError,
    InvalidIssuerError,
    InvalidTokenError,
    PyJWTError,
)
from omnitrack.domain.errors import UnavailableError
from omnitrack.domain.realtime import HandshakeRefusedError, Session

ALGORITHM = "RS256"  # the only one of Cognito, and the only one taken: a token does not choose
LEEWAY = 5  # seconds, between the clock of Cognito and ours
KEYS_LIFETIME = 3600.0  # seconds
# Cognito may have a new key at any time; whoever invents key ids must not make us ask for each.
KEYS_SHORTEST_LIFETIME = 30.0
TIMEOUT = urllib3.Timeout(connect=1, read=2)
OK = 200
# What is said of a token in the log: its own text never is.
REASONS: Mapping[type[PyJWTError], str] = {
    ExpiredSignatureError: "expired",
    InvalidAudienceError: "other_audience",
    InvalidIssuerError: "other_issuer",
    DecodeError: "malformed_or_forged",
}


def fetch_keys(url: str) -> Mapping[str, Any]:
    """The key set at an address; raises UnavailableError."""
    try:
        answer = urllib3.PoolManager().request("GET", url, timeout=TIMEOUT, retries=2)
        if answer.status != OK:
            raise UnavailableError("the user pool does not answer with its keys: try again")
        return dict(answer.json())
    except (urllib3.exceptions.HTTPError, ValueError) as error:
        raise UnavailableError("the user pool's keys are out of reach at the moment: try again") from error


class IdTokens:
    """Id tokens that a user pool gave to one of its clients."""

    def __init__(
        self,
        *,
        issuer: str,
        client: str,
        keys: Callable[[], Mapping[str, Any]],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._issuer = issuer
        self._client = client
        self._fetch = keys
        self._clock = clock
        self._keys: dict[str, jwt.PyJWK] = {}
        self._failure: UnavailableError | None = None
        self._read_at = self._asked_at = -KEYS_LIFETIME

    def session(self, token: str) -> Session:
        """Who the token is of.

        Raises:
            HandshakeRefusedError: It is not a valid id token of this pool and client.
            UnavailableError: The pool's keys cannot be read.
        """
        try:
            key = self._key(jwt.get_unverified_header(token).get("kid"))
            claims = jwt.decode(
                token,
                key.key,
                algorithms=[ALGORITHM],
                audience=self._client,
                issuer=self._issuer,
                leeway=LEEWAY,
                options={"require": ["exp", "iat", "sub", "aud", "iss"], "strict_aud": True},
            )
        except InvalidTokenError as error:
            reason = next((text for kind, text in REASONS.items() if isinstance(error, kind)), "invalid")
            raise HandshakeRefusedError(reason) from None
        if claims.get("token_use") != "id":
            raise HandshakeRefusedError("no_id_token")
        groups = claims.get("cognito:groups", [])
        return Session(
            user=claims["sub"],
            roles=tuple(str(group) for group in groups) if isinstance(groups, list) else (),
            expires_at=int(claims["exp"]),
        )

    def _key(self, key_id: object) -> jwt.PyJWK:
        now = self._clock()
        wanted = key_id not in self._keys or now - self._read_at >= KEYS_LIFETIME
        if wanted and now - self._asked_at >= KEYS_SHORTEST_LIFETIME:
            self._refresh()
        if isinstance(key_id, str) and key_id in self._keys:
            return self._keys[key_id]
        if self._failure is not None:
            raise UnavailableError(str(self._failure)) from self._failure
        raise HandshakeRefusedError("unknown_key")

    def _refresh(self) -> None:
        """Read the keys again; while that fails, those that are known hold, and only another is a fault."""
        try:
            self._keys, self._failure = _signing_keys(self._fetch()), None
            self._read_at = self._clock()
        except UnavailableError as error:
            self._failure = error
        finally:
            self._asked_at = self._clock()


def _signing_keys(key_set: Mapping[str, Any]) -> dict[str, jwt.PyJWK]:
    return {
        key["kid"]: jwt.PyJWK(key, ALGORITHM)
        for key in key_set["keys"]
        if key.get("kty") == "RSA" and key.get("use", "sig") == "sig"
    }
