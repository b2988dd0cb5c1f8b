"""How findings are told to people at a terminal.

Exit codes: a program that the guard stops leaves with `STOPPED`, which the Pulumi SDK reserves for faults
that are already reported; `pulumi preview` and `pulumi up` then end with a code of their own, not 0. A
violation found by the pack ends them the same way.
"""

from collections.abc import Sequence

from policy.rule import Finding, Outcome, Severity

STOPPED = 32


def render(findings: Sequence[Finding]) -> str:
    """One line for each finding, violations first and the worst of them on top; the last line counts them."""
    worst_first = list(Severity)
    stopping = [finding for finding in findings if finding.stops]
    stopping.sort(key=lambda finding: worst_first.index(finding.rule.severity))
    others = [finding for finding in findings if not finding.stops]
    lines = [f"{finding.outcome}: {finding.message}" for finding in stopping + others]
    undecided = sum(finding.outcome is Outcome.UNDECIDED for finding in findings)
    verdict = "nothing was changed" if stopping else "the deployment goes on"
    lines.append(f"policy: {_count(len(stopping), 'violation')}, {undecided} undecided: {verdict}")
    return "\n".join(lines)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
