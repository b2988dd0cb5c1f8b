"""Streams of tables over a restart of a local cloud."""

from pathlib import Path
from typing import Any

import pytest

from localcloud import control
from tests.localcloud.aws.patches.test_stream_batches import Stream

pytestmark = pytest.mark.cloud


def test_a_restart_loses_no_change_that_waits_and_tells_none_again(
    home: Path, workbench_of: Any, eventually: Any
) -> None:
    stream = Stream(workbench_of(control.start(home)))
    stream.feed(BatchSize=1)
    stream.put(before="")
    assert stream.calls(1) == [["before"]]
    hold(stream, eventually, enabled=False)
    stream.put(waits="")
    control.stop(home)
    control.start(home)
    stream.put(after="")
    hold(stream, eventually, enabled=True)
    assert stream.calls(2) == [["waits"], ["after"]]


def hold(stream: Stream, eventually: Any, *, enabled: bool) -> None:
    stream.functions.update_event_source_mapping(UUID=stream.mapping, Enabled=enabled)
    wanted = "Enabled" if enabled else "Disabled"
    eventually(lambda: stream.functions.get_event_source_mapping(UUID=stream.mapping)["State"] == wanted)
