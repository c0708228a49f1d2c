"""A handful of mutants that must be noticed, and one change that must not: the machine of ``run.py`` works."""

from __future__ import annotations

import pytest

from tests.model.worlds import WORLDS
from tests.mutation.courtroom import assemble
from tests.mutation.judge import Court
from tests.mutation.mutants import Mutant, mutants_of

WORLD = "a fifth of the jobs go each year"


@pytest.fixture(scope="module")
def court(tmp_path_factory: pytest.TempPathFactory) -> Court:
    """One world of sixty people."""
    folder = tmp_path_factory.mktemp("court")
    return assemble(folder, [world for world in WORLDS if world.name == WORLD], people=60)


def mutant(court: Court, path: str, line: str, old: str) -> Mutant:
    """The mutant of the first line with a text, at a token of it."""
    text = court.project.texts[path]
    number = text.count("\n", 0, text.index(line)) + 1
    return next(found for found in mutants_of(path, text) if found.line == number and found.old == old)


@pytest.mark.parametrize(
    ("path", "line", "old"),
    [
        ("models/marts/fct_employer_accounts.sql", "as employer_core,", "-"),
        ("models/marts/fct_employer_accounts.sql", "floor(people.vesting_service_at_census", "+"),
        ("macros/match_tiers.sql", "0, least(deferred_cents", "least"),
        ("macros/contribution_eligibility.sql", "and people.termination_reason not in", "not in"),
        ("models/events/int_termination_events.sql", "then -ln(1 -", "/"),
        ("models/validation/law_10_forfeitures.sql", "or forfeiture_amount > employer_balance", ">"),
    ],
)
def test_a_mutant_is_noticed(court: Court, path: str, line: str, old: str) -> None:
    verdict = court.judge(mutant(court, path, line, old))
    assert verdict.judge in ("oracle", "laws", "planted faults"), verdict


def test_a_change_of_words_is_no_mutant(court: Court) -> None:
    path = "models/marts/fct_employer_match.sql"
    text = court.project.texts[path].replace("-- The match", "-- That match")
    assert court.judge(Mutant(path, 0, "", "", text, 1)).judge is None


def test_comments_and_quoted_words_are_left_alone() -> None:
    text = "-- a < b\nselect 'x = y', u < 3 as u, {{ money('pay * factor') }} from t where a between 1 and 2"
    assert [(found.old, found.new) for found in mutants_of("models/x.sql", text)] == [
        ("<", "<="),
        ("3", "4"),
        ("*", "/"),
        ("between", "not between"),
        ("1", "2"),
        ("2", "3"),
    ]
