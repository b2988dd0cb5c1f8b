"""The cases of all rules."""

from tests.policy.cases import (
    access,
    access_logs,
    api,
    encryption,
    exposure,
    firewall,
    logs,
    reach,
    resilience,
    sign_in,
    tracing,
    transport,
    upkeep,
)

CASES = (
    *encryption.CASES,
    *firewall.CASES,
    *tracing.CASES,
    *logs.CASES,
    *reach.CASES,
    *access.CASES,
    *exposure.CASES,
    *transport.CASES,
    *api.CASES,
    *access_logs.CASES,
    *sign_in.CASES,
    *resilience.CASES,
    *upkeep.CASES,
)
