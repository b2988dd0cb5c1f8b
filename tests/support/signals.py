"""Commands that take a signal as they do in a terminal."""

import signal
import sys
from collections.abc import Sequence

TAKE = "import os, signal, sys; signal.signal({number}, signal.SIG_DFL); os.execvp(sys.argv[1], sys.argv[1:])"


def taking(number: int, command: Sequence[str]) -> list[str]:
    """The command with a signal as it is by default, in the same process.

    A suite that was started in the background hands on that Ctrl-C is ignored. It cannot be changed between
    fork and exec (`preexec_fn`): a fork of a process with threads of gRPC may end in an abort.

    Args:
        number: the signal.
        command: the program, and its arguments.
    """
    return [sys.executable, "-c", TAKE.format(number=int(signal.Signals(number))), *command]
