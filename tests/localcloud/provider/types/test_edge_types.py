"""What CloudFront's and API Gateway's types do beyond the promises of every type."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from pulumi.runtime.proto import provider_pb2

from localcloud.provider.values import decode, encode
from tests.localcloud.provider.types.cases_apigatewayv2 import a_deployment, an_api
from tests.localcloud.provider.types.cases_cloudfront import (
    CODE,
    behavior,
    certificate,
    configuration,
    described,
    origin,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tests.localcloud.provider.types.scene import Scene

pytestmark = pytest.mark.cloud
API = "aws:apigatewayv2/api:Api"
STAGE = "aws:apigatewayv2/stage:Stage"
DISTRIBUTION = "aws:cloudfront/distribution:Distribution"
FUNCTION = "aws:cloudfront/function:Function"
URN = f"urn:pulumi:types::table::{DISTRIBUTION}::it"


def small(**changes: Any) -> dict[str, Any]:
    """The inputs of a distribution with one origin."""
    return {
        "defaultCacheBehavior": behavior("rest"),
        "enabled": True,
        "origins": [origin("rest", customHeaders=[{"name": "x-door", "value": "hush-hush"}])],
        "restrictions": {"geoRestriction": {"restrictionType": "none"}},
        "viewerCertificate": {"cloudfrontDefaultCertificate": True},
        **changes,
    }


def made(it: Scene, inputs: Mapping[str, Any]) -> Scene:
    it.create(it.check(inputs))
    return it


def test_an_origin_with_a_secret_header_stays_secret_through_the_life_of_a_distribution(
    scene_of: Callable[[str], Scene],
) -> None:
    it = scene_of(DISTRIBUTION)
    inputs = encode(it.check(small()), frozenset({"origins"}))
    created = it.provider.Create(provider_pb2.CreateRequest(urn=URN, properties=inputs))
    more = encode(it.check(small(comment="more")), frozenset({"origins"}))
    updated = it.provider.Update(
        provider_pb2.UpdateRequest(
            id=created.id, urn=URN, olds=created.properties, old_inputs=inputs, news=more
        )
    )
    read = it.provider.Read(
        provider_pb2.ReadRequest(id=created.id, urn=URN, properties=updated.properties, inputs=more)
    )

    states = [created.properties, updated.properties, read.properties, read.inputs]
    assert [decode(state).secrets for state in states] == [frozenset({"origins"})] * 4
    assert decode(read.properties).values["comment"] == "more"


def test_a_change_of_a_secret_header_is_made_and_not_told(scene_of: Callable[[str], Scene]) -> None:
    it = made(scene_of(DISTRIBUTION), small())
    turned = [origin("rest", customHeaders=[{"name": "x-door", "value": "turned-over"}])]
    it.apply(small(origins=turned))
    headers = configuration(it)["DistributionConfig"]["Origins"]["Items"][0]["CustomHeaders"]["Items"]
    assert headers == [{"HeaderName": "x-door", "HeaderValue": "turned-over"}]


def test_an_enabled_distribution_is_switched_off_before_it_is_deleted(
    scene_of: Callable[[str], Scene],
) -> None:
    it = made(scene_of(DISTRIBUTION), small())
    client = it.aws("cloudfront")
    with pytest.raises(client.exceptions.DistributionNotDisabled):
        client.delete_distribution(Id=it.id, IfMatch=configuration(it)["ETag"])
    it.delete()
    with pytest.raises(client.exceptions.NoSuchDistribution):
        client.get_distribution(Id=it.id)


def test_a_distribution_that_is_to_be_kept_is_switched_off_only(scene_of: Callable[[str], Scene]) -> None:
    it = made(scene_of(DISTRIBUTION), small(retainOnDelete=True))
    it.delete()
    assert configuration(it)["DistributionConfig"]["Enabled"] is False


def test_a_change_of_what_the_provider_alone_heeds_calls_nothing(scene_of: Callable[[str], Scene]) -> None:
    it = made(scene_of(DISTRIBUTION), small())
    version = configuration(it)["ETag"]
    it.apply(small(retainOnDelete=True, waitForDeployment=False))
    assert configuration(it)["ETag"] == version
    assert it.refresh() == set()


def test_a_distribution_tells_where_it_is_served(scene_of: Callable[[str], Scene]) -> None:
    it = made(scene_of(DISTRIBUTION), small())
    assert it.outputs["arn"] == f"arn:aws:cloudfront::{it.account}:distribution/{it.id}"
    assert it.outputs["domainName"].endswith(".cloudfront.net")
    assert (it.outputs["hostedZoneId"], it.outputs["status"]) == ("Z2FDTNDATAQYW2", "Deployed")
    assert it.outputs["etag"] == configuration(it)["ETag"]


def test_aliases_and_their_certificate_that_the_program_drops_are_taken_away(
    scene_of: Callable[[str], Scene],
) -> None:
    it = scene_of(DISTRIBUTION)
    own = {"acmCertificateArn": certificate(it), "sslSupportMethod": "sni-only"}
    made(it, small(aliases=["orders.example"], viewerCertificate=own))
    it.apply(small())
    config = configuration(it)["DistributionConfig"]
    assert config.get("Aliases", {"Quantity": 0})["Quantity"] == 0
    assert config["ViewerCertificate"]["CloudFrontDefaultCertificate"] is True
    assert "ACMCertificateArn" not in config["ViewerCertificate"]
    assert it.refresh() == set()


def test_a_behavior_put_before_another_by_hand_shows_as_drift(scene_of: Callable[[str], Scene]) -> None:
    it = scene_of(DISTRIBUTION)
    program = small(orderedCacheBehaviors=[behavior("rest", pathPattern=pattern) for pattern in ("/a", "/b")])
    made(it, program)
    now = configuration(it)
    behaviors = now["DistributionConfig"]["CacheBehaviors"]
    behaviors["Items"].reverse()
    it.aws("cloudfront").update_distribution(
        Id=it.id, IfMatch=now["ETag"], DistributionConfig=now["DistributionConfig"]
    )
    assert it.refresh() == {"orderedCacheBehaviors"}
    it.apply(program)
    patterns = [
        item["PathPattern"] for item in configuration(it)["DistributionConfig"]["CacheBehaviors"]["Items"]
    ]
    assert patterns == ["/a", "/b"]


def test_a_function_that_is_not_to_be_published_is_not_until_it_is(scene_of: Callable[[str], Scene]) -> None:
    it = scene_of(FUNCTION)
    program = {"name": "refuse", "runtime": "cloudfront-js-2.0", "code": CODE, "publish": False}
    made(it, program)
    client = it.aws("cloudfront")
    with pytest.raises(client.exceptions.NoSuchFunctionExists):
        described(it, "LIVE")
    assert it.outputs["liveStageEtag"] == ""
    it.apply({**program, "publish": True})
    assert it.outputs["liveStageEtag"] == described(it, "LIVE")["ETag"]
    assert it.refresh() == set()


@pytest.mark.parametrize(
    ("protocol", "name", "scheme", "served"),
    [
        ("WEBSOCKET", "ws", "wss", "/ws"),
        ("HTTP", "live", "https", "/live"),
        ("HTTP", "$default", "https", "/"),
    ],
)
def test_a_stage_tells_the_address_that_aws_would_give_it(
    scene_of: Callable[[str], Scene], protocol: str, name: str, scheme: str, served: str
) -> None:
    it = scene_of(STAGE)
    api = it.make(API, name="a", protocolType=protocol, routeSelectionExpression="$request.body.action")
    made(it, {"apiId": api["id"], "name": name, "deploymentId": a_deployment(it, api["id"])})

    host = f"{api['id']}.execute-api.{it.region}.amazonaws.com"
    assert api["apiEndpoint"] == f"{scheme}://{host}"
    assert it.outputs["invokeUrl"] == f"{scheme}://{host}{served}"
    assert it.outputs["executionArn"] == f"{api['executionArn']}/{name}"
    assert api["executionArn"] == f"arn:aws:execute-api:{it.region}:{it.account}:{api['id']}"
    assert it.outputs["arn"] == f"arn:aws:apigateway:{it.region}::/apis/{api['id']}/stages/{name}"


def test_a_stage_whose_api_is_gone_is_gone(scene_of: Callable[[str], Scene]) -> None:
    it = scene_of(STAGE)
    api = an_api(it)
    made(it, {"apiId": api, "name": "ws", "deploymentId": a_deployment(it, api)})
    it.aws("apigatewayv2").delete_api(ApiId=api)
    assert it.read().id == ""


def test_a_stage_that_deploys_by_itself_needs_no_deployment(scene_of: Callable[[str], Scene]) -> None:
    it = scene_of(STAGE)
    made(it, {"apiId": an_api(it), "name": "ws", "autoDeploy": True})
    assert it.outputs["autoDeploy"] is True
    assert it.refresh() == set()


def test_cors_that_the_program_drops_is_taken_away(scene_of: Callable[[str], Scene]) -> None:
    it = scene_of(API)
    program = {"name": "orders", "protocolType": "HTTP"}
    made(it, {**program, "corsConfiguration": {"allowOrigins": ["*"], "maxAge": 5}})
    it.apply(program)
    assert "CorsConfiguration" not in it.aws("apigatewayv2").get_api(ApiId=it.id)
    assert it.refresh() == set()
