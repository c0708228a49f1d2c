"""A backtest as a page and as JSON: what was foreseen, what happened, and who foresaw it best."""

from collections.abc import Callable
from pathlib import Path

from planalign_orchestrator.learning.backtest import BUNDLED, FITTED, FLAT, Backtest, Score
from planalign_orchestrator.reports import charts, show, wording
from planalign_orchestrator.reports.page import Cell, Exhibit, Headline, Page, Row, Table, finding, write_page
from planalign_orchestrator.storage.durable import atomic_write_json
from planalign_orchestrator.tables import table

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


def write_scorecard(found: Backtest, folder: Path) -> None:
    """Write both, each whole or not at all."""
    atomic_write_json(folder / RECORD, found.to_json())
    write_page(_page(found), folder / PAGE)


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
    bars = [charts.Bar(f"{one.year} ({_band(one)})", one.actual, mark=one.bands[FITTED].middle) for one in scores]
    drawn = all(bar.value is not None and bar.value >= 0 for bar in bars)
    chart = charts.bars(key, {"": bars} if drawn else {}, form=form, name="Happened", mark_name="Foreseen")
    rows = [Row(str(score.year), _cells(score)) for score in scores]
    columns = ["Happened", "5%", "Median", "95%", "Inside", "One exit rate", "Before the fit"]
    return show.exhibit(key, measure_name(measure), Table("Year", columns, rows), chart, texts="outcomes")


def _cells(score: Score) -> list[Cell]:
    fitted, form = score.bands[FITTED], form_of(score.measure)
    values = [score.actual, fitted.low, fitted.middle, fitted.high]
    others = [score.bands[name].middle for name in (FLAT, BUNDLED)]
    return [
        *(Cell(form(value), value) for value in values),
        show.text("yes" if score.is_inside else "no"),
        *(Cell(form(value), value) for value in others),
    ]


def _band(score: Score) -> str:
    form, band = form_of(score.measure), score.bands[FITTED]
    return f"{form(band.low)} to {form(band.high)}"
