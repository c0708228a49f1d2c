"""What a run starts from: settings, census, assumption tables and model code, with the fingerprints of each."""

import datetime as dt
import hashlib
import platform
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from functools import cache, cached_property, partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

from planalign_orchestrator import __version__
from planalign_orchestrator.census.intake import read_census
from planalign_orchestrator.census.options import Band, CensusOptions
from planalign_orchestrator.census.source import resolve_source
from planalign_orchestrator.config.assumptions import AssumptionTable, assumption_fingerprints, effective_assumptions
from planalign_orchestrator.config.loading import EffectiveSettings
from planalign_orchestrator.config.result_settings import flat_settings, recordable
from planalign_orchestrator.config.settings import Settings, changing_years, settings_of
from planalign_orchestrator.errors import CensusError, instead_of
from planalign_orchestrator.pipes import refuse_pipes
from planalign_orchestrator.resources import bundled_census, dbt_project_dir
from planalign_orchestrator.run.folder import RunFolder
from planalign_orchestrator.run.record import read_record
from planalign_orchestrator.storage.durable import content_of, copy_synced, sha256_of
from planalign_orchestrator.storage.fingerprints import Fingerprints, model_digests


@dataclass(frozen=True)
class CheckedCensus:
    """A census that was taken in.

    Args:
        path: the checked census.
        record: what ``run.json`` says of it.
        data_quality: the data-quality record, as ``run.json`` holds it.
        note: a sentence for the user, where the file itself was not read.
    """

    path: Path
    record: Mapping[str, Any]
    data_quality: list[dict[str, Any]]
    note: str | None = None

    @property
    def rows_kept(self) -> int:
        """How many people it has."""
        return int(self.record["rows_kept"])


def kept_census(folder: RunFolder) -> CheckedCensus | None:
    """The checked census of the latest run in a folder, if it is as that run wrote it."""
    for path, record_path in ((folder.partial_census, folder.partial_record), (folder.census, folder.run_record)):
        run = read_record(record_path) or {}
        record = run.get("census", {})
        if record and path.exists() and asdict(content_of(path)) == record.get("checked"):
            return CheckedCensus(path, record, run.get("data_quality", []))
    return None


def gathered_inputs(
    effective: EffectiveSettings, download_folder: Path, *, going_on: RunFolder | None = None
) -> "RunInputs":
    """What a run with these settings starts from; what lies at an address is fetched.

    Args:
        effective: the settings, with where each came from.
        download_folder: takes what is fetched.
        going_on: the folder whose run goes on, with what was fetched before, and with its checked census where the
            file itself is gone.

    Raises:
        ConfigurationError, CensusError, NetworkError: a file is not there, or cannot be fetched.
    """
    settings = effective.settings
    source, tables = local_files(settings, lambda name, _: download_folder / name, keep=going_on is not None)
    kept = kept_census(going_on) if going_on is not None and not source.exists() else None
    return RunInputs(settings, source, effective.where, tables, kept)


def local_files(
    settings: Settings, place: Callable[[str, str], Path], *, keep: bool = False
) -> tuple[Path, dict[str, Path]]:
    """The census, and the assumption tables that are to be fetched, on this machine.

    Args:
        settings: say what is wanted.
        place: the folder for a download, by what it is and its address.
        keep: use earlier downloads.
    """
    census, get = settings.census, partial(resolve_source, network=settings.network, keep=keep)
    file = get(census.path, place(".", census.path), sha256=census.sha256) if census.path else bundled_census()
    addresses = settings.assumptions.tables
    return file, {name: get(url, place(f"assumptions/{name}", url)) for name, url in addresses.items()}


@dataclass(frozen=True)
class RunInputs:
    """The inputs of a run.

    Args:
        settings: the effective settings.
        census_file: the census as the user gave it, on this machine.
        where: tells the place where a setting was written, for faults in assumption overrides.
        tables: the files that ``assumptions.tables`` names, as they were fetched, by table.
        kept: the checked census of an interrupted run, to go on with when the file itself is not there any more.
    """

    settings: Settings
    census_file: Path
    where: Callable[..., str] | None = None
    tables: Mapping[str, Path] = field(default_factory=dict)
    kept: CheckedCensus | None = None

    @cached_property
    def dbt_project(self) -> Path:
        """The folder of the dbt project."""
        return dbt_project_dir()

    @property
    def assumptions(self) -> dict[str, AssumptionTable]:
        """The assumption tables of the first year, by name; see ``assumptions_by_year``."""
        return self.assumptions_of(self.settings.simulation.start_year)

    @cached_property
    def assumptions_by_year(self) -> dict[int, dict[str, AssumptionTable]]:
        """The assumption tables with the configuration's changes, by name, by the year from which on they hold.

        Raises:
            ConfigurationError: a table or override is wrong.
        """
        found: dict[int, dict[str, AssumptionTable]] = {}
        seeds, overrides = self.dbt_project / "seeds", None
        for year in changing_years(self.settings):
            settings = settings_of(self.settings, year)
            if overrides != settings.assumptions.overrides:
                where = partial(self.where, year=year) if self.where else None
                found[year] = effective_assumptions(settings, seeds, where=where, fetched=self.tables)
            overrides = settings.assumptions.overrides
        return found

    def assumptions_of(self, year: int) -> dict[str, AssumptionTable]:
        """The assumption tables in force in a year, by name."""
        return self.assumptions_by_year[max(first for first in self.assumptions_by_year if first <= year)]

    @property
    def changing_assumptions(self) -> set[str]:
        """The assumption tables that an amendment changes."""
        by_year = self.assumptions_by_year.values()
        return {name for name in self.assumptions if len({tables[name].rows for tables in by_year}) > 1}

    @cached_property
    def census_sha256(self) -> str:
        """The SHA-256 of the census file's bytes, in hexadecimal digits.

        Raises:
            CensusError: the file cannot be read.
        """
        return _sha256(self.census_file) if self.kept is None else str(self.kept.record["sha256"])

    @cached_property
    def fingerprints(self) -> Fingerprints:
        """Everything that decides the result."""
        return Fingerprints(
            settings=recordable(flat_settings(self.settings)),
            census=self.census_fingerprint,
            assumptions=dict(assumption_fingerprints(self.assumptions)),
            models=model_digests(self.dbt_project),
            versions=versions(),
            seed=self.settings.simulation.random_seed,
        )

    @cached_property
    def census_fingerprint(self) -> str:
        """The file's hash, together with those of the mapping and the key that it is read with."""
        census = self.settings.census
        files = [Path(name) for name in (census.mapping, census.pseudonym_key) if name]
        for path in files:  # a pipe would have nothing left for whoever reads it next
            refuse_pipes(path, 0)
        more = [
            _sha256(path) for given in files for path in (sorted(given.glob("*.yaml")) if given.is_dir() else [given])
        ]
        if not more:
            return self.census_sha256
        return hashlib.sha256("".join([self.census_sha256, *more]).encode()).hexdigest()

    def take_in_census(self, *, output: Path, rejects: Path) -> CheckedCensus:
        """Check the census and write it where the model reads it; it describes the day before the first year.

        Of one that was kept, the checked file is taken as it is.

        Raises:
            CensusError: it cannot be read, has rows that cannot be used, or is not what ``census.sha256`` asks for.
        """
        census = self.settings.census
        if census.sha256 is not None and census.sha256.lower() != self.census_sha256:
            raise CensusError.told("other census", inputs=self, wanted=census.sha256.lower())
        if self.kept is not None:
            if self.kept.path != output:
                copy_synced(self.kept.path, output)
            note = f"{self.census_file} is not there; the run goes on with its checked content, which the folder holds"
            return replace(self.kept, path=output, note=note)
        intake = read_census(
            self.census_file,
            as_of=dt.date(self.settings.simulation.start_year - 1, 12, 31),
            output=output,
            rejects=rejects,
            options=census_options(self.settings, self.assumptions),
        )
        record = intake.as_record()
        quality = record.pop("data_quality")
        return CheckedCensus(output, {**record, "checked": asdict(content_of(output))}, quality)


def census_options(settings: Settings, tables: Mapping[str, AssumptionTable]) -> CensusOptions:
    """How the settings have a census read; levels are checked against the level table."""
    census, levels = settings.census, tables["levels"]
    names = ("level_id", "min_pay", "max_pay", "new_hire_pay_percentile", "market_factor")
    columns = [map(float, levels.column(name)) for name in names]
    factor = settings.workforce.new_hires.pay_factor
    as_set = census.model_dump(include={"sheet", "date_order", "on_bad_rows", "drop_at_most", "groups"})
    return CensusOptions(
        **as_set,
        mapping=Path(census.mapping) if census.mapping else None,
        birth_date_from_age=census.impute.birth_date,
        key_file=Path(census.pseudonym_key) if census.pseudonym == "keyed" and census.pseudonym_key else None,
        bands=[
            Band(int(level), low, high, (low + (high - low) * place) * market * factor)
            for level, low, high, place, market in zip(*columns, strict=True)
        ],
    )


@cache
def versions() -> Mapping[str, str]:
    """The versions of everything that a result depends on."""
    packages = {"planalign": __version__, "python": platform.python_version()}
    return packages | {name: version(name) for name in ("duckdb", "jinja2")}


def _sha256(path: Path) -> str:
    with instead_of(OSError, CensusError.told, "closed census", path=path):
        return sha256_of(path)
