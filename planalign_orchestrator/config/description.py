"""A plan in words, from what is in force: two plans that pay differently read differently."""

import re
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from planalign_orchestrator.config.entry import Entry
from planalign_orchestrator.config.plan import Plan

if TYPE_CHECKING:
    from jinja2 import Environment, Template


def describe(plan: Plan) -> dict[str, str]:
    """What a plan does, a sentence a subject.

    Args:
        plan: its settings.

    Returns:
        The sentences by subject, in the order in which a reader wants them.
    """
    _, *parts = re.split(r"^(\w+):", _template().render(plan=plan, at_once=Entry()), flags=re.MULTILINE)
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
    from jinja2 import Environment, StrictUndefined

    language = Environment(undefined=StrictUndefined)
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


@cache
def _template() -> "Template":
    return language().from_string((files(__package__) / "description.jinja").read_text(encoding="utf-8"))


def _sentence(text: str) -> str:
    told = re.sub(r" (?=[,;])", "", " ".join(text.split()))
    return f"{told[0].upper()}{told[1:]}."


def _listed(parts: Iterable[str]) -> str:
    *most, last = [*filter(None, parts)] or [""]
    return " and ".join(filter(None, [", ".join(most), last]))


def _words(text: str) -> str:
    """Names of settings as a reader says them: ``graded 2-6`` of ``graded_2_6``."""
    return re.sub(r"(?<=\d)_(?=\d)", "-", text).replace("_", " ")
