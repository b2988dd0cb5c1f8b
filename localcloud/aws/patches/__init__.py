"""Closes gaps of MiniStack in its own process, each patch with a check of what it relies on."""

from localcloud.aws.patches import (
    api_settings,
    api_tags,
    api_validation,
    client_certificates,
    cognito_groups,
    deployed_apis,
    firewall_associations,
    firewall_capacity,
    firewall_enforcement,
    firewall_logging,
    firewall_records,
    lambda_errors,
    lambda_logs,
    lambda_refusals,
    log_group_keys,
    log_group_protection,
    openapi_import,
    provider_audiences,
    queue_batches,
    repeated_parameters,
    role_descriptions,
    secure_transport,
    start_failures,
    throttling_off,
    unreadable_messages,
    weighted_alias,
    worker_starts,
)
from localcloud.aws.patches.upstream import PatchError, check_version

__all__ = ["PATCHES", "PatchError", "apply"]

PATCHES = (
    openapi_import,
    api_settings,
    api_tags,
    api_validation,
    deployed_apis,
    repeated_parameters,
    throttling_off,
    firewall_records,
    firewall_capacity,
    firewall_logging,
    firewall_associations,
    firewall_enforcement,  # outermost on the data plane: a blocked request reaches nothing else
    lambda_logs,
    lambda_errors,
    start_failures,
    lambda_refusals,
    weighted_alias,
    worker_starts,
    queue_batches,
    log_group_keys,
    log_group_protection,
    cognito_groups,
    role_descriptions,
    provider_audiences,
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
