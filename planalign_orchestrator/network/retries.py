"""When to try again and how long to wait; and the end of a connection when the time for the whole is up.

The HTTP library limits each wait, but not their sum: a server that sends a byte now and then would hold us for ever.
"""

import random
import socket
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack, suppress
from typing import Any

import tenacity

from planalign_orchestrator.config.network import Network
from planalign_orchestrator.network.credentials import offered_schemes
from planalign_orchestrator.network.words import Failure

Trace = Callable[[str, Mapping[str, Any]], None]


def attempts(settings: Network, wait: Callable[[float], None]) -> tenacity.Retrying:
    """The attempts at one download; every request is a GET, which changes nothing and may be repeated.

    Args:
        settings: of the network.
        wait: sleeps for some seconds.
    """
    return tenacity.Retrying(
        stop=tenacity.stop_after_attempt(settings.attempts)
        | tenacity.stop_before_delay(settings.total_timeout_seconds),
        wait=lambda state: _wait(settings, state),
        retry=tenacity.retry_if_exception(lambda error: _is_worthwhile(settings, error)),
        sleep=wait,
        reraise=True,
    )


def _wait(settings: Network, state: tenacity.RetryCallState) -> float:
    failure = state.outcome.exception() if state.outcome else None
    if isinstance(failure, Failure) and failure.retry_after is not None:
        return failure.retry_after
    longest: float = settings.retry_wait_seconds * 2 ** (state.attempt_number - 1)
    # Half fixed, half chance: many laptops that lost the same VPN do not come back in step.
    return min(longest, settings.retry_wait_maximum_seconds) * random.uniform(0.5, 1)


def _is_worthwhile(settings: Network, error: BaseException) -> bool:
    if not isinstance(error, Failure) or not error.may_pass:
        return False
    if error.retry_after is not None and error.retry_after > settings.retry_wait_maximum_seconds:
        error.message += f" and asks to wait {error.retry_after:.0f} s, longer than network.retry_wait_maximum_seconds"
        return False
    return True


def watch(stack: ExitStack, deadline: float, offers: list[str]) -> Trace:
    """A callback for the HTTP library's ``trace`` that limits every connection it hears of.

    Args:
        stack: ends the watch.
        deadline: by ``time.monotonic``.
        offers: takes the sign-on schemes that a proxy offers.
    """

    def trace(event: str, told: Mapping[str, Any]) -> None:
        if event == "connection.connect_tcp.complete":
            _cut_at(stack, deadline, told["return_value"].get_extra_info("socket"))
        elif event.endswith(".start_tls.complete"):
            _refuse_ragged_end(told["return_value"].get_extra_info("socket"))
        elif event.endswith(".receive_response_headers.complete"):
            offers.extend(offered_schemes(told["return_value"][3]))

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
