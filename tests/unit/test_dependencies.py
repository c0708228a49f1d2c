"""What is imported is declared, what is declared is imported, and the lock file is one of what is declared."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

CHECKOUT = Path(__file__).resolve().parents[2]
LOCK = CHECKOUT / "requirements-ci.txt"
PACKAGE = ("planalign_orchestrator", "config", "orchestrator_dbt", "scripts")
"""Folders whose code users run; the tests may also import what ``dev`` declares."""

NOT_IMPORTED = {
    "dbt-duckdb": "dbt loads its adapter by name",
    "px-proxy": "a program of its own, for proxies that want NTLM or Kerberos",
    "python-multipart": "Starlette reads forms with it",
    "pytest-cov": "pytest loads it; `scripts/start.py coverage` measures with it",
    "pytest-xdist": "pytest loads it; `scripts/start.py test` uses both cores",
    "mypy": "a command",
    "ruff": "a command",
    "sqlfluff": "a command",
    "types-psutil": "types for mypy",
}
"""Declared without an import, and why."""

COMES_WITH = {
    "pydantic-core": "pydantic",
    "markupsafe": "jinja2",
    "click": "typer",
    "dukpy": "pypac",
}
"""Imported, and part of what a declared package is made of."""

OURS = {"planalign_orchestrator", "tests", "orchestrator_dbt", "benchmarks", "tools"}


def project() -> dict[str, object]:
    content = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))
    return dict(content["project"])


def declared(*extras: str) -> dict[str, Requirement]:
    """The requirements of the project, and of extras, by normal name."""
    described = project()
    lines = list(described["dependencies"])  # type: ignore[call-overload]
    for extra in extras:
        lines += described["optional-dependencies"][extra]  # type: ignore[index]
    return {canonicalize_name(found.name): found for found in map(Requirement, lines)}


@cache
def imports(path: Path) -> tuple[str, ...]:
    """The top-level modules that a file imports."""
    return tuple(_imports(path))


def _imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.partition(".")[0]
        elif isinstance(node, ast.Call) and getattr(node.func, "id", "") == "import_module":
            yield from (str(word.value).partition(".")[0] for word in node.args if isinstance(word, ast.Constant))


@cache
def owners_of_modules() -> dict[str, list[str]]:
    """The distributions that each installed module comes from."""
    return dict(packages_distributions())


def imported(*folders: str) -> dict[str, str]:
    """Distributions that are imported below folders, each with a file that does it."""
    owners = owners_of_modules()
    neighbours = OURS | {path.stem for path in (CHECKOUT / "tests").rglob("*.py")}
    found: dict[str, str] = {}
    for folder in folders:
        for path in (CHECKOUT / folder).rglob("*.py"):
            for name in imports(path):
                if name in sys.stdlib_module_names or name in neighbours:
                    continue
                names = {canonicalize_name(owner) for owner in owners.get(name, [name])}
                # The namespace ``dbt`` belongs to several distributions; the declared ones bring the others.
                for owner in {"dbt-core"} if "dbt-core" in names else names:
                    found[owner] = f"{path.relative_to(CHECKOUT).as_posix()} imports {name}"
    return found


def test_what_users_run_imports_only_what_is_declared() -> None:
    allowed = declared("keyring", "pac", "ntlm", "cluster", "pptx").keys() | COMES_WITH.keys()
    assert {name: place for name, place in imported(*PACKAGE).items() if name not in allowed} == {}


def test_the_tests_import_only_what_is_declared() -> None:
    allowed = declared("dbt", "keyring", "pac", "ntlm", "cluster", "pptx", "dev").keys() | COMES_WITH.keys()
    assert {name: place for name, place in imported("tests").items() if name not in allowed} == {}


def test_what_is_declared_is_imported_or_has_a_reason() -> None:
    used = imported(*PACKAGE, "tests").keys()
    wanted = declared("dbt", "keyring", "pac", "ntlm", "cluster", "pptx", "dev").keys()
    assert wanted - used == NOT_IMPORTED.keys()


def test_what_every_installation_brings_is_imported_by_the_package() -> None:
    assert declared().keys() - imported(*PACKAGE).keys() <= NOT_IMPORTED.keys()


def test_the_table_of_the_documentation_names_every_dependency() -> None:
    text = (CHECKOUT / "docs" / "dependencies.md").read_text(encoding="utf-8")
    told = set(re.findall(r"^\| `([a-z0-9-]+)` \|", text, re.MULTILINE))
    assert told == declared("dbt", "keyring", "pac", "ntlm", "cluster", "pptx", "dev").keys()


def locked() -> dict[str, list[str]]:
    """The locked versions of each distribution: several where they differ by system or version of Python."""
    found: dict[str, list[str]] = {}
    for name, version in re.findall(r"^([A-Za-z0-9._-]+)==([^ ;\\]+)", LOCK.read_text(encoding="utf-8"), re.MULTILINE):
        found.setdefault(canonicalize_name(name), []).append(version)
    return found


def test_the_lock_satisfies_what_is_declared() -> None:
    versions = locked()
    for name, wanted in declared("dev").items():
        assert versions[name], name
        assert all(wanted.specifier.contains(version) for version in versions[name]), (name, versions[name])


def test_every_locked_package_has_a_hash_and_no_address() -> None:
    text = LOCK.read_text(encoding="utf-8")
    entries = re.split(r"^(?=[A-Za-z0-9])", text, flags=re.MULTILINE)[1:]
    assert len(entries) > 80
    assert [entry.split()[0] for entry in entries if "--hash=sha256:" not in entry] == []
    assert not re.search(r"://|--index|--find-links|^-|^/", text, re.MULTILINE)


def test_the_constraints_for_users_are_the_lock_without_hashes() -> None:
    locked = [line.removesuffix("\\").rstrip() for line in LOCK.read_text("utf-8").splitlines() if line[:1].isalnum()]
    comment, *constraints = (CHECKOUT / "constraints.txt").read_text("utf-8").splitlines()
    assert comment.startswith("#")
    assert constraints == locked and len(locked) > 100
