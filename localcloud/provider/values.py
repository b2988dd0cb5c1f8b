"""Property values on the wire: gRPC structs to plain Python and back, with unknowns, secrets and assets.

Signatures are those of the Pulumi SDK: https://github.com/pulumi/pulumi/blob/master/sdk/go/common/resource/sig/sig.go
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

from google.protobuf import json_format, struct_pb2
from pulumi.runtime import rpc

from localcloud.provider.assets import Asset

# Any plain property value: a scalar, a list, a mapping, an `Asset` or `UNKNOWN`.
Plain: TypeAlias = Any

SIGNATURE: Final = "4dabf18193072939515e22adb298388d"
SECRET: Final = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 - the name of a wire signature
OUTPUT: Final = "d0e6a833031e9bbcd3f4e8bde6ca49a4"
RESOURCE: Final = "5cf8f73096256a8f31e491e813e4eb8e"
ASSETS: Final = {
    "c44067f5952c0a294b673a41bacd8c17": "asset",
    "0def7320c3a5731c473e5ecbe6d01bc7": "archive",
}
# A value of each kind that the engine does not know yet has a text of its own.
UNKNOWN_TEXTS: Final = frozenset(
    {
        rpc.UNKNOWN,
        "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
        "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
        "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
        "030794c1-ac77-496b-92df-f27374a8bd58",
        "e48ece36-62e2-4504-bad9-02848725956a",
        "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
    }
)


class Unknown:
    """The one value that stands for whatever a preview cannot know."""

    def __repr__(self) -> str:
        """A text for debugging."""
        return "UNKNOWN"


UNKNOWN: Final = Unknown()


@dataclass(frozen=True)
class Properties:
    """Plain property values and which of them are secret.

    Attributes:
        values: Property name to plain value; no None, unknown values are `UNKNOWN`.
        secrets: Names of the top-level properties that hold a secret anywhere.
    """

    values: dict[str, Any] = field(default_factory=dict)
    secrets: frozenset[str] = frozenset()


def contains_unknown(value: object) -> bool:
    """Whether a value, or anything inside it, is unknown."""
    if isinstance(value, Mapping):
        return any(contains_unknown(item) for item in value.values())
    if isinstance(value, list):
        return any(contains_unknown(item) for item in value)
    return value is UNKNOWN


def decode(struct: struct_pb2.Struct) -> Properties:
    """Read the properties of a request.

    Args:
        struct: As the engine sends them.

    Returns:
        Plain values; which top-level properties were secret is kept beside them.
    """
    secrets: set[str] = set()
    values: dict[str, Any] = {}
    for name, value in json_format.MessageToDict(struct).items():
        plain, secret = _plain(value)
        if plain is not None:
            values[name] = plain
        if secret:
            secrets.add(name)
    return Properties(values, frozenset(secrets))


def _plain(value: Plain) -> tuple[Plain, bool]:  # noqa: PLR0911 - one return for each kind
    if isinstance(value, str):
        return (UNKNOWN if value in UNKNOWN_TEXTS else value), False
    if isinstance(value, list):
        pairs = [_plain(item) for item in value]
        return [plain for plain, _ in pairs], any(secret for _, secret in pairs)
    if isinstance(value, float) and value.is_integer():
        return int(value), False  # the wire knows only one kind of number
    if not isinstance(value, dict):
        return value, False
    signature = value.get(SIGNATURE)
    if signature == SECRET:
        return _plain(value.get("value"))[0], True
    if signature == OUTPUT:
        plain, secret = _plain(value["value"]) if "value" in value else (UNKNOWN, False)
        return plain, secret or bool(value.get("secret"))
    if signature == RESOURCE:
        return _plain(value.get("id", value.get("urn")))
    if signature in ASSETS:
        return Asset.from_wire(ASSETS[signature], value), False
    pairs_by_name = {name: _plain(item) for name, item in value.items()}
    plain = {name: item for name, (item, _) in pairs_by_name.items() if item is not None}
    return plain, any(secret for _, secret in pairs_by_name.values())


def encode(values: Mapping[str, Any], secrets: frozenset[str] = frozenset()) -> struct_pb2.Struct:
    """Write properties for an answer.

    Args:
        values: Plain values; those that are None are left out.
        secrets: Names of the top-level properties to wrap as secrets.
    """
    struct = struct_pb2.Struct()
    wire = {}
    for name, value in values.items():
        if value is None:
            continue
        written = _wire(value)
        wire[name] = {SIGNATURE: SECRET, "value": written} if name in secrets else written
    struct.update(wire)
    return struct


def _wire(value: Plain) -> Plain:
    if value is UNKNOWN:
        return rpc.UNKNOWN
    if isinstance(value, Asset):
        return dict(value.wire)
    if isinstance(value, Mapping):
        return {name: _wire(item) for name, item in value.items() if item is not None}
    if isinstance(value, list | tuple):
        return [_wire(item) for item in value]
    return value
