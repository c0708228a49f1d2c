"""The whole event log, foretold from the census, the settings and the draws alone, without a look at the engine's.

``comparison`` takes the engine's events as given and recomputes the money that follows from them; this module says
which events there must be. Together they leave the engine nothing of its own. Assumption tables are those of the
methodology; ``own_tables`` puts some of a run's own in their place.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import partial
from math import exp, floor
from pathlib import Path as FilePath
from typing import NamedTuple

from planalign_orchestrator.census.recognition import group_name
from planalign_orchestrator.config.settings import Settings, settings_of
from planalign_orchestrator.reports.plan_arithmetic import highest_election
from tests.oracle import census_people
from tests.oracle.behavior import CHANGES, ChangeDraws, answers
from tests.oracle.dates import completed_months, completed_years, first_day, last_day
from tests.oracle.draws import draw
from tests.oracle.eligibility import plan_entry
from tests.oracle.enrollment import (
    Action,
    ConversionDraws,
    EnrollmentRules,
    LifeDraws,
    Member,
    Participation,
    Profile,
)
from tests.oracle.exact import ZERO, exact, round_half_away
from tests.oracle.exits import (
    AtRisk,
    Force,
    exit_probabilities,
    first_to_ring,
    forces_of,
    new_hire_forces,
    reduction_of,
    turnover_factor,
)
from tests.oracle.hiring import PAY_BANDS, Hire, HiringRules, by_weight, hires_of, normal
from tests.oracle.plan import EntryRule
from tests.oracle.raises import structure_factor, structure_maximum
from tests.oracle.terms import escalation_rule, maximum_deferral_rate, plan_terms
from tests.oracle.workforce import (
    Headcount,
    Path,
    PayStep,
    Planned,
    PlannedRaise,
    Rates,
    largest_remainder,
    merit_scale,
    promotion_probability,
    raise_chain,
)

MERIT: Mapping[int, Fraction] = {
    level: exact(rate) for level, rate in zip(range(1, 6), (".032", ".032", ".032", ".032", ".032"), strict=True)
}
RAISE_MONTHS: Mapping[int, Fraction] = {
    month: Fraction(weight) for month, weight in zip(range(1, 13), (28, 3, 7, 18, 4, 5, 23, 3, 4, 8, 2, 2), strict=True)
}

SAME_DAY = (
    "hire",
    "eligibility",
    "promotion",
    "raise",
    "deferral_change",
    "enrollment",
    "opt_out",
    "deferral_escalation",
    "termination",
)
"""In which order events of one day stand."""


class Foretold(NamedTuple):
    """An event as the log must have it; a value that the kind of event does not have is None."""

    employee_id: str
    year: int
    event_type: str
    category: str
    date: dt.date
    pay: tuple[Fraction | None, Fraction] | None = None
    level: tuple[int | None, int] | None = None
    rate: tuple[Fraction, Fraction] | None = None
    reason: str | None = None


class Standing(NamedTuple):
    """Where a person stands with the plan after a year, named like the columns of the snapshot."""

    birth_date: dt.date
    hire_date: dt.date
    scheduled_hours_per_week: Fraction
    enrollment_date: dt.date | None
    enrollment_source: str | None
    opt_out_date: dt.date | None
    pending_enrollment_date: dt.date | None
    pending_enrollment_rate: Fraction | None
    pending_enrollment_source: str | None
    pending_opt_out_date: dt.date | None


@dataclass
class Life:
    """A person on the way through the years."""

    employee_id: str
    birth_date: dt.date
    hired_on: dt.date
    pay: Fraction
    level: int
    taking_part: Participation
    weekly_hours: Fraction
    is_excluded: bool = False
    reduced_from: Fraction | None = None
    known_exit: dt.date | None = None
    left_on: dt.date | None = None
    reason: str | None = None
    groups: Mapping[str, str] = field(default_factory=dict)

    def age(self, on: dt.date) -> int:
        """Completed years of age."""
        return completed_years(self.birth_date, on)

    def service(self, on: dt.date) -> int:
        """Completed years of service."""
        return completed_years(self.hired_on, on)

    def employed_on(self, date: dt.date) -> bool:
        """Whether the person is employed on a day."""
        return self.hired_on <= date and (self.left_on is None or date <= self.left_on)

    def standing(self) -> Standing:
        """The state that a year hands over."""
        state = self.taking_part
        pending = [] if self.left_on else state.pending
        coming = next((action for action in pending if action.kind != "opt_out"), None)
        return Standing(
            self.birth_date,
            self.hired_on,
            self.weekly_hours,
            state.enrolled_on,
            state.source,
            next((done.day for done in state.log[::-1] if done.kind == "opt_out"), None),
            coming and coming.day,
            coming and coming.rate,
            coming and coming.kind,
            next((action.day for action in pending if action.kind == "opt_out"), None),
        )

    def at_risk(self) -> AtRisk:
        """What the force depends on by which the person leaves."""
        return AtRisk(self.birth_date, self.hired_on, self.level, self.known_exit)

    def leave(self, date: dt.date, reason: str) -> None:
        """The last day."""
        self.left_on, self.reason = date, reason
        self.taking_part.member = replace(self.taking_part.member, exit=date)


@dataclass
class Forecast:
    """A run foretold year by year.

    Attributes:
        configured: the settings of the run.
        people: everybody employed, by employee id.
        hces: who is highly compensated, by year.
        roth_only: whose catch-up would have to be Roth, by year.
        events: what has been foretold so far.
        standings: where everybody stood after each year, by employee id and year.
        carried: what rounding left over after each year: by year and unit the headcount along the path and the parts of
            exits that were not due, by year, unit and level what a level is owed.
    """

    configured: Settings
    people: dict[str, Life]
    hces: Mapping[int, Container[str]] = field(default_factory=dict)
    roth_only: Mapping[int, Container[str]] = field(default_factory=dict)
    events: list[Foretold] = field(default_factory=list)
    standings: dict[tuple[str, int], Standing] = field(default_factory=dict)
    path: Path = field(default_factory=Path)
    owed: dict[str, dict[int, Fraction]] = field(default_factory=dict)
    carried: dict[tuple[object, ...], tuple[Fraction, ...]] = field(default_factory=dict)

    @classmethod
    def of_run(
        cls,
        settings: Settings,
        census_parquet: FilePath,
        hces: Mapping[int, Container[str]] | None = None,
        roth_only: Mapping[int, Container[str]] | None = None,
    ) -> Forecast:
        """The state before the first year; who is highly paid follows from money and not from events."""
        plan = plan_terms(settings_of(settings, settings.simulation.start_year))
        members = census_people.opening_members(
            census_people.read_census(census_parquet),
            first_year=settings.simulation.start_year,
            entry=plan.entry,
            minimum_pay={level: Fraction(band.minimum) for level, band in PAY_BANDS.items()},
        )
        forecast = cls(settings, {}, hces=hces or {}, roth_only=roth_only or {})
        forecast.people = {name: forecast._from_census(member) for name, member in members.items()}
        return forecast

    def __post_init__(self) -> None:
        self.settings = settings_of(self.configured, self.configured.simulation.start_year)

    def run(self, tables: Callable[[Settings], AbstractContextManager[None]] = nullcontext) -> list[Foretold]:
        """All years, each with its assumption tables."""
        for year in range(self.configured.simulation.start_year, self.configured.simulation.end_year + 1):
            before, self.settings = self.settings, settings_of(self.configured, year)
            self._amend(year, before)
            with tables(self.settings):
                self._year(year)
        return self.events

    def _amend(self, year: int, before: Settings) -> None:
        """What new settings mean for those who are here: see the methodology on amendments."""
        rules, entry = enrollment_rules(self.configured, year), self._entry_rule
        for name, life in self.people.items():
            state = life.taking_part
            state.rules = self._own_rules(rules, year, name, life.birth_date)
            maximum, automatic = state.rules.maximum_rate, state.rules.automatic_maximum
            if state.rate > maximum:
                life.reduced_from, state.rate = state.rate, maximum
            state.pending = [
                action._replace(rate=min(action.rate, automatic if action.kind == "auto" else maximum))
                for action in state.pending
            ]
            is_in = state.member.entry is not None and state.member.entry <= last_day(year - 1)
            if not life.is_excluded and not is_in and entry != plan_terms(before).entry:
                day = plan_entry(entry, life.birth_date, life.hired_on, life.weekly_hours, life.groups)
                state.member = replace(state.member, entry=day and max(day, first_day(year)))

    def _own_rules(self, rules: EnrollmentRules, year: int, name: str, born: dt.date) -> EnrollmentRules:
        """The rules with the highest rates of one person."""
        allowed = maximum_deferral_rate(self.settings, is_hce=name in self.hces.get(year, ()))
        no_catch_up = not self.settings.plan.deferral.roth_available and name in self.roth_only.get(year, ())
        return replace(
            rules,
            maximum_rate=highest_election(allowed, year - born.year, no_catch_up=no_catch_up),
            automatic_maximum=allowed,
            escalation=replace(rules.escalation, cap=min(rules.escalation.cap, allowed)),
        )

    @property
    def _draw(self) -> partial[float]:
        return partial(draw, self.settings.simulation.random_seed)

    @property
    def _entry_rule(self) -> EntryRule:
        return plan_terms(self.settings).entry

    def _from_census(self, member: census_people.Member) -> Life:
        person = member.person
        entry = person.known_entry or plan_entry(
            self._entry_rule, person.birth_date, person.hire_date, person.weekly_hours, member.groups
        )
        return Life(
            person.employee_id,
            person.birth_date,
            person.hire_date,
            member.pay,
            member.level,
            self._taking_part(
                self.configured.simulation.start_year,
                person.employee_id,
                person.birth_date,
                Member(
                    person.hire_date,
                    None if person.excluded else entry,
                    rate=member.deferral_rate,
                    enrolled_on=member.enrolled_on,
                    escalation_opt_out=member.escalation_opt_out,
                ),
            ),
            person.weekly_hours,
            person.excluded,
            known_exit=member.known_exit,
            groups=member.groups,
        )

    def _taking_part(self, year: int, name: str, born: dt.date, member: Member) -> Participation:
        once = partial(self._draw, person=name, year=0)
        draws = LifeDraws(
            *(
                once(stream)
                for stream in (
                    "voluntary_enrollment",
                    "voluntary_enrollment_date",
                    "match_magnet",
                    "elected_rate",
                    "opt_out",
                    "opt_out_date",
                )
            )
        )
        rules = self._own_rules(enrollment_rules(self.configured, year), year, name, born)
        return Participation(member, rules, draws)

    def _year(self, year: int) -> None:
        opening = dict(self.people)
        structure = structure_factor(self.configured, year)
        profiles = {name: _profile(life, last_day(year - 1), structure) for name, life in opening.items()}
        units: dict[str, dict[str, Life]] = {}
        for name, life in opening.items():
            units.setdefault(self._unit(life), {})[name] = life
        flows = self._flows(year, units)
        hired: dict[str, Life] = {}
        for unit in sorted(flows):
            people = units.get(unit, {})
            self._exits(year, unit, people, flows[unit])
            coming = self._hires(year, unit, people, flows[unit], len(hired))
            hired |= coming
            self._new_hire_exits(year, unit, coming, flows[unit].new_hire_exits)
            left = (self.path.paths[unit], self.path.exits[unit], self.path.new_hire_exits[unit])
            owed = {(year, unit, level): (number,) for level, number in self.owed.get(unit, {}).items()}
            self.carried |= {(year, unit): left, **owed}
        profiles |= {name: replace(_profile(life, life.hired_on, structure), tenure=0) for name, life in hired.items()}
        self.people = opening | hired
        for name, steps in self._pay_steps(year, opening).items():
            self.events += self._pay_events(year, self.people[name], steps)
        for name, life in self.people.items():
            self.events += self._plan_events(year, life, profiles[name])
            if life.left_on is not None:
                kind = "new_hire" if name in hired else "experienced"
                self.events.append(Foretold(name, year, "termination", kind, life.left_on, reason=life.reason))
        self.standings |= {(name, year): life.standing() for name, life in self.people.items()}
        self.people = {name: life for name, life in self.people.items() if life.left_on is None}

    @property
    def _exits_are_random(self) -> bool:
        return self.settings.workforce.exits == "random"

    def _unit(self, life: Life) -> str:
        """The value of the group that steers, or the empty name of the rest."""
        rules = self.settings.workforce
        value = life.groups.get(group_name(rules.steered_by)) if rules.steered_by else None
        return value if value is not None and value in {unit.value for unit in rules.steered} else ""

    def _flows(self, year: int, opening: Mapping[str, Mapping[str, Life]]) -> dict[str, Headcount]:
        heads = {unit: len(people) for unit, people in opening.items()}
        known = {
            unit: sum(life.known_exit is not None and life.known_exit <= last_day(year) for life in people.values())
            for unit, people in opening.items()
        }

        def drawn(unit: str, planned: Planned) -> int:
            if not self._exits_are_random:
                return planned.exits
            people = opening.get(unit, {})
            chances = exit_probabilities(self._forces(year, unit, people), planned.expected(random=True))
            return sum(self._draw("termination", name, year) < chance for name, chance in chances.items())

        return self.path.year(heads, rates_of(self.settings), known, drawn)

    def _forces(self, year: int, unit: str, people: Mapping[str, Life]) -> dict[str, Force]:
        rate = rates_of(self.settings)[unit].new_hire_exits
        return forces_of(year, {name: life.at_risk() for name, life in people.items()}, rate)

    def _exits(self, year: int, unit: str, opening: Mapping[str, Life], flows: Headcount) -> None:
        forces = self._forces(year, unit, opening)
        known = [name for name, force in forces.items() if force.known]
        expected = self.path.planned[unit].expected(random=self._exits_are_random)
        speed = turnover_factor(list(forces.values()), expected)
        draws = {name: self._draw("termination", name, year) for name in opening}
        others = {name: force.whole(speed) for name, force in forces.items() if not force.known}
        ranked = first_to_ring(others, draws, len(others))
        chances = exit_probabilities(forces, expected)
        if self._exits_are_random:
            ranked.sort(key=lambda name: draws[name] >= chances[name])
        causes = [
            (name, forces[name].cause(speed, chances[name], self._draw("exit_cause", name, year)))
            for name in ranked[: flows.exits - len(known)]
        ]
        extra = reduction_of(causes, flows.reduction)
        for name in known:
            opening[name].leave(opening[name].known_exit or last_day(year), "known")
        for name, cause in causes:
            date = forces[name].exit_day(year, speed, self._draw("termination_date", name, year))
            opening[name].leave(date, cause or ("reduction_in_force" if name in extra else self._reason(year, name)))

    def _new_hire_exits(self, year: int, unit: str, hired: Mapping[str, Life], count: int) -> None:
        candidates = {name: life for name, life in hired.items() if life.hired_on < last_day(year)}
        rate = rates_of(self.settings)[unit].new_hire_exits
        forces = new_hire_forces(year, {name: life.at_risk() for name, life in candidates.items()}, rate)
        draws = {name: self._draw("termination", name, year) for name in candidates}
        if self._exits_are_random:
            count = sum(draws[name] < 1 - exp(-force) for name, force in forces.items())
        for name in first_to_ring(forces, draws, count):
            life = candidates[name]
            possible = (last_day(year) - life.hired_on).days
            days = 1 + floor(possible * self._draw("termination_date", name, year))
            life.leave(life.hired_on + dt.timedelta(days=days), self._reason(year, name))

    def _reason(self, year: int, name: str) -> str:
        share = self.settings.workforce.involuntary_share
        return "involuntary" if self._draw("termination_reason", name, year) < share else "voluntary"

    def _hires(
        self, year: int, unit: str, opening: Mapping[str, Life], flows: Headcount, before: int
    ) -> dict[str, Life]:
        rules = self.settings.workforce.new_hires
        mix: Mapping[int, float | int] = (
            _count(life.level for life in opening.values()) if rules.level_mix == "opening" else rules.level_mix
        )
        if not mix:
            return {}
        by_level, self.owed[unit] = largest_remainder(flows.hires, mix, self.owed.get(unit))
        hires = hires_of(
            by_level,
            mix,
            year,
            flows.hires - flows.new_hire_exits,
            HiringRules(
                rules.pay_percentile_spread,
                rules.pay_factor * float(structure_factor(self.configured, year)),
                self.settings.plan.eligibility.new_hire_ineligible_rate,
            ),
            self._draw,
            before,
        )
        self.events += [
            Foretold(hire.employee_id, year, "hire", "new_hire", hire.hired_on, (None, hire.pay), (None, hire.level))
            for hire in hires
        ]
        as_of = last_day(self.configured.simulation.start_year - 1)
        staff = [life for _, life in sorted(opening.items(), key=lambda one: (one[1].hired_on > as_of, one[0]))]
        return {hire.employee_id: self._hired(hire, self._colleague(year, hire, staff)) for hire in hires}

    def _colleague(self, year: int, hire: Hire, staff: Sequence[Life]) -> Life:
        """Somebody of the level, or of the unit if that has nobody: a hire of the last three years, if there is one."""
        pool = [life for life in staff if life.level == hire.level] or staff
        pool = [life for life in pool if life.hired_on > last_day(year - 4)] or pool
        return pool[floor(self._draw("hire_colleague", hire.employee_id, year) * len(pool))]

    def _hired(self, hire: Hire, colleague: Life) -> Life:
        of_all, groups = self.settings.workforce.new_hires.scheduled_hours_per_week, colleague.groups
        hours = colleague.weekly_hours if of_all is None else exact(of_all)
        entry = plan_entry(self._entry_rule, hire.birth_date, hire.hired_on, hours, groups)
        entry = None if hire.excluded else entry
        taking_part = self._taking_part(
            hire.hired_on.year, hire.employee_id, hire.birth_date, Member(hire.hired_on, entry)
        )
        return Life(
            hire.employee_id,
            hire.birth_date,
            hire.hired_on,
            hire.pay,
            hire.level,
            taking_part,
            hours,
            hire.excluded,
            groups=groups,
        )

    def _pay_steps(self, year: int, opening: Mapping[str, Life]) -> dict[str, list[tuple[PlannedRaise, PayStep]]]:
        """Promotions and yearly raises of the opening staff, each planned raise with what becomes of the pay."""
        rules = self.settings.compensation
        promotions = {name: self._promotion(year, life) for name, life in opening.items()}
        recipients = {
            name: (date, _level_on(life, promotions[name], date))
            for name, life in opening.items()
            if (date := self._raise_date(year, name))
            and life.employed_on(date)
            and completed_months(life.hired_on, date) >= rules.minimum_service_months
        }
        scale = merit_scale(
            rules.merit_budget, [(opening[name].pay, MERIT[level]) for name, (_, level) in recipients.items()]
        )
        cola = exact(rules.cola_rate)
        steps = {}
        for name, life in opening.items():
            planned = [promotion] if (promotion := promotions[name]) else []
            if name in recipients:
                date, level = recipients[name]
                planned.append(PlannedRaise(date, round_half_away(MERIT[level] * scale, 6) + cola, promotion=False))
            planned.sort(key=lambda step: (step.day, not step.promotion))
            chain = raise_chain(
                life.pay,
                planned,
                maximum_rate=rules.promotion.raise_maximum,
                maximum_amount=structure_maximum(self.configured, year),
            )
            steps[name] = list(zip(planned, chain, strict=True))
        return steps

    def _raise_date(self, year: int, name: str) -> dt.date:
        return dt.date(year, by_weight(RAISE_MONTHS, self._draw("raise_month", name, 0)), 1)

    def _promotion(self, year: int, life: Life) -> PlannedRaise | None:
        rules = self.settings.compensation.promotion
        eve, name = last_day(year - 1), life.employee_id
        date = dt.date(year, *map(int, rules.effective_date.split("-")))
        if life.level == max(PAY_BANDS) or not life.employed_on(date):
            return None
        if life.service(date) < rules.minimum_service_years:
            return None
        probability = promotion_probability(
            life.age(eve),
            life.service(eve),
            life.level,
            base=rules.base_rate,
            multiplier=rules.promotion_rate_multiplier,
        )
        if self._draw("promotion", name, year) >= probability:
            return None
        mean, spread = rules.raise_mean_by_level.get(life.level, rules.raise_mean), rules.raise_spread
        drawn = mean
        if rules.raise_distribution == "uniform":
            drawn = mean + spread * (2 * self._draw("promotion_raise", name, year) - 1)
        elif rules.raise_distribution == "normal":
            drawn = mean + spread * normal(self._draw, "promotion_raise", name, year)
        return PlannedRaise(date, round_half_away(max(exact(drawn), ZERO), 6), promotion=True)

    def _pay_events(self, year: int, life: Life, steps: Iterable[tuple[PlannedRaise, PayStep]]) -> Iterator[Foretold]:
        for planned, step in steps:
            before = life.level
            life.pay, life.level = step.after, before + planned.promotion
            kind, category = ("promotion", "level_change") if planned.promotion else ("raise", "merit_and_cola")
            pay, levels = (step.before, step.after), (before, life.level)
            yield Foretold(life.employee_id, year, kind, category, planned.day, pay, levels)

    def _plan_events(self, year: int, life: Life, profile: Profile) -> Iterator[Foretold]:
        name, state = life.employee_id, life.taking_part
        entry = state.member.entry
        if (
            entry is not None
            and max(first_day(year), life.hired_on) <= entry <= last_day(year)
            and life.employed_on(entry)
        ):
            yield Foretold(name, year, "eligibility", "plan_entry", entry)
        if life.reduced_from is not None:
            change = (life.reduced_from, state.rate)
            yield Foretold(name, year, "deferral_change", "plan_maximum", first_day(year), rate=change)
            life.reduced_from = None
        rate, known = state.rate, len(state.log)
        yearly = (self._draw(stream, name, year) for stream in ("conversion", "conversion_date"))
        answering = ("match_response", "match_response_date")
        changing = ("deferral_change", "deferral_change_date", "deferral_change_points")
        changes = ChangeDraws(*(self._draw(stream, name, year) for stream in (*answering, *changing)))
        state.live(year, profile, ConversionDraws(*yearly), changes)
        for action in state.log[known:]:
            yield Foretold(name, year, *_kind(action), action.day, rate=(rate, action.rate))
            rate = action.rate


def rates_of(settings: Settings) -> dict[str, Rates]:
    """Growth and exits by unit, of everybody under the empty name."""
    rules = settings.workforce
    names = ("target_growth_rate", "total_termination_rate", "new_hire_termination_rate")
    usual = [getattr(rules, name) for name in names]
    own = {unit.value: [getattr(unit, name) for name in names] for unit in rules.steered}
    return {
        unit: Rates(*(exact(rate if one is None else one) for one, rate in zip(rates, usual, strict=True)))
        for unit, rates in ({"": usual} | own).items()
    }


def enrollment_rules(configured: Settings, year: int) -> EnrollmentRules:
    """The enrolment settings of a year of a run, in the oracle's words."""
    settings = settings_of(configured, year)
    rules = settings.plan.enrollment
    auto = rules.auto_enrollment
    everybody = auto.scope == "all_eligible_employees"
    since = year
    while since > configured.simulation.start_year and _enrolls(configured, since - 1, everybody=everybody):
        since -= 1
    return EnrollmentRules(
        first_year=since,
        automatic=auto.enabled,
        reenroll=auto.reenroll == "yearly",
        cutoff=None if everybody else auto.hire_date_cutoff or first_day(since),
        default_rate=exact(auto.default_deferral_rate),
        window_days=auto.window_days,
        grace_days=auto.opt_out_grace_period,
        cooling_years=rules.opt_out_cooling_years,
        magnet_probability=exact(rules.match_magnet.probability),
        magnet_maximum=exact(rules.match_magnet.maximum_rate),
        ceiling=answers(configured, year).ceiling,
        maximum_rate=maximum_deferral_rate(settings),
        voluntary_multiplier=exact(rules.voluntary_rate_multiplier),
        conversion_multiplier=exact(rules.conversion_rate_multiplier),
        opt_out_multiplier=exact(rules.opt_out_rate_multiplier),
        escalation=escalation_rule(settings),
        answers=answers(configured, year),
    )


def _enrolls(configured: Settings, year: int, *, everybody: bool) -> bool:
    auto = settings_of(configured, year).plan.enrollment.auto_enrollment
    return auto.enabled and (not everybody or auto.scope == "all_eligible_employees")


def _profile(life: Life, on: dt.date, structure: Fraction) -> Profile:
    return Profile(life.age(on), life.pay, life.level, life.service(on), structure)


def _level_on(life: Life, promotion: PlannedRaise | None, date: dt.date) -> int:
    return life.level + (promotion is not None and promotion.day <= date)


def _kind(action: Action) -> tuple[str, str]:
    """Event type and category."""
    special = {"opt_out": ("opt_out", "auto"), "escalation": ("deferral_escalation", "auto_escalation")}
    if action.kind in CHANGES:
        return "deferral_change", CHANGES[action.kind]
    return special.get(action.kind, ("enrollment", action.kind))


def _count(levels: Iterable[int]) -> dict[int, int]:
    counts: dict[int, int] = {}
    for level in levels:
        counts[level] = counts.get(level, 0) + 1
    return counts
