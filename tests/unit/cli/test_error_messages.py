"""What a user can get wrong in each command: one clear message, the documented exit code, never a traceback."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from planalign_orchestrator.cli import main

CASES = [
    # a census that cannot be had
    ("run --census missing.csv", 3, "missing.csv", "cannot be read"),
    ("run --census folder", 3, "folder"),
    ("run --census two.csv", 3, "two.csv", "there is no column hire_date"),
    ("run --census notes.docx", 3, "notes.docx", "there is no column employee_id"),
    ("run --census http://example.test/a.csv", 7, "only https:// addresses"),
    # years
    ("run --years", 2, "--years", "requires an argument"),
    ("run --years 20x5", 2, "'20x5' is not a year"),
    ("run --years 2029-2025", 2, "ends before it starts", "Did you mean 2025-2029?"),
    ("run --years 2025 2027", 2, "leaves out 2026"),
    ("run --years 1999", 2, "1999"),
    ("run --from-year 1999", 2, "1999 is not one of the years 2025-2029"),
    ("run --from-year x", 2, "--from-year"),
    # configuration and scenarios
    ("run --config missing.yaml", 2, "missing.yaml: does not exist"),
    ("run --config folder", 2, "is a folder, not a file"),
    ("run --config broken.yaml", 2, "broken.yaml:1: is not YAML"),
    ("run --config typo.yaml", 2, "typo.yaml:3", "did you mean formula?"),
    ("run --scenario nope", 2, "there is no scenario 'nope'", "Choose one of"),
    ("run --scenario safe_harbr", 2, "did you mean safe_harbor?"),
    ("run --scenario nope.yaml", 2, "nope.yaml: does not exist"),
    ("config show --config missing.yaml", 2, "missing.yaml: does not exist"),
    ("config validate broken.yaml", 2, "broken.yaml:1: is not YAML"),
    ("config validate typo.yaml", 2, "did you mean formula?"),
    ("config recommend --nonsense", 2, "No such option"),
    # values
    ("run --optimization turbo", 2, "it must be low, medium, high or auto"),
    ("run --threads 0", 2, "--threads", "at least 1"),
    ("run --threads two", 2, "--threads", "integer"),
    ("run --memory-limit-gb 0.01", 2, "--memory-limit-gb", "at least 0.5"),
    ("run --batch-size 0", 2, "--batch-size", "at least 1"),
    ("run --seed -1", 2, "--seed", "at least 0"),
    ("run --on-bad-rows maybe", 2, "--on-bad-rows", "refuse or drop"),
    ("run --nonsense", 2, "No such option: --nonsense"),
    ("run extra", 2, "unexpected extra argument"),
    ("run --output file.txt", 2, "file.txt", "a file stands where a folder is needed"),
    # run folders
    ("status nope", 2, "there is no folder nope"),
    ("checkpoints list nope", 6, "is not a run folder"),
    ("checkpoints verify folder", 6, "is not a run folder"),
    ("checkpoints restore folder --year 2026", 6, "is not a run folder"),
    ("checkpoints clean nope", 6, "is not a run folder"),
    ("report nope", 2, "there is no run folder"),
    ("report folder", 2, "holds no result of a run"),
    ("report folder --format docx", 2, "'docx' is not one of"),
    ("explain 1001 --run nope", 2, "there is no run folder"),
    ("explain 1001 --run folder", 2, "holds no result of a run"),
    ("explain", 2, "Missing argument"),
    ("compare", 2, "Missing argument"),
    ("compare one", 2, "two runs or more"),
    ("compare folder nope", 2, "holds no result of a run"),
    ("batch --scenarios nope", 2, "nope is not a folder"),
    ("batch --scenarios folder", 2, "holds no scenario"),
    ("batch --base nope", 2, "there is no scenario 'nope' in this batch"),
    ("memory report nope", 2, "nope is not a run folder"),
    ("memory monitor --pid 999999999", 2, "999999999 cannot be watched"),
    # census commands
    ("census validate missing.csv", 3, "there is no such census file"),
    ("census validate folder", 3, "this is a folder, not a census file"),
    ("census validate two.csv", 3, "there is no column annual_compensation"),
    ("census validate two.csv --year 12", 2, "--year"),
    ("census validate two.csv --as-of yesterday", 2, "--as-of"),
    ("census validate two.csv --sheet Sheet9", 2, "is no Excel file"),
    ("census describe missing.csv", 3, "there is no such census file"),
    ("census generate two.csv", 2, "the file is already there", "--overwrite"),
    ("census generate new.txt", 2, "cannot be written as '.txt'"),
    ("census generate new.csv --employees 0", 2, "--employees"),
    ("census generate new.csv --shape round", 2, "'round' is not one of"),
    ("census generate file.txt/new.csv", 2, "file.txt"),
    # measurements
    ("stress --sizes x", 2, "--sizes", "Write them as"),
    ("stress --sizes 10 --output file.txt/x.json", 2, "file.txt", "a file stands where a folder is needed"),
    # the command itself
    ("nonsense", 2, "No such command 'nonsense'"),
    ("--nonsense", 2, "No such option: --nonsense"),
]  # fmt: skip


@pytest.fixture
def workplace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder").mkdir()
    for name, text in {
        "file.txt": "",
        "two.csv": "employee_id,birth_date\n1,1980-01-01\n",
        "notes.docx": "hello\n",
        "broken.yaml": "a: b: c\n",
        "typo.yaml": "plan:\n  match:\n    formulla: simple\n",
    }.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize("case", CASES, ids=[case[0] for case in CASES])
def test_a_mistake_is_told_in_one_message(
    case: tuple[str, int, str], workplace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command, code, *words = case
    before = {path.name for path in workplace.iterdir()}
    with pytest.raises(SystemExit) as ended:
        main(shlex.split(command))
    told = capsys.readouterr()
    everything = f"{told.err}\n{told.out}"
    assert ended.value.code == code, everything
    said = " ".join(everything.split())
    assert all(word in said for word in words), everything
    assert "Traceback" not in everything
    left = {path.name for path in workplace.iterdir()} - before
    assert not any(path.suffix == ".duckdb" for path in workplace.rglob("*")), "something was simulated"
    assert left <= {"runs", "two_rejects.csv", "notes_rejects.csv"}, left
