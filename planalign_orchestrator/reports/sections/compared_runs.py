"""The settings that differ between compared runs, and where the runs are."""

from collections.abc import Mapping, Sequence
from typing import Any

from planalign_orchestrator.config.description import describe_settings
from planalign_orchestrator.reports import wording
from planalign_orchestrator.reports.comparison import Comparison, SettingDifference, Side
from planalign_orchestrator.reports.figures import code_cell, text_cell
from planalign_orchestrator.reports.page import Cell, Row, Section, Table, exhibit, section

NOT_SET = "not set"
AS_BASE = "same"


def settings(comparison: Comparison) -> Section:
    """What was set differently, of everything that decides the result."""
    number = len(comparison.settings)
    title = (
        f"{wording.counted(number, 'setting')} differ{'s' if number == 1 else ''}" if number else "No setting differs"
    )
    columns = [*(side.title for side in comparison.sides), "Name in the file"]
    table = Table("Setting", columns, [_row(one) for one in comparison.settings])
    found = exhibit("settings-that-differ", title, table)
    return section("settings", [found], same=AS_BASE, base=comparison.base.title)


def plans(comparison: Comparison) -> Section:
    """What each plan does, in words."""
    told = [describe_settings(side.settings) for side in comparison.sides]
    rows = [Row(subject, [text_cell(plan[subject]) for plan in told]) for subject in told[0]]
    table = Table("What", [side.title for side in comparison.sides], rows)
    return section("plans", [exhibit("plans-in-words", f"{len(told)} plans side by side", table)])


def _row(found: SettingDifference) -> Row:
    base, *others = found.values
    cells = [text_cell(said(base)), *(text_cell(AS_BASE if value == base else said(value)) for value in others)]
    return Row(wording.setting_title(found.key), [*cells, code_cell(found.key)])


def said(value: Any) -> str:
    """A setting's value as a reader writes it: ``minimum 0, rate 0.01; minimum 2, rate 0.02`` for bands."""
    if value is None:
        return NOT_SET
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Mapping):
        return ", ".join(f"{wording.words(name)} {said(part)}" for name, part in value.items())
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "; ".join(map(said, value)) or "none"
    return wording.words(str(value))


def places(comparison: Comparison) -> Section:
    """Which run folders the figures come from."""
    table = Table("Run", ["Folder", "Plan design", "Years", "Seed"], [_place(side) for side in comparison.sides])
    title = f"{len(comparison.sides)} finished runs; the first is the base"
    return section("runs", [exhibit("run-folders", title, table)])


def _place(side: Side) -> Row:
    design, seed = said(side.settings.get("simulation.plan_design_id")), side.fingerprints["seed"]
    years = wording.period_of(sorted(side.summary))
    return Row(side.title, [code_cell(side.root), text_cell(design), text_cell(years), Cell(str(seed), seed)])
