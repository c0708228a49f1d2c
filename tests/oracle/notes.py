"""What a reader of a year's results is told about its assumptions, foretold from people, hires and chances."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any

from tests.oracle.census_people import day, number
from tests.oracle.exact import exact

Row = Mapping[str, Any]


def notes_of(
    year: int,
    opening: Sequence[Row],
    hires: Sequence[Fraction],
    units: Sequence[tuple[float, Fraction]],
    targets: tuple[int, int],
    in_vain: Collection[tuple[str, str]],
    staying: int,
    *,
    is_first: bool,
) -> list[str]:
    """The notes of a year, in order.

    Args:
        year: the plan year.
        opening: rows of the snapshot of the opening workforce.
        hires: annual pay of each hire.
        units: of each unit the exits to expect of those who have not given notice, and how many the year has.
        in_vain: groups that an entry leaves out and nobody has, by column and value.
        targets: the headcount to which all units lead, and that to which the growth rate of all does.
        staying: people of groups that entry leaves out who are in the plan.
        is_first: whether the opening workforce is that of the census.
    """
    told = [*_exits(units), *(_pay(year, opening, hires) if is_first else ()), *_steering(*targets)]
    if staying:
        told.append(f"Of the groups that entry leaves out, people who have entered before stay: {staying}.")
    for group, value in sorted(in_vain):
        told.append(f"Entry leaves out people with {group} {value}, but there are none.")
    return told


def _steering(target: int, asked_for: int) -> Iterator[str]:
    if target != asked_for:
        yield f"The groups that steer lead to {target} people in all; the growth rate asks for {asked_for}."


def _exits(units: Sequence[tuple[float, Fraction]]) -> Iterator[str]:
    above = [unit for unit in units if exact(round(unit[0], 6)) > unit[1] + Fraction(1, 20)]
    if above:
        expected, asked = (float(sum(unit[part] for unit in above)) for part in (0, 1))
        yield (
            f"Retirements, deaths, disabilities and exits of recent hires alone come to {expected:.1f}; "
            f"the turnover rate asks for {asked:.1f} exits, so nobody else leaves."
        )


def _pay(year: int, opening: Sequence[Row], hires: Sequence[Fraction]) -> Iterator[str]:
    recent = [
        number(row["opening_compensation"]) for row in opening if day(row["hire_date"]) > dt.date(year - 4, 12, 31)
    ]
    if not recent or not hires:
        return
    difference = (sum(hires) / len(hires)) / (sum(recent) / len(recent)) - 1
    if abs(difference) > Fraction(15, 100):
        percent = f"{float(abs(difference) * 100):.0f}% {'more' if difference > 0 else 'less'}"
        yield (
            f"New hires are paid {percent} on average than the people hired in the three years before the census date; "
            "set compensation of the levels or workforce.new_hires.pay_factor."
        )
