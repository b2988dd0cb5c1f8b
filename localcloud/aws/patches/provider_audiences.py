"""Adds AddClientIDToOpenIDConnectProvider, which MiniStack does not know.

https://docs.aws.amazon.com/IAM/latest/APIReference/API_AddClientIDToOpenIDConnectProvider.html
"""

from typing import Any

from localcloud.aws.patches.upstream import Upstream

ACTION = "AddClientIDToOpenIDConnectProvider"


def apply() -> None:
    """Add the action to those of IAM.

    Raises:
        PatchError: MiniStack has changed.
    """
    upstream = Upstream("provider_audiences", "services.iam")
    handlers, providers = upstream.require("_IAM_HANDLERS"), upstream.require("_oidc_providers")
    parameter = upstream.require("_p", "params", "key", "default")
    answer = upstream.require("_xml", "status", "root_tag", "inner", "ns")
    refusal = upstream.require("_error", "status", "code", "message", "ns")

    def add(params: Any) -> Any:  # noqa: ANN401 - as MiniStack's own
        arn, audience = parameter(params, "OpenIDConnectProviderArn"), parameter(params, "ClientID")
        provider = providers.get(arn)
        if not provider:
            return refusal(404, "NoSuchEntity", f"OpenIDConnect Provider not found for arn {arn}", ns="iam")
        if audience not in provider["ClientIDList"]:  # one that is there already is no error
            providers[arn] = {**provider, "ClientIDList": [*provider["ClientIDList"], audience]}
        return answer(200, f"{ACTION}Response", "", ns="iam")

    handlers[ACTION] = add
