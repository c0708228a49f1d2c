"""A run folder from a stranger: SQL that lies in its database reaches no other file, and is not taken for a result."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from planalign_orchestrator.errors import ResultsError
from planalign_orchestrator.run.folder import RunFolder
from planalign_orchestrator.run.record import StageContext
from planalign_orchestrator.run.stages import FOUNDATION
from planalign_orchestrator.warehouse import open_database
from tests.pipeline.runs import orchestrator_for
from tests.security.conftest import HostileRun, Said

pytestmark = pytest.mark.slow
SECRET = "what stands in a file of the reader"
PLANTED = {
    "view for a public table": "drop table fct_law_checks; create view fct_law_checks as select content as law,"
    " content as law_name, 1 as violations from read_text('{secret}')",
    "view for an assumption table": "drop table irs_limits; create view irs_limits as from read_text('{secret}')",
    "view that nobody asks for": "create view innocent as from read_text('{secret}')",
    "macro of a known name": "create macro sum(x) as (select content from read_text('{secret}'))",
    "macro that is a table": "create macro fct(x) as table from read_text('{secret}')",
}
COMMANDS = (
    ("report", "{run}", "--people", "--export", "csv", "--output", "{out}"),
    ("compare", "{sound}", "{run}", "--output", "{out}"),
    ("compare", "{run}", "{sound}", "--output", "{out}"),
    ("explain", "--run", "{run}", "--", "=1+1"),
)


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    path = tmp_path / "secret.txt"
    path.write_text(SECRET, encoding="utf-8")
    return path


@pytest.fixture
def copied(hostile_run: HostileRun, tmp_path: Path) -> RunFolder:
    return RunFolder(shutil.copytree(hostile_run.folder.root, tmp_path / "run"))


@pytest.mark.parametrize("planted", PLANTED)
def test_what_a_run_does_not_define_is_refused(
    planted: str, copied: RunFolder, hostile_run: HostileRun, secret: Path, tmp_path: Path, command: Callable[..., Said]
) -> None:
    with duckdb.connect(str(copied.database)) as connection:
        connection.execute(PLANTED[planted].format(secret=secret.as_posix()))
    places = {"run": str(copied.root), "sound": str(hostile_run.folder.root), "out": str(tmp_path / "out")}
    for words in COMMANDS:
        said = command(*(word.format(**places) for word in words))
        assert said.code == 2, said.everything
        assert "Traceback" not in said.everything
        assert SECRET not in said.everything
    assert not [path for path in (tmp_path / "out").rglob("*") if path.is_file()]


@pytest.mark.parametrize(
    "statement",
    [
        "from read_text('{secret}')",
        "from glob('*')",
        "copy (select 1) to '{secret}.csv'",
        "attach '{secret}.duckdb' as other",
        "load httpfs",
        "set enable_external_access = true",
        "export database '{secret}.folder'",
    ],
)
def test_a_database_that_is_only_read_reaches_no_other_file(copied: RunFolder, secret: Path, statement: str) -> None:
    with open_database(copied.database, read_only=True) as connection, pytest.raises(duckdb.Error):
        connection.execute(statement.format(secret=secret.as_posix()))


def test_a_copy_goes_only_to_the_folder_that_was_named(copied: RunFolder, tmp_path: Path) -> None:
    (tmp_path / "out[1]").mkdir()
    with open_database(copied.database, read_only=True, exports=tmp_path / "out[1]") as connection:
        connection.execute(f"copy (select 1) to '{(tmp_path / 'out[1]').as_posix()}/a.csv'")
        with pytest.raises(duckdb.PermissionException):
            connection.execute(f"copy (select 1) to '{tmp_path.as_posix()}/a.csv'")


RESUMED = {
    "view of the census": ("create or replace view stg_census as select * replace (({secret}) || employee_id as"
                           " employee_id) from ({census})"),
    "macro of a known name": "create macro round(a, b) as (length(({secret})))",
    "view that nobody asks for": "create view innocent as select ({secret}) as secret",
}  # fmt: skip


@pytest.mark.parametrize("planted", RESUMED)
def test_a_run_that_goes_on_in_a_folder_of_a_stranger_reads_no_other_file(
    planted: str, hostile_run: HostileRun, secret: Path, tmp_path: Path
) -> None:
    def stop(context: StageContext) -> None:
        if context.stage == FOUNDATION.name:
            raise KeyboardInterrupt

    working = orchestrator_for(tmp_path, hostile_run.census)
    working.add_stage_hook("pre_stage", stop)
    with pytest.raises(KeyboardInterrupt):
        working.execute_multi_year_simulation(2025, 2025)
    folder = RunFolder(tmp_path / "runs" / "baseline")
    with duckdb.connect(str(folder.partial_database)) as connection:
        [(view,)] = connection.execute("select sql from duckdb_views() where view_name = 'stg_census'").fetchall()
        read = f"select content from read_text('{secret.as_posix()}')"
        connection.execute(RESUMED[planted].format(secret=read, census=view.partition(" AS ")[2].rstrip(";")))
    result = orchestrator_for(tmp_path, hostile_run.census).execute_multi_year_simulation(2025, 2025, resume=True)
    with open_database(folder.database, read_only=True) as connection:
        ids = connection.execute("select distinct employee_id from fct_workforce_snapshot").fetchall()
    assert len(ids) > 5 and not [name for (name,) in ids if SECRET in name]
    assert planted == "view of the census" or any("no run makes" in note for note in result.record.notes)


def test_the_view_that_a_run_keeps_is_no_stranger(copied: RunFolder) -> None:
    with duckdb.connect(str(copied.database)) as connection:
        connection.execute("create view stg_census as select 1")
    with open_database(copied.database, read_only=True):
        pass
    with duckdb.connect(str(copied.database)) as connection:
        connection.execute("create view stg_census_2 as select 1")
    with pytest.raises(ResultsError, match="stg_census_2"), open_database(copied.database, read_only=True):
        pass
