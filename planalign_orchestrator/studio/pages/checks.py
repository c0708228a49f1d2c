"""What the doctor finds."""

from planalign_orchestrator.doctor import Patient, as_json, examine
from planalign_orchestrator.studio.jobs import command_line
from planalign_orchestrator.studio.visit import View, Visit


def checks(visit: Visit) -> View:
    """Everything that a run needs, without the network."""
    workspace = visit.workspace
    found = list(examine(Patient(workspace.runs_folder, workspace.config_file, (), "offline")))
    shown = {"checks": found, "settings": list(workspace.settings().listing())}
    return View("checks.html.j2", shown, command_line("doctor", "--offline"), as_json(found))
