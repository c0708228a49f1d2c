"""The settings that differ between compared runs, and where the runs are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from planalign_orchestrator.reports.comparison import Comparison, SettingDifference
from planalign_orchestrator.reports.figures import text_cell
from planalign_orchestrator.reports.page import Cell, Exhibit, Row, Section, Table

NOT_SET = "not set"
AS_BASE = "same"


def settings(comparison: Comparison) -> Section:
    """What was set differently, of everything that decides the result."""
    found = comparison.settings
    number = len(found)
    title = (
        f"{number} setting{'' if number == 1 else 's'} differ{'s' if number == 1 else ''}"
        if found
        else ("No setting differs")
    )
    return Section(
        "settings",
        "Settings that differ",
        f"Of all settings that decide the result, those that are not the same in every run; “{AS_BASE}” as in "
        f"{comparison.base.name}.",
        [
            Exhibit(
                "settings-that-differ",
                title,
                "Names of settings as in the configuration file",
                Table("Setting", [side.name for side in comparison.sides], [_row(one) for one in found]),
            )
        ],
    )


def _row(found: SettingDifference) -> Row:
    base, *others = found.values
    cells = [text_cell(said(base)), *(text_cell(AS_BASE if value == base else said(value)) for value in others)]
    return Row(found.key, cells)


def said(value: Any) -> str:
    """A setting's value as a reader writes it: ``minimum 0, rate 0.01; minimum 2, rate 0.02`` for bands."""
    if value is None:
        return NOT_SET
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {said(part)}" for name, part in value.items())
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "; ".join(map(said, value)) or "none"
    return str(value)


def places(comparison: Comparison) -> Section:
    """Which run folders the figures come from."""
    return Section(
        "runs",
        "The runs",
        "Each folder holds the run's own report.html, results.xlsx, database and record.",
        [
            Exhibit(
                "run-folders",
                f"{len(comparison.sides)} finished runs; the first is the base",
                "Folders as they were given",
                Table(
                    "Run",
                    ["Folder", "Plan design", "Years", "Seed"],
                    [
                        Row(
                            side.name,
                            [
                                text_cell(side.root),
                                text_cell(said(side.settings.get("simulation.plan_design_id"))),
                                text_cell(_years(side.summary)),
                                Cell(str(side.fingerprints["seed"]), side.fingerprints["seed"]),
                            ],
                        )
                        for side in comparison.sides
                    ],
                ),
            )
        ],
    )


def _years(summary: Mapping[int, Any]) -> str:
    return f"{min(summary)}-{max(summary)}" if len(summary) > 1 else str(*summary)
