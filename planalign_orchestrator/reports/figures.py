"""Cells and tables from exact values: the text that is shown, and the value behind it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import Any, NamedTuple, TypeAlias

from planalign_orchestrator.reports import charts, show, wording
from planalign_orchestrator.reports.marts import Figures, Marts
from planalign_orchestrator.reports.page import Cell, Exhibit, Row, Table
from planalign_orchestrator.tables import table as texts_of

Rows: TypeAlias = Sequence[Mapping[str, Any]]
"""The rows of a mart, one a year."""


class _YearColumn(NamedTuple):
    heading: str
    measure: str
    form: str
    tone: str = ""

    def cell(self, row: Mapping[str, Any]) -> Cell:
        value = row[self.measure]
        return Cell(getattr(wording, self.form)(value), value)


def year_table(key: str, rows: Rows) -> Table:
    """The table with a row a year that ``exhibits.ini`` describes for an exhibit."""
    columns, unit = _year_columns(key), texts_of(__package__, "exhibits")[key].get("unit", "")
    made = [Row(str(row["simulation_year"]), [column.cell(row) for column in columns]) for row in rows]
    return Table("Year", [column.heading for column in columns], made, unit)


def year_lines(key: str, title: str, rows: Rows, **words: Any) -> Exhibit:
    """The same as an exhibit, with a line for each column that has a color and anything to show."""
    table, texts = year_table(key, rows), texts_of(__package__, "exhibits")[key]
    drawn = [one for one in series_of(table, [column.tone for column in _year_columns(key)]) if any(one.values)]
    series = [replace(one, name=one.name.partition(",")[0]) for one in drawn]
    form, axis_form = (getattr(wording, texts[name]) for name in ("form", "axis"))
    chart = charts.lines(key, [row.label for row in table.rows], series, form, axis_form)
    return show.exhibit(key, title, table, chart, **words)


def series_of(table: Table, tones: Iterable[str]) -> list[charts.Series]:
    """The first columns of a table as series of a chart, each with its class; a column without one is left out."""
    rows = [row for row in table.rows if not row.is_total]
    return [
        charts.Series(name, [number(row.cells[i].value) for row in rows], tone)
        for i, (name, tone) in enumerate(zip(table.columns, tones, strict=False))
        if tone
    ]


def _year_columns(key: str) -> list[_YearColumn]:
    parts = texts_of(__package__, "exhibits")[key]["columns"].split("; ")
    return [_YearColumn(heading, *of.split()) for heading, _, of in (part.rpartition(": ") for part in parts)]


def rate(part: Decimal, whole: Decimal) -> Decimal | None:
    """A part over the whole; None where there is none."""
    return round(part / whole, 6) if whole else None


def number(value: Any) -> float | None:
    """A value for a chart; what is counted stays whole."""
    return value if value is None or isinstance(value, int) else float(value)


@dataclass(frozen=True)
class MoneyUnit:
    """In what money is shown."""

    size: int
    name: str

    def rounded(self, amount: Decimal) -> int:
        """An amount that stands in several tables, rounded in the same way in each."""
        return wording.rounded(amount / self.size)

    def with_total(self, parts: Sequence[Decimal]) -> list[int]:
        """Parts and their total, rounded so that they add up as they are shown."""
        total = self.rounded(sum(parts, Decimal()))
        return [*wording.round_to_total([Fraction(part) / self.size for part in parts], total), total]


def money_unit(amounts: Sequence[Decimal]) -> MoneyUnit:
    """A unit in which the largest amount has at most eight digits."""
    largest = max((abs(amount) for amount in amounts), default=Decimal(0))
    if largest < 10**8:
        return MoneyUnit(1, "dollars")
    return MoneyUnit(10**3, "thousands of dollars") if largest < 10**11 else MoneyUnit(10**6, "millions of dollars")


def totaled(rows: Sequence[Sequence[Decimal]]) -> tuple[list[list[Cell]], MoneyUnit]:
    """Rows of parts, each with its total, in a unit that suits them all; every row adds up as it is shown."""
    exact = [[*row, sum(row, Decimal())] for row in rows]
    unit = money_unit([amount for row in exact for amount in row])
    return [[*map(show.money, unit.with_total(parts), row)] for parts, row in zip(rows, exact, strict=True)], unit


def money_table(
    columns: Sequence[str], rows: Sequence[tuple[str, Sequence[Decimal]]], *, total_row: str, total_column: str
) -> Table:
    """A table of money by year in which the shown figures add up along rows; the last row adds up what is shown.

    Args:
        columns: of the parts.
        rows: label and parts; parts may be negative.
        total_row: its label; the total stands below more than one row.
        total_column: its heading.
    """
    exact = [[*parts, sum(parts, Decimal())] for _, parts in rows]
    exact.append([sum(column, Decimal()) for column in zip(*exact, strict=True)])
    unit = money_unit([amount for row in exact for amount in row])
    shown = [unit.with_total(parts) for _, parts in rows]
    shown.append([sum(column) for column in zip(*shown, strict=True)])
    labels = [(label, False) for label, _ in rows] + ([(total_row, True)] if len(rows) > 1 else [])
    made = [Row(label, [*map(show.money, shown[i], exact[i])], is_total) for i, (label, is_total) in enumerate(labels)]
    return Table("Year", [*columns, total_column], made, unit.name)


Band: TypeAlias = tuple[str, float | None, float | None, Sequence[Cell]]
"""A band: its label, the length of its bar, the mark to compare it with, and the cells of its row, people first."""


def groups_by_year(
    key: str, title: str, marts: Marts, kind: str, measure: str, total: tuple[str, Callable[[Figures], int]]
) -> Exhibit:
    """An exhibit of columns a year, a part for each group.

    Args:
        key: of the exhibit.
        title: the finding.
        marts: of the run.
        kind: of group.
        measure: what is counted.
        total: the last column: its heading, and its number from the summary of a year.
    """
    by_year = [marts.groups(kind, year) for year in marts.years]
    shown = [i for i in range(len(by_year[0])) if any(groups[i][measure] for groups in by_year)]
    names = [wording.sentence(by_year[0][i].label) for i in shown]
    rows = [
        Row(str(row["simulation_year"]), [*(show.count(groups[i][measure]) for i in shown), show.count(total[1](row))])
        for row, groups in zip(marts.summary, by_year, strict=True)
    ]
    table = Table("Year", [*names, total[0]], rows, "people")
    series = series_of(table, map(charts.tone, range(len(names))))
    return show.exhibit(key, title, table, charts.columns(key, marts.labels, series, form=wording.count))


def by_band(
    key: str, kinds: Mapping[str, str], bands_of: Callable[[str], Iterable[Band]], columns: Sequence[str], *,
    name: str, unit: str = "", mark_name: str = "", head: str = "Group",
) -> tuple[Table, str]:  # fmt: skip
    """A table and a chart of shares, with a panel of bars for each kind of group, named by its heading.

    Args:
        key: of the exhibit.
        kinds: what stands over the panel of each kind.
        bands_of: the bands of a kind.
        columns: of the table.
        name: what the bars are.
        unit: of the table.
        mark_name: what the marks are.
        head: over the labels of the table.
    """
    panels: dict[str, list[charts.Bar]] = {}
    rows: list[Row] = []
    for kind, over in kinds.items():
        bands = list(bands_of(kind))
        found = [Row(f"{over} {label}", cells, people=cells[0].value) for label, _, _, cells in bands]
        panels[over] = [
            charts.Bar(f"{label} *" if row.is_of_few else label, value, mark)
            for row, (label, value, mark, _) in zip(found, bands, strict=True)
        ]
        rows += found
    chart = charts.bars(key, panels, form=wording.percent, name=name, mark_name=mark_name)
    return Table(head, columns, rows, unit), chart
