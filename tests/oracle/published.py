"""Published limits, typed in from their sources and not from the assumption tables.

IRS: IR-2008-118 (for 2009), IR-2009-94, IR-2010-108, IR-2011-103, IR-2012-77, IR-2013-86, IR-2014-99, IR-2015-118,
IR-2016-141, Notice 2017-64 (for 2018); Notices 2018-83 (for 2019), 2019-59, 2020-79, 2021-61,
2022-55, 2023-75, 2024-80 and 2025-67 (for 2026).
Wage base: the Commissioner of Social Security's yearly announcement of the contribution and benefit base.
Roth catch-up wages: 145 000 in IRC 414(v)(7)(A) as enacted, 150 000 by Notice 2025-67 for catch-up made in 2026.
"""

from __future__ import annotations

from fractions import Fraction

from tests.oracle.limits import Limits, LimitTable


def _year(*amounts: int) -> Limits:
    values = [Fraction(amount) for amount in amounts]
    return Limits(*values)


PUBLISHED: dict[int, Limits] = {
    2009: _year(16_500, 5_500, 5_500, 49_000, 245_000, 110_000, 106_800),
    2010: _year(16_500, 5_500, 5_500, 49_000, 245_000, 110_000, 106_800),
    2011: _year(16_500, 5_500, 5_500, 49_000, 245_000, 110_000, 106_800),
    2012: _year(17_000, 5_500, 5_500, 50_000, 250_000, 115_000, 110_100),
    2013: _year(17_500, 5_500, 5_500, 51_000, 255_000, 115_000, 113_700),
    2014: _year(17_500, 5_500, 5_500, 52_000, 260_000, 115_000, 117_000),
    2015: _year(18_000, 6_000, 6_000, 53_000, 265_000, 120_000, 118_500),
    2016: _year(18_000, 6_000, 6_000, 53_000, 265_000, 120_000, 118_500),
    2017: _year(18_000, 6_000, 6_000, 54_000, 270_000, 120_000, 127_200),
    2018: _year(18_500, 6_000, 6_000, 55_000, 275_000, 120_000, 128_400),
    2019: _year(19_000, 6_000, 6_000, 56_000, 280_000, 125_000, 132_900),
    2020: _year(19_500, 6_500, 6_500, 57_000, 285_000, 130_000, 137_700),
    2021: _year(19_500, 6_500, 6_500, 58_000, 290_000, 130_000, 142_800),
    2022: _year(20_500, 6_500, 6_500, 61_000, 305_000, 135_000, 147_000),
    2023: _year(22_500, 7_500, 7_500, 66_000, 330_000, 150_000, 160_200),
    2024: _year(23_000, 7_500, 7_500, 69_000, 345_000, 155_000, 168_600, 145_000),
    2025: _year(23_500, 7_500, 11_250, 70_000, 350_000, 160_000, 176_100, 145_000),
    2026: _year(24_500, 8_000, 11_250, 72_000, 360_000, 160_000, 184_500, 150_000),
}
"""Limits by year."""

LIMITS = LimitTable(PUBLISHED)
"""The published limits, continued at the default indexation."""
