"""The sentences of pages and stories: one person, nobody, several; every sentence is said somewhere."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import planalign_orchestrator.reports
from planalign_orchestrator.reports.page import TEMPLATES, finding, told
from planalign_orchestrator.reports.wording import axis_dollars

SENTENCES = TEMPLATES.joinpath("findings.j2").read_text(encoding="utf-8")
NOBODY: dict[str, Any] = {"people_limited_by_402g": 0, "people_limited_by_401a17": 0, "people_limited_by_415c": 0}


def gained(winners: int, losers: int, in_both: int = 9, in_one_run: int = 0) -> SimpleNamespace:
    return SimpleNamespace(
        winners=winners, losers=losers, in_both=in_both, in_one_run=in_one_run, mean_change=Decimal("-12.4")
    )


@pytest.mark.parametrize(
    ("name", "facts", "sentence"),
    [
        ("limits", {"last": NOBODY, "year": 2027}, "Nobody reaches a limit on deferrals, pay or additions in 2027"),
        ("limits", {"last": {**NOBODY, "people_limited_by_402g": 1, "people_limited_by_415c": 1200}, "year": 2027},
         "In 2027, 402(g) cuts the deferrals of 1 person and 415(c) cuts the employer money of 1,200 people"),
        ("headcount", {"before": 0, "after": 7, "years": (2025,)}, "Headcount grows from 0 to 7 in 2025"),
        ("headcount", {"before": 200, "after": 190, "years": (2025, 2026)},
         "Headcount shrinks from 200 to 190 over 2 years (−5.0%)"),
        ("against", {"what": "promotions", "number": 1, "odd": []},
         "1 promotion follows the assumptions: every band is within what chance explains"),
        ("against", {"what": "exits", "number": 20, "odd": ["age <25", "level 1"]},
         "20 exits; more or fewer than chance explains for age <25 and level 1"),
        ("reasons", {"everybody": 9, "cut": 1, "most": {"exits": 5}}, "1 person of 9 leaves in a reduction in force"),
        ("total", {"base": "A", "changes": [(Decimal(5), "B")], "cost": Decimal(1200)},
         "B costs $1.20K net, $5 more than A"),
        ("total", {"base": "A", "changes": [(Decimal(5), "B"), (Decimal(-7), "C"), (Decimal(9), "D")], "cost": None},
         "2 of the 3 others cost more than A, D the most (+$9); "
         "1 of the 3 others costs less than A, C the least (−$7)"),
        ("gains", {"run": "B", "base": "A", "everybody": gained(1, 0)},
         "B: 1 of 9 people gains, nobody loses; −$12 per person on average"),
        ("gains", {"run": "B", "base": "A", "everybody": gained(0, 0, in_one_run=2)},
         "B changes nobody's employer money among those who are in both runs with A"),
        ("verdict", {"tests": ["ADP", "ACP"], "fine": 1, "runs": 3, "cheapest": "B"},
         "1 of 3 runs passes ADP and ACP: B."),
    ],
)  # fmt: skip
def test_a_sentence_agrees_with_its_numbers(name: str, facts: dict[str, Any], sentence: str) -> None:
    assert finding(name, **facts) == sentence


def test_lines_are_those_that_hold() -> None:
    one = {"seed": 1, "census": "a", "models": "m"}
    same = SimpleNamespace(other_workforce=0, people=9)
    assert told("differ", one=one, other=one, tables=[], everybody=same) == []
    other = {**one, "seed": 2}
    assert told("differ", one=one, other=other, tables=["levels"], everybody=same) == [
        "have different seeds (2 and 1)",
        "used different assumption tables (levels)",
    ]


def test_every_sentence_is_said() -> None:
    folder = Path(planalign_orchestrator.reports.__file__).parent
    texts = [path.read_text(encoding="utf-8") for path in [*folder.parent.rglob("*.py"), folder / "headlines.ini"]]
    for name in re.findall(r"{% macro (\w+)", SENTENCES):
        said = re.search(rf'(finding|told)\("{name}"|^change = {name}$|"{name}"', "\n".join(texts), re.MULTILINE)
        assert said or len(re.findall(rf"\b{name}\(", SENTENCES)) > 1, name


@pytest.mark.parametrize(
    ("amount", "shown"),
    [(0, "$0"), (7_500_000, "$7.5M"), (-2_500, "−$2.5K"), (10_000_000, "$10M"), (1_250_000, "$1.25M")],
)
def test_numbers_of_an_axis_end_with_no_zero(amount: int, shown: str) -> None:
    assert axis_dollars(amount) == shown
