"""Whatever a client sends, it is never a fault of ours."""

import json
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from omnitrack.handlers import twin

from tests.functions.calls import LANE, NODE, call
from tests.functions.conftest import World

shared_world = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])

values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


def changed(sample: dict[str, Any]) -> st.SearchStrategy[Any]:
    """The sample with some of its fields, or further ones, set to anything."""
    names = st.sampled_from(list(sample)) | st.text(max_size=8)
    return st.dictionaries(names, values, max_size=3).map(lambda change: {**sample, **change}) | values


@shared_world
@given(node=changed(NODE), lane=changed(LANE), raw=st.none() | st.text(max_size=50))
def test_any_body_is_taken_or_refused(world: World, node: Any, lane: Any, raw: str | None) -> None:
    world.network.nodes.clear()
    world.network.lanes.clear()
    for path, body in (("/v1/twin/nodes/{id}", node), ("/v1/twin/lanes/{from}/{to}", lane)):
        content = raw if raw is not None else json.dumps(body)
        reply = call(twin.handler, "PUT", path, path={"id": "a", "from": "a", "to": "b"}, body=content)
        assert reply.status in {201, 400}
        assert json.loads(reply.text)


@shared_world
@given(
    ids=st.fixed_dictionaries({name: st.text(max_size=80) for name in ("id", "from", "to")}),
    query=st.none()
    | st.dictionaries(st.sampled_from(["limit", "cursor", "summary", "q"]), st.text(max_size=80)),
    headers=st.dictionaries(
        st.sampled_from(["If-Match", "If-None-Match", "Origin", "Content-Type"]), st.text(max_size=40)
    ),
    groups=st.text(max_size=40) | st.lists(values, max_size=3) | st.just("[admin]"),
)
def test_any_parameter_is_taken_or_refused(
    world: World, ids: dict[str, str], query: dict[str, str] | None, headers: dict[str, str], groups: Any
) -> None:
    assert world.checks
    for method, path in (
        ("GET", "/v1/twin"),
        ("GET", "/v1/twin/nodes/{id}"),
        ("DELETE", "/v1/twin/nodes/{id}"),
        ("PUT", "/v1/twin/lanes/{from}/{to}"),
    ):
        reply = call(
            twin.handler,
            method,
            path,
            groups=groups,
            path=ids,
            query=query,
            headers=headers,
            body=json.dumps(LANE),
        )
        assert reply.status < 500
