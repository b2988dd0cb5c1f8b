"""What follows a change: each function gets its part of the stream, and nothing is lost on the way."""

import json
from typing import Any

import pytest

from tests.support.program import Deployed

MAPPING = "aws:lambda/eventSourceMapping:EventSourceMapping"
STREAMS = ("alert-evaluator-changes", "realtime-push-changes")
KEYS: dict[str, dict[str, str]] = {
    "node": {"PK": "NETWORK#main", "SK": "NODE#x"},
    "node of a shard": {"PK": "NETWORK#main#2of4", "SK": "NODE#x"},
    "lane": {"PK": "NETWORK#main", "SK": "LANE#x#y"},
    "alert": {"PK": "ALERT#1", "SK": "ALERT"},
    "pointer": {"PK": "NODE#x", "SK": "ALERT#2026-11-24T08:00:00Z#1"},
    "reading": {"PK": "NODE#x", "SK": "READING#2026-11-24T08:00:00Z#1"},
    "standing": {"PK": "STANDING#node:x", "SK": "RULE#status"},
    "audit event": {"PK": "AUDIT#2026-11-24", "SK": "2026-11-24T08:00:00Z#1"},
}


def admits(mapping: Any, keys: dict[str, str]) -> bool:
    """Whether one of the filters fits: each names prefixes of keys."""
    patterns = [json.loads(each["pattern"]) for each in mapping["filterCriteria"]["filters"]]
    return any(
        all(
            keys[key].startswith(prefix["prefix"])
            for key, wanted in pattern["dynamodb"]["Keys"].items()
            for prefix in wanted["S"]
        )
        for pattern in patterns
    )


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        (STREAMS[0], {"node", "node of a shard", "alert"}),
        (STREAMS[1], {"node", "node of a shard", "lane", "alert"}),
    ],
)
def test_a_function_is_woken_by_what_it_acts_on_only(staging: Deployed, name: str, wanted: set[str]) -> None:
    mapping = staging.only(MAPPING, name)
    assert {entity for entity, keys in KEYS.items() if admits(mapping, keys)} == wanted


@pytest.mark.parametrize("name", STREAMS)
def test_a_change_is_tried_for_nearly_as_long_as_the_stream_keeps_it(staging: Deployed, name: str) -> None:
    mapping = staging.only(MAPPING, name)
    assert "/stream/" in mapping["eventSourceArn"]
    assert mapping["startingPosition"] == "TRIM_HORIZON"
    assert mapping["maximumRetryAttempts"] == -1
    assert 22 * 3600 <= mapping["maximumRecordAgeInSeconds"] < 24 * 3600
    assert mapping["bisectBatchOnFunctionError"] is True
    assert (mapping["batchSize"], mapping["maximumBatchingWindowInSeconds"]) == (100, 0)
    failed = mapping["destinationConfig"]["onFailure"]["destinationArn"]
    assert failed.endswith(":omnitrack-staging-evaluations-dead-letters")


@pytest.mark.parametrize(("name", "batches"), [*zip(STREAMS, (4, 1), strict=True)])
def test_only_who_judges_each_node_by_itself_takes_batches_side_by_side(
    staging: Deployed, name: str, batches: int
) -> None:
    assert staging.only(MAPPING, name)["parallelizationFactor"] == batches


@pytest.mark.parametrize("function", ["alert-evaluator", "realtime-push"])
def test_who_reads_the_stream_may_say_what_it_gave_up(staging: Deployed, function: str) -> None:
    granted = {
        (action, resource.rpartition(":")[2])
        for statement in staging.one("aws:iam/rolePolicy:RolePolicy", function).policy()
        for action in statement["Action"]
        for resource in statement["Resource"]
    }
    assert ("sqs:SendMessage", "omnitrack-staging-evaluations-dead-letters") in granted
    policy = staging.one("aws:sqs/queuePolicy:QueuePolicy", "evaluations-reaction-dead-letters").policy()
    assert f"Role/{function}" in str(policy[0]["Principal"])


@pytest.mark.parametrize(
    ("purpose", "function", "senders"),
    [("evaluations", "alert-evaluator", []), ("notifications", "alert-notifier", ["alert-evaluator"])],
)
def test_a_queue_is_read_by_one_function_and_filled_by_who_must(
    staging: Deployed, purpose: str, function: str, senders: list[str]
) -> None:
    mapping = staging.one(MAPPING, f"{purpose}-reaction")
    assert mapping.inputs["eventSourceArn"].endswith(f":omnitrack-staging-{purpose}")
    assert any(urn.endswith(f"Alias::{function}") for urn in mapping.depends_on)
    statements = staging.one("aws:sqs/queuePolicy:QueuePolicy", f"{purpose}-reaction").policy()
    allowed = [arn.rpartition("/")[2] for each in statements[:-1] for arn in each["Principal"]["AWS"]]
    assert allowed == senders
    assert statements[-1]["Effect"] == "Deny"
