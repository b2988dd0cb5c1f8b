"""Cases of the rules on credentials in clear. All credentials are made up, none opens anything."""

from collections.abc import Mapping
from typing import Any

from policy.graph import Resource
from policy.rules.credentials import CARRIERS
from tests.policy.cases.case import (
    UNKNOWN_BLOCK,
    UNKNOWN_TEXT,
    Kind,
    cases_of,
    resource,
    secret,
    without_none,
)

FUNCTION = "aws:lambda/function:Function"
APP = "aws:amplify/app:App"
BRANCH = "aws:amplify/branch:Branch"
STAGE = "aws:apigateway/stage:Stage"
STAGE_V2 = "aws:apigatewayv2/stage:Stage"
PARAMETER = "aws:ssm/parameter:Parameter"
SECRET = resource("aws:secretsmanager/secret:Secret", {}, name="source")
TABLE = resource("aws:dynamodb/table:Table", {}, name="source")
SECURE = resource(PARAMETER, {"type": "SecureString"}, name="source")
PLAIN = resource(PARAMETER, {"type": "String"}, name="source")

DIGITS = "0123456789" * 4
SECRET_ARN = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:database-a1b2c3"
# Put together here, so that no scanner of the repository takes them for real ones.
FORMS = {
    "an access key": "AKIA" + "IOSFODNN7EXAMPLE",
    "a temporary access key in a text": "key=ASIA" + "IOSFODNN7EXAMPLE;",
    "a private key": "-----BEGIN " + "RSA PRIVATE KEY-----\nMIIE",
    "a private key of no kind": "-----BEGIN " + "PRIVATE KEY-----\nMIIE",
    "a PGP key": "-----BEGIN " + "PGP PRIVATE KEY BLOCK-----\n",
    "a GitHub token": "ghp_" + DIGITS,
    "a finer GitHub token": "github_pat_" + DIGITS,
    "a GitLab token": "glpat-" + DIGITS[:20],
    "a Slack token": "xoxb-" + DIGITS[:12],
    "a Slack hook": "https://hooks.slack.com/services/" + "T0/B0/x1",
    "a Stripe key": "sk_live_" + DIGITS[:24],
    "a Google key": "AIza" + DIGITS[:35],
    "a SendGrid key": "SG." + DIGITS[:22] + "." + (DIGITS * 2)[:43],
    "an npm token": "npm_" + DIGITS[:36],
    "a JSON Web Token": "eyJhbGciOiJI.eyJzdWIiOiIx." + "c2lnbmF0dXJl",
    "a URL with a password": "postgres://" + "app:hunter2@db.example.org/app",
    "a URL with a password after a word": "dsn=jdbc:postgres://" + "app:hunter2@db.example.org/app",
    "a token after its kind": "Bearer eyJhbGciOiJI.eyJzdWIiOiIx." + "c2lnbmF0dXJl",
    "a URL with a password and no user": "redis://" + ":hunter2@cache.example.org",
}
HARMLESS = {
    "a hash": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b",
    "a KMS ARN": "arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab",
    "a longer word than an access key": "AKIA" + "IOSFODNN7EXAMPLES",
    "a public key": "-----BEGIN PUBLIC KEY-----\nMIIB",
    "a certificate": "-----BEGIN CERTIFICATE-----\nMIIB",
    "a URL": "https://api.example.org:8443/v1/user@example.org",
    "a URL with a user": "https://user@example.org/",
    "a URL with a placeholder": "postgres://app:${DB_PASSWORD}@db.example.org/app",
    "many scheme-like words": "a." * 50000,
    "many words that begin like a token": "eyJ-" * 50000,
    "a sentence": "the secret token is elsewhere",
    "a number": "3",
    "nothing": "",
}
CREDENTIAL_NAMES = (
    "PASSWORD",
    "DB_PASSWORD",
    "CLIENT_SECRET",
    "SLACK_TOKEN",
    "MAPS_API_KEY",
    "APIKEY",
    "apiKey",
    "dbPassword",
    "db-password",
    "AWS_SECRET_ACCESS_KEY",
    "SIGNING_PRIVATE_KEY",
    "SMTP_CREDENTIALS",
    "DB_PASS",
    "DB_PWD",
    "SIGNING_KEY",
    "ENCRYPTION_KEY",
    "encryptionKey",
)
OTHER_NAMES = (
    "DB_SECRET_ARN",
    "DB_PASSWORD_PARAMETER",
    "API_KEY_ID",
    "TOKEN_URL",
    "SECRET_NAME",
    "TOKENIZER",
    "PASSWORD_MIN_LENGTH",
    "SUBTOKEN",
    "KEY",
    "BYPASS",
    "SIGNING_KEY_ARN",
    "SIGNING_KEY_ID",
    "ENCRYPTION_KEY_ALIAS",
    "PASS_COUNT",
    "PARTITION_KEY",
)
POINTERS = (
    SECRET_ARN,
    "alias/omnitrack",
    "/omnitrack/production/db-password",
    "./secrets/token.txt",
    "ssm:/omnitrack/token",
    "{{resolve:secretsmanager:database}}",
    "${DB_PASSWORD}",
    "https://login.example.org/token",
    "true",
    "Disabled",
)


def function(variables: Mapping[str, Any] | str, *sources: Resource) -> Resource:
    environment: dict[str, Any] = {"__defaults": [], "variables": variables}
    return resource(FUNCTION, {"environment": environment}, sources={"environment": sources})


def found_in(*names: str) -> str:
    return f"puts a credential into {', '.join(names)}"


env = cases_of("no-secret-in-env")
VARIABLES = (
    env(Kind.MISSING, "no environment", [resource(FUNCTION, {})]),
    env(Kind.MISSING, "no variables", [function({})]),
    *(env(Kind.WRONG, name, [function({"X": value})], found_in("X")) for name, value in FORMS.items()),
    *(
        env(Kind.WRONG, f"the name {name}", [function({name: "hunter2"})], found_in(name))
        for name in CREDENTIAL_NAMES
    ),
    env(
        Kind.WRONG,
        "two, beside a harmless one",
        [function({"B_TOKEN": "hunter2", "TABLE": "orders", "A_TOKEN": "hunter2"})],
        found_in("A_TOKEN", "B_TOKEN"),
    ),
    env(Kind.WRONG, "as a secret", [function({"TOKEN": secret("hunter2")})], found_in("TOKEN")),
    env(
        Kind.WRONG,
        "a secret access key that looks like a path",
        [function({"AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG/bPxRfiCY" + "EXAMPLEKEY"})],
        found_in("AWS_SECRET_ACCESS_KEY"),
    ),
    env(
        Kind.WRONG,
        "a form behind a name that says nothing of it",
        [function({"DB_SECRET_ARN": FORMS["a GitHub token"]})],
        found_in("DB_SECRET_ARN"),
    ),
    *(
        env(
            Kind.WRONG,
            f"from a {type_}",
            [
                function({"TOKEN": UNKNOWN_TEXT}, resource(type_, {}, name="source")),
                resource(type_, {}, name="source"),
            ],
            found_in("TOKEN"),
        )
        for type_ in sorted(CARRIERS)
    ),
    env(
        Kind.WRONG,
        "from a secure parameter",
        [function({"TABLE": UNKNOWN_TEXT, "TOKEN": UNKNOWN_TEXT}, TABLE, SECURE), TABLE, SECURE],
        found_in("TOKEN"),
    ),
    env(
        Kind.WRONG,
        "an unknown one does not hide a wrong one",
        [function({"A_TOKEN": UNKNOWN_TEXT, "B_TOKEN": "hunter2"})],
        found_in("B_TOKEN"),
    ),
    env(Kind.UNKNOWN, "the variables", [function(UNKNOWN_BLOCK)], undecided=True),
    env(Kind.UNKNOWN, "the block", [resource(FUNCTION, {"environment": UNKNOWN_BLOCK})], undecided=True),
    env(Kind.UNKNOWN, "from nowhere we know", [function({"TOKEN": UNKNOWN_TEXT})], undecided=True),
    env(Kind.UNKNOWN, "from a secret", [function({"TOKEN": UNKNOWN_TEXT}, SECRET), SECRET], undecided=True),
    env(Kind.UNKNOWN, "a parameter", [function({"TOKEN": UNKNOWN_TEXT}, PLAIN), PLAIN], undecided=True),
    env(Kind.CORRECT, "a name that says nothing", [function({"TABLE": UNKNOWN_TEXT}, SECURE), SECURE]),
    *(env(Kind.CORRECT, name, [function({"X": value})]) for name, value in HARMLESS.items()),
    *(env(Kind.CORRECT, f"the name {name}", [function({name: "hunter2"})]) for name in OTHER_NAMES),
    *(
        env(Kind.CORRECT, f"a pointer {index}", [function({"TOKEN": one})])
        for index, one in enumerate(POINTERS)
    ),
    env(Kind.CORRECT, "nothing under such a name", [function({"TOKEN": "", "API_KEY": None})]),
)
PLACES: tuple[tuple[str, dict[str, Any], str], ...] = (
    (APP, {"environmentVariables": {"TOKEN": "hunter2"}}, "TOKEN"),
    (APP, {"autoBranchCreationConfig": {"environmentVariables": {"TOKEN": "hunter2"}}}, "TOKEN"),
    (APP, {"basicAuthCredentials": "dXNlcjpodW50ZXIy"}, "basicAuthCredentials"),
    (APP, {"oauthToken": "hunter2"}, "oauthToken"),
    (APP, {"accessToken": "hunter2"}, "accessToken"),
    (
        APP,
        {"autoBranchCreationConfig": {"basicAuthCredentials": "dXNlcjpodW50ZXIy"}},
        "autoBranchCreationConfig.basicAuthCredentials",
    ),
    (BRANCH, {"environmentVariables": {"TOKEN": "hunter2"}}, "TOKEN"),
    (BRANCH, {"basicAuthCredentials": "dXNlcjpodW50ZXIy"}, "basicAuthCredentials"),
    (STAGE, {"variables": {"TOKEN": "hunter2"}}, "TOKEN"),
    (STAGE_V2, {"stageVariables": {"TOKEN": "hunter2"}}, "TOKEN"),
)
ELSEWHERE = (
    *(
        env(
            Kind.WRONG,
            f"{' '.join(properties)} of {type_}, {name}",
            [resource(type_, properties)],
            found_in(name),
        )
        for type_, properties, name in PLACES
    ),
    env(Kind.UNKNOWN, "an app's token", [resource(APP, {"accessToken": UNKNOWN_TEXT})], undecided=True),
    env(
        Kind.CORRECT,
        "an app without",
        [resource(APP, {"environmentVariables": {"API": "x"}, "accessToken": "", "oauthToken": None})],
    ),
)


def parameter(name: object, value: object, *sources: Resource, **more: Any) -> Resource:
    given = {"type": "String", **without_none(name=name, value=value), **more}
    return resource(PARAMETER, given, sources={"value": sources})


CLIENT = resource("aws:cognito/userPoolClient:UserPoolClient", {}, name="source")
CLEAR = "keeps a credential in clear"
store = cases_of("ssm-secret-is-securestring")
PARAMETERS = (
    store(Kind.MISSING, "no value", [parameter("/omnitrack/db-password", None)]),
    store(
        Kind.MISSING,
        "no type",
        [resource(PARAMETER, {"name": "/omnitrack/token", "value": "hunter2"})],
        CLEAR,
    ),
    store(Kind.WRONG, "its name", [parameter("/omnitrack/production/db-password", "hunter2")], CLEAR),
    store(Kind.WRONG, "its logical name", [resource(PARAMETER, {"value": "x"}, name="api-token")], CLEAR),
    store(
        Kind.WRONG, "an empty name", [resource(PARAMETER, {"name": "", "value": "x"}, name="token")], CLEAR
    ),
    store(Kind.WRONG, "its form", [parameter("/omnitrack/x", FORMS["a GitHub token"])], CLEAR),
    store(
        Kind.WRONG, "a value said to be insecure", [parameter("token", None, insecureValue="hunter2")], CLEAR
    ),
    store(Kind.WRONG, "a list", [parameter("tokens/token", "a,b", type="StringList")], CLEAR),
    store(Kind.WRONG, "by reference", [parameter("client-secret", UNKNOWN_TEXT, CLIENT), CLIENT], CLEAR),
    store(Kind.UNKNOWN, "the value", [parameter("client-secret", UNKNOWN_TEXT)], undecided=True),
    store(Kind.UNKNOWN, "the type", [parameter("token", "hunter2", type=UNKNOWN_TEXT)], undecided=True),
    store(Kind.UNKNOWN, "the type of something harmless", [parameter("x", "1", type=UNKNOWN_TEXT)]),
    store(Kind.CORRECT, "encrypted", [parameter("token", "hunter2", type="SecureString")]),
    store(Kind.CORRECT, "where a credential is", [parameter("token", SECRET_ARN)]),
    store(Kind.CORRECT, "a word in the path", [parameter("/omnitrack/token/lifetime", "15")]),
    store(
        Kind.CORRECT,
        "something unknown that is none",
        [parameter("table-name", UNKNOWN_TEXT, CLIENT), CLIENT],
    ),
)

CASES = VARIABLES + ELSEWHERE + PARAMETERS
