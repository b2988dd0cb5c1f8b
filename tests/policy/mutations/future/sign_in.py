"""Who signs in: users, and what holds their identities."""

from pulumi_aws import cognito, wafv2

from tests.policy.mutations.future.web_acls import Acls


def declare(acls: Acls) -> None:
    pool = cognito.UserPool(
        "users",
        name="future-users",
        deletion_protection="ACTIVE",
        mfa_configuration="ON",
        software_token_mfa_configuration={"enabled": True},
        password_policy={
            "minimum_length": 12,
            "require_lowercase": True,
            "require_uppercase": True,
            "require_numbers": True,
            "require_symbols": True,
        },
    )
    cognito.UserPoolClient(
        "users", name="future-users", user_pool_id=pool.id, prevent_user_existence_errors="ENABLED"
    )
    cognito.IdentityPool("users", identity_pool_name="future", allow_unauthenticated_identities=False)
    wafv2.WebAclAssociation("users", resource_arn=pool.arn, web_acl_arn=acls.parted.arn)
