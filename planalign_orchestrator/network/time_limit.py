"""Ends a connection when the time for the whole is up, wherever it hangs: proxy, handshake, headers that trickle.

The HTTP library limits each wait, but not their sum: a server that sends a byte now and then would hold us for ever.
"""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack, suppress
from typing import Any

Trace = Callable[[str, Mapping[str, Any]], None]


def watch(stack: ExitStack, deadline: float) -> Trace:
    """A callback for the HTTP library's ``trace`` that limits every connection it hears of.

    Args:
        stack: ends the watch.
        deadline: by ``time.monotonic``.
    """

    def trace(event: str, told: Mapping[str, Any]) -> None:
        if event == "connection.connect_tcp.complete":
            _cut_at(stack, deadline, told["return_value"].get_extra_info("socket"))
        elif event.endswith(".start_tls.complete"):
            _refuse_ragged_end(told["return_value"].get_extra_info("socket"))

    return trace


def _cut_at(stack: ExitStack, deadline: float, connection: socket.socket) -> None:
    # A duplicate: the connection's own socket changes hands when TLS starts.
    duplicate = stack.enter_context(connection.dup())
    timer = threading.Timer(max(0.0, deadline - time.monotonic()), _cut, [duplicate])
    timer.daemon = True
    stack.callback(timer.cancel)
    timer.start()


def _cut(connection: socket.socket) -> None:
    with suppress(OSError):  # it has ended by itself
        connection.shutdown(socket.SHUT_RDWR)


def _refuse_ragged_end(connection: socket.socket) -> None:
    """Let no dropped line pass for the end of a file whose length the server did not announce."""
    if isinstance(connection, ssl.SSLSocket):
        connection.suppress_ragged_eofs = False  # type: ignore[attr-defined]  # since Python 3.0, but in no stub
