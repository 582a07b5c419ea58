"""The preview as a web server: allowed hosts, range requests, limits, and silence when a browser disconnects."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from jiyue.base import loopback
from jiyue.preview.server import Server
from tests.support.browser import axe
from tests.support.cluster import new_cluster

if TYPE_CHECKING:
    from playwright.sync_api import Browser

VIDEO = bytes(range(256)) * 4000
SITES = {"sites": [{"id": "cc", "name": "长春", "kind": "prefecture", "url": "https://www.cc.example"}]}


class Waiting:
    """A preview in which nothing is ever built."""

    unpublished = None

    def problems(self, site: str) -> list[dict[str, Any]]:
        return []

    def wait(self, version: int, timeout: float) -> int:
        time.sleep(0.01 if version == 0 else 0.05)
        return 1


@contextmanager
def preview_of(folder: Path) -> Iterator[Server]:
    for path, data in {
        "_cluster/sites.json": json.dumps(SITES), "cc/index.html": "<body>首页</body>", "cc/404.html": "<body>没有</body>",
        "cc/通知 公告/index.html": "<body>目录</body>", "cc/a#b?/index.html": "<body>井号</body>", "cc/v.mp4": VIDEO,
        "cc/feed.atom": "<feed>https://www.cc.example/x</feed>", "cc/search/index/c/d/0/02": b"shard",
    }.items():  # fmt: skip
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data if isinstance(data, bytes) else data.encode())
    made = Server(folder, 0, Waiting())  # type: ignore[arg-type]
    thread = threading.Thread(target=made.run, daemon=True)
    thread.start()
    yield made
    made.close()
    thread.join()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with preview_of(tmp_path_factory.mktemp("preview")) as made:
        yield made


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Server]:
    with preview_of(tmp_path) as made:
        yield made


def ask(
    server: Server, path: str = "/cc/", method: str = "GET", at: str = "127.0.0.1", **headers: str | None
) -> tuple[HTTPResponse, bytes]:
    connection = HTTPConnection(at, server.port, timeout=60)
    connection.putrequest(method, path, skip_host=True)
    for name, value in {"Host": f"localhost:{server.port}", **headers}.items():
        if value is not None:
            connection.putheader(name.replace("_", "-"), value)
    connection.endheaders()
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer, body


def test_both_addresses_of_this_machine_answer(server: Server) -> None:
    assert ask(server)[1].startswith("<body>首页".encode())
    if not server.other:
        pytest.skip("this machine has no [::1]")
    assert ask(server, at="::1", Host=f"[::1]:{server.port}")[0].status == 200


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:80", "127.0.0.1:1234", "[::1]:8000", None])
def test_a_browser_of_this_machine_is_answered(server: Server, host: str | None) -> None:
    assert ask(server, Host=host)[0].status == 200


@pytest.mark.parametrize(
    "host",
    ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example:8000", "", "localhost@evil.example", "[::2]", "[",
     "10.0.0.8", "evil.example:localhost", "0.0.0.0"],
)  # fmt: skip
@pytest.mark.parametrize("path", ["/cc/", "/", "/_problems/cc", "/_live", "/_live.js", "/nope"])
def test_a_name_that_was_led_here_gets_nothing(server: Server, host: str, path: str) -> None:
    answer, body = ask(server, path, Host=host)
    assert (answer.status, body.decode()) == (403, "预览只供本机使用，请用 http://localhost 打开。\n")


@pytest.mark.parametrize(
    ("path", "location"),
    [("/cc", "/cc/"), ("/cc/%E9%80%9A%E7%9F%A5%20%E5%85%AC%E5%91%8A", "/cc/%E9%80%9A%E7%9F%A5%20%E5%85%AC%E5%91%8A/"),
     ("/cc/a%23b%3F", "/cc/a%23b%3F/"), ("//cc", "/cc/"), ("/cc/x/../a%23b%3f", "/cc/a%23b%3F/")],
)  # fmt: skip
def test_a_folder_without_its_slash_is_redirected(server: Server, path: str, location: str) -> None:
    answer, _ = ask(server, path)
    assert (answer.status, answer.headers["Location"]) == (301, location)
    assert ask(server, location)[0].status == 200


@pytest.mark.parametrize(
    ("asked", "status", "start", "end"),
    [("bytes=0-99", 206, 0, 100), ("bytes=1000-", 206, 1000, len(VIDEO)), ("bytes=-5", 206, len(VIDEO) - 5, len(VIDEO)),
     ("bytes=0-99999999999", 206, 0, len(VIDEO)), ("bytes=-99999999999", 206, 0, len(VIDEO)), ("bytes=9999999-", 416, 0, 0),
     ("bytes=-0", 416, 0, 0), ("bytes=5-4", 416, 0, 0), ("bytes=-", 200, 0, len(VIDEO)),
     ("bytes=0-1,5-6", 200, 0, len(VIDEO)), ("lines=0-1", 200, 0, len(VIDEO)), ("bytes=x", 200, 0, len(VIDEO))],
)  # fmt: skip
def test_a_part_of_a_video(server: Server, asked: str, status: int, start: int, end: int) -> None:
    answer, body = ask(server, "/cc/v.mp4", Range=asked)
    assert (answer.status, body) == (status, VIDEO[start:end])
    assert answer.headers["Accept-Ranges"] == "bytes"
    shown = {206: f"bytes {start}-{end - 1}/{len(VIDEO)}", 416: f"bytes */{len(VIDEO)}", 200: None}[status]
    assert answer.headers["Content-Range"] == shown
    head, nothing = ask(server, "/cc/v.mp4", "HEAD", Range=asked)
    assert (head.status, nothing, head.headers["Content-Length"]) == (status, b"", str(end - start))


def test_types_are_those_of_the_web_servers(server: Server) -> None:
    kinds = {p: ask(server, p)[0].headers["Content-Type"] for p in ("/cc/feed.atom", "/cc/search/index/c/d/0/02")}
    assert kinds == {
        "/cc/feed.atom": "application/atom+xml; charset=utf-8",
        "/cc/search/index/c/d/0/02": "application/octet-stream",
    }
    assert f"http://localhost:{server.port}/cc/x".encode() in ask(server, "/cc/feed.atom")[1]


def test_a_browser_that_goes_away_leaves_no_word(fresh: Server, capfd: pytest.CaptureFixture[str]) -> None:
    for path in ("/cc/v.mp4", "/_live"):
        for _ in range(5):
            with socket.create_connection(("127.0.0.1", fresh.port)) as gone:
                gone.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")  # closed by a reset
                gone.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
                gone.recv(10)
    with socket.create_connection(("127.0.0.1", fresh.port)) as gone:
        gone.sendall(b"GET /cc/ HT")
    deadline = time.monotonic() + 20
    while fresh.httpd.streams._value < loopback.STREAMS and time.monotonic() < deadline:
        time.sleep(0.02)
    assert fresh.httpd.streams._value == loopback.STREAMS
    assert ask(fresh)[0].status == 200
    assert capfd.readouterr() == ("", "")


def test_what_is_not_there_yet_is_no_traceback(fresh: Server, capfd: pytest.CaptureFixture[str]) -> None:
    (fresh.preview.output / "_cluster/sites.json").unlink()
    answer, body = ask(fresh)
    assert (answer.status, body.decode()) == (503, "正在生成，请稍后刷新。\n")
    assert capfd.readouterr() == ("", "")


def test_streams_and_connections_are_bounded(fresh: Server) -> None:
    kept = []
    for _ in range(loopback.STREAMS):
        one = socket.create_connection(("127.0.0.1", fresh.port), 10)
        one.sendall(b"GET /_live HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert one.recv(12) == b"HTTP/1.1 200"
        kept.append(one)
    assert ask(fresh, "/_live")[0].status == 503
    assert ask(fresh)[0].status == 200
    kept += [socket.create_connection(("127.0.0.1", fresh.port), 10) for _ in range(loopback.CONNECTIONS)]
    assert any(one.recv(1) == b"" for one in kept[-1:])  # closed at once: there is no thread for it
    for one in kept:
        one.close()
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        try:
            if ask(fresh)[0].status == 200:
                return
        except OSError:
            time.sleep(0.02)
    pytest.fail("no connection was given back")


def test_a_request_that_comes_a_byte_at_a_time_is_given_up(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loopback, "HEAD_SECONDS", 0.3)
    with socket.create_connection(("127.0.0.1", server.port), 20) as slow:
        began, sent = time.monotonic(), 0
        slow.settimeout(0.02)
        while time.monotonic() < began + 15:
            try:
                slow.send(b"GET /cc/ HTTP/1.1\r\nHost: localhost\r\nX: "[sent : sent + 1] or b"x")
                sent += 1
                if slow.recv(10) == b"":
                    return
            except TimeoutError:
                continue
            except OSError:
                return
    pytest.fail("it is still open")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A preview of two real sites, one of which has an address with a path."""
    files = {
        "sites/nongan.yaml": "name: 农安县人民政府\nkind: county\nsuperior: jilin\nurl: https://www.jl.example/nongan\n",
        "content/nongan/tzgg/a.md": "---\ntitle: 通知\ndate: 2026-11-20 09:30\n---\n正文。\n",
    }
    built = new_cluster(tmp_path_factory.mktemp("cluster"), files).build()
    made = Server(built.output, 0)
    thread = threading.Thread(target=made.run, daemon=True)
    thread.start()
    yield made
    made.close()
    thread.join()


@pytest.mark.parametrize("path", ["/", "/nowhere/", "/nongan/404.html", "/nongan/a/b/c.html", "/jilin/404.html"])
def test_the_list_of_sites_and_the_404_pages_are_styled_wherever_they_are_opened(
    browser: Browser, built: Server, path: str
) -> None:
    page = browser.new_page(viewport={"width": 390, "height": 800})
    missing: list[str] = []
    page.on("response", lambda answer: missing.append(answer.url) if answer.status >= 400 else None)
    page.goto(f"http://localhost:{built.port}{path}")
    assert [url for url in missing if not url.endswith(path)] == []
    assert page.evaluate("getComputedStyle(document.querySelector('.band')).backgroundColor") != "rgba(0, 0, 0, 0)"
    assert axe(page) == []
    for action in page.locator("form").all():
        assert str(action.get_attribute("action")).startswith("/nongan/" if "nongan" in path else "/jilin/")
    page.close()
