"""Cases of the rules on what roles, users and devices may do, and on who may assume a role."""

from typing import Any

from policy.rules.access import ATTACHMENTS
from tests.policy.cases import federation, named_resources
from tests.policy.cases.case import (
    UNKNOWN_LIST,
    UNKNOWN_TEXT,
    Case,
    Kind,
    resource,
)
from tests.policy.cases.identity_policies import ROLE_POLICY, TABLE, allow, by_type
from tests.policy.cases.policy_documents import ROLE, SERVICES, Judging, document, trusted

ATTACHMENT = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"
READER = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"

EVERYTHING = "allows every action on every resource"
WIDE = "attaches a policy of AWS that allows nearly everything"
SERVICE = "allows every action of a service"
PATTERN = "allows actions by a pattern"
UNNAMED = "allows every action that it does not name"
ANYBODY = "can be assumed by anybody"
ANY_OF_ACCOUNT = "can be assumed by anybody of an account"
ANY_DEVICE = "allows a device to act as, or on, any other"


def attached(type_: str, arn: object) -> dict[str, Any]:
    path = ATTACHMENTS[type_]
    return {path: [READER, arn] if path.endswith("s") else arn}


admin = Judging("iam-no-admin", ROLE_POLICY)
arns = Judging("iam-no-admin", ATTACHMENT, "policyArn")
ADMIN = (
    *admin.usual(allow("*", "*"), allow("dynamodb:GetItem"), EVERYTHING),
    *by_type("iam-no-admin", allow("*", "*"), EVERYTHING),
    admin.wrong("by service and action", EVERYTHING, allow(["s3:GetObject", "*:*"], [TABLE, "*"])),
    admin.wrong("on every ARN", EVERYTHING, allow("*", "arn:aws:*")),
    admin.wrong("on every ARN part by part", EVERYTHING, allow("*", "arn:aws:*:*:*:*")),
    admin.wrong("on all resources but one", EVERYTHING, allow("*", None, NotResource=TABLE)),
    admin.wrong(
        "under a condition", EVERYTHING, allow("*", "*", Condition={"Bool": {"aws:ViaAWSService": "true"}})
    ),
    admin.right("every action on one resource, as another rule says", allow("*", TABLE)),
    admin.right("some actions on everything, as another rule says", allow("s3:*", "*")),
    admin.unknown("an action by reference", document(allow(UNKNOWN_TEXT, "*"))),
    admin.unknown("a resource by reference", document(allow("*", UNKNOWN_TEXT))),
    admin.of(
        Kind.CORRECT,
        "named actions on a resource by reference",
        document(allow("s3:GetObject", UNKNOWN_TEXT)),
    ),
    *(
        Case(
            rule="iam-no-admin",
            kind=Kind.WRONG,
            name=f"attached by {type_}",
            resources=[resource(type_, attached(type_, ADMINISTRATOR))],
            fault=WIDE,
        )
        for type_ in ATTACHMENTS
    ),
    *(
        arns.of(Kind.WRONG, f"attached {name}", f"arn:aws-us-gov:iam::aws:policy/{name}", WIDE)
        for name in (
            "PowerUserAccess",
            "IAMFullAccess",
            "AWSLambda_FullAccess",
            "AmazonDynamoDBFullAccess_v2",
            "CloudWatchFullAccessV2",
            "AdministratorAccess-Amplify",
            "job-function/AdministratorAccess",
        )
    ),
    arns.of(Kind.CORRECT, "attached read only", READER),
    arns.of(
        Kind.CORRECT,
        "attached service role",
        "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole",
    ),
    arns.of(
        Kind.CORRECT, "an own policy of that name", "arn:aws:iam::123456789012:policy/AdministratorAccess"
    ),
    arns.unknown("attached by reference", UNKNOWN_TEXT),
    Judging("iam-no-admin", ROLE, "managedPolicyArns").unknown("a list that is not known", UNKNOWN_LIST),
    Judging("iam-no-admin", ROLE, "permissionsBoundary").of(
        Kind.CORRECT, "a boundary, which grants nothing", ADMINISTRATOR
    ),
)

actions = Judging("iam-no-service-wildcard", ROLE_POLICY)
ACTIONS = (
    *actions.usual(allow("dynamodb:*"), allow("dynamodb:GetItem"), SERVICE),
    *by_type("iam-no-service-wildcard", allow("dynamodb:*"), SERVICE),
    actions.wrong("every action", SERVICE, allow("*")),
    actions.wrong("one of several", SERVICE, allow(["s3:GetObject", "SQS:*"])),
    *(
        actions.wrong(f"a whole service as {action}", SERVICE, allow(action))
        for action in ("s3:**", "s3:?*", "s3:*?", "s?:*", "*:*", "**")
    ),
    actions.right("actions that begin alike", allow("xray:Put*")),
    actions.right("actions of one letter's difference", allow("s3:?etObject")),
    actions.right("actions of one letter, which no service has as a whole", allow("s3:?")),
    actions.wrong("all but some", UNNAMED, allow(None, NotAction="iam:*")),
    actions.unknown("an action by reference", document(allow([UNKNOWN_TEXT, "s3:GetObject"]))),
    actions.of(Kind.WRONG, "beside an action by reference", document(allow([UNKNOWN_TEXT, "s3:*"])), SERVICE),
    actions.of(Kind.CORRECT, "a resource by reference", document(allow("s3:GetObject", UNKNOWN_TEXT))),
    actions.right("many actions by name", allow(["s3:GetObject", "s3:PutObject"]), allow("sqs:SendMessage")),
)

device = Judging("iot-policy-scoped", "aws:iot/policy:Policy")
IOT = "arn:aws:iot:eu-west-1:123456789012:"
THING = "${iot:Connection.Thing.ThingName}"
DEVICES = (
    *device.usual(allow("iot:Publish", "*"), allow("iot:Publish", IOT + "topic/a"), ANY_DEVICE),
    *(
        device.wrong(f"anything as {name}", ANY_DEVICE, allow("iot:Connect", [IOT + "client/a", IOT + name]))
        for name in ("*", "client/*", "topic/*", "topicfilter/#", "topicfilter/+/#", "client/${iot:ClientId}")
    ),
    device.wrong("all but one", ANY_DEVICE, allow("iot:Connect", None, NotResource=IOT + "client/a")),
    device.wrong("every action", SERVICE, allow("iot:*", IOT + "client/a")),
    device.wrong("actions by a pattern", PATTERN, allow("iot:Pub*", IOT + "topic/a")),
    device.wrong("all actions but some", UNNAMED, allow(None, IOT + "client/a", NotAction="iot:Connect")),
    device.right("itself", allow("iot:Connect", IOT + "client/" + THING)),
    device.right("its own topic", allow("iot:Publish", f"{IOT}topic/omnitrack/sensors/{THING}/data")),
    device.right("a topic named after its client", allow("iot:Publish", IOT + "topic/${iot:ClientId}/*")),
    device.right("actions of Greengrass", allow("greengrass:ResolveComponentCandidates", "*")),
    device.right("a list that knows no resources", allow("iot:ListRetainedMessages", "*")),
    device.unknown("a topic by reference", document(allow("iot:Publish", UNKNOWN_TEXT))),
    device.unknown("an action by reference", document(allow(UNKNOWN_TEXT, IOT + "topic/a"))),
)


ACCOUNT = "arn:aws:iam::123456789012:root"
trust = Judging("iam-trust-specific", ROLE, "assumeRolePolicy")
TRUST = (
    *trust.usual(trusted("*"), trusted(SERVICES), ANYBODY),
    trust.wrong("every AWS caller", ANYBODY, trusted({"AWS": ["arn:aws:iam::123456789012:role/a", "*"]})),
    trust.wrong("every service", ANYBODY, trusted({"Service": "*"})),
    trust.wrong("all but one", ANYBODY, trusted(None, NotPrincipal={"AWS": ACCOUNT})),
    trust.wrong(
        "anybody under another condition",
        ANYBODY,
        trusted("*", {"Bool": {"aws:MultiFactorAuthPresent": "true"}}),
    ),
    trust.wrong("an account", ANY_OF_ACCOUNT, trusted({"AWS": ACCOUNT})),
    trust.wrong("an account by its number", ANY_OF_ACCOUNT, trusted({"AWS": "123456789012"})),
    trust.wrong(
        "anybody of an account whose roles are all named",
        ANY_OF_ACCOUNT,
        trusted({"AWS": ACCOUNT}, {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::123456789012:role/*"}}),
    ),
    trust.wrong(
        "anybody of an account that is named once more",
        ANY_OF_ACCOUNT,
        trusted({"AWS": ACCOUNT}, {"StringEquals": {"aws:PrincipalAccount": "123456789012"}}),
    ),
    trust.right(
        "a role of an account by condition",
        trusted(
            {"AWS": ACCOUNT}, {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::123456789012:role/deploy-*"}}
        ),
    ),
    trust.right(
        "a partner with an external id", trusted({"AWS": ACCOUNT}, {"StringEquals": {"sts:ExternalId": "x1"}})
    ),
    trust.right(
        "those with a tag", trusted({"AWS": ACCOUNT}, {"StringEquals": {"aws:PrincipalTag/team": "ops"}})
    ),
    trust.right(
        "a user by number", trusted({"AWS": ACCOUNT}, {"StringEquals": {"aws:userid": "AIDAEXAMPLE"}})
    ),
    trust.right("an organisation", trusted("*", {"StringEquals": {"aws:PrincipalOrgID": "o-1"}})),
    trust.right("a role", trusted({"AWS": "arn:aws:iam::123456789012:role/deploy"})),
    trust.right("a federation", trusted({"Federated": "arn:aws:iam::123456789012:saml-provider/x"})),
    trust.unknown("a principal by reference", document(trusted({"AWS": UNKNOWN_TEXT}))),
    trust.unknown(
        "an account, or a role of it, by reference",
        document(trusted({"AWS": UNKNOWN_TEXT}, {"StringEquals": {"aws:PrincipalOrgID": "o-1"}})),
    ),
    trust.unknown("all principals by reference", document(trusted(UNKNOWN_TEXT))),
    trust.unknown("a condition by reference", document(trusted("*", UNKNOWN_TEXT))),
    trust.unknown(
        "a tag by reference",
        document(trusted({"AWS": ACCOUNT}, {"StringEquals": {"sts:ExternalId": UNKNOWN_TEXT}})),
    ),
)

CASES = ADMIN + ACTIONS + named_resources.CASES + DEVICES + TRUST + federation.CASES
