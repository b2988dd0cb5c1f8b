"""The kinds of value that the platform's entities are made of, with their limits."""

from datetime import UTC, datetime
from typing import Annotated, TypeVar

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    ValidationInfo,
    WithJsonSchema,
)
from pydantic.alias_generators import to_camel

IDENTIFIER_PATTERN = "^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$"
# Far beyond any stock or distance, and well inside of what both a double and DynamoDB keep exactly.
LARGEST_NUMBER = 1e15

T = TypeVar("T")


class Model(BaseModel):
    """An immutable value, strict about types, that travels in camelCase and knows no further fields."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        validate_by_name=True,
        extra="forbid",
        frozen=True,
        strict=True,
        allow_inf_nan=False,
        hide_input_in_errors=True,  # a traceback in the log must not carry what a client sent
    )


def _not_null(value: object, info: ValidationInfo) -> object:
    if value is None and info.mode == "json":
        raise ValueError("leave the field out instead of sending null")
    return value


def _parse(moment: object) -> object:
    # Text only: pydantic alone would take numbers for seconds since 1970.
    if isinstance(moment, datetime):
        return moment
    if not isinstance(moment, str):
        raise ValueError("must be a text in ISO 8601 such as 2026-11-24T08:00:00Z")  # noqa: TRY004 - pydantic wants ValueError
    try:
        return datetime.fromisoformat(moment.upper())
    except ValueError:
        raise ValueError("must be a moment in ISO 8601 such as 2026-11-24T08:00:00Z") from None


def _to_utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ValueError("the moment lies outside of the calendar") from None


def moment_text(moment: datetime) -> str:
    """The moment as fixed-width UTC text (`2026-11-24T08:00:00.000000Z`), which sorts as time does."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


# A field that may be absent, but is never sent as null: the contract's schemas know no null.
Maybe = Annotated[T | None, BeforeValidator(_not_null)]
Identifier = Annotated[str, Field(pattern=IDENTIFIER_PATTERN)]
# No control characters, no leading space.
Label = Annotated[
    str, Field(min_length=1, max_length=120, pattern="^[^\\u0000-\\u0020\\u007f][^\\u0000-\\u001f\\u007f]*$")
]
Amount = Annotated[float, Field(ge=0, le=LARGEST_NUMBER)]
Moment = Annotated[
    AwareDatetime,
    BeforeValidator(_parse),
    AfterValidator(_to_utc),
    PlainSerializer(moment_text, return_type=str),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]
