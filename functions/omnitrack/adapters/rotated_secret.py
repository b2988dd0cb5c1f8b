"""A secret of the deployment while it is rotated: its current value and the one before both hold."""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError
from omnitrack.adapters.table import available

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

CURRENT, PREVIOUS = "AWSCURRENT", "AWSPREVIOUS"
LIFETIME = 300.0  # seconds that the secret's values are kept
SHORTEST_LIFETIME = 5.0  # seconds, however often somebody comes with a value that does not hold


class RotatedSecret:
    """The values of a secret that hold now, kept for some minutes."""

    def __init__(
        self, client: "SecretsManagerClient", arn: str, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._client = client
        self._arn = arn
        self._clock = clock
        self._values: tuple[bytes, ...] = ()
        self._read_at = 0.0

    def values(self, *, not_older_than: float = LIFETIME) -> tuple[bytes, ...]:
        """The current value and, if there is one, the previous; raises UnavailableError."""
        now = self._clock()
        if not self._values or now - self._read_at >= not_older_than:
            self._values = tuple(
                value for stage in (CURRENT, PREVIOUS) if (value := self._read(stage)) is not None
            )
            self._read_at = now
        return self._values

    def _read(self, stage: str) -> bytes | None:
        try:
            with available("the secret store"):
                found = self._client.get_secret_value(SecretId=self._arn, VersionStage=stage)
        except ClientError as error:
            if stage == PREVIOUS and error.response["Error"]["Code"] == "ResourceNotFoundException":
                return None  # it has not been rotated yet
            raise
        return found["SecretString"].encode()
