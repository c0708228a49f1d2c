"""What ``run.json`` says of a run, as the workbook and the page list it."""

from collections.abc import Iterator, Mapping
from typing import Any

from planalign_orchestrator.reports.wording import words

_SECTIONS = {
    "census": ("source", "sha256", "as_of", "rows_read", "rows_dropped"),
    "limits": ("level", "memory_limit_gb", "batch_size", "threads"),
    "memory": ("peak_mb", "budget_mb", "kernel_peak_mb", "spilled_mb"),
    "machine": ("system", "processor", "cores", "memory_gb"),
}


def facts_of(record: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Names and values."""
    for name in ("run_id", "started", "seconds", "outcome"):
        yield words(name), record.get(name)
    if policy := record.get("policy"):
        yield "policy of the machine", f"{policy['file']}, {len(policy['locked'])} settings locked"
    prints = record["fingerprints"]
    yield "seed", prints.get("seed")
    yield from ((f"version of {name}", value) for name, value in prints.get("versions", {}).items())
    for section, names in _SECTIONS.items():
        values = record.get(section, {})
        yield from ((f"{section}: {words(name)}", values[name]) for name in names if name in values)
    for table, digest in record.get("digests", {}).items():
        yield f"rows of {table}", digest.get("rows")
    yield from (("note", note) for note in record.get("notes", []))
