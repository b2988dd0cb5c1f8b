"""Notifications on a real queue and a real topic."""

import json
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError
from omnitrack.adapters.notifications import AlertTopic, NotificationQueue
from omnitrack.domain.errors import UnavailableError
from omnitrack.domain.notifications import compose

from tests.functions.alert_fakes import alert
from tests.functions.test_alert_notifications import PLACE, notification

pytestmark = [pytest.mark.cloud, pytest.mark.xdist_group("functions-table")]


@pytest.fixture
def queue(aws: Callable[[str], Any]) -> Any:
    sqs = aws("sqs")
    url = sqs.create_queue(QueueName=f"queue-{uuid.uuid4().hex}")["QueueUrl"]
    yield url
    sqs.delete_queue(QueueUrl=url)


def test_a_notification_travels_as_json(aws: Callable[[str], Any], queue: str) -> None:
    NotificationQueue(aws("sqs"), queue).send(notification("critical", "escalated"))
    (received,) = aws("sqs").receive_message(QueueUrl=queue)["Messages"]
    assert json.loads(received["Body"]) == {
        "alertId": "alert-1",
        "cause": "escalated",
        "severity": "critical",
    }


def test_a_subscriber_gets_subject_text_and_attributes(aws: Callable[[str], Any], queue: str) -> None:
    sns = aws("sns")
    topic = sns.create_topic(Name=f"alerts-{uuid.uuid4().hex}")["TopicArn"]
    arn = aws("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"][
        "QueueArn"
    ]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    message = compose(alert(), "opened", "Zürich", PLACE)
    AlertTopic(sns, topic).publish(message)
    (received,) = aws("sqs").receive_message(QueueUrl=queue, WaitTimeSeconds=5)["Messages"]
    body = json.loads(received["Body"])
    assert (body["Subject"], body["Message"]) == (message.subject, message.text)
    assert body["MessageAttributes"]["severity"] == {"Type": "String", "Value": "high"}
    assert body["MessageAttributes"]["priority"] == {"Type": "Number", "Value": "0.675"}
    sns.delete_topic(TopicArn=topic)


def test_services_that_are_out_of_reach_may_answer_later() -> None:
    class Broken:
        def __getattr__(self, _name: str) -> Any:
            raise EndpointConnectionError(endpoint_url="http://127.0.0.1:1")

    broken: Any = Broken()
    sends: list[Callable[[], None]] = [
        lambda: NotificationQueue(broken, "url").send(notification()),
        lambda: AlertTopic(broken, "arn").publish(compose(alert(), "opened", None, PLACE)),
    ]
    for send in sends:
        with pytest.raises(UnavailableError):
            send()
