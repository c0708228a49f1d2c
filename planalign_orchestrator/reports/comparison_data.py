"""A comparison as plain data: what ``planalign compare --json`` prints. Money is text with cents, rates are numbers."""

from __future__ import annotations

from typing import Any

from planalign_orchestrator.reports.comparison import MONEY, Comparison, Side
from planalign_orchestrator.reports.comparison_people import GroupChange


def comparison_data(comparison: Comparison) -> dict[str, Any]:
    """The whole comparison as JSON values."""
    return {
        "base": comparison.base.name,
        "years": list(comparison.years),
        "runs": [_side(comparison, side) for side in comparison.sides],
        "changes": [
            {
                "run": side.name,
                "net_employer_cost": str(comparison.cost_change(side)),
                "people_with_other_workforce_events": workforce.people,
                "groups": [_group(group) for group in groups],
            }
            for side, workforce, groups in zip(
                comparison.sides[1:], comparison.workforces, comparison.groups, strict=True
            )
        ],
        "settings": [{"key": found.key, "values": list(found.values)} for found in comparison.settings],
        "warnings": list(comparison.warnings),
    }


def _side(comparison: Comparison, side: Side) -> dict[str, Any]:
    share = comparison.cost_share(side)
    return {
        "name": side.name,
        "folder": str(side.root),
        "totals": {column: str(comparison.total(side, column)) for column in MONEY},
        "cost_share_of_payroll": None if share is None else round(float(share), 6),
        "years": {
            str(year): {name: _plain(value) for name, value in side.summary[year].items()} for year in comparison.years
        },
    }


def _group(group: GroupChange) -> dict[str, Any]:
    return {
        "group_type": group.group_type,
        "group_name": group.group_name,
        "people": group.people,
        "winners": group.winners,
        "losers": group.losers,
        "unchanged": group.unchanged,
        "in_one_run": group.in_one_run,
        "change": str(group.change),
    }


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, bool | int | str) else str(value)
