"""The one place that builds what the functions talk to AWS with, once for each worker."""

from collections.abc import Callable, Mapping
from concurrent.futures import Executor, ThreadPoolExecutor
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import boto3
from aws_lambda_powertools.logging import Logger
from botocore.config import Config
from omnitrack.adapters import images
from omnitrack.adapters.activity import ActivityTable
from omnitrack.adapters.alerts import AlertsTable
from omnitrack.adapters.audit import AuditTable
from omnitrack.adapters.connections import ConnectionsTable, EventLogTable
from omnitrack.adapters.criticality import LaneCriticality
from omnitrack.adapters.cursors import SignedCursors
from omnitrack.adapters.dead_letters import DeadLetterQueue
from omnitrack.adapters.edge_secret import EdgeSecret
from omnitrack.adapters.emissions import EmissionsTable
from omnitrack.adapters.footprint import TableFootprints
from omnitrack.adapters.idempotency import RepetitionsTable
from omnitrack.adapters.metrics import Metrics
from omnitrack.adapters.network import NetworkTable
from omnitrack.adapters.node_states import NodeStatesTable, StreamImage
from omnitrack.adapters.notifications import AlertTopic, NotificationLedger, NotificationQueue
from omnitrack.adapters.readings import ReadingsTable
from omnitrack.adapters.rotated_secret import RotatedSecret
from omnitrack.adapters.sockets import ManagedSockets
from omnitrack.adapters.standings import StandingsTable
from omnitrack.adapters.table import Table
from omnitrack.domain import views
from omnitrack.domain.alerts import Alerts
from omnitrack.domain.audit import AuditTrail
from omnitrack.domain.changes import Change
from omnitrack.domain.cursors import Cursors
from omnitrack.domain.emissions import Emissions, Footprints
from omnitrack.domain.errors import NodeNotFoundError
from omnitrack.domain.evaluation import Criticality, Standings
from omnitrack.domain.evaluator import Evaluator
from omnitrack.domain.fan_out import FanOut
from omnitrack.domain.idempotency import Repetitions
from omnitrack.domain.notifications import Notifier, Outbox, Place
from omnitrack.domain.realtime import Connections, EventLog, Sockets
from omnitrack.domain.sensors import DeadLetters, Readings
from omnitrack.domain.twin import Network, StoredNode
from omnitrack.domain.views import NodeView
from omnitrack.environment import (
    ConfigurationError,
    Deployment,
    deployment,
    network_shards,
    optional,
    setting,
    thresholds,
    unit_weight_kg,
)
from omnitrack.tracing import span, tracer

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from omnitrack.adapters.tokens import IdTokens

# What others take from here although it stands elsewhere, so that a test replaces everything in one place.
__all__ = [
    "ConfigurationError",
    "Deployment",
    "deployment",
    "network_shards",
    "span",
    "thresholds",
    "tracer",
    "unit_weight_kg",
]

# A function behind the API has 29 s at most: three attempts at the slowest stay below it.
PATIENT = Config(connect_timeout=2, read_timeout=5, retries={"mode": "standard", "total_max_attempts": 3})
# A health check answers quickly, whatever the dependency does.
PROMPT = Config(connect_timeout=1, read_timeout=2, retries={"mode": "standard", "total_max_attempts": 1})

# As many sockets at a time as one worker can keep busy; each answers at once or is left for later.
PUSHES = 32
EVALUATIONS = 8  # below the connections that a client of AWS keeps open
PUSH = Config(
    connect_timeout=1,
    read_timeout=1,
    max_pool_connections=PUSHES,
    retries={"mode": "standard", "total_max_attempts": 1},
)

HEALTH_KEY = {"PK": "HEALTH", "SK": "HEALTH"}


@cache
def logger() -> Logger:
    """The structured log; service and level come from the POWERTOOLS variables."""
    return Logger(use_rfc3339=True, utc=True)


@cache
def network() -> Network:
    """The twin."""
    return NetworkTable(_main_table(), shards=network_shards())


@cache
def readings() -> Readings:
    """The readings."""
    return ReadingsTable(_main_table(), shards=network_shards())


@cache
def audit() -> AuditTrail:
    """The audit trail, for those who read it; changes write their event themselves."""
    return AuditTable(_main_table())


@cache
def repetitions() -> Repetitions:
    """The requests with an Idempotency-Key."""
    return RepetitionsTable(_main_table())


@cache
def activity() -> ActivityTable:
    """Who was active; it answers promptly or not at all."""
    table = Table(_dynamodb(PROMPT), setting("TABLE_NAME"), attempts=1)
    return ActivityTable(table, lambda: metrics().count("ActiveUsers"))


@cache
def cursors() -> Cursors:
    """The cursors of lists."""
    client = boto3.client("secretsmanager", config=PATIENT)
    return SignedCursors(RotatedSecret(client, setting("CURSOR_SECRET_ARN")))


@cache
def metrics() -> Metrics:
    """The business metrics."""
    return Metrics(deployment().environment, now)


@cache
def dead_letters() -> DeadLetters:
    """The dead letters."""
    return DeadLetterQueue(boto3.client("sqs", config=PATIENT), setting("DEAD_LETTER_QUEUE_URL"))


@cache
def checks() -> Mapping[str, Callable[[], object]]:
    """The health checks by dependency: each raises when its dependency does not work.

    Reading a key that is never there proves table, encryption key and network by one permission.
    """
    table = Table(_dynamodb(PROMPT), setting("TABLE_NAME"))
    return {"table": lambda: table.get(HEALTH_KEY)}


@cache
def connections() -> Connections:
    """Who is connected to the sockets."""
    return ConnectionsTable(_connections_table())


@cache
def event_log() -> EventLog:
    """The frames of the last day."""
    return EventLogTable(_connections_table())


@cache
def sockets(address: str) -> Sockets:
    """The sockets of the stage at an address such as https://a1b2c3.execute-api.us-east-1.amazonaws.com/ws."""
    endpoint, parts = optional("AWS_ENDPOINT_URL"), urlsplit(address)
    # Where all APIs of AWS are in one place, the path tells those of a stage; the address may say so already.
    if endpoint and ".execute-api." in parts.netloc:
        address = f"{endpoint}/_aws/execute-api/{parts.netloc.partition('.')[0]}{parts.path}"
    return ManagedSockets(boto3.client("apigatewaymanagementapi", config=PUSH, endpoint_url=address))


def fan_out() -> FanOut:
    """What brings events to the sockets."""
    return fan_out_at(setting("SOCKET_ENDPOINT"))


@cache
def fan_out_at(address: str) -> FanOut:
    """What brings events to the sockets of a stage, for a function that is told its address."""
    return FanOut(
        connections=connections(),
        log=event_log(),
        sockets=sockets(address),
        executor=ThreadPoolExecutor(PUSHES, thread_name_prefix="push"),
        now=now,
    )


def stream_change(record: Mapping[str, Any]) -> Change | None:
    """What a record of the main table's stream tells of; None when it is about nothing that people see."""
    return images.change(record)


def node_view(node: StoredNode) -> NodeView:
    """A node with its risk, as people see it."""
    return views.node_view(node, thresholds())


@cache
def emissions() -> Emissions:
    """Emission thresholds and snapshots."""
    return EmissionsTable(_main_table())


@cache
def footprints() -> Footprints:
    """What the network emits."""
    return TableFootprints(_main_table(), unit_weight_kg=unit_weight_kg(), now=now, shards=network_shards())


@cache
def evaluations() -> Executor:
    """As many evaluations at a time as one worker can keep busy."""
    return ThreadPoolExecutor(EVALUATIONS, thread_name_prefix="evaluation")


@cache
def edge_secret() -> EdgeSecret:
    """What the edge proves itself with."""
    client = boto3.client("secretsmanager", config=PATIENT)
    return EdgeSecret(RotatedSecret(client, setting("EDGE_SECRET_ARN")))


@cache
def id_tokens() -> "IdTokens":
    """The id tokens of the user pool."""
    from omnitrack.adapters import tokens  # noqa: PLC0415 - only one function needs its cryptography

    pool = setting("USER_POOL_ID")
    host = f"https://cognito-idp.{pool.partition('_')[0]}.amazonaws.com"
    keys = f"{optional('AWS_ENDPOINT_URL') or host}/{pool}/.well-known/jwks.json"
    return tokens.IdTokens(
        issuer=f"{host}/{pool}",
        client=setting("USER_POOL_CLIENT_ID"),
        keys=lambda: tokens.fetch_keys(keys),
    )


@cache
def alerts() -> Alerts:
    """The alerts, for those who list them and take them on."""
    return AlertsTable(_main_table())


@cache
def standings() -> Standings:
    """What was last said of each subject, with the alerts that follow from it."""
    return StandingsTable(_main_table())


@cache
def criticality() -> Criticality:
    """How much of the network hangs on a subject."""
    return LaneCriticality(_main_table(), shards=network_shards())


@cache
def outbox() -> Outbox:
    """The queue of those who notify."""
    return NotificationQueue(boto3.client("sqs", config=PATIENT), setting("NOTIFICATION_QUEUE_URL"))


@cache
def evaluator() -> Evaluator:
    """What brings the alerts of nodes up to date."""
    return Evaluator(
        states=NodeStatesTable(_main_table(), shards=network_shards()),
        standings=standings(),
        alerts=alerts(),
        outbox=outbox(),
        criticality=criticality(),
        thresholds=thresholds(),
    )


@cache
def notifier() -> Notifier:
    """What tells people on call of alerts."""
    return Notifier(
        alerts=alerts(),
        ledger=NotificationLedger(_main_table()),
        topic=AlertTopic(boto3.client("sns", config=PATIENT), setting("ALERT_TOPIC_ARN")),
        place=Place(environment=deployment().environment, api_address=setting("API_ADDRESS").rstrip("/")),
        name_of=_name_of,
    )


def stream_image(record: Mapping[str, Any]) -> StreamImage:
    """A record of the main table's stream, for the evaluation of alerts."""
    return StreamImage(record)


def now() -> datetime:
    """The moment, in UTC."""
    return datetime.now(UTC)


def _name_of(node_id: str) -> str | None:
    try:
        return network().node(node_id).name
    except NodeNotFoundError:
        return None


@cache
def _main_table() -> Table:
    return Table(_dynamodb(PATIENT), setting("TABLE_NAME"))


@cache
def _connections_table() -> Table:
    return Table(_dynamodb(PATIENT), setting("CONNECTIONS_TABLE_NAME"))


def _dynamodb(config: Config) -> "DynamoDBClient":
    tracer()  # before the first call, so that it is in the trace
    return boto3.client("dynamodb", config=config)
