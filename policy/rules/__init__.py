"""The registry: every rule of the platform, by concern."""

from collections.abc import Iterable
from dataclasses import replace

from policy.rule import Level, Rule
from policy.rules import (
    access,
    access_logs,
    api,
    encryption,
    exposure,
    firewall,
    governance,
    logs,
    reach,
    resilience,
    sign_in,
    tracing,
    transport,
    upkeep,
)


def _concern(name: str, rules: Iterable[Rule], *, mission: bool) -> tuple[Rule, ...]:
    return tuple(
        replace(rule, concern=name, mission=mission and rule.level is Level.MANDATORY) for rule in rules
    )


_MISSION = {
    "encryption": encryption.RULES,
    "firewall": firewall.RULES,
    "tracing": tracing.RULES,
    "logs": logs.RULES,
    "reach": reach.RULES,
    "governance": governance.RULES,
}
_BEYOND = {
    "access": access.RULES,
    "exposure": exposure.RULES,
    "transport": transport.RULES,
    "api": api.RULES,
    "access-logs": access_logs.RULES,
    "sign-in": sign_in.RULES,
    "resilience": resilience.RULES,
    "upkeep": upkeep.RULES,
}
CONCERNS: dict[str, tuple[Rule, ...]] = {
    name: _concern(name, rules, mission=name in _MISSION) for name, rules in (_MISSION | _BEYOND).items()
}
RULES: tuple[Rule, ...] = tuple(rule for rules in CONCERNS.values() for rule in rules)
BY_ID: dict[str, Rule] = {rule.id: rule for rule in RULES}
EXEMPTIBLE = frozenset(BY_ID) - {rule.id for rule in CONCERNS["governance"]}
"""Ids of the rules that an exemption may name."""
