"""Every figure of a sweep, counted once more in plain Python."""

from __future__ import annotations

import math
import statistics as plain
import zipfile
from collections import defaultdict
from pathlib import Path
from random import Random

import duckdb
import pytest

from planalign_orchestrator.reports.spreadsheet import write_page_files
from planalign_orchestrator.sweep.report import sweep_page
from planalign_orchestrator.sweep.statistics import MEASURES, QUANTILES, Findings, Spread, find, student

ALTERNATIVES = ("base", "richer")
SEEDS, YEARS, PLANS = range(1, 12), (2025, 2026), ("a", "b")
COLUMNS = (
    "net_employer_cost", "employer_match", "employer_core", "employee_contributions", "payroll", "closing_headcount",
    "participants", "eligible", "mean_deferral_rate", "opening_headcount",
)  # fmt: skip

Row = dict[str, float]
Key = tuple[str, str, int, int]


def rows() -> dict[Key, Row]:
    """Invented summaries, by plan, alternative, seed and year."""
    random = Random(4)
    found = {}
    for key in ((p, a, s, y) for p in PLANS for a in ALTERNATIVES for s in SEEDS for y in YEARS):
        row = {name: float(random.randrange(100, 999)) for name in COLUMNS}
        found[key] = {**row, "mean_deferral_rate": random.random() / 10, "opening_headcount": 100.0}
    return found


@pytest.fixture(name="summaries", scope="module")
def _summaries() -> dict[Key, Row]:
    return rows()


def written(path: Path, summaries: dict[Key, Row], broken: str = "null") -> Path:
    """The results as a sweep leaves them."""
    values = ", ".join(
        f"({', '.join(map(repr, [*key, *row.values()]))}, {broken if key[:3] == ('c', 'base', 1) else 'null'})"
        for key, row in summaries.items()
    )
    names = ", ".join(["plan", "alternative", "seed", "simulation_year", *COLUMNS, "broken_laws"])
    with duckdb.connect() as connection:
        connection.execute(f"copy (select * from (values {values}) as rows({names})) to '{path.as_posix()}'")
    return path


@pytest.fixture(name="findings", scope="module")
def _findings(tmp_path_factory: pytest.TempPathFactory, summaries: dict[Key, Row]) -> Findings:
    return find(written(tmp_path_factory.mktemp("s") / "results.parquet", summaries), ALTERNATIVES, 2200.0)


def quantile(values: list[float], share: float) -> float:
    """Linear between the two nearest."""
    ordered = sorted(values)
    place = share * (len(ordered) - 1)
    low = math.floor(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (place - low) * (ordered[high] - ordered[low])


def check(spread: Spread, values: list[float]) -> None:
    """Hold a spread to the values it is of."""
    assert spread.number == len(values)
    assert spread.mean == pytest.approx(sum(values) / len(values))
    assert spread.deviation == pytest.approx(plain.stdev(values))
    assert spread.error == pytest.approx(plain.stdev(values) / len(values) ** 0.5)
    assert spread.quantiles == pytest.approx([quantile(values, share) for share in QUANTILES])


def together(measure: str, parts: list[Row]) -> float:
    """A measure of all plans."""
    total = {name: sum(part[name] for part in parts) for name in COLUMNS}
    if measure == "participation_rate":
        return total["participants"] / total["eligible"]
    if measure == "mean_deferral_rate":
        return sum(part["mean_deferral_rate"] * part["participants"] for part in parts) / total["participants"]
    if measure == "cost_share_of_payroll":
        return total["net_employer_cost"] / total["payroll"]
    return total[measure]


def totals(summaries: dict[Key, Row], plans: tuple[str, ...] = PLANS) -> dict[tuple[str, int], float]:
    """Cost over all years, by alternative and seed."""
    found: dict[tuple[str, int], float] = defaultdict(float)
    for (plan, alternative, seed, _), row in summaries.items():
        if plan in plans:
            found[alternative, seed] += row["net_employer_cost"]
    return found


@pytest.mark.parametrize("measure", MEASURES)
def test_bands_and_means_by_year(findings: Findings, summaries: dict[Key, Row], measure: str) -> None:
    for alternative in ALTERNATIVES:
        for year in YEARS:
            values = [together(measure, [summaries[plan, alternative, seed, year] for plan in PLANS]) for seed in SEEDS]
            check(findings.by_year[alternative, measure, year], values)


def test_totals_chances_and_seeds_needed(findings: Findings, summaries: dict[Key, Row]) -> None:
    for alternative in ALTERNATIVES:
        values = [cost for (name, _), cost in totals(summaries).items() if name == alternative]
        check(findings.totals[alternative], values)
        assert findings.costs[alternative] == pytest.approx(sorted(values))
        chance = findings.chances[alternative]
        over = sum(value > 2200 for value in values)
        assert (chance.exceeded, chance.number) == (over, 11) and 0 < over < 11
        # The bounds of Wilson's interval are the shares from which the found one is 1.96 deviations away.
        for bound in chance.interval:
            assert abs(over / 11 - bound) == pytest.approx(1.959964 * math.sqrt(bound * (1 - bound) / 11))
        needed = findings.totals[alternative].seeds_needed(0.01)
        deviation, mean = plain.stdev(values), plain.mean(values)
        assert needed is not None
        assert 1.959964 * deviation / math.sqrt(needed) <= 0.01 * mean < 1.959964 * deviation / math.sqrt(needed - 1)


def test_differences_are_those_of_common_seeds(findings: Findings, summaries: dict[Key, Row]) -> None:
    cost = totals(summaries)
    assert findings.differences.keys() == {"richer"}
    check(findings.differences["richer"], [cost["richer", seed] - cost["base", seed] for seed in SEEDS])


def test_plans_have_their_mean_totals(findings: Findings, summaries: dict[Key, Row]) -> None:
    assert [plan["plan"] for plan in findings.plans] == list(PLANS)
    for plan in findings.plans:
        cost = totals(summaries, (plan["plan"],))
        for name in ALTERNATIVES:
            assert plan["costs"][name] == pytest.approx(plain.mean(cost[name, seed] for seed in SEEDS))
        assert plan["people"] == 100


def test_a_plan_that_fails_in_one_alternative_counts_nowhere_and_a_lost_seed_not_at_all(
    tmp_path: Path, summaries: dict[Key, Row]
) -> None:
    third = {("c", alternative, seed, year): row for (plan, alternative, seed, year), row in summaries.items()
             if plan == "a" and (alternative, seed) != ("richer", 2)}  # fmt: skip
    only_base = {("d", *key[1:]): row for key, row in summaries.items() if key[:2] == ("a", "base")}
    found = find(written(tmp_path / "r.parquet", {**summaries, **third, **only_base}, "'law'"), ALTERNATIVES, None)
    assert [plan["plan"] for plan in found.plans] == ["a", "b", "c"]
    assert (found.left_out, found.incomplete, found.chances) == (["d"], 2, {})
    assert {name: spread.number for name, spread in found.totals.items()} == {"base": 10, "richer": 10}
    assert found.differences["richer"].number == 9


@pytest.mark.parametrize(("degrees", "expected"), [(2, 4.303), (4, 2.776), (9, 2.262), (30, 2.042), (199, 1.972)])
def test_student_s_quantile_is_that_of_the_tables(degrees: int, expected: float) -> None:
    assert student(degrees) == pytest.approx(expected, rel=0.032 if degrees < 4 else 0.004)


def test_designs_of_a_grid_over_two_settings_stand_in_every_report(summaries: dict[Key, Row], tmp_path: Path) -> None:
    names = {name: f"core_rate=0.0{number}, cap: {name}" for number, name in enumerate(ALTERNATIVES)}
    renamed = {(p, names[a], s, y): row for (p, a, s, y), row in summaries.items()}
    findings = find(written(tmp_path / "results.parquet", renamed), [*names.values()], None)
    page, book = write_page_files(sweep_page(findings, [], None), tmp_path, "sweep")
    with zipfile.ZipFile(book) as parts:
        texts = parts.read("xl/sharedStrings.xml").decode()
    assert "What alternatives cost more or less than Core rate=0.00, cap: base" in texts
    for text in (texts, page.read_text(encoding="utf-8")):
        assert "Core rate=0.01" in text and "core_rate" not in text
