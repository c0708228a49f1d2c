"""Tables and charts by group, whatever groups the data has: by year, or by band in panels."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeAlias

from planalign_orchestrator.reports import charts, wording
from planalign_orchestrator.reports.figures import count_cell, series_of
from planalign_orchestrator.reports.marts import Figures, Marts
from planalign_orchestrator.reports.page import Cell, Row, Table

Band: TypeAlias = tuple[str, float | None, float | None, Sequence[Cell]]
"""A band: its label, the length of its bar, the mark to compare it with, and the cells of its row, people first."""


def groups_by_year(
    key: str, marts: Marts, kind: str, measure: str, total: tuple[str, Callable[[Figures], int]]
) -> tuple[Table, str]:
    """The table and the chart.

    Args:
        key: of the exhibit.
        marts: of the run.
        kind: of group.
        measure: what is counted.
        total: the last column: its heading, and its number from the summary of a year.
    """
    by_year = [marts.groups(kind, year) for year in marts.years]
    shown = [i for i in range(len(by_year[0])) if any(groups[i][measure] for groups in by_year)]
    names = [wording.sentence(by_year[0][i].label) for i in shown]
    rows = [
        Row(str(row["simulation_year"]), [*(count_cell(groups[i][measure]) for i in shown), count_cell(total[1](row))])
        for row, groups in zip(marts.summary, by_year, strict=True)
    ]
    table = Table("Year", [*names, total[0]], rows, "people")
    series = series_of(table, map(charts.tone, range(len(names))))
    return table, charts.columns(key, marts.labels, series, form=wording.count)


def by_band(
    kinds: Mapping[str, str], bands_of: Callable[[str], Iterable[Band]]
) -> tuple[list[charts.Panel], list[Row]]:
    """Panels of bars and the rows of their table, a panel for each kind of group, named by its heading."""
    panels, rows = [], []
    for kind, name in kinds.items():
        bands = list(bands_of(kind))
        found = [Row(f"{name} {label}", cells, people=cells[0].value) for label, _, _, cells in bands]
        bars = [
            charts.Bar(f"{label} *" if row.is_of_few else label, value, mark)
            for row, (label, value, mark, _) in zip(found, bands, strict=True)
        ]
        panels.append(charts.Panel(name, bars))
        rows += found
    return panels, rows
