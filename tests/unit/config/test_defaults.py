"""The defaults of the settings are values of their types: pydantic takes them unseen, which saves it much time."""

from planalign_orchestrator.config.settings import Settings


def test_stating_every_default_changes_none_and_breaks_no_rule() -> None:
    assert repr(Settings.model_validate(Settings().model_dump())) == repr(Settings())
