"""Refuses what Lambda refuses: aliases of missing versions, and event source mappings that cannot work.

https://docs.aws.amazon.com/lambda/latest/api/API_CreateAlias.html
https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
"""

from collections.abc import Callable
from typing import Any

from localcloud.aws.patches.upstream import Upstream

Answer = Any


def apply() -> None:
    """Wrap what creates and changes aliases and mappings.

    Raises:
        PatchError: MiniStack has changed.
    """
    service = Upstream("lambda_refusals", "services.lambda_svc")
    queues = Upstream("lambda_refusals", "services.sqs")
    service.require("_functions")
    service.require("_esms")
    service.require("_func_arn", "name")
    service.require("error_response_json")
    service.require("_resolve_existing_esm_function", "function_ref")
    service.require("_effective_func_record_for_qualifier", "func", "qualifier")
    queues.require("_queue_by_arn", "arn")
    refusals = _Refusals(service.module, queues.module)
    service.wrap("_create_alias", "func_name", "data", by=refusals.on_creation_of_alias)
    service.wrap("_update_alias", "func_name", "alias_name", "data", by=refusals.on_update_of_alias)
    service.wrap("_create_esm", "data", by=refusals.on_creation_of_mapping)
    service.wrap("_update_esm", "esm_id", "data", by=refusals.on_update_of_mapping)


class _Refusals:
    """Judges a request before upstream carries it out; what upstream refuses itself is left to it."""

    def __init__(self, service: Any, queues: Any) -> None:  # noqa: ANN401 - upstream has no types
        self._service = service
        self._queues = queues

    def on_creation_of_alias(self, original: Callable[..., Answer]) -> Callable[..., Answer]:
        def create(func_name: str, data: dict[str, Any]) -> Answer:
            return self._missing_version(func_name, data) or original(func_name, data)

        return create

    def on_update_of_alias(self, original: Callable[..., Answer]) -> Callable[..., Answer]:
        def update(func_name: str, alias_name: str, data: dict[str, Any]) -> Answer:
            return self._missing_version(func_name, data) or original(func_name, alias_name, data)

        return update

    def on_creation_of_mapping(self, original: Callable[..., Answer]) -> Callable[..., Answer]:
        def create(data: dict[str, Any]) -> Answer:
            source, function = data.get("EventSourceArn", ""), data.get("FunctionName", "")
            return self._duplicate(source, function) or self._impatient(source, function) or original(data)

        return create

    def on_update_of_mapping(self, original: Callable[..., Answer]) -> Callable[..., Answer]:
        def update(esm_id: str, data: dict[str, Any]) -> Answer:
            mapping = self._service._esms.get(esm_id) or {}
            function = data.get("FunctionName") or mapping.get("FunctionArn", "")
            return self._impatient(mapping.get("EventSourceArn", ""), function) or original(esm_id, data)

        return update

    def _missing_version(self, function: str, data: dict[str, Any]) -> Answer | None:
        record = self._service._functions.get(function)
        weights = (data.get("RoutingConfig") or {}).get("AdditionalVersionWeights") or {}
        named = [data["FunctionVersion"]] if data.get("FunctionVersion") else []
        for version in (*named, *weights):
            if record and version != "$LATEST" and version not in record["versions"]:
                arn = f"{self._service._func_arn(function)}:{version}"
                return self._service.error_response_json(
                    "ResourceNotFoundException", f"Function not found: {arn}", 404
                )
        return None

    def _duplicate(self, source: str, function: str) -> Answer | None:
        name, qualifier, error = self._service._resolve_existing_esm_function(function)
        if error:
            return None
        for mapping in self._service._esms.values():
            same = (mapping["EventSourceArn"], mapping["FunctionName"], mapping.get("Qualifier"))
            if source and same == (source, name, qualifier):
                kind = {"sqs": "SQS", "kinesis": "kinesis", "dynamodb": "dynamodb"}[source.split(":")[2]]
                fault = (
                    f'An event source mapping with {kind} arn (" {source} ") and function (" {name} ") '
                    "already exists. Please update or delete the existing mapping with UUID "
                    f"{mapping['UUID']}"
                )
                return self._service.error_response_json("ResourceConflictException", fault, 409)
        return None

    def _impatient(self, source: str, function: str) -> Answer | None:
        """A queue that hands a message out again while the function still works on it."""
        queue = self._queues._queue_by_arn(source) if ":sqs:" in source else None
        name, qualifier, error = self._service._resolve_existing_esm_function(function)
        if queue is None or error:
            return None
        _, configuration = self._service._effective_func_record_for_qualifier(
            self._service._functions.get(name), qualifier
        )
        timeout = int((configuration or {}).get("Timeout", 3))
        visibility = int(queue["attributes"].get("VisibilityTimeout", 30))
        if visibility >= timeout:
            return None
        times = f"visibility timeout: {visibility} seconds is less than Function timeout: {timeout} seconds"
        return self._service.error_response_json("InvalidParameterValueException", f"Queue {times}", 400)
