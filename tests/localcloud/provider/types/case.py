"""What the type table says of one resource type.

A module `cases_<service>.py` has `CASES`, one `Case` for each type of the service. A callable gets the
`Scene` (scene.py): `it.needs` is what `needs` made, `it.id`, `it.inputs` and `it.outputs` are those of the
resource, `it.aws("sqs")` is a boto3 client, `it.make(type, **inputs)` makes another through the provider.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tests.localcloud.provider.types.scene import Scene

# Inputs in Pulumi's names, or how to make them once the scene has what they need.
Inputs: TypeAlias = "Mapping[str, Any] | Callable[[Scene], Mapping[str, Any]]"


@dataclass(frozen=True, kw_only=True)
class Case:
    """One resource type and what must hold for it.

    Attributes:
        type: Pulumi's type.
        needs: Makes what the inputs refer to.
        inputs: A program's inputs, with tags where the type has them.
        update: Inputs that AWS changes in place; None when there are none, and `update_page` says so.
        seen: Asks boto3, after the update, for what it changed.
        expected: What `seen` must answer.
        update_page: Address of the page that says that nothing changes in place.
        replace: Inputs that AWS cannot change, one of them at a time or those that belong together; None when
            there are none.
        replace_page: Address of the page of AWS that says so.
        drift: Changes one property behind Pulumi's back, by boto3; None when `drift_reason` says why not.
        drifted: The inputs that a refresh must show after it.
        drift_reason: Why nothing of a resource of this type can be changed behind Pulumi's back.
        vanish: Deletes the resource behind Pulumi's back, by boto3.
        import_id: The id that an import takes; by default the resource's own.
        unread: Inputs that AWS does not tell, so that an import cannot know them.
        stays: Why AWS still has what the resource stands for after its deletion; empty where it has not.
    """

    type: str
    needs: Callable[[Scene], Mapping[str, Any]] = lambda _: {}
    inputs: Inputs
    update: Inputs | None
    seen: Callable[[Scene], object] = lambda _: None
    expected: object = None
    update_page: str = ""
    replace: Inputs | None
    replace_page: str
    drift: Callable[[Scene], object] | None
    drifted: set[str] = field(default_factory=set)
    drift_reason: str = ""
    vanish: Callable[[Scene], object]
    import_id: Callable[[Scene], str] = lambda it: it.id
    unread: set[str] = field(default_factory=set)
    stays: str = ""

    def __post_init__(self) -> None:
        """A case that leaves a promise out must say why.

        Raises:
            ValueError: It does not.
        """
        told = {
            "replace_page": self.replace_page.startswith("https://"),
            "update_page": self.update is not None or self.update_page.startswith("https://"),
            "expected": self.update is None or self.expected is not None,
            "drift_reason": self.drift is not None or bool(self.drift_reason),
            "drifted": self.drift is None or bool(self.drifted),
        }
        missing = [name for name, is_told in told.items() if not is_told]
        if missing:
            raise ValueError(f"the case of {self.type} must say {' and '.join(missing)}")
