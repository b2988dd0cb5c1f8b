"""The edge: CloudFront for the REST API and the WebSocket API on one host, and nothing else there.

Where a stack has a domain, certificate and records are made too; without one CloudFront's own host and
certificate serve. What belongs to CloudFront lives in us-east-1, wherever the stack is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import pulumi
from pulumi_aws import acm, cloudfront, cloudwatch, route53

from components.edge_answers import LOGGED_FIELDS, NOT_FOUND, security_headers
from components.firewall_rules import EDGE_HEADER
from components.permissions import policy

if TYPE_CHECKING:
    from collections.abc import Sequence

    from components.location import Location
    from components.log_keeping import LogKeeping

# AWS's own policies; their ids are the same in every account.
# https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-managed-cache-policies.html
CACHING_DISABLED: Final = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
# https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-managed-origin-request-policies.html
ALL_VIEWER_EXCEPT_HOST: Final = "b689b0a8-53d0-40ab-baf2-68738e2966ac"
OLDEST_TLS: Final = "TLSv1.2_2021"
READING: Final = ("GET", "HEAD")
EVERY_METHOD: Final = ("DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT")
# Path -> origin and methods; a socket begins with GET.
BEHAVIORS: Final = {"/v1/*": ("rest", EVERY_METHOD), "/ws": ("socket", READING)}
VALIDATION_SECONDS: Final = 60
# Where the domain is not delegated no certificate ever comes. That is told before a job of an hour is killed,
# which would leave the stack locked.
VALIDATION_PATIENCE: Final = "20m"


@dataclass(frozen=True, kw_only=True)
class EdgeArgs:
    """What the edge stands before.

    Attributes:
        prefix: Start of physical names.
        location: Account and region.
        domain: The host of the APIs; empty for CloudFront's own.
        zone_id: The hosted zone of the domain; empty without one.
        rest_host: Host of the REST API.
        rest_stage: Its stage, which is no part of the public path.
        socket_host: Host of the WebSocket API.
        edge_value: What the edge proves itself to them with.
        accepting: What must accept a new value before the edge shows it.
        web_acl_arn: Of scope CLOUDFRONT; None for none.
        logs: How its logs are kept, in the region of CloudFront.
    """

    prefix: str
    location: Location
    domain: str
    zone_id: str
    rest_host: pulumi.Input[str]
    rest_stage: str
    socket_host: pulumi.Input[str]
    edge_value: pulumi.Input[str]
    accepting: Sequence[pulumi.Resource]
    web_acl_arn: pulumi.Input[str] | None
    logs: LogKeeping


class Edge(pulumi.ComponentResource):
    """The distribution, its name, and its log.

    Attributes:
        api_endpoint: Public address of the REST API.
        socket_endpoint: Public address of the WebSocket API.
    """

    api_endpoint: pulumi.Output[str]
    socket_endpoint: pulumi.Output[str]

    def __init__(self, name: str, args: EdgeArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("omnitrack:edge:Edge", name, {}, opts)
        self._title, self._args = name, args
        self._child = pulumi.ResourceOptions(parent=self)
        certificate_arn = self._certificate() if args.domain else None
        distribution = self._distribution(certificate_arn)
        if args.domain:
            self._records(distribution)
        self._access_log(distribution)

        host = pulumi.Output.from_input(args.domain or distribution.domain_name)
        self.api_endpoint = pulumi.Output.concat("https://", host, "/v1")
        self.socket_endpoint = pulumi.Output.concat("wss://", host, "/ws")
        self.register_outputs({"api_endpoint": self.api_endpoint, "socket_endpoint": self.socket_endpoint})

    def _certificate(self) -> pulumi.Output[str]:
        name, args = self._title, self._args
        certificate = acm.Certificate(
            name,
            domain_name=args.domain,
            validation_method="DNS",
            region=args.location.edge.region,
            # The distribution uses one until it has the other.
            opts=pulumi.ResourceOptions(parent=self, delete_before_replace=False),
        )
        option = certificate.domain_validation_options.apply(lambda options: options[0])
        proof = route53.Record(
            f"{name}-validation",
            zone_id=args.zone_id,
            name=option.apply(lambda one: one.resource_record_name or ""),
            type=option.apply(lambda one: one.resource_record_type or ""),
            records=[option.apply(lambda one: one.resource_record_value or "")],
            ttl=VALIDATION_SECONDS,
            allow_overwrite=True,  # a certificate of the same name is proved by the same record
            opts=self._child,
        )
        validation = acm.CertificateValidation(
            name,
            certificate_arn=certificate.arn,
            validation_record_fqdns=[proof.fqdn],
            region=args.location.edge.region,
            opts=pulumi.ResourceOptions(
                parent=self, custom_timeouts=pulumi.CustomTimeouts(create=VALIDATION_PATIENCE)
            ),
        )
        return validation.certificate_arn

    def _distribution(self, certificate_arn: pulumi.Output[str] | None) -> cloudfront.Distribution:
        name, args = self._title, self._args
        headers = cloudfront.ResponseHeadersPolicy(
            name, name=f"{args.prefix}-edge", security_headers_config=security_headers(), opts=self._child
        )
        not_found = cloudfront.Function(
            name,
            name=f"{args.prefix}-not-found",
            comment="Answers 404 to every path that is no API",
            runtime="cloudfront-js-2.0",
            code=NOT_FOUND,
            publish=True,
            opts=self._child,
        )
        return cloudfront.Distribution(
            name,
            comment=f"{args.prefix}: the APIs",
            enabled=True,
            aliases=[args.domain] if args.domain else None,
            http_version="http2and3",
            is_ipv6_enabled=True,
            web_acl_id=args.web_acl_arn,
            origins=[
                _origin("rest", args.rest_host, args.edge_value, path=f"/{args.rest_stage}"),
                _origin("socket", args.socket_host, args.edge_value),
            ],
            ordered_cache_behaviors=[
                cloudfront.DistributionOrderedCacheBehaviorArgs(
                    path_pattern=path, **_behavior(origin, methods, headers)
                )
                for path, (origin, methods) in BEHAVIORS.items()
            ],
            default_cache_behavior=cloudfront.DistributionDefaultCacheBehaviorArgs(
                **_behavior("rest", EVERY_METHOD, headers),
                function_associations=[
                    cloudfront.DistributionDefaultCacheBehaviorFunctionAssociationArgs(
                        event_type="viewer-request", function_arn=not_found.arn
                    )
                ],
            ),
            viewer_certificate=_viewer_certificate(certificate_arn),
            restrictions=cloudfront.DistributionRestrictionsArgs(
                geo_restriction=cloudfront.DistributionRestrictionsGeoRestrictionArgs(restriction_type="none")
            ),
            opts=pulumi.ResourceOptions(parent=self, depends_on=list(args.accepting)),
        )

    def _records(self, distribution: cloudfront.Distribution) -> None:
        for kind in ("A", "AAAA"):
            route53.Record(
                f"{self._title}-{kind.lower()}",
                zone_id=self._args.zone_id,
                name=self._args.domain,
                type=kind,
                aliases=[
                    route53.RecordAliasArgs(
                        name=distribution.domain_name,
                        zone_id=distribution.hosted_zone_id,
                        evaluate_target_health=False,
                    )
                ],
                opts=self._child,
            )

    def _access_log(self, distribution: cloudfront.Distribution) -> None:
        name, args = self._title, self._args
        region, group_name = args.location.edge.region, f"/aws/cloudfront/{args.prefix}-edge"
        group = args.logs.group(name, name=group_name, opts=self._child)
        allowed = cloudwatch.LogResourcePolicy(
            name,
            policy_name=f"{args.prefix}-edge",
            policy_document=policy([_delivery(args.location.edge, group_name)]),
            region=region,
            opts=self._child,
        )
        source = cloudwatch.LogDeliverySource(
            name,
            name=f"{args.prefix}-edge",
            log_type="ACCESS_LOGS",
            resource_arn=distribution.arn,
            region=region,
            opts=self._child,
        )
        destination = cloudwatch.LogDeliveryDestination(
            name,
            name=f"{args.prefix}-edge",
            output_format="json",
            delivery_destination_configuration=cloudwatch.LogDeliveryDestinationDeliveryDestinationConfigurationArgs(
                destination_resource_arn=group.arn
            ),
            region=region,
            opts=self._child,
        )
        cloudwatch.LogDelivery(
            name,
            delivery_source_name=source.name,
            delivery_destination_arn=destination.arn,
            record_fields=list(LOGGED_FIELDS),
            region=region,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[allowed]),
        )


def _origin(
    name: str, host: pulumi.Input[str], edge_value: pulumi.Input[str], path: str | None = None
) -> cloudfront.DistributionOriginArgs:
    return cloudfront.DistributionOriginArgs(
        origin_id=name,
        domain_name=host,
        origin_path=path,
        custom_headers=[cloudfront.DistributionOriginCustomHeaderArgs(name=EDGE_HEADER, value=edge_value)],
        custom_origin_config=cloudfront.DistributionOriginCustomOriginConfigArgs(
            http_port=80,
            https_port=443,
            origin_protocol_policy="https-only",
            origin_ssl_protocols=["TLSv1.2"],
        ),
    )


def _behavior(
    origin: str, methods: Sequence[str], headers: cloudfront.ResponseHeadersPolicy
) -> dict[str, Any]:
    return {
        "target_origin_id": origin,
        "viewer_protocol_policy": "https-only",
        "allowed_methods": list(methods),
        "cached_methods": list(READING),
        "cache_policy_id": CACHING_DISABLED,
        "origin_request_policy_id": ALL_VIEWER_EXCEPT_HOST,
        "response_headers_policy_id": headers.id,
        "compress": False,  # what is not cached CloudFront does not compress
    }


def _viewer_certificate(
    certificate_arn: pulumi.Output[str] | None,
) -> cloudfront.DistributionViewerCertificateArgs:
    if certificate_arn is None:
        # CloudFront's own certificate has its own minimum, which cannot be raised.
        return cloudfront.DistributionViewerCertificateArgs(cloudfront_default_certificate=True)
    return cloudfront.DistributionViewerCertificateArgs(
        acm_certificate_arn=certificate_arn,
        ssl_support_method="sni-only",
        minimum_protocol_version=OLDEST_TLS,
    )


def _delivery(location: Location, group: str) -> dict[str, Any]:
    # https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/AWS-logs-and-resource-policy.html
    return {
        "Sid": "EdgeLogs",
        "Effect": "Allow",
        "Principal": {"Service": "delivery.logs.amazonaws.com"},
        "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
        "Resource": [location.arn("logs", f"log-group:{group}:log-stream:*")],
        "Condition": {
            "StringEquals": {"aws:SourceAccount": location.account},
            "ArnLike": {"aws:SourceArn": location.arn("logs", "*")},
        },
    }
