"""What a command prints: it can neither steer the terminal nor stop the command when nobody takes it any more.

What is longer than a line is a template in the folder ``templates``.
"""

import io
import json
import os
import sys
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import typer

from planalign_orchestrator import tables
from planalign_orchestrator.reports import wording
from planalign_orchestrator.visible import visible

if TYPE_CHECKING:
    from jinja2 import Environment


class Outlet(io.RawIOBase):
    """Where a stream ends; what cannot be written there is dropped.

    Args:
        raw: the file, pipe or terminal.
    """

    def __init__(self, raw: io.RawIOBase) -> None:
        self._raw = raw
        self.error: OSError | None = None

    def write(self, data: Any) -> int | None:
        """Write as far as possible; the first failure is kept in ``error``, and nothing is written after it."""
        if self.error is None:
            try:
                return self._raw.write(data)
            except OSError as error:
                self.error = error
        return len(memoryview(data))

    def writable(self) -> bool:
        """It takes everything."""
        return True

    def fileno(self) -> int:
        """The number of the file behind it."""
        return self._raw.fileno()

    def isatty(self) -> bool:
        """Whether a terminal is behind it."""
        return self._raw.isatty()


class _Discreet(io.TextIOWrapper):
    """Text on its way out, without the secrets of the addresses that the command was given: a usage error, or a path
    that was none, repeats its argument."""

    secrets: Collection[str] = ()

    def write(self, text: str) -> int:
        for secret in self.secrets:
            text = text.replace(secret, "***")
        return super().write(text)


@contextmanager
def lasting_streams(secrets: Collection[str] = ()) -> Iterator[list[Outlet]]:
    """Let both output streams take everything, also when a pipe's reader, the terminal or room on the disk is gone.

    Args:
        secrets: are shown as ``***``.

    Yields:
        Their ends, of those that are of the system.
    """
    before = sys.stdout, sys.stderr
    if None in before:  # the number of a closed stream would go to a file, into which others then print
        while os.open(os.devnull, os.O_RDWR) <= 2:
            pass
    outlets: list[Outlet] = []
    sys.stdout, sys.stderr = (_lasting(stream, outlets, secrets) for stream in before)
    try:
        yield outlets
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        sys.stdout, sys.stderr = before


def _lasting(stream: TextIO | None, outlets: list[Outlet], secrets: Collection[str]) -> TextIO:
    if stream is None:
        return open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123 - it lasts as long as the process
    if not isinstance(stream, io.TextIOWrapper):
        return stream
    raw = getattr(stream.buffer, "raw", stream.buffer)  # with PYTHONUNBUFFERED there is nothing in between
    if not isinstance(raw, io.RawIOBase):
        stream.reconfigure(errors="backslashreplace")  # a console may lack letters that a name in a census has
        return stream
    stream.flush()
    outlets.append(Outlet(raw))
    wrapper = _Discreet(
        io.BufferedWriter(outlets[-1]),
        encoding=stream.encoding,
        errors="backslashreplace",
        line_buffering=stream.line_buffering,
        write_through=stream.write_through,
    )
    wrapper.secrets = secrets
    return wrapper


def say_json(document: object) -> None:
    """Print a JSON document."""
    say(json.dumps(document, indent=2))


def answer(as_json: bool, document: object, text: str) -> None:
    """Print what a command has found, as JSON or as text."""
    say_json(document) if as_json else say(text)


def say(text: str, *, err: bool = False) -> None:
    """Print lines of text, with everything in them that would steer a terminal written out."""
    typer.echo("\n".join(map(visible, text.split("\n"))), err=err)


def text_of(template: str, /, **words: object) -> str:
    """The lines of a template; what stands in them cannot steer a terminal.

    Args:
        template: its name, without the ending.
        words: what it speaks of.
    """
    return _language().get_template(f"{template}.txt").render(**words).rstrip("\n")


@cache
def _language() -> "Environment":
    folder = Path(__file__).with_name("templates")
    language = tables.language(folder, trim_blocks=True, lstrip_blocks=True, finalize=lambda value: visible(str(value)))
    language.filters |= wording.FORMS
    return language
