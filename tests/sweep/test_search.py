"""A search: finer points around the best one, limits kept, the front of what no other beats; recounted in Python."""

from __future__ import annotations

import json
import re
import statistics as plain
from dataclasses import replace
from pathlib import Path
from typing import get_args

import duckdb
import pytest

from planalign_orchestrator.errors import ConfigurationError
from planalign_orchestrator.sweep.designs import Design, designs_of
from planalign_orchestrator.sweep.file import Measure, Search, SweepFile, Test, combinations, read_sweep_file
from planalign_orchestrator.sweep.report import sweep_page
from planalign_orchestrator.sweep.statistics import Candidate, Outcome, find, finer_points, judge, keep, kept
from planalign_orchestrator.sweep.store import SweepFolder
from tests.sweep.books import census
from tests.sweep.test_statistics import PLANS, SEEDS, YEARS, Key, Row, rows, together, totals, written
from tests.sweep.test_sweep_command import code_of

MATCH, AUTO = "plan.match.max_match_percentage", "plan.enrollment.automatic"


def test_finer_points_lie_halfway_to_the_neighbors_and_switches_stay() -> None:
    search = Search(vary={MATCH: [0.02, 0.04, 0.06], AUTO: [False, True], "years": [1, 3]})
    tried = combinations(search.vary)
    assert len(tried) == 12 and tried[0] == {MATCH: 0.02, AUTO: False, "years": 1}
    finer = finer_points(search, tried, {MATCH: 0.04, AUTO: True, "years": 1})
    assert {(one[MATCH], one["years"]) for one in finer} == {
        (0.03, 1), (0.05, 1), (0.03, 2), (0.05, 2), (0.04, 2)
    }  # fmt: skip
    assert all(one[AUTO] for one in finer)
    again = finer_points(search, [*tried, *finer], {MATCH: 0.05, AUTO: True, "years": 2})
    assert {one[MATCH] for one in again} == {0.045, 0.055} and {one["years"] for one in again} == {2}


def test_the_front_is_what_no_other_point_beats_and_the_best_keeps_the_limits() -> None:
    spots = {"a": (5.0, 0.5), "b": (6.0, 0.4), "c": (7.0, 0.8), "d": (7.0, 0.9), "e": (9.0, 0.9)}
    candidates = [
        Candidate(name, {}, cost, {"participation_rate": share}, {}, max(0.0, 0.6 - share))
        for name, (cost, share) in spots.items()
    ]
    outcome = Outcome(sorted(candidates, key=lambda one: one.rank), "participation_rate")
    beaten = {
        one
        for one, (cost, share) in spots.items()
        for other, (less, more) in spots.items()
        if one != other and less <= cost and more >= share
    }
    assert [one.name for one in outcome.front] == sorted(spots.keys() - beaten) == ["a", "d"]
    assert outcome.candidates[0].name == "c"


def results_of_tests(path: Path, failing: dict[tuple[str, int], str]) -> Path:
    """The results of tests: who fails in the last year, by alternative and seed."""
    values = ", ".join(
        f"('{plan}', '{name}', {seed}, {year}, 'adp', "
        f"'{failing.get((name, seed), 'pass') if (plan, year) == (PLANS[-1], YEARS[-1]) else 'exempt'}')"
        for plan in PLANS
        for name in ("base", "richer")
        for seed in SEEDS
        for year in YEARS
    )
    duckdb.execute(
        f"copy (from (values {values}) as t(plan, alternative, seed, simulation_year, test, result)) to '{path}'"
    )
    return path


def test_limits_are_held_against_what_plain_python_counts(tmp_path: Path) -> None:
    summaries: dict[Key, Row] = rows()
    findings = find(written(tmp_path / "r.parquet", summaries), ("base", "richer"), None)
    cost = {name: plain.mean(totals(summaries)[name, seed] for seed in SEEDS) for name in ("base", "richer")}
    share = {
        name: plain.mean(
            together("participation_rate", [summaries[plan, name, seed, YEARS[-1]] for plan in PLANS]) for seed in SEEDS
        )
        for name in cost
    }
    tests = results_of_tests(
        tmp_path / "t.parquet", {("base", 2): "fail", ("base", 5): "corrected", ("richer", 3): "fail"}
    )
    between = plain.mean(share.values())
    search = Search(vary={MATCH: [1]}, at_least={"participation_rate": between}, passes=["adp"], sure=9.5 / 11)
    outcome = judge(search, findings, {"base": {MATCH: 1}, "richer": {MATCH: 2}, "failed": {MATCH: 3}}, tests)
    passing = {"base": 9 / 11, "richer": 10 / 11}
    for one in outcome.candidates:
        assert one.cost == pytest.approx(cost[one.name])
        assert one.measures["participation_rate"] == pytest.approx(share[one.name])
        assert one.passing["adp"] == pytest.approx(passing[one.name])
        short = max(0.0, (between - share[one.name]) / between) + max(0.0, 9.5 / 11 - passing[one.name])
        assert one.missed == pytest.approx(short) and one.values == {MATCH: 1 + (one.name == "richer")}
    table = sweep_page(replace(findings, found=outcome), [], None).sections[0].exhibits[0].table
    keep(outcome, tmp_path)
    assert kept(tmp_path) == outcome  # as the studio shows it later
    keep(None, tmp_path)
    assert kept(tmp_path) is None and kept(tmp_path / "elsewhere") is None
    missed = [row.cells[table.columns.index("Limits missed by")].value for row in table.rows]
    assert missed == [one.missed for one in outcome.candidates] and missed[-1] > 0
    dearest = judge(Search(vary={MATCH: [1]}, at_most={"net_employer_cost": 1.0}), findings, {"base": {}}, None)
    assert dearest.candidates[0].missed > 0


def test_the_variance_is_told_apart_where_a_quota_stands_beside_it(tmp_path: Path) -> None:
    names = {"base": "exits=quota", "richer": "exits=random"}
    summaries = {(plan, names[name], seed, year): row for (plan, name, seed, year), row in rows().items()}
    path = written(tmp_path / "r.parquet", summaries)
    findings = find(path, names.values(), None)
    cost = totals(summaries)
    variance = {name: plain.variance(cost[name, seed] for seed in SEEDS) for name in names.values()}
    assert findings.who == {"exits=random": pytest.approx(variance["exits=quota"] / variance["exits=random"])}
    assert "comes from who leaves" in sweep_page(findings, [], None).sections[0].lead


def test_a_search_takes_the_place_of_a_grid_and_its_tests_are_kept(tmp_path: Path) -> None:
    (tmp_path / "s.yaml").write_text("grid: {simulation.random_seed: [1]}\nsearch: {vary: {plan.core.rate: [0.01]}}\n")
    with pytest.raises(ConfigurationError, match="leave out settings and grid"):
        read_sweep_file(tmp_path / "s.yaml")
    search = Search(vary={"plan.core.rate": [0.01]}, passes=["acp"])
    assert SweepFile(search=search, tables=["fct_plan_by_group"]).kept_tables == ("fct_plan_by_group", "fct_ndt_test")


FILE = f"""\
set: {{simulation.end_year: 2025, census.path: c.csv}}
seeds: 2
search:
  vary: {{{MATCH}: [0.02, 0.06]}}
  at_least: {{participation_rate: 0.1}}
  passes: [adp]
  sure: 0.01
  rounds: 1
"""


@pytest.mark.slow
def test_a_search_finds_the_cheapest_design_whose_file_gives_it_to_the_cent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    census(tmp_path / "c.csv", 30)
    (tmp_path / "s.yaml").write_text(FILE)
    assert code_of("sweep", "s.yaml", "--json") == 0  # the recommended design has been checked by an ordinary run
    found = json.loads(capsys.readouterr().out)["search"]["candidates"]
    assert [one["values"][MATCH] for one in found] == [0.02, 0.04, 0.06]
    assert [one["cost"] for one in found] == sorted(one["cost"] for one in found)
    assert all(one["keeps_limits"] and set(one["passing"]) == {"adp"} for one in found)
    folder = SweepFolder(tmp_path / "runs" / "s")
    assert len(list(folder.designs.glob("*.yaml"))) == 3
    assert "The cheapest is Max match percentage=0.02" in (folder.root / "sweep.html").read_text(encoding="utf-8")


def test_the_example_of_the_documentation_can_be_read(tmp_path: Path) -> None:
    page = Path(__file__).parents[2] / "docs" / "consultants.md"
    [example] = re.findall(r"```yaml\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
    (tmp_path / "s.yaml").write_text(example)
    file = read_sweep_file(tmp_path / "s.yaml")
    assert file.search is not None
    found = list(designs_of(file.at(combinations(file.search.vary)), tmp_path, {}))
    assert [type(one) for one in found] == [Design] * 9
    lists = page.read_text(encoding="utf-8").partition("Measures: ")[2].partition("[testing]")[0]
    told = set(re.findall(r"`(\w+)`", lists))
    assert told == {*get_args(Measure), *get_args(Test)}
