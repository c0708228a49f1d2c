"""What the employer's own censuses say about the assumptions, and a design that takes it over."""

from pathlib import Path

from planalign_orchestrator.config.form import with_changes
from planalign_orchestrator.errors import ConfigurationError, ResultsError, instead_of
from planalign_orchestrator.json_text import parsed
from planalign_orchestrator.learning.experience import Rate
from planalign_orchestrator.learning.fit import RECORD, SCENARIO, fit, rates_section
from planalign_orchestrator.studio.pages.designs import created
from planalign_orchestrator.studio.visit import GoTo, View, Visit
from planalign_orchestrator.studio.workspace import command_line, named, safe_name


def fits(visit: Visit) -> View:
    """What was learned, and how to learn from more."""
    found = visit.workspace.censuses()
    files = [f"census/{name}" for name in found or ("people.csv",)]
    shown = {"fits": visit.workspace.fits(), "censuses": found}
    return View("fits.html.j2", shown, command_line("fit", *files, "--output", "fitted/experience"))


def learn(visit: Visit) -> GoTo:
    """Learn from yearly censuses; the answer comes when it is done."""
    workspace, name = visit.workspace, safe_name(visit.form.get("name"))
    chosen = [named(workspace.censuses(), census, "census") for census in visit.form.values.get("census", [])]
    if not chosen:
        raise ConfigurationError("no census was chosen", remedy="Choose one census or more.")
    own: dict[str | Path, Path] = {census: workspace.mapping_of(census.name) for census in chosen}
    mappings = {census: mapping for census, mapping in own.items() if mapping.exists()}
    fit(chosen, output=workspace.fits_folder.joinpath(name), config=workspace.config_file, mappings=mappings)
    return GoTo(f"/learning/{name}")


def learned(visit: Visit) -> View:
    """Every rate with its evidence."""
    folder = named(visit.workspace.fits(), visit.name, "fit")
    damaged = (OSError, ValueError, TypeError, LookupError)
    with instead_of(damaged, ResultsError.told, "damaged fit", path=folder.joinpath(RECORD)):
        record = parsed(folder.joinpath(RECORD).read_bytes())
        section = rates_section(Rate(**rate) for rate in record["rates"])
        files = {str(file["file"]): str(file["day"]) for file in record["files"]}
        shown = {"name": visit.name, "files": files, "cannot_tell": [*record["cannot_tell"]], "section": section}
    command = command_line("fit", *(f"census/{file}" for file in files), "--output", f"fitted/{visit.name}")
    return View("fit.html.j2", shown, command, record)


def take_over(visit: Visit) -> GoTo:
    """Make a design of what was learned."""
    text = named(visit.workspace.fits(), visit.name, "fit").joinpath(SCENARIO).read_bytes()
    changes = {"assumptions.directory": f"../fitted/{visit.name}"}
    return created(visit.workspace, visit.name, with_changes(text, changes))
