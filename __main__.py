"""OmniTrack AI on AWS: settings, parts, exports. Stacks differ in their settings only."""

# ruff: noqa: E402 - the collector rests before the imports begin
import gc

gc.disable()  # it would take two fifths of the imports' time, and the program ends soon

from pathlib import Path

import pulumi
import yaml
from omnitrack.domain.thresholds import Thresholds

from composition import entrances, foundation, reactions
from composition.function_rows import Parts, behind_rest, behind_the_sockets, behind_the_twin
from composition.functions import function_defaults, made
from composition.ground import Ground, keys
from functions.build import BuildError, code_archive, dependency_layer
from policy import guard
from settings import Settings, SettingsError

gc.freeze()  # nor does the end of the process look through what was imported


def check_thresholds(settings: Settings) -> None:
    """What thresholds mean the functions know, which would otherwise find out when they run."""
    try:
        Thresholds.parse(settings.alert_thresholds)
    except ValueError as error:
        place = f"omnitrack:alertThresholds in Pulumi.{settings.stage}.yaml"
        raise SettingsError(f"mend {place}: {error}") from None


try:  # whatever may be missing is missed before the first resource
    settings = Settings.load()
    check_thresholds(settings)
    code = code_archive()
    dependencies = dependency_layer(settings.runtime, settings.architecture)
    contract = yaml.load(
        (Path(__file__).parent / "functions" / "openapi.yaml").read_text("utf-8"), yaml.CSafeLoader
    )
except (SettingsError, BuildError) as error:
    pulumi.log.error(str(error))
    raise SystemExit(guard.STOPPED) from None  # an exception would be shown as a second, unhandled error
guard.install(stage=settings.stage, retention_days=settings.log_retention_days)

# What functions stand on.
encryption = keys(settings)
ground = Ground(settings=settings, encryption=encryption)
account = foundation.account_settings(ground)
tables = foundation.tables_with_backups(ground)
identity = foundation.users(ground)
secrets = foundation.generated_secrets(ground)
queues = foundation.message_queues(ground)
topic = foundation.alert_topic(ground)
sockets = entrances.socket_api(ground)

# The functions, and what clients reach of them.
defaults = function_defaults(ground, code=code, dependencies=dependencies)
parts = Parts(
    settings=settings,
    tables=tables,
    identity=identity,
    secrets=secrets,
    queues=queues,
    topic=topic,
    sockets=sockets,
)
rest = made(defaults, behind_rest(parts))
api = entrances.rest_api(ground, account=account, contract=contract, functions=rest, identity=identity)
edge = entrances.edge_with_firewall(ground, api=api, sockets=sockets, identity=identity, secret=secrets.edge)
background = made(defaults, behind_the_twin(parts, api_address=edge.api_endpoint))
live = made(defaults, behind_the_sockets(parts))
functions = {**rest, **background, **live}
entrances.socket_routes(ground, account=account, sockets=sockets, functions=live)

# What sets the others going.
telemetry = reactions.telemetry(ground, queues, functions)
reactions.schedule(ground, queues, functions)
reactions.changes(tables, queues, functions)
reactions.subscriptions(ground, topic, functions)

pulumi.export("ApiEndpoint", edge.api_endpoint)
pulumi.export("WebSocketEndpoint", edge.socket_endpoint)
pulumi.export("UserPoolId", identity.user_pool_id)
pulumi.export("UserPoolClientId", identity.client_id)
pulumi.export("SignInUrl", identity.sign_in_url)
pulumi.export("MainTableName", tables.main.name)
pulumi.export("NetworkShards", settings.network_shards)
pulumi.export("ConnectionsTableName", tables.connections.name)
pulumi.export("IngestQueueUrl", queues.ingest.main.url)
pulumi.export("DeadLetterQueueUrl", queues.ingest.dead_letters.url)
pulumi.export("EvaluationQueueUrl", queues.evaluations.main.url)
pulumi.export("EvaluationDeadLetterQueueUrl", queues.evaluations.dead_letters.url)
pulumi.export("NotificationQueueUrl", queues.notifications.main.url)
pulumi.export("NotificationDeadLetterQueueUrl", queues.notifications.dead_letters.url)
pulumi.export("AlertTopicArn", topic.arn)
pulumi.export("EdgeSecretArn", secrets.edge.arn)
pulumi.export("EdgeSecretGeneration", settings.edge_secret_generation)
pulumi.export("CursorSecretGeneration", settings.cursor_secret_generation)
pulumi.export("SensorPolicyName", telemetry.sensor_policy_name)
pulumi.export("SensorThingTypeName", account.thing_type_name)
pulumi.export("ReadingsTopic", telemetry.readings_topic)
pulumi.export("FunctionNames", {name: each.name for name, each in functions.items()})

guard.judge()
