"""What follows from the snapshot: its derived columns, detail marts and yearly reports, row by row in Python."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from math import floor
from pathlib import Path
from typing import Any, NamedTuple

import duckdb

from planalign_orchestrator.census.recognition import group_name
from planalign_orchestrator.config.settings import Settings, settings_of
from planalign_orchestrator.reports import plan_arithmetic
from tests.oracle.census_people import day, number
from tests.oracle.comparison import Disagreement
from tests.oracle.dates import completed_years, first_day, inclusive_days, last_day
from tests.oracle.eligibility import ServiceOfYear
from tests.oracle.employer import Standing, class_rate, core_rate, match
from tests.oracle.exact import ONE, ZERO, round_half_away, round_half_up
from tests.oracle.exits import AtRisk, exit_probabilities, forces_of
from tests.oracle.forecast import rates_of
from tests.oracle.notes import notes_of
from tests.oracle.plan import AllocationRule, PlanTerms
from tests.oracle.terms import plan_terms
from tests.oracle.vesting import is_partial_termination
from tests.oracle.workforce import Path as Headcounts, promotion_probability

Row = Mapping[str, Any]
Figures = dict[str, object]

AGE_BANDS = ((0, "<25"), (25, "25-34"), (35, "35-44"), (45, "45-54"), (55, "55-64"), (65, "65+"))
TENURE_BANDS = ((0, "<2"), (2, "2-4"), (5, "5-9"), (10, "10-19"), (20, "20+"))
PAY_BANDS = ((0, "<50k"), (50_000, "50k-100k"), (100_000, "100k-200k"), (200_000, "200k+"))

LIMITS = ("limited_by_402g", "limited_by_401a17", "limited_by_415c")

OPENING = ("continuous_active", "experienced_termination")
HIRED = ("new_hire_active", "new_hire_termination")

KEPT = """
    select cores.simulation_year, sum(greatest(employer_core - core_before_limit + reallocated_forfeitures, 0))
    from fct_employer_core as cores join fct_workforce_snapshot using (person_key, simulation_year)
    group by 1
"""


class Rounded(NamedTuple):
    """A ratio that a report rounds from a float; either neighbour of an exact half is right."""

    ratio: Fraction
    places: int


def compare_reporting(database: Path, settings: Settings) -> list[Disagreement]:
    """Every derived figure of a finished run that does not follow from its snapshot and events.

    Args:
        database: the run's DuckDB file; it is opened read-only.
        settings: the run's settings.
    """
    with duckdb.connect(str(database), read_only=True) as connection:
        return compare_reporting_in(connection, settings)


def compare_reporting_in(connection: duckdb.DuckDBPyConnection, settings: Settings) -> list[Disagreement]:
    """The same over an open database."""
    snapshot = _by_year(_rows(connection, "fct_workforce_snapshot"))
    events = _by_year(_rows(connection, "fct_yearly_events"))
    tables = {
        name: _by_year(_rows(connection, name))
        for name in ("fct_yearly_summary", "fct_compensation_growth", "fct_plan_by_group", "fct_year_notes")
    }
    known_exits = {
        str(name): day(date)
        for name, date in connection.execute(
            "select employee_id, known_termination_date from int_baseline_workforce"
            " where known_termination_date is not null"
        ).fetchall()
    }
    kept = dict(connection.execute(KEPT).fetchall())
    found: list[Disagreement] = []
    plans, account, path = {}, ZERO, Headcounts()
    for year, rows in snapshot.items():
        now = settings_of(settings, year)
        plans[year] = plan_terms(now)
        promoted = {event["employee_id"] for event in events.get(year, []) if event["event_type"] == "promotion"}
        people = [{**row, "promotions": int(row["employee_id"] in promoted)} for row in rows]
        before = snapshot.get(year - 1, [])
        found += _in_rows(year, people, ((str(row["employee_id"]), _derived(row)) for row in people))
        opening = [row for row in rows if row["detailed_status_code"] in OPENING]
        known = [row for row in opening if known_exits.get(str(row["employee_id"]), dt.date.max) <= last_day(year)]
        flows = path.year(
            Counter(_unit(row, now) for row in opening), rates_of(now), Counter(_unit(row, now) for row in known)
        )
        target = sum(flow.target for flow in flows.values())
        summary = {"all": summary_of(people, events.get(year, []), now, target, account, number(kept.get(year, 0)))}
        account = summary["all"]["forfeiture_account"]
        found += _keyed(year, tables["fct_yearly_summary"], lambda _: "all", summary)
        found += _keyed(year, tables["fct_compensation_growth"], lambda _: "all", {"all": growth_of(people, before)})
        chances = exit_chances(people, now, path, known_exits)
        groups = groups_of(people) | opening_groups_of(people, now, chances)
        found += _keyed(year, tables["fct_plan_by_group"], _group_of, groups)
        leavers = {str(row["employee_id"]) for row in known}
        units = [
            (
                sum(chance for name, chance in of_unit.items() if name not in leavers),
                path.planned[unit].expected(random=now.workforce.exits == "random"),
            )
            for unit, of_unit in chances.items()
        ]
        hires = [number(event["compensation_after"]) for event in events.get(year, []) if event["event_type"] == "hire"]
        asked_for = round_half_up(path.paths[""]) if opening and len(flows) > 1 else target
        targets = (target, asked_for)
        entries = (plan_terms(now).entry, plan_terms(now).match.entry, plan_terms(now).core.entry)
        there = {group for row in people for group in dict(row["groups"] or {}).items()}
        in_vain = frozenset[tuple[str, str]]().union(*(entry.left_out for entry in entries)) - there
        is_first = year == settings.simulation.start_year
        of_left_out = [row for row in people if not entries[0].left_out.isdisjoint(dict(row["groups"] or {}).items())]
        staying = sum(row["eligibility_date"] is not None for row in of_left_out)
        expected = notes_of(year, opening, hires, units, targets, in_vain, staying, is_first=is_first)
        notes = [
            str(row["note"]) for row in sorted(tables["fct_year_notes"].get(year, []), key=lambda row: row["position"])
        ]
        if notes != expected:
            found.append(Disagreement("", year, "fct_year_notes.note", notes, expected))
    return [*found, *_details(connection, snapshot, plans)]


def _derived(row: Row) -> Figures:
    year = int(row["simulation_year"])
    balances = {"match": number(row["employer_match_balance"]), "core": number(row["employer_core_balance"])}
    whole = sum(balances.values(), ZERO)
    kept = sum((_rounded_vested(balances[part], number(row[f"{part}_vested_percentage"])) for part in balances), ZERO)
    last = day(row["termination_date"]) if row["termination_date"] else last_day(year)
    return {
        "age_band": _band(AGE_BANDS, row["age"]),
        "tenure_band": _band(TENURE_BANDS, row["tenure_years"]),
        "days_employed": inclusive_days(max(day(row["hire_date"]), first_day(year)), last),
        "employer_balance": whole,
        "vested_percentage": round_half_away(kept / whole, 6) if whole else number(row["match_vested_percentage"]),
    }


def _rounded_vested(balance: Fraction, vested: Fraction) -> Fraction:
    return balance - round_half_away((ONE - vested) * balance, 2)


def _band(bands: Sequence[tuple[int, str]], value: Any) -> str:
    return [name for minimum, name in bands if minimum <= value][-1]


def _unit(row: Row, settings: Settings) -> str:
    rules = settings.workforce
    value = dict(row["groups"] or {}).get(group_name(rules.steered_by)) if rules.steered_by else None
    return value if value in {unit.value for unit in rules.steered} else ""


def summary_of(
    people: Sequence[Row],
    events: Sequence[Row],
    settings: Settings,
    target: int,
    account: Fraction = ZERO,
    kept: Fraction = ZERO,
) -> Figures:
    """The row of ``fct_yearly_summary``.

    Args:
        people: the year's rows of the snapshot.
        events: the year's events.
        settings: of the year.
        target: where the path of the headcount leads.
        account: what was forfeited before.
        kept: what people keep of forfeitures that are reallocated.
    """
    active = [row for row in people if row["employment_status"] == "active"]
    taking_part = [row for row in active if row["is_enrolled"]]
    statuses = [str(row["detailed_status_code"]) for row in people]
    opening = sum(status in OPENING for status in statuses)
    eligible = sum(bool(row["is_eligible"]) for row in active)
    payroll, closing_payroll = _sum(people, "prorated_annual_compensation"), _sum(active, "current_compensation")
    cost = _sum(people, "employer_match") + _sum(people, "employer_core")
    forfeitures = _sum(people, "forfeiture_amount")
    rule = settings.plan.forfeitures
    available = account + (forfeitures if rule.used_in == "same_year" else ZERO)
    used = {"offset": min(available, cost), "reallocate": kept, "expenses": ZERO}[rule.used_for]
    participants = sum(bool(row["is_eligible"]) for row in people)
    reasons = [row["termination_reason"] for row in people if row["is_eligible"]]
    by_employer = reasons.count("involuntary") + reasons.count("reduction_in_force")
    presumes = settings.plan.vesting.partial_termination == "presume"
    return {
        "opening_headcount": opening,
        "hires": sum(status in HIRED for status in statuses),
        "experienced_exits": statuses.count("experienced_termination"),
        "new_hire_exits": statuses.count("new_hire_termination"),
        "promotions": sum(event["event_type"] == "promotion" for event in events),
        "raises": sum(event["event_type"] == "raise" for event in events),
        "closing_headcount": len(active),
        "target_headcount": target,
        "difference_to_target": len(active) - target,
        "growth_rate": _share(len(active) - opening, opening),
        "payroll": payroll,
        "closing_payroll": closing_payroll,
        "mean_compensation": _mean(closing_payroll, len(active)),
        "eligible": eligible,
        "participants": len(taking_part),
        "participation_rate": _share(len(taking_part), eligible),
        "mean_deferral_rate": _share(_sum(taking_part, "deferral_rate"), len(taking_part)),
        "employee_contributions": _sum(people, "employee_contributions"),
        "employer_match": _sum(people, "employer_match"),
        "employer_core": _sum(people, "employer_core"),
        "total_employer_contributions": cost,
        "forfeitures": forfeitures,
        "forfeitures_used": used,
        "forfeiture_account": account + forfeitures - (available if rule.used_for == "expenses" else used),
        "net_employer_cost": cost - used,
        "cost_share_of_payroll": _share(cost - used, payroll),
        "turnover_rate": _share(by_employer, participants),
        "is_partial_termination": presumes and is_partial_termination(participants, by_employer),
        "catch_up_contributions": _sum(people, "catch_up_contributions"),
        "people_with_catch_up": sum(row["catch_up_contributions"] > 0 for row in people),
        **{f"people_{name}": sum(bool(row[f"is_{name}"]) for row in people) for name in LIMITS},
        "highly_compensated": sum(bool(row["is_hce"]) for row in people),
        "rule_violations": 0,
    }


def growth_of(people: Sequence[Row], before: Sequence[Row]) -> Figures:
    """The row of ``fct_compensation_growth``; ``before`` is last year's snapshot."""
    opening = [row for row in people if row["detailed_status_code"] in OPENING]
    closing = [row for row in people if row["employment_status"] == "active"]
    same = [row for row in people if row["detailed_status_code"] == "continuous_active"]
    mean_opening = _ratio(_sum(opening, "opening_compensation"), len(opening))
    mean_closing = _ratio(_sum(closing, "current_compensation"), len(closing))
    mean_same = _ratio(_sum(same, "current_compensation"), len(same))
    payroll, earlier = _sum(people, "prorated_annual_compensation"), _sum(before, "prorated_annual_compensation")
    same_opening = _sum(same, "opening_compensation")
    return {
        "mean_opening_compensation": _mean(_sum(opening, "opening_compensation"), len(opening)),
        "mean_closing_compensation": _mean(_sum(closing, "current_compensation"), len(closing)),
        "growth_all_actives": _rise(mean_closing, mean_opening),
        "mean_continuous_compensation": _mean(_sum(same, "current_compensation"), len(same)),
        "growth_continuous_actives": _rise(mean_same, mean_opening),
        "growth_same_people": _share(_sum(same, "current_compensation") - same_opening, same_opening),
        "payroll": payroll,
        "growth_payroll": _share(payroll - earlier, earlier),
    }


def groups_of(people: Sequence[Row]) -> dict[str, Figures]:
    """The rows of ``fct_plan_by_group`` by the closing state, by type and name of the group."""
    members: dict[str, list[Row]] = defaultdict(list)
    for row in people:
        for kind, name in (
            ("age_band", row["age_band"]),
            ("tenure_band", row["tenure_band"]),
            ("level", row["level_id"]),
            ("enrollment_source", row["enrollment_source"] or _not_enrolled(row)),
            ("pay_band", _band(PAY_BANDS, row["current_compensation"])),
            ("deferral_band", _deferral_band(number(row["deferral_rate"]))),
            ("termination_reason", row["termination_reason"]),
            *dict(row["groups"] or {}).items(),
        ):
            if name is not None:
                members[f"{kind} {name}"].append(row)
    return {group: _group_figures(rows) for group, rows in members.items()}


def exit_chances(
    people: Sequence[Row], settings: Settings, path: Headcounts, known_exits: Mapping[str, dt.date]
) -> dict[str, dict[str, float]]:
    """With what probability each of the opening workforce leaves, by unit."""
    units: dict[str, list[Row]] = defaultdict(list)
    for row in people:
        if row["detailed_status_code"] in OPENING:
            units[_unit(row, settings)].append(row)
    return {
        unit: _exit_chances(
            rows,
            rates_of(settings)[unit].new_hire_exits,
            path.planned[unit].expected(random=settings.workforce.exits == "random"),
            known_exits,
        )
        for unit, rows in units.items()
    }


def opening_groups_of(
    people: Sequence[Row], settings: Settings, chances_by_unit: Mapping[str, Mapping[str, float]]
) -> dict[str, Figures]:
    """The rows of ``fct_plan_by_group`` by what the forces saw, with the exits and promotions to expect."""
    opening = [row for row in people if row["detailed_status_code"] in OPENING]
    chances = {name: chance for of_unit in chances_by_unit.values() for name, chance in of_unit.items()}
    members: dict[str, list[Row]] = defaultdict(list)
    for row in opening:
        age, tenure, level = _at_opening(row)
        for kind, name in (("age_band", _band(AGE_BANDS, age)), ("tenure_band", _band(TENURE_BANDS, tenure))):
            members[f"opening_{kind} {name}"].append(row)
        members[f"opening_level {level}"].append(row)
    return {
        group: {
            **_group_figures(rows),
            "opening_headcount": len(rows),
            "expected_exits": sum(chances[row["employee_id"]] for row in rows),
            "expected_promotions": sum(_promotion_chance(row, settings) for row in rows),
        }
        for group, rows in members.items()
    }


def _exit_chances(
    opening: Sequence[Row], new_hire_rate: Fraction, expected: Fraction, known_exits: Mapping[str, dt.date]
) -> dict[str, float]:
    year = int(opening[0]["simulation_year"])
    people = {
        str(row["employee_id"]): AtRisk(
            day(row["birth_date"]), day(row["hire_date"]), _at_opening(row)[2], known_exits.get(str(row["employee_id"]))
        )
        for row in opening
    }
    return exit_probabilities(forces_of(year, people, new_hire_rate), expected)


def _at_opening(row: Row) -> tuple[int, int, int]:
    eve = last_day(int(row["simulation_year"]) - 1)
    level = int(row["level_id"]) - int(row["promotions"])
    return completed_years(day(row["birth_date"]), eve), completed_years(day(row["hire_date"]), eve), level


def _promotion_chance(row: Row, settings: Settings) -> float:
    rules = settings.compensation.promotion
    date = dt.date(int(row["simulation_year"]), *map(int, rules.effective_date.split("-")))
    gone = row["termination_date"] is not None and day(row["termination_date"]) < date
    if gone or completed_years(day(row["hire_date"]), date) < rules.minimum_service_years or _at_opening(row)[2] == 5:
        return 0.0
    chance = promotion_probability(*_at_opening(row), base=rules.base_rate, multiplier=rules.promotion_rate_multiplier)
    return float(chance)


def _not_enrolled(row: Row) -> str:
    if not row["is_eligible"]:
        return "not_eligible"
    return "opted_out" if row["ever_opted_out"] else "not_enrolled"


def _deferral_band(rate: Fraction) -> str:
    if rate == 0:
        return "0%"
    if rate < Fraction(1, 100):
        return "<1%"
    return "15%+" if rate >= Fraction(15, 100) else f"{floor(rate * 100)}%"


def _group_of(row: Row) -> str:
    return f"{row['group_type']} {row['group_name']}"


def _group_figures(rows: Sequence[Row]) -> Figures:
    active = [row for row in rows if row["employment_status"] == "active"]
    taking_part = [row for row in active if row["is_enrolled"]]
    eligible = sum(bool(row["is_eligible"]) for row in active)
    cost = [number(row["employer_match"]) + number(row["employer_core"]) for row in rows]
    return {
        "opening_headcount": sum(row["detailed_status_code"] in OPENING for row in rows),
        "closing_headcount": len(active),
        "exits": len(rows) - len(active),
        "promotions": sum(row["promotions"] for row in rows),
        "eligible": eligible,
        "participants": len(taking_part),
        "participation_rate": _share(len(taking_part), eligible),
        "mean_deferral_rate": _share(_sum(taking_part, "deferral_rate"), len(taking_part)),
        "payroll": _sum(rows, "prorated_annual_compensation"),
        "employee_contributions": _sum(rows, "employee_contributions"),
        "employer_match": _sum(rows, "employer_match"),
        "employer_core": _sum(rows, "employer_core"),
        "total_employer_contributions": sum(cost, ZERO),
        "people_with_employer_money": sum(amount > 0 for amount in cost),
        "forfeitures": _sum(rows, "forfeiture_amount"),
    }


def _details(
    connection: duckdb.DuckDBPyConnection, snapshot: Mapping[int, Sequence[Row]], plans: Mapping[int, PlanTerms]
) -> Iterator[Disagreement]:
    """``fct_employer_match`` and ``fct_employer_core``: who shares in them, and by which measure."""
    people = {(row["person_key"], year): row for year, rows in snapshot.items() for row in rows}
    own = {(row["person_key"], row["simulation_year"]): row for row in _rows(connection, "fct_employee_contributions")}
    for table, expected in (("fct_employer_match", _match_details), ("fct_employer_core", _core_details)):
        for row in _rows(connection, table):
            key, year = row["person_key"], int(row["simulation_year"])
            if person := people.get((key, year)):
                name = str(person["employee_id"])
                figures = expected(person, plans[year], own[key, year])
                yield from _in_rows(year, [{**row, "employee_id": name}], [(name, figures)])


def _match_details(row: Row, plan: PlanTerms, own: Row) -> Figures:
    standing = _standing(row, plan)
    reason = ineligible_reason(plan.match.allocation, plan, row, row["match_entry_date"])
    found: Figures = {
        "service_years": standing.service,
        "points": standing.measure("points"),
        "ineligible_reason": reason,
    }
    if plan.match.payrolls is not None:  # a year's row does not tell; the person's year is recomputed from its events
        return found
    amount = ZERO
    if reason is None:
        amount = match(plan.match, standing, number(own["matched_deferrals"]), number(own["match_compensation"]))
    return {**found, "match_before_limit": amount}


def _core_details(row: Row, plan: PlanTerms, _: Row) -> Figures:
    rate = core_rate(plan.core, _standing(row, plan)) + class_rate(plan.core, row["age"], row["is_hce"], row["groups"])
    return {
        **({} if plan.core.has_pool else {"core_rate": rate}),
        "ineligible_reason": ineligible_reason(plan.core.allocation, plan, row, row["core_entry_date"]),
    }


def _standing(row: Row, plan: PlanTerms) -> Standing:
    last = row["termination_date"] or last_day(row["simulation_year"])
    return Standing(row["age"], plan_arithmetic.service_years(row["hire_date"], last, day_before=plan.day_before))


def ineligible_reason(rule: AllocationRule, plan: PlanTerms, row: Row, entry: Any) -> str | None:
    """The first condition that a person misses, in the order in which they are named; None for whoever shares."""
    service = ServiceOfYear(
        row["is_eligible"],
        entry is not None and entry <= (row["termination_date"] or last_day(row["simulation_year"])),
        str(row["detailed_status_code"]) in HIRED,
        row["termination_reason"],
        number(row["hours_worked"]),
        _standing(row, plan).service,
        plan.last_day_counts and row["termination_date"] == last_day(row["simulation_year"]),
    )
    return plan_arithmetic.ineligible_reason(rule, service)


def _sum(rows: Iterable[Row], column: str) -> Fraction:
    return sum((number(row[column]) for row in rows), ZERO)


def _ratio(part: Fraction | int, whole: Fraction | int) -> Fraction | None:
    return Fraction(part) / whole if whole else None


def _share(part: Fraction | int, whole: Fraction | int) -> Rounded | None:
    ratio = _ratio(part, whole)
    return None if ratio is None else Rounded(ratio, 6)


def _mean(total: Fraction, count: int) -> Rounded | None:
    return Rounded(total / count, 2) if count else None


def _rise(now: Fraction | None, before: Fraction | None) -> Rounded | None:
    return None if now is None or not before else Rounded((now - before) / before, 6)


def _keyed(
    year: int, table: Mapping[int, Sequence[Row]], key: Any, expected: Mapping[str, Figures]
) -> Iterator[Disagreement]:
    rows = {key(row): row for row in table.get(year, [])}
    if len(rows) != len(table.get(year, [])):
        yield Disagreement("*", year, "rows", len(table.get(year, [])), len(rows))
    for name in sorted({*rows, *expected}):
        if name not in rows or name not in expected:
            yield Disagreement(name, year, "row", name in rows, name in expected)
        else:
            yield from _in_rows(year, [rows[name]], [(name, expected[name])])


def _in_rows(year: int, rows: Sequence[Row], expected: Iterable[tuple[str, Figures]]) -> Iterator[Disagreement]:
    for row, (name, figures) in zip(rows, expected, strict=True):
        for column, value in figures.items():
            if not _equal(row[column], value):
                yield Disagreement(name, year, column, row[column], value)


def _equal(found: Any, value: object) -> bool:
    if isinstance(value, Rounded):
        return found is not None and abs(number(found) - value.ratio) <= Fraction(1, 2 * 10**value.places)
    if isinstance(value, float):
        return abs(float(found) - value) <= _ROUNDED
    if isinstance(value, Fraction) and found is not None:
        return number(found) == value
    return bool(found == value)


_ROUNDED = 0.001
"""Sums of probabilities: the engine rounds each to six decimals."""


def _rows(connection: duckdb.DuckDBPyConnection, table: str) -> list[Row]:
    cursor = connection.execute(f"select * from {table} order by simulation_year")
    names = [column[0] for column in cursor.description or ()]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _by_year(rows: Iterable[Row]) -> dict[int, list[Row]]:
    years: dict[int, list[Row]] = defaultdict(list)
    for row in rows:
        years[int(row["simulation_year"])].append(row)
    return dict(years)
