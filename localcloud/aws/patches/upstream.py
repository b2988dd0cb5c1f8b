"""Checks what is patched before it is, so that another MiniStack fails at start and not silently."""

import functools
import inspect
from collections.abc import Callable
from importlib import import_module, metadata
from typing import Any

VERSION = "1.5.33"


class PatchError(RuntimeError):
    """MiniStack is not as a patch expects it."""


def check_version() -> None:
    """Check that the installed MiniStack is the one that the patches were made for.

    Raises:
        PatchError: another version is installed.
    """
    installed = metadata.version("ministack")
    if installed != VERSION:
        raise PatchError(
            f"MiniStack {installed} is installed, the patches were made for {VERSION}: "
            "install requirements/local-cloud.txt, or move the patches to the new version"
        )


class Upstream:
    """What one patch uses of one module of MiniStack.

    Attributes:
        patch: the patch's name, for its errors.
        module: the module.
    """

    def __init__(self, patch: str, module: str) -> None:
        self.patch = patch
        self.module: Any = import_module(f"ministack.{module}")

    def require(self, name: str, *parameters: str) -> Any:  # noqa: ANN401 - upstream has no types
        """The object `name` of the module, a dot leading into a class.

        Args:
            name: what the patch uses.
            *parameters: the names of a function's parameters, in order; none given, none checked.

        Raises:
            PatchError: it is not there, or takes other parameters.
        """
        found: Any = self.module
        for part in name.split("."):
            found = getattr(found, part, None)
        if found is None:
            raise self._error(name, "it is gone")
        if parameters:
            actual = tuple(inspect.signature(found).parameters)
            if actual != parameters:
                raise self._error(name, f"it takes ({', '.join(actual)}), expected ({', '.join(parameters)})")
        return found

    def wrap(self, name: str, *parameters: str, by: Callable[[Any], Any]) -> None:
        """Put `by(original)` in the place of a function or value.

        Args:
            name: what is replaced, a dot leading into a class.
            *parameters: see `require`.
            by: makes the replacement from the original.

        Raises:
            PatchError: see `require`.
        """
        original = self.require(name, *parameters)
        owner: Any = self.module
        *path, last = name.split(".")
        for part in path:
            owner = getattr(owner, part)
        replacement = by(original)
        if inspect.isfunction(replacement):  # keeps the signature, so that another patch may wrap it as well
            functools.update_wrapper(replacement, original)
        setattr(owner, last, replacement)

    def _error(self, name: str, fault: str) -> PatchError:
        return PatchError(
            f"patch {self.patch} does not fit {self.module.__name__}.{name} ({fault}): "
            f"it was made for MiniStack {VERSION}"
        )
