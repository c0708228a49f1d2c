"""Every setting of a simulation: name, type, unit, default and reason. Defaults stand here and nowhere else."""

from typing import Any, Literal

from pydantic import Field, field_validator

from planalign_orchestrator.config.amendments import Amendment, in_force
from planalign_orchestrator.config.fields import Identifier, MonthDay, Section, Share, conflict, part, refusal, setting
from planalign_orchestrator.config.network import HttpsAddress, Network
from planalign_orchestrator.config.plan import Plan
from planalign_orchestrator.tables import table

GROUPS_OF_EVERY_RUN = frozenset(table(__package__, "results")["groups"]["of every run"].split())
"""The groups of ``fct_plan_by_group`` that a column of the census may not be called like."""

LARGEST_SEED = 2**63 - 1_000_001
"""A seed is stored in 64 bits, and some are counted up from the one that is set, a million at most."""


class Simulation(Section):
    """What is simulated."""

    start_year: int = setting(2025, "plan year", ge=2010, le=2100)
    """The first simulated year."""
    end_year: int = setting(2029, "plan year", ge=2010, le=2100)
    """The last simulated year."""
    random_seed: int = setting(42, "whole number", ge=0, le=LARGEST_SEED)
    """The same seed gives the same tables."""
    scenario_id: Identifier = setting("baseline", "name")
    """Names the run folder and stands in every row."""
    plan_design_id: Identifier = setting("current_plan", "name")
    """Names the plan design in every row."""

    def check(self) -> None:
        if self.end_year < self.start_year:
            raise conflict(f"end_year {self.end_year} is before start_year {self.start_year}", "end_year start_year")


class Impute(Section):
    """Values to make up for people without them; by default none."""

    birth_date: float | None = setting(None, "years of age at hire, or null", ge=14, le=80)
    """Missing birth dates become the hire date less this age, counted in every report; null refuses such rows."""


class Census(Section):
    """Where the people come from."""

    path: str | None = setting(None, "file or https address", min_length=1)
    """CSV, Parquet or Excel; null is the bundled census."""
    sha256: str | None = setting(None, "64 hexadecimal digits, or null", pattern=r"^[0-9a-fA-F]{64}$")
    """What the census must hash to, local or from an https address; any other file is refused."""
    sheet: str | None = setting(None, "name of a sheet", min_length=1)
    """For Excel files with several sheets; null is the first."""
    date_order: Literal["auto", "month_first", "day_first"] = setting("auto", "auto, month_first or day_first")
    """How 03/04/2019 is read; auto looks at the whole column; month first when it stays ambiguous, with a note."""
    on_bad_rows: Literal["refuse", "drop"] = setting("refuse", "refuse or drop")
    """Rows that cannot be used stop the run, or are left out and reported; left out, they change every total."""
    drop_at_most: int | None = setting(None, "rows, or null for 5% of them", ge=0)
    """The most rows that on_bad_rows: drop may leave out; null also keeps the last people of a kind in."""
    mapping: str | None = setting(None, "file or folder", min_length=1)
    """What each column means, as `planalign census map` proposed it; of a folder the file that fits the headings."""
    groups: list[str] = setting([], "list of headings")
    """Columns such as department or union by which reports group people; hires get values too."""
    pseudonym: Literal["none", "keyed"] = setting("none", "none or keyed")
    """Keyed replaces ids, or social security numbers where there are no ids, by a keyed hash, the same every year."""
    pseudonym_key: str | None = setting(None, "file", min_length=1)
    """Holds the key of pseudonym: keyed, 16 characters or more; keep it to yourself."""
    impute: Impute = part(Impute)

    def check(self) -> None:
        if self.pseudonym == "keyed" and self.pseudonym_key is None:
            raise conflict("pseudonym: keyed needs a key file", "pseudonym pseudonym_key")

    @field_validator("groups")
    @classmethod
    def _groups_are_columns(cls, value: list[str]) -> list[str]:
        from planalign_orchestrator.census.recognition import group_name, taken_names

        names = [group_name(name) for name in value]
        taken = taken_names() | GROUPS_OF_EVERY_RUN
        wrong = [name for name, column in zip(value, names, strict=True) if column in taken or not column]
        if wrong or len(set(names)) < len(names):
            raise refusal("groups", names=", ".join(wrong or value))
        return value


class Assumptions(Section):
    """Changes to the assumption tables (dbt seeds)."""

    directory: str | None = setting(None, "folder", min_length=1)
    """A folder of CSV files that replace bundled tables of the same name."""
    tables: dict[str, HttpsAddress] = setting({}, "https address by table")
    """Single tables fetched as CSV before the run; they replace those of the folder."""
    overrides: dict[str, list[dict[str, Any]]] = setting({}, "rows by table")
    """Changes single rows: the key columns say which, the others what is new."""


class Optimization(Section):
    """How much of the machine a run may use."""

    level: Literal["low", "medium", "high", "auto"] = setting("auto", "low, medium, high or auto")
    """Sets memory limit and batch size together; auto looks at the machine."""
    max_workers: int = setting(1, "threads", ge=1, le=64)
    """Threads of DuckDB; one is stable everywhere."""
    batch_size: int | None = setting(None, "thousands of employees, or null for the level's", ge=1, le=100_000)
    """People handled at once by the per-employee models; smaller needs less memory, also of the database."""
    memory_limit_gb: float | None = setting(
        None, "GiB for the whole process tree, or null for the level's", ge=0.5, le=1024
    )
    """The memory budget of a run, DuckDB and Python together."""


class Performance(Section):
    """Trades between speed, memory and disk."""

    enable_state_compression: bool = setting(False)
    """Compresses the year checkpoints; they are small, so speed is worth more by default."""
    enable_concurrent_processing: bool = setting(False)
    """Lets DuckDB use max_workers threads inside a statement; each needs memory of its own."""
    enable_parallel_dbt: bool = setting(False)
    """Builds max_workers models at a time; each needs memory of its own."""
    cache_workforce_snapshots: bool = setting(False)
    """Keeps each year's snapshot as a Parquet file in the run folder, for other programs to read."""


class State(Section):
    """What is kept for going on after an interruption."""

    enable_checkpointing: bool = setting(True)
    """Writes a checkpoint after every year, so that an interrupted run can go on."""
    preserve_intermediate_states: bool = setting(False)
    """Keeps the intermediate tables and every year's checkpoint of a finished run."""
    compression_level: int = setting(3, "1 to 9", ge=1, le=9)
    """Effort of the checkpoint compression; above 3 it costs much time and saves little disk."""
    checkpoints_kept: int = setting(2, "year checkpoints", ge=1, le=100)
    """How many of the newest year checkpoints are kept; a second one survives damage to the first."""


class Run(Section):
    """What a run folder keeps."""

    results_kept: int = setting(3, "earlier results", ge=0, le=1000)
    """How many results before the latest one stay in the run folder, each with its reports."""


class MultiYear(Section):
    """The machine: limits, trades, state."""

    optimization: Optimization = part(Optimization)
    performance: Performance = part(Performance)
    state: State = part(State)


class Reporting(Section):
    """What a finished run writes for people."""

    formats: list[Literal["csv", "html", "xlsx"]] = setting(["csv", "html", "xlsx"], "list of csv, html or xlsx")
    """The reports a run writes; `planalign report` writes them later too, from the run folder."""


class NewHires(Section):
    """Who is hired, and at what pay."""

    level_mix: Literal["opening"] | dict[int, Share] = setting("opening", "'opening', or weights by level")
    """How hires spread over job levels; 'opening' follows the workforce at the start of the year."""
    pay_factor: float = setting(1.0, "factor", gt=0, le=5)
    """Multiplies every new hire's pay, for a tighter or softer labor market."""
    pay_percentile_spread: float = setting(0.05, "share of the pay band", ge=0, le=0.5)
    """Standard deviation of a hire's place in the pay band around the level's percentile."""
    scheduled_hours_per_week: float | None = setting(None, "hours, or null", gt=0, le=80)
    """Scheduled hours of a new hire; null is those of somebody hired into the same level in the last three years."""


class SteeredUnit(Section):
    """Rates of the people with one value of the group that steers; a rate left out is that of everybody."""

    value: str = Field(description="value of the group", min_length=1)
    target_growth_rate: float | None = Field(default=None, description="share a year", ge=-1, le=5)
    total_termination_rate: float | None = Field(default=None, description="share a year, of all", ge=0, le=1)
    new_hire_termination_rate: float | None = Field(default=None, description="share a year, of hires", ge=0, lt=0.95)


class Workforce(Section):
    """Headcount and exits."""

    target_growth_rate: float = setting(0.03, "share of opening headcount a year", ge=-1, le=5)
    """The headcount follows the path of these rates from the census on, rounded half-up each year."""
    exits: Literal["quota", "random"] = setting("quota", "quota or random")
    """'quota': totals are exact; 'random': each person leaves by chance, and the target may be missed."""
    total_termination_rate: float = setting(0.12, "share of opening headcount a year", ge=0, le=1)
    """How many of the opening workforce leave; age, service and level decide who."""
    new_hire_termination_rate: float = setting(0.25, "share of hires", ge=0, lt=0.95)
    """The chance that a hire leaves within twelve months of hire, whatever the month."""
    involuntary_share: Share = setting(0.25, "share of 1")
    """Share of the exits that are involuntary, leaving out retirements, layoffs and dates known from the census."""
    steered_by: str | None = setting(None, "a heading of census.groups, or null", min_length=1)
    """The group whose values can have their own growth and exit rates."""
    steered: list[SteeredUnit] = setting([], "rates by value of steered_by")
    """Headcount and exits of these values; everybody else shares the rest."""
    new_hires: NewHires = part(NewHires)

    def check(self) -> None:
        values = [unit.value for unit in self.steered]
        if self.steered and self.steered_by is None:
            raise conflict("steered gives rates, but steered_by names no group", "steered steered_by")
        if len(set(values)) < len(values):
            raise conflict(f"steered names a value twice: {', '.join(values)}", "steered")


class Promotion(Section):
    """Who moves up a level, and the raise that goes with it."""

    base_rate: Share = setting(0.04, "share of eligible staff a year")
    """Promotion probability before the age, tenure and level factors."""
    promotion_rate_multiplier: float = setting(1.0, "factor", ge=0, le=25)
    """Scales every promotion probability."""
    effective_date: MonthDay = setting("02-01", "MM-DD")
    """The day on which promotions take effect."""
    minimum_service_years: int = setting(1, "completed years", ge=0, le=40)
    """Service needed on the promotion date."""
    raise_distribution: Literal["uniform", "normal", "fixed"] = setting("uniform", "uniform, normal or fixed")
    """How promotion raises spread around their mean."""
    raise_mean: Share = setting(0.10, "share of pay")
    """Mean raise on promotion."""
    raise_spread: float = setting(0.05, "share of pay", ge=0, le=0.5)
    """Half-width of the uniform, or standard deviation of the normal distribution."""
    raise_mean_by_level: dict[int, Share] = setting({}, "share of pay, by the level promoted from")
    """Overrides raise_mean for single levels."""
    raise_maximum: Share = setting(0.30, "share of pay")
    """No promotion raises pay by more than this share."""
    raise_maximum_amount: float = setting(500_000.0, "dollars a year", ge=0)
    """No promotion raises pay by more than this amount, which grows with the pay structure."""


class Compensation(Section):
    """Merit, cost of living and promotion raises."""

    structure_growth_rate: float = setting(0.03, "share a year", ge=0, le=0.5)
    """Growth of the pay structure from the second year on: pay of new hires, income segments, the largest promotion
    raise in dollars."""
    cola_rate: float = setting(0.003, "share of pay a year", ge=0, le=0.5)
    """Cost-of-living part of the yearly raise, on top of merit."""
    merit_budget: float | None = setting(None, "share of pay, or null", ge=0, le=0.5)
    """Scales the merit rates so that their pay-weighted mean is this budget."""
    minimum_service_months: int = setting(12, "completed months", ge=0, le=120)
    """Service needed on the raise date."""
    promotion: Promotion = part(Promotion)


class Settings(Section):
    """All settings of one run."""

    simulation: Simulation = part(Simulation)
    census: Census = part(Census)
    assumptions: Assumptions = part(Assumptions)
    workforce: Workforce = part(Workforce)
    compensation: Compensation = part(Compensation)
    plan: Plan = part(Plan)
    amendments: list[Amendment] = setting([], "list of changes by year")
    """Settings of workforce, compensation, plan and assumptions.overrides that change from a year on."""
    multi_year: MultiYear = part(MultiYear)
    run: Run = part(Run)
    reporting: Reporting = part(Reporting)
    network: Network = part(Network)

    def check(self) -> None:
        named = {"workforce.steered_by": self.workforce.steered_by}
        for key, rule in zip(("eligibility", "match.entry", "core.entry"), self.plan.entries().values(), strict=True):
            for number, left_out in enumerate(rule.excluded_groups):
                named[f"plan.{key}.excluded_groups.{number}.group"] = left_out.group
        if self.plan.core.type == "profit_sharing" and self.plan.core.profit_sharing.classes_by not in ("hce", "age"):
            named["plan.core.profit_sharing.classes_by"] = self.plan.core.profit_sharing.classes_by
        for key, group in named.items():
            if group is not None and group not in self.census.groups:
                raise conflict(f"{key} is {group!r}, which is not one of census.groups", f"{key} census.groups")


def settings_of(settings: Settings, year: int) -> Settings:
    """The settings in force in a year: all amendments from that year or before it over the rest, in their order.

    Raises:
        ValidationError: an amendment does not fit; ``load_settings`` tells of that with file and line.
    """
    if not settings.amendments:
        return settings
    tree = settings.model_dump(exclude_unset=True, exclude={"amendments"})
    return Settings.model_validate(in_force(tree, [found.model_dump() for found in settings.amendments], year))


def changing_years(settings: Settings) -> list[int]:
    """The simulated years in which settings change: the first one, and those in which an amendment comes into force."""
    first, last = settings.simulation.start_year, settings.simulation.end_year
    return sorted({first, *(found.first_year for found in settings.amendments if first < found.first_year <= last)})
