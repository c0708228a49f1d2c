"""``python -m planalign_orchestrator`` and ``python planalign_orchestrator`` are the ``planalign`` command."""

import os
import sys

_HOME = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))  # noqa: PTH100, PTH120 - pathlib is not imported yet


def _working_folder() -> str | None:
    try:
        return os.getcwd()  # noqa: PTH109
    except OSError:  # it has been deleted
        return None


# Before anything else is imported: files of the working folder are data, whatever they are called.
if not __package__:
    sys.path[0] = _HOME  # Python started by the folder's path looks inside the package instead of beside it
elif sys.path[0] == _working_folder() != _HOME:
    del sys.path[0]

import signal  # noqa: E402


def _stop(number: int, frame: object) -> None:
    os._exit(130)


# While the program is loaded there is nothing to save; a Ctrl-C that is switched off, as by nohup, stays so.
if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
    signal.signal(signal.SIGINT, _stop)

from planalign_orchestrator.cli import main  # noqa: E402

if __name__ == "__main__":
    main()
