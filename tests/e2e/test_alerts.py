"""A reading that crosses a threshold, as it reaches the people who look and the one on call."""

import json
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from localcloud import control
from tests.e2e.home import Platform
from tests.e2e.sockets import Socket, connected

NODE = {
    "name": "Zürich cold store",
    "type": "warehouse",
    "location": {"latitude": 47.4, "longitude": 8.5},
    "capacity": 1000,
    "inventory": 600,
}
HIGH, CRITICAL = 0.85, 0.95  # utilization, as the platform's defaults say
LONGEST_SUBJECT = 100  # of an e-mail by SNS, in ASCII
Eventually = Callable[..., Any]
Mail = dict[str, str]


@pytest.fixture
def node(platform: Platform) -> str:
    """A node of its own for each test, with nothing wrong."""
    name = f"e2e-{uuid.uuid4().hex[:12]}"
    created = platform.request("PUT", f"/twin/nodes/{name}", role="operations_manager", json=NODE)
    assert created.status_code == 201, created.text
    return name


@pytest.fixture(scope="session")
def on_call(platform: Platform) -> str:
    """An address that gets what is published, as it has confirmed."""
    address = f"on-call-{uuid.uuid4().hex[:8]}@example.com"
    _subscribe(platform, address)
    platform.home.omnitrack("local", "mail", "--confirm", address)
    return address


def _subscribe(platform: Platform, address: str) -> None:
    topic = platform.outputs["AlertTopicArn"]
    platform.client("sns").subscribe(TopicArn=topic, Protocol="email", Endpoint=address)


def _report(platform: Platform, node: str, **metrics: float) -> None:
    """Publish a reading as the node's device would."""
    reading = {
        "messageId": str(uuid.uuid4()),
        "nodeId": node,
        "timestamp": datetime.now(UTC).isoformat(),
        "sensorType": "operations",
        "metrics": metrics,
        "source": "e2e",
    }
    topic = f"omnitrack/sensors/{node}/data"
    platform.client("iot-data").publish(topic=topic, qos=1, payload=json.dumps(reading).encode())


def _mails(platform: Platform, address: str, alert: str) -> list[Mail]:
    """The mails to an address that tell of an alert, newest first."""
    return [mail for mail in control.mails(platform.cloud, address) if alert in mail["body"]]


def _alerts(platform: Platform, node: str, **filters: str) -> list[dict[str, Any]]:
    answer = platform.request("GET", "/alerts", role="viewer", params={"node": node, **filters})
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["alerts"]
    return found


def _raised(platform: Platform, socket: Socket, node: str, used: float = HIGH) -> dict[str, Any]:
    """Raise the alert of a node, and see it arrive."""
    _report(platform, node, utilization=used)
    alert: dict[str, Any] = socket.wait("alert.opened", nodeId=node)["data"]
    return alert


def test_an_alert_lives_before_the_eyes_of_a_viewer(platform: Platform, node: str) -> None:
    with connected(platform, "alerts") as viewer:
        alert = _raised(platform, viewer, node)
        assert alert["rule"] == "utilization"
        assert (alert["severity"], alert["status"], alert["count"]) == ("high", "open", 1)
        assert (alert["value"], alert["threshold"]) == (HIGH, HIGH)
        _report(platform, node, utilization=HIGH + 0.01)
        repeated = viewer.wait("alert.updated", nodeId=node)["data"]
        assert (repeated["id"], repeated["count"], repeated["value"]) == (alert["id"], 2, HIGH + 0.01)
        path = f"/alerts/{alert['id']}/acknowledge"
        assert platform.request("PUT", path, role="operations_manager").status_code == 200
        taken = viewer.wait("alert.acknowledged", nodeId=node)["data"]
        assert taken["acknowledgedBy"]["name"]
        _report(platform, node, utilization=0.4)
        over = viewer.wait("alert.resolved", nodeId=node)["data"]
        assert (over["id"], over["status"], over["acknowledgedBy"]) == (
            alert["id"],
            "resolved",
            taken["acknowledgedBy"],
        )


def test_the_list_of_alerts_shows_each_state_to_those_who_ask_for_it(platform: Platform, node: str) -> None:
    def states() -> dict[str, list[str]]:
        return {
            status: [alert["id"] for alert in _alerts(platform, node, status=status)]
            for status in ("open", "acknowledged", "resolved")
        }

    with connected(platform, "alerts") as viewer:
        alert = _raised(platform, viewer, node)["id"]
        assert states() == {"open": [alert], "acknowledged": [], "resolved": []}
        assert [found["id"] for found in _alerts(platform, node, severity="high")] == [alert]
        assert _alerts(platform, node, severity="critical") == []
        platform.request("PUT", f"/alerts/{alert}/acknowledge", role="operations_manager")
        assert states() == {"open": [], "acknowledged": [alert], "resolved": []}
        _report(platform, node, utilization=0.4)
        viewer.wait("alert.resolved", nodeId=node)
        assert states() == {"open": [], "acknowledged": [], "resolved": [alert]}
        late = platform.request("PUT", f"/alerts/{alert}/acknowledge", role="operations_manager")
        assert (late.status_code, late.json()["error"]["code"]) == (409, "alert_resolved")


def test_a_viewer_may_not_take_an_alert_on(platform: Platform, node: str) -> None:
    with connected(platform, "alerts") as viewer:
        alert = _raised(platform, viewer, node)["id"]
    refused = platform.request("PUT", f"/alerts/{alert}/acknowledge", role="viewer")
    assert refused.status_code == 403
    assert [found["status"] for found in _alerts(platform, node)] == ["open"]


def test_the_person_on_call_gets_one_mail_that_can_be_acted_on(
    platform: Platform, node: str, on_call: str, eventually: Eventually
) -> None:
    with connected(platform, "alerts") as viewer:
        alert = _raised(platform, viewer, node)["id"]
        (mail,) = eventually(lambda: _mails(platform, on_call, alert))
        alerts = f"{platform.outputs['ApiEndpoint']}/alerts"
        assert mail["subject"].isascii()
        assert len(mail["subject"]) < LONGEST_SUBJECT
        for words in ("development", "HIGH", "Zurich cold store", "utilization is 85 % or more"):
            assert words in mail["subject"]
        for words in (
            f"Zürich cold store (node:{node})",
            "utilization is 85 % or more",
            "Measured:  0.85, against a threshold of 0.85",
            f'curl -X PUT -H "Authorization: $ID_TOKEN" {alerts}/{alert}/acknowledge',
        ):
            assert words in mail["body"]
        _report(platform, node, utilization=HIGH + 0.01)
        viewer.wait("alert.updated", nodeId=node)
        _report(platform, node, utilization=CRITICAL)
        viewer.wait("alert.updated", nodeId=node, severity="critical")
        worse, first = eventually(lambda: (found := _mails(platform, on_call, alert))[1:] and found)
        assert first == mail
        assert "CRITICAL" in worse["subject"]
        assert "its severity has risen" in worse["body"]


def test_who_has_not_confirmed_gets_no_mail_but_the_question(
    platform: Platform, node: str, on_call: str, eventually: Eventually
) -> None:
    newcomer = f"{node}@example.com"
    _subscribe(platform, newcomer)
    (question,) = control.mails(platform.cloud, newcomer)
    assert question["kind"] == "confirmation"
    with connected(platform, "alerts") as viewer:
        alert = _raised(platform, viewer, node)["id"]
        eventually(lambda: _mails(platform, on_call, alert))
        assert control.mails(platform.cloud, newcomer) == [question]
        assert newcomer in platform.home.omnitrack("local", "mail", "--confirm", newcomer).stdout
        _report(platform, node, utilization=CRITICAL)
        eventually(lambda: _mails(platform, newcomer, alert))


def test_emissions_above_their_threshold_raise_an_alert_with_the_next_snapshot(platform: Platform) -> None:
    limits = {"networkKg": 1}
    current = platform.request("GET", "/sustainability", role="viewer").json().get("thresholds", {})
    tag = {"If-Match": f'"{current["version"]}"'} if current else {}
    said = platform.request(
        "PUT", "/sustainability/thresholds", role="sustainability_officer", json=limits, headers=tag
    )
    assert said.status_code in {200, 201}, said.text
    function = platform.outputs["FunctionNames"]["emissions-snapshot"]
    with connected(platform, "alerts") as viewer:
        for _ in range(2):  # what is repeated within an hour counts once
            answer = platform.client("lambda").invoke(FunctionName=f"{function}:live", Payload=b"{}")
            assert "FunctionError" not in answer, answer["Payload"].read()
        alert = viewer.wait("alert.opened", rule="emissions")["data"]
        assert (alert["subject"], alert["count"], alert["threshold"]) == ("network:main", 1, 1)
        viewer.ask("ping")
        assert [f["data"]["rule"] for f in viewer.frames if f.get("channel")].count("emissions") == 1
    trend = platform.request("GET", "/sustainability", role="viewer").json()["trend"]
    assert len({point["at"] for point in trend}) == len(trend)
