"""What pages show: cells, tables and exhibits, with the text that is shown and the exact value behind it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import Any, NamedTuple, TypeAlias

from planalign_orchestrator.reports import charts, wording
from planalign_orchestrator.reports.definitions import Form
from planalign_orchestrator.reports.marts import Group, Marts
from planalign_orchestrator.reports.page import Cell, Exhibit, Row, Section, Table
from planalign_orchestrator.tables import table as texts_of

Rows: TypeAlias = Sequence[Mapping[str, Any]]
"""The rows of a mart, one a year."""
Band: TypeAlias = tuple[str, Mapping[str, Any] | Group]
"""The label of a row, and its figures: what is shown of them, the columns of the exhibit say."""
_SHAPE = ("columns", "unit", "head", "bar", "mark", "bars", "marks")
"""What ``exhibits.ini`` says of an exhibit's table and bars."""


class _Column(NamedTuple):
    heading: str
    measure: str
    form: str
    tone: str = ""

    def cell(self, figures: Mapping[str, Any] | Group) -> Cell:
        value = _figure(figures, self.measure)
        if isinstance(value, Cell):
            return value
        if self.form in ("text", "code"):
            return Cell("" if value is None else str(value), is_code=self.form == "code")
        return Cell(getattr(wording, self.form)(value), value)


def _shape(key: str, words: Mapping[str, object]) -> tuple[dict[str, str], list[_Column]]:
    """What is said of a table and its bars, and its columns."""
    texts = texts_of(__package__, "exhibits")[key]
    said = {name: texts[name].format(**words) for name in _SHAPE if name in texts}
    parts = (part.rpartition(": ") for part in said["columns"].split("; "))
    return said, [_Column(heading, *of.split()) for heading, _, of in parts]


def _figure(figures: Mapping[str, Any] | Group, measure: str) -> Any:
    part, _, whole = measure.partition("/")
    return rate(figures[part], figures[whole]) if whole else figures[part]


def table_of(key: str, rows: Iterable[Band], texts: str = "", **words: object) -> Table:
    """The table that ``exhibits.ini`` describes for an exhibit; where it has bars, each is about a group of people."""
    said, columns = _shape(texts or key, words)
    made = []
    for label, figures in rows:
        cells = [column.cell(figures) for column in columns]
        made.append(Row(label, cells, people=cells[0].value if "bar" in said else None))
    return Table(said.get("head", "Year"), [column.heading for column in columns], made, said.get("unit", ""))


def by_year(rows: Rows) -> list[Band]:
    """Rows with their years as labels."""
    return [(str(row["simulation_year"]), row) for row in rows]


def listed(key: str, title: str, rows: Iterable[Band], *, texts: str = "", **words: Any) -> Exhibit:
    """An exhibit that is a table alone."""
    return exhibit(key, title, table_of(key, rows, texts, **words), texts=texts, **words)


def year_lines(key: str, title: str, rows: Rows, **words: Any) -> Exhibit:
    """A table by year as an exhibit, with a line for each column that has a color and anything to show."""
    table, texts = table_of(key, by_year(rows)), texts_of(__package__, "exhibits")[key]
    drawn = [one for one in series_of(table, [column.tone for column in _shape(key, {})[1]]) if any(one.values)]
    series = [replace(one, name=one.name.partition(",")[0]) for one in drawn]
    form, axis_form = (getattr(wording, texts[name]) for name in ("form", "axis"))
    chart = charts.lines(key, [row.label for row in table.rows], series, form, axis_form)
    return exhibit(key, title, table, chart, **words)


def series_of(table: Table, tones: Iterable[str]) -> list[charts.Series]:
    """The first columns of a table as series of a chart, each with its class; a column without one is left out."""
    rows = [row for row in table.rows if not row.is_total]
    return [
        charts.Series(name, [number(row.cells[i].value) for row in rows], tone)
        for i, (name, tone) in enumerate(zip(table.columns, tones, strict=False))
        if tone
    ]


def rate(part: Any, whole: Any) -> Decimal | None:
    """A part over the whole; None where there is none."""
    return round(Decimal(part or 0) / Decimal(whole), 6) if whole else None


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
    return [[*map(money, unit.with_total(parts), row)] for parts, row in zip(rows, exact, strict=True)], unit


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
    made = [Row(label, [*map(money, shown[i], exact[i])], is_total) for i, (label, is_total) in enumerate(labels)]
    return Table("Year", [*columns, total_column], made, unit.name)


def groups_by_year(
    key: str, title: str, marts: Marts, kind: str, measure: str, total: tuple[str, Iterable[int]]
) -> Exhibit:
    """An exhibit of columns a year, a part for each group.

    Args:
        key: of the exhibit.
        title: the finding.
        marts: of the run.
        kind: of group.
        measure: what is counted.
        total: the last column: its heading and its numbers.
    """
    by_year = [marts.groups(kind, year) for year in marts.years]
    shown = [i for i in range(len(by_year[0])) if any(groups[i][measure] for groups in by_year)]
    names = [wording.sentence(by_year[0][i].label) for i in shown]
    rows = [
        Row(label, [*(count(groups[i][measure]) for i in shown), count(sum_of_year)])
        for label, groups, sum_of_year in zip(marts.labels, by_year, total[1], strict=True)
    ]
    table = Table("Year", [*names, total[0]], rows, "people")
    series = series_of(table, map(charts.tone, range(len(names))))
    return exhibit(key, title, table, charts.columns(key, marts.labels, series, form=wording.count))


def banded(key: str, title: str, panels: Mapping[str, Sequence[Band]], *, texts: str = "", **words: Any) -> Exhibit:
    """An exhibit of shares with a panel of bars for each kind of group.

    Args:
        key: of the exhibit.
        title: the finding.
        panels: the groups by what stands over them.
        texts: its name in ``exhibits.ini``, where it is not the key; that says what the bars and their marks are.
        words: stand in the texts.
    """
    said, _ = _shape(texts or key, words)
    rows: list[Row] = []
    bars: dict[str, list[charts.Bar]] = {}
    for over, bands in panels.items():
        table = table_of(key, bands, texts, **words)
        rows += [replace(row, label=f"{over} {row.label}".strip()) for row in table.rows]
        bars[over] = [
            charts.Bar(
                f"{label} *" if row.is_of_few else label, _length(of, said["bar"]), _length(of, said.get("mark"))
            )
            for row, (label, of) in zip(table.rows, bands, strict=True)
        ]
    chart = charts.bars(key, bars, form=wording.percent, name=said["bars"], mark_name=said.get("marks", ""))
    return exhibit(key, title, replace(table, rows=rows), chart, texts=texts, **words)


def _length(figures: Mapping[str, Any] | Group, measure: str | None) -> float | None:
    """The length of a bar or the place of its mark; a share as its cell shows it."""
    value = _figure(figures, measure) if measure else None
    return share_shown(value) if isinstance(value, Cell) else number(value)


def count(value: int | None) -> Cell:
    """A number of people or events."""
    return Cell(wording.count(value), value, form="count")


def percent(value: Decimal | float | None, digits: int = 1) -> Cell:
    """A share of one."""
    return Cell(wording.percent(value, digits), value, form="share")


def dollars(value: Decimal | float | None) -> Cell:
    """An amount that is no part of a shown sum, in whole dollars."""
    return Cell(wording.dollars(value), value, form="money")


def money(shown: int, exact: Decimal) -> Cell:
    """An amount that is part of a shown sum, in the unit of its table."""
    return Cell(wording.count(shown), exact, form="money")


def text(value: Any) -> Cell:
    """Words."""
    return Cell(str(value))


def value(form: Form, value: Any, names: Mapping[str, str] | None = None) -> Cell:
    """A value of a public table, shown as the form of its column says.

    Args:
        form: of the column.
        value: None where there is none.
        names: of values, as a reader knows them.
    """
    if value is None:
        return Cell(wording.ABSENT)
    if shown := texts_of(__package__, "forms")[form].get("shown"):
        return Cell(getattr(wording, shown)(value), value, form=form)
    if form in ("decimal", "number"):
        return Cell(f"{value:,}", value, form=form)
    if isinstance(value, bool):
        return text("yes" if value else "no")
    return text((names or {}).get(value, wording.words(str(value))))


def shares(numbers: Sequence[int | Decimal]) -> list[Cell]:
    """Each number as a share of their sum; the shown shares add up to 100.0%."""
    total = sum(numbers)
    if not total:
        return [Cell(wording.ABSENT) for _ in numbers]
    tenths = wording.round_to_total([Fraction(number) * 1000 / Fraction(total) for number in numbers], 1000)
    exact = [Fraction(number) / Fraction(total) for number in numbers]
    return [Cell(f"{tenth / 10:.1f}%", round(float(share), 9)) for tenth, share in zip(tenths, exact, strict=True)]


def share_shown(cell: Cell) -> float | None:
    """A share as its cell shows it, so that a chart says the same as the table."""
    return None if cell.value is None else float(cell.text.removesuffix("%")) / 100


def section(key: str, exhibits: Sequence[Exhibit], texts: str = "", **words: object) -> Section:
    """A section with the heading and the lead that ``sections.ini`` has for it.

    Args:
        key: names it in the page's addresses.
        exhibits: in order; none is left out.
        texts: its name there, where it is not the key.
        words: stand in the lead.
    """
    found = texts_of(__package__, "sections")[texts or key]
    return Section(key, found["heading"], found["lead"].format(**words), exhibits)


def exhibit(
    key: str, title: str, table: Table, chart: str = "", *, texts: str = "", open: bool = False,
    note: str | None = None, **words: object,
) -> Exhibit:  # fmt: skip
    """An exhibit with the subtitle and the note that ``exhibits.ini`` has for it.

    Args:
        key: names it in the page's addresses; letters and hyphens.
        title: the finding.
        table: the figures.
        chart: SVG from ``charts``.
        texts: its name there, where it is not the key.
        open: shows the table at once, also where it is not said there.
        note: stands there instead of the one that is said there.
        words: stand in the texts.
    """
    found = texts_of(__package__, "exhibits")[texts or key]
    said = found.get("note", "").format(**words) if note is None else note
    return Exhibit(key, title, found["subtitle"].format(**words), table, chart, said, open or "open" in found)
