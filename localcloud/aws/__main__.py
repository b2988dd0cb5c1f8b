"""The local AWS as a process: run this file by its path with the lean environment's Python.

`.venv-cloud/bin/python -I localcloud/aws/__main__.py --home DIR --port N --mqtt-port M`

Run by path and isolated, nothing of the project is on the path that the functions' worker
processes inherit: a package missing from a function's layer is missing here as well.
"""

import argparse
import sys
import types
from pathlib import Path

if __package__ in (None, ""):
    # By path there is no parent package. It is made known to this process only; workers are new processes.
    package = types.ModuleType("localcloud")
    package.__path__ = [str(Path(__file__).resolve().parents[1])]
    sys.modules["localcloud"] = package

from localcloud.aws.options import ServerOptions
from localcloud.aws.server import run


def main() -> None:
    """Read the arguments and serve until SIGTERM or SIGINT."""
    parser = argparse.ArgumentParser(description="AWS on this machine, loopback only")
    parser.add_argument("--home", type=Path, required=True, help="folder of state, logs and temporary files")
    parser.add_argument("--port", type=int, required=True, help="port of the AWS APIs and of /v1")
    parser.add_argument("--mqtt-port", type=int, required=True, help="port of MQTT over TLS")
    parser.add_argument("--account", default="000000000000", help="account of requests without a key")
    parser.add_argument("--region", default="us-east-1", help="region of requests that name none")
    parser.add_argument(
        "--integration-timeout", type=float, default=29.0, help="seconds an API waits for its function"
    )
    run(ServerOptions(**vars(parser.parse_args())))


if __name__ == "__main__":
    main()
