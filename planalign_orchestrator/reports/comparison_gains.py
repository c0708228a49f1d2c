"""Who gains and who loses from a change of plan, by age, service, pay and level, as the comparison's page shows it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from planalign_orchestrator.reports import charts, wording
from planalign_orchestrator.reports.comparison import Comparison, Side
from planalign_orchestrator.reports.comparison_people import GroupChange
from planalign_orchestrator.reports.figures import count_cell
from planalign_orchestrator.reports.page import Cell, Exhibit, Row, Section, Table
from planalign_orchestrator.reports.rounding import round_to_total

PANELS = {"everybody": "", "age": "Age", "service": "Years of service", "pay": "Pay", "level": "Level"}


def gains(comparison: Comparison) -> Section:
    """An exhibit for each run but the base."""
    return Section(
        "gains",
        "Who gains and who loses",
        f"Each person's employer money of {comparison.period}, match and core less what an exit forfeits, beside the "
        f"same person's in {comparison.base.name}. People are grouped as they stood in their first year.",
        [
            _gains(comparison, number, side, groups)
            for number, (side, groups) in enumerate(zip(comparison.sides[1:], comparison.groups, strict=True), 1)
        ],
    )


def _gains(comparison: Comparison, number: int, side: Side, groups: Sequence[GroupChange]) -> Exhibit:
    title = _finding(comparison, side, groups)
    return Exhibit(
        f"gains-{number}",
        title,
        "Share and number of the group's people who get less (left) and more (right); at the right edge the mean "
        f"change a person over {comparison.period}, dollars",
        _table(comparison, side, groups),
        _chart(groups, title, _reach(comparison)),
        _note(groups),
        open=len(comparison.sides) == 2,
    )


def _finding(comparison: Comparison, side: Side, groups: Sequence[GroupChange]) -> str:
    everybody = groups[0]
    if not everybody.winners and not everybody.losers:
        return f"{side.name} changes nobody's employer money" + (
            f" among those who are in both runs with {comparison.base.name}" if everybody.in_one_run else ""
        )
    mean = wording.signed_dollars(everybody.mean_change, wording.dollars)
    gaining, losing = everybody.winners, everybody.losers
    return (
        f"{side.name}: {f'{gaining:,}' if gaining else 'none'} of {wording.people(everybody.people)} "
        f"{_verb('gain', gaining)}, "
        f"{f'{losing:,}' if losing else 'nobody'} {_verb('lose', losing)}; {mean} a person on average"
    )


def _verb(verb: str, number: int) -> str:
    return f"{verb}s" if number == 1 or (number == 0 and verb == "lose") else verb


def _note(groups: Sequence[GroupChange]) -> str:
    apart = groups[0].in_one_run
    if not apart:
        return ""
    return (
        f"{wording.sentence(wording.people(apart))} {'is' if apart == 1 else 'are'} in one of the two runs only, "
        "because the workforces differ: neither gaining nor losing, but part of the change in dollars."
    )


def _chart(groups: Sequence[GroupChange], title: str, reach: tuple[float, float]) -> str:
    if not any(group.winners or group.losers for group in groups):
        return ""
    return charts.two_sided(
        [
            charts.TwoSidedPanel(
                PANELS[kind],
                [
                    charts.TwoSidedBar(
                        wording.sentence(group.group_name),
                        group.losers,
                        group.winners,
                        group.people,
                        wording.signed_dollars(group.mean_change, wording.dollars),
                    )
                    for group in found
                ],
            )
            for kind, found in groupby(groups, key=lambda group: group.group_type)
        ],
        said=f"Who gains and who loses. {title}.",
        form=_share,
        reach=reach,
        left_name="Less employer money",
        right_name="More employer money",
        beside_name="Change a person",
    )


def _table(comparison: Comparison, side: Side, groups: Sequence[GroupChange]) -> Table:
    with_others = any(group.in_one_run for group in groups)
    # The difference of the two shown costs, so that this table says what the table of costs does.
    total = wording.rounded(comparison.total(side, "net_employer_cost")) - wording.rounded(
        comparison.total(comparison.base, "net_employer_cost")
    )
    rows = []
    for kind, found in groupby(groups, key=lambda group: group.group_type):
        of_kind = list(found)
        shown = round_to_total([group.change for group in of_kind], total)
        for group, change in zip(of_kind, shown, strict=True):
            counts = [group.people, group.winners, group.losers, group.unchanged]
            rows.append(
                Row(
                    _label(kind, group),
                    [
                        *map(count_cell, [*counts, *([group.in_one_run] if with_others else [])]),
                        Cell(wording.signed(change), group.change),
                        Cell(wording.signed_dollars(group.mean_change, wording.dollars), round(group.mean_change, 2)),
                    ],
                    is_total=kind == "everybody",
                )
            )
    columns = ["People", "Gain", "Lose", "Same", *(["In one run only"] if with_others else []), "Change", "A person"]
    return Table("Group", columns, rows, "people, dollars")


def _label(kind: str, group: GroupChange) -> str:
    return f"{PANELS[kind]} {group.group_name}" if PANELS[kind] else wording.sentence(group.group_name)


def _reach(comparison: Comparison) -> tuple[float, float]:
    """The longest bars of all runs, so that their charts can be compared with each other."""
    groups = [group for of_side in comparison.groups for group in of_side]
    return (
        max(group.losers / group.people for group in groups),
        max(group.winners / group.people for group in groups),
    )


def _share(share: float) -> str:
    return "<1%" if 0 < share < 0.005 else wording.percent(share, 0)
