"""The people behind a figure, and one person's story. No other page shows personal data."""

from planalign_orchestrator.errors import ResultsError
from planalign_orchestrator.reports.explanation import explain, story_document
from planalign_orchestrator.reports.group_view import EVERYBODY, PeopleWanted, kinds, people as people_of, people_kinds
from planalign_orchestrator.reports.marts import Marts
from planalign_orchestrator.reports.results import open_results
from planalign_orchestrator.studio.visit import View, Visit
from planalign_orchestrator.studio.workspace import command_line, folder_of, named


def people(visit: Visit) -> View:
    """The people of a group, a page at a time."""
    query = visit.query
    with visit.result() as results:
        marts, year = Marts(results), query.get("year", "")
        given = {name: query[name].strip() for name in ("by", "group", "measure", "find", "after") if query.get(name)}
        wanted = PeopleWanted(int(year) if year.isdecimal() else marts.years[-1], **given)
        found = people_of(marts, wanted)
        names = kinds(marts, "closing_headcount")
        groups = {
            kind: [] if kind == EVERYBODY else marts.groups(kind, wanted.year) for kind in people_kinds(marts)
        }  # fmt: skip
    told = [word for name, value in vars(wanted).items() if value for word in (f"--{name}", str(value))]
    command = command_line("show", folder_of(visit.name), "--people", *told)
    shown = {"name": visit.name, "wanted": wanted, "found": found, "kinds": names, "groups": groups,
             "years": marts.years}  # fmt: skip
    return View("people.html.j2", shown, command, found.to_json())


def person(visit: Visit) -> View:
    """One person's story, beside that in another run if one is named."""
    employee = visit.query.get("id", "").strip()
    if not employee:
        raise ResultsError("no person is named", remedy="Choose one in the list of people.")
    runs = visit.workspace.results()
    names = [visit.name, *filter(None, [visit.query.get("with", "")])]
    stories = {}
    for name in names:
        with open_results(named(runs, name, "run")) as results:
            stories[name] = explain(results, employee)
    command = command_line("explain", "--run", folder_of(visit.name), "--", employee)
    shown = {"name": visit.name, "employee": employee, "stories": stories, "runs": runs,
             "with": visit.query.get("with")}  # fmt: skip
    return View("person.html.j2", shown, command, story_document(employee, stories[visit.name]))
