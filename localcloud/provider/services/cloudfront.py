"""Amazon CloudFront: https://docs.aws.amazon.com/cloudfront/latest/APIReference/."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from localcloud.provider.cloud import CallError
from localcloud.provider.row import Call, Limit, Name, Read, Tags
from localcloud.provider.services.cloudfront_config import VersionedResource

if TYPE_CHECKING:
    from localcloud.provider.cloud import Cloud
    from localcloud.provider.resource import Resource
    from localcloud.provider.row import Values
    from localcloud.provider.shapes import Request

# https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cloudfront-limits.html
LONGEST_CODE, LONGEST_COMMENT = 40_960, 128


class FunctionResource(VersionedResource):
    """A function at the edge: it is developed in one stage and published to the other."""

    PARTS: ClassVar = ("FunctionSummary", "FunctionMetadata", "FunctionConfig")
    SETTLED: ClassVar = frozenset({"tags", "publish"})

    def request(self, operation: str, values: Values) -> Request:
        """Each key value store is a block of its own."""
        stores = values.get("keyValueStoreAssociations")
        if isinstance(stores, list):
            blocks = [{"keyValueStoreArn": arn} for arn in stores]
            values = {**values, "keyValueStoreAssociations": blocks}
        return super().request(operation, values)

    def after_create(self, cloud: Cloud, values: Values) -> None:
        """A new function is published, unless the program says otherwise."""
        self._publish(cloud, values)

    def run_update(self, cloud: Cloud, values: Values, changed: frozenset[str]) -> None:
        """Change the function in development, then publish it."""
        super().run_update(cloud, values, changed)
        if changed - {"tags"}:
            self._publish(cloud, values)

    def run_read(self, cloud: Cloud, values: Values) -> dict[str, Any] | None:
        """The function in development, and which version is published."""
        found = super().run_read(cloud, values)
        if found is None:
            return None
        name = {"Name": values["name"]}
        code = cloud.call(self.service, "GetFunction", {**name, "Stage": "DEVELOPMENT"})["FunctionCode"]
        try:
            live = cloud.call(self.service, "DescribeFunction", {**name, "Stage": "LIVE"})["ETag"]
        except CallError as error:
            if not error.means_not_found(self.not_found):
                raise
            live = ""
        return {**found, "code": code.read().decode(), "liveStageEtag": live}

    def properties(self, answer: Any) -> dict[str, Any]:  # noqa: ANN401 - an answer of AWS
        """Key value stores are named by their ARNs alone."""
        found = super().properties(answer)
        config = answer.get("FunctionSummary", {}).get("FunctionConfig", {})
        stores = config.get("KeyValueStoreAssociations", {}).get("Items", [])
        return {**found, "keyValueStoreAssociations": [store["KeyValueStoreARN"] for store in stores]}

    def _publish(self, cloud: Cloud, values: Values) -> None:
        if values["publish"]:
            request = {"Name": values["name"], "IfMatch": self.version(cloud, values)}
            cloud.call(self.service, "PublishFunction", request)


class ResponseHeadersPolicyResource(VersionedResource):
    """The headers that CloudFront adds to answers, and takes from them."""

    PARTS: ClassVar = ("ResponseHeadersPolicy", "ResponseHeadersPolicyConfig")


RESOURCES: tuple[Resource, ...] = (
    FunctionResource(
        type="aws:cloudfront/function:Function",
        service="cloudfront",
        create="CreateFunction",
        reads=(Read(operation="DescribeFunction", arguments={"Stage": "DEVELOPMENT"}),),
        updates=(Call(operation="UpdateFunction"),),
        delete="DeleteFunction",
        id="{name}",
        name=Name(longest=64, forbidden="[^a-zA-Z0-9_-]"),
        names={"code": "FunctionCode"},
        answers={"arn": "FunctionARN"},
        containers=("FunctionConfig",),
        handled={"publish": ""},
        write_only=("publish",),
        replace=("name",),
        defaults={"comment": "", "publish": True},
        volatile=("etag", "liveStageEtag", "status"),
        tags=Tags(),
        # A distribution that has just left it still counts.
        retry=("FunctionInUse",),
        limits={
            "code": Limit(longest=LONGEST_CODE),
            "comment": Limit(longest=LONGEST_COMMENT),
            "name": Limit(pattern=r"[a-zA-Z0-9_-]{1,64}"),
            "keyValueStoreAssociations": Limit(longest=1),
        },
    ),
    ResponseHeadersPolicyResource(
        type="aws:cloudfront/responseHeadersPolicy:ResponseHeadersPolicy",
        service="cloudfront",
        create="CreateResponseHeadersPolicy",
        reads=(Read(operation="GetResponseHeadersPolicy"),),
        updates=(Call(operation="UpdateResponseHeadersPolicy"),),
        delete="DeleteResponseHeadersPolicy",
        id="{id}",
        name=Name(longest=128, forbidden="[^a-zA-Z0-9_-]"),
        names={"id": "Id"},
        containers=("ResponseHeadersPolicyConfig",),
        defaults={
            "comment": "",
            "securityHeadersConfig.strictTransportSecurity.includeSubdomains": False,
            "securityHeadersConfig.strictTransportSecurity.preload": False,
            "securityHeadersConfig.xssProtection.modeBlock": False,
        },
        computed={"arn": "arn:{partition}:cloudfront::{account}:response-headers-policy/{id}"},
        volatile=("etag",),
        # A distribution that has just left it still counts.
        retry=("ResponseHeadersPolicyInUse",),
        limits={
            "comment": Limit(longest=LONGEST_COMMENT),
            "serverTimingHeadersConfig.samplingRate": Limit(low=0, high=100),
            "securityHeadersConfig.strictTransportSecurity.accessControlMaxAgeSec": Limit(low=0),
        },
    ),
)
