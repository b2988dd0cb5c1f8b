"""Zones and records: aliases, overwriting, names, and what stands in the way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import grpc
import pytest

from localcloud.provider import services
from localcloud.provider.check import check
from localcloud.provider.services.route53_names import fqdn_of, parts_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.localcloud.provider.types.scene import Scene

ZONE = "aws:route53/zone:Zone"
RECORD = "aws:route53/record:Record"
VALIDATION = "aws:acm/certificateValidation:CertificateValidation"
# The zone of every distribution: https://docs.aws.amazon.com/general/latest/gr/cf_region.html
CLOUDFRONT = "Z2FDTNDATAQYW2"


@pytest.mark.cloud
def test_an_alias_points_to_its_target_and_follows_the_program(scene_of: Callable[[str], Scene]) -> None:
    it = scene_of(RECORD)
    zone = it.make(ZONE, name="shop.example")["zoneId"]
    alias = {"evaluateTargetHealth": False, "name": "d1.cloudfront.net", "zoneId": CLOUDFRONT}
    program = {"aliases": [alias], "name": "api.shop.example", "type": "A", "zoneId": zone}
    it.create(it.check(program))
    assert it.id == f"{zone}_api.shop.example_A"
    assert it.outputs["fqdn"] == "api.shop.example"
    assert it.refresh() == set()

    wanted = it.check({**program, "aliases": [{**alias, "name": "d2.cloudfront.net"}]}, it.inputs)
    assert it.diff(wanted).replaces == set()
    it.update(wanted)
    found = it.aws("route53").list_resource_record_sets(HostedZoneId=zone)["ResourceRecordSets"]
    assert [one["AliasTarget"]["DNSName"].rstrip(".") for one in found if "AliasTarget" in one] == [
        "d2.cloudfront.net"
    ]
    it.delete()
    assert it.read().id == ""


@pytest.mark.cloud
def test_a_record_that_exists_is_overwritten_only_where_the_program_allows_it(
    scene_of: Callable[[str], Scene],
) -> None:
    it = scene_of(RECORD)
    zone = it.make(ZONE, name="shop.example")["zoneId"]
    program = {"name": "www", "records": ["192.0.2.1"], "ttl": 60, "type": "A", "zoneId": zone}
    it.make(RECORD, **program)
    with pytest.raises(grpc.RpcError, match="already exists"):
        it.create(it.check(program))
    it.create(it.check({**program, "allowOverwrite": True, "records": ["192.0.2.2"]}))
    assert it.refresh() == set()


@pytest.mark.cloud
@pytest.mark.parametrize("force", [True, False])
def test_a_zone_with_records_goes_only_where_the_program_allows_it(
    scene_of: Callable[[str], Scene], *, force: bool
) -> None:
    it = scene_of(ZONE)
    it.create(it.check({"forceDestroy": force, "name": "shop.example"}))
    it.make(RECORD, name="www", records=["192.0.2.1"], ttl=60, type="A", zoneId=it.id)
    if force:
        it.delete()
    else:
        with pytest.raises(grpc.RpcError, match="HostedZoneNotEmpty"):
            it.delete()
    assert bool(it.read().id) is not force


@pytest.mark.cloud
def test_a_validation_that_lacks_a_record_says_which(scene_of: Callable[[str], Scene]) -> None:
    it = scene_of(VALIDATION)
    certificate = it.make(
        "aws:acm/certificate:Certificate", domainName="shop.example", validationMethod="DNS"
    )
    program = {"certificateArn": certificate["arn"], "validationRecordFqdns": ["www.shop.example"]}
    name = certificate["domainValidationOptions"][0]["resourceRecordName"].rstrip(".")
    with pytest.raises(grpc.RpcError, match=f"lacks {name}"):
        it.create(it.check(program))


@pytest.mark.parametrize(
    ("name", "full"),
    [
        ("", "shop.example"),
        ("www", "www.shop.example"),
        ("WWW.shop.example.", "www.shop.example"),
        ("shop.example", "shop.example"),
        ("myshop.example", "myshop.example.shop.example"),
        ("\\052", "*.shop.example"),
    ],
)
def test_a_name_is_completed_by_the_zone(name: str, full: str) -> None:
    assert fqdn_of(name, "shop.example") == full


@pytest.mark.parametrize(
    ("record_id", "parts"),
    [
        ("Z1__a_b.shop.example_CNAME", {"zoneId": "Z1", "name": "_a_b.shop.example", "type": "CNAME"}),
        ("Z1_shop.example_TXT", {"zoneId": "Z1", "name": "shop.example", "type": "TXT"}),
        ("Z1_shop.example_NONE", {}),
    ],
)
def test_a_records_id_tells_its_parts(record_id: str, parts: dict[str, str]) -> None:
    assert parts_of(record_id) == parts


@pytest.mark.parametrize(
    ("inputs", "property_", "words"),
    [
        ({}, "records", "is required, or aliases"),
        ({"records": ["a"]}, "ttl", "is required beside records"),
        ({"aliases": [], "ttl": 5}, "ttl", "must be left out beside aliases"),
        ({"records": ["a"], "ttl": 5, "setIdentifier": "x"}, "setIdentifier", "no routing policies"),
        ({"records": ["a"], "ttl": 5, "type": "X"}, "type", "must be one of A, AAAA"),
    ],
)
def test_a_record_that_cannot_be_is_refused(inputs: dict[str, Any], property_: str, words: str) -> None:
    program = {"name": "www", "type": "A", "zoneId": "Z1", **inputs}
    _, failures = check(services.resource(RECORD), program, old_inputs={}, name="n", seed=b"s")
    assert words in {failure.property: failure.reason for failure in failures}[property_]
