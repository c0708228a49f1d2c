"""A folder of packages for another computer: complete there, listed with licences and hashes, installable offline."""

from __future__ import annotations

import csv
import hashlib
import os
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

from planalign_orchestrator.errors import ConfigurationError, NetworkError, PlanAlignError
from tools.wheelhouse import Order, build_wheelhouse, read_wheel, target_for

CHECKOUT = Path(__file__).resolve().parents[3]
INSTALL = ["-m", "pip", "install", "--no-index", "--find-links", ".", "--require-hashes", "-r", "requirements.txt"]

pytestmark = pytest.mark.slow


def make_wheel(folder: Path, name: str, version: str, *headers: str, tag: str = "py3-none-any") -> Path:
    module, place = name.replace("-", "_"), folder / f"{name.replace('-', '_')}-{version}-{tag}.whl"
    info = f"{module}-{version}.dist-info"
    metadata = "\n".join(["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}", *headers, "", ""])
    with zipfile.ZipFile(place, "w") as archive:
        archive.writestr(f"{module}.py", "")
        archive.writestr(f"{info}/METADATA", metadata)
        archive.writestr(f"{info}/WHEEL", f"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: {tag}\n")
        archive.writestr(f"{info}/RECORD", "")
    return place


@pytest.fixture
def index(tmp_path, monkeypatch) -> Path:
    """A folder in place of the package index; pip reaches nothing else."""
    folder = tmp_path / "index"
    folder.mkdir()
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    make_wheel(folder, "base", "1.5", "Requires-Dist: everywhere[more]>=1")
    make_wheel(folder, "everywhere", "1.0", 'Requires-Dist: fast; extra == "more"', "License-Expression: MIT")
    make_wheel(folder, "fast", "1.0", tag="cp312-cp312-win_amd64")
    make_wheel(folder, "fast", "1.0", tag="cp312-cp312-manylinux_2_17_x86_64")
    make_wheel(folder, "fast", "1.0", tag=f"cp3{sys.version_info.minor}-cp3{sys.version_info.minor}-linux_x86_64")
    make_wheel(folder, "fast", "1.0", tag=f"cp3{sys.version_info.minor}-cp3{sys.version_info.minor}-win_amd64")
    make_wheel(folder, "for-windows", "2.0")
    make_wheel(folder, "for-linux", "3.0", tag="cp312-cp312-manylinux_2_17_x86_64")
    make_wheel(folder, "for-linux", "3.0", tag=f"cp3{sys.version_info.minor}-cp3{sys.version_info.minor}-linux_x86_64")
    make_wheel(folder, "secret-store", "1.0")
    return folder


@pytest.fixture
def program(tmp_path) -> Path:
    (tmp_path / "program").mkdir()
    return make_wheel(
        tmp_path / "program",
        "planalign-engine",
        "9.0",
        "Requires-Dist: base<2,>=1",
        'Requires-Dist: for-windows; sys_platform == "win32"',
        'Requires-Dist: for-linux; platform_system == "Linux"',
        'Requires-Dist: secret-store; extra == "keyring"',
    )


def _names(folder: Path) -> list[str]:
    return sorted(wheel.name for wheel in folder.glob("*.whl"))


@pytest.mark.skipif(sys.platform != "linux", reason="the point is to make it on another system")
def test_a_folder_for_windows_is_complete_there_and_nowhere_else(index, program, tmp_path):
    folder = tmp_path / "wheels"
    build_wheelhouse(Order(folder, target_for("windows", "3.12"), ("keyring",), program))
    assert _names(folder) == [
        "base-1.5-py3-none-any.whl",
        "everywhere-1.0-py3-none-any.whl",
        "fast-1.0-cp312-cp312-win_amd64.whl",
        "for_windows-2.0-py3-none-any.whl",
        "planalign_engine-9.0-py3-none-any.whl",
        "secret_store-1.0-py3-none-any.whl",
    ]


@pytest.mark.skipif(sys.platform != "linux", reason="the tiny packages have wheels for it")
def test_a_folder_for_linux_without_extras(index, program, tmp_path):
    folder = tmp_path / "wheels"
    build_wheelhouse(Order(folder, target_for("linux", "3.12"), (), program))
    assert "for_linux-3.0-cp312-cp312-manylinux_2_17_x86_64.whl" in _names(folder)
    assert not {"for_windows-2.0-py3-none-any.whl", "secret_store-1.0-py3-none-any.whl"} & set(_names(folder))


@pytest.mark.skipif(sys.platform != "linux", reason="the tiny packages have wheels for it")
def test_the_papers_name_licences_and_hashes(index, program, tmp_path):
    folder = tmp_path / "wheels"
    build_wheelhouse(Order(folder, target_for("windows", "3.12"), ("keyring",), program))

    with (folder / "CONTENTS.csv").open(encoding="utf-8", newline="") as file:
        rows = {row["name"]: row for row in csv.DictReader(file)}
    assert rows["everywhere"]["licence"] == "MIT"
    assert rows["base"]["licence"] == "not stated"
    for row in rows.values():
        assert hashlib.sha256((folder / row["file"]).read_bytes()).hexdigest() == row["sha256"]
    pinned = (folder / "requirements.txt").read_text(encoding="utf-8").splitlines()
    assert f"planalign-engine[keyring]==9.0 --hash=sha256:{rows['planalign-engine']['sha256']}" in pinned
    assert len(pinned) == len(rows) == 6
    assert " ".join(INSTALL) in (folder / "INSTALL.txt").read_text(encoding="utf-8")


def test_the_documented_command_installs_and_a_changed_file_is_refused(index, tmp_path, monkeypatch):
    alone = make_wheel(tmp_path, "planalign-engine", "9.0", "Requires-Dist: everywhere")
    folder = tmp_path / "wheels"
    build_wheelhouse(Order(folder, target_for(), (), alone))
    monkeypatch.delenv("PIP_FIND_LINKS")
    install = [sys.executable, *INSTALL, "--target", str(tmp_path / "installed")]
    with (folder / "everywhere-1.0-py3-none-any.whl").open("ab") as file:
        file.write(b"changed")
    refused = subprocess.run(install, cwd=folder, capture_output=True, text=True, check=False)
    assert refused.returncode != 0
    assert "DO NOT MATCH THE HASHES" in refused.stderr

    make_wheel(folder, "everywhere", "1.0", 'Requires-Dist: fast; extra == "more"', "License-Expression: MIT")
    wheel = read_wheel(folder / "everywhere-1.0-py3-none-any.whl")
    program = read_wheel(folder / "planalign_engine-9.0-py3-none-any.whl")
    (folder / "requirements.txt").write_text(
        "".join(f"{each.name}=={each.version} --hash=sha256:{each.sha256}\n" for each in (wheel, program))
    )
    done = subprocess.run(install, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "installed" / "everywhere.py").exists()


def test_what_cannot_be_made(index, program, tmp_path):
    with pytest.raises(ConfigurationError, match="no extra nonsense"):
        build_wheelhouse(Order(tmp_path / "a", target_for("windows", "3.12"), ("nonsense",), program))
    with pytest.raises(ConfigurationError, match="not an empty folder"):
        build_wheelhouse(Order(index, target_for(), (), program))
    for path in index.glob("base*"):
        path.unlink()
    with pytest.raises(NetworkError, match="pip install failed"):
        build_wheelhouse(Order(tmp_path / "b", target_for("windows", "3.12"), (), program))
    with pytest.raises(ConfigurationError, match="platform 'amiga'"):
        target_for("amiga")
    with pytest.raises(ConfigurationError, match="no Python version"):
        target_for("windows", "3")


def test_a_file_that_is_no_wheel(tmp_path):
    (tmp_path / "x-1-py3-none-any.whl").write_bytes(b"no zip")
    with pytest.raises(PlanAlignError, match="is no wheel"):
        read_wheel(tmp_path / "x-1-py3-none-any.whl")


@pytest.mark.parametrize(
    ("headers", "licence"),
    [
        (["License-Expression: MIT", "License: other"], "MIT"),
        (["Classifier: License :: OSI Approved :: BSD License"], "BSD License"),
        (["License: Apache-2.0"], "Apache-2.0"),
        (["License: " + "a long text " * 9], "not stated"),
        ([], "not stated"),
    ],
)
def test_where_a_licence_is_stated(tmp_path, headers, licence):
    assert read_wheel(make_wheel(tmp_path, "x", "1", *headers)).licence == licence


@pytest.mark.nightly
@pytest.mark.parametrize("platform", [None, "windows"])
def test_the_real_program(tmp_path, platform):
    folder = tmp_path / "wheels"
    wheels = build_wheelhouse(Order(folder, target_for(platform), (), CHECKOUT))
    names = {wheel.name for wheel in wheels}
    assert {"planalign-engine", "duckdb", "jinja2", "httpx"} <= names
    assert ("colorama" in names) == (platform == "windows" or sys.platform == "win32")
    if platform == "windows" and sys.platform != "win32":
        return
    venv.create(tmp_path / "env", with_pip=True)
    scripts = tmp_path / "env" / ("Scripts" if os.name == "nt" else "bin")
    closed = {"PATH": os.environ["PATH"], "PIP_CONFIG_FILE": os.devnull, "PIP_INDEX_URL": "https://127.0.0.1:9/simple"}
    subprocess.run([scripts / "python", *INSTALL], cwd=folder, env=closed, check=True)
    subprocess.run([scripts / "planalign", "run", "--years", "2025"], cwd=tmp_path, env=closed, check=True)
