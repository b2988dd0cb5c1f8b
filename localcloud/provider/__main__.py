"""Serves the `aws` package to the Pulumi engine: `python -m localcloud.provider --port N [--endpoint URL]`.

Exit codes: 0 ended by SIGTERM or SIGINT; 1 it cannot serve, stderr says why; 2 wrong arguments.
"""

from __future__ import annotations

import argparse
import concurrent.futures
import gc
import logging
import os
import signal
import sys
import threading
from typing import TYPE_CHECKING

import grpc
from pulumi.runtime.proto import provider_pb2_grpc

from localcloud.provider import services
from localcloud.provider.answering import CALLS
from localcloud.provider.cloud import require_loopback
from localcloud.provider.configuration import Server
from localcloud.provider.errors import ProviderError
from localcloud.provider.servicer import Provider

if TYPE_CHECKING:
    from collections.abc import Sequence

LARGEST_MESSAGE = 400 * 1024 * 1024  # the engine's own limit


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until SIGTERM or SIGINT; the first line on stdout is the port."""
    parser = argparse.ArgumentParser(
        prog="python -m localcloud.provider", description="serves the aws package"
    )
    parser.add_argument("--port", type=int, default=0, help="loopback port; 0 takes a free one")
    parser.add_argument(
        "--endpoint", default="", help="address of the local cloud; without it, previews only"
    )
    parser.add_argument("--debug", action="store_true", help="write tracebacks to stderr")
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.DEBUG if options.debug else logging.WARNING, stream=sys.stderr)
    for noisy in ("botocore", "urllib3", "grpc"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    try:
        if options.endpoint:
            require_loopback(options.endpoint)
        return _serve(options.port, Server.from_environment(options.endpoint, os.environ))
    except ProviderError as error:
        sys.stderr.write(f"{error}\n")
        return 1


def _serve(port: int, server_facts: Server) -> int:
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    services.known_types()
    gc.collect()
    gc.freeze()
    pool = concurrent.futures.ThreadPoolExecutor(CALLS, thread_name_prefix="grpc")
    server = grpc.server(
        pool,
        options=(
            ("grpc.max_receive_message_length", LARGEST_MESSAGE),
            ("grpc.max_send_message_length", LARGEST_MESSAGE),
            ("grpc.so_reuseport", 0),
        ),
    )
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(Provider(server_facts), server)
    try:
        bound = server.add_insecure_port(f"127.0.0.1:{port}")
    except RuntimeError as error:
        raise ProviderError(
            f"port {port} cannot be opened: choose another one, or 0 for a free one"
        ) from error
    server.start()
    sys.stdout.write(f"{bound}\n")
    sys.stdout.flush()
    # While the engine and the program start, this process has nothing else to do.
    threading.Thread(target=services.warm_up, daemon=True).start()
    ended.wait()
    server.stop(grace=1).wait()
    # Calls that still wait for the cloud must not hold the process back.
    sys.stderr.flush()
    os._exit(0)


if __name__ == "__main__":
    sys.exit(main())
