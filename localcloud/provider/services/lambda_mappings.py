"""Event source mappings of AWS Lambda: https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventsourcemapping.html."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from localcloud.provider.resource import Resource
from localcloud.provider.row import Call, Read, Tags, Values
from localcloud.provider.values import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from localcloud.provider.shapes import Request

# https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html
QUEUE_BATCH, STREAM_BATCH, FIFO_BATCH = 10, 100, 10
STREAM_ONLY = (
    "bisectBatchOnFunctionError",
    "destinationConfig",
    "maximumRecordAgeInSeconds",
    "maximumRetryAttempts",
    "parallelizationFactor",
    "startingPosition",
    "startingPositionTimestamp",
)
OTHER_SOURCES = (
    "amazonManagedKafkaEventSourceConfig",
    "documentDbEventSourceConfig",
    "provisionedPollerConfig",
    "queues",
    "selfManagedEventSource",
    "selfManagedKafkaEventSourceConfig",
    "sourceAccessConfigurations",
    "topics",
)
NOT_LOCAL = {
    **dict.fromkeys(OTHER_SOURCES, "must be left out: the local cloud reads queues and streams only"),
    "kmsKeyArn": "must be left out: the local cloud does not encrypt filters",
    "metricsConfig": "must be left out: the local cloud writes no metrics of event sources",
    "tumblingWindowInSeconds": "must be left out: the local cloud has no tumbling windows",
}


class MappingResource(Resource):
    """An event source mapping; its function is named as the program names it, by name or ARN."""

    def problems(self, inputs: Values) -> Iterator[tuple[str, str]]:
        """Queues and streams have settings of their own."""
        yield from ((name, NOT_LOCAL[name]) for name in sorted(inputs.keys() & NOT_LOCAL))
        if not inputs.keys() & {"eventSourceArn", "selfManagedEventSource"}:
            yield "eventSourceArn", "is required"
        source = inputs.get("eventSourceArn")
        if not isinstance(source, str):
            return
        if ":sqs:" not in source:
            if "scalingConfig" in inputs:
                yield "scalingConfig", "is for queues only: use parallelizationFactor for a stream"
            if "startingPosition" not in inputs:
                yield "startingPosition", "is required for a stream: TRIM_HORIZON, LATEST or AT_TIMESTAMP"
            if ":dynamodb:" in source and inputs.get("startingPosition") == "AT_TIMESTAMP":
                yield "startingPosition", "must be TRIM_HORIZON or LATEST for a stream of DynamoDB"
            return
        yield from ((name, "is for streams, not for queues") for name in STREAM_ONLY if name in inputs)
        size, window = inputs.get("batchSize"), inputs.get("maximumBatchingWindowInSeconds")
        if isinstance(size, int) and size > QUEUE_BATCH and window in {None, 0}:
            yield (
                "maximumBatchingWindowInSeconds",
                f"must be 1 or more when batchSize exceeds {QUEUE_BATCH}",
            )
        if source.endswith(".fifo") and isinstance(size, int) and size > FIFO_BATCH:
            yield "batchSize", f"may be at most {FIFO_BATCH} for a FIFO queue"

    def request(self, operation: str, values: Values) -> Request:
        """The batch size that AWS assumes depends on the source."""
        source = values.get("eventSourceArn", UNKNOWN)
        if values.get("batchSize") is None and source is not UNKNOWN:
            size = QUEUE_BATCH if ":sqs:" in str(source) else STREAM_BATCH
            values = {**values, "batchSize": size}
        return super().request(operation, values)

    def from_cloud(self, found: dict[str, Any], values: Values) -> dict[str, Any]:
        """Whether it is on, and the function by the name that the program gave it."""
        function, named = found["functionArn"], str(values.get("functionName", ""))
        means_same = function == named or function.endswith(f":function:{named}")
        for block, content in (("destinationConfig", "onFailure"), ("filterCriteria", "filters")):
            if not found.get(block, {}).get(content):
                found.pop(block, None)
        # Each batch changes the result: that is no drift.
        result = values.get("lastProcessingResult") or found.get("lastProcessingResult")
        return {
            **found,
            "enabled": found["state"] in {"Enabled", "Enabling"},
            "lastProcessingResult": result,
            "functionName": named if named and means_same else function,
        }


RESOURCES = (
    MappingResource(
        type="aws:lambda/eventSourceMapping:EventSourceMapping",
        service="lambda",
        create="CreateEventSourceMapping",
        reads=(Read(operation="GetEventSourceMapping"),),
        updates=(Call(operation="UpdateEventSourceMapping"),),
        delete="DeleteEventSourceMapping",
        id="{uuid}",
        names={
            "arn": "EventSourceMappingArn",
            "destinationConfig.onFailure.destinationArn": "Destination",
            "documentDbEventSourceConfig": "DocumentDBEventSourceConfig",
        },
        replace=(
            "eventSourceArn",
            "queues",
            "selfManagedEventSource",
            "startingPosition",
            "startingPositionTimestamp",
            "topics",
        ),
        defaults={"enabled": True, "maximumBatchingWindowInSeconds": 0},
        write_only=("startingPositionTimestamp",),
        handled=dict.fromkeys((*NOT_LOCAL, "useResourceTimeoutForPropagation"), ""),
        # What the program drops goes back to what AWS assumes for a new mapping.
        cleared={
            "bisectBatchOnFunctionError": False,
            "destinationConfig": {"onFailure": {"destinationArn": ""}},
            "filterCriteria": {"filters": []},
            "functionResponseTypes": [],
            "maximumRecordAgeInSeconds": -1,
            "maximumRetryAttempts": -1,
            "parallelizationFactor": 1,
            "scalingConfig": {},
        },
        json=("filterCriteria.filters.pattern",),
        tags=Tags(read="ListTags"),
        ready={"state": ("Enabled", "Disabled")},
        await_gone=True,
        retry=(
            "Please ensure the role can perform",
            "The provided execution role does not have permissions",
            "The role defined for the function cannot be assumed by Lambda",
            "ResourceInUseException",
        ),
    ),
)
