"""What the pages show: every one answers, and every figure is the one that ``--json`` prints."""

from __future__ import annotations

import datetime as dt
import html
import json
import re
import shlex
import shutil
from concurrent.futures import ThreadPoolExecutor
from html.parser import HTMLParser
from pathlib import Path

import pytest

from planalign_orchestrator import doctor
from planalign_orchestrator.census.synthetic import generate_census
from planalign_orchestrator.cli import main
from planalign_orchestrator.doctor import Patient
from planalign_orchestrator.reports.group_view import measures
from tests.studio.conftest import Studio, until

PAGES = (
    *("/", "/census", "/designs", "/compare", "/sweeps", "/runs/base", "/runs/base/report", "/runs/base/history"),
    *("/runs/base/live", "/runs/base/people", "/compare?base=base&with=richer"),
)


class Values(HTMLParser):
    """The exact values that stand in a page beside what is shown."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value or "" for name, value in attrs if name == "data-value"]


def printed(capsys: pytest.CaptureFixture[str], *arguments: str) -> object:
    """What a command prints as JSON."""
    with pytest.raises(SystemExit) as ended:
        main([*arguments, "--json"])
    assert not ended.value.code
    return json.loads(capsys.readouterr().out)


@pytest.mark.parametrize("address", PAGES)
def test_a_page_answers_and_says_the_command(finished: Studio, address: str) -> None:
    answer = finished.get(address)
    assert answer.status_code == 200
    assert re.search(r"Same as: <code>planalign \w+", answer.text)
    assert answer.text.count("<h1") == 1


@pytest.mark.slow
def test_the_command_of_a_page_works_as_it_stands_there(
    finished: Studio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = Path(shutil.copytree(finished.workspace.root, tmp_path / "copy"))
    shutil.copytree(root / "runs" / "base", root / "runs" / "base" / "history" / "1")
    (root / "census").mkdir(exist_ok=True)
    shutil.copy(root / "people.csv", root / "census")
    (root / "scenarios" / "one.yaml").write_text("plan:\n  core:\n    type: flat\n", encoding="utf-8")
    studio = Studio(root)
    person = studio.json("/runs/base/people")["people"][0]["employee_id"]
    monkeypatch.chdir(root)
    more = ("/census/people.csv", "/designs/one", "/learning", "/runs/base~1", f"/runs/base~1/person?id={person}")
    for address in (
        *PAGES,
        *more,
        "/census/people.csv/mapping",
        "/census/people.csv/mapping",
        "/compare?base=base~1&with=base",
    ):
        text = html.unescape(studio.get(address).text)
        told = re.search("Same as: <code>planalign (.*?)</code>", text)
        assert told is not None, address
        if (words := shlex.split(told[1]))[0] == "run":  # what a button of the page starts
            words.append("--dry-run")
        with pytest.raises(SystemExit) as ended:
            main(words)
        assert not ended.value.code, (address, words)


@pytest.mark.parametrize("measure", ["net_employer_cost", "participation_rate", "closing_headcount", "exits"])
@pytest.mark.parametrize("by", ["everybody", "age_band", "pay_band", "level"])
def test_figures_are_those_of_the_command(
    finished: Studio, capsys: pytest.CaptureFixture[str], measure: str, by: str
) -> None:
    address = f"/runs/base?measure={measure}&by={by}"
    shown = finished.json(address)
    folder = str(finished.workspace.runs_folder / "base")
    assert shown == printed(capsys, "show", folder, "--measure", measure, "--by", shown["by"])
    body = finished.get(address).text.split('id="view"')[1]
    values = [str(value) for group in shown["groups"] for value in group["values"] if value is not None]
    assert Values(body).found[: len(values)] == values


def test_a_run_is_read_by_several_pages_at_once(finished: Studio) -> None:
    addresses = [
        f"/runs/base?measure={name}&by=everybody" for name in ("payroll", "participants", "net_employer_cost", "hires")
    ]
    with ThreadPoolExecutor(4) as browsers:
        assert [answer.status_code for answer in browsers.map(finished.get, addresses)] == [200] * 4


def test_every_measure_has_a_page(finished: Studio) -> None:
    for measure in measures():
        assert finished.get(f"/runs/base?measure={measure}").status_code == 200, measure


def test_status_comparison_and_story_are_those_of_the_commands(
    finished: Studio, capsys: pytest.CaptureFixture[str]
) -> None:
    runs = finished.workspace.runs_folder
    assert finished.json("/") == printed(capsys, "status", str(runs))
    compared = printed(capsys, "compare", str(runs / "base"), str(runs / "richer"))
    assert finished.json("/compare?base=base&with=richer") == compared
    person = finished.json("/runs/base/people")["people"][0]["employee_id"]
    assert finished.json(f"/runs/base/person?id={person}") == printed(
        capsys, "explain", person, "--run", str(runs / "base")
    )


@pytest.mark.slow
def test_what_people_answer_is_told_apart_when_it_is_asked_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    generate_census(tmp_path / "people.csv", employees=40, seed=7, as_of=dt.date(2024, 12, 31))
    runs = [tmp_path / "runs" / name for name in ("todays_match", "safe_harbor")]
    for run in runs:
        words = ["run", "--scenario", run.name, "--census", str(tmp_path / "people.csv"), "--years", "2025", "--quiet"]
        with pytest.raises(SystemExit):
            main([*words, "--output", str(run.parent)])
    studio, address = Studio(tmp_path), "/compare?base=todays_match&with=safe_harbor"
    capsys.readouterr()
    before = html.unescape(studio.get(address).text)
    assert "could not be told apart" in before and "Tell people's answers apart" in before
    assert studio.post("/compare?base=todays_match").status_code == 400
    answer = studio.post(address)
    assert answer.headers["location"] == address
    assert "being told apart" in studio.get(address).text
    until(lambda: "being told apart" not in studio.get(address).text)
    assert "is how people answer" in studio.get(address).text
    assert studio.json(address) == printed(capsys, "compare", *map(str, runs))
    assert "It has left no result" in studio.get("/runs/telling answers apart/live").text


def test_a_page_that_takes_longer_says_so_and_then_shows_what_was_begun(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[Patient] = []
    monkeypatch.setattr(doctor, "examine", lambda patient: begun.append(patient) or [])
    studio, looks = Studio(tmp_path, patience=0.0), {"Accept": "text/html"}
    first, later = studio.ask_in_turn("/checks", looks, {**looks, "HX-Request": "true"})
    assert first.status_code == 202 and "Calculating" in first.text and "<h1>" not in first.text
    assert f'hx-get="{studio.door.origin}/checks"' in first.text
    assert later.status_code == 200 and "<h1>Checks</h1>" in later.text and len(begun) == 1
    without_scripts = re.search(r'content="0; url=http://[^/]+(/[^"]+)"', first.text)
    assert without_scripts and "<h1>Checks</h1>" in studio.get(without_scripts[1], headers=looks).text


def test_what_is_remembered_of_a_run_goes_when_it_has_another_result(finished: Studio, tmp_path: Path) -> None:
    studio = Studio(Path(shutil.copytree(finished.workspace.root, tmp_path / "copy")))
    addresses = ("/runs/base/report", "/compare?base=richer&with=base")
    before = [studio.get(address).text for address in addresses]
    shutil.copytree(studio.workspace.runs_folder / "richer", studio.workspace.runs_folder / "base", dirs_exist_ok=True)
    (studio.workspace.runs_folder / "base" / "run.json").touch()
    assert all(studio.get(one).text != text for one, text in zip(addresses, before, strict=True))


def test_a_story_stands_beside_that_in_another_run(finished: Studio) -> None:
    person = finished.json("/runs/base/people")["people"][0]["employee_id"]
    text = finished.get(f"/runs/base/person?id={person}&with=richer").text
    assert text.count("<h3>2026</h3>") == 2


def test_only_pages_of_people_name_anybody(finished: Studio) -> None:
    people = [one["employee_id"] for one in finished.json("/runs/base/people")["people"]]
    for address in PAGES:
        text = finished.get(address).text
        named = [one for one in people if one in text]
        assert bool(named) == (address == "/runs/base/people"), address


def test_files_are_offered_from_a_list(finished: Studio) -> None:
    (finished.workspace.runs_folder / "base" / "reports").mkdir(exist_ok=True)
    answer = finished.get("/runs/base/files/run.json")
    assert answer.headers["content-disposition"].startswith("attachment")
    assert answer.json()["run_id"] == "000000000000"
    assert finished.get("/runs/base/files/simulation.duckdb").status_code == 404


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/nothing", 404), ("/runs/none", 404), ("/runs/base?measure=pay", 400), ("/runs/base/people?by=shoe", 400),
        ("/runs/base/person?id=nobody", 400), ("/compare?base=base&with=none", 404), ("/designs/none", 404),
    ],
)  # fmt: skip
def test_what_is_not_there_is_said(finished: Studio, address: str, status: int) -> None:
    answer = finished.get(address, headers={"Accept": "application/json"})
    assert answer.status_code == status
    assert set(answer.json()) == {"error", "remedy"}
