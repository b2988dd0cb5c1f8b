"""The REST API as its clients meet it, through the edge, the firewall and the authorizer."""

import json
from typing import Any

import pytest
from pycognito.aws_srp import AWSSRP

from tests.e2e.home import Platform

NODE = {
    "name": "Test warehouse",
    "type": "warehouse",
    "location": {"latitude": 52.3, "longitude": 4.9},
    "capacity": 1000,
}
ERROR_MEMBERS = {"code", "message", "requestId"}


def test_health_is_public_and_says_what_it_checked(platform: Platform) -> None:
    answer = platform.request("GET", "/health")
    assert answer.status_code == 200
    body = answer.json()
    assert body["status"] == "ok"
    assert body["environment"] == "development"
    assert set(body["checks"].values()) == {"ok"}


def test_the_twin_needs_a_token(platform: Platform) -> None:
    answer = platform.request("GET", "/twin")
    assert answer.status_code == 401
    assert set(answer.json()["error"]) == ERROR_MEMBERS


@pytest.mark.parametrize("token", ["", "Bearer", "Bearer made.up.token"])
def test_a_token_that_is_none_is_refused(platform: Platform, token: str) -> None:
    answer = platform.request("GET", "/twin", headers={"Authorization": token})
    assert answer.status_code == 401


def test_a_token_that_was_tampered_with_is_refused(platform: Platform) -> None:
    head, _, signature = platform.token("viewer").split(".")
    _, admin, _ = platform.token("admin").split(".")
    answer = platform.request("GET", "/twin", headers={"Authorization": f"{head}.{admin}.{signature}"})
    assert answer.status_code == 401


def test_an_access_token_in_place_of_the_id_token_is_refused(platform: Platform) -> None:
    user = "admin@demo.omnitrack.ai"
    password = json.loads((platform.home.folder / "demo-users.json").read_text())[user]
    sign_in = AWSSRP(
        username=user,
        password=password,
        pool_id=platform.outputs["UserPoolId"],
        client_id=platform.outputs["UserPoolClientId"],
        client=platform.client("cognito-idp"),
    )
    tokens = sign_in.authenticate_user()["AuthenticationResult"]

    def status(kind: str) -> int:
        answer = platform.request("GET", "/twin", headers={"Authorization": f"Bearer {tokens[kind]}"})
        return answer.status_code

    assert status("IdToken") == 200
    assert status("AccessToken") == 401


def test_a_user_without_a_role_is_forbidden(platform: Platform, tmp_path: Any) -> None:
    user, password = "nobody@demo.omnitrack.ai", tmp_path / "password"
    password.write_text("A-password-of-24-letters!\n")
    platform.home.omnitrack("users", "add", user, "--role", "viewer", "--password-file", str(password))
    platform.client("cognito-idp").admin_remove_user_from_group(
        UserPoolId=platform.outputs["UserPoolId"], Username=user, GroupName="viewer"
    )
    token = platform.home.omnitrack("token", "--user", user, "--password-file", str(password)).stdout.strip()
    answer = platform.request("GET", "/twin", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 403
    assert set(answer.json()["error"]) == ERROR_MEMBERS


def test_a_viewer_reads_the_twin_with_readings_that_came_through_every_station(platform: Platform) -> None:
    answer = platform.request("GET", "/twin", role="viewer")
    assert answer.status_code == 200
    nodes = answer.json()["nodes"]
    assert len(nodes) >= 40
    assert sum(1 for node in nodes if node.get("latest")) >= 40


def test_a_viewer_may_not_write(platform: Platform) -> None:
    answer = platform.request("PUT", "/twin/nodes/e2e-viewer", role="viewer", json=NODE)
    assert answer.status_code == 403
    assert platform.request("GET", "/twin/nodes/e2e-viewer", role="viewer").status_code == 404


def test_a_stale_version_is_refused(platform: Platform) -> None:
    path = "/twin/nodes/e2e-version"

    def put(capacity: int, **headers: str) -> Any:
        body = {**NODE, "capacity": capacity}
        return platform.request("PUT", path, role="operations_manager", json=body, headers=headers)

    created = put(1000)
    assert created.status_code == 201, created.text
    tag = {"If-Match": created.headers["etag"]}
    changed = put(2000, **tag)
    assert changed.status_code == 200, changed.text
    assert put(3000, **tag).status_code == 412
    assert platform.request("GET", path, role="viewer").json()["capacity"] == 2000
    gone = platform.request(
        "DELETE", path, role="operations_manager", headers={"If-Match": changed.headers["etag"]}
    )
    assert gone.status_code == 204
    assert platform.request("GET", path, role="viewer").status_code == 404


def test_a_lane_needs_both_its_ends(platform: Platform) -> None:
    lane = {"mode": "ship", "leadTimeDays": 9, "distanceKm": 10, "capacityPerDay": 5, "costPerUnit": 2}

    def send(method: str, path: str, **options: Any) -> Any:
        return platform.request(method, path, role="operations_manager", **options)

    tag = {"If-Match": send("PUT", "/twin/nodes/e2e-east", json=NODE).headers["etag"]}
    assert send("PUT", "/twin/lanes/e2e-east/e2e-west", json=lane).status_code in {404, 409}
    assert send("PUT", "/twin/nodes/e2e-west", json=NODE).status_code == 201
    made = send("PUT", "/twin/lanes/e2e-east/e2e-west", json=lane)
    assert made.status_code == 201, made.text
    assert send("DELETE", "/twin/nodes/e2e-east", headers=tag).status_code == 409
    gone = send("DELETE", "/twin/lanes/e2e-east/e2e-west", headers={"If-Match": made.headers["etag"]})
    assert gone.status_code == 204
    assert send("DELETE", "/twin/nodes/e2e-east", headers=tag).status_code == 204


@pytest.mark.parametrize(
    ("change", "field"),
    [({"capacity": "many"}, "capacity"), ({"type": "castle"}, "type"), ({"location": {}}, "location")],
)
def test_a_malformed_body_is_refused_and_the_field_is_named(
    platform: Platform, change: dict[str, Any], field: str
) -> None:
    answer = platform.request(
        "PUT", "/twin/nodes/e2e-malformed", role="operations_manager", json={**NODE, **change}
    )
    assert answer.status_code == 400
    assert field in answer.json()["error"]["message"]


def test_what_is_no_json_is_refused(platform: Platform) -> None:
    answer = platform.request(
        "PUT",
        "/twin/nodes/e2e-malformed",
        role="operations_manager",
        content=b"{",
        headers={"Content-Type": "application/json"},
    )
    assert answer.status_code == 400
    assert set(answer.json()["error"]) == ERROR_MEMBERS


def test_preflight_allows_the_origins_of_the_settings_only(platform: Platform) -> None:
    headers = {"Access-Control-Request-Method": "GET"}
    allowed = platform.request("OPTIONS", "/twin", headers={**headers, "Origin": "http://localhost:5173"})
    foreign = platform.request("OPTIONS", "/twin", headers={**headers, "Origin": "https://evil.example"})
    assert allowed.headers.get("access-control-allow-origin") == "http://localhost:5173"
    assert foreign.headers.get("access-control-allow-origin") != "https://evil.example"


def test_a_browser_may_read_why_it_was_refused(platform: Platform) -> None:
    answer = platform.request("GET", "/twin", headers={"Origin": "http://localhost:5173"})
    assert answer.status_code == 401
    assert answer.headers.get("access-control-allow-origin") == "http://localhost:5173"


def test_requests_are_in_the_access_log_without_their_tokens(platform: Platform, eventually: Any) -> None:
    made = platform.request("GET", "/twin", role="viewer")
    group, logs = "/aws/apigateway/omnitrack-development-access", platform.client("logs")

    def messages() -> str:
        pages = logs.get_paginator("filter_log_events").paginate(logGroupName=group)
        return "".join(event["message"] for page in pages for event in page["events"])

    eventually(lambda: made.headers["x-amzn-requestid"] in messages())
    assert platform.token("viewer") not in messages()
