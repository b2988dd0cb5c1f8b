"""Who does something: a signed-in person, or the platform itself."""

from typing import Annotated

from omnitrack.domain.values import Label, Model
from pydantic import Field, TypeAdapter, ValidationError

LONGEST_ID = 128

_LABEL: TypeAdapter[str] = TypeAdapter(Label)


class Actor(Model):
    """Somebody as records name them.

    `id` is the user's `sub`, which never changes; `name` is what other people know them by.
    """

    id: Annotated[str, Field(min_length=1, max_length=LONGEST_ID)]
    name: Label


PLATFORM = Actor(id="platform", name="OmniTrack")


def actor_of(user: str, *names: object) -> Actor:
    """The user with the first of the names that can be one, and without any with the id in its place."""
    for name in (*names, user):
        try:
            return Actor(id=user, name=_LABEL.validate_python(name, strict=True))
        except ValidationError:
            continue
    return Actor(id=user, name="unnamed")
