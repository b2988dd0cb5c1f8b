"""From a reading to the mailbox: table, stream, queue and topic on this machine, deliveries that fail."""

import json
import random
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from omnitrack import wiring
from omnitrack.adapters.alerts import AlertsTable
from omnitrack.adapters.criticality import LaneCriticality
from omnitrack.adapters.network import NetworkTable
from omnitrack.adapters.node_states import NodeStatesTable
from omnitrack.adapters.notifications import AlertTopic, NotificationLedger, NotificationQueue
from omnitrack.adapters.readings import ReadingsTable
from omnitrack.adapters.standings import StandingsTable
from omnitrack.adapters.table import Table
from omnitrack.domain.alerts import AlertFilter
from omnitrack.domain.errors import UnavailableError
from omnitrack.domain.evaluator import Evaluator
from omnitrack.domain.notifications import Notifier
from omnitrack.domain.sensors import Reading
from omnitrack.domain.thresholds import USUAL
from omnitrack.domain.twin import Location, Node, Precondition
from omnitrack.handlers import alert_evaluator, alert_notifier

from tests.functions.calls import CONTEXT, NOW
from tests.functions.conftest import World
from tests.functions.stream_records import queue_record
from tests.functions.test_alert_notifications import PLACE

pytestmark = [pytest.mark.cloud, pytest.mark.xdist_group("functions-table")]

NODE = Node(name="Port", type="port", location=Location(latitude=0, longitude=0), capacity=100, inventory=50)


@dataclass
class Deployed:
    """The functions' parts as the program joins them."""

    table: Table
    streams: Any
    sqs: Any
    notifications: str
    mailbox: str

    def put(self, node_id: str) -> None:
        NetworkTable(self.table).put_node(node_id, NODE, Precondition(), NOW)

    def read(self, node_id: str, used: float, *, age: int = 0, message: str = "") -> None:
        reading = Reading(
            message_id=message or str(uuid.uuid4()),
            node_id=node_id,
            timestamp=NOW - timedelta(seconds=age),
            sensor_type="stock",
            metrics={"utilization": used},
            source="test",
        )
        ReadingsTable(self.table).record(reading, NOW)

    def changes(self) -> list[dict[str, Any]]:
        """All that the stream has, in its order, with the source that Lambda adds."""
        (stream,) = self.streams.list_streams(TableName=self.table.name)["Streams"]
        arn, records = stream["StreamArn"], []
        for shard in self.streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]:
            iterator = self.streams.get_shard_iterator(
                StreamArn=arn, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
            )["ShardIterator"]
            while iterator:
                answer = self.streams.get_records(ShardIterator=iterator)
                iterator = answer.get("NextShardIterator") if answer["Records"] else None
                records += answer["Records"]
        return [record | {"eventSource": "aws:dynamodb"} for record in records]

    def received(self, url: str) -> Iterator[str]:
        while found := self.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
            for message in found:
                yield message["Body"]
                self.sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])

    def notify(self) -> None:
        """Let the notifier take what the queue has, each twice."""
        for body in self.received(self.notifications):
            for _ in range(2):
                answer = alert_notifier.handler({"Records": [queue_record(body)]}, CONTEXT)
                assert answer == {"batchItemFailures": []}

    def mails(self) -> list[str]:
        return [json.loads(body)["Subject"] for body in self.received(self.mailbox)]

    def alerts(self, **wanted: Any) -> list[Any]:
        return AlertsTable(self.table).page(AlertFilter(**wanted), limit=1000, after=None)[0]


@pytest.fixture
def deployed(
    world: World,  # noqa: ARG001 - the other wiring
    aws: Callable[[str], Any],
    table_name: str,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Deployed]:
    sqs, sns = aws("sqs"), aws("sns")
    queues = [sqs.create_queue(QueueName=f"{name}-{uuid.uuid4().hex}")["QueueUrl"] for name in ("n", "m")]
    topic = sns.create_topic(Name=f"alerts-{uuid.uuid4().hex}")["TopicArn"]
    mailbox = sqs.get_queue_attributes(QueueUrl=queues[1], AttributeNames=["QueueArn"])["Attributes"][
        "QueueArn"
    ]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=mailbox)
    table = Table(aws("dynamodb"), table_name)
    alerts, outbox = AlertsTable(table), NotificationQueue(sqs, queues[0])
    evaluator = Evaluator(
        states=NodeStatesTable(table),
        standings=StandingsTable(table),
        alerts=alerts,
        outbox=outbox,
        criticality=LaneCriticality(table),
        thresholds=USUAL,
    )
    notifier = Notifier(
        alerts=alerts,
        ledger=NotificationLedger(table),
        topic=AlertTopic(sns, topic),
        place=PLACE,
        name_of=lambda node_id: NetworkTable(table).node(node_id).name,
    )
    for name, value in {"evaluator": evaluator, "outbox": outbox, "notifier": notifier}.items():
        monkeypatch.setattr(wiring, name, lambda value=value: value)
    yield Deployed(table, aws("dynamodbstreams"), sqs, *queues)
    sns.delete_topic(TopicArn=topic)
    for url in queues:
        sqs.delete_queue(QueueUrl=url)


def deliver(records: list[dict[str, Any]]) -> list[str]:
    answer = alert_evaluator.handler({"Records": records}, CONTEXT)
    return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]


def test_a_reading_that_crosses_a_threshold_reaches_the_mailbox_and_a_worse_one_again(
    deployed: Deployed,
) -> None:
    deployed.put("a")
    for used in (0.5, 0.87, 0.88):
        deployed.read("a", used, age=int(100 - used * 100))
    assert deliver(deployed.changes()) == []
    assert deliver(deployed.changes()) == []
    deployed.notify()
    deployed.read("a", 0.97)
    assert deliver(deployed.changes()) == []
    assert deliver(deployed.changes()) == []
    deployed.notify()
    (alert,) = deployed.alerts()
    assert (alert.count, alert.severity, alert.status) == (3, "critical", "open")
    assert deployed.mails() == [
        "[OmniTrack staging] HIGH: Port - utilization is 85 % or more",
        "[OmniTrack staging] CRITICAL: Port - utilization is 95 % or more",
    ]


def test_readings_over_many_connections_and_batches_that_fail_end_as_the_newest_say(
    deployed: Deployed, monkeypatch: pytest.MonkeyPatch
) -> None:
    chance = random.Random(6)  # noqa: S311 - an order, no secret
    for node_id in "abc":
        deployed.put(node_id)
    sent = [(n, used, age) for n in "abc" for age, used in enumerate([0.97, 0.5, 0.9, 0.88, 0.5, 0.96])]
    deliveries = [(n, used, age, f"{n}-{age}") for n, used, age in sent] * 2
    chance.shuffle(deliveries)
    with ThreadPoolExecutor(4) as connections:
        list(connections.map(lambda r: deployed.read(r[0], r[1], age=r[2], message=r[3]), deliveries))
    transact = deployed.table.transact

    def sometimes(*writes: Any) -> None:
        fate = chance.random()
        if fate < 0.2:
            raise UnavailableError("the table does not answer at the moment: try again")
        transact(*writes)
        if fate > 0.8:
            raise UnavailableError("the table is out of reach at the moment: try again")

    monkeypatch.setattr(deployed.table, "transact", sometimes)
    records, done = deployed.changes(), 0
    while done < len(records):
        batch = records[max(0, done - chance.randint(0, 3)) : done + chance.randint(1, 8)]
        failed = deliver(batch)
        where = [record["dynamodb"]["SequenceNumber"] for record in records]
        done = where.index(failed[0]) if failed else where.index(batch[-1]["dynamodb"]["SequenceNumber"]) + 1
    monkeypatch.undo()
    unresolved = deployed.alerts(status="open")
    assert sorted((one.node_id, one.rule, one.severity) for one in unresolved) == [
        (node_id, "utilization", "critical") for node_id in "abc"
    ]


def test_workers_on_the_same_batch_at_the_same_time_open_each_alert_once(deployed: Deployed) -> None:
    for node_id in "abcd":
        deployed.put(node_id)
        deployed.read(node_id, 0.97)
    records = deployed.changes()
    with ThreadPoolExecutor(4) as workers:
        assert list(workers.map(deliver, [records] * 8)) == [[]] * 8
    assert sorted(one.node_id for one in deployed.alerts()) == list("abcd")
    assert {one.count for one in deployed.alerts()} == {1}


def test_images_that_the_stream_lost_are_made_good(deployed: Deployed) -> None:
    deployed.put("a")
    deployed.read("a", 0.97)
    lost = queue_record(json.dumps({"DDBStreamBatchInfo": {"shardId": "s"}}))
    assert deliver([lost]) == []
    assert deliver([lost]) == []
    deployed.notify()
    assert deployed.mails() == ["[OmniTrack staging] CRITICAL: Port - utilization is 95 % or more"]
