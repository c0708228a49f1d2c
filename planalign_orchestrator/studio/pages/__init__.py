"""The pages of the studio, a module a subject."""

from __future__ import annotations

from planalign_orchestrator.studio.pages import (
    census,
    checks,
    compare,
    designs,
    files,
    learning,
    live,
    overview,
    people,
    runs,
    sweeps,
    tables,
)
from planalign_orchestrator.studio.visit import PageRoute

ROUTES: list[PageRoute] = [
    route
    for page in (overview, census, designs, tables, runs, people, live, compare, sweeps, learning, checks, files)
    for route in page.ROUTES
]
"""What answers each address."""
