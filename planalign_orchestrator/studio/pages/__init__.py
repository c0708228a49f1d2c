"""The addresses of the studio, and the page that answers each; the pages are a module a subject."""

from planalign_orchestrator.studio.pages import census, designs, learning, overview, people, runs, sweeps
from planalign_orchestrator.studio.visit import PageRoute

ROUTES: list[PageRoute] = [
    ("GET", "/", overview.overview),
    ("GET", "/census", census.censuses),
    ("POST", "/census", census.take),
    ("GET", "/census/{name}", census.census),
    ("GET", "/census/{name}/mapping", census.mapping),
    ("POST", "/census/{name}/mapping", census.save_mapping),
    ("GET", "/designs", designs.designs),
    ("POST", "/designs", designs.create),
    ("GET", "/designs/{name}", designs.design),
    ("POST", "/designs/{name}", designs.save),
    ("GET", "/designs/{name}/tables", designs.tables),
    ("GET", "/designs/{name}/tables/{table}", designs.table),
    ("POST", "/designs/{name}/tables/{table}", designs.save_table),
    ("POST", "/runs", runs.start),
    ("GET", "/runs/{name}", runs.run),
    ("GET", "/runs/{name}/report", runs.report),
    ("GET", "/runs/{name}/history", runs.history),
    ("GET", "/runs/{name}/people", people.people),
    ("GET", "/runs/{name}/person", people.person),
    ("GET", "/runs/{name}/live", runs.live),
    ("POST", "/runs/{name}/stop", runs.stop),
    ("POST", "/runs/{name}/resume", runs.resume),
    ("GET", "/compare", runs.compare),
    ("POST", "/compare", runs.tell_apart),
    ("GET", "/sweeps", sweeps.sweeps),
    ("GET", "/sweeps/{name}", sweeps.sweep),
    ("GET", "/learning", learning.fits),
    ("POST", "/learning", learning.learn),
    ("GET", "/learning/{name}", learning.learned),
    ("POST", "/learning/{name}/design", learning.take_over),
    ("GET", "/checks", overview.checks),
    ("POST", "/runs/{name}/reports", runs.write),
]
"""What answers each address."""
FILES = [("/runs/{name}/live/stream", runs.stream), ("/runs/{name}/files/{file}", runs.download)]
"""Likewise what is no page."""
