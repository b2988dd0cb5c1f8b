"""Keeps secrets out of messages: AWS repeats values in its errors."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from localcloud.provider.values import Properties

SHORTEST = 4


def redacted(text: str, *properties: Properties) -> str:
    """The text with every secret of the properties replaced by `[secret]`."""
    secrets = {
        secret for one in properties for name in one.secrets for secret in _texts(one.values.get(name))
    }
    for secret in sorted(secrets, key=len, reverse=True):
        text = text.replace(secret, "[secret]")
    return text


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, Mapping):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)
    elif isinstance(value, str) and len(value) >= SHORTEST:
        yield value
