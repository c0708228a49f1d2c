"""What is learned from a census becomes a design that a run can use."""

from __future__ import annotations

import datetime as dt
import json

import pytest

from planalign_orchestrator.census.synthetic import generate_census
from planalign_orchestrator.studio.pages.census import as_proposed
from planalign_orchestrator.studio.workspace import named
from tests.studio.conftest import Studio
from tests.studio.test_census_and_designs import RATE, cells_of, form, saved


@pytest.mark.slow
def test_a_census_is_learned_from_and_taken_over(studio: Studio) -> None:
    census = studio.workspace.census_folder / "staff.csv"
    generate_census(census, employees=120, seed=3, as_of=dt.date(2024, 12, 31))
    assert studio.post("/learning", {"name": "past", "census": "staff.csv"}).headers["location"] == "/learning/past"
    record = json.loads((studio.workspace.fits_folder / "past" / "experience.json").read_text())
    assert studio.json("/learning/past") == record
    assert "<dt>2024-12-31</dt><dd>staff.csv</dd>" in studio.get("/learning/past").text
    assert "/learning/past" in studio.get("/learning").text
    assert studio.post("/learning/past/design").headers["location"] == "/designs/past"
    settings = studio.workspace.settings(named(studio.workspace.designs(), "past", "design")).settings
    assert settings.assumptions.directory == str(studio.workspace.fits_folder / "past")
    assert settings.simulation.scenario_id == "past"
    assert studio.get("/designs/past").status_code == 200
    assert studio.post("/learning/past/design").status_code == 400, "a design was replaced"


def test_a_design_with_a_folder_of_its_own_is_saved(studio: Studio) -> None:
    """What was learned stands in ``fitted``, and a design names it as seen from its own folder."""
    folder = studio.workspace.fits_folder / "past"
    folder.mkdir(parents=True)
    directory = "assumptions:\n  directory: ../fitted/past\n"
    design = studio.workspace.designs_folder / "past.yaml"
    design.write_text(directory, encoding="utf-8")
    answer = studio.post("/designs/past", form(studio, "past", **{RATE: "6"}))
    assert answer.status_code == 303, answer.text
    address = "/designs/past/tables/levels"
    cells = cells_of(studio.get(address).text)
    changed = ["Newcomers" if cell == cells[1] else cell for cell in cells]
    assert studio.post(address, {"cell": changed}).status_code == 303
    assert directory in saved(studio, "past")
    assert "default_deferral_rate: 0.06" in saved(studio, "past") and "Newcomers" in saved(studio, "past")
    refused = studio.post("/designs/past", form(studio, "past", **{RATE: "much"}))
    assert refused.status_code == 422 and "past.yaml:" in refused.text and ".tried" not in refused.text
    assert [*studio.workspace.designs_folder.iterdir()] == [design], "what was tried was left behind"


@pytest.mark.parametrize("form", [{"name": "past"}, {"name": "past", "census": "../x"}, {"name": "a/b", "census": "x"}])
def test_what_cannot_be_learned_from_is_said(studio: Studio, form: dict[str, str]) -> None:
    assert studio.post("/learning", form).status_code in (400, 404)
    assert not studio.workspace.fits_folder.exists()


def test_each_census_is_learned_from_by_its_own_mapping(studio: Studio) -> None:
    for year in (2023, 2024):
        census = studio.workspace.census_folder / f"staff_{year}.csv"
        generate_census(census, employees=60, seed=3, as_of=dt.date(year, 12, 31))
    census.write_text(census.read_text(encoding="utf-8").replace("employee_id", "who", 1), encoding="utf-8")
    agreed = as_proposed(studio.workspace, census.name)
    studio.workspace.mapping_of(census.name).write_text(agreed, encoding="utf-8")
    answer = studio.post("/learning", {"name": "both", "census": ["staff_2023.csv", "staff_2024.csv"]})
    assert answer.headers.get("location") == "/learning/both", answer.text
