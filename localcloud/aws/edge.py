"""The one loopback port: what the local cloud answers itself, and what it hands on to MiniStack."""

# ruff: noqa: SLF001 - MiniStack names its functions and stores privately

import json
import os
import uuid
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any
from urllib.parse import quote

from ministack import app as ministack

from localcloud.aws import distributions, mail_requests, routes
from localcloud.aws.distribution_edge import DistributionEdge
from localcloud.aws.distribution_origins import Connection
from localcloud.aws.options import ServerOptions
from localcloud.aws.saver import Saver, saving
from localcloud.aws.snapshot import SnapshotError

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

# By the state of the listener for MQTT, which starts after the one for HTTP.
HEALTH = {"listening": "ok", "starting": "starting", "degraded": "no MQTT", "disabled": "no MQTT"}
# Operations of the JSON protocols that change nothing, by the beginning of their names.
READS = ("BatchGet", "Describe", "Filter", "Get", "List", "Lookup", "Query", "Scan", "Search", "Test")


class Edge:
    """The ASGI application in front of MiniStack.

    Args:
        application: MiniStack.
        distribution_edge: serves what is for a distribution of CloudFront's.
        saver: told of requests that may change something.
        options: how this process runs.
    """

    def __init__(
        self,
        *,
        application: Application,
        distribution_edge: DistributionEdge,
        saver: Saver,
        options: ServerOptions,
    ) -> None:
        self._application = application
        self._distribution_edge = distribution_edge
        self._saver = saver
        self._options = options

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection, or the life of the whole server."""
        if scope["type"] == "lifespan":
            async with saving(self._saver):
                await self._application(scope, receive, send)
            return
        headers = {
            name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]
        }
        path: str = scope["path"]
        if scope["type"] == "http":
            if "origin" in headers and path.startswith(("/_omnitrack/", "/_ministack/")):
                # A page of any site can post to loopback: it must not be able to empty this cloud.
                await answer(send, 403, {"message": "not from a browser"})
                return
            if path in mail_requests.PATHS:
                await answer(send, *mail_requests.respond(scope))
                if scope["method"] == "POST":
                    self._saver.touch()
                return
            if path.startswith("/_omnitrack/"):
                await self._serve_own(scope["method"], path, send)
                return
        served = await self._serve_viewer(scope, headers, receive, send)
        if not served:
            await self._serve_cloud(scope, headers, receive, send)
        if scope["type"] == "http" and _may_change(scope["method"], headers):
            self._saver.touch()

    async def _serve_viewer(
        self, scope: Scope, headers: Mapping[str, str], receive: Receive, send: Send
    ) -> bool:
        """Serve what is for a distribution; whether it was."""
        host = headers.get("host", "")
        distribution = distributions.by_host(host)
        if distribution is None and routes.is_platform_request(scope["path"], headers, scope["query_string"]):
            target = routes.platform_target(host)
            distribution = distributions.of_api(target.api_id) if target else None
        if distribution is None and not distributions.is_own_host(host):
            return False
        connection = Connection(scope=scope, receive=receive, send=send)
        await self._distribution_edge.serve(distribution, connection)
        return True

    async def _serve_cloud(
        self, scope: Scope, headers: Mapping[str, str], receive: Receive, send: Send
    ) -> None:
        """Serve the AWS APIs, and the platform's API where no distribution stands in front of it."""
        host, path = headers.get("host", ""), scope["path"]
        rest = scope["type"] == "http" and path != routes.SOCKET_PATH
        if rest and routes.is_platform_request(path, headers, scope["query_string"]):
            target = routes.platform_target(host)
            if target is None:
                # In the form of the platform's own errors: its clients know no other.
                error = {"code": "not_found", "message": routes.NO_API, "requestId": str(uuid.uuid4())}
                await answer(send, 404, {"error": error})
                return
            scope = _redirected(scope, f"/_aws/execute-api/{target.api_id}/{target.stage}")
        routes.act_as_owner(host, scope["path"])
        await self._application(scope, receive, send)

    async def _serve_own(self, method: str, path: str, send: Send) -> None:
        if path == "/_omnitrack/health" and method == "GET":
            await answer(send, 200, self._health())
        elif path == "/_omnitrack/save" and method == "POST":
            try:
                await self._saver.save()
            except (OSError, SnapshotError) as error:
                await answer(send, 500, {"message": str(error)})
                return
            await answer(send, 200, {"message": "saved"})
        else:
            await answer(send, 404, {"message": f"{method} {path} is not served here"})

    def _health(self) -> dict[str, object]:
        return {
            "status": HEALTH[ministack._iot_mtls_state],
            "home": str(self._options.home),
            "pid": os.getpid(),
            "mqttPort": self._options.mqtt_port,
        }


def _redirected(scope: Scope, prefix: str) -> Scope:
    raw_path = scope.get("raw_path") or quote(scope["path"]).encode()
    return {**scope, "path": prefix + scope["path"], "raw_path": prefix.encode() + raw_path}


def _may_change(method: str, headers: dict[str, str]) -> bool:
    operation = headers.get("x-amz-target", "").rpartition(".")[2]
    return method not in ("GET", "HEAD", "OPTIONS") and not operation.startswith(READS)


async def answer(send: Send, status: int, document: object) -> None:
    """Send a JSON answer.

    Args:
        send: of the ASGI connection.
        status: HTTP status.
        document: the body.
    """
    body = json.dumps(document).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
