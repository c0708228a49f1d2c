"""How fast the studio answers and what memory it holds, with a finished run in its workspace.

    python benchmarks/studio.py FOLDER RUN --repeat 5

First reads the pages that take longest, each from a studio that was just started and has kept nothing. Then starts one
more, lets it work ahead, and reads every kind of page as a browser does. *Answer* is when the first reading of a page
showed something, *whole* when it showed everything; the others are the fastest of the repeated ones. CPU seconds are
those of the studio's process, and tell more than time on a shared machine; memory is that of its children too.
"""

from __future__ import annotations

import argparse
import http.client
import json
import re
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import quote, urlsplit

import psutil

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # started as a script, it finds its neighbors

from planalign_orchestrator.child_process import isolated

_SLOW = re.compile(r"/report$|/checks$|/compare\?|/census/")
_LOOK = 5.0
"""Seconds within which the studio begins to work ahead."""


class Visitor:
    """A browser without a window.

    Args:
        folder: the workspace.
    """

    def __init__(self, folder: Path) -> None:
        began, self.folder = time.monotonic(), folder
        command = isolated("planalign_orchestrator", "studio", str(folder), "--no-browser")
        self.process = psutil.Popen(command, stdout=subprocess.PIPE, text=True, encoding="utf-8")
        lines = iter(self.process.stdout.readline, "")
        address = urlsplit(next(line.strip() for line in lines if "token=" in line))
        self._host, self._cookie = address.netloc, ""
        answer, _ = self._asked(f"/?{address.query}", {})
        self._cookie = (answer.getheader("Set-Cookie") or "").partition(";")[0]
        self.read("/")
        self.first_page, self.first_cpu = time.monotonic() - began, self._cpu()
        self.peak = 0
        threading.Thread(target=self._watch, daemon=True).start()

    def read(self, address: str, **headers: str) -> bytes:
        """Read a page.

        Raises:
            SystemExit: it is no page.
        """
        answer, body = self._asked(address, headers)
        if answer.status != 200:
            sys.exit(f"{address}: {answer.status}")
        return body

    def timed(self, address: str) -> tuple[float, float, float, int]:
        """Seconds to an answer and to the whole page, CPU seconds, and bytes of the page."""
        before, began = self._cpu(), time.monotonic()
        answer, body = self._asked(address, {"Accept": "text/html"})
        answered = time.monotonic() - began
        if answer.status == 202:  # it is being worked out, and the page asks again
            body = self.read(address, **{"HX-Request": "true", "Accept": "text/html"})
        return answered, time.monotonic() - began, self._cpu() - before, len(body)

    def held(self) -> int:
        """The memory that the studio and what it has started hold now."""
        held = 0
        for process in (self.process, *self.process.children(recursive=True)):
            with suppress(psutil.NoSuchProcess):  # it has just ended
                held += int(process.memory_info().rss)
        return held

    def let_work_ahead(self) -> tuple[float, float]:
        """Wait until the studio has worked ahead; the seconds, and the CPU seconds of what did it."""
        began, cpu = time.monotonic(), 0.0
        time.sleep(_LOOK)
        while working := self.process.children(recursive=True):
            with suppress(psutil.NoSuchProcess):
                times = working[0].cpu_times()
                cpu = float(times.user + times.system)
            time.sleep(0.05)
        return time.monotonic() - began, cpu

    def _cpu(self) -> float:
        times = self.process.cpu_times()
        return float(times.user + times.system)

    def _asked(self, address: str, headers: dict[str, str]) -> tuple[http.client.HTTPResponse, bytes]:
        connection = http.client.HTTPConnection(self._host)
        connection.request("GET", address, headers={"Cookie": self._cookie, **headers})
        answer = connection.getresponse()
        return answer, answer.read()

    def _watch(self) -> None:
        with suppress(psutil.NoSuchProcess):
            while True:
                self.peak = max(self.peak, self.held())
                time.sleep(0.01)


@contextmanager
def visiting(folder: Path) -> Iterator[Visitor]:
    """A studio of the folder, while the block runs."""
    visitor = Visitor(folder)
    try:
        yield visitor
    finally:
        visitor.process.terminate()
        visitor.process.wait()


def main() -> None:
    """Read every kind of page, and print what each took."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("run")
    parser.add_argument("--repeat", type=int, default=5)
    given = parser.parse_args()
    shutil.rmtree(given.folder / ".studio" / "kept", ignore_errors=True)
    with visiting(given.folder) as visitor:
        slow = [one for one in addresses(visitor, given.run) if _SLOW.search(one)]
    for address in slow:
        shutil.rmtree(given.folder / ".studio" / "kept", ignore_errors=True)
        with visiting(given.folder) as visitor:
            answered, whole, cpu, _ = visitor.timed(address)
            print(f"{address:<75} right after the start: answer {answered * 1000:4.0f} ms, "
                  f"whole {whole * 1000:5.0f} ms, CPU {cpu * 1000:5.0f} ms")  # fmt: skip
    shutil.rmtree(given.folder / ".studio" / "kept", ignore_errors=True)
    with visiting(given.folder) as visitor:
        at_rest = visitor.held()
        print("worked ahead in {:.0f} s, CPU {:.0f} s".format(*visitor.let_work_ahead()))
        for address in addresses(visitor, given.run):
            first, *others = [visitor.timed(address) for _ in range(given.repeat + 1)]
            _, best, cpu, _ = (min(found) * 1000 for found in zip(*others, strict=True))
            answered, whole, first_cpu = (seconds * 1000 for seconds in first[:3])
            print(
                f"{address:<75} answer {answered:4.0f} ms, whole {whole:5.0f} ms, CPU {first_cpu:5.0f} ms; "
                f"then {best:4.0f} ms, CPU {cpu:4.0f} ms; {first[3] / 1000:6.1f} kB; "
                f"peak so far {visitor.peak / 1e6:4.0f} MB"
            )
        time.sleep(1)
        print(
            f"first page {visitor.first_page:.2f} s from process start, CPU {visitor.first_cpu:.2f} s; memory "
            f"{at_rest / 1e6:.0f} MB at rest, {visitor.held() / 1e6:.0f} MB at the end, "
            f"{visitor.peak / 1e6:.0f} MB at the peak"
        )


def addresses(visitor: Visitor, run: str) -> list[str]:
    """A page of each kind; the person is one in the middle of the people that join the plan.

    Where there is another run, the two are compared.
    """
    top = f"/runs/{quote(run)}"
    people = json.loads(visitor.read(f"{top}/people?measure=participants", Accept="application/json"))["people"]
    employee = people[len(people) // 2]["employee_id"]
    runs = [Path(one["folder"]).name for one in json.loads(visitor.read("/", Accept="application/json"))]
    compared = [f"/compare?base={quote(run)}&with={quote(other)}" for other in runs if other != run][:1]
    censuses = [f"/census/{quote(path.name)}" for path in sorted(visitor.folder.joinpath("census").glob("*.csv"))][:1]
    return [
        "/", top, f"{top}?measure=participation_rate&by=age_band", f"{top}?measure=payroll&by=pay_band",
        f"{top}?measure=net_employer_cost&by=level", f"{top}/people", f"{top}/people?by=age_band&group=25-34",
        f"{top}/people?by=pay_band&group=50k-100k&measure=participants",
        f"{top}/people?find={employee[-5:]}", f"{top}/people?after={employee}", f"{top}/person?id={employee}",
        f"{top}/report", f"{top}/history", f"{top}/live", "/census", "/designs", "/compare", "/sweeps", "/learning",
        "/checks", *compared, *censuses,
    ]  # fmt: skip


if __name__ == "__main__":
    main()
