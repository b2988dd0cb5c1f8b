"""A WebSocket API behind a distribution on the real engine: made, changed, turned over and taken down."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.engine.stack import Stack

    NewStack = Callable[[str], Stack]

pytestmark = pytest.mark.engine

PROGRAM = """
    import pulumi, pulumi_aws as aws
    api = aws.apigatewayv2.Api(
        "socket", protocol_type="WEBSOCKET", route_selection_expression="$request.body.action")
    integration = aws.apigatewayv2.Integration("mock", api_id=api.id, integration_type="MOCK")
    route = aws.apigatewayv2.Route(
        "ping", api_id=api.id, route_key="ping", target=pulumi.Output.concat("integrations/", integration.id))
    deployment = aws.apigatewayv2.Deployment(
        "deployment", api_id=api.id, triggers={"routes": "version-1"},
        opts=pulumi.ResourceOptions(depends_on=[route]))
    aws.apigatewayv2.Stage("stage", api_id=api.id, name="ws", deployment_id=deployment.id)
    function = aws.cloudfront.Function(
        "refuse", runtime="cloudfront-js-2.0", code="function handler(event) { return event.request; }")
    behavior = {
        "target_origin_id": "socket",
        "viewer_protocol_policy": "https-only",
        "allowed_methods": ["GET", "HEAD"],
        "cached_methods": ["GET", "HEAD"],
        "cache_policy_id": "4135ea2d-6df8-44a3-9df3-4b5a84be39ad",
        "function_associations": [{"event_type": "viewer-request", "function_arn": function.arn}],
    }
    secret = pulumi.Output.secret("swordfish-1")
    edge = aws.cloudfront.Distribution(
        "edge",
        enabled=True,
        origins=[{
            "origin_id": "socket",
            "domain_name": api.api_endpoint.apply(lambda address: address.removeprefix("wss://")),
            "custom_headers": [{"name": "x-door", "value": secret}],
            "custom_origin_config": {
                "http_port": 80,
                "https_port": 443,
                "origin_protocol_policy": "https-only",
                "origin_ssl_protocols": ["TLSv1.2"],
            },
        }],
        default_cache_behavior=behavior,
        restrictions={"geo_restriction": {"restriction_type": "none"}},
        viewer_certificate={"cloudfront_default_certificate": True},
    )
    pulumi.export("origins", edge.origins)
"""


def origin_of(stack: Stack, distribution: str) -> Any:
    config = stack.client("cloudfront").get_distribution_config(Id=distribution)["DistributionConfig"]
    return config["Origins"]["Items"][0]


def test_an_edge_is_made_turned_over_and_taken_down_and_its_secret_is_never_told(stack: NewStack) -> None:
    made = stack(PROGRAM)
    assert set(made.preview().check().steps.values()) == {"create"}
    results = [made.up().check()]
    api, edge = (made.export()[name]["id"] for name in ("socket", "edge"))
    results.append(made.refresh("--diff", "--expect-no-changes").check())
    results.append(made.preview("--diff", "--expect-no-changes").check())
    origin = origin_of(made, edge)
    assert origin["DomainName"] == f"{api}.execute-api.us-east-1.amazonaws.com"
    assert origin["CustomHeaders"]["Items"] == [{"HeaderName": "x-door", "HeaderValue": "swordfish-1"}]

    made.program(PROGRAM.replace('-1"', '-2"').replace("event.request", "{ statusCode: 404 }"))
    results.append(made.up("--diff").check())
    assert results[-1].steps == {
        "deployment": "replace",
        "stage": "update",
        "refuse": "update",
        "edge": "update",
    }
    assert origin_of(made, edge)["CustomHeaders"]["Items"][0]["HeaderValue"] == "swordfish-2"

    assert "swordfish" not in str(made.export()["edge"])
    assert [result.output for result in results if "swordfish" in result.output] == []

    made.destroy().check()
    assert made.client("apigatewayv2").get_apis()["Items"] == []
    assert "Items" not in made.client("cloudfront").list_distributions()["DistributionList"]
