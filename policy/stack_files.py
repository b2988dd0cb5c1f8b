"""The configuration of a stack, read from `Pulumi.yaml` and `Pulumi.STACK.yaml` as the engine reads it."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

SECRET: Final = "[secret]"  # noqa: S105 - stands for what only the engine can decrypt
ACCOUNT: Final = "123456789012"
REGION: Final = "us-east-1"
NAME: Final = re.compile(r"[A-Za-z0-9_.-]{1,100}")
"""What the engine takes as the name of a stack. https://www.pulumi.com/docs/iac/concepts/stacks/"""
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class StackFileError(Exception):
    """The stack cannot be read; the text is a sentence that names the file."""


@dataclass(frozen=True, kw_only=True)
class StackFile:
    """A stack of a project.

    `texts` are its settings by their full names (`namespace:key`), what is no text written as JSON; `secrets`
    the names of those whose value is a stand-in.
    """

    root: Path
    name: str
    project: str
    program: Path
    texts: Mapping[str, str]
    secrets: frozenset[str]

    @property
    def account(self) -> str:
        """The AWS account that the stack is for; a made-up one where it does not say."""
        allowed = _decoded(self.texts.get("aws:allowedAccountIds", ""))
        return str(allowed[0]) if isinstance(allowed, list) and allowed else ACCOUNT

    @property
    def region(self) -> str:
        """The AWS region of the stack."""
        return self.texts.get("aws:region") or REGION

    @property
    def retention_days(self) -> int:
        """For how many days the stack means to keep its logs; 0 where it does not say."""
        days = _decoded(self.texts.get(f"{self.project}:logRetentionDays", ""))
        return days if isinstance(days, int) and not isinstance(days, bool) else 0


def read(root: Path, name: str) -> StackFile:
    """Reads a stack.

    Args:
        root: the folder of `Pulumi.yaml`.
        name: the stack's name.

    Raises:
        StackFileError: a file is missing or broken, there is no program, or the name is none of a stack.
    """
    if not NAME.fullmatch(name):
        raise StackFileError(f"{name!r} is no name of a stack")
    project = _mapping(root, "Pulumi.yaml")
    if not isinstance(project.get("name"), str):
        raise StackFileError("Pulumi.yaml has no name: say what the project is called")
    settings: dict[str, Any] = {}
    for key, declared in (project.get("config") or {}).items():
        value = declared.get("value", declared.get("default")) if isinstance(declared, Mapping) else declared
        if value is not None:
            settings[_full(key, project["name"])] = value
    stack = _mapping(root, f"Pulumi.{name}.yaml")
    settings |= {_full(key, project["name"]): value for key, value in (stack.get("config") or {}).items()}
    program = root / str(project.get("main") or "")
    program = program / "__main__.py" if program.is_dir() else program
    if not program.is_file():
        raise StackFileError(f"there is no program: {program.relative_to(root).as_posix()} is missing")
    return StackFile(
        root=root,
        name=name,
        project=project["name"],
        program=program,
        texts={key: _text(_opened(value)) for key, value in settings.items()},
        secrets=frozenset(key for key, value in settings.items() if _opened(value) != value),
    )


def names(root: Path) -> list[str]:
    """The stacks that a project has settings of, by name."""
    found = (path.name.removeprefix("Pulumi.").removesuffix(".yaml") for path in root.glob("Pulumi.*.yaml"))
    return sorted(name for name in found if NAME.fullmatch(name))


def _mapping(root: Path, name: str) -> dict[str, Any]:
    try:
        found = yaml.load((root / name).read_text("utf-8"), _LOADER)  # noqa: S506 - a safe one
    except FileNotFoundError:
        raise StackFileError(f"there is no {name} in {root}") from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f":{mark.line + 1}:{mark.column + 1}" if mark else ""
        raise StackFileError(f"{name}{place}: is no YAML, {error.problem or error.context}") from None
    except (yaml.YAMLError, UnicodeDecodeError):
        raise StackFileError(f"{name}: is no text in UTF-8") from None
    except OSError as error:
        raise StackFileError(f"{name} in {root} cannot be read: {error.strerror}") from None
    if not isinstance(found or {}, dict):
        raise StackFileError(f"{name}:1:1: must be a mapping")
    if not isinstance((found or {}).get("config") or {}, dict):
        raise StackFileError(f"{name}: config must be a mapping of settings")
    return found or {}


def _full(key: object, project: str) -> str:
    return str(key) if ":" in str(key) else f"{project}:{key}"


def _opened(value: Any) -> Any:  # noqa: ANN401 - YAML
    """The value with a stand-in for each secret in it."""
    if isinstance(value, dict):
        return SECRET if value.keys() == {"secure"} else {key: _opened(one) for key, one in value.items()}
    return [_opened(one) for one in value] if isinstance(value, list) else value


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, default=str)


def _decoded(text: str) -> object:
    try:
        return json.loads(text)
    except ValueError:
        return text
