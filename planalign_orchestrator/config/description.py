"""A plan in words, from what is in force: two plans that pay differently read differently."""

import re
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from planalign_orchestrator import tables
from planalign_orchestrator.config.contributions import Entry
from planalign_orchestrator.config.plan import Plan

if TYPE_CHECKING:
    from jinja2 import Environment


def describe(plan: Plan) -> dict[str, str]:
    """What a plan does, a sentence a subject.

    Args:
        plan: its settings.

    Returns:
        The sentences by subject, in the order in which a reader wants them.
    """
    _, *parts = re.split(
        r"^(\w+):", language().get_template("description.jinja").render(plan=plan, at_once=Entry()), flags=re.MULTILINE
    )
    return {subject: _sentence(told) for subject, told in zip(parts[::2], parts[1::2], strict=True)}


def describe_settings(settings: Mapping[str, Any]) -> dict[str, str]:
    """What the plan among recorded settings does.

    Args:
        settings: values by dotted key, as a run records them.
    """
    from planalign_orchestrator.config.layers import nested

    found = nested({key: value for key, value in settings.items() if key.startswith("plan.")})
    return describe(Plan.model_validate(found.get("plan", {})))


@cache
def language() -> "Environment":
    """Jinja with the words in which rules and sentences speak of settings."""
    language = tables.language(Path(__file__).parent)
    language.filters |= {
        "g": lambda number: f"{number:g}",
        "number": lambda number: f"{number:.12g}",
        "share": lambda share: f"{round(share * 100, 10):.12g}%",
        "dollars": lambda amount: f"${amount:,.2f}",
        "counted": lambda number, noun: f"{number} {noun}{'' if number == 1 else 's'}",
        "listed": _listed,
        "words": _words,
    }
    return language


def _sentence(text: str) -> str:
    told = re.sub(r" (?=[,;])", "", " ".join(text.split()))
    return f"{told[0].upper()}{told[1:]}."


def _listed(parts: Iterable[str]) -> str:
    *most, last = [*filter(None, parts)] or [""]
    return " and ".join(filter(None, [", ".join(most), last]))


def _words(text: str) -> str:
    """Names of settings as a reader says them: ``graded 2-6`` of ``graded_2_6``."""
    return re.sub(r"(?<=\d)_(?=\d)", "-", text).replace("_", " ")
