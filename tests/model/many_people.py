"""People and plans for ``many_tests``: money, dates and hours from few values, most of them at a bound of a rule."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from typing import Any

from tests.engine import settings_with
from tests.model.bands import band, steps, tier
from tests.oracle.exact import exact
from tests.oracle.ndt_people import Plan
from tests.oracle.published import LIMITS

YEAR = 2026
"""Every plan's year."""

PAYS = (0, 1_000, 1_200, 25_000, 60_000, 60_000, 99_999.99, 150_000, 176_100, 200_000, 360_000, 360_000.01, 500_000)
SHARES = (0, 0, 0.0001, 0.01, 0.02, 0.03, 0.033333, 0.04, 0.05, 0.05, 0.06)
LOW_SHARES = (0, 0, 0.0001, 0.01, 0.0333)
SHARES_OF_HCES = (0, 0.02, 0.05, 0.06, 0.06, 0.1, 0.15)
CENTS = (0, 0, 0, 0.01, -0.01)
HOURS = (40, 40, 40, 25, 19.24, 19, 18.9, 9.62, 9.6)
WORKED = (2080, 2080, 2080, 2080, 2080, 1000, 501, 500, 500, 499.99, 0)


def _days(*days: str) -> tuple[dt.date, ...]:
    return tuple(map(dt.date.fromisoformat, days))


HIRED = _days(
    "2026-03-01", "2026-01-01", "2025-12-31", "2025-07-01", "2025-06-30", "2025-01-01", "2024-12-31", "2024-07-02",
    "2024-02-29", "2023-07-01", "2023-01-01", "2021-06-30", "2020-02-29", "2011-05-05",
)  # fmt: skip
BORN = _days(
    "2005-12-31", "2005-07-02", "2005-07-01", "2005-06-30", "2005-01-01", "2004-12-31", "2004-02-29", "1986-01-01",
    "1985-06-15", "1977-01-01", "1976-12-31", "1966-01-01", "1963-12-31", "1960-02-29",
)  # fmt: skip
LEFT = tuple(dt.date(YEAR, *day) for day in ((12, 31), (12, 30), (6, 30), (6, 30), (1, 1)))
ENTERED = _days("2020-01-01", "2025-07-01", "2026-06-30", "2026-07-01")
Row = dict[str, Any]
Before = tuple[tuple[str, str], tuple[int, int, Fraction]]
"""A test and group of the year before: how many NHCEs and HCEs, and the NHCE average."""

HALF_A_CENT, ITS_PAY = tier(0, 0.0333, 0.5001), 129_880.03
"""A match that comes to half a cent short by a millionth, and the pay of which it does."""
TIERS = (tier(0, 0.03, 1), tier(0.03, 0.05, 0.5), tier(0.05, 0.08, 1.5))

SHARING: tuple[Row, ...] = (
    {"shared_by": "pay", "pool_rate": 0.03},
    {"shared_by": "rates", "classes_by": "hce", "classes": [{"who": who, "rate": 0.05} for who in ("hce", "nhce")]},
)


def plan_of(draw: random.Random) -> Plan:
    """How to test, with what corrections and exemptions look at."""
    method = draw.choice(("current", "current", "prior"))
    corrections = ("none", "refund", "refund", *(() if method == "prior" else ("qnec_flat", "qnec_targeted")))
    tiers = sorted(draw.sample(TIERS, draw.randrange(1, 4)), key=lambda one: float(one["deferral_from"]))
    core = draw.choice(("none", "flat", "graded_by_service", "points", "age_bands", "profit_sharing"))
    years, hours = draw.choice(((0, 0), (1, 0), (1, 1000), (1, 988), (1, 1300)))
    chosen = settings_with(
        simulation__start_year=YEAR,
        simulation__end_year=YEAR,
        plan={
            "service_completed": draw.choice(("day_before", "day_before", "anniversary")),
            "testing": {
                "method": method,
                "first_year_prior_adp": draw.choice((0.03, "actual")),
                "correction": draw.choice(corrections),
                "compensation": draw.choice(("from_entry", "full_year")),
                "otherwise_excludable": draw.choice(("together", "early_participation", "separate")),
                "leave_out_long_term_part_time": draw.random() < 0.5,
                "refund_earnings_rate": draw.choice((0, 0.033)),
                "eaca_covers_all": draw.random() < 0.5,
                "annuity_factor": draw.choice((7.9485, 8.0)),
            },
            "eligibility": {
                "minimum_age": draw.choice((18, 21)),
                "waiting_period_days": draw.choice((0, 0, 182)),
                "entry_dates": draw.choice(("immediate", "monthly", "quarterly", "semiannual", "annual")),
                "service": {"years": years, "hours": hours},
            },
            "match": {
                **draw.choice(
                    (
                        {"formula": "custom", "tiers": tiers},
                        {"family": "points", "points_bands": [band(0, *tiers), band(45, tier(0, 0.05, 1))]},
                        {"family": "tenure_bands", "service_bands": [band(0, *tiers), band(2, tier(0, 0.05, 1))]},
                        {"family": "none"},
                        {"formula": "safe_harbor_basic"},
                        {"formula": "stretch"},
                        {"formula": "custom", "tiers": [HALF_A_CENT]},
                    )
                ),
                "max_match_percentage": draw.choice((None, 0.04, 0.06, 1)),
                "maximum_match_amount": draw.choice((None, None, 2_000)),
                "match_catch_up": draw.random() < 0.5,
                "entry": _entry(draw),
                "eligibility": _conditions(draw),
            },
            "core": {
                "type": core,
                "rate": draw.choice((0.02, 0.03)),
                "bands": steps((0, 0.03), (40, 0.06)) if core in ("graded_by_service", "points", "age_bands") else [],
                "profit_sharing": draw.choice(SHARING),
                "entry": _entry(draw),
                "eligibility": _conditions(draw),
            },
            "vesting": {
                "match_schedule": draw.choice(("immediate", "qaca_2", "graded_2_6")),
                "core_schedule": draw.choice(("immediate", "cliff_3")),
            },
            "deferral": {"roth_share": 0, "roth_available": draw.random() < 0.7},
            "enrollment": {
                "auto_enrollment": {"enabled": draw.random() < 0.7, "scope": "all_eligible_employees"},
            },
        },
    )
    return Plan.of(chosen, LIMITS.of(YEAR), YEAR)


def _entry(draw: random.Random) -> Row:
    """Age and service before a match or core contribution, which most plans do not ask for."""
    if draw.random() < 0.6:
        return {}
    return {
        "minimum_age": draw.choice((18, 21)),
        "entry_dates": draw.choice(("immediate", "monthly", "quarterly", "semiannual", "annual")),
        "service": draw.choice(({}, {"months": 6}, {"years": 1}, {"years": 1, "hours": 1000}, {"days": 90})),
    }


def _conditions(draw: random.Random) -> Row:
    if draw.random() < 0.5:
        return {"require_employment_on_last_day": False, "minimum_hours": 0}
    return {
        "require_employment_on_last_day": draw.random() < 0.4,
        "minimum_hours": draw.choice((0, 0, 500, 1000)),
        "minimum_service_years": draw.choice((0, 0, 1, 2)),
    }


def people_of(draw: random.Random, plan: Plan) -> Iterator[Row]:
    """Rows of the snapshot, with what the contributions say of the people, too."""
    pays = [draw.choice(PAYS) for _ in range(2)] if draw.random() < 0.5 else PAYS
    if [tier.rate for tier in plan.settings.plan.match.tiers] == [HALF_A_CENT["rate"]]:
        pays = [ITS_PAY, 60_000]
    nhce_shares = draw.choice((SHARES, LOW_SHARES))
    for number in range(draw.randrange(0, 16)):
        left = draw.choice(LEFT) if draw.random() < 0.2 else None
        end = left or dt.date(YEAR, 12, 31)
        entered = draw.choice((*ENTERED, end, end + dt.timedelta(days=1), None)) if draw.random() < 0.4 else ENTERED[0]
        is_eligible = entered is not None and entered <= end
        born, hired, is_hce = draw.choice(BORN), draw.choice(HIRED), draw.random() < 0.4
        pay = money(draw.choice(pays))
        counted = min(pay, money(plan.limits.compensation))
        shares = SHARES_OF_HCES if is_hce else nhce_shares
        deferral, match, core = (
            max(money(0), money(float(pay) * draw.choice(shares) + draw.choice(CENTS))) for _ in range(3)
        )
        deferral = min(deferral, money(24_500))
        if not is_hce and draw.random() < 0.1:
            match = money(float(pay) * 0.12)  # of which a part may not count
        if not is_hce and draw.random() < 0.2:
            core = money(float(pay) * 0.85)  # which leaves little room for a QNEC
        if plan.terms.match.family == "none":
            match = money(0)
        catch_up = money(draw.choice((0, 0, 500, 8_000)))
        yield {
            "employee_id": f"P{draw.randrange(1000):03d}{number}",
            "simulation_year": YEAR,
            "is_hce": is_hce,
            "is_five_percent_owner": is_hce and draw.random() < 0.5,
            "is_union_member": draw.random() < 0.08,
            "birth_date": born,
            "hire_date": hired,
            "termination_date": left,
            "employment_status": "terminated" if left else "active",
            "termination_reason": "voluntary" if left else None,
            "age": YEAR - born.year,
            "eligibility_date": entered,
            "is_eligible": is_eligible,
            "match_entry_date": draw.choice((entered, entered, entered, entered, None)),
            "core_entry_date": draw.choice((entered, entered, end + dt.timedelta(days=1))),
            "scheduled_hours_per_week": money(draw.choice(HOURS)),
            "hours_worked": money(draw.choice(WORKED)),
            "prorated_annual_compensation": pay,
            "plan_compensation": draw.choice((0, 1, 1, 1)) * is_eligible * counted,
            "match_compensation": money(counted / draw.choice((1, 1, 2))),
            "matched_deferrals": money((deferral + catch_up) / draw.choice((1, 1, 2))),
            "employee_contributions": deferral + catch_up,
            "catch_up_contributions": catch_up,
            "employer_match": match,
            "employer_core": core,
            "employer_balance": match + core + money(draw.choice((0, 1_000, 40_000, 60_000))),
            "match_vested_percentage": money(draw.choice((0, 0.2, 0.5, 1))),
            "prior_year_compensation": _prior(draw),
        }


def _prior(draw: random.Random) -> Decimal | None:
    pay = draw.choice((None, 100_000, 150_000, 150_000.01))
    return None if pay is None else money(pay)


def money(amount: Any) -> Decimal:
    """To the cent."""
    return Decimal(repr(float(amount))).quantize(Decimal("0.01"))


def before_of(draw: random.Random) -> Iterator[Before]:
    """The tests of the year before, in the groups of this year or in others; none before a first year."""
    groups = draw.choice(((), ("all",), ("statutory", "otherwise_excludable")))
    for test in ("adp", "acp"):
        for group in (*groups, "union")[: draw.randrange(5)]:
            average = exact(draw.choice((0, 1.99, 2, 2.67, 5, 8, 8.03)))
            yield (test, group), (draw.choice((0, 1, 2, 3, 60)), draw.randrange(3), average)


def at_bounds() -> Iterator[tuple[Plan, list[Row], list[Before]]]:
    """Plans, their people and the averages of the year before, where next to nothing decides."""
    refund, adp, acp = {"method": "prior", "correction": "refund"}, ("adp", "all"), ("acp", "all")
    # The mean is above the limit when it is rounded, and not before: nobody has an excess.
    close = [_lasting(f"H{n}", 100_000, deferral) for n, deferral in enumerate((10_030, 10_040, 10_040))]
    yield _corrected(refund), close, [(adp, (1, 1, exact(8.03)))]
    # The first is leveled to the rounded ratio of the second, who keeps what is above it.
    pair = [_lasting("H1", 100_000, 10_000), _lasting("H2", 100_000, 8_004)]
    yield _corrected(refund), pair, [(adp, (1, 1, exact(6)))]
    # A cent of two equal amounts goes back, so that the other keeps a cent more.
    yield _corrected(refund), [_lasting("H1", 1, 0.09), _lasting("H2", 1.12, 0.09)], [(adp, (1, 1, exact(6)))]
    # The excess is less than half a cent.
    yield _corrected(refund), [_lasting("H", 1, 0.1)], [(adp, (1, 1, exact(7.98)))]
    # A ten-thousandth of a cent less than half a cent: of a match at its cap, of a vested part, of 1.01 points.
    capped = {"match": {"formula": "custom", "tiers": [tier(0, 0.1, 1)], "max_match_percentage": 0.0333}}
    yield _corrected(refund, **capped), [_lasting("H", 100080.03, 10_000, 3_400)], [(adp, (1, 1, exact(7.98)))]
    vested = _lasting("H", 100_000, 0, 10030.03, match_vested_percentage=Decimal("0.3333"))
    yield _corrected(refund), [vested], [(acp, (1, 1, exact(7.98)))]
    qnec = {"correction": "qnec_targeted"}
    yield _corrected(qnec), [_lasting("H", 100_000, 8_000), _lasting("N", 100050.99, 4992.54, is_hce=False)], []
    yield _corrected({}, core={"type": "flat"}), _of_an_average_benefit_of_70(), []
    owner = {"is_five_percent_owner": True, "employer_balance": money(100)}
    for employees in (66.67, 66.66, 66.64):  # 60%, and a little more
        other = _lasting("O", 100_000, 100, is_hce=True, **owner | {"employer_balance": money(0)})
        rest = {"employer_balance": money(employees), "is_hce": False}
        yield (
            _corrected({}),
            [
                _lasting("H", 100_000, 500, 1_500, **owner | {"employer_balance": money(1_600)}),
                other,
                _lasting("N", 60_000, 0, **rest),
            ],
            [],
        )
    yield _corrected({}), [_lasting("H", 0, 0, **owner), _lasting("N", 60_000, 0, is_hce=False)], []
    yield _corrected({}), [_lasting("H", 100_000, 1_010, **owner), _lasting("N", 100050.99, 0, is_hce=False)], []
    # The better half of three rates of match is two, and without the person of a cent one.
    savers = ((100, 700), (100, 300), (0.01, 0.01))
    yield _corrected({}), [_lasting(f"N{n}", 10_000, *amounts, is_hce=False) for n, amounts in enumerate(savers)], []
    # The better half of five rates is down to 1, and those employed on the last day to 3.
    anybody = {"match": {"eligibility": {"require_employment_on_last_day": False, "minimum_hours": 0}}}
    gone = {
        "termination_date": dt.date(YEAR, 6, 30),
        "employment_status": "terminated",
        "termination_reason": "voluntary",
    }
    leavers = [_lasting(f"L{n}", 10_000, 100, 100, is_hce=False, **gone) for n in range(3)]
    stayers = [_lasting(f"N{n}", 10_000, 100, match, is_hce=False) for n, match in enumerate((300, 700))]
    yield _corrected({}, **anybody), [*leavers, *stayers], []
    # A cent too much, refunded, or made catch-up that is not matched; the match is a cent, or from 52 points
    # on another; what is left of it is half a cent, or just short of it.
    steep = {"match": {"formula": "custom", "tiers": [tier(0, 0.1, 5)], "match_catch_up": False}}
    by_points = {"match": {"family": "points", "points_bands": [band(0, tier(0, 0.1, 1)), band(52, tier(0, 0.1, 2))]}}
    slight = {"match": {"formula": "custom", "tiers": [tier(0, 0.01, 0.0001), tier(0.01, 0.05, 5)]}}
    half = {"match": {"formula": "custom", "tiers": [tier(0, 0.1, 0.5)]}}
    older = {"birth_date": dt.date(1970, 1, 1), "age": 56}
    for plan, match, others in (
        (steep, 39.95, {}),
        (steep, 39.95, older),
        (steep, 0.01, {"matched_deferrals": money(0.01)}),
        (by_points, 15.98, {}),
        (slight, 10, {"matched_deferrals": money(50), "match_compensation": money(10_000)}),
        (half, 10, {"matched_deferrals": money(8)}),
    ):
        yield _corrected(refund, **plan), [_lasting("H", 100, 7.99, match, **others)], [(adp, (1, 1, exact(5.98)))]
    # What a safe harbor would add is a hundredth of a cent short of half a cent.
    short = [_lasting(name, pay, 4, is_hce=False) for name, pay in (("N1", 100.33), ("N2", 100.83))]
    yield _corrected({}), [_lasting("H", 100, 50), *short], []
    # Nobody is a key employee, and all balances are a cent.
    yield _corrected({}), [_lasting("N", 60_000, 0, is_hce=False, employer_balance=money(0.01))], []
    # Room for two points of pay less a cent.
    core = {"employer_core": money(58_800.01), "employer_balance": money(58_800.01)}
    yield _corrected(qnec), [_lasting("H", 100_000, 8_000), _lasting("N", 60_000, 0, is_hce=False, **core)], []


def _of_an_average_benefit_of_70() -> list[Row]:
    """Six people, of whom too few NHCEs have a core contribution, and benefit by 7% where the HCE does by 10%."""
    core = [_lasting(f"C{n}", 10_000, 0, is_hce=False, employer_core=money(700)) for n in range(3)]
    savers = [_lasting(f"D{n}", 10_000, 700, is_hce=False) for n in range(2)]
    return [*core, *savers, _lasting("H", 100_000, 0, employer_core=money(10_000))]


def _corrected(testing: Row, **plan: Any) -> Plan:
    tree = {"testing": testing, **plan}
    chosen = settings_with(simulation__start_year=YEAR - 1, simulation__end_year=YEAR, plan=tree)
    return Plan.of(chosen, LIMITS.of(YEAR), YEAR)


def _lasting(name: str, pay: float, deferral: float, match: float = 0, **others: Any) -> Row:
    """Somebody below 50 who has worked all year for years, an HCE unless said otherwise."""
    long_ago = dt.date(2015, 1, 1)
    counted = ("prorated_annual_compensation", "plan_compensation", "match_compensation")
    return {
        "employee_id": name,
        "simulation_year": YEAR,
        "is_hce": True,
        "is_five_percent_owner": False,
        "is_union_member": False,
        "birth_date": dt.date(1986, 1, 1),
        "age": 40,
        "termination_date": None,
        "employment_status": "active",
        "termination_reason": None,
        "is_eligible": True,
        "scheduled_hours_per_week": money(40),
        "hours_worked": money(2080),
        "prior_year_compensation": None,
        "match_vested_percentage": money(1),
        **dict.fromkeys(("hire_date", "eligibility_date", "match_entry_date", "core_entry_date"), long_ago),
        **dict.fromkeys(counted, money(pay)),
        **dict.fromkeys(("matched_deferrals", "employee_contributions"), money(deferral)),
        **dict.fromkeys(("employer_match", "employer_balance"), money(match)),
        **dict.fromkeys(("catch_up_contributions", "employer_core"), money(0)),
        **others,
    }
