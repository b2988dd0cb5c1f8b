"""What MiniStack lacks in secrets, certificates, IoT logging, log deliveries and subscriptions."""

import uuid
from typing import Any

import pytest
from botocore.exceptions import ClientError

from localcloud import control

pytestmark = pytest.mark.cloud


def test_a_secret_made_without_a_value_has_no_version(workbench: Any) -> None:
    secrets = workbench.client("secretsmanager")
    secret = secrets.create_secret(Name="edge")["ARN"]
    with pytest.raises(secrets.exceptions.ResourceNotFoundException):
        secrets.get_secret_value(SecretId=secret)
    first = secrets.put_secret_value(SecretId=secret, SecretString="first")["VersionId"]
    assert secrets.describe_secret(SecretId=secret)["VersionIdsToStages"] == {first: ["AWSCURRENT"]}
    with pytest.raises(secrets.exceptions.ResourceNotFoundException):
        secrets.get_secret_value(SecretId=secret, VersionStage="AWSPREVIOUS")


def test_a_secret_made_with_a_value_keeps_it(workbench: Any) -> None:
    secrets = workbench.client("secretsmanager")
    secret = secrets.create_secret(Name="edge", SecretString="first")["ARN"]
    secrets.put_secret_value(SecretId=secret, SecretString="second")
    found = [
        secrets.get_secret_value(SecretId=secret, VersionStage=stage)["SecretString"]
        for stage in ("AWSCURRENT", "AWSPREVIOUS")
    ]
    assert found == ["second", "first"]


def test_a_stage_that_a_new_value_brings_leaves_the_version_that_had_it(workbench: Any) -> None:
    secrets = workbench.client("secretsmanager")
    secret = secrets.create_secret(Name="edge", SecretString="zero")["ARN"]
    first, second = (
        secrets.put_secret_value(SecretId=secret, SecretString=text, VersionStages=["next"])["VersionId"]
        for text in ("first", "second")
    )
    stages = secrets.describe_secret(SecretId=secret)["VersionIdsToStages"]
    assert (stages.get(first), stages[second]) == (None, ["next"])


def test_a_certificate_is_issued_once_the_records_of_all_its_domains_are_there(workbench: Any) -> None:
    acm, names = workbench.client("acm"), workbench.client("route53")
    arn = acm.request_certificate(
        DomainName="a.shop.example",
        SubjectAlternativeNames=["b.shop.example"],
        ValidationMethod="DNS",
        Options={"CertificateTransparencyLoggingPreference": "DISABLED"},
    )["CertificateArn"]
    zone = names.create_hosted_zone(Name="shop.example", CallerReference=uuid.uuid4().hex)["HostedZone"]["Id"]

    def told() -> Any:
        return acm.describe_certificate(CertificateArn=arn)["Certificate"]

    def add(record: Any, value: str) -> None:
        wanted = {"Name": record["Name"], "Type": record["Type"], "TTL": 60}
        wanted["ResourceRecords"] = [{"Value": value}]
        batch = {"Changes": [{"Action": "UPSERT", "ResourceRecordSet": wanted}]}
        names.change_resource_record_sets(HostedZoneId=zone, ChangeBatch=batch)

    assert told()["Options"] == {"CertificateTransparencyLoggingPreference": "DISABLED"}
    first, second = (option["ResourceRecord"] for option in told()["DomainValidationOptions"])
    add(first, first["Value"])
    add(second, "another.example.")
    assert told()["Status"] == "PENDING_VALIDATION"
    assert [one["ValidationStatus"] for one in told()["DomainValidationOptions"]] == [
        "SUCCESS",
        "PENDING_VALIDATION",
    ]
    add(second, second["Value"].rstrip("."))
    assert told()["Status"] == "ISSUED"


def test_the_logging_options_of_iot_are_one_set_per_region_and_survive_a_restart(
    home: Any, workbench_of: Any
) -> None:
    bench = workbench_of(control.start(home))
    iot = bench.client("iot")
    with pytest.raises(ClientError, match="NotConfiguredException"):
        iot.get_v2_logging_options()
    role = f"arn:aws:iam::{bench.account}:role/logging"
    iot.set_v2_logging_options(roleArn=role, defaultLogLevel="WARN")
    control.stop(home)
    iot = workbench_of(control.start(home)).client("iot")
    found = iot.get_v2_logging_options()
    assert [found[name] for name in ("roleArn", "defaultLogLevel", "disableAllLogs")] == [role, "WARN", False]


@pytest.mark.parametrize(
    "options",
    [{"defaultLogLevel": "WARN"}, {"roleArn": "arn:aws:iam::1:role/r", "defaultLogLevel": "LOUD"}],
    ids=["no role", "no level"],
)
def test_logging_options_that_make_no_sense_are_refused(workbench: Any, options: Any) -> None:
    with pytest.raises(ClientError, match="InvalidRequestException"):
        workbench.client("iot").set_v2_logging_options(**options)


def test_a_delivery_changes_in_place_and_holds_its_ends(workbench: Any) -> None:
    logs = workbench.client("logs")
    logs.create_log_group(logGroupName="/edge")
    group = logs.describe_log_groups()["logGroups"][0]["logGroupArn"]
    source = f"arn:aws:cloudfront::{workbench.account}:distribution/E1"
    logs.put_delivery_source(name="edge", resourceArn=source, logType="ACCESS_LOGS")
    destination = logs.put_delivery_destination(
        name="group", deliveryDestinationConfiguration={"destinationResourceArn": group}
    )["deliveryDestination"]["arn"]
    made = logs.create_delivery(deliverySourceName="edge", deliveryDestinationArn=destination)
    delivery = made["delivery"]["id"]

    logs.update_delivery_configuration(id=delivery, recordFields=["date"])
    assert logs.get_delivery(id=delivery)["delivery"]["recordFields"] == ["date"]
    with pytest.raises(logs.exceptions.ResourceNotFoundException):
        logs.update_delivery_configuration(id="none", recordFields=["date"])
    with pytest.raises(logs.exceptions.ConflictException):
        logs.delete_delivery_source(name="edge")
    with pytest.raises(logs.exceptions.ConflictException):
        logs.delete_delivery_destination(name="group")
    logs.delete_delivery(id=delivery)
    logs.delete_delivery_source(name="edge")
    logs.delete_delivery_destination(name="group")


def test_a_subscription_ends_only_when_it_is_confirmed(workbench: Any) -> None:
    sns = workbench.client("sns")
    topic = sns.create_topic(Name="alerts")["TopicArn"]
    mail = sns.subscribe(
        TopicArn=topic, Protocol="email", Endpoint="on-call@shop.example", ReturnSubscriptionArn=True
    )["SubscriptionArn"]
    queue = sns.subscribe(
        TopicArn=topic, Protocol="sqs", Endpoint=f"arn:aws:sqs:us-east-1:{workbench.account}:q"
    )["SubscriptionArn"]
    with pytest.raises(ClientError, match="pending confirmation"):
        sns.unsubscribe(SubscriptionArn=mail)
    sns.unsubscribe(SubscriptionArn=queue)
    found = sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    assert [one["Protocol"] for one in found] == ["email"]
