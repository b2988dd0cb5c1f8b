"""A preview is read from event log and digest alike; what is missing or cut off proves nothing."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from runbook.changes import document
from runbook.changes.model import Operation, Place, Preview

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

STACK = "urn:pulumi:dev::omnitrack::pulumi:pulumi:Stack::omnitrack-dev"
TABLE = "urn:pulumi:dev::omnitrack::omnitrack:tables:Tables$aws:dynamodb/table:Table::main"
QUEUE = "urn:pulumi:dev::omnitrack::aws:sqs/queue:Queue::ingest"
PROVIDER = "urn:pulumi:dev::omnitrack::pulumi:providers:aws::default_7_51_1"
DONE = {"summaryEvent": {"result": "succeeded", "isPreview": True}}
FORCED = {"attributes[0].name": "update", "hashKey": "update-replace", "rangeKey": "add-replace"}


def log(*events: dict[str, Any]) -> str:
    return "\n".join(map(json.dumps, events))


def step(operation: str, urn: str = TABLE, **more: Any) -> dict[str, Any]:
    return {"resourcePreEvent": {"metadata": {"op": operation, "urn": urn, **more}}}


def said(message: str, severity: str) -> dict[str, Any]:
    return {"diagnosticEvent": {"message": message, "severity": severity}}


def operations(preview: Preview) -> list[tuple[str, str]]:
    return [(change.name, change.operation) for change in preview.changes]


@pytest.mark.parametrize(
    ("steps", "operation"),
    [
        (["create"], "create"),
        (["update"], "update"),
        (["delete"], "delete"),
        (["delete-replaced", "replace", "create-replacement"], "replace"),
        (["create-replacement"], "replace"),
        (["import-replacement"], "replace"),
        (["import"], "import"),
        (["discard"], "forget"),
        (["remove-pending-replace", "create"], "create"),
        # A replacement that was broken off: its old half goes now, whatever is done to the new one.
        (["delete-replaced", "update"], "delete"),
        (["refresh", "update"], "update"),
    ],
    ids=" ".join,
)
def test_the_steps_of_a_resource_are_one_change(steps: Sequence[str], operation: str) -> None:
    for order in (steps, [*reversed(steps)]):
        preview = document.from_events(log(*map(step, order), DONE))
        assert operations(preview) == [("main", operation)]


@pytest.mark.parametrize("kind", ["same", "read", "refresh", "read-replacement", "diff"])
def test_what_changes_nothing_is_no_change(kind: str) -> None:
    preview = document.from_events(log(step(kind), step("create", STACK), step("create", PROVIDER), DONE))
    assert preview.changes == ()
    assert preview.complete


@pytest.mark.parametrize("kind", ["no-such-step", ""])
def test_a_step_that_nobody_knows_is_a_change_of_its_own_kind(kind: str) -> None:
    digest = {"steps": [step(kind)["resourcePreEvent"]["metadata"]], "changeSummary": {}}
    for preview in (document.from_events(log(step(kind), DONE)), document.from_digest(json.dumps(digest))):
        assert operations(preview) == [("main", "unknown")]
        assert preview.changes[0].steps == (kind or "a step without a name",)
    # What is known to be graver stays it.
    assert operations(document.from_events(log(step(kind), step("delete"), DONE))) == [("main", "delete")]


def test_event_log_and_digest_tell_the_same_change() -> None:
    old = {"retainOnDelete": True, "inputs": {}}
    events = step(
        "replace",
        keys=["hashKey"],
        diffs=["hashKey"],
        detailedDiff={path: {"diffKind": kind} for path, kind in FORCED.items()},
        old=old,
        new={},
    )
    digest = {
        "steps": [
            {
                "op": "replace",
                "urn": TABLE,
                "oldState": old,
                "diffReasons": ["hashKey"],
                "replaceReasons": ["hashKey"],
                "detailedDiff": {path: {"kind": kind} for path, kind in FORCED.items()},
            }
        ],
        "changeSummary": {"replace": 1},
    }
    first, second = (
        document.from_events(log(events, DONE)),
        document.from_digest(json.dumps(digest, indent=4)),
    )
    assert first == second
    (change,) = first.changes
    assert (change.type, change.name, change.retained) == ("aws:dynamodb/table:Table", "main", True)
    assert change.changed == ("attributes[0].name", "hashKey", "rangeKey")
    assert change.forcing == ("hashKey", "rangeKey")


def test_without_a_detailed_diff_the_keys_are_what_is_known() -> None:
    digest = {"op": "replace", "urn": TABLE, "diffReasons": ["a", "b"], "replaceReasons": ["b"]}
    (change,) = document.from_digest(json.dumps({"steps": [digest], "changeSummary": {}})).changes
    assert (change.changed, change.forcing) == (("a", "b"), ("b",))


@pytest.mark.parametrize(
    ("positions", "place"),
    [
        (["project:///components/tables.py#31"], Place(file="components/tables.py", line=31)),
        (["project:///components/tables.py#31,12"], Place(file="components/tables.py", line=31)),
        (
            ["project:///.venv/lib/pulumi/resource.py#1", "project:///../x.py#2", "project:///__main__.py#3"],
            Place(file="__main__.py", line=3),
        ),
        (["somewhere"], None),
        ([], None),
    ],
)
def test_the_place_is_the_nearest_line_of_the_projects_own(
    positions: Sequence[str], place: Place | None
) -> None:
    frames = [{"sourcePosition": position} for position in positions]
    state = {**(frames[0] if frames else {}), "stackTrace": [*frames, {}]}
    digest = {"steps": [{"op": "create", "urn": TABLE, "newState": state}], "changeSummary": {}}
    (change,) = document.from_digest(json.dumps(digest)).changes
    assert change.place == place
    assert document.places([{"urn": TABLE, **state}]) == ({TABLE: place} if place else {})


def test_no_value_of_a_property_is_in_what_was_read() -> None:
    inputs = {"name": "confidential-4711", "tags": {"confidential-4711": "confidential-4711"}}
    events = log(step("update", QUEUE, diffs=["name"], old={"inputs": inputs}, new={"inputs": inputs}), DONE)
    assert "confidential-4711" not in repr(document.from_events(events))


def test_what_stands_around_a_digest_is_passed_over() -> None:
    digest = json.dumps({"steps": [{"op": "create", "urn": TABLE}], "changeSummary": {"create": 1}}, indent=4)
    preview = document.from_digest(f"LOCAL CLOUD, account 000000000000\n{digest}\nerror: no\n")
    assert operations(preview) == [("main", "create")]
    assert preview.complete


def test_errors_make_a_preview_incomplete() -> None:
    fault = {"message": "error: no such key\n", "severity": "error"}
    preview = document.from_digest(json.dumps({"diagnostics": [fault], "changeSummary": {}}))
    assert (preview.errors, preview.complete) == (("no such key",), False)
    failed = document.from_events(log(said("no such key", "error"), {"summaryEvent": {"result": "failed"}}))
    assert (failed.errors, failed.complete) == (("no such key",), False)


def test_what_is_only_mentioned_is_no_error() -> None:
    assert document.from_events(log(said("a debug line", "debug"), said("a word", "info"), DONE)).errors == ()


GUARD = """violation: sqs-queue-cmk: aws:sqs/queue:Queue "orders" has no key: set kms_master_key_id [critical]
    urn:pulumi:dev::omnitrack::aws:sqs/queue:Queue::orders
advisory: sqs-dlq: aws:sqs/queue:Queue "orders" has no dead-letter queue: set redrive_policy
undecided, and no reason to stop: iam-no-admin (3 resources)
policy: 1 violation, 3 undecided, 1 advisory: """


@pytest.mark.parametrize(
    ("verdict", "stopping"), [("nothing was changed", ["sqs-queue-cmk"]), ("the deployment goes on", [])]
)
def test_the_words_of_the_guard_are_findings_and_no_errors(verdict: str, stopping: list[str]) -> None:
    text = GUARD + verdict
    lines = [{"message": f"{line}\n", "severity": "info#err"} for line in text.splitlines()]
    for preview in (
        document.from_digest(json.dumps({"diagnostics": lines})),
        document.from_events(log(*({"diagnosticEvent": line} for line in lines))),
        document.from_log(text),
    ):
        assert [found.rule for found in preview.policy] == ["sqs-queue-cmk", "sqs-dlq"]
        assert [found.rule for found in preview.policy if found.mandatory] == stopping
        assert preview.errors == ()


def test_the_words_of_the_pack_are_findings() -> None:
    event = {
        "policyEvent": {
            "resourceUrn": QUEUE,
            "policyName": "sqs-queue-cmk",
            "message": "A queue has a key.\nsqs-queue-cmk: no key",
            "enforcementLevel": "mandatory",
        }
    }
    (found,) = document.from_events(log(event, event)).policy
    assert (found.urn, found.rule, found.mandatory) == (QUEUE, "sqs-queue-cmk", True)


def test_a_preview_that_left_only_text_is_told_by_its_errors() -> None:
    preview = document.from_log("warning: old\nerror: no stack named 'x'\nomnitrack: no engine\n")
    assert preview.errors == ("no stack named 'x'", "no engine")


READERS: list[Callable[[str], Preview]] = [document.from_events, document.from_digest, document.from_log]


@pytest.mark.parametrize("read", READERS)
@pytest.mark.parametrize("text", ["", "\n", "{", "[]", "null", "[" * 9999, '{"steps": 3}', "\ud800", '{"a":'])
def test_nothing_that_is_no_record_is_taken_for_a_complete_one(
    read: Callable[[str], Preview], text: str
) -> None:
    preview = read(text)
    assert preview.changes == ()
    assert not preview.complete


@given(cut=some.integers(0, 10_000))
def test_a_record_that_is_cut_off_is_not_complete(cut: int) -> None:
    text = log(*(step("create", f"{QUEUE}-{number}") for number in range(20)), DONE)
    shorter = text[: cut % len(text)]
    assert not document.from_events(shorter).complete
    assert not document.from_digest(shorter).complete


JSON = some.recursive(
    some.none() | some.booleans() | some.integers() | some.text(max_size=5),
    lambda inner: some.lists(inner, max_size=3) | some.dictionaries(some.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)
KEYS = [
    "resourcePreEvent",
    "metadata",
    "op",
    "urn",
    "old",
    "new",
    "oldState",
    "newState",
    "inputs",
    "detailedDiff",
    "keys",
    "diffs",
    "diffReasons",
    "replaceReasons",
    "stackTrace",
    "sourcePosition",
    "diagnosticEvent",
    "message",
    "severity",
    "policyEvent",
    "summaryEvent",
    "steps",
    "diagnostics",
    "changeSummary",
    "retainOnDelete",
    "policy",
    "assumeRolePolicy",
    "inlinePolicies",
]
WORDS = some.sampled_from(
    ["create", "replace", "delete", "error", TABLE, "urn:pulumi:a::b::aws:iam/role:Role::r", "succeeded"]
)
SHAPED = some.recursive(
    JSON | WORDS,
    lambda inner: (
        some.lists(inner, max_size=3) | some.dictionaries(some.sampled_from(KEYS), inner, max_size=4)
    ),
    max_leaves=20,
)


@given(value=SHAPED)
def test_any_shape_is_read_without_a_failure(value: object) -> None:
    text = json.dumps(value)
    for read in READERS:
        preview = read(text)
        assert all(change.operation is not Operation.SAME for change in preview.changes)
