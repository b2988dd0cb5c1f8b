"""Writes lines into CloudWatch's log streams, as AWS's services do with their own logs."""

# ruff: noqa: SLF001 - MiniStack names its functions and stores privately

import logging
import re
from collections.abc import Mapping, Sequence

from localcloud.aws.patches.upstream import Upstream

GROUP = re.compile(r"arn:[^:]+:logs:(?P<region>[^:]+):(?P<account>\d{12}):log-group:(?P<name>[^:]+)(?::\*)?")

log = logging.getLogger(__name__)


class LogStreams:
    """The log groups of the current account and region.

    Args:
        user: who writes, for the errors of a MiniStack that has changed.

    Raises:
        PatchError: MiniStack has changed.
    """

    def __init__(self, user: str) -> None:
        logs = Upstream(user, "services.cloudwatch_logs")
        logs.require("_log_groups")
        for action in ("_create_log_group", "_create_log_stream", "_put_log_events"):
            logs.require(action, "data")
        self._scope = Upstream(user, "core.responses").require("request_scope")
        self._user = user
        self._logs = logs.module

    def append(
        self, group: str, stream: str, lines: Sequence[str], milliseconds: int, *, create: bool = False
    ) -> None:
        """Append lines to a stream, which is created if need be.

        Args:
            group: name of a log group of the current account and region, or the ARN of any.
            stream: name of the stream.
            lines: the messages.
            milliseconds: when, since the epoch.
            create: make the group if it is missing, as for a function's lines; else they are lost.
        """
        events = [{"timestamp": milliseconds, "message": line} for line in lines]
        if arn := GROUP.fullmatch(group):
            with self._scope(arn["account"], arn["region"]):
                self._append(arn["name"], stream, events, create=create)
        else:
            self._append(group, stream, events, create=create)

    def _append(
        self, group: str, stream: str, events: Sequence[Mapping[str, object]], *, create: bool
    ) -> None:
        if group not in self._logs._log_groups:
            if not create:
                log.warning("%s: the log group %s is gone, its lines are lost", self._user, group)
                return
            self._logs._create_log_group({"logGroupName": group})
        target = {"logGroupName": group, "logStreamName": stream}
        if stream not in self._logs._log_groups[group]["streams"]:
            self._logs._create_log_stream(target)
        self._logs._put_log_events({**target, "logEvents": events})
