"""Files arrive whole and checked or not at all, whatever the server and the line do."""

from __future__ import annotations

import email.utils
import gzip
import hashlib
import io
import os
import threading
import time
from pathlib import Path

import pytest
import zstandard
from rich.console import Console

from planalign_orchestrator.errors import NetworkError, OutOfResourcesError
from planalign_orchestrator.network import shown_progress

from .conftest import CENSUS
from .loopback import answers, drips, free_port, hangs, sends_file

SHA256 = hashlib.sha256(CENSUS).hexdigest()


def test_a_file_arrives_with_its_bytes_and_shows_progress(running_server, client, tmp_path):
    server = running_server(sends_file(CENSUS, '"v1"'))
    seen = []

    path = client().fetch(
        server.url(), tmp_path / "new" / "census.csv", sha256=SHA256.upper(), progress=lambda *now: seen.append(now)
    )

    assert path.read_bytes() == CENSUS
    assert seen[-1] == (len(CENSUS), len(CENSUS))
    assert [name.name for name in path.parent.iterdir()] == ["census.csv"]


def test_an_old_file_is_replaced_only_by_a_whole_one(running_server, client, tmp_path):
    target = tmp_path / "census.csv"
    target.write_bytes(b"old")
    server = running_server(sends_file(CENSUS, None, cut_after=1000))

    with pytest.raises(NetworkError, match="broke off"):
        client().fetch(server.url(), target)

    assert target.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [target]


def test_a_dropped_download_goes_on_where_it_stopped(running_server, client, tmp_path):
    server = running_server(
        sends_file(CENSUS, '"v1"', cut_after=100_000),
        sends_file(CENSUS, '"v1"', cut_after=50_000),
        sends_file(CENSUS, '"v1"'),
    )

    path = client(attempts=3).fetch(server.url(), tmp_path / "census.csv", sha256=SHA256)

    assert path.read_bytes() == CENSUS
    assert [request.headers.get("Range") for request in server.requests] == [None, "bytes=100000-", "bytes=150000-"]
    assert server.requests[1].headers["If-Range"] == '"v1"'


def test_a_later_call_goes_on_where_an_earlier_one_gave_up(running_server, client, tmp_path):
    server = running_server(sends_file(CENSUS, '"v1"', cut_after=100_000), sends_file(CENSUS, '"v1"'))
    with pytest.raises(NetworkError):
        client().fetch(server.url(), tmp_path / "census.csv")

    path = client().fetch(server.url(), tmp_path / "census.csv", sha256=SHA256)

    assert path.read_bytes() == CENSUS
    assert server.requests[1].headers["Range"] == "bytes=100000-"
    assert list(tmp_path.iterdir()) == [path]


def test_what_another_address_left_is_not_continued(running_server, client, tmp_path):
    server = running_server(sends_file(b"a" * 5000, '"v1"', cut_after=1000), sends_file(CENSUS, '"v1"'))
    with pytest.raises(NetworkError):
        client().fetch(server.url(path="/a.csv"), tmp_path / "census.csv")

    path = client().fetch(server.url(path="/b.csv"), tmp_path / "census.csv")

    assert path.read_bytes() == CENSUS
    assert "Range" not in server.requests[1].headers


def test_a_file_that_changed_meanwhile_starts_over(running_server, client, tmp_path):
    server = running_server(sends_file(b"old" * 9000, '"v1"', cut_after=9000), sends_file(CENSUS, '"v2"'))

    path = client(attempts=2).fetch(server.url(), tmp_path / "census.csv")

    assert path.read_bytes() == CENSUS


def test_a_range_that_the_server_no_longer_has_starts_over(running_server, client, tmp_path):
    server = running_server(sends_file(CENSUS, '"v1"', cut_after=1000), answers(status=416), sends_file(CENSUS, '"v1"'))

    path = client(attempts=3).fetch(server.url(), tmp_path / "census.csv")

    assert path.read_bytes() == CENSUS
    assert "Range" not in server.requests[2].headers


def test_a_part_other_than_the_one_asked_for_is_not_appended(running_server, client, tmp_path):
    wrong = answers(b"x" * 10, 206, {"Content-Range": "bytes 5-14/400023", "ETag": '"v1"'})
    server = running_server(sends_file(CENSUS, '"v1"', cut_after=1000), wrong, sends_file(CENSUS, '"v1"'))

    path = client(attempts=3).fetch(server.url(), tmp_path / "census.csv")

    assert path.read_bytes() == CENSUS


def test_without_a_version_of_the_file_a_drop_means_starting_over(running_server, client, tmp_path):
    server = running_server(sends_file(CENSUS, None, cut_after=1000), sends_file(CENSUS, None))

    path = client(attempts=2).fetch(server.url(), tmp_path / "census.csv")

    assert path.read_bytes() == CENSUS
    assert "Range" not in server.requests[1].headers


def test_503_twice_then_200(running_server, client, tmp_path):
    waits = []
    server = running_server(answers(status=503), answers(status=503), sends_file(CENSUS, None))

    path = client(attempts=3, retry_wait_seconds=1, wait=waits.append).fetch(server.url(), tmp_path / "census.csv")

    assert path.read_bytes() == CENSUS
    assert 0.5 <= waits[0] <= 1 and 1 <= waits[1] <= 2


def test_waits_vary_and_stay_below_the_maximum(running_server, client, tmp_path):
    waits: list[float] = []
    server = running_server(answers(status=503))
    with pytest.raises(NetworkError, match="12 times"):
        client(attempts=12, retry_wait_seconds=1, retry_wait_maximum_seconds=2, wait=waits.append).fetch(
            server.url(), tmp_path / "census.csv"
        )
    assert len(set(waits)) == 11
    assert max(waits) <= 2


@pytest.mark.parametrize("form", ["seconds", "date"])
def test_429_is_repeated_after_the_wait_that_the_server_asks_for(running_server, client, tmp_path, form):
    asked = "7" if form == "seconds" else email.utils.formatdate(time.time() + 7, usegmt=True)
    waits = []
    server = running_server(answers(status=429, headers={"Retry-After": asked}), sends_file(CENSUS, None))

    client(attempts=2, wait=waits.append).fetch(server.url(), tmp_path / "census.csv")

    assert waits[0] == pytest.approx(7, abs=1.5)


def test_a_wait_that_is_too_long_is_told_instead(running_server, client, tmp_path):
    server = running_server(answers(status=429, headers={"Retry-After": "3600"}))
    with pytest.raises(NetworkError, match=r"429.*asks to wait 3600 s"):
        client(attempts=5).fetch(server.url(), tmp_path / "census.csv")
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("status", "word"), [(404, "moved"), (403, "web filter"), (401, "sign-on"), (407, "web proxy"), (410, "owner")]
)
def test_an_answer_that_will_stay_is_asked_for_once(running_server, client, tmp_path, status, word):
    server = running_server(answers(status=status))
    with pytest.raises(NetworkError, match=str(status)) as caught:
        client(attempts=5).fetch(server.url(), tmp_path / "census.csv")
    assert word in caught.value.remedy
    assert caught.value.exit_code == 7
    assert len(server.requests) == 1


PACKED = {
    "gzip": gzip.compress(CENSUS),
    "zstd": zstandard.ZstdCompressor().compress(bytes(1 << 26)),  # 2 kB that would become 64 MB
    "br": b"x",
    "GZIP, identity": b"x",
}


@pytest.mark.parametrize("encoding", PACKED)
def test_a_packing_that_nobody_asked_for_is_refused(running_server, client, tmp_path, encoding):
    headers = {"Content-Encoding": encoding, "ETag": '"v1"'}
    server = running_server(answers(PACKED[encoding], headers=headers))
    with pytest.raises(NetworkError, match="which was not asked for"):
        client(maximum_download_mb=1).fetch(server.url(), tmp_path / "census.csv")
    assert list(tmp_path.iterdir()) == []
    assert server.requests[0].headers["Accept-Encoding"] == "identity"


def test_a_part_that_nobody_asked_for_is_refused(running_server, client, tmp_path):
    part = answers(b"x" * 10, 206, {"Content-Range": "bytes 0-9/10", "ETag": '"v1"'})
    server = running_server(part)
    with pytest.raises(NetworkError, match="a part of the file, which was not asked for"):
        client(attempts=3).fetch(server.url(), tmp_path / "census.csv")
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    "asked", ["soon", "-1", "\u00b2", "1e9", "9" * 400, "Fri, 31 Dec 9999 23:59:59 -2359", "", "1.5"]
)
def test_an_odd_wait_is_not_kept(running_server, client, tmp_path, asked):
    server = running_server(answers(status=503, headers={"Retry-After": asked}), sends_file(CENSUS, None))
    try:
        assert client(attempts=2).fetch(server.url(), tmp_path / "census.csv").read_bytes() == CENSUS
    except NetworkError as error:
        assert "asks to wait" in str(error)


@pytest.mark.parametrize("where", ["https://[x", "https://ab..cd/x", "https://xn--/x", f"https://{'a' * 64}.b/x"])
def test_hostile_addresses_are_refused_in_a_sentence(running_server, client, tmp_path, where):
    with pytest.raises(NetworkError, match="is not an address"):
        client().fetch(where, tmp_path / "census.csv")
    server = running_server(answers(status=302, headers={"Location": where}))
    with pytest.raises(NetworkError):
        client().fetch(server.url(), tmp_path / "census.csv")


def test_a_wrong_hash_leaves_nothing(running_server, client, tmp_path):
    server = running_server(sends_file(CENSUS, '"v1"'))
    with pytest.raises(NetworkError, match=SHA256):
        client().fetch(server.url(), tmp_path / "census.csv", sha256="0" * 64)
    assert list(tmp_path.iterdir()) == []


def test_a_server_that_hangs_is_given_up(running_server, client, tmp_path):
    server = running_server(hangs)
    started = time.monotonic()
    with pytest.raises(NetworkError, match="stopped answering"):
        client(read_timeout_seconds=0.2).fetch(server.url(), tmp_path / "census.csv")
    assert time.monotonic() - started < 8


def test_a_server_that_drips_does_not_outlast_the_whole_time(running_server, client, tmp_path):
    server = running_server(drips)
    started = time.monotonic()
    with pytest.raises(NetworkError, match="total_timeout_seconds"):
        client(total_timeout_seconds=0.4).fetch(server.url(), tmp_path / "census.csv")
    assert time.monotonic() - started < 8


def test_a_port_where_nobody_listens(client, tmp_path):
    with pytest.raises(NetworkError, match="refused the connection") as caught:
        client(attempts=2).fetch(f"https://localhost:{free_port()}/census.csv", tmp_path / "census.csv")
    assert "2 times" in caught.value.message
    assert "firewall" in caught.value.remedy


def test_a_name_that_does_not_exist(client, tmp_path):
    with pytest.raises(NetworkError, match="unknown to this computer") as caught:
        client().fetch("https://nowhere.invalid/census.csv", tmp_path / "census.csv")
    assert "web proxy" in caught.value.remedy


def test_a_redirect_is_followed(running_server, client, tmp_path):
    there = running_server(sends_file(CENSUS, None))
    here = running_server(answers(status=302, headers={"Location": there.url(path="/real.csv")}))

    path = client().fetch(here.url(), tmp_path / "census.csv")

    assert path.read_bytes() == CENSUS
    assert there.requests[0].path == "/real.csv"


def test_a_redirect_to_http_is_refused(running_server, client, tmp_path):
    server = running_server(answers(status=301, headers={"Location": "http://localhost/census.csv"}))
    with pytest.raises(NetworkError, match="from https to http"):
        client(attempts=3).fetch(server.url(), tmp_path / "census.csv")
    assert len(server.requests) == 1


def test_a_circle_of_redirects_ends(running_server, client, tmp_path):
    server = running_server(answers(status=302, headers={"Location": "/census.csv"}))
    with pytest.raises(NetworkError, match="redirects more than 5 times"):
        client().fetch(server.url(), tmp_path / "census.csv")


def test_http_is_refused_before_anything_is_sent(client, tmp_path):
    with pytest.raises(NetworkError, match="only https://"):
        client().fetch("http://localhost/census.csv", tmp_path / "census.csv")


def test_a_login_page_is_not_a_census(running_server, client, tmp_path):
    server = running_server(answers(b"<html>sign in</html>", headers={"Content-Type": "text/html; charset=utf-8"}))
    with pytest.raises(NetworkError, match="web page instead of the file"):
        client().fetch(server.url(), tmp_path / "census.csv")
    assert client().fetch(server.url(), tmp_path / "page.html").read_bytes() == b"<html>sign in</html>"


def test_tokens_of_an_address_do_not_show(running_server, client, tmp_path):
    server = running_server(answers(status=403))
    url = server.url(path="/census.csv?sig=SECRET").replace("https://", "https://me:PASSWORD@")
    with pytest.raises(NetworkError) as caught:
        client().fetch(url, tmp_path / "census.csv")
    assert "SECRET" not in str(caught.value) + caught.value.remedy
    assert "PASSWORD" not in str(caught.value) + caught.value.remedy
    assert "/census.csv?***" in caught.value.message


@pytest.mark.parametrize("length", [True, False], ids=["announced", "unannounced"])
def test_a_file_that_is_too_large_is_refused(running_server, client, tmp_path, length):
    server = running_server(answers(b"x" * (1 << 20) + b"x", length=length))
    with pytest.raises(NetworkError, match="maximum_download_mb"):
        client(maximum_download_mb=1).fetch(server.url(), tmp_path / "census.csv")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_full_disk_is_called_that(running_server, client, tmp_path, monkeypatch):
    server = running_server(sends_file(CENSUS, '"v1"'))
    with Path("/dev/full").open("wb", buffering=0) as full:
        monkeypatch.setattr("planalign_orchestrator.network.download.os.open", lambda *_args: os.dup(full.fileno()))
        with pytest.raises(OutOfResourcesError, match="disk is full"):
            client().fetch(server.url(), tmp_path / "census.csv")


def test_what_waits_for_its_rest_is_for_its_owner_only(running_server, client, tmp_path):
    server = running_server(sends_file(CENSUS, '"v1"', cut_after=1000))
    with pytest.raises(NetworkError):
        client().fetch(server.url(), tmp_path / "census.csv")
    (part,) = tmp_path.glob("*.part")
    if os.name == "posix":
        assert part.stat().st_mode & 0o077 == 0
    assert server.url() not in (tmp_path / ".census.csv.part.json").read_text()


def test_a_server_that_gives_a_part_at_a_time_is_asked_until_all_is_there(running_server, client, tmp_path):
    def part(handler):
        start = int((handler.headers.get("Range") or "bytes=0-").removeprefix("bytes=").rstrip("-"))
        end = min(start + 150_000, len(CENSUS))
        handler.send_response(206)
        handler.send_header("Content-Range", f"bytes {start}-{end - 1}/{len(CENSUS)}")
        handler.send_header("ETag", '"v1"')
        handler.send_header("Content-Length", str(end - start))
        handler.end_headers()
        handler.wfile.write(CENSUS[start:end])

    server = running_server(sends_file(CENSUS, '"v1"', cut_after=150_000), part)
    with pytest.raises(NetworkError, match=f"300000 bytes came of a file that has {len(CENSUS)}"):
        client(attempts=2).fetch(server.url(), tmp_path / "census.csv")
    assert not (tmp_path / "census.csv").exists()

    assert client().fetch(server.url(), tmp_path / "census.csv").read_bytes() == CENSUS


def unannounced(handler, *, politely: bool) -> None:
    """Sends without a length; the end of the connection is the end of the file."""
    handler.send_response(200)
    handler.send_header("Connection", "close")
    handler.end_headers()
    handler.wfile.write(CENSUS)
    handler.wfile.flush()
    handler.close_connection = True
    if politely:
        handler.request.unwrap()


def test_a_drop_does_not_pass_for_the_end_of_a_file_without_a_length(running_server, client, tmp_path):
    server = running_server(lambda handler: unannounced(handler, politely=False))
    with pytest.raises(NetworkError, match="broke off"):
        client().fetch(server.url(), tmp_path / "census.csv")
    assert list(tmp_path.iterdir()) == []

    server = running_server(lambda handler: unannounced(handler, politely=True))
    assert client().fetch(server.url(), tmp_path / "census.csv").read_bytes() == CENSUS


def trickles(handler) -> None:
    """Sends a header now and then, and never a file."""
    handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
    for number in range(200):
        handler.wfile.write(f"X-{number}: x\r\n".encode())
        handler.wfile.flush()
        if handler.server.closing.wait(0.05):
            return


def test_headers_that_trickle_do_not_outlast_the_whole_time(running_server, client, tmp_path):
    server = running_server(trickles)
    started = time.monotonic()
    with pytest.raises(NetworkError, match="total_timeout_seconds"):
        client(total_timeout_seconds=0.6).fetch(server.url(), tmp_path / "census.csv")
    assert time.monotonic() - started < 8
    assert not [
        thread
        for thread in threading.enumerate()
        if isinstance(thread, threading.Timer) and not thread.finished.is_set()
    ]


@pytest.mark.parametrize(
    "url", ["https://me:pa/SECRET@files.example/a", "me:SECRET@files.example/a", "ftp://me:SECRET@x/a"]
)
def test_an_address_that_is_none_shows_no_password(client, tmp_path, url):
    with pytest.raises(NetworkError) as caught:
        client().fetch(url, tmp_path / "census.csv")
    assert "SECRET" not in str(caught.value)


@pytest.mark.parametrize("looked_at", [True, False])
def test_progress_is_drawn_where_somebody_looks_and_nowhere_else(running_server, client, tmp_path, looked_at):
    screen = io.StringIO()
    console = Console(file=screen, force_terminal=looked_at, width=100)
    server = running_server(sends_file(CENSUS, None))
    with shown_progress("census.csv", console) as progress:
        client().fetch(server.url(), tmp_path / "census.csv", progress=progress)
    size = f"{len(CENSUS) / 1000:.1f}/{len(CENSUS) / 1000:.1f} kB"
    assert ("census.csv" in screen.getvalue() and size in screen.getvalue()) == looked_at
