"""Reach: everything a stack makes is seen by the rules, resource by resource."""

from policy.graph import Resource
from policy.rule import EVERY, Context, Rule, Severity, Verdict

PACKAGES = frozenset({"aws", "pulumi", "omnitrack", "random", "time", "tls"})
"""Packages that the rules know: `omnitrack` are the program's own components, the last three make none."""
PROVIDER = "pulumi:providers:"
MAKERS = (
    "aws:cloudcontrol/resource:Resource",
    "aws:cloudformation/stack:Stack",
    "aws:cloudformation/stackInstances:StackInstances",
    "aws:cloudformation/stackSet:StackSet",
    "aws:cloudformation/stackSetInstance:StackSetInstance",
    "aws:serverlessrepository/cloudFormationStack:CloudFormationStack",
    "aws:servicecatalog/provisionedProduct:ProvisionedProduct",
)
"""Types that make resources out of a text or a template."""


def known_type(resource: Resource, _context: Context) -> Verdict:
    """The resource's package is one that the rules know, and the resource makes no others."""
    if resource.type in MAKERS:
        return "makes resources that no rule sees"
    if resource.is_component:
        return None
    package = resource.type.removeprefix(PROVIDER).partition(":")[0]
    return None if package in PACKAGES else f"is of the package {package}, which no rule knows"


RULES = (
    Rule(
        id="resource-type-known",
        title="Every resource is of a type that the rules can see into.",
        types=(EVERY,),
        judge=known_type,
        fix="make it with a class of pulumi_aws, or teach policy/rules the package and name it in reach.py",
        severity=Severity.CRITICAL,
        source="https://docs.aws.amazon.com/wellarchitected/latest/security-pillar/sec_securely_operate_automate_security_controls.html",
    ),
)
