"""The hosted sign-in page as a browser uses it: an authorization code with PKCE, for a demo user's tokens."""

import base64
import hashlib
import html
import json
import re
import secrets
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest

from runbook.chapters.start import local_page
from tests.e2e.home import Platform

CALLBACK = "http://localhost:5173/callback"
USER = "analyst@demo.omnitrack.ai"


def _page(platform: Platform, verifier: str, **more: str) -> str:
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    page = local_page(platform.outputs["SignInUrl"], platform.cloud.endpoint)
    return str(
        httpx2.URL(page).copy_merge_params(
            {"code_challenge": challenge, "code_challenge_method": "S256", **more}
        )
    )


def _sign_in(platform: Platform, page: str, password: str) -> httpx2.Response:
    shown = httpx2.get(page)
    assert shown.status_code == 200, shown.text
    hidden = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', shown.text)
    form = {name: html.unescape(value) for name, value in hidden} | {"username": USER, "password": password}
    return httpx2.post(f"{platform.cloud.endpoint}/login", data=form)


def _tokens(platform: Platform, code: str, verifier: str) -> httpx2.Response:
    form = {
        "grant_type": "authorization_code",
        "client_id": platform.outputs["UserPoolClientId"],
        "code": code,
        "redirect_uri": CALLBACK,
        "code_verifier": verifier,
    }
    return httpx2.post(f"{platform.cloud.endpoint}/oauth2/token", data=form)


@pytest.fixture
def password(platform: Platform) -> str:
    known: dict[str, str] = json.loads((platform.home.folder / "demo-users.json").read_text())
    return known[USER]


def test_a_demo_user_signs_in_with_a_code_and_its_verifier(platform: Platform, password: str) -> None:
    verifier = secrets.token_urlsafe(48)
    answer = _sign_in(platform, _page(platform, verifier, state="mine"), password)
    assert answer.status_code == 302, answer.text
    assert answer.headers["location"].startswith(f"{CALLBACK}?")
    query = parse_qs(urlsplit(answer.headers["location"]).query)
    assert query["state"] == ["mine"]
    tokens: dict[str, Any] = _tokens(platform, query["code"][0], verifier).json()
    twin = platform.request("GET", "/twin?limit=1", headers={"Authorization": tokens["id_token"]})
    assert twin.status_code == 200
    assert _tokens(platform, query["code"][0], verifier).status_code == 400, "a code serves once"


def test_a_code_is_worth_nothing_without_its_verifier(platform: Platform, password: str) -> None:
    answer = _sign_in(platform, _page(platform, secrets.token_urlsafe(48)), password)
    code = parse_qs(urlsplit(answer.headers["location"]).query)["code"][0]
    assert _tokens(platform, code, secrets.token_urlsafe(48)).status_code == 400


def test_a_wrong_password_and_a_foreign_page_get_no_code(platform: Platform) -> None:
    page = _page(platform, secrets.token_urlsafe(48))
    assert "location" not in _sign_in(platform, page, "wrong").headers
    foreign = str(httpx2.URL(page).copy_set_param("redirect_uri", "https://evil.example/"))
    assert httpx2.get(foreign).status_code == 400
