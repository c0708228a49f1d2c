"""The JSON schema of the configuration file, with which editors complete and check it."""

from __future__ import annotations

import json
from typing import Any

from planalign_orchestrator.config.catalogue import leaves, sections
from planalign_orchestrator.config.settings import Settings


def settings_schema() -> str:
    """The schema as text. Defaults are left to the YAML file, which carries them."""
    for leaf in leaves().values():
        leaf.model.model_fields[leaf.name].description = leaf.why
    for section in reversed(list(sections().values())):  # the inner ones first
        section.model_rebuild(force=True)
    schema = Settings.model_json_schema()
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}
    schema["title"] = "PlanAlign Engine settings"
    return json.dumps(_for_editors(schema), indent=2, ensure_ascii=False) + "\n"


def _for_editors(node: Any) -> Any:
    if isinstance(node, list):
        return [_for_editors(element) for element in node]
    if not isinstance(node, dict):
        return node
    kept = {key: _for_editors(value) for key, value in node.items() if key != "unit"}
    if isinstance(node.get("unit"), str) and isinstance(node.get("description"), str):
        kept["description"] = f"{node['description']} ({node['unit']})"
    return kept
