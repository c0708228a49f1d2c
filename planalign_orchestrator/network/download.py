"""Fetches a file: ways out, redirects, the rest after a break, and the checks before it gets its name."""

import hashlib
import json
import os
import random
import re
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import urljoin, urlsplit

import httpx
import tenacity

from planalign_orchestrator.config.network import Network
from planalign_orchestrator.errors import NetworkError, instead_of
from planalign_orchestrator.json_text import parsed
from planalign_orchestrator.network.addresses import Failure, Target, failure, parse_target
from planalign_orchestrator.network.client import REDIRECTS, Connector, refuse_encoding, refuse_page, status_failure
from planalign_orchestrator.network.routes import Route
from planalign_orchestrator.storage.durable import PRIVATE_FILE, named, replace, sha256_of


class Partial:
    """The part of a file that has arrived.

    Args:
        destination: where the whole file will be.
        url: where it comes from.
    """

    def __init__(self, destination: Path, url: str) -> None:
        self._destination = destination
        # Hashed, as an address may hold a token.
        self._url = hashlib.sha256(url.encode("utf-8")).hexdigest()
        # The work file has a name of its own: a second download to the same place must not write into it.
        self.file = destination.with_name(f".{destination.name}.{uuid.uuid4().hex[:12]}.part")
        self._kept_file = destination.with_name(f".{destination.name}.part")
        self._kept_version = destination.with_name(f".{destination.name}.part.json")
        self._validator: str | None = None
        self._take_over()

    @property
    def size(self) -> int:
        """How many bytes have arrived."""
        return self.file.stat().st_size if self.file.exists() else 0

    @property
    def headers(self) -> dict[str, str]:
        """What asks for the rest alone, where that is safe."""
        return {"Range": f"bytes={self.size}-", "If-Range": self._validator} if self._validator and self.size else {}

    def open(self, *, append: bool, validator: str | None) -> BinaryIO:
        """Open the work file for writing.

        Args:
            append: go on behind what has arrived, or start over.
            validator: of the file that is being sent now: what makes a request for its rest safe.
        """
        self._validator = validator
        with named(self._destination):
            self._destination.parent.mkdir(parents=True, exist_ok=True)
            flags = os.O_WRONLY | os.O_CREAT | getattr(os, "O_BINARY", 0) | (os.O_APPEND if append else os.O_TRUNC)
            return os.fdopen(os.open(self.file, flags, PRIVATE_FILE), "wb")

    def write(self, file: BinaryIO, piece: bytes) -> None:
        """Add a piece that has arrived."""
        with named(self._destination):
            file.write(piece)

    def restart(self) -> None:
        """Forget what has arrived."""
        self.file.unlink(missing_ok=True)
        self._validator = None

    def land(self) -> None:
        """Give the whole file its name."""
        with named(self._destination), self.file.open("rb+") as file:
            os.fsync(file.fileno())  # after a power failure, a name without content would look like a file
        replace(self.file, self._destination)

    def keep(self) -> None:
        """Leave what has arrived for the next call, if a later request for the rest would be safe; else remove it."""
        if self.headers:
            version = json.dumps({"url": self._url, "validator": self._validator})
            with suppress(OSError):  # keeping it is a courtesy; what failed is already being told
                self.file.replace(self._kept_file)
                self._kept_version.write_text(version, encoding="utf-8")
        self.file.unlink(missing_ok=True)

    def _take_over(self) -> None:
        """Go on with what an earlier call has kept, if it is of the same address. A rename lets only one caller win."""
        try:
            kept = parsed(self._kept_version.read_text(encoding="utf-8"))
            url, validator = str(kept["url"]), str(kept["validator"])
            self._kept_version.unlink()
            self._kept_file.replace(self.file)
        except (OSError, ValueError, KeyError, TypeError):  # none, taken by another, or damaged
            return
        if url == self._url:
            self._validator = validator
        else:
            self.restart()


Progress = Callable[[int, "int | None"], None]
"""Called with the bytes that have arrived and the bytes that there are, if the server says."""

MIB = 1 << 20
MOST_REDIRECTS = 5
_CONTENT_RANGE = re.compile(r"bytes ([0-9]{1,18})-[0-9]{1,18}/([0-9]{1,18}|\*)")


def fetch(
    url: str,
    destination: Path,
    connector: Connector,
    *,
    sha256: str | None = None,
    progress: Progress | None = None,
    wait: Callable[[float], None] = time.sleep,
) -> Path:
    """Fetch a file; it is at its destination whole and checked, or not at all.

    Args:
        url: an ``https://`` address.
        destination: where the file goes; a file there is replaced.
        connector: opens the connections, as the settings say.
        sha256: what the file must have, in hexadecimal digits.
        progress: called as the file arrives.
        wait: sleeps between attempts.

    Raises:
        NetworkError: what was tried, through which proxy, what came back, and what to ask IT for.
        OutOfResourcesError, ConfigurationError: the file cannot be written.
    """
    target, partial = parse_target(url), Partial(destination, url)
    deadline = time.monotonic() + connector.settings.total_timeout_seconds
    download = _Download(connector, target, partial, destination.suffix, progress, deadline)
    try:
        for attempt in attempts(connector.settings, wait):
            with attempt:
                download.attempts = attempt.retry_state.attempt_number
                download.attempt()
        if sha256 is not None and (seen := sha256_of(partial.file)) != (expected := sha256.strip().lower()):
            partial.restart()
            raise failure("another hash", seen=seen, expected=expected)
        partial.land()
    except NetworkError as error:
        raise NetworkError(f"{download.told()}: {error.message}.", remedy=error.remedy) from error
    finally:
        partial.keep()
    return destination


@dataclass
class _Download:
    """One download and what has been tried for it."""

    connector: Connector
    target: Target
    partial: Partial
    suffix: str
    progress: Progress | None
    deadline: float
    started: float = field(default_factory=time.monotonic)
    route: Route | None = None
    attempts: int = 0

    def told(self) -> str:
        """What was tried, in words."""
        if self.route is None:
            return f"{self.target.shown} was wanted"
        tries = f", {self.attempts} times in {time.monotonic() - self.started:.0f} s" if self.attempts > 1 else ""
        return f"{self.target.shown} was asked for {self.route.shown}{tries}"

    def attempt(self) -> None:
        """Ask, and go where redirects lead."""
        target = self.target
        for _ in range(MOST_REDIRECTS + 1):
            location = self._by_any_route(target)
            if location is None:
                return
            target = _redirected(target, location)
        raise failure("redirects", most=MOST_REDIRECTS)

    def _by_any_route(self, target: Target) -> str | None:
        """Ask by one way out after the other until a connection comes about; returns where a redirect leads."""
        *others, last = self.connector.routes(target)
        for route in others:
            try:
                return self._ask(target, route)
            except Failure as failed:
                if not failed.no_connection:
                    raise
        return self._ask(target, last)

    def _ask(self, target: Target, route: Route) -> str | None:
        self.route = route
        with self.connector.get(target, route, self.partial.headers, self.deadline) as response:
            if response.status_code in REDIRECTS:
                return str(response.headers.get("Location", ""))
            if response.status_code == 416 and self.partial.size:
                self.partial.restart()
                raise failure("another file")
            if response.status_code not in (200, 206):
                raise status_failure(response, target)
            refuse_encoding(response)
            refuse_page(response, target, self.suffix)
            self._receive(response)
        return None

    def _receive(self, response: httpx.Response) -> None:
        part = _CONTENT_RANGE.fullmatch(response.headers.get("Content-Range", "").strip())
        arrived = _start(response, part, self.partial)
        total = _total(response, part, arrived)
        self._refuse_large(total or arrived)
        with self.partial.open(append=arrived > 0, validator=_validator(response)) as file:
            for piece in response.iter_raw():
                arrived += len(piece)
                self._refuse_large(arrived)
                self.partial.write(file, piece)
                if self.progress is not None:
                    self.progress(arrived, total)
        if total is not None and arrived != total:
            if arrived > total:
                self.partial.restart()
            raise failure("another size", arrived=arrived, total=total)

    def _refuse_large(self, size: int) -> None:
        largest = self.connector.settings.maximum_download_mb
        if size > largest * MIB:
            raise failure("too large", largest=largest)


def _start(response: httpx.Response, part: re.Match[str] | None, partial: Partial) -> int:
    """Where the answer goes on; 0 when the server sends the whole file, as it does when the file has changed."""
    if response.status_code == 200:
        return 0
    if "Range" not in response.request.headers:
        raise failure("a part unasked for")
    if part is None or int(part[1]) != partial.size:
        partial.restart()
        raise failure("another part")
    return partial.size


def _total(response: httpx.Response, part: re.Match[str] | None, start: int) -> int | None:
    if response.status_code == 206 and part is not None and part[2] != "*":
        return int(part[2])
    length = response.headers.get("Content-Length", "")
    return start + int(length) if re.fullmatch(r"[0-9]{1,18}", length) else None


def _validator(response: httpx.Response) -> str | None:
    """What makes a later request for the rest safe; None where the server could not honor one."""
    if response.headers.get("Accept-Ranges", "").lower() == "none":
        return None
    etag = str(response.headers.get("ETag", ""))
    if etag and not etag.startswith("W/"):
        return etag
    modified = response.headers.get("Last-Modified")
    return str(modified) if modified else None


def _redirected(target: Target, location: str) -> Target:
    with instead_of(ValueError, failure, "redirect to no address", host=target.host):
        url = urljoin(target.url, location)
        scheme = urlsplit(url).scheme.lower()
    if scheme != "https":
        raise failure("unprotected redirect", host=target.host, scheme=scheme)
    return parse_target(url)


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
    failed = state.outcome.exception() if state.outcome else None
    if isinstance(failed, Failure) and failed.retry_after is not None:
        return failed.retry_after
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


@contextmanager
def shown_progress(label: str, console: Any = None) -> Iterator[Progress]:
    """A progress callback for ``fetch`` that draws on the error stream, if that is a terminal.

    Args:
        label: what is being fetched.
        console: where to draw; None is the error stream.
    """
    from rich import progress
    from rich.console import Console

    console = console or Console(stderr=True)
    text = progress.TextColumn("{task.description}", markup=False)
    kinds = (progress.BarColumn, progress.DownloadColumn, progress.TransferSpeedColumn, progress.TimeRemainingColumn)
    columns = (text, *(kind() for kind in kinds))
    with progress.Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(label, total=None)

        yield lambda arrived, total: bar.update(task, completed=arrived, total=total)
