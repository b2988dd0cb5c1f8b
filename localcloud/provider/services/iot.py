"""AWS IoT Core: https://docs.aws.amazon.com/iot/latest/apireference/."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from localcloud.provider import shapes
from localcloud.provider.cloud import CallError
from localcloud.provider.resource import Resource
from localcloud.provider.row import Call, Limit, Name, Read, Tags, Values

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from localcloud.provider.cloud import Cloud

# Property of a rule -> the kind of action in the API.
ACTIONS = {
    "cloudwatchAlarms": "cloudwatchAlarm",
    "cloudwatchLogs": "cloudwatchLogs",
    "cloudwatchMetrics": "cloudwatchMetric",
    "dynamodbs": "dynamoDB",
    "dynamodbv2s": "dynamoDBv2",
    "elasticsearch": "elasticsearch",
    "firehoses": "firehose",
    "https": "http",
    "iotAnalytics": "iotAnalytics",
    "iotEvents": "iotEvents",
    "kafkas": "kafka",
    "kineses": "kinesis",
    "lambdas": "lambda",
    "republishes": "republish",
    "s3": "s3",
    "sns": "sns",
    "sqs": "sqs",
    "stepFunctions": "stepFunctions",
    "timestreams": "timestream",
}
# https://docs.aws.amazon.com/iot/latest/apireference/API_CreatePolicyVersion.html
MOST_VERSIONS = 5
NO_LOGS = "DISABLED"


class ThingTypeResource(Resource):
    """A thing type; AWS deletes only what was deprecated before."""

    def request(self, operation: str, values: Values) -> shapes.Request:
        """Deprecation is undone by the call that makes it."""
        request = super().request(operation, values)
        if operation == "DeprecateThingType":
            request.members["undoDeprecate"] = values.get("deprecated") is False
        return request

    def run_delete(self, cloud: Cloud, values: Values) -> None:
        """Deprecate, then delete."""
        name = {"thingTypeName": values["name"]}
        cloud.call("iot", "DeprecateThingType", name)
        cloud.call("iot", "DeleteThingType", name)


class PolicyResource(Resource):
    """A policy; each change is a new version, of which AWS keeps five."""

    def run_call(self, cloud: Cloud, call: Call, values: Values, concerned: frozenset[str]) -> None:
        """Make room for a version, then make it."""
        versions = self._other_versions(cloud, values)
        if len(versions) >= MOST_VERSIONS - 1:
            self._drop(cloud, values, versions[0])
        super().run_call(cloud, call, values, concerned)

    def run_delete(self, cloud: Cloud, values: Values) -> None:
        """Delete all versions, the policy itself last."""
        for version in self._other_versions(cloud, values):
            self._drop(cloud, values, version)
        super().run_delete(cloud, values)

    def _other_versions(self, cloud: Cloud, values: Values) -> list[str]:
        """Ids of the versions that do not apply, oldest first."""
        answer = cloud.call("iot", "ListPolicyVersions", {"policyName": values["name"]})
        versions = [one["versionId"] for one in answer["policyVersions"] if not one["isDefaultVersion"]]
        return sorted(versions, key=int)

    def _drop(self, cloud: Cloud, values: Values, version: str) -> None:
        request = {"policyName": values["name"], "policyVersionId": version}
        cloud.call("iot", "DeletePolicyVersion", request)


class TopicRuleResource(Resource):
    """A rule; Pulumi has a property for each kind of action, AWS one list of all."""

    def request(self, operation: str, values: Values) -> shapes.Request:
        """Put the actions into one list, and speak of them by their property."""
        sent = {name: value for name, value in values.items() if name not in ACTIONS}
        sent["actions"] = [
            {ACTIONS[name]: action}
            for name in ACTIONS
            if isinstance(values.get(name), list)
            for action in values[name]
        ]
        if isinstance(sent.get("enabled"), bool):
            sent["ruleDisabled"] = not sent["enabled"]
        request = shapes.build(
            self.input_shape(operation),
            self.taggable(operation, sent),
            names={_in_actions(path): member for path, member in self.names.items()},
            containers=self.containers,
        )
        owners = {f"actions.{kind}": name for name, kind in ACTIONS.items()}
        for path in [path for path in request.placed if path.startswith("actions.")]:
            request.placed.add(_renamed(path, owners))
        request.placed.update({"enabled", *ACTIONS} & values.keys())
        for member, path in request.origins.items():
            request.origins[member] = _renamed(path, owners)
        return request

    def run_read(self, cloud: Cloud, values: Values) -> dict[str, Any] | None:
        """Read the rule; AWS answers Unauthorized for one that does not exist."""
        try:
            answer = cloud.call("iot", "GetTopicRule", {"ruleName": values["name"]})
        except CallError as error:
            if error.means_not_found(self.not_found):
                return None
            raise
        rule = answer["rule"]
        actions: dict[str, list[Any]] = {name: [] for name in ACTIONS}
        for action in rule.pop("actions", ()):
            for name, kind in ACTIONS.items():
                if kind in action:
                    actions[name].append(action[kind])
        found = self.properties({**rule, **actions, "ruleArn": answer["ruleArn"]})
        return {**found, "enabled": not rule.get("ruleDisabled", False)}


class LoggingOptionsResource(Resource):
    """What AWS IoT logs in a region: options that are switched off, and never deleted."""

    def problems(self, inputs: Values) -> Iterator[tuple[str, str]]:
        """What is switched off as a whole is no resource."""
        if inputs.get("disableAllLogs") is True and inputs.get("defaultLogLevel") == NO_LOGS:
            yield "disableAllLogs", f"must be left out beside defaultLogLevel {NO_LOGS}"

    def run_read(self, cloud: Cloud, values: Values) -> dict[str, Any] | None:
        """Options that were never set, or that a deletion switched off, are none."""
        found = super().run_read(cloud, values)
        if not found or not found.get("roleArn"):
            return None
        return None if found.get("disableAllLogs") and found.get("defaultLogLevel") == NO_LOGS else found

    def run_delete(self, cloud: Cloud, values: Values) -> None:
        """Switch all logs off."""
        off = {"roleArn": values["roleArn"], "defaultLogLevel": NO_LOGS, "disableAllLogs": True}
        cloud.call("iot", "SetV2LoggingOptions", off)


def _in_actions(path: str) -> str:
    """The path of `sqs.queueUrl` within the list of all actions: `actions.sqs.queueUrl`."""
    first, _, rest = path.partition(".")
    return f"actions.{ACTIONS[first]}.{rest}" if rest and first in ACTIONS else path


def _renamed(path: str, owners: Mapping[str, str]) -> str:
    """The property path of `actions.sqs.queueUrl`: `sqs.queueUrl`."""
    first = ".".join(path.split(".")[:2])
    return path.replace(first, owners[first], 1) if first in owners else path


RESOURCES = (
    ThingTypeResource(
        type="aws:iot/thingType:ThingType",
        service="iot",
        create="CreateThingType",
        reads=(Read(operation="DescribeThingType"),),
        updates=(Call(operation="DeprecateThingType", properties=("deprecated",)),),
        delete="DeleteThingType",
        id="{name}",
        name=Name(longest=128),
        names={
            "arn": "thingTypeArn",
            "name": "thingTypeName",
            "properties": "thingTypeProperties",
            "properties.description": "thingTypeDescription",
        },
        answers={"deprecated": "thingTypeMetadata.deprecated"},
        replace=("name", "properties"),
        defaults={"deprecated": False, "properties.description": ""},
        tags=Tags(),
        # A type rests for five minutes between its deprecation and its end.
        # https://docs.aws.amazon.com/iot/latest/apireference/API_DeleteThingType.html
        retry=("Please wait for 5 minutes",),
        limits={"properties.searchableAttributes": Limit(longest=3)},
    ),
    PolicyResource(
        type="aws:iot/policy:Policy",
        service="iot",
        create="CreatePolicy",
        reads=(Read(operation="GetPolicy"),),
        updates=(
            Call(operation="CreatePolicyVersion", properties=("policy",), arguments={"setAsDefault": True}),
        ),
        delete="DeletePolicy",
        id="{name}",
        name=Name(longest=128),
        names={"arn": "policyArn", "name": "policyName", "policy": "policyDocument"},
        replace=("name",),
        json=("policy",),
        volatile=("defaultVersionId",),
        tags=Tags(),
    ),
    TopicRuleResource(
        type="aws:iot/topicRule:TopicRule",
        service="iot",
        create="CreateTopicRule",
        reads=(Read(operation="GetTopicRule", at="rule"),),
        updates=(
            Call(
                operation="ReplaceTopicRule",
                properties=("description", "enabled", "errorAction", "sql", "sqlVersion", *ACTIONS),
            ),
        ),
        delete="DeleteTopicRule",
        id="{name}",
        name=Name(longest=128, forbidden="[^a-zA-Z0-9_]"),
        names={
            "arn": "ruleArn",
            "errorAction.http.httpHeaders": "headers",
            "https.httpHeaders": "headers",
            "name": "ruleName",
            "sqlVersion": "topicRulePayload.awsIotSqlVersion",
        },
        containers=("topicRulePayload",),
        replace=("name",),
        defaults={"description": ""},
        computed={"arn": "arn:{partition}:iot:{region}:{account}:rule/{name}"},
        tags=Tags(at_create=False),
        not_found=("UnauthorizedException",),
        # A new role needs a moment until IoT may act as it.
        retry=("sts:AssumeRole",),
    ),
    LoggingOptionsResource(
        type="aws:iot/loggingOptions:LoggingOptions",
        service="iot",
        create="SetV2LoggingOptions",
        reads=(Read(operation="GetV2LoggingOptions"),),
        updates=(Call(operation="SetV2LoggingOptions"),),
        delete="SetV2LoggingOptions",
        id="{region}",
        defaults={"disableAllLogs": False},
        not_found=("NotConfiguredException",),
        # A new role needs a moment until IoT may act as it.
        retry=("If the role was just created or updated, please try again in a few seconds",),
    ),
)
