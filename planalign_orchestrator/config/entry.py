"""Settings of entry: from when on a source of money is open to a person."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from planalign_orchestrator.config.fields import Section, conflict, setting

EntryDates = Literal["immediate", "monthly", "quarterly", "semiannual", "annual"]


class Service(Section):
    """Service needed for entry, from hire to the calendar anniversary; days, months and years add up."""

    days: int = setting(0, "days", "days of service", effect="{entry}", ge=0, le=730)
    months: int = setting(0, "months", "months of service, to the same day of the month", effect="{entry}", ge=0, le=60)
    years: int = setting(
        0, "years", "years of service, to the anniversary; one is the most for deferrals", effect="{entry}", ge=0, le=5
    )
    hours: float = setting(
        0.0,
        "hours in each twelve months from hire",
        "hours that make a year of service; 1000 is the most (IRC 410(a)(3)); 0 counts elapsed time",
        effect="{entry}",
        ge=0,
        le=2080,
    )

    @model_validator(mode="after")
    def _hours_make_years(self) -> Service:
        if self.hours and (self.days or self.months or not self.years):
            raise conflict(
                f"hours: {self.hours:g} makes a year of service; state the service in years, without days or months",
                "hours",
                "years",
                "months",
                "days",
            )
        return self


class Entry(Section):
    """From when on a contribution counts a person's deferrals and pay; never before the entry for deferrals."""

    minimum_age: int = setting(
        0, "years", "age needed for entry; 21 is the highest the law allows", effect="{entry}", ge=0, le=21
    )
    service: Service = Field(default_factory=Service)
    entry_dates: EntryDates = setting(
        "immediate",
        "kind of entry date",
        "entry is on the first one on or after age and service are met",
        effect="{entry}",
    )
    compensation: Literal["from_entry", "full_year"] = setting(
        "from_entry",
        "which pay",
        "pay that counts in the year of entry: from entry on, or of the whole year",
        effect="{pay}",
    )
