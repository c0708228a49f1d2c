"""Processes that this program starts: nothing of the working folder runs in them, and they end when it does."""

import _thread
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from typing import Any

# `python -m` and `python -c` put the working folder first on the import path: a duckdb.py lying there would be run.
# The switch for that (-P) is unknown to Python 3.10, and -I leaves out what `pip install --user` has installed.
_START = (
    "import sys; sys.path[:] = [place for place in sys.path if place]; import runpy; "
    "runpy.run_module(sys.argv.pop(1), run_name='__main__', alter_sys=True)"
)
_SUPERVISED = "PLANALIGN_SUPERVISED"
KILLED = -9
"""What ``supervise`` returns of a process that the system has ended, most likely as memory ran out."""
_PATIENCE = 20.0
"""Seconds that an abandoned process may take to stop as after Ctrl-C."""


def isolated(module: str, *arguments: str) -> list[str]:
    """The command that runs a module in this Python, without imports from the working folder."""
    return [sys.executable, "-c", _START, module, *arguments]


def supervise(command: Sequence[str]) -> int:
    """Run the program once more and wait for it; it stops when this process is stopped, or dies.

    Returns:
        Its exit code; below zero the signal that ended it.

    Raises:
        KeyboardInterrupt: this process was told to stop; the child has stopped too.
    """
    environment = {**os.environ, _SUPERVISED: "1"}
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, env=environment) as child:
        try:
            return child.wait()
        except KeyboardInterrupt:
            if child.stdin is not None:
                child.stdin.close()  # what `end_with_parent` waits for
            child.wait()
            raise


def end_with_parent(is_stopping: Callable[[], bool]) -> None:
    """In a process that is supervised, stop as after Ctrl-C when the supervisor asks for it or is no more.

    Its end of the pipe closes however it ends, on every system.

    Args:
        is_stopping: whether a signal has been heard already; a second one would disturb what is being saved.
    """
    if os.environ.pop(_SUPERVISED, None) is None:
        return

    def wait() -> None:
        while os.read(0, 1024):
            pass
        if not is_stopping():
            _interrupt()
        threading.Event().wait(_PATIENCE)
        os._exit(128 + signal.SIGINT)

    threading.Thread(target=wait, daemon=True).start()


def _interrupt() -> None:
    main = threading.main_thread().ident
    if sys.platform != "win32" and main is not None:
        # Ends a wait for the network or the disk too. What a shell starts with & has SIGINT switched off.
        signal.pthread_kill(main, signal.SIGTERM)
    else:
        _thread.interrupt_main()


def detached() -> dict[str, Any]:
    """What makes a child of ``subprocess`` live on when this process ends, and not hear its Ctrl-C."""
    if sys.platform == "win32":
        return {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW}
    return {"start_new_session": True}


def ask_to_stop(process: int) -> None:
    """Stop a process of this program, whoever has started it; what it has completed is saved.

    It hears this like Ctrl-C; on Windows, where only the programs of one console hear each other, it is ended.
    """
    os.kill(process, signal.SIGTERM)
