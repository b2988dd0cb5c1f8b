"""The cloud as one provider instance sees it: account, region, default tags, and calls to AWS."""

from __future__ import annotations

import functools
import ipaddress
import re
import threading
import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from botocore import exceptions, parsers, xform_name
from botocore.config import Config

from localcloud.provider import shapes
from localcloud.provider.errors import CancelledError, ProviderError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

START: Final = "start the local cloud with `omnitrack local up`"
POLL_SECONDS: Final = 0.05
PATIENCE_SECONDS: Final = 120.0
# How AWS services say that something does not exist; a row adds codes that are worded otherwise.
NOT_FOUND: Final = re.compile(r"NotFound|NoSuch|NonExistent|NonexistentItem|^404$")


class CallError(ProviderError):
    """AWS refused a call.

    Attributes:
        code: The AWS error code, such as `ResourceInUseException`.
    """

    def __init__(self, operation: str, code: str, message: str) -> None:
        text = message.strip().rstrip(".") or "no message given"
        super().__init__(f"{operation} was refused: {text} ({code})")
        self.code = code
        self.message = message

    def means_not_found(self, codes: tuple[str, ...] = ()) -> bool:
        """Whether the resource does not exist."""
        return self.code in codes or NOT_FOUND.search(self.code) is not None


@dataclass(kw_only=True)
class Cloud:
    """Configuration of one provider instance, and its way to AWS.

    Attributes:
        endpoint: Address of the local cloud; empty in a server that only previews.
        region: Default region of its resources.
        account: The 12-digit account.
        access_key: Key id that the calls are signed with.
        secret_key: Its secret.
        default_tags: Tags that every resource gets.
        patience: Seconds to wait for a resource to settle (`customTimeouts` change it).
        cancelled: Set when the engine cancels.
    """

    endpoint: str = ""
    region: str = "us-east-1"
    account: str = "000000000000"
    access_key: str = field(default="", repr=False)
    secret_key: str = field(default="", repr=False)
    default_tags: Mapping[str, str] = field(default_factory=dict)
    patience: float = PATIENCE_SECONDS
    cancelled: threading.Event = field(default_factory=threading.Event)

    @property
    def facts(self) -> dict[str, str]:
        """What templates of ids and ARNs may use beside a resource's properties."""
        return {
            "account": self.account,
            "region": self.region,
            "partition": "aws",
            "dnsSuffix": "amazonaws.com",
        }

    def view(self, *, region: str | None, patience: float) -> Cloud:
        """The same cloud with a resource's own region (None: the default) and patience (0: the default)."""
        return replace(self, region=region or self.region, patience=patience or self.patience)

    def call(self, service: str, operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
        """Call an AWS API.

        Args:
            service: Name of the service in boto3, such as `sqs`.
            operation: API name, such as `CreateQueue`.
            request: Its members.

        Raises:
            CallError: AWS refused.
            CancelledError: The engine cancelled.
            ProviderError: No endpoint, or the cloud does not answer.
        """
        if self.cancelled.is_set():
            raise CancelledError(f"{operation} was not sent: the update was cancelled")
        if not self.endpoint:
            raise ProviderError(f"this provider serves previews only and sends no {operation}: {START}")
        method = getattr(
            client(service, self.region, self.endpoint, self.access_key, self.secret_key),
            xform_name(operation),
        )
        try:
            answer: dict[str, Any] = method(**request)
        except exceptions.ClientError as error:
            details = error.response.get("Error", {})
            raise CallError(
                operation, str(details.get("Code", "")), str(details.get("Message", ""))
            ) from error
        except exceptions.ParamValidationError as error:
            raise ProviderError(f"{operation} cannot be sent: {' '.join(str(error).split())}") from error
        except (exceptions.ConnectionError, exceptions.HTTPClientError) as error:
            raise ProviderError(
                f"the local cloud at {self.endpoint} does not answer to {operation}: {START}"
            ) from error
        except parsers.ResponseParserError as error:
            raise ProviderError(
                f"the local cloud's answer to {operation} cannot be read: look into `omnitrack local logs`"
            ) from error
        except exceptions.BotoCoreError as error:
            raise ProviderError(f"{operation} cannot be sent: {error}") from error
        answer.pop("ResponseMetadata", None)
        return answer

    def wait(self, until: Callable[[], bool], *, what: str, seconds: float | None = None) -> None:
        """Ask again and again until something holds.

        Args:
            until: Whether it holds.
            what: What is waited for, for the message.
            seconds: How long at most; by default the instance's patience.

        Raises:
            CancelledError: The engine cancelled meanwhile.
            ProviderError: It did not happen in time.
        """
        seconds = seconds or self.patience
        deadline = time.monotonic() + seconds
        pause = POLL_SECONDS
        while not until():
            if self.cancelled.wait(pause):
                raise CancelledError(f"waiting for {what} was cancelled: run `pulumi up` again")
            if time.monotonic() > deadline:
                raise ProviderError(f"{what} did not happen within {seconds:.0f} s: run `pulumi up` again")
            pause = min(pause * 1.5, 2.0)


_CLIENTS: Final = threading.Lock()


def client(service: str, region: str, endpoint: str, access_key: str, secret_key: str) -> Any:  # noqa: ANN401 - a class made at run time
    """A client of one service (cached; making one takes 50 ms)."""
    with _CLIENTS:
        return _client(service, region, endpoint, access_key, secret_key)


@functools.cache
def _client(service: str, region: str, endpoint: str, access_key: str, secret_key: str) -> Any:  # noqa: ANN401 - a class made at run time
    return shapes.session().create_client(
        service,
        region_name=region,
        endpoint_url=endpoint,
        aws_access_key_id=access_key,
        aws_secret_access_key=secret_key,
        config=Config(
            connect_timeout=3,
            read_timeout=60,
            retries={"mode": "standard", "max_attempts": 4},
            max_pool_connections=32,
            s3={"addressing_style": "path"},
            # The request was checked against the model, maximums and patterns included.
            parameter_validation=True,
            inject_host_prefix=False,
            proxies={},
        ),
    )


def require_loopback(endpoint: str) -> None:
    """Refuse an endpoint that is not on this machine.

    Raises:
        ProviderError: The address is another machine's; real AWS is the official plugin's.
    """
    host = urlsplit(endpoint).hostname or ""
    is_local = host == "localhost" or host.endswith(".localhost") or _is_loopback(host)
    if not is_local:
        raise ProviderError(f"the endpoint {endpoint} is not on this machine: give the local cloud's address")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def pages(
    cloud: Cloud, service: str, operation: str, request: Mapping[str, Any], *, at: str
) -> Iterator[Any]:
    """All items of a listing, over all its pages.

    Args:
        cloud: Where to ask.
        service: As for `Cloud.call`.
        operation: The listing.
        request: Its members.
        at: Member of the answer that holds the items.
    """
    tokens = {
        "nextToken": "nextToken",
        "NextToken": "NextToken",
        "NextMarker": "Marker",
        "Marker": "Marker",
        "position": "position",
    }
    asked = dict(request)
    while True:
        answer = cloud.call(service, operation, asked)
        yield from answer.get(at, ())
        found = next(((name, answer[name]) for name in tokens if answer.get(name)), None)
        if found is None:
            return
        asked[tokens[found[0]]] = found[1]
