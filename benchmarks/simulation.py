"""Time and memory of whole runs: cold start to finished result, process tree, with where the time went.

    python benchmarks/simulation.py 5000x5 100000x5 [--repeat 3]

Each run is a process of its own; CPU time and peak memory are the system's. The reference computation (a fixed amount
of hashing and sorting in DuckDB, measured in between) makes figures of different machines comparable: compare ratios.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import duckdb
import psutil

from planalign_orchestrator.census import generate_census

REFERENCE = """
select count(*) from (
    select md5(i::varchar) as h, row_number() over (order by md5(i::varchar)) as r from range(1000000) as t(i)
) where r % 2 = 0
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sizes", nargs="+", help="employees x years, as 5000x5")
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--flags", default="", help="further flags of `planalign run`, as one text")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="planalign-benchmark-") as name:
        for size in arguments.sizes:
            employees, years = map(int, size.split("x"))
            census = Path(name) / f"census_{employees}.csv"
            if not census.exists():
                generate_census(census, employees=employees, seed=1, as_of=dt.date(2024, 12, 31))
            runs = [measured(census, years, Path(name), arguments.flags.split()) for _ in range(arguments.repeat)]
            report(size, runs)


def measured(census: Path, years: int, folder: Path, flags: list[str]) -> dict[str, float]:
    """One run: CPU and wall seconds, peak MiB of the process tree, the reference's CPU seconds, the stages' seconds."""
    reference = reference_seconds()
    command = [
        sys.executable, "-m", "planalign_orchestrator", "run", "--quiet", "--census", str(census),
        "--years", f"2025-{2024 + years}", "--output", str(folder / "runs"), *flags,
    ]  # fmt: skip
    began = time.perf_counter()
    process = psutil.Popen(command)
    peak = cpu = 0.0
    while process.poll() is None:
        try:
            tree = [process, *process.children(recursive=True)]
            peak = max(peak, sum(member.memory_info().rss for member in tree) / 2**20)
            times = process.cpu_times()
            cpu = times.user + times.system
        except psutil.Error:  # it ended between the two questions
            break
        time.sleep(0.05)
    if process.wait() != 0:
        raise subprocess.CalledProcessError(process.returncode, command)
    record = json.loads((folder / "runs" / "baseline" / "run.json").read_text(encoding="utf-8"))
    stages: dict[str, float] = {}
    for stage in record["stages"]:
        stages[stage["stage"]] = stages.get(stage["stage"], 0.0) + stage["cpu_seconds"]
    return {"wall": time.perf_counter() - began, "cpu": cpu, "peak": peak, "reference": reference, **stages}


def reference_seconds() -> float:
    """CPU seconds of a fixed computation on one thread."""
    with duckdb.connect(config={"threads": "1"}) as connection:
        began = time.process_time()
        connection.execute(REFERENCE).fetchall()
        return time.process_time() - began


def report(size: str, runs: list[dict[str, float]]) -> None:
    """Medians, spread, and the ratio to the reference."""
    median = {name: statistics.median(run[name] for run in runs) for name in runs[0]}
    spread = max(run["cpu"] for run in runs) - min(run["cpu"] for run in runs)
    print(
        f"{size}: cpu {median['cpu']:.1f} s (±{spread / 2:.1f}), wall {median['wall']:.1f} s, "
        f"peak {median['peak']:.0f} MiB, {median['cpu'] / median['reference']:.1f} x reference "
        f"({median['reference']:.2f} s), {len(runs)} runs"
    )
    stages = {name: seconds for name, seconds in median.items() if name.isupper()}
    print("  " + ", ".join(f"{name.lower()} {seconds:.1f}" for name, seconds in stages.items()), flush=True)


if __name__ == "__main__":
    main()
