"""People, devices, the twin and dead letters on a local cloud, with resources made by hand."""

from __future__ import annotations

import base64
import dataclasses
import json
import stat
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from omnitrack.domain.access import ROLES
from omnitrack.domain.twin import Precondition

from localcloud import control
from runbook import audit, dead_letters, demo_network, demo_users, devices, publishing, stacks, twin, users
from runbook.chapters import sensors
from runbook.errors import RunbookError
from runbook.targets import Target

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [pytest.mark.cloud, pytest.mark.xdist_group("runbook-cloud")]

ACCOUNT = "000000000000"
ARN = f"arn:aws:iot:us-east-1:{ACCOUNT}"
THING = "${iot:Connection.Thing.ThingName}"
SENSOR_POLICY = [
    {"Effect": "Allow", "Action": "iot:Connect", "Resource": f"{ARN}:client/{THING}"},
    {"Effect": "Allow", "Action": "iot:Publish", "Resource": f"{ARN}:topic/omnitrack/sensors/{THING}/data"},
]
STRONG = "Strong-Password-1"
PATIENCE_SECONDS = 20


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cloud")


@pytest.fixture(scope="module")
def target(home: Path) -> Iterator[Target]:
    cloud = control.start(home)
    try:
        outputs: dict[str, str] = {}
        made = Target(stack="development", account=ACCOUNT, cloud=cloud, region="us-east-1", outputs=outputs)
        outputs |= make_pool(made) | make_table(made, "main") | make_queues(made) | make_iot(made)
        yield made
    finally:
        control.stop(home)


@pytest.fixture(autouse=True)
def own_home(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMNITRACK_LOCAL_HOME", str(home))
    # Neither leads a local client astray.
    monkeypatch.setenv("AWS_PROFILE", "no-such-profile")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")


def document(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def make_pool(target: Target) -> dict[str, str]:
    cognito = target.client("cognito-idp")
    policy = {"MinimumLength": 12, "RequireUppercase": True, "RequireNumbers": True, "RequireSymbols": True}
    pool = cognito.create_user_pool(
        PoolName="people", UsernameAttributes=["email"], Policies={"PasswordPolicy": policy}
    )
    pool_id = pool["UserPool"]["Id"]
    client = cognito.create_user_pool_client(
        UserPoolId=pool_id,
        ClientName="console",
        ExplicitAuthFlows=["ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
    )
    for role in ROLES:
        cognito.create_group(UserPoolId=pool_id, GroupName=role)
    return {"UserPoolId": pool_id, "UserPoolClientId": client["UserPoolClient"]["ClientId"]}


def make_table(target: Target, name: str) -> dict[str, str]:
    keys = (("PK", "HASH"), ("SK", "RANGE"))
    target.client("dynamodb").create_table(
        TableName=name,
        KeySchema=[{"AttributeName": key, "KeyType": kind} for key, kind in keys],
        AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key, _ in keys],
        BillingMode="PAY_PER_REQUEST",
    )
    return {"MainTableName": name}


def make_queues(target: Target) -> dict[str, str]:
    sqs = target.client("sqs")
    return {
        output: sqs.create_queue(QueueName=name)["QueueUrl"]
        for output, name in (("IngestQueueUrl", "ingest"), ("DeadLetterQueueUrl", "dead-letters"))
    } | {"Readings": sqs.create_queue(QueueName="readings")["QueueUrl"]}


def make_iot(target: Target) -> dict[str, str]:
    iot = target.client("iot")
    iot.create_thing_type(thingTypeName="SupplyChainSensor")
    iot.create_policy(
        policyName="sensor",
        policyDocument=document(*SENSOR_POLICY),
    )
    iam = target.client("iam")
    trust = {"Effect": "Allow", "Principal": {"Service": "iot.amazonaws.com"}, "Action": "sts:AssumeRole"}
    send = {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "*"}
    role = iam.create_role(RoleName="rule", AssumeRolePolicyDocument=document(trust))["Role"]["Arn"]
    iam.put_role_policy(RoleName="rule", PolicyName="send", PolicyDocument=document(send))
    queue = target.client("sqs").get_queue_url(QueueName="readings")["QueueUrl"]
    iot.create_topic_rule(
        ruleName="readings",
        topicRulePayload={
            "sql": "SELECT *, topic(3) AS topicNodeId FROM 'omnitrack/sensors/+/data'",
            "actions": [{"sqs": {"queueUrl": queue, "roleArn": role}}],
        },
    )
    return {"SensorPolicyName": "sensor", "SensorThingTypeName": "SupplyChainSensor"}


def arrived(target: Target, count: int) -> list[dict[str, Any]]:
    """Messages from the readings queue, as soon as there are so many."""
    sqs, url = target.client("sqs"), target.output("Readings")
    found: list[dict[str, Any]] = []
    deadline = time.monotonic() + PATIENCE_SECONDS
    while len(found) < count and time.monotonic() < deadline:
        answer = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=1)
        for message in answer.get("Messages", []):
            found.append(json.loads(message["Body"]))
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return found


def claims(token: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))
    return content


def test_every_demo_user_signs_in_with_an_id_token_of_their_role(target: Target, home: Path) -> None:
    pool, file = users.pool_of(target), home / "demo-users.json"
    demo_users.ensure(pool, file)
    assert demo_users.ensure(pool, file) == 0
    for email, password in demo_users.passwords_in(file).items():
        found = claims(pool.id_token(email, password))
        assert found["token_use"] == "id"
        assert found["cognito:groups"] == [email.partition("@")[0]]


def test_a_wrong_password_is_told_in_a_sentence_without_it(target: Target) -> None:
    pool = users.pool_of(target)
    pool.create("wrong@example.com", STRONG)
    with pytest.raises(RunbookError, match=r"wrong@example.com cannot sign in: ") as caught:
        pool.id_token("wrong@example.com", "Guessed-Password-1")
    assert "Guessed" not in str(caught.value)


def test_nobody_is_left_behind_by_a_weak_password(target: Target) -> None:
    pool = users.pool_of(target)
    with pytest.raises(RunbookError, match=r"the password for weak@example.com is too weak"):
        pool.create("weak@example.com", "weak")
    assert not pool.exists("weak@example.com")


def test_a_user_cannot_be_made_twice(target: Target) -> None:
    pool = users.pool_of(target)
    pool.create("twice@example.com", STRONG)
    with pytest.raises(RunbookError, match=r"twice@example.com exists already"):
        pool.create("twice@example.com", STRONG)


def test_a_new_role_replaces_the_old_one(target: Target) -> None:
    pool = users.pool_of(target)
    pool.create("role@example.com", STRONG)
    pool.give_role("role@example.com", "viewer")
    pool.give_role("role@example.com", "director")
    assert pool.roles_of("role@example.com") == ("director",)
    user = users.User(email="role@example.com", status="CONFIRMED", roles=("director",), enabled=True)
    assert user in pool.users()


def test_a_disabled_user_cannot_sign_in_until_enabled_again(target: Target) -> None:
    pool = users.pool_of(target)
    pool.create("off@example.com", STRONG)
    pool.disable("off@example.com")
    assert [user.enabled for user in pool.users() if user.email == "off@example.com"] == [False]
    with pytest.raises(RunbookError, match=r"off@example.com cannot sign in"):
        pool.id_token("off@example.com", STRONG)
    pool.enable("off@example.com")
    assert claims(pool.id_token("off@example.com", STRONG))["token_use"] == "id"


@pytest.mark.parametrize("change", ["disable", "enable", "id_of"])
def test_nobody_can_be_changed_who_is_not_there(target: Target, change: str) -> None:
    with pytest.raises(RunbookError, match=r"nobody is called ghost@example.com"):
        getattr(users.pool_of(target), change)("ghost@example.com")


def test_what_an_operator_changes_is_audited_in_their_name(target: Target) -> None:
    target = dataclasses.replace(target, outputs=make_table(target, "audited"))
    audit.record(target, "user.disabled", "user:4f1c", detail="left the company")
    (item,) = target.client("dynamodb").scan(TableName="audited")["Items"]
    assert item["PK"]["S"].startswith("AUDIT#")
    assert item["action"]["S"] == "user.disabled"
    assert item["subject"]["S"] == "user:4f1c"
    assert item["actor"]["M"]["id"]["S"].startswith("arn:aws:iam::")


def test_a_role_for_nobody_is_refused(target: Target) -> None:
    with pytest.raises(RunbookError, match=r"nobody is called ghost@example.com"):
        users.pool_of(target).give_role("ghost@example.com", "viewer")


def test_seeding_twice_creates_once_and_leaves_what_people_changed(target: Target) -> None:
    target = dataclasses.replace(target, outputs=make_table(target, "seeded-twice"))
    all_nodes, all_lanes = len(demo_network.nodes()), len(demo_network.lanes())
    assert twin.seed(target) == (
        twin.Seeded(created=all_nodes, kept=0),
        twin.Seeded(created=all_lanes, kept=0),
    )
    network, now = twin.network(target), datetime.now(UTC)
    renamed = demo_network.nodes()["port-busan"].model_copy(update={"name": "Busan New Port"})
    network.put_node("port-busan", renamed, Precondition(exists=True), now)
    network.delete_lane("port-busan", "port-shanghai", Precondition(exists=True), now)
    assert twin.seed(target) == (
        twin.Seeded(created=0, kept=all_nodes),
        twin.Seeded(created=1, kept=all_lanes - 1),
    )
    nodes, lanes = twin.entities(target)
    assert [node.id for node in nodes] == sorted(demo_network.nodes())
    assert {(lane.from_, lane.to) for lane in lanes} == set(demo_network.lanes())
    assert network.node("port-busan").name == "Busan New Port"


@pytest.mark.parametrize("protocol", sensors.Protocol)
def test_simulated_readings_arrive_and_are_counted(target: Target, protocol: sensors.Protocol) -> None:
    twin.seed(target)
    nodes = twin.entities(target)[0][:4]
    load = sensors.Load(rate=20, seconds=1, anomalies=0.5, seed=3)
    tally = sensors.publish(target, nodes, load, protocol)
    assert (tally.sent, tally.acknowledged) == (20, 20)
    messages = arrived(target, 20)
    assert len(messages) == 20
    assert {message["nodeId"] for message in messages} == {node.id for node in nodes}
    assert all(message["nodeId"] == message["topicNodeId"] for message in messages)


def test_the_keys_of_devices_are_readable_by_their_owner_only(target: Target) -> None:
    folder = stacks.home() / "devices" / "keys"
    (device,) = devices.register(target, ["own-key"], folder, lambda _: None).devices
    assert stat.S_IMODE(device.key.stat().st_mode) == 0o600
    assert stat.S_IMODE(device.folder.stat().st_mode) == 0o700


def test_a_removed_device_leaves_nothing_and_sets_the_policy_free(target: Target, tmp_path: Path) -> None:
    iot = target.client("iot")
    iot.create_policy(policyName="temporary", policyDocument=document(*SENSOR_POLICY))
    target = dataclasses.replace(target, outputs={**target.outputs, "SensorPolicyName": "temporary"})
    devices.register(target, ["leaves-1", "leaves-2"], tmp_path, lambda _: None)
    devices.unregister(target, ["leaves-1", "leaves-2", "never-there"], tmp_path, lambda _: None)
    iot.delete_policy(policyName="temporary")
    assert not [thing for thing in iot.list_things()["things"] if thing["thingName"].startswith("leaves")]
    assert list(tmp_path.iterdir()) == []


def test_a_device_whose_certificate_is_switched_off_cannot_connect(target: Target, tmp_path: Path) -> None:
    registered = devices.register(target, ["switched-off"], tmp_path, lambda _: None)
    (device,) = registered.devices
    target.client("iot").update_certificate(certificateId=device.certificate_id, newStatus="INACTIVE")
    with (
        pytest.raises(RunbookError, match="device switched-off"),
        publishing.over_mqtt(target, [device], lambda _: None),
    ):
        pass


def test_dead_letters_are_replayed_into_the_ingest_queue(target: Target) -> None:
    sqs, letters = target.client("sqs"), dead_letters.of(target, "readings")
    for number in range(12):
        reason = "unknown_node: x" if number % 2 else "malformed: y"
        sqs.send_message(
            QueueUrl=target.output("DeadLetterQueueUrl"),
            MessageBody=json.dumps({"number": number}),
            MessageAttributes={"reason": {"DataType": "String", "StringValue": reason}},
        )
    assert len(letters.look(reason=None, limit=100)) == 12
    assert letters.replay(reason="unknown_node", limit=100) == 6
    assert {letter.reason for letter in letters.look(reason=None, limit=100)} == {"malformed: y"}
    ingest = sqs.get_queue_attributes(
        QueueUrl=target.output("IngestQueueUrl"), AttributeNames=["ApproximateNumberOfMessages"]
    )
    assert ingest["Attributes"]["ApproximateNumberOfMessages"] == "6"
