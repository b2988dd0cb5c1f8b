"""The web ACL in front of the API: attacks are stopped, ordinary language is not."""

import base64
from typing import Any
from urllib.parse import quote

import pytest

ATTACKS = (
    "' OR '1'='1",
    "1; DROP TABLE nodes--",
    "1 UNION SELECT username, password FROM users",
    "admin'/**/OR/**/1=1#",
    "' AND SLEEP(5)--",
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(document.cookie)>",
    "\"><svg/onload=confirm('x')>",
    "<a href=\"javascript:alert(1)\">dock</a>",
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


@pytest.mark.parametrize("text", ATTACKS)
@pytest.mark.parametrize("place", ["query", "encoded query", "body", "header"])
def test_an_injection_is_forbidden(platform: Any, text: str, place: str) -> None:
    answer = _send(platform, text, place)
    assert answer.status_code == 403, answer.text
    assert answer.headers["content-type"].startswith("application/json")


@pytest.mark.parametrize("text", HARMLESS)
@pytest.mark.parametrize("place", ["query", "encoded query", "body", "header"])
def test_ordinary_language_passes(platform: Any, text: str, place: str) -> None:
    assert _send(platform, text, place).status_code == 401, "the authorizer, behind the firewall, answers"


def test_what_is_blocked_is_logged_without_the_token(platform: Any, eventually: Any) -> None:
    _send(platform, ATTACKS[0], "query", authorization="Bearer top-secret-token")
    logs = platform.client("logs")
    group = "aws-waf-logs-omnitrack-development-api"

    def messages() -> str:
        return "".join(e["message"] for e in logs.filter_log_events(logGroupName=group)["events"])

    eventually(lambda: '"action":"BLOCK"' in messages().replace(" ", ""))
    assert "top-secret-token" not in messages()


def _send(platform: Any, text: str, place: str, authorization: str | None = None) -> Any:  # noqa: ANN401 - a response
    headers = {"Authorization": authorization} if authorization else {}
    if place == "query":
        return platform.request("GET", "/twin", params={"q": text}, headers=headers)
    if place == "encoded query":
        return platform.request("GET", f"/twin?q={quote(quote(text, safe=''), safe='')}", headers=headers)
    if place == "body":
        return platform.request("PUT", "/twin/nodes/firewall", json={"name": text}, headers=headers)
    encoded = text if text.isascii() else base64.b64encode(text.encode()).decode()
    return platform.request("GET", "/twin", headers={**headers, "X-Note": encoded})
