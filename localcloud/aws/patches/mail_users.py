"""Sends Cognito's mails into the local cloud's mailbox: invitations, codes, what a person needs to go on.

https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pool-settings-email-addresses.html
"""

from collections.abc import Callable, Mapping
from typing import Any

from localcloud.aws.mail import box
from localcloud.aws.patches.upstream import Upstream

SENDER = "no-reply@verificationemail.com"
KINDS = {
    "CognitoInvitationMessage": "invitation",
    "CognitoVerificationMessage": "code",
    "CognitoEmailOtpMessage": "code",
}


def apply() -> None:
    """Wrap the delivery of a mail.

    Raises:
        PatchError: MiniStack has changed.
    """
    cognito = Upstream("mail_users", "services.cognito")
    account = Upstream("mail_users", "core.responses").require("get_account_id")
    parameters = ("pool", "to_email", "subject", "body", "type_name", "extra")
    cognito.wrap("_deliver_cognito_email", *parameters, by=lambda deliver: _into_the_box(deliver, account))


def _into_the_box(deliver: Callable[..., Any], account: Callable[[], str]) -> Callable[..., Any]:
    def delivered(  # noqa: PLR0917 - MiniStack's signature
        pool: Mapping[str, Any],
        to_email: str,
        subject: str,
        body: str,
        type_name: str,
        extra: Any = None,  # noqa: ANN401
    ) -> Any:  # noqa: ANN401
        answer = deliver(pool, to_email, subject, body, type_name, extra)
        box.put(
            account=account(),
            sender=str((pool.get("EmailConfiguration") or {}).get("From") or SENDER),
            to=to_email,
            subject=subject,
            body=body,
            kind=KINDS.get(type_name, "message"),
        )
        return answer

    return delivered
