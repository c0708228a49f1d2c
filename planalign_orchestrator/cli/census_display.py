"""How the census commands look on a terminal."""

from planalign_orchestrator.census import CensusDescription, CensusIntake
from planalign_orchestrator.census.describe import QUANTILES
from planalign_orchestrator.census.quality import headline
from planalign_orchestrator.census.refusal import FAULTS_SHOWN, Findings
from planalign_orchestrator.cli.texts import text_of

_PLACES = [QUANTILES.index(share) for share in (0.0, 0.1, 0.5, 0.9, 1.0)]


def record_text(found: CensusIntake | Findings) -> str:
    """Which column of the file is what, then everything else that became of the values."""
    columns = [("column of the file", "meaning")]
    columns += [(entry.column or "", entry.text) for entry in found.quality if entry.kind == "column"]
    columns += [(name or "(without a name)", "(ignored)") for name in found.ignored_columns]
    width = max(len(name) for name, _ in columns)
    return text_of("census_record", columns=columns, width=width, quality=found.quality)


def intake_text(intake: CensusIntake) -> str:
    """The data-quality record and the faults; last, one line of result."""
    told = text_of(
        "census_checked", intake=intake, faults=intake.faults[:FAULTS_SHOWN],
        more=intake.errors + intake.warnings - FAULTS_SHOWN,
        headline=headline(entry.as_record() for entry in intake.quality),
    )  # fmt: skip
    return f"{record_text(intake)}\n{told}"


def description_text(intake: CensusIntake, description: CensusDescription) -> str:
    """The people of a census in figures."""
    spreads = {one.measure: [*(one.quantiles[i] for i in _PLACES), one.mean] for one in description.spreads}
    return text_of("census_described", intake=intake, found=description, spreads=spreads)
