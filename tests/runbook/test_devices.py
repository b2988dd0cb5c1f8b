"""Devices are registered once, with keys that never travel."""
# ruff: noqa: N803 - requests to the fake are boto3's

from __future__ import annotations

import stat
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
from cryptography import x509

from runbook import devices

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


class NotFoundError(Exception):
    """IoT knows no such certificate."""


class AlreadyThereError(Exception):
    """IoT has such a thing with other attributes."""


class Exceptions:
    ResourceNotFoundException = NotFoundError
    ResourceAlreadyExistsException = AlreadyThereError


@dataclass
class FakeIot:
    """IoT's registry in memory; breaks at the call named `breaks_at`."""

    things: set[str] = field(default_factory=set)
    certificates: dict[str, str] = field(default_factory=dict)
    requests: list[str] = field(default_factory=list)
    attached: list[tuple[str, str]] = field(default_factory=list)
    breaks_at: str = ""
    exceptions: type[Exceptions] = Exceptions

    def create_thing(self, *, thingName: str, thingTypeName: str) -> None:
        assert thingTypeName == "SupplyChainSensor"
        if thingName in self.things:
            raise AlreadyThereError
        self.things.add(thingName)

    def create_certificate_from_csr(self, *, certificateSigningRequest: str, setAsActive: bool) -> Any:
        assert setAsActive
        self.requests.append(certificateSigningRequest)
        name = f"certificate-{len(self.requests)}"
        self.certificates[name] = "ACTIVE"
        return {"certificateArn": f"arn:{name}", "certificateId": name, "certificatePem": "PEM"}

    def attach_policy(self, *, policyName: str, target: str) -> None:
        if self.breaks_at == "attach_policy":
            raise ConnectionError
        self.attached.append((policyName, target))

    def attach_thing_principal(self, *, thingName: str, principal: str) -> None:
        self.attached.append((thingName, principal))

    def describe_certificate(self, *, certificateId: str) -> Any:
        if certificateId not in self.certificates:
            raise NotFoundError
        return {"certificateDescription": {"status": self.certificates[certificateId]}}


@dataclass
class FakeTarget:
    """A deployed stack with the fake registry."""

    iot: FakeIot
    outputs: Mapping[str, str] = field(
        default_factory=lambda: {"SensorPolicyName": "policy", "SensorThingTypeName": "SupplyChainSensor"}
    )

    def client(self, service: str) -> FakeIot:
        assert service == "iot"
        return self.iot

    def output(self, name: str) -> str:
        return self.outputs[name]


@pytest.fixture
def iot() -> FakeIot:
    return FakeIot()


def register(iot: FakeIot, folder: Path, *names: str) -> devices.Registered:
    return devices.register(FakeTarget(iot), names, folder, lambda _: None)  # type: ignore[arg-type]


def test_a_device_gets_a_thing_a_certificate_and_the_policy(iot: FakeIot, tmp_path: Path) -> None:
    done = register(iot, tmp_path, "port-shanghai")
    assert done.created == ["port-shanghai"]
    assert iot.things == {"port-shanghai"}
    assert iot.attached == [("policy", "arn:certificate-1"), ("port-shanghai", "arn:certificate-1")]
    assert done.devices[0].certificate.read_text() == "PEM"


def test_the_key_is_private_and_only_a_request_travels(iot: FakeIot, tmp_path: Path) -> None:
    (device,) = register(iot, tmp_path, "port-shanghai").devices
    assert stat.S_IMODE(device.key.stat().st_mode) == 0o600
    assert "PRIVATE KEY" in device.key.read_text()
    assert "PRIVATE KEY" not in iot.requests[0]
    request = x509.load_pem_x509_csr(iot.requests[0].encode())
    assert request.is_signature_valid
    assert request.subject.rfc4514_string() == "CN=port-shanghai"


def test_a_registered_device_stays_as_it_is(iot: FakeIot, tmp_path: Path) -> None:
    (first,) = register(iot, tmp_path, "a").devices
    key = first.key.read_text()
    assert register(iot, tmp_path, "a").created == []
    assert first.key.read_text() == key
    assert len(iot.requests) == 1


@pytest.mark.parametrize("status", ["INACTIVE", "REVOKED"])
def test_a_device_whose_certificate_was_switched_off_gets_another(
    iot: FakeIot, tmp_path: Path, status: str
) -> None:
    register(iot, tmp_path, "a")
    iot.certificates["certificate-1"] = status
    assert register(iot, tmp_path, "a").created == ["a"]


def test_a_device_of_a_cloud_that_was_emptied_is_registered_again(tmp_path: Path) -> None:
    register(FakeIot(), tmp_path, "a")
    assert register(FakeIot(), tmp_path, "a").created == ["a"]


def test_a_registration_that_broke_off_is_repeated(iot: FakeIot, tmp_path: Path) -> None:
    iot.breaks_at = "attach_policy"
    with pytest.raises(ConnectionError):
        register(iot, tmp_path, "a")
    iot.breaks_at = ""
    assert register(iot, tmp_path, "a").created == ["a"]
    assert ("policy", "arn:certificate-2") in iot.attached


def test_many_devices_keep_their_order(iot: FakeIot, tmp_path: Path) -> None:
    names = [f"node-{number}" for number in range(30)]
    assert [device.node_id for device in register(iot, tmp_path, *names).devices] == names
    assert iot.things == set(names)
