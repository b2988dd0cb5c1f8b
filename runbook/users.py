"""People in a stack's user pool: made, given a role, listed, signed in."""

from __future__ import annotations

import json
import os
import secrets
import string
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from omnitrack.domain.access import ROLES

from runbook.errors import RunbookError, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from mypy_boto3_cognito_idp import CognitoIdentityProviderClient

    from runbook.targets import Target

DEMO_DOMAIN: Final = "demo.omnitrack.ai"
DEMO_PASSWORD_LENGTH: Final = 24
SYMBOLS: Final = "-_.!+"  # each counts as a symbol of Cognito's password policy
MFA_CHALLENGE: Final = "SOFTWARE_TOKEN_MFA"


@dataclass(frozen=True, kw_only=True)
class User:
    """A user as the pool has them."""

    email: str
    status: str
    roles: tuple[str, ...]


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
        self._create(email)

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

    def roles_of(self, email: str) -> tuple[str, ...]:
        """The roles of a user.

        Raises:
            RunbookError: the pool has no such user.
        """
        try:
            groups = self.client.admin_list_groups_for_user(UserPoolId=self.pool_id, Username=email)["Groups"]
        except self.client.exceptions.UserNotFoundException:
            raise RunbookError(f"nobody is called {email}: see `omnitrack users list`") from None
        return tuple(group["GroupName"] for group in groups if group["GroupName"] in ROLES)

    def users(self) -> list[User]:
        """Everybody in the pool, by e-mail address."""
        pages = self.client.get_paginator("list_users").paginate(UserPoolId=self.pool_id)
        found = [
            User(
                email=_attribute(user, "email") or user["Username"],
                status=user["UserStatus"],
                roles=self.roles_of(user["Username"]),
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


def demo_email(role: str) -> str:
    """The address of the demo user with a role."""
    return f"{role}@{DEMO_DOMAIN}"


def ensure_demo_users(pool: Pool, file: Path) -> int:
    """Make one user per role, with random passwords that only the file knows; answers how many are new.

    Args:
        pool: where they live.
        file: passwords by e-mail address; readable by its owner only.
    """
    passwords = demo_passwords(file)
    wanted = {demo_email(role): role for role in ROLES}
    missing = [email for email in wanted if email not in passwords]
    if missing:
        passwords |= {email: _random_password() for email in missing}
        _write_privately(file, passwords)
    new = 0
    for email, role in wanted.items():
        if pool.exists(email):
            # The pool may be older or younger than the file: after this they agree.
            pool.set_password(email, passwords[email])
        else:
            pool.create(email, passwords[email])
            new += 1
        pool.give_role(email, role)
    return new


def demo_passwords(file: Path) -> dict[str, str]:
    """The demo users' passwords by e-mail address; empty where none were made."""
    try:
        passwords: dict[str, str] = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except ValueError:
        raise RunbookError(
            f"{file} is damaged: remove it, and `omnitrack users demo` makes it anew"
        ) from None
    return passwords


def _write_privately(file: Path, content: Mapping[str, str]) -> None:
    draft = file.with_suffix(".draft")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as out:
        json.dump(content, out, indent=2)
    draft.replace(file)


def _random_password() -> str:
    """A password with all four kinds of characters, whatever the chance says."""
    kinds = (string.ascii_lowercase, string.ascii_uppercase, string.digits, SYMBOLS)
    characters = [secrets.choice(kind) for kind in kinds]
    characters += [secrets.choice("".join(kinds)) for _ in range(DEMO_PASSWORD_LENGTH - len(kinds))]
    secrets.SystemRandom().shuffle(characters)
    return "".join(characters)


def _attribute(user: Any, name: str) -> str | None:  # noqa: ANN401 - boto3's answer
    return next((str(item["Value"]) for item in user.get("Attributes", []) if item["Name"] == name), None)
