"""The state machine of enrolment: paths of one member, draw by draw."""

from __future__ import annotations

import datetime as dt
from fractions import Fraction
from typing import Any
from unittest.mock import patch

import pytest

from tests.oracle import enrollment
from tests.oracle.enrollment import (
    Action,
    ConversionDraws,
    EnrollmentRules,
    LifeDraws,
    Member,
    Profile,
    conversion_probability,
    elected_rate,
    opt_out_probability,
    participate,
    voluntary_probability,
)
from tests.oracle.escalation import EscalationRule, escalated

NEVER = 0.999999
YOUNG = Profile(age=28, pay=Fraction(60_000), level=1, tenure=1)
STILL = EscalationRule(enabled=False)
RULES = EnrollmentRules(first_year=2025, cutoff=dt.date(2025, 1, 1), escalation=STILL)
HIRED = Member(hire=dt.date(2025, 3, 3), entry=dt.date(2025, 3, 3))


def life(**changes: float) -> LifeDraws:
    return LifeDraws(
        **{
            "voluntary": NEVER,
            "voluntary_delay": 0.0,
            "magnet": NEVER,
            "tail": NEVER,
            "opt_out": NEVER,
            "opt_out_delay": 0.0,
            **changes,
        }
    )


def path(
    member: Member = HIRED,
    rules: EnrollmentRules = RULES,
    draws: LifeDraws | None = None,
    yearly: ConversionDraws | None = None,
    years: int = 4,
    profile: Profile = YOUNG,
) -> list[tuple[str, str, str]]:
    actions = participate(
        member,
        rules,
        draws or life(),
        lambda year: profile,
        lambda year: yearly or ConversionDraws(NEVER, 0.0),
        range(2025, 2025 + years),
    )
    return [_shown(action) for action in actions]


def _shown(action: Action) -> tuple[str, str, str]:
    return action.day.isoformat(), action.kind, f"{float(action.rate):.3f}"


def rules(**changes: Any) -> EnrollmentRules:
    return EnrollmentRules(**{"first_year": 2025, "cutoff": dt.date(2025, 1, 1), "escalation": STILL, **changes})


def test_who_does_nothing_is_enrolled_after_the_window() -> None:
    assert path() == [("2025-04-17", "auto", "0.020")]


@pytest.mark.parametrize(("delay", "day"), [(0.0, "2025-03-10"), (0.5, "2025-03-24"), (0.9999, "2025-04-07")])
def test_voluntary_between_seven_and_thirtyfive_days(delay: float, day: str) -> None:
    assert path(draws=life(voluntary=0.0, voluntary_delay=delay)) == [(day, "voluntary", "0.030")]


@pytest.mark.parametrize(("delay", "day"), [(0.0, "2025-04-18"), (0.9999, "2025-05-17")])
def test_opt_out_within_the_grace_period(delay: float, day: str) -> None:
    assert path(draws=life(opt_out=0.0, opt_out_delay=delay)) == [
        ("2025-04-17", "auto", "0.020"),
        (day, "opt_out", "0.000"),
    ]


def test_an_action_may_fall_in_the_next_year() -> None:
    late = Member(hire=dt.date(2025, 12, 31), entry=dt.date(2025, 12, 31))
    assert path(late, draws=life(opt_out=0.0)) == [
        ("2026-02-14", "auto", "0.020"),
        ("2026-02-15", "opt_out", "0.000"),
    ]


@pytest.mark.parametrize(("exit_date", "happens"), [("2026-02-13", 0), ("2026-02-14", 1), ("2026-02-15", 2)])
def test_nothing_happens_after_the_exit(exit_date: str, happens: int) -> None:
    leaver = Member(dt.date(2025, 12, 31), dt.date(2025, 12, 31), exit=dt.date.fromisoformat(exit_date))
    assert len(path(leaver, draws=life(opt_out=0.0))) == happens


def test_not_in_scope_is_not_enrolled() -> None:
    older = Member(hire=dt.date(2024, 6, 1), entry=dt.date(2025, 7, 1))
    assert path(older) == []
    assert path(older, rules(cutoff=None)) == [("2025-08-15", "auto", "0.020")]
    assert path(HIRED, rules(automatic=False)) == []
    assert path(Member(HIRED.hire, entry=None)) == []


def test_sweep_of_existing_people_counts_from_1_january_of_the_first_year() -> None:
    older = Member(hire=dt.date(2019, 6, 1), entry=dt.date(2019, 6, 1))
    assert path(older, rules(cutoff=None), life(voluntary=0.0)) == [("2025-02-15", "auto", "0.020")]


@pytest.mark.parametrize(("hired", "enrolled"), [("2024-11-16", None), ("2024-11-17", "2025-01-01")])
def test_hires_from_a_cutoff_on_are_swept_in_while_their_window_is_open(hired: str, enrolled: str | None) -> None:
    day = dt.date.fromisoformat(hired)
    found = path(Member(hire=day, entry=day), rules(cutoff=dt.date(2024, 1, 1)), years=1)
    assert found == ([] if enrolled is None else [(enrolled, "auto", "0.020")])


def test_participants_of_the_census_are_left_alone() -> None:
    member = Member(dt.date(2019, 6, 1), dt.date(2019, 6, 1), rate=Fraction("0.08"), enrolled_on=dt.date(2019, 6, 1))
    assert path(member, rules(cutoff=None), life(voluntary=0.0), ConversionDraws(0.0, 0.0)) == []


def test_conversion_on_a_uniform_day() -> None:
    older = Member(hire=dt.date(2019, 6, 1), entry=dt.date(2019, 6, 1))
    assert path(older, yearly=ConversionDraws(0.0, 0.5)) == [("2025-07-02", "conversion", "0.030")]
    assert path(older, yearly=ConversionDraws(0.0, 0.9999)) == [("2025-12-31", "conversion", "0.030")]


def test_no_conversion_in_the_year_of_becoming_eligible() -> None:
    assert path(rules=rules(automatic=False), yearly=ConversionDraws(0.0, 0.0), years=1) == []


@pytest.mark.parametrize(("cooling", "day"), [(1, "2026-01-01"), (2, "2027-01-01"), (3, "2028-01-01")])
def test_after_an_opt_out_only_conversion_and_only_when_cooled(cooling: int, day: str) -> None:
    found = path(
        rules=rules(cooling_years=cooling),
        draws=life(opt_out=0.0),
        yearly=ConversionDraws(0.0, 0.0),
    )
    assert found == [
        ("2025-04-17", "auto", "0.020"),
        ("2025-04-18", "opt_out", "0.000"),
        (day, "conversion", "0.030"),
    ]


def test_pending_people_do_not_convert() -> None:
    late = Member(hire=dt.date(2025, 12, 31), entry=dt.date(2025, 12, 31))
    assert path(late, yearly=ConversionDraws(0.0, 0.0)) == [("2026-02-14", "auto", "0.020")]


@pytest.mark.parametrize(
    ("magnet", "ceiling", "expected"),
    [
        (0.44, "0.06", "0.06"),
        (0.46, "0.06", "0.03"),
        (0.0, "0.12", "0.10"),
        (0.0, "0.02", "0.03"),
    ],
)
def test_match_magnet(magnet: float, ceiling: str, expected: str) -> None:
    assert elected_rate(rules(ceiling=Fraction(ceiling)), YOUNG, magnet, NEVER) == Fraction(expected)


@pytest.mark.parametrize(
    ("tail", "elected"),
    [(0.0, "0.25"), (0.0399, "0.25"), (0.04, "0.20"), (0.1201, "0.15"), (0.2399, "0.15"), (0.2401, "0.08")],
)
def test_some_elect_more(tail: float, elected: str) -> None:
    assert elected_rate(rules(ceiling=Fraction(0)), Profile(40, Fraction(150_000), 3, 5), 0.0, tail) == Fraction(
        elected
    )


def test_nobody_of_the_tail_elects_less_than_others() -> None:
    with patch.object(enrollment, "TAILS", {"executive": {Fraction("0.10"): Fraction(1)}}):
        found = elected_rate(rules(ceiling=Fraction(0)), Profile(60, Fraction(300_000), 5, 5), 0.0, 0.5)
    assert found == Fraction("0.15")


def test_elected_rate_respects_the_plan_maximum() -> None:
    assert elected_rate(rules(maximum_rate=Fraction("0.025")), YOUNG, 0.0, NEVER) == Fraction("0.025")


@pytest.mark.parametrize(
    ("age", "pay", "elected"),
    [
        (30, "49999.99", "0.03"),
        (31, "49999.99", "0.04"),
        (45, "50000", "0.06"),
        (46, "50000", "0.08"),
        (55, "100000", "0.10"),
        (56, "199999.99", "0.12"),
        (56, "200000", "0.15"),
        (30, "200000", "0.06"),
    ],
)
def test_segments(age: int, pay: str, elected: str) -> None:
    assert elected_rate(rules(ceiling=Fraction(0)), Profile(age, Fraction(pay), 1, 1), 0.0, NEVER) == Fraction(elected)


@pytest.mark.parametrize(
    ("profile", "voluntary", "conversion", "opt_out"),
    [
        (Profile(30, Fraction(40_000), 1, 1), "0.189", "0.0168", "0.12"),
        (Profile(45, Fraction(60_000), 3, 2), "0.55", "0.05", "0.07"),
        (Profile(50, Fraction(150_000), 5, 5), "0.8855", "0.0924", "0.035"),
        (Profile(60, Fraction(300_000), 5, 20), "1", "0.1144", "0.015"),
    ],
)
def test_probabilities(profile: Profile, voluntary: str, conversion: str, opt_out: str) -> None:
    assert voluntary_probability(RULES, profile) == Fraction(voluntary)
    assert conversion_probability(RULES, profile) == Fraction(conversion)
    assert opt_out_probability(RULES, profile) == Fraction(opt_out)


@pytest.mark.parametrize(("level", "voluntary"), [(2, "0.495"), (3, "0.55"), (4, "0.55"), (5, "0.605")])
def test_voluntary_probability_by_level(level: int, voluntary: str) -> None:
    assert voluntary_probability(RULES, Profile(40, Fraction(60_000), level, 3)) == Fraction(voluntary)


def test_multipliers_scale_the_probabilities() -> None:
    chosen = rules(
        voluntary_multiplier=Fraction(1, 2), conversion_multiplier=Fraction(3), opt_out_multiplier=Fraction(2)
    )
    profile = Profile(40, Fraction(60_000), 3, 3)
    assert voluntary_probability(chosen, profile) == Fraction("0.275")
    assert conversion_probability(chosen, profile) == Fraction("0.15")
    assert opt_out_probability(chosen, profile) == Fraction("0.14")


def test_a_probability_of_nothing_never_happens() -> None:
    nothing = rules(
        voluntary_multiplier=Fraction(0),
        conversion_multiplier=Fraction(0),
        opt_out_multiplier=Fraction(0),
        magnet_probability=Fraction(0),
    )
    lowest = life(voluntary=0.0, opt_out=0.0, magnet=0.0)
    assert path(rules=nothing, draws=lowest) == [("2025-04-17", "auto", "0.020")]
    older = Member(hire=dt.date(2019, 6, 1), entry=dt.date(2019, 6, 1))
    assert path(older, nothing, lowest, ConversionDraws(0.0, 0.0)) == []
    assert elected_rate(nothing, YOUNG, 0.0, NEVER) == Fraction("0.03")


def test_without_a_window_the_day_of_hire_is_the_day_of_enrolment() -> None:
    first = Member(hire=dt.date(2025, 1, 1), entry=dt.date(2025, 1, 1))
    assert path(first, rules(window_days=0)) == [("2025-01-01", "auto", "0.020")]


# --- escalation -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rate", "enrolled_on", "after"),
    [
        ("0.03", "2024-01-01", "0.04"),
        ("0.03", "2024-01-02", "0.03"),  # one day short of a year
        ("0.095", "2020-01-01", "0.10"),
        ("0.10", "2020-01-01", "0.10"),
        ("0.12", "2020-01-01", "0.12"),  # nobody is reduced
        ("0", "2020-01-01", "0"),
    ],
)
def test_escalation(rate: str, enrolled_on: str, after: str) -> None:
    on = dt.date(2025, 1, 1)
    assert escalated(EscalationRule(), Fraction(rate), dt.date.fromisoformat(enrolled_on), on) == Fraction(after)


def test_no_escalation_for_those_who_opted_out_or_have_no_enrolment() -> None:
    on = dt.date(2025, 1, 1)
    rate = Fraction("0.03")
    assert escalated(EscalationRule(), rate, dt.date(2020, 1, 1), on, opted_out=True) == rate
    assert escalated(EscalationRule(), rate, None, on) == rate
    assert escalated(EscalationRule(enabled=False), rate, dt.date(2020, 1, 1), on) == rate


def test_escalation_year_by_year_up_to_the_cap() -> None:
    found = path(rules=rules(escalation=EscalationRule(cap=Fraction("0.035"))), years=6)
    assert found == [
        ("2025-04-17", "auto", "0.020"),
        ("2027-01-01", "escalation", "0.030"),
        ("2028-01-01", "escalation", "0.035"),
    ]


def test_conversion_starts_the_delay_anew() -> None:
    found = path(
        rules=rules(escalation=EscalationRule()),
        draws=life(opt_out=0.0),
        yearly=ConversionDraws(0.0, 0.5),
        years=5,
    )
    assert found[2:] == [
        ("2027-07-02", "conversion", "0.030"),
        ("2029-01-01", "escalation", "0.040"),
    ]
