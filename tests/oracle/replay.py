"""The event log of one person and year, read as changes of state; a break in the chain of amounts is noticed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

from tests.oracle.census_people import Member, day, number
from tests.oracle.dates import completed_years, first_day
from tests.oracle.escalation import EscalationRule, escalated
from tests.oracle.periods import Change
from tests.oracle.person_year import Person, YearEvents

Event = Mapping[str, Any]


@dataclass(frozen=True)
class Finding:
    """A column of an event that is not what it should be."""

    column: str
    found: object
    expected: object


@dataclass
class Replay:
    """A person's year of events, in the order of ``event_sequence``.

    Attributes:
        member: the state after the events.
        entry: date of the eligibility event, if there is one.
        forfeited: amount of the forfeiture event, if there is one.
        findings: what does not fit.
    """

    member: Member
    entry: dt.date | None = None
    forfeited: Fraction | None = None
    exit_date: dt.date | None = None
    exit_reason: str | None = None
    pay_changes: list[Change] = field(default_factory=list)
    deferral_changes: list[Change] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    def apply(self, event: Event) -> None:
        """Take one event."""
        kind = str(event["event_type"])
        handler = {
            "hire": lambda _: None,
            "termination": self._terminate,
            "promotion": self._change_pay,
            "raise": self._change_pay,
            "eligibility": self._become_eligible,
            "enrollment": self._change_rate,
            "opt_out": self._change_rate,
            "deferral_escalation": self._change_rate,
            "deferral_change": self._change_rate,
            "forfeiture": self._forfeit,
        }[kind]
        handler(event)

    def year_events(self) -> YearEvents:
        """What the person's year is computed from."""
        return YearEvents(tuple(self.pay_changes), tuple(self.deferral_changes), self.exit_date, self.exit_reason)

    def _expect(self, event: Event, column: str, expected: object) -> None:
        found = event[column]
        if found is not None and isinstance(expected, Fraction):
            found = number(found)
        if found != expected:
            self.findings.append(Finding(f"{event['event_type']}.{column}", found, expected))

    def _terminate(self, event: Event) -> None:
        self.exit_date, self.exit_reason = day(event["effective_date"]), event["reason"]

    def _change_pay(self, event: Event) -> None:
        self._expect(event, "compensation_before", self.member.pay)
        pay = number(event["compensation_after"])
        level = self.member.level
        if event["event_type"] == "promotion":
            self._expect(event, "level_before", level)
            level = int(event["level_after"])
        self.pay_changes.append(Change(day(event["effective_date"]), pay))
        self.member = replace(self.member, pay=pay, level=level)

    def _become_eligible(self, event: Event) -> None:
        self.entry = day(event["effective_date"])

    def _change_rate(self, event: Event) -> None:
        kind, on = event["event_type"], day(event["effective_date"])
        self._expect(event, "deferral_rate_before", self.member.deferral_rate)
        rate = number(event["deferral_rate_after"] or 0)
        member = replace(self.member, deferral_rate=rate)
        if kind == "enrollment":
            member = replace(member, enrolled_on=on, enrolled_by=str(event.get("event_category")))
        elif kind == "opt_out":
            member = replace(member, enrolled_on=None, ever_opted_out=True)
        elif kind == "deferral_escalation":
            member = replace(member, escalations=member.escalations + 1)
        self.member = member
        self.deferral_changes.append(Change(on, rate))

    def _forfeit(self, event: Event) -> None:
        self.forfeited = number(event["amount"])


def replay(member: Member, events: Iterable[Event]) -> Replay:
    """Apply a year's events to the state at its opening (or at the hire)."""
    state = Replay(member)
    ordered = sorted(events, key=lambda event: int(event["event_sequence"]))
    for event in ordered:
        state.apply(event)
    days = [day(event["effective_date"]) for event in ordered]
    if days != sorted(days):
        state.findings.append(Finding("event_sequence", days, sorted(days)))
    first = member.person.hire_date
    for event in ordered:
        on = day(event["effective_date"])
        if on < first or (state.exit_date is not None and on > state.exit_date):
            state.findings.append(Finding(f"{event['event_type']}.effective_date", on, (first, state.exit_date)))
    return state


def hired_member(hire: Event, birth: dt.date, weekly_hours: Fraction) -> Member:
    """The state of a new hire on the hire date."""
    person = Person(str(hire["employee_id"]), birth, day(hire["effective_date"]), weekly_hours)
    return Member(person, number(hire["compensation_after"]), int(hire["level_after"]))


def check_hire(hire: Event, birth: dt.date) -> Iterator[Finding]:
    """Hold the age in a hire event against the birth date."""
    age = completed_years(birth, day(hire["effective_date"]))
    if hire["employee_age"] != age:
        yield Finding("hire.employee_age", hire["employee_age"], age)


def check_escalation(opening: Member, events: Iterable[Event], rule: EscalationRule, year: int) -> Iterator[Finding]:
    """Hold a person's escalation in a year against the rule."""
    events = list(events)
    on = rule.date_in(year)
    # An enrolment or opt-out of the same day comes first.
    earlier = [
        event for event in events if day(event["effective_date"]) <= on and event["event_type"] != "deferral_escalation"
    ]
    state = replay(opening, earlier).member
    last = max((day(event["effective_date"]) for event in events if event["event_type"] == "termination"), default=on)
    employed = opening.person.hire_date <= on <= last
    found = [number(event["deferral_rate_after"]) for event in events if event["event_type"] == "deferral_escalation"]
    risen = escalated(
        rule,
        state.deferral_rate,
        state.enrolled_on,
        on,
        opted_out=state.escalation_opt_out,
        automatic=state.enrolled_by == "auto",
    )
    expected = [risen] if employed and risen != state.deferral_rate else []
    if found != expected:
        yield Finding("deferral_escalation", found, expected)


def check_maximum(opening: Member, events: Iterable[Event], maximum: Fraction, year: int) -> Iterator[Finding]:
    """Nobody's rate is above the plan's highest one; elections of the census are reduced to it on 1 January."""
    events = list(events)
    start = replay(opening, [event for event in events if day(event["effective_date"]) <= first_day(year)])
    rates = [start.member.deferral_rate, *(change.value for change in replay(opening, events).deferral_changes)]
    if max(rates) > maximum:
        yield Finding("deferral_rate above the plan maximum", max(rates), maximum)
