"""A request as a handler sees it, read from the event that API Gateway sends (proxy format 1.0)."""

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2s
from typing import Any, TypeVar

from omnitrack.api import LARGEST_BODY, LARGEST_PAGE, USUAL_PAGE
from omnitrack.domain.errors import InvalidInputError, OmniTrackError, UnauthenticatedError
from omnitrack.domain.faults import describe
from omnitrack.domain.twin import Position, Precondition
from omnitrack.domain.values import IDENTIFIER_PATTERN, Model
from pydantic import ValidationError

M = TypeVar("M", bound=Model)

_IDENTIFIER = re.compile(IDENTIFIER_PATTERN.removesuffix("$"))
# A version that does not exist stands for every ETag that is well-formed but not of ours.
_FOREIGN_VERSION = -1


class MediaTypeError(OmniTrackError):
    """The body is of a kind that the API does not read."""

    code = "unsupported_media_type"


class TooLargeError(OmniTrackError):
    """The body is larger than the API reads."""

    code = "too_large"


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
        groups = self.claims.get("cognito:groups") or ""
        return tuple(re.findall(r"[^\s,\[\]\"']+", groups) if isinstance(groups, str) else map(str, groups))

    def identifier(self, name: str) -> str:
        """A path parameter that is an id; raises InvalidInputError when it cannot be one."""
        value = self.path_parameters.get(name, "")
        if not _IDENTIFIER.fullmatch(value):
            raise InvalidInputError(
                f"{name}: an id has 1 to 64 letters, digits, '-' and '_', and begins with no sign"
            )
        return value

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
        except (binascii.Error, UnicodeEncodeError):
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
    def limit(self) -> int:
        """How many entities a page may have; raises InvalidInputError."""
        text = self.query.get("limit", str(USUAL_PAGE))
        if not re.fullmatch("[0-9]{1,4}", text) or not 1 <= int(text) <= LARGEST_PAGE:
            raise InvalidInputError(f"limit: must be a whole number from 1 to {LARGEST_PAGE}")
        return int(text)

    def flag(self, name: str) -> bool:
        """A query parameter that is true when given without a value; raises InvalidInputError."""
        text = self.query.get(name, "false").lower()
        if text not in {"", "true", "false"}:
            raise InvalidInputError(f"{name}: must be true or false, or be given without a value")
        return text != "false"

    @property
    def position(self) -> Position | None:
        """Where the cursor points; raises InvalidInputError when it is not one of ours."""
        cursor = self.query.get("cursor")
        if cursor is None:
            return None
        try:
            node, to = base64.urlsafe_b64decode(cursor.partition(".")[0] + "==").decode("ascii").split(":")
        except ValueError:
            node, to = "", ""
        position = Position(node=node, to=to or None)
        if not _IDENTIFIER.fullmatch(node) or cursor_of(position) != cursor:
            raise InvalidInputError("cursor: send it as the page before answered it")
        return position


def cursor_of(position: Position) -> str:
    """The opaque text for a position.

    The digest finds accidents and edits. It needs no secret: a position tells nothing that is hidden.
    """
    text = f"{position.node}:{position.to or ''}".encode()
    return (
        base64.urlsafe_b64encode(text).decode().rstrip("=") + "." + blake2s(text, digest_size=6).hexdigest()
    )
