"""``multi_year_summary_<first>_<last>.csv``: a row a year, the years taken from the database."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from planalign_orchestrator.storage.durable import atomic_write_text, unlink


def write_summary_csv(reports: Path, summary: Sequence[dict[str, Any]]) -> Path:
    """Write the rows of ``fct_yearly_summary``.

    Args:
        reports: the folder for reports.
        summary: one mapping a year, in order of years.

    Returns:
        The file, named after the first and the last year that the database holds.
    """
    years = [row["simulation_year"] for row in summary]
    for stale in reports.glob("multi_year_summary_*.csv"):  # of an earlier run in this folder, for other years
        unlink(stale)
    path = reports / f"multi_year_summary_{min(years)}_{max(years)}.csv"
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=list(summary[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(summary)
    atomic_write_text(path, text.getvalue())
    return path
