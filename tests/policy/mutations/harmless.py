"""Changes that break nothing: no rule may say a word about them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from policy.graph import UNKNOWN, Resource, plain
from policy.rules.taggable import TAGGABLE
from tests.policy.mutations.defects import Moment, Resources
from tests.policy.mutations.graphs import Stage
from tests.policy.mutations.judges import raw
from tests.policy.mutations.rows import tokens as t

OTHER_KEY = "arn:aws:kms:us-east-1:123456789012:key/99999999-8888-7777-6666-555555555555"
KEYS = {
    t.TABLE: "serverSideEncryption",
    t.QUEUE: "kmsMasterKeyId",
    t.TOPIC: "kmsMasterKeyId",
    t.FUNCTION: "kmsKeyArn",
    t.LOG_GROUP: "kmsKeyId",
    t.SECRET: "kmsKeyId",
    t.VAULT: "kmsKeyArn",
}

Harm = Callable[[Resource], Resource | None]


@dataclass(frozen=True, kw_only=True)
class Harmless:
    """A graph after a change that is nobody's danger."""

    name: str
    stage: str
    moment: Moment
    before: Resources
    after: Resources

    def __str__(self) -> str:
        return f"{self.name} [{self.stage}, {self.moment}]"


def _with(resource: Resource, **properties: object) -> Resource:
    return replace(resource, properties={**resource.properties, **properties})


def _tagged(resource: Resource) -> Resource | None:
    tags = resource.read("tags")
    own = dict(tags) if isinstance(tags, dict) else {}
    return _with(resource, tags={**own, "CostCentre": "logistics"}) if resource.type in TAGGABLE else None


def _another_key(resource: Resource) -> Resource | None:
    name = KEYS.get(resource.type)
    if name is None or name not in resource.properties:
        return None
    key = {"enabled": True, "kmsKeyArn": OTHER_KEY} if resource.type == t.TABLE else OTHER_KEY
    dependencies = {one: urns for one, urns in resource.dependencies.items() if one != name}
    return replace(_with(resource, **{name: key}), dependencies=dependencies)


def _longer_kept(resource: Resource) -> Resource | None:
    return _with(resource, retentionInDays=365.0) if resource.type == t.LOG_GROUP else None


def _as_the_engine_sends_it(resource: Resource) -> Resource:
    sent = raw(resource, secrets=resource.properties)
    properties, outputs = plain(sent.raw), plain(sent.raw_outputs)
    assert isinstance(properties, dict)
    assert isinstance(outputs, dict)
    return replace(resource, properties=properties, outputs=outputs if resource.outputs else {})


def _with_blocks_in_lists(resource: Resource) -> Resource:
    """Blocks that may stand once come as lists of one from some providers."""
    return replace(
        resource,
        properties={
            name: [value] if isinstance(value, dict) and name in ("tracingConfig", "loggingConfig") else value
            for name, value in resource.properties.items()
        },
    )


CHANGES: dict[str, Harm] = {
    "a property that no rule reads is not known": lambda one: _with(one, somethingElse=UNKNOWN),
    "a description": lambda one: _with(one, description="told in other words"),
    "one more tag": _tagged,
    "another key of ours": _another_key,
    "logs kept for longer": _longer_kept,
    "everything in the form of the engine, as secrets": _as_the_engine_sends_it,
    "blocks in lists": _with_blocks_in_lists,
}
"""Each is done to all resources that it is about."""


def harmless(stage: Stage) -> Iterator[Harmless]:
    """Each change, and an unrelated resource of which nothing is known."""
    for moment, before in ((Moment.PREVIEW, stage.preview), (Moment.UPDATE, stage.update)):
        for name, change in CHANGES.items():
            changed = {urn: change(resource) for urn, resource in before.items()}
            after = {urn: one if one is not None else before[urn] for urn, one in changed.items()}
            yield Harmless(name=name, stage=stage.name, moment=moment, before=before, after=after)
        stack, project = next(iter(before)).split("::")[:2]
        thing = Resource(
            urn=f"{stack}::{project}::aws:iot/thing:Thing::unknown",
            type="aws:iot/thing:Thing",
            name="unknown",
            properties={"name": UNKNOWN, "attributes": UNKNOWN},
            dependencies={"name": (next(iter(before)),)},
        )
        yield Harmless(
            name="a resource of which nothing is known",
            stage=stage.name,
            moment=moment,
            before=before,
            after={**before, thing.urn: thing},
        )
