"""What ``planalign stress`` prints, and how it ends."""

from collections.abc import Iterable

from planalign_orchestrator.errors import OutOfResourcesError, PlanAlignError
from planalign_orchestrator.measurement.cases import Measurement, disagreeing
from planalign_orchestrator.tables import table

_COLUMNS = table(__package__, "stress")


def heading() -> str:
    """The names of the columns."""
    return _line(_COLUMNS)


def lines_of(result: Measurement) -> str:
    """A run in a line, with a second one when it did not come to a good end."""
    case, seen, limits = result.case, result.observation, {"level": "?", "batch_size": "?", **result.limits}
    if result.outcome == "not run":
        return f"{case}: not run, {seen.stopped}"
    memory_gib = case.limit_gib or limits.get("memory_limit_gb")
    memory = {"kernel": _number(seen.group_peak_mb), "budget": _number(memory_gib and memory_gib * 1024)}
    words = {"case": case, "seen": seen, "limits": limits, "result": result, **memory}
    line = _line(row["shows"].format(**words) for row in _COLUMNS.values())
    return line if result.outcome == "done" else f"{line}\n  {seen.stopped or seen.said}"


def _line(cells: Iterable[str]) -> str:
    return " ".join(cell.rjust(int(row["width"])) for cell, row in zip(cells, _COLUMNS.values(), strict=True))


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
