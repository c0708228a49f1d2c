"""What ``planalign stress`` prints."""

from collections.abc import Iterable

from rich.console import Console

from planalign_orchestrator.measurement.cases import Measurement

_COLUMNS: tuple[tuple[str, int], ...] = (
    ("employees", 10), ("years", 5), ("level", 9), ("batch", 5), ("outcome", 10), ("seconds", 8), ("cpu s", 8),
    ("peak MiB", 8), ("kernel", 8), ("of MiB", 7), ("disk MiB", 8), ("spill", 6), ("result", 12),
)  # fmt: skip


class StressTable:
    """A table that grows by a line as each run ends.

    Args:
        silent: print nothing.
    """

    def __init__(self, *, silent: bool) -> None:
        self._console = Console(highlight=False, soft_wrap=True, quiet=silent)
        self._line(name for name, _ in _COLUMNS)

    def show(self, result: Measurement) -> None:
        """Add a run."""
        case, seen, limits = result.case, result.observation, result.limits
        if result.outcome == "not run":
            self._console.print(f"{case}: not run, {seen.stopped}", markup=False)
            return
        memory_gib = case.limit_gib or limits.get("memory_limit_gb")
        self._line([
            f"{case.employees:,}", str(case.years), limits.get("level", "?"), str(limits.get("batch_size", "?")),
            result.outcome, f"{seen.seconds:.1f}", f"{seen.cpu_seconds:.1f}", f"{seen.peak_mb:.0f}",
            _number(seen.group_peak_mb), _number(memory_gib and memory_gib * 1024), f"{seen.disk_mb:.0f}",
            f"{seen.spilled_mb:.0f}", result.digest,
        ])  # fmt: skip
        if result.outcome != "done":
            self._console.print(f"  {seen.stopped or seen.said}", markup=False)

    def _line(self, cells: Iterable[str]) -> None:
        padded = (cell.rjust(width) for cell, (_, width) in zip(cells, _COLUMNS, strict=True))
        self._console.print(" ".join(padded), markup=False)


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.0f}"
