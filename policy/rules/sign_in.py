"""Sign-in: passwords are hard to guess, users cannot be enumerated, and a second factor can be asked for.

Threat protection (`advancedSecurityMode`) is not demanded: it needs the paid Plus tier of Amazon Cognito.
"""

from policy.graph import UNKNOWN, Resource
from policy.predicates import equals, every, fault_unless, is_one_of
from policy.rule import Context, Judge, Level, Rule, Severity, Verdict

POOL = "aws:cognito/userPool:UserPool"
CLIENT = "aws:cognito/userPoolClient:UserPoolClient"
LEAST_LENGTH = 12
"""Characters of a password. FSBP Cognito.3 and cdk-nag ask for 8, Prowler for 14.

This lies between them, and is what the platform's own pool asks: a pool beside it may not ask for less.
"""

_CLASSES = ("requireLowercase", "requireUppercase", "requireNumbers", "requireSymbols")
_NO_CLASS = "does not ask for all four kinds of characters in a password"


def _length(pool: Resource, _context: Context) -> Verdict:
    length = pool.read("passwordPolicy.minimumLength")
    if length is UNKNOWN:
        return UNKNOWN
    long_enough = isinstance(length, int | float) and length >= LEAST_LENGTH
    return None if long_enough else f"accepts passwords shorter than {LEAST_LENGTH} characters"


_strong_password = every(
    _length, *(equals(f"passwordPolicy.{name}", wanted=True, fault=_NO_CLASS) for name in _CLASSES)
)
_says_nothing = equals(
    "preventUserExistenceErrors", wanted="ENABLED", fault="tells strangers which users exist"
)


def password_policy(resource: Resource, context: Context) -> Verdict:
    """A pool asks for strong passwords; a client answers a wrong name like a wrong password."""
    judge: Judge = _strong_password if resource.type == POOL else _says_nothing
    return judge(resource, context)


def second_factor(pool: Resource, _context: Context) -> Verdict:
    """Users may or must have a second factor: FSBP asks for ON, the stages before production for less."""
    return fault_unless(is_one_of(pool.read("mfaConfiguration"), "ON", "OPTIONAL"), "takes no second factor")


RULES = (
    Rule(
        id="cognito-password-policy",
        title="Passwords are long and mixed, and a wrong one does not tell whether the user exists.",
        types=(POOL, CLIENT),
        judge=password_policy,
        fix=f"set password_policy with minimum_length {LEAST_LENGTH} or more and all four require_ flags "
        "(of a client: prevent_user_existence_errors to ENABLED)",
        severity=Severity.MEDIUM,
        source="https://docs.aws.amazon.com/securityhub/latest/userguide/cognito-controls.html",
        frameworks=(
            "FSBP Cognito.3",
            "AwsSolutions-COG1",
            "cognito_user_pool_client_prevents_user_existence_errors",
        ),
        level=Level.ADVISORY,
    ),
    Rule(
        id="cognito-mfa",
        title="Users can have a second factor.",
        types=(POOL,),
        judge=second_factor,
        fix="set mfa_configuration to ON or OPTIONAL, and enabled in software_token_mfa_configuration",
        severity=Severity.MEDIUM,
        source="https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-settings-mfa.html",
        frameworks=("FSBP Cognito.5", "AwsSolutions-COG2", "cognito_user_pool_mfa_enabled"),
        level=Level.ADVISORY,
    ),
)
