"""What runs: a row for each function, with its timeout, its permissions and its environment."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from components.tables import INDEXES
from composition.functions import Row

if TYPE_CHECKING:
    from pulumi import Output

    from components.identity import Identity
    from components.notifications import AlertTopic
    from components.tables import Tables
    from components.websocket_api import WebsocketApi
    from composition.foundation import Queues, Secrets
    from composition.functions import Environment
    from settings import Settings

READ, QUERY = "dynamodb:GetItem", "dynamodb:Query"
CREATE, UPDATE, DELETE = "dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem"


@dataclass(frozen=True, kw_only=True)
class Parts:
    """What functions work with.

    Attributes:
        settings: What the stack differs in from others.
        tables: The data.
        identity: Who signs in.
        secrets: What proves and signs.
        queues: Between the functions.
        topic: Where alerts are published.
        sockets: Where clients listen.
    """

    settings: Settings
    tables: Tables
    identity: Identity
    secrets: Secrets
    queues: Queues
    topic: AlertTopic
    sockets: WebsocketApi

    @property
    def main(self) -> Environment:
        """Who works on the main table reads this."""
        return {"TABLE_NAME": self.tables.main.name, "NETWORK_SHARDS": str(self.settings.network_shards)}

    @property
    def connections(self) -> Environment:
        """Who knows the listeners reads this."""
        return {"CONNECTIONS_TABLE_NAME": self.tables.connections.name}

    @property
    def cursors(self) -> Environment:
        """Who answers lists page by page reads this."""
        return {"CURSOR_SECRET_ARN": self.secrets.cursors.arn}

    @property
    def thresholds(self) -> Environment:
        """Who says how critical a node is reads this."""
        return {"ALERT_THRESHOLDS": json.dumps(self.settings.alert_thresholds, sort_keys=True)}

    @property
    def weight(self) -> Environment:
        """Who adds up emissions reads this."""
        return {"UNIT_WEIGHT_KG": str(self.settings.unit_weight_kg)}


def behind_rest(on: Parts) -> tuple[Row, ...]:
    """Behind the REST API. Each counts who is active, and each that changes something keeps who did it."""
    table, timeout = on.tables.main, on.settings.rest_timeout
    return (
        Row(
            name="health",
            timeout=timeout,
            grants=table.grants([READ], reason="proves that the table answers"),
            environment=on.main,
        ),
        Row(
            name="twin",
            timeout=timeout,
            grants=(
                *table.grants([READ, QUERY, CREATE, UPDATE, DELETE], reason="reads and edits the network"),
                *on.secrets.cursors.reading,
            ),
            environment={**on.main, **on.cursors, **on.thresholds},
        ),
        Row(
            name="alerts",
            timeout=timeout,
            grants=(
                *table.grants(
                    [READ, QUERY, CREATE, UPDATE, DELETE],
                    reason="lists and acknowledges alerts",
                    indexes=INDEXES,
                ),
                *on.secrets.cursors.reading,
            ),
            environment={**on.main, **on.cursors},
        ),
        Row(
            name="audit",
            timeout=timeout,
            grants=(
                *table.grants([QUERY, UPDATE], reason="lists what was done", indexes=["GSI1"]),
                *on.secrets.cursors.reading,
            ),
            environment={**on.main, **on.cursors},
        ),
        Row(
            name="sustainability",
            timeout=timeout,
            grants=table.grants(
                [READ, QUERY, CREATE, UPDATE, DELETE], reason="adds up emissions and sets their thresholds"
            ),
            environment={**on.main, **on.weight},
        ),
    )


def behind_the_twin(on: Parts, *, api_address: Output[str]) -> tuple[Row, ...]:
    """From a sensor to the twin, from a change of the twin to an alert, and from an alert to people.

    Args:
        on: What they work with.
        api_address: Where a reader of a notification finds its alert.
    """
    table, queues, timeout = on.tables.main, on.queues, on.settings.lambda_timeout
    return (
        Row(
            name="sensor-ingest",
            timeout=timeout,
            grants=(
                *table.grants([CREATE, UPDATE], reason="stores readings"),
                *queues.ingest.main.receiving,
                *queues.ingest.dead_letters.sending,
            ),
            environment={**on.main, "DEAD_LETTER_QUEUE_URL": queues.ingest.dead_letters.url},
        ),
        Row(
            name="alert-evaluator",
            timeout=timeout,
            grants=(
                *table.grants(
                    [READ, QUERY, CREATE, UPDATE],
                    reason="opens, updates and resolves alerts",
                    indexes=["GSI1"],
                ),
                *table.stream_grants(reason="evaluates what changed"),
                *queues.evaluations.main.receiving,
                *queues.evaluations.dead_letters.sending,
                *queues.notifications.main.sending,
            ),
            environment={
                **on.main,
                **on.thresholds,
                "NOTIFICATION_QUEUE_URL": queues.notifications.main.url,
                "DEAD_LETTER_QUEUE_URL": queues.evaluations.dead_letters.url,
            },
        ),
        Row(
            name="alert-notifier",
            timeout=timeout,
            grants=(
                *table.grants([READ, UPDATE], reason="tells of an alert once"),
                *queues.notifications.main.receiving,
                *queues.notifications.dead_letters.sending,
                *on.topic.publishing,
            ),
            environment={
                **on.main,
                "ALERT_TOPIC_ARN": on.topic.arn,
                "DEAD_LETTER_QUEUE_URL": queues.notifications.dead_letters.url,
                "API_ADDRESS": api_address,
            },
        ),
        Row(
            name="emissions-snapshot",
            timeout=timeout,
            grants=table.grants(
                [READ, QUERY, CREATE, UPDATE],
                reason="keeps what the network emits, raises alerts of it",
                indexes=["GSI1"],
            ),
            environment={**on.main, **on.weight},
            failed_calls=queues.missed_schedules,
        ),
    )


def behind_the_sockets(on: Parts) -> tuple[Row, ...]:
    """From clients that listen, and from a change to them."""
    connections, sockets, settings = on.tables.connections, on.sockets, on.settings
    return (
        Row(
            name="socket-authorizer",
            timeout=settings.rest_timeout,
            grants=on.secrets.edge.reading,
            environment={
                "USER_POOL_ID": on.identity.user_pool_id,
                "USER_POOL_CLIENT_ID": on.identity.client_id,
                "EDGE_SECRET_ARN": on.secrets.edge.arn,
            },
        ),
        Row(
            name="realtime",
            timeout=settings.rest_timeout,
            grants=(
                *connections.grants([READ, QUERY, UPDATE, DELETE], reason="keeps who listens to what"),
                *sockets.posting,
            ),
            environment=on.connections,
        ),
        Row(
            name="realtime-push",
            timeout=settings.lambda_timeout,
            grants=(
                *on.tables.main.stream_grants(reason="tells of what changed"),
                *connections.grants([QUERY, UPDATE, DELETE], reason="finds who listens, logs what was told"),
                *sockets.posting,
                *sockets.closing,
                *on.queues.evaluations.dead_letters.sending,
            ),
            environment={**on.connections, **on.thresholds, "SOCKET_ENDPOINT": sockets.endpoint},
        ),
    )
