"""What was learned: rates with their evidence, and the tables and settings that they change."""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

from planalign_orchestrator.config.assumption_files import cell_text
from planalign_orchestrator.learning import credibility
from planalign_orchestrator.learning.credibility import FEWEST, Dimension, Factor, Interval, blend
from planalign_orchestrator.learning.history import History, Mean, key_of
from planalign_orchestrator.warehouse import load_table

_DIGITS = 6

Unit = Literal["share", "dollars"]


@dataclass(frozen=True)
class By:
    """A way in which people are told apart: a column of an assumption table.

    Args:
        table: its name.
        factor: its column that says how often something happens to them.
        title: in words.
        column: how cells call its key.
        in_order: whether rows that follow one another are alike.
    """

    table: str
    factor: str
    title: str
    column: str
    in_order: bool = False


@dataclass(frozen=True)
class Rate:
    """One assumption with its evidence.

    Args:
        topic: what it is about; rates of a topic stand in one table.
        name: which of them.
        people: how many persons stand behind it.
        exposure: person-years, or people who could have.
        events: what happened; None of a mean.
        actual: what the files say; None where too few people stand behind it.
        interval: 90%, of what is behind ``actual``.
        known: what was assumed before; None of what is only described.
        credibility: the weight of ``actual``.
        fitted: what is assumed now; None of what is only described.
        note: what else moved it.
        unit: of all four.
    """

    topic: str
    name: str
    people: int
    exposure: float = 0.0
    events: float | None = None
    actual: float | None = None
    interval: Interval | None = None
    known: float | None = None
    credibility: float = 0.0
    fitted: float | None = None
    note: str = ""
    unit: Unit = "share"


@dataclass
class Experience:
    """Everything learned from a history.

    Args:
        history: where from.
        rates: with their evidence, by topic.
        settings: by dotted key.
        changes: cells of assumption tables by table, column and key.
        replaced: whole assumption tables, rows of text.
    """

    history: History
    rates: list[Rate] = field(default_factory=list)
    settings: dict[str, Any] = field(default_factory=dict)
    changes: dict[str, dict[str, dict[Any, float]]] = field(default_factory=dict)
    replaced: dict[str, list[list[str]]] = field(default_factory=dict)

    def change(self, table: str, column: str, values: Mapping[Any, float]) -> None:
        """Give some rows of a table another value in a column."""
        self.changes.setdefault(table, {})[column] = {key: round(value, _DIGITS) for key, value in values.items()}

    def set(self, key: str, value: float) -> None:
        """Give a setting another value."""
        self.settings[key] = round(value, _DIGITS)

    def rows(self, name: str) -> list[list[str]]:
        """The rows of an assumption table as they are assumed now."""
        table = self.history.tables[name]
        rows = self.replaced.get(name) or [list(row) for row in table.rows]
        for column, values in self.changes.get(name, {}).items():
            for row in rows:
                if (one := values.get(key_of(table, row))) is not None:
                    row[table.columns.index(column)] = cell_text(one)
        return rows

    def load(self, name: str) -> None:
        """Make a table ``fitted_NAME`` of an assumption table as it is assumed now."""
        load_table(self.history.connection, f"fitted_{name}", self.history.tables[name].form.types, self.rows(name))

    def tables(self) -> dict[str, list[list[str]]]:
        """The assumption tables that are not the bundled ones, rows of text under their header: fitted or given."""
        given = {name for name, table in self.history.tables.items() if table.source != "bundled"}
        written = sorted({*given, *self.replaced, *self.changes})
        return {name: [list(self.history.tables[name].columns), *self.rows(name)] for name in written}

    def as_record(self) -> dict[str, Any]:
        """What was learned as plain values, without anything about persons."""
        return {
            "files": [
                {"file": one.source, "day": one.as_of.isoformat(), "people": one.rows_kept, "sha256": one.sha256}
                for one in self.history.intakes
            ],
            "settings": self.settings,
            "tables": sorted(self.tables()),
            "cannot_tell": self.history.left_out,
            "rates": [asdict(rate) for rate in self.rates],
        }

    def of_events(self, topic: str, name: str, people: int, exposure: float, events: float, known: float) -> float:
        """Record a force from a count of events in an exposure; returns the fitted force."""
        interval = credibility.rate_interval(events, exposure) if exposure else (0.0, 0.0)
        actual = events / exposure if exposure else 0.0
        return self.recorded(
            Rate(topic, name, people, exposure, events, actual, interval, known, credibility.of_events(events))
        )

    def of_share(
        self, topic: str, name: str, people: int, share: tuple[int, int], known: float | None, weight: float = 0.0
    ) -> float:
        """Record a chance from how many of those did who could, with a credibility; returns the fitted chance.

        Without a known chance it is only described.
        """
        part, whole = share
        actual, interval = (part / whole, credibility.share_interval(part, whole)) if whole else (0.0, (0.0, 1.0))
        return self.recorded(Rate(topic, name, people, whole, part, actual, interval, known, weight))

    def of_mean(self, topic: str, name: str, seen: Mean, known: float) -> float:
        """Record the mean of values, one a person; returns the fitted mean."""
        number, mean, deviation = seen.number, seen.mean, seen.deviation
        weight = credibility.of_estimate(mean, credibility.error_of_mean(deviation, max(number, 1)))
        interval = credibility.mean_interval(mean, deviation, max(number, 1))
        return self.recorded(Rate(topic, name, number, number, None, mean, interval, known, weight))

    def of_means(self, topic: str, seen: Mapping[Any, Mean], known: Mapping[Any, float]) -> dict[Any, float]:
        """Record means by key; returns the fitted ones."""
        names = {key: " ".join(key) if isinstance(key, tuple) else str(key) for key in known}
        return {key: self.of_mean(topic, names[key], seen.get(key, Mean()), before) for key, before in known.items()}

    def of_factors(
        self, topic: str, dimension: Dimension, factors: Mapping[Any, Factor], exposures: Mapping[Any, float]
    ) -> None:
        """Record what factors say of the values of a dimension, as forces a unit of exposure."""
        for value, one in factors.items():
            exposure = exposures.get(value, 0.0)
            people = dimension.people.get(value, 0) if exposure else 0
            known = one.expected / exposure if exposure else None
            ratio = one.events / one.expected if one.weight else 1.0
            leans = dimension.in_order and abs(one.factor - blend(one.weight, ratio, 1.0)) > 0.005
            note = "smoothed with its neighbors" if leans else ""
            rate = Rate(topic, str(value), people, exposure, one.events, known=known, credibility=one.weight, note=note)
            if people >= FEWEST:
                interval = credibility.rate_interval(one.events, exposure)
                rate = replace(rate, actual=one.events / exposure, interval=interval)
            self.recorded(rate, None if known is None else known * one.factor)

    def recorded(self, rate: Rate, fitted: float | None = None) -> float:
        """Record a rate with its fitted value, by itself the blend; of too few people only what was known."""
        if fitted is None and rate.known is not None:
            enough = rate.people >= FEWEST and rate.exposure
            fitted = blend(rate.credibility, rate.actual or 0.0, rate.known) if enough else rate.known
        if rate.people < FEWEST or not rate.exposure:
            note = " and ".join(filter(None, [TOO_FEW, rate.note]))
            rate = Rate(rate.topic, rate.name, rate.people, known=rate.known, note=note, unit=rate.unit)
        self.rates.append(replace(rate, fitted=fitted))
        return fitted or 0.0


TOO_FEW = f"fewer than {FEWEST} people"


def topics(rates: Iterable[Rate]) -> dict[str, list[Rate]]:
    """Rates by topic, in order."""
    found: dict[str, list[Rate]] = {}
    for rate in rates:
        found.setdefault(rate.topic, []).append(rate)
    return found


@dataclass(frozen=True)
class Learned:
    """How often something happened in all.

    Args:
        events: how often.
        known: exposure times the known factors.
        fitted: exposure times the fitted factors.
    """

    events: float
    known: float
    fitted: float

    @property
    def level(self) -> float:
        """How often it happens where the product of all fitted factors is 1."""
        return self.events / self.fitted if self.fitted else 0.0


def bands(factor: str) -> tuple[By, ...]:
    """Age, service and level, with the columns of this name."""
    return (
        By("age_bands", factor, "age", "age_band", in_order=True),
        By("tenure_bands", factor, "service", "tenure_band"),
        By("levels", factor, "level", "level"),
    )


def learn_factors(
    found: Experience, cells: Sequence[Mapping[str, Any]], ways: Sequence[By], counted: tuple[str, str], title: str,
    behind: str,
) -> Learned:  # fmt: skip
    """Fit factors, record their evidence, and change the tables that hold them.

    Args:
        found: takes both.
        cells: people who are alike in all ways, with how often it happened and how many could.
        ways: in which people are told apart.
        counted: the names of both in the cells.
        title: of the topics.
        behind: the rows of persons behind the cells.
    """
    history, (events, exposure) = found.history, counted
    known = [history.factors(by.table, by.factor) for by in ways]
    evidence = []
    for cell in cells:
        key = tuple(cell[by.column] for by in ways)
        weight = cell[exposure] * math.prod(factors[value] for factors, value in zip(known, key, strict=True))
        evidence.append(credibility.Evidence(key, cell[events], weight))
    dimensions = [
        Dimension(list(factors), history.people_by(by.column, behind), by.in_order)
        for factors, by in zip(known, ways, strict=True)
    ]
    fitted = credibility.factors_of(evidence, dimensions)
    for before, dimension, by, one in zip(known, dimensions, ways, fitted, strict=True):
        exposures: dict[Any, float] = defaultdict(float)
        for cell in cells:
            exposures[cell[by.column]] += cell[exposure]
        found.of_factors(f"{title} by {by.title}", dimension, one, exposures)
        found.change(by.table, by.factor, {value: amount * one[value].factor for value, amount in before.items()})
    whole = sum(
        one.weight * math.prod(by[value].factor for by, value in zip(fitted, one.key, strict=True)) for one in evidence
    )
    return Learned(sum(one.events for one in evidence), sum(one.weight for one in evidence), whole)
