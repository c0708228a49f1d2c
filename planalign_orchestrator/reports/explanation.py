"""One person's story over the years: what happened, and each amount with its rule, its inputs and its recomputation."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

from planalign_orchestrator.errors import ResultsError
from planalign_orchestrator.reports import plan_arithmetic as rules
from planalign_orchestrator.reports.plan_arithmetic import Circumstances, Part, Period
from planalign_orchestrator.reports.results import RunResults
from planalign_orchestrator.reports.wording import words

_EVENTS = "select * from fct_yearly_events where employee_id = ? order by simulation_year, event_sequence"
_NEAREST = """
    select employee_id from (select distinct employee_id from fct_workforce_snapshot)
    order by levenshtein(lower(employee_id), lower(?)), employee_id limit 5
"""
_RANK = """
    select count(*) as headcount,
        count(*) filter (where coalesce(prior_year_compensation, -1) > coalesce(?::decimal(18, 2), -1) or (
            coalesce(prior_year_compensation, -1) = coalesce(?::decimal(18, 2), -1) and employee_id <= ?)) as pay_rank
    from fct_workforce_snapshot
    where simulation_year = ? and detailed_status_code in ('continuous_active', 'experienced_termination')
"""
_ASSUMPTIONS = ("irs_limits", "vesting_schedules")
_STEPS = ("fct_employee_contributions", "fct_employer_match", "fct_employer_core")


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


@dataclass(frozen=True)
class YearStory:
    """A person's year."""

    year: int
    opening: str
    events: list[str]
    periods: list[Period]
    lines: list[Line]

    @property
    def mismatches(self) -> list[Line]:
        """The amounts that the recomputation does not confirm."""
        return [line for line in self.lines if not line.agrees]

    def to_json(self) -> dict[str, Any]:
        """The year as plain data; money and dates as text."""
        lines = [
            {**asdict(line), "stored": _text(line.stored), "recomputed": _text(line.recomputed), "agrees": line.agrees}
            for line in self.lines
        ]
        periods = [{**{k: _text(v) for k, v in asdict(p).items()}, "days": p.days} for p in self.periods]
        return {
            "year": self.year,
            "opening": self.opening,
            "events": self.events,
            "periods": periods,
            "amounts": lines,
        }


def explain(results: RunResults, employee_id: str, year: int | None = None) -> list[YearStory]:
    """The story of a person, of all years or of one.

    Raises:
        ResultsError: nobody has this id (the nearest ones are named), or is here in this year.
    """
    rows = results.query(
        "select * from fct_workforce_snapshot where employee_id = ? order by simulation_year", [employee_id]
    )
    if not rows:
        near = [row["employee_id"] for row in results.query(_NEAREST, [employee_id])]
        raise ResultsError(f"nobody in this run has the id {employee_id!r}", remedy=f"Nearest: {', '.join(near)}")
    years = [row["simulation_year"] for row in rows]
    if year is not None and year not in years:
        raise ResultsError(
            f"{employee_id} is not employed in {year}", remedy=f"There are {', '.join(map(str, years))} to explain."
        )
    events = results.query(_EVENTS, [employee_id])
    tables = {name: results.rows(name) for name in _ASSUMPTIONS}
    stories, before = [], _at_census(results, employee_id)
    for row in rows:
        if year in (None, row["simulation_year"]):
            happened = [event for event in events if event["simulation_year"] == row["simulation_year"]]
            story = _Explainer(results, row, before, happened, tables).story()
            changed = [name for name in results.assumptions_changed_after(story.year) if name in _ASSUMPTIONS]
            stories.append(_as_far_as_known(story, changed))
        before = row
    return stories


def _as_far_as_known(story: YearStory, changed: Sequence[str]) -> YearStory:
    """A year's story without judgement on what assumption tables decided that are others now."""
    if not changed:
        return story
    unknown = f"not worked out again: {', '.join(changed)} changed after {story.year}"
    lines = [line if line.agrees else replace(line, recomputed=None, working=unknown) for line in story.lines]
    return replace(story, lines=lines)


def _at_census(results: RunResults, employee_id: str) -> dict[str, Any] | None:
    rows = results.query("select * from int_baseline_workforce where employee_id = ?", [employee_id])
    return rows[0] if rows else None


class _Explainer:
    """Works one year of one person out again."""

    def __init__(
        self, results: RunResults, row: dict[str, Any], before: dict[str, Any] | None, events: list[dict[str, Any]],
        tables: Mapping[str, Sequence[Mapping[str, Any]]],
    ) -> None:  # fmt: skip
        self.results, self.row, self.before, self.events, self.tables = results, row, before, events, tables
        self.year: int = row["simulation_year"]
        self.plan = results.plan_of(self.year)
        self.census_date = dt.date(results.years[0] - 1, 12, 31)
        indexation = self.plan.compliance.irs_indexation_rate
        self.limits = rules.limits_of(self.year, tables["irs_limits"], indexation)
        self.limits_before = rules.limits_of(self.year - 1, tables["irs_limits"], indexation)
        self.steps = {name: self._step(name) for name in _STEPS}
        self.first_day = max(row["hire_date"], dt.date(self.year, 1, 1))
        self.last_day = row["termination_date"] or dt.date(self.year, 12, 31)
        rate = Decimal(0) if before is None else before["deferral_rate"]
        self.periods = rules.periods_of(
            self.first_day, self.last_day, row["opening_compensation"], rate, row["eligibility_date"], events
        )
        self.days = sum(period.days for period in self.periods)
        self.age = rules.completed_years(row["birth_date"], self.last_day)
        self.service = rules.completed_years(row["hire_date"], self.last_day)
        self.is_new_hire = row["detailed_status_code"].startswith("new_hire")

    def story(self) -> YearStory:
        """The year."""
        lines = [*self._pay(), *self._deferrals(), *self._employer(), *self._vesting(), self._hce()]
        return YearStory(self.year, self._opening(), [_event(event) for event in self.events], self.periods, lines)

    def _step(self, table: str) -> dict[str, Any]:
        where = f'select * from "{table}" where employee_id = ? and simulation_year = ?'
        return self.results.query(where, [self.row["employee_id"], self.year])[0]

    def _opening(self) -> str:
        row = self.row
        came = f"hired {row['hire_date']}" if self.is_new_hire else f"here since {row['hire_date']}"
        rate = self.periods[0].rate
        return (
            f"{came}, born {row['birth_date']}; annual pay {row['opening_compensation']:,.2f}, rate {rate:.2%}; "
            f"{words(row['detailed_status_code'])}, level {row['level_id']} at the end"
        )

    def _limit(self, name: str) -> Decimal:
        return self.limits[name] or Decimal(0)

    def _pay(self) -> Iterator[Line]:
        row, year_days = self.row, rules.days_in_year(self.year)
        earned = rules.earned(self.periods, self.year)
        sums = " + ".join(f"{p.pay:,.2f} x {p.days}" for p in self.periods)
        yield Line(
            "pay earned", row["prorated_annual_compensation"], earned, f"({sums}) / {year_days}",
            "annual pay x days / days of the year, over the periods (methodology 8)",
        )  # fmt: skip
        hours = rules.money(Fraction(row["scheduled_hours_per_week"]) * 52 * self.days / year_days)
        yield Line(
            "hours", row["hours_worked"], hours,
            f"{row['scheduled_hours_per_week']} x 52 x {self.days} / {year_days}",
            "weekly hours x 52 x days employed / days of the year (methodology 8)",
        )  # fmt: skip
        eligible = rules.earned(self.periods, self.year, eligible_only=True)
        limit = self._limit("compensation_limit")
        yield Line(
            "plan compensation", row["plan_compensation"], min(eligible, limit),
            f"the smaller of {eligible:,.2f} earned while eligible and {limit:,.2f}",
            "pay from hire or eligibility on, at most the limit (IRC 401(a)(17); methodology 8)",
        )  # fmt: skip

    def _deferrals(self) -> Iterator[Line]:
        row, step = self.row, self.steps["fct_employee_contributions"]
        elected = rules.elected(self.periods, self.year)
        parts = [f"{p.pay:,.2f} x {p.days} x {p.rate:.2%}" for p in self.periods if p.rate]
        yield Line(
            "elected deferral", step["elected_deferral"], elected,
            f"({' + '.join(parts) or '0'}) / {rules.days_in_year(self.year)}",
            "pay earned x the deferral rate in force, over the periods (methodology 9)",
        )  # fmt: skip
        wanted = min(elected, row["prorated_annual_compensation"])
        limit, reached = self._limit("elective_deferral_limit"), self.year - row["birth_date"].year
        most = rules.catch_up_limit(reached, self.limits)
        regular, catch_up = min(wanted, limit), min(max(wanted - limit, Decimal(0)), most)
        yield Line(
            "of which catch-up", row["catch_up_contributions"], catch_up,
            f"what {wanted:,.2f} is above {limit:,.2f}, at most {most:,.2f} at the age of {reached} reached this year",
            "deferrals above 402(g) are catch-up from 50 on, more from 60 to 63 (IRC 414(v)(2); methodology 9)",
        )  # fmt: skip
        yield Line(
            "employee deferrals", row["employee_contributions"], regular + catch_up,
            f"{regular:,.2f} within the limit of {limit:,.2f} + catch-up {catch_up:,.2f}",
            "elected deferral, at most 402(g) + catch-up and pay (IRC 402(g); methodology 9)",
        )  # fmt: skip
        yield self._roth(regular, catch_up)

    def _roth(self, regular: Decimal, catch_up: Decimal) -> Line:
        share, prior = rules.exact(self.plan.deferral.roth_share), self.row["prior_year_compensation"]
        threshold = self._limit("roth_catch_up_wages")
        all_roth = self.year >= 2026 and prior is not None and prior > threshold
        of_catch_up = catch_up if all_roth else rules.money(Fraction(catch_up) * share)
        why = f"all of the catch-up {catch_up:,.2f}" if all_roth else f"{float(share):.2%} of {catch_up:,.2f} catch-up"
        return Line(
            "of which Roth", self.row["roth_contributions"], rules.money(Fraction(regular) * share) + of_catch_up,
            f"{float(share):.2%} of {regular:,.2f} + {why}",
            "the Roth share; from 2026 all catch-up of people paid above the threshold (IRC 414(v)(7); methodology 9)",
        )  # fmt: skip

    def _employer(self) -> Iterator[Line]:
        row = self.row
        match_step, core_step = self.steps["fct_employer_match"], self.steps["fct_employer_core"]
        plan_pay, deferred = row["plan_compensation"], row["employee_contributions"]
        match = self.plan.match
        reason = rules.ineligible_reason(match.eligibility, self._circumstances())
        parts = rules.match_parts(match, deferred, plan_pay, self.service, self.age)
        cap = rules.money(rules.exact(match.max_match_percentage) * Fraction(plan_pay))
        matched = Decimal(0) if reason else min(_sum(parts), cap)
        yield Line(
            "who shares in the match", match_step["ineligible_reason"] or "yes", reason or "yes",
            self._conditions(), "eligible, employed on December 31, hours and service (methodology 10)",
        )  # fmt: skip
        yield Line(
            "match by the formula", match_step["match_before_limit"], matched,
            f"{_shown(parts)}; at most {match.max_match_percentage:.2%} of {plan_pay:,.2f} = {cap:,.2f}"
            + (f"; none: {reason}" if reason else ""),
            f"tiers on dollars deferred in the year, family {match.family} (IRC 401(m); methodology 10)",
        )  # fmt: skip
        core = self.plan.core
        reason = rules.ineligible_reason(core.eligibility, self._circumstances())
        parts = rules.core_parts(core, plan_pay, self.service, self.age, self._limit("social_security_wage_base"))
        cored = Decimal(0) if reason else _sum(parts)
        yield Line(
            "who shares in the core contribution", core_step["ineligible_reason"] or "yes", reason or "yes",
            self._conditions(), "the same rules with settings of their own (methodology 10)",
        )  # fmt: skip
        yield Line(
            "core by the formula", core_step["core_before_limit"], cored,
            _shown(parts) + (f"; none: {reason}" if reason else ""),
            f"rate x plan compensation, type {core.type}, permitted disparity above the integration level "
            "(IRC 401(l); methodology 10)",
        )  # fmt: skip
        yield from self._additions(match_step["match_before_limit"], core_step["core_before_limit"])

    def _additions(self, match: Decimal, core: Decimal) -> Iterator[Line]:
        row = self.row
        regular = row["employee_contributions"] - row["catch_up_contributions"]
        limit = min(self._limit("annual_additions_limit"), row["prorated_annual_compensation"])
        excess = max(regular + match + core - limit, Decimal(0))
        from_core = min(excess, core)
        working = f"{regular:,.2f} + {match:,.2f} + {core:,.2f} against {limit:,.2f}: {excess:,.2f} too much"
        rule = "additions without catch-up, at most the limit and pay; the excess reduces core, then match (IRC 415(c))"
        yield Line("core contribution", row["employer_core"], core - from_core, working, rule)
        yield Line("match", row["employer_match"], match - min(excess - from_core, match), working, rule)

    def _vesting(self) -> Iterator[Line]:
        row, credited = self.row, self.row["vesting_service_at_census"]
        service = self.service
        if credited is not None:
            service = int(credited + rules.completed_years(self.census_date, self.last_day))
        unvested = Decimal(0)
        for name in ("match", "core"):
            schedule = getattr(self.plan.vesting, f"{name}_schedule")
            share = rules.vested_share(schedule, service, self.tables["vesting_schedules"])
            opening = Decimal(0) if self.before is None else self.before[f"employer_{name}_balance"]
            added, balance = row[f"employer_{name}"], row[f"employer_{name}_balance"]
            yield Line(
                f"{name} account", balance, opening + added, f"{opening:,.2f} + {added:,.2f}",
                "opening balance + contributions; balances earn nothing (methodology 11)",
            )  # fmt: skip
            yield Line(
                f"{name} vested", row[f"{name}_vested_percentage"], share,
                f"schedule {schedule} after {service} years", "IRC 411(a)(2)(B); methodology 11",
            )  # fmt: skip
            unvested += rules.money(Fraction(balance) * (1 - Fraction(share)))
        leaves = row["termination_date"] is not None
        yield Line(
            "forfeited", row["forfeiture_amount"], unvested if leaves else Decimal(0),
            f"{unvested:,.2f} is not vested; " + (f"left {self.last_day}" if leaves else "did not leave"),
            "an exit forfeits what is not vested (IRC 411(a); methodology 11)",
        )  # fmt: skip

    def _hce(self) -> Line:
        row, threshold = self.row, self.limits_before["hce_compensation"] or Decimal(0)
        prior = row["prior_year_compensation"]
        is_hce = not self.is_new_hire and prior is not None and prior > threshold
        working = f"pay of {self.year - 1} {'unknown' if prior is None else f'{prior:,.2f}'} against {threshold:,.2f}"
        if self.plan.compliance.top_paid_group_election:
            found = self.results.query(_RANK, [prior, prior, row["employee_id"], self.year])[0]
            is_hce = is_hce and found["pay_rank"] <= int(found["headcount"] * Fraction(1, 5) + Fraction(1, 2))
            working += f"; place {found['pay_rank']} of {found['headcount']} by pay"
        working += "; 5% owner" if row["is_five_percent_owner"] else "; not a 5% owner"
        return Line(
            "highly compensated", row["is_hce"], bool(is_hce or row["is_five_percent_owner"]), working,
            "5% owner, or not hired this year and paid above last year's limit (IRC 414(q); methodology 12)",
        )  # fmt: skip

    def _circumstances(self) -> Circumstances:
        row = self.row
        return Circumstances(
            row["eligibility_date"], self.last_day, row["termination_reason"], self.is_new_hire, row["hours_worked"],
            self.service,
        )  # fmt: skip

    def _conditions(self) -> str:
        row = self.row
        leaving = (
            f"left {self.last_day} ({words(row['termination_reason'])})" if row["termination_date"] else "employed"
        )
        eligible = f"eligible {row['eligibility_date'] or 'never'}"
        return f"{eligible}, {leaving}, {row['hours_worked']:,.2f} hours, {self.service} years of service"


def _sum(parts: Sequence[Part]) -> Decimal:
    return rules.money(sum((part.amount for part in parts), Fraction(0)))


def _shown(parts: Sequence[Part]) -> str:
    shown = [f"{float(p.rate):.2%} of {float(p.base):,.2f} ({p.words})" for p in parts]
    return " + ".join(shown) or "no contribution of this kind"


def _event(event: Mapping[str, Any]) -> str:
    text = f"{event['effective_date']} {words(event['event_type'])} ({words(event['event_category'])})"
    if event["compensation_after"] is not None:
        text += f": annual pay {_change(event['compensation_before'], event['compensation_after'], ',.2f')}"
    if event["level_after"] is not None and event["level_after"] != event["level_before"]:
        text += f", level {_change(event['level_before'], event['level_after'], 'd')}"
    if event["deferral_rate_after"] is not None:
        text += f": rate {_change(event['deferral_rate_before'], event['deferral_rate_after'], '.2%')}"
    if event["event_type"] == "forfeiture":
        text += f": {event['amount']:,.2f}"
    return text + (f", {words(event['reason'])}" if event["reason"] else "")


def _change(before: Any, after: Any, form: str) -> str:
    return f"{after:{form}}" if before is None else f"{before:{form}} to {after:{form}}"


def _text(value: Any) -> Any:
    return value if value is None or isinstance(value, bool | int | str) else str(value)
