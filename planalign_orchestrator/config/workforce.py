"""Settings of the workforce half of the model: headcount, hires, pay."""

from typing import Literal

from pydantic import Field

from planalign_orchestrator.config.fields import MonthDay, Section, Share, conflict, setting


class NewHires(Section):
    """Who is hired, and at what pay."""

    level_mix: Literal["opening"] | dict[int, Share] = setting("opening", "'opening', or weights by level")
    """How hires spread over job levels; 'opening' follows the workforce at the start of the year."""
    pay_factor: float = setting(1.0, "factor", gt=0, le=5)
    """Multiplies every new hire's pay, for a tighter or softer labor market."""
    pay_percentile_spread: float = setting(0.05, "share of the pay band", ge=0, le=0.5)
    """Standard deviation of a hire's place in the pay band around the level's percentile."""
    scheduled_hours_per_week: float | None = setting(None, "hours, or null", gt=0, le=80)
    """Scheduled hours of a new hire; null is those of somebody hired into the same level in the last three years."""


class SteeredUnit(Section):
    """Rates of the people with one value of the group that steers; a rate left out is that of everybody."""

    value: str = Field(description="value of the group", min_length=1)
    target_growth_rate: float | None = Field(default=None, description="share a year", ge=-1, le=5)
    total_termination_rate: float | None = Field(default=None, description="share a year, of all", ge=0, le=1)
    new_hire_termination_rate: float | None = Field(default=None, description="share a year, of hires", ge=0, lt=0.95)


class Workforce(Section):
    """Headcount and exits."""

    target_growth_rate: float = setting(0.03, "share of opening headcount a year", ge=-1, le=5)
    """The headcount follows the path of these rates from the census on, rounded half-up each year."""
    exits: Literal["quota", "random"] = setting("quota", "quota or random")
    """'quota': totals are exact; 'random': each person leaves by chance, and the target may be missed."""
    total_termination_rate: float = setting(0.12, "share of opening headcount a year", ge=0, le=1)
    """How many of the opening workforce leave; age, service and level decide who."""
    new_hire_termination_rate: float = setting(0.25, "share of hires", ge=0, lt=0.95)
    """The chance that a hire leaves within twelve months of hire, whatever the month."""
    involuntary_share: Share = setting(0.25, "share of 1")
    """Share of the exits that are involuntary, leaving out retirements, layoffs and dates known from the census."""
    steered_by: str | None = setting(None, "a heading of census.groups, or null", min_length=1)
    """The group whose values can have their own growth and exit rates."""
    steered: list[SteeredUnit] = setting([], "rates by value of steered_by")
    """Headcount and exits of these values; everybody else shares the rest."""
    new_hires: NewHires = Field(default_factory=NewHires)

    def check(self) -> None:
        values = [unit.value for unit in self.steered]
        if self.steered and self.steered_by is None:
            raise conflict("steered gives rates, but steered_by names no group", "steered steered_by")
        if len(set(values)) < len(values):
            raise conflict(f"steered names a value twice: {', '.join(values)}", "steered")


class Promotion(Section):
    """Who moves up a level, and the raise that goes with it."""

    base_rate: Share = setting(0.04, "share of eligible staff a year")
    """Promotion probability before the age, tenure and level factors."""
    promotion_rate_multiplier: float = setting(1.0, "factor", ge=0, le=25)
    """Scales every promotion probability."""
    effective_date: MonthDay = setting("02-01", "MM-DD")
    """The day on which promotions take effect."""
    minimum_service_years: int = setting(1, "completed years", ge=0, le=40)
    """Service needed on the promotion date."""
    raise_distribution: Literal["uniform", "normal", "fixed"] = setting("uniform", "uniform, normal or fixed")
    """How promotion raises spread around their mean."""
    raise_mean: Share = setting(0.10, "share of pay")
    """Mean raise on promotion."""
    raise_spread: float = setting(0.05, "share of pay", ge=0, le=0.5)
    """Half-width of the uniform, or standard deviation of the normal distribution."""
    raise_mean_by_level: dict[int, Share] = setting({}, "share of pay, by the level promoted from")
    """Overrides raise_mean for single levels."""
    raise_maximum: Share = setting(0.30, "share of pay")
    """No promotion raises pay by more than this share."""
    raise_maximum_amount: float = setting(500_000.0, "dollars a year", ge=0)
    """No promotion raises pay by more than this amount, which grows with the pay structure."""


class Compensation(Section):
    """Merit, cost of living and promotion raises."""

    structure_growth_rate: float = setting(0.03, "share a year", ge=0, le=0.5)
    """Growth of the pay structure from the second year on: pay of new hires, income segments, the largest promotion
    raise in dollars."""
    cola_rate: float = setting(0.003, "share of pay a year", ge=0, le=0.5)
    """Cost-of-living part of the yearly raise, on top of merit."""
    merit_budget: float | None = setting(None, "share of pay, or null", ge=0, le=0.5)
    """Scales the merit rates so that their pay-weighted mean is this budget."""
    minimum_service_months: int = setting(12, "completed months", ge=0, le=120)
    """Service needed on the raise date."""
    promotion: Promotion = Field(default_factory=Promotion)
