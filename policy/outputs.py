"""Reading a program's inputs before the engine runs: names translated, outputs kept as unknown.

Nothing here waits. A value that an output will hold is unknown; which resources it comes from is found by
walking the chain of pending futures behind it (`apply`, `all`, `concat`, `json_dumps` each hold the outputs
they were made from), for the event loop must not run before the guard has judged.
"""

import asyncio
import inspect
import sys
from collections.abc import Coroutine, Iterator, Mapping, Sequence
from types import FunctionType
from typing import Any

import pulumi
from pulumi import _types
from pulumi.runtime import rpc


def translate(resource: pulumi.Resource, inputs: Mapping[str, object]) -> dict[str, object]:
    """The inputs as the engine will get them: camelCase, unset ones left out, outputs as unknown values.

    Args:
        resource: the resource they belong to; its class holds the tables of names.
        inputs: what the program gave, under Python names.
    """
    arguments = _arguments_class(resource)
    types = _types.input_type_types(arguments) if arguments else {}
    translated: dict[str, object] = {}
    for key in inputs:
        name = input_name(resource, key)
        value = _serialized(_without_outputs(inputs[key]), types.get(name))
        if value is not None:
            translated[name] = value
    return translated


def input_name(resource: pulumi.Resource, key: str) -> str:
    """The camelCase name of an input, from the SDK's own table."""
    arguments = _arguments_class(resource)
    if arguments is None:
        return resource.translate_input_property(key)
    return _types.input_type_py_to_pulumi_names(arguments).get(key) or key


def _arguments_class(resource: pulumi.Resource) -> type | None:
    """The class of the resource's arguments: `QueueArgs`, or `QueueInitArgs` where that name is taken."""
    for class_ in type(resource).__mro__:
        module = sys.modules[class_.__module__]
        for suffix in ("InitArgs", "Args"):
            found = getattr(module, class_.__name__ + suffix, None)
            if isinstance(found, type) and _types.is_input_type(found):
                return found
    return None


def _serialized(value: object, type_: type | None) -> object:
    """Lets the SDK translate nested names; without outputs in the value its coroutine ends at once."""
    coroutine: Coroutine[object, None, object] = rpc.serialize_property(value, None, None, typ=type_)
    try:
        coroutine.send(None)
    except StopIteration as done:
        return done.value
    except ValueError:
        return rpc.UNKNOWN  # no value for the engine: the SDK refuses it when it registers the resource
    coroutine.close()
    return rpc.UNKNOWN


def _without_outputs(value: object) -> object:
    if isinstance(value, pulumi.Output):
        return _held(value)
    if inspect.isawaitable(value) or isinstance(value, pulumi.Resource | pulumi.Asset | pulumi.Archive):
        return rpc.UNKNOWN
    if _types.is_input_type(type(value)) and not isinstance(value, dict):
        value = _types.input_type_to_dict(value)
    if isinstance(value, Mapping):
        return {key: _without_outputs(value[key]) for key in value}
    if isinstance(value, Sequence) and not isinstance(value, str | bytes | bytearray):
        return [_without_outputs(item) for item in value]
    return value


def _held(output: "pulumi.Output[Any]") -> object:
    """What an output holds if it holds it already, as one made from a plain value does."""
    future = output._data  # noqa: SLF001 - the SDK has no public way that does not wait
    if not future.done() or future.cancelled() or future.exception() or not future.result().is_known:
        return rpc.UNKNOWN
    return _without_outputs(future.result().value)


def origins(value: object, owners: Mapping["asyncio.Future[Any]", pulumi.Resource]) -> set[pulumi.Resource]:
    """The resources that a value comes from.

    Args:
        value: an input as the program gave it.
        owners: the future behind each output of each resource.
    """
    found: set[pulumi.Resource] = set()
    seen: dict[int, object] = {}  # holds the items, so that no id is given twice
    pending: list[object] = [value]
    while pending:
        item = pending.pop()
        if id(item) in seen:
            continue
        seen[id(item)] = item
        if isinstance(item, pulumi.Resource):
            found.add(item)
        elif isinstance(item, asyncio.Future) and item in owners:
            found.add(owners[item])
        else:
            pending.extend(_parts(item))
    return found


def _parts(item: object) -> Iterator[object]:
    """What an item on the way is made of."""
    if isinstance(item, pulumi.Output):
        yield item._data  # noqa: SLF001 - as above
    elif isinstance(item, asyncio.Task) and not item.done():
        yield from _frame_values(item.get_coro())
    elif isinstance(item, asyncio.Future):
        yield from _result_parts(item)
    elif isinstance(item, FunctionType):
        yield from _captured(item)
    elif _types.is_input_type(type(item)):
        yield from _types.input_type_to_untranslated_dict(item).values()
    elif isinstance(item, Mapping):
        yield from (item[key] for key in item)
    elif isinstance(item, list | tuple | set | frozenset):
        yield from item


def _frame_values(coroutine: object) -> list[object]:
    frame = getattr(coroutine, "cr_frame", None)
    if frame is None:
        return []
    # A resource that a coroutine merely mentions is no source of its value.
    return [value for value in frame.f_locals.values() if not isinstance(value, pulumi.Resource)]


def _result_parts(future: "asyncio.Future[Any]") -> list[object]:
    if not future.done() or future.cancelled() or future.exception():
        return []
    data = future.result()
    return [getattr(data, "resources", ()), getattr(data, "value", None)]


def _captured(function: FunctionType) -> Iterator[object]:
    """What a function given to `apply` holds on to: it may return that output."""
    for cell in function.__closure__ or ():
        try:
            value = cell.cell_contents
        except ValueError:  # not assigned yet
            continue
        if not isinstance(value, pulumi.Resource):
            yield value
