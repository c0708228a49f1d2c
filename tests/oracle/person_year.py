"""One person, one plan year: from the opening state and the events of the year to all money of the plan."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from planalign_orchestrator.reports.plan_arithmetic import hours_of_service
from tests.oracle.contributions import Contributions, contribute
from tests.oracle.dates import completed_years, days_in_year, first_day, inclusive_days, last_day
from tests.oracle.eligibility import ServiceOfYear, plan_entry, shares_in
from tests.oracle.employer import Additions, Standing, core, limit_additions, match
from tests.oracle.exact import ONE, ZERO, round_cents
from tests.oracle.hce import is_highly_compensated
from tests.oracle.limits import Limits, LimitTable
from tests.oracle.periods import Change, clip, deferred, earned, tile
from tests.oracle.plan import PlanTerms
from tests.oracle.vesting import SCHEDULES, Schedule, forfeited, vested_share, vesting_service


@dataclass(frozen=True)
class Person:
    """What stays the same about a person.

    Attributes:
        excluded: never eligible for the plan.
        known_entry: entry date known from the census; overrides the plan's rule.
        credited_service: vesting service known from the census, as of ``credited_on``.
    """

    employee_id: str
    birth_date: dt.date
    hire_date: dt.date
    weekly_hours: Fraction = Fraction(40)
    owner: bool = False
    excluded: bool = False
    known_entry: dt.date | None = None
    credited_service: Fraction | None = None
    credited_on: dt.date = dt.date.min
    union: bool = False


@dataclass(frozen=True)
class Opening:
    """What a person brings into the year; for a new hire, pay is the pay at hire."""

    pay: Fraction
    deferral_rate: Fraction = ZERO
    prior_pay: Fraction | None = None
    match_balance: Fraction = ZERO
    core_balance: Fraction = ZERO
    in_top_paid_group: bool = True
    match_vested: Fraction = ZERO
    core_vested: Fraction = ZERO


@dataclass(frozen=True)
class YearEvents:
    """What happens to a person in the year, each list in the order of events."""

    pay_changes: tuple[Change, ...] = ()
    deferral_changes: tuple[Change, ...] = ()
    exit_date: dt.date | None = None
    exit_reason: str | None = None


@dataclass(frozen=True)
class PersonYear:
    """A person's year, named like the columns of the snapshot."""

    employee_id: str
    simulation_year: int
    age: int
    tenure_years: int
    current_compensation: Fraction
    prorated_annual_compensation: Fraction
    full_year_equivalent_compensation: Fraction
    hours_worked: Fraction
    eligibility_date: dt.date | None
    is_eligible: bool
    deferral_rate: Fraction
    plan_compensation: Fraction
    employee_contributions: Fraction
    catch_up_contributions: Fraction
    roth_contributions: Fraction
    employer_match: Fraction
    employer_core: Fraction
    employer_match_balance: Fraction
    employer_core_balance: Fraction
    match_vested_percentage: Fraction
    core_vested_percentage: Fraction
    forfeiture_amount: Fraction
    is_hce: bool
    limited_402g: bool
    limited_401a17: bool
    limited_415c: bool

    @property
    def total_employer_contributions(self) -> Fraction:
        """Match and core."""
        return self.employer_match + self.employer_core


def person_year(
    person: Person,
    opening: Opening,
    plan: PlanTerms,
    limits: LimitTable,
    events: YearEvents,
    year: int,
    schedules: Mapping[str, Schedule] = SCHEDULES,
) -> PersonYear:
    """Compute a person's year; the exit day is the last day paid.

    Args:
        person: the person.
        opening: state before the first event of the year.
        plan: terms of the plan.
        limits: IRS limits; the year before is needed for IRC 414(q).
        events: events of the year.
        year: plan year.
        schedules: vesting schedules by name.
    """
    days = _days(person, plan, events, year)
    pay = _pay(person, opening, events, days, limits.of(year).compensation)
    standing = Standing(completed_years(person.birth_date, days.last), completed_years(person.hire_date, days.last))
    contributions = contribute(
        pay.deferral,
        limits=limits.of(year),
        age=year - person.birth_date.year,
        year=year,
        pay=pay.earned,
        prior_pay=opening.prior_pay,
        roth_share=plan.roth_share,
    )
    additions = _employer_money(person, plan, standing, events, days, pay, contributions, limits.of(year))
    accounts = _accounts(person, opening, plan, events, days, additions, schedules)
    return PersonYear(
        employee_id=person.employee_id,
        simulation_year=year,
        age=standing.age,
        tenure_years=standing.service,
        current_compensation=pay.rate,
        prorated_annual_compensation=pay.earned,
        full_year_equivalent_compensation=round_cents(pay.earned * days_in_year(year) / days.count),
        hours_worked=pay.hours,
        eligibility_date=days.entry,
        is_eligible=days.eligible,
        deferral_rate=pay.deferral_rate,
        plan_compensation=pay.in_plan,
        employee_contributions=contributions.total,
        catch_up_contributions=contributions.catch_up,
        roth_contributions=contributions.roth,
        employer_match=additions.match,
        employer_core=additions.core,
        employer_match_balance=accounts.match,
        employer_core_balance=accounts.core,
        match_vested_percentage=accounts.match_vested,
        core_vested_percentage=accounts.core_vested,
        forfeiture_amount=accounts.forfeiture,
        is_hce=_is_hce(person, opening, plan, limits, year),
        limited_402g=contributions.limited,
        limited_401a17=pay.limited,
        limited_415c=additions.limited,
    )


@dataclass(frozen=True)
class _Days:
    """The days of the year on which a person was employed, and the day of joining the plan."""

    year: int
    first: dt.date
    last: dt.date
    entry: dt.date | None

    @property
    def eligible(self) -> bool:
        return self.entry is not None and self.entry <= self.last

    @property
    def count(self) -> int:
        return inclusive_days(self.first, self.last)


@dataclass(frozen=True)
class _Pay:
    rate: Fraction
    earned: Fraction
    hours: Fraction
    in_plan: Fraction
    limited: bool
    deferral_rate: Fraction
    deferral: Fraction


@dataclass(frozen=True)
class _Accounts:
    match: Fraction
    core: Fraction
    match_vested: Fraction
    core_vested: Fraction
    forfeiture: Fraction


def _days(person: Person, plan: PlanTerms, events: YearEvents, year: int) -> _Days:
    entry = person.known_entry or plan_entry(plan.entry, person.birth_date, person.hire_date)
    first = max(person.hire_date, first_day(year))
    return _Days(year, first, events.exit_date or last_day(year), None if person.excluded else entry)


def _pay(person: Person, opening: Opening, events: YearEvents, days: _Days, limit: Fraction) -> _Pay:
    """Pay earned and pay that counts in the plan: from entry, at most the limit of IRC 401(a)(17)."""
    pay = tile(opening.pay, events.pay_changes, days.first, days.last)
    rates = tile(opening.deferral_rate, events.deferral_changes, days.first, days.last)
    since_entry = earned(clip(pay, days.entry), days.year) if days.entry is not None and days.eligible else ZERO
    return _Pay(
        rate=pay[-1].value,
        earned=earned(pay, days.year),
        hours=hours_of_service(person.weekly_hours, days.count, days.year),
        in_plan=min(since_entry, limit),
        limited=since_entry > limit,
        deferral_rate=rates[-1].value,
        deferral=deferred(pay, rates, days.year),
    )


def _employer_money(
    person: Person,
    plan: PlanTerms,
    standing: Standing,
    events: YearEvents,
    days: _Days,
    pay: _Pay,
    contributions: Contributions,
    limits: Limits,
) -> Additions:
    reason = None if events.exit_date is None else (events.exit_reason or "voluntary")
    hired_in_year = person.hire_date.year == days.year
    service = ServiceOfYear(days.eligible, hired_in_year, reason, pay.hours, standing.service)
    matched = core_money = ZERO
    if shares_in(plan.match.allocation, service):
        counted = contributions.total - (ZERO if plan.match.counts_catch_up else contributions.catch_up)
        matched = match(plan.match, standing, counted, pay.in_plan)
    if shares_in(plan.core.allocation, service):
        core_money = core(plan.core, standing, pay.in_plan, limits.wage_base)
    return limit_additions(
        contributions.total - contributions.catch_up,
        matched,
        core_money,
        dollar_limit=limits.annual_additions,
        pay=pay.earned,
    )


def _accounts(
    person: Person,
    opening: Opening,
    plan: PlanTerms,
    events: YearEvents,
    days: _Days,
    additions: Additions,
    schedules: Mapping[str, Schedule],
) -> _Accounts:
    """Employer money at the end of the year or at the exit, this year's included, before anything is forfeited."""
    match_balance = opening.match_balance + additions.match
    core_balance = opening.core_balance + additions.core
    service = vesting_service(person.hire_date, days.last, person.credited_service, person.credited_on)
    match_names, core_names = [plan.match_vesting], [plan.core_vesting]
    for year, *names in plan.replaced:
        # With three years of service when it was replaced, the better schedule counts (IRC 411(a)(10)(B)).
        if vesting_service(person.hire_date, last_day(year), person.credited_service, person.credited_on) >= 3:
            match_names.append(names[0])
            core_names.append(names[1])
    match_vested = max(opening.match_vested, *(vested_share(schedules[name], service) for name in match_names))
    core_vested = max(opening.core_vested, *(vested_share(schedules[name], service) for name in core_names))
    if completed_years(person.birth_date, days.last) >= plan.normal_retirement_age:
        match_vested = core_vested = ONE  # IRC 411(a)(8)
    forfeiture = ZERO
    if events.exit_date is not None:
        forfeiture = forfeited(match_balance, match_vested) + forfeited(core_balance, core_vested)
    return _Accounts(match_balance, core_balance, match_vested, core_vested, forfeiture)


def _is_hce(person: Person, opening: Opening, plan: PlanTerms, limits: LimitTable, year: int) -> bool:
    return is_highly_compensated(
        owner=person.owner,
        hired_in_year=person.hire_date.year == year,
        prior_pay=opening.prior_pay,
        threshold=limits.of(year - 1).hce_compensation,
        in_top_paid_group=opening.in_top_paid_group or not plan.top_paid_group,
    )
