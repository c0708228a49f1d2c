"""Who gains and who loses from a change of plan, by age, service, pay and level."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from planalign_orchestrator.reports import charts, wording
from planalign_orchestrator.reports.comparison import Comparison, Side
from planalign_orchestrator.reports.comparison_people import GroupChange
from planalign_orchestrator.reports.figures import count_cell
from planalign_orchestrator.reports.page import Cell, Exhibit, Row, Section, Table
from planalign_orchestrator.reports.rounding import round_to_total


def gains(comparison: Comparison) -> Section:
    """An exhibit for each run but the base."""
    return Section(
        "gains",
        "Who gains and who loses",
        f"Each person's employer money of {comparison.period}, match and core less what an exit forfeits, compared "
        f"with the same person's in {comparison.base.title}. People are grouped as they stood in their first year.",
        [
            _gains(comparison, number, side, groups)
            for number, (side, groups) in enumerate(zip(comparison.sides[1:], comparison.groups, strict=True), 1)
        ],
    )


def _gains(comparison: Comparison, number: int, side: Side, groups: Sequence[GroupChange]) -> Exhibit:
    in_both = ", people in both runs only" if groups[0].in_one_run else ""
    return Exhibit(
        f"gains-{number}",
        _finding(comparison, side, groups[0]),
        "Share and number of the group's people who get less (left) and more (right); at the right edge the mean "
        f"change a person over {comparison.period}, dollars{in_both}",
        _table(comparison, side, groups),
        _chart(f"gains-{number}", groups, _reach(comparison)),
        _note(groups[0].in_one_run),
        open=len(comparison.sides) == 2,
    )


def _finding(comparison: Comparison, side: Side, everybody: GroupChange) -> str:
    if not everybody.winners and not everybody.losers:
        return f"{side.title} changes nobody's employer money" + (
            f" among those who are in both runs with {comparison.base.title}" if everybody.in_one_run else ""
        )
    gaining, losing = everybody.winners, everybody.losers
    of = f"{wording.people(everybody.in_both)}{' in both runs' if everybody.in_one_run else ''}"
    return (
        f"{side.title}: {f'{gaining:,}' if gaining else 'none'} of {of} {_verb('gain', gaining)}, "
        f"{f'{losing:,}' if losing else 'nobody'} {_verb('lose', losing)}; {_mean(everybody)} a person on average"
    )


def _verb(verb: str, number: int) -> str:
    return f"{verb}s" if number == 1 or (number == 0 and verb == "lose") else verb


def _mean(group: GroupChange) -> str:
    return wording.signed_dollars(group.mean_change, wording.dollars)


def _note(apart: int) -> str:
    if not apart:
        return ""
    return (
        f"{wording.sentence(wording.people(apart))} {'is' if apart == 1 else 'are'} in one of the two runs only, "
        "because the workforces differ: neither gaining nor losing, but part of the change in dollars."
    )


def _chart(key: str, groups: Sequence[GroupChange], reach: tuple[float, float]) -> str:
    if not any(group.winners or group.losers for group in groups):
        return ""
    panels = [
        charts.Panel(group.heading, [_bar(group), *map(_bar, found)])
        for group, found in ((next(found), found) for _, found in groupby(groups, key=lambda group: group.group_type))
    ]
    return charts.bars(
        key,
        panels,
        form=_share,
        right=charts.Side("More employer money", "s3"),
        left=charts.Side("Less employer money", "s2"),
        beside_name="Change a person",
        reach=reach,
    )


def _bar(group: GroupChange) -> charts.Bar:
    less, more = (number / group.in_both if group.in_both else 0.0 for number in (group.losers, group.winners))
    said, other = (f"{_share(part)}, {n:,}" if n else "" for part, n in ((more, group.winners), (less, group.losers)))
    return charts.Bar(group.label, more, other=less, said=said, other_said=other, beside=_mean(group))


def _table(comparison: Comparison, side: Side, groups: Sequence[GroupChange]) -> Table:
    with_others = any(group.in_one_run for group in groups)
    # The difference of the two shown costs, so that this table says what the table of costs does.
    total = wording.rounded(comparison.total(side, "net_employer_cost")) - wording.rounded(
        comparison.total(comparison.base, "net_employer_cost")
    )
    rows = []
    for _, found in groupby(groups, key=lambda group: group.group_type):
        of_kind = list(found)
        shown = round_to_total([group.change for group in of_kind], total)
        for group, change in zip(of_kind, shown, strict=True):
            counts = [group.people, group.winners, group.losers, group.unchanged]
            cells = [*map(count_cell, [*counts, *([group.in_one_run] if with_others else [])])]
            mean = Cell(_mean(group), round(group.mean_change, 2)) if group.in_both else Cell(wording.ABSENT)
            rows.append(
                Row(
                    group.name,
                    [*cells, Cell(wording.signed(change), group.change), mean],
                    is_total=not group.heading,
                )
            )
    others, mean_of = (["In one run only"], "A person in both") if with_others else ([], "A person")
    return Table("Group", ["People", "Gain", "Lose", "Same", *others, "Change", mean_of], rows, "people, dollars")


def _reach(comparison: Comparison) -> tuple[float, float]:
    """The longest bars of all runs, so that their charts can be compared with each other."""
    bars = [_bar(group) for of_side in comparison.groups for group in of_side]
    return max(bar.other for bar in bars), max(bar.value or 0.0 for bar in bars)


def _share(share: float) -> str:
    return "<1%" if 0 < share < 0.005 else wording.percent(share, 0)
