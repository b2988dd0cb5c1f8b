"""The REST API as its clients meet it, through the edge, the firewall and the authorizer."""

from typing import Any

import pytest

NODE = {
    "name": "Test warehouse",
    "type": "warehouse",
    "location": {"latitude": 52.3, "longitude": 4.9},
    "capacity": 1000,
}


def test_health_is_public_and_says_what_it_checked(platform: Any) -> None:
    answer = platform.request("GET", "/health")
    assert answer.status_code == 200
    body = answer.json()
    assert body["status"] == "ok"
    assert body["environment"] == "development"
    assert body["checks"]


def test_the_twin_needs_a_token(platform: Any) -> None:
    answer = platform.request("GET", "/twin")
    assert answer.status_code == 401
    assert set(answer.json()["error"]) == {"code", "message", "requestId"}


def test_a_user_without_a_role_is_forbidden(platform: Any) -> None:
    platform.omnitrack("users", "add", "nobody@demo.omnitrack.ai", "-s", "development")
    assert platform.request("GET", "/twin", role="nobody").status_code == 403


def test_a_viewer_reads_the_twin_with_readings(platform: Any) -> None:
    answer = platform.request("GET", "/twin", role="viewer")
    assert answer.status_code == 200
    nodes = answer.json()["nodes"]
    assert len(nodes) >= 40
    assert any(node.get("latest") for node in nodes)


def test_a_viewer_may_not_write(platform: Any) -> None:
    answer = platform.request("PUT", "/twin/nodes/e2e-viewer", role="viewer", json=NODE)
    assert answer.status_code == 403


def test_a_stale_version_is_refused(platform: Any) -> None:
    path = "/twin/nodes/e2e-version"
    created = platform.request("PUT", path, role="operations_manager", json=NODE)
    assert created.status_code in {200, 201}, created.text
    tag = created.headers["etag"]
    changed = platform.request(
        "PUT", path, role="operations_manager", json={**NODE, "capacity": 2000}, headers={"If-Match": tag}
    )
    assert changed.status_code == 200, changed.text
    stale = platform.request(
        "PUT", path, role="operations_manager", json={**NODE, "capacity": 3000}, headers={"If-Match": tag}
    )
    assert stale.status_code == 412
    assert platform.request("GET", path, role="viewer").json()["capacity"] == 2000


@pytest.mark.parametrize(
    ("change", "field"),
    [({"capacity": "many"}, "capacity"), ({"type": "castle"}, "type"), ({"location": {}}, "location")],
)
def test_a_malformed_body_is_refused_and_the_field_is_named(
    platform: Any, change: dict[str, Any], field: str
) -> None:
    answer = platform.request(
        "PUT", "/twin/nodes/e2e-malformed", role="operations_manager", json={**NODE, **change}
    )
    assert answer.status_code == 400
    assert field in answer.json()["error"]["message"]


def test_preflight_allows_the_origins_of_the_settings_only(platform: Any) -> None:
    headers = {"Access-Control-Request-Method": "GET"}
    allowed = platform.request("OPTIONS", "/twin", headers={**headers, "Origin": "http://localhost:5173"})
    foreign = platform.request("OPTIONS", "/twin", headers={**headers, "Origin": "https://evil.example"})
    assert allowed.headers.get("access-control-allow-origin") == "http://localhost:5173"
    assert foreign.headers.get("access-control-allow-origin") != "https://evil.example"
