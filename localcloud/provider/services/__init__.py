"""The resource types and functions that the provider knows: one module per AWS service."""

from __future__ import annotations

import functools
import importlib
from typing import TYPE_CHECKING, Final

from localcloud.provider import shapes
from localcloud.provider.errors import ProviderError

if TYPE_CHECKING:
    from localcloud.provider.invoke import Invoke
    from localcloud.provider.resource import Resource

# Each module has RESOURCES and may have INVOKES.
MODULES: Final = (
    "account",
    "acm",
    "apigateway",
    "apigateway_methods",
    "apigatewayv2",
    "apigatewayv2_routes",
    "backup",
    "cloudfront",
    "cloudfront_distribution",
    "cloudwatch",
    "cognito",
    "dynamodb",
    "iam",
    "iot",
    "kms",
    "lambda_",
    "lambda_aliases",
    "lambda_mappings",
    "route53",
    "scheduler",
    "secretsmanager",
    "sns",
    "sqs",
    "wafv2",
)

# Types that preview for staging and production but cannot exist locally, each with its reason.
PREVIEW_ONLY: Final[dict[str, str]] = {}


@functools.cache
def _resources() -> dict[str, Resource]:
    modules = [importlib.import_module(f"{__name__}.{name}") for name in MODULES]
    return {row.type: row for module in modules for row in getattr(module, "RESOURCES", ())}


@functools.cache
def _invokes() -> dict[str, Invoke]:
    modules = [importlib.import_module(f"{__name__}.{name}") for name in MODULES]
    return {row.function: row for module in modules for row in getattr(module, "INVOKES", ())}


def known_types() -> tuple[str, ...]:
    """Tokens of all types that the provider knows, sorted."""
    return tuple(sorted(_resources()))


def warm_up() -> None:
    """Load what the first check of each type would load: classes of the SDK, service models of botocore."""
    for row in sorted(_resources().values(), key=lambda row: row.service, reverse=True):
        # WAFv2 is first: its classes take as long as those of all others together.
        row.types()
        shapes.model(row.service)


def known_invokes() -> tuple[str, ...]:
    """Tokens of all functions that the provider knows, sorted."""
    return tuple(sorted(_invokes()))


def resource(token: str) -> Resource:
    """The row of a type.

    Raises:
        ProviderError: The provider does not know it.
    """
    row = _resources().get(token)
    if row is None:
        raise ProviderError(
            f"the local cloud's provider does not know the resource type {token}: "
            "add a row for it in localcloud/provider/services (README.md there says how)"
        )
    return row


def invoke(token: str) -> Invoke:
    """The row of a function.

    Raises:
        ProviderError: The provider does not know it.
    """
    row = _invokes().get(token)
    if row is None:
        raise ProviderError(
            f"the local cloud's provider does not know the function {token}: "
            f"it knows {', '.join(known_invokes())}; add a row in localcloud/provider/services"
        )
    return row
