"""What commands print that is longer than a line: the templates in the folder ``templates``."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from planalign_orchestrator import tables
from planalign_orchestrator.visible import visible

if TYPE_CHECKING:
    from jinja2 import Environment

_FILTERS: dict[str, Callable[..., str]] = {
    "count": lambda number: "" if number is None else f"{number:,}",
    "whole": lambda number: "" if number is None else f"{number:,.0f}",
    "points": lambda number: "" if number is None else f"{number:.2f}",
    "percent": lambda share, digits=1: "" if share is None else f"{share:.{digits}%}",
    "sentence": lambda text: text[:1].upper() + text[1:],
}
"""How templates write numbers; what is not known is empty."""


def text_of(template: str, /, **words: object) -> str:
    """The lines of a template; what stands in them cannot steer a terminal.

    Args:
        template: its name, without the ending.
        words: what it speaks of.
    """
    return _language().get_template(f"{template}.txt").render(**words).rstrip("\n")


@cache
def _language() -> Environment:
    folder = Path(__file__).with_name("templates")
    language = tables.language(folder, trim_blocks=True, lstrip_blocks=True, finalize=lambda value: visible(str(value)))
    language.filters |= _FILTERS
    return language
