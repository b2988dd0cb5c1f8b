"""What each function is there for, done once: so that whatever it may do, it does."""

import base64
import copy
import json
import uuid
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from omnitrack.adapters.alerts import alert_item
from omnitrack.adapters.table import to_attributes
from omnitrack.domain.alerts import Alert
from omnitrack.domain.values import moment_text

from tests.e2e.home import Platform
from tests.e2e.sockets import connected

NETWORK = "NETWORK#main"
NODE = {
    "name": "Grant test",
    "type": "warehouse",
    "location": {"latitude": 1.3, "longitude": 103.8},
    "capacity": 1000,
}
NEVER = {"If-Match": '"999"'}  # no version is that high
LOST_BATCH = {"DDBStreamBatchInfo": {"shardId": "none"}}
Statuses = list[int]


class Works:
    """The platform's work, piece by piece; every piece can be done any number of times, beside all others.

    What a piece begins with is written by the account's root: no function depends on another that may have
    lost a right.
    """

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._table, self._connections = (
            platform.outputs[name] for name in ("MainTableName", "ConnectionsTableName")
        )
        self._dynamodb, self._sqs, self._lambda, self._iot = (
            platform.client(name) for name in ("dynamodb", "sqs", "lambda", "iot-data")
        )
        for role in ("viewer", "operations_manager", "director"):
            platform.token(role)
        self._raised = self._a_raised_node()
        self._alert = self._an_alert()
        for number in range(2):  # so that the audit trail has more than a page
            self._ask("PUT", f"/twin/nodes/audited-{number}", "operations_manager", json=NODE)
        self.pieces: Mapping[str, Callable[[], Statuses]] = {
            "health": self._health,
            "twin": self._twin,
            "alerts": self._alerts,
            "audit": self._audit,
            "sustainability": self._sustainability,
            "emissions-snapshot": self._snapshot,
            "sensor-ingest": self._ingest,
            "alert-evaluator": self._evaluate,
            "alert-notifier": self._notify,
            "socket-authorizer": self._connect,
            "realtime": self._converse,
            "realtime-push": self._push,
        }

    def _ask(self, method: str, path: str, role: str | None = None, **options: Any) -> int:
        return self._platform.request(method, path, role=role, **options).status_code

    def _health(self) -> Statuses:
        return [self._ask("GET", "/health")]

    def _twin(self) -> Statuses:
        path, role = f"/twin/nodes/grant-{uuid.uuid4().hex[:12]}", "operations_manager"
        return [
            self._ask("PUT", path, role, json=NODE),
            self._ask("GET", path, role),
            self._ask("GET", "/twin?limit=1", role),
            self._ask("DELETE", path, role),
        ]

    def _alerts(self) -> Statuses:
        path, role = f"/alerts/{self._new_alert()}/acknowledge", "operations_manager"
        key = {"Idempotency-Key": str(uuid.uuid4())}
        return [
            self._ask("GET", "/alerts?limit=1", role),
            self._ask("GET", "/alerts?severity=low&limit=1", role),
            self._ask("GET", "/alerts?node=nowhere", role),
            self._ask("PUT", path, role),
            self._ask("PUT", path, role, headers=key),
        ]

    def _audit(self) -> Statuses:
        claims = self._platform.token("operations_manager").split(".")[1]
        user = json.loads(base64.urlsafe_b64decode(claims + "=="))["sub"]
        return [
            self._ask("GET", "/audit?limit=1", "director"),
            self._ask("GET", f"/audit?limit=1&user={user}", "director"),
        ]

    def _sustainability(self) -> Statuses:
        self._delete_all("SUSTAINABILITY#main", "THRESHOLDS")
        path, role = "/sustainability/thresholds", "director"
        key = {"Idempotency-Key": str(uuid.uuid4())}
        return [
            self._ask("GET", "/sustainability", role),
            self._ask("PUT", path, role, json={"networkKg": 1, "nodeKg": 1, "laneKg": 1}),
            self._ask("PUT", path, role, json={"networkKg": 1}, headers=key | NEVER),
        ]

    def _snapshot(self) -> Statuses:
        for standing in self._all("STANDING#network:main"):
            # Within the hour the alert would be the same one again.
            for raised in standing["raised"]["M"].values():
                self._delete_all(f"ALERT#{raised['M']['alertId']['S']}")
        self._delete_all("STANDING#network:main")
        name = self._platform.outputs["FunctionNames"]["emissions-snapshot"]
        answer = self._lambda.invoke(FunctionName=name, Qualifier="live", Payload=b"{}")
        return [500 if "FunctionError" in answer else 200]

    def _ingest(self) -> Statuses:
        for node in (self._new_node(), f"nobody-{uuid.uuid4().hex[:8]}"):
            reading = {
                "messageId": str(uuid.uuid4()),
                "nodeId": node,
                "timestamp": moment_text(datetime.now(UTC)),
                "sensorType": "environment",
                "metrics": {"temperature": 4.5},
                "source": "e2e",
            }
            topic = self._platform.outputs["ReadingsTopic"].replace("{nodeId}", node)
            self._iot.publish(topic=topic, qos=1, payload=json.dumps(reading).encode())
        return []

    def _evaluate(self) -> Statuses:
        node = self._new_node()
        for message in ({"nodeId": node}, LOST_BATCH, "no evaluation"):
            self._send("EvaluationQueueUrl", message)
        return []

    def _notify(self) -> Statuses:
        notification = {"alertId": self._new_alert(), "cause": "opened", "severity": "critical"}
        for message in (notification, "no notification"):
            self._send("NotificationQueueUrl", message)
        return []

    def _connect(self) -> Statuses:
        with suppress(Exception), connected(self._platform):
            return [200]
        return [500]

    def _converse(self) -> Statuses:
        earlier = datetime.now(UTC) - timedelta(minutes=1)
        self._log_frame(earlier)
        since = moment_text(earlier - timedelta(minutes=1))
        with suppress(Exception), connected(self._platform, "alerts") as socket:
            answers = [
                socket.ask("ping"),
                socket.ask("subscribe", "twin", since=since),
                socket.ask("unsubscribe", "alerts"),
            ]
            return [500 if answer["type"] == "error" else 200 for answer in answers]
        return [500]

    def _push(self) -> Statuses:
        end = int((datetime.now(UTC) + timedelta(hours=1)).timestamp())
        for token_end in (end, 1):
            row = {"user": "somebody", "roles": ["viewer"], "tokenExpiresAt": token_end, "expiresAt": end}
            key = {"PK": "CHANNEL#twin", "SK": f"gone-{uuid.uuid4().hex[:12]}="}
            self._put(self._connections, key | row)
        self._new_node()
        return []

    def _a_raised_node(self) -> dict[str, Any]:
        """A node that something is wrong with, as it is stored."""
        answer = self._platform.request("GET", "/alerts?severity=critical&limit=100", role="viewer")
        for alert in answer.json()["alerts"]:
            key = {"PK": {"S": NETWORK}, "SK": {"S": f"NODE#{alert.get('nodeId')}"}}
            item = self._dynamodb.get_item(TableName=self._table, Key=key).get("Item")
            if item:
                return {name: TypeDeserializer().deserialize(value) for name, value in item.items()}
        raise AssertionError("nothing is wrong with any node")

    def _an_alert(self) -> dict[str, Any]:
        answer = self._platform.request("GET", "/alerts?status=open&limit=1", role="viewer")
        alert: dict[str, Any] = answer.json()["alerts"][0]
        return alert

    def _new_node(self) -> str:
        """Another node that the same is wrong with; its image goes to every consumer."""
        node = f"grant-{uuid.uuid4().hex[:12]}"
        self._put(self._table, copy.deepcopy(self._raised) | {"SK": f"NODE#{node}", "id": node})
        return node

    def _new_alert(self) -> str:
        alert = Alert.model_validate(
            self._alert | {"id": str(uuid.uuid4()), "subject": f"node:{uuid.uuid4()}"}
        )
        self._dynamodb.put_item(TableName=self._table, Item=to_attributes(alert_item(alert)))
        return alert.id

    def _log_frame(self, at: datetime) -> None:
        moment = moment_text(at)
        key = {"PK": f"EVENTS#twin#{moment[:13]}", "SK": f"{moment}#{uuid.uuid4()}"}
        frame = {"type": "twin.changed", "channel": "twin", "timestamp": moment, "data": {}}
        self._put(self._connections, key | {"frame": json.dumps(frame)})

    def _delete_all(self, partition: str, start: str = " ") -> None:
        """Delete the items of a partition from a sort key on."""
        for item in self._all(partition, start):
            self._dynamodb.delete_item(TableName=self._table, Key={key: item[key] for key in ("PK", "SK")})

    def _all(self, partition: str, start: str = " ") -> list[dict[str, Any]]:
        found = self._dynamodb.query(
            TableName=self._table,
            KeyConditionExpression="PK = :pk AND SK >= :start",
            ExpressionAttributeValues={":pk": {"S": partition}, ":start": {"S": start}},
        )
        return list(found["Items"])

    def _put(self, table: str, item: Mapping[str, Any]) -> None:
        write = TypeSerializer().serialize
        self._dynamodb.put_item(TableName=table, Item={name: write(value) for name, value in item.items()})

    def _send(self, queue: str, message: object) -> None:
        self._sqs.send_message(QueueUrl=self._platform.outputs[queue], MessageBody=json.dumps(message))
