"""Attacks on the studio: strange addresses, queries, forms and files, in a workspace with damaged files."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch
from urllib.parse import quote, urlencode

from planalign_orchestrator.studio.pages import FILES, ROUTES
from tests.security.conftest import Said
from tests.security.damage import CELLS, SCALARS, SECRET, other_cells
from tests.security.shooting_range import Attack, Range, damage_some, files_in
from tests.studio.conftest import Studio

STATUSES = {200, 303, 400, 403, 404, 405, 413, 422}
"""What the studio may answer."""
SOUND = {
    "census": "people.csv", "designs": "one", "runs": "baseline", "sweeps": "small", "learning": "first",
    "table": "levels", "file": "run.json",
}  # fmt: skip
"""What is there, by the page and the part of an address."""
NAMES = (
    *SOUND.values(), "report.html", "..", "../..", "\x00", "x" * 3000, "\u202e", "baseline~1", "*", "[a]", "é", "",
    f"https://bob:{SECRET}@h/", f"ftp:bob:{SECRET} x@h", "levels", "CON",
)  # fmt: skip
KEYS = (
    "measure", "by", "year", "group", "find", "after", "base", "with", "id", "name", "from", "design", "years",
    "census", "seeds", "held", "unit", "rows", "plan.match.formula", "plan.match.tiers", "plan.core.rate",
    "simulation.start_year", "plan.match.tiers.0.up_to", "amendments", "token", "nonsense", "levels",
)  # fmt: skip
WORDS = (
    *NAMES, *CELLS, *SCALARS, "level", "net_employer_cost", "employer_match", "2025", "2026", "99999999999999999999",
    "-1", "2025-2026", "--help", "=1+1", "@SUM(A1)", "everybody", "age_band", "flat", "columns", "16",
    "9" * 5000, "- {a: 1}", "3%",
)  # fmt: skip
PERSONAL = ("/people", "/person", "/files/{file}", "/census/{name}")
"""Pages that tell people's pay; that of a census shows the lowest and the highest."""


@contextmanager
def request_attack(chance: random.Random, place: Range) -> Iterator[Attack]:
    """A request to a studio; nothing that it starts really runs."""
    with place.copy(place.workspace) as folder:
        done = damage_some(chance, folder, _of_one_kind(chance, files_in(folder))) if chance.random() < 0.5 else ""
        method, pattern, _ = chance.choice([*ROUTES, *(("GET", *file) for file in FILES)])
        address = re.sub(r"{(\w+)}", lambda part: quote(_name(chance, pattern, part[1]), safe=""), pattern)
        if query := _pairs(chance):
            address += f"?{urlencode(query, errors='replace')}"
        nobody = SimpleNamespace(poll=lambda: 0)
        with patch("planalign_orchestrator.studio.workspace.subprocess.Popen", lambda *given, **more: nobody):
            studio = Studio(folder)

            def ask() -> Said:
                more = _form(chance, place) if method == "POST" else {}
                answer = studio.post(address, **more) if method == "POST" else studio.get(address)
                sound = answer.status_code in STATUSES
                code = 0 if answer.status_code < 400 else 2 if sound else 99
                return Said(code, "", answer.content.decode("utf-8", "replace"))

            yield Attack(("studio", method, address), done, folder / ".studio", ask, pattern.endswith(PERSONAL))


def _of_one_kind(chance: random.Random, files: list[Path]) -> list[Path]:
    """The files of a census, of a design, of a run: of each kind equally often, whatever their number."""
    kind = chance.choice(sorted({file.parts[:2][:-1] if len(file.parts) < 3 else file.parts[:2] for file in files}))
    return [file for file in files if file.parts[: len(kind)] == kind]


def _name(chance: random.Random, pattern: str, part: str) -> str:
    return SOUND.get(part, SOUND[pattern.split("/")[1]]) if chance.random() < 0.75 else chance.choice(NAMES)


def _pairs(chance: random.Random) -> list[tuple[str, str]]:
    return [(chance.choice(KEYS), chance.choice(WORDS)) for _ in range(chance.choice((0, 0, 1, 2, 3)))]


def _form(chance: random.Random, place: Range) -> dict[str, Any]:
    """A form, or one with a file, or something else."""
    kind = chance.random()
    if kind < 0.2:
        name = chance.choice((*NAMES, "new.csv", "new.xlsx", "new.parquet"))
        census = other_cells(chance, place.census.read_text(encoding="utf-8"))
        return {"files": {"file": (name, census.encode("utf-8", "replace"))}}
    if kind < 0.3:
        return {"content": chance.randbytes(chance.choice((0, 10, 10_000)))}
    form: dict[str, Any] = {}
    for key, word in [
        *_pairs(chance),
        ("design", "one"),
        ("name", chance.choice(("new", *WORDS))),
        ("census", "people.csv"),
    ]:
        form.setdefault(key, []).append(word.encode("utf-8", "replace").decode())
    if chance.random() < 0.3:
        form |= {"held": [chance.choice(WORDS[:20]) for _ in range(chance.choice((1, 8, 30)))]}
    return {"data": form}
