"""A studio for tests: the application itself, without a socket, behind its real door."""

from __future__ import annotations

import asyncio
import datetime as dt
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest

from planalign_orchestrator.census.intake import read_census
from planalign_orchestrator.census.synthetic import generate_census
from planalign_orchestrator.studio.app import app_of
from planalign_orchestrator.studio.security import Door
from planalign_orchestrator.studio.workspace import Workspace
from tests.engine import Engine
from tests.reports.test_comparison import simulated

PATIENCE = 300


class Studio:
    """Asks the application as the browser that was given the token does, unless a test says otherwise."""

    def __init__(self, root: Path, patience: float | None = None) -> None:
        self.workspace = Workspace(root)
        self.workspace.create()
        self.door = Door(4321)
        self.app = app_of(self.workspace, self.door, patience)

    def get(self, address: str, *, headers: Mapping[str, str] | None = None, known: bool = True) -> httpx.Response:
        """Read a page."""
        return self.ask("GET", address, headers=headers, known=known)

    def json(self, address: str) -> Any:
        """A page as data."""
        answer = self.get(address, headers={"Accept": "application/json"})
        assert answer.status_code == 200, answer.text
        return answer.json()

    def post(self, address: str, data: Mapping[str, Any] | None = None, **more: Any) -> httpx.Response:
        """Send a form from one of the studio's own pages."""
        headers = {"Origin": self.door.origin, "Sec-Fetch-Site": "same-origin", **more.pop("headers", {})}
        return self.ask("POST", address, headers=headers, data=data or {"nothing": ""}, **more)

    def ask(
        self, method: str, address: str, *, headers: Mapping[str, str] | None = None, known: bool = True, **more: Any
    ) -> httpx.Response:
        """Any request."""

        async def asked() -> httpx.Response:
            async with self._browser(known=known) as client:
                return await client.request(method, address, headers=headers, **more)

        return asyncio.run(asked())

    def ask_in_turn(self, address: str, *headers: Mapping[str, str]) -> list[httpx.Response]:
        """Requests for a page, the application working on between them."""

        async def asked() -> list[httpx.Response]:
            async with self._browser(known=True) as client:
                return [await client.get(address, headers=given) for given in headers]

        return asyncio.run(asked())

    def _browser(self, *, known: bool) -> httpx.AsyncClient:
        cookies = {self.door.cookie: self.door.session} if known else {}
        return httpx.AsyncClient(
            transport=httpx.ASGITransport(self.app), base_url=self.door.origin, cookies=cookies
        )  # fmt: skip


def until(reached: Callable[[], bool]) -> None:
    """Wait for something that a process of its own does."""
    deadline = time.monotonic() + PATIENCE
    while not reached():
        assert time.monotonic() < deadline, "it did not come to pass"
        time.sleep(0.1)


@pytest.fixture
def studio(tmp_path: Path) -> Studio:
    """A studio of an empty workspace."""
    return Studio(tmp_path)


@pytest.fixture(scope="session")
def finished(engine: Engine, small_census: Path, tmp_path_factory: pytest.TempPathFactory) -> Studio:
    """A studio with two finished runs of 60 people over two years, ``base`` and ``richer``; treat it as read-only."""
    root = tmp_path_factory.mktemp("studio")
    census = root / "people.parquet"
    generate_census(root / "people.csv", employees=60, seed=7, as_of=dt.date(2024, 12, 31))
    read_census(root / "people.csv", as_of=dt.date(2024, 12, 31), output=census)
    for name, rate in (("base", 0.01), ("richer", 0.03)):
        simulated(engine, census, root / "runs" / name, plan__core__type="flat", plan__core__rate=rate)
    return Studio(root)
