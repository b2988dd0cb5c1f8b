"""Fakes of the domain's ports, and a DynamoDB on this machine for the adapters."""

import os
import socket
import subprocess
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import BotoCoreError
from omnitrack import wiring
from omnitrack.adapters.cursors import SignedCursors
from omnitrack.adapters.metrics import Metrics
from omnitrack.adapters.rotated_secret import RotatedSecret

from tests.functions import calls
from tests.functions.alert_fakes import InMemoryAlerts
from tests.functions.fakes import (
    InMemoryActivity,
    InMemoryAuditTrail,
    InMemoryDeadLetters,
    InMemoryEmissions,
    InMemoryNetwork,
    InMemoryReadings,
    InMemoryRepetitions,
    InMemorySecret,
    NetworkFootprints,
)

ROOT = Path(__file__).parents[2]
START_SECONDS = 30
INDEXES = ("GSI1", "GSI2")


@pytest.fixture(scope="session")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Any]]:
    """A function that makes clients of a bare MiniStack, which lives as long as the test session."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    folder = tmp_path_factory.mktemp("ministack")
    environment = os.environ | {
        "BIND_HOST": "127.0.0.1",
        "GATEWAY_PORT": str(port),
        "IOT_MTLS_ENABLED": "0",
        "LOG_LEVEL": "WARNING",
        "PERSIST_STATE": "0",
    }
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(
            [ROOT / ".venv-cloud/bin/python", "-m", "ministack"],
            cwd=folder,
            env=environment,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        _wait(server, port, folder / "log")
        yield lambda service: _client(service, port)
    finally:
        server.terminate()
        server.wait(timeout=START_SECONDS)


def _client(service: str, port: int) -> Any:
    return boto3.client(
        service,  # type: ignore[call-overload] # its name is only known to the test
        endpoint_url=f"http://127.0.0.1:{port}",
        region_name="us-east-1",
        aws_access_key_id="000000000001",
        aws_secret_access_key="local",
        config=Config(max_pool_connections=16, retries={"mode": "standard", "total_max_attempts": 3}),
    )


def _wait(server: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        try:
            _client("dynamodb", port).list_tables()
        except BotoCoreError:
            continue
        return
    pytest.fail(f"MiniStack did not start: {log.read_text()[-2000:]}")


@pytest.fixture
def table_name(aws: Callable[[str], Any]) -> Iterator[str]:
    """A fresh main table with the keys of the contract."""
    client, name = aws("dynamodb"), f"main-{uuid.uuid4().hex}"
    client.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[
            {"AttributeName": f"{index}{key}", "AttributeType": "S"}
            for index in ("", *INDEXES)
            for key in ("PK", "SK")
        ],
        KeySchema=_key_schema(),
        GlobalSecondaryIndexes=[
            {"IndexName": index, "KeySchema": _key_schema(index), "Projection": {"ProjectionType": "ALL"}}
            for index in INDEXES
        ],
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
    )
    yield name
    client.delete_table(TableName=name)


def _key_schema(index: str = "") -> list[Any]:
    return [
        {"AttributeName": f"{index}PK", "KeyType": "HASH"},
        {"AttributeName": f"{index}SK", "KeyType": "RANGE"},
    ]


@dataclass
class World:
    """What the handlers talk to in these tests, all in memory."""

    network: InMemoryNetwork
    readings: InMemoryReadings
    dead_letters: InMemoryDeadLetters
    checks: dict[str, Callable[[], object]]
    audit: InMemoryAuditTrail
    repetitions: InMemoryRepetitions
    activity: InMemoryActivity
    alerts: InMemoryAlerts
    emissions: InMemoryEmissions
    footprints: NetworkFootprints


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    """Wires the handlers to fakes, with a log of the test's own."""
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", uuid.uuid4().hex)
    wiring.logger.cache_clear()
    network = InMemoryNetwork()
    made = World(
        network=network,
        readings=InMemoryReadings(network),
        dead_letters=InMemoryDeadLetters(),
        checks={"table": lambda: None},
        audit=InMemoryAuditTrail(network.events),
        repetitions=InMemoryRepetitions(),
        activity=InMemoryActivity(),
        alerts=InMemoryAlerts(),
        emissions=InMemoryEmissions(),
        footprints=NetworkFootprints(network, lambda: calls.NOW),
    )
    deployment = wiring.Deployment(
        environment="staging", version="1.2.3", allowed_origins=frozenset({calls.ORIGIN})
    )
    secret = InMemorySecret(current="a-secret")
    for name, value in {
        "network": made.network,
        "readings": made.readings,
        "dead_letters": made.dead_letters,
        "checks": made.checks,
        "audit": made.audit,
        "repetitions": made.repetitions,
        "activity": made.activity,
        "alerts": made.alerts,
        "standings": made.alerts,
        "emissions": made.emissions,
        "footprints": made.footprints,
        "cursors": SignedCursors(RotatedSecret(secret, "secret")),  # type: ignore[arg-type] # a fake
        "metrics": Metrics("staging", lambda: calls.NOW),
        "deployment": deployment,
        "now": calls.NOW,
    }.items():
        monkeypatch.setattr(wiring, name, lambda value=value: value)
    return made
