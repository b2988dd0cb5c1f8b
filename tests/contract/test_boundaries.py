"""No role of a stack in a real account exceeds what the account's owner has bounded."""

from collections.abc import Callable

import pytest

from tests.support.program import Deployed, deploy_program

ROLE = "aws:iam/role:Role"


@pytest.mark.parametrize("stack", ["staging", "production"])
def test_every_role_stays_within_the_boundary_of_the_stack(
    stack: str, recorded: Callable[[str], Deployed]
) -> None:
    roles = recorded(stack).all(ROLE)
    bounds = {role.name: role.inputs.get("permissionsBoundary") for role in roles}
    assert bounds
    assert set(bounds.values()) == {f"arn:aws:iam::123456789012:policy/omnitrack-{stack}-boundary"}, bounds


@pytest.mark.parametrize("stack", ["staging", "production"])
def test_every_role_has_a_name_that_the_deploy_role_may_make(
    stack: str, recorded: Callable[[str], Deployed]
) -> None:
    for role in recorded(stack).all(ROLE):
        assert role.inputs["namePrefix"].startswith(f"omnitrack-{stack}-"), role.urn


def test_development_needs_no_boundary(recorded: Callable[[str], Deployed]) -> None:
    assert all("permissionsBoundary" not in role.inputs for role in recorded("development").all(ROLE))


def test_without_the_setting_no_role_is_bounded() -> None:
    deployed = deploy_program("staging", {"omnitrack:permissionsBoundary": ""}, guarded=False)
    assert all("permissionsBoundary" not in role.inputs for role in deployed.all(ROLE))
