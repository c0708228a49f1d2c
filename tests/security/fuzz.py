"""Random attacks from outside: command lines, settings, addresses, damaged folders, censuses, requests to the studio.

    python -m tests.security.fuzz --seed 1 --count 2000 [--kind folders]

Each ends with an exit code that the documents name, in a sentence, and tells no secret and nobody's pay. The same seed
makes the same attacks. Without ``--kind`` the kinds take turns; what fails is printed and the exit code is 1.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import socket
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from functools import partial
from pathlib import Path
from unittest.mock import patch

from tests.exits import exits_of
from tests.security.conftest import Said
from tests.security.damage import SECRET, other_lines
from tests.security.future_attacks import batch_attack, fit_attack, sweep_attack
from tests.security.people import HOSTILE_IDS, PAY
from tests.security.request_attacks import request_attack
from tests.security.shooting_range import Attack, Range, damage_some, inside

AMOUNTS = tuple(f"{PAY + number:.2f}" for number in range(len(HOSTILE_IDS)) if number != len(HOSTILE_IDS) // 2)
"""What people earn; the pay of the one in the middle is the mean of all, which reports show."""
LONGEST_SECONDS = 60.0
LONGEST_CALIBRATION = 300.0
"""It simulates the bundled census again and again until the targets are met."""
TELL_PAY = ("explain", "show", "census describe")
"""The commands that are there to tell people's pay, the last one the lowest and the highest."""


# run folders --------------------------------------------------------------------------------------------------------

FOLDER_COMMANDS = (
    "report {run} --output {out}",
    "report {run} --people --output {out}",
    "report {run} --export parquet --format csv",
    "report {run} --json",
    "explain --run {run} -- =1+1",
    "explain --json --run {run} -- @SUM(A1)",
    "compare {sound} {run}",
    "compare {run} {sound} --json",
    "compare {run} {sound} --output {out}",
    "status {run}",
    "status {run} --json",
    "status {run} --digests",
    "status {out}",
    "checkpoints list {run}",
    "checkpoints list {run} --json",
    "checkpoints verify {run}",
    "checkpoints restore {run} --force",
    "checkpoints restore {run} --year 2025",
    "checkpoints clean {run}",
    "checkpoints clean {run} --keep 0 --dry-run",
    "memory report {run}",
    "run --census {census} --years 2025-2026 --output {runs} --resume-from-checkpoint",
    "run --census {census} --years 2025-2026 --output {runs} --from-year 2026",
    "run --census {census} --years 2025-2026 --output {runs} --resume-from-checkpoint --dry-run",
)
TEST_COMMANDS = (
    "test {run}", "test {run} --json", "test {run} --year 2026", "test {run} --year 99999999999999999999",
    "test {runs}", "test {out}", "show {run}", "show {run} --by level --measure employer_match",
    "show {run} --json --by nothing", "show {run} --people --find =1", "show {run} --people --year 2026 --after @",
    "compare {sound} {run} --passes adp",
)  # fmt: skip


@contextmanager
def folder_attack(chance: random.Random, place: Range, commands: Sequence[str] = FOLDER_COMMANDS) -> Iterator[Attack]:
    """A command on a run folder of which one or two files are damaged."""
    with place.copy(place.sound) as run:
        decisive = [file for file in place.files if file.parts[0] not in ("logs", "reports")]
        done = [damage_some(chance, run, decisive if chance.random() < 0.9 else place.files)]
        if chance.random() < 0.15:  # as if the run had not ended
            with suppress(OSError):
                (run / "simulation.duckdb").replace(run / "simulation.partial.duckdb")
                done.append("result made partial")
        names = {
            "run": run,
            "runs": run.parent,
            "sound": place.sound,
            "out": run.parent / "out",
            "census": place.census,
        }
        words = chance.choice(commands).split()
        yield Attack(tuple(word.format(**names) for word in words), "; ".join(done), run)


# settings files -----------------------------------------------------------------------------------------------------


@contextmanager
def settings_attack(chance: random.Random, place: Range) -> Iterator[Attack]:
    """A settings file in which one to four lines have become others."""
    with tempfile.TemporaryDirectory(dir=place.root) as folder:
        file = Path(folder) / "settings.yaml"
        file.write_text(other_lines(chance, place.settings), encoding="utf-8")
        command = chance.choice(
            ("config validate {f}", "config show --config {f}", "config show --json --config {f}",
             "run --dry-run --config {f} --output {d}/runs", "run --dry-run --scenario {f} --output {d}/runs",
             "batch --config {f} --scenarios {d}/none", "doctor --offline --config {f} --export {d}/doctor.txt")
        )  # fmt: skip
        yield Attack(tuple(word.format(f=file, d=folder) for word in command.split()), "", Path(folder))


# addresses ----------------------------------------------------------------------------------------------------------

SCHEMES = ("https", "http", "ftp", "file", "s3", "HTTPS", "ht tp", "javascript", "a+b.c-d", "")
USERS = ("", f"bob:{SECRET}@", f"{SECRET}@", f"bob:12/{SECRET}@", f"bob:{SECRET} x@", f"a@b:{SECRET}@", f":{SECRET}@")
HOSTS = (
    "host.invalid", "[x", "[::1", "[::1]", "ab..cd", "xn--", "xn--a", "é.invalid", "a" * 300, "%41", "", " ", "host:x",
    "host:99999", "127.0.0.1:1", "\u2028", "a_b", "-", ".", "h\x1bost", "1.2.3", "0x7f.1",
)  # fmt: skip
PATHS = ("", "/", "/people.csv", "/../..", f"/x?sig={SECRET}", f"/x?a b={SECRET} y", f"/x#{SECRET}", "/\x00", "/%zz")


@contextmanager
def address_attack(chance: random.Random, place: Range) -> Iterator[Attack]:
    """A census, a table or a server at a strange address."""
    address = (
        f"{chance.choice(SCHEMES)}://{chance.choice(USERS)}{chance.choice(HOSTS)}{chance.choice(PATHS)}"
    ).replace("\x00", "")
    with tempfile.TemporaryDirectory(dir=place.root) as folder:
        file = Path(folder) / "settings.yaml"
        setting = chance.choice(("census:\n  path", "assumptions:\n  tables:\n    levels", "network:\n  pac"))
        file.write_text(f"{setting}: {json.dumps(address)}\n", encoding="utf-8")
        command = chance.choice(
            ("run --census {a} --years 2025 --output {d}/runs", "census validate {a}", "census describe {a}",
             "run --config {f} --years 2025 --output {d}/runs", "config show --config {f}", "config validate {f}",
             "run --dry-run --config {f} --output {d}/runs", "fit {a} --output {d}/fitted",
             "doctor --offline --config {f} --export {d}/doctor.txt")
        )  # fmt: skip
        yield Attack(tuple(word.format(a=address, f=file, d=folder) for word in command.split()), address, Path(folder))


# command lines ------------------------------------------------------------------------------------------------------

COMMANDS = (
    "run --dry-run", "status", "checkpoints list", "checkpoints verify", "checkpoints restore", "checkpoints clean",
    "compare", "report", "explain", "census validate", "census describe", "census generate --employees 3",
    "config show", "config validate", "config recommend", "memory report", "batch --scenarios none", "",
    "sweep --dry-run", "test", "show", "fit --output o", "backtest --output o", "calibrate --target exit_rate=0.1",
    "census map", "census history", "doctor --offline", "studio --no-browser",
)  # fmt: skip
OPTIONS = (
    "--years", "--census", "--config", "--scenario", "--output", "--seed", "--threads", "--memory-limit-gb", "--run",
    "--batch-size", "--from-year", "--resume-from-checkpoint", "--json", "--quiet", "--format", "--export", "--year",
    "--workers", "--scheduler", "--seeds", "--until", "--passes", "--base", "--mapping", "--target", "--measure",
    "--by", "--people", "--group", "--port", "--keep", "--as-of", "--sheet", "--date-order", "--optimization", "--help",
    "--nonsense", "--", "--rejects",
)  # fmt: skip
WORDS = (
    "", "-", "--", "2025", "2025-2026", "99999", "-1", "1e9", "nan", "x", "é", "\udcff\udcfe", "a\x1b[31mb", "*", "[a]",
    "?", "a" * 300, "/".join(["a" * 200] * 30), "loop", "loop/x", "/dev/null", "/dev/full", ".", "..", "/", "~nobody/x",
    "two.csv", "folder", "empty.yaml", "people[1].csv", "ftp://h/x", "csv", "low", "\n", "=1+1", "%s%n",
)  # fmt: skip


@contextmanager
def line_attack(chance: random.Random, place: Range) -> Iterator[Attack]:
    """A command with options and words that may or may not belong to it."""
    words = chance.choice(COMMANDS).split()
    for _ in range(chance.randint(0, 4)):
        words.append(chance.choice(OPTIONS if chance.random() < 0.5 else WORDS))
    with tempfile.TemporaryDirectory(dir=place.root) as folder, inside(Path(folder)):
        Path("two.csv").write_text("employee_id,birth_date\n1,1980-01-01\n", encoding="utf-8")
        shutil.copyfile(place.census, "people[1].csv")
        Path("empty.yaml").touch()
        Path("folder").mkdir()
        if os.name != "nt":
            Path("loop").symlink_to("loop")
        yield Attack(tuple(words), "", Path(folder))


KINDS: Mapping[str, Callable[[random.Random, Range], AbstractContextManager[Attack]]] = {
    "folders": folder_attack,
    "settings": settings_attack,
    "addresses": address_attack,
    "lines": line_attack,
    "batches": batch_attack,
    "sweeps": sweep_attack,
    "tests": partial(folder_attack, commands=TEST_COMMANDS),
    "fits": fit_attack,
    "requests": request_attack,
}


def faults_of(attack: Attack, said: Said, seconds: float) -> list[str]:
    """What is wrong with how a command ended."""
    command = " ".join(attack.words[:2])
    found = []
    if said.code not in exits_of(command):
        found.append(f"exit code {said.code} is not documented")
    if "Traceback" in said.everything or "fault of the program" in said.err:
        found.append("an error that has no sentence of its own")
    told = said.err.strip() or said.code == 6 or '"reason"' in said.out or command.startswith("doctor")  # on the screen
    if said.code and not told:
        found.append("no message")
    texts = [said.everything, *(text for text in map(_log_text, attack.place.rglob("*")) if text)]
    if any(SECRET in text for text in texts):
        found.append("a secret is told")
    tells_pay = attack.tells_pay or command.startswith(TELL_PAY)
    if not tells_pay and any(amount in text for text in texts for amount in AMOUNTS):
        found.append("pay is told")
    if seconds > (LONGEST_CALIBRATION if command.startswith("calibrate") else LONGEST_SECONDS):
        found.append(f"it took {seconds:.0f} s")
    return found


def _log_text(path: Path) -> str:
    """What of a run folder is sent to whoever is asked for help."""
    if path.suffix not in (".json", ".jsonl", ".log", ".txt") or path.name == "broken_laws.txt" or not path.is_file():
        return ""
    return path.read_bytes().decode("utf-8", "replace")


def attack_once(kind: str, seed: int, place: Range) -> tuple[Attack, Said, list[str]]:
    """Make one attack."""
    chance = random.Random(f"{kind} {seed}")
    with KINDS[kind](chance, place) as attack, _no_network():
        began = time.process_time()  # whatever else the machine does
        said = attack.carry_out()
        return attack, said, faults_of(attack, said, time.process_time() - began)


@contextmanager
def _no_network() -> Iterator[None]:
    """Names are unknown and nobody waits: what is looked at is what the program makes of an address."""

    def unknown(*arguments: object, **more: object) -> object:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    with (
        patch("socket.getaddrinfo", unknown),
        patch("planalign_orchestrator.network.download.random.uniform", lambda low, high: 0),
        patch("uvicorn.Server.run", lambda server, sockets: None),
    ):
        yield


def main(arguments: list[str]) -> int:
    """Make the attacks that the arguments ask for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--kind", choices=list(KINDS))
    given = parser.parse_args(arguments)
    kinds = [given.kind] if given.kind else list(KINDS)
    failed, codes = 0, dict[int, int]()
    with tempfile.TemporaryDirectory(prefix="fuzz-") as root:
        place = Range(Path(root))
        for number in range(given.count):
            kind, seed = kinds[number % len(kinds)], given.seed * 1_000_000 + number
            attack, said, faults = attack_once(kind, seed, place)
            codes[said.code] = codes.get(said.code, 0) + 1
            if faults:
                failed += 1
                print(f"{kind} {seed}: {'; '.join(faults)}\n  {attack.words!r}\n  {attack.done}\n  {said.err[-600:]}")
    print(f"{given.count} attacks, {failed} failed; exit codes: {dict(sorted(codes.items()))}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
