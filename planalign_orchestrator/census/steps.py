"""How the cells of a column are read, in SQL: ``steps.ini``."""

from planalign_orchestrator.census.columns import Column
from planalign_orchestrator.tables import table

_AS_IT_STANDS = {"uniform": "{name}", "understood": "{name}", "sense": "{name}"}


def plain_cells(column: Column, comma: bool) -> str | None:
    """The pattern of cells that are written as in most files; None where the kind of column has none.

    Args:
        column: which is read.
        comma: whether the comma is the decimal sign of numbers.
    """
    told = _told(column)
    return None if comma and "DECIMAL" in told.get("type", "") else told.get("plain")


def steps(column: Column, comma: bool, is_plain: bool, date: str = "", percents_above: int = 1) -> tuple[str, str, str]:
    """SQL of text made uniform, of text understood, and of a value made sense of, each on what the one before gave.

    Args:
        column: which is read.
        comma: whether the comma is the decimal sign of numbers.
        is_plain: whether all its cells are plain ones.
        date: SQL of the date in a uniform text.
        percents_above: the number above which rates are percents.
    """
    told, name = _told(column), column.name
    uniform, understood = told["uniform"], told["understood"]
    if is_plain:
        uniform, understood = "{name}", f"TRY_CAST({{name}} AS {told['type']})"
    words = {"name": name, "comma": comma, "date": date, "percents_above": percents_above}
    first, second, third = (step.format(**words) for step in (uniform, understood, told["sense"]))
    return first, second, third


def _told(column: Column) -> dict[str, str]:
    known = table(__package__, "steps")
    return _AS_IT_STANDS | (known.get(column.name) or known.get(column.kind, {}))
