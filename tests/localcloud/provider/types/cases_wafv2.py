"""AWS WAF."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.localcloud.provider.types.case import Case
from tests.localcloud.provider.types.cases_apigateway import a_deployed_api

if TYPE_CHECKING:
    from tests.localcloud.provider.types.scene import Scene

CLOUDFORMATION = "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference"
SEEN = {"cloudwatchMetricsEnabled": True, "metricName": "orders", "sampledRequestsEnabled": True}
INJECTION = {
    "name": "injection",
    "priority": 1,
    "action": {"block": {}},
    "statement": {
        "sqliMatchStatement": {
            "fieldToMatch": {"queryString": {}},
            "textTransformations": [{"priority": 0, "type": "URL_DECODE"}],
        }
    },
    "visibilityConfig": SEEN,
}
MANAGED = {
    "name": "common",
    "priority": 2,
    "overrideAction": {"none": {}},
    "statement": {"managedRuleGroupStatement": {"vendorName": "AWS", "name": "AWSManagedRulesCommonRuleSet"}},
    "visibilityConfig": SEEN,
}


def a_web_acl(it: Scene, name: str) -> str:
    acl = it.make(
        "aws:wafv2/webAcl:WebAcl",
        name=name,
        scope="REGIONAL",
        defaultAction={"allow": {}},
        visibilityConfig=SEEN,
    )
    return str(acl["arn"])


def a_stage(it: Scene, name: str) -> str:
    return str(it.make("aws:apigateway/stage:Stage", **a_deployed_api(it), stageName=name)["arn"])


def web_acl(it: Scene) -> dict[str, Any]:
    """The answer of GetWebACL, with the token that a change needs."""
    key = {"Name": it.outputs["name"], "Scope": "REGIONAL", "Id": it.id}
    found: dict[str, Any] = it.aws("wafv2").get_web_acl(**key)
    return found


def allow_all(it: Scene) -> None:
    """Take the rules away behind Pulumi's back."""
    found = web_acl(it)
    it.aws("wafv2").update_web_acl(
        Name=it.outputs["name"],
        Scope="REGIONAL",
        Id=it.id,
        DefaultAction=found["WebACL"]["DefaultAction"],
        VisibilityConfig=found["WebACL"]["VisibilityConfig"],
        Rules=[],
        LockToken=found["LockToken"],
    )


def delete_web_acl(it: Scene) -> None:
    it.aws("wafv2").delete_web_acl(
        Name=it.outputs["name"], Scope="REGIONAL", Id=it.id, LockToken=web_acl(it)["LockToken"]
    )


def associated(it: Scene) -> dict[str, str]:
    return {
        **{name: a_web_acl(it, name) for name in ("front", "back")},
        **{name: a_stage(it, name) for name in ("live", "next")},
    }


def logged(it: Scene) -> dict[str, str]:
    groups = {
        name: it.make("aws:cloudwatch/logGroup:LogGroup", name=f"aws-waf-logs-{name}")["arn"]
        for name in ("orders", "elsewhere")
    }
    return {**groups, **{name: a_web_acl(it, name) for name in ("front", "back")}}


def logging(it: Scene) -> Any:
    return it.aws("wafv2").get_logging_configuration(ResourceArn=it.needs["front"])["LoggingConfiguration"]


CASES = [
    Case(
        type="aws:wafv2/webAcl:WebAcl",
        inputs={
            "scope": "REGIONAL",
            "defaultAction": {"allow": {}},
            "rules": [INJECTION],
            "visibilityConfig": SEEN,
            "tags": {"owner": "us"},
        },
        update={"defaultAction": {"block": {}}, "rules": [INJECTION, MANAGED]},
        seen=lambda it: [
            (found["DefaultAction"], [rule["Name"] for rule in found["Rules"]])
            for found in [web_acl(it)["WebACL"]]
        ],
        expected=[({"Block": {}}, ["injection", "common"])],
        replace={"scope": "CLOUDFRONT"},
        replace_page=f"{CLOUDFORMATION}/aws-resource-wafv2-webacl.html",
        drift=allow_all,
        drifted={"rules"},
        vanish=delete_web_acl,
        import_id=lambda it: f"{it.id}/{it.outputs['name']}/REGIONAL",
    ),
    Case(
        type="aws:wafv2/webAclAssociation:WebAclAssociation",
        needs=associated,
        inputs=lambda it: {"webAclArn": it.needs["front"], "resourceArn": it.needs["live"]},
        update=None,
        update_page=f"{CLOUDFORMATION}/aws-resource-wafv2-webaclassociation.html",
        replace=lambda it: {"webAclArn": it.needs["back"]},
        replace_page=f"{CLOUDFORMATION}/aws-resource-wafv2-webaclassociation.html",
        drift=lambda it: it.aws("wafv2").associate_web_acl(
            WebACLArn=it.needs["back"], ResourceArn=it.needs["live"]
        ),
        drifted={"webAclArn"},
        vanish=lambda it: it.aws("wafv2").disassociate_web_acl(ResourceArn=it.needs["live"]),
    ),
    Case(
        type="aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration",
        needs=logged,
        inputs=lambda it: {
            "resourceArn": it.needs["front"],
            "logDestinationConfigs": [it.needs["orders"]],
            "redactedFields": [{"singleHeader": {"name": "authorization"}}],
        },
        update={"redactedFields": [{"singleHeader": {"name": "cookie"}}, {"queryString": {}}]},
        seen=lambda it: logging(it)["RedactedFields"],
        expected=[{"SingleHeader": {"Name": "cookie"}}, {"QueryString": {}}],
        replace=lambda it: {"resourceArn": it.needs["back"]},
        replace_page=f"{CLOUDFORMATION}/aws-resource-wafv2-loggingconfiguration.html",
        drift=lambda it: it.aws("wafv2").put_logging_configuration(
            LoggingConfiguration={
                **logging(it),
                "LogDestinationConfigs": [it.needs["elsewhere"]],
            }
        ),
        drifted={"logDestinationConfigs"},
        vanish=lambda it: it.aws("wafv2").delete_logging_configuration(ResourceArn=it.needs["front"]),
    ),
]
