"""People in a stack's user pool: made, given a role, listed, signed in."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from omnitrack.domain.access import ROLES

from runbook.errors import RunbookError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_cognito_idp import CognitoIdentityProviderClient

    from runbook.targets import Target

MFA_CHALLENGE: Final = "SOFTWARE_TOKEN_MFA"


@dataclass(frozen=True, kw_only=True)
class User:
    """A user as the pool has them."""

    email: str
    status: str
    roles: tuple[str, ...]
    enabled: bool


@dataclass(frozen=True, kw_only=True)
class Pool:
    """A stack's user pool and the client that people sign in with."""

    client: CognitoIdentityProviderClient
    pool_id: str
    client_id: str

    def exists(self, email: str) -> bool:
        """Whether the pool has the user."""
        try:
            self.client.admin_get_user(UserPoolId=self.pool_id, Username=email)
        except self.client.exceptions.UserNotFoundException:
            return False
        return True

    def invite(self, email: str) -> None:
        """Make a user whom Cognito writes an e-mail with a temporary password.

        Raises:
            RunbookError: there is such a user.
        """
        # Cognito would send a text message by default.
        self._create(email, DesiredDeliveryMediums=["EMAIL"])

    def create(self, email: str, password: str) -> None:
        """Make a user with a password, without writing to them.

        Raises:
            RunbookError: there is such a user, or the password is too weak; nobody is made then.
        """
        self._create(email, MessageAction="SUPPRESS")
        try:
            self.set_password(email, password)
        except RunbookError:
            self.client.admin_delete_user(UserPoolId=self.pool_id, Username=email)
            raise

    def set_password(self, email: str, password: str) -> None:
        """Give a user another password.

        Raises:
            RunbookError: it does not satisfy the pool's policy.
        """
        try:
            self.client.admin_set_user_password(
                UserPoolId=self.pool_id, Username=email, Password=password, Permanent=True
            )
        except self.client.exceptions.InvalidPasswordException as error:
            raise RunbookError(
                f"the password for {email} is too weak: {error.response['Error']['Message']}"
            ) from None

    def give_role(self, email: str, role: str) -> None:
        """Make a role the only one of a user.

        Raises:
            RunbookError: the pool has no such user.
        """
        before = self.roles_of(email)
        # First the new one: an interruption leaves two roles, not none.
        self.client.admin_add_user_to_group(UserPoolId=self.pool_id, Username=email, GroupName=role)
        for other in before:
            if other != role:
                self.client.admin_remove_user_from_group(
                    UserPoolId=self.pool_id, Username=email, GroupName=other
                )

    def disable(self, email: str) -> None:
        """Let a user sign in no more, nor renew tokens; those that they have last until they expire.

        Raises:
            RunbookError: the pool has no such user.
        """
        with self._known(email):
            self.client.admin_disable_user(UserPoolId=self.pool_id, Username=email)
            self.client.admin_user_global_sign_out(UserPoolId=self.pool_id, Username=email)

    def enable(self, email: str) -> None:
        """Let a disabled user sign in again.

        Raises:
            RunbookError: the pool has no such user.
        """
        with self._known(email):
            self.client.admin_enable_user(UserPoolId=self.pool_id, Username=email)

    def id_of(self, email: str) -> str:
        """The `sub` of a user, by which records name them.

        Raises:
            RunbookError: the pool has no such user.
        """
        with self._known(email):
            user = self.client.admin_get_user(UserPoolId=self.pool_id, Username=email)
        return next(item["Value"] for item in user["UserAttributes"] if item["Name"] == "sub")

    def roles_of(self, email: str) -> tuple[str, ...]:
        """The roles of a user.

        Raises:
            RunbookError: the pool has no such user.
        """
        with self._known(email):
            groups = self.client.admin_list_groups_for_user(UserPoolId=self.pool_id, Username=email)["Groups"]
        return tuple(group["GroupName"] for group in groups if group["GroupName"] in ROLES)

    def users(self) -> list[User]:
        """Everybody in the pool, by e-mail address."""
        pages = self.client.get_paginator("list_users").paginate(UserPoolId=self.pool_id)
        found = [
            User(
                email=_attribute(user, "email") or user["Username"],
                status=user["UserStatus"],
                roles=self.roles_of(user["Username"]),
                enabled=user["Enabled"],
            )
            for page in pages
            for user in page["Users"]
        ]
        return sorted(found, key=lambda user: user.email)

    def id_token(self, email: str, password: str, mfa_code: str | None = None) -> str:
        """Sign in by SRP, so that the password itself does not travel; answers the id token.

        Args:
            email: who signs in.
            password: their password.
            mfa_code: six digits of their authenticator, where the pool asks for it.

        Raises:
            RunbookError: name, password or code are not right, or a new password must be chosen first.
        """
        from pycognito.aws_srp import AWSSRP  # noqa: PLC0415 - loads boto3

        srp = AWSSRP(email, password, self.pool_id, self.client_id, client=self.client)
        refusals = (
            self.client.exceptions.NotAuthorizedException,
            self.client.exceptions.UserNotFoundException,
            self.client.exceptions.CodeMismatchException,
        )
        parameters = srp.get_auth_params()
        try:
            asked = self.client.initiate_auth(
                ClientId=self.client_id, AuthFlow="USER_SRP_AUTH", AuthParameters=parameters
            )
            answer: Any = self.client.respond_to_auth_challenge(
                ClientId=self.client_id,
                ChallengeName="PASSWORD_VERIFIER",
                ChallengeResponses=srp.process_challenge(asked["ChallengeParameters"], parameters),
            )
            if answer.get("ChallengeName") == MFA_CHALLENGE:
                answer = self._answer_mfa(email, answer["Session"], mfa_code)
        except refusals as error:
            raise RunbookError(f"{email} cannot sign in: {error.response['Error']['Message']}") from None
        if "AuthenticationResult" not in answer:
            raise RunbookError(
                f"{email} must use the sign-in page first: Cognito asks for {answer.get('ChallengeName')}"
            )
        return str(answer["AuthenticationResult"]["IdToken"])

    def _answer_mfa(self, email: str, session: str, code: str | None) -> Any:  # noqa: ANN401 - boto3's answer
        if code is None:
            raise RunbookError(f"{email} signs in with a second factor: add --mfa-code")
        return self.client.respond_to_auth_challenge(
            ClientId=self.client_id,
            ChallengeName=MFA_CHALLENGE,
            Session=session,
            ChallengeResponses={"USERNAME": email, "SOFTWARE_TOKEN_MFA_CODE": code},
        )

    @contextmanager
    def _known(self, email: str) -> Iterator[None]:
        try:
            yield
        except self.client.exceptions.UserNotFoundException:
            raise RunbookError(f"nobody is called {email}: see `omnitrack users list`") from None

    def _create(self, email: str, **message: Any) -> None:  # noqa: ANN401 - boto3's arguments
        try:
            self.client.admin_create_user(
                UserPoolId=self.pool_id,
                Username=email,
                UserAttributes=[
                    {"Name": "email", "Value": email},
                    {"Name": "email_verified", "Value": "true"},
                ],
                **message,
            )
        except self.client.exceptions.UsernameExistsException:
            raise RunbookError(
                f"{email} exists already: give another role with `omnitrack users role {email} ROLE`"
            ) from None


def pool_of(target: Target) -> Pool:
    """The user pool of a stack.

    Raises:
        RunbookError: the stack is not deployed.
    """
    return Pool(
        client=target.client("cognito-idp"),
        pool_id=target.output("UserPoolId"),
        client_id=target.output("UserPoolClientId"),
    )


def checked_role(role: str) -> str:
    """The role, if it is one.

    Raises:
        UsageError: it is not.
    """
    if role not in ROLES:
        raise UsageError(f"no role is named {role!r}: choose one of {', '.join(ROLES)}")
    return role


def _attribute(user: Any, name: str) -> str | None:  # noqa: ANN401 - boto3's answer
    return next((str(item["Value"]) for item in user.get("Attributes", []) if item["Name"] == name), None)
