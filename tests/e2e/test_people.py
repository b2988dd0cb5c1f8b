"""People: invited, given roles, let in no more, and all of it in the audit trail."""

import re
import uuid
from datetime import UTC, datetime
from typing import Any

import pytest
from pycognito.aws_srp import AWSSRP
from pycognito.exceptions import ForceChangePasswordException

from localcloud import control
from tests.e2e.home import Platform

PASSWORD = "Another-password-of-theirs-1!"


def _sign_in(platform: Platform, user: str, password: str) -> AWSSRP:
    return AWSSRP(
        username=user,
        password=password,
        pool_id=platform.outputs["UserPoolId"],
        client_id=platform.outputs["UserPoolClientId"],
        client=platform.client("cognito-idp"),
    )


def _token(platform: Platform, user: str) -> str:
    return str(_sign_in(platform, user, PASSWORD).authenticate_user()["AuthenticationResult"]["IdToken"])


def _audit(platform: Platform, token: str | None = None, **filters: str) -> Any:
    if token:
        return platform.request("GET", "/audit", params=filters, headers={"Authorization": token})
    return platform.request("GET", "/audit", role="director", params=filters)


def _text(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


def test_a_person_is_invited_rises_and_leaves_and_the_trail_tells(platform: Platform) -> None:
    user, start = f"{uuid.uuid4().hex[:12]}@example.com", datetime.now(UTC)
    platform.home.omnitrack("users", "add", user, "--role", "viewer", "--invite")
    (mail,) = control.mails(platform.cloud, user)
    temporary = re.search(r"password is (\S+)", mail["body"])
    assert temporary, mail["body"]
    invited = _sign_in(platform, user, temporary[1].rstrip("."))
    with pytest.raises(ForceChangePasswordException):
        invited.authenticate_user()
    invited.set_new_password_challenge(PASSWORD)
    as_viewer = _token(platform, user)
    assert _audit(platform, as_viewer).status_code == 403

    platform.home.omnitrack("users", "role", user, "director")
    assert _audit(platform, as_viewer).status_code == 403, "a token keeps its role"
    assert _audit(platform, _token(platform, user)).status_code == 200

    platform.home.omnitrack("users", "disable", user)
    with pytest.raises(platform.client("cognito-idp").exceptions.NotAuthorizedException):
        _token(platform, user)

    events = _audit(platform, **{"from": _text(start)}).json()["events"]
    actions = [event["action"] for event in events if event["subject"].startswith("user:")]
    assert actions == ["user.disabled", "user.role_given", "user.invited"]
    assert {event["detail"] for event in events[1:3]} == {"role director", "role viewer"}
    (operator,) = {event["actor"]["id"] for event in events}
    assert _audit(platform, user=operator, **{"from": _text(start)}).json()["events"] == events
    assert _audit(platform, **{"from": _text(start), "to": events[-1]["at"]}).json()["events"] == []
    assert user not in str(events), "records name people by their id"


def test_what_somebody_did_to_the_network_is_found_by_them_and_by_time(platform: Platform) -> None:
    node = {
        "name": "Audited",
        "type": "port",
        "location": {"latitude": 1, "longitude": 2},
        "capacity": 9,
        "inventory": 5,
    }
    path = f"/twin/nodes/e2e-{uuid.uuid4().hex[:12]}"
    made = platform.request("PUT", path, role="operations_manager", json=node)
    tag = {"If-Match": made.headers["etag"]}
    gone = platform.request("DELETE", path, role="operations_manager", headers=tag)
    assert (made.status_code, gone.status_code) == (201, 204)
    subject = f"node:{path.rpartition('/')[2]}"

    def told(**filters: str) -> list[dict[str, Any]]:
        found = _audit(platform, **filters).json()["events"]
        return [event for event in found if event["subject"] == subject]

    removed, created = told()
    assert (removed["action"], created["action"]) == ("node.removed", "node.created")
    assert removed["actor"] == created["actor"]
    assert told(user=created["actor"]["id"]) == [removed, created]
    assert told(user="somebody-else") == []
    assert told(to=removed["at"]) == [created]
    assert told(**{"from": removed["at"]}) == [removed]
