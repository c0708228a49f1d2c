"""Made-up pasts with known truth, in plain Python and without the model: what `fit` has to recover."""

from __future__ import annotations

import csv
import datetime as dt
import math
import random
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

AGES = {"<25": (0, 25, 1.9), "25-34": (25, 35, 1.2), "35-44": (35, 45, 0.9), "45-54": (45, 55, 0.9),
        "55-64": (55, 65, 0.6), "65+": (65, 999, 0.6)}  # fmt: skip
SERVICE = {"<2": (0, 2, 1.4), "2-4": (2, 5, 0.9), "5-9": (5, 10, 0.6), "10-19": (10, 20, 0.4), "20+": (20, 999, 0.2)}
LEVELS = {1: 1.0, 2: 1.1, 3: 0.6, 4: 0.7, 5: 0.5}
PROMOTIONS = {1: 0.09, 2: 0.05, 3: 0.04, 4: 0.03, 5: 0.0}
RAISES = {1: 0.025, 2: 0.03, 3: 0.035, 4: 0.04, 5: 0.045}
LEVEL_MIX = {1: 0.5, 2: 0.25, 3: 0.15, 4: 0.07, 5: 0.03}
FORCE, FIRST_YEAR, RETIREMENT, STRUCTURE, GROWTH = 0.15, 0.4, 0.16, 0.02, 0.03
PAY = {1: 60_000, 2: 95_000, 3: 140_000, 4: 200_000, 5: 350_000}
HIRE_AGES = (22, 25, 28, 32, 35, 40, 45, 50)


@dataclass
class Person:
    """Somebody who is or was employed."""

    name: str
    birth: dt.date
    hire: dt.date
    level: int
    pay: float
    left: dt.date | None = None


@dataclass
class Past:
    """Yearly files, and the true rate of each cell by topic and name."""

    files: list[Path]
    truth: dict[tuple[str, str], float]


@dataclass
class _Sums:
    weighted: dict[tuple[str, str], float] = field(default_factory=lambda: defaultdict(float))
    whole: dict[tuple[str, str], float] = field(default_factory=lambda: defaultdict(float))

    def add(self, topic: str, name: str, rate: float, exposure: float = 1.0) -> None:
        self.weighted[topic, name] += rate * exposure
        self.whole[topic, name] += exposure

    def rates(self) -> dict[tuple[str, str], float]:
        return {key: self.weighted[key] / self.whole[key] for key in self.whole if self.whole[key]}


def completed_years(start: dt.date, day: dt.date) -> int:
    return day.year - start.year - ((day.month, day.day) < (start.month, start.day))


def band(bands: dict[str, tuple[int, int, float]], value: int) -> str:
    return next(name for name, (low, high, _) in bands.items() if low <= value < high)


def can_retire(age: int, service: int) -> bool:
    """To whom the bundled table gives a rate."""
    return age >= 60 or (age >= 55 and service >= 10)


def make(folder: Path, *, people: int, files: int, seed: int, leavers: bool = True, days: bool = True) -> Past:
    """Simulate and write files; without ``leavers`` they hold only who is employed, without ``days`` no day of exit."""
    draws = random.Random(seed)
    sums = _Sums()
    here = [_founder(draws, number) for number in range(people)]
    written = [_write(folder / "census_2019.csv", here, days)]
    target, number = float(people), people
    for year in range(2020, 2019 + files):
        opens, closes = dt.date(year - 1, 12, 31), dt.date(year, 12, 31)
        opening = len(here)
        for person in here:
            _exit(draws, person, opens, closes, sums)
        for person in here:
            _career(draws, person, opens, sums)
        stayed = [person for person in here if person.left is None]
        target *= 1 + GROWTH
        assert opening
        hires: list[Person] = []
        while sum(person.left is None for person in hires) < round(target) - len(stayed):
            number += 1
            hires.append(_hire(draws, number, year))
            _first_year_exit(draws, hires[-1], closes, sums)
        written.append(_write(folder / f"census_{year}.csv", (here + hires) if leavers else
                              [p for p in here + hires if p.left is None], days))  # fmt: skip
        here = [person for person in here + hires if person.left is None]
    truth = sums.rates() | {("Hires by level", str(level)): share for level, share in LEVEL_MIX.items()}
    truth |= {("Yearly raise by level", str(level)): rate for level, rate in RAISES.items()}
    truth["Growth of the pay structure", "Pay of hires of the same level, a year"] = STRUCTURE
    truth["Raise on promotion", "Beyond the yearly raise"] = 0.12
    return Past(written, truth)


def _founder(draws: random.Random, number: int) -> Person:
    service = int(draws.betavariate(0.8, 3) * 30 * 365)
    hire = dt.date(2019, 12, 30) - dt.timedelta(service)
    age = max(draws.triangular(21, 69, 38), 20 + service / 365)
    level = draws.choices(list(LEVEL_MIX), list(LEVEL_MIX.values()))[0]
    birth = dt.date(2019, 12, 31) - dt.timedelta(int(age * 365.25))
    return Person(f"E{number:05d}", birth, hire, level, round(PAY[level] * draws.uniform(0.95, 1.05), 2))


def _hire(draws: random.Random, number: int, year: int) -> Person:
    hire = dt.date(year, 1, 1) + dt.timedelta(draws.randrange(365))
    birth = hire.replace(day=min(hire.day, 28), year=hire.year - draws.choice(HIRE_AGES)) - dt.timedelta(
        draws.randrange(3, 360)
    )
    level = draws.choices(list(LEVEL_MIX), list(LEVEL_MIX.values()))[0]
    pay = PAY[level] * (1 + STRUCTURE) ** (year - 2019) * draws.uniform(0.95, 1.05)
    return Person(f"E{number:05d}", birth, hire, level, round(pay, 2))


def _exit(draws: random.Random, person: Person, opens: dt.date, closes: dt.date, sums: _Sums) -> None:
    age, service = completed_years(person.birth, opens), completed_years(person.hire, opens)
    by_age, by_service = band(AGES, age), band(SERVICE, service)
    length = (closes - opens).days
    turn = min(
        max((person.hire.replace(year=person.hire.year + 1, day=min(person.hire.day, 28)) - opens).days - 1, 0), length
    )
    turnover = FORCE * AGES[by_age][2] * SERVICE[by_service][2] * LEVELS[person.level]
    retires = can_retire(age, service)
    force = turnover + (RETIREMENT if retires else 0)
    clock, first, rest = draws.expovariate(1), FIRST_YEAR * turn / length, force * (length - turn) / length
    sums.add("Exits in all", "Of the people employed when a year opens", 1 - math.exp(-first - rest))
    if clock < first:
        person.left = opens + dt.timedelta(1 + int(clock / FIRST_YEAR * length))
    elif clock < first + rest:
        person.left = opens + dt.timedelta(1 + turn + int((clock - first) / force * length))
        person.left = min(person.left, closes)
    lived = (person.left - opens).days if person.left else length
    if turn:
        sums.add("Exits in the first twelve months", "Force a person-year", FIRST_YEAR, min(lived, turn) / length)
    later = max(lived - turn, 0) / length
    if retires:
        group = "55-61" if age < 62 else "62-64" if age < 65 else "65+"
        sums.add("Retirement by age", group, RETIREMENT, later)
    else:
        for title, name in (("age", by_age), ("service", by_service), ("level", str(person.level))):
            sums.add(f"Turnover by {title}", name, turnover, later)


def _first_year_exit(draws: random.Random, person: Person, closes: dt.date, sums: _Sums) -> None:
    days = draws.expovariate(FIRST_YEAR) * 365.25
    if days < (closes - person.hire).days:
        person.left = person.hire + dt.timedelta(1 + int(days))
    sums.add(
        "Exits in the first twelve months",
        "Force a person-year",
        FIRST_YEAR,
        ((person.left or closes) - person.hire).days / 365,
    )


def _career(draws: random.Random, person: Person, opens: dt.date, sums: _Sums) -> None:
    promoted = False
    if person.level < 5 and completed_years(person.hire, dt.date(opens.year + 1, 2, 1)) >= 1:
        promoted = draws.random() < PROMOTIONS[person.level]
        if person.left is None:
            sums.add("Promotions by level", str(person.level), PROMOTIONS[person.level])
    if promoted:
        person.level += 1
        person.pay *= 1.12
    if completed_years(person.hire, opens) >= 1:
        person.pay *= 1 + RAISES[person.level] + draws.gauss(0, 0.01)
    person.pay = round(person.pay, 2)


def _write(path: Path, people: list[Person], days: bool) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(
            ["employee_id", "birth_date", "hire_date", "annual_compensation", "job_level", "termination_date"]
        )
        for one in people:
            rows.writerow([one.name, one.birth, one.hire, f"{one.pay:.2f}", one.level, one.left if days else None])
    return path
