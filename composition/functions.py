"""How functions are made: what a row says of one, what all have in common."""

from __future__ import annotations

from dataclasses import dataclass, field
from importlib.metadata import version
from typing import TYPE_CHECKING, Final

import pulumi

from components.function import DependencyLayer, DependencyLayerArgs, Function, FunctionArgs, FunctionDefaults

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from components.permissions import Grant
    from components.queues import Queue
    from composition.ground import Ground

    Environment = Mapping[str, pulumi.Input[str]]

DISTRIBUTION: Final = "omnitrack-ai"


@dataclass(frozen=True, kw_only=True)
class Row:
    """A function; its handler has its name.

    Attributes:
        name: As in docs/architecture.md, section 4.
        timeout: Seconds.
        grants: What its role may do, besides logging and tracing.
        environment: Variables that not all of them read.
        failed_calls: Where calls go that nobody waits for and that failed each time; None without such calls.
    """

    name: str
    timeout: int
    grants: Sequence[Grant] = ()
    environment: Environment = field(default_factory=dict)
    failed_calls: Queue | None = None


def function_defaults(ground: Ground, *, code: Path, dependencies: Path) -> FunctionDefaults:
    """What all functions have in common, with the layer that they share.

    Args:
        ground: What the stack is made with.
        code: The archive of the package `omnitrack`.
        dependencies: The archive of what it imports.
    """
    settings = ground.settings
    layer = DependencyLayer(
        "dependencies",
        DependencyLayerArgs(
            layer_name=f"{ground.prefix}-dependencies",
            archive=pulumi.FileArchive(str(dependencies)),
            runtime=settings.runtime,
            architecture=settings.architecture,
        ),
    )
    return FunctionDefaults(
        prefix=ground.prefix,
        location=ground.location,
        runtime=settings.runtime,
        architecture=settings.architecture,
        code=pulumi.FileArchive(str(code)),
        layer_arn=layer.arn,
        memory_size=settings.lambda_memory_size,
        concurrency=settings.lambda_reserved_concurrency,
        log_level=settings.lambda_log_level,
        tracing=settings.enable_xray,
        logs=ground.logs,
        boundary_arn=ground.boundary_arn,
        key_arn=ground.encryption.functions_key_arn,
        environment={
            "ENVIRONMENT": settings.stage,
            "VERSION": version(DISTRIBUTION),
            "ALLOWED_ORIGINS": ",".join(settings.allowed_origins),
        },
    )


def made(defaults: FunctionDefaults, rows: Iterable[Row]) -> dict[str, Function]:
    """The functions of some rows, by name."""
    return {
        row.name: Function(
            row.name,
            FunctionArgs(
                defaults=defaults,
                handler=f"omnitrack.handlers.{row.name.replace('-', '_')}.handler",
                timeout=row.timeout,
                grants=row.grants,
                environment=row.environment,
                failed_calls=row.failed_calls,
            ),
        )
        for row in rows
    }
