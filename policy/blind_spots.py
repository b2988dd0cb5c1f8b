"""What would happen to a program's resources after the guard has seen them, and is refused for that."""

from collections.abc import Iterable, Iterator

import pulumi
from pulumi.runtime.settings import SETTINGS, get_root_resource

WAITED = (
    "resources were sent to the engine before the judgement, as the program waited for something: call data "
    "sources in their _output form"
)
LATE = (
    "was registered after the judgement: create it outside of apply and before policy.guard.judge(), "
    "the last statement of the program"
)
UNSEEN = (
    "was made in a thread or a context of its own, where the guard does not see it: make it outside of them"
)
UNJUDGED = frozenset({"description", "tags", "tags_all", "tagsAll"})
"""Properties that no rule reads: what they keep is nobody's danger."""


def of_the_program(guards_own: object) -> Iterator[str]:
    """What changes every resource behind the guard.

    Args:
        guards_own: the guard's stack transformation, which must be the last one.
    """
    transformations = get_root_resource()._transformations  # type: ignore[union-attr] # noqa: SLF001 - no public way
    if transformations[-1] != guards_own:
        yield (
            "a stack transformation was registered after policy.guard.install(): register it before, "
            "the guard must see the inputs that come out of it"
        )
    callbacks = SETTINGS.callbacks
    if callbacks is not None and callbacks._transforms:  # noqa: SLF001 - as above
        yield "the stack has a transform, which the engine applies behind the guard: use a transformation"


def of_a_resource(type_: str, name: str, options: pulumi.ResourceOptions, *, judged: bool) -> Iterator[str]:
    """What changes this resource behind the guard.

    Args:
        type_: its token.
        name: its logical name.
        options: what the program said about it besides its inputs.
        judged: whether a rule is about its type.
    """
    if options.transforms:
        yield (
            f'{type_} "{name}" has transforms, which the engine applies behind the guard: '
            "say the inputs themselves, or use transformations"
        )
    kept = {path.partition(".")[0].partition("[")[0] for path in options.ignore_changes or ()}
    if judged and kept - UNJUDGED:
        yield (
            f'{type_} "{name}" has ignore_changes: what it keeps is in the state, where the guard cannot '
            "see it; take the option away"
        )


def repeated(urns: Iterable[str]) -> Iterator[str]:
    """A second resource of the same name would hide the first; the engine refuses it too late."""
    seen: set[str] = set()
    for urn in urns:
        if urn in seen:
            yield f"two resources are {urn}: give one another name"
        seen.add(urn)
