"""The language of the product is American and plain: words that no reader finds, each with the better one."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]
PRODUCT = CHECKOUT / "planalign_orchestrator"
MONTHS = "January|February|March|April|May|June|July|August|September|October|November|December"
BETTER = {
    r"enrol(s|ment|ments)\b": "enroll, enrollment",
    r"programmes?\b": "program",
    r"(mis)?behaviour": "behavior",
    r"labour": "labor",
    r"(dis)?colour": "color",
    r"(un)?favour": "favor",
    r"neighbour": "neighbor",
    r"(dis)?honour": "honor",
    r"licence": "license",
    r"centres?\b": "center",
    r"whilst\b": "while",
    r"judgement": "judgment",
    r"(un)?(recogni|organi|summari|capitali|normali|minimi|maximi|synchroni)s(e|es|ed|ing|ation)\b": "-ize",
    r"analys(e|ed|ing)\b": "analyze",
    r"(cancel|travel|label|model|journal)l(ed|ing)\b": "one l",
    r"per cent\b": "percent",
    r"mind this\b": "before you rely on this",
    r"comes? into being\b": "starts, is made",
    r"those whom\b": "the people that",
    r"that nobody knows\b": "unrecognized",
    r"the hazards\b": "the rates",
    r"heads at\b": "headcount at",
    rf"\d{{1,2}} ({MONTHS})\b": "December 31",
    r"\d{1,3} \d{3}(?!\d)": "5,000",
}
"""Patterns at the start of a word, and what is written instead."""
PATTERN = re.compile("|".join(rf"(?<![\w`/.,-]){pattern}" for pattern in BETTER), re.IGNORECASE)
CODE = re.compile(r"```.*?```|`[^`]*`|^    .*?$|https?://\S+|\]\([^)]*\)", re.DOTALL | re.MULTILINE)
A_SENTENCE = re.compile(r"^[^<]*[a-z]{2,} [a-z]{2,}")


def _prose() -> Iterator[tuple[str, str]]:
    """What readers read: pages, descriptions of columns, tables of texts, sentences among the product's constants."""
    for path in [*CHECKOUT.glob("*.md"), *(CHECKOUT / "docs").glob("*.md")]:
        text = CODE.sub(lambda found: re.sub(r"[^\n]", "", found[0]), path.read_text(encoding="utf-8"))
        yield from ((f"{path.name}:{i}", line) for i, line in enumerate(text.splitlines(), 1))
    written = [path for ending in ("ini", "j2", "jinja") for path in PRODUCT.rglob(f"*.{ending}")]
    for path in [*(CHECKOUT / "dbt" / "models").rglob("*.yml"), *written]:
        yield from ((f"{path.name}:{i}", line) for i, line in enumerate(path.read_text("utf-8").splitlines(), 1))
    for path in PRODUCT.rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        docstrings = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        for node in ast.walk(tree):
            text = node.value if isinstance(node, ast.Constant) and id(node) not in docstrings else None
            if isinstance(text, str) and A_SENTENCE.search(text):
                yield f"{path.name}:{node.lineno}", text


def test_readers_find_american_english_in_plain_words() -> None:
    found = [f"{place}: {hit[0]}" for place, text in _prose() for hit in PATTERN.finditer(text)]
    assert found == []


@pytest.mark.parametrize(
    "text", ["enrolment", "colour", "31 December", "recognised", "heads at", "labelled", "5 000 people,"]
)
def test_the_list_finds(text: str) -> None:
    assert PATTERN.search(f"The {text} of it")


@pytest.mark.parametrize(
    "text", ["enrollment", "behavior", "enrolled", "organisms", "December 31", "analyses", "model", "grew"]
)
def test_the_list_leaves_alone(text: str) -> None:
    assert not PATTERN.search(f"The {text} of it")
