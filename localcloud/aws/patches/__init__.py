"""Closes gaps of MiniStack in its own process, each patch with a check of what it relies on."""

from localcloud.aws.patches import (
    api_tags,
    api_validation,
    client_certificates,
    cognito_groups,
    firewall_enforcement,
    firewall_logging,
    firewall_records,
    lambda_errors,
    lambda_logs,
    log_group_keys,
    openapi_import,
    queue_batches,
    repeated_parameters,
    secure_transport,
    unreadable_messages,
    weighted_alias,
    worker_starts,
)
from localcloud.aws.patches.upstream import PatchError, check_version

__all__ = ["PATCHES", "PatchError", "apply"]

PATCHES = (
    openapi_import,
    api_tags,
    api_validation,
    repeated_parameters,
    firewall_records,
    firewall_logging,
    firewall_enforcement,  # outermost on the data plane: a blocked request reaches nothing else
    lambda_logs,
    lambda_errors,
    weighted_alias,
    worker_starts,
    queue_batches,
    log_group_keys,
    cognito_groups,
    secure_transport,
    client_certificates,
    unreadable_messages,
)


def apply() -> None:
    """Apply every patch, once per process.

    Raises:
        PatchError: MiniStack is another version, or something that a patch relies on has moved.
    """
    check_version()
    for patch in PATCHES:
        patch.apply()
