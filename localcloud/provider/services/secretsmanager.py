"""AWS Secrets Manager: https://docs.aws.amazon.com/secretsmanager/latest/apireference/."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Any

from localcloud.provider.cloud import CallError
from localcloud.provider.resource import Resource
from localcloud.provider.row import Call, Limit, Name, Read, Tags, Values

if TYPE_CHECKING:
    from collections.abc import Iterator

    from localcloud.provider.cloud import Cloud
    from localcloud.provider.shapes import Request

CURRENT = "AWSCURRENT"
RECOVERY_DAYS = (0, *range(7, 31))
NOT_LOCAL = {
    "forceOverwriteReplicaSecret": "must be left out: the local cloud keeps a secret in one region",
    "replicas": "must be left out: the local cloud keeps a secret in one region",
    "type": "must be left out: the local cloud has no secrets that others manage",
}
WRITE_ONLY = dict.fromkeys(
    ("secretStringWo", "secretStringWoVersion"),
    "must be left out: the local cloud takes no write-only values, use secretString",
)


class SecretResource(Resource):
    """A secret; a deleted one may be restored for some days."""

    def problems(self, inputs: Values) -> Iterator[tuple[str, str]]:
        """What the local cloud does not have."""
        yield from ((name, NOT_LOCAL[name]) for name in sorted(inputs.keys() & NOT_LOCAL))

    def request(self, operation: str, values: Values) -> Request:
        """No days of recovery means deletion at once."""
        request = super().request(operation, values)
        if operation == self.delete:
            request.members.pop("RecoveryWindowInDays", None)
            days = values.get("recoveryWindowInDays")
            immediate = {"ForceDeleteWithoutRecovery": True}
            request.members.update({"RecoveryWindowInDays": days} if days else immediate)
        return request

    def run_read(self, cloud: Cloud, values: Values) -> dict[str, Any] | None:
        """A secret that waits for its end is gone."""
        try:
            described = cloud.call(self.service, "DescribeSecret", {"SecretId": values["arn"]})
        except CallError as error:
            if error.means_not_found(self.not_found):
                return None
            raise
        if described.get("DeletedDate"):
            return None
        found = super().run_read(cloud, values)
        return found and {**found, "tags": described.get("Tags", [])}


class SecretVersionResource(Resource):
    """A value of a secret; AWS forgets a version once no stage is left to it."""

    def problems(self, inputs: Values) -> Iterator[tuple[str, str]]:
        """A version has one value, a text or bytes in base64."""
        yield from ((name, WRITE_ONLY[name]) for name in sorted(inputs.keys() & WRITE_ONLY))
        if "secretString" in inputs and "secretBinary" in inputs:
            yield "secretBinary", "must be left out beside secretString"
        if not inputs.keys() & {"secretString", "secretBinary", *WRITE_ONLY}:
            yield "secretString", "is required, or secretBinary"
        binary = inputs.get("secretBinary")
        if isinstance(binary, str) and _bytes(binary) is None:
            yield "secretBinary", "must be base64"

    def request(self, operation: str, values: Values) -> Request:
        """Bytes are base64 in the program."""
        request = super().request(operation, values)
        if isinstance(values.get("secretBinary"), str) and "SecretBinary" in request.members:
            request.members["SecretBinary"] = _bytes(values["secretBinary"]) or b""
        return request

    def run_read(self, cloud: Cloud, values: Values) -> dict[str, Any] | None:
        """The value and its stages."""
        request = {"SecretId": values["secretId"], "VersionId": values["versionId"]}
        try:
            answer = cloud.call(self.service, "GetSecretValue", request)
        except CallError as error:
            if error.means_not_found(self.not_found):
                return None
            raise
        if not answer.get("VersionStages"):
            return None
        binary = answer.pop("SecretBinary", None)
        found = self.properties({**answer, "secretArn": answer["ARN"]})
        coded = {"secretBinary": base64.b64encode(binary).decode()} if binary is not None else {}
        return {**found, **coded, "hasSecretStringWo": False, "secretId": values["secretId"]}

    def run_update(self, cloud: Cloud, values: Values, changed: frozenset[str]) -> None:
        """Move stages here, and take those away that the program dropped."""
        if "versionStages" not in changed or not values.get("versionStages"):
            return
        holders = self._holders(cloud, values)
        own, wanted = values["versionId"], set(values["versionStages"])
        for stage in sorted(wanted - {name for name, holder in holders.items() if holder == own}):
            former = {"RemoveFromVersionId": holders[stage]} if stage in holders else {}
            self._move(cloud, values, stage, {"MoveToVersionId": own, **former})
        self._release(cloud, values, {name for name, holder in holders.items() if holder == own} - wanted)

    def run_delete(self, cloud: Cloud, values: Values) -> None:
        """Take the stages away; the current value stays until there is another or the secret is gone."""
        holders = self._holders(cloud, values)
        self._release(
            cloud, values, {name for name, holder in holders.items() if holder == values["versionId"]}
        )

    def _holders(self, cloud: Cloud, values: Values) -> dict[str, str]:
        """Stage -> id of the version that has it."""
        answer = cloud.call(self.service, "DescribeSecret", {"SecretId": values["secretId"]})
        versions = answer.get("VersionIdsToStages") or {}
        return {stage: version for version, stages in versions.items() for stage in stages}

    def _release(self, cloud: Cloud, values: Values, stages: set[str]) -> None:
        # A secret always has a current value.
        for stage in sorted(stages - {CURRENT}):
            self._move(cloud, values, stage, {"RemoveFromVersionId": values["versionId"]})

    def _move(self, cloud: Cloud, values: Values, stage: str, versions: Values) -> None:
        request = {"SecretId": values["secretId"], "VersionStage": stage, **versions}
        cloud.call(self.service, "UpdateSecretVersionStage", request)


class SecretPolicyResource(Resource):
    """Who may use a secret."""

    def run_read(self, cloud: Cloud, values: Values) -> dict[str, Any] | None:
        """A secret without a policy has no such resource."""
        found = super().run_read(cloud, values)
        return found if found and found.get("policy") else None


def _bytes(text: str) -> bytes | None:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        return None


# A secret that waits for its end refuses every other call so.
GONE = ("InvalidRequestException",)

RESOURCES = (
    SecretResource(
        type="aws:secretsmanager/secret:Secret",
        service="secretsmanager",
        create="CreateSecret",
        reads=(
            Read(operation="DescribeSecret"),
            Read(operation="GetResourcePolicy", optional=True),
        ),
        updates=(
            Call(operation="UpdateSecret", properties=("description", "kmsKeyId")),
            Call(operation="PutResourcePolicy", properties=("policy",), otherwise="DeleteResourcePolicy"),
        ),
        delete="DeleteSecret",
        id="{arn}",
        name=Name(longest=512),
        names={"arn": "SecretId", "policy": "ResourcePolicy"},
        answers={"arn": "ARN"},
        replace=("name",),
        defaults={"description": "", "recoveryWindowInDays": 30},
        handled={**dict.fromkeys(NOT_LOCAL, ""), "recoveryWindowInDays": "RecoveryWindowInDays"},
        kept=("policy",),
        json=("policy",),
        cleared={"description": "", "kmsKeyId": ""},
        tags=Tags(read=""),
        not_found=GONE,
        limits={"recoveryWindowInDays": Limit(values=RECOVERY_DAYS)},
    ),
    SecretVersionResource(
        type="aws:secretsmanager/secretVersion:SecretVersion",
        service="secretsmanager",
        create="PutSecretValue",
        reads=(Read(operation="GetSecretValue"),),
        delete="UpdateSecretVersionStage",
        id="{secretId}|{versionId}",
        names={"arn": "ARN"},
        replace=("secretBinary", "secretId", "secretString"),
        handled=dict.fromkeys(WRITE_ONLY, ""),
        kept=("versionStages",),
        volatile=("versionStages",),
        not_found=GONE,
    ),
    SecretPolicyResource(
        type="aws:secretsmanager/secretPolicy:SecretPolicy",
        service="secretsmanager",
        create="PutResourcePolicy",
        reads=(Read(operation="GetResourcePolicy"),),
        updates=(Call(operation="PutResourcePolicy", properties=("blockPublicPolicy", "policy")),),
        delete="DeleteResourcePolicy",
        id="{secretArn}",
        names={"policy": "ResourcePolicy", "secretArn": "SecretId"},
        answers={"secretArn": "ARN"},
        replace=("secretArn",),
        json=("policy",),
        write_only=("blockPublicPolicy",),
        not_found=GONE,
    ),
)
