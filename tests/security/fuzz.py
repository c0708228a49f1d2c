"""Random attacks from outside: command lines, settings files, addresses and damaged run folders.

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
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

from planalign_orchestrator.config import Settings
from planalign_orchestrator.config.commented_yaml import commented_yaml
from tests.exits import exits_of
from tests.security.conftest import Said, say
from tests.security.people import HOSTILE_IDS, PAY, hostile_rows, write_rows

SECRET = "hunter2"
AMOUNTS = tuple(f"{PAY + number:.2f}" for number in range(len(HOSTILE_IDS)))
LONGEST_SECONDS = 60.0
TELL_PAY = ("explain",)
"""The commands that are there to tell one person's pay."""


@dataclass(frozen=True)
class Attack:
    """One attack.

    Args:
        words: the command line.
        done: what was done before, in words.
        place: the files that it may leave; they are looked through.
    """

    words: tuple[str, ...]
    done: str
    place: Path


class Range:
    """Where attacks take place: a sound run folder, and copies of it to be damaged.

    Args:
        root: an empty folder.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.census = write_rows(root / "people.csv", hostile_rows())
        self.sound = root / "sound" / "baseline"
        said = say("run", "--census", self.census, "--years", "2025-2026", "--output", self.sound.parent)
        assert said.code == 0, said.everything
        self.files = sorted(path.relative_to(self.sound) for path in self.sound.rglob("*") if path.is_file())
        self.settings = commented_yaml(Settings()).splitlines()

    @contextmanager
    def copy(self) -> Iterator[Path]:
        """A copy of the run folder."""
        with tempfile.TemporaryDirectory(dir=self.root) as folder:
            yield Path(shutil.copytree(self.sound, Path(folder) / "baseline", symlinks=True))


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
VALUES: tuple[Any, ...] = (None, [], {}, "", "x", -1, 0, 10**30, 1.5, True, [[]], {"a": None}, "\x1b[31m", "\ud800")


def _cut(chance: random.Random, path: Path) -> None:
    data = path.read_bytes()
    path.write_bytes(data[: chance.randrange(len(data) + 1)])


def _flip(chance: random.Random, path: Path) -> None:
    data = bytearray(path.read_bytes())
    for _ in range(chance.choice((1, 1, 5, 100)) if data else 0):
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    path.write_bytes(data)


def _swap_values(chance: random.Random, path: Path) -> None:
    """Another value at one place of a JSON document; of other files a flipped bit."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines() if path.suffix == ".jsonl" else [path.read_text("utf-8")]
        number = chance.randrange(len(lines))
        tree = json.loads(lines[number])
    except (ValueError, IndexError):
        _flip(chance, path)
        return
    node = tree
    while isinstance(node, dict | list) and node:
        keys = list(node) if isinstance(node, dict) else list(range(len(node)))
        key = chance.choice(keys)
        if chance.random() < 0.4 or not (isinstance(node[key], dict | list) and node[key]):
            if chance.random() < 0.2 and isinstance(node, dict):
                del node[key]
            else:
                node[key] = chance.choice(VALUES)
            break
        node = node[key]
    lines[number] = json.dumps(tree)
    path.write_bytes("\n".join(lines).encode("utf-8", "surrogatepass"))


def _to_folder(chance: random.Random, path: Path) -> None:
    path.unlink()
    path.mkdir()


def _to_link(chance: random.Random, path: Path) -> None:
    path.unlink()
    path.symlink_to(chance.choice([path.name, "nowhere", "/", f"{path.name}/x"]))


DAMAGES: dict[str, Callable[[random.Random, Path], object]] = {
    "cut": _cut,
    "flipped": _flip,
    "with another value": _swap_values,
    "emptied": lambda chance, path: path.write_bytes(b""),
    "made a folder": _to_folder,
    "made a link": _to_link,
    "null": lambda chance, path: path.write_bytes(b"null"),
    "a list": lambda chance, path: path.write_bytes(b"[]"),
    "a mapping": lambda chance, path: path.write_bytes(b"{}"),
    "brackets": lambda chance, path: path.write_bytes(b"[" * chance.choice((1000, 100_000))),
    "gone": lambda chance, path: path.unlink(),
}


@contextmanager
def folder_attack(chance: random.Random, place: Range) -> Iterator[Attack]:
    """A command on a run folder of which one or two files are damaged."""
    with place.copy() as run:
        done = []
        decisive = [file for file in place.files if file.parts[0] not in ("logs", "reports")]
        for file in chance.sample(decisive if chance.random() < 0.9 else place.files, chance.choice((1, 1, 1, 2))):
            kind = chance.choice(list(DAMAGES))
            if os.name != "nt" or kind != "made a link":
                DAMAGES[kind](chance, run / file)
                done.append(f"{file.as_posix()} {kind}")
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
        words = chance.choice(FOLDER_COMMANDS).split()
        yield Attack(tuple(word.format(**names) for word in words), "; ".join(done), run)


# settings files -----------------------------------------------------------------------------------------------------

SCALARS = (
    "!!float ''", "!!bool maybe", "!!int ''", "!!binary '*'", "!!timestamp x", "!!set {a, b}", "&a [*a]", "*nope", "[",
    "{", "'", '"\\0"', '"\\e[31m"', "~", "1e999", "0x", "-1", "99999999999999999999", ".nan", "2025-02-30", "true",
    "[1, 2]", "{a: 1}", "- x", "\ta", "x" * 5000, "%", "@", "`", "|", ">", "!x y", "? a", "é", "\u2028",
    f"https://bob:{SECRET}@host.invalid/x?{SECRET}", f"ftp://bob:{SECRET} x@h/", "../..", "/dev/zero/x", "*/[a]?",
)  # fmt: skip


@contextmanager
def settings_attack(chance: random.Random, place: Range) -> Iterator[Attack]:
    """A settings file in which one to four lines have become others."""
    lines = list(place.settings)
    for _ in range(chance.randint(1, 4)):
        number = chance.choice([number for number, line in enumerate(lines) if line.strip() and "#" not in line])
        key, colon, _ = lines[number].partition(":")
        change = chance.choice(("value", "value", "value", "double", "drop", "indent", "list"))
        if change == "value" and colon:
            lines[number] = f"{key}: {chance.choice(SCALARS)}"
        elif change == "double":
            lines.insert(number, lines[number])
        elif change == "drop":
            del lines[number]
        else:
            lines[number] = f"{'- ' if change == 'list' else ' ' * chance.randint(1, 3)}{lines[number]}"
    with tempfile.TemporaryDirectory(dir=place.root) as folder:
        file = Path(folder) / "settings.yaml"
        file.write_text("\n".join(lines), encoding="utf-8")
        command = chance.choice(
            ("config validate {f}", "config show --config {f}", "config show --json --config {f}",
             "run --dry-run --config {f} --output {d}/runs", "run --dry-run --scenario {f} --output {d}/runs",
             "batch --config {f} --scenarios {d}/none")
        )  # fmt: skip
        yield Attack(tuple(word.format(f=file, d=folder) for word in command.split()), "", file)


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
             "run --dry-run --config {f} --output {d}/runs")
        )  # fmt: skip
        yield Attack(tuple(word.format(a=address, f=file, d=folder) for word in command.split()), address, file)


# command lines ------------------------------------------------------------------------------------------------------

COMMANDS = (
    "run --dry-run", "status", "checkpoints list", "checkpoints verify", "checkpoints restore", "checkpoints clean",
    "compare", "report", "explain", "census validate", "census describe", "census generate --employees 3",
    "config show", "config validate", "config recommend", "memory report", "batch --scenarios none", "",
)  # fmt: skip
OPTIONS = (
    "--years", "--census", "--config", "--scenario", "--output", "--seed", "--threads", "--memory-limit-gb", "--run",
    "--batch-size", "--from-year", "--resume-from-checkpoint", "--json", "--quiet", "--format", "--export", "--year",
    "--keep", "--as-of", "--sheet", "--date-order", "--optimization", "--nonsense", "--help", "--", "--rejects",
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
    with tempfile.TemporaryDirectory(dir=place.root) as folder, _inside(Path(folder)):
        Path("two.csv").write_text("employee_id,birth_date\n1,1980-01-01\n", encoding="utf-8")
        shutil.copyfile(place.census, "people[1].csv")
        Path("empty.yaml").touch()
        Path("folder").mkdir()
        if os.name != "nt":
            Path("loop").symlink_to("loop")
        yield Attack(tuple(words), "", Path(folder))


@contextmanager
def _inside(folder: Path) -> Iterator[None]:
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


KINDS = {
    "folders": folder_attack,
    "settings": settings_attack,
    "addresses": address_attack,
    "lines": line_attack,
}


def faults_of(attack: Attack, said: Said, seconds: float) -> list[str]:
    """What is wrong with how a command ended."""
    command = " ".join(attack.words[:2])
    found = []
    if said.code not in exits_of(command):
        found.append(f"exit code {said.code} is not documented")
    if "Traceback" in said.everything or "fault of the program" in said.err:
        found.append("an error that has no sentence of its own")
    if said.code and not said.err.strip() and said.code != 6:
        found.append("no message")
    texts = [said.everything, *(text for text in map(_log_text, attack.place.rglob("*")) if text)]
    if any(SECRET in text for text in texts):
        found.append("a secret is told")
    if attack.words[:1] not in [(name,) for name in TELL_PAY] and any(a in t for t in texts for a in AMOUNTS):
        found.append("pay is told")
    if seconds > LONGEST_SECONDS:
        found.append(f"it took {seconds:.0f} s")
    return found


def _log_text(path: Path) -> str:
    """What of a run folder is sent to whoever is asked for help."""
    if path.suffix not in (".json", ".jsonl", ".log") or not path.is_file():
        return ""
    return path.read_bytes().decode("utf-8", "replace")


def attack_once(kind: str, seed: int, place: Range) -> tuple[Attack, Said, list[str]]:
    """Make one attack."""
    chance = random.Random(f"{kind} {seed}")
    with KINDS[kind](chance, place) as attack, _no_network():
        began = time.monotonic()
        said = say(*attack.words)
        return attack, said, faults_of(attack, said, time.monotonic() - began)


@contextmanager
def _no_network() -> Iterator[None]:
    """Names are unknown and nobody waits: what is looked at is what the program makes of an address."""

    def unknown(*arguments: object, **more: object) -> object:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    with (
        patch("socket.getaddrinfo", unknown),
        patch("planalign_orchestrator.network.retries.random.uniform", lambda low, high: 0),
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
