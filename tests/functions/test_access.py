"""The role table against the product's, and every route against every role."""

from typing import Any

import pytest
from omnitrack import api
from omnitrack.contract import Route
from omnitrack.domain import access
from omnitrack.domain.errors import ForbiddenError
from omnitrack.handlers import twin

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
    reply = calls.ask(route, groups=f"[{role}]")
    allowed = route.permission is None or (
        role in COLUMNS and TABLE[route.permission][COLUMNS.index(role)] == "x"
    )
    assert (reply.status != 403) == allowed
    assert reply.status < 500
    if not allowed:
        assert reply.code == "forbidden"
        assert (world.network.nodes, world.network.events, world.emissions.stored) == ({}, [], None)


@pytest.mark.parametrize("route", [r for r in api.ROUTES if r.permission], ids=lambda route: route.operation)
def test_a_guarded_route_is_closed_when_the_gateway_sends_no_claims(world: World, route: Route) -> None:
    reply = calls.ask(route, groups=None)
    assert (reply.status, reply.code) == (401, "unauthenticated")
    assert world.network.nodes == {}


@pytest.mark.parametrize("route", [r for r in api.ROUTES if r.permission], ids=lambda route: route.operation)
def test_who_may_not_learns_nothing_of_what_is_there_or_of_what_was_wrong(world: World, route: Route) -> None:
    """Permission comes first: neither existence, nor versions, nor faults of the request show."""
    assert world.checks
    headers = {"If-Match": "x", "Idempotency-Key": "", "Content-Type": "text/plain"}
    for options in ({}, {"path": {"id": "..", "from": "", "to": ""}}, {"headers": headers, "body": "{"}):
        reply = calls.ask(route, groups="[stranger]", **options)
        assert (reply.status, reply.code) == (403, "forbidden")


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


@pytest.mark.parametrize("user", [None, "", 7, "a b", "é", "\ud800", "x" * 129, "a\n"])
def test_a_token_without_a_user_does_not_sign_in(world: World, user: object) -> None:
    assert world.checks
    reply = calls.call(twin.handler, "GET", "/v1/twin", claims={"sub": user, "cognito:groups": "[admin]"})
    assert (reply.status, reply.code) == (401, "unauthenticated")


@pytest.mark.parametrize(
    ("claims", "name"),
    [
        ({"email": "ada@example.com", "cognito:username": "ada"}, "ada@example.com"),
        ({"cognito:username": "ada"}, "ada"),
        ({"email": "a\nb", "cognito:username": "ada"}, "ada"),
        ({"email": "x" * 200}, "u-1"),
        ({"email": 7, "cognito:username": None}, "u-1"),
        ({}, "u-1"),
    ],
)
def test_a_user_is_known_by_what_the_token_says_of_them(
    world: World, claims: dict[str, Any], name: str
) -> None:
    signed_in = {"sub": "u-1", "cognito:groups": "[admin]", **claims}
    calls.call(
        twin.handler, "PUT", "/v1/twin/nodes/{id}", claims=signed_in, path={"id": "a"}, body=calls.NODE
    )
    (event,) = world.network.events
    assert (event.actor.id, event.actor.name) == ("u-1", name)


def test_an_access_token_does_not_sign_in(world: World) -> None:
    assert world.checks
    claims = {"sub": "u", "token_use": "access", "cognito:groups": "[admin]"}
    reply = calls.call(twin.handler, "GET", "/v1/twin", claims=claims)
    assert (reply.status, reply.message) == (401, "send the id token, not the access token")
