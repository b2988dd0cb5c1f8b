"""The functions' environment, read here and nowhere else: what the program sets for each of them."""

import json
import math
import os
from dataclasses import dataclass
from functools import cache

from omnitrack.domain.thresholds import Thresholds


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
    value = optional(name)
    if not value:
        raise ConfigurationError(
            f"environment variable {name} is not set: the program sets it for each function"
        )
    return value


def optional(name: str) -> str:
    """One environment variable that may be absent; it is empty then."""
    return os.environ.get(name, "").strip()


@cache
def deployment() -> Deployment:
    """The deployment; ALLOWED_ORIGINS may be empty, then no page of another origin may read the answers."""
    origins = optional("ALLOWED_ORIGINS").split(",")
    return Deployment(
        environment=setting("ENVIRONMENT"),
        version=setting("VERSION"),
        allowed_origins=frozenset(origin.strip() for origin in origins if origin.strip()),
    )


@cache
def network_shards() -> int:
    """Over how many partitions the network is spread; NETWORK_SHARDS, one by default."""
    text = optional("NETWORK_SHARDS") or "1"
    if not text.isdecimal() or int(text) < 1:
        raise ConfigurationError(f"environment variable NETWORK_SHARDS is {text!a}: set a number from 1 on")
    return int(text)


@cache
def unit_weight_kg() -> float:
    """What a unit of goods weighs."""
    text = setting("UNIT_WEIGHT_KG")
    try:
        weight = float(text)
    except ValueError:
        weight = math.nan
    if not 0 < weight < math.inf:
        raise ConfigurationError(f"environment variable UNIT_WEIGHT_KG is {text!a}: set kilograms above 0")
    return weight


@cache
def thresholds() -> Thresholds:
    """The bounds from which a node is in danger; ALERT_THRESHOLDS, the platform's own by default."""
    try:
        return Thresholds.parse(json.loads(optional("ALERT_THRESHOLDS") or "{}"))
    except ValueError as error:
        raise ConfigurationError(f"environment variable ALERT_THRESHOLDS is wrong: {error}") from None
