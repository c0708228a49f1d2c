"""All nondiscrimination tests of a year, and every person in them, one row a test and person."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from tests.oracle import ndt_average as average
from tests.oracle.employer import match
from tests.oracle.exact import ZERO, exact, round_cents, round_half_away
from tests.oracle.ndt_amounts import amounts, coverage, top_heavy
from tests.oracle.ndt_average import Participant
from tests.oracle.ndt_exempt import Exemptions, exemptions
from tests.oracle.ndt_people import BARGAINED, UNION, Plan, Someone

Row = dict[str, Any]
Before = Mapping[tuple[str, str], tuple[int, int, Fraction]]
"""How many NHCEs and HCEs were tested in the year before, and what the NHCEs averaged, by test and group."""


def averages_of(tests: Iterable[Row]) -> Before:
    """What the tests of a year leave to the year after."""
    averaged = [row for row in tests if row["test"] in ("adp", "acp")]
    return {
        (row["test"], row["test_group"]): (row["n_nhce"], row["n_hce"], Fraction(row["nhce_average_of_year"] or 0))
        for row in averaged
    }


def tests_of_year(people: Sequence[Someone], plan: Plan, before: Before) -> tuple[list[Row], list[Row]]:
    """The rows of the tests and of the people."""
    ways = plan.settings.plan.testing.otherwise_excludable
    tests: list[Row] = []
    persons: list[Row] = []
    for group in (*(("statutory", "otherwise_excludable") if ways == "separate" else ("all",)), UNION):
        those, free = [person for person in people if person.group == group], exemptions(plan.settings, group)
        adp = _adp(those, group, plan, before, free)
        related = {row["employee_id"]: row["related_match_forfeited"] for row in adp.persons}
        acp = _acp(those, group, plan, before, free, related)
        tests += [found.row for found in (adp, acp) if group != UNION or found.row["n_nhce"] + found.row["n_hce"]]
        persons += [*adp.persons, *acp.persons]
        if those:
            tests += coverage(those, group, plan)
            tested, rated = amounts(those, group, plan)
            tests.append(tested)
            persons += rated
    tests.append(top_heavy(people, plan, plan.free))
    return tests, persons


@dataclass(frozen=True)
class _Found:
    row: Row
    persons: list[Row]


def _adp(those: Sequence[Someone], group: str, plan: Plan, before: Before, free: Exemptions) -> _Found:
    inside = [person for person in those if person.adp_out is None]
    tested = {person.name: Participant(person.name, person.tested_deferral, person.pay) for person in inside}
    row = _averages("adp", group, inside, tested, plan, before, (free.adp, free.adp_obstacle))
    persons = _persons(
        "adp", those, {p.name: p.adp_out for p in those}, {p.name: p.tested_deferral for p in those}, tested
    )
    if _fails(row):
        row |= _ways_to_pass(row, those, inside, tested, plan)
        for person, found in _returned(row, inside, tested, persons, plan):
            found |= _deferral_back(person, found["returned"], plan)
        row |= {
            name: sum((found[column] for found in persons), ZERO)
            for name, column in {
                "recharacterized": "recharacterized", "refunded": "refund", "refund_earnings": "refund_earnings",
                "match_forfeited": "related_match_forfeited", "excess": "excess",
            }.items()
        }  # fmt: skip
    return _Found(row, persons)


def _acp(
    those: Sequence[Someone], group: str, plan: Plan, before: Before, free: Exemptions, related: Mapping[str, Fraction]
) -> _Found:
    inside = [person for person in those if person.acp_out is None]
    savers = [p for p in inside if not p.hce and p.deferral]
    usual = average.representative_rate([(p.match / p.deferral, p.active) for p in savers])
    counts = {
        p.name: p.match - related[p.name] if p.hce else average.counted_match(p.match, p.deferral, p.pay, usual)
        for p in inside
    }
    tested = {person.name: Participant(person.name, counts[person.name], person.pay) for person in inside}
    freedom = (BARGAINED, None) if group == UNION else (free.acp, free.acp_obstacle)
    row = _averages("acp", group, inside, tested, plan, before, freedom)
    shown = {p.name: counts.get(p.name, p.match) for p in those}
    persons = _persons("acp", those, {p.name: p.acp_out for p in those}, shown, tested)
    if plan.terms.match.family == "none":
        return _Found(row | {"result": "not_applicable"}, [])
    if _fails(row):
        row |= _ways_to_pass(row, those, inside, tested, plan)
        for person, found in _returned(row, inside, tested, persons, plan):
            found |= _match_back(person, found["returned"], plan)
        row |= {
            name: sum((found[column] for found in persons), ZERO)
            for name, column in {
                "eac_distributed": "refund", "eac_forfeited": "forfeited", "refund_earnings": "refund_earnings",
                "excess": "excess",
            }.items()
        }  # fmt: skip
    return _Found(row, persons)


def _averages(
    test: str,
    group: str,
    inside: Sequence[Someone],
    tested: Mapping[str, Participant],
    plan: Plan,
    before: Before,
    free: tuple[str | None, str | None],
) -> Row:
    ratios = {hce: [tested[p.name].ratio for p in inside if p.hce is hce] for hce in (True, False)}
    own, hce = average.average(ratios[False]), average.average(ratios[True])
    nhce = _nhce_average(own, plan, _groups_before(test, group, plan, before))
    limit = None if nhce is None else average.highest_allowed(nhce)
    return {
        "test": test,
        "test_group": group,
        "n_nhce": len(ratios[False]),
        "n_hce": len(ratios[True]),
        "n_nhce_above_zero": sum(1 for p in inside if not p.hce and tested[p.name].amount),
        "nhce_average_of_year": own,
        "nhce_average": nhce,
        "hce_average": hce,
        "highest_allowed": limit,
        "margin": None if limit is None or hce is None else limit - hce,
        "result": "exempt" if free[0] else "pass" if average.passes(nhce, hce) else _failed(plan),
        "exempt_reason": free[0],
        "not_exempt_reason": free[1],
        **_NOT_FAILED,
    }


_NOT_FAILED = {
    **dict.fromkeys(("excess", "recharacterized", "refunded", "refund_earnings", "match_forfeited"), ZERO),
    **dict.fromkeys(("eac_distributed", "eac_forfeited", "qnec_cost"), ZERO),
    **dict.fromkeys(("leveled_ratio", "qnec_points", "qnec_flat_cost", "qnec_targeted_cost"), None),
    **dict.fromkeys(("safe_harbor_match_cost", "safe_harbor_core_cost", "refund_deadline", "excise_tax_if_late"), None),
}
"""What a test says that has not failed, of what it would cost."""


def _groups_before(test: str, group: str, plan: Plan, before: Before) -> list[tuple[int, Fraction]]:
    """NHCEs and their average, of the groups that people of a group were tested in a year ago; none without anybody.

    A group that has been split has the average of the whole, and one that has been joined those of its parts.
    """
    parts = ["statutory", "otherwise_excludable"]
    if plan.settings.plan.testing.otherwise_excludable == "early_participation":
        parts.remove("otherwise_excludable")
    names = [group] if group == UNION else ["all", *parts] if group == "all" else ["all", group]
    tested = [before[test, name] for name in names if (test, name) in before]
    return [(nhces, mean) for nhces, hces, mean in tested if nhces + hces]


def _nhce_average(own: Fraction | None, plan: Plan, before: Sequence[tuple[int, Fraction]]) -> Fraction | None:
    testing = plan.settings.plan.testing
    if testing.method == "current":
        return own
    if before:
        nhces = sum(number for number, _ in before)
        return average.hundredth(sum((n * mean for n, mean in before), ZERO) / nhces) if nhces else None
    return own if testing.first_year_prior_adp == "actual" else Fraction(3)


def _failed(plan: Plan) -> str:
    return "fail" if plan.settings.plan.testing.correction == "none" else "corrected"


def _fails(row: Row) -> bool:
    return row["result"] in ("fail", "corrected")


def _persons(
    test: str,
    those: Iterable[Someone],
    out: Mapping[str, str | None],
    shown: Mapping[str, Fraction],
    tested: Mapping[str, Participant],
) -> list[Row]:
    nothing = dict.fromkeys(
        ("excess", "returned", "recharacterized", "refund", "refund_earnings", "related_match_forfeited", "forfeited"),
        ZERO,
    )
    return [
        {
            "employee_id": person.name,
            "test": test,
            "test_group": person.group,
            "role": "hce" if person.hce else "nhce",
            "out_reason": out[person.name],
            "compensation": person.pay,
            "amount": shown[person.name],
            "ratio": tested[person.name].ratio if person.name in tested else None,
            "leveled_ratio": None,
            **nothing,
        }
        for person in those
    ]


def _ways_to_pass(
    row: Row, those: Sequence[Someone], inside: Sequence[Someone], tested: Mapping[str, Participant], plan: Plan
) -> Row:
    """What each way costs; a QNEC cannot change the year before."""
    testing = plan.settings.plan.testing
    people = [(p.pay, p.room) for p in inside if not p.hce]
    flat = targeted = points = None
    if testing.method == "current":
        points = average.flat_qnec(row["nhce_average"], row["hce_average"])
        flat = average.flat_cost(points, people)
        targeted = average.targeted_cost(points, people)
    chosen = {"qnec_flat": flat, "qnec_targeted": targeted}.get(testing.correction)
    basic = [Fraction(1), Fraction(1, 2)]
    eligible = [person for person in those if person.eligible and person.counted]
    return {
        "qnec_points": points,
        "qnec_flat_cost": flat,
        "qnec_targeted_cost": targeted,
        "qnec_cost": chosen or ZERO,
        "safe_harbor_match_cost": sum(
            (
                max(
                    ZERO,
                    round_cents(
                        basic[0] * min(p.deferral, p.pay * 3 / 100)
                        + basic[1] * max(ZERO, min(p.deferral, p.pay * 5 / 100) - p.pay * 3 / 100)
                    )
                    - p.match,
                )
                for p in eligible
            ),
            ZERO,
        ),
        "safe_harbor_core_cost": sum((max(ZERO, round_cents(p.pay * 3 / 100) - p.core) for p in eligible), ZERO),
    }


def _returned(
    row: Row, inside: Sequence[Someone], tested: Mapping[str, Participant], persons: Sequence[Row], plan: Plan
) -> list[tuple[Someone, Row]]:
    """Excess by ratio, return by dollars; the HCEs with their rows."""
    hces = [tested[person.name] for person in inside if person.hce]
    excess = average.excess_of(hces, row["highest_allowed"])
    back = average.distribute({p.name: p.amount for p in hces}, sum(excess.values(), ZERO))
    cut = average.leveled([p.ratio for p in hces], row["highest_allowed"])
    row["leveled_ratio"] = None if cut is None else round_half_away(cut, 4)
    row["excise_tax_if_late"] = round_cents(sum(excess.values(), ZERO) / 10)
    if plan.settings.plan.testing.correction == "refund":
        six = plan.settings.plan.testing.eaca_covers_all and plan.settings.plan.enrollment.auto_enrollment.enabled
        row["refund_deadline"] = dt.date(plan.year + 1, 6, 30) if six else dt.date(plan.year + 1, 3, 15)
    found = {person["employee_id"]: person for person in persons}
    for name in excess:
        found[name] |= {"excess": excess[name], "returned": back[name], "leveled_ratio": row["leveled_ratio"]}
    return [(person, found[person.name]) for person in inside if person.hce]


def _deferral_back(person: Someone, returned: Fraction, plan: Plan) -> Row:
    """Catch-up, refund with earnings, and the match that goes with it."""
    if plan.settings.plan.testing.correction != "refund":
        return {}
    must_be_roth = plan.year >= 2026 and person.prior_pay is not None and person.prior_pay > (
        plan.limits.roth_catch_up_wages or 0
    )  # fmt: skip
    none_left = must_be_roth and not plan.terms.roth_available
    limit = ZERO if none_left else plan.limits.catch_up_for(plan.year - person.born)
    kept = average.recharacterized(returned, limit, person.catch_up)
    refund = returned - kept
    unmatched = refund if plan.terms.match.counts_catch_up else refund + kept
    rest = match(plan.terms.match, person.standing, max(ZERO, person.matched - unmatched), person.match_pay)
    related = average.related_match(person.match, rest) if unmatched else ZERO
    return {
        "recharacterized": kept,
        "refund": refund,
        "refund_earnings": _earnings(refund, plan),
        "related_match_forfeited": related if person.match else ZERO,
    }


def _match_back(person: Someone, returned: Fraction, plan: Plan) -> Row:
    if plan.settings.plan.testing.correction != "refund":
        return {}
    paid, forfeited = average.vested_and_forfeited(returned, person.vested)
    return {"refund": paid, "forfeited": forfeited, "refund_earnings": _earnings(paid, plan)}


def _earnings(refund: Fraction, plan: Plan) -> Fraction:
    return round_cents(refund * exact(plan.settings.plan.testing.refund_earnings_rate))
