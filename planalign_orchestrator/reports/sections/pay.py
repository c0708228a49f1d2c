"""Pay growth by its measures."""

from planalign_orchestrator.reports import wording
from planalign_orchestrator.reports.figures import year_lines
from planalign_orchestrator.reports.marts import Marts
from planalign_orchestrator.reports.page import Section, section


def pay(marts: Marts) -> Section:
    """How pay grows, which depends on whose pay is compared with whose."""
    return section("pay", [year_lines("pay-growth", _finding(marts), marts.growth)])


def _finding(marts: Marts) -> str:
    last, year = marts.growth[-1], marts.years[-1]
    same, everybody = last["growth_same_people"], last["growth_all_actives"]
    if same is None or everybody is None:
        return f"There is no pay to compare in {year}"
    form = wording.percent
    if form(same) == form(everybody):
        return f"In {year} the same people's pay and the mean pay of all actives both grow by {form(same)}"
    why = "hires and leavers pull the mean down" if everybody < same else "hires and leavers push the mean up"
    return f"In {year} the same people's pay grows by {form(same)}, the mean of all actives by {form(everybody)}: {why}"
