"""The web ACL in front of the API: attacks are stopped, ordinary language is not."""

from typing import Any
from urllib.parse import quote

import pytest

from tests.e2e.home import Platform

ATTACKS = (
    "' OR '1'='1",
    "1; DROP TABLE nodes--",
    "1 UNION SELECT username, password FROM users",
    "admin'/**/OR/**/1=1#",
    "' AND SLEEP(5)--",
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(document.cookie)>",
    "\"><svg/onload=confirm('x')>",
    '<a href="javascript:alert(1)">dock</a>',
    "<ScRiPt src=//evil.example/x.js></sCrIpT>",
)
HARMLESS = (
    "O'Reilly",
    "select a supplier",
    "union station",
    "drop off at dock 5",
    "1 or 2 pallets",
    "<3 days of stock",
    "a < b and c > d",
    "the script for the call",
    "R&D; sourcing",
    "it's fine -- really",
)
PLACES = ("query", "encoded query", "body", "header")


@pytest.mark.parametrize("text", ATTACKS)
@pytest.mark.parametrize("place", PLACES)
def test_an_injection_is_forbidden(platform: Platform, text: str, place: str) -> None:
    answer = _send(platform, text, place)
    assert answer.status_code == 403, answer.text
    assert answer.headers["content-type"].startswith("application/json")


@pytest.mark.parametrize("text", HARMLESS)
@pytest.mark.parametrize("place", PLACES)
def test_ordinary_language_passes(platform: Platform, text: str, place: str) -> None:
    assert _send(platform, text, place).status_code == 401, "the authorizer, behind the firewall, answers"


@pytest.mark.parametrize("text", HARMLESS)
def test_ordinary_language_arrives_as_it_was_sent(platform: Platform, text: str) -> None:
    path = f"/twin/nodes/firewall-{HARMLESS.index(text)}"
    node = {"name": text, "type": "port", "location": {"latitude": 1.0, "longitude": 2.0}, "capacity": 9}
    made = platform.request("PUT", path, role="operations_manager", json=node)
    assert made.status_code == 201, made.text
    assert platform.request("GET", path, role="viewer").json()["name"] == text
    gone = platform.request(
        "DELETE", path, role="operations_manager", headers={"If-Match": made.headers["etag"]}
    )
    assert gone.status_code == 204


def test_what_is_blocked_is_logged_without_the_token(platform: Platform, eventually: Any) -> None:
    _send(platform, ATTACKS[0], "query", authorization="Bearer top-secret-token")
    logs = platform.client("logs")
    group = "aws-waf-logs-omnitrack-development-api"

    def messages() -> str:
        pages = logs.get_paginator("filter_log_events").paginate(logGroupName=group)
        return "".join(event["message"] for page in pages for event in page["events"])

    eventually(lambda: '"action":"BLOCK"' in messages().replace(" ", ""))
    assert "top-secret-token" not in messages()


def _send(platform: Platform, text: str, place: str, authorization: str | None = None) -> Any:
    headers = {"Authorization": authorization} if authorization else {}
    match place:
        case "query":
            return platform.request("GET", "/twin", params={"q": text}, headers=headers)
        case "encoded query":
            twice = quote(quote(text, safe=""), safe="")
            return platform.request("GET", f"/twin?q={twice}", headers=headers)
        case "body":
            return platform.request("PUT", "/twin/nodes/firewall", json={"name": text}, headers=headers)
        case _:
            return platform.request("GET", "/twin", headers={**headers, "X-Note": text})
