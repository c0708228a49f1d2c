"""Hold a finished run against the oracle: every person-year, recomputed from the census and the event log alone."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import duckdb

from planalign_orchestrator.config.settings import Settings, settings_of
from planalign_orchestrator.reports.plan_arithmetic import catch_up_must_be_roth, highest_election
from tests.oracle.census_people import (
    Member,
    day,
    look_back_workers,
    number,
    opening_members,
    read_census,
    worker_of,
)
from tests.oracle.dates import last_day
from tests.oracle.escalation import EscalationRule
from tests.oracle.exact import ZERO, exact
from tests.oracle.hce import Worker, top_paid_group
from tests.oracle.limits import LimitTable
from tests.oracle.person_year import Opening, PersonYear, amended, entries_of, person_year
from tests.oracle.plan import CoreTerms, PlanTerms
from tests.oracle.pool import shares
from tests.oracle.raises import check_raises, raise_rules
from tests.oracle.replay import (
    Event,
    Finding,
    Replay,
    check_escalation,
    check_hire,
    check_maximum,
    hired_member,
    replay,
)
from tests.oracle.tables import Tables, load_tables
from tests.oracle.terms import escalation_rule, maximum_deferral_rate, plan_terms
from tests.oracle.vesting import is_partial_termination

Row = Mapping[str, Any]

PLAIN_COLUMNS = (
    "age",
    "tenure_years",
    "current_compensation",
    "prorated_annual_compensation",
    "full_year_equivalent_compensation",
    "hours_worked",
    "is_eligible",
    "deferral_rate",
    "plan_compensation",
    "employee_contributions",
    "catch_up_contributions",
    "roth_contributions",
    "returned_deferrals",
    "employer_match",
    "employer_core",
    "total_employer_contributions",
    "employer_match_balance",
    "employer_core_balance",
    "match_vested_percentage",
    "core_vested_percentage",
    "forfeiture_amount",
    "is_hce",
)
"""Columns of the snapshot that carry the oracle's name."""

FLAGS = {"402g": "limited_402g", "401a17": "limited_401a17", "415c": "limited_415c"}
"""Limit flags: part of the snapshot column's name, and the oracle's name."""


@dataclass(frozen=True)
class Disagreement:
    """One value on which engine and oracle differ."""

    employee_id: str
    year: int
    column: str
    engine: object
    oracle: object

    def __str__(self) -> str:
        return f"{self.employee_id} {self.year} {self.column}: engine {_show(self.engine)}, oracle {_show(self.oracle)}"


@dataclass(frozen=True)
class FinishedRun:
    """Where a run that has succeeded left its results, and what it was made from."""

    database: Path
    settings: Settings
    census_parquet: Path
    seeds_dir: Path

    def compare(self) -> list[Disagreement]:
        """Every difference between the run and the oracle."""
        return compare_run(self.database, self.settings, self.census_parquet, self.seeds_dir)


def compare_run(database: Path, settings: Settings, census_parquet: Path, seeds_dir: Path) -> list[Disagreement]:
    """Recompute every person-year of a finished run.

    Args:
        database: the run's DuckDB file; it is opened read-only.
        settings: the run's settings.
        census_parquet: the census that the run used.
        seeds_dir: folder of the bundled assumption tables.

    Returns:
        Every difference, ordered by year and employee; empty when engine and oracle agree to the cent.
    """
    with duckdb.connect(str(database), read_only=True) as connection:
        snapshot = _by_year(_records(connection, "fct_workforce_snapshot"))
        events = _by_year(_records(connection, "fct_yearly_events"))
    return Comparison(settings, seeds_dir, read_census(census_parquet)).run(snapshot, events)


LIMITS = {
    "elective_deferral_limit": "elective_deferral",
    "catch_up_limit": "catch_up",
    "catch_up_limit_60_63": "catch_up_60_63",
    "annual_additions_limit": "annual_additions",
    "compensation_limit": "compensation",
    "social_security_wage_base": "wage_base",
    "roth_catch_up_wages": "roth_catch_up_wages",
}
"""The limits of a year, by column of ``int_plan_year_limits``."""


def compare_limits(database: Path, settings: Settings, seeds_dir: Path) -> list[Disagreement]:
    """Recompute the limits of a finished run's last year, which a person would have to meet exactly to show."""
    year = settings.simulation.end_year
    settings = settings_of(settings, year)
    tables = tables_of(settings, seeds_dir)
    limits = limit_table(settings, tables)
    with duckdb.connect(str(database), read_only=True) as connection:
        found = connection.execute("from int_plan_year_limits").to_arrow_table().to_pylist()
    expected = {
        "simulation_year": year,
        "is_estimated": year > max(tables.limits),
        **{column: getattr(limits.of(year), name) for column, name in LIMITS.items()},
        "hce_compensation_last_year": limits.of(year - 1).hce_compensation,
    }
    if len(found) != 1:
        return [Disagreement("*", year, "rows of int_plan_year_limits", len(found), 1)]
    rows = [(column, found[0].get(column), value) for column, value in expected.items()]
    return [Disagreement("*", year, column, row, value) for column, row, value in rows if row != value]


class Comparison:
    """Goes through the years; the state is the oracle's own, never the engine's."""

    def __init__(self, settings: Settings, seeds_dir: Path, census: list[Row]) -> None:
        self.configured, self.seeds_dir = settings, seeds_dir
        first_year = settings.simulation.start_year
        self._put_in_force(first_year)
        self.members = opening_members(
            census,
            first_year=first_year,
            entry=self.plan.entry,
            minimum_pay=tables_of(self.settings, seeds_dir).minimum_pay,
        )
        self.workers: list[Worker] = look_back_workers(census, first_year=first_year)
        self.partial_termination, self.account = False, ZERO
        self.found: list[Disagreement] = []

    def _put_in_force(self, year: int) -> None:
        """The settings and tables of a year."""
        settings = self.settings = settings_of(self.configured, year)
        tables = tables_of(settings, self.seeds_dir)
        self.plan: PlanTerms = replace(plan_terms(settings), replaced=_schedules_before(self.configured, year))
        self.escalation: EscalationRule = escalation_rule(settings)
        self.vesting, self.merit = tables.vesting, tables.merit
        self.limits = limit_table(settings, tables)

    def _amend(self, year: int) -> None:
        """Go over to the settings of a year. Who has entered stays in the plan; the others follow the rule of now."""
        before = self.plan
        self._put_in_force(year)
        for name, member in self.members.items() if year > self.configured.simulation.start_year else ():
            self.members[name] = replace(member, person=amended(member.person, before, self.plan, year))

    def run(self, snapshot: Mapping[int, list[Row]], events: Mapping[int, list[Event]]) -> list[Disagreement]:
        """Compare all years that the snapshot has, in order; the configured years must be there."""
        configured = range(self.configured.simulation.start_year, self.configured.simulation.end_year + 1)
        for year in configured:
            self._amend(year)
            self._year(year, snapshot.get(year, []), events.get(year, []))
        for year in sorted({*snapshot, *events} - {*configured}):
            self._note("*", year, "simulation_year", "present", "absent")
        return self.found

    def _note(self, person: str, year: int, column: str, engine: object, oracle: object) -> None:
        self.found.append(Disagreement(person, year, column, engine, oracle))

    def _year(self, year: int, snapshot: list[Row], log: list[Event]) -> None:
        rows = {str(row["employee_id"]): row for row in snapshot}
        if len(rows) != len(snapshot):
            self._note("*", year, "rows", len(snapshot), len(rows))
        events: dict[str, list[Event]] = defaultdict(list)
        for event in log:
            events[str(event["employee_id"])].append(event)
        top_paid = top_paid_group(self.workers)
        opening = {**self.members, **self._hires(year, rows, events)}
        for name in sorted({*rows, *events} | {*opening}):
            if name not in opening or name not in rows:
                self._note(name, year, "row", name in rows, name in opening)
        self.members, self.workers = {}, []
        both = sorted({*opening} & {*rows})
        self.partial_termination = self._is_partial(year, [(opening[name], events[name]) for name in both])
        for name in both:
            person = replace(opening[name].person, groups=rows[name].get("groups") or {})
            opening[name] = replace(opening[name], person=person)
        pool, given = self._shares(year, [(opening[name], events[name], name in top_paid) for name in both])
        contributed = forfeited = kept = ZERO
        for name in both:
            shared = pool.get(name), given.get(name, ZERO)
            found = self._person(year, opening[name], rows[name], events[name], name in top_paid, *shared)
            contributed += found.total_employer_contributions
            forfeited += found.forfeiture_amount
            kept += found.kept_of_forfeitures
        self.account += forfeited - (kept if self.plan.reallocates else self._used(contributed, forfeited))

    def _used(self, contributed: Fraction, forfeited: Fraction) -> Fraction:
        """What of the account of forfeitures is used in the year."""
        rule = self.settings.plan.forfeitures
        available = self.account + (forfeited if rule.used_in == "same_year" else ZERO)
        return available if rule.used_for == "expenses" else min(available, contributed)

    def _shares(
        self, year: int, people: list[tuple[Member, list[Event], bool]]
    ) -> tuple[dict[str, Fraction], dict[str, Fraction]]:
        """The shares in a profit-sharing pool, and in what others have forfeited."""
        if not self.plan.core.has_pool and not self.plan.reallocates:
            return {}, {}
        sharing = {}
        for member, events, in_top_paid in people:
            after = replay(member, events)
            opening = self._with_exclusion(year, member, after)
            basis = self._expected(year, opening, after, in_top_paid, None, ZERO).core_basis
            if basis is not None:
                sharing[member.person.employee_id] = basis
        wage_base = self.limits.of(year).wage_base
        by_pay = CoreTerms(pool_amount=self.account if self.plan.reallocates else ZERO)
        return shares(self.plan.core, wage_base, sharing), shares(by_pay, wage_base, sharing)

    def _is_partial(self, year: int, people: list[tuple[Member, list[Event]]]) -> bool:
        participants = by_employer = 0
        for member, events in people:
            after = replay(member, events)
            person = self._with_exclusion(year, member, after).person
            entry = entries_of(person, self.plan)[0]
            if entry is not None and entry <= (after.exit_date or last_day(year)):
                participants += 1
                by_employer += after.exit_reason in ("involuntary", "reduction_in_force")
        return self.plan.presumes_partial_termination and is_partial_termination(participants, by_employer)

    def _hires(self, year: int, rows: Mapping[str, Row], events: Mapping[str, list[Event]]) -> dict[str, Member]:
        hired = {}
        for name, own in events.items():
            for event in own:
                if event["event_type"] == "hire" and name in rows:
                    birth = day(rows[name]["birth_date"])
                    hired[name] = hired_member(event, birth, number(rows[name]["scheduled_hours_per_week"]))
                    self._findings(name, year, check_hire(event, birth))
        return hired

    def _person(
        self,
        year: int,
        opening: Member,
        row: Row,
        events: list[Event],
        in_top_paid: bool,
        of_pool: Fraction | None,
        of_forfeitures: Fraction,
    ) -> PersonYear:
        name = opening.person.employee_id
        after = replay(opening, events)
        self._findings(name, year, after.findings)
        self._findings(name, year, check_raises(opening, events, raise_rules(self.settings, self.merit, year), year))
        opening = self._with_exclusion(year, opening, after)
        expected = self._expected(year, opening, after, in_top_paid, of_pool, of_forfeitures)
        maximum = maximum_deferral_rate(self.settings, is_hce=expected.is_hce)
        no_catch_up = not self.plan.roth_available and catch_up_must_be_roth(
            year, opening.prior_pay, self.limits.of(year).roth_catch_up_wages
        )
        age = year - opening.person.birth_date.year
        highest = highest_election(maximum, age, no_catch_up=no_catch_up)
        self._findings(name, year, check_maximum(opening, events, highest, year))
        escalation = replace(self.escalation, cap=min(self.escalation.cap, maximum))
        self._findings(name, year, check_escalation(opening, events, escalation, year))
        group = ("is_in_top_paid_group", in_top_paid if self.plan.top_paid_group else None)
        for column, value in (*_expected(year, opening, after, expected), group):
            found = _value(row, column)
            if found != value:
                self._note(name, year, column, found, value)
        self._compare_entry(year, opening, after, expected, row)
        last = after.exit_date or last_day(year)
        for column in ("match_entry_date", "core_entry_date"):
            entry, found = (
                on if on is not None and on <= last else None for on in (getattr(expected, column), _value(row, column))
            )
            if found != entry:
                self._note(name, year, column, found, entry)
        if (after.forfeited or ZERO) != expected.forfeiture_amount:
            self._note(name, year, "forfeiture.amount", after.forfeited, expected.forfeiture_amount)
        earned = expected.prorated_annual_compensation
        self.workers.append(worker_of(opening.person, earned, after.exit_date or last_day(year)))
        if after.exit_date is None:
            self.members[name] = _carried(opening, after, expected)
        return expected

    def _expected(
        self,
        year: int,
        opening: Member,
        after: Replay,
        in_top_paid: bool,
        of_pool: Fraction | None,
        of_forfeitures: Fraction,
    ) -> PersonYear:
        return person_year(
            opening.person,
            Opening(
                opening.pay,
                opening.deferral_rate,
                opening.prior_pay,
                opening.match_balance,
                opening.core_balance,
                in_top_paid,
                opening.match_vested,
                opening.core_vested,
            ),
            self.plan,
            self.limits,
            after.year_events(),
            year,
            self.vesting,
            partial_termination=self.partial_termination,
            of_pool=of_pool,
            of_forfeitures=of_forfeitures,
        )

    def _findings(self, name: str, year: int, findings: Iterator[Finding] | list[Finding]) -> None:
        for finding in findings:
            self._note(name, year, finding.column, finding.found, finding.expected)

    def _with_exclusion(self, year: int, opening: Member, after: Replay) -> Member:
        """Which hires a plan excludes is drawn: a hire without an eligibility event by the due date is one of them."""
        person = opening.person
        excludes = self.settings.plan.eligibility.new_hire_ineligible_rate > 0
        hired = person.hire_date.year >= self.settings.simulation.start_year
        due = entries_of(person, self.plan)[0]
        falls_due = due is not None and due.year == year and due <= (after.exit_date or last_day(year))
        if excludes and hired and falls_due and after.entry is None:
            return replace(opening, person=replace(person, excluded=True))
        return opening

    def _compare_entry(self, year: int, opening: Member, after: Replay, expected: PersonYear, row: Row) -> None:
        name = opening.person.employee_id
        entry = expected.eligibility_date if expected.is_eligible else None
        if expected.is_eligible:
            found = _value(row, "eligibility_date")
            if found != entry:
                self._note(name, year, "eligibility_date", found, entry)
        due = entry if entry is not None and entry.year == year else None
        if after.entry != due:
            self._note(name, year, "eligibility.effective_date", after.entry, due)


def _expected(year: int, opening: Member, after: Replay, expected: PersonYear) -> Iterator[tuple[str, object]]:
    for column in PLAIN_COLUMNS:
        yield column, getattr(expected, column)
    for part, attribute in FLAGS.items():
        yield part, getattr(expected, attribute)
    new = opening.person.hire_date.year == year
    left = after.exit_date is not None
    status = {
        (False, False): "continuous_active",
        (True, False): "new_hire_active",
        (False, True): "experienced_termination",
        (True, True): "new_hire_termination",
    }
    yield "detailed_status_code", status[new, left]
    yield "employment_status", "terminated" if left else "active"
    yield "hire_date", opening.person.hire_date
    yield "birth_date", opening.person.birth_date
    yield "termination_date", after.exit_date
    yield "termination_reason", after.exit_reason
    yield "level_id", after.member.level
    yield "is_enrolled", after.member.deferral_rate > 0
    yield "ever_opted_out", after.member.ever_opted_out
    yield "escalation_count", after.member.escalations
    yield "scheduled_hours_per_week", opening.person.weekly_hours
    yield "is_five_percent_owner", opening.person.owner
    yield "is_union_member", opening.person.union
    if not new:
        yield "opening_compensation", opening.pay
        if opening.prior_pay is not None:
            yield "prior_year_compensation", opening.prior_pay


def _carried(opening: Member, after: Replay, expected: PersonYear) -> Member:
    return replace(
        after.member,
        person=opening.person,
        prior_pay=expected.prorated_annual_compensation,
        match_balance=expected.employer_match_balance,
        core_balance=expected.employer_core_balance,
        match_vested=expected.match_vested_percentage,
        core_vested=expected.core_vested_percentage,
    )


def _schedules_before(settings: Settings, year: int) -> tuple[tuple[int, str, str], ...]:
    """The vesting schedules of match and core in each year before."""
    earlier = {at: settings_of(settings, at).plan.vesting for at in range(settings.simulation.start_year, year)}
    return tuple((at, vesting.match_schedule, vesting.core_schedule) for at, vesting in earlier.items())


def _value(row: Row, column: str) -> object:
    if column in FLAGS:
        column = next((name for name in row if column in name), column)
    if column not in row:
        raise LookupError(f"fct_workforce_snapshot has no column {column}; it has {', '.join(row)}")
    value = row[column]
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return value
    if isinstance(value, dt.date):
        return day(value)
    return number(value)


def _records(connection: duckdb.DuckDBPyConnection, table: str) -> list[Row]:
    cursor = connection.execute(f"select * from {table} order by simulation_year, employee_id")
    names = [column[0] for column in cursor.description or ()]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _by_year(records: list[Row]) -> dict[int, list[Row]]:
    years: dict[int, list[Row]] = defaultdict(list)
    for record in records:
        years[int(record["simulation_year"])].append(record)
    return dict(years)


def tables_of(settings: Settings, seeds_dir: Path) -> Tables:
    """The assumption tables of a year's settings."""
    directory = settings.assumptions.directory
    return load_tables(seeds_dir, None if directory is None else Path(directory), settings.assumptions.overrides)


def limit_table(settings: Settings, tables: Tables) -> LimitTable:
    """The limits, indexed as a year's settings say."""
    rules = settings.plan.compliance
    return LimitTable(tables.limits, exact(rules.irs_indexation_rate), exact(rules.wage_base_growth_rate))


def _show(value: object) -> str:
    if isinstance(value, Fraction):
        places = 2 if (value * 100).denominator == 1 else 9
        return f"{float(value):,.{places}f}"
    return str(value)
