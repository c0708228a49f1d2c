"""Every failure that the code names stands in the table of failures, and every row of the table is named."""

from __future__ import annotations

import re
from pathlib import Path

import planalign_orchestrator.network
from planalign_orchestrator.tables import table

FOLDER = Path(planalign_orchestrator.network.__file__).parent


def test_the_table_and_the_code_name_the_same_failures() -> None:
    code = "\n".join(path.read_text(encoding="utf-8") for path in FOLDER.glob("*.py"))
    rows = table("planalign_orchestrator.network", "failures")
    assert [row for row in rows if f'"{row}"' not in code] == []
    assert set(re.findall(r'\bfailure\("([^"]+)"', code)) <= set(rows)
