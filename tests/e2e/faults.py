"""Nodes and readings of a test's own, what came of them, and faults that last as long as a test wants."""

import json
import os
import signal
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2

from tests.e2e.home import Platform

NODE = {
    "name": "Fault test",
    "type": "warehouse",
    "location": {"latitude": 1.3, "longitude": 103.8},
    "capacity": 1000,
    "inventory": 900,
}
FULL, FREE = {"utilization": 0.9}, {"utilization": 0.1}  # above and below the bound of `high`
QUEUES = {
    "readings": "IngestQueueUrl",
    "evaluations": "EvaluationQueueUrl",
    "notifications": "NotificationQueueUrl",
}
REDELIVERY_SECONDS = 8
BLINK_SECONDS = 0.003
DENIAL = "denied-for-a-while"
Json = dict[str, Any]


def new_node(platform: Platform, **changes: Any) -> str:
    """A node of its own for a test, so that counts are exact."""
    node = f"fault-{uuid.uuid4().hex[:12]}"
    created = platform.request("PUT", f"/twin/nodes/{node}", role="operations_manager", json=NODE | changes)
    assert created.status_code == 201, created.text
    return node


def reading(node: str, metrics: Json, *, age: float = 0.0, **changes: Any) -> Json:
    """What a sensor of the node measured some seconds ago."""
    taken = datetime.now(UTC) - timedelta(seconds=age)
    return {
        "messageId": str(uuid.uuid4()),
        "nodeId": node,
        "timestamp": taken.isoformat().replace("+00:00", "Z"),
        "sensorType": "load",
        "metrics": metrics,
        "source": "e2e",
        **changes,
    }


def publish(platform: Platform, *readings: Json, client: Any = None) -> None:
    """Send readings to the topics of their nodes, one after another."""
    for one in readings:
        (client or platform.client("iot-data")).publish(
            topic=f"omnitrack/sensors/{one['nodeId']}/data", qos=1, payload=json.dumps(one).encode()
        )


def node_of(platform: Platform, node: str) -> Json:
    """The node as people see it."""
    answer = platform.request("GET", f"/twin/nodes/{node}", role="viewer")
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def count(platform: Platform, node: str) -> int:
    """How many readings the node has taken."""
    return int(node_of(platform, node)["readingCount"])


def alerts(platform: Platform, node: str) -> list[Json]:
    """All alerts of a node, newest first."""
    answer = platform.request("GET", "/alerts", role="viewer", params={"node": node})
    assert answer.status_code == 200, answer.text
    return list(answer.json()["alerts"])


def statuses(platform: Platform, node: str) -> list[str]:
    """The states of a node's alerts in the order of the alphabet: those of one batch were opened at once."""
    return sorted(alert["status"] for alert in alerts(platform, node))


def audit(platform: Platform, subject: str) -> list[Json]:
    """What was done to something, as the trail tells it: newest first, and as far as it was lately."""
    found: list[Json] = []
    query: Json = {"limit": 1000}
    while True:
        answer = platform.request("GET", "/audit", role="director", params=query)
        assert answer.status_code == 200, answer.text
        found += [event for event in answer.json()["events"] if event["subject"] == subject]
        if "cursor" not in answer.json():
            return found
        query["cursor"] = answer.json()["cursor"]


def listen(platform: Platform) -> str:
    """Subscribe an address of a test's own to the alerts, and confirm it; answers the address."""
    address = f"{uuid.uuid4().hex}@example.com"
    platform.client("sns").subscribe(
        TopicArn=platform.outputs["AlertTopicArn"], Protocol="email", Endpoint=address
    )
    done = httpx2.post(
        f"{platform.cloud.endpoint}/_omnitrack/mail/confirm", params={"to": address}, timeout=10
    )
    assert done.status_code == 200, done.text
    return address


def mails(platform: Platform, address: str, node: str) -> list[Json]:
    """The notifications of a node's alerts to an address, newest first."""
    answer = httpx2.get(f"{platform.cloud.endpoint}/_omnitrack/mail", params={"to": address}, timeout=10)
    return [
        mail for mail in answer.json()["mails"] if mail["kind"] == "notification" and node in mail["body"]
    ]


def letters(platform: Platform, queue: str, sign: str) -> list[Json]:
    """The dead letters of a queue that have something in their text."""
    said = platform.home.omnitrack("dead-letters", "list", "--queue", queue, "--json", "--limit", "1000")
    return [letter for letter in json.loads(said.stdout) if sign in letter["payload"]]


def function(name: str) -> str:
    """The physical name of a function."""
    return f"omnitrack-development-{name}"


def is_idle(platform: Platform, queue: str) -> bool:
    """Whether nothing waits in a queue, and nobody works on what it gave out."""
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    answer = platform.client("sqs").get_queue_attributes(
        QueueUrl=platform.outputs[QUEUES[queue]], AttributeNames=names
    )
    return all(int(answer["Attributes"][name]) == 0 for name in names)


@contextmanager
def quick_redelivery(platform: Platform, queue: str, *, seconds: int) -> Iterator[None]:
    """The queue gives again after seconds, and not after minutes, what was not finished."""
    sqs, url = platform.client("sqs"), platform.outputs[QUEUES[queue]]
    name = "VisibilityTimeout"
    usual = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=[name])["Attributes"][name]
    sqs.set_queue_attributes(QueueUrl=url, Attributes={name: str(seconds)})
    try:
        yield
    finally:
        sqs.set_queue_attributes(QueueUrl=url, Attributes={name: usual})


@contextmanager
def brief_redelivery(platform: Platform, eventually: Callable[..., Any]) -> Iterator[None]:
    """No queue lets a test wait for minutes, and none has anything left of earlier or for later tests.

    A message that met another writer, or a worker that died, is due again after the visibility timeout.
    """
    with ExitStack() as queues:
        for queue in QUEUES:
            queues.enter_context(quick_redelivery(platform, queue, seconds=REDELIVERY_SECONDS))
            # What a function without a right had given back would come with the timeout of that time.
            platform.client("sqs").purge_queue(QueueUrl=platform.outputs[QUEUES[queue]])
        yield
        eventually(lambda: all(is_idle(platform, queue) for queue in QUEUES), 60)


@contextmanager
def denied(platform: Platform, name: str, *actions: str) -> Iterator[None]:
    """The role of a function is refused some actions."""
    configuration = platform.client("lambda").get_function_configuration(FunctionName=function(name))
    role = configuration["Role"].rpartition("/")[2]
    statement = {"Effect": "Deny", "Action": list(actions), "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam = platform.client("iam")
    iam.put_role_policy(RoleName=role, PolicyName=DENIAL, PolicyDocument=document)
    try:
        yield
    finally:
        iam.delete_role_policy(RoleName=role, PolicyName=DENIAL)


@contextmanager
def held_back(platform: Platform, name: str, source: str, eventually: Callable[..., Any]) -> Iterator[None]:
    """What a source (`:dynamodb:`, `:sqs:`) has for a function stays there."""
    client = platform.client("lambda")
    found = client.list_event_source_mappings(FunctionName=f"{function(name)}:live")["EventSourceMappings"]
    (mapping,) = [one["UUID"] for one in found if source in one["EventSourceArn"]]

    def switch(*, on: bool) -> None:
        client.update_event_source_mapping(UUID=mapping, Enabled=on)
        wanted = "Enabled" if on else "Disabled"
        eventually(lambda: client.get_event_source_mapping(UUID=mapping)["State"] == wanted)

    switch(on=False)
    try:
        yield
    finally:
        switch(on=True)


@contextmanager
def throttled(platform: Platform, *operations: str, share: float = 1.0) -> Iterator[None]:
    """The tables refuse a share of what functions ask of them, as one does that is over its capacity."""
    file = platform.home.folder / "faults.json"
    file.write_text(json.dumps({"throttled": list(operations), "share": share}))
    try:
        yield
    finally:
        file.unlink()


def node_key(node: str) -> Json:
    """The key of a node's item."""
    return {"PK": {"S": "NETWORK#main"}, "SK": {"S": f"NODE#{node}"}}


def refusals(platform: Platform) -> int:
    """How often a call of a function was throttled."""
    return (platform.home.folder / "logs" / "cloud.log").read_text().count("throttled ")


def stored(platform: Platform, node: str) -> int:
    """How many readings the node's item has counted, whatever functions can see of it."""
    item = platform.client("dynamodb").get_item(
        TableName=platform.outputs["MainTableName"],
        Key=node_key(node),
        ConsistentRead=True,
    )["Item"]
    return int(item.get("readingCount", {"N": "0"})["N"])


@contextmanager
def killing(platform: Platform, *names: str, kills: int) -> Iterator[Counter[str]]:
    """SIGKILL workers of functions that are at work, so many of each; tells how many it met so far."""
    met: Counter[str] = Counter()
    ends = threading.Event()

    def kill() -> None:
        while not ends.is_set():
            for name in names:
                for process in busy_workers(platform, name)[: kills > met[name]]:
                    with suppress(ProcessLookupError):
                        os.kill(process, signal.SIGKILL)
                        met[name] += 1

    thread = threading.Thread(target=kill)
    thread.start()
    try:
        yield met
    finally:
        ends.set()
        thread.join()


def busy_workers(platform: Platform, name: str) -> list[int]:
    """The function's processes that do something: each lives in a folder of its own in the home folder."""
    beginning = str(platform.home.folder.resolve() / "tmp" / f"ministack-lambda-{function(name)}-")
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if str((entry / "cwd").readlink()).startswith(beginning):
                found.append(int(entry.name))
    before = {process: _pauses(process) for process in found}
    time.sleep(BLINK_SECONDS)
    return [process for process in found if _pauses(process) not in {None, before[process]}]


def _pauses(process: int) -> str | None:
    """How often a process has waited for something; None of one that is gone. It grows while it works."""
    try:
        status = Path(f"/proc/{process}/status").read_text()
    except OSError:
        return None
    return next((line for line in status.splitlines() if line.startswith("voluntary_ctxt_switches")), None)
