"""Cases of the rule on who assumes a role by tokens of an identity provider."""

from typing import Any

from tests.policy.cases.case import (
    UNKNOWN_TEXT,
    without_none,
)
from tests.policy.cases.policy_documents import ROLE, SERVICES, Judging, document, trusted

ANY_SUBJECT = "can be assumed with tokens of any repository or workload"
ANY_AUDIENCE = "can be assumed with tokens made out for any application"
GITHUB = "token.actions.githubusercontent.com"
GITLAB = "gitlab.com"
CLUSTER = "oidc.eks.eu-west-1.amazonaws.com/id/AB12"


def federated(
    host: str, sub: object, aud: object = "sts.amazonaws.com", operator: str = "StringLike"
) -> dict[str, Any]:
    tests: dict[str, Any] = {operator: without_none(**{f"{host}:sub": sub})}
    if aud is not None:
        tests = {**tests, "StringEquals": {**tests.get("StringEquals", {}), f"{host}:aud": aud}}
    return trusted({"Federated": f"arn:aws:iam::123456789012:oidc-provider/{host}"}, tests)


oidc = Judging("iam-oidc-subject", ROLE, "assumeRolePolicy")
CASES = (
    *oidc.usual(federated(GITHUB, None), federated(GITHUB, "repo:acme/omnitrack:*"), ANY_SUBJECT),
    *(
        oidc.wrong(f"the subject {sub}", ANY_SUBJECT, federated(GITHUB, ["repo:acme/omnitrack:*", sub]))
        for sub in (
            "*",
            "repo:*",
            "repo:acme/*",
            "repo:acme/omni*",
            "repo:*/omnitrack:*",
            "environment:production",
        )
    ),
    *(
        oidc.wrong(
            f"the subject by {operator}", ANY_SUBJECT, federated(GITHUB, "repo:acme/x:*", operator=operator)
        )
        for operator in ("StringNotLike", "StringLikeIfExists", "ForAllValues:StringLike", "Null")
    ),
    oidc.wrong(
        "the subject of another provider",
        ANY_SUBJECT,
        {**federated(GITLAB, "repo:a/b:*"), **trusted({"Federated": GITHUB})},
    ),
    oidc.wrong("no audience", ANY_AUDIENCE, federated(GITHUB, "repo:acme/x:*", None)),
    oidc.wrong("any audience", ANY_AUDIENCE, federated(GITHUB, "repo:acme/x:*", "*")),
    oidc.wrong(
        "no condition at all", ANY_SUBJECT, trusted({"Federated": f"arn:aws:iam::1:oidc-provider/{GITHUB}"})
    ),
    oidc.wrong("any project", ANY_SUBJECT, federated(GITLAB, "project_path:acme/*")),
    oidc.wrong("any service account", ANY_SUBJECT, federated(CLUSTER, "system:serviceaccount:*")),
    oidc.wrong("any sign-in", ANY_AUDIENCE, trusted({"Federated": "cognito-identity.amazonaws.com"})),
    oidc.right(
        "a branch", federated(GITHUB, "repo:acme/omnitrack:ref:refs/heads/main", operator="StringEquals")
    ),
    oidc.right("a repository by number", federated(GITHUB, "repository_id:42:*")),
    oidc.right("a project", federated(GITLAB, "project_path:acme/omnitrack:*")),
    oidc.right("a service account", federated(CLUSTER, "system:serviceaccount:omnitrack:*")),
    oidc.right(
        "a sign-in for one pool",
        trusted(
            {"Federated": "cognito-identity.amazonaws.com"},
            {"StringEquals": {"cognito-identity.amazonaws.com:aud": "eu-west-1:1"}},
        ),
    ),
    *(
        oidc.right(
            f"a sign-in at {host} for one application",
            trusted({"Federated": host}, {"StringEquals": {f"{host}:{claim}": "application"}}),
        )
        for host, claim in (
            ("www.amazon.com", "app_id"),
            ("graph.facebook.com", "app_id"),
            ("accounts.google.com", "aud"),
        )
    ),
    oidc.right("a SAML provider", trusted({"Federated": "arn:aws:iam::123456789012:saml-provider/x"})),
    oidc.right("a service", trusted(SERVICES)),
    oidc.unknown("a provider by reference", document(trusted({"Federated": UNKNOWN_TEXT}))),
    oidc.unknown("a subject by reference", document(federated(GITHUB, UNKNOWN_TEXT))),
    oidc.unknown(
        "a condition by reference", document(trusted({"Federated": GITHUB}, {"StringLike": UNKNOWN_TEXT}))
    ),
)
