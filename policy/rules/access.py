"""Access: roles, users and devices may do what is named, to what is named, and only who is named may."""

import re

from policy.documents import (
    CALLERS,
    Principal,
    Statement,
    is_fixed,
    judge_allowed,
    limits,
    matches,
    names_everybody,
)
from policy.graph import UNKNOWN, Link, Resource, every_link, read
from policy.predicates import any_link, entries, fault_if, negated, worst
from policy.rule import Context, Rule, Severity, Verdict
from policy.rules import federation
from policy.rules.federation import ROLE
from policy.rules.named_resources import names_nothing, resources_named

IDENTITY_POLICIES = (
    "aws:iam/policy:Policy",
    "aws:iam/rolePolicy:RolePolicy",
    "aws:iam/userPolicy:UserPolicy",
    "aws:iam/groupPolicy:GroupPolicy",
)
ATTACHMENTS = {
    ROLE: "managedPolicyArns",
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": "policyArn",
    "aws:iam/userPolicyAttachment:UserPolicyAttachment": "policyArn",
    "aws:iam/groupPolicyAttachment:GroupPolicyAttachment": "policyArn",
    "aws:iam/policyAttachment:PolicyAttachment": "policyArn",
    "aws:iam/rolePolicyAttachmentsExclusive:RolePolicyAttachmentsExclusive": "policyArns",
    "aws:iam/userPolicyAttachmentsExclusive:UserPolicyAttachmentsExclusive": "policyArns",
    "aws:iam/groupPolicyAttachmentsExclusive:GroupPolicyAttachmentsExclusive": "policyArns",
}
_ADMINISTRATOR = re.compile(
    r"arn:[^:]+:iam::aws:policy/(?:.+/)?(?:AdministratorAccess.*|PowerUserAccess|.*FullAccess(?:_?[Vv]\d+)?)"
)
_EVERY_ACTION = re.compile(r"[*?:]+")
_EVERY_ACTION_OF_A_SERVICE = re.compile(r"(?:[^:]*:)?[*?:]*\*[*?:]*")
_EVERY_RESOURCE = re.compile(r"[*?]+|arn:[^:]*:?[*?].*")
_ACCOUNT = re.compile(r"\d{12}|arn:[^:]+:iam::\d{12}:root")
_PERSON = re.compile(r"arn:[^:]+:(?:iam|sts)::\d{12}:(?:role|user|assumed-role)/[^*?]+.*")


def identity_documents(resource: Resource) -> list[object]:
    """The policy documents that say what a role, user or group may do."""
    if resource.type != ROLE:
        return [resource.read("policy")]
    return [read(one, "policy") for one in entries(resource.properties, "inlinePolicies")]


def no_admin(resource: Resource, _context: Context) -> Verdict:
    """Nobody may do everything to everything, by an own policy or by one of AWS's."""
    verdicts: list[Verdict] = []
    if resource.type in ATTACHMENTS:
        arns = entries(resource.properties, ATTACHMENTS[resource.type])
        wide = matches(arns, lambda arn: bool(_ADMINISTRATOR.fullmatch(arn)))
        verdicts.append(fault_if(wide, "attaches a policy of AWS that allows nearly everything"))
    verdicts += [judge_allowed(document, _allows_everything) for document in identity_documents(resource)]
    return worst(verdicts)


def _allows_everything(statement: Statement) -> Verdict:
    actions = matches(statement.actions, lambda action: bool(_EVERY_ACTION.fullmatch(action)))
    resources = matches(statement.resources, lambda arn: bool(_EVERY_RESOURCE.fullmatch(arn)))
    everywhere = True if statement.not_resources else resources
    return fault_if(every_link(actions, everywhere), "allows every action on every resource")


def no_service_wildcard(resource: Resource, _context: Context) -> Verdict:
    """No service is allowed as a whole: AWS adds actions to every one."""
    return worst(judge_allowed(document, _no_whole_service) for document in identity_documents(resource))


def _no_whole_service(statement: Statement) -> Verdict:
    if statement.not_actions:
        return "allows every action that it does not name"
    service = matches(statement.actions, lambda action: bool(_EVERY_ACTION_OF_A_SERVICE.fullmatch(action)))
    return fault_if(service, "allows every action of a service")


def no_resource_wildcard(resource: Resource, _context: Context) -> Verdict:
    """Resources are named, wherever AWS lets them be named."""
    return worst(judge_allowed(document, resources_named) for document in identity_documents(resource))


def trust_specific(role: Resource, _context: Context) -> Verdict:
    """A role says which service, role or federation assumes it: not everybody, not anybody of an account."""
    return judge_allowed(role.read("assumeRolePolicy"), _trusts_somebody)


_OF_AN_ACCOUNT = {
    "aws:principalarn": lambda text: bool(_PERSON.fullmatch(text)),
    "aws:principaltag/": is_fixed,
    "aws:userid": is_fixed,
    "sts:externalid": is_fixed,
}


def _trusts_somebody(statement: Statement) -> Verdict:
    anybody = every_link(names_everybody(statement), negated(limits(statement, CALLERS)))
    accounts = any_link(_is_account(principal) for principal in statement.principals)
    unlimited = every_link(accounts, negated(limits(statement, _OF_AN_ACCOUNT)))
    return worst(
        (
            fault_if(anybody, "can be assumed by anybody"),
            fault_if(unlimited, "can be assumed by anybody of an account"),
        )
    )


def _is_account(principal: Principal) -> Link:
    if principal.value is UNKNOWN:
        return UNKNOWN
    return _ACCOUNT.fullmatch(str(principal.value)) is not None


# A device chooses its client id itself, so that variable allows any; # and + subscribe to everything.
_ANY_NAME = re.compile(r"[*?#+/]+")
_OWN_CLIENT = "client/${iot:clientid}"


def iot_scoped(policy: Resource, _context: Context) -> Verdict:
    """A device may do what is named, as itself."""
    return judge_allowed(policy.read("policy"), _device_scoped)


def _device_scoped(statement: Statement) -> Verdict:
    # Other services' actions (those of Greengrass) and this one know no resources.
    named = matches(
        statement.actions, lambda action: action.startswith("iot:") and action != "iot:listretainedmessages"
    )
    anything = True if statement.not_resources else matches(statement.resources, _is_any_device)
    broad = fault_if(every_link(named, anything), "allows a device to act as, or on, any other")
    pattern = matches(statement.actions, lambda action: "*" in action or "?" in action)
    return worst((_no_whole_service(statement), fault_if(pattern, "allows actions by a pattern"), broad))


def _is_any_device(arn: str) -> bool:
    name = arn.split(":", 5)[-1]
    if names_nothing(arn) or name.lower() == _OWN_CLIENT:
        return True
    return _ANY_NAME.fullmatch(name.partition("/")[2]) is not None


RULES = (
    Rule(
        id="iam-no-admin",
        title="Nobody may do everything to everything.",
        types=(*IDENTITY_POLICIES, *ATTACHMENTS),
        judge=no_admin,
        fix="name actions and resources in policy; attach a policy_arn that allows what the role needs",
        severity=Severity.CRITICAL,
        source="https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html",
        frameworks=(
            "CIS AWS 5.0 1.15",
            "FSBP IAM.1",
            "CKV_AWS_62",
            "CKV_AWS_274",
            "IAMPolicyNoStatementsWithAdminAccess",
        ),
    ),
    Rule(
        id="iam-no-service-wildcard",
        title="A policy allows no service as a whole.",
        types=(*IDENTITY_POLICIES, ROLE),
        judge=no_service_wildcard,
        fix="name actions in policy, not a whole service (s3:*), and without NotAction",
        severity=Severity.HIGH,
        source="https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_action.html",
        frameworks=("FSBP IAM.21", "CKV_AWS_63", "AwsSolutions-IAM5", "AWS-0057", "AWS-0342"),
    ),
    Rule(
        id="iam-no-resource-wildcard",
        title="A policy names its resources, wherever AWS lets them be named.",
        types=(*IDENTITY_POLICIES, ROLE),
        judge=no_resource_wildcard,
        fix="name ARNs in Resource of policy; list apart, one by one, the actions AWS allows on * only",
        severity=Severity.HIGH,
        source="https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html",
        frameworks=("FSBP KMS.1", "FSBP KMS.2", "AwsSolutions-IAM5", "AWS-0057"),
    ),
    Rule(
        id="iam-trust-specific",
        title="A role names who may assume it.",
        types=(ROLE,),
        judge=trust_specific,
        fix="name a service, or the ARN of a role, as principal of assume_role_policy, or who by a condition",
        severity=Severity.CRITICAL,
        source="https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html",
        frameworks=("CKV_AWS_60", "CKV_AWS_61"),
    ),
    *federation.RULES,
    Rule(
        id="iot-policy-scoped",
        title="A device may do what is named, as itself.",
        types=("aws:iot/policy:Policy",),
        judge=iot_scoped,
        fix="name actions, and clients and topics by ${iot:Connection.Thing.ThingName}, in policy",
        severity=Severity.CRITICAL,
        source="https://docs.aws.amazon.com/iot-device-defender/latest/devguide/audit-chk-iot-policy-permissive.html",
        frameworks=("IOT_POLICY_OVERLY_PERMISSIVE_CHECK",),
    ),
)
