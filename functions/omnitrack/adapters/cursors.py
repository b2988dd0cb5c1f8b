"""Cursors signed with a secret of the deployment, so that nobody can make, change or borrow one.

A handler does not use this class but `omnitrack.handlers.paging`, which binds a cursor to the operation, its
filters and the user:

    position = paging.position(request)                  # Mapping[str, str] | None
    page = wiring.alerts().page(..., after=position)
    cursor = paging.cursor(request, page.end)            # str | None

While the secret is rotated two versions hold: the current one signs, and both open. A cursor that neither
opens makes the adapter read the secret again, at most every few seconds, since another worker may have signed
with a newer version.
"""

import base64
import hmac
import json
from collections.abc import Mapping
from hashlib import sha256

from omnitrack.adapters.rotated_secret import LIFETIME, SHORTEST_LIFETIME, RotatedSecret
from omnitrack.domain.cursors import LONGEST, foreign

SIGNATURE_BYTES = 16


class SignedCursors:
    """Cursors with an HMAC over the position and over what they are bound to."""

    def __init__(self, secret: RotatedSecret) -> None:
        self._secret = secret

    def seal(self, position: Mapping[str, str], bound_to: tuple[str, ...]) -> str:
        """See the port."""
        text = json.dumps(dict(position), separators=(",", ":"), sort_keys=True).encode()
        return f"{_encode(text)}.{_encode(_sign(self._secret.values()[0], text, bound_to))}"

    def open(self, cursor: str, bound_to: tuple[str, ...]) -> dict[str, str]:
        """See the port."""
        if len(cursor) > LONGEST:
            raise foreign()
        text, _, signature = cursor.partition(".")
        position = _decode(text)
        if not (
            self._opens(position, signature, bound_to, LIFETIME)
            or self._opens(position, signature, bound_to, SHORTEST_LIFETIME)
        ):
            raise foreign()
        return dict(json.loads(position))

    def _opens(self, position: bytes, signature: str, bound_to: tuple[str, ...], age: float) -> bool:
        # Compared as bytes of the cursor, for base64 has several texts for one value.
        return any(
            hmac.compare_digest(_encode(_sign(secret, position, bound_to)).encode(), signature.encode())
            for secret in self._secret.values(not_older_than=age)
        )


def _sign(secret: bytes, position: bytes, bound_to: tuple[str, ...]) -> bytes:
    # As JSON, so that no two lists of texts run into the same bytes.
    message = json.dumps([*bound_to, position.decode()]).encode()
    return hmac.digest(secret, message, sha256)[:SIGNATURE_BYTES]


def _encode(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def _decode(text: str) -> bytes:
    try:
        content = base64.urlsafe_b64decode(text.encode("ascii") + b"==")
        content.decode()
    except ValueError:
        raise foreign() from None
    if _encode(content) != text:
        raise foreign()
    return content
