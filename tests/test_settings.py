"""Settings are read once, checked all at once, and explained."""

import dataclasses
import json
import sys
from collections.abc import Mapping
from typing import Any

import pulumi
import pytest
import yaml
from pulumi.runtime import set_all_config
from pydantic import ValidationError

from policy.guard import STOPPED
from settings import LOCAL_ACCOUNT, STAGES, Settings, SettingsError
from tests.support.program import ROOT, configuration, deploy_program

# docs: the runbook's "Environment Variables", one row per variable and environment.
RUNBOOK: dict[str, dict[str, object]] = {
    "staging": {
        "account": "123456789012",
        "region": "us-east-1",
        "stage": "staging",
        "prefix": "omnitrack-staging",
        "table_name": "omnitrack-staging-main",
        "dynamodb_billing_mode": "PAY_PER_REQUEST",
        "user_pool_name": "omnitrack-staging-users",
        "cognito_domain_prefix": "omnitrack-staging",
        "api_stage": "staging",
        "api_throttle_rate_limit": 1000,
        "api_throttle_burst_limit": 2000,
        "lambda_memory_size": 1024,
        "lambda_timeout": 30,
        "lambda_log_level": "INFO",
        "enable_xray": True,
        "log_retention_days": 7,
        "enable_waf": True,
        "enable_encryption": True,
    },
    "production": {
        "account": "123456789012",
        "region": "us-east-1",
        "stage": "production",
        "prefix": "omnitrack-production",
        "table_name": "omnitrack-production-main",
        "dynamodb_billing_mode": "PAY_PER_REQUEST",
        "user_pool_name": "omnitrack-production-users",
        "cognito_domain_prefix": "omnitrack-production",
        "api_stage": "production",
        "api_throttle_rate_limit": 5000,
        "api_throttle_burst_limit": 10000,
        "lambda_memory_size": 2048,
        "lambda_timeout": 60,
        "lambda_log_level": "WARN",
        "enable_xray": True,
        "log_retention_days": 30,
        "enable_waf": True,
        "enable_encryption": True,
    },
}
OVERRIDES = ("stackName", "dynamodbTableName", "cognitoUserPoolName", "apiGatewayStage")
MISSING = None

# A setting, a text it must not have, and what the sentence says of it.
FAULTS: list[tuple[str, str | None, str]] = [
    ("aws:region", "Virginia", "is Virginia; wanted: the AWS region"),
    ("aws:region", "cn-north-1", "not in China"),
    ("aws:region", "us-gov-west-1", "GovCloud"),
    ("aws:region", "us-iso-east-1", "isolated partition"),
    ("aws:region", MISSING, "is missing"),
    ("aws:allowedAccountIds", "[123456789012]", "twelve digits in quotes"),
    ("aws:allowedAccountIds", '["1234"]', "twelve digits in quotes"),
    ("aws:allowedAccountIds", "[]", "twelve digits in quotes"),
    ("aws:allowedAccountIds", '["123456789012", "210987654321"]', "one account"),
    ("aws:defaultTags", "{}", "Project, Environment, ManagedBy"),
    ("aws:defaultTags", '{"tags": {"Project": "omnitrack"}}', "Project, Environment, ManagedBy"),
    (
        "aws:defaultTags",
        '{"tags": {"Project": "omnitrack", "Environment": "production", "ManagedBy": "pulumi"}}',
        "Environment is the stack's name",
    ),
    (
        "aws:defaultTags",
        '{"tags": {"Project": "omnitrack", "Environment": "staging", "ManagedBy": ""}}',
        "values of 1 to 256",
    ),
    (
        "aws:defaultTags",
        '{"tags": {"Project": "o", "Environment": "staging", "ManagedBy": "pulumi", "aws:owner": "me"}}',
        "do not begin with aws:",
    ),
    ("omnitrack:stackName", "Omni Track", "small letters, digits and hyphens"),
    ("omnitrack:stackName", "x" * 38, "3 to 37"),
    ("omnitrack:dynamodbTableName", "a", "3 to 255"),
    ("omnitrack:dynamodbBillingMode", "pay_per_request", "PAY_PER_REQUEST or PROVISIONED"),
    ("omnitrack:dynamodbReadCapacity", "0", "1 to 40000"),
    ("omnitrack:dynamodbWriteCapacity", "5.5", "1 to 40000"),
    ("omnitrack:cognitoUserPoolName", "users!", "1 to 128"),
    ("omnitrack:cognitoDomainPrefix", "Omnitrack", "small letters"),
    ("omnitrack:cognitoDomainPrefix", "my-cognito-pool", "without aws, amazon or cognito"),
    ("omnitrack:cognitoMfa", "true", "OFF, OPTIONAL or ON"),
    ("omnitrack:callbackUrls", '["http://omnitrack.ai/"]', "https://"),
    ("omnitrack:callbackUrls", "[]", "1 to 20"),
    ("omnitrack:callbackUrls", json.dumps(["https://omnitrack.ai/" + "x" * 1024]), "1024 characters"),
    ("omnitrack:logoutUrls", "https://omnitrack.ai/", "1 to 20 addresses"),
    ("omnitrack:idTokenMinutes", "4", "5 to 1440"),
    ("omnitrack:refreshTokenDays", "3651", "1 to 3650"),
    ("omnitrack:apiGatewayStage", "v1/staging", "letters, digits, hyphens and underscores"),
    ("omnitrack:apiThrottleRateLimit", "0", "1 to 100000"),
    ("omnitrack:apiThrottleBurstLimit", "lots", "is lots; wanted: requests at once"),
    ("omnitrack:allowedOrigins", '["*"]', "https://host"),
    ("omnitrack:allowedOrigins", '["https://omnitrack.ai/"]', "https://host"),
    ("omnitrack:websocketThrottleRateLimit", "0", "1 to 100000"),
    ("omnitrack:websocketThrottleBurstLimit", "100001", "1 to 100000"),
    ("omnitrack:apiDomain", "https://api.example.org", "host that both APIs are served at"),
    ("omnitrack:apiDomain", "API.example.org", "small letters"),
    ("omnitrack:apiDomain", f"{'x' * 54}.example.org", "at most 64 characters"),
    ("omnitrack:apiDomain", "-api.example.org", "no label with a hyphen at an end"),
    ("omnitrack:apiDomain", "api-.example.org", "no label with a hyphen at an end"),
    ("omnitrack:apiDomain", "api..example.org", "host that both APIs"),
    ("omnitrack:hostedZoneId", MISSING, "is missing; wanted: id of the Route 53 zone"),
    ("omnitrack:hostedZoneId", "example.org", "is example.org; wanted: id of the Route 53 zone"),
    ("omnitrack:edgeRateLimit", "9", "10 to 2000000000"),
    ("omnitrack:edgeSecretGeneration", "0", "1 to 1000000"),
    ("omnitrack:cursorSecretGeneration", "-1", "1 to 1000000"),
    ("omnitrack:alertEmails", '["on call"]', "e-mail addresses"),
    ("omnitrack:alertEmails", '["ops@omnitrack.ai", "OPS@omnitrack.ai"]', "different e-mail addresses"),
    ("omnitrack:alertThresholds", '{"default": {"utilization": 0.9}}', "type of node or default"),
    ("omnitrack:alertThresholds", '{"default": {"utilization": {"high": "lots"}}}', "to severity, to number"),
    ("omnitrack:unitWeightKg", "0", "1 to 100000"),
    ("omnitrack:networkShards", "101", "1 to 100"),
    ("omnitrack:lambdaMemorySize", "127", "128 to 10240"),
    ("omnitrack:lambdaTimeout", "901", "1 to 900"),
    ("omnitrack:lambdaTimeout", "30s", "1 to 900"),
    ("omnitrack:lambdaReservedConcurrency", "3", "4 to 1000"),
    ("omnitrack:lambdaReservedConcurrency", "1001", "leaves at least 100 of the account's"),
    ("omnitrack:backupRetentionDays", "0", "1 to 3000"),
    ("omnitrack:lambdaLogLevel", "WARNING", "DEBUG, INFO, WARN or ERROR"),
    ("omnitrack:functionRuntime", "python3.10", "python3.11, python3.12"),
    ("omnitrack:functionRuntime", "host", "in the local account also host"),
    ("omnitrack:functionArchitecture", "host", "in the local account also host"),
    ("omnitrack:enableXray", "yes", "true or false"),
    ("omnitrack:enableWaf", "1", "true or false"),
    ("omnitrack:enableEncryption", "True", "true or false"),
    ("omnitrack:logRetentionDays", "8", "1, 3, 5, 7, 14, 30"),
    ("omnitrack:kmsDeletionWindowDays", "6", "7 to 30"),
    ("omnitrack:deletionProtection", "", "true or false"),
    ("omnitrack:permissionsBoundary", "policy/bounds", "name of the managed policy"),
    ("omnitrack:lambdaTimeot", "30", "is no setting: did you mean omnitrack:lambdaTimeout?"),
    ("omnitrack:somethingElse", "30", "is no setting: remove it"),
]


def parsed(changes: Mapping[str, str | None] | None = None, stage: str = "staging") -> Settings:
    return Settings.parse(stage, changed(stage, changes or {}))


def changed(stage: str, changes: Mapping[str, str | None]) -> dict[str, str]:
    texts = {**configuration(stage), **changes}
    return {key: text for key, text in texts.items() if text is not None}


@pytest.mark.parametrize("stage", RUNBOOK)
def test_a_stack_has_the_values_of_the_runbook(stage: str) -> None:
    settings = parsed(stage=stage)
    assert {name: getattr(settings, name) for name in RUNBOOK[stage]} == RUNBOOK[stage]


def test_development_differs_from_staging_where_a_reason_is_written() -> None:
    lines = (ROOT / "Pulumi.development.yaml").read_text().splitlines()
    development, staging = configuration("development"), configuration("staging")
    different = {key for key in development | staging if development.get(key) != staging.get(key)} - {
        "aws:defaultTags",
        "omnitrack:cognitoDomainPrefix",
        "omnitrack:logoutUrls",
        "omnitrack:allowedOrigins",
    }
    for key in different:
        number = next(number for number, line in enumerate(lines) if key in line)
        assert "#" in "".join(lines[number : number + 2]), f"{key} differs from staging without a reason"


@pytest.mark.parametrize("stage", STAGES)
def test_names_that_follow_from_others_are_not_repeated_in_the_files(stage: str) -> None:
    assert not {f"omnitrack:{name}" for name in OVERRIDES} & set(configuration(stage))


@pytest.mark.parametrize(("key", "text", "words"), FAULTS, ids=lambda value: str(value)[:40])
def test_a_fault_is_named_with_key_value_range_and_file(key: str, text: str | None, words: str) -> None:
    with pytest.raises(SettingsError) as caught:
        parsed({key: text})
    sentence = str(caught.value)
    assert "mend 1 setting of staging in Pulumi.staging.yaml" in sentence
    assert f"- {key} " in sentence
    assert words in sentence


def test_all_faults_come_at_once() -> None:
    changes = {key: text for key, text, _ in FAULTS}
    with pytest.raises(SettingsError) as caught:
        parsed(changes)
    for key in changes:
        assert f"- {key} " in str(caught.value)


def test_every_required_setting_is_missed() -> None:
    required = [
        str(f.alias) for f in Settings.model_fields.values() if f.is_required() and f.alias != "stage"
    ]
    with pytest.raises(SettingsError) as caught:
        Settings.parse("staging", {})
    assert all(f"- {key} is missing; wanted: " in str(caught.value) for key in required)


def test_every_setting_has_a_row_of_faults() -> None:
    rows = {key for key, _, _ in FAULTS}
    assert {str(f.alias) for f in Settings.model_fields.values()} - {"stage"} <= rows


def test_a_secret_is_not_repeated() -> None:
    set_all_config({}, ["omnitrack:lambdaLogLevel"])
    try:
        with pytest.raises(SettingsError) as caught:
            parsed({"omnitrack:lambdaLogLevel": "hunter2"})
    finally:
        set_all_config({}, [])
    assert "hunter2" not in str(caught.value)
    assert "omnitrack:lambdaLogLevel is [secret]" in str(caught.value)


def test_settings_of_other_packages_are_left_alone() -> None:
    assert parsed({"aws:profile": "omnitrack-staging", "pulumi:tags": "{}"}) == parsed()


def test_an_unknown_stack_is_told_the_three_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pulumi, "get_stack", lambda: "prod")
    with pytest.raises(SettingsError, match=r"no stack 'prod'.*development, staging, production"):
        Settings.load()


def test_the_language_host_shows_the_sentence_alone() -> None:
    assert issubclass(SettingsError, pulumi.RunError), "other exceptions are shown with a traceback"


def test_the_program_says_it_once_and_ends_before_the_first_resource(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    monkeypatch.setattr(pulumi.log, "error", said.append)
    with pytest.raises(SystemExit) as left:
        deploy_program("staging", {"omnitrack:lambdaTimeout": "soon"})
    assert left.value.code == STOPPED
    assert len(said) == 1
    assert "omnitrack:lambdaTimeout is soon" in said[0]


def test_thresholds_that_the_functions_would_not_understand_end_it_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    said: list[str] = []
    monkeypatch.setattr(pulumi.log, "error", said.append)
    with pytest.raises(SystemExit) as left:
        deploy_program("staging", {"omnitrack:alertThresholds": '{"castle": {"utilization": {"high": 1}}}'})
    assert left.value.code == STOPPED
    assert len(said) == 1
    assert "mend omnitrack:alertThresholds in Pulumi.staging.yaml" in said[0]
    assert "castle" in said[0]


def test_a_zone_without_a_domain_is_not_needed() -> None:
    with pytest.raises(SettingsError, match="set it where apiDomain is set, and only there"):
        parsed({"omnitrack:apiDomain": ""})
    assert parsed({"omnitrack:apiDomain": "", "omnitrack:hostedZoneId": ""}).hosted_zone_id == ""


def test_an_empty_override_means_the_derived_name() -> None:
    assert parsed({f"omnitrack:{name}": "" for name in OVERRIDES}) == parsed()


def test_overrides_replace_derived_names() -> None:
    settings = parsed(
        {
            "omnitrack:stackName": "omnitrack-blue",
            "omnitrack:dynamodbTableName": "old-table",
            "omnitrack:cognitoUserPoolName": "Old users",
            "omnitrack:apiGatewayStage": "live",
        }
    )
    names = (settings.prefix, settings.table_name, settings.user_pool_name, settings.api_stage)
    assert names == ("omnitrack-blue", "old-table", "Old users", "live")


@pytest.mark.parametrize(("timeout", "behind_the_api"), [("10", 10), ("29", 29), ("30", 29), ("900", 29)])
def test_functions_behind_the_api_end_before_the_gateway_does(timeout: str, behind_the_api: int) -> None:
    settings = parsed({"omnitrack:lambdaTimeout": timeout})
    assert (settings.lambda_timeout, settings.rest_timeout) == (int(timeout), behind_the_api)


@pytest.mark.parametrize(
    ("machine", "architecture"), [("x86_64", "x86_64"), ("aarch64", "arm64"), ("ARM64", "arm64")]
)
def test_host_is_resolved_in_the_local_account(
    monkeypatch: pytest.MonkeyPatch, machine: str, architecture: str
) -> None:
    monkeypatch.setattr("platform.machine", lambda: machine)
    settings = parsed(stage="development")
    assert settings.account == LOCAL_ACCOUNT
    assert settings.architecture == architecture
    assert settings.runtime == f"python{sys.version_info.major}.{sys.version_info.minor}"


def test_settings_cannot_be_changed() -> None:
    settings = parsed()
    with pytest.raises(ValidationError, match="frozen"):
        settings.enable_waf = False


@dataclasses.dataclass(frozen=True, kw_only=True)
class Described:
    type: str
    description: str
    default: Any


def described() -> dict[str, Described]:
    schema = yaml.safe_load((ROOT / "Pulumi.yaml").read_text())["config"]
    return {
        key: Described(type=each["type"], description=each["description"], default=each.get("default"))
        for key, each in schema.items()
    }


def test_the_project_file_describes_exactly_the_settings() -> None:
    aliases = [str(field.alias) for field in Settings.model_fields.values()]
    own = [alias.removeprefix("omnitrack:") for alias in aliases if alias.startswith("omnitrack:")]
    assert sorted(described()) == sorted(own)


def test_the_project_file_names_type_default_and_range_of_each_setting() -> None:
    types = {each: each for each in ("string", "integer", "boolean", "array", "object")}
    schema = Settings.model_json_schema()["properties"]
    for key, text in described().items():
        rules: dict[str, Any] = schema[f"omnitrack:{key}"]
        assert types[text.type] == rules["type"], key
        assert text.default == rules.get("default"), key
        bounds = [rules[bound] for bound in ("minimum", "maximum", "minItems", "maxItems") if bound in rules]
        for bound in [*bounds, *rules.get("enum", [])]:
            assert str(bound) in text.description, f"{key} does not mention {bound}"
        if text.type == "boolean":
            assert "true or false" in text.description


def test_a_stack_file_holds_nothing_but_settings() -> None:
    for stage in STAGES:
        content = yaml.safe_load((ROOT / f"Pulumi.{stage}.yaml").read_text())
        assert list(content) == ["config"], "no salt and no key of a secrets provider"
        assert json.dumps(content).count("secure") == 0
