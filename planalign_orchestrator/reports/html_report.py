"""``report.html``: one page that needs nothing else, for people who do not query a database."""

from __future__ import annotations

from pathlib import Path

from planalign_orchestrator import __version__
from planalign_orchestrator.reports.marts import Marts
from planalign_orchestrator.reports.page import Section, render
from planalign_orchestrator.reports.results import RunResults
from planalign_orchestrator.reports.sections.money import cost, distribution
from planalign_orchestrator.reports.sections.overview import headlines, simulated
from planalign_orchestrator.reports.sections.participation import participation
from planalign_orchestrator.reports.sections.pay import pay
from planalign_orchestrator.reports.sections.run_facts import run_facts
from planalign_orchestrator.reports.sections.workforce import movement, workforce
from planalign_orchestrator.storage.durable import atomic_write_text

FILE_NAME = "report.html"


def write_html_report(results: RunResults, reports: Path) -> Path:
    """Write the page.

    Args:
        results: an open result.
        reports: the folder for reports.

    Returns:
        The file.
    """
    path = reports / FILE_NAME
    atomic_write_text(path, html_report(results))
    return path


def html_report(results: RunResults) -> str:
    """The page as text."""
    marts = Marts(results)
    return render(
        "report.html.j2",
        title=f"{results.name}, {results.period}",
        version=__version__,
        simulated=simulated(marts),
        headlines=headlines(marts),
        warnings=results.warnings,
        sections=sections_of(marts),
    )


def sections_of(marts: Marts) -> list[Section]:
    """The sections below the first screen, in order."""
    return [
        workforce(marts),
        movement(marts),
        pay(marts),
        participation(marts),
        cost(marts),
        distribution(marts),
        run_facts(marts),
    ]
