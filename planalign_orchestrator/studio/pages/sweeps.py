"""Many futures: bands over seeds, what alternatives differ by, what a search found."""

from dataclasses import replace

from planalign_orchestrator.studio.pages.runs import OF_SEEDS
from planalign_orchestrator.studio.visit import View, Visit
from planalign_orchestrator.studio.workspace import command_line, named
from planalign_orchestrator.sweep.report import sweep_page
from planalign_orchestrator.sweep.statistics import Findings, find, kept
from planalign_orchestrator.sweep.store import readable

_SEEDS = "16"


def sweeps(visit: Visit) -> View:
    """The sweeps that there are, and how to start one."""
    workspace = visit.workspace
    shown = {"sweeps": workspace.sweeps(), "designs": workspace.designs(), "censuses": workspace.censuses()}
    first = next(iter(workspace.designs().values()), None)
    design = ["--scenario", f"scenarios/{first.name}"] if first else []
    return View("sweeps.html.j2", shown, command_line("run", *design, "--seeds", _SEEDS))


def sweep(visit: Visit) -> View:
    """What a sweep says."""
    folder = named(visit.workspace.sweeps(), visit.name, "sweep")
    with readable(folder.root):
        findings = replace(find(folder.results(), None, None), found=kept(folder.root))
    page = sweep_page(findings, [], None)
    return View("report.html.j2", {"page": page, "name": None}, _command(visit, findings), findings.to_json())


def _command(visit: Visit, findings: Findings) -> str:
    design = visit.workspace.designs().get(visit.name.removesuffix(OF_SEEDS))
    if design is None or not visit.name.endswith(OF_SEEDS):
        return command_line("sweep", f"{visit.name}.yaml")
    seeds = next(iter(findings.totals.values())).number
    return command_line("run", "--scenario", f"scenarios/{design.name}", "--seeds", str(seeds))
