"""What ``planalign stress`` prints."""

from collections.abc import Iterable

from rich.console import Console

from planalign_orchestrator.measurement.cases import Measurement
from planalign_orchestrator.measurement.stress import NotRun

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

    def show(self, result: Measurement | NotRun) -> None:
        """Add a run."""
        if isinstance(result, NotRun):
            self._console.print(f"{result.case}: not run, {result.why}", markup=False)
            return
        case, seen = result.case, result.observation
        self._line([
            f"{case.employees:,}", str(case.years), result.level or "?", str(result.batch_size or "?"), result.outcome,
            f"{seen.seconds:.1f}", f"{seen.cpu_seconds:.1f}", f"{seen.peak_mb:.0f}", _number(seen.group_peak_mb),
            _number(case.limit_gib * 1024 if case.limit_gib else result.budget_mb), f"{seen.disk_mb:.0f}",
            f"{seen.spilled_mb:.0f}", result.digest,
        ])  # fmt: skip
        if result.outcome != "done":
            self._console.print(f"  {seen.stopped or seen.said}", markup=False)

    def _line(self, cells: Iterable[str]) -> None:
        padded = (cell.rjust(width) for cell, (_, width) in zip(cells, _COLUMNS, strict=True))
        self._console.print(" ".join(padded), markup=False)


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.0f}"
