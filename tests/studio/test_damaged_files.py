"""A file of the workspace that somebody has changed is told in a sentence: none ends in a fault of the program."""

from __future__ import annotations

import re

import pytest

from planalign_orchestrator.config.catalogue import leaves
from planalign_orchestrator.config.form import typed_value
from tests.studio.conftest import Studio

CENSUS = "EmpNo,DOB,DOH,Salary\n1,1/2/1980,1/2/2015,50000\n2,3/2/1980,1/2/2016,60000\n"
TEXTS = (
    b"- a",
    b"3",
    b"plan: 3",
    b"assumptions: x",
    b"\xff\xfe",
    b"a: b: c",
    b"&a [*a]",
    b"\x00",
    b"columns: [1]",
    b"[" * 100_000,
)


@pytest.fixture
def furnished(studio: Studio) -> Studio:
    root = studio.workspace.root
    for folder in ("fitted/past", "runs/many"):
        root.joinpath(folder).mkdir(parents=True)
    root.joinpath("census/staff.csv").write_text(CENSUS, encoding="utf-8")
    root.joinpath("scenarios/one.yaml").touch()
    root.joinpath("fitted/past/experience.json").write_text("{}", encoding="utf-8")
    root.joinpath("fitted/past/fitted.yaml").touch()
    return studio


@pytest.mark.parametrize("text", TEXTS)
def test_yaml_that_is_none_of_ours(furnished: Studio, text: bytes) -> None:
    root = furnished.workspace.root
    for file in ("scenarios/one.yaml", "fitted/past/fitted.yaml", "census/staff.csv.mapping.yaml"):
        root.joinpath(file).write_bytes(text)
    answers = [
        furnished.get("/designs/one"),
        furnished.post("/designs/one", {"plan.core.rate": "3"}),
        furnished.post("/designs", {"name": "new", "from": "one"}),
        furnished.post("/learning/past/design"),
        furnished.get("/census/staff.csv/mapping"),
        furnished.post("/census/staff.csv/mapping", {"held": "employee_id", "unit": ""}),
    ]
    mapping = root.joinpath("census/staff.csv.mapping.yaml")
    mapping.unlink()
    mapping.mkdir()
    answers.append(furnished.get("/census/staff.csv/mapping"))
    assert {answer.status_code for answer in answers} <= {200, 303, 400}
    assert [answer.status_code for answer in answers[4:]] == [400, 400, 400]


def test_records_and_tables_that_are_none(furnished: Studio) -> None:
    furnished.workspace.root.joinpath("runs/many/fct_yearly_summary.parquet").write_bytes(b"PAR1PAR1")
    for address in ("/learning/past", "/sweeps/many"):
        answer = furnished.get(address)
        assert answer.status_code == 400 and "is damaged" in answer.text


def test_a_run_that_cannot_be_read_is_named_among_those_that_can(furnished: Studio) -> None:
    for name in ("good", "bad"):
        furnished.workspace.runs_folder.joinpath(name, "checkpoints").mkdir(parents=True)
    furnished.workspace.runs_folder.joinpath("bad", "checkpoints", "journal.jsonl").mkdir()
    text = furnished.get("/").text
    assert "unreadable" in text and "journal.jsonl cannot be read" in text and "/runs/good/live" in text
    assert [one["folder"] for one in furnished.json("/")] == [str(furnished.workspace.runs_folder / "good")]


def test_a_form_that_does_not_fit_what_is_there(furnished: Studio) -> None:
    for address in ("/census/staff.csv/mapping", "/designs/one/tables/levels"):
        answer = furnished.post(address, {"held": "ignore", "cell": "1"})
        assert answer.status_code == 400 and "does not fit what is there now" in answer.text


def test_numbers_too_long_to_be_any_and_rows_that_no_table_has(furnished: Studio) -> None:
    number = "9" * 100_000
    assert furnished.post("/designs/one", {"plan.core.rate": number}).status_code == 422
    table = "/designs/one/tables/levels"
    cells = re.findall(r'name="cell" value="([^"]*)"', furnished.get(table).text)
    assert cells and furnished.post(table, {"cell": [*cells[:-1], number]}).status_code == 422
    assert furnished.post(table, {"cell": cells * 1000}).status_code == 400


def test_a_name_that_is_an_address_is_told_without_its_secrets(furnished: Studio) -> None:
    address = "ftp://bob:hunter2 x@host/a?token=hunter2"
    answers = [
        furnished.post("/designs", {"name": address}),
        furnished.post("/designs", {"name": "a", "from": address}),
    ]
    assert [answer.status_code for answer in answers] == [400, 404]
    assert all("host/a" in answer.text and "hunter2" not in answer.text for answer in answers)


def test_a_day_that_is_none_stays_as_it_was_typed() -> None:
    assert typed_value(leaves()["simulation.start_year"], "2025-02-30") == "2025-02-30"
