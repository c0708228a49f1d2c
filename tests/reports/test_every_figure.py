"""Every figure of `report.html` once more, counted here in plain Python from people and events, and none left out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Any

import pytest

from planalign_orchestrator.reports.html_report import html_report
from planalign_orchestrator.reports.marts import Marts
from planalign_orchestrator.reports.page import html_of
from planalign_orchestrator.reports.results import open_results
from planalign_orchestrator.reports.sections.money import drivers
from planalign_orchestrator.run.folder import RunFolder
from tests.engine import rows_of
from tests.reports.counted_tests import section_of_tests
from tests.reports.run_folders import TWO_YEARS
from tests.reports.shown import Page

Person = Mapping[str, Any]
Figures = dict[tuple[str, str, int], Decimal]

NOT_COUNTED_HERE = {"laws", "timings"}
"""Exhibits about the run itself."""

YEARS = (2025, 2026)
CENT = Decimal("0.01")
MONEY = ("prorated_annual_compensation", "employer_match", "employer_core")
AGES = {"<25": 25, "25-34": 35, "35-44": 45, "45-54": 55, "55-64": 65, "65+": 999}
SERVICE = {"<2 years": 2, "2-4 years": 5, "5-9 years": 10, "10-19 years": 20, "20+ years": 999}
PAY = {"below $50,000": 50_000, "$50,000-$99,999": 100_000, "$100,000-$199,999": 200_000, "$200,000 or more": 10**12}
LEVELS = {"1 Staff": 2, "2 Manager": 3, "3 Senior manager": 4, "4 Director": 5, "5 VP": 99}
LIMITS = {2025: (23_500, 350_000, 70_000), 2026: (24_500, 360_000, 72_000)}
"""402(g), 401(a)(17) and 415(c), as the Internal Revenue Service has published them."""


@pytest.fixture(scope="module")
def shown(two_years: RunFolder) -> Page:
    with open_results(two_years.root) as opened:
        return Page(html_of(html_report(opened)))


@pytest.fixture(scope="module")
def counted(two_years: RunFolder) -> Figures:
    people = rows_of(
        two_years.database,
        "select people.*, own.elected_deferral, own.matched_deferrals, own.match_compensation,"
        " matches.match_before_limit, cores.core_before_limit from fct_workforce_snapshot as people"
        " join fct_employee_contributions as own using (person_key, simulation_year)"
        " join fct_employer_match as matches using (person_key, simulation_year)"
        " join fct_employer_core as cores using (person_key, simulation_year)",
    )
    promotions = rows_of(
        two_years.database, "select employee_id, simulation_year from fct_yearly_events where event_type = 'promotion'"
    )
    promoted = {(row["employee_id"], row["simulation_year"]) for row in promotions}
    figures: Figures = {}
    used = Decimal(0)
    by_year = {year: [person for person in people if person["simulation_year"] == year] for year in YEARS}
    for year, here in by_year.items():
        figures |= _of_year(here, year, used)
        used = _sum(here, "forfeiture_amount")
    figures |= _over_all_years(people, promoted)
    figures |= _of_the_end(people)
    figures |= _growth(people)
    figures |= _drivers(people)
    return figures | section_of_tests(TWO_YEARS, by_year)


def test_every_figure_of_the_page_is_counted_from_people(shown: Page, counted: Figures) -> None:
    found = {place: value for place, (value, _) in shown.figures.items() if place[0] not in NOT_COUNTED_HERE}
    expected_by_hazards = {
        place for place in found if place[0] in ("exits-by-band", "promotions-by-band") and place[2] in (2, 4)
    }  # the oracle of the reporting tables works these out
    assert len(found) > 400
    assert set(found) - expected_by_hazards == {place for place in counted if counted[place] is not None}
    wrong = {
        place: (value, counted[place])
        for place, value in found.items()
        if place not in expected_by_hazards and abs(value - counted[place]) > _leeway(place)
    }
    assert not wrong


def _leeway(place: tuple[str, str, int]) -> Decimal:
    """Effects of drivers are rounded so that they add up: each to the cent below or above."""
    return CENT if place[0] == "cost-drivers" and place[2] == 2 else Decimal("0.000001")


def test_the_bridge_is_money_in_a_workbook(two_years: RunFolder) -> None:
    with open_results(two_years.root) as opened:
        (bridge,) = drivers(Marts(opened))
    assert {row.cells[-1].form for row in bridge.table.rows} == {"money"}


def test_the_drivers_add_up_to_the_change_of_the_net_cost(shown: Page) -> None:
    found = {
        row: figure for (key, row, column), figure in shown.figures.items() if (key, column) == ("cost-drivers", 2)
    }
    first, *drivers, last = found.values()
    assert first[0] + sum(value for value, _ in drivers) == last[0] and len(drivers) > 5
    whole = [int(text.replace(",", "").replace("−", "-")) for _, text in found.values()]
    assert sum(whole[:-1]) == whole[-1]


def _of_year(people: list[Person], year: int, used: Decimal) -> Figures:
    """``used`` is what had been forfeited in the years before."""
    here = [person for person in people if person["employment_status"] == "active"]
    status = [person["detailed_status_code"] for person in people]
    opening = sum(code in ("continuous_active", "experienced_termination") for code in status)
    hires = sum(code.startswith("new_hire") for code in status)
    pay, match, core = (
        _sum(people, name) for name in ("prorated_annual_compensation", "employer_match", "employer_core")
    )
    deferrals = _sum(people, "employee_contributions")
    rows: dict[str, list[Any]] = {
        "headcount-bridge": [
            opening, hires, status.count("experienced_termination"), status.count("new_hire_termination"), len(here),
            int(opening * Decimal("1.03") + Decimal("0.5")), Decimal(len(here)) / opening - 1,
        ],
        "workforce-by-age": _mix(here, _within(AGES, "age")),
        "workforce-by-service": _mix(here, _within(SERVICE, "tenure_years")),
        "exits-by-reason": [
            *(sum(person["termination_reason"] == reason for person in people)
              for reason in ("voluntary", "involuntary", "disability", "retirement", "death")),
            len(people) - len(here),
        ],
        "participation-by-source": [
            *(sum(person["is_enrolled"] and person["enrollment_source"] == source for person in here)
              for source in ("census", "voluntary", "auto", "conversion")),
            sum(_outside(person) == "never" for person in here), sum(_outside(person) == "out" for person in here),
            sum(_outside(person) == "not eligible" for person in here), len(here),
        ],
        "employer-cost": [match, core, -used, match + core - used],
        "cost-share-of-pay": [
            pay, deferrals, match / pay, core / pay, (match + core - used) / pay, deferrals / pay,
        ],
        "limits-reached": [
            sum(person["is_limited_by_402g"] for person in people),
            sum(person["catch_up_contributions"] > 0 for person in people),
            sum(person["is_limited_by_401a17"] for person in people),
            sum(person["is_limited_by_415c"] for person in people),
            sum(person["is_hce"] for person in people), *LIMITS[year],
        ],
    }  # fmt: skip
    return _placed(rows, str(year))


def _outside(person: Person) -> str | None:
    """Why a person does not take part."""
    if person["is_enrolled"]:
        return None
    if not person["is_eligible"]:
        return "not eligible"
    return "out" if person["ever_opted_out"] else "never"


def _over_all_years(people: list[Person], promoted: set[tuple[str, int]]) -> Figures:
    figures: Figures = {}
    used = _sum([person for person in people if person["simulation_year"] < YEARS[-1]], "forfeiture_amount")
    net = [_sum(people, "employer_match"), _sum(people, "employer_core"), -used]
    figures |= _placed({"employer-cost": [*net, sum(net)]}, f"{YEARS[0]}-{YEARS[-1]}")
    opening = [p for p in people if p["detailed_status_code"] in ("continuous_active", "experienced_termination")]
    at_census = [p for p in opening if p["simulation_year"] == YEARS[0]]
    by_age, by_service = (
        lambda p: _band(AGES, _completed(p["birth_date"], p)), lambda p: _band(SERVICE, _completed(p["hire_date"], p))
    )  # fmt: skip
    mixes = {"workforce-by-age": _mix(at_census, by_age), "workforce-by-service": _mix(at_census, by_service)}
    figures |= _placed(mixes, "Census")
    for panel, band_of in (
        ("Age", by_age),
        ("Service", by_service),
        ("Level", lambda p: _band(LEVELS, p["level_id"] - ((p["employee_id"], p["simulation_year"]) in promoted))),
    ):
        for band, group in _grouped(opening, band_of).items():
            left = sum(person["employment_status"] == "terminated" for person in group)
            risen = sum((person["employee_id"], person["simulation_year"]) in promoted for person in group)
            for exhibit, number in (("exits-by-band", left), ("promotions-by-band", risen)):
                values = {0: len(group), 1: number, 3: Decimal(number) / len(group)}
                figures |= {(exhibit, f"{panel} {band}", place): Decimal(value) for place, value in values.items()}
    return figures


def _of_the_end(people: list[Person]) -> Figures:
    figures: Figures = {}
    first, last = ([p for p in people if p["simulation_year"] == year] for year in (YEARS[0], YEARS[-1]))
    here, before = ([p for p in year if p["employment_status"] == "active"] for year in (last, first))
    pay_band = _within(PAY, "current_compensation")
    for panel, band_of in (("Age", _within(AGES, "age")), ("Annual pay", pay_band)):
        earlier = _grouped(before, band_of)
        for band, group in _grouped(here, band_of).items():
            taking = [person["deferral_rate"] for person in group if person["is_enrolled"]]
            values = [
                sum(person["is_eligible"] for person in group), len(taking), _participation(group),
                _participation(earlier.get(band, [])), sum(taking) / len(taking) if taking else None,
            ]  # fmt: skip
            figures |= _placed({"participation-by-age-and-pay": values}, f"{panel} {band}")
    figures |= _standing(here, pay_band)
    for percent in range(16):
        label = f"{percent}%" if percent < 15 else "15%+"
        counts = [sum(min(int(p["deferral_rate"] * 100), 15) == percent for p in group) for group in (here, before)]
        figures |= _placed({"deferral-distribution": counts}, label)
    figures |= _placed({"deferral-distribution": [len(here), len(before)]}, "Headcount")
    all_pay, all_match, all_core = (_sum(last, name) for name in MONEY)
    panels = {"Annual pay": pay_band, "Age": _within(AGES, "age"), "Level": _within(LEVELS, "level_id")}
    for panel, band_of in panels.items():
        for band, group in _grouped(last, band_of).items():
            pay, match, core = (_sum(group, name) for name in MONEY)
            money = match + core
            values = [
                len(group), sum(p["employer_match"] + p["employer_core"] > 0 for p in group), pay, match, core,
                money / (all_match + all_core), pay / all_pay, money / pay, money / len(group),
            ]  # fmt: skip
            figures |= _placed({"employer-money-by-group": values}, f"{panel} {band}")
    return figures


def _standing(here: list[Person], pay_band: Callable[[Person], str]) -> Figures:
    """Who misses a part of the match, which the last 6% of pay earn; hires and those of the census; what is vested."""
    figures: Figures = {}
    for panel, band_of in (("Age", _within(AGES, "age")), ("Annual pay", pay_band)):
        for band, group in _grouped(here, band_of).items():
            rates = [person["deferral_rate"] for person in group if person["is_eligible"]]
            missing = sum(rate < Decimal("0.06") for rate in rates)
            if rates:
                values = [len(rates), missing, rates.count(0), Decimal(missing) / len(rates)]
                figures |= _placed({"full-match": values}, f"{panel} {band}")
    for band, group in _grouped(here, _within(SERVICE, "tenure_years")).items():
        balance, vested = _sum(group, "employer_balance"), sum(_vested(person) for person in group)
        values = [len(group), balance, vested, vested / balance if balance else None]
        figures |= _placed({"vested-accounts": values}, f"Service {band}")
    is_hired = [person["hire_date"] >= dt.date(YEARS[0], 1, 1) for person in here]
    for hired, row in ((False, "In the census"), (True, "Hired since")):
        group = [person for person, of in zip(here, is_hired, strict=True) if of is hired]
        rates = [person["deferral_rate"] for person in group if person["is_enrolled"]]
        means = [Decimal(_sum(group, name)) / len(group) for name in ("age", "tenure_years", "current_compensation")]
        values = [len(group), *means, _participation(group), sum(rates) / len(rates)]
        figures |= _placed({"hires-and-incumbents": values}, row)
    return figures


def _vested(person: Person) -> Decimal:
    """What of the accounts is the person's own, each to the cent."""
    return sum(
        (person[f"employer_{name}_balance"] * person[f"{name}_vested_percentage"]).quantize(CENT, ROUND_HALF_UP)
        for name in ("match", "core")
    )


def _growth(people: list[Person]) -> Figures:
    figures: Figures = {}
    earlier: Decimal | None = None
    for year in YEARS:
        here = [person for person in people if person["simulation_year"] == year]
        opening = [p for p in here if p["detailed_status_code"] in ("continuous_active", "experienced_termination")]
        active = [p for p in here if p["employment_status"] == "active"]
        same = [p for p in here if p["detailed_status_code"] == "continuous_active"]
        mean_before = _sum(opening, "opening_compensation") / len(opening)
        mean_after = _sum(active, "current_compensation") / len(active)
        pay = _sum(here, "prorated_annual_compensation")
        growth = [
            _sum(same, "current_compensation") / _sum(same, "opening_compensation") - 1,
            mean_after / mean_before - 1,
            _sum(same, "current_compensation") / len(same) / mean_before - 1,
            None if earlier is None else pay / earlier - 1,
        ]
        means = [mean.quantize(CENT) for mean in (mean_before, mean_after)]
        figures |= _placed({"pay-growth": [*growth, *means, pay]}, str(year))
        earlier = pay
    return figures


def _drivers(people: list[Person]) -> Figures:
    """The bridge of the net cost by its closed forms: each driver's own difference, with those before it moved."""
    one, two = (_factors([p for p in people if p["simulation_year"] == year]) for year in YEARS)
    used = _sum([p for p in people if p["simulation_year"] < YEARS[-1]], "forfeiture_amount")
    match_rate = one["savers"] * one["deferral"] * one["match"] * one["match left"]
    pay, deferrals = two["heads"] * two["pay"], two["heads"] * two["pay"] * two["savers"] * two["deferral"]
    before = match_rate + one["core"] * one["core left"]
    effects = {
        "Headcount": (two["heads"] - one["heads"]) * one["pay"] * before,
        "Pay": two["heads"] * (two["pay"] - one["pay"]) * before,
        "Participation": pay * (two["savers"] - one["savers"]) * one["deferral"] * one["match"] * one["match left"],
        "Deferral rate": pay * two["savers"] * (two["deferral"] - one["deferral"]) * one["match"] * one["match left"],
        "Plan rules: match": deferrals * (two["match"] - one["match"]) * one["match left"],
        "Plan rules: core": pay * (two["core"] - one["core"]) * one["core left"],
        "Limits": deferrals * two["match"] * (two["match left"] - one["match left"])
        + pay * two["core"] * (two["core left"] - one["core left"]),
        "Forfeitures used": -Fraction(used),
    }
    levels = {
        "Headcount": "heads", "Pay": "pay", "Participation": "savers", "Deferral rate": "deferral",
        "Plan rules: match": "match", "Plan rules: core": "core", "Limits": "left",
    }  # fmt: skip
    figures: Figures = {}
    for name, effect in effects.items():
        found = (0, used) if name == "Forfeitures used" else (one[levels[name]], two[levels[name]])
        figures |= _placed({"cost-drivers": [*(_rounded(level, 6) for level in found), _rounded(effect, 2)]}, name)
    nets = [sum(_sum([p for p in people if p["simulation_year"] == year], m) for m in MONEY[1:]) for year in YEARS]
    figures[("cost-drivers", f"Net cost of {YEARS[0]}", 2)] = Decimal(nets[0])
    figures[("cost-drivers", f"Net cost of {YEARS[-1]}", 2)] = nets[1] - used
    return figures


def _factors(people: list[Person]) -> dict[str, Fraction]:
    pay, match, core = (Fraction(_sum(people, name)) for name in MONEY)
    savers = [person for person in people if person["elected_deferral"] > 0]
    savers_pay, deferrals = Fraction(_sum(savers, MONEY[0])), Fraction(_sum(savers, "elected_deferral"))
    full_match = sum(map(_full_match, people))
    full_core = sum(
        Fraction(p["core_before_limit"])
        * (Fraction(p[MONEY[0]]) / Fraction(p["plan_compensation"]) if p["is_limited_by_401a17"] else 1)
        for p in people
    )
    return {
        "heads": Fraction(len(people)), "pay": pay / len(people), "savers": savers_pay / pay,
        "deferral": deferrals / savers_pay, "match": full_match / deferrals, "core": full_core / pay,
        "match left": match / full_match, "core left": core / full_core,
        "left": (match + core) / (full_match + full_core),
    }  # fmt: skip


def _full_match(person: Person) -> Fraction:
    """Half of up to 6% of pay, as if nothing limited pay and deferrals."""
    paid, cut = (person[name] for name in ("match_before_limit", "elected_deferral"))
    cut -= person["employee_contributions"]
    if not paid or not (cut or person["is_limited_by_401a17"]):
        return Fraction(paid)
    pay = person[MONEY[0]] if person["is_limited_by_401a17"] else person["match_compensation"]
    return max(Fraction(paid), Fraction(min(person["matched_deferrals"] + cut, pay * Decimal("0.06"))) / 2)


def _rounded(value: Fraction | Decimal | int, digits: int) -> Decimal:
    return round(Decimal(str(float(value))), digits)


def _placed(rows: Mapping[str, Iterable[Any]], row: str) -> Figures:
    return {
        (exhibit, row, place): Decimal(value)
        for exhibit, values in rows.items()
        for place, value in enumerate(values)
        if value is not None
    }


def _mix(people: list[Person], band_of: Callable[[Person], str]) -> list[Any]:
    groups = _grouped(people, band_of)
    bands = AGES if "<25" in groups or "25-34" in groups else SERVICE
    counts = [len(groups.get(band, [])) for band in bands]
    return [value for count in counts for value in (count, Decimal(count) / len(people))]


def _within(bands: Mapping[str, int], name: str) -> Callable[[Person], str]:
    return lambda person: _band(bands, person[name])


def _band(bands: Mapping[str, int], value: Any) -> str:
    return next(band for band, end in bands.items() if value < end)


def _completed(since: dt.date, person: Person) -> int:
    """Anniversaries passed on the eve of the person's year."""
    eve = dt.date(person["simulation_year"] - 1, 12, 31)
    return eve.year - since.year - ((eve.month, eve.day) < (since.month, since.day))


def _grouped(people: Iterable[Person], band_of: Callable[[Person], str]) -> dict[str, list[Person]]:
    groups: dict[str, list[Person]] = {}
    for person in people:
        groups.setdefault(band_of(person), []).append(person)
    return groups


def _participation(group: list[Person]) -> Decimal | None:
    eligible = sum(person["is_eligible"] for person in group)
    return Decimal(sum(person["is_enrolled"] for person in group)) / eligible if eligible else None


def _sum(people: Iterable[Person], name: str) -> Decimal:
    return sum((person[name] for person in people), Decimal(0))
