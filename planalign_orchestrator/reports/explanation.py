"""One person's story over the years: what happened, and each amount with its rule, its inputs and its recomputation."""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import Any, TypeAlias

from planalign_orchestrator.census.recognition import group_name
from planalign_orchestrator.config.contributions import Entry
from planalign_orchestrator.errors import ResultsError
from planalign_orchestrator.json_text import plain
from planalign_orchestrator.reports import plan_arithmetic as rules
from planalign_orchestrator.reports.page import finding, told
from planalign_orchestrator.reports.pool_share import class_rate, pool_share, usd
from planalign_orchestrator.reports.results import RunResults
from planalign_orchestrator.reports.testing import person_lines
from planalign_orchestrator.reports.wording import counted, words
from planalign_orchestrator.tables import rendered, table

_KEY = "select any_value(person_key) as key from fct_workforce_snapshot where employee_id = ?"
_EVENTS = "select * exclude (event_id) from fct_yearly_events where person_key = ? order by event_sequence"
_ASSUMPTIONS = ("irs_limits", "vesting_schedules")
_ADDITIONS = ("employee deferrals", "of which catch-up", "core contribution", "match")
_BALANCE = "employer_core_balance"
_CORE_LEFT = {"core contribution": "employer_core", "core account": _BALANCE, "core vested": _BALANCE}
"""What a plan without a core may still show of one, with the column that says whether there is any."""

Worked: TypeAlias = tuple[str, Any, Any, str]
"""An amount: what it is, as it is stored, as it is worked out again, and how."""


@dataclass(frozen=True)
class Line:
    """An amount, how it comes about, and whether the recomputation agrees.

    Args:
        label: what it is.
        stored: in the database.
        recomputed: from the stored inputs; None when the assumption tables of then, which it takes, are gone.
        working: the inputs, put into the rule.
        rule: in words, with the section of the law and of ``docs/methodology.md``.
    """

    label: str
    stored: Any
    recomputed: Any
    working: str
    rule: str

    @property
    def agrees(self) -> bool:
        """Whether both are the same, money to the cent; what cannot be worked out again is not judged."""
        return self.recomputed is None or bool(self.stored == self.recomputed)

    def shown(self, value: Any) -> str:
        """The stored or the recomputed amount as a reader sees it."""
        if isinstance(value, bool):
            return "yes" if value else "no"
        if isinstance(value, str):
            return words(value)
        is_share = self.label.endswith(" vested") or self.label.startswith("rate ")
        return f"{value:.2%}" if is_share else f"{value:,.2f}"


@dataclass(frozen=True)
class YearStory:
    """A person's year; its periods also as lines, in columns."""

    year: int
    opening: str
    events: list[str]
    periods: list[rules.Period]
    period_lines: list[str]
    lines: list[Line]
    tests: list[str]

    def to_json(self) -> dict[str, Any]:
        """The year as plain data; money and dates as text."""
        amounts = [{**asdict(line), "agrees": line.agrees} for line in self.lines]
        periods = [{**asdict(period), "days": period.days} for period in self.periods]
        happened = {"year": self.year, "opening": self.opening, "events": self.events, "periods": periods}
        return dict(plain({**happened, "amounts": amounts, "tests": self.tests}))


def story_document(employee_id: str, stories: Sequence[YearStory]) -> dict[str, Any]:
    """A person's story as plain data."""
    wrong = sum(not line.agrees for story in stories for line in story.lines)
    return {"employee_id": employee_id, "mismatches": wrong, "years": [story.to_json() for story in stories]}


def explain(results: RunResults, employee_id: str, year: int | None = None) -> list[YearStory]:
    """The story of a person, of all years or of one.

    Raises:
        ResultsError: nobody has this id (the nearest ones are named), or is here in this year.
    """
    key = [row["key"] for row in results.query(_KEY, [employee_id])]  # tables are in its order, and found by it quickly
    rows = results.query(rendered(__package__, "explained.sql"), key)
    if not rows:
        near = [row["employee_id"] for row in results.query(rendered(__package__, "nearest_ids.sql"), [employee_id])]
        raise ResultsError(f"nobody in this run has the id {employee_id!r}", remedy=f"Nearest: {', '.join(near)}")
    years = [row["simulation_year"] for row in rows]
    if year is not None and year not in years:
        there = ", ".join(map(str, years))
        raise ResultsError.told("not employed then", employee_id=employee_id, year=year, years=there)
    events = results.query(_EVENTS, key)
    tables = {name: results.rows(name) for name in _ASSUMPTIONS}
    at_census = results.query("select * from int_baseline_workforce where employee_id = ?", [employee_id])
    before = [next(iter(at_census), None), *rows]
    each = zip(years, rows, before, strict=False)
    return [
        _Explainer(results, row, earlier, events, tables).story() for of, row, earlier in each if year in (None, of)
    ]


class _Explainer:
    """Works one year of one person out again."""

    def __init__(
        self, results: RunResults, row: dict[str, Any], before: dict[str, Any] | None, events: list[dict[str, Any]],
        tables: Mapping[str, Sequence[Mapping[str, Any]]],
    ) -> None:  # fmt: skip
        self.results, self.row, self.before, self.tables = results, row, before, tables
        self.own, self.match_step, self.core_step = row["own"], row["matches"], row["cores"]
        self.year: int = row["simulation_year"]
        self.events = [event for event in events if event["simulation_year"] == self.year]
        self.plan = results.plan_of(self.year)
        self._has_core = self.plan.core.type != "none" or self.plan.forfeitures.used_for == "reallocate"
        self.census_date = dt.date(results.years[0] - 1, 12, 31)
        self.first_day = max(row["hire_date"], dt.date(self.year, 1, 1))
        self.last_day = row["termination_date"] or dt.date(self.year, 12, 31)
        rate = Decimal(0) if before is None else before["deferral_rate"]
        entries = (row["eligibility_date"], row["match_entry_date"], row["core_entry_date"])
        self.entries: dict[str, dt.date | None] = dict(zip(("plan", "match", "core"), entries, strict=True))
        days, pay = (self.first_day, self.last_day), row["opening_compensation"]
        self.periods = rules.periods_of(*days, pay, rate, entries[0], self.events, entries[1:])
        self.days = sum(period.days for period in self.periods)
        self.day_before = self.plan.service_completed == "day_before"
        service = rules.service_years(row["hire_date"], self.last_day, day_before=self.day_before)
        self.standing = rules.Standing(rules.completed_years(row["birth_date"], self.last_day), service)
        self.is_new_hire = row["detailed_status_code"].startswith("new_hire")
        self._age_reached = self.year - row["birth_date"].year
        prior, rule = row["prior_year_compensation"], self.plan.deferral
        self._prior_pay = None if prior is None else Fraction(prior)
        self._all_roth = rules.catch_up_must_be_roth(self.year, self._prior_pay, self._limit("roth_catch_up_wages"))
        of_hces = [] if rule.hce_maximum_rate is None or not row["is_hce"] else [rule.hce_maximum_rate]
        self._highest_rate = rules.exact(min([rule.maximum_rate, *of_hces]))
        of_plan = self._for_days(self._since("plan"), at=self._highest_rate)
        self._regular_limit = min(self._limit("elective_deferral_limit"), of_plan)  # before catch-up begins
        self.contributed = found = self._contributed()
        self._counted_deferrals = found.total if self.plan.match.match_catch_up else found.total - found.catch_up

    def story(self) -> YearStory:
        """The year."""
        found = [
            *self._pay(), *self._answer(), *self._deferrals(), *self._employer(), *self._vesting(), self._hce(),
        ]  # fmt: skip
        happened, tests = [finding("event", it=event) for event in self.events], person_lines(self.row["tests"])
        lines = [self._line(*worked) for worked in found if self._is_told(worked[0])]
        opening = finding("opening", row=self.row, is_new=self.is_new_hire, rate=self.periods[0].rate)
        period_lines = told("periods", periods=self.periods)
        return YearStory(self.year, opening, happened, self.periods, period_lines, lines, tests)

    def _is_told(self, label: str) -> bool:
        return self._has_core or "core" not in label or bool(self.row.get(_CORE_LEFT.get(label, "")))

    def _line(self, label: str, stored: Any, worked: Any, working: str) -> Line:
        """An amount, without judgement on what assumption tables decided that are others now."""
        recomputed = Decimal(worked.numerator) / worked.denominator if isinstance(worked, Fraction) else worked
        line = Line(label, stored, recomputed, working, self._rule(label))
        if line.agrees:
            return line
        changed = [name for name in self.results.assumptions_changed_after(self.year) if name in _ASSUMPTIONS]
        unknown = f"not worked out again: {', '.join(changed)} changed after {self.year}"
        return replace(line, recomputed=None, working=unknown) if changed else line

    def _rule(self, label: str) -> str:
        """The rule behind an amount; those of the match and the core contribution share some."""
        known, plan, (source, _, what) = table(__package__, "amounts"), self.plan, label.partition(" ")
        rule = known.get(label) or known["within the limit on additions" if label in _ADDITIONS else what]
        entry = self.plan.entries().get(source)
        return rule["rule"].format(
            counted=words(entry.compensation) if entry else "", computed=plan.match.computed,
            family=words(plan.match.family), type=words(plan.core.type),
            order=words(plan.compliance.annual_additions_order),
        )  # fmt: skip

    def _of(self, name: str) -> Fraction:
        return Fraction(self.row[name])

    def _limit(self, name: str, year: int | None = None) -> Fraction:
        """An IRS limit, zero where the year has none; after the last published year indexed and rounded down."""
        year, published = year or self.year, self.tables["irs_limits"]
        known = max((row for row in published if row["limit_year"] <= year), key=lambda row: row["limit_year"])
        amount = Fraction(known[name] or 0)
        settings, is_wage_base = self.plan.compliance, name == "social_security_wage_base"
        rate = rules.exact(settings.wage_base_growth_rate if is_wage_base else settings.irs_indexation_rate)
        years = year - known["limit_year"]
        return rules.INDEXING[name].of(amount, (1 + rate) ** years) if years and amount else amount

    def _for_days(self, periods: Iterable[rules.Period], *, deferred: bool = False, at: Fraction | int = 1) -> Fraction:
        amounts = ((Fraction(p.pay) * (Fraction(p.rate) if deferred else at), p.days) for p in periods)
        return rules.for_days(amounts, self.year)

    def _pay(self) -> Iterator[Worked]:
        row, year_days = self.row, rules.days_in_year(self.year)
        sums = " + ".join(f"{p.pay:,.2f} x {p.days}" for p in self.periods)
        earned = self._for_days(self.periods)
        yield "pay earned", row["prorated_annual_compensation"], earned, f"({sums}) / {year_days}"
        weekly = row["scheduled_hours_per_week"]
        hours = rules.hours_of_service(Fraction(weekly), self.days, self.year)
        yield "hours", row["hours_worked"], hours, f"{weekly} x 52 x {self.days} / {year_days}"
        limit = self._limit("compensation_limit")
        for name, rule in self.plan.entries().items():
            counted = self._for_days(self._counted(name, rule))
            working = f"the smaller of {usd(counted)} that counts and the limit of {usd(limit)}"
            yield f"{name} compensation", self.own[f"{name}_compensation"], min(counted, limit), working

    def _counted(self, source: str, rule: Entry) -> list[rules.Period]:
        """The periods whose pay a source of money counts."""
        since = self._since(source)
        return self.periods if since and rule.compensation == "full_year" else since

    def _never(self, source: str) -> str:
        """What keeps somebody out of a source of money, as far as a group does."""
        groups = self.row["groups"] or {}
        for left_out in self.plan.entries()[source].excluded_groups:
            if groups.get(group_name(left_out.group)) == left_out.value:
                return f"never ({left_out} stays out)"
        return "never"

    def _since(self, source: str) -> list[rules.Period]:
        entry = self.entries[source]
        return [period for period in self.periods if entry is not None and entry <= period.start]

    def _answer(self) -> Iterator[Worked]:
        """The rate after an answer to a new match."""
        known, ceiling = self.results.known_plan_of(self.year).match_ceiling, self.plan.match.ceiling()
        no_catch_up = self._all_roth and not self.plan.deferral.roth_available
        highest = rules.highest_election(self._highest_rate, self._age_reached, no_catch_up=no_catch_up)
        reached = min(rules.exact(ceiling), highest)
        for event in self.events:
            if event["event_type"] == "deferral_change" and event["event_category"] == "match_response":
                working = (
                    f"earned a match up to {known:.2%} before, now up to {ceiling:.2%}; at most {float(reached):.2%}"
                )
                yield "rate that answers the match", event["deferral_rate_after"], reached, working

    def _deferrals(self) -> Iterator[Worked]:
        elected = self._for_days(self.periods, deferred=True)
        parts = [f"{p.pay:,.2f} x {p.days} x {p.rate:.2%}" for p in self.periods if p.rate]
        found, own = self.contributed, self.own
        working = f"({' + '.join(parts) or '0'}) / {rules.days_in_year(self.year)}"
        yield "elected deferral", own["elected_deferral"], elected, working
        limit, wanted = self._regular_limit, min(elected, self._of("prorated_annual_compensation"))
        whose = "the plan" if limit < self._limit("elective_deferral_limit") else "402(g)"
        yield (
            "catch-up above the limit", own["catch_up_contributions"], found.catch_up,
            f"the part of {usd(wanted)} above the {usd(limit)} of {whose}, at most "
            f"{usd(found.catch_up + found.catch_up_room)} at age {self._age_reached}, reached this year",
        )  # fmt: skip
        yield (
            "deferrals within the limit", own["employee_contributions"], found.total,
            f"{usd(found.total - found.catch_up)} within the {usd(limit)} of {whose} + catch-up {usd(found.catch_up)}",
        )  # fmt: skip

    def _contributed(self) -> rules.Contributions:
        """What the person defers, before the limit on annual additions."""
        own, rule = self.row["own_roth_share"], self.plan.deferral
        elected, pay = self._for_days(self.periods, deferred=True), self._of("prorated_annual_compensation")
        ordinary, raised = self._limit("catch_up_limit"), self._limit("catch_up_limit_60_63")
        return rules.contribute(
            elected, pay=pay, limit=self._regular_limit,
            most_catch_up=rules.catch_up_limit(self._age_reached, ordinary, raised),
            roth_share=rules.exact(rule.roth_share) if own is None else Fraction(own),
            all_roth=self._all_roth, roth_available=rule.roth_available,
        )  # fmt: skip

    def _employer(self) -> Iterator[Worked]:
        own, match_step, core_step = self.own, self.match_step, self.core_step
        pay, core_pay = Fraction(own["match_compensation"]), Fraction(own["core_compensation"])
        no_match, no_core = (self._reason(name) for name in ("match", "core"))
        before = Fraction(own["elected_deferral"]) - self._for_days(self._since("match"), deferred=True)
        counted = self._counted_deferrals
        if not self.plan.match.match_catch_up:
            earlier = [period for period in self._since("plan") if period not in self._since("match")]
            before = min(before, self._for_days(earlier, at=self._highest_rate))
        deferred = max(rules.ZERO, min(counted - before, self._for_days(self._since("match"), deferred=True)))
        yield (
            "deferrals that are matched", own["matched_deferrals"], deferred,
            f"{usd(counted)} less {usd(before)} elected before entry to the match",
        )  # fmt: skip
        by_formula, working = self._match_formula(rules.match_parts(self._tiers(), deferred, pay), deferred, no_match)
        caps, who = self._match_caps(pay), self._conditions()
        most = min([by_formula, *caps])
        yield "who shares in the match", match_step["ineligible_reason"] or "yes", no_match or "yes", who
        working = "; ".join([working, *(f"at most {usd(cap)}" for cap in caps)])
        yield "match by the formula", match_step["match_before_limit"], rules.ZERO if no_match else most, working
        given, stored = (Fraction(core_step[name]) for name in ("reallocated_forfeitures", "core_before_limit"))
        core_worked, core_shown = self._core(core_pay, stored - given, no_core)
        yield "who shares in the core contribution", core_step["ineligible_reason"] or "yes", no_core or "yes", who
        yield (
            "core by the formula", core_step["core_before_limit"],
            rules.ZERO if no_core else core_worked + given,
            core_shown + (f"; {usd(given)} of what others forfeited" if given else ""),
        )  # fmt: skip
        yield from self._additions(Fraction(match_step["match_before_limit"]), Fraction(core_step["core_before_limit"]))

    def _tiers(self) -> list[rules.Tier]:
        match = self.plan.match
        reached = [band for band in match.bands() if band.minimum <= self.standing.measure(match.family)]
        return rules.tiers_of(reached[-1]) if reached else []

    def _match_formula(self, parts: list[rules.Part], deferred: Fraction, no_match: str | None) -> tuple[Fraction, str]:
        """What the formula comes to, and how."""
        match, since, by_year = self.plan.match, self._since("match"), rules.total_of(parts)
        if match.computed == "annual" or no_match or not parts:
            return by_year, _shown(parts, no_match)
        most = Fraction(1) if match.match_catch_up else self._highest_rate
        is_cut = self._counted_deferrals < self._for_days(self.periods, deferred=True)
        stretches = [(Fraction(p.pay), min(Fraction(p.rate), most), p.days) for p in since]
        by_payroll = rules.payroll_match(
            self._tiers(), stretches, days=rules.days_in_year(self.year), payrolls=match.pay_periods,
            most_deferred=deferred if is_cut else None, most_pay=self._limit("compensation_limit"),
        )  # fmt: skip
        tiers = " + ".join(f"{float(part.rate):.2%} of the {part.words}" for part in parts)
        working = f"{tiers}, on each payroll until a limit on deferrals or pay is reached: {usd(by_payroll)}"
        if not match.true_up:
            return by_payroll, working
        return max(by_payroll, by_year), f"{working}; by the year {usd(by_year)}, trued up"

    def _match_caps(self, pay: Fraction) -> list[Fraction]:
        """The plan's maxima in dollars."""
        share, amount = self.plan.match.max_match_percentage, self.plan.match.maximum_match_amount
        caps = [] if share is None else [rules.round_cents(rules.exact(share) * pay)]
        return caps if amount is None else [*caps, rules.exact(amount)]

    def _core(self, pay: Fraction, stored: Fraction, reason: str | None) -> tuple[Fraction, str]:
        """The core contribution without forfeitures of others, and how it comes about."""
        core, disparity = self.plan.core, self.plan.core.permitted_disparity
        if core.type == "none":
            return rules.ZERO, _shown([], reason)
        rate = self._core_rate()
        wage_base, amount = self._limit("social_security_wage_base"), disparity.integration_amount
        level = wage_base * rules.exact(disparity.integration_level)
        level = level if amount is None else min(rules.exact(amount), wage_base)
        if core.has_pool() and not reason:
            exact, shown = pool_share(self.results, self.year, core, pay, rate, level)
            # A share has the cent above or below it: which one, everybody's rests decide.
            return stored if abs(stored - exact) * 100 < 1 else rules.round_cents(exact), shown
        excess = rules.exact(disparity.excess_rate) if disparity.enabled else rules.ZERO
        parts = rules.core_parts(rate, excess, level, pay)
        return rules.total_of(parts), _shown(parts, reason)

    def _core_rate(self) -> Fraction:
        core, row = self.plan.core, self.row
        if core.type == "profit_sharing":
            sharing = core.profit_sharing
            own = (row["groups"] or {}).get(group_name(sharing.classes_by))
            return class_rate(sharing, own, is_hce=row["is_hce"], age=self.standing.age)
        reached = [band.rate for band in core.bands if band.minimum <= self.standing.measure(core.type)]
        return rules.exact(core.rate if core.type == "flat" else reached[-1] if reached else 0.0)

    def _additions(self, match: Fraction, core: Fraction) -> Iterator[Worked]:
        row, pay = self.row, self._of("prorated_annual_compensation")
        own, limit = self.contributed, self._limit("annual_additions_limit")
        regular = own.total - own.catch_up
        found = rules.limit_additions(
            regular, match, core, dollar_limit=limit, pay=pay, catch_up_room=own.catch_up_room,
            order=self.plan.compliance.annual_additions_order,
        )  # fmt: skip
        kept = own.within(found)
        additions = " + ".join(map(usd, [regular, match, *([core] if self._has_core else [])]))
        yield (
            "employee deferrals", row["employee_contributions"], kept.total,
            f"{usd(own.total)} less {usd(found.returned)} returned; additions of {additions} against "
            f"{usd(min(limit, pay))}: {usd(found.excess)} above it",
        )  # fmt: skip
        yield (
            "of which catch-up", row["catch_up_contributions"], kept.catch_up,
            f"{usd(own.catch_up)} + {usd(found.made_catch_up)} of what is above the limit on additions",
        )  # fmt: skip
        share = f"{float(kept.roth_share):.2%}"
        why = "all of the catch-up" if kept.all_roth else f"{share} of the catch-up"
        shares = f"{share} of {usd(kept.total - kept.catch_up)} + {why} {usd(kept.catch_up)}"
        yield "of which Roth", row["roth_contributions"], kept.roth, shares
        for label, stored, before, after in (
            ("core contribution", row["employer_core"], core, found.core),
            ("match", row["employer_match"], match, found.match),
        ):
            cut = f"{usd(before - after)} above the limit on additions"
            yield label, stored, after, f"{usd(before)} by the formula less {cut}"

    def _vesting(self) -> Iterator[Worked]:
        row = self.row
        service = self._vesting_service(self.last_day)
        unvested, leaves = rules.ZERO, row["termination_date"] is not None
        why = self._fully_vested_for(leaves)
        for name in ("match", "core"):
            schedules = self._vesting_schedules(name)
            before = Fraction((self.before or {}).get(f"{name}_vested_percentage") or 0)
            shares = [before, *(self._vested_share(found, service) for found in schedules)]
            share = Fraction(1) if why else max(shares)
            opening = Decimal(0) if self.before is None else self.before[f"employer_{name}_balance"]
            added, balance = row[f"employer_{name}"], row[f"employer_{name}_balance"]
            yield f"{name} account", balance, opening + added, f"{opening:,.2f} + {added:,.2f}"
            after = f"schedule {' or '.join(map(words, schedules))} after {counted(service, 'year')}"
            working = after + (f", in full: {why}" if why else "")
            yield f"{name} vested", row[f"{name}_vested_percentage"], share, working
            unvested += rules.forfeited(Fraction(balance), share)
        working = f"{usd(unvested)} is not vested; " + (f"left {self.last_day}" if leaves else "did not leave")
        yield "forfeited", row["forfeiture_amount"], unvested if leaves else rules.ZERO, working

    def _vesting_service(self, on: dt.date) -> int:
        credited = self.row["vesting_service_at_census"]
        known = None if credited is None else Fraction(credited)
        return rules.vesting_service(self.row["hire_date"], on, known, self.census_date, day_before=self.day_before)

    def _vesting_schedules(self, name: str) -> list[str]:
        """The schedule of the year, and those that an amendment replaced when the person had three years of service."""
        earlier = range(self.results.years[0], self.year)
        with_choice = [year for year in earlier if self._vesting_service(dt.date(year, 12, 31)) >= 3]
        plans = [self.plan, *map(self.results.plan_of, with_choice)]
        return list(dict.fromkeys(getattr(plan.vesting, f"{name}_schedule") for plan in plans))

    def _vested_share(self, schedule: str, service: int) -> Fraction:
        steps = [step for step in self.tables["vesting_schedules"] if step["schedule"] == schedule]
        return rules.vested_share({s["years_of_service"]: Fraction(s["vested_percentage"]) for s in steps}, service)

    def _fully_vested_for(self, leaves: bool) -> str:
        """Why somebody is fully vested whatever the schedule says; nothing for the others."""
        if self.standing.age >= self.plan.vesting.normal_retirement_age:
            return "normal retirement age reached"
        if (reason := self.row["termination_reason"]) in self.plan.vesting.full_at:
            return f"left by {reason}"
        return "left in a partial termination" if leaves and self.row["is_partial_termination"] else ""

    def _hce(self) -> Worked:
        row, threshold, prior = self.row, self._limit("hce_compensation", self.year - 1), self._prior_pay
        working = f"pay of {self.year - 1} {'unknown' if prior is None else usd(prior)} against {usd(threshold)}"
        is_top = True
        if self.plan.compliance.top_paid_group_election:
            is_top = row["is_in_top_paid_group"]
            working += f"; {'' if is_top else 'not '}in the top-paid group"
        owner = row["is_five_percent_owner"]
        is_hce = rules.is_highly_compensated(
            owner=owner, hired_in_year=self.is_new_hire, prior_pay=prior, threshold=threshold, in_top_paid_group=is_top
        )
        return "highly compensated", row["is_hce"], is_hce, f"{working}; {'' if owner else 'not a '}5% owner"

    def _reason(self, source: str) -> str | None:
        row, rule = self.row, getattr(self.plan, source).eligibility
        service = rules.ServiceOfYear(
            bool(self._since("plan")), bool(self._since(source)), self.is_new_hire, row["termination_reason"],
            self._of("hours_worked"), self.standing.service,
            self.plan.last_day_counts and row["termination_date"] == dt.date(self.year, 12, 31),
        )  # fmt: skip
        return rules.ineligible_reason(rule, service)

    def _conditions(self) -> str:
        sources = {"eligible": "plan", "match from": "match", **({"core from": "core"} if self._has_core else {})}
        entries = {what: self.entries[source] or self._never(source) for what, source in sources.items()}
        return finding("conditions", row=self.row, entries=entries, service=self.standing.service)


def _shown(parts: Sequence[rules.Part], reason: str | None) -> str:
    shown = [f"{float(part.rate):.2%} of {usd(part.base)} ({part.words})" for part in parts]
    return (" + ".join(shown) or "nothing by the formula") + (f"; none: {words(reason)}" if reason else "")
