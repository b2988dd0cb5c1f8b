"""The registry: every rule of the platform, by concern."""

from policy.rule import Rule
from policy.rules import encryption, firewall, logs, reach, tracing

CONCERNS: dict[str, tuple[Rule, ...]] = {
    "encryption": encryption.RULES,
    "firewall": firewall.RULES,
    "tracing": tracing.RULES,
    "logs": logs.RULES,
    "reach": reach.RULES,
}
RULES: tuple[Rule, ...] = tuple(rule for rules in CONCERNS.values() for rule in rules)
