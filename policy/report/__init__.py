"""How findings are told: to people at a terminal and in a pull request, to programs, to code scanning.

Exit codes: a program that the guard stops leaves with `STOPPED`, which the Pulumi SDK reserves for faults
that are already reported; `pulumi preview` and `pulumi up` then end with a code of their own, not 0. A
violation found by the pack ends them the same way.
"""

from policy.report.console import render

STOPPED = 32

__all__ = ["STOPPED", "render"]
