"""``report.html``: one page that needs nothing else, for people who do not query a database."""

from planalign_orchestrator.reports.marts import Marts
from planalign_orchestrator.reports.page import Page
from planalign_orchestrator.reports.results import RunResults
from planalign_orchestrator.reports.sections.money import cost, distribution
from planalign_orchestrator.reports.sections.overview import answer, headlines, simulated
from planalign_orchestrator.reports.sections.participation import participation
from planalign_orchestrator.reports.sections.pay import pay
from planalign_orchestrator.reports.sections.run_facts import run_facts
from planalign_orchestrator.reports.sections.testing import testing
from planalign_orchestrator.reports.sections.workforce import movement, workforce
from planalign_orchestrator.reports.testing import failures

FILE_NAME = "report.html"


def html_report(results: RunResults) -> Page:
    """The page of a run."""
    marts = Marts(results)
    sections = (cost, participation, distribution, workforce, movement, pay, testing, run_facts)
    return Page(
        title=f"{results.title}, {results.period}",
        finding=answer(marts),
        facts=simulated(marts),
        headlines={results.name: headlines(marts)},
        warnings=[*results.warnings, *failures(results)],
        quiet=(
            "No warnings: the census needed no change and no assumption, all years had the same settings, and no "
            "nondiscrimination test would fail."
        ),
        sections=[section(marts) for section in sections],
    )
