"""A request as a handler sees it, read from the event that API Gateway sends (proxy format 1.0)."""

import base64
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any, TypeVar

from omnitrack.contract import MediaTypeError, TooLargeError
from omnitrack.domain.actors import LONGEST_ID, Actor, actor_of
from omnitrack.domain.errors import InvalidInputError, UnauthenticatedError
from omnitrack.domain.faults import describe
from omnitrack.domain.twin import Precondition
from omnitrack.domain.values import IDENTIFIER_PATTERN, Model, Moment
from omnitrack.routes.shared import IDEMPOTENCY_KEY, LARGEST_BODY, LARGEST_PAGE, USUAL_PAGE
from pydantic import TypeAdapter, ValidationError

M = TypeVar("M", bound=Model)

_IDENTIFIER = re.compile(IDENTIFIER_PATTERN.removesuffix("$"))
_REPETITION_KEY = re.compile(IDEMPOTENCY_KEY.schema["pattern"])
_MOMENT: TypeAdapter[datetime] = TypeAdapter(Moment)
_SUBJECT = re.compile(f"[!-~]{{1,{LONGEST_ID}}}")
# A version that does not exist stands for every ETag that is well-formed but not of ours.
_FOREIGN_VERSION = -1


@dataclass(frozen=True, kw_only=True)
class Request:
    """One request; header names are in lower case."""

    id: str
    method: str
    path: str
    path_parameters: Mapping[str, str]
    query: Mapping[str, str]
    headers: Mapping[str, str]
    claims: Mapping[str, Any] | None
    body: str
    is_base64: bool

    @classmethod
    def of(cls, event: Mapping[str, Any]) -> "Request":
        """Read the event."""
        context = event.get("requestContext") or {}
        return cls(
            id=context.get("requestId") or "",
            method=event["httpMethod"],
            path=event["resource"],
            path_parameters=event.get("pathParameters") or {},
            query=event.get("queryStringParameters") or {},
            headers={name.lower(): value for name, value in (event.get("headers") or {}).items()},
            claims=(context.get("authorizer") or {}).get("claims"),
            body=event.get("body") or "",
            is_base64=bool(event.get("isBase64Encoded")),
        )

    @property
    def roles(self) -> tuple[str, ...]:
        """The user's groups, which authorizers pass as a list, `[viewer analyst]` or `viewer,analyst`.

        Raises:
            UnauthenticatedError: Nobody is signed in, or the token is an access token.
        """
        if self.claims is None:
            raise UnauthenticatedError("sign in and send the id token")
        if self.claims.get("token_use", "id") != "id":
            raise UnauthenticatedError("send the id token, not the access token")
        groups = self.claims.get("cognito:groups")
        if isinstance(groups, str):
            return tuple(re.findall(r"[^\s,\[\]\"']+", groups))
        return tuple(map(str, groups)) if isinstance(groups, list) else ()

    @property
    def actor(self) -> Actor:
        """The signed-in user, known by name as the pool knows them; raises UnauthenticatedError."""
        claims, user = self.claims or {}, self.user
        if user is None:
            raise UnauthenticatedError("sign in and send the id token")
        return actor_of(user, claims.get("email"), claims.get("cognito:username"))

    @property
    def user(self) -> str | None:
        """The id of the signed-in user: all that logs may say of them."""
        user = (self.claims or {}).get("sub")
        return user if isinstance(user, str) and _SUBJECT.fullmatch(user) else None

    def identifier(self, name: str) -> str:
        """A path parameter that is an id; raises InvalidInputError when it cannot be one."""
        return _identifier(name, self.path_parameters.get(name, ""))

    def identifier_asked(self, name: str) -> str | None:
        """A query parameter that is an id; raises InvalidInputError when it cannot be one."""
        value = self.query.get(name)
        return None if value is None else _identifier(name, value)

    def json(self, model: type[M]) -> M:
        """The body as a model.

        Raises:
            MediaTypeError, TooLargeError: It cannot be read.
            InvalidInputError: It is not what the model says; the text names the fields.
        """
        kind, _, parameters = self.headers.get("content-type", "application/json").lower().partition(";")
        charset = re.search(r'charset\s*=\s*"?([^;"\s]*)', parameters)
        if kind.strip() != "application/json" or (charset and charset[1] not in {"utf-8", "utf8"}):
            raise MediaTypeError("send the body as application/json in UTF-8")
        if len(self.body) > LARGEST_BODY * 2:
            raise TooLargeError(f"the body is larger than {LARGEST_BODY} bytes")
        try:
            body = base64.b64decode(self.body, validate=True) if self.is_base64 else self.body.encode()
        except ValueError:
            raise InvalidInputError("body: is not valid UTF-8") from None
        if len(body) > LARGEST_BODY:
            raise TooLargeError(f"the body is larger than {LARGEST_BODY} bytes")
        try:
            return model.model_validate_json(body, by_alias=True, by_name=False)
        except ValidationError as error:
            raise InvalidInputError(describe(error)) from None

    @property
    def precondition(self) -> Precondition:
        """What If-Match and If-None-Match say; raises InvalidInputError when they cannot be read."""
        match, none_match = self.headers.get("if-match"), self.headers.get("if-none-match")
        if match is not None and none_match is not None:
            raise InvalidInputError("If-Match: cannot be sent together with If-None-Match")
        if none_match is not None:
            if self.method == "DELETE":
                raise InvalidInputError("If-None-Match: has no meaning for a removal")
            if none_match.strip() != "*":
                raise InvalidInputError("If-None-Match: only * is understood")
            return Precondition(exists=False)
        if match is None:
            return Precondition()
        if match.strip() == "*":
            return Precondition(exists=True)
        # Proxies that compress an answer weaken its ETag (W/); the version it names is the same.
        tag = re.fullmatch(r'\s*(?:W/)?"([!#-~]*)"\s*', match)
        if tag is None:
            raise InvalidInputError('If-Match: send one version in quotes, as answered in ETag, such as "3"')
        version = int(tag[1]) if re.fullmatch("[1-9][0-9]{0,14}", tag[1]) else _FOREIGN_VERSION
        return Precondition(version=version)

    @property
    def repetition(self) -> tuple[str, str] | None:
        """The Idempotency-Key and the digest of what is repeated; raises InvalidInputError for a bad key."""
        key = self.headers.get("idempotency-key")
        if key is None:
            return None
        if not _REPETITION_KEY.fullmatch(key):
            raise InvalidInputError("Idempotency-Key: must have 1 to 128 printable characters without spaces")
        conditions = [self.headers.get(name) for name in ("if-match", "if-none-match")]
        parts = [
            self.method,
            self.path,
            *map(dict, (self.path_parameters, self.query)),
            *conditions,
            self.body,
        ]
        return key, sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()

    @property
    def limit(self) -> int:
        """How many entities a page may have; raises InvalidInputError."""
        text = self.query.get("limit", str(USUAL_PAGE))
        if not re.fullmatch("[0-9]{1,4}", text) or not 1 <= int(text) <= LARGEST_PAGE:
            raise InvalidInputError(f"limit: must be a whole number from 1 to {LARGEST_PAGE}")
        return int(text)

    def text(self, name: str, *, longest: int) -> str | None:
        """A query parameter that is a word; raises InvalidInputError when it is none, or too long."""
        value = self.query.get(name)
        if value is not None and not re.fullmatch(f"[!-~]{{1,{longest}}}", value):
            raise InvalidInputError(
                f"{name}: must have 1 to {longest} printable characters of ASCII without spaces"
            )
        return value

    def moment(self, name: str) -> datetime | None:
        """A query parameter that is a moment; raises InvalidInputError when it is none."""
        value = self.query.get(name)
        try:
            return None if value is None else _MOMENT.validate_python(value)
        except ValidationError:
            raise InvalidInputError(
                f"{name}: must be a moment in ISO 8601 with its offset, such as 2026-11-24T08:00:00Z"
            ) from None

    def flag(self, name: str) -> bool:
        """A query parameter that is true when given without a value; raises InvalidInputError."""
        text = self.query.get(name, "false").lower()
        if text not in {"", "true", "false"}:
            raise InvalidInputError(f"{name}: must be true or false, or be given without a value")
        return text != "false"


def _identifier(name: str, value: str) -> str:
    if not _IDENTIFIER.fullmatch(value):
        raise InvalidInputError(
            f"{name}: an id has 1 to 64 letters, digits, '-' and '_', and begins with no sign"
        )
    return value
