"""Whether a file still looks as it did when its mapping was made: its headings, order, kinds of values."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from planalign_orchestrator.census.columns import KNOWN
from planalign_orchestrator.census.faults import Check, doubt
from planalign_orchestrator.census.mapping import CensusMapping, load_mapping
from planalign_orchestrator.census.quality import Entry
from planalign_orchestrator.census.refusal import refused
from planalign_orchestrator.census.samples import ColumnSample, distinct
from planalign_orchestrator.census.synonyms import normal_name
from planalign_orchestrator.pipes import refuse_pipes

_MUCH = 5
"""A middle that many times what it was is of another unit; raises and shorter years do not come near."""


def has_headings(mapping: CensusMapping, names: Sequence[str]) -> bool:
    """Whether a file has the headings that a mapping was made for, in their order."""
    return [normal_name(name) for name in mapping.columns] == [normal_name(name) for name in distinct(names)]


def compared(mapping: CensusMapping, names: Sequence[str], samples: Sequence[ColumnSample]) -> Iterator[Check | Entry]:
    """What differs in the columns that are used: where their values are of another kind, the user is asked.

    An empty column differs from nothing, and what cannot be read is a fault of its row. Amounts of another size are
    warned of; rates of another size may be dollars, and are asked about.
    """
    held = {normal_name(name): one.meaning for name, one in mapping.columns.items()}
    was = {normal_name(name): values for name, values in mapping.values.items()}
    for name, sample in zip(distinct(names), samples, strict=True):
        meaning, before, now = held.get(normal_name(name)), was.get(normal_name(name)), sample.values
        kind = KNOWN[meaning].kind if meaning in KNOWN else "text"
        if not before or not now or kind in ("text", "flag"):
            continue
        if kind == "id":  # which have no size
            before, now = before.partition(" near ")[0], now.partition(" near ")[0]
        is_rate = kind == "rate" or meaning == "full_time_equivalent"
        (form, size), (other_form, other_size) = (_plain(values, kind, is_rate=is_rate) for values in (before, now))
        is_other_form = form != other_form
        is_other_size = bool(size and other_size) and not 1 / _MUCH <= other_size / size <= _MUCH and kind != "whole"
        told = f"held {before} when the mapping was made, and {now} now"
        if is_other_form and kind == "id":
            yield Entry("warning", f"{told}: people may have other ids than last year.", name, sample.filled)
        elif is_other_form or (is_other_size and is_rate):
            yield doubt("other values", name, told=told)
        elif is_other_size:
            yield Entry("warning", f"{told}; the unit of the mapping was applied.", name, sample.filled)


def _plain(values: str, kind: str, *, is_rate: bool) -> tuple[str, float]:
    """The form and size of values as a mapping records them; of forms that are read alike, one stands for all."""
    form, _, near = values.partition(" near ")
    size = float(near or 0)
    if kind == "date" and form == "numbers":  # 20190504, or days as spreadsheets count them
        return "dates", 0.0
    if is_rate and form in ("percents", "fractions"):
        return "numbers", size * (100 if form == "fractions" else 1)
    return ("numbers" if form == "fractions" else form), size


def chosen_mapping(path: Path, names: Sequence[str], samples: Sequence[ColumnSample]) -> CensusMapping:
    """The mapping in a folder that was made for a file of this layout.

    Raises:
        ConfigurationError: there is none, or more than one that differ.
    """
    refuse_pipes(path, 0)
    files = sorted(path.glob("*.mapping.yaml"))
    fitting = [mapping for mapping in map(load_mapping, files) if has_headings(mapping, names)]
    fitting = [mapping for mapping in fitting if not any(compared(mapping, names, samples))] or fitting
    if fitting and all(mapping == fitting[0] for mapping in fitting):
        return fitting[0]
    raise refused("no fitting mapping", path=path, fitting=len(fitting) or "none", files=len(files))
