"""How the results were made: seed, settings, versions, timings, memory, consistency rules."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from planalign_orchestrator.census.quality import headline
from planalign_orchestrator.reports import charts, show, wording
from planalign_orchestrator.reports.marts import Marts
from planalign_orchestrator.reports.page import Exhibit, Section, finding
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
    facts = [(wording.title(name), {"value": value}) for name, value in facts_of(record)]
    title = f"Seed {marts.results.seed}, made in {record.get('seconds', 0):.1f} seconds"
    return show.listed("run-record", title, facts)


def data_quality(found: Sequence[Mapping[str, Any]]) -> Exhibit:
    """All that became of a census on its way into the simulation, from its data-quality record."""
    rows = [(str(entry["column"] or "The file"), entry) for entry in found]
    return show.listed("data-quality", f"Data quality: {headline(found)}", rows)


def _settings(marts: Marts) -> Exhibit:
    changed = [one for one in marts.results.settings if not one["is_default"] and one["key"] not in _ABOVE]
    rows = [
        (wording.setting_title(one["key"]), {**one, "value": _short(one["value"]), "default": _short(one["default"])})
        for one in changed
    ]
    title = finding("different", number=len(changed), whence="from the default")
    return show.listed("settings", title if changed else "Every setting has its default", rows)


def _short(value: Any) -> str:
    text = wording.setting_text(value)
    return text if len(text) <= SHORTEN else text[:SHORTEN] + " …"


def _laws(marts: Marts) -> Exhibit:
    rows = [
        (f"{law} {wording.words(name[7:])}", {"years": years, "violations": violations})
        for law, name, years, violations in marts.results.laws()
    ]
    title = finding("laws", number=len(rows), broken=marts.total("rule_violations"), years=marts.years)
    return show.listed("laws", title, rows)


def _timings(marts: Marts) -> Iterator[Exhibit]:
    stages = marts.results.record.get("stages", [])
    if not stages:
        return
    known = [stage.name for stage in STAGES]
    names = [*known, *sorted({made["stage"] for made in stages} - set(known))]
    totals = {wording.title(name.lower()): [made for made in stages if made["stage"] == name] for name in names}
    seconds = {name: sum(s["seconds"] for s in made) for name, made in totals.items()}
    longest = max(seconds, key=lambda name: seconds[name])
    rows = [
        (name, {of: round(sum(one[of] for one in made), 3) for of in ("seconds", "cpu_seconds", "rows")}
         | {"peak": max((one["peak_memory_mb"] for one in made), default=0)})
        for name, made in totals.items()
    ]  # fmt: skip
    title = f"{longest} takes longest: {seconds[longest]:.1f} of {sum(seconds.values()):.1f} seconds in the stages"
    panels = {"": [charts.Bar(name, value) for name, value in seconds.items()]}
    chart = charts.bars("timings", panels, form=lambda value: f"{value:.2f} s", name="", tone="s7")
    yield show.exhibit("timings", title, show.table_of("timings", rows), chart)


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
