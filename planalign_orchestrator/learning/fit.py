"""Assumptions from a client's own censuses, written as a folder that a scenario can name, and as a page.

``experience.html`` shows every rate with its evidence, interval, credibility and fitted value.
"""

import csv
import datetime as dt
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from planalign_orchestrator.config.assumption_files import table_forms
from planalign_orchestrator.config.catalogue import yaml_of
from planalign_orchestrator.config.layers import nested
from planalign_orchestrator.config.loading import find_settings
from planalign_orchestrator.config.secrecy import without_secrets
from planalign_orchestrator.errors import ConfigurationError
from planalign_orchestrator.json_text import parsed
from planalign_orchestrator.learning.careers import learn_bands, learn_careers, learn_structure
from planalign_orchestrator.learning.exits import learn_exits, learn_hires
from planalign_orchestrator.learning.experience import Experience, Rate, topics
from planalign_orchestrator.learning.history import History, files_read
from planalign_orchestrator.learning.participation import learn_participation
from planalign_orchestrator.reports import charts, show, wording
from planalign_orchestrator.reports.page import Cell, Exhibit, Headline, Page, Row, Section, Table, finding, write_page
from planalign_orchestrator.resources import dbt_project_dir
from planalign_orchestrator.storage import durable
from planalign_orchestrator.tables import table
from planalign_orchestrator.visible import visible

SCENARIO, PAGE, RECORD = "fitted.yaml", "experience.html", "experience.json"


def learn(history: History) -> Experience:
    """What linked censuses say, or a single one."""
    found = Experience(history)
    if history.one("select count(*) from lives"):
        learn_exits(found)
        learn_careers(found)
        learn_structure(found)
    learn_bands(found)
    learn_hires(found)
    learn_participation(found)
    return found


def fit(
    censuses: Sequence[str | Path],
    *,
    output: str | Path,
    config: Path | None = None,
    settings: Mapping[str, object] | None = None,
    as_of: Sequence[dt.date] = (),
    mappings: Mapping[str | Path, Path] | None = None,
) -> dict[str, Any]:
    """Learn assumptions from yearly censuses of one employer, or from a single one.

    Args:
        censuses: files or https addresses.
        output: the folder to write: assumption tables, ``fitted.yaml`` (a scenario that uses them), ``experience.html``
            and ``experience.json``.
        config: configuration file, whose plan is the one that people knew; found by itself when left out.
        settings: single settings by dotted name.
        as_of: the day that each census describes; found in the files when left out.
        mappings: those of single censuses; the others are read as the settings say.

    Returns:
        What was learned, as ``experience.json`` holds it, and the newest of the censuses, as it was given.

    Raises:
        CensusError: a file cannot be used.
        ConfigurationError: a setting or assumption table is wrong, or the folder holds tables that no fit has written.
    """
    folder = Path(output).resolve()
    effective = find_settings(config, flags=settings or {})
    files_of_earlier_fit(folder)
    durable.make_private_folder(folder)
    rejects = folder / "rejects"
    with files_read(censuses, effective.settings, rejects, as_of, mappings) as read, read.linked() as history:
        found = learn(history)
        write_fitted(found, folder)
        return {**found.as_record(), "newest": without_secrets(str(read.newest))}


def write_fitted(found: Experience, folder: Path) -> None:
    """Write what was learned, each file whole or not at all; tables of an earlier fit go.

    The record comes before the tables that it lists, and the scenario last: it is there only with all that it uses.
    """
    tables = found.tables()
    if above := sorted(tables.keys() & found.history.settings.assumptions.tables.keys()):
        raise ConfigurationError.told("tables above", names=", ".join(above))
    with durable.private_files():
        durable.make_private_folder(folder)
        left_over = files_of_earlier_fit(folder) - {f"{name}.csv" for name in tables}
        durable.unlink(folder / SCENARIO, *(folder / name for name in sorted(left_over)))
        durable.atomic_write_json(folder / RECORD, found.as_record())
        for name, rows in tables.items():
            text = io.StringIO(newline="")
            csv.writer(text, lineterminator="\n").writerows(rows)
            durable.atomic_write_text(folder / f"{name}.csv", text.getvalue())
        write_page(experience_page(found), folder / PAGE)
        durable.atomic_write_text(folder / SCENARIO, scenario_text(found))


def files_of_earlier_fit(folder: Path) -> set[str]:
    """The scenario and the tables that an earlier fit has written into a folder, as its record lists them.

    Raises:
        ConfigurationError: the folder holds a scenario or assumption tables that no record of a fit lists.
    """
    known = {SCENARIO, *(f"{name}.csv" for name in table_forms(dbt_project_dir() / "seeds"))}
    written: set[str] = set()
    with suppress(OSError, ValueError, TypeError, LookupError):  # without a sound record, nothing there is a fit's
        written = {SCENARIO, *(f"{name}.csv" for name in parsed((folder / RECORD).read_bytes())["tables"])}
    if there := sorted(name for name in known - written if (folder / name).exists()):
        raise ConfigurationError.told("tables there", folder=folder, names=", ".join(there))
    return known & written


def scenario_text(found: Experience) -> str:
    """A scenario with the tables beside it, for the five years after the newest file."""
    first = found.history.last_day.year + 1
    years = {"simulation.start_year": first, "simulation.end_year": first + 4}
    # The tables hold the configuration's overrides, which would lie above what was fitted; a list replaces another.
    applied: dict[str, Any] = {
        f"assumptions.overrides.{name}": [] for name in found.history.settings.assumptions.overrides
    }
    tree = nested({**found.settings, "assumptions.directory": ".", **applied, **years})
    names = visible(", ".join(intake.source for intake in found.history.intakes))
    evidence = f"Fitted to {names}; {PAGE} shows the evidence."
    return yaml_of(tree, evidence, "Review it: growth of the headcount is a decision.")


COLUMNS = ("People", "Exposure", "Events", "Actual", "From", "To", "Before", "Credibility", "Fitted", "Note")


def experience_page(found: Experience) -> Page:
    """The page of a fit."""
    by_topic = topics(found.rates)
    files = found.history.intakes
    return Page(
        title=f"Experience, {wording.period_of(sorted({files[0].as_of.year, files[-1].as_of.year}))}",
        finding=_finding(found),
        facts=[(intake.source, f"{intake.as_of}, {wording.people(intake.rows_kept)}") for intake in files],
        headlines={"": [_headline(i, rates[0]) for i, rates in enumerate(by_topic.values()) if len(rates) == 1][:6]},
        warnings=found.history.left_out,
        sections=[rates_section(found.rates), show.section("statement", [_statement()])],
    )  # fmt: skip


def rates_section(rates: Iterable[Rate]) -> Section:
    """Every rate: those that hold for everybody in one table, the others by topic."""
    by_topic = topics(rates)
    alone = [of[0] for of in by_topic.values() if len(of) == 1]
    rows = [Row(rate.topic, _cells(rate)) for rate in alone]
    table = Table("", COLUMNS, rows)
    in_all = show.exhibit("in-all", "Rates that hold for everybody", table, texts="rates", open=True)
    exhibits = [_exhibit(topic, of) for topic, of in by_topic.items() if len(of) > 1]
    return show.section("rates", [*([in_all] if rows else []), *exhibits])


def _finding(found: Experience) -> str:
    moved = [rate for rate in found.rates if rate.fitted is not None]
    full = sum(rate.credibility >= 1 for rate in moved)
    exits = sum(rate.events or 0 for rate in found.rates if rate.topic == "Exits in all")
    return finding("fitted", rates=len(moved), full=full, exits=exits)


def _headline(number: int, rate: Rate) -> Headline:
    change = "" if rate.known is None else f"assumed before: {text_of(rate, rate.known)}"
    return Headline(f"rate-{number}", rate.topic, _cell(rate, rate.fitted), "", change)


def _exhibit(topic: str, rates: Sequence[Rate]) -> Exhibit:
    key = re.sub(r"[^a-z]+", "-", topic.lower()).strip("-")
    rows = [Row(rate.name, _cells(rate)) for rate in rates]
    shown = [
        charts.Bar(f"{rate.name}{_interval_text(rate)}", value, mark=rate.known)
        for rate in rates
        if (value := rate.fitted if rate.fitted is not None else rate.actual) is not None
        and rate.unit == "share"
        and value >= 0
    ]
    mark_name = "Assumed before" if any(bar.mark is not None for bar in shown) else ""
    chart = charts.bars(key, {"": shown}, form=wording.percent, name="Fitted", mark_name=mark_name)
    is_assumed = any(rate.fitted is not None for rate in rates)
    title = topic if is_assumed else f"{topic} (described, not an assumption)"
    return show.exhibit(key, title, Table("", COLUMNS, rows), chart, texts="rates")


def _cells(rate: Rate) -> list[Cell]:
    low, high = rate.interval or (None, None)
    return [
        Cell(wording.count(rate.people), rate.people) if rate.actual is not None else show.text("under 5"),
        Cell(wording.count(rate.exposure), round(rate.exposure, 1)),
        Cell(wording.ABSENT if rate.events is None else f"{rate.events:,.0f}", rate.events),
        *(_cell(rate, value) for value in (rate.actual, low, high, rate.known)),
        Cell(wording.percent(rate.credibility, 0), rate.credibility),
        _cell(rate, rate.fitted),
        show.text(rate.note),
    ]


def text_of(rate: Rate, value: float | None) -> str:
    """A value in the unit of a rate."""
    if value is None or abs(value) == float("inf"):
        return wording.ABSENT
    return wording.percent(value, 2) if rate.unit == "share" else wording.dollars(value)


def _cell(rate: Rate, value: float | None) -> Cell:
    return Cell(text_of(rate, value), None if value is None else round(value, 6))


def _interval_text(rate: Rate) -> str:
    if rate.interval is None:
        return ""
    return f" ({' to '.join(text_of(rate, end) for end in rate.interval)})"


def _statement() -> Exhibit:
    rows = [Row(name, [show.text(row["text"])]) for name, row in table(__package__, "statement").items()]
    return show.exhibit("statement", "Purpose, data, reliance, limits, model risk", Table("", [""], rows))
