"""Pages of lists while others write: what was there from the beginning comes exactly once."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.e2e import stored
from tests.e2e.home import Platform

READER = "director"
FIRST = [f"paging-{number:02}" for number in range(0, 24, 2)]
LATER = [f"paging-{number:02}" for number in range(1, 24, 2)]
# Of one moment in a quarter of the cases: a page may end between two that are equally old.
START = datetime.now(UTC) - timedelta(minutes=5)


def opened(name: str) -> datetime:
    return START + timedelta(seconds=int(name[-2:]) // 4)


@pytest.fixture(scope="module", autouse=True)
def kept(platform: Platform) -> Iterator[None]:
    yield
    for name in [*FIRST, *LATER]:
        stored.remove_alert(platform, name)
    stored.remove_nodes_alone(platform, [*FIRST, *LATER])


def pages(
    platform: Platform, path: str, query: str, between: Callable[[int], None]
) -> Iterator[dict[str, Any]]:
    """All pages of a list, with something that happens after each."""
    cursor = ""
    for number in range(1_000):
        answer = platform.request("GET", f"{path}?{query}{cursor}", role=READER)
        assert answer.status_code == 200, answer.text
        yield answer.json()
        if "cursor" not in answer.json():
            return
        cursor = f"&cursor={answer.json()['cursor']}"
        between(number)
    raise AssertionError("the pages have no end")


def once(seen: list[str], expected: list[str]) -> None:
    assert len(seen) == len(set(seen)), "something came twice"
    assert set(expected) <= set(seen), "something is missing"


@pytest.mark.parametrize("limit", [3, 7])
@pytest.mark.parametrize("outline", ["", "&summary"])
def test_the_twin_pages_exactly_while_nodes_come_and_change(
    platform: Platform, limit: int, outline: str
) -> None:
    for name in FIRST:
        stored.put_node(platform, name)
    stored.remove_nodes_alone(platform, LATER)
    whole = platform.request("GET", "/twin?limit=1000", role=READER).json()

    def write(number: int) -> None:
        if number < len(LATER):
            stored.put_node(platform, LATER[number])
            stored.change_node(platform, FIRST[number])

    found = list(pages(platform, "/twin", f"limit={limit}{outline}", write))
    assert all(len(page["nodes"]) + len(page["lanes"]) <= limit for page in found)
    once([node["id"] for page in found for node in page["nodes"]], [node["id"] for node in whole["nodes"]])
    lanes = [[(lane["from"], lane["to"]) for page in of for lane in page["lanes"]] for of in (found, [whole])]
    assert lanes[0] == lanes[1]


@pytest.mark.parametrize("limit", [1, 5])
@pytest.mark.parametrize(
    "query", ["node=paging", "severity=low", "status=open", "status=open&severity=low", ""]
)
def test_alerts_page_exactly_while_others_open(platform: Platform, query: str, limit: int) -> None:
    for name in FIRST:
        stored.put_alert(platform, name, node="paging", at=opened(name))
    for name in LATER:
        stored.remove_alert(platform, name)

    def write(number: int) -> None:
        if number < len(LATER):  # of the moments that the pages have not come to, and of those behind them
            stored.put_alert(platform, LATER[number], node="paging", at=opened(LATER[number]))

    found = list(pages(platform, "/alerts", f"limit={limit}&{query}", write))
    assert all(len(page["alerts"]) <= limit for page in found)
    seen = [alert for page in found for alert in page["alerts"]]
    once([alert["id"] for alert in seen], FIRST)
    moments = [alert["openedAt"] for alert in seen]
    assert moments == sorted(moments, reverse=True), "newest first"


@pytest.mark.parametrize("query", ["", "&user={user}"])
def test_the_audit_trail_pages_exactly_while_people_act(platform: Platform, query: str) -> None:
    for name in FIRST:
        stored.put_node(platform, name)
        stored.change_node(platform, name)
    latest = platform.request("GET", "/audit?limit=40", role=READER).json()["events"]
    user = next(event["actor"]["id"] for event in latest if event["subject"] == f"node:{FIRST[-1]}")
    query = query.format(user=user)
    since = latest[-1]["at"]
    before = platform.request("GET", f"/audit?limit=1000&from={since}{query}", role=READER).json()["events"]

    def write(number: int) -> None:
        stored.change_node(platform, FIRST[number % len(FIRST)])

    # As newest comes first, what happens meanwhile belongs to no later page.
    found = list(pages(platform, "/audit", f"limit=3&from={since}{query}", write))
    assert all(len(page["events"]) <= 3 for page in found)
    seen = [event["id"] for page in found for event in page["events"]]
    assert seen == [event["id"] for event in before]
