"""Who the studio answers: the browser with the token, from the studio's own pages, and nobody else."""

from __future__ import annotations

import re
import socket
from pathlib import Path

import pytest

from planalign_orchestrator.cli import main
from planalign_orchestrator.studio.app import STATIC, _listening, serve
from planalign_orchestrator.studio.pages import FILES, ROUTES
from planalign_orchestrator.studio.security import HEADERS, LOOPBACK, Door
from tests.studio.conftest import Studio

OWN = "http://127.0.0.1:4321"
STRANGE_HOSTS = ("evil.example:4321", "localhost:4321", "127.0.0.1", "127.0.0.1:80", "127.0.0.1:4321.evil.example")
READ = [*(path for method, path, _ in ROUTES if method == "GET"), *(path for path, _ in FILES)]
ADDRESSES = [re.sub(r"{\w+}", "x", path) for path in READ]
CHANGES = [re.sub(r"{\w+}", "x", path) for method, path, _ in ROUTES if method == "POST"]


@pytest.mark.parametrize("host", STRANGE_HOSTS)
def test_another_host_is_refused(studio: Studio, host: str) -> None:
    assert studio.get("/", headers={"Host": host}).status_code == 403


@pytest.mark.parametrize("address", [*ADDRESSES, "/static/studio.js", "/runs/x/live/stream"])
def test_nothing_is_shown_without_the_cookie(studio: Studio, address: str) -> None:
    answer = studio.get(address, known=False)
    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize(
    ("site", "status"), [("cross-site", 403), ("same-site", 403), ("same-origin", 200), ("none", 200)]
)
def test_only_the_user_and_own_pages_lead_here(studio: Studio, site: str, status: int) -> None:
    assert studio.get("/", headers={"Sec-Fetch-Site": site}).status_code == status


@pytest.mark.parametrize("address", CHANGES)
@pytest.mark.parametrize(
    "origin", [None, "null", "http://evil.example", "http://localhost:4321", "https://127.0.0.1:4321"]
)
def test_a_change_needs_the_exact_origin(studio: Studio, address: str, origin: str | None) -> None:
    headers = {} if origin is None else {"Origin": origin}
    answer = studio.ask("POST", address, headers=headers, data={"name": "x", "design": "x"})
    assert answer.status_code == 403
    assert not list(studio.workspace.designs_folder.iterdir())


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
def test_other_methods_change_nothing(studio: Studio, method: str) -> None:
    assert studio.ask(method, "/designs").status_code == 403
    assert studio.ask(method, "/designs", headers={"Origin": OWN}).status_code in (404, 405)


def test_the_token_serves_once_and_leaves_the_address(studio: Studio) -> None:
    first = studio.get(studio.door.address, known=False)
    assert (first.status_code, first.headers["location"]) == (303, "/")
    cookie = first.headers["set-cookie"]
    assert studio.door.session in cookie and "HttpOnly" in cookie and "samesite=strict" in cookie.lower()
    assert studio.get(f"/?token={first.request.url.params['token']}", known=False).status_code == 403


@pytest.mark.parametrize("token", ["", "x", "None", "%00"])
def test_a_guess_is_no_token(studio: Studio, token: str) -> None:
    assert studio.get(f"/?token={token}", known=False).status_code == 403
    assert studio.get(studio.door.address, known=False).status_code == 303, "a guess spent the token"


def test_tokens_and_sessions_have_256_bits_and_differ() -> None:
    made = [word for _ in range(5) for door in [Door(1)] for word in (str(door.token), door.session)]
    assert len(set(made)) == 10 and min(map(len, made)) >= 43


@pytest.mark.parametrize("address", ["/", "/nothing", "/static/studio.css", "/designs/x"])
def test_every_answer_carries_the_headers(studio: Studio, address: str) -> None:
    for answer in (studio.get(address), studio.get(address, known=False)):
        assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS


def test_the_policy_allows_nothing_inline_and_nobody_else() -> None:
    policy = HEADERS["Content-Security-Policy"]
    assert policy.startswith("default-src 'none';")
    assert not re.search(r"unsafe|data:|\*|https?:|blob:", policy)
    assert HEADERS["Cache-Control"] == "no-store"


def test_no_template_has_script_or_style_or_address_of_its_own() -> None:
    templates = Path(STATIC["studio.js"]).parents[1] / "templates"
    for template in templates.glob("*.j2"):
        text = template.read_text(encoding="utf-8")
        assert not re.search(r"<style|<script(?![^>]* src=\"/static/)|\son\w+=|\sstyle=|hx-on|javascript:", text), (
            template
        )
        assert not re.search(r"(?:src|href|action)=\"(?:https?:)?//", text), template


NO_NAMES = ("../x", "..%2f..%2fetc%2fpasswd", "%2e%2e", "/etc/passwd", "C:\\x", "https://evil.example/x.csv", "x%00")


PLACES = (
    *("/census/{}", "/census/{}/mapping", "/designs/{}", "/runs/{}", "/runs/{}/files/run.json", "/sweeps/{}"),
    *("/runs/base/files/{}", "/static/{}", "/compare?base=same&with={}"),
)


@pytest.mark.parametrize("name", NO_NAMES)
@pytest.mark.parametrize("place", PLACES)
def test_a_path_is_no_name(studio: Studio, place: str, name: str) -> None:
    (studio.workspace.root.parent / "x").write_text("secret")
    answer = studio.get(place.format(name))
    assert answer.status_code in (307, 400, 404)
    assert "secret" not in answer.text and "root:" not in answer.text


@pytest.mark.parametrize("name", ["../x", "", "a/b", "con", ".hidden", "x" * 65, "a b", "https://x"])
def test_a_design_is_not_called_like_a_path(studio: Studio, name: str) -> None:
    assert studio.post("/designs", {"name": name}).status_code == 400
    assert not list(studio.workspace.designs_folder.iterdir())


@pytest.mark.parametrize("census", ["../../etc/passwd", "https://evil.example/c.csv", "/etc/passwd", "none.csv"])
def test_a_run_takes_censuses_by_name_only(studio: Studio, census: str) -> None:
    studio.post("/designs", {"name": "a"})
    answer = studio.post("/runs", {"design": "a", "census": census})
    assert answer.status_code == 404
    assert not list(studio.workspace.runs_folder.iterdir())


def test_years_are_no_flags(studio: Studio) -> None:
    studio.post("/designs", {"name": "a"})
    assert studio.post("/runs", {"design": "a", "years": "--output=/tmp"}).status_code == 400


@pytest.mark.parametrize(("kind", "length"), [
    ("application/x-www-form-urlencoded", 4_194_305), ("multipart/form-data; boundary=x", 1_073_741_825),
])  # fmt: skip
def test_too_much_is_refused_before_it_is_read(studio: Studio, kind: str, length: int) -> None:
    headers = {"Origin": OWN, "Content-Type": kind, "Content-Length": str(length)}
    answer = studio.ask("POST", "/census", headers=headers, content=b"x")
    assert answer.status_code == 413


@pytest.mark.parametrize("kind", ["multipart/form-data", "multipart/form-data; boundary=x", "text/plain", ""])
def test_what_is_no_form_is_refused(studio: Studio, kind: str) -> None:
    headers = {"Origin": OWN, "Content-Type": kind}
    assert studio.ask("POST", "/census", headers=headers, content=b"--y\r\nnonsense").status_code == 400
    assert not list(studio.workspace.census_folder.iterdir())


def test_a_form_must_say_how_long_it_is(studio: Studio) -> None:
    async def body():  # type: ignore[no-untyped-def]
        yield b"name=a"

    headers = {"Origin": OWN, "Content-Type": "application/x-www-form-urlencoded"}
    assert studio.ask("POST", "/designs", headers=headers, content=body()).status_code == 413


def test_it_listens_on_the_loopback_address_alone() -> None:
    with _listening(0) as listening:
        assert listening.getsockname()[0] == LOOPBACK == "127.0.0.1"
        assert listening.family == socket.AF_INET


def test_the_command_has_no_way_to_another_address(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["studio", "--help"])
    flags = set(re.findall(r"--[a-z-]+", capsys.readouterr().out))
    assert flags == {"--port", "--no-browser", "--help"}


def test_a_setting_forbids_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "simulation_config.yaml").write_text("network: {studio: false}\n")
    with pytest.raises(SystemExit) as ended:
        main(["studio", str(tmp_path), "--no-browser"])
    assert ended.value.code == 2
    assert "network.studio: false" in capsys.readouterr().err


def test_checks_are_those_of_the_workspace_wherever_it_is_opened_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "elsewhere" / "config").mkdir(parents=True)
    (tmp_path / "elsewhere" / "config" / "simulation_config.yaml").write_text("census: {path: other.csv}\n")
    (tmp_path / "workspace").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    monkeypatch.setattr("uvicorn.Server.run", lambda server, sockets: None)
    serve(Path("../workspace"), 0, browser=False)
    assert Path.cwd() == tmp_path / "workspace"
    assert "other.csv" not in Studio(tmp_path / "workspace").get("/checks").text


def test_packages_that_are_left_out_forbid_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("planalign_orchestrator.cli.studio.find_spec", lambda name: None if name == "uvicorn" else name)
    with pytest.raises(SystemExit) as ended:
        main(["studio", str(tmp_path), "--no-browser"])
    assert ended.value.code == 2
    assert "the studio needs uvicorn" in capsys.readouterr().err


def test_a_second_studio_is_told_of_the_first(studio: Studio, capsys: pytest.CaptureFixture[str]) -> None:
    with studio.workspace.lock(), pytest.raises(SystemExit) as ended:
        main(["studio", str(studio.workspace.root), "--no-browser"])
    assert ended.value.code == 2
    assert re.search(r"a studio is open on .* already: process \d+", capsys.readouterr().err)
