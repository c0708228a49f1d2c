"""The census: reading and checking files of any origin, and making up synthetic ones."""

from planalign_orchestrator.census.faults import CensusRefusedError, Fault, Faults
from planalign_orchestrator.census.intake import CensusIntake, read_census
from planalign_orchestrator.census.source import resolve_source
from planalign_orchestrator.census.synthetic import generate_census

__all__ = ["CensusIntake", "CensusRefusedError", "Fault", "Faults", "generate_census", "read_census", "resolve_source"]
