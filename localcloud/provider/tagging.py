"""Tags: a map in Pulumi, a map or a list of pairs in AWS; written and read by calls of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from localcloud.provider.cloud import CallError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from botocore.model import Shape

    from localcloud.provider.cloud import Cloud
    from localcloud.provider.resource import Resource
    from localcloud.provider.values import Plain


def tags_member(shape: Shape | None) -> tuple[str, Shape]:
    """The member of an operation's input that carries tags, and its shape."""
    members: Mapping[str, Shape] = getattr(shape, "members", {})
    return next((name, member) for name, member in members.items() if "tag" in name.lower())


def as_tags(shape: Shape, tags: Mapping[str, Any]) -> Plain:
    """Tags as the shape wants them: a map, or a list of key and value (or of TagKey and TagValue)."""
    if shape.type_name == "structure":
        return {"Items": as_tags(shape.members["Items"], tags)}  # type: ignore[attr-defined]
    if shape.type_name != "list":
        return dict(tags)
    members = shape.member.members  # type: ignore[attr-defined]
    key = next(name for name in members if name.lower().endswith("key"))
    value = next(name for name in members if name.lower().endswith("value"))
    return [{key: name, value: text} for name, text in tags.items()]


def from_tags(tags: Plain) -> dict[str, str]:
    """Tags as a map, from any of AWS's forms, without AWS's own."""
    if isinstance(tags, list):
        pairs = {
            next(text for name, text in tag.items() if name.lower().endswith("key")): next(
                (text for name, text in tag.items() if name.lower().endswith("value")), ""
            )
            for tag in tags
        }
    else:
        pairs = dict(tags or {})
    return {name: text for name, text in pairs.items() if not name.startswith("aws:")}


def retag(
    resource: Resource,
    cloud: Cloud,
    values: Mapping[str, Any],
    *,
    old: Mapping[str, str],
    new: Mapping[str, str],
) -> None:
    """Add and remove tags until they are the new ones."""
    tags = resource.tags
    if tags is None:
        return
    removed = sorted(set(old) - set(new))
    added = {name: text for name, text in new.items() if old.get(name) != text}
    if removed and tags.untag:
        _call_tags(
            resource,
            cloud,
            tags.untag,
            values,
            lambda shape: {"Items": removed} if shape.type_name == "structure" else removed,
        )
    if added and tags.tag:
        _call_tags(resource, cloud, tags.tag, values, lambda shape: as_tags(shape, added))


def _call_tags(
    resource: Resource,
    cloud: Cloud,
    operation: str,
    values: Mapping[str, Any],
    form: Callable[[Any], Any] | None = None,
) -> dict[str, Any]:
    """Call an operation on tags: one member says whose they are, the other (if any) carries them."""
    shape = resource.input_shape(operation)
    request: dict[str, Any] = {}
    carrier = ""
    if form:
        carrier, carried = tags_member(shape)
        request[carrier] = form(carried)
    required = [name for name in getattr(shape, "required_members", ()) if name != carrier]
    request[required[0]] = values[resource.tags.resource if resource.tags else "arn"]
    return cloud.call(resource.service, operation, request)


def read_tags(resource: Resource, cloud: Cloud, values: Mapping[str, Any]) -> dict[str, str] | None:
    """All tags of a resource; None when it is gone meanwhile."""
    tags = resource.tags
    if tags is None or not tags.read:
        return from_tags(values.get("tags"))
    try:
        answer = _call_tags(resource, cloud, tags.read, values)
    except CallError as error:
        if error.means_not_found(resource.not_found):
            return None
        raise
    return from_tags(_tag_part(answer))


def _tag_part(answer: Mapping[str, Any]) -> Plain:
    """The part of an answer that holds the tags.

    WAF and CloudFront wrap it: {"TagInfoForResource": {"TagList": [...]}}, {"Tags": {"Items": [...]}}.
    """
    part: Plain = next((part for name, part in answer.items() if "tag" in name.lower()), {})
    wrapped: Plain = part.get("TagList", part.get("Items")) if isinstance(part, dict) else None
    return wrapped if isinstance(wrapped, list) else part  # a tag of that name is a text
