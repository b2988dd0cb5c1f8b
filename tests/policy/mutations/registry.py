"""All rows."""

from tests.policy.mutations.rows import (
    access,
    api,
    data,
    encryption,
    exposure,
    firewall,
    logs,
    resilience,
    tracing,
    upkeep,
    web_acls,
)

ROWS = (
    *encryption.ROWS,
    *firewall.ROWS,
    *web_acls.ROWS,
    *tracing.ROWS,
    *logs.ROWS,
    *access.ROWS,
    *exposure.ROWS,
    *api.ROWS,
    *data.ROWS,
    *resilience.ROWS,
    *upkeep.ROWS,
)
