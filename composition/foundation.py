"""What functions stand on: account, tables with backups, identity, secrets, queues, the topic of alerts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from omnitrack.domain.access import ROLES

from components.account import Account, AccountArgs
from components.backups import Backups, BackupsArgs
from components.generated_secret import GeneratedSecret, GeneratedSecretArgs
from components.identity import Identity, IdentityArgs
from components.notifications import AlertTopic, AlertTopicArgs
from components.queues import (
    DeadLetterQueue,
    DeadLetterQueueArgs,
    Queue,
    QueueWithDeadLetters,
    QueueWithDeadLettersArgs,
)
from components.tables import Tables, TablesArgs

if TYPE_CHECKING:
    from composition.ground import Ground


@dataclass(frozen=True, kw_only=True)
class Secrets:
    """Texts that nobody thinks up.

    Attributes:
        edge: What the edge proves itself to the APIs with.
        cursors: What signs the cursors of lists.
    """

    edge: GeneratedSecret
    cursors: GeneratedSecret


@dataclass(frozen=True, kw_only=True)
class Queues:
    """Between the parts of the platform.

    Attributes:
        ingest: Readings.
        notifications: Alerts that people are to be told of.
        evaluations: Dead letters that are evaluated again.
        missed_schedules: Calls by the clock that failed each time.
    """

    ingest: QueueWithDeadLetters
    notifications: QueueWithDeadLetters
    evaluations: QueueWithDeadLetters
    missed_schedules: Queue


def account_settings(ground: Ground) -> Account:
    """What an account has once: who writes the logs of its APIs and devices."""
    return Account(
        "account",
        AccountArgs(
            prefix=ground.prefix,
            location=ground.location,
            boundary_arn=ground.boundary_arn,
            logs=ground.logs,
        ),
    )


def tables_with_backups(ground: Ground) -> Tables:
    """The data, and copies of it that outlive it."""
    settings, encryption = ground.settings, ground.encryption
    tables = Tables(
        "tables",
        TablesArgs(
            table_name=settings.table_name,
            connections_name=settings.connections_name,
            location=ground.location,
            key_arn=encryption.tables_key_arn,
            billing_mode=settings.dynamodb_billing_mode,
            read_capacity=settings.dynamodb_read_capacity,
            write_capacity=settings.dynamodb_write_capacity,
            deletion_protection=settings.deletion_protection,
        ),
        ground.kept,
    )
    Backups(
        "backups",
        BackupsArgs(
            prefix=ground.prefix,
            location=ground.location,
            boundary_arn=ground.boundary_arn,
            tables=tables,
            tables_key_arn=encryption.tables_key_arn,
            key_arn=encryption.backups_key_arn,
            retention_days=settings.backup_retention_days,
            deletable=not settings.deletion_protection,
        ),
    )
    return tables


def users(ground: Ground) -> Identity:
    """Who signs in, and how."""
    settings = ground.settings
    return Identity(
        "identity",
        IdentityArgs(
            user_pool_name=settings.user_pool_name,
            region=settings.region,
            domain_prefix=settings.cognito_domain_prefix,
            mfa=settings.cognito_mfa,
            roles=ROLES,
            callback_urls=settings.callback_urls,
            logout_urls=settings.logout_urls,
            token_minutes=settings.id_token_minutes,
            refresh_token_days=settings.refresh_token_days,
            deletion_protection=settings.deletion_protection,
        ),
        ground.kept,
    )


def generated_secrets(ground: Ground) -> Secrets:
    """The secrets, each of the generation that its setting names."""
    settings = ground.settings
    edge, cursors = (
        GeneratedSecret(
            f"{purpose}-secret",
            GeneratedSecretArgs(
                secret_name=f"{ground.prefix}-{plural}",
                description=description,
                location=ground.location,
                key_arn=ground.encryption.secrets_key_arn,
                generation=generation,
                recoverable=settings.deletion_protection,
            ),
            ground.kept,
        )
        for purpose, plural, description, generation in (
            ("edge", "edge", "what the edge proves itself to the APIs with", settings.edge_secret_generation),
            ("cursor", "cursors", "what signs the cursors of lists", settings.cursor_secret_generation),
        )
    )
    return Secrets(edge=edge, cursors=cursors)


def message_queues(ground: Ground) -> Queues:
    """The queues that functions read, and one that people read."""
    ingest, notifications, evaluations = (
        QueueWithDeadLetters(
            purpose,
            QueueWithDeadLettersArgs(
                queue_name=f"{ground.prefix}-{purpose}",
                location=ground.location,
                key_arn=ground.encryption.queues_key_arn,
                consumer_timeout=ground.settings.lambda_timeout,
            ),
        )
        for purpose in ("ingest", "notifications", "evaluations")
    )
    return Queues(
        ingest=ingest,
        notifications=notifications,
        evaluations=evaluations,
        missed_schedules=undelivered(ground, "schedules"),
    )


def undelivered(ground: Ground, purpose: str) -> Queue:
    """A queue for what one part of the platform could not hand over."""
    return DeadLetterQueue(
        f"{purpose}-undelivered",
        DeadLetterQueueArgs(
            queue_name=f"{ground.prefix}-{purpose}-undelivered",
            location=ground.location,
            key_arn=ground.encryption.queues_key_arn,
        ),
    ).queue


def alert_topic(ground: Ground) -> AlertTopic:
    """Where alerts are published."""
    return AlertTopic(
        "alerts",
        AlertTopicArgs(
            topic_name=f"{ground.prefix}-alerts",
            location=ground.location,
            key_arn=ground.encryption.notifications_key_arn,
            tracing=ground.settings.enable_xray,
        ),
    )
