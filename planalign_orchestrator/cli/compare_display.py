"""A comparison in the terminal: a row a run and who gains; with detail the cost by year, each group, what differs."""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from rich.text import Text

from planalign_orchestrator.cli.figure_table import FigureTable, console_for_figures, show_table
from planalign_orchestrator.cli.run_summary import SMALL
from planalign_orchestrator.config.description import describe_settings
from planalign_orchestrator.reports import wording
from planalign_orchestrator.reports.comparison import Comparison, Side
from planalign_orchestrator.reports.comparison_page import said
from planalign_orchestrator.reports.comparison_people import GroupChange
from planalign_orchestrator.reports.sections.compared_costs import parameter_table
from planalign_orchestrator.visible import visible


def show_comparison(comparison: Comparison, *, detail: bool) -> None:
    """Print a comparison; the warnings come first, because they say what the figures mean.

    Args:
        comparison: of the runs.
        detail: also the cost by year, each group of people, and the settings that differ.
    """
    console = console_for_figures()
    for warning in comparison.warnings:
        console.print(Text(visible(f"warning: {warning}"), style="yellow"), soft_wrap=True)
    tables = [_totals(comparison), *_answers(comparison, detail=detail)]
    for table in [*tables, *(_detail(comparison) if detail else [_gains(comparison)])]:
        show_table(table, console)
    if comparison.verdict:
        console.print(comparison.verdict, markup=False, soft_wrap=True)
    number = len(comparison.settings)
    differ = f"{wording.counted(number, 'setting') if number else 'no setting'} differ{'s' if number < 2 else ''}"
    more = "" if detail else "; --detail shows years, groups and settings"
    console.print(f"{differ}{more}", markup=False, soft_wrap=True)


def _detail(comparison: Comparison) -> Iterator[FigureTable]:
    yield _costs_by_year(comparison)
    for side in comparison.others:
        yield _groups(f"{side.title} against {_about(comparison)}", side.groups, "Group")
    plans = [describe_settings(side.settings) for side in comparison.sides]
    rows = [(subject, [plan[subject] for plan in plans]) for subject in plans[0]]
    yield FigureTable("The plans", "What", [side.title for side in comparison.sides], rows, are_words=True)
    if comparison.settings:
        rows = [(wording.setting_title(found.key), [*map(said, found.values)]) for found in comparison.settings]
        names = [side.title for side in comparison.sides]
        yield FigureTable("Settings that differ", "Setting", names, rows, are_words=True)


def _answers(comparison: Comparison, *, detail: bool) -> Iterator[FigureTable]:
    """What is mechanical and what is people's answers, of the runs that have any; with detail by which parameters."""
    rows = []
    for side in comparison.answering:
        parts = (comparison.mechanical_change(side), comparison.behavioral_change(side))
        shown = ["-" if part is None else _money(comparison, part, "+") for part in parts]
        rows.append((side.title, [*shown, side.why_not_split]))
    if rows:
        columns = ["Mechanical", "Behavioral", *(["Why not"] if any(row[1][2] for row in rows) else [])]
        title = "Of the change of net cost, what is the match and what is how people answer it"
        yield FigureTable(
            f"{title}, {_unit(comparison)}", "Run", columns, [(name, cells[: len(columns)]) for name, cells in rows]
        )
    if rows and detail:
        table = parameter_table(comparison.answering[0])
        yield FigureTable.of("How people answer a new match", table, are_words=True)


def _totals(comparison: Comparison) -> FigureTable:
    last = comparison.years[-1]
    columns = ["Net cost", "Change", "Cost/pay", "Match", "Core", "Forfeitures", "Deferrals"]
    columns += [f"{name} {last}" for name in ("Participation", "Mean deferral", "Headcount")]
    rows = [(side.title, _figures(comparison, side)) for side in comparison.sides]
    if comparison.passes:
        columns.append("Tests")
        rows = [(side.title, [*row, "; ".join(comparison.failing(side)) or "pass"])
                for side, (_, row) in zip(comparison.sides, rows, strict=True)]  # fmt: skip
    return FigureTable(f"{comparison.period}: plans side by side, money in {_unit(comparison)}", "Run", columns, rows)


def _figures(comparison: Comparison, side: Side) -> list[str]:
    money = ("employer_match", "employer_core", "forfeitures_used", "employee_contributions")
    return [
        _money(comparison, comparison.total(side, "net_employer_cost")),
        "(base)" if side is comparison.base else _money(comparison, comparison.cost_change(side), "+"),
        _percent(comparison.cost_share(side)),
        *(_money(comparison, comparison.total(side, column)) for column in money),
        *(_percent(comparison.last(side, column)) for column in ("participation_rate", "mean_deferral_rate")),
        f"{comparison.last(side, 'closing_headcount'):,}",
    ]


def _costs_by_year(comparison: Comparison) -> FigureTable:
    rows = [
        (side.title, [_money(comparison, side.summary[year]["net_employer_cost"]) for year in comparison.years])
        for side in comparison.sides
    ]
    return FigureTable(f"Net employer cost by year, {_unit(comparison)}", "Run", [*map(str, comparison.years)], rows)


def _gains(comparison: Comparison) -> FigureTable:
    """Everybody, of each run."""
    everybody = [side.groups[0] for side in comparison.others]
    return _groups(f"Against {_about(comparison)}", everybody, "Run", [side.title for side in comparison.others])


def _about(comparison: Comparison) -> str:
    return f"{comparison.base.title}: employer money net of forfeitures, by person over {comparison.period}"


def _groups(title: str, groups: Sequence[GroupChange], head: str, names: Sequence[str] = ()) -> FigureTable:
    with_others = any(group.in_one_run for group in groups)
    rows = []
    for name, group in zip(names or [group.name for group in groups], groups, strict=True):
        counts = [group.people, group.winners, group.losers, group.unchanged]
        counts += [group.in_one_run] if with_others else []
        rows.append(
            (name, [*(f"{count:,}" for count in counts), f"{group.change:+,.0f}", f"{group.mean_change:+,.0f}"])
        )
    columns = ["People", "Gain", "Lose", "Same", *(["In one run"] if with_others else []), "Change $"]
    kinds = [group.group_type for group in groups]
    sections = {i for i in range(1, len(kinds)) if kinds[i] != kinds[i - 1]}
    return FigureTable(title, head, [*columns, "Mean $ in both" if with_others else "Mean $"], rows, sections)


def _unit(comparison: Comparison) -> str:
    most = max(row["payroll"] for side in comparison.sides for row in side.summary.values())
    return "$K" if most < SMALL else "$M"


def _money(comparison: Comparison, amount: Decimal, sign: str = "") -> str:
    if _unit(comparison) == "$K":
        return format(amount / 1_000, f"{sign},.1f")
    return format(amount / 1_000_000, f"{sign},.2f")


def _percent(share: Decimal | None) -> str:
    return "-" if share is None else f"{share * 100:.2f}%"
