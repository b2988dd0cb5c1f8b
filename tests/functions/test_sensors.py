"""The rules of readings, in memory."""

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from omnitrack.domain import sensors
from omnitrack.domain.errors import (
    ForeignNodeError,
    FutureReadingError,
    MalformedReadingError,
    ReadingRejectedError,
    UnknownNodeError,
)
from omnitrack.domain.twin import Location, Node, Precondition

from tests.functions.calls import NOW, message
from tests.functions.fakes import InMemoryNetwork, InMemoryReadings

if TYPE_CHECKING:
    from collections.abc import Callable


def delivery(payload: Any, topic: str = "a") -> sensors.Delivery:
    content = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    return sensors.Delivery(payload=content, topic_node_id=topic)


def network_with(*node_ids: str) -> InMemoryNetwork:
    network = InMemoryNetwork()
    for node_id in node_ids:
        node = Node(name=node_id, type="port", location=Location(latitude=0, longitude=0), capacity=1)
        network.put_node(node_id, node, Precondition(), NOW)
    return network


@pytest.mark.parametrize("age", [-60, 0, 1, 86_400 * 365 * 5])
def test_a_reading_of_any_age_is_taken(age: int) -> None:
    moment = NOW - timedelta(seconds=age)
    assert sensors.parse(delivery(message(timestamp=moment.isoformat())), NOW).timestamp == moment


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-24T08:00:00Z",
        "2026-11-24T09:00:00+01:00",
        "2026-11-24t08:00:00.000000000z",
        "20261124T080000Z",
    ],
)
def test_one_moment_is_one_moment_however_it_is_written(text: str) -> None:
    assert sensors.parse(delivery(message(timestamp=text)), NOW).timestamp == NOW


@pytest.mark.parametrize(
    "moment", [NOW + sensors.CLOCK_SKEW + timedelta(microseconds=1), NOW + timedelta(days=365 * 7000)]
)
def test_a_reading_of_the_future_is_rejected(moment: Any) -> None:
    with pytest.raises(FutureReadingError, match="clock"):
        sensors.parse(delivery(message(timestamp=moment.isoformat())), NOW)


def test_a_reading_of_another_node_than_its_topic_is_rejected() -> None:
    with pytest.raises(ForeignNodeError, match=r"'a'.*'b'"):
        sensors.parse(delivery(message("a"), topic="b"), NOW)


MALFORMED: list[tuple[Any, str]] = [
    (b"", "body"),
    (b"\xff\xfe", "body"),
    (b"not JSON {", "body"),
    (b"[]", "body"),
    (b"null", "body"),
    (b"[" * 9_000, "body"),
    (b'{"messageId": "' + b"x" * sensors.LARGEST_PAYLOAD + b'"}', "bytes"),
    (message(messageId=None), "messageId"),
    (message(nodeId=None), "nodeId"),
    (message(timestamp=None), "timestamp"),
    (message(sensorType=None), "sensorType"),
    (message(metrics=None), "metrics"),
    (message(source=None), "source"),
    (message(messageId=7), "messageId"),
    (message(messageId=""), "messageId"),
    (message(messageId="m" * 129), "messageId"),
    (message(messageId="a#b"), "messageId"),
    (message("../a"), "nodeId"),
    (message("a\n"), "nodeId"),
    (message(timestamp="yesterday"), "timestamp"),
    (message(timestamp="2026-11-24T08:00:00"), "timestamp"),
    (message(timestamp="2026-11-24"), "timestamp"),
    (message(timestamp="2026-02-30T08:00:00Z"), "timestamp"),
    (message(timestamp="0001-01-01T00:00:00+14:00"), "timestamp"),
    (message(timestamp=1_795_507_200), "timestamp"),
    (message(timestamp="1795507200"), "timestamp"),
    (message(sensorType="a b"), "sensorType"),
    (message(sensorType=None, sensor_type="stock"), "sensorType"),
    (message(metrics={}), "metrics"),
    (message(metrics=[1]), "metrics"),
    (message(metrics={"inventory": "12"}), "metrics.inventory"),
    (message(metrics={"inventory": True}), "metrics.inventory"),
    (message(metrics={"inventory": [1]}), "metrics.inventory"),
    (message(metrics={"inventory": float("nan")}), "metrics.inventory"),
    (message(metrics={"inventory": float("-inf")}), "metrics.inventory"),
    (message(metrics={"inventory": 1e300}), "metrics.inventory"),
    (message(metrics={"a.b": 1}), "metrics"),
    (message(metrics={"x" * 65: 1}), "metrics"),
    (message(metrics={f"m{n}": 1 for n in range(sensors.MOST_METRICS + 1)}), "metrics"),
    (message(source="line\nbreak"), "source"),
]


@pytest.mark.parametrize(("payload", "field"), MALFORMED)
def test_a_malformed_message_is_rejected_and_the_fault_named(payload: Any, field: str) -> None:
    with pytest.raises(MalformedReadingError, match=field) as caught:
        sensors.parse(delivery(payload), NOW)
    assert len(caught.value.reason) < 1000


def test_fields_that_the_platform_does_not_know_are_ignored() -> None:
    assert sensors.parse(delivery(message(firmware="2.1", battery=0.4)), NOW).node_id == "a"


def test_a_reading_of_an_unknown_node_is_rejected() -> None:
    with pytest.raises(UnknownNodeError) as caught:
        sensors.ingest(delivery(message("x"), topic="x"), InMemoryReadings(network_with("a")), NOW)
    assert caught.value.reason == "unknown_node: the network has no node 'x'"


@given(
    st.binary(max_size=200)
    | st.text(max_size=200).map(str.encode)
    | st.recursive(
        st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(list(message())), inner, max_size=6)
        ),
    ).map(lambda tree: json.dumps(tree).encode())
)
def test_no_message_whatever_raises_anything_but_a_rejection(payload: bytes) -> None:
    with pytest.raises(ReadingRejectedError):
        sensors.ingest(delivery(payload), InMemoryReadings(network_with()), NOW)


messages = st.builds(
    lambda node, number, age, sensor: message(
        node,
        messageId=f"m{number}",
        timestamp=(NOW - timedelta(seconds=age)).isoformat(),
        sensorType=sensor,
        metrics={"value": number},
    ),
    node=st.sampled_from(["a", "b"]),
    number=st.integers(0, 30),
    age=st.integers(0, 5),
    sensor=st.sampled_from(["stock", "climate"]),
)


@given(
    st.lists(messages, unique_by=lambda sent: sent["messageId"], max_size=12).flatmap(
        lambda sent: st.tuples(st.just(sent), st.permutations(sent * 2), st.permutations(sent))
    )
)
def test_any_order_and_any_repetition_end_in_the_newest_state_with_exact_counts(
    orders: tuple[list[dict[str, Any]], list[dict[str, Any]], list[dict[str, Any]]],
) -> None:
    def after(deliveries: list[dict[str, Any]]) -> InMemoryNetwork:
        network = network_with("a", "b")
        readings = InMemoryReadings(network)
        for sent in deliveries:
            sensors.ingest(delivery(sent, sent["nodeId"]), readings, NOW)
        return network

    sent, repeated, shuffled = orders
    assert after(repeated) == after(shuffled)
    for node_id, node in after(repeated).nodes.items():
        mine = [m for m in sent if m["nodeId"] == node_id]
        newest: Callable[[dict[str, Any]], Any] = lambda m: (m["timestamp"], m["messageId"])  # noqa: E731
        assert node.reading_count == len(mine)
        assert {sensor: latest.message_id for sensor, latest in node.latest.items()} == {
            m["sensorType"]: m["messageId"] for m in sorted(mine, key=newest)
        }
