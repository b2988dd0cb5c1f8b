"""Who was active: each user once an hour, over all workers."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from omnitrack import wiring
from omnitrack.adapters.activity import ActivityTable
from omnitrack.adapters.metrics import Metrics
from omnitrack.adapters.table import Table
from omnitrack.domain.errors import UnavailableError
from omnitrack.handlers import twin

from tests.functions.calls import NOW, call
from tests.functions.conftest import World


class Counter:
    def __init__(self) -> None:
        self.number = 0

    def __call__(self) -> None:
        self.number += 1


@pytest.mark.cloud
@pytest.mark.xdist_group("functions-table")
def test_a_user_counts_once_an_hour_whichever_worker_serves_them(
    aws: Callable[[str], Any], table_name: str
) -> None:
    table, counter = Table(aws("dynamodb"), table_name), Counter()
    workers = [ActivityTable(table, counter) for _ in range(3)]
    for at in (NOW, NOW + timedelta(minutes=59), NOW + timedelta(minutes=60)):
        for worker in workers:
            for user in ("ada", "bob"):
                worker.saw(user, at)
    assert counter.number == 4
    item = table.get({"PK": "ACTIVE#2026-11-24T08", "SK": "ada"})
    assert item is not None
    assert item["expiresAt"] == int((NOW + timedelta(days=2)).timestamp())


def test_a_table_that_fails_is_not_asked_at_each_request() -> None:
    class Broken:
        calls = 0

        def update(self, *_arguments: object, **_options: object) -> None:
            self.calls += 1
            raise UnavailableError("the table does not answer")

    broken, counter = Broken(), Counter()
    activity = ActivityTable(broken, counter)  # type: ignore[arg-type] # a fake
    with pytest.raises(UnavailableError):
        activity.saw("ada", NOW)
    activity.saw("ada", NOW)
    assert (broken.calls, counter.number) == (1, 0)


def test_only_who_is_let_in_is_seen(world: World) -> None:
    call(twin.handler, "GET", "/v1/twin", groups="[stranger]")
    call(twin.handler, "GET", "/v1/twin", groups=None)
    assert world.activity.users == []
    call(twin.handler, "GET", "/v1/twin", groups="[viewer]")
    assert world.activity.users == ["user-1"]


def test_a_request_succeeds_though_the_user_cannot_be_noted(
    world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_arguments: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(world.activity, "saw", fail)
    assert call(twin.handler, "GET", "/v1/twin").status == 200
    assert "activity not noted" in capsys.readouterr().out


def test_a_count_is_a_line_in_cloudwatchs_form(capsys: pytest.CaptureFixture[str]) -> None:
    metrics = Metrics("staging", lambda: NOW)
    metrics.count("ReadingsStored", 3)
    metrics.count("ReadingsRejected", 0)
    (line,) = capsys.readouterr().out.splitlines()
    assert json.loads(line) == {
        "_aws": {
            "Timestamp": 1795507200000,
            "CloudWatchMetrics": [
                {
                    "Namespace": "OmniTrack",
                    "Dimensions": [["Environment"]],
                    "Metrics": [{"Name": "ReadingsStored", "Unit": "Count"}],
                }
            ],
        },
        "Environment": "staging",
        "ReadingsStored": 3,
    }


def test_nothing_is_traced_where_nobody_collects_traces() -> None:
    assert wiring.tracer() is None
    with wiring.span("read_twin"):
        pass
