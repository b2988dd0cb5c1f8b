"""Runs MiniStack with the edge in front in this process: environment, patches, sockets, shutdown."""

import asyncio
import contextlib
import ipaddress
import logging
import logging.handlers
import os
import shutil
import signal
import socket
import sys
import tempfile
from collections.abc import Callable
from typing import Any

from localcloud.aws.options import ServerOptions

LOOPBACK = "127.0.0.1"
LOG_BYTES = 5_000_000


class LoopbackEventLoop(asyncio.SelectorEventLoop):
    """An event loop whose servers listen on loopback, whatever address is asked for.

    MiniStack binds MQTT over TLS to all interfaces (`iot._mtls_start_locked`) and offers no setting.
    """

    async def create_server(  # type: ignore[override]  # the base class has two overloads
        self,
        protocol_factory: Callable[[], Any],
        host: object = None,  # noqa: ARG002 - the base class has it
        port: int | None = None,
        **options: Any,  # noqa: ANN401 - passed on
    ) -> asyncio.AbstractServer:
        """As the base class does, with the loopback address in place of any other."""
        address = None if options.get("sock") else LOOPBACK
        return await super().create_server(protocol_factory, address, port, **options)


def refuse_other_interfaces(event: str, arguments: tuple[Any, ...]) -> None:
    """Audit hook: no socket of this process may listen beyond loopback, not even by mistake.

    Raises:
        PermissionError: the address to bind to is not a loopback address.
    """
    if event != "socket.bind":
        return
    address = arguments[1]
    if not isinstance(address, tuple):  # Unix sockets
        return
    with contextlib.suppress(ValueError):
        if address[0] == "localhost" or ipaddress.ip_address(address[0]).is_loopback:
            return
    raise PermissionError(f"refused to listen on {address[0]!r}: the local cloud serves loopback only")


def prepare(options: ServerOptions) -> None:
    """Give this process its environment, its folders and its log.

    It has to come before the first import of MiniStack, which reads its settings at import.
    """
    os.environ.clear()
    os.environ.update(options.environment())
    shutil.rmtree(options.temporary, ignore_errors=True)
    for folder in (options.home, options.temporary, options.log.parent, options.home / "state"):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    tempfile.tempdir = None  # read TMPDIR anew
    handler = logging.handlers.RotatingFileHandler(options.log, maxBytes=LOG_BYTES, backupCount=1)
    logging.basicConfig(
        level=logging.INFO, handlers=[handler], format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )


def run(options: ServerOptions) -> None:
    """Serve until SIGTERM or SIGINT, then save the state and remove the workers' folders.

    Raises:
        OSError: the port is taken.
    """
    prepare(options)
    listener = socket.create_server((LOOPBACK, options.port), backlog=512)
    sys.addaudithook(refuse_other_interfaces)
    # Never closed, as that would wait for running functions: their workers end with the process group.
    asyncio.Runner(loop_factory=LoopbackEventLoop).run(serve(options, listener))
    shutil.rmtree(options.temporary, ignore_errors=True)
    logging.shutdown()
    os._exit(0)


async def serve(options: ServerOptions, listener: socket.socket) -> None:
    """Serve the edge on `listener` until the process is told to stop."""
    # Not before the environment is set, which MiniStack reads at import.
    from hypercorn.asyncio import serve as serve_asgi  # noqa: PLC0415
    from hypercorn.config import Config  # noqa: PLC0415

    from localcloud.aws.assembly import assemble  # noqa: PLC0415

    edge = assemble(options)
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    config = Config()
    config.bind = [f"fd://{listener.detach()}"]
    config.keep_alive_timeout = 75
    config.graceful_timeout = 1
    config.errorlog = logging.getLogger("hypercorn.error")
    config.accesslog = None
    await serve_asgi(edge, config, shutdown_trigger=stop.wait)
