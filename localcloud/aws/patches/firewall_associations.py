"""Keeps web ACLs and the stages that they protect consistent, as WAFv2 does.

A stage that is not there cannot be protected, a web ACL that protects one cannot be deleted, a deleted stage
leaves no association behind, and a stage names its web ACL.
https://docs.aws.amazon.com/waf/latest/APIReference/API_AssociateWebACL.html
"""

import re
from collections.abc import Callable
from typing import Any

from localcloud.aws.patches.upstream import Upstream

STAGE = re.compile(r"arn:[^:]+:apigateway:[^:]*::/restapis/(?P<api>[^/]+)/stages/(?P<stage>[^/]+)")

Answer = Any


def apply() -> None:
    """Wrap association and deletion on both sides.

    Raises:
        PatchError: MiniStack has changed.
    """
    waf = Upstream("firewall_associations", "services.waf")
    gateway = Upstream("firewall_associations", "services.apigateway_v1")
    waf.require("_associations")
    waf.require("_waf_err", "code", "message")
    waf.require("web_acl_record", "uid", "scope")
    gateway.require("_stages_v1")
    associations = _Associations(waf.module, gateway.module)
    waf.wrap("_associate_web_acl", "data", by=associations.on_association)
    waf.wrap("_disassociate_web_acl", "data", by=associations.on_disassociation)
    waf.wrap("_delete_web_acl", "data", by=associations.on_deletion_of_web_acl)
    gateway.wrap("_delete_stage", "api_id", "stage_name", by=associations.on_deletion_of_stage)
    gateway.wrap("_delete_rest_api", "api_id", by=associations.on_deletion_of_api)


class _Associations:
    """What both services must agree on."""

    def __init__(self, waf: Any, gateway: Any) -> None:  # noqa: ANN401 - upstream has no types
        self._waf = waf
        self._gateway = gateway

    def on_association(self, original: Callable[..., Answer]) -> Callable[..., Answer]:
        def associate(data: dict[str, Any]) -> Answer:
            arn = data.get("ResourceArn", "")
            stage = self._stage(arn)
            if stage is None and STAGE.fullmatch(arn):
                return self._waf._waf_err(
                    "WAFNonexistentItemException",
                    "AWS WAF couldn’t perform the operation because your resource doesn’t exist.",  # noqa: RUF001
                )
            answer = original(data)
            if stage is not None and answer[0] < 400:  # noqa: PLR2004 - the first status of an error
                stage["webAclArn"] = data["WebACLArn"]
            return answer

        return associate

    def on_disassociation(self, original: Callable[..., Answer]) -> Callable[..., Answer]:
        def disassociate(data: dict[str, Any]) -> Answer:
            (self._stage(data.get("ResourceArn", "")) or {}).pop("webAclArn", None)
            return original(data)

        return disassociate

    def on_deletion_of_web_acl(self, original: Callable[..., Answer]) -> Callable[..., Answer]:
        def delete(data: dict[str, Any]) -> Answer:
            acl = self._waf.web_acl_record(data.get("Id", ""), data.get("Scope", "REGIONAL"))
            if acl and acl["LockToken"] == data.get("LockToken") and self._is_associated(acl["ARN"]):
                return self._waf._waf_err(
                    "WAFAssociatedItemException",
                    "AWS WAF couldn’t perform the operation because your resource is being used by "  # noqa: RUF001
                    "another resource or it’s associated with another resource.",  # noqa: RUF001
                )
            return original(data)

        return delete

    def on_deletion_of_stage(self, original: Callable[..., Answer]) -> Callable[..., Answer]:
        def delete(api_id: str, stage_name: str) -> Answer:
            answer = original(api_id, stage_name)
            self._forget_missing()
            return answer

        return delete

    def on_deletion_of_api(self, original: Callable[..., Answer]) -> Callable[..., Answer]:
        def delete(api_id: str) -> Answer:
            answer = original(api_id)
            self._forget_missing()
            return answer

        return delete

    def _stage(self, arn: str) -> dict[str, Any] | None:
        found = STAGE.fullmatch(arn)
        stages = self._gateway._stages_v1.get(found["api"]) if found else None
        stage: dict[str, Any] | None = (stages or {}).get(found["stage"]) if found else None
        return stage

    def _is_associated(self, web_acl_arn: str) -> bool:
        return web_acl_arn in self._waf._associations.values()

    def _forget_missing(self) -> None:
        for arn in list(self._waf._associations):
            if STAGE.fullmatch(arn) and self._stage(arn) is None:
                self._waf._associations.pop(arn, None)
