"""Who gains and who loses from a change of plan, by age, service, pay and level."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from itertools import groupby
from math import ceil

from planalign_orchestrator.reports import show, wording
from planalign_orchestrator.reports.comparison import Comparison, GroupChange, Side
from planalign_orchestrator.reports.page import FEW, Cell, Exhibit, Row, Section, Table, finding


def gains(comparison: Comparison) -> Section:
    """What each group gets more or less: in all runs with the base's workforce at a glance, then run by run."""
    same = [side for side in comparison.others if not side.groups[0].other_workforce]
    apart = [side for side in comparison.others if side not in same]
    by_key = {"gains-at-a-glance": same, "gains-with-other-workforces": apart} if len(comparison.others) > 1 else {}
    exhibits = [_heat_map(key, runs) for key, runs in by_key.items() if runs]
    exhibits += [_gains(comparison, i, side) for i, side in enumerate(comparison.others, 1)]
    return show.section("gains", exhibits, period=comparison.period, base=comparison.base.title)


def _heat_map(key: str, runs: Sequence[Side]) -> Exhibit:
    """Groups by runs, the stronger the color the larger the change."""
    names = dict.fromkeys(group.name for side in runs for group in side.groups)
    found = [{group.name: group for group in side.groups} for side in runs]
    most = max((abs(group.mean_change) for groups in found for group in groups.values()), default=Decimal())
    rows = [
        Row(name, [_warm(groups.get(name), most) for groups in found],
            people=min(groups[name].people for groups in found if name in groups))
        for name in names
    ]  # fmt: skip
    table = Table("Group", [side.title for side in runs], rows, "dollars; ▲ share who get more, ▼ less")
    return show.exhibit(key, _most(runs), table)


def _most(runs: Sequence[Side]) -> str:
    changes = [(group.mean_change, group.name, side.title) for side in runs for group in side.groups
               if group.group_type != "everybody" and group.people >= FEW]  # fmt: skip
    return finding("most", changes=changes)


def _warm(group: GroupChange | None, most: Decimal) -> Cell:
    if group is None or not group.in_both:
        return Cell(wording.ABSENT)
    shares = (number / group.in_both for number in (group.winners, group.losers))
    more, less = ("<1%" if 0 < share < 0.005 else wording.percent(share, 0) for share in shares)
    return replace(_mean_cell(group, most), text=f"{wording.whole_change(group.mean_change)} · {more} ▲ {less} ▼")


def _mean_cell(group: GroupChange, most: Decimal) -> Cell:
    mean = group.mean_change
    heat = min(ceil(3 * abs(mean) / most), 3) if mean else 0
    return Cell(wording.whole_change(mean), round(mean, 2), heat=heat if mean > 0 else -heat, form="money")


def _gains(comparison: Comparison, number: int, side: Side) -> Exhibit:
    everybody, base, period = side.groups[0], comparison.base.title, comparison.period
    title = finding("gains", run=side.title, base=base, everybody=everybody)
    note, in_both, cost = "", "", comparison.cost_change(side)
    if everybody.in_one_run:
        note, in_both = finding("apart", number=everybody.in_one_run), ", people in both runs only"
    if abs(cost - everybody.change) >= 1:
        note = " ".join(filter(None, [note, finding("used_later", cost=cost)]))
    table = _table(comparison, side)
    return show.exhibit(f"gains-{number}", title, table, texts="gains", note=note, period=period, in_both=in_both)


def _table(comparison: Comparison, side: Side) -> Table:
    groups = side.groups
    with_others = any(group.in_one_run for group in groups)
    # Where people's money changes by what the costs do, this table says what the table of costs does. It does not where
    # forfeitures are used in the year after.
    of_all = groups[0].change
    cost = comparison.shown_change(side)
    total = cost if abs(cost - of_all) < 1 else wording.rounded(of_all)
    most = max(abs(group.mean_change) for group in groups)
    rows = []
    for _, found in groupby(groups, key=lambda group: group.group_type):
        of_kind = list(found)
        shown = wording.round_to_total([group.change for group in of_kind], total)
        for group, change in zip(of_kind, shown, strict=True):
            counts = [group.people, group.winners, group.losers, group.unchanged]
            cells = [*map(show.count, [*counts, *([group.in_one_run] if with_others else [])])]
            mean = _mean_cell(group, most) if group.in_both else Cell(wording.ABSENT)
            cells += [Cell(wording.signed(change), group.change, form="money"), mean]
            rows.append(Row(group.name, cells, is_total=group.group_type == "everybody", people=group.people))
    others, mean_of = (["In one run only"], "Per person in both") if with_others else ([], "Per person")
    return Table("Group", ["People", "Gain", "Lose", "Same", *others, "Change", mean_of], rows, "people, dollars")
