"""The hosted zone of a stack's domain in the local cloud, where nobody has to make it by hand."""

from __future__ import annotations

import uuid


def zone_of(stack: str, domain: str) -> str:
    """The id of the zone that a domain lies in; it is made where there is none.

    Args:
        stack: whose account of the local cloud.
        domain: a host, as in `api.example.org`.
    """
    from runbook import targets  # noqa: PLC0415 - it knows deployments, which know this

    route53 = targets.open_account(stack, local=True, live=False, silent=True).client("route53")
    name = domain.partition(".")[2]
    found = route53.list_hosted_zones_by_name(DNSName=name, MaxItems="1")["HostedZones"]
    zones = [str(zone["Id"]) for zone in found if zone["Name"].rstrip(".") == name]
    if not zones:
        made = route53.create_hosted_zone(Name=name, CallerReference=str(uuid.uuid4()))
        zones = [str(made["HostedZone"]["Id"])]
    return zones[0].rpartition("/")[2]
