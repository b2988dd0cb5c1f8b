"""Every setting does something: one property of one resource changes with it, and is named here."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import pytest

from settings import Settings
from tests.support.program import Deployed, StoppedError, deploy_program

STACK = "staging"
ABSENT = object()


@dataclass(frozen=True, kw_only=True)
class Effect:
    """What a setting changes.

    Attributes:
        setting: Its full name.
        text: A value other than the stack's.
        type: Token of the resource.
        name: Its logical name.
        path: Dotted path of the input; a number is a place in a list.
        becomes: The input with that value; a tuple of texts that it then contains; ABSENT.
        beside: Settings that must have another value too for it to matter.
    """

    setting: str
    text: str
    type: str
    name: str
    path: str
    becomes: Any
    beside: tuple[tuple[str, str], ...] = ()


def effect(setting: str, text: str, changes: tuple[str, str, str], becomes: Any, **beside: str) -> Effect:
    """A row; `changes` are type, name and path, and settings of the project go by their short names."""
    type_, name, path = changes
    return Effect(
        setting=setting if ":" in setting else f"omnitrack:{setting}",
        text=text,
        type=type_,
        name=name,
        path=path,
        becomes=becomes,
        beside=tuple((f"omnitrack:{key}", value) for key, value in beside.items()),
    )


TABLE, POOL = "aws:dynamodb/table:Table", "aws:cognito/userPool:UserPool"
CLIENT, DOMAIN = "aws:cognito/userPoolClient:UserPoolClient", "aws:cognito/userPoolDomain:UserPoolDomain"
API, STAGE = "aws:apigateway/restApi:RestApi", "aws:apigateway/stage:Stage"
METHODS, FUNCTION = "aws:apigateway/methodSettings:MethodSettings", "aws:lambda/function:Function"
LAYER, GROUP = "aws:lambda/layerVersion:LayerVersion", "aws:cloudwatch/logGroup:LogGroup"
SENSOR_POLICY, QUEUE = "aws:iot/policy:Policy", "aws:sqs/queue:Queue"
SUBSCRIPTION = "aws:sns/topicSubscription:TopicSubscription"
ROLE, MAPPING = "aws:iam/role:Role", "aws:lambda/eventSourceMapping:EventSourceMapping"
SOCKETS, EDGE = "aws:apigatewayv2/stage:Stage", "aws:cloudfront/distribution:Distribution"
RECORD, VALUE = "aws:route53/record:Record", "aws:secretsmanager/secretVersion:SecretVersion"
SECRET = "aws:secretsmanager/secret:Secret"
ACL, TOPIC = "aws:wafv2/webAcl:WebAcl", "aws:sns/topic:Topic"
ROUTES, VARIABLES = "defaultRouteSettings", "environment.variables"
PLAN, VAULT = "aws:backup/plan:Plan", "aws:backup/vault:Vault"
EFFECTS = [
    effect("aws:region", "eu-central-1", (SENSOR_POLICY, "telemetry-sensor", "policy"), ("eu-central-1",)),
    effect(
        "aws:allowedAccountIds",
        '["210987654321"]',
        (SENSOR_POLICY, "telemetry-sensor", "policy"),
        ("210987654321",),
    ),
    effect("stackName", "omnitrack-blue", (API, "api", "name"), "omnitrack-blue"),
    effect("dynamodbTableName", "old-table", (TABLE, "tables-main", "name"), "old-table"),
    effect("dynamodbBillingMode", "PROVISIONED", (TABLE, "tables-main", "billingMode"), "PROVISIONED"),
    effect(
        "dynamodbReadCapacity",
        "7",
        (TABLE, "tables-main", "readCapacity"),
        7,
        dynamodbBillingMode="PROVISIONED",
    ),
    effect(
        "dynamodbWriteCapacity",
        "9",
        (TABLE, "tables-main", "writeCapacity"),
        9,
        dynamodbBillingMode="PROVISIONED",
    ),
    effect("cognitoUserPoolName", "Old users", (POOL, "identity", "name"), "Old users"),
    effect("cognitoDomainPrefix", "sign-in", (DOMAIN, "identity", "domain"), "sign-in"),
    effect("cognitoMfa", "ON", (POOL, "identity", "mfaConfiguration"), "ON"),
    effect(
        "callbackUrls",
        '["https://a.example/in"]',
        (CLIENT, "identity", "callbackUrls"),
        ["https://a.example/in"],
    ),
    effect(
        "logoutUrls",
        '["https://a.example/out"]',
        (CLIENT, "identity", "logoutUrls"),
        ["https://a.example/out"],
    ),
    effect("idTokenMinutes", "20", (CLIENT, "identity", "idTokenValidity"), 20),
    effect("refreshTokenDays", "5", (CLIENT, "identity", "refreshTokenValidity"), 5),
    effect("apiGatewayStage", "live", (STAGE, "api", "stageName"), "live"),
    effect("apiThrottleRateLimit", "11", (METHODS, "api", "settings.throttlingRateLimit"), 11),
    effect("apiThrottleBurstLimit", "12", (METHODS, "api", "settings.throttlingBurstLimit"), 12),
    effect("allowedOrigins", '["https://a.example"]', (API, "api", "body"), ("'https://a.example'",)),
    effect("websocketThrottleRateLimit", "11", (SOCKETS, "sockets", f"{ROUTES}.throttlingRateLimit"), 11),
    effect("websocketThrottleBurstLimit", "12", (SOCKETS, "sockets", f"{ROUTES}.throttlingBurstLimit"), 12),
    effect("apiDomain", "api.example.org", (EDGE, "edge", "aliases"), ["api.example.org"]),
    effect("hostedZoneId", "ZOTHER", (RECORD, "edge-a", "zoneId"), "ZOTHER"),
    effect("edgeRateLimit", "77", (ACL, "firewall-edge", "rules.0.statement.rateBasedStatement.limit"), 77),
    effect("edgeSecretGeneration", "2", (VALUE, "edge-secret-2", "secretId"), "edge-secret-id"),
    effect("cursorSecretGeneration", "2", (VALUE, "cursor-secret-2", "secretId"), "cursor-secret-id"),
    effect("alertEmails", "[]", (SUBSCRIPTION, "notifications-d55eaa32", "endpoint"), ABSENT),
    effect(
        "alertThresholds",
        '{"port": {"utilization": {"high": 0.7}}}',
        (FUNCTION, "alert-evaluator", f"{VARIABLES}.ALERT_THRESHOLDS"),
        '{"port": {"utilization": {"high": 0.7}}}',
    ),
    effect("unitWeightKg", "3", (FUNCTION, "sustainability", f"{VARIABLES}.UNIT_WEIGHT_KG"), "3"),
    effect("networkShards", "4", (FUNCTION, "twin", f"{VARIABLES}.NETWORK_SHARDS"), "4"),
    effect("lambdaMemorySize", "512", (FUNCTION, "twin", "memorySize"), 512),
    effect("lambdaTimeout", "31", (FUNCTION, "sensor-ingest", "timeout"), 31),
    effect("lambdaReservedConcurrency", "8", (FUNCTION, "twin", "reservedConcurrentExecutions"), 8),
    effect("lambdaLogLevel", "ERROR", (FUNCTION, "twin", "loggingConfig.applicationLogLevel"), "ERROR"),
    effect("functionRuntime", "python3.12", (FUNCTION, "twin", "runtime"), "python3.12"),
    effect("functionArchitecture", "x86_64", (FUNCTION, "twin", "architectures"), ["x86_64"]),
    effect("enableXray", "false", (FUNCTION, "twin", "tracingConfig.mode"), "PassThrough"),
    effect("logRetentionDays", "14", (GROUP, "twin", "retentionInDays"), 14),
    effect("enableWaf", "false", ("aws:wafv2/webAcl:WebAcl", "firewall", "name"), ABSENT),
    effect("enableEncryption", "false", (GROUP, "twin", "kmsKeyId"), ABSENT),
    effect("kmsDeletionWindowDays", "9", ("aws:kms/key:Key", "encryption-tables", "deletionWindowInDays"), 9),
    effect("deletionProtection", "false", (TABLE, "tables-main", "deletionProtectionEnabled"), False),
    effect("backupRetentionDays", "8", (PLAN, "backups", "rules.0.lifecycle.deleteAfter"), 8),
    effect("permissionsBoundary", "bounds", (ROLE, "twin", "permissionsBoundary"), (":policy/bounds",)),
]
# The engine hands it to the default provider; no resource sees it under a recorder.
WITHOUT_INPUT = {"aws:defaultTags"}
# What else hangs on a setting, so that one half of it cannot die unnoticed.
MORE_EFFECTS = [
    effect("lambdaTimeout", "31", (QUEUE, "ingest", "visibilityTimeoutSeconds"), 6 * 31),
    effect("lambdaTimeout", "20", (FUNCTION, "twin", "timeout"), 20),
    effect("functionRuntime", "python3.12", (LAYER, "dependencies", "compatibleRuntimes"), ["python3.12"]),
    effect("functionArchitecture", "x86_64", (LAYER, "dependencies", "compatibleArchitectures"), ["x86_64"]),
    effect("idTokenMinutes", "20", (CLIENT, "identity", "accessTokenValidity"), 20),
    effect(
        "lambdaReservedConcurrency",
        "8",
        (MAPPING, "telemetry-readings", "scalingConfig.maximumConcurrency"),
        4,
    ),
    effect("backupRetentionDays", "8", (PLAN, "backups", "rules.1.lifecycle.deleteAfter"), 12 * 8),
    effect("enableWaf", "false", ("aws:wafv2/webAcl:WebAcl", "firewall-sign-in", "name"), ABSENT),
    effect("enableEncryption", "false", (VAULT, "backups", "kmsKeyArn"), ABSENT),
    effect("deletionProtection", "false", (VAULT, "backups", "forceDestroy"), True),
    effect("enableXray", "false", (STAGE, "api", "xrayTracingEnabled"), False),
    effect("enableEncryption", "false", ("aws:kms/key:Key", "encryption-tables", "policy"), ABSENT),
    effect("enableEncryption", "false", (TABLE, "tables-main", "serverSideEncryption"), ABSENT),
    effect("enableEncryption", "false", (QUEUE, "ingest", "kmsMasterKeyId"), ABSENT),
    effect("enableEncryption", "false", (QUEUE, "ingest", "sqsManagedSseEnabled"), True),
    effect("enableEncryption", "false", (FUNCTION, "twin", "kmsKeyArn"), ABSENT),
    effect("deletionProtection", "false", (POOL, "identity", "deletionProtection"), "INACTIVE"),
    effect("permissionsBoundary", "", (ROLE, "twin", "permissionsBoundary"), ABSENT),
    effect("edgeRateLimit", "77", (ACL, "firewall", "rules.1.statement.rateBasedStatement.limit"), 770),
    effect("enableWaf", "false", (EDGE, "edge", "webAclId"), ABSENT),
    effect("enableXray", "false", (TOPIC, "alerts", "tracingConfig"), "PassThrough"),
    effect("enableEncryption", "false", (TOPIC, "alerts", "kmsMasterKeyId"), ABSENT),
    effect("deletionProtection", "false", (SECRET, "edge-secret", "recoveryWindowInDays"), 0),
    effect("apiGatewayStage", "live", (EDGE, "edge", "origins.0.originPath"), "/live"),
]


@cache
def unguarded(*changes: tuple[str, str]) -> Deployed:
    return deploy_program(STACK, dict(changes), guarded=False)


def value(deployed: Deployed, row: Effect) -> Any:
    found = [each.inputs for each in deployed.all(row.type) if each.name == row.name]
    part: Any = found[0] if found else {}
    for key in row.path.split("."):
        if isinstance(part, list):
            part = part[int(key)]
        else:
            part = part.get(key, ABSENT) if isinstance(part, dict) else ABSENT
    return ABSENT if part is None else part


def test_every_setting_has_an_effect() -> None:
    aliases = {str(field.alias) for field in Settings.model_fields.values()} - {"stage"}
    assert {row.setting for row in EFFECTS} | WITHOUT_INPUT == aliases


@pytest.mark.parametrize(
    "row", [*EFFECTS, *MORE_EFFECTS], ids=lambda row: f"{row.setting} {row.name} {row.path}"
)
def test_a_setting_changes_the_property_that_it_is_for(row: Effect) -> None:
    before = value(unguarded(*row.beside), row)
    after = value(unguarded(*row.beside, (row.setting, row.text)), row)
    if isinstance(row.becomes, tuple):
        assert all(text in after and text not in before for text in row.becomes)
    else:
        assert after == row.becomes or after is row.becomes
        assert before != after


@pytest.mark.parametrize(
    ("setting", "rule"),
    [
        ("enableXray", "lambda-xray-active"),
        ("enableWaf", "apigw-stage-waf"),
        ("enableEncryption", "log-group-cmk"),
    ],
)
def test_a_protection_that_is_switched_off_is_refused_by_the_guard(setting: str, rule: str) -> None:
    with pytest.raises(StoppedError, match=rule):
        deploy_program(STACK, {f"omnitrack:{setting}": "false"})


def test_a_stack_that_keeps_its_values_is_admitted(recorded: Callable[[str], Deployed]) -> None:
    assert recorded(STACK).exports
