"""Every role at every route: what the table of permissions says is what the running platform does."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

import pytest
from omnitrack import api
from omnitrack.contract import Route
from omnitrack.domain.access import ROLES, permits
from pycognito.aws_srp import AWSSRP

from tests.e2e import stored
from tests.e2e.home import Platform
from tests.e2e.wire import Answer, bearer, exchange

ANY_VERSION = ("If-Match", "*")
CREATES = ("If-None-Match", "*")
ABSENT_VERSION = ("If-Match", '"999999"')
LANE = {"mode": "rail", "leadTimeDays": 1, "distanceKm": 9, "capacityPerDay": 5, "costPerUnit": 2}


@dataclass(frozen=True, kw_only=True)
class Try:
    """A call of a route, and what answers those who may make it; `{role}` stands for who tries."""

    status: int
    path: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    body: dict[str, Any] = field(default_factory=dict)


TRIES: dict[str, Try] = {
    "report_health": Try(status=200),
    "read_twin": Try(status=200),
    "read_node": Try(status=200, path="/v1/twin/nodes/roles-kept"),
    "put_node": Try(status=201, path="/v1/twin/nodes/roles-new-{role}", headers=(CREATES,), body=stored.NODE),
    "delete_node": Try(status=204, path="/v1/twin/nodes/roles-old-{role}", headers=(ANY_VERSION,)),
    "put_lane": Try(
        status=201, path="/v1/twin/lanes/roles-kept/roles-new-{role}-end", headers=(CREATES,), body=LANE
    ),
    "delete_lane": Try(
        status=204, path="/v1/twin/lanes/roles-kept/roles-old-{role}-end", headers=(ANY_VERSION,)
    ),
    "list_alerts": Try(status=200),
    "acknowledge_alert": Try(status=200, path="/v1/alerts/roles-{role}/acknowledge"),
    "read_sustainability": Try(status=200),
    # There is no way to take thresholds back: they are left as they are, by a version that they never had.
    "put_thresholds": Try(status=412, headers=(ABSENT_VERSION,), body={"networkKg": 1e15}),
    "list_audit": Try(status=200),
}
PROTECTED = tuple(route for route in api.ROUTES if route.permission)
# Whoever may not, learns nothing of what is there: of these nothing is.
ABSENT = {name: f"roles-absent-{name}" for name in ("id", "from", "to")}
by_operation = pytest.mark.parametrize("route", PROTECTED, ids=lambda route: route.operation)


def call(platform: Platform, route: Route, role: str, token: str | None, *, absent: bool = False) -> Answer:
    made = TRIES.get(route.operation, Try(status=204))
    path = (made.path or route.path).format_map(ABSENT | {"role": role})
    if absent:
        path = route.path.format_map(ABSENT)
    headers = [*made.headers, ("Content-Type", "application/json"), *([bearer(token)] if token else [])]
    body = json.dumps(made.body).encode() if route.body else None
    return exchange(platform, route.method, path, headers=headers, body=body)


def code(answer: Answer) -> str:
    error = answer.document["error"]
    assert set(error) == {"code", "message", "requestId"}
    return str(error["code"])


@pytest.fixture(scope="module")
def prepared(platform: Platform) -> Iterator[None]:
    """For each role a node and a lane to remove, the ends of one to create, and an alert to take on."""
    ends = {role: (f"roles-old-{role}-end", f"roles-new-{role}-end") for role in ROLES}
    for node in ("roles-kept", *(f"roles-old-{role}" for role in ROLES), *chain(*ends.values())):
        stored.put_node(platform, node)
    for role, (old, _) in ends.items():
        stored.put_alert(platform, f"roles-{role}", node="roles-kept")
        made = platform.request("PUT", f"/twin/lanes/roles-kept/{old}", role=stored.OWNER, json=LANE)
        assert made.status_code == 201, made.text
    yield
    for role in ROLES:
        stored.remove_alert(platform, f"roles-{role}")
        stored.remove_nodes(platform, [f"roles-old-{role}", f"roles-new-{role}"])
    for end in chain(*ends.values()):
        stored.remove_lane(platform, "roles-kept", end)
    stored.remove_nodes(platform, ["roles-kept"])
    for end in chain(*ends.values()):
        stored.remove_nodes(platform, [end])


def test_every_route_is_tried() -> None:
    assert set(TRIES) == {route.operation for route in api.ROUTES if route.method != "OPTIONS"}


@pytest.mark.usefixtures("prepared")
@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("route", api.ROUTES, ids=lambda route: route.operation)
def test_a_role_may_what_the_table_says_and_no_more(platform: Platform, role: str, route: Route) -> None:
    answer = call(platform, route, role, platform.token(role))
    if route.permission is None or permits([role], route.permission):
        assert answer.status == TRIES.get(route.operation, Try(status=204)).status, answer.body
    else:
        assert (answer.status, code(answer)) == (403, "forbidden")
        assert route.permission in answer.document["error"]["message"]


@by_operation
def test_who_may_not_does_not_learn_what_is_absent(platform: Platform, route: Route) -> None:
    refused = [role for role in ROLES if route.permission and not permits([role], route.permission)]
    answers = [call(platform, route, role, platform.token(role), absent=True) for role in refused]
    assert [(answer.status, code(answer)) for answer in answers] == [(403, "forbidden")] * len(refused)


@by_operation
def test_nobody_is_told_to_sign_in(platform: Platform, route: Route) -> None:
    answer = call(platform, route, "nobody", None)
    assert (answer.status, code(answer)) == (401, "unauthenticated")


@pytest.fixture(scope="module")
def access_token(platform: Platform) -> str:
    user = f"{stored.OWNER}@demo.omnitrack.ai"
    password = json.loads((platform.home.folder / "demo-users.json").read_text())[user]
    sign_in = AWSSRP(
        username=user,
        password=password,
        pool_id=platform.outputs["UserPoolId"],
        client_id=platform.outputs["UserPoolClientId"],
        client=platform.client("cognito-idp"),
    )
    return str(sign_in.authenticate_user()["AuthenticationResult"]["AccessToken"])


@by_operation
def test_an_access_token_does_not_sign_in(platform: Platform, access_token: str, route: Route) -> None:
    answer = call(platform, route, "nobody", access_token)
    assert (answer.status, code(answer)) == (401, "unauthenticated")


@pytest.fixture(scope="module")
def token_without_role(platform: Platform, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The token of a user in a group that is no role: groups alone grant nothing."""
    user, password = "roleless@demo.omnitrack.ai", tmp_path_factory.mktemp("roleless") / "password"
    password.write_text("A-password-of-24-letters!\n")
    platform.home.omnitrack("users", "add", user, "--role", "viewer", "--password-file", str(password))
    pool, name = platform.client("cognito-idp"), "admins"
    known = {"UserPoolId": platform.outputs["UserPoolId"]}
    pool.create_group(**known, GroupName=name)
    pool.admin_add_user_to_group(**known, Username=user, GroupName=name)
    pool.admin_remove_user_from_group(**known, Username=user, GroupName="viewer")
    token = platform.home.omnitrack("token", "--user", user, "--password-file", str(password)).stdout.strip()
    yield token
    pool.delete_group(**known, GroupName=name)
    pool.admin_delete_user(**known, Username=user)


@by_operation
def test_a_group_that_is_no_role_carries_nothing(
    platform: Platform, token_without_role: str, route: Route
) -> None:
    answer = call(platform, route, "nobody", token_without_role)
    assert (answer.status, code(answer)) == (403, "forbidden")
