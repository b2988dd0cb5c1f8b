"""Cases of the rules on sign-in."""

from typing import Any

from tests.policy.cases.case import (
    UNKNOWN_BLOCK,
    UNKNOWN_FLAG,
    UNKNOWN_NUMBER,
    UNKNOWN_TEXT,
    Kind,
    cases_of,
    resource,
    secret,
    value_cases,
    without_none,
)

POOL = "aws:cognito/userPool:UserPool"
CLIENT = "aws:cognito/userPoolClient:UserPoolClient"
SHORT = "accepts passwords shorter than 12 characters"
PLAIN = "does not ask for all four kinds of characters in a password"
TELLS = "tells strangers which users exist"
NO_FACTOR = "takes no second factor"
STRONG = {
    "minimumLength": 12,
    "requireLowercase": True,
    "requireUppercase": True,
    "requireNumbers": True,
    "requireSymbols": True,
}

policy = cases_of("cognito-password-policy")
mfa = cases_of("cognito-mfa")


def pool(**changes: Any) -> list[Any]:
    return [resource(POOL, {"passwordPolicy": {"__defaults": [], **without_none(**{**STRONG, **changes})}})]


POLICIES = (
    policy(Kind.MISSING, "no policy", [resource(POOL, {})], SHORT),
    policy(Kind.MISSING, "a null policy", [resource(POOL, {"passwordPolicy": None})], SHORT),
    policy(Kind.MISSING, "no length", pool(minimumLength=None), SHORT),
    policy(Kind.WRONG, "what FSBP is content with", pool(minimumLength=8), SHORT),
    policy(Kind.WRONG, "a character too short", pool(minimumLength=11), SHORT),
    policy(Kind.WRONG, "a length of zero", pool(minimumLength=0), SHORT),
    policy(Kind.WRONG, "a length as a text", pool(minimumLength="12"), SHORT),
    policy(Kind.WRONG, "a length as a flag", pool(minimumLength=True), SHORT),
    *(
        policy(Kind.WRONG, f"{name} is {value}", pool(**{name: value}), PLAIN)
        for name in STRONG
        if name != "minimumLength"
        for value in (None, False, "true")
    ),
    policy(
        Kind.WRONG, "short under unknown classes", pool(minimumLength=8, requireSymbols=UNKNOWN_FLAG), SHORT
    ),
    policy(
        Kind.UNKNOWN,
        "the block is not known",
        [resource(POOL, {"passwordPolicy": UNKNOWN_BLOCK})],
        undecided=True,
    ),
    policy(Kind.UNKNOWN, "the length is not known", pool(minimumLength=UNKNOWN_NUMBER), undecided=True),
    policy(Kind.UNKNOWN, "a class is not known", pool(requireNumbers=UNKNOWN_FLAG), undecided=True),
    policy(Kind.CORRECT, "the platform's policy", pool()),
    policy(Kind.CORRECT, "longer, and as a secret", pool(minimumLength=secret(20))),
    policy(Kind.CORRECT, "a list of one block", [resource(POOL, {"passwordPolicy": [STRONG]})]),
    policy(
        Kind.CORRECT,
        "without threat protection, which the Plus tier alone has",
        [resource(POOL, {"passwordPolicy": STRONG, "userPoolAddOns": {"advancedSecurityMode": "OFF"}})],
    ),
    *value_cases(
        "cognito-password-policy",
        CLIENT,
        lambda answer: without_none(preventUserExistenceErrors=answer),
        right="ENABLED",
        wrong=["LEGACY", ""],
        unknown=UNKNOWN_TEXT,
        fault=TELLS,
    ),
)

FACTORS = (
    mfa(Kind.MISSING, "not set", [resource(POOL, {})], NO_FACTOR),
    mfa(Kind.MISSING, "an empty text", [resource(POOL, {"mfaConfiguration": ""})], NO_FACTOR),
    mfa(Kind.WRONG, "off", [resource(POOL, {"mfaConfiguration": "OFF"})], NO_FACTOR),
    mfa(Kind.WRONG, "a flag", [resource(POOL, {"mfaConfiguration": True})], NO_FACTOR),
    mfa(Kind.UNKNOWN, "not known yet", [resource(POOL, {"mfaConfiguration": UNKNOWN_TEXT})], undecided=True),
    mfa(Kind.CORRECT, "demanded", [resource(POOL, {"mfaConfiguration": "ON"})]),
    mfa(Kind.CORRECT, "demanded, as a secret", [resource(POOL, {"mfaConfiguration": secret("ON")})]),
    mfa(Kind.CORRECT, "offered, as staging does", [resource(POOL, {"mfaConfiguration": "OPTIONAL"})]),
)

CASES = POLICIES + FACTORS
