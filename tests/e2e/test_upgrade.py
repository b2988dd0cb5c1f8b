"""The platform as it was before alerts, brought up to date in place: nothing is lost, and alerts begin."""

import json
import shutil
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import pytest

from runbook import revisions
from runbook.errors import UsageError
from tests.e2e import faults
from tests.e2e.faults import FREE, FULL
from tests.e2e.home import ROOT, Home, Platform

BEFORE = "e3e24a8"  # the last commit whose platform ended at the twin
STACK = "development"
LAYER_LOCK = Path("requirements") / "layer.txt"
# What the engine may put in the place of another: none of it keeps anything.
REPLACED = {
    "aws:apigateway/deployment:Deployment",
    "aws:backup/selection:Selection",
    "aws:lambda/layerVersion:LayerVersion",
}
HARMLESS = {"create", "read", "refresh", "same", "update"}
KEPT = (
    "aws:cognito/userPool:UserPool",
    "aws:dynamodb/table:Table",
    "aws:kms/key:Key",
    "aws:cloudwatch/logGroup:LogGroup",
    "aws:sqs/queue:Queue",
)
PAUSE_SECONDS = 0.2
Eventually = Callable[..., Any]


@dataclass(frozen=True, kw_only=True)
class Upgrade:
    """What was seen while the platform was brought up to date.

    Attributes:
        platform: As it is afterwards.
        full: A node whose newest reading was beyond a threshold before.
        empty: A node that was declared to be beyond one.
        busy: A node whose sensor sent all the time.
        sent: How many readings it sent.
        twin: The network before, as people saw it.
        steps: Which operations the engine announced for which types.
        kept_before: The identity of what holds something, by resource.
        kept_after: The same afterwards.
    """

    platform: Platform
    full: str
    empty: str
    busy: str
    sent: int
    twin: dict[str, Any]
    steps: dict[str, set[str]]
    kept_before: dict[str, str]
    kept_after: dict[str, str]


class Sender:
    """Sends readings of a node, one after another, until it is left."""

    def __init__(self, platform: Platform, node: str) -> None:
        self.sent = 0
        self._platform = platform
        self._node = node
        self._ends = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ends.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._ends.wait(PAUSE_SECONDS):
            faults.publish(self._platform, faults.reading(self._node, FREE))
            self.sent += 1


@pytest.fixture(scope="module")
def before(new_home: Callable[..., Home], tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A local cloud with the earlier platform in it, started by the earlier project."""
    try:
        revision = revisions.resolve(BEFORE)
    except UsageError as error:
        pytest.skip(f"this needs a clone with its history: {error}")
    project = tmp_path_factory.mktemp("before") / "project"
    revisions.unpack(revision, project)
    # The present layer holds all that the earlier functions need, and is built already.
    shutil.copy2(ROOT / LAYER_LOCK, project / LAYER_LOCK)
    home = new_home(project)
    home.omnitrack("start")
    return home


@pytest.fixture(scope="module")
def upgrade(before: Home, tmp_path_factory: pytest.TempPathFactory, eventually: Eventually) -> Upgrade:
    """The earlier platform with data beyond thresholds, brought up to date while a sensor sends."""
    earlier = Platform(home=before)
    full, busy = faults.new_node(earlier), faults.new_node(earlier)
    empty = faults.new_node(earlier, inventory=0)
    faults.publish(earlier, faults.reading(full, FULL))
    eventually(lambda: faults.count(earlier, full) == 1)
    twin = earlier.request("GET", "/twin", role="viewer").json()
    kept_before = _kept(before)

    home = Home(folder=before.folder)
    before.omnitrack("local", "down")
    home.omnitrack("local", "up")
    log = tmp_path_factory.mktemp("preview") / "events.jsonl"
    home.omnitrack("preview", "-s", STACK, "--event-log", str(log))
    platform = Platform(home=home)
    with Sender(platform, busy) as sender:
        home.omnitrack("up", "-s", STACK)
    return Upgrade(
        platform=platform,
        full=full,
        empty=empty,
        busy=busy,
        sent=sender.sent,
        twin=twin,
        steps=_steps(log),
        kept_before=kept_before,
        kept_after=_kept(home),
    )


def _kept(home: Home) -> dict[str, str]:
    return {one["urn"]: one["id"] for one in home.state(STACK) if one["type"] in KEPT}


def _steps(log: Path) -> dict[str, set[str]]:
    """The operations of a preview, each with the types that it is for."""
    found: dict[str, set[str]] = {}
    for line in log.read_text().splitlines():
        metadata = json.loads(line).get("resourcePreEvent", {}).get("metadata")
        if metadata:
            found.setdefault(metadata["op"], set()).add(metadata["type"])
    return found


def test_nothing_that_keeps_something_is_replaced_or_deleted(upgrade: Upgrade) -> None:
    gone = {type_ for step, types in upgrade.steps.items() if step not in HARMLESS for type_ in types}
    assert gone <= REPLACED
    assert {urn: upgrade.kept_after.get(urn) for urn in upgrade.kept_before} == upgrade.kept_before
    assert {urn.split("::")[2].split("$")[-1] for urn in upgrade.kept_before} == set(KEPT)


def test_the_network_and_its_readings_are_still_there(upgrade: Upgrade) -> None:
    after = upgrade.platform.request("GET", "/twin", role="viewer").json()
    nodes = {node["id"]: node for node in after["nodes"]}
    changed_by_others = {upgrade.busy, upgrade.empty, upgrade.full}
    for node in upgrade.twin["nodes"]:
        seen = nodes[node["id"]]
        if node["id"] not in changed_by_others:
            assert {name: seen[name] for name in node if name != "risk"} == _without_risk(node)
    assert after["lanes"] == upgrade.twin["lanes"]


def _without_risk(node: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in node.items() if name != "risk"}


def test_readings_that_are_sent_during_the_update_are_stored(
    upgrade: Upgrade, eventually: Eventually
) -> None:
    assert upgrade.sent > 0
    eventually(lambda: faults.count(upgrade.platform, upgrade.busy) == upgrade.sent)
    assert faults.letters(upgrade.platform, "readings", upgrade.busy) == []


def test_alerts_begin_with_the_next_reading_and_the_next_change(
    upgrade: Upgrade, eventually: Eventually
) -> None:
    platform, empty = upgrade.platform, upgrade.empty
    faults.publish(platform, faults.reading(upgrade.full, FULL))
    seen = platform.request("GET", f"/twin/nodes/{empty}", role="operations_manager")
    done = platform.request(
        "PUT",
        f"/twin/nodes/{empty}",
        role="operations_manager",
        json=faults.NODE | {"inventory": 1},
        headers={"If-Match": seen.headers["etag"]},
    )
    assert done.status_code == 200, done.text
    for node, rule in ((upgrade.full, "utilization"), (empty, "inventory")):
        (alert,) = eventually(lambda node=node: faults.alerts(platform, node))
        assert (alert["rule"], alert["status"]) == (rule, "open")
    faults.publish(platform, faults.reading(upgrade.full, FREE))
    eventually(lambda: faults.statuses(platform, upgrade.full) == ["resolved"])


def test_a_second_update_changes_nothing(upgrade: Upgrade) -> None:
    said = upgrade.platform.home.omnitrack("preview", "-s", STACK, "--", "--expect-no-changes").stdout
    assert " unchanged" in said
