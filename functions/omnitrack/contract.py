"""The words in which the REST API is declared: routes, parameters, answers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from omnitrack.domain.access import Permission
from omnitrack.domain.values import Model

Method = Literal["GET", "PUT", "POST", "DELETE", "OPTIONS"]


class ErrorDetail(Model):
    """What went wrong: a stable code, a sentence for people, and the id to quote when asking for help."""

    code: str
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
