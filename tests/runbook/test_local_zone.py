"""A domain of a stack finds its zone in the local cloud, made once."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest

from runbook import targets
from runbook.local_zone import zone_of


@dataclass
class FakeRoute53:
    """Answers as AWS: the zones from a name on, by their names, each with a dot at its end."""

    names: list[str] = field(default_factory=list)

    def list_hosted_zones_by_name(self, **asked: str) -> dict[str, Any]:
        found = [name for name in sorted(self.names) if name >= asked["DNSName"]]
        zones = [{"Id": f"/hostedzone/Z{name.upper()}", "Name": f"{name}."} for name in found]
        return {"HostedZones": zones[: int(asked["MaxItems"])]}

    def create_hosted_zone(self, **asked: str) -> dict[str, Any]:
        assert asked["CallerReference"]
        self.names.append(asked["Name"])
        return {"HostedZone": {"Id": f"/hostedzone/Z{asked['Name'].upper()}"}}


@pytest.fixture
def route53(monkeypatch: pytest.MonkeyPatch) -> FakeRoute53:
    fake = FakeRoute53()

    def opened(stack: str, **how: bool) -> SimpleNamespace:
        assert (stack, how) == ("staging", {"local": True, "live": False, "silent": True})
        return SimpleNamespace(client=lambda service: {"route53": fake}[service])

    monkeypatch.setattr(targets, "open_account", opened)
    return fake


def test_a_zone_is_made_where_there_is_none(route53: FakeRoute53) -> None:
    route53.names = ["other.ai", "zebra.ai"]
    assert zone_of("staging", "staging-api.omnitrack.ai") == "ZOMNITRACK.AI"
    assert route53.names == ["other.ai", "zebra.ai", "omnitrack.ai"]


def test_a_zone_that_is_there_is_taken(route53: FakeRoute53) -> None:
    route53.names = ["omnitrack.ai"]
    assert zone_of("staging", "staging-api.omnitrack.ai") == "ZOMNITRACK.AI"
    assert route53.names == ["omnitrack.ai"]
