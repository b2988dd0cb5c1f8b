"""Distributions of Amazon CloudFront: https://docs.aws.amazon.com/cloudfront/latest/APIReference/."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any, ClassVar

from localcloud.provider.row import Call, Limit, Read, Tags
from localcloud.provider.services.cloudfront_config import VersionedResource
from localcloud.provider.services.cloudfront_rules import distribution_problems
from localcloud.provider.tagging import as_tags

if TYPE_CHECKING:
    from collections.abc import Iterator

    from localcloud.provider.cloud import Cloud
    from localcloud.provider.resource import Resource
    from localcloud.provider.row import Values
    from localcloud.provider.shapes import Request

# The zone of all distributions, for alias records:
# https://docs.aws.amazon.com/Route53/latest/APIReference/API_AliasTarget.html
HOSTED_ZONE = "Z2FDTNDATAQYW2"
PROVIDERS_OWN = ("retainOnDelete", "waitForDeployment")
BEHAVIORS = ("defaultCacheBehavior", "orderedCacheBehaviors")


class DistributionResource(VersionedResource):
    """A distribution; it is switched off before it is deleted."""

    PARTS: ClassVar = ("Distribution", "DistributionConfig")
    SETTLED: ClassVar = frozenset({"tags", *PROVIDERS_OWN})

    def problems(self, inputs: Values) -> Iterator[tuple[str, str]]:
        """What CloudFront would refuse."""
        yield from distribution_problems(inputs)

    def taggable(self, operation: str, values: Values) -> dict[str, Any]:
        """The configuration has no tags; the create call takes them beside it."""
        del operation
        return {name: value for name, value in values.items() if name not in {"tags", "tagsAll", "region"}}

    def request(self, operation: str, values: Values) -> Request:
        """Logs of the older kind are on where they have a bucket."""
        request = super().request(operation, values)
        config = request.members.get("DistributionConfig", {})
        if "Logging" in config:
            logging = {"Bucket": "", "IncludeCookies": False, "Prefix": "", **config["Logging"]}
            config["Logging"] = {**logging, "Enabled": bool(logging["Bucket"])}
        return request

    def run_create(self, cloud: Cloud, values: Values) -> Values:
        """Create it with its tags, under a reference of its own."""
        config = self.request(self.create, values).members["DistributionConfig"]
        operation = "CreateDistributionWithTags"
        shape = self.input_shape(operation).members["DistributionConfigWithTags"].members["Tags"]  # type: ignore[union-attr]
        wanted = {
            "DistributionConfig": {**config, "CallerReference": uuid.uuid4().hex},
            "Tags": as_tags(shape, values.get("tagsAll") or {}),
        }
        return self.properties(cloud.call(self.service, operation, {"DistributionConfigWithTags": wanted}))

    def after_create(self, cloud: Cloud, values: Values) -> None:
        """Wait until the edge has it."""
        self._wait(cloud, values)

    def run_update(self, cloud: Cloud, values: Values, changed: frozenset[str]) -> None:
        """Change it and wait until the edge has the change."""
        super().run_update(cloud, values, changed)
        self._wait(cloud, values)

    def run_delete(self, cloud: Cloud, values: Values) -> None:
        """Switch it off, then delete it, unless it is to be kept."""
        key = {"Id": values["id"]}
        now = cloud.call(self.service, "GetDistributionConfig", key)
        if now["DistributionConfig"]["Enabled"]:
            config = {**now["DistributionConfig"], "Enabled": False}
            wanted = {**key, "IfMatch": now["ETag"], "DistributionConfig": config}
            cloud.call(self.service, "UpdateDistribution", wanted)
            self._wait(cloud, {**values, "waitForDeployment": True})
        if not values.get("retainOnDelete"):
            super().run_delete(cloud, values)

    def from_cloud(self, found: dict[str, Any], values: Values) -> dict[str, Any]:
        """An empty block says that there are no logs, as does none; a list is empty where it is not told."""
        del values
        if not (found.get("loggingConfig") or {}).get("bucket"):
            found.pop("loggingConfig", None)
        return {"trustedKeyGroups": [], "trustedSigners": [], "loggingV1Enabled": False, **found}

    def _wait(self, cloud: Cloud, values: Values) -> None:
        def is_deployed() -> bool:
            read = cloud.call(self.service, "GetDistribution", {"Id": values["id"]})
            return bool(read["Distribution"]["Status"] == "Deployed")

        if values.get("waitForDeployment", True):
            cloud.wait(is_deployed, what=f"the deployment of distribution {values['id']}")


def _in_behaviors(paths: dict[str, Any]) -> dict[str, Any]:
    """The same for the default behavior and for the ordered ones."""
    return {f"{behavior}.{path}": value for behavior in BEHAVIORS for path, value in paths.items()}


METHODS = ("DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT")

RESOURCES: tuple[Resource, ...] = (
    DistributionResource(
        type="aws:cloudfront/distribution:Distribution",
        service="cloudfront",
        create="CreateDistribution",
        reads=(Read(operation="GetDistribution"),),
        updates=(Call(operation="UpdateDistribution"),),
        delete="DeleteDistribution",
        id="{id}",
        names={
            "id": "Id",
            "inProgressValidationBatches": "InProgressInvalidationBatches",
            "loggingConfig": "DistributionConfig.Logging",
            "orderedCacheBehaviors": "DistributionConfig.CacheBehaviors",
            "originGroups.originId": "Id",
            "origins.customHeaders.name": "HeaderName",
            "origins.customHeaders.value": "HeaderValue",
            "origins.originId": "Id",
            "restrictions.geoRestriction.locations": "Items",
            **_in_behaviors(
                {
                    "allowedMethods": "AllowedMethods.Items",
                    "cachedMethods": "AllowedMethods.CachedMethods",
                    "lambdaFunctionAssociations.lambdaArn": "LambdaFunctionARN",
                }
            ),
        },
        answers={
            "loggingV1Enabled": "Logging.Enabled",
            "trustedKeyGroups": "ActiveTrustedKeyGroups",
            "trustedSigners": "ActiveTrustedSigners",
        },
        containers=("DistributionConfig",),
        handled=dict.fromkeys(PROVIDERS_OWN, ""),
        write_only=PROVIDERS_OWN,
        replace=("staging",),
        ordered=("orderedCacheBehaviors",),
        defaults={
            "comment": "",
            "defaultRootObject": "",
            "httpVersion": "http2",
            "isIpv6Enabled": False,
            "origins.connectionAttempts": 3,
            "origins.connectionTimeout": 10,
            "origins.customOriginConfig.originKeepaliveTimeout": 5,
            "origins.customOriginConfig.originReadTimeout": 30,
            "priceClass": "PriceClass_All",
            "retainOnDelete": False,
            "staging": False,
            "viewerCertificate.minimumProtocolVersion": "TLSv1",
            "waitForDeployment": True,
            "webAclId": "",
            **_in_behaviors(
                {
                    "compress": False,
                    "lambdaFunctionAssociations.includeBody": False,
                    "smoothStreaming": False,
                }
            ),
        },
        computed={"hostedZoneId": HOSTED_ZONE},
        volatile=("etag", "lastModifiedTime"),
        tags=Tags(at_create=True),
        # What CloudFront looks up elsewhere settles for a while.
        retry=("InvalidWebACLId", "InvalidViewerCertificate"),
        limits={
            "comment": Limit(longest=128),
            "customErrorResponses.errorCode": Limit(low=400, high=599),
            "origins.connectionAttempts": Limit(low=1, high=3),
            "origins.connectionTimeout": Limit(low=1, high=10),
            "origins.customHeaders.name": Limit(pattern=r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"),
            "origins.customOriginConfig.originKeepaliveTimeout": Limit(low=1),
            "origins.customOriginConfig.originReadTimeout": Limit(low=1),
            "origins.customOriginConfig.originSslProtocols": Limit(
                values=("SSLv3", "TLSv1", "TLSv1.1", "TLSv1.2")
            ),
            "origins.domainName": Limit(pattern=r"[^:/\s]+"),
            "origins.originPath": Limit(longest=255, pattern=r"(/.*[^/])?"),
            "viewerCertificate.acmCertificateArn": Limit(pattern=r"arn:[\w-]+:acm:us-east-1:\d{12}:.+"),
            "webAclId": Limit(pattern=r"(arn:[\w-]+:wafv2:us-east-1:\d{12}:global/webacl/.+|[0-9a-f-]{36})?"),
            **_in_behaviors(
                {
                    "allowedMethods": Limit(values=METHODS),
                    "cachedMethods": Limit(values=METHODS),
                    "functionAssociations.eventType": Limit(values=("viewer-request", "viewer-response")),
                    "functionAssociations.functionArn": Limit(
                        pattern=r"arn:[\w-]+:cloudfront::\d{12}:function/.+"
                    ),
                }
            ),
        },
    ),
)
