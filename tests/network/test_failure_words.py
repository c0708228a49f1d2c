"""Every failure that the code names stands in the table of failures, and every row of the table is named."""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path

import pytest

from planalign_orchestrator.tables import table


@pytest.mark.parametrize(
    ("package", "name", "told_by"),
    [("network", "failures", "failure"), ("census", "refusals", "refused"), ("doctor", "checks", "wrong")],
)
def test_the_table_and_the_code_name_the_same_failures(package: str, name: str, told_by: str) -> None:
    folder = Path(str(files(f"planalign_orchestrator.{package}")))
    code = "\n".join(path.read_text(encoding="utf-8") for path in folder.glob("*.py"))
    rows = table(f"planalign_orchestrator.{package}", name)
    assert [row for row in rows if f'"{row}"' not in code] == []
    assert set(re.findall(rf'\b{told_by}(?:\(\s*|, )"([^"]+)"', code)) <= set(rows)
