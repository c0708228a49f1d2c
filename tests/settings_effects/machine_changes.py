"""For every setting of the machine a change, and the settings around it that let the change matter."""

from __future__ import annotations

from tests.settings_effects.changes import Change

_OPTIMIZATION, _PERFORMANCE, _STATE = "multi_year.optimization.", "multi_year.performance.", "multi_year.state."
_PARALLEL = {f"{_PERFORMANCE}enable_concurrent_processing": True, f"{_PERFORMANCE}enable_parallel_dbt": True}
_COMPRESSED = {f"{_PERFORMANCE}enable_state_compression": True}

LIMIT_CHANGES: dict[str, Change] = {
    f"{_OPTIMIZATION}level": Change("low"),
    f"{_OPTIMIZATION}max_workers": Change(2, _PARALLEL),
    f"{_OPTIMIZATION}batch_size": Change(7),
    f"{_OPTIMIZATION}memory_limit_gb": Change(1.5),
    f"{_PERFORMANCE}enable_concurrent_processing": Change(True, {f"{_OPTIMIZATION}max_workers": 2}),
    f"{_PERFORMANCE}enable_parallel_dbt": Change(True, {f"{_OPTIMIZATION}max_workers": 2}),
}
"""Settings that limit a run; they are in force from its first stage on."""

FILE_CHANGES: dict[str, Change] = {
    f"{_PERFORMANCE}enable_state_compression": Change(True),
    f"{_PERFORMANCE}cache_workforce_snapshots": Change(True),
    f"{_STATE}enable_checkpointing": Change(False),
    f"{_STATE}preserve_intermediate_states": Change(True),
    f"{_STATE}compression_level": Change(9, _COMPRESSED),
    f"{_STATE}checkpoints_kept": Change(1, years=2),
    "run.results_kept": Change(0, years=2),
}
"""Settings that decide what a finished run leaves."""
