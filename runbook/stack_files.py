"""Copies of a stack's settings file that Pulumi may write to, so that the repository's own stays clean."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import yaml

from runbook.errors import RunbookError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

ENCRYPTION_KEYS: Final = ("secretsprovider", "encryptionsalt", "encryptedkey")
# Stands in for values that only the stack's own key can read: the copy is used without that key.
STAND_IN: Final = "secret-not-readable-without-the-key-of-the-stack"


def read(path: Path) -> dict[str, Any]:
    """The content of a stack file.

    Raises:
        RunbookError: there is no such file, or it is no YAML mapping.
    """
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise RunbookError(
            f"{path.name} does not exist: a stack's settings are kept in the repository"
        ) from None
    except yaml.YAMLError as error:
        raise RunbookError(f"{path.name} is not valid YAML: {' '.join(str(error).split())}") from None
    if not isinstance(content, dict):
        raise RunbookError(f"{path.name} has no settings: it must be a mapping with the key `config`")
    return content


def copy_without_keys(
    source: Path, target: Path, *, overrides: Mapping[str, object], salt: str | None = None
) -> None:
    """Write a copy of a stack file that needs none of the stack's keys.

    Args:
        source: the stack file of the repository; it is only read.
        target: the copy; its folder exists.
        overrides: settings with other values than the stack's own, by full name (`project:key`).
        salt: the encryption salt of the backend that the copy is used with, where there is one already.

    Raises:
        RunbookError: the stack file cannot be read.
    """
    content = read(source)
    for key in ENCRYPTION_KEYS:
        content.pop(key, None)
    config = {key: _readable(value) for key, value in (content.get("config") or {}).items()}
    content["config"] = config | dict(overrides)
    if salt is not None:
        content["encryptionsalt"] = salt
    target.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")


def _readable(value: object) -> object:
    match value:
        case {"secure": _}:
            return STAND_IN
        case dict():
            return {key: _readable(item) for key, item in value.items()}
        case list():
            return [_readable(item) for item in value]
        case _:
            return value
