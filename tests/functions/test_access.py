"""The role table against the product's, and every route against every role."""

from typing import Any

import pytest
from omnitrack import api
from omnitrack.contract import Route
from omnitrack.domain import access
from omnitrack.domain.errors import ForbiddenError
from omnitrack.handlers import health, twin

from tests.functions import calls
from tests.functions.conftest import World

# Written out from the product's table, one column per role, in the order of the columns.
COLUMNS = ("viewer", "analyst", "sustainability_officer", "operations_manager", "director", "admin")
TABLE = {
    "view_twin": "xxxxxx",
    "view_alerts": "xxxxxx",
    "view_scenario": "xxxxxx",
    "view_marketplace": "xxxxxx",
    "create_scenario": "-xxxxx",
    "provide_feedback": "-xxxxx",
    "set_thresholds": "--x-xx",
    "modify_twin": "---xxx",
    "acknowledge_alerts": "---xxx",
    "publish_scenario": "---xxx",
    "rate_scenario": "---xxx",
    "fork_scenario": "---xxx",
    "view_audit": "----xx",
    "administer_users": "-----x",
}
HANDLERS: dict[str, Any] = {"health": health.handler, "twin": twin.handler}


def test_the_table_is_the_products() -> None:
    assert COLUMNS == access.ROLES
    assert set(access.Permission) == set(TABLE)
    for permission in access.Permission:
        row = "".join("x" if access.permits([role], permission) else "-" for role in COLUMNS)
        assert (permission, row) == (permission, TABLE[permission])


def test_one_of_several_roles_suffices_and_unknown_ones_add_nothing() -> None:
    access.require(["viewer", "stranger", "admin"], access.Permission.ADMINISTER_USERS)
    with pytest.raises(ForbiddenError, match=r"administer_users.*: admin$"):
        access.require(["viewer", "stranger"], access.Permission.ADMINISTER_USERS)


@pytest.mark.parametrize("route", api.ROUTES, ids=lambda route: route.operation)
@pytest.mark.parametrize("role", [*COLUMNS, "stranger"])
def test_a_route_opens_to_exactly_the_roles_of_its_permission(world: World, route: Route, role: str) -> None:
    assert world.network.nodes == {}
    path = {"id": "a", "from": "a", "to": "b"}
    body = {"put_node": calls.NODE, "put_lane": calls.LANE}.get(route.operation)
    reply = calls.call(
        HANDLERS[route.function], route.method, route.path, groups=f"[{role}]", body=body, path=path
    )
    allowed = route.permission is None or (
        role in COLUMNS and TABLE[route.permission][COLUMNS.index(role)] == "x"
    )
    assert (reply.status != 403) == allowed
    assert reply.status < 500
    if not allowed:
        assert reply.code == "forbidden"
        assert world.network.nodes == {}


@pytest.mark.parametrize("route", [r for r in api.ROUTES if r.permission], ids=lambda route: route.operation)
def test_a_guarded_route_is_closed_when_the_gateway_sends_no_claims(world: World, route: Route) -> None:
    reply = calls.call(HANDLERS[route.function], route.method, route.path, groups=None)
    assert (reply.status, reply.code) == (401, "unauthenticated")
    assert world.network.nodes == {}


@pytest.mark.parametrize(
    "groups",
    [
        "[viewer]",
        "[stranger viewer]",
        "stranger,viewer",
        "stranger, viewer",
        "viewer",
        ["stranger", "viewer"],
        '["viewer"]',
    ],
)
def test_groups_are_understood_in_every_form_that_authorizers_use(world: World, groups: Any) -> None:
    assert world.checks
    assert calls.call(twin.handler, "GET", "/v1/twin", groups=groups).status == 200


@pytest.mark.parametrize("groups", ["", "[]", [], "viewers", "[view er]", "VIEWER"])
def test_who_is_in_no_group_of_the_table_is_refused(world: World, groups: Any) -> None:
    assert world.checks
    reply = calls.call(twin.handler, "GET", "/v1/twin", claims={"sub": "u", "cognito:groups": groups})
    assert reply.status == 403


def test_an_access_token_does_not_sign_in(world: World) -> None:
    assert world.checks
    claims = {"sub": "u", "token_use": "access", "cognito:groups": "[admin]"}
    reply = calls.call(twin.handler, "GET", "/v1/twin", claims=claims)
    assert (reply.status, reply.message) == (401, "send the id token, not the access token")
