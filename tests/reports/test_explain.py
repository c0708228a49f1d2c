"""`planalign explain`: agrees with the model for everybody, and shows loudly where a stored amount is wrong."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from typer.testing import CliRunner, Result

from planalign_orchestrator.cli import app
from planalign_orchestrator.errors import ResultsError
from planalign_orchestrator.reports.explanation import YearStory, explain
from planalign_orchestrator.reports.html_report import simulated
from planalign_orchestrator.reports.marts import Marts
from planalign_orchestrator.reports.results import open_results
from planalign_orchestrator.run.folder import RunFolder
from planalign_orchestrator.storage.fingerprints import Fingerprints
from planalign_orchestrator.storage.journal import changes_by_year
from tests.engine import Engine, settings_with, write_census
from tests.model.bands import band, steps, tier
from tests.model.worlds import WORLDS
from tests.reports.run_folders import run_folder


def planalign(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def stories(folder: RunFolder, where: str = "true", most: int = 1) -> dict[str, list[YearStory]]:
    """The stories of some people who meet a condition on the snapshot."""
    with open_results(folder.root) as results:
        chosen = f"select distinct employee_id from fct_workforce_snapshot where {where}"
        query = f"{chosen} order by md5(employee_id) limit {most}"
        return {row["employee_id"]: explain(results, row["employee_id"]) for row in results.query(query)}


def figures(working: str) -> list[Decimal]:
    """The amounts in a line of working."""
    return [Decimal(found.replace(",", "")) for found in re.findall(r"[\d,]+\.\d\d", working)]


def wrong(told: dict[str, list[YearStory]]) -> list[str]:
    return [
        f"{who} {year.year} {line.label}: {line.stored} but {line.recomputed} = {line.working}"
        for who, years in told.items()
        for year in years
        for line in year.lines
        if not line.agrees
    ]


@pytest.fixture(scope="module")
def intricate(engine: Engine, small_census: Path, tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    """Rules that the default plan does not use: bands, disparity, exceptions, top-paid group, estimated limits."""
    settings = settings_with(
        simulation__start_year=2026,
        simulation__end_year=2027,
        plan__match__family="tenure_bands",
        plan__match__service_bands=[
            band(0, tier(0, 0.04, 0.5)),
            band(3, tier(0, 0.03, 1), tier(0.03, 0.08, 0.333)),
        ],
        plan__match__eligibility={"last_day_exceptions": ["voluntary"], "waive_hours_for_leavers": True},
        plan__core__type="points",
        plan__core__bands=steps((0, 0.04), (45, 0.06), (70, 0.2)),
        plan__core__permitted_disparity={"enabled": True, "excess_rate": 0.04, "integration_level": 0.5},
        plan__core__eligibility={"minimum_service_years": 1, "waive_hours_for_new_hires": True},
        plan__compliance={"top_paid_group_election": True},
        plan__eligibility={"entry_dates": "monthly", "waiting_period_days": 30},
        plan__escalation={"effective_date": "07-01", "increment": 0.02, "first_escalation_delay_years": 0},
        plan__vesting={"match_schedule": "graded_3", "core_schedule": "qaca_2"},
        plan__behavior__known_plan={"match_ceiling": 0.04},
    )
    return run_folder(engine, settings, small_census, tmp_path_factory.mktemp("explain") / "intricate")


@pytest.fixture(scope="module")
def highly_paid(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    """Six people who meet the limits: of pay, of deferrals with every catch-up, and of annual additions."""
    folder = tmp_path_factory.mktemp("limits")
    people = [
        {
            "employee_id": f"H{born}",
            "birth_date": f"{born}-07-01",
            "hire_date": "2010-03-15",
            "annual_compensation": 400_000 if born != 1990 else 21_000,
            "deferral_rate": Decimal("0.30"),
            "prior_year_compensation": 390_000,
            "years_of_vesting_service": Decimal("3.5"),
            "employer_account_balance": 1234.56,
        }
        for born in (1950, 1964, 1966, 1975, 1985, 1990)
    ]
    settings = settings_with(
        simulation__start_year=2026,
        simulation__end_year=2027,
        workforce__total_termination_rate=0.4,
        plan__core__type="flat",
        plan__core__rate=0.2,
        plan__match__formula="tiered",
        plan__match__computed="payroll",
    )
    return run_folder(engine, settings, write_census(folder / "census.parquet", people), folder / "run")


def test_people_agree_to_the_cent_under_the_default_plan(two_years: RunFolder) -> None:
    told = stories(two_years, most=90)
    assert len(told) == 90 and wrong(told) == []


def test_people_agree_to_the_cent_under_intricate_rules(intricate: RunFolder) -> None:
    told = stories(intricate, most=90)
    assert len(told) == 90 and wrong(told) == []
    amounts = [line for years in told.values() for year in years for line in year.lines]
    assert any(line.label == "match" and line.stored > 0 for line in amounts)
    assert any("top-paid group" in line.working for line in amounts)
    assert {line.stored for line in amounts if line.label == "rate that answers the match"} == {Decimal("0.08")}


def test_people_agree_at_the_limits(highly_paid: RunFolder) -> None:
    told = stories(highly_paid, most=20)
    assert wrong(told) == []
    first = {who: {line.label: line for line in years[0].lines} for who, years in told.items() if who.startswith("H")}
    assert {first[who]["of which catch-up"].stored for who in ("H1950", "H1964", "H1985")} == {
        Decimal("8000.00"), Decimal("11250.00"), Decimal("0.00"),
    }  # fmt: skip
    of_1985 = first["H1985"]["match by the formula"]
    assert of_1985.working.endswith(f"until a limit on deferrals or pay is reached: {of_1985.stored:,.2f}")
    additions = [lines["core contribution"] for lines in first.values()]
    assert any(line.stored > 0 and " less 0.00 " not in line.working for line in additions)
    for lines in first.values():
        of_all = lines["employee deferrals"].working
        before, returned = figures(of_all.partition(";")[0])
        assert lines["employee deferrals"].stored == before - returned
        regular, match, core, limit, above = figures(of_all.partition(";")[2])
        cuts = {label: figures(lines[label].working) for label in ("match", "core contribution")}
        assert {label: a - b for label, (a, b) in cuts.items()} == {label: lines[label].stored for label in cuts}
        assert (match, core) == tuple(formula for formula, _ in cuts.values())
        assert above == max(regular + match + core - limit, 0)
        catch_up, made = figures(lines["of which catch-up"].working)
        assert lines["of which catch-up"].stored == catch_up + made
        assert above == made + returned + sum(cut for _, cut in cuts.values())
        assert list(lines).index("of which catch-up") == list(lines).index("employee deferrals") + 1


@pytest.mark.parametrize("used_for", ["offset", "reallocate"])
def test_a_plan_without_a_core_has_no_line_about_one(
    engine: Engine, small_census: Path, tmp_path: Path, used_for: str
) -> None:
    settings = settings_with(simulation__end_year=2026, plan__core__type="none", plan__forfeitures__used_for=used_for)
    told = stories(run_folder(engine, settings, small_census, tmp_path / "run"), most=10)
    lines = [line for years in told.values() for year in years for line in year.lines]
    about = {line.label for line in lines if "core" in line.label + line.working}
    assert wrong(told) == []
    assert ("core contribution" in about and "core account" in about) if used_for == "reallocate" else not about


def test_people_agree_to_the_cent_above_the_limit_of_the_plan(
    engine: Engine, small_census: Path, tmp_path: Path
) -> None:
    world = next(world for world in WORLDS if world.name.startswith("people of 50 and over pass"))
    folder = run_folder(engine, world.settings(), small_census, tmp_path / "passing")
    told = stories(folder, "catch_up_contributions > 0", most=40)
    assert len(told) > 20 and wrong(told) == []
    workings = [line.working for years in told.values() for year in years for line in year.lines]
    assert any("of the plan, at most" in working for working in workings)


def test_people_agree_to_the_cent_when_settings_are_amended(engine: Engine, small_census: Path, tmp_path: Path) -> None:
    world = next(world for world in WORLDS if world.name == "everything is amended")
    folder = run_folder(engine, world.settings(), small_census, tmp_path / "amended")
    told = stories(folder, "tenure_years between 2 and 6 and simulation_year = 2028", most=60)
    assert len(told) > 20 and wrong(told) == []
    workings = {line.working for years in told.values() for year in years for line in year.lines}
    assert {found for found in workings if found.startswith("schedule graded") and " or graded 5" in found}
    with open_results(folder.root) as results:
        facts = dict(simulated(Marts(results)))
    assert facts["From 2027"].startswith("a hiring freeze, and everybody who does not take part is enrolled again each")
    assert "Match, formula: safe harbor basic" in facts["From 2027"]
    assert "Vesting, match schedule: graded 2-6" in facts["From 2026"]
    assert "graded 2-6" in facts["Vesting, 2028"] and facts["Vesting, 2025"] != facts["Vesting, 2028"]


def test_the_story_has_events_periods_and_a_rule_for_each_amount(two_years: RunFolder) -> None:
    (who, years), *_ = stories(two_years, "forfeiture_amount > 0").items()
    shown = planalign("explain", who, "--run", two_years.root, "--rules")
    assert shown.exit_code == 0, shown.output
    for text in ("termination", "forfeiture", "days", "IRC 402(g)", "IRC 411(a)", "methodology 8", "a year"):
        assert text in shown.output
    assert str(years[-1].year) in shown.output and "MISMATCH" not in shown.output
    assert all(line.rule and line.working for year in years for line in year.lines)


def test_stories_of_hces_add_up_to_their_coverage(two_years: RunFolder) -> None:
    told = stories(two_years, "simulation_year = 2026 and is_hce", most=10_000)
    lines = [line for years in told.values() for line in years[-1].tests if line.startswith("Coverage: HCE, ")]
    assert len(lines) == len(told)
    with duckdb.connect(str(two_years.database), read_only=True) as connection:
        tested = connection.execute(
            "select test, n_hce, hce_average from fct_ndt_test"
            " where simulation_year = 2026 and starts_with(test, 'coverage_')"
        ).fetchall()
    for test, size, average in tested:
        parts = [line.partition(f"{test[9:]}: ")[2].partition(";")[0] for line in lines]
        assert len(parts) - parts.count("excludable") == size
        assert round(Decimal(100 * parts.count("benefits")) / size, 2) == average


def test_one_year_as_json(two_years: RunFolder) -> None:
    who = next(iter(stories(two_years, "detailed_status_code = 'continuous_active' and simulation_year = 2026")))
    document = json.loads(planalign("explain", who, "--run", two_years.root, "--year", "2026", "--json").output)
    assert document["employee_id"] == who and document["mismatches"] == 0
    assert [year["year"] for year in document["years"]] == [2026]
    labels = [line["label"] for line in document["years"][0]["amounts"]]
    assert {"pay earned", "employee deferrals", "match", "core contribution", "highly compensated"} <= set(labels)


@pytest.mark.parametrize(
    ("column", "value", "label"),
    [
        ("employee_contributions", "employee_contributions + 0.01", "employee deferrals"),
        ("employer_match", "employer_match + 0.01", "match"),
        ("prorated_annual_compensation", "prorated_annual_compensation - 0.01", "pay earned"),
        ("forfeiture_amount", "forfeiture_amount + 1", "forfeited"),
        ("is_hce", "not is_hce", "highly compensated"),
    ],
)
def test_a_wrong_amount_is_shown_and_ends_with_an_error(
    two_years: RunFolder, tmp_path: Path, column: str, value: str, label: str
) -> None:
    shutil.copytree(two_years.root, tmp_path / "run")
    folder = RunFolder(tmp_path / "run")
    who = next(iter(stories(folder, "employer_match > 0 and simulation_year = 2026")))
    with duckdb.connect(str(folder.database)) as connection:
        connection.execute(
            f"update fct_workforce_snapshot set {column} = {value} where employee_id = ? and simulation_year = 2026",
            [who],
        )
    shown = planalign("explain", who, "--run", folder.root, "--year", "2026")
    assert shown.exit_code == 4
    before, _, after = shown.output.partition("MISMATCH")
    assert after and any(line.strip().lower().startswith(label) for line in before.splitlines()[-3:])


@pytest.mark.parametrize("recorded", [True, False])
def test_amounts_of_tables_that_a_rewind_has_replaced_are_not_judged(
    two_years: RunFolder, tmp_path: Path, recorded: bool
) -> None:
    shutil.copytree(two_years.root, tmp_path / "run")
    folder = RunFolder(tmp_path / "run")
    before = Fingerprints({}, "", {"irs_limits": "1", "vesting_schedules": "1", "levels": "1"}, {}, {}, 1)
    after = replace(before, assumptions={**before.assumptions, "vesting_schedules": "2", "levels": "2"})
    record = json.loads(folder.run_record.read_text(encoding="utf-8"))
    record["changes_by_year"] = changes_by_year({2025: before, 2026: after}) if recorded else {}
    folder.run_record.write_text(json.dumps(record), encoding="utf-8")
    with duckdb.connect(str(folder.database)) as connection:
        connection.execute("update vesting_schedules set vested_percentage = 0.123 where vested_percentage < 1")
    who = next(iter(stories(folder, "match_vested_percentage < 1 and simulation_year = 2025")))
    shown = planalign("explain", who, "--run", folder.root, "--year", "2025")
    assert shown.exit_code == (0 if recorded else 4), shown.output
    assert ("not worked out again: vesting_schedules changed after 2025" in shown.output) == recorded


def test_an_unknown_person_or_year_gets_the_nearest(two_years: RunFolder) -> None:
    who = next(iter(stories(two_years, "simulation_year = 2025")))
    refused = planalign("explain", f"{who}x", "--run", two_years.root).exception
    assert isinstance(refused, ResultsError) and who in str(refused.remedy)
    refused = planalign("explain", who, "--run", two_years.root, "--year", "2031").exception
    assert isinstance(refused, ResultsError) and "2025" in str(refused.remedy)
