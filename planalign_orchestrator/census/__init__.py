"""The census: reading and checking files of any origin, making up synthetic ones, describing either."""

from planalign_orchestrator.census.describe import describe_census
from planalign_orchestrator.census.faults import Fault
from planalign_orchestrator.census.intake import CensusIntake, read_census
from planalign_orchestrator.census.options import Band, CensusOptions
from planalign_orchestrator.census.proposal import propose_mapping
from planalign_orchestrator.census.refusal import CensusRefusedError, Findings
from planalign_orchestrator.census.source import resolve_source
from planalign_orchestrator.census.synthetic import ShapeName, generate_census

__all__ = [
    "Band",
    "CensusIntake",
    "CensusOptions",
    "CensusRefusedError",
    "Fault",
    "Findings",
    "ShapeName",
    "describe_census",
    "generate_census",
    "propose_mapping",
    "read_census",
    "resolve_source",
]
