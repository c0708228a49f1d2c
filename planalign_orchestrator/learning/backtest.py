"""Fits on the early years of a history, simulates the years that were held out, and scores what came true.

A page and JSON tell what was foreseen, what happened, and who foresaw it best.
"""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from statistics import quantiles
from typing import Any

from planalign_orchestrator.config.assumptions import AssumptionTable, effective_assumptions
from planalign_orchestrator.config.loading import find_settings
from planalign_orchestrator.config.settings import Settings
from planalign_orchestrator.errors import ConfigurationError
from planalign_orchestrator.learning.fit import SCENARIO, files_of_earlier_fit, learn, write_fitted
from planalign_orchestrator.learning.history import Files, files_read
from planalign_orchestrator.model.build import ModelBuilder
from planalign_orchestrator.reports import charts, show, wording
from planalign_orchestrator.reports.page import Cell, Exhibit, Headline, Page, Row, Table, finding, write_page
from planalign_orchestrator.resources import dbt_project_dir
from planalign_orchestrator.storage.durable import atomic_write_json, make_private_folder
from planalign_orchestrator.sweep.store import builder_of_futures, simulated, with_random_exits, with_seeds
from planalign_orchestrator.tables import rendered, table

FITTED, FLAT, BUNDLED = "fitted", "flat rate", "not fitted"
"""The forecasters: the fit, one exit rate for everybody, and the tables assumed before."""

_EXIT_TABLES = ("age_bands", "tenure_bands", "levels")
_RESULTS = ("fct_yearly_summary", "fct_compensation_growth", "fct_plan_by_group", "fct_workforce_snapshot")
_ENDS = 20
"""Quantiles at a twentieth: the first and the last are those of a 90% band. Of twenty futures they are the least and
the largest, and nine in ten further futures lie between those."""


@dataclass(frozen=True)
class Band:
    """What a forecaster said of a measure in a year.

    Args:
        low: the 5% quantile of the futures.
        middle: their median.
        high: the 95% quantile.
    """

    low: float
    middle: float
    high: float


@dataclass(frozen=True)
class Score:
    """A measure in a year that was held out.

    Args:
        measure: its name.
        year: the plan year.
        actual: what happened.
        bands: what each forecaster said.
    """

    measure: str
    year: int
    actual: float
    bands: Mapping[str, Band]

    def error(self, name: str) -> float:
        """How far the median of a forecaster is off, as a share of what happened; a share of one in points."""
        off = abs(self.bands[name].middle - self.actual)
        return off if self.measure in ("participation", "raise") else off / max(abs(self.actual), 1.0)

    @property
    def is_inside(self) -> bool:
        """Whether what happened lies in the band of the fit."""
        return self.bands[FITTED].low <= self.actual <= self.bands[FITTED].high


@dataclass(frozen=True)
class Backtest:
    """How well a fit foresaw the years that it was not shown.

    Args:
        fitted_until: the day of the last file that it was shown.
        seeds: futures of each forecaster.
        scores: by measure and year.
        notes: what the files cannot tell.
    """

    fitted_until: dt.date
    seeds: int
    scores: Sequence[Score]
    notes: Sequence[str]

    @property
    def coverage(self) -> float:
        """The share of outcomes inside the fit's own 90% bands."""
        return sum(score.is_inside for score in self.scores) / len(self.scores)

    def mean_error(self, name: str, measure: str) -> float:
        """Of a forecaster over the years."""
        errors = [score.error(name) for score in self.scores if score.measure == measure]
        return sum(errors) / len(errors)

    @property
    def measures(self) -> list[str]:
        """In order."""
        return list(dict.fromkeys(score.measure for score in self.scores))

    def to_json(self) -> dict[str, Any]:
        """As plain values."""
        return {
            "fitted_until": self.fitted_until.isoformat(),
            "seeds": self.seeds,
            "coverage": self.coverage,
            "mean_errors": {
                measure: {name: self.mean_error(name, measure) for name in (FITTED, FLAT, BUNDLED)}
                for measure in self.measures
            },
            "scores": [{**asdict(score), "is_inside": score.is_inside} for score in self.scores],
            "cannot_tell": list(self.notes),
        }


def backtest(
    censuses: Sequence[str | Path],
    *,
    output: str | Path,
    fit_until: int | None = None,
    seeds: int = 20,
    config: Path | None = None,
    settings: Mapping[str, object] | None = None,
    as_of: Sequence[dt.date] = (),
) -> Backtest:
    """Fit on early files, simulate the years of the others, and hold the futures against them.

    Args:
        censuses: files or https addresses, three or more, a year apart.
        output: the folder to write: the fit in ``fitted/``, ``backtest.html`` and ``backtest.json``.
        fit_until: the last year that is fitted; the last third of the files is held out when left out.
        seeds: futures of each forecaster.
        config: configuration file, whose plan is the one that people knew; found by itself when left out.
        settings: single settings by dotted name.
        as_of: the day that each census describes; found in the files when left out.

    Raises:
        CensusError: a file cannot be used.
        ConfigurationError: a setting is wrong, or there is nothing to hold out.
    """
    folder = Path(output).resolve()
    given = dict(settings or {})
    before = find_settings(config, flags=given)
    files_of_earlier_fit(folder / "fitted")
    make_private_folder(folder)
    with files_read(censuses, before.settings, folder / "rejects", as_of) as read:
        number = _shown(read, fit_until)
        with read.linked(number) as early:
            write_fitted(learn(early), folder / "fitted")
        first, last = read.intakes[number].as_of.year, read.intakes[-1].as_of.year
        years = {"simulation.start_year": first, "simulation.end_year": last}
        fitted = find_settings(config, str(folder / "fitted" / SCENARIO), given | years).settings
        census = read.intakes[number - 1].output
        with builder_of_futures() as builder:
            forecasts = {
                name: _forecast(builder, futures, census, tables, seeds)
                for name, (futures, tables) in _forecasters(read, fitted).items()
            }
        with read.linked() as history:
            happened, notes = history.rows_of("outcomes"), list(history.left_out)
    scores = [
        Score(row["measure"], row["year"], row["value"], {name: bands[key] for name, bands in forecasts.items()})
        for row in happened
        if (key := (row["measure"], row["year"])) in forecasts[FITTED]
    ]
    found = Backtest(read.intakes[number - 1].as_of, seeds, scores, notes)
    atomic_write_json(folder / RECORD, found.to_json())
    write_page(_page(found), folder / PAGE)
    return found


def _shown(read: Files, until: int | None) -> int:
    """How many files are fitted."""
    days = [intake.as_of for intake in read.intakes]
    if any((day.month, day.day) != (12, 31) or day.year != days[0].year + i for i, day in enumerate(days)):
        raise ConfigurationError.told("not yearly", days=", ".join(map(str, days)))
    number = len(days) - max(1, len(days) // 3) if until is None else sum(day.year <= until for day in days)
    if not 2 <= number < len(days):
        last = f" until {until}" if until is not None else ""
        raise ConfigurationError.told("nothing held out", last=last, number=number, held_out=len(days) - number)
    return number


def _forecasters(read: Files, fitted: Settings) -> dict[str, tuple[Settings, Mapping[str, AssumptionTable]]]:
    tables = effective_assumptions(fitted, dbt_project_dir() / "seeds")
    rate = min(fitted.workforce.total_termination_rate, 0.9)
    workforce = fitted.workforce.model_copy(update={"new_hire_termination_rate": rate})
    flat = {**tables, **{name: _all(tables[name], "exit_multiplier", "1") for name in _EXIT_TABLES}}
    flat["retirement_rates"] = _all(tables["retirement_rates"], "rate", "0")
    known = read.settings.model_copy(update={"simulation": fitted.simulation})
    return {
        FITTED: (fitted, tables),
        FLAT: (fitted.model_copy(update={"workforce": workforce}), flat),
        BUNDLED: (known, read.tables),
    }


def _all(table: AssumptionTable, column: str, value: str) -> AssumptionTable:
    """The table with one value in all rows of a column."""
    place = table.columns.index(column)
    return replace(table, rows=tuple((*row[:place], value, *row[place + 1 :]) for row in table.rows))


def _forecast(
    builder: ModelBuilder, settings: Settings, census: Path, tables: Mapping[str, AssumptionTable], seeds: int
) -> dict[tuple[str, int], Band]:
    query = rendered(__package__, "forecast.sql")
    pack = with_seeds(with_random_exits(settings), seeds)
    with simulated(builder, pack, census, tables, _RESULTS) as database:
        return {(measure, year): _band(values) for measure, year, values in database.execute(query).fetchall()}


def _band(values: Sequence[float]) -> Band:
    cuts = quantiles([*values, *values] if len(values) == 1 else values, n=_ENDS)
    return Band(cuts[0], cuts[_ENDS // 2 - 1], cuts[-1])


PAGE, RECORD = "backtest.html", "backtest.json"

_Form = Callable[[float], str]


def measure_name(measure: str) -> str:
    """How people call a measure."""
    return table(__package__, "measures").get(measure, {}).get("name", wording.sentence(measure.replace(":", ",")))


def form_of(measure: str) -> _Form:
    """How its values are shown."""
    form: _Form = getattr(wording, table(__package__, "measures").get(measure, {}).get("form", "count"))
    return form


def error_text(found: Backtest, name: str, measure: str) -> str:
    """The mean error of a forecaster: in points of a share, else in percent of what happened."""
    error = found.mean_error(name, measure)
    return f"{error * 100:.2f} points" if measure in ("participation", "raise") else wording.percent(error)


def sentence_of(found: Backtest) -> str:
    """The answer in a sentence or two."""
    best = sum(
        found.mean_error(FITTED, measure) <= min(found.mean_error(other, measure) for other in (FLAT, BUNDLED))
        for measure in found.measures
    )
    inside = sum(score.is_inside for score in found.scores)
    facts = {"inside": inside, "outcomes": len(found.scores), "best": best, "measures": len(found.measures)}
    return finding("foreseen", coverage=found.coverage, **facts)


def _page(found: Backtest) -> Page:
    years = sorted({score.year for score in found.scores})
    return Page(
        title=f"Backtest, {wording.period_of(years)}",
        finding=sentence_of(found),
        facts=[("Fitted until", str(found.fitted_until)), ("Held out", wording.period_of(years)),
               ("Futures of each forecaster", str(found.seeds))],
        headlines={"": [Headline("coverage", "Outcomes in the 90% bands",
                                 Cell(wording.percent(found.coverage, 0), found.coverage), "", "90% would be right")]},
        warnings=found.notes,
        sections=[
            show.section("errors", [errors(found)]),
            show.section("outcomes", [_outcomes(found, measure) for measure in found.measures]),
        ],
    )  # fmt: skip


def errors(found: Backtest) -> Exhibit:
    """How far each forecaster was off, measure by measure."""
    names = (FITTED, FLAT, BUNDLED)
    rows = [
        Row(measure_name(of), [Cell(error_text(found, name, of), found.mean_error(name, of)) for name in names])
        for of in found.measures
    ]
    columns = ["Fitted", "One exit rate for everybody", "Assumptions before the fit"]
    title = "How far the median future was off, on average over the years"
    return show.exhibit("errors", title, Table("Measure", columns, rows))


def _outcomes(found: Backtest, measure: str) -> Exhibit:
    scores = [score for score in found.scores if score.measure == measure]
    form, key = form_of(measure), "outcome-" + "".join(c if c.isalnum() else "-" for c in measure)
    bars = [charts.Bar(f"{one.year} ({_band_text(one)})", one.actual, mark=one.bands[FITTED].middle) for one in scores]
    drawn = all(bar.value is not None and bar.value >= 0 for bar in bars)
    chart = charts.bars(key, {"": bars} if drawn else {}, form=form, name="Happened", mark_name="Foreseen")
    rows = [Row(str(score.year), _cells(score)) for score in scores]
    columns = ["Happened", "5%", "Median", "95%", "Inside", "One exit rate", "Before the fit"]
    return show.exhibit(key, measure_name(measure), Table("Year", columns, rows), chart, texts="outcomes")


def _cells(score: Score) -> list[Cell]:
    fitted, form = score.bands[FITTED], form_of(score.measure)
    others = [score.bands[name].middle for name in (FLAT, BUNDLED)]
    values = [score.actual, fitted.low, fitted.middle, fitted.high, *others]
    happened, *rest = [Cell(form(value), value) for value in values]
    return [happened, *rest[:3], show.text("yes" if score.is_inside else "no"), *rest[3:]]


def _band_text(score: Score) -> str:
    form, band = form_of(score.measure), score.bands[FITTED]
    return f"{form(band.low)} to {form(band.high)}"
