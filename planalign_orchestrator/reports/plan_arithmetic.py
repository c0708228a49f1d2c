"""The arithmetic of the plan, written from the law and not from the SQL: the one account of it in Python.

``planalign explain`` works stored amounts out again with it, and the oracle of the tests whole runs. Results come from
the SQL models alone. Every amount is an exact fraction of dollars, rounded where the law or the plan rounds.
"""

import datetime as dt
from calendar import isleap
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from math import floor
from typing import Any, TypeAlias

from planalign_orchestrator.config.contributions import ContributionEligibility, MatchBand
from planalign_orchestrator.tables import table

ZERO = Fraction(0)
Tier: TypeAlias = tuple[Fraction, Fraction, Fraction]
"""Two shares of plan compensation, and the rate on the part of the deferral between them."""
Stretch: TypeAlias = tuple[Fraction, Fraction, int]
"""Annual pay and deferral rate, and on how many days that count for the match they are in force."""


def exact(value: float | str | Decimal | Fraction) -> Fraction:
    """The number that was written, not its binary approximation: ``exact(0.1)`` is one tenth."""
    return Fraction(repr(value)) if isinstance(value, float) else Fraction(value)


def round_half_away(value: Fraction, places: int) -> Fraction:
    """Round to decimal places; a half goes away from zero."""
    magnitude = Fraction(floor(abs(value) * 10**places + Fraction(1, 2)), 10**places)
    return magnitude if value >= 0 else -magnitude


def round_cents(amount: Fraction) -> Fraction:
    """Round dollars to cents; half a cent goes away from zero."""
    return round_half_away(amount, 2)


def days_in_year(year: int) -> int:
    """365, or 366 in a leap year."""
    return 366 if isleap(year) else 365


def completed_years(since: dt.date, on: dt.date) -> int:
    """Whole years by anniversary; an anniversary of February 29 is reached on March 1 in common years."""
    return on.year - since.year - ((on.month, on.day) < (since.month, since.day))


def service_years(hire: dt.date, on: dt.date, *, day_before: bool) -> int:
    """Years of service at the end of a day: one is complete on its anniversary, or at the end of the day before."""
    return completed_years(hire, on + dt.timedelta(days=day_before))


def for_days(amounts: Iterable[tuple[Fraction, int]], year: int) -> Fraction:
    """Annual amounts for the days on which they are in force, divided by the days of the year."""
    return round_cents(sum((annual * days for annual, days in amounts), ZERO) / days_in_year(year))


def hours_of_service(weekly_hours: Fraction, days: int, year: int) -> Fraction:
    """Scheduled hours of a year of 52 weeks, for the days employed (29 CFR 2530.200b-3: equivalencies)."""
    return round_half_away(weekly_hours * 52 * days / days_in_year(year), 2)


@dataclass(frozen=True)
class Indexing:
    """How a limit follows prices or wages.

    Args:
        multiple: to which it is rounded.
        unrounded: what the amount of 2026 was before it was rounded.
        start: the amount from which on it rises by multiples.
        nearest: 1 where it is rounded to the nearest multiple, and not down.
    """

    multiple: int
    unrounded: int
    start: int = 0
    nearest: int = 0

    def rounded(self, amount: Fraction) -> Fraction:
        """The amount as the law rounds it."""
        steps = (amount - self.start) / self.multiple + (Fraction(1, 2) if self.nearest else 0)
        return Fraction(self.start + floor(steps) * self.multiple)

    def of(self, published: Fraction, growth: Fraction) -> Fraction:
        """The estimate from the last published amount, which it is never below."""
        base = Fraction(self.unrounded)
        return max(published, self.rounded((base if self.rounded(base) == published else published) * growth))


INDEXING = {
    name: Indexing(**{key: int(text) for key, text in row.items()})
    for name, row in table(__package__, "indexing").items()
}
"""By column of ``irs_limits`` (IRC 402(g)(4), 414(v)(2)(C) and (E), 415(d), 401(a)(17)(B); 42 USC 430(b))."""


def catch_up_limit(age: int, ordinary: Fraction, from_60_to_63: Fraction) -> Fraction:
    """The catch-up limit for the age reached by December 31 (IRC 414(v)(2)(B), (E) and (5))."""
    return ZERO if age < 50 else from_60_to_63 if 60 <= age <= 63 else ordinary


@dataclass(frozen=True)
class Contributions:
    """A person's own money of one year.

    Args:
        total: all elective deferrals, catch-up included.
        catch_up: the part above the limit of IRC 402(g) or the plan, and what other limits have made catch-up.
        limited: less than what was elected, because that limit and the catch-up limit cut it.
        catch_up_room: what is left of the person's catch-up limit.
        roth_share: of either part, made as designated Roth contributions (IRC 402A).
        all_roth: the whole catch-up is Roth.
    """

    total: Fraction
    catch_up: Fraction
    limited: bool
    catch_up_room: Fraction
    roth_share: Fraction
    all_roth: bool

    @property
    def roth(self) -> Fraction:
        """The part made as designated Roth contributions."""
        of_catch_up = self.catch_up if self.all_roth else round_cents(self.roth_share * self.catch_up)
        return round_cents(self.roth_share * (self.total - self.catch_up)) + of_catch_up

    def within(self, additions: "Additions") -> "Contributions":
        """What stays within the limit on annual additions."""
        return replace(self, total=self.total - additions.returned, catch_up=self.catch_up + additions.made_catch_up)


def contribute(
    deferral: Fraction, *, pay: Fraction, limit: Fraction, most_catch_up: Fraction, roth_share: Fraction,
    all_roth: bool, roth_available: bool = True,
) -> Contributions:  # fmt: skip
    """Apply the limits to an elected deferral (IRC 402(g)(1), 414(v)(2) and (7)).

    Args:
        deferral: elected deferral of the year, before any limit.
        pay: pay earned in the year; nobody defers more (IRC 414(v)(2)(A)(ii)).
        limit: of IRC 402(g), or the plan's own, if that is lower.
        most_catch_up: the person's catch-up limit.
        roth_share: share of deferrals that people make as Roth of their own will.
        all_roth: whether all catch-up must be Roth; a plan without Roth takes none then (IRC 414(v)(7)(B)).
        roth_available: whether the plan takes Roth deferrals.
    """
    if not roth_available:
        roth_share, most_catch_up, all_roth = ZERO, ZERO if all_roth else most_catch_up, False
    offered = min(deferral, pay)
    regular = min(offered, limit)
    catch_up = min(offered - regular, most_catch_up)
    total = regular + catch_up
    return Contributions(total, catch_up, total < offered, most_catch_up - catch_up, roth_share, all_roth)


def highest_election(allowed: Fraction, age: int, *, no_catch_up: bool) -> Fraction:
    """The highest rate that somebody may elect; catch-up may exceed a plan's limit (Treas. Reg. 1.414(v)-1(b)(1)(ii)).

    Args:
        allowed: the plan's highest rate.
        age: reached by December 31 of the year.
        no_catch_up: the plan takes no Roth, and the person's catch-up would have to be Roth (IRC 414(v)(7)(B)).
    """
    return allowed if age < 50 or no_catch_up else Fraction(3, 4)


def catch_up_must_be_roth(year: int, prior_pay: Fraction | None, threshold: Fraction | None) -> bool:
    """Whether IRC 414(v)(7) holds: from 2026 on, by SECURE 2.0 section 603 with the transition of Notice 2023-62."""
    return year >= 2026 and threshold is not None and prior_pay is not None and prior_pay > threshold


@dataclass(frozen=True)
class ServiceOfYear:
    """What the allocation conditions look at.

    Args:
        eligible: has joined the plan by the end of the year, or by the exit.
        entered: has entered the contribution by then.
        hired_in_year: hired in this plan year.
        exit_reason: why the person left in this year, or None for somebody active after December 31.
        hours: hours of service in the year.
        years: completed years of service at December 31 or at the exit.
        on_last_day: left on December 31 of a plan that counts it as employed on the last day.
    """

    eligible: bool
    entered: bool
    hired_in_year: bool
    exit_reason: str | None
    hours: Fraction
    years: int
    on_last_day: bool = False


def ineligible_reason(rule: ContributionEligibility, service: ServiceOfYear) -> str | None:
    """The first condition that keeps a person from an employer contribution; None for those who share in it.

    Treas. Reg. 1.401(a)(4)-2, 1.410(b)-3.
    """
    left = service.exit_reason is not None
    waived = (rule.waive_hours_for_new_hires and service.hired_in_year) or (rule.waive_hours_for_leavers and left)
    if not service.eligible:
        return "not_plan_eligible"
    if not service.entered:
        return "before_entry"
    excused = service.on_last_day or service.exit_reason in rule.last_day_exceptions
    if rule.require_employment_on_last_day and left and not excused:
        return "not_employed_on_last_day"
    if service.hours < exact(rule.minimum_hours) and not waived:
        return "too_few_hours"
    return "too_short_service" if service.years < rule.minimum_service_years else None


@dataclass(frozen=True)
class Standing:
    """Completed years at December 31 or at the exit."""

    age: int
    service: int

    def measure(self, kind: str) -> int:
        """What picks a person's band in a family of the match or a type of core contribution."""
        by_service = dict.fromkeys(("graded_by_service", "tenure_bands"), self.service)
        everybody = dict.fromkeys(("deferral_tiers", "flat"), 0)
        return {**everybody, **by_service, "points": self.age + self.service, "age_bands": self.age}[kind]


@dataclass(frozen=True)
class Part:
    """One step of an employer contribution: a rate on an amount."""

    rate: Fraction
    base: Fraction
    words: str


def total_of(parts: Iterable[Part]) -> Fraction:
    """What the steps come to."""
    return round_cents(sum((part.rate * part.base for part in parts), ZERO))


def tiers_of(band: MatchBand) -> list[Tier]:
    """The tiers of a band, as they were written."""
    return [(exact(tier.deferral_from), exact(tier.deferral_to), exact(tier.rate)) for tier in band.tiers]


def match_parts(tiers: Iterable[Tier], deferral: Fraction, compensation: Fraction) -> list[Part]:
    """The match on a year's deferral, tier by tier (IRC 401(m)(4)(A), 401(k)(12)(B), 401(k)(13)(D))."""
    return [
        Part(rate, max(ZERO, min(deferral, high * compensation) - low * compensation),
             f"deferral between {float(low):.2%} and {float(high):.2%} of plan compensation")
        for low, high, rate in tiers
    ]  # fmt: skip


def payroll_match(
    tiers: Sequence[Tier], stretches: Iterable[Stretch], *, days: int, payrolls: int, most_deferred: Fraction | None,
    most_pay: Fraction,
) -> Fraction:  # fmt: skip
    """The match of a plan that puts the tiers on each payroll.

    Args:
        tiers: of the person's band.
        stretches: in order.
        days: of the year.
        payrolls: of the year; the limit on deferrals is reached within one of them.
        most_deferred: what the limits let a person defer, None where they do not matter.
        most_pay: the limit of IRC 401(a)(17).
    """
    total = paid = deferred = ZERO
    for annual_pay, rate, in_force in stretches:
        earned = annual_pay * in_force / days
        pay = min(earned, max(ZERO, most_pay - paid))
        room = pay * rate if most_deferred is None else max(ZERO, most_deferred - deferred)
        pieces = [(pay, pay * rate)]
        if pay * rate > room:
            one = annual_pay / payrolls
            whole = floor(room / (one * rate)) * one
            pieces = [(whole, whole * rate), (min(one, pay - whole), room - whole * rate)]
        total += sum(
            (part.rate * part.base for pay_of, own in pieces for part in match_parts(tiers, own, pay_of)), ZERO
        )
        paid, deferred = paid + earned, deferred + pay * rate
    return round_cents(total)


def core_parts(rate: Fraction, excess_rate: Fraction, level: Fraction, compensation: Fraction) -> list[Part]:
    """The core contribution, with permitted disparity where there is an excess rate.

    Pay above the integration level earns the excess rate on top, never more than the base rate again
    (IRC 401(l)(2)(A), Treas. Reg. 1.401(l)-2(b)).
    """
    parts = [Part(rate, compensation, "plan compensation")]
    above = Part(
        min(excess_rate, rate), max(ZERO, compensation - level), f"plan compensation above {float(level):,.2f}"
    )
    return [*parts, above] if excess_rate else parts


@dataclass(frozen=True)
class Additions:
    """Employer money after the limit on annual additions, and what it cut."""

    match: Fraction
    core: Fraction
    excess: Fraction
    made_catch_up: Fraction = ZERO
    returned: Fraction = ZERO


def limit_additions(
    regular: Fraction, match: Fraction, core: Fraction, *, dollar_limit: Fraction, pay: Fraction,
    catch_up_room: Fraction = ZERO, order: str = "core_first",
) -> Additions:  # fmt: skip
    """Hold annual additions to the lesser of the dollar limit and pay (IRC 415(c)(1)).

    Args:
        regular: deferrals without catch-up, which is no annual addition (IRC 414(v)(3)(A)).
        catch_up_room: what the catch-up limit leaves; so much of an excess becomes catch-up.
        order: what is cut first of the rest.
    """
    excess = max(ZERO, regular + match + core - min(dollar_limit, pay))
    made_catch_up = min(excess, regular, catch_up_room)
    rest = excess - made_catch_up
    returned = min(rest, regular - made_catch_up) if order == "return_deferrals_first" else ZERO
    rest -= returned
    from_match = min(rest, match) if order == "match_first" else min(max(ZERO, rest - core), match)
    return Additions(match - from_match, core - min(core, rest - from_match), excess, made_catch_up, returned)


def vesting_service(
    hire: dt.date, on: dt.date, credited: Fraction | None, credited_on: dt.date, *, day_before: bool = False
) -> int:
    """Completed years of vesting service on a day (IRC 411(a)(5)).

    Args:
        hire: date of hire.
        on: the exit, or December 31.
        credited: service known from the census, or None to count from the hire.
        credited_on: the day as of which the census knows it, a December 31.
        day_before: a year is complete at the end of the day before its anniversary.
    """
    if credited is None or credited == service_years(hire, credited_on, day_before=day_before):
        return service_years(hire, on, day_before=day_before)
    years = min(floor(credited), 99)
    begun = credited_on.replace(year=credited_on.year - years) + dt.timedelta(days=day_before)
    begun -= dt.timedelta(days=floor((credited - floor(credited)) * 365 + Fraction(1, 2)))
    # Exact years, to two decimals, that say the same as the date of hire: the date is more exact.
    return service_years(hire if abs((begun - hire).days) <= 5 else begun, on, day_before=day_before)


def vested_share(schedule: Mapping[int, Fraction], service: int) -> Fraction:
    """The nonforfeitable share after a number of completed years, from the shares by the years that they take."""
    return schedule[max(years for years in schedule if years <= service)]


def forfeited(balance: Fraction, vested: Fraction) -> Fraction:
    """What somebody who leaves gives back of one account (IRC 411(a))."""
    return round_cents((1 - vested) * balance)


def is_highly_compensated(
    *, owner: bool, hired_in_year: bool, prior_pay: Fraction | None, threshold: Fraction, in_top_paid_group: bool = True
) -> bool:
    """Whether a person is an HCE of a year (IRC 414(q)(1)).

    Args:
        owner: owns more than 5% (IRC 414(q)(2)).
        hired_in_year: hired in the determination year, so without pay in the look-back year.
        prior_pay: pay of the look-back year, the year before.
        threshold: the dollar amount of the look-back year; pay must be above it.
        in_top_paid_group: True also when the plan has not made the top-paid group election.
    """
    return owner or (not hired_in_year and prior_pay is not None and prior_pay > threshold and in_top_paid_group)


@dataclass(frozen=True)
class Period:
    """Days of constant pay, deferral rate and eligibility, both ends included."""

    start: dt.date
    end: dt.date
    pay: Decimal
    rate: Decimal
    is_eligible: bool

    @property
    def days(self) -> int:
        """How many days."""
        return (self.end - self.start).days + 1


def periods_of(
    first_day: dt.date, last_day: dt.date, pay: Decimal, rate: Decimal, eligible_on: dt.date | None,
    events: Sequence[Mapping[str, Any]], entries: Iterable[dt.date | None] = (),
) -> list[Period]:  # fmt: skip
    """The days employed, cut wherever pay, deferral rate or eligibility changes, and on other days of entry.

    Args:
        first_day, last_day: of employment in the year.
        pay, rate: in force when it begins.
        eligible_on: when the person may join the plan.
        events: of the year, in order; ``compensation_after`` and ``deferral_rate_after`` are the new values.
        entries: into the match and the core contribution.
    """
    changes = [event for event in events if _changes_something(event)]
    cuts = {first_day, last_day + dt.timedelta(days=1), *(event["effective_date"] for event in changes)}
    cuts |= {day for day in (eligible_on, *entries) if day is not None and first_day < day <= last_day}
    periods = []
    for start, following in pairwise(sorted(cuts)):
        for event in (event for event in changes if event["effective_date"] == start):
            pay = event["compensation_after"] if event["compensation_after"] is not None else pay
            rate = event["deferral_rate_after"] if event["deferral_rate_after"] is not None else rate
        is_eligible = eligible_on is not None and eligible_on <= start
        periods.append(Period(start, following - dt.timedelta(days=1), pay, rate, is_eligible))
    return periods


def _changes_something(event: Mapping[str, Any]) -> bool:
    changes = event["compensation_after"] is not None or event["deferral_rate_after"] is not None
    return changes and event["event_type"] != "hire"
