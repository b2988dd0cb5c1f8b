"""Federation: whoever signs in elsewhere assumes a role only by tokens that are made out for it."""

import re

from policy.documents import Statement, Test, is_fixed, judge_allowed, limits
from policy.graph import UNKNOWN, Resource
from policy.predicates import fault_unless, worst
from policy.rule import Context, Rule, Severity, Verdict

ROLE = "aws:iam/role:Role"

# Their subjects are persons, who sign in to the application that the audience names.
_SIGN_IN = {
    "cognito-identity.amazonaws.com": "aud",
    "accounts.google.com": "aud",
    "www.amazon.com": "app_id",
    "graph.facebook.com": "app_id",
}
_PROVIDER = re.compile(r"arn:[^:]+:iam::[^:]*:(?P<kind>oidc|saml)-provider/(?P<host>.+)")
_GITHUB = re.compile(r"token\.actions\.githubusercontent\.com(/.*)?", re.IGNORECASE)
_OF_A_REPOSITORY = re.compile(r"(?:repo(?:sitory)?:[^*?:/]+/[^*?:/]+|repository_id:\d+)(?::.*)?", re.DOTALL)
_LABELS = r"(?:(?:repo|repository|project_path|organization|system|serviceaccount):)*+"
_OF_SOMEBODY = re.compile(_LABELS + r"[^*?:]+(?::.*)?", re.DOTALL)


def oidc_subject(role: Resource, _context: Context) -> Verdict:
    """A role for tokens of an identity provider says whose tokens, and for whom they are made out."""
    return judge_allowed(role.read("assumeRolePolicy"), _tokens_narrowed)


def _tokens_narrowed(statement: Statement) -> Verdict:
    return worst(
        _provider_narrowed(statement, principal.value)
        for principal in statement.principals
        if principal.kind in ("federated", UNKNOWN)
    )


def _provider_narrowed(statement: Statement, provider: object) -> Verdict:
    if not isinstance(provider, str):
        return UNKNOWN
    arn = _PROVIDER.fullmatch(provider)
    if arn is not None and arn["kind"] == "saml":
        return None
    host = (arn["host"] if arn else provider).lower()
    subject: Test = _names_repository if _GITHUB.fullmatch(host) else _names_somebody
    wanted: list[tuple[str, Test, str]] = [
        (_SIGN_IN.get(host, "aud"), is_fixed, "can be assumed with tokens made out for any application")
    ]
    if host not in _SIGN_IN:
        wanted.insert(0, ("sub", subject, "can be assumed with tokens of any repository or workload"))
    return worst(
        fault_unless(limits(statement, {f"{host}:{claim}": test}), fault) for claim, test, fault in wanted
    )


def _names_repository(text: str) -> bool:
    return _OF_A_REPOSITORY.fullmatch(text) is not None


def _names_somebody(text: str) -> bool:
    return _OF_SOMEBODY.fullmatch(text) is not None


RULES = (
    Rule(
        id="iam-oidc-subject",
        title="A role for tokens of an identity provider names their subject and their audience.",
        types=(ROLE,),
        judge=oidc_subject,
        fix="test sub (a repository, as repo:organisation/repository:*) and aud in assume_role_policy",
        severity=Severity.CRITICAL,
        source="https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create_for-idp_oidc.html",
        frameworks=("CKV_AWS_358",),
    ),
)
