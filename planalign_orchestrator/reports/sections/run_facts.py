"""How the results were made: seed, settings, versions, timings, memory, consistency rules."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from planalign_orchestrator.census.quality import headline
from planalign_orchestrator.reports import charts, show, wording
from planalign_orchestrator.reports.marts import Marts
from planalign_orchestrator.reports.page import Cell, Exhibit, Row, Section, Table, finding
from planalign_orchestrator.run.stages import STAGES
from planalign_orchestrator.tables import table as texts_of

SHORTEN = 400
"""Characters of a setting's value that a table shows; nested ones can be long."""
_FACTS = {part: row["told"].split(", ") for part, row in texts_of(__package__, "run_facts").items()}
_ABOVE = ("simulation.start_year", "simulation.end_year", "simulation.random_seed")


def run_facts(marts: Marts) -> Section:
    """What is needed to judge and to repeat the run."""
    quality = data_quality(marts.results.data_quality)
    return show.section("run", [_run(marts), quality, _settings(marts), _laws(marts), *_timings(marts)])


def _run(marts: Marts) -> Exhibit:
    record = marts.results.record
    facts = [Row(wording.title(name), [show.code(value)]) for name, value in facts_of(record)]
    title = f"Seed {marts.results.seed}, made in {record.get('seconds', 0):.1f} seconds"
    return show.exhibit("run-record", title, Table("Fact", ["Value"], facts))


def data_quality(found: Sequence[Mapping[str, Any]]) -> Exhibit:
    """All that became of a census on its way into the simulation, from its data-quality record."""
    rows = []
    for entry in found:
        people = "" if entry["people"] is None else wording.count(entry["people"])
        cells = map(show.text, (entry["kind"], entry["text"], people, entry["row"] or ""))
        rows.append(Row(str(entry["column"] or "The file"), [*cells]))
    table = Table("Column", ["What became of it", "How", "People", "Such as row"], rows)
    return show.exhibit("data-quality", f"Data quality: {headline(found)}", table)


def _settings(marts: Marts) -> Exhibit:
    changed = [setting for setting in marts.results.changed_settings if setting.key not in _ABOVE]
    rows = [
        Row(
            wording.setting_title(setting.key),
            [_value(setting.value), _value(setting.default), show.code(setting.key), show.code(setting.source)],
        )
        for setting in changed
    ]
    title = finding("different", number=len(changed), whence="from the default")
    table = Table("Setting", ["Value", "Default", "Name in the file", "Set in"], rows)
    return show.exhibit("settings", title if changed else "Every setting has its default", table)


def _value(value: Any) -> Cell:
    text = wording.setting_text(value)
    return show.text(text if len(text) <= SHORTEN else text[:SHORTEN] + " …")


def _laws(marts: Marts) -> Exhibit:
    laws = marts.results.laws()
    rows = [Row(f"{law} {wording.words(name[7:])}", [*map(show.count, counts)]) for law, name, *counts in laws]
    title = finding("laws", number=len(rows), broken=marts.total("rule_violations"), years=marts.years)
    return show.exhibit("laws", title, Table("Rule", ["Years checked", "Violations"], rows))


def _timings(marts: Marts) -> Iterator[Exhibit]:
    stages = marts.results.record.get("stages", [])
    if not stages:
        return
    known = [stage.name for stage in STAGES]
    names = [*known, *sorted({made["stage"] for made in stages} - set(known))]
    totals = {wording.title(name.lower()): [made for made in stages if made["stage"] == name] for name in names}
    seconds = {name: sum(s["seconds"] for s in made) for name, made in totals.items()}
    longest = max(seconds, key=lambda name: seconds[name])
    rows = []
    for name, made in totals.items():
        times = (seconds[name], sum(s["cpu_seconds"] for s in made))
        counts = (sum(s["rows"] for s in made), round(max((s["peak_memory_mb"] for s in made), default=0)))
        rows.append(Row(name, [*(Cell(f"{time:.2f}", round(time, 3)) for time in times), *map(show.count, counts)]))
    panels = {"": [charts.Bar(name, value) for name, value in seconds.items()]}
    title = f"{longest} takes longest: {seconds[longest]:.1f} of {sum(seconds.values()):.1f} seconds in the stages"
    table = Table("Stage", ["Seconds", "Processor seconds", "Rows written", "Peak memory, MiB"], rows)
    chart = charts.bars("timings", panels, form=lambda value: f"{value:.2f} s", name="", tone="s7")
    yield show.exhibit("timings", title, table, chart)


def facts_of(record: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Names and values."""
    for name in ("run_id", "started", "seconds", "outcome"):
        yield wording.words(name), record.get(name)
    if policy := record.get("policy"):
        yield "policy of the machine", f"{policy['file']}, {len(policy['locked'])} settings locked"
    prints = record["fingerprints"]
    yield "seed", prints.get("seed")
    yield from ((f"version of {name}", value) for name, value in prints.get("versions", {}).items())
    for part, names in _FACTS.items():
        values = record.get(part, {})
        yield from ((f"{part}: {wording.words(name)}", values[name]) for name in names if name in values)
    for table, digest in record.get("digests", {}).items():
        yield f"rows of {table}", digest.get("rows")
    yield from (("note", note) for note in record.get("notes", []))
