"""Settings of entry: from when on a source of money is open to a person."""

from typing import Literal

from pydantic import Field

from planalign_orchestrator.config.fields import Section, setting, told_conflict

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
    service: Service = Field(default_factory=Service)
    entry_dates: EntryDates = setting("immediate", "kind of entry date")
    """Entry is on the first one on or after age and service are met."""
    excluded_groups: list[ExcludedGroup] = setting([], "values of groups that stay out")
    """Who never enters while the rule is in force; people who have entered stay."""
    compensation: Literal["from_entry", "full_year"] = setting("from_entry", "which pay")
    """Pay that counts in the year of entry: from entry on, or of the whole year."""
