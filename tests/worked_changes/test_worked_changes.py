"""The worked changes of docs/architecture.md do what the page says: made in a copy, and simulated with."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.engine import DATABASE, rows_of
from tests.worked_changes.page import copy_checkout, edits, make, sections, settings_of

SECTIONS = ("A match formula", "A match family", "A column of the snapshot", "A kind of event", "A law")
SUITES = (
    "tests/model", "tests/dbt_project", "tests/settings_effects", "tests/reports", "tests/unit/config",
    "tests/unit/test_documentation_links.py",
)  # fmt: skip
"""Where a change that the page tells can be seen."""


@dataclass(frozen=True)
class Changed:
    """A copy of the checkout with all changes, and what a simulation there has shown."""

    checkout: Path
    family: Path
    formula: Path
    shown: Mapping[str, Any]


@pytest.fixture(scope="module")
def changed(tmp_path_factory: pytest.TempPathFactory) -> Changed:
    """All changes together, so that one process parses and simulates for all tests."""
    folder = tmp_path_factory.mktemp("worked")
    checkout = copy_checkout(tmp_path_factory.mktemp("checkout"))
    for name in SECTIONS:
        make(edits(sections()[name]), checkout)
    (folder / "family.yaml").write_text(settings_of(sections()["A match family"]), encoding="utf-8")
    done = _python(checkout, "-m", "tests.worked_changes.simulate", str(folder))
    assert done.returncode == 0, done.stderr[-4000:]
    shown = json.loads(done.stdout.splitlines()[-1])
    assert Path(shown["package"]).parent.samefile(checkout), "the copy was not the one that ran"
    return Changed(checkout, folder / "family" / DATABASE, folder / "formula" / DATABASE, shown)


def test_the_page_has_these_changes() -> None:
    assert tuple(sections()) == SECTIONS


@pytest.mark.parametrize("name", SECTIONS)
def test_each_change_can_be_made_alone(name: str, tmp_path: Path) -> None:
    make(edits(sections()[name]), copy_checkout(tmp_path))


def test_the_oracle_agrees_with_every_number_and_event(changed: Changed) -> None:
    assert not changed.shown["disagreements"], "\n".join(changed.shown["disagreements"][:20])


def test_the_formula_pays_every_dollar_up_to_six_percent(changed: Changed) -> None:
    rows = _sharing_in_the_match(changed.formula)
    for row in rows:
        assert row["employer_match"] == min(
            row["employee_contributions"], _cents(row["plan_compensation"] * Decimal("0.06"))
        )
    assert len({row["employer_match"] / row["plan_compensation"] for row in rows}) > 5


def test_the_family_pays_by_age(changed: Changed) -> None:
    rows = _sharing_in_the_match(changed.family)
    for row in rows:
        deferred, pay = row["employee_contributions"], row["plan_compensation"]
        if row["age"] < 50:
            expected = min(deferred, pay * Decimal("0.04")) * Decimal("0.5")
        else:
            first = min(deferred, pay * Decimal("0.03"))
            expected = first + (min(deferred, pay * Decimal("0.06")) - first) * Decimal("0.5")
        assert row["employer_match"] == min(_cents(expected), _cents(pay * Decimal("0.06"))), row["employee_id"]
    assert {row["age"] >= 50 for row in rows} == {True, False}


def test_the_setting_of_the_family_is_in_all_generated_files(changed: Changed) -> None:
    for file in ("config/simulation_config.yaml", "config/simulation_config.schema.json", "docs/configuration.md"):
        assert "age_bands" in (changed.checkout / file).read_text(encoding="utf-8"), file


def test_the_column_counts_the_years_as_a_participant(changed: Changed) -> None:
    rows = rows_of(
        changed.family,
        "select employee_id, participating_years, is_enrolled from fct_workforce_snapshot order by simulation_year",
    )
    so_far: dict[str, int] = {}
    for row in rows:
        person = row["employee_id"]
        so_far[person] = so_far.get(person, 0) + row["is_enrolled"]
        assert row["participating_years"] == so_far[person], person
    assert {row["participating_years"] for row in rows} == {0, 1, 2}


def test_the_column_is_defined_in_its_place(changed: Changed) -> None:
    there = rows_of(changed.family, "describe fct_workforce_snapshot")
    assert [row["column_name"] for row in there] == changed.shown["snapshot columns"]


def test_the_event_happens_once_to_everybody_who_reaches_fifty(changed: Changed) -> None:
    events = rows_of(
        changed.family,
        "select simulation_year, employee_id, effective_date from fct_yearly_events where event_type = 'catch_up'",
    )
    due = rows_of(
        changed.family,
        "select simulation_year, employee_id, greatest(hire_date, make_date(simulation_year, 1, 1)) as effective_date"
        " from fct_workforce_snapshot where simulation_year - year(birth_date) = 50",
    )
    assert events and sorted(map(str, events)) == sorted(map(str, due))


def test_the_law_holds_and_notices_its_fault(changed: Changed) -> None:
    laws = rows_of(
        changed.family, "select law, sum(violations) as broken from fct_law_checks group by law order by law"
    )
    assert [(row["law"], row["broken"]) for row in laws] == [(law, 0) for law in range(1, 13)]
    (found,) = (row for row in changed.shown["violations"] if row["law_name"] == "law_12_pay_never_falls")
    assert found["violations"] == 1
    assert found["examples"].startswith("pay_never_falls ")


@pytest.mark.nightly
def test_what_the_page_tells_to_run_passes_with_all_changes(changed: Changed) -> None:
    done = _python(changed.checkout, "-m", "pytest", "-q", "-p", "no:cacheprovider", *SUITES)
    assert done.returncode == 0, done.stdout[-6000:]


def _sharing_in_the_match(database: Path) -> list[dict[str, Any]]:
    """Who has a match that no limit has cut."""
    rows = rows_of(
        database,
        "select employee_id, age, plan_compensation, employee_contributions, employer_match from fct_workforce_snapshot"
        " where employer_match > 0 and not is_limited_by_415c",
    )
    assert len(rows) > 50
    return rows


def _cents(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal("0.01"), ROUND_HALF_UP)


def _python(checkout: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(checkout), "PYTHONIOENCODING": "utf-8"}
    return subprocess.run(
        [sys.executable, *arguments], cwd=checkout, env=environment, capture_output=True, text=True, encoding="utf-8",
        check=False,
    )  # fmt: skip
