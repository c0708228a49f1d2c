"""Runs side by side: which plan, at what price, who gains, who loses."""

from planalign_orchestrator.reports.comparison import compare_runs
from planalign_orchestrator.reports.comparison_page import comparison_page
from planalign_orchestrator.studio.jobs import command_line
from planalign_orchestrator.studio.visit import View, Visit
from planalign_orchestrator.studio.workspace import named


def compare(visit: Visit) -> View:
    """The runs that the address names, the first of them the base; without two, what there is to choose from."""
    runs = visit.workspace.results()
    base = visit.query.get("base", "")
    names = [base, *(name for name in visit.query.getlist("with") if name != base)]
    shown = {"runs": runs, "names": names}
    if not base or len(names) < 2:
        return View("compare.html.j2", shown, command_line("compare", "--help"))
    comparison = compare_runs([named(runs, name, "run") for name in names])
    command = command_line("compare", *(f"runs/{name}" for name in names))
    return View("compare.html.j2", {**shown, "page": comparison_page(comparison)}, command, comparison.to_json())
