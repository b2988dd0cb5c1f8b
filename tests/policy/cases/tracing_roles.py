"""Cases of the rule on what the role of a function may send to X-Ray: where its permissions stand."""

from tests.policy.cases import tracing_documents
from tests.policy.cases.case import UNKNOWN_BLOCK, UNKNOWN_LIST, UNKNOWN_TEXT, Kind, resource
from tests.policy.cases.roles import (
    AWS_POLICY,
    BASIC,
    FORBIDDEN,
    LOGS,
    OTHER_ROLE,
    POLICY_ARN,
    ROLE,
    ROLE_ARN,
    ROLE_TYPE,
    WRITES,
    allow,
    attach,
    attach_to_roles,
    case,
    document,
    function,
    policy,
    role,
    role_policy,
)

NAMELESS = resource(ROLE_TYPE, {}, name="role", outputs=dict.fromkeys(("arn", "id", "name"), UNKNOWN_TEXT))
CASES = (
    case(Kind.MISSING, "no policy", [function(), ROLE], FORBIDDEN),
    case(Kind.MISSING, "no role", [function(None, None)], "has no role that may send traces"),
    case(Kind.MISSING, "an empty role", [function(None, "")], "has no role that may send traces"),
    case(
        Kind.WRONG,
        "another role's policy",
        [function(), ROLE, OTHER_ROLE, role_policy(WRITES, [OTHER_ROLE])],
        FORBIDDEN,
    ),
    case(
        Kind.WRONG,
        "the role is another's that may not",
        [function(OTHER_ROLE), OTHER_ROLE, ROLE, role_policy(WRITES)],
        FORBIDDEN,
    ),
    case(
        Kind.WRONG,
        "another role's policy by its name",
        [function(), ROLE, role_policy(WRITES, [], "another")],
        FORBIDDEN,
    ),
    case(
        Kind.WRONG,
        "another role's attachment by its name",
        [function(), ROLE, attach(AWS_POLICY.format("AWSXRayDaemonWriteAccess"), [], name="another")],
        FORBIDDEN,
    ),
    case(
        Kind.UNKNOWN,
        "a policy of a role by its name, while ours has none yet",
        [function(NAMELESS), NAMELESS, role_policy(WRITES, [], "another")],
        undecided=True,
    ),
    case(
        Kind.CORRECT,
        "in a policy of the role's id, where that is made up",
        [
            function(None, ROLE_ARN),
            resource(ROLE_TYPE, {"name": "twin"}, name="role", outputs={"arn": ROLE_ARN, "id": "twin-id"}),
            role_policy(WRITES, [], "twin-id"),
        ],
    ),
    case(Kind.WRONG, "what AWS gives functions for logs", [function(), ROLE, attach(BASIC)], FORBIDDEN),
    case(
        Kind.WRONG,
        "another role's attachment",
        [function(), ROLE, OTHER_ROLE, attach_to_roles(["other"])],
        FORBIDDEN,
    ),
    case(Kind.UNKNOWN, "a role of another stack", [function(None, ROLE_ARN)], undecided=True),
    case(Kind.UNKNOWN, "a role that is not known", [function(None), ROLE], undecided=True),
    case(Kind.UNKNOWN, "a policy of another stack", [function(), ROLE, attach(POLICY_ARN)], undecided=True),
    case(
        Kind.UNKNOWN,
        "a policy of AWS that nobody knows",
        [function(), ROLE, attach(AWS_POLICY.format("Any"))],
        undecided=True,
    ),
    case(
        Kind.UNKNOWN, "a policy that is not known", [function(), ROLE, attach(UNKNOWN_TEXT)], undecided=True
    ),
    case(
        Kind.UNKNOWN,
        "whose policy it is, is not known",
        [function(), ROLE, role_policy(WRITES, [])],
        undecided=True,
    ),
    case(
        Kind.UNKNOWN,
        "whose attachment it is, is not known",
        [function(), ROLE, attach_to_roles(UNKNOWN_LIST)],
        undecided=True,
    ),
    case(
        Kind.UNKNOWN,
        "the inline policies are not known",
        [function(one := role(inlinePolicies=UNKNOWN_LIST)), one],
        undecided=True,
    ),
    case(
        Kind.UNKNOWN,
        "the managed policies are not known",
        [function(one := role(managedPolicyArns=UNKNOWN_LIST)), one],
        undecided=True,
    ),
    case(
        Kind.UNKNOWN,
        "whether it traces is not known",
        [function(tracingConfig=UNKNOWN_BLOCK), ROLE],
        undecided=True,
    ),
    case(
        Kind.CORRECT,
        "in a policy known by the role's name",
        [function(), ROLE, role_policy(WRITES, [], "twin")],
    ),
    case(
        Kind.CORRECT,
        "a role known by its ARN",
        [
            function(None, ROLE_ARN),
            resource(ROLE_TYPE, {"name": "twin"}, name="role", outputs={"arn": ROLE_ARN, "id": "twin"}),
            role_policy(WRITES, [], "twin"),
        ],
    ),
    case(
        Kind.CORRECT,
        "a policy within the role",
        [function(one := role(inlinePolicies=[{"policy": LOGS}, {"policy": WRITES}])), one],
    ),
    case(
        Kind.CORRECT,
        "a managed policy within the role",
        [function(one := role(managedPolicyArns=[AWS_POLICY.format("AWSXrayWriteOnlyAccess")])), one],
    ),
    case(
        Kind.CORRECT,
        "a policy of this stack within the role",
        [function(one := role(managedPolicyArns=[POLICY_ARN])), one, policy(WRITES)],
    ),
    case(
        Kind.CORRECT,
        "an attached policy of AWS",
        [function(), ROLE, attach(AWS_POLICY.format("AWSXRayDaemonWriteAccess"))],
    ),
    case(
        Kind.CORRECT,
        "an attached policy of AWS in another partition",
        [function(), ROLE, attach("arn:aws-cn:iam::aws:policy/AWSXRayDaemonWriteAccess")],
    ),
    case(
        Kind.CORRECT,
        "an attached policy of this stack",
        [function(), ROLE, attach(UNKNOWN_TEXT, policies=[policy(WRITES)]), policy(WRITES)],
    ),
    case(
        Kind.CORRECT,
        "a policy attached by the role's name",
        [function(), ROLE, attach_to_roles(["x", "twin"])],
    ),
    case(
        Kind.CORRECT,
        "a policy attached by reference",
        [function(), ROLE, attach_to_roles([UNKNOWN_TEXT], ROLE)],
    ),
    *(
        case(
            Kind.CORRECT,
            f"known by the role's {key}, {way}",
            [
                function(
                    one := resource(ROLE_TYPE, {}, name="role", outputs={"arn": ROLE_ARN, key: "twin-7"})
                ),
                one,
                permission,
            ],
        )
        for key in ("id", "name")
        for way, permission in {
            "in a policy": role_policy(WRITES, [], "twin-7"),
            "by an attachment": attach(AWS_POLICY.format("AWSXrayFullAccess"), [], (), "twin-7"),
        }.items()
    ),
    case(
        Kind.CORRECT,
        "only another role is denied",
        [
            function(),
            ROLE,
            attach(AWS_POLICY.format("AWSXrayFullAccess")),
            OTHER_ROLE,
            role_policy(document(allow("xray:*", effect="Deny")), [OTHER_ROLE]),
        ],
    ),
    case(
        Kind.UNKNOWN,
        "which roles it is attached to, is not known",
        [function(), ROLE, attach_to_roles([UNKNOWN_TEXT])],
        undecided=True,
    ),
    case(
        Kind.UNKNOWN,
        "one of two policies is attached",
        [
            function(),
            ROLE,
            attach(UNKNOWN_TEXT, policies=[policy(WRITES), other := policy(LOGS, "other")]),
            policy(WRITES),
            other,
        ],
        undecided=True,
    ),
    case(Kind.NOT_APPLICABLE, "it does not trace", [function(tracingConfig={"mode": "PassThrough"}), ROLE]),
    case(Kind.NOT_APPLICABLE, "no tracing at all", [function(tracingConfig=None), ROLE]),
    *tracing_documents.CASES,
)
