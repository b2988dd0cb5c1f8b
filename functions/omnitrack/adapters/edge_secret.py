"""What the edge proves itself with: a secret header that only requests through it carry."""

import hmac

from omnitrack.adapters.rotated_secret import LIFETIME, SHORTEST_LIFETIME, RotatedSecret


class EdgeSecret:
    """The secret's current and previous value: while it is rotated, the edge sends one or the other."""

    def __init__(self, secret: RotatedSecret) -> None:
        self._secret = secret

    def is_proven_by(self, text: str) -> bool:
        """Whether the text is one of the values; raises UnavailableError when they cannot be read."""
        # A value that nobody knows here yet may be the newest: read again, but not for everyone who guesses.
        return self._matches(text, LIFETIME) or self._matches(text, SHORTEST_LIFETIME)

    def _matches(self, text: str, age: float) -> bool:
        proof = text.encode("utf-8", "surrogatepass")
        return any(hmac.compare_digest(value, proof) for value in self._secret.values(not_older_than=age))
