"""How the results were made: seed, settings, versions, timings, memory, laws."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from planalign_orchestrator.census.quality import headline
from planalign_orchestrator.memory.picture import memory_picture
from planalign_orchestrator.reports import charts, wording
from planalign_orchestrator.reports.figures import count_cell, text_cell
from planalign_orchestrator.reports.marts import Marts
from planalign_orchestrator.reports.page import Cell, Exhibit, Row, Section, Table
from planalign_orchestrator.run.stages import STAGES

SHORTEN = 400
"""Characters of a setting's value that a table shows; nested ones can be long."""


def run_facts(marts: Marts) -> Section:
    """What is needed to judge and to repeat the run."""
    exhibits = [_run(marts), _data_quality(marts), _settings(marts), _laws(marts), _timings(marts), _memory(marts)]
    return Section(
        "run",
        "How this was made",
        "Equal settings, census, seed and versions give equal tables on every machine.",
        [exhibit for exhibit in exhibits if exhibit is not None],
    )


def _run(marts: Marts) -> Exhibit:
    results, record = marts.results, marts.results.record
    census = record.get("census", {})
    facts = {
        "Seed": str(results.seed),
        "Started": str(record.get("started", "")),
        "Run": str(record.get("run_id", "")),
        "Versions": ", ".join(f"{name} {version}" for name, version in results.versions.items()),
        "Machine": _machine(record.get("machine", {})),
        "Limits": _limits(record.get("limits", {})),
        "Census rows": _rows(census),
        "Census SHA-256": str(census.get("sha256", "unknown")),
    }
    rows = [Row(name, [text_cell(value)]) for name, value in facts.items()]
    return Exhibit("run", f"Seed {results.seed}, {_took(record)}", "The run", Table("Fact", ["Value"], rows))


def _data_quality(marts: Marts) -> Exhibit:
    """All that became of the census on its way into the simulation."""
    found = marts.results.data_quality
    rows = [
        Row(
            str(entry["column"] or "the file"),
            [
                text_cell(entry["kind"]),
                text_cell(entry["text"]),
                text_cell(_people(entry)),
                text_cell(entry["row"] or ""),
            ],
        )
        for entry in found
    ]
    table = Table("Column", ["What became of it", "How", "People", "Such as row"], rows)
    return Exhibit("data-quality", f"Data quality: {headline(found)}", "The census, from file to simulation", table)


def _people(entry: Mapping[str, Any]) -> str:
    return "" if entry["people"] is None else wording.count(entry["people"])


def _rows(census: Mapping[str, Any]) -> str:
    read, dropped = census.get("rows_read", 0), census.get("rows_dropped", 0)
    return f"{wording.count(read)} read, {wording.count(dropped)} left out"


def _took(record: Mapping[str, Any]) -> str:
    return f"made in {record.get('seconds', 0):.1f} seconds"


def _machine(machine: Mapping[str, Any]) -> str:
    if not machine:
        return "unknown"
    return f"{machine['system']}, {machine['cores']} cores, {machine['memory_gb']} GiB of memory"


def _limits(limits: Mapping[str, Any]) -> str:
    if not limits:
        return "unknown"
    return (
        f"{limits['memory_limit_gb']:g} GiB of memory, batches of {limits['batch_size']} thousand people, "
        f"{limits['threads']} thread{'s' if limits['threads'] != 1 else ''}"
    )


def _settings(marts: Marts) -> Exhibit:
    changed = [
        setting
        for setting in marts.results.changed_settings
        if setting.key not in ("simulation.start_year", "simulation.end_year", "simulation.random_seed")
    ]
    rows = [
        Row(
            setting.key, [text_cell(_said(setting.value)), text_cell(_said(setting.default)), text_cell(setting.source)]
        )
        for setting in changed
    ]
    title = f"{_number(len(changed), 'setting')} differ{'' if len(changed) != 1 else 's'} from the default"
    return Exhibit(
        "settings",
        title if changed else "Every setting has its default",
        "Settings that differ; years and seed stand above",
        Table("Setting", ["Value", "Default", "Set in"], rows),
    )


def _laws(marts: Marts) -> Exhibit:
    found = marts.results.query(
        "select law, law_name, count(*) as years, sum(violations)::bigint as violations"
        " from fct_law_checks group by law, law_name order by law"
    )
    rows = [
        Row(
            f"{row['law']} {row['law_name'][7:].replace('_', ' ')}",
            [count_cell(row["years"]), count_cell(row["violations"])],
        )
        for row in found
    ]
    broken = marts.total("rule_violations")
    title = (
        f"All {len(found)} laws of the model hold in {'every' if len(marts.years) > 1 else 'the'} year"
        if not broken
        else f"{_number(broken, 'violation')} of the model's laws"
    )
    return Exhibit("laws", title, "Checked after every year", Table("Law", ["Years checked", "Violations"], rows))


def _timings(marts: Marts) -> Exhibit | None:
    stages = marts.results.record.get("stages", [])
    if not stages:
        return None
    totals = {stage.name: [s for s in stages if s["stage"] == stage.name] for stage in STAGES}
    seconds = {name: sum(s["seconds"] for s in made) for name, made in totals.items()}
    longest = max(seconds, key=lambda name: seconds[name])
    rows = [
        Row(
            name,
            [
                _seconds(seconds[name]),
                _seconds(sum(s["cpu_seconds"] for s in made)),
                count_cell(sum(s["rows"] for s in made)),
                count_cell(round(max((s["peak_memory_mb"] for s in made), default=0))),
            ],
        )
        for name, made in totals.items()
    ]
    bars = [charts.Bar(name, value) for name, value in seconds.items()]
    title = f"{longest} takes longest: {seconds[longest]:.1f} of {sum(seconds.values()):.1f} seconds in the stages"
    return Exhibit(
        "timings",
        title,
        "Wall-clock seconds by stage, all years together",
        Table("Stage", ["Seconds", "Processor seconds", "Rows written", "Peak memory, MiB"], rows),
        charts.bars([charts.Panel("", bars)], said=title, form=lambda value: f"{value:.2f} s", tone="s6"),
    )


def _memory(marts: Marts) -> Exhibit | None:
    memory = marts.results.record.get("memory", {})
    picture = memory_picture(memory)
    if not picture:
        return None
    peak = memory.get("peak", {})
    facts = {
        "Peak, MiB": f"{memory['peak_mb']:.0f}",
        "Budget, MiB": f"{memory['budget_mb']:.0f}",
        "Peak reached in": f"{peak.get('year', '')} {peak.get('stage', '')} {peak.get('model', '')}".strip(),
        "Advice": "; ".join(str(advice["text"]) for advice in memory.get("advice", [])) or "none",
    }
    return Exhibit(
        "memory",
        f"Memory peaks at {memory['peak_mb']:.0f} MiB of a budget of {memory['budget_mb']:.0f} MiB",
        "Memory of the process tree over the run",
        Table("Fact", ["Value"], [Row(name, [text_cell(value)]) for name, value in facts.items()]),
        f'<div class="paper">{picture}</div>',
    )


def _seconds(value: float) -> Cell:
    return Cell(f"{value:.2f}", round(value, 3))


def _said(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= SHORTEN else text[:SHORTEN] + " …"


def _number(number: int, what: str) -> str:
    return f"{wording.count(number)} {what}{'' if number == 1 else 's'}"
