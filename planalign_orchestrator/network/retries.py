"""When to try again, and how long to wait before: only what may pass, ever longer, and as the server asks."""

from __future__ import annotations

import random
from collections.abc import Callable

import tenacity

from planalign_orchestrator.config.network import Network
from planalign_orchestrator.network.failures import Failure


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
