"""Defects of roles, users, devices and their policies."""

import json

from policy.graph import Resource
from policy.rules.access import ATTACHMENTS, IDENTITY_POLICIES
from tests.policy.mutations.defects import (
    Defect,
    Named,
    also,
    has,
    rows,
    to,
    with_statement,
)
from tests.policy.mutations.rows import tokens as t

TABLE = "arn:aws:dynamodb:us-east-1:123456789012:table/omnitrack"
ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"
_ACCOUNT = "arn:aws:iam::123456789012:root"
_GITHUB = "token.actions.githubusercontent.com"
_GITHUB_ARN = f"arn:aws:iam::123456789012:oidc-provider/{_GITHUB}"

_ADMIN: Named = {
    "everything on everything": with_statement(Action="*", Resource="*"),
    "in other words": with_statement(Action=["dynamodb:GetItem", "*:*"], Resource=["arn:aws:*"]),
}
_ACTIONS: Named = {
    "a service": with_statement(Action="dynamodb:*", Resource=TABLE),
    "a service, in other words": with_statement(Action=["dynamodb:GetItem", "kms:?*"], Resource=TABLE),
    "all but": with_statement(NotAction="iam:*", Resource=TABLE),
}
_RESOURCES: Named = {
    "any resource": with_statement(Action="dynamodb:GetItem", Resource="*"),
    "any of a type": with_statement(Action="dynamodb:GetItem", Resource="arn:aws:dynamodb:*:*:table/*"),
    "any log group": with_statement(
        Action="logs:PutLogEvents", Resource=["arn:aws:logs:us-east-1:123456789012:log-group:*"]
    ),
    "any by a pattern of actions": with_statement(Action="dynamodb:Get*", Resource="*"),
    "any of the account": with_statement(Action="logs:PutLogEvents", Resource="arn:aws:logs:*:*:*"),
    "all but": with_statement(Action="dynamodb:GetItem", NotResource=TABLE),
}
_BY_DESIGN = (also("iam-no-service-wildcard"), also("iam-no-resource-wildcard"))
_UNREADABLE: Named = {
    "no JSON": to("{"),
    "no document": to('["Allow"]'),
    "no effect": to('{"Statement": [{}]}'),
}


def _documents(types: tuple[str, ...], path: str) -> list[Defect]:
    return [
        *rows("iam-no-admin", types, path, _ADMIN, also=_BY_DESIGN),
        *rows("iam-no-service-wildcard", types, path, _ACTIONS),
        *rows("iam-no-resource-wildcard", types, path, _RESOURCES),
    ]


def _sends_no_traces(resource: Resource) -> bool:
    """Where a document of a function's role cannot be read, its traces are missed too."""
    return "xray:" not in str(resource.read("policy"))


def _decides_no_traces(role: Resource) -> bool:
    """A policy of AWS may also decide that a function sends traces."""
    return "lambda.amazonaws.com" not in str(role.read("assumeRolePolicy")) or has("managedPolicyArns")(role)


def _trust(principal: object, *, action: str = "sts:AssumeRole", condition: object = None) -> str:
    statement = {"Effect": "Allow", "Principal": principal, "Action": action}
    return json.dumps({"Statement": [statement | ({"Condition": condition} if condition else {})]})


def _web(**claims: str) -> str:
    condition = {"StringLike": {f"{_GITHUB}:{claim}": text for claim, text in claims.items()}}
    return _trust({"Federated": _GITHUB_ARN}, action="sts:AssumeRoleWithWebIdentity", condition=condition)


_AUDIENCE = "sts.amazonaws.com"

ROWS = (
    *_documents(IDENTITY_POLICIES, "policy"),
    *_documents((t.ROLE,), "inlinePolicies.0.policy"),
    *rows("iam-no-admin", IDENTITY_POLICIES, "policy", _UNREADABLE, where=_sends_no_traces, also=_BY_DESIGN),
    *rows(
        "iam-no-admin",
        t.ROLE,
        "managedPolicyArns",
        {"administrators": to([ADMINISTRATOR]), "nearly so": to(["arn:aws:iam::aws:policy/PowerUserAccess"])},
        where=_decides_no_traces,
    ),
    *(
        row
        for type_, path in ATTACHMENTS.items()
        if type_ != t.ROLE
        for row in rows(
            "iam-no-admin",
            type_,
            path,
            {"administrators": to([ADMINISTRATOR] if path.endswith("s") else ADMINISTRATOR)},
        )
    ),
    *rows(
        "iam-trust-specific",
        t.ROLE,
        "assumeRolePolicy",
        {
            "anybody": to(_trust("*")),
            "anybody of AWS": to(_trust({"AWS": "*"})),
            "an account": to(_trust({"AWS": _ACCOUNT})),
            "an account by its number": to(_trust({"AWS": ["210987654321"]})),
            "all but one": to(
                json.dumps({"Statement": {"Effect": "Allow", "NotPrincipal": {"AWS": _ACCOUNT}}})
            ),
            "an account, but not one": to(
                _trust({"AWS": _ACCOUNT}, condition={"StringNotEquals": {"sts:ExternalId": "x"}})
            ),
        },
    ),
    *rows(
        "iam-trust-specific",
        t.ROLE,
        "assumeRolePolicy",
        _UNREADABLE,
        also=(also("iam-oidc-subject"),),
    ),
    *rows(
        "iam-oidc-subject",
        t.ROLE,
        "assumeRolePolicy",
        {
            "no subject": to(_web(aud=_AUDIENCE)),
            "any repository": to(_web(aud=_AUDIENCE, sub="repo:*")),
            "any of an organisation": to(_web(aud=_AUDIENCE, sub="repo:omnitrack/*")),
            "no audience": to(_web(sub="repo:omnitrack/omnitrack-ai:*")),
            "no condition": to(_trust({"Federated": _GITHUB_ARN}, action="sts:AssumeRoleWithWebIdentity")),
        },
    ),
    *rows(
        "iot-policy-scoped",
        t.aws("iot/policy"),
        "policy",
        {
            "any action": with_statement(Action="iot:*", Resource="*"),
            "a pattern": with_statement(
                Action="iot:Pub*", Resource="arn:aws:iot:us-east-1:123456789012:topic/x"
            ),
            "any client": with_statement(
                Action="iot:Connect", Resource="arn:aws:iot:us-east-1:123456789012:client/*"
            ),
            "its own word": with_statement(
                Action="iot:Connect", Resource="arn:aws:iot:us-east-1:123456789012:client/${iot:ClientId}"
            ),
            "all topics": with_statement(
                Action="iot:Subscribe", Resource="arn:aws:iot:us-east-1:123456789012:topicfilter/#"
            ),
            "no JSON": to("{"),
        },
    ),
)
