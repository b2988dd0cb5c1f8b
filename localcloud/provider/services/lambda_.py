"""AWS Lambda: https://docs.aws.amazon.com/lambda/latest/api/."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from localcloud.provider import cloud as clouds
from localcloud.provider import shapes
from localcloud.provider.errors import ProviderError
from localcloud.provider.resource import Resource
from localcloud.provider.row import Call, Limit, Name, Read, Tags, Values
from localcloud.provider.values import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from localcloud.provider.cloud import Cloud

RESERVATION = ("name", "reservedConcurrentExecutions")
CODE = ("code", "s3Bucket", "s3Key", "s3ObjectVersion")
# What UpdateFunctionCode takes, and what only says that the code changed.
CODE_CHANGES = (*CODE, "architectures", "codeSha256", "sourceCodeHash", "sourceKmsKeyArn")
VERSIONED = {"qualifiedArn", "qualifiedInvokeArn", "version"}
NOT_LOCAL = {
    "codeSigningConfigArn": "must be left out: the local cloud verifies no signatures of code",
    "imageConfig": "must be left out: the local cloud runs zip archives, not images",
    "imageUri": "must be left out: the local cloud runs zip archives, not images; use code",
    "publishTo": "must be left out: the local cloud publishes numbered versions only",
}


def _code_problems(inputs: Values) -> Iterator[tuple[str, str]]:
    if ("code" in inputs) == ("s3Bucket" in inputs):
        yield "code", "or s3Bucket must be given, and not both: one of them holds the code"
    if ("s3Bucket" in inputs) != ("s3Key" in inputs):
        yield "s3Key", "and s3Bucket belong together: give both or none"


class FunctionResource(Resource):
    """A function; each change of code or configuration is published where the program wants versions."""

    def problems(self, inputs: Values) -> Iterator[tuple[str, str]]:
        """A zip archive needs a handler and a runtime; images do not run here."""
        yield from ((name, NOT_LOCAL[name]) for name in sorted(inputs.keys() & NOT_LOCAL))
        if not inputs.keys() & {"imageUri"}:
            yield from _code_problems(inputs)
            yield from ((name, "is required") for name in ("handler", "runtime") if not inputs.get(name))

    def request(self, operation: str, values: Values) -> shapes.Request:
        """UpdateFunctionCode has at its top what CreateFunction has in `Code`; -1 reserves nothing."""
        if operation == "PutFunctionConcurrency" and values.get("reservedConcurrentExecutions") == -1:
            values = {name: value for name, value in values.items() if name != "reservedConcurrentExecutions"}
        if operation == "UpdateFunctionCode":
            names = {name: target.removeprefix("Code.") for name, target in self.names.items()}
            # Each change is published once, after the last call.
            kept = {name: value for name, value in values.items() if name not in {"publish", "publishTo"}}
            request = shapes.build(self.input_shape(operation), kept, names=names)
        else:
            request = super().request(operation, values)
        request.placed.update({*CODE_CHANGES, *self.handled} & values.keys())
        return request

    def after_create(self, cloud: Cloud, values: Values) -> None:
        """Wait until it can be called."""
        self._settle(cloud, values)

    def run_call(self, cloud: Cloud, call: Call, values: Values, concerned: frozenset[str]) -> None:
        """Lambda takes the next change only when the last one is done."""
        if call.otherwise:
            # 0 reserves nothing to run in, which is not the same as no reservation.
            request = self.request(call.operation, {name: values.get(name) for name in RESERVATION})
            reserves = "ReservedConcurrentExecutions" in request.members
            cloud.call("lambda", call.operation if reserves else call.otherwise, request.members)
        else:
            super().run_call(cloud, call, values, concerned)
            self._settle(cloud, values)

    def run_update(self, cloud: Cloud, values: Values, changed: frozenset[str]) -> None:
        """Change it, then publish once."""
        super().run_update(cloud, values, changed)
        published = {name for call in self.updates if not call.otherwise for name in self.concerns(call)}
        if values.get("publish") and changed & {*published, "publish"}:
            cloud.call("lambda", "PublishVersion", {"FunctionName": values["name"]})

    def unsettled(self, inputs: Values, changed: frozenset[str]) -> frozenset[str]:
        """A change of code or configuration; a version only where the program publishes them."""
        if not changed & {"publish"}.union(*map(self.concerns, self.updates[:2])):
            return frozenset()
        settled = set() if inputs.get("publish") else VERSIONED
        return frozenset(self.volatile) - settled

    def run_read(self, cloud: Cloud, values: Values) -> dict[str, Any] | None:
        """Read the function and its newest version."""
        name = {"FunctionName": values["name"]}
        try:
            answer = cloud.call("lambda", "GetFunction", name)
        except clouds.CallError as error:
            if error.means_not_found():
                return None
            raise
        function, code = answer["Configuration"], answer.get("Code", {})
        function["Layers"] = [layer["Arn"] for layer in function.get("Layers", ())]
        found = self.properties({**function, "SourceKMSKeyArn": code.get("SourceKMSKeyArn")})
        reserved = answer.get("Concurrency", {}).get("ReservedConcurrentExecutions", -1)
        listed = clouds.pages(cloud, "lambda", "ListVersionsByFunction", name, at="Versions")
        versions = [one["Version"] for one in listed if one["Version"].isdigit()]
        version = max(versions, key=int, default="$LATEST")
        qualified = f"{found['arn']}:{version}"
        return {
            **found,
            "reservedConcurrentExecutions": reserved,
            "version": version,
            "qualifiedArn": qualified,
            "invokeArn": _invoke_arn(cloud, found["arn"]),
            "qualifiedInvokeArn": _invoke_arn(cloud, qualified),
            "responseStreamingInvokeArn": _invoke_arn(
                cloud, found["arn"], "2021-11-15", "response-streaming-invocations"
            ),
        }

    def from_cloud(self, found: dict[str, Any], values: Values) -> dict[str, Any]:
        """Leave out blocks that say nothing, as the official provider does."""
        if not found.get("vpcConfig", {}).get("subnetIds"):
            found.pop("vpcConfig", None)
        if found.get("snapStart", {}).get("applyOn") == "None" and "snapStart" not in values:
            found.pop("snapStart")
        if not found.get("environment", {}).get("variables"):
            found.pop("environment", None)
        return found

    def run_delete(self, cloud: Cloud, values: Values) -> None:
        """Delete it, unless the program wants it kept."""
        if not values.get("skipDestroy"):
            super().run_delete(cloud, values)

    def _settle(self, cloud: Cloud, values: Values) -> None:
        name = values["name"]

        def is_settled() -> bool:
            found = cloud.call("lambda", "GetFunctionConfiguration", {"FunctionName": name})
            if "Failed" in {found.get("State"), found.get("LastUpdateStatus")}:
                reason = found.get("StateReason") or found.get("LastUpdateStatusReason") or "no reason given"
                raise ProviderError(f"the function {name} failed: {reason}")
            return found.get("State") != "Pending" and found.get("LastUpdateStatus") != "InProgress"

        cloud.wait(is_settled, what=f"the function {name} getting ready")


class LayerVersionResource(Resource):
    """A version of a layer, which nothing can change."""

    def problems(self, inputs: Values) -> Iterator[tuple[str, str]]:
        """The code comes from one place."""
        return _code_problems(inputs)

    def request(self, operation: str, values: Values) -> shapes.Request:
        """The ARN tells layer and version."""
        if values.get("arn") and values["arn"] is not UNKNOWN:
            layer, version = str(values["arn"]).rsplit(":", 2)[1:]
            values = {**values, "layerName": layer, "version": version}
        return super().request(operation, values)

    def from_id(self, resource_id: str) -> dict[str, str]:
        """An id is the ARN of the version."""
        return super().from_id(resource_id) if re.fullmatch(r"arn:.+:layer:[^:]+:\d+", resource_id) else {}

    def from_cloud(self, found: dict[str, Any], values: Values) -> dict[str, Any]:
        """The layer by the name or ARN that the program gave it."""
        name = str(found["layerArn"]).rpartition(":")[2]
        return {**found, "layerName": values.get("layerName", name)}

    def run_delete(self, cloud: Cloud, values: Values) -> None:
        """Delete it, unless the program wants old versions kept."""
        if not values.get("skipDestroy"):
            super().run_delete(cloud, values)


def _invoke_arn(cloud: Cloud, arn: str, version: str = "2015-03-31", action: str = "invocations") -> str:
    place = f"arn:{cloud.facts['partition']}:apigateway:{cloud.region}:lambda"
    return f"{place}:path/{version}/functions/{arn}/{action}"


RESOURCES = (
    FunctionResource(
        type="aws:lambda/function:Function",
        service="lambda",
        create="CreateFunction",
        reads=(Read(operation="GetFunction", at="Configuration"),),
        updates=(
            Call(operation="UpdateFunctionConfiguration"),
            Call(operation="UpdateFunctionCode", properties=CODE_CHANGES),
            Call(
                operation="PutFunctionConcurrency",
                properties=("reservedConcurrentExecutions",),
                otherwise="DeleteFunctionConcurrency",
            ),
        ),
        delete="DeleteFunction",
        id="{name}",
        name=Name(longest=64),
        names={
            "arn": "FunctionArn",
            "code": "Code.ZipFile",
            "durableConfig.retentionPeriod": "RetentionPeriodInDays",
            "imageUri": "Code.ImageUri",
            "name": "FunctionName",
            "s3Bucket": "Code.S3Bucket",
            "s3Key": "Code.S3Key",
            "s3ObjectVersion": "Code.S3ObjectVersion",
            "sourceCodeSize": "CodeSize",
            "sourceKmsKeyArn": "Code.SourceKMSKeyArn",
        },
        replace=("name", "packageType", "tenancyConfig"),
        defaults={
            "architectures": ["x86_64"],
            "description": "",
            "ephemeralStorage": {"size": 512},
            "memorySize": 128,
            "packageType": "Zip",
            "publish": False,
            "replaceSecurityGroupsOnDestroy": False,
            "reservedConcurrentExecutions": -1,
            "skipDestroy": False,
            "timeout": 3,
            "tracingConfig": {"mode": "PassThrough"},
        },
        write_only=(*CODE, "publish"),
        handled={
            **dict.fromkeys((*NOT_LOCAL, "skipDestroy", "sourceCodeHash"), ""),
            "useResourceTimeoutForPropagation": "",
        },
        volatile=(
            "codeSha256",
            "lastModified",
            "qualifiedArn",
            "qualifiedInvokeArn",
            "sourceCodeSize",
            "version",
        ),
        ordered=("imageConfig.commands", "imageConfig.entryPoints", "layers"),
        kept=("codeSha256", "loggingConfig"),
        # Lambda keeps what an update does not name: what the program drops must be sent empty.
        cleared={
            "deadLetterConfig": {"targetArn": ""},
            "environment": {"variables": {}},
            "fileSystemConfig": [],
            "kmsKeyArn": "",
            "layers": [],
            "loggingConfig": {"logFormat": "Text"},
            "snapStart": {"applyOn": "None"},
            "vpcConfig": {"subnetIds": [], "securityGroupIds": []},
        },
        tags=Tags(read="ListTags"),
        # A new role, and the right to use a key, need a moment until Lambda sees them.
        retry=(
            "The role defined for the function cannot be assumed by Lambda",
            "The provided execution role does not have permissions",
            "Lambda was unable to configure access to your environment variables",
            "An update is in progress",
        ),
        # https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html
        limits={
            "layers": Limit(longest=5),
            "name": Limit(pattern="[a-zA-Z0-9_-]+"),
            "packageType": Limit(values=("Zip",)),
            "reservedConcurrentExecutions": Limit(low=-1),
            "timeout": Limit(low=1, high=900),
        },
    ),
    LayerVersionResource(
        type="aws:lambda/layerVersion:LayerVersion",
        service="lambda",
        create="PublishLayerVersion",
        reads=(Read(operation="GetLayerVersion"),),
        delete="DeleteLayerVersion",
        id="{arn}",
        names={
            "arn": "LayerVersionArn",
            "code": "Content.ZipFile",
            "codeSha256": "Content.CodeSha256",
            "s3Bucket": "Content.S3Bucket",
            "s3Key": "Content.S3Key",
            "s3ObjectVersion": "Content.S3ObjectVersion",
            "signingJobArn": "Content.SigningJobArn",
            "signingProfileVersionArn": "Content.SigningProfileVersionArn",
            "sourceCodeSize": "Content.CodeSize",
            "version": "VersionNumber",
        },
        answers={"version": "Version"},
        replace=(
            *CODE,
            "compatibleArchitectures",
            "compatibleRuntimes",
            "description",
            "layerName",
            "licenseInfo",
            "sourceCodeHash",
        ),
        defaults={"description": "", "licenseInfo": "", "skipDestroy": False},
        write_only=CODE,
        handled={"skipDestroy": "", "sourceCodeHash": ""},
    ),
)
