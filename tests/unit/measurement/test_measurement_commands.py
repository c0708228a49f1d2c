"""``planalign stress`` and `benchmarks/bench.py` around runs that are only pretended."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from benchmarks import benchmark
from benchmarks.bench import bench, command_of
from benchmarks.book import Book
from planalign_orchestrator.cli.stress import stress
from planalign_orchestrator.errors import ConfigurationError, OutOfResourcesError, PlanAlignError
from planalign_orchestrator.measurement.cases import Case, Measurement, Workshop
from planalign_orchestrator.measurement.outside import Observation

Pretend = Callable[[Case], Measurement]
SEEN = Observation(
    cpu_seconds=8, peak_mb=300, group_peak_mb=290, disk_mb=50, judge="control group", said="the last words"
)
RECORD = {
    "limits": {"level": "low", "batch_size": 250, "memory_limit_gb": 2},
    "digests": {"fct_yearly_events": "abc"},
    "stages": [
        {"stage": "FOUNDATION", "cpu_seconds": 1.0, "models": {"int_a": 0.7}},
        {"stage": "VALIDATION", "cpu_seconds": 0.5, "models": {}},
    ],
}


def finished(case: Case) -> Measurement:
    """A run that takes a second a thousand employees and year."""
    seen = replace(SEEN, seconds=case.employees * case.years / 1000, cpu_seconds=case.employees * case.years / 1000)
    return Measurement(case, "done", seen, RECORD)


@pytest.fixture
def pretend(monkeypatch: pytest.MonkeyPatch) -> Callable[[Pretend], None]:
    """Says what a run gives."""
    monkeypatch.setattr(benchmark, "reference_seconds", lambda: 0.5)

    def use(run: Pretend) -> None:
        monkeypatch.setattr(Workshop, "measure", lambda workshop, case: run(case))

    return use


def planalign(*arguments: str | Path) -> Result:
    app = typer.Typer()
    app.command()(stress)
    app.command()(bench)
    return CliRunner().invoke(app, list(map(str, arguments)))


def error_of(result: Result) -> PlanAlignError:
    assert isinstance(result.exception, PlanAlignError), result.exception
    return result.exception


def test_a_stress_table_has_a_line_a_run(pretend: Callable[[Pretend], None], tmp_path: Path) -> None:
    pretend(finished)
    done = planalign("stress", "--sizes", "1000,20_000", "--levels", "low,high", "--output", tmp_path / "s.json")
    lines = done.output.splitlines()
    assert done.exit_code == 0 and len(lines) == 5
    assert lines[1].split()[:5] == ["1,000", "1", "low", "250", "done"]
    assert lines[4].split()[-4:-1] == ["2048", "50", "0"] and len(lines[4].split()[-1]) == 12
    written = json.loads((tmp_path / "s.json").read_text(encoding="utf-8"))
    assert [entry["case"]["employees"] for entry in written] == [1_000, 1_000, 20_000, 20_000]
    assert written[0]["observation"]["group_peak_mb"] == 290 and written[0]["employee_years_a_second"] == 1000


def test_as_json_nothing_else_is_printed(pretend: Callable[[Pretend], None]) -> None:
    pretend(finished)
    assert json.loads(planalign("stress", "--sizes", "100", "--json").stdout)[0]["outcome"] == "done"
    assert json.loads(planalign("bench", "100x1", "--repeat", "1", "--json").stdout)["cases"][0]["employees"] == 100


def test_the_proof_runs_its_own_sizes_within_their_memory(pretend: Callable[[Pretend], None]) -> None:
    begun: list[Case] = []

    def run(case: Case) -> Measurement:
        begun.append(case)
        return finished(case)

    pretend(run)
    assert planalign("stress", "--proof", "--sizes", "250000").exit_code == 0
    assert begun == [Case(250_000, 5, "low", limit_gib=1)]
    assert "--years" in error_of(planalign("stress", "--proof", "--years", "1")).message


def test_a_run_that_does_not_fit_ends_with_exit_code_5(pretend: Callable[[Pretend], None]) -> None:
    pretend(lambda case: replace(finished(case), outcome="killed for memory", record={}))
    done = planalign("stress", "--sizes", "1000,2000")
    error = error_of(done)
    assert isinstance(error, OutOfResourcesError) and error.exit_code == 5
    assert "2000 x 1, low: not run, 1000 x 1, low was too large already" in done.output
    assert "the last words" in done.output


def test_a_run_that_fails_or_differs_ends_with_exit_code_1(pretend: Callable[[Pretend], None]) -> None:
    pretend(lambda case: replace(finished(case), outcome="failed", record={}))
    assert error_of(planalign("stress", "--sizes", "100")).message == "100 x 1, low failed: the last words"
    pretend(lambda case: replace(finished(case), record={"digests": {"a": str(case.level)}}))
    error = error_of(planalign("stress", "--sizes", "100", "--levels", "low,high"))
    assert "gave different results" in error.message and error.exit_code == 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("stress", "--sizes", "many"), "'many' is no list of numbers"),
        (("stress", "--sizes", "0"), "'0' is no list of numbers"),
        (("stress", "--levels", "lowest"), "no level 'lowest'"),
        (("stress", "--proof", "--sizes", "7"), "nothing to run"),
        (("bench", "1000"), "'1000' is no size"),
        (("bench", "0x1"), "'0x1' is no size"),
        (("bench", "--from", "nowhere.json"), "nowhere.json cannot be read"),
    ],
)
def test_wrong_flags_are_told(arguments: tuple[str, ...], words: str) -> None:
    error = error_of(planalign(*arguments))
    assert isinstance(error, ConfigurationError) and words in error.message


def test_a_benchmark_shows_medians_stages_models_and_growth(pretend: Callable[[Pretend], None], tmp_path: Path) -> None:
    pretend(finished)
    files = ("--output", tmp_path / "b.json", "--picture", tmp_path / "b.svg")
    shown = planalign("bench", "1000x2", "10000x2", "--repeat", "2", *files).output
    assert "cpu_seconds by employees at 2 years: exponent 1.00; 0.0 + 2 a thousand employees" in shown
    assert "FOUNDATION 1.00, VALIDATION 0.50, the rest 0.50" in shown and "int_a 0.70" in shown
    report = json.loads((tmp_path / "b.json").read_text(encoding="utf-8"))
    case = report["cases"][1]
    assert (case["employees"], case["years"], len(case["runs"])) == (10_000, 2, 2)
    assert (case["median"]["ratio"], case["median"]["employee_years_a_second"]) == (40, 1000)
    assert report["first_run"] == {"case": "100 x 1", "seconds": 0.1, "cpu_seconds": 0.1}
    assert (tmp_path / "b.svg").read_text(encoding="utf-8").startswith("<svg")
    again = planalign("bench", "--from", tmp_path / "b.json", "--picture", tmp_path / "again.svg")
    assert again.exit_code == 0
    assert (tmp_path / "again.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()


def test_a_book_of_plans_is_a_size_of_its_own(tmp_path: Path) -> None:
    book = Book.of(4, 2)
    file = book.made_in(tmp_path)
    assert str(book) == "4 plans x 2" and book.flags(file) == ["sweep", str(file), "--quiet"]
    people = [len(path.read_text(encoding="utf-8").splitlines()) - 1 for path in sorted(tmp_path.rglob("census.csv"))]
    assert people == [2, 51, 101, 151] and sum(people) == book.employees
    assert book.made_in(tmp_path) == file


def test_a_book_is_watched_beside_other_sizes(pretend: Callable[[Pretend], None], tmp_path: Path) -> None:
    pretend(lambda case: replace(finished(case), record=RECORD if type(case) is Case else {}))
    files = ("--output", tmp_path / "b.json")
    shown = planalign("bench", "1000x5", "10000x5", "book:4x5", "--repeat", "1", *files).output
    assert "4 plans x 5, cpu s: the rest 1.52" in shown
    assert "cpu_seconds by employees at 5 years: exponent 1.00" in shown
    slow = tmp_path / "slow.json"
    slow.write_text(
        (tmp_path / "b.json").read_text(encoding="utf-8").replace('"cpu_seconds": 1.525', '"cpu_seconds": 1')
    )
    again = planalign("bench", "book:4x5", "--repeat", "1", "--compare", slow)
    assert "4 plans x 5 by 52%" in error_of(again).message


def test_a_benchmark_takes_turns_between_the_sizes(pretend: Callable[[Pretend], None]) -> None:
    begun: list[int] = []

    def run(case: Case) -> Measurement:
        begun.append(case.employees)
        return finished(case)

    pretend(run)
    planalign("bench", "1000x1", "2000x1", "--repeat", "2")
    assert begun == [100, 1_000, 2_000, 1_000, 2_000]


def test_slower_than_the_baseline_ends_with_exit_code_1(pretend: Callable[[Pretend], None], tmp_path: Path) -> None:
    def slower(case: Case) -> Measurement:
        found = finished(case)
        return replace(found, observation=replace(found.observation, cpu_seconds=found.observation.cpu_seconds * 1.3))

    pretend(finished)
    planalign("bench", "1000x1", "--output", tmp_path / "b.json")
    assert planalign("bench", "1000x1", "--compare", tmp_path / "b.json").exit_code == 0
    pretend(slower)
    done = planalign("bench", "1000x1", "--compare", tmp_path / "b.json")
    assert error_of(done).message == "slower than the baseline: 1000 x 1 by 30%"
    assert "SLOWER: 1000 x 1: 2.60 x reference, baseline 2.00 (+30.0%, alarm above +" in done.output
    tolerant = planalign("bench", "1000x1", "--compare", tmp_path / "b.json", "--tolerance", "0.4")
    assert tolerant.exit_code == 0


def test_what_was_slower_once_is_measured_again(pretend: Callable[[Pretend], None], tmp_path: Path) -> None:
    begun: list[int] = []

    def disturbed(case: Case) -> Measurement:
        begun.append(case.employees)
        found = finished(case)
        factor = 1.3 if begun.count(1_000) == 1 else 1
        return replace(
            found, observation=replace(found.observation, cpu_seconds=found.observation.cpu_seconds * factor)
        )

    pretend(finished)
    planalign("bench", "1000x1", "2000x1", "--output", tmp_path / "b.json")
    pretend(disturbed)
    done = planalign("bench", "2000x1", "1000x1", "--repeat", "1", "--compare", tmp_path / "b.json")
    assert begun == [100, 2_000, 1_000, 100, 1_000] and done.exit_code == 0
    assert "SLOWER: 1000 x 1: 2.60" in done.output and "ok: 1000 x 1: 2.00" in done.output


def test_a_benchmark_of_a_run_that_fails_is_none(pretend: Callable[[Pretend], None]) -> None:
    pretend(lambda case: replace(finished(case), outcome="failed"))
    assert "did not finish (failed): the last words" in error_of(planalign("bench", "1000x1")).message


def test_a_program_named_from_here_is_found_from_the_folder_of_a_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "slow program.py").touch()
    monkeypatch.chdir(tmp_path)
    assert command_of("python 'slow program.py' -v") == ["python", str(tmp_path / "slow program.py"), "-v"]
