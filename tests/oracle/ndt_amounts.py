"""Coverage, the amount of the core contribution and the top-heavy indicator of a year's people."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from tests.oracle import ndt_coverage as law
from tests.oracle.exact import ZERO, exact, round_cents
from tests.oracle.ndt_average import average, hundredth
from tests.oracle.ndt_coverage import SEVENTY, Allocated
from tests.oracle.ndt_exempt import CORE_REASONS, SAFE_CORE, Exemptions, exemptions
from tests.oracle.ndt_people import BARGAINED, UNION, Plan, Someone

Row = dict[str, Any]


def coverage(those: Sequence[Someone], group: str, plan: Plan) -> list[Row]:
    """The three parts of the plan (IRC 410(b))."""
    parts = {
        "coverage_deferrals": (True, [(p.hce, p.eligible) for p in those if p.counted]),
        "coverage_match": (
            plan.terms.match.family != "none",
            [(p.hce, p.shares_in_match) for p in those if p.counted_match],
        ),
        "coverage_core": (has_core(plan), [(p.hce, p.core > 0) for p in those if p.counted_core]),
    }
    benefit = average_benefit(those)
    found = [_covered(test, group, exists, people, benefit) for test, (exists, people) in parts.items()]
    return [bargained(row) for row in found] if group == UNION else found


def has_core(plan: Plan) -> bool:
    """Whether the plan has a core contribution, or gives forfeitures to those who would share in one."""
    return plan.terms.core.kind != "none" or plan.terms.reallocates


def bargained(row: Row) -> Row:
    """A test that a union's part of the plan passes by itself."""
    return row if row["result"] == "not_applicable" else row | {"result": "exempt", "exempt_reason": BARGAINED}


def average_benefit(those: Sequence[Someone]) -> Fraction | None:
    """Of everybody who is not excludable, with benefits or without."""
    nhce, hce = (average([p.benefit for p in those if p.counted and p.hce is hce]) for hce in (False, True))
    return law.average_benefit(nhce, hce)


def _covered(test: str, group: str, exists: bool, people: Sequence[tuple[bool, bool]], benefit: Fraction | None) -> Row:
    nhce, hce = (
        (sum(1 for kind, benefits in people if kind is side and benefits), sum(1 for kind, _ in people if kind is side))
        for side in (False, True)
    )
    ratio = law.ratio_percentage(nhce, hce)
    safe = law.harbors(nhce[1], len(people))[0] if people else SEVENTY
    by_ratio = ratio is None or ratio >= SEVENTY
    needed = SEVENTY if by_ratio else safe
    return {
        "test": test,
        "test_group": group,
        "exempt_reason": None,
        "basis": "ratio" if by_ratio else "average_benefit",
        "n_nhce": nhce[1],
        "n_hce": hce[1],
        "nhce_average": hundredth(100 * Fraction(*nhce)) if nhce[1] else None,
        "hce_average": hundredth(100 * Fraction(*hce)) if hce[1] else None,
        "ratio_percentage": ratio,
        "average_benefit": benefit,
        "highest_allowed": needed,
        "margin": None if ratio is None else ratio - needed,
        "result": "not_applicable" if not exists else "pass" if law.covered(ratio, safe, benefit) else "fail",
    }


def amounts(those: Sequence[Someone], group: str, plan: Plan) -> tuple[Row, list[Row]]:
    """The amount of the core contribution (IRC 401(a)(4)), with the people of a general test."""
    counted = [person for person in those if person.counted_core]
    row: Row = {
        "test": "amount_core",
        "test_group": group,
        "n_nhce": sum(1 for p in counted if not p.hce),
        "n_hce": sum(1 for p in counted if p.hce),
        "average_benefit": average_benefit(those),
        "exempt_reason": None,
        "basis": None,
        "ratio_percentage": None,
        "result": "pass" if has_core(plan) else "not_applicable",
    }
    core = plan.terms.core
    if group == UNION:
        return bargained(row), []
    is_uniform = core.kind in ("none", "flat") or (core.kind == "profit_sharing" and core.shared_by != "rates")
    if is_uniform or not counted:
        return row | {"basis": "uniform_rate" if is_uniform and has_core(plan) else None}, []
    people = [Allocated(p.hce, p.age, p.core, p.pay, p.pay_415) for p in counted]
    basis, rates, passed = general_test(people, plan, row)
    worst = law.lowest_group(list(zip([p.hce for p in people], rates, strict=True)))
    row |= {"basis": basis, "result": "pass" if passed else "fail"}
    row["ratio_percentage"] = None if basis == "uniform_points" else worst
    return row, [
        {
            "employee_id": person.name,
            "test": "amount_core",
            "test_group": group,
            "role": "hce" if person.hce else "nhce",
            "compensation": person.pay,
            "amount": person.core,
            "ratio": rate,
        }
        for person, rate in zip(counted, rates, strict=True)
    ]


def general_test(people: Sequence[Allocated], plan: Plan, row: Row) -> tuple[str, list[Fraction], bool]:
    """The basis on which the core contribution is tested, the rates on it, and whether it passes."""
    annuity = exact(plan.settings.plan.testing.annuity_factor)
    bases = {
        "allocation": [law.allocation_rate(p) for p in people],
        "imputed_disparity": [
            law.imputed_rate(p, plan.limits.wage_base, safe_core(plan, row["test_group"])) for p in people
        ],
        "benefits": [law.benefit_rate(p, annuity) for p in people],
    }
    if plan.terms.core.kind == "points" and _points_are_uniform(people):
        return "uniform_points", bases["allocation"], True
    safe, unsafe = law.harbors(row["n_nhce"], row["n_nhce"] + row["n_hce"])
    for basis, rates in bases.items():
        worst = law.lowest_group(list(zip([p.hce for p in people], rates, strict=True)))
        is_open = basis != "benefits" or law.gateway_is_met(people) or _has_gradual_schedule(plan)
        if is_open and law.covered(worst, (safe + unsafe) / 2, row["average_benefit"]):
            return basis, rates, True
    return "allocation", bases["allocation"], False


def safe_core(plan: Plan, group: str) -> Fraction:
    """The share of pay for which the core frees a group from the ADP test."""
    return SAFE_CORE if exemptions(plan.settings, group).adp in CORE_REASONS else ZERO


def _has_gradual_schedule(plan: Plan) -> bool:
    core = plan.terms.core
    if core.kind not in ("graded_by_service", "points", "age_bands") or core.excess_rate:
        return False
    return law.is_gradual([*core.bands], by_service=core.kind == "graded_by_service")


def _points_are_uniform(people: Sequence[Allocated]) -> bool:
    """The average rate of the HCEs who benefit is no higher than that of the NHCEs (1.401(a)(4)-2(b)(3))."""
    means = {
        hce: [law.allocation_rate(p) for p in people if p.hce is hce and p.core] for hce in (True, False)
    }  # fmt: skip
    if not means[True] or not means[False]:
        return True
    return sum(means[True], ZERO) / len(means[True]) <= sum(means[False], ZERO) / len(means[False])


def top_heavy(people: Sequence[Someone], plan: Plan, free: Exemptions) -> Row:
    """The indicator from the employer's money, and what the minimum would cost."""
    share = law.top_heavy_share(
        sum((p.balance for p in people if p.owner), ZERO), sum((p.balance for p in people), ZERO)
    )
    cost = ZERO
    if share is not None and share > 60 and not free.top_heavy:
        rate = max(
            (hundredth(100 * (p.deferral + p.match + p.core) / p.pay_415) for p in people if p.owner and p.pay_415),
            default=ZERO,
        )
        cost = sum(
            (
                max(ZERO, round_cents(min(Fraction(3), rate) * p.pay_415 / 100) - p.core - p.match)
                for p in people
                if not p.owner and p.active and p.eligible and p.counted and p.group in ("all", "statutory")
            ),
            ZERO,
        )
    return {
        "test": "top_heavy",
        "test_group": "all",
        "basis": "employer_money",
        "ratio_percentage": share,
        "highest_allowed": Fraction(60),
        "margin": None if share is None else 60 - share,
        "result": "exempt" if free.top_heavy else "not_determined",
        "exempt_reason": free.adp if free.top_heavy else None,
        "topheavy_cost": cost,
    }
