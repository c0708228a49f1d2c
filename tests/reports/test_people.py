"""The people behind a figure are as many as the figure says, in every group and year."""

from __future__ import annotations

from decimal import Decimal

import pytest

from planalign_orchestrator.errors import ResultsError
from planalign_orchestrator.reports.group_view import PeopleWanted, people, people_kinds
from planalign_orchestrator.reports.marts import Marts
from planalign_orchestrator.reports.results import open_results
from planalign_orchestrator.run.folder import RunFolder

COUNTS = ("closing_headcount", "exits", "eligible", "participants", "people_with_employer_money")


@pytest.mark.parametrize("measure", COUNTS)
def test_they_are_as_many_as_counted(two_years: RunFolder, measure: str) -> None:
    with open_results(two_years.root) as results:
        marts = Marts(results)
        for kind in people_kinds(marts)[1:]:
            for group in marts.groups(kind, 2026):
                found = people(marts, PeopleWanted(2026, kind, group.name, measure))
                assert found.number == group[measure], (kind, group.name)


def test_pages_follow_one_another_and_hold_everybody(two_years: RunFolder) -> None:
    with open_results(two_years.root) as results:
        marts, ids, after = Marts(results), [], None
        while after != "":
            page = people(marts, PeopleWanted(2026, after=after or "", measure="payroll"))
            ids += [row["employee_id"] for row in page.rows]
            after = page.after
        assert len(ids) == len(set(ids)) == page.number
        assert ids == sorted(ids)


def test_dollars_are_those_of_the_group(two_years: RunFolder) -> None:
    with open_results(two_years.root) as results:
        marts = Marts(results)
        for group in marts.groups("level", 2026):
            found, after = Decimal(0), None
            while after != "":
                page = people(marts, PeopleWanted(2026, "level", group.name, "total_employer_contributions",
                                                  after=after or ""))  # fmt: skip
                found += sum(row["total_employer_contributions"] for row in page.rows)
                after = page.after
            assert found == group["total_employer_contributions"]


@pytest.mark.parametrize("wanted", [PeopleWanted(2031), PeopleWanted(2026, "opening_level", "1")])
def test_what_is_not_kept_is_refused(two_years: RunFolder, wanted: PeopleWanted) -> None:
    with open_results(two_years.root) as results, pytest.raises(ResultsError):
        people(Marts(results), wanted)
