"""The commands: what they print, leave and end with, and that a cell is its ordinary run."""

from __future__ import annotations

import json
from pathlib import Path

import duckdb
import pytest

from planalign_orchestrator.cli import main
from planalign_orchestrator.cli.futures import _say_failures
from planalign_orchestrator.cli.run import precision_of
from planalign_orchestrator.config.settings import LARGEST_SEED
from planalign_orchestrator.errors import ConfigurationError
from planalign_orchestrator.sweep import work
from planalign_orchestrator.sweep.designs import Design, Failure
from planalign_orchestrator.sweep.file import SweepFile, read_sweep_file
from planalign_orchestrator.sweep.store import SweepFolder
from tests.sweep.books import YEARS, book, census, results, sweep_of

FILE = """\
set:
  simulation.end_year: 2026
seeds: 3
scenarios: [todays_match, safe_harbor]
budget: 60000
plans: book
"""


MANY = "{" + ", ".join(f"k{number}: [1, 2]" for number in range(40)) + "}"


def code_of(*arguments: str) -> int:
    """The exit code of a command."""
    with pytest.raises(SystemExit) as ended:
        main(list(arguments))
    return int(ended.value.code or 0)


@pytest.mark.slow
def test_a_sweep_says_what_it_would_do_does_it_and_names_who_failed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    plans = book(tmp_path / "book", [5, 8])
    (plans / "plan2" / "census.csv").write_text("employee_id\nE1\n")
    (tmp_path / "s.yaml").write_text(FILE)
    assert code_of("sweep", "s.yaml", "--dry-run", "--json") == 0
    plan = json.loads(capsys.readouterr().out)
    assert (plan["cells"], plan["to_simulate"], plan["packs"], plan["people"]) == (12, 6, 1, 30)
    assert [refused["name"] for refused in plan["refused"]] == ["plan2, todays_match", "plan2, safe_harbor"]
    assert not (tmp_path / "runs").exists()

    killed = "people.parquet.99999999.planalign.tmp"
    left = tmp_path / "runs" / "s" / "work" / "censuses" / killed
    left.parent.mkdir(parents=True)
    left.touch()
    assert code_of("sweep", "s.yaml", "--json") == 3
    assert not left.exists()
    found = json.loads(capsys.readouterr().out)
    assert (found["simulated"], [one["plan"] for one in found["plans"]]) == (6, ["plan1"])
    assert {one["name"].split(",")[0] for one in found["failures"]} == {"plan2"}
    folder = tmp_path / "runs" / "s"
    assert {path.name for path in folder.glob("sweep.*")} == {"sweep.html", "sweep.xlsx"}
    page = (folder / "sweep.html").read_text(encoding="utf-8")
    assert "process risk" in page and "do not add up" in page and "plan2" in page
    mean = found["alternatives"]["safe_harbor"]["total"]["mean"]
    assert f'data-value="{mean}"' in page


@pytest.mark.slow
def test_the_file_of_a_design_gives_its_cell_to_the_cent_and_another_figure_is_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = SweepFile(
        set={**YEARS, "census.path": str(census(tmp_path / "c.csv", 12)), "compensation.cola_rate": 0.05},
        grid={"plan.core.type": ["flat"], "plan.core.rate": [0.03]}, seeds=[7],
    )  # fmt: skip
    sweep = sweep_of(tmp_path, file)
    [task] = [(sweep.folder, cell) for cell in work.chosen(sweep.cells)]
    assert work.check(task) is None
    path = sweep.folder.results().as_posix()
    with duckdb.connect() as connection:
        connection.execute(f"create table r as from read_parquet('{path}')")
        connection.execute("update r set employer_core = employer_core + 0.01 where simulation_year = 2026")
        connection.execute(f"copy r to '{path}'")
    failure = work.check(task)
    assert failure is not None and failure.reason == "the sweep and the ordinary run differ"
    for ended, told in ((5, 5), (-9, 5), (4, 1), (-11, 1)):
        monkeypatch.setattr(work, "supervise", lambda command, ended=ended: ended)
        failure = work.check(task)
        assert failure is not None and failure.exit_code == told


def test_a_thousandth_is_checked_at_least_one() -> None:
    cells = [(f"{number:05}", None, number) for number in range(2001)]
    assert len(work.chosen(cells[:1])) == 1  # type: ignore[arg-type]
    assert len(work.chosen(cells)) == 3  # type: ignore[arg-type]


@pytest.mark.slow
def test_seeds_are_added_until_the_mean_is_sure_enough(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    census(tmp_path / "c.csv", 12)
    arguments = ["run", "--census", "c.csv", "--years", "2025", "--seeds", "400", "--until", "±1.5%", "--json"]
    assert code_of(*arguments) == 0
    shown = capsys.readouterr()
    found = json.loads(shown.out)
    total = found["alternatives"]["as configured"]["total"]
    assert total["standard_error"] / total["mean"] <= 0.015
    assert 16 < total["futures"] < 400 and f"{total['futures']} seeds: " in shown.err
    folder = SweepFolder(tmp_path / "runs" / "baseline_seeds")
    assert results(folder, "select count(distinct seed) from results") == [(total["futures"],)]


@pytest.mark.parametrize(("text", "share"), [("±0.5%", 0.005), ("2%", 0.02), ("+-1 %", 0.01)])
def test_a_precision_is_a_share(text: str, share: float) -> None:
    assert precision_of(text) == pytest.approx(share)


@pytest.mark.parametrize("text", ["", "0%", "100%", "half"])
def test_what_is_no_precision_is_refused(text: str) -> None:
    with pytest.raises(ConfigurationError, match="--until"):
        precision_of(text)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("seedz: 3", "seedz: is unknown; did you mean seeds"), ("budget: -1", "budget"), ("grid: 3", "grid"),
        ("tables: [fct_yearly_events]", "tables"), ("grid: {plan.core.rate: []}", "grid.plan.core.rate: "),
        ("scenarios: [ftp://bob:hunter2 x@h/]", "scenarios: is an address"),
        ("plans: ftp://bob:hunter2@h/", "plans: is an address"),
        ("seeds: 2000000000", r"seeds: makes 2e\+09 futures"),
        (f"grid: {MANY}", r"grid: makes 1\.1e\+12 futures"),
        (f"search: {{vary: {MANY}}}", r"search: makes 1\.22e\+19 futures"),
        ("seeds: 0", "seeds: is a"), ("seeds: [7, 7]", "seeds: is a"), ("seeds: []", "seeds: is a"),
        ("seeds: [42, true, false]", "seeds: is true or false"),
        ("seeds: [7, 9223372036853775808]", "seeds: lists 9223372036853775808; a seed is at most 9223372036853775807"),
        ("settings: [{name: a, plan.core.rate: 0.01}, {name: a}]", "settings: several designs are called 'a'"),
    ],
)  # fmt: skip
def test_a_fault_of_the_file_is_told_with_its_line(tmp_path: Path, line: str, said: str) -> None:
    (tmp_path / "s.yaml").write_text(f"precision: 0.02\n{line}\n")
    with pytest.raises(ConfigurationError, match=rf"s\.yaml:2: {said}") as raised:
        read_sweep_file(tmp_path / "s.yaml")
    assert "hunter2" not in raised.value.message


def test_seeds_that_are_counted_up_end_at_the_largest() -> None:
    assert SweepFile(seeds=2).seeds_from(LARGEST_SEED - 1) == [LARGEST_SEED - 1, LARGEST_SEED]
    with pytest.raises(ConfigurationError, match=r"simulation\.random_seed is \d+; 2 seeds from it on end above"):
        SweepFile(seeds=2).seeds_from(LARGEST_SEED)


def test_the_name_of_a_design_tells_no_secret() -> None:
    [(name, _)] = SweepFile(grid={"census.path": ["https://bob:hunter2@h/c.csv"]}).points()
    assert name == "path=https://***@h/c.csv"


def test_a_kept_design_holds_no_secret_and_one_to_simulate_does(tmp_path: Path) -> None:
    design = Design("", "", "a", json.dumps({"census": {"path": "https://bob:hunter2@h/c.csv?hunter2"}}))
    kept = work.write_design(tmp_path / "kept.yaml", design).read_text(encoding="utf-8")
    assert "hunter2" not in kept and "https://***@h/c.csv?***" in kept
    assert "hunter2" in work.write_design(tmp_path / "x.yaml", design, secrets=True).read_text(encoding="utf-8")


def test_failures_that_are_alike_are_told_once(capsys: pytest.CaptureFixture[str]) -> None:
    _say_failures([Failure("a, core", "no census", 3), Failure("a, none", "no census", 3), Failure("b", "no plan", 2)])
    assert capsys.readouterr().err == "failed: a, core, and 1 more: no census\nfailed: b: no plan\n"


def test_flags_of_a_single_run_do_not_go_with_seeds(capsys: pytest.CaptureFixture[str]) -> None:
    assert code_of("run", "--seeds", "5", "--from-year", "2026") == 2
    assert "--from-year exclude" in capsys.readouterr().err
    assert code_of("run", "--until", "1%") == 2
