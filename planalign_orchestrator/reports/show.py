"""What pages show: cells with a value as it is shown and the exact one behind it, exhibits and sections with words."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

from planalign_orchestrator.reports import wording
from planalign_orchestrator.reports.definitions import Form
from planalign_orchestrator.reports.page import Cell, Exhibit, Section, Table
from planalign_orchestrator.tables import table as texts_of


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
    return Cell(f"{'−' if shown < 0 else ''}{abs(shown):,d}", exact, form="money")


def text(value: Any) -> Cell:
    """Words."""
    return Cell(str(value))


def code(value: Any) -> Cell:
    """A path, or a name that only the configuration uses."""
    return Cell(str(value), is_code=True)


def value(form: Form, value: Any, names: Mapping[str, str] | None = None) -> Cell:
    """A value of a public table, shown as the form of its column says.

    Args:
        form: of the column.
        value: None where there is none.
        names: of values, as a reader knows them.
    """
    if value is None:
        return Cell(wording.ABSENT)
    if form in ("rate", "share"):
        return percent(value, 2)
    if form in ("money", "mean_money"):
        return Cell(wording.cents(value), value, form="money")
    if form in ("count", "decimal", "number"):
        return count(value) if form == "count" else Cell(f"{value:,}", value, form=form)
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
