"""A second implementation of the model in plain Python, written from the rules and the law, never from the SQL.

Exact arithmetic throughout: dollars and shares are fractions, dates come from the standard library, and a sum is
rounded to cents once, at its end. ``person_year`` computes one person's year; ``comparison.compare_run`` holds a
finished run against it.
"""

from tests.oracle.person_year import PersonYear, person_year

__all__ = ["PersonYear", "person_year"]
