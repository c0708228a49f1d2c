"""Every link between documents leads somewhere; the commands that they name exist; laws and modules are told."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from planalign_orchestrator.cli import COMMANDS
from planalign_orchestrator.model.project import FOR_DBT, KINDS, Config, Project, Renderer

CHECKOUT = Path(__file__).parents[2]
DOCUMENTS = sorted([*CHECKOUT.glob("*.md"), *(CHECKOUT / "docs").glob("*.md")])
LINK = re.compile(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)")
COMMAND = re.compile(r"^(?: {4}|`|.*`)planalign ([a-z]+)", re.MULTILINE)


@pytest.mark.parametrize("document", DOCUMENTS, ids=[path.name for path in DOCUMENTS])
def test_links_lead_somewhere(document: Path) -> None:
    broken = [
        link for link in LINK.findall(document.read_text(encoding="utf-8")) if not (document.parent / link).exists()
    ]
    assert not broken


@pytest.mark.parametrize("document", DOCUMENTS, ids=[path.name for path in DOCUMENTS])
def test_commands_exist(document: Path) -> None:
    assert set(COMMAND.findall(document.read_text(encoding="utf-8"))) <= set(COMMANDS)


def test_every_page_is_on_the_landing_page() -> None:
    landing = (CHECKOUT / "docs" / "README.md").read_text(encoding="utf-8")
    pages = {path.name for path in (CHECKOUT / "docs").glob("*.md")} - {"README.md"}
    assert pages <= set(LINK.findall(landing))


def test_the_methodology_tells_every_law() -> None:
    told = re.findall(r"^\| `(law_\w+)` \|", (CHECKOUT / "docs" / "methodology.md").read_text("utf-8"), re.MULTILINE)
    assert told == sorted(path.stem for path in (CHECKOUT / "dbt" / "models" / "validation").glob("law_*.sql"))


def test_the_architecture_tells_every_module_and_package_of_ours() -> None:
    page = (CHECKOUT / "docs" / "architecture.md").read_text(encoding="utf-8")
    package = CHECKOUT / "planalign_orchestrator"
    ours = [path.name for path in package.glob("[!_]*.py")] + [
        f"{path.parent.name}/" for path in package.glob("*/__init__.py")
    ]
    assert [name for name in ours if f"`{name}`" not in page] == []


def test_the_architecture_tells_what_a_run_offers_to_models() -> None:
    page = (CHECKOUT / "docs" / "architecture.md").read_text(encoding="utf-8")
    told = page.partition("## What a model may use")[2].partition("## ")[0]
    offered = told.partition("these names:")[2].partition("A file that asks")[0]
    probe = "".join(f"{{{{ {name} is defined }}}}" for name in re.findall(r"`(\w+)`", offered))
    assert set(Renderer(Project({"models/probe.sql": probe}, {}, {}, {})).render({})["probe"].sql.split("True")) == {""}
    settings = told.partition("`config` takes")[2].partition("are for dbt")[0]
    assert set(re.findall(r"`(\w+)`", settings)) == {*KINDS, *Config.__dataclass_fields__, *FOR_DBT}
