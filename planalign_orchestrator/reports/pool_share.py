"""A person's share of a profit-sharing pool: what is shared, and by what."""

from fractions import Fraction

from planalign_orchestrator.census.recognition import group_name
from planalign_orchestrator.config.contributions import Core, ProfitSharing
from planalign_orchestrator.reports.plan_arithmetic import ZERO, exact, round_cents
from planalign_orchestrator.reports.results import RunResults
from planalign_orchestrator.tables import rendered


def class_rate(sharing: ProfitSharing, own_group: str | None, *, is_hce: bool, age: int) -> Fraction:
    """The rate of a person's class; nothing for people of none."""
    if sharing.shared_by != "rates":
        return ZERO
    if sharing.classes_by == "age":
        return exact([one.rate for one in sharing.classes if int(one.who) <= age][-1])
    own = ("hce" if is_hce else "nhce") if sharing.classes_by == "hce" else own_group
    return exact(next((one.rate for one in sharing.classes if one.who == own), 0.0))


def pool_share(
    results: RunResults, year: int, core: Core, pay: Fraction, rate: Fraction, level: Fraction
) -> tuple[Fraction, str]:
    """A share before the cents that do not divide, and how it comes about.

    Args:
        results: of the run.
        year: of the pool.
        core: the contribution, which has a pool.
        pay: of the person, as far as it counts.
        rate: of the person's class.
        level: the integration level in dollars.
    """
    sharing, disparity = core.profit_sharing, core.permitted_disparity

    def weight(people: int, pay: Fraction, above: Fraction, rate: Fraction) -> Fraction:
        by_pay = pay + above if disparity.enabled else pay
        return {"head": Fraction(people), "rates": rate * pay, "pay": by_pay}[sharing.shared_by]

    rows = results.query(
        rendered(__package__, "pool_share.sql"), [group_name(sharing.classes_by), str(float(level)), year]
    )
    whole, paid = ZERO, sum((Fraction(row["pay"]) for row in rows), ZERO)
    for row in rows:
        of_class = class_rate(sharing, row["own_group"], is_hce=row["is_hce"], age=row["age"])
        whole += weight(row["people"], Fraction(row["pay"]), Fraction(row["above"]), of_class)
    pool = round_cents(exact(sharing.pool_rate or 0) * paid)
    pool = pool if sharing.pool_amount is None else exact(sharing.pool_amount)
    if not whole:
        return ZERO, f"nobody has a share in the {usd(pool)}"
    first = min(pool, exact(disparity.excess_rate) * whole) if disparity.enabled else pool
    own = weight(1, pay, max(ZERO, pay - level), rate)
    what = {"head": "heads", "rates": "class rates x pay", "pay": "pay"}[sharing.shared_by]
    what += f", and pay above {usd(level)} once more" if disparity.enabled else ""
    told = f"{usd(first)} x {usd(own)} / {usd(whole)} ({what}, of {sum(row['people'] for row in rows)} people)"
    if first == pool:
        return pool * own / whole, told
    return (
        first * own / whole + (pool - first) * pay / paid,
        f"{told} + {usd(pool - first)} x {usd(pay)} / {usd(paid)} (pay)",
    )


def usd(amount: Fraction) -> str:
    """An amount as a working shows it."""
    return f"{float(amount):,.2f}"
