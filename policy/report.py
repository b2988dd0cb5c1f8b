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
    outcomes, severities = list(Outcome), list(Severity)
    ordered = sorted(
        findings,
        key=lambda finding: (
            not finding.stops,
            outcomes.index(finding.outcome),
            severities.index(finding.rule.severity),
        ),
    )
    lines = [f"{finding.outcome}: {finding.message}" for finding in ordered]
    violations = sum(finding.stops and finding.outcome is Outcome.VIOLATION for finding in findings)
    undecided = sum(finding.outcome is Outcome.UNDECIDED for finding in findings)
    stopped = any(finding.stops for finding in findings)
    verdict = "nothing was changed" if stopped else "the deployment goes on"
    lines.append(f"policy: {_count(violations, 'violation')}, {undecided} undecided: {verdict}")
    return "\n".join(lines)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
