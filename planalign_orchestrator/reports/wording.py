"""Numbers and findings in words. Rounding is half away from zero, as in the model."""

import inspect
import re
from collections.abc import Callable, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Any

Number = Decimal | int | float

ABSENT = "–"
"""Stands where there is nothing to show, such as a share of nobody."""


def count(value: Number | None) -> str:
    """``5,150``"""
    return ABSENT if value is None else _fixed(exact(value), 0)


def tenths(value: Number | None) -> str:
    """``12.5``"""
    return ABSENT if value is None else _fixed(exact(value), 1)


def hundredths(value: Number | None) -> str:
    """``−0.25``"""
    return ABSENT if value is None else _fixed(exact(value), 2)


def signed(value: Number) -> str:
    """``+150``, ``−20``, ``0``"""
    number = rounded(value)
    return f"{'+' if number > 0 else '−' if number < 0 else ''}{abs(number):,d}"


def percent(share: Number | None, digits: int = 1) -> str:
    """``74.6%`` of 0.746"""
    return ABSENT if share is None else f"{_fixed(exact(share) * 100, digits)}%"


def dollars(amount: Number | None) -> str:
    """``$95,538``"""
    return ABSENT if amount is None else f"{'−' if amount < 0 else ''}${abs(rounded(amount)):,d}"


def cents(amount: Number | None) -> str:
    """``$95,538.20``"""
    return ABSENT if amount is None else f"{'−' if amount < 0 else ''}${_fixed(abs(exact(amount)), 2)}"


def axis_dollars(amount: Number) -> str:
    """``$5M``, ``$7.5M``: for the numbers of an axis, which are round."""
    shown = short_dollars(amount)
    return f"{shown[:-1].rstrip('0').rstrip('.')}{shown[-1]}" if "." in shown else shown


def short_dollars(amount: Number | None) -> str:
    """``$692.5M``, ``$7.33M``, ``$120K``, ``$950``: for headlines and labels."""
    if amount is None:
        return ABSENT
    size, sign = abs(exact(amount)), "−" if amount < 0 else ""
    for unit, name in ((Decimal(10) ** 9, "B"), (Decimal(10) ** 6, "M"), (Decimal(10) ** 3, "K")):
        if size >= unit * Decimal("0.9995"):
            in_units = size / unit
            digits = 2 if in_units < Decimal("9.995") else 1 if in_units < Decimal("999.5") else 0
            return f"{sign}${_fixed(in_units, digits)}{name}"
    return f"{sign}${_fixed(size, 0)}"


def percent2(share: Number | None) -> str:
    """``7.09%`` of 0.0709"""
    return percent(share, 2)


def axis_percent(share: Number) -> str:
    """``5%``, ``2.5%``: for the numbers of an axis, which are round."""
    return percent(share).replace(".0%", "%")


def signed_dollars(amount: Number, form: Callable[[Number], str] = short_dollars) -> str:
    """``+$120K``, ``−$950``, ``$0``: a change."""
    shown = form(amount if amount > 0 else -amount)
    return shown if shown == form(0) else f"{'+' if amount > 0 else '−'}{shown}"


def whole_change(amount: Number) -> str:
    """``+$4,492``: a change in whole dollars."""
    return signed_dollars(amount, dollars)


def relative(before: Number, after: Number) -> str:
    """``+4.2%``, ``−12.0%``: a change as a share of what was there before, above zero."""
    share = (exact(after) - exact(before)) / exact(before)
    return f"{'+' if share > 0 else ''}{percent(share)}"


def people(number: int) -> str:
    """``1 person``, ``7 people``, ``nobody``"""
    return "nobody" if number == 0 else f"{number:,d} {'person' if number == 1 else 'people'}"


def listed(words: Sequence[str]) -> str:
    """``a, b and c``"""
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def points(before: Number, after: Number, digits: int = 1) -> str:
    """``+1.2 points`` between two shares, as they are shown with so many digits."""
    change = _half_up(exact(after) * 100, digits) - _half_up(exact(before) * 100, digits)
    return f"{'+' if change > 0 else '−' if change < 0 else '±'}{abs(change)} points"


def points_text(points: Decimal) -> str:
    """Points to the hundredth, and further where that says something."""
    return f"{points:.2f}" if points == _half_up(points, 2) else f"{points.normalize():f}"


def rounded(value: Number) -> int:
    """The nearest whole number, halves away from zero."""
    return int(_half_up(exact(value), 0))


def round_to_total(parts: Sequence[Decimal | int | Fraction], total: int) -> list[int]:
    """Round parts so that they add up to a total that is shown elsewhere too, by the largest remainder.

    Args:
        parts: in the unit that is to be shown; signs are free.
        total: their sum, rounded down or up.
    """
    exact = [Fraction(part) for part in parts]
    floors = [part.numerator // part.denominator for part in exact]
    by_remainder = sorted(range(len(exact)), key=lambda i: floors[i] - exact[i])
    raised = set(by_remainder[: total - sum(floors)])
    return [floor + (i in raised) for i, floor in enumerate(floors)]


def sentence(text: str) -> str:
    """The text with its first letter as a capital."""
    return text[:1].upper() + text[1:]


_ACRONYMS = re.compile(r"\b(?:irs|cola|qaca)\b")


def words(name: str) -> str:
    """A name of the configuration as a reader says it: ``graded 2-6`` of ``graded_2_6``, ``today's`` of ``todays``."""
    said = re.sub(r"(?<=\d)_(?=\d)", "-", name).replace("_", " ").replace("todays ", "today's ")
    return _ACRONYMS.sub(lambda found: found[0].upper(), said)


def title(name: str) -> str:
    """A scenario, design or setting as a heading: ``Safe harbor`` of ``safe_harbor``."""
    return sentence(words(name))


def period_of(years: Sequence[int]) -> str:
    """Years that follow one another as one name: ``2025-2029``, or ``2025``."""
    return f"{years[0]}-{years[-1]}" if len(years) > 1 else str(years[0])


def plan_years(years: Sequence[int]) -> str:
    """``2025-2029 (5 plan years)``"""
    return f"{period_of(years)} ({counted(len(years), 'plan year')})"


def counted(number: int, what: str) -> str:
    """``1 setting``, ``1,200 settings``"""
    return f"{count(number)} {what}{'' if number == 1 else 's'}"


def setting_title(key: str) -> str:
    """``Match, eligibility, minimum hours`` of ``plan.match.eligibility.minimum_hours``."""
    return title(key.removeprefix("plan.").replace(".", ", "))


def setting_text(value: Any) -> str:
    """A setting's value as a reader writes it: ``minimum 0, rate 0.01; minimum 2, rate 0.02`` for bands."""
    if value is None:
        return "not set"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Mapping):
        return ", ".join(f"{words(name)} {setting_text(part)}" for name, part in value.items() if part not in ({}, ""))
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "; ".join(map(setting_text, value)) or "none"
    return words(str(value))


def _fixed(value: Decimal, digits: int) -> str:
    number = _half_up(value, digits)
    return f"{'−' if number < 0 else ''}{abs(number):,.{digits}f}"


def _half_up(value: Decimal, digits: int) -> Decimal:
    return value.quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_UP)


def exact(value: Number) -> Decimal:
    """A number as the decimal that was written."""
    return value if isinstance(value, Decimal) else Decimal(str(value))


FORMS = {name: form for name, form in vars().items() if inspect.isfunction(form) and not name.startswith("_")}
"""How templates write numbers and names."""
