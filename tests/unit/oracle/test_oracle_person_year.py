"""Whole person-years, every figure by hand, and the conditions for employer money."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest

from tests.oracle.eligibility import ServiceOfYear, shares_in
from tests.oracle.periods import Change
from tests.oracle.person_year import Opening, Person, PersonYear, YearEvents, person_year
from tests.oracle.plan import FORMULAS, AllocationRule, CoreTerms, EntryRule, MatchBand, MatchTerms, PlanTerms
from tests.oracle.published import LIMITS

EVERYBODY = AllocationRule(require_employment_on_last_day=False, minimum_hours=0)
SAFE_HARBOR = PlanTerms(
    match=MatchTerms(bands=(MatchBand(0, FORMULAS["safe_harbor_basic"]),), allocation=EVERYBODY),
    core=CoreTerms(kind="flat", rate=Fraction("0.03"), allocation=EVERYBODY),
    match_vesting="immediate",
)


def someone(**changes: Any) -> Person:
    return Person(
        **{
            "employee_id": "E1",
            "birth_date": dt.date(1985, 6, 15),
            "hire_date": dt.date(2015, 3, 1),
            **changes,
        }
    )


def money(result: PersonYear, *names: str) -> list[str]:
    return [f"{float(getattr(result, name)):.2f}" for name in names]


def test_a_year_with_a_raise() -> None:
    result = person_year(
        someone(),
        Opening(Fraction(100_000), Fraction("0.06")),
        SAFE_HARBOR,
        LIMITS,
        YearEvents(pay_changes=(Change(dt.date(2025, 7, 1), Fraction(110_000)),)),
        2025,
    )
    # Earned (100 000 × 181 + 110 000 × 184) / 365 = 105 041.0959; 6% of it 6 302.4658; match 4%; core 3%.
    assert money(result, "prorated_annual_compensation", "plan_compensation", "current_compensation") == [
        "105041.10",
        "105041.10",
        "110000.00",
    ]
    assert money(result, "employee_contributions", "roth_contributions", "employer_match", "employer_core") == [
        "6302.47",
        "945.37",
        "4201.64",
        "3151.23",
    ]
    assert money(result, "full_year_equivalent_compensation", "hours_worked") == ["105041.10", "2080.00"]
    assert (result.age, result.tenure_years, result.is_eligible) == (40, 10, True)
    assert result.total_employer_contributions == Fraction("7352.87")
    assert not (result.limited_402g or result.limited_401a17 or result.limited_415c or result.is_hce)


def test_a_leaver_gives_back_what_is_not_vested() -> None:
    result = person_year(
        someone(hire_date=dt.date(2021, 7, 2)),
        Opening(Fraction(73_000), Fraction("0.10"), match_balance=Fraction(5_000), core_balance=Fraction(1_000)),
        PlanTerms(
            match=MatchTerms(allocation=EVERYBODY),
            core=CoreTerms(kind="flat", rate=Fraction("0.05"), allocation=EVERYBODY),
            match_vesting="graded_2_6",
            core_vesting="graded_5",
        ),
        LIMITS,
        YearEvents(exit_date=dt.date(2025, 6, 30), exit_reason="voluntary"),
        2025,
    )
    # 181 days × 200 = 36 200; match 50% of 6% = 1 086; core 1 810; three completed years: 40% and 60% vested.
    assert money(result, "prorated_annual_compensation", "employee_contributions", "employer_match") == [
        "36200.00",
        "3620.00",
        "1086.00",
    ]
    assert result.employer_match_balance == 6_086 and result.employer_core_balance == 2_810
    assert (result.match_vested_percentage, result.core_vested_percentage) == (Fraction("0.4"), Fraction("0.6"))
    assert result.forfeiture_amount == Fraction("3651.60") + 1_124
    assert money(result, "full_year_equivalent_compensation", "hours_worked") == ["73000.00", "1031.45"]
    assert (result.age, result.tenure_years) == (40, 3)


def test_the_day_after_the_anniversary_vests_more() -> None:
    result = person_year(
        someone(hire_date=dt.date(2021, 7, 1)),
        Opening(Fraction(73_000), match_balance=Fraction(5_000)),
        PlanTerms(),
        LIMITS,
        YearEvents(exit_date=dt.date(2025, 7, 1), exit_reason="voluntary"),
        2025,
    )
    assert (result.tenure_years, result.match_vested_percentage) == (4, Fraction("0.6"))


def test_hired_on_31_december() -> None:
    result = person_year(
        someone(hire_date=dt.date(2025, 12, 31)),
        Opening(Fraction(73_000)),
        SAFE_HARBOR,
        LIMITS,
        YearEvents(),
        2025,
    )
    assert money(result, "prorated_annual_compensation", "full_year_equivalent_compensation", "hours_worked") == [
        "200.00",
        "73000.00",
        "5.70",
    ]
    assert money(result, "plan_compensation", "employer_core") == ["200.00", "6.00"]
    assert result.tenure_years == 0


def test_exit_on_1_january() -> None:
    result = person_year(
        someone(),
        Opening(Fraction(73_200), Fraction("0.05")),
        SAFE_HARBOR,
        LIMITS,
        YearEvents(exit_date=dt.date(2024, 1, 1), exit_reason="voluntary"),
        2024,
    )
    assert money(result, "prorated_annual_compensation", "employee_contributions", "employer_match") == [
        "200.00",
        "10.00",
        "8.00",
    ]
    assert (result.age, result.tenure_years) == (38, 8)
    assert result.hours_worked == Fraction("5.68")


def test_plan_pay_starts_at_entry() -> None:
    """IRC 414(s) with a plan that counts pay from entry: 92 days from 1 October of a person who turns 21 in August."""
    plan = PlanTerms(entry=EntryRule(entry_dates="quarterly"), match=SAFE_HARBOR.match, core=SAFE_HARBOR.core)
    result = person_year(
        someone(birth_date=dt.date(2004, 8, 2)),
        Opening(Fraction(73_000)),
        plan,
        LIMITS,
        YearEvents(deferral_changes=(Change(dt.date(2025, 10, 1), Fraction("0.03")),)),
        2025,
    )
    assert result.eligibility_date == dt.date(2025, 10, 1)
    assert money(result, "prorated_annual_compensation", "plan_compensation", "employee_contributions") == [
        "73000.00",
        "18400.00",
        "552.00",
    ]
    assert money(result, "employer_match", "employer_core") == ["552.00", "552.00"]


@pytest.mark.parametrize("changes", [{"excluded": True}, {"known_entry": dt.date(2026, 1, 1)}])
def test_not_in_the_plan_no_plan_pay_and_no_employer_money(changes: dict[str, Any]) -> None:
    result = person_year(someone(**changes), Opening(Fraction(73_000)), SAFE_HARBOR, LIMITS, YearEvents(), 2025)
    assert not result.is_eligible
    assert result.plan_compensation == 0 and result.employer_core == 0


def test_entry_after_the_exit_is_no_entry() -> None:
    result = person_year(
        someone(known_entry=dt.date(2025, 7, 1)),
        Opening(Fraction(73_000)),
        SAFE_HARBOR,
        LIMITS,
        YearEvents(exit_date=dt.date(2025, 6, 30), exit_reason="voluntary"),
        2025,
    )
    assert not result.is_eligible


def test_a_high_earner_meets_every_limit() -> None:
    plan = PlanTerms(
        match=MatchTerms(maximum=Fraction("0.06"), allocation=EVERYBODY),
        core=CoreTerms(kind="flat", rate=Fraction("0.15"), excess_rate=Fraction("0.057"), allocation=EVERYBODY),
    )
    result = person_year(
        someone(birth_date=dt.date(1965, 12, 31), owner=False),
        Opening(Fraction(500_000), Fraction("0.10"), prior_pay=Fraction(480_000)),
        plan,
        LIMITS,
        YearEvents(),
        2025,
    )
    # 50 000 elected: 23 500, and 11 250 at sixty. Match 50% of 6% of 350 000 = 10 500. Core 52 500 + 5.7% × 173 900 =
    # 62 412.30. Additions 23 500 + 10 500 + 62 412.30 = 96 412.30, limit 70 000: core gives 26 412.30 back.
    assert money(result, "employee_contributions", "catch_up_contributions", "employer_match", "employer_core") == [
        "34750.00",
        "11250.00",
        "10500.00",
        "36000.00",
    ]
    assert result.roth_contributions == Fraction("3525.00") + Fraction("1687.50")
    assert (result.limited_402g, result.limited_401a17, result.limited_415c, result.is_hce) == (True,) * 4


def test_catch_up_of_a_high_earner_is_roth_in_2026() -> None:
    result = person_year(
        someone(birth_date=dt.date(1970, 1, 1)),
        Opening(Fraction(300_000), Fraction("0.20"), prior_pay=Fraction(290_000)),
        PlanTerms(),
        LIMITS,
        YearEvents(),
        2026,
    )
    # 24 500 + 8 000; 15% of 24 500 is 3 675.
    assert result.roth_contributions == 3_675 + 8_000


def test_points_and_age_are_taken_at_the_exit() -> None:
    plan = PlanTerms(
        match=MatchTerms(
            family="points",
            allocation=EVERYBODY,
            bands=(MatchBand(0, FORMULAS["simple"]), MatchBand(50, FORMULAS["safe_harbor_enhanced"])),
        )
    )
    for exit_date, match in ((dt.date(2025, 6, 14), "2"), (dt.date(2025, 6, 15), "4")):
        result = person_year(
            someone(),
            Opening(Fraction(73_000), Fraction("0.04")),
            plan,
            LIMITS,
            YearEvents(exit_date=exit_date, exit_reason="voluntary"),
            2025,
        )
        assert result.employer_match == result.plan_compensation * int(match) / 100


def test_top_paid_group_election_takes_hces_away() -> None:
    opening = Opening(Fraction(200_000), prior_pay=Fraction(190_000), in_top_paid_group=False)
    for election in (False, True):
        plan = PlanTerms(top_paid_group=election)
        assert person_year(someone(), opening, plan, LIMITS, YearEvents(), 2025).is_hce is not election


@pytest.mark.parametrize(("year", "hce"), [(2024, True), (2025, True), (2026, False)])
def test_hce_looks_at_the_amount_of_the_year_before(year: int, hce: bool) -> None:
    # Pay of 157 000 in the year before: above 150 000 of 2023 and 155 000 of 2024, below 160 000 of 2025.
    opening = Opening(Fraction(100_000), prior_pay=Fraction(157_000))
    assert person_year(someone(), opening, PlanTerms(), LIMITS, YearEvents(), year).is_hce is hce


@pytest.mark.parametrize(("pay", "limited"), [("350000", False), ("350000.01", True)])
def test_pay_at_the_limit_is_not_limited(pay: str, limited: bool) -> None:
    result = person_year(someone(), Opening(Fraction(pay)), PlanTerms(), LIMITS, YearEvents(), 2025)
    assert result.plan_compensation == 350_000 and result.limited_401a17 is limited


# --- who shares in an employer contribution -------------------------------------------------------------------------


def service(**changes: Any) -> ServiceOfYear:
    return ServiceOfYear(
        **{
            "eligible": True,
            "entered": True,
            "hired_in_year": False,
            "exit_reason": None,
            "hours": Fraction(2080),
            "years": 3,
            **changes,
        }
    )


@pytest.mark.parametrize(
    ("rule", "facts", "shares"),
    [
        ({}, {}, True),
        ({}, {"eligible": False}, False),
        ({}, {"exit_reason": "voluntary"}, False),
        ({"require_employment_on_last_day": False}, {"exit_reason": "voluntary"}, True),
        ({"last_day_exceptions": ["retirement"]}, {"exit_reason": "retirement"}, True),
        ({"last_day_exceptions": ["retirement"]}, {"exit_reason": "involuntary"}, False),
        ({}, {"hours": Fraction(1000)}, True),
        ({}, {"hours": Fraction("999.99")}, False),
        ({"waive_hours_for_new_hires": True}, {"hours": Fraction(10), "hired_in_year": True}, True),
        ({"waive_hours_for_new_hires": True}, {"hours": Fraction(10)}, False),
        (
            {"require_employment_on_last_day": False, "waive_hours_for_leavers": True},
            {"hours": Fraction(10), "exit_reason": "voluntary"},
            True,
        ),
        ({"waive_hours_for_leavers": True}, {"hours": Fraction(10)}, False),
        ({"minimum_service_years": 3}, {}, True),
        ({"minimum_service_years": 4}, {}, False),
    ],
)
def test_allocation_conditions(rule: dict[str, Any], facts: dict[str, Any], shares: bool) -> None:
    assert shares_in(AllocationRule(**rule), service(**facts)) is shares


def test_leaving_on_31_december_is_employment_on_the_last_day_unless_the_plan_says_not() -> None:
    plan = PlanTerms(match=MatchTerms(allocation=AllocationRule()))
    opening = Opening(Fraction(73_000), Fraction("0.06"))
    leaves = YearEvents(exit_date=dt.date(2025, 12, 31), exit_reason="voluntary")
    assert person_year(someone(), opening, plan, LIMITS, leaves, 2025).employer_match == 2_190
    strict = replace(plan, last_day_counts=False)
    assert person_year(someone(), opening, strict, LIMITS, leaves, 2025).employer_match == 0
    assert person_year(someone(), opening, plan, LIMITS, YearEvents(), 2025).employer_match == 2_190


@pytest.mark.parametrize(("reason", "match"), [("retirement", 1_086), ("voluntary", 0)])
def test_the_reason_of_the_exit_decides_on_the_exception(reason: str, match: int) -> None:
    rule = AllocationRule(last_day_exceptions=["retirement"])
    events = YearEvents(exit_date=dt.date(2025, 6, 30), exit_reason=reason)
    plan = PlanTerms(match=MatchTerms(allocation=rule))
    result = person_year(someone(), Opening(Fraction(73_000), Fraction("0.06")), plan, LIMITS, events, 2025)
    assert result.employer_match == match


@pytest.mark.parametrize(("hired", "match"), [(dt.date(2025, 12, 31), 6), (dt.date(2024, 12, 31), 0)])
def test_hours_are_waived_for_hires_of_the_year_only(hired: dt.date, match: int) -> None:
    rule = AllocationRule.model_construct(minimum_hours=2081, waive_hours_for_new_hires=True)
    plan = PlanTerms(match=MatchTerms(allocation=rule))
    opening = Opening(Fraction(73_000), Fraction("0.06"))
    assert person_year(someone(hire_date=hired), opening, plan, LIMITS, YearEvents(), 2025).employer_match == match
