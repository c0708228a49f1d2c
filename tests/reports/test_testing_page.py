"""docs/testing.md shows what people get today: its tables and screens are of the runs that it names."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.engine import rows_of

PAGE = Path(__file__).resolve().parents[2] / "docs" / "testing.md"
SCENARIO = "escalation_for_all"
ADP = "select * from fct_ndt_test where test = 'adp' order by simulation_year"
OTHERS = "select * from fct_ndt_test where test in ('acp', 'coverage_match') order by simulation_year, test"


def blocks() -> list[str]:
    """The indented blocks of the page."""
    return re.findall(r"(?:(?<=\n\n)|\A)(?:    .*\n|\n(?=    ))+", PAGE.read_text(encoding="utf-8"))


def said(folder: Path, *words: str) -> str:
    """What a command prints, with single blanks."""
    command = [sys.executable, "-m", "planalign_orchestrator", *words]
    done = subprocess.run(command, cwd=folder, capture_output=True, encoding="utf-8", check=True)
    return " ".join(done.stdout.replace("\N{MINUS SIGN}", "-").split())


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The two runs of the page, in a folder that was empty."""
    folder = tmp_path_factory.mktemp("page")
    (scenario,) = [block for block in blocks() if block.startswith("    plan:")]
    (folder / f"{SCENARIO}.yaml").write_text(scenario.replace("\n    ", "\n")[4:], encoding="utf-8")
    said(folder, "run")
    said(folder, "run", "--scenario", f"{SCENARIO}.yaml")
    return folder


@pytest.mark.slow
def test_the_tables_are_of_these_runs(folder: Path) -> None:
    text = PAGE.read_text(encoding="utf-8")
    (base,), (failing,) = ((folder / "runs" / name).glob("*.duckdb") for name in ("baseline", SCENARIO))
    pairs = iter(rows_of(base, OTHERS))
    for adp, acp, coverage in zip(rows_of(base, ADP), pairs, pairs, strict=True):
        figures = [adp["simulation_year"], f"{adp['n_nhce']:,}, {adp['n_hce']:,}"]
        for test in (adp, acp):
            names = ("nhce_average", "hce_average", "highest_allowed", "margin")
            figures += [f"{test[name]:.2f}" for name in names]
        shares = f"{coverage['nhce_average']:.2f} of {coverage['hce_average']:.2f}"
        assert f"| {' | '.join(map(str, figures))} | {shares}: {coverage['ratio_percentage']:.2f} |" in text
    words = {"pass": "passes", "corrected": "fails, corrected"}
    for adp in rows_of(failing, ADP):
        figures = [f"{adp[name]:.2f}" for name in ("nhce_average", "hce_average", "highest_allowed", "margin")]
        assert f"| {adp['simulation_year']} | {' | '.join(figures)} | {words[adp['result']]} |" in text


@pytest.mark.slow
def test_the_screens_are_of_these_runs(folder: Path) -> None:
    text = PAGE.read_text(encoding="utf-8")
    commands = [
        ["test", f"runs/{SCENARIO}", "--year", "2027"],
        ["explain", "E000176", "--run", f"runs/{SCENARIO}", "--year", "2027"],
        ["explain", "E000004", "--run", "runs/baseline", "--year", "2027"],
    ]
    shown = " ".join(said(folder, *words) for words in commands)
    screens = [block for block in blocks() if not block.strip().startswith(("plan:", "planalign"))]
    assert len(screens) == 3
    for line in "".join(screens).splitlines():
        assert " ".join(line.split()) in shown
    (failing,) = (folder / "runs" / SCENARIO).glob("*.duckdb")
    people = "select * from fct_ndt_person where simulation_year = 2027 and returned > 0"
    returning = [row["excess"] for row in rows_of(failing, people)]
    told = f"Of {len(returning)} people who give back in 2027, {returning.count(0)} have no excess by ratio"
    assert told in " ".join(text.split())
