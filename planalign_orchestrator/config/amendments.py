"""Settings by year: an amendment changes some of them from a year on, over whatever was in force before."""

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import ConfigDict, Field

from planalign_orchestrator.config.fields import Section

AMENDABLE = ("workforce", "compensation", "plan", "assumptions")
"""The sections that an amendment may change; of the last one only the overrides of rows."""

Tree = Mapping[str, Any]


class Amendment(Section):
    """A change of settings from a plan year on."""

    model_config = ConfigDict(serialize_by_alias=True)

    first_year: int = Field(alias="from", description="the plan year from which on it is in force", ge=2010, le=2100)
    note: str = Field(default="", description="why, for reports", max_length=200)
    workforce: dict[str, Any] = Field(default={}, description="settings of workforce")
    compensation: dict[str, Any] = Field(default={}, description="settings of compensation")
    plan: dict[str, Any] = Field(default={}, description="settings of plan")
    assumptions: dict[str, Any] = Field(default={}, description="overrides of rows of assumption tables")


def overlaid(below: Any, above: Any) -> Any:
    """A tree of settings over another one: mappings merge key by key, anything else is replaced whole.

    A section whose keys are all commented out is null, and changes nothing.
    """
    if isinstance(below, dict) and (above is None or isinstance(above, dict)):
        return {**below, **{key: overlaid(below.get(key), value) for key, value in (above or {}).items()}}
    return above


def in_force(tree: Any, amendments: Iterable[Tree], year: int) -> Any:
    """A tree of settings with every amendment of the year or before it, in the order of their years."""
    for amendment in sorted(amendments, key=lambda found: int(found["from"])):
        if amendment["from"] <= year:
            tree = overlaid(tree, {name: amendment[name] for name in AMENDABLE if amendment.get(name)})
    return tree


def flat(nested: Tree, prefix: str = "") -> dict[str, Any]:
    """A tree as values by dotted key; empty mappings vanish, lists stay whole."""
    found: dict[str, Any] = {}
    for key, value in nested.items():
        found |= flat(value, f"{prefix}{key}.") if isinstance(value, dict) else {f"{prefix}{key}": value}
    return found


def flat_in_force(settings: Tree, year: int) -> dict[str, Any]:
    """The settings of a year by dotted key, from all settings by dotted key, the amendments among them."""
    return {**settings, **flat(in_force({}, settings.get("amendments", []), year))}
