"""What an account in the local cloud holds: the lists of every service that the provider knows."""

from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError

from localcloud.provider import services
from runbook import stacks
from tests.e2e.home import Home

List = Callable[[Any], list[Any]]


def _paged(operation: str, member: str, **arguments: Any) -> List:
    """A list that one call (or its pages) answers."""

    def ask(client: Any) -> list[Any]:
        if not client.can_paginate(operation):
            return list(getattr(client, operation)(**arguments).get(member) or ())
        pages = client.get_paginator(operation).paginate(**arguments)
        return [item for page in pages for item in page.get(member) or ()]

    return ask


def _items(operation: str, **arguments: Any) -> List:
    """A list of CloudFront, which counts its items."""

    def ask(client: Any) -> list[Any]:
        answer = getattr(client, operation)(**arguments)
        return [item for part in answer.values() for item in part.get("Items") or ()]

    return ask


def _keys(client: Any) -> list[Any]:
    keys = [key["KeyId"] for key in _paged("list_keys", "Keys")(client)]
    described = [client.describe_key(KeyId=key)["KeyMetadata"] for key in keys]
    return [
        key for key in described if key["KeyManager"] == "CUSTOMER" and key["KeyState"] != "PendingDeletion"
    ]


def _aliases(client: Any) -> list[Any]:
    return [
        alias
        for alias in _paged("list_aliases", "Aliases")(client)
        if not alias["AliasName"].startswith("alias/aws/")
    ]


def _logging_role(client: Any) -> list[Any]:
    return [role for role in [client.get_account().get("cloudwatchRoleArn")] if role]


def _schedule_groups(client: Any) -> list[Any]:
    groups = _paged("list_schedule_groups", "ScheduleGroups")(client)
    return [group for group in groups if group["Name"] != "default"]


def _records(client: Any) -> list[Any]:
    """The records but those that make a zone: the zone itself is there before the stack."""
    zones = _paged("list_hosted_zones", "HostedZones")(client)
    sets = [
        _paged("list_resource_record_sets", "ResourceRecordSets", HostedZoneId=zone["Id"]) for zone in zones
    ]
    records = [record for listed in sets for record in listed(client)]
    return [record for record in records if record["Type"] not in {"NS", "SOA"}]


def _iot_logging(client: Any) -> list[Any]:
    """The logging options unless they are switched off, as a deletion leaves them."""
    try:
        options = client.get_v2_logging_options()
    except ClientError as error:
        if error.response["Error"]["Code"] == "NotConfiguredException":
            return []
        raise
    return [] if options["disableAllLogs"] else [options]


# boto3's name of a service -> its lists. What belongs to a listed resource (a policy to a role) goes with it.
LISTS: dict[str, dict[str, List]] = {
    "acm": {"certificates": _paged("list_certificates", "CertificateSummaryList")},
    "apigateway": {
        "REST APIs": _paged("get_rest_apis", "items"),
        "role for logs": _logging_role,
    },
    "apigatewayv2": {"HTTP and WebSocket APIs": _paged("get_apis", "Items")},
    "backup": {
        "vaults": _paged("list_backup_vaults", "BackupVaultList"),
        "plans": _paged("list_backup_plans", "BackupPlansList"),
    },
    "cloudfront": {
        "distributions": _items("list_distributions"),
        "functions": _items("list_functions", Stage="DEVELOPMENT"),
        "response headers policies": _items("list_response_headers_policies", Type="custom"),
    },
    "cognito-idp": {"user pools": _paged("list_user_pools", "UserPools", MaxResults=60)},
    "dynamodb": {"tables": _paged("list_tables", "TableNames")},
    "iam": {
        "roles": _paged("list_roles", "Roles"),
        "policies": _paged("list_policies", "Policies", Scope="Local"),
        "users": _paged("list_users", "Users"),
    },
    "iot": {
        "things": _paged("list_things", "things"),
        "thing types": _paged("list_thing_types", "thingTypes"),
        "policies": _paged("list_policies", "policies"),
        "certificates": _paged("list_certificates", "certificates"),
        "rules": _paged("list_topic_rules", "rules"),
        "logging": _iot_logging,
    },
    "kms": {"keys": _keys, "aliases": _aliases},
    "lambda": {
        "functions": _paged("list_functions", "Functions"),
        "layers": _paged("list_layers", "Layers"),
        "event source mappings": _paged("list_event_source_mappings", "EventSourceMappings"),
    },
    "logs": {
        "groups": _paged("describe_log_groups", "logGroups"),
        "resource policies": _paged("describe_resource_policies", "resourcePolicies"),
        "delivery sources": _paged("describe_delivery_sources", "deliverySources"),
        "delivery destinations": _paged("describe_delivery_destinations", "deliveryDestinations"),
        "deliveries": _paged("describe_deliveries", "deliveries"),
    },
    "route53": {"records": _records},
    "scheduler": {
        "schedules": _paged("list_schedules", "Schedules"),
        "schedule groups": _schedule_groups,
    },
    "secretsmanager": {"secrets": _paged("list_secrets", "SecretList")},
    "sns": {
        "topics": _paged("list_topics", "Topics"),
        "subscriptions": _paged("list_subscriptions", "Subscriptions"),
    },
    "sqs": {"queues": _paged("list_queues", "QueueUrls")},
    "wafv2": {
        "web ACLs": _paged("list_web_acls", "WebACLs", Scope="REGIONAL"),
        "web ACLs of the edge": _paged("list_web_acls", "WebACLs", Scope="CLOUDFRONT"),
        "loggings": _paged("list_logging_configurations", "LoggingConfigurations", Scope="REGIONAL"),
    },
}


def known_services() -> set[str]:
    """boto3's names of the services whose resources the provider makes."""
    return {services.resource(type_).service for type_ in services.known_types()}


def leftovers(home: Home, stack: str) -> dict[str, list[Any]]:
    """What is in the account of a stack: the lists that are not empty, by service and name."""
    found: dict[str, list[Any]] = {}
    for service, lists in LISTS.items():
        client = home.client(service, stacks.account_of(stack))
        found |= {f"{service} {name}": ask(client) for name, ask in lists.items()}
    return {name: items for name, items in found.items() if items}
