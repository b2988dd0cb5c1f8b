"""Keeps the members of web ACLs that MiniStack drops: custom bodies, body limits, descriptions and others.

https://docs.aws.amazon.com/waf/latest/APIReference/API_WebACL.html
"""

from collections.abc import Callable
from typing import Any

from localcloud.aws.patches.upstream import Upstream

MEMBERS = (
    "CustomResponseBodies",
    "CaptchaConfig",
    "ChallengeConfig",
    "TokenDomains",
    "AssociationConfig",
    "DataProtectionConfig",
    "OnSourceDDoSProtectionConfig",
)


def apply() -> None:
    """Wrap the creation and the update of web ACLs.

    Raises:
        PatchError: MiniStack has changed.
    """
    waf = Upstream("firewall_records", "services.waf")
    waf.require("web_acl_record", "uid", "scope")

    def created(original: Callable[..., Any]) -> Callable[..., Any]:
        def create(name: str, scope: str, props: dict[str, Any]) -> Any:  # noqa: ANN401
            uid, arn, record = original(name, scope, props)
            account = arn.split(":")[4]
            record["LabelNamespace"] = f"awswaf:{account}:webacl:{name}:"
            _keep(record, props)
            return uid, arn, record

        return create

    def updated(original: Callable[..., Any]) -> Callable[..., Any]:
        def update(data: dict[str, Any]) -> Any:  # noqa: ANN401
            answer = original(data)
            if answer[0] < 400:  # noqa: PLR2004 - the first status of an error
                record = waf.module.web_acl_record(data["Id"], data.get("Scope", "REGIONAL"))
                record["Description"] = data.get("Description", "")
                _keep(record, data)
            return answer

        return update

    waf.wrap("create_web_acl_record", "name", "scope", "props", by=created)
    waf.wrap("_update_web_acl", "data", by=updated)


def _keep(record: dict[str, Any], data: dict[str, Any]) -> None:
    for member in MEMBERS:
        record.pop(member, None)
        if data.get(member):
            record[member] = data[member]
