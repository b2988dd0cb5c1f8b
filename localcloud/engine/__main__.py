"""`python -m localcloud.engine`: makes sure that there is an engine and prints its folder.

Exit codes: 0 ready; 1 no engine, stderr says why; 2 wrong arguments; 130 ended by Ctrl-C, 143 by SIGTERM.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from localcloud.engine import EngineError, ensure, link


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command and answers its exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m localcloud.engine", description="makes sure that there is an engine"
    )
    parser.add_argument(
        "--link", type=Path, metavar="VENV", help="also put links into this virtualenv's bin folder"
    )
    options = parser.parse_args(arguments)
    try:
        engine = ensure(_report)
        if options.link is not None:
            link(engine, options.link)
    except EngineError as error:
        _report(f"error: {error}")
        return 1
    except KeyboardInterrupt:
        _report("ended before the engine was ready")
        return 130
    sys.stdout.write(f"{engine.folder}\n")
    return 0


def _report(line: str) -> None:
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main())
