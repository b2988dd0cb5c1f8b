"""The subjects of the benchmarks: what is said of them, and what they can be told without a cloud."""

import json
from pathlib import Path
from typing import Any

import pytest
from omnitrack.domain.twin import Node

from bench import api, listener, network, workspace
from bench.__main__ import SUBJECTS
from bench.workspace import BenchmarkError

READ_ME = Path(workspace.ROOT, "bench", "README.md").read_text(encoding="utf-8")
OTHER, OWN = "0b7c1f5e-other", "6f1d5b0e-own"


@pytest.mark.parametrize("subject", SUBJECTS)
def test_a_subject_is_documented(subject: str) -> None:
    assert f"\n| `{subject}` | " in READ_ME


@pytest.mark.parametrize("count", api.CLIENTS)
def test_every_number_of_clients_sends_as_many_requests(count: int) -> None:
    assert api.BLOCK % count == 0
    assert api.REQUESTS % api.BLOCK == 0


def test_the_benchmarks_node_is_one_that_the_platform_takes() -> None:
    assert Node.model_validate(network.NODE).utilization == network.NODE["utilization"]


def test_two_readings_of_a_node_are_two_messages() -> None:
    first, second = (network.utilization("bench", 0.5) for _ in range(2))
    assert first.message()["metrics"] == {"utilization": 0.5}
    assert first.message_id != second.message_id


@pytest.mark.parametrize(
    ("kind", "messages", "told"),
    [
        ("twin.changed", [OWN], True),
        ("twin.changed", [OTHER, OWN], True),
        ("twin.changed", [OTHER], False),
        ("twin.changed", [], False),
        ("alert.opened", [OWN], False),
    ],
)
def test_a_frame_shows_a_reading_that_is_the_latest_of_one_of_its_nodes(
    kind: str, messages: list[str], *, told: bool
) -> None:
    nodes: list[dict[str, Any]] = [{"latest": {"stock": {"messageId": message}}} for message in messages]
    frame = {"type": kind, "data": {"nodes": [*nodes, {"id": "without readings"}]}}
    assert listener.shows(OWN)(frame) is told


def test_a_socket_subscribes_to_the_channels_it_is_told() -> None:
    assert json.loads(listener.subscription("twin", "alerts")) == {
        "action": "subscribe",
        "channels": ["twin", "alerts"],
    }


def test_the_rate_limit_of_the_copy_is_lifted_and_nothing_else(tmp_path: Path) -> None:
    settings = Path(workspace.ROOT, "Pulumi.development.yaml").read_text(encoding="utf-8")
    copied = tmp_path / "Pulumi.development.yaml"
    copied.write_text(settings, encoding="utf-8")
    workspace.lift_rate_limit(copied)
    changed = [
        (before, after)
        for before, after in zip(settings.splitlines(), copied.read_text().splitlines(), strict=True)
        if before != after
    ]
    assert len(changed) == 1
    assert changed[0][1].startswith(f"  omnitrack:edgeRateLimit: {workspace.LARGEST_RATE}")


def test_settings_without_a_rate_limit_are_told_of(tmp_path: Path) -> None:
    settings = tmp_path / "Pulumi.development.yaml"
    settings.write_text("config: {}\n", encoding="utf-8")
    with pytest.raises(BenchmarkError, match=r"Pulumi\.development\.yaml sets no edgeRateLimit"):
        workspace.lift_rate_limit(settings)
