"""The settings of a stack: the only reader of Pulumi's configuration.

Values live in `Pulumi.<stack>.yaml`; what each means, its unit and its range are described in `Pulumi.yaml`.
The rest of the program receives the frozen `Settings`.
"""

import difflib
import json
import platform
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self

import pulumi
from pulumi.runtime import config as pulumi_config
from pydantic import BaseModel, ConfigDict, Field, ValidationError, ValidationInfo, field_validator
from pydantic.alias_generators import to_camel

STAGES: Final = ("development", "staging", "production")
NAMESPACE: Final = "omnitrack"
PROJECT_FILE: Final = Path(__file__).with_name("Pulumi.yaml")
LOCAL_ACCOUNT: Final = "000000000000"  # the local cloud's; AWS gives it to nobody
HOST: Final = "host"
MACHINES: Final = {"x86_64": "x86_64", "amd64": "x86_64", "aarch64": "arm64", "arm64": "arm64"}
REST_TIMEOUT_LIMIT: Final = 29  # seconds; API Gateway's own limit for an integration
OTHER_PARTITIONS: Final = ("cn-", "us-gov-", "us-iso", "eu-iso")  # how their regions begin
LABEL: Final = "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"  # of a host's name
NEAR: Final = 0.8  # similarity, of 1, from which an unknown key passes for a misspelt one
REQUIRED_TAGS: Final = ("Project", "Environment", "ManagedBy")
PROVIDER_SETTINGS: Final = {
    "aws:region": "the AWS region, as in us-east-1; not in China, GovCloud or an isolated partition, "
    "where Cognito's addresses and the names of services differ",
    "aws:allowedAccountIds": "a list of the one account of the stack, twelve digits in quotes",
    "aws:defaultTags": f"tags: with {', '.join(REQUIRED_TAGS)}; Environment is the stack's name; at most 50, "
    "names of 1 to 128 characters that do not begin with aws:, values of 1 to 256",
}

Requests = Annotated[int, Field(ge=1, le=100_000)]
Capacity = Annotated[int, Field(ge=1, le=40_000)]
Account = Annotated[str, Field(pattern=r"^\d{12}$")]
Address = Annotated[
    str, Field(pattern=r"^(https://[a-z0-9.-]+|http://localhost)(:\d{1,5})?(/[^\s#]*)?$", max_length=1024)
]
Origin = Annotated[str, Field(pattern=r"^(https://[a-z0-9.-]+|http://localhost)(:\d{1,5})?$")]
Email = Annotated[
    str, Field(pattern=r"^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[a-z0-9-]+(\.[a-z0-9-]+)+$", max_length=254)
]
# Type of node or `default` -> measure -> severity -> bound.
Bounds = Annotated[dict[str, float], Field(max_length=4)]
ThresholdsByType = dict[str, dict[str, Bounds]]
Generation = Annotated[int, Field(ge=1, le=1_000_000)]
Addresses = Annotated[tuple[Address, ...], Field(min_length=1, max_length=20)]
# https://docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html
TagName = Annotated[str, Field(min_length=1, max_length=128)]
TagValue = Annotated[str, Field(min_length=1, max_length=256)]
Tags = Annotated[dict[TagName, TagValue], Field(max_length=50)]
# The values that CloudWatch Logs admits:
# https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
RetentionDays = Literal[
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653
]  # fmt: skip


class SettingsError(pulumi.RunError):
    """The configuration of the stack is not usable; the text lists every fault and where to mend it."""


class Settings(BaseModel):
    """What one stack differs in from another; see `Pulumi.yaml` for each setting's meaning."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        strict=True,
        alias_generator=lambda name: f"{NAMESPACE}:{to_camel(name)}",
    )

    stage: Annotated[Literal["development", "staging", "production"], Field(alias="stage")]
    region: Annotated[str, Field(alias="aws:region", pattern=r"^[a-z]{2}(-[a-z]+)+-\d$")]
    account_ids: Annotated[tuple[Account], Field(alias="aws:allowedAccountIds")]
    default_tags: Annotated[dict[Literal["tags"], Tags], Field(alias="aws:defaultTags")]

    # AWS takes 38 characters as the beginning of a role's name, which the hyphen after this must fit into.
    stack_name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{1,35}[a-z0-9]$")] = ""

    dynamodb_table_name: Annotated[str, Field(pattern=r"^[a-zA-Z0-9_.-]{3,255}$")] = ""
    dynamodb_billing_mode: Literal["PAY_PER_REQUEST", "PROVISIONED"]
    dynamodb_read_capacity: Capacity = 5
    dynamodb_write_capacity: Capacity = 5

    cognito_user_pool_name: Annotated[str, Field(pattern=r"^[\w\s+=,.@-]{1,128}$")] = ""
    cognito_domain_prefix: Annotated[str, Field(pattern=r"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$")]
    cognito_mfa: Literal["OFF", "OPTIONAL", "ON"]
    callback_urls: Addresses
    logout_urls: Addresses
    id_token_minutes: Annotated[int, Field(ge=5, le=1440)]
    refresh_token_days: Annotated[int, Field(ge=1, le=3650)]

    api_gateway_stage: Annotated[str, Field(pattern=r"^[a-zA-Z0-9_-]{1,128}$")] = ""
    api_throttle_rate_limit: Requests
    api_throttle_burst_limit: Requests
    allowed_origins: Annotated[tuple[Origin, ...], Field(min_length=1, max_length=10)]
    websocket_throttle_rate_limit: Requests
    websocket_throttle_burst_limit: Requests
    # ACM takes no longer name for a certificate.
    api_domain: Annotated[str, Field(pattern=rf"^{LABEL}(\.{LABEL})+$", max_length=64)] = ""
    hosted_zone_id: Annotated[str, Field(pattern=r"^(Z[A-Z0-9]{1,31})?$", validate_default=True)] = ""
    # The least and the most that AWS WAF counts to, with the window that the program names.
    edge_rate_limit: Annotated[int, Field(ge=10, le=2_000_000_000)]
    edge_secret_generation: Generation = 1
    cursor_secret_generation: Generation = 1

    alert_emails: Annotated[tuple[Email, ...], Field(max_length=20)] = ()
    alert_thresholds: ThresholdsByType = {}
    unit_weight_kg: Annotated[int, Field(ge=1, le=100_000)]
    network_shards: Annotated[int, Field(ge=1, le=100)] = 1

    lambda_memory_size: Annotated[int, Field(ge=128, le=10_240)]
    lambda_timeout: Annotated[int, Field(ge=1, le=900)]
    lambda_reserved_concurrency: Annotated[int, Field(ge=4, le=1000)]
    lambda_log_level: Literal["DEBUG", "INFO", "WARN", "ERROR"]
    function_runtime: Literal["python3.11", "python3.12", "python3.13", "python3.14", "host"]
    function_architecture: Literal["arm64", "x86_64", "host"]

    enable_xray: bool
    log_retention_days: RetentionDays
    enable_waf: bool
    enable_encryption: bool
    kms_deletion_window_days: Annotated[int, Field(ge=7, le=30)]
    deletion_protection: bool
    backup_retention_days: Annotated[int, Field(ge=1, le=3000)]
    permissions_boundary: Annotated[str, Field(pattern=r"^[\w+=,.@-]{1,128}$")] = ""

    @field_validator("region")
    @classmethod
    def _the_partition_is_the_one_that_is_planned_for(cls, value: str) -> str:
        if value.startswith(OTHER_PARTITIONS):
            raise ValueError
        return value

    @field_validator("default_tags")
    @classmethod
    def _tags_name_the_stack(cls, value: dict[str, dict[str, str]], info: ValidationInfo) -> object:
        tags = value.get("tags", {})
        if any(tag not in tags for tag in REQUIRED_TAGS) or tags["Environment"] != info.data.get("stage"):
            raise ValueError
        if any(tag.lower().startswith("aws:") for tag in tags):
            raise ValueError
        return value

    @field_validator("cognito_domain_prefix")
    @classmethod
    def _reserved_words_are_left_to_aws(cls, value: str) -> str:
        if any(word in value for word in ("aws", "amazon", "cognito")):
            raise ValueError
        return value

    @field_validator("hosted_zone_id")
    @classmethod
    def _a_domain_has_its_zone(cls, value: str, info: ValidationInfo) -> str:
        if "api_domain" in info.data and bool(value) != bool(info.data["api_domain"]):
            raise ValueError
        return value

    @field_validator("alert_emails")
    @classmethod
    def _an_address_stands_once(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if len({address.lower() for address in value}) != len(value):
            raise ValueError
        return value

    @field_validator("function_runtime", "function_architecture")
    @classmethod
    def _only_the_local_cloud_runs_on_this_machine(cls, value: str, info: ValidationInfo) -> str:
        if value == HOST and info.data.get("account_ids") != (LOCAL_ACCOUNT,):
            raise ValueError
        return value

    @property
    def account(self) -> str:
        """The AWS account, twelve digits."""
        return self.account_ids[0]

    @property
    def prefix(self) -> str:
        """What physical names start with."""
        return self.stack_name or f"omnitrack-{self.stage}"

    @property
    def table_name(self) -> str:
        """The table's physical name."""
        return self.dynamodb_table_name or f"{self.prefix}-main"

    @property
    def connections_name(self) -> str:
        """The physical name of the table of sockets."""
        return f"{self.prefix}-connections"

    @property
    def user_pool_name(self) -> str:
        """The user pool's physical name."""
        return self.cognito_user_pool_name or f"{self.prefix}-users"

    @property
    def api_stage(self) -> str:
        """The name of the REST API's stage."""
        return self.api_gateway_stage or self.stage

    @property
    def rest_timeout(self) -> int:
        """Seconds that a function behind the REST API may run."""
        return min(self.lambda_timeout, REST_TIMEOUT_LIMIT)

    @property
    def runtime(self) -> str:
        """The Lambda runtime, `host` resolved."""
        this_python = f"python{sys.version_info.major}.{sys.version_info.minor}"
        return this_python if self.function_runtime == HOST else self.function_runtime

    @property
    def architecture(self) -> str:
        """Lambda's name of the processor, `host` resolved."""
        this_machine = MACHINES.get(platform.machine().lower(), "x86_64")
        return this_machine if self.function_architecture == HOST else self.function_architecture

    @classmethod
    def load(cls) -> Self:
        """The settings of the selected stack.

        Raises:
            SettingsError: The stack has no such name, or a setting is missing, unknown or not allowed.
        """
        stage = pulumi.get_stack()
        if stage not in STAGES:
            raise SettingsError(
                f"there is no stack {stage!r}: select one of {', '.join(STAGES)} (pulumi stack select NAME)"
            )
        texts = {**pulumi_config.get_config_env(), **pulumi_config.CONFIG.get()}
        return cls.parse(stage, texts)

    @classmethod
    def parse(cls, stage: str, texts: Mapping[str, str]) -> Self:
        """The settings in a stack's configuration, as Pulumi hands it over.

        Args:
            stage: The stack's name.
            texts: Every value by its full name (`namespace:key`); what is no string is written as JSON.

        Raises:
            SettingsError: Settings are missing, unknown or not allowed.
        """
        fields = {field.alias: field for field in cls.model_fields.values()}
        values: dict[str, object] = {"stage": stage}
        for key, text in texts.items():
            if key.partition(":")[0] != NAMESPACE and key not in fields:
                continue  # another package's
            field = fields.get(key)
            if text == "" and field is not None and not field.is_required():
                continue  # an override that is not used
            values[key] = text if field is None or field.annotation is str else _decoded(text)
        try:
            return cls.model_validate_json(json.dumps(values))
        except ValidationError as error:
            known = [alias for alias in fields if alias]
            faults = list(dict.fromkeys(_sentences(error, texts, known)))
        heading = f"mend {len(faults)} setting{'s' if len(faults) > 1 else ''} of {stage}"
        raise SettingsError("\n  - ".join([f"{heading} in Pulumi.{stage}.yaml:", *faults]))


def _decoded(text: str) -> object:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _sentences(error: ValidationError, texts: Mapping[str, str], known: list[str]) -> Iterator[str]:
    meanings = _meanings()
    aliases = {name: str(field.alias) for name, field in Settings.model_fields.items()}
    for fault in error.errors(include_url=False):
        place = str(fault["loc"][0])
        key = aliases.get(place, place)  # of a value that is left out, pydantic tells the field
        if fault["type"] == "extra_forbidden":
            near = difflib.get_close_matches(key, known, n=1, cutoff=NEAR)
            hint = f"did you mean {near[0]}?" if near else "remove it"
            yield f"{key} is no setting: {hint}"
        elif fault["type"] == "missing" or key not in texts:
            yield f"{key} is missing; wanted: {meanings[key]}"
        else:
            value = "[secret]" if pulumi_config.is_config_secret(key) else texts[key]
            yield f"{key} is {value}; wanted: {meanings[key]}"


def _meanings() -> dict[str, str]:
    import yaml  # noqa: PLC0415 - only a faulty configuration needs it

    schema: dict[str, Any] = yaml.safe_load(PROJECT_FILE.read_text(encoding="utf-8"))["config"]
    described = {f"{NAMESPACE}:{key}": entry["description"] for key, entry in schema.items()}
    return PROVIDER_SETTINGS | described
