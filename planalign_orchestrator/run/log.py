"""The log of a run: text for people, JSON lines for tools, both with the run's id. No personal data goes in."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from planalign_orchestrator.storage.durable import named

_PACKAGE = "planalign_orchestrator"


class _JsonLines(logging.Formatter):
    def __init__(self, run_id: str) -> None:
        super().__init__()
        self._run_id = run_id

    def format(self, record: logging.LogRecord) -> str:
        entry = {
            "time": self.formatTime(record, "%Y-%m-%dT%H:%M:%S%z"),
            "run_id": self._run_id,
            "level": record.levelname,
            "message": record.getMessage(),
        }
        stage = getattr(record, "stage_record", None)
        if stage is not None:
            entry["stage"] = stage
        return json.dumps(entry)


@contextmanager
def run_log(folder: Path, run_id: str) -> Iterator[None]:
    """Write the package's log messages to ``run.log`` and ``run.jsonl`` in a folder while the block runs.

    Raises:
        ConfigurationError: the folder cannot be written.
        OutOfResourcesError: the disk is full.
    """
    with named(folder / "run.log"):
        folder.mkdir(parents=True, exist_ok=True)
        text = logging.FileHandler(folder / "run.log", encoding="utf-8")
        lines = logging.FileHandler(folder / "run.jsonl", encoding="utf-8")
    text.setFormatter(logging.Formatter(f"%(asctime)s {run_id} %(levelname)s %(message)s"))
    lines.setFormatter(_JsonLines(run_id))
    logger = logging.getLogger(_PACKAGE)
    before = logger.level, logger.propagate
    logger.setLevel(logging.INFO)
    logger.propagate = False  # a handler of the root logger would print everything a second time
    for handler in (text, lines):
        logger.addHandler(handler)
    try:
        yield
    finally:
        logger.level, logger.propagate = before
        for handler in (text, lines):
            logger.removeHandler(handler)
            handler.close()
