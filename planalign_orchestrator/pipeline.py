"""Where the document looks for the orchestrator; it is in ``run.pipeline``."""

from planalign_orchestrator.run.pipeline import PipelineOrchestrator, SimulationResult, StageContext

__all__ = ["PipelineOrchestrator", "SimulationResult", "StageContext"]
