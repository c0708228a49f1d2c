"""A census comes in and is understood; a plan becomes a file; all that is made the command line reads."""

from __future__ import annotations

import re
from contextlib import AbstractContextManager
from html import unescape
from pathlib import Path

import httpx
import pytest

from planalign_orchestrator.census.intake import CensusIntake
from planalign_orchestrator.census.mapping import load_mapping
from planalign_orchestrator.cli.census import intake_of
from planalign_orchestrator.config.catalogue import leaves
from planalign_orchestrator.config.form import typed_text, with_changes
from planalign_orchestrator.studio.pages import census as census_page
from planalign_orchestrator.studio.pages.census import as_proposed
from planalign_orchestrator.studio.workspace import named
from tests.studio.conftest import Studio

ODD = """EmpNo,DOB,Hire Dt,Salary,Status,Wk
1,1/2/1980,3/14/2010,85000,A,40
2,5/26/1975,7/18/2005,95000,LOA,40
3,5/16/1985,7/8/2015,65000,Q7,20
"""
RATE = "plan.enrollment.auto_enrollment.default_deferral_rate"


def upload(studio: Studio, name: str, content: str) -> httpx.Response:
    """Drop a file on the page of censuses."""
    return studio.post("/census", files={"file": (name, content.encode())})


def saved(studio: Studio, name: str) -> str:
    """The text of a design."""
    return named(studio.workspace.designs(), name, "design").read_text(encoding="utf-8")


def form(studio: Studio, name: str, **changes: str | list[str]) -> dict[str, str | list[str]]:
    """What the form of a design sends when a person has changed some of it."""
    settings = studio.workspace.settings(named(studio.workspace.designs(), name, "design"))
    shown = studio.get(f"/designs/{name}").text
    typed = {key: typed_text(leaf, settings.value(key)) for key, leaf in leaves().items() if f'name="{key}"' in shown}
    return {**typed, **changes}


def cells_of(page: str) -> list[str]:
    """The cells of a table as its form sends them."""
    return [unescape(cell) for cell in re.findall(r'name="cell" value="([^"]*)"', page)]


def test_a_census_comes_in_under_a_safe_name_and_is_never_replaced(studio: Studio) -> None:
    answer = upload(studio, "our staff (2).csv", ODD)
    assert answer.headers["location"] == "/census/our_staff_2_.csv/mapping"
    assert (studio.workspace.census_folder / "our_staff_2_.csv").read_text() == ODD
    assert upload(studio, "our staff (2).csv", "x").status_code == 400
    assert (studio.workspace.census_folder / "our_staff_2_.csv").read_text() == ODD
    assert not list(studio.workspace.private.rglob("*.tmp")), "an upload was left behind"


@pytest.mark.parametrize("name", ["x.exe", "..", "a_rejects.csv", ".csv"])
def test_what_is_no_census_does_not_come_in(studio: Studio, name: str) -> None:
    assert upload(studio, name, ODD).status_code == 400
    assert not list(studio.workspace.census_folder.iterdir())


def test_a_mapping_is_proposed_reviewed_and_used(studio: Studio) -> None:
    upload(studio, "odd.csv", ODD)
    page = studio.get("/census/odd.csv/mapping").text
    assert 'class="wrong"' in page and "Status “Q7”" in page
    held = ["employee_id", "birth_date", "hire_date", "annual_compensation", "employment_status",
            "scheduled_hours_per_week", "employed", "leave", "left"]  # fmt: skip
    units = ["", "", "", "annual", "", "", "", "", ""]
    answer = studio.post("/census/odd.csv/mapping", {"held": held, "unit": units})
    assert answer.headers["location"] == "/census/odd.csv"
    mapping = load_mapping(studio.workspace.mapping_of("odd.csv"))
    assert mapping.columns["Wk"].meaning == "scheduled_hours_per_week"
    assert (mapping.columns["Salary"].unit, mapping.status) == (
        "annual",
        {"a": "employed", "loa": "leave", "q7": "left"},
    )
    checked = studio.json("/census/odd.csv")
    assert checked["valid"] and checked["columns"]["scheduled_hours_per_week"] == "Wk"


def test_two_files_of_one_name_have_a_mapping_and_a_list_of_faults_each(studio: Studio) -> None:
    for name, text in (("odd.csv", ODD), ("odd.tsv", ODD.replace(",", "\t").replace("EmpNo", "Number"))):
        upload(studio, name, text)
    before = studio.workspace.census_folder / "odd.mapping.yaml"
    before.write_text(as_proposed(studio.workspace, "odd.csv").replace("Q7: REVIEW", "Q7: left"), encoding="utf-8")
    assert studio.workspace.mapping_of("odd.csv") == before, "its headings fit"
    assert not studio.workspace.mapping_of("odd.tsv").exists()
    held = ["employee_id", "birth_date", "hire_date", "annual_compensation", "employment_status", "ignore",
            "employed", "leave", "left"]  # fmt: skip
    for name in ("odd.csv", "odd.tsv"):
        studio.post(f"/census/{name}/mapping", {"held": held, "unit": ["", "", "", "annual", "", "", "", "", ""]})
    mappings = {name: studio.workspace.mapping_of(name) for name in ("odd.csv", "odd.tsv")}
    assert [path.name for path in mappings.values()] == ["odd.csv.mapping.yaml", "odd.tsv.mapping.yaml"]
    assert [next(iter(load_mapping(path).columns)) for path in mappings.values()] == ["EmpNo", "Number"]
    for name in mappings:
        studio.workspace.mapping_of(name).unlink()
        studio.workspace.censuses()[name].write_text(ODD.replace("1/2/1980", "soon"), encoding="utf-8")
        assert studio.json(f"/census/{name}")["valid"] is False
    lists = sorted(path.name for path in studio.workspace.census_folder.glob("*_rejects.csv"))
    assert lists == ["odd.csv_rejects.csv", "odd.tsv_rejects.csv"]
    assert [*studio.workspace.censuses()] == ["odd.csv", "odd.tsv"]


def test_markup_in_a_file_is_shown_as_text(studio: Studio) -> None:
    hostile = "<script>alert(1)</script>"
    upload(studio, "odd.csv", ODD.replace("EmpNo", f'"{hostile}"').replace("Q7", f'"{hostile}"'))
    page = studio.get("/census/odd.csv/mapping").text
    assert hostile not in page and page.count("&lt;script&gt;") >= 2
    assert hostile not in studio.get("/census/odd.csv").text
    studio.post("/designs", {"name": "a"})
    assert hostile not in studio.post("/designs/a", form(studio, "a", **{RATE: hostile})).text


def test_faults_are_shown_with_row_and_remedy(studio: Studio) -> None:
    upload(studio, "bad.csv", ODD.replace("1/2/1980", "soon"))
    page = studio.get("/census/bad.csv").text
    assert "This census cannot be used yet" in page
    assert "row 2, column DOB" in page
    assert studio.json("/census/bad.csv")["valid"] is False


def test_a_census_is_read_once_and_again_when_it_is_another(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []

    def counted(file: str, *rest: object) -> AbstractContextManager[CensusIntake]:
        read.append(file)
        return intake_of(file, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(census_page, "intake_of", counted)
    upload(studio, "people.csv", ODD)
    for _ in range(2):
        assert "This census cannot be used yet" in studio.get("/census/people.csv").text
    place = studio.workspace.censuses()["people.csv"]
    place.write_text(ODD.replace("1/2/1980", "soon"), encoding="utf-8")
    assert "row 2, column DOB" in studio.get("/census/people.csv").text
    assert len(read) == 2


def test_a_design_keeps_only_what_differs_from_the_base(studio: Studio) -> None:
    studio.post("/designs", {"name": "auto_6"})
    answer = studio.post("/designs/auto_6", form(studio, "auto_6", **{RATE: "6", "plan.core.type": "flat"}))
    assert answer.status_code == 303
    assert saved(studio, "auto_6") == (
        "plan:\n  enrollment:\n    auto_enrollment:\n      default_deferral_rate: 0.06\n  core:\n    type: flat\n"
    )
    page = studio.get("/designs/auto_6").text
    assert "Automatic at 6% for new hires" in page and "was 2" in page
    studio.post("/designs/auto_6", form(studio, "auto_6", **{RATE: "2"}))
    assert "default_deferral_rate" not in saved(studio, "auto_6")


def test_what_is_wrong_is_told_and_kept_in_the_form(studio: Studio) -> None:
    studio.post("/designs", {"name": "a"})
    typed = {
        RATE: "99 & more",
        "plan.eligibility.minimum_age": "old",
        "plan.match.eligibility.last_day_exceptions": "[{rate: 1}",
    }
    answer = studio.post("/designs/a", form(studio, "a", **typed))
    assert answer.status_code == 422 and saved(studio, "a") == ""
    for word in ("minimum_age", "default_deferral_rate", 'value="99 &amp; more"', 'value="old"', "[{rate: 1}"):
        assert word in answer.text


@pytest.mark.parametrize("typed", ["12", "12%", "12 %"])
def test_a_share_is_typed_as_percent_with_or_without_the_sign(studio: Studio, typed: str) -> None:
    studio.post("/designs", {"name": "a"})
    assert studio.post("/designs/a", form(studio, "a", **{RATE: typed})).status_code == 303
    assert "default_deferral_rate: 0.12\n" in saved(studio, "a")


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("150%", f"{RATE} is 150%; it must be at most 75%"),
        ("-0.5", f"{RATE} is -0.5%; it must be above 0%"),
        ("1e1%", f"{RATE} is &#39;1e1%&#39;; it must be a number"),
    ],
)
def test_faults_of_shares_are_told_in_percent(studio: Studio, typed: str, told: str) -> None:
    """What a message says as a fraction would be typed as one, and be taken for percent."""
    studio.post("/designs", {"name": "a"})
    answer = studio.post("/designs/a", form(studio, "a", **{RATE: typed}))
    assert answer.status_code == 422 and told in answer.text and "is written" not in answer.text


def typed_rows(page: str, key: str) -> dict[str, list[str]]:
    """The cells of a list setting as its form sends them."""
    found: dict[str, list[str]] = {}
    for name, value in re.findall(rf'<input[^>]*name="({re.escape(key)}/[a-z_]+)" value="([^"]*)"', page):
        found.setdefault(name, []).append(unescape(value))
    return found


def test_amendments_are_rows_a_setting_each(studio: Studio) -> None:
    studio.post("/designs", {"name": "a"})
    add = {"rows": "amendments add", "amended": "plan.core.rate"}
    asked = studio.post("/designs/a", form(studio, "a", **add))
    assert (asked.status_code, saved(studio, "a")) == (200, ""), "a row that is added is not kept yet"
    rows = typed_rows(asked.text, "amendments")
    assert rows == {"amendments/from": [""], "amendments/note": [""], "amendments/setting": ["plan.core.rate"],
                    "amendments/value": ["3"]}  # fmt: skip
    rows |= {"amendments/from": ["2027", "2027"], "amendments/note": ["new rule", ""],
             "amendments/setting": ["plan.core.rate", "plan.core.type"], "amendments/value": ["4", "flat"]}  # fmt: skip
    assert studio.post("/designs/a", form(studio, "a", **rows)).status_code == 303
    settings = studio.workspace.settings(named(studio.workspace.designs(), "a", "design"))
    core = settings.in_force(2027).settings.plan.core
    assert (core.type, core.rate, settings.settings.plan.core.type) == ("flat", 0.04, "none")
    assert [found.note for found in settings.settings.amendments] == ["new rule"]
    studio.post("/designs/a", form(studio, "a", **typed_rows(studio.get("/designs/a").text, "amendments")))
    assert saved(studio, "a").count("new rule") == 1, "what is saved again stays as it is"
    studio.post("/designs/a", form(studio, "a"))
    assert saved(studio, "a") == "", "all rows were taken out"


def test_match_tiers_are_rows(studio: Studio) -> None:
    studio.post("/designs", {"name": "a"})
    key = "plan.match.tiers"
    tiers = {f"{key}/deferral_from": ["0", "3"], f"{key}/deferral_to": ["3", "5"], f"{key}/rate": ["100", "50"]}
    asked = studio.post("/designs/a", form(studio, "a", rows=f"{key} add", **tiers))
    assert typed_rows(asked.text, key)[f"{key}/rate"] == ["100", "50", ""]
    asked = studio.post("/designs/a", form(studio, "a", rows=f"{key} 0", **typed_rows(asked.text, key)))
    assert typed_rows(asked.text, key)[f"{key}/deferral_to"] == ["5", ""]
    assert studio.post("/designs/a", form(studio, "a", **{"plan.match.formula": "custom"}, **tiers)).status_code == 303
    match = studio.workspace.settings(named(studio.workspace.designs(), "a", "design")).settings.plan.match
    assert [(tier.deferral_from, tier.deferral_to, tier.rate) for tier in match.tiers] == [
        (0, 0.03, 1),
        (0.03, 0.05, 0.5),
    ]
    wrong = studio.post("/designs/a", form(studio, "a", **{**tiers, f"{key}/rate": ["much", "50"]}))
    assert wrong.status_code == 422 and "much" in wrong.text
    assert typed_rows(wrong.text, key)[f"{key}/rate"] == ["much", "50"], "what was typed stays to be mended"


def test_comments_and_other_settings_of_a_file_stay(tmp_path: Path) -> None:
    before = "# why\nsimulation: {random_seed: 7}\nplan:\n  core:\n    type: flat  # as agreed\n    rate: 0.02\n"
    after = with_changes(before, {"plan.core.rate": 0.03}, ["plan.match.formula"])
    assert after == before.replace("0.02", "0.03")


def test_a_table_is_edited_into_the_design(studio: Studio) -> None:
    studio.post("/designs", {"name": "a"})
    address = "/designs/a/tables/levels"
    assert address in studio.get("/designs/a/tables").text
    cells = cells_of(studio.get(address).text)
    changed = ["Newcomers" if cell == cells[1] else cell for cell in cells]
    assert studio.post(address, {"cell": changed}).status_code == 303
    assert "Newcomers" in saved(studio, "a") and saved(studio, "a").count("level_id") == 1
    assert "Newcomers" in studio.get(address).text
    assert studio.post(address, {"cell": cells}).status_code == 303
    assert saved(studio, "a") == ""


def test_a_table_that_makes_no_sense_is_not_kept(studio: Studio) -> None:
    studio.post("/designs", {"name": "a"})
    cells = cells_of(studio.get("/designs/a/tables/levels").text)
    answer = studio.post("/designs/a/tables/levels", {"cell": [*cells[:-1], "much"]})
    assert answer.status_code == 422 and "much" in answer.text
    assert saved(studio, "a") == ""


def test_two_files_of_one_design_are_told(studio: Studio) -> None:
    for suffix in ("yaml", "yml"):
        studio.workspace.designs_folder.joinpath(f"a.{suffix}").touch()
    answer = studio.get("/designs")
    assert answer.status_code == 400 and "2 files have this name" in answer.text


def test_a_design_starts_from_a_bundled_one(studio: Studio) -> None:
    assert studio.post("/designs", {"name": "mine", "from": "safe_harbor"}).status_code == 303
    assert "safe_harbor_basic" in saved(studio, "mine")
    assert studio.post("/designs", {"name": "mine"}).status_code == 400


@pytest.mark.parametrize(("configured", "chosen"), [(False, "people.csv"), (True, "")])
def test_a_run_is_offered_with_the_census_of_the_workspace_unless_one_is_configured(
    studio: Studio, configured: bool, chosen: str
) -> None:
    studio.workspace.census_folder.joinpath("people.csv").write_text(ODD, encoding="utf-8")
    studio.post("/designs", {"name": "one"})
    if configured:
        studio.workspace.root.joinpath("config").mkdir()
        studio.workspace.root.joinpath("config", "simulation_config.yaml").write_text("census:\n  path: x.csv\n")
    for address in ("/", "/designs/one", "/sweeps"):
        field = re.search(r'<select name="census">.*?</select>', studio.get(address).text, re.DOTALL)
        assert field is not None
        selected = re.search(r'value="([^"]*)" selected', field[0])
        assert (selected[1] if selected else "") == chosen
