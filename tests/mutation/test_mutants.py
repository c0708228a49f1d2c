"""A handful of mutants that must be noticed, and one change that must not: the machine of ``run.py`` works."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.model.worlds import WORLDS
from tests.mutation.courtroom import assemble
from tests.mutation.judge import Court, Verdict
from tests.mutation.mutants import Mutant, mutants_of
from tests.mutation.rendering import Project
from tests.mutation.run import Log, report, survivors

WORLD = "a fifth of the jobs go each year"

pytestmark = pytest.mark.slow


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
        ("models/marts/int_employer_accounts.sql", "as core_in_limit,", "-"),
        ("macros/calendar.sql", "((cells.census_date - to_years(", "-"),
        ("models/marts/fct_employer_match.sql", "0, least(sharing.deferred_cents", "least"),
        ("macros/contribution_eligibility.sql", "and not list_contains(cells", "not"),
        ("models/events/int_termination_events.sql", "then -ln(1 -", "/"),
        ("models/validation/law_10_forfeitures.sql", "or forfeiture_amount > employer_balance", ">"),
        ("models/events/int_promotion_events.sql", "and {{ in_slice('people.person_key') }}", "and"),
        ("macros/calendar.sql", "{{ 366 if (y % 4 == 0", "=="),
        ("models/testing/int_ndt_groups.sql", "and {{ benefits }} and not is_hce", "not"),
    ],
)
def test_a_mutant_is_noticed(court: Court, path: str, line: str, old: str) -> None:
    verdict = court.judge(mutant(court, path, line, old))
    assert verdict.judge in ("oracle", "laws", "planted faults", "single macros", "slices"), verdict


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


def test_a_log_takes_over_what_was_noticed_in_the_same_models(tmp_path: Path) -> None:
    texts = {"models/x.sql": "select 1 + 2", "models/y.sql": "select 3"}
    noticed, survivor, unjudged = mutants_of("models/x.sql", texts["models/x.sql"])
    log = Log(tmp_path / "verdicts.jsonl", Project(texts))
    log.add(Verdict(noticed, "oracle"))
    log.add(Verdict(survivor, None))
    again = Log(tmp_path / "verdicts.jsonl", Project(texts))
    assert {place: kept.judge for place, kept in again.noticed([survivor, noticed, unjudged]).items()} == {1: "oracle"}
    other_models = Log(tmp_path / "verdicts.jsonl", Project({**texts, "models/y.sql": "select 4"}))
    assert other_models.noticed([survivor, noticed, unjudged]) == {}


def test_mutants_listed_as_equivalent_need_no_trial() -> None:
    listed, other = (mutant for mutant in mutants_of("models/x.sql", "select 1, 2") if mutant.old in "12")
    trusted = survivors([other, listed], {listed.key: "as good"})
    assert trusted == {1: Verdict(listed, None)}
    assert report([*trusted.values(), Verdict(other, None)], {listed.key: "as good"}).count("1 equivalent") == 2


def test_what_was_not_asked_to_be_kept_is_not() -> None:
    project = Project({"models/x.sql": "select 1"})
    (only,) = mutants_of("models/x.sql", "select 1")
    log = Log(None, project)
    log.add(Verdict(only, "oracle"))
    assert log.noticed([only]) == {}
