"""Names, values and ids of DNS records, in the forms of the program and of Route 53."""

from __future__ import annotations

import regex

RECORD_TYPES = (
    *("A", "AAAA", "CAA", "CNAME", "DS", "HTTPS", "MX", "NAPTR", "NS"),
    *("PTR", "SOA", "SPF", "SRV", "SSHFP", "SVCB", "TLSA", "TXT"),
)
QUOTED = ("SPF", "TXT")
ID = regex.compile(rf"(?P<zoneId>[A-Z0-9]+)_(?P<name>.+)_(?P<type>{'|'.join(RECORD_TYPES)})")


def plain_name(name: str) -> str:
    """A name without its last dot, in lower case, with the asterisk that Route 53 writes as a number."""
    return name.rstrip(".").lower().replace("\\052", "*")


def fqdn_of(name: str, zone: str) -> str:
    """The full name of a record, of which a program may give the part before the zone's name only."""
    plain = plain_name(name)
    if not plain:
        return zone
    return plain if plain == zone or plain.endswith(f".{zone}") else f"{plain}.{zone}"


def parts_of(record_id: str) -> dict[str, str]:
    """Zone, name and type from a record's id; nothing when it is none."""
    found = ID.fullmatch(record_id)
    return dict(found.groupdict()) if found else {}


def quoted(kind: str, value: str) -> str:
    """A value as Route 53 wants it: texts are quoted."""
    return f'"{value}"' if kind in QUOTED else value


def unquoted(kind: str, value: str) -> str:
    """A value as the program gives it."""
    return value[1:-1] if kind in QUOTED and value.startswith('"') and value.endswith('"') else value
