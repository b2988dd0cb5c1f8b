"""Which API a request of the edge is for."""

# ruff: noqa: SLF001 - MiniStack names its functions and stores privately

import re
from collections.abc import Mapping
from dataclasses import dataclass

from ministack.core import responses
from ministack.services import apigateway, apigateway_v1

from localcloud.aws.patches.upstream import Upstream

API_NAME = re.compile(r"omnitrack-(?P<environment>development|staging|production)")
HOSTS = {"staging-api.omnitrack.ai": "staging", "api.omnitrack.ai": "production"}
# AWS's form of the address, with any region and suffix. MiniStack itself knows its own host's suffix only.
API_HOST = re.compile(r"^([a-z0-9]{8,10})\.execute-api\.[a-z0-9.-]+(?::\d+)?$")
API_PATH = re.compile(r"^/_aws/execute-api/([a-z0-9]+)/")
SOCKET_PATH = "/ws"
NO_API = "no API of an environment is deployed here: deploy one with `omnitrack up`"


@dataclass(frozen=True, kw_only=True)
class Target:
    """A stage of a REST API.

    Attributes:
        api_id: id of the API.
        stage: name of the stage; the environment's.
    """

    api_id: str
    stage: str


def install() -> None:
    """Let MiniStack serve an API under AWS's form of its address.

    Raises:
        PatchError: MiniStack no longer has the pattern that is replaced here.
    """
    application = Upstream("routes", "app")
    application.require("_EXECUTE_API_RE")
    application.module._EXECUTE_API_RE = API_HOST


def is_platform_request(path: str, headers: Mapping[str, str], query: bytes) -> bool:
    """Whether a request is for the platform's own APIs and not for an AWS API with such paths.

    Args:
        path: the request's path.
        headers: its headers, names in lower case.
        query: its query string.
    """
    signed = headers.get("authorization", "").startswith("AWS4-") or b"X-Amz-Signature=" in query
    own_address = API_HOST.match(headers.get("host", ""))
    own_path = path in ("/v1", SOCKET_PATH) or path.startswith("/v1/")
    return own_path and not signed and not own_address


def platform_target(host: str) -> Target | None:
    """The REST API that serves /v1 under `host`.

    The host of staging or production names that environment; any other host is for development or,
    where that is not deployed, for the only environment there is.

    Args:
        host: the request's Host header.
    """
    deployed: dict[str, Target] = {}
    for (_account, _region, api_id), api in list(apigateway_v1._rest_apis.all_items()):
        if match := API_NAME.fullmatch(str(api.get("name"))):
            environment = match["environment"]
            deployed[environment] = Target(api_id=api_id, stage=environment)
    named = HOSTS.get(host.partition(":")[0].lower())
    if named:
        return deployed.get(named)
    only = next(iter(deployed.values())) if len(deployed) == 1 else None
    return deployed.get("development") or only


def act_as_owner(host: str, path: str) -> None:
    """Serve a request to an API in the account that owns the API, as it carries no account of its own.

    Args:
        host: the request's Host header.
        path: its path.
    """
    match = API_HOST.match(host) or API_PATH.match(path)
    owner = owner_of(match[1]) if match else None
    if owner:
        responses._request_account_id.set(owner)


def owner_of(api_id: str) -> str | None:
    """The account that owns an API, None if there is no such API.

    Args:
        api_id: id of a REST API or of a WebSocket API.
    """
    stores = (apigateway_v1._rest_apis, apigateway._apis)
    keys = (key for store in stores for key, _api in list(store.all_items()))
    return next((account for account, _region, known in keys if known == api_id), None)
