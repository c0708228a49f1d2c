"""The oracle of the nondiscrimination tests gives what published and worked examples give.

Sources: the numbers in brackets are examples of the specification of the tests, computed by an implementation of its
own; published ones name who published them.
"""

from __future__ import annotations

from fractions import Fraction

import pytest

from tests.oracle import ndt_average as ndt, ndt_coverage as coverage
from tests.oracle.ndt_average import Participant
from tests.oracle.ndt_coverage import Allocated

F = Fraction
THREE_HCES = [
    Participant("A", F(23_000), F(150_000)),
    Participant("B", F(23_500), F(250_000)),
    Participant("C", F(12_000), F(200_000)),
]
FOUR_HCES = [
    Participant("A", F(4_500), F(150_000)), Participant("B", F(7_000), F(140_000)),
    Participant("C", F(3_000), F(100_000)), Participant("D", F(6_300), F(90_000)),
]  # fmt: skip


def dollars(amounts: dict[str, Fraction]) -> list[Fraction]:
    return list(amounts.values())


def test_ratios_and_their_mean() -> None:
    """Oracle JD Edwards, 401(k) compliance testing [1]: ratios to the hundredth of a point."""
    deferrals, pays = (1_000, 2_500, 0, 1_750, 1_500), (25_000, 34_000, 22_000, 28_000, 32_500)
    ratios = [Participant("", F(d), F(p)).ratio for d, p in zip(deferrals, pays, strict=True)]
    assert ratios == [4, F("7.35"), 0, F("6.25"), F("4.62")]
    assert ndt.average(ratios) == F("4.44")


YEARS_OF_SERVICE = (0, 6, 11, 16, 21, 26)
BY_SERVICE = [F(rate) / 1000 for rate in (30, 45, 65, 85, 100, 115)]


@pytest.mark.parametrize(
    ("starts", "rates", "by_service", "gradual"),
    [
        (YEARS_OF_SERVICE, BY_SERVICE, True, True),
        ((0, 7, *YEARS_OF_SERVICE[2:]), BY_SERVICE, True, False),
        (YEARS_OF_SERVICE, [F("0.02"), *BY_SERVICE[1:]], True, False),
        ((0, 25, 35, 45), [F("0.03"), F("0.05"), F("0.08"), F("0.12")], False, True),
        ((0, 40, 50, 60), [F("0.03"), F("0.05"), F("0.08"), F("0.12")], False, False),
        ((0, 5), [F("0.06"), F("0.11")], True, True),
        ((0, 5), [F("0.06"), F("0.1101")], True, False),
        ((0, 5), [F("0.02"), F("0.04")], True, True),
        ((0, 5), [F(0), F("0.02")], True, False),
        ((0,), [F("0.03")], True, False),
    ],
)
def test_gradual_schedules(starts: tuple[int, ...], rates: list[Fraction], by_service: bool, gradual: bool) -> None:
    """1.401(a)(4)-8(b)(1)(iv); the first is by years of service 0-5, 6-10, 11-15, 16-20, 21-25 and above."""
    assert coverage.is_gradual([*zip(starts, rates, strict=True)], by_service=by_service) is gradual


@pytest.mark.parametrize(
    ("nhce", "limit"),
    [("0.5", 1), (1, 2), ("1.5", 3), (2, 4), (3, 5), (5, 7), (8, 10), ("8.01", "10.0125"), (10, "12.5")],
)
def test_what_hces_may_average(nhce: str, limit: str) -> None:
    """IRC 401(k)(3)(A)(ii) [2]."""
    assert ndt.highest_allowed(F(nhce)) == F(limit)


@pytest.mark.parametrize(
    ("nhce", "hce", "passed"),
    [(0, "0.01", False), (2, 4, True), (2, "4.01", False), (None, 9, True), (0, None, True), (0, 0, True)],
)
def test_a_hundredth_decides(nhce: str | None, hce: str | None, passed: bool) -> None:
    """[2]; 1.401(k)-2(a)(1)(ii) where one side is empty."""
    assert ndt.passes(None if nhce is None else F(nhce), None if hce is None else F(hce)) is passed


def test_leveling_by_ratio_and_distribution_by_dollars() -> None:
    """[3]."""
    ratios = [person.ratio for person in THREE_HCES]
    assert ndt.average(ratios) == F("10.24")
    assert ndt.leveled(ratios, F(7)) == F("7.5")
    excess = ndt.excess_of(THREE_HCES, F(7))
    assert dollars(excess) == [11_750, 4_750, 0]
    refunds = ndt.distribute({person.name: person.amount for person in THREE_HCES}, F(16_500))
    assert dollars(refunds) == [8_000, 8_500, 0]


def test_the_excess_of_somebody_over_50_stays_as_catch_up() -> None:
    """[4]: A is 52 and has 8 000 dollars of catch-up left."""
    assert ndt.recharacterized(F(8_000), F(8_000), F(0)) == 8_000
    assert ndt.recharacterized(F(8_500), F(0), F(0)) == 0
    assert ndt.recharacterized(F(8_000), F(8_000), F(1_500)) == 6_500


def test_published_leveling_of_four() -> None:
    """BenefitsLink message 6166 [6]."""
    limit = F("3.7")
    assert ndt.leveled([person.ratio for person in FOUR_HCES], limit) == F("4.4")
    assert dollars(ndt.excess_of(FOUR_HCES, limit)) == [0, 840, 0, 2_340]
    refunds = ndt.distribute({person.name: person.amount for person in FOUR_HCES}, F(3_180))
    assert dollars(refunds) == [0, 1_940, 0, 1_240]


def test_the_match_after_refunds() -> None:
    """[8]: 50% up to 6% of pay; no match is related to the refunds of [3]."""
    match = {person.name: min(person.amount, person.pay * 6 / 100) / 2 for person in THREE_HCES}
    refunds = {"A": F(8_000), "B": F(8_500), "C": F(0)}
    rest = {p.name: min(p.amount - refunds[p.name], p.pay * 6 / 100) / 2 for p in THREE_HCES}
    assert dollars(match) == [4_500, 7_500, 6_000]
    assert [ndt.related_match(match[name], rest[name]) for name in match] == [0, 0, 0]
    tested = [Participant(p.name, match[p.name], p.pay) for p in THREE_HCES]
    assert ndt.average([person.ratio for person in tested]) == 3
    excess = sum(ndt.excess_of(tested, ndt.highest_allowed(F(1))).values())
    shares = ndt.distribute(match, F(excess))
    assert dollars(shares) == [500, 3_500, 2_000]
    assert ndt.vested_and_forfeited(shares["B"], F("0.4")) == (1_400, 2_100)


def test_match_on_what_is_refunded_is_forfeited() -> None:
    assert ndt.related_match(F(3_000), F(2_500)) == 500


@pytest.mark.parametrize(("nhce", "hce", "points"), [(3, "6.20", "1.20"), ("0.80", "2.50", "0.45")])
def test_flat_qnec(nhce: str, hce: str, points: str) -> None:
    """[9]; a hundredth less fails."""
    q = ndt.flat_qnec(F(nhce), F(hce))
    assert q == F(points)
    assert ndt.passes(F(nhce) + q, F(hce)) and not ndt.passes(F(nhce) + q - F("0.01"), F(hce))


def test_targeted_qnec() -> None:
    """[10]; 1.401(k)-2(a)(6)(iv)(B): 5% 5% 2% of the three lowest paid."""
    pays = [F(1_000 * pay) for pay in (12, 15, 18, 30, 40, 50, 60, 70, 80, 90)]
    room = F(70_000)
    assert ndt.targeted_cost(F("1.2"), [(pay, room) for pay in pays]) == 1_710
    assert ndt.flat_cost(F("1.2"), [(pay, room) for pay in pays]) == 5_580


@pytest.mark.parametrize(("benefit", "ratio", "passed"), [("4.10", "68.33", False), ("4.30", "71.67", True)])
def test_coverage_by_classification(benefit: str, ratio: str, passed: bool) -> None:
    """[11]; the table of 1.410(b)-4(c)(4)(iv) gives 32.75 and 22.75 for 83%."""
    share = coverage.ratio_percentage((58, 100), (18, 20))
    safe, unsafe = coverage.harbors(100, 120)
    benefits = coverage.average_benefit(F(benefit), F(6))
    assert (share, safe, unsafe, benefits) == (F("64.44"), F("32.75"), F("22.75"), F(ratio))
    assert coverage.covered(share, safe, benefits) is passed


@pytest.mark.parametrize(
    ("concentration", "safe", "unsafe"), [(60, 50, 40), (61, "49.25", "39.25"), (86, "30.5", "20.5"), (99, "20.75", 20)]
)
def test_the_table_of_the_classification_test(concentration: int, safe: str, unsafe: str) -> None:
    """1.410(b)-4(c)(4)(iv)."""
    assert coverage.harbors(concentration, 100) == (F(safe), F(unsafe))


def test_cross_testing() -> None:
    """[13]."""
    people = [
        Allocated(True, 55, F(27_000), F(300_000), F(300_000)), Allocated(True, 45, F(18_000), F(200_000), F(200_000)),
        Allocated(False, 30, F(2_500), F(50_000), F(50_000)), Allocated(False, 40, F(3_000), F(60_000), F(60_000)),
        Allocated(False, 58, F(2_000), F(40_000), F(40_000)), Allocated(False, 27, F(2_250), F(45_000), F(45_000)),
    ]  # fmt: skip
    rates = [coverage.benefit_rate(person, F(8)) for person in people]
    assert rates == [F(rate) for rate in ("2.544", "5.751", "10.862", "4.804", "1.106", "13.874")]
    hces = [person.hce for person in people]
    assert coverage.rate_groups(list(zip(hces, rates, strict=True))) == [75, 100]
    assert coverage.gateway_is_met(people)
    allocations = [(person.hce, coverage.allocation_rate(person)) for person in people]
    assert coverage.rate_groups(allocations) == [0]


@pytest.mark.parametrize(
    ("pay", "safe", "rate"),
    [(100_000, "0", "10.00"), (300_000, "0", "7.22"), (100_000, "0.03", "7.00"), (300_000, "0.03", "5.89")],
)
def test_imputed_disparity(pay: int, safe: str, rate: str) -> None:
    """[15]; 1.401(a)(4)-7(b) with the wage base of 2026; of a safe harbor core on what is above 3%."""
    person = Allocated(False, 40, F(pay, 20), F(pay))
    assert coverage.imputed_rate(person, F(184_500), F(safe)) == F(rate)


def test_a_gateway_that_is_closed() -> None:
    hce = Allocated(True, 55, F(30_000), F(200_000), F(200_000))
    low = Allocated(False, 30, F(2_000), F(50_000), F(50_000))
    assert not coverage.gateway_is_met([hce, low])
    assert coverage.gateway_is_met([hce, Allocated(False, 30, F(2_500), F(50_000), F(50_000))])


@pytest.mark.parametrize(
    ("rates", "representative"), [(["2", "1", "1", "0"], 1), (["2", "1.5", "1"], "1.5"), (["3"], 3), ([], 0)]
)
def test_representative_rate(rates: list[str], representative: str) -> None:
    assert ndt.representative_rate([(F(rate), False) for rate in rates]) == F(representative)


def test_the_representative_rate_of_those_employed_at_year_end_where_it_is_higher() -> None:
    assert ndt.representative_rate([(F(1), False), (F(1), False), (F(2), True), (F(0), False)]) == 2


def test_disproportionate_match_is_left_out() -> None:
    """1.401(m)-2(a)(5)(ii): more than 5% of pay, the deferral, and twice the representative rate on it."""
    assert ndt.counted_match(F(9_000), F(3_000), F(50_000), F(1)) == 6_000
    assert ndt.counted_match(F(2_400), F(800), F(50_000), F(1)) == 2_400
    assert ndt.counted_match(F(9_000), F(8_000), F(50_000), F(0)) == 8_000


def test_top_heavy_indicator() -> None:
    assert coverage.top_heavy_share(F(60_001), F(100_000)) == 60
    assert coverage.top_heavy_share(F(0), F(0)) is None
