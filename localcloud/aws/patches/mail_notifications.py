"""Sends SNS's mails into the local cloud's mailbox; e-mail subscriptions wait for their confirmation.

MiniStack confirms e-mail subscriptions by itself and drops what is published to them.
https://docs.aws.amazon.com/sns/latest/dg/sns-email-notifications.html
"""

import re
import uuid
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode

from localcloud.aws.mail import box
from localcloud.aws.patches.upstream import Upstream

PROTOCOLS = ("email", "email-json")
ADDRESS = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
SENDER = "AWS Notifications <no-reply@sns.amazonaws.com>"
SUBJECT_LENGTH = 100
PENDING = "PendingConfirmation"
CONFIRMATION = """You have chosen to subscribe to the topic:
{topic}

To confirm this subscription, visit this link (if this was an error, nothing needs to be done):
{link}
"""
FOOTER = """

--
To receive no more notifications of this topic, visit this link:
{link}
"""


def apply() -> None:
    """Wrap subscribing, publishing, and what SNS keeps.

    Raises:
        PatchError: MiniStack has changed.
    """
    sns = Upstream("mail_notifications", "services.sns")
    for name in ("_p", "_error", "_topic_by_arn_any_scope", "_refresh_subscription_counts", "_topics"):
        sns.require(name)
    sns.require("_matches_filter_policy", "sub", "message_attributes", "message")
    sns.require("_resolve_message_for_protocol", "message", "message_structure", "protocol")
    sns.require("_build_envelope")
    scopes = Upstream("mail_notifications", "core.responses")
    scopes.require("request_scope", "account_id", "region")
    port = Upstream("mail_notifications", "app").require("_resolve_port")
    patch = _Mails(sns.module, scopes.module, f"http://127.0.0.1:{port()}/")
    sns.wrap("_subscribe", "params", by=patch.subscribing)
    sns.wrap("_confirm_subscription", "params", by=patch.confirming)
    sns.wrap("_unsubscribe", "params", by=patch.unsubscribing)
    sns.wrap("_list_subscriptions", "params", by=patch.listing)
    sns.wrap("_list_subscriptions_by_topic", "params", by=patch.listing)
    sns.wrap("_publish", "params", by=patch.with_fit_subjects)
    sns.wrap(
        "_fanout",
        *("topic_arn", "msg_id", "message", "subject", "message_structure", "message_attributes"),
        *("message_group_id", "message_dedup_id"),
        by=patch.fanning_out,
    )
    sns.wrap("get_state", by=lambda get: lambda: {**get(), "mails": box.read()[::-1]})
    sns.wrap("_restore_state", "data", by=_restoring)
    sns.wrap("reset", by=_emptying)
    box.serve_confirmations(patch.confirm)


def _restoring(restore: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def restored(data: Mapping[str, Any] | None) -> Any:  # noqa: ANN401
        box.restore((data or {}).get("mails", []))
        return restore(data)

    return restored


def _emptying(reset: Callable[[], Any]) -> Callable[[], Any]:
    def emptied() -> Any:  # noqa: ANN401
        box.restore([])
        return reset()

    return emptied


Handler = Callable[[Mapping[str, Any]], Any]


class _Mails:
    def __init__(self, sns: Any, scopes: Any, address: str) -> None:  # noqa: ANN401
        self._sns = sns
        self._scopes = scopes
        self._address = address

    def subscribing(self, subscribe: Handler) -> Handler:
        def subscribed(params: Mapping[str, Any]) -> Any:  # noqa: ANN401
            protocol, endpoint = self._sns._p(params, "Protocol"), self._sns._p(params, "Endpoint")
            topic = self._sns._topic_by_arn_any_scope(self._sns._p(params, "TopicArn"))
            if protocol in PROTOCOLS and not ADDRESS.fullmatch(endpoint):
                return self._sns._error("InvalidParameter", "Invalid parameter: Email address", 400)
            known = self._known(topic, protocol, endpoint)
            status, headers, body = subscribe(params)
            found = self._known(topic, protocol, endpoint)
            if protocol not in PROTOCOLS or found is None or status >= 400:  # noqa: PLR2004 - an error
                return status, headers, body
            if known is None:
                attributes = {PENDING: "true", "ConfirmationWasAuthenticated": "false"}
                found.update(confirmed=False, token=f"{uuid.uuid4().hex}{uuid.uuid4().hex}")
                found["attributes"].update(attributes)
                self._sns._refresh_subscription_counts(topic)
            if not found["confirmed"]:
                self._ask(found)
                if self._sns._p(params, "ReturnSubscriptionArn").lower() != "true":
                    body = body.replace(found["arn"].encode(), b"pending confirmation")
            return status, headers, body

        return subscribed

    def confirming(self, confirm: Handler) -> Handler:
        def confirmed(params: Mapping[str, Any]) -> Any:  # noqa: ANN401
            topic = self._sns._topic_by_arn_any_scope(self._sns._p(params, "TopicArn"))
            token = self._sns._p(params, "Token")
            found = next(
                (one for one in (topic or {}).get("subscriptions", ()) if one.get("token") == token), None
            )
            answer = confirm(params)
            if token and found and found["protocol"] in PROTOCOLS and found["confirmed"]:
                found["token"] = None
                found["attributes"]["ConfirmationWasAuthenticated"] = "false"
            return answer

        return confirmed

    def unsubscribing(self, unsubscribe: Handler) -> Handler:
        """The link in a mail carries no signature, and so no account."""

        def unsubscribed(params: Mapping[str, Any]) -> Any:  # noqa: ANN401
            arn = self._sns._p(params, "SubscriptionArn")
            topic = arn.rpartition(":")[0]
            found = (self._sns._topic_by_arn_any_scope(topic) or {}).get("subscriptions", ())
            if not any(one["arn"] == arn and one["protocol"] in PROTOCOLS for one in found):
                return unsubscribe(params)
            with self._scopes.request_scope(topic.split(":")[4], topic.split(":")[3]):
                return unsubscribe(params)

        return unsubscribed

    def listing(self, list_them: Handler) -> Handler:
        """A list names a subscription that waits by that it waits, not by its ARN."""

        def listed(params: Mapping[str, Any]) -> Any:  # noqa: ANN401
            status, headers, body = list_them(params)
            for topic in list(self._sns._topics.values()):
                for one in topic["subscriptions"]:
                    if not one["confirmed"]:
                        arn = f"<SubscriptionArn>{one['arn']}</SubscriptionArn>".encode()
                        body = body.replace(arn, f"<SubscriptionArn>{PENDING}</SubscriptionArn>".encode())
            return status, headers, body

        return listed

    def with_fit_subjects(self, publish: Handler) -> Handler:
        """https://docs.aws.amazon.com/sns/latest/api/API_Publish.html."""

        def published(params: Mapping[str, Any]) -> Any:  # noqa: ANN401
            subject = self._sns._p(params, "Subject")
            fit = len(subject) <= SUBJECT_LENGTH and subject.isascii() and subject.isprintable()
            if not fit or subject.startswith(" "):
                return self._sns._error("InvalidParameter", "Invalid parameter: Subject", 400)
            return publish(params)

        return published

    def fanning_out(self, fan_out: Callable[..., None]) -> Callable[..., None]:
        def fanned_out(  # noqa: PLR0917 - MiniStack's signature
            topic_arn: str,
            msg_id: str,
            message: str,
            subject: str,
            message_structure: str = "",
            message_attributes: dict[str, Any] | None = None,
            *others: str,
            **more: str,
        ) -> None:
            fan_out(
                topic_arn, msg_id, message, subject, message_structure, message_attributes, *others, **more
            )
            topic = self._sns._topic_by_arn_any_scope(topic_arn) or {}
            for one in list(topic.get("subscriptions", ())):
                if one["protocol"] in PROTOCOLS and one["confirmed"]:
                    text = self._sns._resolve_message_for_protocol(
                        message, message_structure, one["protocol"]
                    )
                    if self._sns._matches_filter_policy(one, message_attributes or {}, text):
                        self._notify(one, msg_id, text, subject, message_attributes or {})

        return fanned_out

    def confirm(self, mail: Mapping[str, Any]) -> bool:
        """Follow a confirmation's link; answers whether it was waiting."""
        with self._scopes.request_scope(str(mail["account"]), str(mail["topic"]).split(":")[3]):
            status, _, _ = self._sns._confirm_subscription(
                {"TopicArn": mail["topic"], "Token": mail["token"]}
            )
        return bool(status == 200)  # noqa: PLR2004 - success

    @staticmethod
    def _known(topic: Mapping[str, Any] | None, protocol: str, endpoint: str) -> Any:  # noqa: ANN401
        subscriptions = (topic or {}).get("subscriptions", ())
        return next(
            (one for one in subscriptions if (one["protocol"], one["endpoint"]) == (protocol, endpoint)), None
        )

    def _ask(self, subscription: Mapping[str, Any]) -> None:
        topic, token = subscription["topic_arn"], subscription["token"]
        link = self._link(Action="ConfirmSubscription", TopicArn=topic, Token=token)
        self._send(
            subscription,
            subject="AWS Notification - Subscription Confirmation",
            body=CONFIRMATION.format(topic=topic, link=link),
            kind="confirmation",
            token=token,
            link=link,
        )

    def _notify(
        self, one: Mapping[str, Any], identity: str, text: str, subject: str, attributes: Mapping[str, Any]
    ) -> None:
        if one["protocol"] == "email-json":
            parts = (one["topic_arn"], identity, text, subject, attributes)
            body = str(self._sns._build_envelope(*parts, raw=False))
        else:
            body = text + FOOTER.format(link=self._link(Action="Unsubscribe", SubscriptionArn=one["arn"]))
        title = subject or "AWS Notification Message"
        self._send(one, subject=title, body=body, kind="notification", message=text)

    def _send(self, subscription: Mapping[str, Any], **mail: str) -> None:
        topic = str(subscription["topic_arn"])
        to = str(subscription["endpoint"])
        box.put(account=topic.split(":")[4], sender=SENDER, to=to, topic=topic, **mail)

    def _link(self, **query: str) -> str:
        return f"{self._address}?{urlencode(query)}"
