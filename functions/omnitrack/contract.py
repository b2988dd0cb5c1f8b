"""The words in which the REST API is declared: routes, parameters, answers."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from omnitrack.domain import errors
from omnitrack.domain.access import Permission
from omnitrack.domain.errors import OmniTrackError
from omnitrack.domain.values import Model
from pydantic import Field

Method = Literal["GET", "PUT", "POST", "DELETE", "OPTIONS"]


class MediaTypeError(OmniTrackError):
    """The body is of a kind that the API does not read."""

    code = "unsupported_media_type"


class TooLargeError(OmniTrackError):
    """The body is larger than the API reads."""

    code = "too_large"


# The nearest class of an error's family decides; an error of no family here is a fault of ours.
STATUSES: Mapping[type[OmniTrackError], int] = {
    errors.InvalidInputError: 400,
    errors.UnauthenticatedError: 401,
    errors.ForbiddenError: 403,
    errors.NotFoundError: 404,
    errors.ConflictError: 409,
    errors.VersionConflictError: 412,
    TooLargeError: 413,
    MediaTypeError: 415,
    errors.VersionRequiredError: 428,
    errors.UnavailableError: 503,
}
# What stands for no error of the domain: faults of ours, and what the gateway answers by itself.
OTHER_CODES: Mapping[str, tuple[int, str]] = {
    "bad_request": (400, "The gateway cannot read the request."),
    "blocked": (403, "The firewall refused the request."),
    "throttled": (429, "Too many requests: slow down."),
    "internal_error": (500, "A fault on our side."),
    "timeout": (504, "The answer took too long."),
}


def error_codes() -> Mapping[str, tuple[int, str]]:
    """Every code that an answer over HTTP can carry, with its status and its meaning, by status."""
    declared = {
        kind.code: (status, (kind.__doc__ or "").partition("\n")[0])
        for family, status in STATUSES.items()
        for kind in _family(family)
    }
    return dict(sorted({**declared, **OTHER_CODES}.items(), key=lambda entry: entry[1][0]))


def _family(kind: type[OmniTrackError]) -> Iterator[type[OmniTrackError]]:
    # Other modules have errors of their own, which travel over sockets and queues.
    if kind.__module__ in {errors.__name__, __name__}:
        yield kind
    for child in kind.__subclasses__():
        yield from _family(child)


class ErrorDetail(Model):
    """What went wrong: a stable code, a sentence for people, and the id to quote when asking for help."""

    code: Annotated[str, Field(json_schema_extra={"enum": [*error_codes()]})]
    message: str
    request_id: str


class ErrorBody(Model):
    """The body of every error."""

    error: ErrorDetail


@dataclass(frozen=True, kw_only=True)
class Parameter:
    """A parameter of the path, the query or a header, with its JSON schema."""

    name: str
    place: Literal["path", "query", "header"]
    description: str
    schema: Mapping[str, Any]
    example: str | int | bool
    may_be_empty: bool = False


@dataclass(frozen=True, kw_only=True)
class Answer:
    """A successful answer; `bodies` are the models it may have, `headers` those worth a mention."""

    status: int
    description: str
    bodies: tuple[type[Model], ...] = ()
    headers: tuple[str, ...] = ()
    example: Mapping[str, Any] | None = None


@dataclass(frozen=True, kw_only=True)
class Route:
    """One operation: who serves it, who may call it, what it takes, what it answers.

    `permission` None makes it public. `errors` are those beyond what every route of its kind can answer.
    """

    method: Method
    path: str
    function: str
    operation: str
    summary: str
    description: str
    answers: tuple[Answer, ...]
    permission: Permission | None = None
    parameters: tuple[Parameter, ...] = ()
    body: type[Model] | None = None
    body_example: Mapping[str, Any] | None = None
    errors: Mapping[int, str] = field(default_factory=dict)
