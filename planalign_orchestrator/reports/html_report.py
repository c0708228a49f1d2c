"""``report.html``: one page that needs nothing else, for people who do not query a database."""

from __future__ import annotations

from pathlib import Path

from planalign_orchestrator.durable import atomic_write_text
from planalign_orchestrator.reports.marts import Marts
from planalign_orchestrator.reports.page import Page, Section, html_of
from planalign_orchestrator.reports.results import RunResults
from planalign_orchestrator.reports.sections.money import cost, distribution
from planalign_orchestrator.reports.sections.overview import headlines, simulated
from planalign_orchestrator.reports.sections.participation import participation
from planalign_orchestrator.reports.sections.pay import pay
from planalign_orchestrator.reports.sections.run_facts import run_facts
from planalign_orchestrator.reports.sections.workforce import movement, workforce

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
    return html_of(
        Page(
            title=f"{results.title}, {results.period}",
            facts=simulated(marts),
            headlines={results.name: headlines(marts)},
            warnings=results.warnings,
            quiet="No warnings: every row of the census was used, and all years were made with the same settings.",
            sections=_sections(marts),
        )
    )


def _sections(marts: Marts) -> list[Section]:
    return [
        workforce(marts),
        movement(marts),
        pay(marts),
        participation(marts),
        cost(marts),
        distribution(marts),
        run_facts(marts),
    ]
