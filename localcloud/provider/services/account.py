"""Who and where the provider is: answered from its configuration, so previews need no cloud."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from localcloud.provider.invoke import Invoke

if TYPE_CHECKING:
    from collections.abc import Mapping

    from localcloud.provider.cloud import Cloud


def _caller_identity(cloud: Cloud, _arguments: Mapping[str, Any]) -> dict[str, Any]:
    arn = f"arn:aws:iam::{cloud.account}:root"
    return {"accountId": cloud.account, "arn": arn, "id": cloud.account, "userId": cloud.account}


def _region(cloud: Cloud, arguments: Mapping[str, Any]) -> dict[str, Any]:
    name = str(arguments.get("region") or arguments.get("name") or cloud.region)
    endpoint = f"ec2.{name}.amazonaws.com"
    return {"name": name, "region": name, "id": name, "endpoint": endpoint, "description": name}


def _partition(_cloud: Cloud, _arguments: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "partition": "aws",
        "dnsSuffix": "amazonaws.com",
        "reverseDnsPrefix": "com.amazonaws",
        "id": "aws",
    }


INVOKES = (
    Invoke(
        function="aws:index/getCallerIdentity:getCallerIdentity", answer=_caller_identity, arguments=("id",)
    ),
    Invoke(
        function="aws:index/getRegion:getRegion",
        answer=_region,
        arguments=("id", "name", "region", "endpoint"),
    ),
    Invoke(function="aws:index/getPartition:getPartition", answer=_partition, arguments=("id",)),
)
