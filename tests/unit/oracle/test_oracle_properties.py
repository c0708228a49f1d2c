"""What holds for every person-year under every plan, and that the generated inputs are what they claim to be."""

from __future__ import annotations

import csv
import datetime as dt
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given, settings, strategies as st

from planalign_orchestrator.config.settings import Settings
from tests.oracle.limits import Limits, LimitTable
from tests.oracle.periods import Change, earned, tile
from tests.oracle.person_year import PersonYear, person_year
from tests.oracle.plan import AllocationRule, PlanTerms
from tests.oracle.published import LIMITS, PUBLISHED
from tests.oracle.terms import plan_terms
from tests.strategies import (
    CENSUS_COLUMNS,
    History,
    censuses,
    cores,
    faulty_census_rows,
    histories,
    matches,
    plans,
    settings_overrides,
    write_census,
)

pytestmark = pytest.mark.slow

steady = settings(derandomize=True, deadline=None, max_examples=60)
CENT = Fraction(1, 100)


def terms() -> st.SearchStrategy[PlanTerms]:
    return plans().map(lambda plan: plan_terms(Settings.model_validate({"plan": plan})))


def computed(history: History, plan: PlanTerms, limits: LimitTable = LIMITS) -> PersonYear:
    return person_year(history.person, history.opening, plan, limits, history.events, history.year)


def rates_in_force(history: History) -> list[Fraction]:
    return [history.opening.pay, *(change.value for change in history.events.pay_changes)]


@steady
@given(histories(), terms())
def test_money_stays_within_its_limits(history: History, plan: PlanTerms) -> None:
    result, limits = computed(history, plan), LIMITS.of(history.year)
    assert 0 <= result.prorated_annual_compensation <= max(rates_in_force(history))
    assert result.plan_compensation <= min(limits.compensation, result.prorated_annual_compensation)
    assert 0 <= result.employee_contributions <= result.prorated_annual_compensation
    assert result.employee_contributions - result.catch_up_contributions <= limits.elective_deferral
    assert result.roth_contributions <= result.employee_contributions + CENT
    assert 0 <= result.employer_match <= plan.match.maximum * result.plan_compensation + CENT / 2
    additions = result.employee_contributions - result.catch_up_contributions + result.total_employer_contributions
    assert additions <= min(limits.annual_additions, result.prorated_annual_compensation)


@steady
@given(histories(), terms())
def test_catch_up_only_at_fifty_and_above_a_limit(history: History, plan: PlanTerms) -> None:
    result = computed(history, plan)
    if result.catch_up_contributions:
        assert history.year - history.person.birth_date.year >= 50
        regular = result.employee_contributions - result.catch_up_contributions
        most = max(plan.highest_rates) * result.prorated_annual_compensation
        assert regular <= min(LIMITS.of(history.year).elective_deferral, most + CENT)


@steady
@given(histories(), terms())
def test_forfeited_and_kept_make_the_balance(history: History, plan: PlanTerms) -> None:
    result = computed(history, plan)
    balance = result.employer_match_balance + result.employer_core_balance
    opening = history.opening.match_balance + history.opening.core_balance
    assert balance == opening + result.total_employer_contributions
    assert 0 <= result.forfeiture_amount <= balance
    vested = result.match_vested_percentage == 1 and result.core_vested_percentage == 1
    if history.events.exit_date is None or vested:
        assert result.forfeiture_amount == 0


@steady
@given(histories(), terms())
def test_outside_the_plan_there_is_no_employer_money(history: History, plan: PlanTerms) -> None:
    outsider = replace(history, person=replace(history.person, excluded=True))
    result = computed(outsider, plan)
    assert result.total_employer_contributions == 0 and result.plan_compensation == 0 and not result.is_eligible


@steady
@given(histories(), terms())
def test_a_change_to_the_same_value_changes_nothing(history: History, plan: PlanTerms) -> None:
    first = Change(dt.date(history.year, 1, 1), history.opening.pay)
    events = replace(history.events, pay_changes=(first, *history.events.pay_changes))
    assume(all(change.day > first.day for change in history.events.pay_changes))
    assert computed(replace(history, events=events), plan) == computed(history, plan)


@steady
@given(histories(), st.dates(dt.date(2020, 1, 1), dt.date(2028, 12, 31)))
def test_a_split_year_earns_what_the_whole_earns(history: History, at: dt.date) -> None:
    day = at.replace(year=history.year) if (at.month, at.day) != (2, 29) else dt.date(history.year, 3, 1)
    first, last = dt.date(history.year, 1, 1), dt.date(history.year, 12, 31)
    whole = tile(history.opening.pay, history.events.pay_changes, first, last)
    parts = [
        *tile(history.opening.pay, history.events.pay_changes, first, day - dt.timedelta(days=1)),
        *tile(history.opening.pay, history.events.pay_changes, day, last),
    ]
    assert sum(period.days for period in whole) == (last - first).days + 1 == sum(period.days for period in parts)
    assert all(a.last + dt.timedelta(days=1) == b.first for a, b in pairwise(whole))
    assert earned(parts, history.year) == earned(whole, history.year)


@steady
@given(histories(), terms(), st.integers(1, 200))
def test_deferring_more_never_lowers_match_or_contribution(history: History, plan: PlanTerms, more: int) -> None:
    raised = replace(history.opening, deferral_rate=history.opening.deferral_rate + Fraction(more, 1000))
    events = replace(history.events, deferral_changes=())
    before = computed(replace(history, events=events), plan)
    after = computed(replace(history, opening=raised, events=events), plan)
    assert after.employee_contributions >= before.employee_contributions
    if not after.limited_415c:
        assert after.employer_match >= before.employer_match


@steady
@given(histories(), terms(), st.sampled_from((2, 10)))
def test_scaling_pay_and_limits_scales_money(history: History, plan: PlanTerms, factor: int) -> None:
    scaled = replace(
        history,
        opening=replace(
            history.opening,
            pay=history.opening.pay * factor,
            prior_pay=None if history.opening.prior_pay is None else history.opening.prior_pay * factor,
            match_balance=history.opening.match_balance * factor,
            core_balance=history.opening.core_balance * factor,
        ),
        events=replace(
            history.events,
            pay_changes=tuple(replace(change, value=change.value * factor) for change in history.events.pay_changes),
        ),
    )
    before = computed(history, plan)
    limits = LimitTable({year: _scaled(limits, factor) for year, limits in _all_limits().items()})
    amount = plan.core.integration_amount
    core = replace(plan.core, integration_amount=None if amount is None else amount * factor)
    after = computed(scaled, replace(plan, core=core), limits)
    for name in (
        "prorated_annual_compensation",
        "plan_compensation",
        "employee_contributions",
        "employer_match",
        "employer_core",
        "forfeiture_amount",
    ):
        assert abs(getattr(after, name) - factor * getattr(before, name)) <= factor * 2 * CENT, name
    assert (after.is_hce, after.is_eligible, after.hours_worked) == (
        before.is_hce,
        before.is_eligible,
        before.hours_worked,
    )


def _all_limits() -> dict[int, Limits]:
    return {year: LIMITS.of(year) for year in range(min(PUBLISHED), 2030)}


def _scaled(limits: Limits, factor: int) -> Limits:
    values: dict[str, Any] = {name: None if value is None else value * factor for name, value in vars(limits).items()}
    return Limits(**values)


@steady
@given(histories(), terms())
def test_conditions_only_take_away(history: History, plan: PlanTerms) -> None:
    open_to_all = AllocationRule(require_employment_on_last_day=False, minimum_hours=0)
    generous = replace(
        plan, match=replace(plan.match, allocation=open_to_all), core=replace(plan.core, allocation=open_to_all)
    )
    strict, open_ = computed(history, plan), computed(history, generous)
    assert strict.total_employer_contributions <= open_.total_employer_contributions


# --- the generators -------------------------------------------------------------------------------------------------


@steady
@given(settings_overrides())
def test_generated_settings_are_valid(overrides: dict[str, Any]) -> None:
    chosen = Settings.model_validate(overrides)
    assert chosen.simulation.end_year >= chosen.simulation.start_year
    plan_terms(chosen)


@settings(derandomize=True, deadline=None, max_examples=50)
@given(censuses(first_year=2025))
def test_generated_censuses_are_employed_adults(rows: list[dict[str, Any]]) -> None:
    assert len({row["employee_id"] for row in rows}) == len(rows)
    for row in rows:
        birth, hire = (dt.date.fromisoformat(row[name]) for name in ("birth_date", "hire_date"))
        assert birth.year + 18 <= hire.year and hire <= dt.date(2024, 12, 31)
        assert Fraction(row["annual_compensation"]) > 0


@settings(derandomize=True, deadline=None, max_examples=30)
@given(faulty_census_rows())
def test_generated_faults_name_their_column(faulty: tuple[dict[str, Any], str]) -> None:
    row, column = faulty
    assert column in row


def test_written_census_has_all_columns(tmp_path: Path) -> None:
    row = dict.fromkeys(CENSUS_COLUMNS, "") | {"employee_id": "E1"}
    with write_census([row], tmp_path / "census.csv").open(encoding="utf-8", newline="") as file:
        assert list(csv.DictReader(file)) == [row]


def test_generated_contributions_reach_every_kind() -> None:
    seen: set[str] = set()

    @steady
    @given(matches(), cores())
    def collect(match: dict[str, Any], core: dict[str, Any]) -> None:
        seen.update((match["family"], core["type"]))

    collect()
    assert seen == {
        "none",
        "deferral_tiers",
        "graded_by_service",
        "tenure_bands",
        "points",
        "flat",
        "age_bands",
    }
