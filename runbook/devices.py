"""Sensors as IoT things: each with its own key, a certificate, and the right to its own topic."""

from __future__ import annotations

import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from runbook import stacks

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from runbook.targets import Target

REGISTRARS: Final = 4
REPORT_EVERY: Final = 10


@dataclass(frozen=True, kw_only=True)
class Device:
    """A registered sensor gateway of a node.

    Attributes:
        node_id: the node, and the thing's name and MQTT client id: the policy ties all three together.
        folder: holds `certificate.pem`, `private.key` (readable by its owner only) and `certificate-id`.
    """

    node_id: str
    folder: Path

    @property
    def certificate(self) -> Path:
        """The X.509 certificate, PEM."""
        return self.folder / "certificate.pem"

    @property
    def key(self) -> Path:
        """The private key, PEM; it has never left this machine."""
        return self.folder / "private.key"

    @property
    def certificate_id(self) -> str | None:
        """IoT's id of the certificate; None for a device whose registration was not finished."""
        try:
            return (self.folder / "certificate-id").read_text(encoding="utf-8").strip()
        except FileNotFoundError:
            return None


@dataclass(frozen=True, kw_only=True)
class Registered:
    """What a registration did: all devices asked for, and the nodes whose device is new."""

    devices: list[Device]
    created: list[str]


def register(
    target: Target, node_ids: Sequence[str], folder: Path, report: Callable[[str], None]
) -> Registered:
    """Register devices; one whose certificate is active stays as it is.

    Args:
        target: the stack.
        node_ids: the nodes, one device each.
        folder: where keys and certificates are kept, one folder per device.
        report: told how far it is.
    """
    iot = target.client("iot")
    policy, thing_type = target.output("SensorPolicyName"), target.output("SensorThingTypeName")

    def ensure(node_id: str) -> bool:
        device = Device(node_id=node_id, folder=folder / node_id)
        if _is_active(iot, device):
            return False
        _register(iot, device, policy=policy, thing_type=thing_type)
        return True

    created = []
    with ThreadPoolExecutor(REGISTRARS) as pool:
        for done, (node_id, new) in enumerate(
            zip(node_ids, pool.map(ensure, node_ids), strict=True), start=1
        ):
            if new:
                created.append(node_id)
            if done % REPORT_EVERY == 0:
                report(f"{done} of {len(node_ids)} devices")
    return Registered(
        devices=[Device(node_id=node_id, folder=folder / node_id) for node_id in node_ids], created=created
    )


def unregister(target: Target, node_ids: Sequence[str], folder: Path, report: Callable[[str], None]) -> None:
    """Remove devices with all their certificates; one that is not registered is passed over.

    Until then neither the sensors' policy nor their thing type can be deleted.

    Args:
        target: the stack.
        node_ids: the nodes whose devices go.
        folder: where their keys are kept; they are deleted.
        report: told how far it is.
    """
    iot, policy = target.client("iot"), target.output("SensorPolicyName")
    with ThreadPoolExecutor(REGISTRARS) as pool:
        removed = pool.map(lambda node_id: _unregister(iot, node_id, policy, folder), node_ids)
        for done, _ in enumerate(removed, start=1):
            if done % REPORT_EVERY == 0:
                report(f"{done} of {len(node_ids)} devices")


def folder_of(stack: str) -> Path:
    """Where the keys of a stack's devices are kept on this machine."""
    return stacks.home() / "devices" / stack


def registered_here(stack: str) -> list[str]:
    """The nodes whose devices have their keys on this machine."""
    folder = folder_of(stack)
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def _unregister(iot: Any, node_id: str, policy: str, folder: Path) -> None:  # noqa: ANN401 - boto3 client
    with suppress(iot.exceptions.ResourceNotFoundException):
        for arn in iot.list_thing_principals(thingName=node_id)["principals"]:
            iot.detach_thing_principal(thingName=node_id, principal=arn)
            iot.detach_policy(policyName=policy, target=arn)
            certificate_id = arn.rpartition("/")[2]
            iot.update_certificate(certificateId=certificate_id, newStatus="INACTIVE")
            iot.delete_certificate(certificateId=certificate_id)
        iot.delete_thing(thingName=node_id)
    shutil.rmtree(folder / node_id, ignore_errors=True)


def _is_active(iot: Any, device: Device) -> bool:  # noqa: ANN401 - boto3 client
    certificate_id = device.certificate_id
    if certificate_id is None or not device.key.exists() or not device.certificate.exists():
        return False
    try:
        found = iot.describe_certificate(certificateId=certificate_id)
    except iot.exceptions.ResourceNotFoundException:
        return False
    return bool(found["certificateDescription"]["status"] == "ACTIVE")


def _register(iot: Any, device: Device, *, policy: str, thing_type: str) -> None:  # noqa: ANN401 - boto3 client
    device.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    # A thing that was made by hand, with other attributes, is the thing we mean.
    with suppress(iot.exceptions.ResourceAlreadyExistsException):
        iot.create_thing(thingName=device.node_id, thingTypeName=thing_type)
    made = iot.create_certificate_from_csr(
        certificateSigningRequest=_request_with_new_key(device), setAsActive=True
    )
    iot.attach_policy(policyName=policy, target=made["certificateArn"])
    iot.attach_thing_principal(thingName=device.node_id, principal=made["certificateArn"])
    device.certificate.write_text(made["certificatePem"], encoding="utf-8")
    # Last: only a whole registration has an id.
    (device.folder / "certificate-id").write_text(made["certificateId"], encoding="utf-8")


def _request_with_new_key(device: Device) -> str:
    from cryptography import x509  # noqa: PLC0415 - only a registration needs it
    from cryptography.hazmat.primitives import hashes, serialization  # noqa: PLC0415 - as above
    from cryptography.hazmat.primitives.asymmetric import ec  # noqa: PLC0415 - as above

    key = ec.generate_private_key(ec.SECP256R1())
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    device.key.unlink(missing_ok=True)
    with os.fdopen(os.open(device.key, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(pem)
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, device.node_id)])
    request = x509.CertificateSigningRequestBuilder().subject_name(subject).sign(key, hashes.SHA256())
    return request.public_bytes(serialization.Encoding.PEM).decode()
