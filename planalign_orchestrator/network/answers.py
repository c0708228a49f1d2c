"""What a server's status means: go on, try again later, or give up with a sentence."""

from __future__ import annotations

import email.utils
import re
import time

import httpx

from planalign_orchestrator.network.addresses import Target
from planalign_orchestrator.network.failures import Failure, failure
from planalign_orchestrator.visible import visible

MAY_PASS = frozenset({408, 425, 429, 500, 502, 503, 504})
"""Statuses after which the same question, which changes nothing on the server, is worth asking again."""

REDIRECTS = frozenset({301, 302, 303, 307, 308})

_ASK = {
    401: "The server wants a sign-on that a plain download cannot give. Download the file with the browser and "
    "give its path instead.",
    403: "Ask the owner of the file for access, or IT whether the web filter blocks it (its page may name a category).",
    404: "Check the address; ask the owner of the file whether it has moved.",
    407: "Ask IT how programs sign on to the web proxy; `planalign doctor` shows which one is in use.",
    429: "The server has had too many requests; try again later.",
    451: "Ask IT or the owner of the server: access is barred for legal reasons.",
}
_ASK_SERVER = "The server has a problem of its own: try again later, then ask its owner."
_ASK_OTHER = "Ask the owner of the file whether this is the right address."


def status_failure(response: httpx.Response, target: Target) -> Failure:
    """The failure that an answer other than success means."""
    status = response.status_code
    words = f"{target.host} answered {status} {response.reason_phrase}".strip()
    ask = _ASK.get(status) or (_ASK_SERVER if status >= 500 else _ASK_OTHER)
    return Failure(
        words, ask, may_pass=status in MAY_PASS, retry_after=retry_after(response.headers.get("Retry-After"))
    )


def retry_after(value: str | None) -> float | None:
    """The wait that a ``Retry-After`` header asks for, in seconds; it holds seconds or a date."""
    if value is None:
        return None
    if re.fullmatch(r"[0-9]{1,9}", value.strip()):
        return float(value)
    try:
        return max(0.0, email.utils.parsedate_to_datetime(value).timestamp() - time.time())
    except (ValueError, OverflowError, OSError):  # no date, or one that the system cannot count to
        return None


def refuse_encoding(response: httpx.Response) -> None:
    """Refuse a body that is packed although nobody asked for that: a few bytes may stand for a full memory.

    Raises:
        Failure: it is.
    """
    encoding = response.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding not in ("", "identity"):
        raise failure("packed", encoding=visible(encoding[:40]))


def refuse_page(response: httpx.Response, target: Target, wanted_suffix: str) -> None:
    """Refuse a web page where a data file was wanted: it is a login or a blocking page.

    Raises:
        Failure: it is one.
    """
    kind = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if kind in ("text/html", "application/xhtml+xml") and wanted_suffix.lower() not in (".html", ".htm", ".xhtml"):
        raise failure("page", host=target.host)
