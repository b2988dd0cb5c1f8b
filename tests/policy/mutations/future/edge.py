"""What the internet reaches: APIs, distributions, a web application, domains."""

import json
from typing import Any

import pulumi
from pulumi_aws import (
    amplify,
    apigateway,
    apigatewayv2,
    cloudfront,
    cloudwatch,
    iam,
    iot,
    wafv2,
)

from tests.policy.mutations.future.compute import Compute, topic_rule
from tests.policy.mutations.future.parts import CERTIFICATE, document, log_group, trust
from tests.policy.mutations.future.storage import Storage
from tests.policy.mutations.future.web_acls import Acls, web_acls


def declare(kept: Storage, computed: Compute) -> Acls:
    acls = web_acls(kept)
    key_arn = kept.key.arn
    _rest(acls, key_arn)
    _inside(key_arn)
    _websocket(key_arn)
    _http(key_arn)
    _distributions(acls, kept)
    _devices(computed, key_arn)
    app = amplify.App("web", name="web", environment_variables={"MODE": "fast"})
    amplify.Branch("web", app_id=app.id, branch_name="main", environment_variables={"MODE": "fast"})
    wafv2.WebAclAssociation("web", resource_arn=app.arn, web_acl_arn=acls.worldwide.arn)
    apigateway.DomainName(
        "rest",
        domain_name="rest.omnitrack.ai",
        regional_certificate_arn=CERTIFICATE,
        security_policy="TLS_1_2",
    )
    apigatewayv2.DomainName(
        "http",
        domain_name="http.omnitrack.ai",
        domain_name_configuration={
            "certificate_arn": CERTIFICATE,
            "endpoint_type": "REGIONAL",
            "security_policy": "TLS_1_2",
        },
    )
    quiet = cloudwatch.MetricAlarm(
        "quiet", name="future-quiet", comparison_operator="GreaterThanThreshold", evaluation_periods=1
    )
    cloudwatch.MetricAlarm(
        "loud",
        name="future-loud",
        comparison_operator="GreaterThanThreshold",
        evaluation_periods=1,
        alarm_actions=[computed.topic.arn],
    )
    cloudwatch.CompositeAlarm(
        "both",
        alarm_name="future-both",
        alarm_rule=quiet.name.apply('ALARM("{}")'.format),
        alarm_actions=[computed.topic.arn],
    )
    return acls


def _access_log(name: str, key_arn: pulumi.Input[str]) -> Any:
    group = log_group(f"{name}-access", f"/future/{name}-access", key_arn)
    return {"destination_arn": group.arn, "format": "$context.requestId"}


def _stage(
    name: str, api: apigateway.RestApi, key_arn: pulumi.Input[str], *, cached: bool
) -> apigateway.Stage:
    deployment = apigateway.Deployment(name, rest_api=api.id)
    stage = apigateway.Stage(
        name,
        rest_api=api.id,
        deployment=deployment.id,
        stage_name=name,
        xray_tracing_enabled=True,
        access_log_settings=_access_log(name, key_arn),
        variables={"mode": "fast"},
    )
    log_group(
        f"{name}-execution", pulumi.Output.concat("API-Gateway-Execution-Logs_", api.id, f"/{name}"), key_arn
    )
    caching: Any = {"caching_enabled": True, "cache_data_encrypted": True}
    apigateway.MethodSettings(
        name,
        rest_api=api.id,
        stage_name=stage.stage_name,
        method_path="*/*",
        settings={
            "logging_level": "ERROR",
            "metrics_enabled": True,
            "data_trace_enabled": False,
            "throttling_rate_limit": 100,
            "throttling_burst_limit": 200,
            **(caching if cached else {}),
        },
    )
    return stage


def _rest(acls: Acls, key_arn: pulumi.Input[str]) -> None:
    """A public REST API, made method by method, with a cache."""
    api = apigateway.RestApi("rest", name="rest", endpoint_configuration={"types": "REGIONAL"})
    for verb, authorization in (("GET", "AWS_IAM"), ("OPTIONS", "NONE")):
        apigateway.Method(
            verb.lower(),
            rest_api=api.id,
            resource_id=api.root_resource_id,
            http_method=verb,
            authorization=authorization,
        )
    apigateway.Method(
        "post",
        rest_api=api.id,
        resource_id=api.root_resource_id,
        http_method="POST",
        authorization="NONE",
        api_key_required=True,
    )
    stage = _stage("rest", api, key_arn, cached=True)
    wafv2.WebAclAssociation("rest", resource_arn=stage.arn, web_acl_arn=acls.regional.arn)


def _inside(key_arn: pulumi.Input[str]) -> None:
    """A private REST API, which needs no web ACL, from a document."""
    operation = {"x-amazon-apigateway-auth": {"type": "AWS_IAM"}, "responses": {}}
    contract = {"openapi": "3.0.1", "info": {"title": "inside"}, "paths": {"/things": {"get": operation}}}
    api = apigateway.RestApi(
        "inside", name="inside", body=json.dumps(contract), endpoint_configuration={"types": "PRIVATE"}
    )
    _stage("inside", api, key_arn, cached=False)


def _websocket(key_arn: pulumi.Input[str]) -> None:
    api = apigatewayv2.Api("live", name="live", protocol_type="WEBSOCKET")
    apigatewayv2.Route("connect", api_id=api.id, route_key="$connect", authorization_type="AWS_IAM")
    apigatewayv2.Route("message", api_id=api.id, route_key="message")
    apigatewayv2.Stage(
        "live",
        api_id=api.id,
        name="live",
        access_log_settings=_access_log("live", key_arn),
        default_route_settings={
            "logging_level": "ERROR",
            "detailed_metrics_enabled": True,
            "data_trace_enabled": False,
            "throttling_rate_limit": 100,
            "throttling_burst_limit": 200,
        },
        stage_variables={"mode": "fast"},
    )
    log_group("live-execution", pulumi.Output.concat("/aws/apigateway/", api.id, "/live"), key_arn)


def _http(key_arn: pulumi.Input[str]) -> None:
    api = apigatewayv2.Api("things", name="things", protocol_type="HTTP")
    apigatewayv2.Route(
        "things", api_id=api.id, route_key="GET /things", authorization_type="JWT", authorizer_id="made-up"
    )
    apigatewayv2.Stage(
        "things",
        api_id=api.id,
        name="things",
        access_log_settings=_access_log("things", key_arn),
        default_route_settings={"throttling_rate_limit": 100, "throttling_burst_limit": 200},
    )


def _distributions(acls: Acls, kept: Storage) -> None:
    """Two distributions: the logs of the one go to a bucket, CloudWatch delivers those of the other."""
    behaviour: Any = {
        "target_origin_id": "api",
        "viewer_protocol_policy": "redirect-to-https",
        "allowed_methods": ["GET", "HEAD"],
        "cached_methods": ["GET", "HEAD"],
    }
    ordered: Any = {**behaviour, "path_pattern": "/static/*"}
    origin: Any = {
        "origin_id": "api",
        "domain_name": "origin.omnitrack.ai",
        "custom_origin_config": {
            "http_port": 80,
            "https_port": 443,
            "origin_protocol_policy": "https-only",
            "origin_ssl_protocols": ["TLSv1.2"],
        },
    }

    def distribution(name: str, logging: Any) -> cloudfront.Distribution:
        return cloudfront.Distribution(
            name,
            enabled=True,
            web_acl_id=acls.worldwide.arn,
            origins=[origin],
            default_cache_behavior=behaviour,
            ordered_cache_behaviors=[ordered],
            restrictions={"geo_restriction": {"restriction_type": "none"}},
            viewer_certificate={
                "acm_certificate_arn": CERTIFICATE,
                "ssl_support_method": "sni-only",
                "minimum_protocol_version": "TLSv1.2_2021",
            },
            logging_config=logging,
        )

    distribution("site", {"bucket": kept.logs.bucket_domain_name})
    delivered = distribution("delivered", None)
    source = cloudwatch.LogDeliverySource(
        "delivered", name="delivered", log_type="ACCESS_LOGS", resource_arn=delivered.arn
    )
    cloudwatch.LogDelivery(
        "delivered",
        delivery_source_name=source.name,
        delivery_destination_arn="arn:aws:logs:us-east-1:123456789012:delivery-destination:future",
    )


def _devices(computed: Compute, key_arn: pulumi.Input[str]) -> None:
    role = iam.Role("devices", assume_role_policy=trust("iot"))
    log_group("devices", "AWSIotLogsV2", key_arn)
    iot.LoggingOptions("devices", default_log_level="ERROR", role_arn=role.arn)
    topic_rule(computed.letters_of_rule, role.arn)
    thing = "arn:aws:iot:us-east-1:123456789012:client/${iot:Connection.Thing.ThingName}"
    iot.Policy("devices", policy=document({"Effect": "Allow", "Action": "iot:Connect", "Resource": thing}))
    iot.DomainConfiguration(
        "devices",
        domain_name="iot.omnitrack.ai",
        server_certificate_arns=CERTIFICATE,
        tls_config={"security_policy": "IotSecurityPolicy_TLS13_1_2_2022_10"},
    )
    cloudwatch.LogResourcePolicy(
        "devices",
        policy_name="devices",
        policy_document=document(
            {
                "Effect": "Allow",
                "Principal": {"Service": "delivery.logs.amazonaws.com"},
                "Action": "logs:PutLogEvents",
                "Resource": "arn:aws:logs:us-east-1:123456789012:log-group:aws-waf-logs-future:*",
            }
        ),
    )
