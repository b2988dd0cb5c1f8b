"""Who the users are: the user pool, its one public client, the sign-in page and a group per role."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

import pulumi
from pulumi_aws import cognito

SCOPES = ("openid", "email", "profile")
PASSWORD_LENGTH = 12
TEMPORARY_PASSWORD_DAYS = 3


@dataclass(frozen=True, kw_only=True)
class IdentityArgs:
    """How users sign in.

    Attributes:
        user_pool_name: Physical name.
        region: Where the sign-in page is served from.
        domain_prefix: First label of the sign-in page's address.
        mfa: OFF, OPTIONAL or ON; the second factor is TOTP.
        roles: Names of the groups.
        callback_urls: Where the sign-in page may return to.
        logout_urls: Where the sign-out may return to.
        token_minutes: Validity of id and access tokens.
        refresh_token_days: Validity of refresh tokens.
        deletion_protection: Whether AWS refuses to delete the pool.
    """

    user_pool_name: str
    region: str
    domain_prefix: str
    mfa: str
    roles: Sequence[str]
    callback_urls: Sequence[str]
    logout_urls: Sequence[str]
    token_minutes: int
    refresh_token_days: int
    deletion_protection: bool


class Identity(pulumi.ComponentResource):
    """The user pool of the platform."""

    user_pool_id: pulumi.Output[str]
    user_pool_arn: pulumi.Output[str]
    client_id: pulumi.Output[str]
    sign_in_url: pulumi.Output[str]

    def __init__(self, name: str, args: IdentityArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("omnitrack:identity:Identity", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        pool = self._pool(name, args)
        client = self._client(name, args, pool)
        domain = cognito.UserPoolDomain(name, domain=args.domain_prefix, user_pool_id=pool.id, opts=child)
        for role in args.roles:
            cognito.UserGroup(f"{name}-{role}", name=role, user_pool_id=pool.id, opts=child)

        self.user_pool_id = pool.id
        self.user_pool_arn = pool.arn
        self.client_id = client.id
        # The client appends its PKCE challenge (code_challenge, code_challenge_method=S256) and state.
        query = urlencode(
            {"response_type": "code", "scope": " ".join(SCOPES), "redirect_uri": args.callback_urls[0]}
        )
        self.sign_in_url = pulumi.Output.format(
            "https://{0}.auth.{1}.amazoncognito.com/oauth2/authorize?client_id={2}&{3}",
            domain.domain,
            args.region,
            client.id,
            query,
        )
        self.register_outputs(
            {
                "user_pool_id": self.user_pool_id,
                "user_pool_arn": self.user_pool_arn,
                "client_id": self.client_id,
                "sign_in_url": self.sign_in_url,
            }
        )

    def _pool(self, name: str, args: IdentityArgs) -> cognito.UserPool:
        return cognito.UserPool(
            name,
            name=args.user_pool_name,
            admin_create_user_config=cognito.UserPoolAdminCreateUserConfigArgs(
                allow_admin_create_user_only=True
            ),
            username_configuration=cognito.UserPoolUsernameConfigurationArgs(case_sensitive=False),
            auto_verified_attributes=["email"],
            account_recovery_setting=cognito.UserPoolAccountRecoverySettingArgs(
                recovery_mechanisms=[
                    cognito.UserPoolAccountRecoverySettingRecoveryMechanismArgs(
                        name="verified_email", priority=1
                    )
                ]
            ),
            password_policy=cognito.UserPoolPasswordPolicyArgs(
                minimum_length=PASSWORD_LENGTH,
                require_lowercase=True,
                require_uppercase=True,
                require_numbers=True,
                require_symbols=True,
                temporary_password_validity_days=TEMPORARY_PASSWORD_DAYS,
            ),
            mfa_configuration=args.mfa,
            software_token_mfa_configuration=None
            if args.mfa == "OFF"
            else cognito.UserPoolSoftwareTokenMfaConfigurationArgs(enabled=True),
            deletion_protection="ACTIVE" if args.deletion_protection else "INACTIVE",
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _client(self, name: str, args: IdentityArgs, pool: cognito.UserPool) -> cognito.UserPoolClient:
        return cognito.UserPoolClient(
            name,
            name=args.user_pool_name,
            user_pool_id=pool.id,
            generate_secret=False,  # a browser keeps no secret: PKCE takes its place
            allowed_oauth_flows_user_pool_client=True,
            allowed_oauth_flows=["code"],
            allowed_oauth_scopes=list(SCOPES),
            callback_urls=list(args.callback_urls),
            logout_urls=list(args.logout_urls),
            supported_identity_providers=["COGNITO"],
            explicit_auth_flows=["ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
            prevent_user_existence_errors="ENABLED",
            enable_token_revocation=True,
            id_token_validity=args.token_minutes,
            access_token_validity=args.token_minutes,
            refresh_token_validity=args.refresh_token_days,
            token_validity_units=cognito.UserPoolClientTokenValidityUnitsArgs(
                id_token="minutes",  # noqa: S106 - a unit
                access_token="minutes",  # noqa: S106 - a unit
                refresh_token="days",  # noqa: S106 - a unit
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )
