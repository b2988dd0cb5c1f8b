"""Keeps the versions of a secret as Secrets Manager does.

A secret made without a value has no version, so the first value leaves no empty one as the previous; a
stage that a new value brings is taken from the version that had it.
https://docs.aws.amazon.com/secretsmanager/latest/userguide/whats-in-a-secret.html
"""

from collections.abc import Callable
from typing import Any

from localcloud.aws.patches.upstream import Upstream

Answer = Any
VALUES = ("SecretString", "SecretBinary")
CURRENT = "AWSCURRENT"
OK = 200


def apply() -> None:
    """Wrap the creation of a secret and of a version.

    Raises:
        PatchError: MiniStack has changed.
    """
    secrets = Upstream("secret_versions", "services.secretsmanager")
    secrets.require("_secrets")
    secrets.require("_resolve")
    secrets.require("_add_stage", "secret", "version_id", "stage")
    secrets.require("_remove_stage_everywhere", "secret", "stage", "except_version_id")
    secrets.wrap("_create_secret", "data", by=lambda original: _without_value(original, secrets.module))
    secrets.wrap("_put_secret_value", "data", by=lambda original: _with_stages(original, secrets.module))


def _without_value(original: Callable[[Any], Answer], secrets: Any) -> Callable[[Any], Answer]:  # noqa: ANN401
    def create(data: dict[str, Any]) -> Answer:
        answer = original(data)
        if answer[0] == OK and not any(name in data for name in VALUES):
            secrets._secrets[data["Name"]]["Versions"] = {}
        return answer

    return create


def _with_stages(original: Callable[[Any], Answer], secrets: Any) -> Callable[[Any], Answer]:  # noqa: ANN401
    def put(data: dict[str, Any]) -> Answer:
        _, secret = secrets._resolve(data.get("SecretId"))
        before = set(secret["Versions"]) if secret else set()
        answer = original(data)
        new = (set(secret["Versions"]) - before) if secret and answer[0] == OK else set()
        for version in new:
            for stage in data.get("VersionStages") or ():
                if stage != CURRENT:
                    secrets._remove_stage_everywhere(secret, stage, except_version_id=version)
                    secrets._add_stage(secret, version, stage)
        return answer

    return put
