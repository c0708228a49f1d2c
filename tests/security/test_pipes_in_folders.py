"""A pipe or a device where a run folder has a file: no command waits for what never comes."""

import os
import shutil
import signal
from collections.abc import Callable
from pathlib import Path
from types import FrameType

import pytest

from tests.security.conftest import HostileRun, Said

pytestmark = [pytest.mark.slow, pytest.mark.skipif(os.name == "nt", reason="Windows has no such files in folders")]
COMMANDS = (
    ("status", "{run}"),
    ("report", "{run}", "--json"),
    ("compare", "{sound}", "{run}"),
    ("explain", "--run", "{run}", "--", "=1+1"),
    ("checkpoints", "verify", "{run}"),
    ("memory", "report", "{run}"),
    ("run", "--census", "{census}", "--years", "2025", "--output", "{runs}", "--resume-from-checkpoint"),
    ("run", "--census", "{census}", "--years", "2025", "--output", "{runs}", "--resume-from-checkpoint", "--dry-run"),
)
FILES = (
    "run.json", "simulation.duckdb", "census.parquet", "run.lock", "result.lock", "checkpoints/journal.jsonl",
    "work/publish.json", "reports/made_from.json", "logs/run.log", "history/1/reports/made_from.json",
)  # fmt: skip


@pytest.fixture(autouse=True)
def impatient() -> None:
    """A command that waits fails the test and does not stop the suite."""

    def waits(number: int, frame: FrameType | None) -> None:
        raise TimeoutError("it waits")

    signal.signal(signal.SIGALRM, waits)


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_it_is_named_and_never_opened(
    words: tuple[str, ...], hostile_run: HostileRun, tmp_path: Path, command: Callable[..., Said]
) -> None:
    sound = hostile_run.folder.root
    run = Path(shutil.copytree(sound, tmp_path / "runs" / "baseline"))
    places = {"run": run, "runs": run.parent, "sound": sound, "census": hostile_run.census}
    for file in FILES:
        path, aside = run / file, tmp_path / "aside"
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists():
            path.replace(aside)
        os.mkfifo(path)
        signal.alarm(20)
        said = command(*(word.format(**places) for word in words))
        signal.alarm(0)
        path.unlink()
        if aside.exists():
            aside.replace(path)
        assert (said.code, f"{path.name} is no file but a pipe" in said.err) == (2, True), (file, said.everything)


def test_a_device_is_not_read_until_memory_is_gone(
    hostile_run: HostileRun, tmp_path: Path, command: Callable[..., Said]
) -> None:
    run = Path(shutil.copytree(hostile_run.folder.root, tmp_path / "baseline"))
    (run / "run.json").unlink()
    (run / "run.json").symlink_to("/dev/zero")
    said = command("report", run)
    assert said.code == 2 and "run.json is no file but a pipe or a device" in said.err


def test_a_lock_that_is_a_pipe_is_nobodys(tmp_path: Path, command: Callable[..., Said]) -> None:
    os.mkfifo(tmp_path / "run.lock")
    signal.alarm(20)
    said = command("memory", "monitor", "--output", tmp_path)
    signal.alarm(0)
    assert said.code == 2 and "no simulation is running" in said.err


OF_FOLDERS = {
    "scenarios/one.yaml": ("batch", "--scenarios", "{d}/scenarios"),
    "maps/one.mapping.yaml": ("census", "validate", "{census}", "--mapping", "{d}/maps"),
    "tables/levels.csv": ("config", "validate", "{d}/tables.yaml"),
    "plans/one/scenario.yaml": ("sweep", "{d}/plans.yaml", "--dry-run"),
    "config/scenarios/one.yaml": ("config", "show", "--scenario", "one"),
}


@pytest.mark.parametrize("file", OF_FOLDERS)
def test_one_in_a_folder_of_inputs_is_named_too(
    file: str, hostile_run: HostileRun, tmp_path: Path, command: Callable[..., Said], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / file).parent.mkdir(parents=True)
    os.mkfifo(tmp_path / file)
    (tmp_path / "tables.yaml").write_text("assumptions:\n  directory: tables\n", encoding="utf-8")
    (tmp_path / "plans.yaml").write_text("plans: plans\nseeds: 2\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    signal.alarm(20)
    said = command(*(word.format(d=tmp_path, census=hostile_run.census) for word in OF_FOLDERS[file]))
    signal.alarm(0)
    assert said.code == 2 and f"{Path(file).name} is no file but a pipe or a device" in said.err, said.everything


@pytest.mark.parametrize("setting", ["census.mapping", "census.pseudonym_key", "network.ca_bundle"])
def test_one_that_a_setting_names_is_named_too(
    setting: str, hostile_run: HostileRun, tmp_path: Path, command: Callable[..., Said]
) -> None:
    part, key = setting.split(".")
    (tmp_path / "settings.yaml").write_text(f"{part}:\n  {key}: /dev/zero\n", encoding="utf-8")
    census = "https://127.0.0.1:1/people.csv" if part == "network" else hostile_run.census
    signal.alarm(20)
    said = command("run", "--config", tmp_path / "settings.yaml", "--census", census, "--output", tmp_path / "runs")
    signal.alarm(0)
    assert said.code == 2 and "/dev/zero is no file but a pipe or a device" in said.err, said.everything


@pytest.mark.parametrize(
    "words", ["census generate {pipe} --overwrite", "doctor --offline --export {pipe} --overwrite"]
)
def test_a_file_takes_the_place_of_none(words: str, tmp_path: Path, command: Callable[..., Said]) -> None:
    os.mkfifo(tmp_path / "pipe.csv")
    signal.alarm(60)
    said = command(*words.format(pipe=tmp_path / "pipe.csv").split())
    signal.alarm(0)
    assert said.code == 2 and "pipe.csv is no file but a pipe or a device" in said.err, said.everything
    assert (tmp_path / "pipe.csv").is_fifo()
