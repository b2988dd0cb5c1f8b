"""What each rule must say, as data: one set of tables for the rules, the pack over gRPC and the registry."""

from tests.policy.cases import encryption, firewall, logs, reach, tracing
from tests.policy.cases.case import Case

CASES: tuple[Case, ...] = (
    *encryption.CASES,
    *firewall.CASES,
    *tracing.CASES,
    *logs.CASES,
    *reach.CASES,
)
