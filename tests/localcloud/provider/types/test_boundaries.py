"""A role's permissions boundary comes and goes in place."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.localcloud.provider.types.cases_iam import bounds, trust

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.localcloud.provider.types.scene import Scene

pytestmark = pytest.mark.cloud
ROLE = "aws:iam/role:Role"


def test_a_boundary_that_the_program_drops_is_taken_away(scene_of: Callable[[str], Scene]) -> None:
    it = scene_of(ROLE)
    program = {"assumeRolePolicy": trust("lambda.amazonaws.com")}
    it.create(it.check({**program, "permissionsBoundary": bounds(it)["narrow"]}))
    resource_id = it.id

    wanted = it.check(program, it.inputs)
    changes = it.diff(wanted)
    it.update(wanted)

    assert (changes.names, changes.replaces) == ({"permissionsBoundary"}, set())
    assert it.id == resource_id
    assert "PermissionsBoundary" not in it.aws("iam").get_role(RoleName=it.id)["Role"]
    assert it.refresh() == set()


def test_a_boundary_that_somebody_adds_shows_as_drift_and_is_mended(
    scene_of: Callable[[str], Scene],
) -> None:
    it = scene_of(ROLE)
    program = {"assumeRolePolicy": trust("lambda.amazonaws.com")}
    it.create(it.check(program))

    it.aws("iam").put_role_permissions_boundary(RoleName=it.id, PermissionsBoundary=bounds(it)["wide"])

    assert it.refresh() == {"permissionsBoundary"}
    it.apply(program)
    assert it.refresh() == set()
    assert "PermissionsBoundary" not in it.aws("iam").get_role(RoleName=it.id)["Role"]
