"""Cases of the rule on what the role of a function may send to X-Ray: what a document says."""

import json

from tests.policy.cases.case import UNKNOWN_BLOCK, UNKNOWN_TEXT, Case, Kind
from tests.policy.cases.roles import (
    DENIED,
    FORBIDDEN,
    LOGS,
    ROLE,
    TELEMETRY,
    TRACES,
    WRITES,
    allow,
    case,
    document,
    function,
    role_policy,
)


def written(
    kind: Kind, name: str, text: object, fault: str | None = None, *, undecided: bool = False
) -> Case:
    """A case of one document, in a policy of the role."""
    return case(kind, name, [function(), ROLE, role_policy(text)], fault, undecided=undecided)


CASES = (
    written(Kind.WRONG, "logs only", LOGS, FORBIDDEN),
    written(Kind.WRONG, "segments only", document(allow(TRACES)), FORBIDDEN),
    written(Kind.WRONG, "telemetry only", document(allow(TELEMETRY)), FORBIDDEN),
    written(Kind.WRONG, "reading only", document(allow("xray:Get*")), FORBIDDEN),
    written(Kind.WRONG, "on one resource", document(allow("xray:Put*", on="arn:aws:xray:::x")), FORBIDDEN),
    written(
        Kind.WRONG,
        "everything but X-Ray",
        document({"Effect": "Allow", "NotAction": ["xray:*"], "Resource": "*"}),
        FORBIDDEN,
    ),
    written(Kind.WRONG, "denied", document(allow("xray:*"), allow(TRACES, effect="Deny")), DENIED),
    written(Kind.WRONG, "a broken document", "{", FORBIDDEN),
    written(Kind.WRONG, "a document without statements", "{}", FORBIDDEN),
    written(Kind.WRONG, "a document of something else", "[]", FORBIDDEN),
    written(Kind.WRONG, "an empty document", "", FORBIDDEN),
    written(Kind.UNKNOWN, "the document is not known", UNKNOWN_TEXT, undecided=True),
    written(
        Kind.UNKNOWN,
        "a condition decides",
        document(allow("xray:*", Condition={"Bool": {"aws:SecureTransport": "true"}})),
        undecided=True,
    ),
    written(Kind.CORRECT, "a policy of the role", WRITES),
    written(Kind.CORRECT, "a single statement", json.dumps({"Statement": allow("xray:Put*")})),
    written(
        Kind.CORRECT,
        "everything of X-Ray",
        document({"Effect": "Allow", "Action": "XRAY:*", "Resource": ["*"]}),
    ),
    written(
        Kind.CORRECT,
        "everything but IAM",
        document({"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}),
    ),
    written(
        Kind.CORRECT,
        "something else is denied",
        document(
            allow("xray:*"), allow("s3:*", effect="Deny"), allow("xray:*", effect="Deny", on="arn:aws:x")
        ),
    ),
    written(Kind.CORRECT, "in two statements", document(allow(TRACES), allow(TELEMETRY, Sid="telemetry"))),
    written(Kind.CORRECT, "a document that is no text", {"Statement": [allow("xray:*")]}),
    written(Kind.UNKNOWN, "a statement is not known", {"Statement": [UNKNOWN_BLOCK]}, undecided=True),
    written(
        Kind.UNKNOWN,
        "what is excepted is not known",
        {"Statement": [{"Effect": "Allow", "NotAction": UNKNOWN_TEXT, "Resource": "*"}]},
        undecided=True,
    ),
)
