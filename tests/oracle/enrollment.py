"""How one person comes to take part in the plan: the state machine of enrolment over the years, given the draws."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from math import exp, floor
from typing import NamedTuple

from tests.oracle import behavior
from tests.oracle.behavior import CHANGES, Answers, Change, ChangeDraws
from tests.oracle.dates import days_in_year, first_day
from tests.oracle.escalation import EscalationRule, escalated
from tests.oracle.exact import ONE, ZERO, exact
from tests.oracle.workforce import Band, factor


class Segment(NamedTuple):
    """A segment from ``minimum`` on, up to the next one."""

    name: str
    minimum: int


AGES = (Segment("young", 0), Segment("mid_career", 31), Segment("mature", 46), Segment("senior", 56))
INCOMES = (Segment("low", 0), Segment("moderate", 50_000), Segment("high", 100_000), Segment("executive", 200_000))


def _by(names: tuple[Segment, ...], *values: str) -> dict[str, Fraction]:
    return {segment.name: exact(value) for segment, value in zip(names, values, strict=True)}


VOLUNTARY, VOLUNTARY_INCOME = _by(AGES, ".30", ".55", ".70", ".80"), _by(INCOMES, ".70", "1.00", "1.15", "1.25")
CONVERSION, CONVERSION_INCOME = _by(AGES, ".03", ".05", ".07", ".08"), _by(INCOMES, ".80", "1.00", "1.20", "1.30")
OPT_OUT, OPT_OUT_INCOME = _by(AGES, ".10", ".07", ".05", ".03"), _by(INCOMES, "1.20", "1.00", ".70", ".50")
ELECTED: Mapping[str, Mapping[str, Fraction]] = {
    "low": _by(AGES, ".03", ".04", ".05", ".06"),
    "moderate": _by(AGES, ".03", ".06", ".08", ".10"),
    "high": _by(AGES, ".04", ".08", ".10", ".12"),
    "executive": _by(AGES, ".06", ".10", ".12", ".15"),
}
TAILS: Mapping[str, Mapping[Fraction, Fraction]] = {
    income: {exact(rate): exact(share) for rate, share in rows}
    for income, rows in (
        ("low", ((".10", ".05"), (".15", ".02"))),
        ("moderate", ((".15", ".07"), (".20", ".03"))),
        ("high", ((".15", ".12"), (".20", ".08"), (".25", ".04"))),
        ("executive", ((".20", ".10"), (".25", ".06"), (".30", ".02"))),
    )
}
"""The shares of people who elect a higher rate, by rate."""
TENURE_CONVERSION = tuple(Band(low, exact(x)) for low, x in ((0, ".7"), (2, "1.0"), (5, "1.1")))


@dataclass(frozen=True)
class Profile:
    """A person at the opening of a year, or at the hire.

    Attributes:
        structure: the pay structure of the year against that of the first one.
    """

    age: int
    pay: Fraction
    level: int
    tenure: int
    structure: Fraction = ONE

    @property
    def age_segment(self) -> str:
        """Age segment of plan behaviour."""
        return [segment.name for segment in AGES if segment.minimum <= self.age][-1]

    @property
    def income_segment(self) -> str:
        """Income segment of plan behaviour."""
        return [segment.name for segment in INCOMES if segment.minimum * self.structure <= self.pay][-1]


@dataclass(frozen=True)
class EnrollmentRules:
    """The plan's settings of enrolment.

    Attributes:
        first_year: since when automatic enrolment, or that of everybody where everybody is in scope, is in force.
        reenroll: whether everybody in scope who does not take part is swept in every 1 January.
        cutoff: hires from this day on are auto-enrolled, or None for everybody.
        ceiling: the highest deferral rate that still earns a match.
        maximum_rate: the highest rate that the person may elect.
        automatic_maximum: the highest rate of an automatic enrolment.
    """

    first_year: int
    reenroll: bool = False
    automatic: bool = True
    cutoff: dt.date | None = None
    default_rate: Fraction = Fraction("0.02")
    window_days: int = 45
    grace_days: int = 30
    cooling_years: int = 2
    magnet_probability: Fraction = Fraction("0.45")
    magnet_maximum: Fraction = Fraction("0.10")
    ceiling: Fraction = Fraction("0.06")
    maximum_rate: Fraction = Fraction("0.75")
    automatic_maximum: Fraction = Fraction("0.75")
    voluntary_multiplier: Fraction = ONE
    conversion_multiplier: Fraction = ONE
    opt_out_multiplier: Fraction = ONE
    escalation: EscalationRule = field(default_factory=EscalationRule)
    answers: Answers = field(default_factory=Answers)


@dataclass(frozen=True)
class LifeDraws:
    """Draws made once in a person's life."""

    voluntary: float
    voluntary_delay: float
    magnet: float
    tail: float
    opt_out: float
    opt_out_delay: float


@dataclass(frozen=True)
class ConversionDraws:
    """Draws made every year."""

    conversion: float
    day: float


@dataclass(frozen=True)
class Member:
    """A person as the state machine meets them.

    Attributes:
        entry: the day of joining the plan, or None.
        exit: the last day employed, or None.
        rate: deferral rate from the census.
        enrolled_on: enrolment date from the census.
        escalation_opt_out: does not want to be escalated.
    """

    hire: dt.date
    entry: dt.date | None
    exit: dt.date | None = None
    rate: Fraction = ZERO
    enrolled_on: dt.date | None = None
    escalation_opt_out: bool = False


class Action(NamedTuple):
    """A change of participation."""

    day: dt.date
    kind: str
    rate: Fraction


def voluntary_probability(rules: EnrollmentRules, profile: Profile) -> Fraction:
    """The chance of enrolling of one's own will on becoming eligible."""
    by_level = exact(".90") if profile.level <= 2 else exact("1.00") if profile.level <= 4 else exact("1.10")
    by_segment = VOLUNTARY[profile.age_segment] * VOLUNTARY_INCOME[profile.income_segment]
    chance = by_segment * by_level * rules.voluntary_multiplier
    change = rules.answers.since_start
    return min(ONE, chance * Fraction(exp(behavior.VOLUNTARY * change)) if change else chance)


def conversion_probability(rules: EnrollmentRules, profile: Profile) -> Fraction:
    """The chance in a year of enrolling later."""
    by_tenure = factor(TENURE_CONVERSION, profile.tenure)
    by_segment = CONVERSION[profile.age_segment] * CONVERSION_INCOME[profile.income_segment]
    return min(ONE, by_segment * by_tenure * rules.conversion_multiplier)


def joining_probability(rules: EnrollmentRules, profile: Profile) -> Fraction:
    """The chance in a year of enrolling later, or for a new match."""
    chance, change = conversion_probability(rules, profile), rules.answers.change
    return 1 - (1 - chance) * Fraction(exp(-behavior.JOIN * change)) if change else chance


def opt_out_probability(rules: EnrollmentRules, profile: Profile) -> Fraction:
    """The chance of leaving the plan after an automatic enrolment."""
    by_segment = OPT_OUT[profile.age_segment] * OPT_OUT_INCOME[profile.income_segment]
    return min(ONE, by_segment * rules.opt_out_multiplier)


def elected_rate(rules: EnrollmentRules, profile: Profile, magnet: float, tail: float) -> Fraction:
    """The rate that a person elects; the match draws some of the lower ones up to its ceiling."""
    rate, above = ELECTED[profile.income_segment][profile.age_segment], ZERO
    for higher, share in sorted(TAILS[profile.income_segment].items(), reverse=True):
        if above <= tail < above + share:
            rate = max(rate, higher)
        above += share
    if rate < rules.ceiling and magnet < rules.magnet_probability:
        rate = max(rate, min(rules.ceiling, rules.magnet_maximum))
    return min(rate, rules.maximum_rate)


def automatic_scope(rules: EnrollmentRules, hire: dt.date) -> bool:
    """Whether the plan enrols a person who does nothing (IRC 414(w))."""
    return rules.automatic and (rules.cutoff is None or hire >= rules.cutoff)


@dataclass
class Participation:
    """The state of one member; ``live`` goes through a year."""

    member: Member
    rules: EnrollmentRules
    draws: LifeDraws
    log: list[Action] = field(default_factory=list)
    pending: list[Action] = field(default_factory=list)
    opted_out_in: int | None = None

    def __post_init__(self) -> None:
        self.rate = self.member.rate
        self.enrolled_on = self.member.enrolled_on if self.rate > 0 else None

    @property
    def enrolled(self) -> bool:
        """Takes part: a deferral rate above 0 is in force."""
        return self.rate > 0

    @property
    def source(self) -> str | None:
        """How a participant came to take part."""
        ways = [action.kind for action in self.log if action.kind not in ("opt_out", "escalation", *CHANGES)]
        return (ways[-1] if ways else "census") if self.enrolled else None

    def live(self, year: int, profile: Profile, yearly: ConversionDraws, changing: ChangeDraws | None = None) -> None:
        """Decide what this year decides, then carry out what falls into it while the person is employed."""
        changes = [] if changing is None else self._change(year, profile, changing)
        self._decide(year, profile, yearly)
        for action in sorted([*self._due(year), *changes, *self._escalation(year)], key=lambda action: action.day):
            self._carry_out(action)

    def _decide(self, year: int, profile: Profile, yearly: ConversionDraws) -> None:
        entry = self.member.entry
        if entry is None or self.enrolled:
            return
        if entry.year == year:
            self._on_becoming_eligible(entry, profile)
        elif entry.year < year and not self.pending and self._swept_in(year, entry):
            everybody = self.rules.cutoff is None or self.rules.reenroll
            self._schedule_automatic(first_day(year) if everybody else entry, profile)
        elif entry.year < year and not self.pending and self._cooled(year):
            self._maybe_convert(year, profile, yearly)

    def _change(self, year: int, profile: Profile, draws: ChangeDraws) -> list[Action]:
        """A change of the person's own, of somebody who takes part and is not about to opt out."""
        if not self.enrolled or self.pending:
            return []
        segments, maximum = (profile.income_segment, profile.age_segment), self.rules.maximum_rate
        change = self.rules.answers.chosen(year, self.rate, *segments, draws, maximum)
        return [Action(change.day, change.kind, change.points)] if change and self._employed_on(change.day) else []

    def _swept_in(self, year: int, entry: dt.date) -> bool:
        """In the first year: everybody in scope, or, of hires from a cutoff on, those still within their window."""
        if not automatic_scope(self.rules, self.member.hire):
            return False
        if self.rules.reenroll:
            return True
        if year != self.rules.first_year or self.opted_out_in is not None:
            return False
        return self.rules.cutoff is None or entry + dt.timedelta(days=self.rules.window_days) >= first_day(year)

    def _on_becoming_eligible(self, entry: dt.date, profile: Profile) -> None:
        if self.draws.voluntary < voluntary_probability(self.rules, profile):
            day = entry + dt.timedelta(days=7 + floor(29 * self.draws.voluntary_delay))
            self.pending.append(Action(day, "voluntary", self._elected(profile)))
        elif automatic_scope(self.rules, self.member.hire):
            self._schedule_automatic(entry, profile)

    def _elected(self, profile: Profile) -> Fraction:
        return elected_rate(self.rules, profile, self.draws.magnet, self.draws.tail)

    def _schedule_automatic(self, since: dt.date, profile: Profile) -> None:
        day = since + dt.timedelta(days=self.rules.window_days)
        self.pending.append(Action(day, "auto", min(self.rules.default_rate, self.rules.automatic_maximum)))
        if self.draws.opt_out < opt_out_probability(self.rules, profile):
            delay = 1 + floor(self.rules.grace_days * self.draws.opt_out_delay)
            self.pending.append(Action(day + dt.timedelta(days=delay), "opt_out", ZERO))

    def _cooled(self, year: int) -> bool:
        return self.opted_out_in is None or year - self.opted_out_in >= self.rules.cooling_years

    def _maybe_convert(self, year: int, profile: Profile, yearly: ConversionDraws) -> None:
        if yearly.conversion < joining_probability(self.rules, profile):
            kind = "conversion" if yearly.conversion < conversion_probability(self.rules, profile) else "match_response"
            day = first_day(year) + dt.timedelta(days=floor(days_in_year(year) * yearly.day))
            self.pending.append(Action(day, kind, self._elected(profile)))

    def _employed_on(self, day: dt.date) -> bool:
        return self.member.hire <= day and (self.member.exit is None or day <= self.member.exit)

    def _due(self, year: int) -> list[Action]:
        due = [action for action in self.pending if action.day.year == year]
        self.pending = [action for action in self.pending if action.day.year > year]
        return [action for action in due if self._employed_on(action.day)]

    def _escalation(self, year: int) -> list[Action]:
        day = self.rules.escalation.date_in(year)
        return [Action(day, "escalation", ZERO)] if self._employed_on(day) else []

    def _carry_out(self, action: Action) -> None:
        if action.kind == "escalation":
            rule, opted_out = self.rules.escalation, self.member.escalation_opt_out
            automatic = self.source == "auto"
            rate = escalated(rule, self.rate, self.enrolled_on, action.day, opted_out=opted_out, automatic=automatic)
            if rate == self.rate:
                return
            action = action._replace(rate=rate)
        elif action.kind in CHANGES:
            rate = self.rules.answers.after(
                self.rate, Change(action.day, action.kind, action.rate), self.rules.maximum_rate
            )
            if rate == self.rate:
                return
            action = action._replace(rate=rate)
            self.enrolled_on = self.enrolled_on if rate else None
        elif action.kind == "opt_out":
            self.opted_out_in, self.enrolled_on = action.day.year, None
        else:
            self.enrolled_on = action.day
        self.rate = action.rate
        self.log.append(action)


def participate(
    member: Member,
    rules: EnrollmentRules,
    draws: LifeDraws,
    profile_in: Callable[[int], Profile],
    yearly_in: Callable[[int], ConversionDraws],
    years: range,
) -> list[Action]:
    """Everything that happens to a member's participation.

    Args:
        member: the person.
        rules: the plan's settings.
        draws: draws of a life.
        profile_in: the person at the opening of a year, or at the hire.
        yearly_in: draws of a year.
        years: plan years, the first one being ``rules.first_year``.
    """
    state = Participation(member, rules, draws)
    for year in years:
        if member.exit is not None and member.exit.year < year:
            break
        if member.hire.year <= year:
            state.live(year, profile_in(year), yearly_in(year))
    return state.log
