"""Settings of the employer's contributions: who shares in them and from when on, the match, the core contribution."""

from itertools import pairwise
from typing import Literal

from pydantic import Field

from planalign_orchestrator.config.fields import Section, ShareOfPay, conflict, part, setting, told_conflict

EntryDates = Literal["immediate", "monthly", "quarterly", "semiannual", "annual"]


class Service(Section):
    """Service needed for entry, from hire to the calendar anniversary; days, months and years add up."""

    days: int = setting(0, "days", ge=0, le=730)
    """Days of service."""
    months: int = setting(0, "months", ge=0, le=60)
    """Months of service, to the same day of the month."""
    years: int = setting(0, "years", ge=0, le=5)
    """Years of service, to the anniversary; one is the most for deferrals."""
    hours: float = setting(0.0, "hours in each twelve months from hire", ge=0, le=2080)
    """Hours that make a year of service; 1000 is the most (IRC 410(a)(3)); 0 counts elapsed time."""

    @property
    def in_days(self) -> float:
        """How long it lasts."""
        return (12 * self.years + self.months) * 365.25 / 12 + self.days

    def check(self) -> None:
        if self.hours and (self.days or self.months or not self.years):
            raise told_conflict("hours without years", hours=self.hours)


class ExcludedGroup(Section):
    """People whom a source of money leaves out, by what a column of the census says of them."""

    group: str = Field(description="a heading of census.groups", min_length=1)
    value: str = Field(description="value of the group", min_length=1)

    def __str__(self) -> str:
        return f"{self.group} {self.value}"


class Entry(Section):
    """From when on a contribution counts a person's deferrals and pay; never before the entry for deferrals."""

    minimum_age: int = setting(0, "years", ge=0, le=21)
    """Age needed for entry; 21 is the highest the law allows."""
    service: Service = part(Service)
    entry_dates: EntryDates = setting("immediate", "kind of entry date")
    """Entry is on the first one on or after age and service are met."""
    excluded_groups: list[ExcludedGroup] = setting([], "values of groups that stay out")
    """Who never enters while the rule is in force; people who have entered stay."""
    compensation: Literal["from_entry", "full_year"] = setting("from_entry", "which pay")
    """Pay that counts in the year of entry: from entry on, or of the whole year."""


TerminationReason = Literal[
    "retirement", "death", "disability", "reduction_in_force", "voluntary", "involuntary", "known"
]
MatchFamily = Literal["none", "deferral_tiers", "graded_by_service", "tenure_bands", "points"]
MatchFormula = Literal[
    "simple", "tiered", "stretch", "safe_harbor_basic", "safe_harbor_enhanced", "qaca", "custom",
]  # fmt: skip


class ContributionEligibility(Section):
    """Who shares in an employer contribution for a year."""

    require_employment_on_last_day: bool = setting(True)
    """Only people active on December 31 share in it."""
    last_day_exceptions: list[TerminationReason] = setting([], "termination reasons")
    """Leavers for these reasons need not be active on December 31."""
    minimum_hours: float = setting(1000.0, "hours in the year", ge=0, le=2080)
    """Hours of service needed; 1000 is the year of service of IRC 410(a)(3)."""
    waive_hours_for_new_hires: bool = setting(False)
    """Hires of the year need no minimum hours."""
    waive_hours_for_leavers: bool = setting(False)
    """Leavers of the year need no minimum hours."""
    minimum_service_years: int = setting(0, "completed years", ge=0, le=10)
    """Service needed at year end or exit."""


class MatchTier(Section):
    """``rate`` on the part of the deferral between two shares of plan compensation."""

    deferral_from: ShareOfPay = Field(ge=0, le=1, description="share of pay")
    deferral_to: ShareOfPay = Field(ge=0, le=1, description="share of pay")
    rate: ShareOfPay = Field(ge=0, le=5, description="share of the deferral")

    def check(self) -> None:
        if self.deferral_to <= self.deferral_from:
            raise told_conflict("empty tier", tier=self)


class MatchBand(Section):
    """Match tiers for people from ``minimum`` years of service (or points) on, up to the next band."""

    minimum: int = Field(ge=0, le=200)
    tiers: list[MatchTier]


def _tiers(*parts: tuple[float, float, float]) -> list[MatchTier]:
    return [MatchTier(deferral_from=low, deferral_to=high, rate=rate) for low, high, rate in parts]


MATCH_FORMULAS = {
    "simple": _tiers((0, 0.06, 0.50)),
    "tiered": _tiers((0, 0.03, 1.00), (0.03, 0.05, 0.50)),
    "stretch": _tiers((0, 0.12, 0.25)),
    "safe_harbor_basic": _tiers((0, 0.03, 1.00), (0.03, 0.05, 0.50)),
    "safe_harbor_enhanced": _tiers((0, 0.04, 1.00)),
    "qaca": _tiers((0, 0.01, 1.00), (0.01, 0.06, 0.50)),
}
"""Deferral tiers by name, each from, to and rate. Safe harbor: IRC 401(k)(12); QACA: IRC 401(k)(13)."""

BANDS_OF_FAMILY = {
    "graded_by_service": "service_bands",
    "tenure_bands": "service_bands",
    "points": "points_bands",
}
"""The setting that holds the tiers of each family of matches by bands."""


class Match(Section):
    """The employer's match on dollars deferred."""

    family: MatchFamily = setting("deferral_tiers", "kind of formula")
    """What the tiers depend on: nothing else, service (one rate or tiers per band), or age + service points."""
    formula: MatchFormula = setting("simple", "name of a formula")
    """For deferral_tiers: a named formula, or 'custom' with tiers."""
    tiers: list[MatchTier] = setting([], "tiers")
    """For formula custom: the tiers."""
    service_bands: list[MatchBand] = setting([], "bands by completed years")
    """For graded_by_service (one tier a band) and tenure_bands (any tiers)."""
    points_bands: list[MatchBand] = setting([], "bands by age + completed years")
    """For points: the tiers of each band."""
    max_match_percentage: ShareOfPay | None = setting(None, "share of plan compensation, or null", ge=0, le=1)
    """The match never exceeds this share; null is what the formula can pay."""
    maximum_match_amount: float | None = setting(None, "dollars a year, or null", ge=0, le=1_000_000)
    """The match never exceeds this amount."""
    computed: Literal["annual", "payroll"] = setting("annual", "period")
    """'annual' puts the tiers on the year's deferrals and pay; 'payroll' on each payroll's, until deferrals reach their
    limit or pay that of IRC 401(a)(17)."""
    pay_periods: int = setting(24, "payrolls a year", ge=1, le=366)
    """For a match by payroll: in which of them a limit is reached."""
    true_up: bool = setting(False)
    """For a match by payroll: pays the difference to the year's formula at the end of the year."""
    match_catch_up: bool = setting(True)
    """Catch-up contributions are matched like other deferrals."""
    entry: Entry = part(Entry)
    eligibility: ContributionEligibility = part(ContributionEligibility)

    def check(self) -> None:
        if self.family == "deferral_tiers" and self.formula == "custom" and not self.tiers:
            raise told_conflict("custom formula without tiers")
        if self.family in BANDS_OF_FAMILY:
            _check_bands(self.bands(), BANDS_OF_FAMILY[self.family], self.family)
        if self.family == "graded_by_service" and any(len(band.tiers) != 1 for band in self.service_bands):
            raise told_conflict("several tiers of a grade")

    def bands(self) -> list[MatchBand]:
        """The tiers in force, every family brought to one shape: bands of tiers, the first from 0."""
        if self.family == "none":
            return []
        if self.family == "deferral_tiers":
            tiers = self.tiers if self.formula == "custom" else MATCH_FORMULAS[self.formula]
            return [MatchBand(minimum=0, tiers=tiers)]
        return list(getattr(self, BANDS_OF_FAMILY[self.family]))

    def largest_share(self, up_to: float = 1.0) -> float:
        """The largest share of plan compensation that the tiers can pay on deferrals up to a share of it."""
        paid = [
            sum(tier.rate * max(0.0, min(tier.deferral_to, up_to) - tier.deferral_from) for tier in band.tiers)
            for band in self.bands()
        ]
        return max(paid, default=0.0)

    def is_cut(self) -> bool:
        """Whether ``max_match_percentage`` pays less than the tiers can."""
        return self.max_match_percentage is not None and self.max_match_percentage < self.largest_share() - 1e-9

    def ceiling(self) -> float:
        """The highest deferral rate that still earns a match."""
        return max((tier.deferral_to for band in self.bands() for tier in band.tiers if tier.rate > 0), default=0.0)


class CoreBand(Section):
    """A core rate for people from ``minimum`` years (of service or age) or points on."""

    minimum: int = Field(ge=0, le=200)
    rate: ShareOfPay = Field(ge=0, le=0.25, description="share of pay")


class PermittedDisparity(Section):
    """Extra core contribution on pay above an integration level (IRC 401(l))."""

    enabled: bool = setting(False)
    """Adds excess_rate on pay above the integration level."""
    excess_rate: ShareOfPay = setting(0.0, "share of pay above the level", ge=0, le=0.057)
    """At most the base rate, and 5.7, 5.4 or 4.3% by the integration level."""
    integration_level: ShareOfPay = setting(1.0, "share of the Social Security wage base", ge=0, le=1)
    """Pay above this share of the wage base earns the excess rate."""
    integration_amount: float | None = setting(None, "dollars a year, or null", ge=0, le=1_000_000)
    """Takes the place of the share, up to the wage base. The wage base outgrows an amount, so the excess rate is at
    most 4.3%, or 5.7% above 10000 or less."""

    @property
    def level(self) -> str:
        """The setting that is the integration level, with its value."""
        name = "integration_level" if self.integration_amount is None else "integration_amount"
        return f"{name} {getattr(self, name)}"

    def largest_excess_rate(self) -> float:
        """The maximum excess allowance of IRC 401(l) and Treas. Reg. 1.401(l)-2(d) for the integration level."""
        amount, level = self.integration_amount, self.integration_level
        if amount is not None:
            return 0.057 if amount <= 10_000 else 0.043
        if level >= 1 or level <= 0.2:
            return 0.057
        return 0.054 if level > 0.8 else 0.043


class CoreClass(Section):
    """A class of people with a rate of its own."""

    who: str = Field(min_length=1)
    rate: ShareOfPay = Field(ge=0, le=0.25, description="share of pay")


class ProfitSharing(Section):
    """How a profit-sharing contribution is shared (Treas. Reg. 1.401-1(b)(1)(ii), 1.401(a)(4)-2 and -8)."""

    pool_amount: float | None = setting(None, "dollars a year, or null", ge=0, le=10_000_000_000)
    """What the employer shares among participants."""
    pool_rate: ShareOfPay | None = setting(None, "share of the pay that counts, or null", ge=0, le=0.25)
    """What the employer shares among participants, instead of an amount."""
    shared_by: Literal["pay", "head", "rates"] = setting("pay", "what the shares go by")
    """Pay (with permitted disparity where it is enabled), equal amounts, or class rates times pay."""
    classes_by: str = setting("hce", "hce, age, or a heading of census.groups", min_length=1)
    """For shared_by rates: what the classes are made of."""
    classes: list[CoreClass] = setting([], "classes with their rates")
    """For shared_by rates: who is hce or nhce, the age from which on it holds, or a value of the group; others get
    nothing. Without a pool everybody gets the rate of the class."""

    def check_parts(self) -> None:
        """Raise where the parts do not fit together, if they count."""
        if self.pool_amount is not None and self.pool_rate is not None:
            keys = "profit_sharing.pool_amount profit_sharing.pool_rate"
            raise conflict("pool_amount and pool_rate both say what is shared; set one to null", keys)
        if self.shared_by == "rates":
            self._check_classes()
        elif self.pool_amount is None and self.pool_rate is None:
            raise told_conflict("nothing to share", shared_by=self.shared_by)

    def _check_classes(self) -> None:
        keys = "profit_sharing.classes profit_sharing.classes_by"
        names = [row.who for row in self.classes]
        if not names or len(set(names)) < len(names):
            raise conflict(f"classes must name each class once; they are {names}", keys)
        if self.classes_by == "hce" and not set(names) <= {"hce", "nhce"}:
            raise conflict(f"classes_by hce knows hce and nhce; classes are {names}", keys)
        if self.classes_by == "age":
            if not all(name.isdecimal() and int(name) < 200 for name in names):
                raise conflict(f"classes_by age takes the ages at which classes begin; classes are {names}", keys)
            if sorted(names, key=int) != names or names[0] != "0":
                raise conflict(f"ages of classes must start at 0 and rise; they are {names}", keys)


class Core(Section):
    """Nonelective employer contribution, whatever a person defers."""

    type: Literal["none", "flat", "graded_by_service", "points", "age_bands", "profit_sharing"] = setting(
        "none", "kind of formula"
    )
    """What the core rate depends on; profit_sharing shares a pool, or pays by class."""
    rate: ShareOfPay = setting(0.03, "share of plan compensation", ge=0, le=0.25)
    """For type flat: the rate."""
    bands: list[CoreBand] = setting([], "bands by years of service, points, or age")
    """For the other types: the rate from each minimum on."""
    profit_sharing: ProfitSharing = part(ProfitSharing)
    permitted_disparity: PermittedDisparity = part(PermittedDisparity)
    entry: Entry = part(Entry)
    eligibility: ContributionEligibility = part(ContributionEligibility)

    def has_pool(self) -> bool:
        """Whether an amount is shared out, so that nobody's contribution stands alone."""
        pool = self.profit_sharing
        return self.type == "profit_sharing" and (pool.pool_amount is not None or pool.pool_rate is not None)

    def check(self) -> None:
        if self.type in ("graded_by_service", "points", "age_bands"):
            _check_bands(self.bands, "bands", self.type)
        if self.type == "profit_sharing":
            self.profit_sharing.check_parts()
        disparity = self.permitted_disparity
        if disparity.enabled:
            if self.type == "none":
                raise told_conflict("disparity without core")
            if self.type == "profit_sharing" and self.profit_sharing.shared_by != "pay":
                raise told_conflict("disparity not by pay", shared_by=self.profit_sharing.shared_by)
            rates = {"flat": [self.rate], "profit_sharing": []}.get(
                self.type, [band.rate for band in self.bands if band.rate > 0]
            )
            allowed = min([disparity.largest_excess_rate(), *rates])
            if disparity.excess_rate > allowed:
                raise told_conflict("disparity too large", disparity=disparity, allowed=allowed)


def _check_bands(bands: list[MatchBand] | list[CoreBand], name: str, kind: str) -> None:
    keys = f"{name} {'type' if name == 'bands' else 'family'}"
    minima = [band.minimum for band in bands]
    if not minima:
        raise conflict(f"{kind} needs {name}; list them, the first with minimum: 0", keys)
    if minima[0] != 0 or any(low >= high for low, high in pairwise(minima)):
        raise conflict(f"{name} must start at minimum 0 and rise; they are {minima}", keys)
