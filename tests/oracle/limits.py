"""Dollar limits of the Internal Revenue Code by year, published or estimated (IRC 415(d), 402(g)(4), 414(v)(2)(C))."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

from planalign_orchestrator.reports.plan_arithmetic import INDEXING, catch_up_limit

COLUMNS: dict[str, str] = {
    "elective_deferral": "elective_deferral_limit",
    "catch_up": "catch_up_limit",
    "catch_up_60_63": "catch_up_limit_60_63",
    "annual_additions": "annual_additions_limit",
    "compensation": "compensation_limit",
    "hce_compensation": "hce_compensation",
    "wage_base": "social_security_wage_base",
    "roth_catch_up_wages": "roth_catch_up_wages",
}
"""The limits by the columns of the table."""


@dataclass(frozen=True)
class Limits:
    """The limits of one year.

    Attributes:
        elective_deferral: IRC 402(g)(1).
        catch_up: IRC 414(v)(2)(B)(i), from the year of the 50th birthday.
        catch_up_60_63: IRC 414(v)(2)(E)(i), in the years of the 60th to 63rd birthday.
        annual_additions: IRC 415(c)(1)(A).
        compensation: IRC 401(a)(17).
        hce_compensation: IRC 414(q)(1)(B); pay of this year above it makes an HCE of the next.
        wage_base: Social Security contribution and benefit base, section 230 of the Social Security Act.
        roth_catch_up_wages: IRC 414(v)(7); pay of the year before above it makes this year's catch-up Roth.
    """

    elective_deferral: Fraction
    catch_up: Fraction
    catch_up_60_63: Fraction
    annual_additions: Fraction
    compensation: Fraction
    hce_compensation: Fraction
    wage_base: Fraction
    roth_catch_up_wages: Fraction | None = None

    def catch_up_for(self, age: int) -> Fraction:
        """The catch-up limit for the age reached by 31 December (IRC 414(v)(2)(B), (E) and (5))."""
        return catch_up_limit(age, self.catch_up, self.catch_up_60_63)


@dataclass(frozen=True)
class LimitTable:
    """Published limits, continued by indexation.

    Attributes:
        published: limits by year.
        indexation: growth a year after the last published year.
        wage_growth: the same of the wage base.
    """

    published: Mapping[int, Limits]
    indexation: Fraction = Fraction("0.025")
    wage_growth: Fraction = Fraction("0.035")
    _known: dict[int, Limits] = field(default_factory=dict, repr=False, compare=False)

    def of(self, year: int) -> Limits:
        """The limits of a year; before the first published year there are none."""
        last = max(self.published)
        if year <= last:
            return self.published[year]
        if year not in self._known:
            self._known[year] = self._indexed(year, last)
        return self._known[year]

    def _indexed(self, year: int, last: int) -> Limits:
        published = self.published[last]
        estimates: dict[str, Any] = {}
        for name, column in COLUMNS.items():
            rate = self.wage_growth if name == "wage_base" else self.indexation
            amount = getattr(published, name)
            growth = (1 + rate) ** (year - last)
            estimates[name] = None if amount is None else INDEXING[column].of(amount, growth)
        return replace(published, **estimates)
