"""Who may do what: the platform's one table of roles and permissions.

A role is a group of the user pool. The REST contract, the functions, the pool's groups and the tests read
this table; nothing else grants anything.
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from types import MappingProxyType

from omnitrack.domain.errors import ForbiddenError


class Permission(StrEnum):
    """One thing that a person can be allowed to do."""

    VIEW_TWIN = "view_twin"
    VIEW_ALERTS = "view_alerts"
    VIEW_SCENARIO = "view_scenario"
    VIEW_MARKETPLACE = "view_marketplace"
    CREATE_SCENARIO = "create_scenario"
    PROVIDE_FEEDBACK = "provide_feedback"
    SET_THRESHOLDS = "set_thresholds"
    MODIFY_TWIN = "modify_twin"
    ACKNOWLEDGE_ALERTS = "acknowledge_alerts"
    PUBLISH_SCENARIO = "publish_scenario"
    RATE_SCENARIO = "rate_scenario"
    FORK_SCENARIO = "fork_scenario"
    VIEW_AUDIT = "view_audit"
    ADMINISTER_USERS = "administer_users"


_VIEW = frozenset(
    {
        Permission.VIEW_TWIN,
        Permission.VIEW_ALERTS,
        Permission.VIEW_SCENARIO,
        Permission.VIEW_MARKETPLACE,
    }
)
_ANALYSE = _VIEW | {Permission.CREATE_SCENARIO, Permission.PROVIDE_FEEDBACK}
_OPERATE = _ANALYSE | {
    Permission.MODIFY_TWIN,
    Permission.ACKNOWLEDGE_ALERTS,
    Permission.PUBLISH_SCENARIO,
    Permission.RATE_SCENARIO,
    Permission.FORK_SCENARIO,
}

PERMISSIONS: Mapping[str, frozenset[Permission]] = MappingProxyType(
    {
        "viewer": _VIEW,
        "analyst": _ANALYSE,
        "sustainability_officer": _ANALYSE | {Permission.SET_THRESHOLDS},
        "operations_manager": _OPERATE,
        "director": _OPERATE | {Permission.SET_THRESHOLDS, Permission.VIEW_AUDIT},
        "admin": frozenset(Permission),
    }
)
ROLES: tuple[str, ...] = tuple(PERMISSIONS)


def permits(roles: Iterable[str], permission: Permission) -> bool:
    """Whether one of the roles carries the permission; a name that is no role carries none."""
    return any(permission in PERMISSIONS.get(role, ()) for role in roles)


def require(roles: Iterable[str], permission: Permission) -> None:
    """Refuse whoever lacks the permission.

    Raises:
        ForbiddenError: No role carries it; the text names the roles that do.
    """
    if not permits(roles, permission):
        able = ", ".join(role for role, permissions in PERMISSIONS.items() if permission in permissions)
        raise ForbiddenError(f"this needs the permission {permission}, which these roles carry: {able}")
