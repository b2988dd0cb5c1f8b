"""Shortens the wait for a function's log lines: 50 ms for a silent function become 4 ms."""

from localcloud.aws.patches.upstream import Upstream

FIRST_LINE_SECONDS = 0.004
IDLE_SECONDS = 0.002
CAP_SECONDS = 0.25


def apply() -> None:
    """Give the wait other defaults.

    Raises:
        PatchError: MiniStack has changed.
    """
    drain = Upstream("lambda_logs", "core.lambda_runtime").require(
        "Worker._drain_stderr_bounded", "self", "first_line_wait", "idle_confirm", "hard_cap"
    )
    drain.__defaults__ = (FIRST_LINE_SECONDS, IDLE_SECONDS, CAP_SECONDS)
