"""The mailbox of a running local cloud: what SNS and Cognito would send."""

import json
import re
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest

from localcloud import control
from localcloud.control import LocalCloud
from tests.localcloud.aws.workbench import Workbench

pytestmark = pytest.mark.cloud


def address() -> str:
    return f"{uuid.uuid4().hex[:12]}@example.org"


def mails(bench: Workbench, to: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = bench.call(f"/_omnitrack/mail?to={to}").document["mails"]
    return found


def confirm(bench: Workbench, **query: str) -> Any:
    return bench.call(f"/_omnitrack/mail/confirm?{urlencode(query)}", method="POST")


def subscribed(bench: Workbench, to: str, **options: Any) -> tuple[str, str]:
    """The ARNs of a new topic and of a subscription that waits."""
    sns = bench.client("sns")
    topic = sns.create_topic(Name=f"t-{uuid.uuid4().hex[:8]}")["TopicArn"]
    subscription = sns.subscribe(
        TopicArn=topic, Protocol="email", Endpoint=to, ReturnSubscriptionArn=True, **options
    )["SubscriptionArn"]
    return topic, subscription


def test_an_e_mail_subscription_waits_for_its_confirmation(workbench: Workbench) -> None:
    sns, to = workbench.client("sns"), address()
    topic, subscription = subscribed(workbench, to)
    attributes = sns.get_subscription_attributes(SubscriptionArn=subscription)["Attributes"]
    assert attributes["PendingConfirmation"] == "true"
    listed = sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    assert [one["SubscriptionArn"] for one in listed] == ["PendingConfirmation"]
    sns.publish(TopicArn=topic, Message="too early")
    assert [mail["kind"] for mail in mails(workbench, to)] == ["confirmation"]
    again = sns.subscribe(TopicArn=topic, Protocol="email", Endpoint=to)["SubscriptionArn"]
    assert again == "pending confirmation"
    assert len(mails(workbench, to)) == 2
    assert confirm(workbench, to=to.upper()).document == {"confirmed": [{"to": to, "topic": topic}]}
    assert confirm(workbench, to=to).status == 404
    listed = sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    assert [one["SubscriptionArn"] for one in listed] == [subscription]
    assert sns.get_topic_attributes(TopicArn=topic)["Attributes"]["SubscriptionsConfirmed"] == "1"


@pytest.mark.parametrize("way", ["the link", "the token"])
def test_a_confirmation_is_followed_and_then_notifications_arrive(workbench: Workbench, way: str) -> None:
    sns, to = workbench.client("sns"), address()
    topic, _ = subscribed(workbench, to)
    (mail,) = mails(workbench, to)
    assert mail["link"] in mail["body"]
    if way == "the link":
        link = urlsplit(mail["link"])
        assert workbench.call(f"{link.path}?{link.query}").status == 200
    else:
        assert confirm(workbench, token=mail["token"]).status == 200
    sns.publish(TopicArn=topic, Message="It is hot.", Subject="Port of Shanghai")
    newest = mails(workbench, to)[0]
    assert (newest["kind"], newest["subject"], newest["message"]) == (
        "notification",
        "Port of Shanghai",
        "It is hot.",
    )
    assert newest["body"].startswith("It is hot.\n")
    assert newest["topic"] == topic
    assert newest["from"] == "AWS Notifications <no-reply@sns.amazonaws.com>"
    found = re.search(r"http://\S+Unsubscribe\S+", newest["body"])
    assert found
    unsubscribe = urlsplit(found[0])
    assert workbench.call(f"{unsubscribe.path}?{unsubscribe.query}").status == 200
    assert sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"] == []


def test_a_filter_chooses_what_is_sent(workbench: Workbench) -> None:
    sns, to = workbench.client("sns"), address()
    policy = json.dumps({"severity": ["critical"]})
    topic, _ = subscribed(workbench, to, Attributes={"FilterPolicy": policy})
    confirm(workbench, to=to)
    for severity in ("critical", "warning"):
        attribute = {"severity": {"DataType": "String", "StringValue": severity}}
        sns.publish(TopicArn=topic, Message=severity, MessageAttributes=attribute)
    assert [mail["message"] for mail in mails(workbench, to)[:-1]] == ["critical"]


@pytest.mark.parametrize("endpoint", ["nobody", "two@@example.org", "a b@example.org", "@example.org"])
def test_what_is_no_address_is_refused(workbench: Workbench, endpoint: str) -> None:
    sns = workbench.client("sns")
    topic = sns.create_topic(Name="addresses")["TopicArn"]
    with pytest.raises(sns.exceptions.InvalidParameterException):
        sns.subscribe(TopicArn=topic, Protocol="email", Endpoint=endpoint)


@pytest.mark.parametrize("subject", ["x" * 101, "zwei\nZeilen", "größer", " space", "bell\x07"])
def test_a_subject_that_sns_refuses_is_refused(workbench: Workbench, subject: str) -> None:
    sns = workbench.client("sns")
    topic, _ = subscribed(workbench, address())
    with pytest.raises(sns.exceptions.InvalidParameterException):
        sns.publish(TopicArn=topic, Message="m", Subject=subject)
    sns.publish(TopicArn=topic, Message="m", Subject="x" * 100)


def test_an_invitation_carries_the_password_and_a_reset_its_code(workbench: Workbench) -> None:
    cognito, to = workbench.client("cognito-idp"), address()
    pool = cognito.create_user_pool(
        PoolName="users", UsernameAttributes=["email"], AutoVerifiedAttributes=["email"]
    )["UserPool"]["Id"]
    attributes = [{"Name": "email", "Value": to}, {"Name": "email_verified", "Value": "true"}]
    cognito.admin_create_user(UserPoolId=pool, Username=to, UserAttributes=attributes)
    silent = address()
    cognito.admin_create_user(
        UserPoolId=pool,
        Username=silent,
        UserAttributes=[{"Name": "email", "Value": silent}],
        MessageAction="SUPPRESS",
    )
    assert mails(workbench, silent) == []
    (invitation,) = mails(workbench, to)
    assert (invitation["kind"], invitation["account"]) == ("invitation", workbench.account)
    flows = ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
    client = cognito.create_user_pool_client(UserPoolId=pool, ClientName="c", ExplicitAuthFlows=flows)[
        "UserPoolClient"
    ]["ClientId"]
    password = re.search(r"temporary password is (\S+)", invitation["body"])
    assert password
    answered = cognito.initiate_auth(
        ClientId=client,
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": to, "PASSWORD": password[1].rstrip(".")},
    )
    assert answered["ChallengeName"] == "NEW_PASSWORD_REQUIRED"
    cognito.admin_set_user_password(UserPoolId=pool, Username=to, Password="Aa1!aaaaaa", Permanent=True)
    cognito.forgot_password(ClientId=client, Username=to)
    code = re.search(r"\b\d{6}\b", mails(workbench, to)[0]["body"])
    assert code
    cognito.confirm_forgot_password(
        ClientId=client, Username=to, ConfirmationCode=code[0], Password="Bb2!bbbbbb"
    )


def test_mails_and_waiting_confirmations_outlive_the_process(
    home: Path, workbench_of: Callable[[LocalCloud], Workbench]
) -> None:
    bench, to = workbench_of(control.start(home)), address()
    _, subscription = subscribed(bench, to)
    control.stop(home)
    bench = workbench_of(control.start(home))
    assert [mail["kind"] for mail in mails(bench, to)] == ["confirmation"]
    assert confirm(bench, to=to).status == 200
    found = bench.client("sns").get_subscription_attributes(SubscriptionArn=subscription)
    assert found["Attributes"]["PendingConfirmation"] == "false"


def test_a_web_page_cannot_read_the_mail(workbench: Workbench) -> None:
    assert workbench.call("/_omnitrack/mail", Origin="https://example.org").status == 403
    assert workbench.call("/_omnitrack/mail", host="evil.example.org:80").status == 403
    assert workbench.call("/_omnitrack/mail", host=f"localhost:{workbench.cloud.port}").status == 200


@pytest.mark.parametrize("query", [{}, {"to": ""}, {"other": "x"}])
def test_a_confirmation_names_an_address_or_a_token(workbench: Workbench, query: dict[str, str]) -> None:
    assert confirm(workbench, **query).status == 400
