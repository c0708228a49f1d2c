"""`comparison.html`: it shows what the comparison holds, adds up, loads nothing and takes names for what they are."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from planalign_orchestrator.cli import compare_display
from planalign_orchestrator.reports import comparison_page as of_comparison
from planalign_orchestrator.reports.answers import Answers
from planalign_orchestrator.reports.comparison import Comparison, GroupChange, Side
from planalign_orchestrator.reports.definitions import column
from planalign_orchestrator.reports.page import html_of, write_page
from planalign_orchestrator.reports.sections.compared_costs import chart_names
from planalign_orchestrator.reports.wording import setting_text
from tests.reports.shown import Page, words_of

HOSTILE = "<script>alert('&')</script>"


def comparison_page(comparison: Comparison) -> str:
    return html_of(of_comparison.comparison_page(comparison))


def year(match: str, core: str, forfeitures: str, rate: str | None, headcount: int = 90) -> dict[str, Any]:
    """A row of ``fct_yearly_summary``, as far as a comparison reads it."""
    money = [Decimal(amount) for amount in (match, core, forfeitures)]
    net, payroll = money[0] + money[1] - money[2], Decimal("1000000.00")
    return {
        "payroll": payroll,
        "employee_contributions": Decimal("50000.00"),
        "employer_match": money[0],
        "employer_core": money[1],
        "total_employer_contributions": money[0] + money[1],
        "forfeitures": money[2],
        "forfeitures_used": money[2],
        "net_employer_cost": net,
        "cost_share_of_payroll": round(net / payroll, 6),
        "participation_rate": None if rate is None else Decimal(rate),
        "mean_deferral_rate": None if rate is None else Decimal(rate) / 10,
        "opening_headcount": 100,
        "closing_headcount": headcount,
        "mean_compensation": payroll / (headcount or 1),
    }


def side(name: str, *years: Mapping[str, Any]) -> Side:
    settings = {"simulation.plan_design_id": "design"}
    summary = dict(enumerate(years, 2025))
    return Side(name, Path("runs") / name, summary, settings, {"seed": 42}, [])


def groups(*changes: str, in_one_run: int = 0) -> tuple[GroupChange, ...]:
    """Everybody and each change as an age band of three, one of whom gains, two lose."""
    exact = [Decimal(change) for change in changes]
    bands = [GroupChange("age", f"band {i}", 3, 3, 0, 1, 2, 0, 0, change, change) for i, change in enumerate(exact)]
    n, total, whom = len(bands), sum(exact, Decimal(0)), "everybody"
    everybody = GroupChange(whom, whom, 3 * n + in_one_run, 3 * n, in_one_run, n, 2 * n, 0, 0, total, total)
    return (everybody, *bands)


def comparison_of(sides: list[Side], changes: list[tuple[GroupChange, ...]], *warnings: str) -> Comparison:
    base, *others = sides
    return Comparison(
        sides=(
            base,
            *(dataclasses.replace(one, groups=own) for one, own in zip(others, changes, strict=True)),
        ),
        years=tuple(sides[0].summary),
        settings={"plan.match.formula": tuple(f"formula of {one.name}" for one in sides)},
        warnings=warnings,
    )


@pytest.fixture
def two() -> Comparison:
    """The richer run costs 20 000.00 more; each part of it has a fraction of a dollar."""
    today = side("today", year("1000.40", "0.00", "0.80", "0.5"), year("1100.40", "0.00", "99.80", "0.6"))
    richer = side("richer", year("11000.30", "0.30", "0.60", "0.5"), year("11000.30", "0.30", "0.30", "0.7", 91))
    return comparison_of([today, richer], [groups("6666.60", "6666.60", "6666.90")])


def number(text: str) -> int:
    return int(text.replace(",", "").replace("−", "-").replace("+", ""))


def test_costs_and_their_changes_are_those_of_the_comparison_and_add_up(two: Comparison) -> None:
    shown = Page(comparison_page(two)).figures
    for one in two.sides:
        columns = ("employer_match", "employer_core", "forfeitures", "net_employer_cost")
        match, core, forfeitures, net = (shown["cost-in-all", one.title, i] for i in range(4))
        exact = [two.total(one, column) for column in columns]
        assert [match[0], core[0], -forfeitures[0], net[0]] == exact
        assert number(match[1]) + number(core[1]) + number(forfeitures[1]) == number(net[1])
    richer = two.sides[1]
    change, text = shown["cost-in-all", "Richer", 4]
    assert change == two.cost_change(richer)
    assert number(text) == number(shown["cost-in-all", "Richer", 3][1]) - number(shown["cost-in-all", "Today", 3][1])


def test_a_change_of_cost_is_the_same_wherever_it_stands() -> None:
    """1,000.40 and 3,000.60 are shown as 1,000 and 3,001: 2,001 between them, though the change is 2,000.20."""
    for base, other, in_dollars, in_terminal in (
        ("1000.40", "3000.60", "+2,001", "+2.0"), ("1049.00", "3051.00", "+2,002", "+2.1"),
        ("1050.00", "2150.00", "+1,100", "+1.1"),
    ):  # fmt: skip
        before, after = year(base, "0.00", "0.00", "0.5"), year(other, "0.00", "0.00", "0.5")
        richer = dataclasses.replace(side("richer", after), answers=Answers([], {2025: Decimal("1500.30")}))
        change = str(Decimal(other) - Decimal(base))
        comparison = comparison_of([side("today", before), richer], [groups(change)])
        shown = Page(comparison_page(comparison)).figures
        assert shown["cost-in-all", "Richer", 4] == (Decimal(change), in_dollars)
        split = [number(shown["cost-of-answers", "Richer", i][1]) for i in range(3)]
        assert sum(split[:2]) == split[2] == number(in_dollars) == number(shown["gains-1", "Everybody", 4][1])
        net, told = zip(*(row[1:3] for row in compare_display._totals(comparison).grid[1:]), strict=True)
        assert told == ("(base)", in_terminal) and Decimal(told[1]) == Decimal(net[1]) - Decimal(net[0])


def test_the_workbook_gets_every_change_of_cost_as_money(two: Comparison) -> None:
    (table,) = [one.table for one in compare_display.exhibits(two) if one.key == "cost-in-all"]
    assert {cell.form for row in table.rows for cell in row.cells if cell.value is not None} == {"money"}


def test_forfeitures_are_named_for_the_amount_that_is_taken(two: Comparison) -> None:
    (exhibit,) = [one for one in compare_display.exhibits(two) if one.key == "cost-in-all"]
    assert exhibit.table.columns[2] == "Forfeitures used" == column("fct_yearly_summary", "forfeitures_used").title
    assert compare_display._totals(two).grid[0][6] == "Forfeitures used"


def test_years_are_those_of_the_comparison_and_add_up_to_the_shown_cost(two: Comparison) -> None:
    shown = Page(comparison_page(two)).figures
    for i, one in enumerate(two.sides):
        cells = [shown["cost-by-year", str(year), i] for year in two.years]
        assert [value for value, _ in cells] == [one.summary[year]["net_employer_cost"] for year in two.years]
        total = shown["cost-by-year", "2025-2026", i][1]
        assert sum(number(text) for _, text in cells) == number(total)
        assert total == shown["cost-in-all", one.title, 3][1]
        for key in ("participation_rate", "mean_deferral_rate", "cost_share_of_payroll"):
            for year in two.years:
                assert shown[key.replace("_", "-"), str(year), i][0] == one.summary[year][key]


def test_gains_are_those_of_the_comparison_and_add_up_to_the_change_of_the_cost(two: Comparison) -> None:
    shown = Page(comparison_page(two)).figures
    for group in two.others[0].groups:
        label = group.name
        found = [shown["gains-1", label, i][0] for i in range(6)]
        assert found == [group.people, group.winners, group.losers, group.unchanged, group.change,
                         round(group.mean_change, 2)]  # fmt: skip
    bands = sum(number(shown["gains-1", f"Age: Band {i}", 4][1]) for i in range(3))
    assert bands == number(shown["gains-1", "Everybody", 4][1]) == number(shown["cost-in-all", "Richer", 4][1])


def test_charts_say_what_the_tables_say(two: Comparison) -> None:
    text = comparison_page(two)
    for tip in (
        "Richer, Net employer cost: $22.0K",
        "Today: $2.00K",
        "2026, Richer: $11.0K",
        "2026, Today: 60.0%",
        "2026, Richer: 7.00%",
    ):
        assert f"<title>{tip}</title>" in text


def test_headline_figures_are_those_of_the_comparison(two: Comparison) -> None:
    text = comparison_page(two)
    shown = Page(text).figures
    for one in two.sides:
        assert [shown["", one.title, i][0] for i in range(7)] == [
            two.total(one, "net_employer_cost"),
            two.cost_share(one),
            two.total(one, "employer_match"),
            two.total(one, "employer_core"),
            two.last(one, "participation_rate"),
            two.last(one, "mean_deferral_rate"),
            two.last(one, "closing_headcount"),
        ]
    assert "+$20.0K, +999.9%" in text and "+10.0 pts" in text and "+1.00 pts" in text


def test_titles_say_what_the_figures_say(two: Comparison) -> None:
    text = comparison_page(two)
    assert "<h1>Richer against Today, 2025-2026</h1>" in text
    assert "Richer costs $22.0K net, $20.0K more than Today over 2025-2026." in text
    assert "Of 9 people, 3 get more employer money and 6 get less." in text
    titles = Page(text).titles
    assert "Richer costs $22.0K net, $20.0K more than Today" in titles
    assert "In 2026, 70.0% of eligible people participate under Richer, 60.0% under Today" in titles
    assert "Richer: 3 of 9 people gain, 6 lose; +$2,222 per person on average" in titles
    assert "1 setting differs" in titles
    other_way = comparison_of(list(reversed(two.sides)), [groups("-20000.10")])
    assert "Today costs $2.00K net, $20.0K less than Richer" in Page(comparison_page(other_way)).titles


def test_seven_runs_stand_side_by_side_and_the_same_lines_are_drawn_once() -> None:
    sides = [side(f"run_{i}", year(f"{1000 + i}.00", "0.00", "0.00", "0.5")) for i in range(7)]
    text = comparison_page(comparison_of(sides, [groups(f"{i}.00") for i in range(1, 7)])).replace("<wbr>", "")
    assert "<h1>7 runs compared, 2025</h1>" in text
    assert "All 6 other runs cost more than Run 0, Run 6 the most (+$6) over 2025." in text
    assert {f"gains-{i}" for i in range(1, 7)} <= set(re.findall(r'<figure id="([\w-]+)"', text))
    participation = text.split('<figure id="participation-rate"')[1].split("</figure>")[0]
    assert participation.count("<circle") == 2 and "Run 0, Run 1, Run 2" in participation
    assert text.split('<figure id="cost-by-year"')[1].split("</figure>")[0].count("<circle") == 14


def test_one_map_shows_what_groups_gain_under_which_run_and_sets_other_workforces_apart(two: Comparison) -> None:
    sides = [
        *two.sides,
        dataclasses.replace(two.sides[1], name="poorer"),
        dataclasses.replace(two.sides[1], name="apart"),
    ]
    changes = [groups("6666.60", "0.00"), groups("-3333.30", "1.20"), groups("10.00", in_one_run=2)]
    compared = comparison_of(sides, changes)
    *others, apart = compared.sides
    everybody, *bands = apart.groups
    apart = dataclasses.replace(apart, groups=[dataclasses.replace(everybody, other_workforce=2), *bands])
    compared = dataclasses.replace(compared, sides=(*others, apart))
    text = comparison_page(compared)
    shown = Page(text).figures
    glance = {row for key, row, _ in shown if key == "gains-at-a-glance"}
    assert glance == {"Everybody", "Age: Band 0", "Age: Band 1"}
    assert shown["gains-at-a-glance", "Age: Band 0", 0] == (Decimal("2222.20"), "+$2,222 · 33% ▲ 67% ▼")
    assert shown["gains-at-a-glance", "Age: Band 0", 1] == (Decimal("-1111.10"), "−$1,111 · 33% ▲ 67% ▼")
    assert ("gains-at-a-glance", "Age: Band 0", 2) not in shown
    assert shown["gains-with-other-workforces", "Age: Band 0", 0][0] == Decimal("3.33")
    heat = dict(
        re.findall(
            r'data-value="([-0-9.]+)" class="((?:gain|loss)-\d)">',
            text.partition('id="gains-at-a-glance"')[2].partition("</figure>")[0],
        )
    )
    assert (heat["2222.20"], heat["-1111.10"], heat["0.40"]) == ("gain-3", "loss-2", "gain-1")
    assert "gains-at-a-glance" not in comparison_page(two)


def test_warnings_stand_on_the_first_screen(two: Comparison) -> None:
    assert "every difference is the plan's" in comparison_page(two).replace("&#39;", "'")
    warned = comparison_page(dataclasses.replace(two, warnings=("different seeds (7 and 42)",)))
    assert warned.index("different seeds (7 and 42)") < warned.index("<main")
    assert "every difference is the plan" not in warned


def test_people_in_one_run_are_told(two: Comparison) -> None:
    base, other = two.sides
    other = dataclasses.replace(other, groups=groups("20000.10", in_one_run=2))
    text = comparison_page(dataclasses.replace(two, sides=(base, other)))
    assert "2 people are in one of the two runs only" in text and "In one run only" in text


def test_people_and_cost_that_change_by_other_amounts_are_explained(two: Comparison) -> None:
    assert "in the year they are used" not in comparison_page(two)
    later = comparison_of([*two.sides], [groups("6666.60", "6666.60")])
    assert "Net cost changes by +$20.0K: forfeitures lower it in the year they are used" in comparison_page(later)


def test_runs_in_which_nothing_happens_or_differs_have_a_page() -> None:
    nothing = year("0.00", "0.00", "0.00", None, headcount=0)
    sides = [side("one", nothing), side("other", nothing)]
    none = tuple(dataclasses.replace(group, winners=0, losers=0) for group in groups("0.00"))
    text = comparison_page(dataclasses.replace(comparison_of(sides, [none]), settings={}))
    titles = Page(text).titles
    assert "net cost is the same as in One over 2025." in text and "Nobody&#39;s employer money changes." in text
    assert "The employer's net cost is the same as in One" in titles and "No setting differs" in titles
    assert "Other changes nobody's employer money" in titles and "Nobody to measure it on in 2025" in titles


def test_no_name_of_the_configuration_stands_in_the_text(two: Comparison) -> None:
    base, other = (dataclasses.replace(one, name=f"{one.name}_plan") for one in two.sides)
    text = comparison_page(dataclasses.replace(two, sides=(base, other)))
    assert "Today plan" in words_of(text) and "_" not in words_of(text)


def test_a_cost_below_zero_has_a_page(two: Comparison) -> None:
    refunded = side("refunded", year("0.00", "0.00", "500.00", "0.5"), year("0.00", "0.00", "500.00", "0.5"))
    text = comparison_page(comparison_of([two.base, refunded], [groups("-3000.20")]))
    assert Page(text).figures["cost-in-all", "Refunded", 3] == (Decimal("-1000.00"), "−1,000")


def test_names_are_data_not_markup(two: Comparison) -> None:
    base, other = two.sides
    changes = tuple(dataclasses.replace(group, group_name=HOSTILE) for group in other.groups)
    sides = [
        dataclasses.replace(base, name=HOSTILE),
        dataclasses.replace(other, name=f"{HOSTILE} 2", root=Path(HOSTILE), groups=changes),
    ]
    found = {HOSTILE: (HOSTILE, [{HOSTILE: HOSTILE}])}
    text = comparison_page(dataclasses.replace(two, sides=tuple(sides), settings=found, warnings=(HOSTILE,)))
    assert "<script>alert" not in text.lower() and "&lt;script&gt;" in text
    assert Page(text).tags.isdisjoint({"script"})


def test_page_loads_nothing(two: Comparison, tmp_path: Path) -> None:
    path = write_page(of_comparison.comparison_page(two), tmp_path / "comparison.html")
    text = path.read_text(encoding="utf-8")
    page = Page(text)
    assert all(name == "href" and target.startswith("#") for name, target in page.targets)
    assert not page.tags & {"script", "link", "img", "iframe", "object", "embed", "base", "form"}
    assert "url(" not in text and "@import" not in text and "http" not in text.replace("http-equiv", "")
    assert write_page(of_comparison.comparison_page(two), tmp_path / "again.html").read_bytes() == path.read_bytes()


def test_names_in_charts_are_short_and_tell_runs_apart() -> None:
    long = "a" * 40
    names = chart_names([side(name, year("1.00", "0.00", "0.00", "0.5")) for name in ("today", f"{long}b", f"{long}c")])
    assert names[0] == "Today" and len(set(names)) == 3
    same = chart_names([side(f"{long}{middle}{long}", year("1", "0", "0", "0.5")) for middle in "xy"])
    assert len(set(same)) == 2 and max(map(len, same)) < 40


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "not set"),
        (True, "true"),
        (0.06, "0.06"),
        ([], "none"),
        ([{"minimum": 0, "rate": 0.01}, {"minimum": 2, "rate": 0.02}], "minimum 0, rate 0.01; minimum 2, rate 0.02"),
        (
            [{"from": 2026, "note": "", "workforce": {}, "plan": {"match": {"formula": "stretch"}}}],
            "from 2026, plan match formula stretch",
        ),
    ],
)
def test_settings_are_said_in_words(value: Any, text: str) -> None:
    assert setting_text(value) == text
