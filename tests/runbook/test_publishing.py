"""Publishing keeps its rate, and counts what arrived."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import pytest

from runbook import publishing
from runbook.publishing import HttpsPublisher, MqttPublisher
from runbook.readings import SimulatedReading


def reading(node_id: str = "port-shanghai", number: int = 0) -> SimulatedReading:
    return SimulatedReading(
        message_id=f"m{number}",
        node_id=node_id,
        timestamp=datetime(2026, 1, 1, tzinfo=UTC),
        sensor_type="stock",
        metrics={"utilization": 0.5},
        anomalous=False,
    )


class FakeIotData:
    def __init__(self, *, fails_on: int | None = None) -> None:
        self.topics: list[str] = []
        self._fails_on = fails_on
        self._lock = threading.Lock()

    def publish(self, **request: Any) -> None:
        with self._lock:
            if len(self.topics) == self._fails_on:
                raise ConnectionError("gone")
            self.topics.append(request["topic"])


class FakeMqttClient:
    """Acknowledges at once, as a broker on this machine does."""

    on_publish: Any = None

    def __init__(self, *, acknowledges: bool = True) -> None:
        self.topics: list[str] = []
        self._acknowledges = acknowledges

    def publish(self, topic: str, _payload: str, *, qos: int) -> None:
        assert qos == 1
        self.topics.append(topic)
        if self._acknowledges:
            self.on_publish(self, None, 1, 0, None)


def test_readings_go_to_the_topic_of_their_node_by_the_connection_of_its_device() -> None:
    clients = {"a": FakeMqttClient(), "b": FakeMqttClient()}
    publisher = MqttPublisher(clients)  # type: ignore[arg-type]
    publisher.send(reading("a"))
    publisher.send(reading("b"))
    assert clients["a"].topics == ["omnitrack/sensors/a/data"]
    assert clients["b"].topics == ["omnitrack/sensors/b/data"]
    assert publisher.acknowledged() == 2


def test_what_is_not_acknowledged_is_not_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publishing, "ACKNOWLEDGE_SECONDS", 0.01)
    publisher = MqttPublisher({"a": FakeMqttClient(acknowledges=False)})  # type: ignore[dict-item]
    publisher.send(reading("a"))
    assert publisher.acknowledged() == 0


def test_https_sends_everything_and_counts_it() -> None:
    client = FakeIotData()
    with ThreadPoolExecutor(4) as pool:
        publisher = HttpsPublisher(client, pool)
        for number in range(100):
            publisher.send(reading(number=number))
        assert publisher.acknowledged() == 100
    assert client.topics == ["omnitrack/sensors/port-shanghai/data"] * 100


def test_https_tells_the_first_failure() -> None:
    with ThreadPoolExecutor(2) as pool:
        publisher = HttpsPublisher(FakeIotData(fails_on=3), pool)
        for number in range(4):
            publisher.send(reading(number=number))
        with pytest.raises(ConnectionError, match="gone"):
            publisher.acknowledged()


class FakeClock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def test_the_rate_is_kept_and_a_delay_is_made_up_for(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = FakeClock()
    monkeypatch.setattr("runbook.publishing.time.sleep", clock.sleep)
    times = []
    for number in publishing.paced(10, 2, clock=clock):
        times.append(clock.now - 100)
        if number == 5:
            clock.now += 0.5
    assert len(times) == 20
    assert times[4] == pytest.approx(0.4)
    assert times[7] == pytest.approx(1.0)
    assert times[-1] == pytest.approx(1.9)
