"""The types of the installed pulumi-aws SDK: names, kinds and required properties of every resource.

Submodules of the SDK are imported one by one on first use: all of them would take half a minute.
"""

from __future__ import annotations

import collections.abc
import functools
import gc
import importlib
import importlib.metadata
import importlib.util
import inspect
import json
import re
import threading
import types
import typing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pulumi
from pulumi import _types

from localcloud.provider.errors import ProviderError

SCALARS: Final = {bool: "boolean", int: "integer", float: "number", str: "string"}
_IMPORTS = threading.RLock()


@dataclass(frozen=True)
class Type:
    """The type of one property.

    Attributes:
        kind: boolean, integer, number, string, list, map, object, asset or any.
        element: What a list or map holds.
        class_: The SDK's class of an object.
    """

    kind: str
    element: Type | None = None
    class_: type | None = None

    @property
    def fields(self) -> dict[str, Type]:
        """Property name to type, of an object."""
        return _fields(self.class_) if self.class_ else {}

    @property
    def required(self) -> frozenset[str]:
        """Names of the properties that an object must have."""
        return _required(self.class_) if self.class_ else frozenset()


@dataclass(frozen=True)
class ResourceTypes:
    """Inputs and outputs of one resource type."""

    inputs: Type
    outputs: dict[str, Type]


@functools.cache
def version() -> str:
    """The version of the installed pulumi-aws SDK."""
    return importlib.metadata.version("pulumi-aws")


@functools.cache
def _package() -> Path:
    spec = importlib.util.find_spec("pulumi_aws")
    if spec is None or not spec.submodule_search_locations:
        raise ProviderError("the package pulumi-aws is not installed: run `make install`")
    return Path(spec.submodule_search_locations[0])


@functools.cache
def _classes() -> dict[str, tuple[str, str, str]]:
    """Token -> (package, file, class), from the registry that the SDK carries as JSON text."""
    text = (_package() / "__init__.py").read_text(encoding="utf-8")
    found = re.search(r'resource_modules="""\n(.*?)\n"""', text, re.DOTALL)
    if found is None:
        raise ProviderError(
            f"pulumi-aws {version()} has no registry of resources: install the pinned version"
        )
    return {
        token: (module["fqn"], module["mod"].rpartition("/")[2], class_name)
        for module in json.loads(found[1])
        for token, class_name in module["classes"].items()
    }


def _module(package: str, file: str) -> types.ModuleType:
    """Import the submodule `userPool` -> `user_pool.py`; a Python keyword gets a trailing underscore."""
    folder = _package().parent / package.replace(".", "/")
    name = next(path.stem for path in folder.glob("*.py") if path.stem.replace("_", "") == file.lower())
    # Collecting garbage while thousands of classes are made costs a third of the time.
    with _IMPORTS:
        gc.disable()
        try:
            # The SDK loads a package at the first look into it. Begun from within one of its modules, that
            # would leave the module's classes out of the package, for whoever else uses it in this process.
            hasattr(importlib.import_module(package), "any name makes it load")
            return importlib.import_module(f"{package}.{name}")
        finally:
            gc.freeze()
            gc.enable()


def tokens() -> frozenset[str]:
    """Tokens of all resource types of the SDK."""
    return frozenset(_classes())


@functools.cache
def provider_keys() -> frozenset[str]:
    """What a program or a stack may configure of the package."""
    arguments = _module("pulumi_aws", "provider").ProviderArgs
    return frozenset(_types.input_type_py_to_pulumi_names(arguments).values())


@functools.cache
def resource_types(token: str) -> ResourceTypes:
    """The types of a resource's inputs and outputs.

    Raises:
        ProviderError: The SDK has no such resource.
    """
    if token not in _classes():
        raise ProviderError(f"{token} is not a resource of pulumi-aws {version()}: check the type's spelling")
    package, file, class_name = _classes()[token]
    module = _module(package, file)
    outputs = {
        name: of(annotation)
        for name, annotation in _types.resource_types(getattr(module, class_name)).items()
    }
    return ResourceTypes(Type("object", class_=getattr(module, f"{class_name}Args")), outputs)


def of(annotation: Any) -> Type:  # noqa: ANN401, PLR0911 - any annotation; one kind per line
    """The type that an SDK annotation stands for."""
    origin = typing.get_origin(annotation)
    arguments = [argument for argument in typing.get_args(annotation) if argument is not type(None)]
    if origin in {typing.Union, types.UnionType}:
        kept = [argument for argument in arguments if _is_value(argument)]
        return of(_preferred(kept))
    if origin in {collections.abc.Sequence, list}:
        return Type("list", element=of(arguments[0]))
    if origin in {collections.abc.Mapping, dict}:
        return Type("map", element=of(arguments[1]))
    if annotation in SCALARS:
        return Type(SCALARS[annotation])
    if isinstance(annotation, type):
        if _types.is_input_type(annotation) or _types.is_output_type(annotation):
            return Type("object", class_=annotation)
        if issubclass(annotation, pulumi.Asset | pulumi.Archive):
            return Type("asset")
        if issubclass(annotation, str):
            return Type("string")
    return Type("any")


def _is_value(argument: object) -> bool:
    return typing.get_origin(argument) not in {collections.abc.Awaitable, pulumi.Output}


def _preferred(alternatives: list[Any]) -> Any:  # noqa: ANN401 - any annotation
    """Of an enum and its plain type, or an archive and an asset, the more general one."""
    for alternative in alternatives:
        if alternative in SCALARS:
            return alternative
    return alternatives[0] if alternatives else Any


@functools.cache
def _fields(class_: type) -> dict[str, Type]:
    read = _types.input_type_types if _types.is_input_type(class_) else _types.output_type_types
    return {name: of(annotation) for name, annotation in read(class_).items()}


@functools.cache
def _required(class_: type) -> frozenset[str]:
    if not _types.is_input_type(class_):
        return frozenset()
    names = _types.input_type_py_to_pulumi_names(class_)
    return frozenset(
        names[name]
        for name, parameter in inspect.signature(class_).parameters.items()
        if name in names and parameter.default is inspect.Parameter.empty
    )
