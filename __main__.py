"""OmniTrack AI on AWS: settings, components, exports. Stacks differ in their settings only."""

# ruff: noqa: E402 - the collector rests before the imports begin
import gc

gc.disable()  # it would take two fifths of the imports' time, and the program ends soon

from importlib.metadata import version
from pathlib import Path

import pulumi
import yaml
from omnitrack.domain.access import ROLES

from components.account import Account, AccountArgs
from components.backups import Backups, BackupsArgs
from components.encryption import Encryption, EncryptionArgs
from components.firewall import Firewall, FirewallArgs
from components.function import DependencyLayer, DependencyLayerArgs, Function, FunctionArgs, FunctionDefaults
from components.identity import Identity, IdentityArgs
from components.location import Location
from components.log_keeping import LogKeeping
from components.permissions import boundary_arn
from components.queues import QueueWithDeadLetters, QueueWithDeadLettersArgs
from components.rest_api import EXECUTION_LOGS, RestApi, RestApiArgs
from components.tables import Tables, TablesArgs
from components.telemetry import Telemetry, TelemetryArgs
from functions.build import BuildError, code_archive, dependency_layer
from policy import guard
from settings import Settings, SettingsError

gc.freeze()  # nor does the end of the process look through what was imported

try:  # whatever may be missing is missed before the first resource
    settings = Settings.load()
    code = code_archive()
    dependencies = dependency_layer(settings.runtime, settings.architecture)
    contract = yaml.load(
        (Path(__file__).parent / "functions" / "openapi.yaml").read_text("utf-8"), yaml.CSafeLoader
    )
except (SettingsError, BuildError) as error:
    pulumi.log.error(str(error))
    raise SystemExit(guard.STOPPED) from None  # an exception would be shown as a second, unhandled error
guard.install(stage=settings.stage, retention_days=settings.log_retention_days)

prefix = settings.prefix
location = Location(account=settings.account, region=settings.region)
boundary = boundary_arn(location, settings.permissions_boundary)
kept = pulumi.ResourceOptions(protect=settings.deletion_protection)

encryption = Encryption(
    "encryption",
    EncryptionArgs(
        enabled=settings.enable_encryption,
        prefix=prefix,
        location=location,
        log_groups=[
            f"/aws/lambda/{prefix}-*",
            f"/aws/apigateway/{prefix}-*",
            f"aws-waf-logs-{prefix}-*",
            f"{EXECUTION_LOGS}*/{settings.api_stage}",
        ],
        deletion_window_days=settings.kms_deletion_window_days,
    ),
    kept,
)
logs = LogKeeping(retention_days=settings.log_retention_days, key_arn=encryption.logs_key_arn)
account = Account("account", AccountArgs(prefix=prefix, location=location, boundary_arn=boundary))

tables = Tables(
    "tables",
    TablesArgs(
        table_name=settings.table_name,
        location=location,
        key_arn=encryption.tables_key_arn,
        billing_mode=settings.dynamodb_billing_mode,
        read_capacity=settings.dynamodb_read_capacity,
        write_capacity=settings.dynamodb_write_capacity,
        deletion_protection=settings.deletion_protection,
    ),
    kept,
)
Backups(
    "backups",
    BackupsArgs(
        prefix=prefix,
        location=location,
        boundary_arn=boundary,
        tables=tables,
        tables_key_arn=encryption.tables_key_arn,
        key_arn=encryption.backups_key_arn,
        retention_days=settings.backup_retention_days,
        deletable=not settings.deletion_protection,
    ),
)
identity = Identity(
    "identity",
    IdentityArgs(
        user_pool_name=settings.user_pool_name,
        region=settings.region,
        domain_prefix=settings.cognito_domain_prefix,
        mfa=settings.cognito_mfa,
        roles=ROLES,
        callback_urls=settings.callback_urls,
        logout_urls=settings.logout_urls,
        token_minutes=settings.id_token_minutes,
        refresh_token_days=settings.refresh_token_days,
        deletion_protection=settings.deletion_protection,
    ),
    kept,
)
ingest = QueueWithDeadLetters(
    "ingest",
    QueueWithDeadLettersArgs(
        queue_name=f"{prefix}-ingest",
        location=location,
        key_arn=encryption.queues_key_arn,
        consumer_timeout=settings.lambda_timeout,
    ),
)

layer = DependencyLayer(
    "dependencies",
    DependencyLayerArgs(
        layer_name=f"{prefix}-dependencies",
        archive=pulumi.FileArchive(str(dependencies)),
        runtime=settings.runtime,
        architecture=settings.architecture,
    ),
)
defaults = FunctionDefaults(
    prefix=prefix,
    location=location,
    runtime=settings.runtime,
    architecture=settings.architecture,
    code=pulumi.FileArchive(str(code)),
    layer_arn=layer.arn,
    memory_size=settings.lambda_memory_size,
    concurrency=settings.lambda_reserved_concurrency,
    log_level=settings.lambda_log_level,
    tracing=settings.enable_xray,
    logs=logs,
    boundary_arn=boundary,
    key_arn=encryption.functions_key_arn,
    environment={
        "ENVIRONMENT": settings.stage,
        "VERSION": version("omnitrack-ai"),
        "TABLE_NAME": tables.name,
        "ALLOWED_ORIGINS": ",".join(settings.allowed_origins),
    },
)
health = Function(
    "health",
    FunctionArgs(
        defaults=defaults,
        handler="omnitrack.handlers.health.handler",
        timeout=settings.rest_timeout,
        grants=tables.grants(["dynamodb:GetItem"], reason="proves that the table answers"),
    ),
)
twin = Function(
    "twin",
    FunctionArgs(
        defaults=defaults,
        handler="omnitrack.handlers.twin.handler",
        timeout=settings.rest_timeout,
        grants=tables.grants(
            ["dynamodb:GetItem", "dynamodb:Query", "dynamodb:UpdateItem", "dynamodb:DeleteItem"],
            reason="reads and edits the network",
        ),
    ),
)
sensor_ingest = Function(
    "sensor-ingest",
    FunctionArgs(
        defaults=defaults,
        handler="omnitrack.handlers.sensor_ingest.handler",
        timeout=settings.lambda_timeout,
        grants=[
            *tables.grants(["dynamodb:PutItem", "dynamodb:UpdateItem"], reason="stores readings"),
            *ingest.main.receiving,
            *ingest.dead_letters.sending,
        ],
        environment={"DEAD_LETTER_QUEUE_URL": ingest.dead_letters.url},
    ),
)

api = RestApi(
    "api",
    RestApiArgs(
        name=prefix,
        stage_name=settings.api_stage,
        document=contract,
        functions={"health": health, "twin": twin},
        user_pool_arn=identity.user_pool_arn,
        allowed_origins=settings.allowed_origins,
        tracing=settings.enable_xray,
        throttle_rate=settings.api_throttle_rate_limit,
        throttle_burst=settings.api_throttle_burst_limit,
        logs=logs,
        logging_ready=account.api_logging,
    ),
)
if settings.enable_waf:
    Firewall(
        "firewall",
        FirewallArgs(
            prefix=prefix,
            location=location,
            stage_arn=api.stage_arn,
            user_pool_arn=identity.user_pool_arn,
            logs=logs,
        ),
    )
telemetry = Telemetry(
    "telemetry",
    TelemetryArgs(
        prefix=prefix, location=location, boundary_arn=boundary, queue=ingest, consumer=sensor_ingest
    ),
)

pulumi.export("ApiEndpoint", api.endpoint)
pulumi.export("UserPoolId", identity.user_pool_id)
pulumi.export("UserPoolClientId", identity.client_id)
pulumi.export("SignInUrl", identity.sign_in_url)
pulumi.export("MainTableName", tables.name)
pulumi.export("IngestQueueUrl", ingest.main.url)
pulumi.export("DeadLetterQueueUrl", ingest.dead_letters.url)
pulumi.export("SensorPolicyName", telemetry.sensor_policy_name)
pulumi.export("SensorThingTypeName", account.thing_type_name)
pulumi.export("ReadingsTopic", telemetry.readings_topic)
pulumi.export(
    "FunctionNames", {"health": health.name, "twin": twin.name, "sensor-ingest": sensor_ingest.name}
)

guard.judge()
