"""Roles that others than services take, and policies of users and groups."""

from pulumi_aws import iam

from tests.policy.mutations.future.parts import OWN_ACCOUNT, document

GITHUB = "token.actions.githubusercontent.com"
READING = {
    "Effect": "Allow",
    "Action": ["dynamodb:GetItem", "cloudwatch:PutMetricData"],
    "Resource": "arn:aws:dynamodb:us-east-1:123456789012:table/omnitrack-future-named",
}


def declare() -> None:
    provider = iam.OpenIdConnectProvider(
        "github", url=f"https://{GITHUB}", client_id_lists=["sts.amazonaws.com"]
    )
    iam.Role(
        "deployer",
        assume_role_policy=provider.arn.apply(
            lambda arn: document(
                {
                    "Effect": "Allow",
                    "Principal": {"Federated": arn},
                    "Action": "sts:AssumeRoleWithWebIdentity",
                    "Condition": {
                        "StringEquals": {f"{GITHUB}:aud": "sts.amazonaws.com"},
                        "StringLike": {f"{GITHUB}:sub": "repo:omnitrack/omnitrack-ai:*"},
                    },
                }
            )
        ),
    )
    iam.Role(
        "partner",
        assume_role_policy=document(
            {
                "Effect": "Allow",
                "Principal": {"AWS": OWN_ACCOUNT},
                "Action": "sts:AssumeRole",
                "Condition": {"StringEquals": {"sts:ExternalId": "made-up"}},
            }
        ),
    )
    reading = iam.Policy("reading", policy=document(READING))
    iam.UserPolicy("reader", user="reader", policy=document(READING))
    iam.GroupPolicy("readers", group="readers", policy=document(READING))
    iam.UserPolicyAttachment("reader", user="reader", policy_arn=reading.arn)
    iam.GroupPolicyAttachment("readers", group="readers", policy_arn=reading.arn)
    iam.UserPolicyAttachmentsExclusive("reader", user_name="reader", policy_arns=[reading.arn])
    iam.GroupPolicyAttachmentsExclusive("readers", group_name="readers", policy_arns=[reading.arn])
    iam.RolePolicyAttachmentsExclusive("reading", role_name="reading", policy_arns=[reading.arn])
