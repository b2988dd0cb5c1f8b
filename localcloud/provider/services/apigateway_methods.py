"""Settings of the methods of an API Gateway stage: a part of the stage, changed by patch operations.

https://docs.aws.amazon.com/apigateway/latest/api/API_UpdateStage.html
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from localcloud.provider.cloud import CallError
from localcloud.provider.row import Limit, Read
from localcloud.provider.services.apigateway_patches import Operation, PatchedResource, escaped, replaced

if TYPE_CHECKING:
    from collections.abc import Iterator

    from localcloud.provider.cloud import Cloud
    from localcloud.provider.row import Values

SETTINGS = {
    "cacheDataEncrypted": "caching/dataEncrypted",
    "cacheTtlInSeconds": "caching/ttlInSeconds",
    "cachingEnabled": "caching/enabled",
    "dataTraceEnabled": "logging/dataTrace",
    "loggingLevel": "logging/loglevel",
    "metricsEnabled": "metrics/enabled",
    "requireAuthorizationForCacheControl": "caching/requireAuthorizationForCacheControl",
    "throttlingBurstLimit": "throttling/burstLimit",
    "throttlingRateLimit": "throttling/rateLimit",
    "unauthorizedCacheControlHeaderStrategy": "caching/unauthorizedCacheControlHeaderStrategy",
}


class MethodSettingsResource(PatchedResource):
    """The settings of one method, of a path, or of all methods (`*/*`)."""

    PATCH = "UpdateStage"
    BLOCKS = ("methodPath", "settings")

    def run_create(self, cloud: Cloud, values: Values) -> Values:
        """Set them."""
        self.run_update(cloud, values, frozenset({"settings"}))
        return {}

    def operations(self, cloud: Cloud, values: Values, changed: frozenset[str]) -> Iterator[Operation]:
        """One operation for each setting that the program gives, one to forget the others."""
        if "settings" not in changed:
            return
        path, method = str(values["methodPath"]).rsplit("/", 1)
        prefix = f"/{escaped(path)}/{method}"
        if self.run_read(cloud, values):
            yield {"op": "remove", "path": prefix}
        for name, value in sorted((values.get("settings") or {}).items()):
            if value is not None:
                yield replaced(f"{prefix}/{SETTINGS[name]}", value)

    def run_delete(self, cloud: Cloud, values: Values) -> None:
        """Forget them."""
        self.run_update(cloud, {**values, "settings": {}}, frozenset({"settings"}))

    def run_read(self, cloud: Cloud, values: Values) -> dict[str, Any] | None:
        """Find them in the stage."""
        ids = {"restApiId": values["restApi"], "stageName": values["stageName"]}
        try:
            stage = cloud.call("apigateway", "GetStage", ids)
        except CallError as error:
            if error.means_not_found():
                return None
            raise
        found = stage.get("methodSettings", {}).get(values["methodPath"])
        return None if found is None else self.properties({"settings": found})

    def from_id(self, resource_id: str) -> dict[str, str]:
        """An import names `api/stage/path`; the id `api-stage-path` may be read in several ways."""
        found = re.fullmatch(r"(?P<restApi>\w+)/(?P<stageName>[\w-]+)/(?P<methodPath>.+)", resource_id)
        return found.groupdict() if found else {}


RESOURCES = (
    MethodSettingsResource(
        type="aws:apigateway/methodSettings:MethodSettings",
        service="apigateway",
        create="UpdateStage",
        reads=(Read(operation="GetStage"),),
        delete="UpdateStage",
        id="{restApi}-{stageName}-{methodPath}",
        imports="{restApi}/{stageName}/{methodPath}",
        names={"restApi": "restApiId"},
        answers={
            "settings.cacheTtlInSeconds": "cacheTtlInSeconds",
            "settings.requireAuthorizationForCacheControl": "requireAuthorizationForCacheControl",
        },
        replace=("methodPath", "restApi", "stageName"),
        # https://docs.aws.amazon.com/apigateway/latest/api/API_MethodSetting.html
        defaults={
            "settings.cacheDataEncrypted": False,
            "settings.cacheTtlInSeconds": 300,
            "settings.cachingEnabled": False,
            "settings.dataTraceEnabled": False,
            "settings.loggingLevel": "OFF",
            "settings.metricsEnabled": False,
            "settings.requireAuthorizationForCacheControl": True,
            "settings.unauthorizedCacheControlHeaderStrategy": "SUCCEED_WITH_RESPONSE_HEADER",
        },
        limits={
            "methodPath": Limit(pattern=r"\*/\*|[^/].*/(\*|[A-Z]+)"),
            "settings.cacheTtlInSeconds": Limit(low=0, high=3_600),
            "settings.loggingLevel": Limit(values=("OFF", "ERROR", "INFO")),
            "settings.unauthorizedCacheControlHeaderStrategy": Limit(
                values=(
                    "FAIL_WITH_403",
                    "SUCCEED_WITH_RESPONSE_HEADER",
                    "SUCCEED_WITHOUT_RESPONSE_HEADER",
                )
            ),
        },
    ),
)
