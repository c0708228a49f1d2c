"""One person, one plan year: from the opening state and the events of the year to all money of the plan."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction

from planalign_orchestrator.reports.plan_arithmetic import hours_of_service, service_years
from tests.oracle.contributions import Contributions, contribute
from tests.oracle.dates import completed_years, days_in_year, first_day, inclusive_days, last_day
from tests.oracle.eligibility import ServiceOfYear, entry_into, plan_entry, shares_in
from tests.oracle.employer import Additions, Payrolls, Standing, Stretch, class_rate, core, limit_additions, match
from tests.oracle.exact import ONE, ZERO, round_cents
from tests.oracle.hce import is_highly_compensated
from tests.oracle.limits import Limits, LimitTable
from tests.oracle.periods import Change, Period, clip, deferred, earned, tile
from tests.oracle.plan import EntryRule, PlanTerms
from tests.oracle.vesting import SCHEDULES, Schedule, forfeited, vested_share, vesting_service


@dataclass(frozen=True)
class Person:
    """What stays the same about a person.

    Attributes:
        excluded: never eligible for the plan.
        known_entry: entry date known from the census or kept from before an amendment; overrides the plan's rule.
        known_source_entries: those into match and core that are kept from before an amendment.
        credited_service: vesting service known from the census, as of ``credited_on``.
    """

    employee_id: str
    birth_date: dt.date
    hire_date: dt.date
    weekly_hours: Fraction = Fraction(40)
    owner: bool = False
    excluded: bool = False
    known_entry: dt.date | None = None
    known_source_entries: tuple[dt.date | None, dt.date | None] = (None, None)
    credited_service: Fraction | None = None
    credited_on: dt.date = dt.date.min
    union: bool = False
    roth_share: Fraction | None = None
    groups: Mapping[str, str] = field(default_factory=dict)


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
    match_entry_date: dt.date | None
    core_entry_date: dt.date | None
    is_eligible: bool
    deferral_rate: Fraction
    plan_compensation: Fraction
    employee_contributions: Fraction
    catch_up_contributions: Fraction
    roth_contributions: Fraction
    returned_deferrals: Fraction
    employer_match: Fraction
    employer_core: Fraction
    employer_match_balance: Fraction
    employer_core_balance: Fraction
    match_vested_percentage: Fraction
    core_vested_percentage: Fraction
    forfeiture_amount: Fraction
    is_hce: bool
    core_basis: tuple[Fraction, Fraction] | None
    kept_of_forfeitures: Fraction
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
    *,
    partial_termination: bool = False,
    of_pool: Fraction | None = None,
    of_forfeitures: Fraction = ZERO,
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
        partial_termination: the plan is partially terminated in the year, which vests its leavers.
        of_pool: the person's share of a profit-sharing pool, where the plan has one.
        of_forfeitures: the person's share of what others have forfeited, where the plan reallocates it.
    """
    days = _days(person, plan, events, year)
    is_hce = _is_hce(person, opening, plan, limits, year)
    pay = _pay(person, opening, plan, events, days, limits.of(year).compensation, plan.highest_rates[is_hce])
    served = service_years(person.hire_date, days.last, day_before=plan.day_before)
    standing = Standing(completed_years(person.birth_date, days.last), served)
    contributions = contribute(
        pay.deferral,
        limits=limits.of(year),
        age=year - person.birth_date.year,
        year=year,
        pay=pay.earned,
        prior_pay=opening.prior_pay,
        roth_share=plan.roth_share if person.roth_share is None else person.roth_share,
        roth_available=plan.roth_available,
        plan_limit=pay.plan_limit,
    )
    rate = class_rate(plan.core, standing.age, is_hce, person.groups)
    matched, shares = _before_limit(person, plan, standing, events, days, pay, contributions, limits.of(year))
    core_money = ZERO
    if shares:
        core_money = core(plan.core, standing, pay.in_core, limits.of(year).wage_base, rate)
        core_money = (of_pool or ZERO) if plan.core.has_pool else core_money
    additions = limit_additions(
        contributions.total - contributions.catch_up,
        matched,
        core_money + of_forfeitures,
        dollar_limit=limits.of(year).annual_additions,
        pay=pay.earned,
        catch_up_room=contributions.catch_up_room,
        order=plan.additions_order,
    )
    contributions = contributions.within(additions)
    accounts = _accounts(person, opening, plan, events, days, additions, schedules, partial_termination)
    return PersonYear(
        employee_id=person.employee_id,
        simulation_year=year,
        age=standing.age,
        tenure_years=completed_years(person.hire_date, days.last),
        current_compensation=pay.rate,
        prorated_annual_compensation=pay.earned,
        full_year_equivalent_compensation=round_cents(pay.earned * days_in_year(year) / days.count),
        hours_worked=pay.hours,
        eligibility_date=days.entry,
        match_entry_date=days.match_entry,
        core_entry_date=days.core_entry,
        is_eligible=days.eligible,
        deferral_rate=pay.deferral_rate,
        plan_compensation=pay.in_plan,
        employee_contributions=contributions.total,
        catch_up_contributions=contributions.catch_up,
        roth_contributions=contributions.roth,
        returned_deferrals=additions.returned,
        employer_match=additions.match,
        employer_core=additions.core,
        employer_match_balance=accounts.match,
        employer_core_balance=accounts.core,
        match_vested_percentage=accounts.match_vested,
        core_vested_percentage=accounts.core_vested,
        forfeiture_amount=accounts.forfeiture,
        is_hce=is_hce,
        core_basis=(pay.in_core, rate) if shares else None,
        kept_of_forfeitures=max(additions.core - core_money, ZERO),
        limited_402g=contributions.limited and limits.of(year).elective_deferral <= pay.plan_limit,
        limited_401a17=pay.limited,
        limited_415c=additions.excess > 0,
    )


@dataclass(frozen=True)
class _Days:
    """The days of the year on which a person was employed, and the day of joining the plan."""

    year: int
    first: dt.date
    last: dt.date
    entry: dt.date | None
    match_entry: dt.date | None
    core_entry: dt.date | None

    @property
    def eligible(self) -> bool:
        return self.entered(self.entry)

    def entered(self, on: dt.date | None) -> bool:
        return on is not None and on <= self.last

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
    deferral_in_match: Fraction
    in_match: Fraction
    in_core: Fraction
    plan_limit: Fraction
    plan_limit_before_match: Fraction
    stretches: tuple[Stretch, ...]


@dataclass(frozen=True)
class _Accounts:
    match: Fraction
    core: Fraction
    match_vested: Fraction
    core_vested: Fraction
    forfeiture: Fraction


def entries_of(person: Person, plan: PlanTerms) -> tuple[dt.date | None, dt.date | None, dt.date | None]:
    """Entry into the plan, the match and the core contribution."""
    who = (person.birth_date, person.hire_date, person.weekly_hours, person.groups)
    entry = None if person.excluded else person.known_entry or plan_entry(plan.entry, *who)
    match_entry, core_entry = (
        entry and (known or entry_into(rule, entry, *who))
        for known, rule in zip(person.known_source_entries, (plan.match.entry, plan.core.entry), strict=True)
    )
    return entry, match_entry, core_entry


def amended(person: Person, before: PlanTerms, now: PlanTerms, year: int) -> Person:
    """A person when other rules of entry come into force: who has entered stays, the others follow the rule of now."""
    if person.excluded:
        return person

    def entered(on: dt.date | None) -> dt.date | None:
        return on if on is not None and on < first_day(year) else None

    entry, *of_sources = entries_of(person, before)
    if before.entry != now.entry and not entered(entry):
        entry = plan_entry(now.entry, person.birth_date, person.hire_date, person.weekly_hours, person.groups)
        entry = entry and max(entry, first_day(year))
    known_match, known_core = map(entered, of_sources)
    found = entries_of(replace(person, known_entry=entry, known_source_entries=(known_match, known_core)), now)
    match_entry, core_entry = (on and max(on, first_day(year)) for on in found[1:])
    return replace(
        person, known_entry=entry, known_source_entries=(known_match or match_entry, known_core or core_entry)
    )


def _days(person: Person, plan: PlanTerms, events: YearEvents, year: int) -> _Days:
    first = max(person.hire_date, first_day(year))
    return _Days(year, first, events.exit_date or last_day(year), *entries_of(person, plan))


def _pay(
    person: Person,
    opening: Opening,
    plan: PlanTerms,
    events: YearEvents,
    days: _Days,
    limit: Fraction,
    highest: Fraction,
) -> _Pay:
    """Pay earned and pay that counts for each source: from its entry, at most the limit of IRC 401(a)(17)."""
    pay = tile(opening.pay, events.pay_changes, days.first, days.last)
    rates = tile(opening.deferral_rate, events.deferral_changes, days.first, days.last)

    def counted(rule: EntryRule, entry: dt.date | None) -> Fraction:
        if entry is None or not days.entered(entry):
            return ZERO
        return earned(pay if rule.full_year_pay else clip(pay, entry), days.year)

    since_entry = counted(plan.entry, days.entry)
    in_plan = clip(pay, days.entry) if days.entry is not None else []
    matched = clip(pay, days.match_entry) if days.match_entry is not None else []
    allowed = [Period(days.first, days.last, highest)]
    eve = (days.match_entry or dt.date.max) - dt.timedelta(days=1)
    before = [replace(period, last=min(period.last, eve)) for period in in_plan if period.first <= eve]
    matched_rates = [
        rate if plan.match.counts_catch_up else replace(rate, value=min(rate.value, highest)) for rate in rates
    ]
    return _Pay(
        rate=pay[-1].value,
        earned=earned(pay, days.year),
        hours=hours_of_service(person.weekly_hours, days.count, days.year),
        in_plan=min(since_entry, limit),
        limited=since_entry > limit,
        deferral_rate=rates[-1].value,
        deferral=deferred(pay, rates, days.year),
        deferral_in_match=deferred(matched, rates, days.year),
        in_match=min(counted(plan.match.entry, days.match_entry), limit),
        in_core=min(counted(plan.core.entry, days.core_entry), limit),
        plan_limit=deferred(in_plan, allowed, days.year),
        plan_limit_before_match=deferred(before, allowed, days.year),
        stretches=tuple(_stretches(matched, matched_rates)),
    )


def _stretches(pay: list[Period], rates: list[Period]) -> Iterator[Stretch]:
    """Days of constant pay and rate."""
    for paid in pay:
        for rate in rates:
            both = inclusive_days(max(paid.first, rate.first), min(paid.last, rate.last))
            if both:
                yield Stretch(paid.value, rate.value, both)


def _before_limit(
    person: Person,
    plan: PlanTerms,
    standing: Standing,
    events: YearEvents,
    days: _Days,
    pay: _Pay,
    contributions: Contributions,
    limits: Limits,
) -> tuple[Fraction, bool]:
    """The match before the limit on additions, and whether the person shares in the core contribution."""
    reason = None if events.exit_date is None else (events.exit_reason or "voluntary")
    hired_in_year = person.hire_date.year == days.year
    stays = plan.last_day_counts and events.exit_date == last_day(days.year)
    service = ServiceOfYear(days.eligible, days.eligible, hired_in_year, reason, pay.hours, standing.service, stays)
    matched = ZERO
    if shares_in(plan.match.allocation, replace(service, entered=days.entered(days.match_entry))):
        # Limits take the deferrals of the year as they come, those before the entry to the match first.
        before = pay.deferral - pay.deferral_in_match
        counted = contributions.total
        if not plan.match.counts_catch_up:
            counted, before = counted - contributions.catch_up, min(before, pay.plan_limit_before_match)
        since_entry = max(ZERO, min(counted - before, pay.deferral_in_match))
        payrolls = Payrolls(pay.stretches, days_in_year(days.year), counted < pay.deferral, limits.compensation)
        matched = match(plan.match, standing, since_entry, pay.in_match, payrolls)
    return matched, shares_in(plan.core.allocation, replace(service, entered=days.entered(days.core_entry)))


def _accounts(
    person: Person,
    opening: Opening,
    plan: PlanTerms,
    events: YearEvents,
    days: _Days,
    additions: Additions,
    schedules: Mapping[str, Schedule],
    partial_termination: bool,
) -> _Accounts:
    """Employer money at the end of the year or at the exit, this year's included, before anything is forfeited."""
    match_balance = opening.match_balance + additions.match
    core_balance = opening.core_balance + additions.core

    def service(on: dt.date) -> int:
        return vesting_service(
            person.hire_date, on, person.credited_service, person.credited_on, day_before=plan.day_before
        )

    match_names, core_names = [plan.match_vesting], [plan.core_vesting]
    for year, *names in plan.replaced:
        # With three years of service when it was replaced, the better schedule counts (IRC 411(a)(10)(B)).
        if service(last_day(year)) >= 3:
            match_names.append(names[0])
            core_names.append(names[1])
    served = service(days.last)
    match_vested = max(opening.match_vested, *(vested_share(schedules[name], served) for name in match_names))
    core_vested = max(opening.core_vested, *(vested_share(schedules[name], served) for name in core_names))
    retires = completed_years(person.birth_date, days.last) >= plan.normal_retirement_age
    leaves, stricken = events.exit_date is not None, events.exit_reason in plan.full_vesting_at
    if retires or (leaves and (partial_termination or stricken)):
        match_vested = core_vested = ONE  # IRC 411(a)(8), 411(d)(3)
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
