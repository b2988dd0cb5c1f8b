"""Entry point of `omnitrack` and of `python -m runbook`."""

import sys


def main() -> None:
    """Run the command line and end the process with its exit code."""
    try:
        # Imported here: a Ctrl-C while modules load is no defect either.
        from runbook.cli import app  # noqa: PLC0415 - see above

        app(prog_name="omnitrack")
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
