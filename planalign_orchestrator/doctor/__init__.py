"""Looks at everything a run needs, and says what is wrong and how to mend it.

``examine`` makes the checks; ``as_json`` and ``redacted`` make them fit for other programs and for mail.
"""

from planalign_orchestrator.doctor.examination import Patient, examine
from planalign_orchestrator.doctor.report import Check, Status, as_json, as_text, redacted

__all__ = ["Check", "Patient", "Status", "as_json", "as_text", "examine", "redacted"]
