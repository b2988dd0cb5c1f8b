"""Puts CloudFront distributions in front of APIs, for tests."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tests.localcloud.aws.workbench import Answer, Workbench

CACHING_DISABLED = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
ALL_VIEWER_EXCEPT_HOST = "b689b0a8-53d0-40ab-baf2-68738e2966ac"
ALL_VIEWER = "216adef6-5c7f-47e4-b989-5492eafa07d3"
EVERY_METHOD = ("GET", "HEAD", "OPTIONS", "PUT", "PATCH", "POST", "DELETE")
SECRET = "the-secret-of-the-edge"
ECHO = """
    import json
    def handler(event, context):
        status = int((event["queryStringParameters"] or {}).get("status", 200))
        headers = {"Content-Type": "application/json", "Set-Cookie": "a=1", "X-Own": "kept"}
        return {"statusCode": status, "headers": headers, "body": json.dumps(event)}
"""


def behavior(origin: str, **more: Any) -> dict[str, Any]:
    """A cache behaviour that caches nothing and hands everything on."""
    return {
        "TargetOriginId": origin,
        "ViewerProtocolPolicy": "redirect-to-https",
        "CachePolicyId": CACHING_DISABLED,
        "OriginRequestPolicyId": ALL_VIEWER_EXCEPT_HOST,
        "AllowedMethods": {
            "Quantity": len(EVERY_METHOD),
            "Items": list(EVERY_METHOD),
            "CachedMethods": {"Quantity": 2, "Items": ["GET", "HEAD"]},
        },
        **more,
    }


def calls(function_arn: str, event: str = "viewer-request") -> dict[str, Any]:
    """The association of a function with a behaviour."""
    item = {"FunctionARN": function_arn, "EventType": event}
    return {"FunctionAssociations": {"Quantity": 1, "Items": [item]}}


@dataclass(frozen=True, kw_only=True)
class Delivered:
    """A distribution of an account."""

    bench: Workbench
    id: str
    arn: str
    host: str

    def call(self, path: str, **options: Any) -> Answer:
        """Call the distribution under its own host."""
        return self.bench.call(path, **({"host": self.host} | options))

    def change(self, **changes: Any) -> None:
        """Change members of the distribution's configuration."""
        client = self.bench.client("cloudfront")
        current = client.get_distribution_config(Id=self.id)
        config = current["DistributionConfig"] | changes
        client.update_distribution(Id=self.id, IfMatch=current["ETag"], DistributionConfig=config)


def deliver(
    bench: Workbench,
    origins: Mapping[str, tuple[str, str]],
    default: Mapping[str, Any],
    behaviors: Sequence[Mapping[str, Any]] = (),
    **more: Any,
) -> Delivered:
    """Create a distribution; an origin is its domain and its path."""
    items = [
        {
            "Id": name,
            "DomainName": domain,
            "OriginPath": path,
            "CustomHeaders": {
                "Quantity": 1,
                "Items": [{"HeaderName": "x-omnitrack-edge", "HeaderValue": SECRET}],
            },
            "CustomOriginConfig": {
                "HTTPPort": 80,
                "HTTPSPort": 443,
                "OriginProtocolPolicy": "https-only",
            },
        }
        for name, (domain, path) in origins.items()
    ]
    config = {
        "CallerReference": uuid.uuid4().hex,
        "Comment": "of a test",
        "Enabled": True,
        "Origins": {"Quantity": len(items), "Items": items},
        "DefaultCacheBehavior": default,
        "CacheBehaviors": {"Quantity": len(behaviors), "Items": list(behaviors)},
        **more,
    }
    made = bench.client("cloudfront").create_distribution(DistributionConfig=config)["Distribution"]
    return Delivered(bench=bench, id=made["Id"], arn=made["ARN"], host=made["DomainName"])


def api_host(bench: Workbench, api: str) -> str:
    """The address of an API, in AWS's form."""
    return f"{api}.execute-api.{bench.cloud.region}.amazonaws.com"


def edge_function(bench: Workbench, source: str) -> str:
    """Publish a CloudFront Function. Returns its ARN."""
    client, name = bench.client("cloudfront"), f"f-{uuid.uuid4().hex[:12]}"
    config = {"Comment": "", "Runtime": "cloudfront-js-2.0"}
    made = client.create_function(Name=name, FunctionConfig=config, FunctionCode=source.encode())
    client.publish_function(Name=name, IfMatch=made["ETag"])
    return str(made["FunctionSummary"]["FunctionMetadata"]["FunctionARN"])


def in_front_of(bench: Workbench, api: str, default: dict[str, Any], **more: Any) -> Delivered:
    """A distribution with the API below /v1 and something else for all other paths."""
    origins = {"rest": (api_host(bench, api), "/test")}
    return deliver(bench, origins, default, [behavior("rest", PathPattern="/v1/*")], **more)
