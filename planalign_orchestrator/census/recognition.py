"""Decides what each column of a file holds: by a reviewed mapping, else by heading and values."""

import re
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from functools import cache

from planalign_orchestrator.census import columns, synonyms
from planalign_orchestrator.census.columns import CONTEXT, KNOWN, MEANINGS, SOCIAL_SECURITY_NUMBER, STATUS, Column
from planalign_orchestrator.census.faults import Check, doubt
from planalign_orchestrator.census.mapping import IGNORE, Assignment, CensusMapping, compared, has_headings
from planalign_orchestrator.census.quality import Entry, noted
from planalign_orchestrator.census.samples import (
    ColumnSample,
    decimal_sign,
    distinct,
    meaning_by_values,
    mostly_before,
    sample_columns,
)
from planalign_orchestrator.census.statuses import known_states
from planalign_orchestrator.census.synonyms import meaning_of, normal_name
from planalign_orchestrator.tables import table
from planalign_orchestrator.visible import visible

_NAME_SHOWN = 100
_MANY_DOLLARS = 100
_LOW_FOR_DOLLARS = 20
_HIGHEST_HOURLY = 200
_EITHER_WAY = re.compile(r"#{1,3}\.###")
_HIGHEST_WEEKLY = 60
_HIGH_FOR_A_PERIOD = 20_000
_OF_PAY_DAYS = ("paid_compensation", "deferral_amount", "roth_amount", "catch_up_amount", "employer_match_paid")


@dataclass
class Recognised:
    """Which column of a file holds what.

    Attributes:
        names: the file's headings, as it wrote them; very long ones cut, what does not print written out.
        positions: meaning → position in ``names``, in the order of the file.
        units: meaning → unit, where one is stated.
        claims: meanings that several columns claim, with those columns' names; none of them is used.
        ignored: positions of the columns that nobody knows.
        unused: positions of the columns that are understood and not needed.
        secret: names of the columns of social security numbers.
        id_parts: positions of the further columns that make up the id.
        groups: names of the group columns that are kept.
        imputed: meanings that are made up for people without them.
        doubts: columns about which the user must be asked.
        notes: what the reader should know about the headings.
        mapping: what was used, or proposed.
    """

    names: tuple[str, ...]
    positions: dict[str, int]
    claims: dict[str, list[str]]
    ignored: tuple[int, ...]
    mapping: CensusMapping
    units: dict[str, str] = field(default_factory=dict)
    unused: tuple[int, ...] = ()
    secret: tuple[str, ...] = ()
    id_parts: tuple[int, ...] = ()
    groups: tuple[str, ...] = ()
    imputed: tuple[str, ...] = ()
    doubts: tuple[Check, ...] = ()
    notes: tuple[Entry, ...] = ()

    def __post_init__(self) -> None:
        known = self.positions.keys() | self.claims.keys() | {*self.imputed}
        self.missing = [one for one in columns.REQUIRED if known.isdisjoint((one, *columns.REPLACED.get(one, ())))]
        """Required meanings that no column claims and that cannot be worked out."""
        self.loaded = self.positions | {f"employee_id_{number}": place for number, place in enumerate(self.id_parts)}
        """The columns that are loaded; those that make up an id together are joined later."""
        there = (*columns.COLUMNS, *columns.INPUTS, *(Column(name, "VARCHAR", "text") for name in self.groups))
        self.columns = [column for column in there if column.name in self.positions]
        """The columns of the file that are read, but for its status."""
        self.comma = self.mapping.decimal == ","
        """Whether the comma is the decimal sign of numbers."""

    def column(self, meaning: str) -> str:
        """The file's own name of the column with this meaning; the meaning where it has none."""
        return self.names[self.positions[meaning]] if meaning in self.positions else meaning


def group_name(name: str) -> str:
    """A group's name as a column of the canonical file has it."""
    return re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")


def taken_names() -> frozenset[str]:
    """Names that no group column may have."""
    return frozenset((*MEANINGS, "row_number", "damage", "census", "census_key"))


def recognise(
    names: Sequence[str],
    rows: Sequence[Sequence[str]] = (),
    mapping: CensusMapping | None = None,
    *,
    groups: Sequence[str] = (),
    keyed: bool = False,
) -> Recognised:
    """Find the meaning of each column of a file.

    Args:
        names: its headings.
        rows: the first rows under them.
        mapping: a reviewed one, which decides alone; None lets headings and values speak.
        groups: headings of columns that are kept as they are.
        keyed: whether social security numbers may become the id.
    """
    samples = sample_columns(names, rows)
    headings = distinct(names)
    doubts: list[Check] = []
    notes: list[Entry] = []
    is_reviewed = mapping is not None
    if mapping is None:
        guessed = [_guess(name, sample, doubts) for name, sample in zip(names, samples, strict=True)]
        notes += _settled(names, guessed, samples, rows)
        decimal = decimal_sign(rows)
        if decimal == ",":
            notes.append(noted("decimal comma"))
        by_name = {name: held for name, held in zip(headings, guessed, strict=True) if held}
        mapping = CensusMapping(columns=by_name, decimal=decimal)
    else:
        doubts += _absent(headings, mapping)
        if not has_headings(mapping, names) and not doubts:
            notes.append(noted("other headings"))
        differences = list(compared(mapping, names, samples))
        notes += [one for one in differences if isinstance(one, Entry)]
        doubts += [one for one in differences if isinstance(one, Check)]
    by_heading = {normal_name(name): held for name, held in mapping.columns.items()}
    found = [by_heading.get(normal_name(name)) for name in headings]
    claimants = _claimants(found)
    unused = {*claimants.pop(CONTEXT, []), *claimants.pop(IGNORE, [])}
    secret = claimants.pop(SOCIAL_SECURITY_NUMBER, [])
    if keyed and secret and "employee_id" not in claimants:
        claimants["employee_id"] = [secret.pop(0)]
    shown = tuple(map(_shown_name, names))
    secret_ids = (i for i in claimants.get("employee_id", ()) if meaning_of(names[i]) == SOCIAL_SECURITY_NUMBER)
    doubts += [doubt("secret column", shown[i]) for i in secret_ids if not keyed]
    kept = _group_positions(groups, names, samples, doubts)
    id_parts = claimants["employee_id"][1:] if is_reviewed and "employee_id" in claimants else []
    singles = {
        meaning: held[0] for meaning, held in claimants.items()
        if len(held) == 1 or (meaning == "employee_id" and id_parts)
    }  # fmt: skip
    units: dict[str, str] = {meaning: held.unit for meaning, i in singles.items() if (held := found[i]) and held.unit}
    if "per_period" in units.values() and "pay_frequency" not in singles:
        doubts += [doubt("no pay frequency", shown[singles[one]]) for one in units if units[one] == "per_period"]
        units = {meaning: unit for meaning, unit in units.items() if unit != "per_period"}
    if not is_reviewed:
        doubts += _no_termination(shown, singles, rows)
        if "period_date" in singles:
            dollars = (shown[i] for name, i in singles.items() if name in _OF_PAY_DAYS and name not in units)
            doubts += [doubt("dollars of a pay day", name) for name in dollars if "ytd" not in normal_name(name)]
    ignored = [i for i, held in enumerate(found) if held is None and i not in kept.values()]
    for i in ignored:
        notes += _near_miss(shown[i], i, singles, samples[i], rows)
    return Recognised(
        names=shown, positions={**singles, **kept},
        claims={meaning: [shown[i] for i in held] for meaning, held in claimants.items() if meaning not in singles},
        ignored=tuple(ignored), mapping=mapping, units=units,
        unused=tuple(sorted(unused - {*kept.values()})), secret=tuple(shown[i] for i in secret),
        id_parts=tuple(id_parts), groups=tuple(kept), doubts=tuple(doubts), notes=tuple(notes),
    )  # fmt: skip


def _no_termination(shown: Sequence[str], singles: Mapping[str, int], rows: Sequence[Sequence[str]]) -> Iterator[Check]:
    """A column of dates before the hire dates is no termination date, unless people were hired again."""
    left, hired = (singles.get(name) for name in ("termination_date", "hire_date"))
    if left is not None and hired is not None and "rehire_date" not in singles and mostly_before(rows, left, hired):
        yield doubt("no termination date", shown[left])


def _settled(
    names: Sequence[str],
    guessed: list[Assignment | None],
    samples: Sequence[ColumnSample],
    rows: Sequence[Sequence[str]],
) -> Iterator[Entry]:
    """Take the better one of columns with one meaning, and the unit that the frequency of a rate of pay tells."""
    yield from _instead(names, guessed)
    claimants = _claimants(guessed)
    for meaning, held in claimants.items():
        if len(held) == 1 or meaning in (CONTEXT, SOCIAL_SECURITY_NUMBER):
            continue
        have_years = all(synonyms.year_of(names[i]) for i in held)
        ranks = {i: (samples[i].filled > 0, *_rank(names[i], meaning, have_years=have_years)) for i in held}
        best = max(held, key=ranks.__getitem__)
        for i in (i for i in held if i != best):
            pairs = {(row[best].strip(), row[i].strip()) for row in rows if len(row) > max(best, i)}
            is_worse = ranks[i] < ranks[best]
            is_first = (
                is_worse and meaning == "hire_date" and "original_hire_date" not in claimants and samples[i].filled
            )
            is_covered = meaning not in columns.REQUIRED or all(text or not other for text, other in pairs)
            if is_first or (is_covered if is_worse else _are_alike(meaning, (names[best], names[i]), pairs)):
                guessed[i] = Assignment(meaning="original_hire_date" if is_first else CONTEXT)
                how, instead = "read as original_hire_date" if is_first else "not used", _shown_name(names[best])
                yield noted("second best", _shown_name(names[i]), how=how, best=instead, meaning=meaning)
        claimants[meaning] = [best]
    pay, frequency = (claimants.get(name, [-1])[0] for name in ("annual_compensation", "pay_frequency"))
    is_of_rate = frequency >= 0 and not synonyms.is_second_best(names[frequency], "pay_frequency")
    if pay >= 0 and is_of_rate and synonyms.is_second_best(names[pay], "annual_compensation"):
        guessed[pay] = Assignment(meaning="annual_compensation", unit="per_period")


def _instead(names: Sequence[str], guessed: list[Assignment | None]) -> Iterator[Entry]:
    """Take headings for a needed meaning that no other column has, as SAP's ``Entry`` for the date of hire."""
    for meaning, words in table(__package__, "known_words")["instead"].items():
        if {one.meaning for one in guessed if one}.isdisjoint((meaning, *columns.REPLACED.get(meaning, ()))):
            for i in (i for i, name in enumerate(names) if synonyms.is_among(name, words)):
                guessed[i] = Assignment(meaning=meaning)
                yield noted("instead", _shown_name(names[i]), meaning=meaning)


def _rank(name: str, meaning: str, *, have_years: bool) -> tuple[bool, bool, int]:
    """How well a heading says what its column holds: ``Annual Salary`` better than ``Salary``, 2024 than 2023."""
    says_annual = meaning == "annual_compensation" and synonyms.says_annual(name)
    return not synonyms.is_second_best(name, meaning), says_annual, synonyms.year_of(name) if have_years else 0


def _are_alike(meaning: str, headings: tuple[str, str], pairs: Set[tuple[str, str]]) -> bool:
    """Whether two columns say the same of everybody in the first rows; of a status, who has left."""
    if meaning != STATUS:
        return bool(pairs) and all(one == other for one, other in pairs)
    first, second = (known_states([pair[i] for pair in pairs], headings[i]) for i in (0, 1))
    states = [(first[one], second[other]) for one, other in pairs]
    return bool(states) and all(one and other and (one == "left") == (other == "left") for one, other in states)


def _claimants(found: Sequence[Assignment | None]) -> dict[str, list[int]]:
    """Positions by meaning."""
    claimants: dict[str, list[int]] = {}
    for position, assignment in enumerate(found):
        if assignment is not None:
            claimants.setdefault(assignment.meaning, []).append(position)
    return claimants


@cache
def _held(meaning: str, unit: str = "") -> Assignment:
    return Assignment.model_validate({"meaning": meaning, "unit": unit})


def _guess(name: str, sample: ColumnSample, doubts: list[Check]) -> Assignment | None:
    """What heading and values say together."""
    unit, meaning = synonyms.unit_and_meaning(name)
    if meaning is None:
        return _held(SOCIAL_SECURITY_NUMBER) if sample.mostly("social security") else None
    if meaning in ("deferral_rate", "deferral_amount", "roth_deferral_rate", "roth_amount"):
        return _guess_deferral(name, meaning, sample, doubts, unit)
    if meaning == "annual_compensation" and not unit and sample.numbers and sample.numbers[-1] <= _HIGHEST_HOURLY:
        if synonyms.is_second_best(name, meaning):
            return _held("hourly_rate")
        is_either_way = _EITHER_WAY.fullmatch(sample.form)
        doubts.append(doubt("either way", name) if is_either_way else doubt("little pay", name))
    if meaning == "annual_compensation" and unit == "per_period" and sample.middle >= _HIGH_FOR_A_PERIOD:
        doubts.append(doubt("much for a pay period", name))
    if meaning == "hourly_rate" and sample.middle > _HIGHEST_HOURLY:
        meaning = "annual_compensation"
    if meaning == "job_level" and sample.filled and not sample.numbers:  # grades of their own, as IC3 or Senior
        meaning = CONTEXT
    if meaning == "hours_worked" and 0 < sample.middle <= _HIGHEST_WEEKLY:
        meaning = "scheduled_hours_per_week"
    if meaning == "is_five_percent_owner" and sample.filled and not sample.mostly("yes or no") and sample.numbers:
        meaning = "ownership_percent"
    if meaning == "rehire_date" and sample.looks("yes or no") == sample.filled and sample.form.isalpha():
        meaning = CONTEXT
    if meaning == CONTEXT and normal_name(name).startswith("union") and sample.mostly("yes or no"):
        meaning = "is_union_member"
    if meaning == "eligible_now" and sample.mostly("dates"):
        meaning = "eligibility_date"
    return _held(meaning, unit)


def _guess_deferral(name: str, meaning: str, sample: ColumnSample, doubts: list[Check], unit: str) -> Assignment:
    """Dollars or a rate: a unit or sign settles it, then the heading, then the size; what lies between is asked."""
    if unit:
        return _held(meaning, unit)
    is_roth = meaning.startswith("roth")
    amount, rate = ("roth_amount", "roth_deferral_rate") if is_roth else ("deferral_amount", "deferral_rate")
    says_rate = re.search(r"percent|pct|rate|%", name.lower()) is not None
    says_dollars = "$" in name
    highest = sample.numbers[-1] if sample.numbers else 0.0
    if sample.looks("percents") and sample.looks("dollars"):
        doubts.append(doubt("percents and dollars", name))
    if not says_dollars and (says_rate or sample.looks("percents") or 0 < highest <= 1):
        return _held(rate)
    if not highest:
        return _held(amount if says_dollars else meaning)
    if says_dollars or sample.looks("dollars") or highest > _MANY_DOLLARS:
        if 0 < sample.middle <= _MANY_DOLLARS:
            doubts.append(doubt("dollars of a pay period", name))
        return _held(amount)
    if sample.middle >= _LOW_FOR_DOLLARS or meaning == amount:
        doubts.append(doubt("percents or dollars", name, rate=rate, amount=amount))
    return _held(rate)


def _absent(headings: Sequence[str], mapping: CensusMapping) -> Iterator[Check]:
    """Columns of the mapping that a file lacks."""
    there = {normal_name(name) for name in headings}
    for name, assignment in mapping.columns.items():
        if normal_name(name) not in there and assignment.meaning not in (IGNORE, CONTEXT):
            yield doubt("mapped column absent", name, meaning=assignment.meaning)


def _group_positions(
    groups: Sequence[str], names: Sequence[str], samples: Sequence[ColumnSample], doubts: list[Check]
) -> dict[str, int]:
    by_heading = {normal_name(name): position for position, name in enumerate(names)}
    found = {}
    for group in groups:
        position = by_heading.get(normal_name(group))
        if position is None:
            doubts.append(doubt("no such group", group))
        elif samples[position].looks("social security") or meaning_of(names[position]) == SOCIAL_SECURITY_NUMBER:
            doubts.append(doubt("secret group", group))
        else:
            found[group_name(group)] = position
    return found


def _near_miss(
    name: str, position: int, singles: Mapping[str, int], sample: ColumnSample, rows: Sequence[Sequence[str]]
) -> Iterator[Entry]:
    """A heading that nobody knows, but that looks like one that is wanted, or whose values do."""
    near, left, has_dates = synonyms.near_meaning(name), singles.get("termination_date"), sample.mostly("dates")
    is_after_exits = left is not None and has_dates and mostly_before(rows, left, position)
    by_values = "rehire_date" if is_after_exits else meaning_by_values(sample, len(rows))
    is_like_it = near in KNOWN and (has_dates if KNOWN[near].kind == "date" else sample.numbers and not has_dates)
    if not is_like_it and (near in singles or has_dates):  # as a Salary Effective Date, or a Hire Type
        near = None
    if near is None and by_values not in singles:
        near = by_values
    if near and sample.filled:
        yield noted("near miss", name, sample.filled, near=near)


def _shown_name(name: str) -> str:
    return visible(name if len(name) <= _NAME_SHOWN else f"{name[:_NAME_SHOWN]}…")
