"""What the program says is what the provider knows, also where no class of the SDK checks it."""

from typing import Any

import pulumi

from localcloud.provider import sdk
from localcloud.provider.check import type_failures
from tests.support.program import Deployed


def plain(value: Any) -> Any:
    """An input as the program wrote it: whole numbers are integers again, archives are left out."""
    match value:
        case dict():
            return {key: plain(part) for key, part in value.items() if not isinstance(part, pulumi.Archive)}
        case list():
            return [plain(part) for part in value]
        case float():
            return int(value) if value.is_integer() else value
    return value


def test_every_input_has_the_name_and_kind_that_the_provider_wants_and_none_is_missing(
    deployed: Deployed,
) -> None:
    for resource in deployed.resources:
        if not resource.is_component:
            kind = sdk.resource_types(resource.type).inputs
            failures = [
                failure.reason for failure in type_failures(kind, plain(dict(resource.inputs)), resource.type)
            ]
            assert not failures, f"{resource.urn}: {failures}"


def test_a_misspelt_input_would_be_found(deployed: Deployed) -> None:
    rules = plain(deployed.only("aws:wafv2/webAcl:WebAcl", "firewall")["rules"])
    attack = next(rule["statement"]["orStatement"] for rule in rules if "orStatement" in rule["statement"])
    attack["statement"] = attack.pop("statements")
    inputs = {**plain(dict(deployed.only("aws:wafv2/webAcl:WebAcl", "firewall"))), "rules": rules}
    kind = sdk.resource_types("aws:wafv2/webAcl:WebAcl").inputs
    assert any("statement" in failure.reason for failure in type_failures(kind, inputs, "web ACL"))
