"""What ``planalign stress`` prints, and how it ends."""

from collections.abc import Iterable

from planalign_orchestrator.errors import OutOfResourcesError, PlanAlignError
from planalign_orchestrator.measurement.cases import Measurement
from planalign_orchestrator.measurement.stress import disagreeing

_COLUMNS: tuple[tuple[str, int], ...] = (
    ("employees", 10), ("years", 5), ("level", 9), ("batch", 5), ("outcome", 10), ("seconds", 8), ("cpu s", 8),
    ("peak MiB", 8), ("kernel", 8), ("of MiB", 7), ("disk MiB", 8), ("spill", 6), ("result", 12),
)  # fmt: skip


def heading() -> str:
    """The names of the columns."""
    return _line(name for name, _ in _COLUMNS)


def lines_of(result: Measurement) -> str:
    """A run in a line, with a second one when it did not come to a good end."""
    case, seen, limits = result.case, result.observation, result.limits
    if result.outcome == "not run":
        return f"{case}: not run, {seen.stopped}"
    memory_gib = case.limit_gib or limits.get("memory_limit_gb")
    line = _line([
        f"{case.employees:,}", str(case.years), limits.get("level", "?"), str(limits.get("batch_size", "?")),
        result.outcome, f"{seen.seconds:.1f}", f"{seen.cpu_seconds:.1f}", f"{seen.peak_mb:.0f}",
        _number(seen.group_peak_mb), _number(memory_gib and memory_gib * 1024), f"{seen.disk_mb:.0f}",
        f"{seen.spilled_mb:.0f}", result.digest,
    ])  # fmt: skip
    return line if result.outcome == "done" else f"{line}\n  {seen.stopped or seen.said}"


def _line(cells: Iterable[str]) -> str:
    return " ".join(cell.rjust(width) for cell, (_, width) in zip(cells, _COLUMNS, strict=True))


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.0f}"


def judge(results: list[Measurement]) -> None:
    """End with an error where results differ, or a case failed or did not fit."""
    for group in disagreeing(results):
        listed = "; ".join(f"{measurement.case}: {measurement.digest}" for measurement in group)
        raise PlanAlignError.told("disagreeing", listed=listed)
    for failed in (result for result in results if result.outcome == "failed"):
        raise PlanAlignError(f"{failed.case} failed: {failed.observation.said}")
    if short := [str(result.case) for result in results if result.outcome != "done"]:
        raise OutOfResourcesError.told("did not fit", cases="; ".join(short))
