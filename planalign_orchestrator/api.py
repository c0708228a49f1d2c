"""The engine from Python: simulate, open a run, and hand its tables to Arrow, pandas or polars."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from html import escape
from pathlib import Path
from typing import Any

import duckdb

from planalign_orchestrator.config.hardware import inspect_machine, resolve_limits
from planalign_orchestrator.config.loading import find_settings
from planalign_orchestrator.errors import ResultsError
from planalign_orchestrator.reports.rebuilding import report_run
from planalign_orchestrator.reports.results import RunResults, open_results, sole_run_folder
from planalign_orchestrator.run.folder import RunFolder
from planalign_orchestrator.run.inputs import gathered_inputs
from planalign_orchestrator.run.pipeline import PipelineOrchestrator
from planalign_orchestrator.storage.durable import private_files
from planalign_orchestrator.warehouse import PUBLIC_TABLES

_SHOWN = 10
"""Rows that a notebook shows of a table."""


class Table:
    """A table of a run, or some of its rows; read when somebody asks for it.

    Args:
        relation: the query behind it.

    Attributes:
        columns: the names of the columns.
    """

    def __init__(self, relation: duckdb.DuckDBPyRelation) -> None:
        self._relation, self.columns = relation, list(relation.columns)

    def where(self, condition: str) -> "Table":
        """The rows for which an SQL condition holds, such as ``simulation_year = 2027``."""
        return Table(self._relation.filter(condition))

    def rows(self) -> list[dict[str, Any]]:
        """The rows as mappings: amounts are Decimals, days dates."""
        return [dict(zip(self.columns, row, strict=True)) for row in self._relation.fetchall()]

    def arrow(self) -> Any:
        """The table as ``pyarrow.Table``; needs pyarrow."""
        return self._relation.to_arrow_table()

    def pandas(self) -> Any:
        """The table as ``pandas.DataFrame``; needs pandas."""
        return self._relation.df()

    def polars(self) -> Any:
        """The table as ``polars.DataFrame``; needs polars and pyarrow."""
        return self._relation.pl()

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        """What other libraries read Arrow data by, without a copy."""
        return self._relation.__arrow_c_stream__(requested_schema)

    def __len__(self) -> int:
        return int(self._relation.shape[0])

    def __repr__(self) -> str:
        return f"Table of {len(self):,} rows: {', '.join(self.columns)}"

    def _repr_html_(self) -> str:
        head = "".join(f"<th>{escape(name)}</th>" for name in self.columns)
        body = "".join(_html_row(row) for row in self._relation.limit(_SHOWN).fetchall())
        more = len(self) - _SHOWN
        note = f"<p>and {more:,} more rows</p>" if more > 0 else ""
        return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{note}"


class Run(AbstractContextManager["Run"]):
    """A finished run, open for reading; close it, or use it in a ``with`` block, before the next run in its folder.

    Args:
        folder: the run folder.

    Attributes:
        years: the simulated years.
        summary: one row a year: headcount, pay, participation, contributions, cost.
        record: what ``run.json`` says: settings, versions, times, data quality.
    """

    def __init__(self, folder: Path) -> None:
        self._open = ExitStack()
        self._results: RunResults = self._open.enter_context(open_results(folder))
        self.folder, self.years = self._results.folder.root, self._results.years
        self.summary, self.record = self.table("fct_yearly_summary"), self._results.record

    @property
    def warnings(self) -> Sequence[str]:
        """What a reader of the results must know."""
        return self._results.warnings

    def table(self, name: str) -> Table:
        """A public table, such as ``fct_workforce_snapshot``.

        Raises:
            ResultsError: there is no such table.
        """
        if name not in PUBLIC_TABLES:
            raise ResultsError(f"there is no table {name!r}", remedy=f"The tables are {', '.join(PUBLIC_TABLES)}.")
        return Table(self._results.connection.table(name))

    def close(self) -> None:
        """Close the database."""
        self._open.close()

    def __exit__(self, *raised: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Run {self._results.title}, {self._results.period}, in {self.folder}"

    def _repr_html_(self) -> str:
        return f"<p>{escape(repr(self))}</p>{self.summary._repr_html_()}"


def simulate(
    census: str | Path | None = None,
    *,
    years: range | None = None,
    scenario: str | None = None,
    config: Path | None = None,
    settings: Mapping[str, object] | None = None,
    output: str | Path = "runs",
    reports: bool = True,
) -> Run:
    """Simulate as ``planalign run`` does, and open the result.

    Args:
        census: CSV, Parquet or Excel file, or an https address; the bundled one when left out.
        years: the plan years, such as ``range(2026, 2031)``.
        scenario: name of a bundled scenario, or a file.
        config: configuration file; ``planalign.yaml`` or ``config/simulation_config.yaml`` is found by itself.
        settings: single settings by dotted name, such as ``{"plan.match.formula": "safe_harbor_basic"}``.
        output: the folder for run folders.
        reports: write the reports too.

    Raises:
        PlanAlignError: see ``errors``; the last good result in the folder is untouched.
    """
    given = dict(settings or {})
    if census is not None:
        given["census.path"] = str(census)
    if years is not None:
        given |= {"simulation.start_year": years[0], "simulation.end_year": years[-1]}
    effective = find_settings(config, scenario, given)
    folder = RunFolder((Path(output) / effective.settings.simulation.scenario_id).resolve())
    limits = resolve_limits(effective.settings.multi_year.optimization, inspect_machine(folder.root))
    simulation = effective.settings.simulation
    with private_files():
        inputs = gathered_inputs(effective, folder.root / "download")
        orchestrator = PipelineOrchestrator(effective, inputs, folder, limits)
        orchestrator.execute_multi_year_simulation(simulation.start_year, simulation.end_year)
        if reports:
            report_run(folder, effective.settings.reporting.formats, "planalign_orchestrator.simulate")
    return Run(folder.root)


def open_run(folder: str | Path) -> Run:
    """Open the result of a run.

    Args:
        folder: a run folder, or one in which there is just one.

    Raises:
        ResultsError: there is no result.
    """
    return Run(sole_run_folder(Path(folder)))


def _html_row(row: Iterator[Any] | Sequence[Any]) -> str:
    return "<tr>" + "".join(f"<td>{'' if value is None else escape(str(value))}</td>" for value in row) + "</tr>"
