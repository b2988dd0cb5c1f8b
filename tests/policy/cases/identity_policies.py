"""What the cases on the policies of roles, users and groups are made of."""

import json
from typing import Any

from policy.rules.access import IDENTITY_POLICIES
from tests.policy.cases.case import UNKNOWN_LIST, Case, Kind, resource, without_none
from tests.policy.cases.policy_documents import ROLE, document

ROLE_POLICY = "aws:iam/rolePolicy:RolePolicy"
TABLE = "arn:aws:dynamodb:eu-west-1:123456789012:table/twins"


def allow(action: object, target: object = TABLE, **more: Any) -> dict[str, Any]:
    return without_none(Effect="Allow", Action=action, Resource=target) | more


def by_type(rule: str, bad: dict[str, Any], fault: str) -> list[Case]:
    """The bad statement in each kind of identity policy."""
    text = json.dumps(document(bad))
    places: list[tuple[str, dict[str, Any]]] = [(type_, {"policy": text}) for type_ in IDENTITY_POLICIES[2:]]
    places += [
        (IDENTITY_POLICIES[0], {"policy": text}),
        (
            ROLE,
            {"inlinePolicies": [{"policy": json.dumps(document(allow("s3:GetObject")))}, {"policy": text}]},
        ),
    ]
    return [
        Case(rule=rule, kind=Kind.WRONG, name=f"in {type_}", resources=[resource(type_, place)], fault=fault)
        for type_, place in places
    ] + [
        Case(
            rule=rule,
            kind=Kind.UNKNOWN,
            name="inline policies that are not known",
            resources=[resource(ROLE, {"inlinePolicies": UNKNOWN_LIST})],
            undecided=True,
        ),
        Case(
            rule=rule,
            kind=Kind.CORRECT,
            name="a role without inline policies",
            resources=[resource(ROLE, {"inlinePolicies": []})],
        ),
        Case(
            rule=rule,
            kind=Kind.NOT_APPLICABLE,
            name="a key policy, whose * is the key",
            resources=[resource("aws:kms/key:Key", {"policy": json.dumps(document(bad))})],
        ),
    ]
