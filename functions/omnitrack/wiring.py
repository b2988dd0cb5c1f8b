"""The one place that reads the functions' environment and builds what they talk to AWS with."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING

import boto3
from aws_lambda_powertools.logging import Logger
from botocore.config import Config
from omnitrack.adapters.dead_letters import DeadLetterQueue
from omnitrack.adapters.network import NetworkTable
from omnitrack.adapters.readings import ReadingsTable
from omnitrack.adapters.table import Table
from omnitrack.domain.sensors import DeadLetters, Readings
from omnitrack.domain.twin import Network

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

# A function behind the API has 29 s at most: three attempts at the slowest stay below it.
PATIENT = Config(connect_timeout=2, read_timeout=5, retries={"mode": "standard", "total_max_attempts": 3})
# A health check answers quickly, whatever the dependency does.
PROMPT = Config(connect_timeout=1, read_timeout=2, retries={"mode": "standard", "total_max_attempts": 1})

HEALTH_KEY = {"PK": "HEALTH", "SK": "HEALTH"}


class ConfigurationError(Exception):
    """The function's environment is not what the program sets."""


@dataclass(frozen=True, kw_only=True)
class Deployment:
    """What the functions know about the deployment they are part of."""

    environment: str
    version: str
    allowed_origins: frozenset[str]


def setting(name: str) -> str:
    """One environment variable.

    Raises:
        ConfigurationError: It is absent or empty.
    """
    value = os.environ.get(name, "").strip()
    if not value:
        raise ConfigurationError(
            f"environment variable {name} is not set: the program sets it for each function"
        )
    return value


@cache
def deployment() -> Deployment:
    """The deployment; ALLOWED_ORIGINS may be empty, then no page of another origin may read the answers."""
    origins = os.environ.get("ALLOWED_ORIGINS", "").split(",")
    return Deployment(
        environment=setting("ENVIRONMENT"),
        version=setting("VERSION"),
        allowed_origins=frozenset(origin.strip() for origin in origins if origin.strip()),
    )


@cache
def logger() -> Logger:
    """The structured log; service and level come from the POWERTOOLS variables."""
    return Logger(use_rfc3339=True, utc=True)


@cache
def network() -> Network:
    """The twin."""
    return NetworkTable(Table(_dynamodb(PATIENT), setting("TABLE_NAME")))


@cache
def readings() -> Readings:
    """The readings."""
    return ReadingsTable(Table(_dynamodb(PATIENT), setting("TABLE_NAME")))


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


def now() -> datetime:
    """The moment, in UTC."""
    return datetime.now(UTC)


def _dynamodb(config: Config) -> "DynamoDBClient":
    return boto3.client("dynamodb", config=config)
