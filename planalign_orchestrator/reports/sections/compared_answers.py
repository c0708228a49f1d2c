"""What of a difference in cost is the new match itself, and what is how people answer it."""

from collections.abc import Iterator
from decimal import Decimal

from planalign_orchestrator.reports import wording
from planalign_orchestrator.reports.comparison import Comparison, Side
from planalign_orchestrator.reports.figures import money_unit, text_cell
from planalign_orchestrator.reports.page import Cell, Exhibit, Row, Table, exhibit
from planalign_orchestrator.tables import table

PARAMETERS = table(__package__, "match_response")


def answers(comparison: Comparison) -> Iterator[Exhibit]:
    """The split of each run that has one, and the parameters behind it; nothing where nobody answers."""
    if comparison.answering:
        title = "; ".join(_finding(comparison, side) for side in comparison.answering)
        period, base = comparison.period, comparison.base.title
        yield exhibit("cost-of-answers", title, _split_table(comparison), period=period, base=base)
        title = f"{len(PARAMETERS)} parameters say how people answer"
        yield exhibit("match-response", title, parameter_table(comparison.answering[0]))


def parameter_table(side: Side) -> Table:
    """The parameters of a run's answers with their sources."""
    rows = [
        Row(PARAMETERS[name]["name"], [text_cell(value), text_cell(span), text_cell(source)])
        for name, value, span, source in (side.answers.ranges() if side.answers else [])
    ]
    return Table("Parameter", ["Value", "Range", "Source"], rows)


def _finding(comparison: Comparison, side: Side) -> str:
    behavioral, form = comparison.behavioral_change(side), wording.signed_dollars
    if behavioral is None:
        return f"What people's answers to {side.title} cost could not be told apart: {side.why_not_split}"
    return f"Of {form(comparison.cost_change(side))} for {side.title}, {form(behavioral)} is how people answer"


def _split_table(comparison: Comparison) -> Table:
    splits = [(comparison.mechanical_change(side), comparison.behavioral_change(side)) for side in comparison.answering]
    parts = [[part for part in split if part is not None] for split in splits]
    unit = money_unit([amount for row in parts for amount in [*row, sum(row, Decimal())]])
    cells = [unit.with_total(row) if row else [Cell(wording.ABSENT)] * 3 for row in parts]
    rows = [Row(side.title, row) for side, row in zip(comparison.answering, cells, strict=True)]
    return Table("Run", ["Mechanical", "Behavioral", "Change"], rows, unit.name)
