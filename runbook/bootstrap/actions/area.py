"""What the tables of actions are made of."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, kw_only=True)
class Area:
    """The actions for some types of resources, which share the ARNs that they act on.

    Attributes:
        name: of the statements in the policies; letters and digits.
        types: Pulumi's types without `aws:`.
        service: prefix of the actions.
        resources: ARNs, as `Names.filled` takes them.
        reads: actions that only look.
        changes: actions that make, change and delete.
        everywhere_reads: as `reads`, for which AWS knows no resource.
        everywhere_changes: as `changes`, for which AWS knows no resource.
        unprotected_changes: as `changes`, where the stack does not protect its data.
        conditions: of `changes`.
    """

    name: str
    types: tuple[str, ...]
    service: str
    resources: tuple[str, ...]
    reads: tuple[str, ...]
    changes: tuple[str, ...]
    everywhere_reads: tuple[str, ...] = ()
    everywhere_changes: tuple[str, ...] = ()
    unprotected_changes: tuple[str, ...] = ()
    conditions: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)


def words(text: str) -> tuple[str, ...]:
    """The words of a text; a list of many short names reads better so."""
    return tuple(text.split())


def keys(*resources: str) -> tuple[str, ...]:
    """ARNs in KMS: in the region of the stack, and in that of CloudFront, whose logs have a key there."""
    return (*arns("kms", *resources), *(f"arn:aws:kms:us-east-1:{{account}}:{each}" for each in resources))


def arns(service: str, *resources: str) -> tuple[str, ...]:
    """ARNs in the region and the account of the stack."""
    return tuple(f"arn:aws:{service}:{{region}}:{{account}}:{resource}" for resource in resources)
