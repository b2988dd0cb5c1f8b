"""What deploying takes: for each kind of resource that the program makes, the exact actions of IAM.

An action that only looks is in `reads` and given to pull requests too. Where AWS knows no resource for an
action, it stands in `everywhere`. A new type of the program needs its row here: a test compares them.
"""

from __future__ import annotations

from typing import Final

from runbook.bootstrap.actions.application import APPLICATION
from runbook.bootstrap.actions.area import Area
from runbook.bootstrap.actions.data import DATA
from runbook.bootstrap.actions.edge import EDGE
from runbook.bootstrap.actions.operations import OPERATIONS

__all__ = ["AREAS", "ROLE_TYPES", "Area"]

AREAS: Final = {"application": APPLICATION, "data": DATA, "edge": EDGE, "operations": OPERATIONS}
"""By the policy that they are in: IAM admits 6,144 characters in one."""

ROLE_TYPES: Final = ("iam/role:Role", "iam/rolePolicy:RolePolicy")
"""What `permissions.roles` is for."""
