"""What each column of the public tables means. It is written once, in the YAML files beside the dbt models.

Reports and exports read it here, and ``tools.columns_page`` writes it to ``docs/columns.md``.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Literal

from planalign_orchestrator.model.project import read_yaml
from planalign_orchestrator.reports.wording import words
from planalign_orchestrator.resources import dbt_project_dir
from planalign_orchestrator.tables import table
from planalign_orchestrator.warehouse import PUBLIC_TABLES

Form = Literal[
    "text", "year", "count", "number", "decimal", "money", "mean_money", "rate", "share", "points", "date", "flag"
]
"""How a value is shown: ``rate`` and ``share`` are fractions shown as percent, ``points`` are percents as they are,
``count`` is whole, ``flag`` a truth."""


@dataclass(frozen=True)
class Column:
    """A column of a public table.

    Args:
        name: in the database and in CSV and Parquet exports.
        title: in reports.
        form: how it is shown.
        meaning: one sentence.
        rule: where the rule stands: a section of ``docs/methodology.md`` or of the Internal Revenue Code.
        unit: where it is another than the form's.
        values: names of values, as a reader knows them.
        values_by_group_type: the same for the groups of each type.
    """

    name: str
    title: str
    form: Form
    meaning: str
    rule: str
    unit: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    values_by_group_type: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    @property
    def counted_in(self) -> str:
        """The unit."""
        return self.unit or table(__package__, "forms")[self.form]["unit"]


@dataclass(frozen=True)
class PublicTable:
    """A public table: what a row is, and its columns by name, in the order of the database."""

    meaning: str
    columns: Mapping[str, Column]


@cache
def public_tables() -> Mapping[str, PublicTable]:
    """Every public table by name, as the dbt project describes it."""
    files = sorted((dbt_project_dir() / "models").rglob("_*.yml"), reverse=True)
    models = [model for path in files for model in read_yaml(path)["models"]]
    return {model["name"]: _table(model) for model in models if model["name"] in PUBLIC_TABLES}


@cache
def assumption_tables() -> Mapping[str, str]:
    """What each assumption table holds, in the order of the reports."""
    seeds = read_yaml(dbt_project_dir() / "seeds" / "_seeds.yml")["seeds"]
    return {seed["name"]: seed["description"] for seed in seeds}


def column(table: str, name: str) -> Column:
    """A column by table and name."""
    return public_tables()[table].columns[name]


def group_type_name(group_type: str) -> str:
    """What a group type of ``fct_plan_by_group`` is called."""
    return column("fct_plan_by_group", "group_type").values.get(group_type, words(group_type))


def group_name(group_type: str, name: str) -> str:
    """What a group of ``fct_plan_by_group`` is called; one without a name of its own keeps its words."""
    return column("fct_plan_by_group", "group_name").values_by_group_type.get(group_type, {}).get(name, words(name))


def named_group(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row of ``fct_plan_by_group`` with the names that a reader knows."""
    kind = row["group_type"]
    return {**row, "group_type": group_type_name(kind), "group_name": group_name(kind, row["group_name"])}


def _table(model: Mapping[str, Any]) -> PublicTable:
    columns = {
        found["name"]: Column(found["name"], meaning=_meaning(found), **found["config"]["meta"])
        for found in model["columns"]
    }
    return PublicTable(" ".join(model["description"].split()), columns)


def _meaning(found: Mapping[str, Any]) -> str:
    """The description, and the values that the column takes where a data test says which."""
    tests = [test["accepted_values"] for test in found.get("data_tests", []) if "accepted_values" in test]
    return " ".join([found["description"], *(f"Values: {', '.join(test['arguments']['values'])}." for test in tests)])
