"""`jiyue archive`: the same bytes each time, replayed by a WARC reader, without what was withdrawn, whole or not at all."""

from __future__ import annotations

import gzip
import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest
from warcio.archiveiterator import ArchiveIterator

from tests.support.killing import killer
from tests.support.publication import Live, files_of, one_site

HOST = "https://www.cc.example"
SECOND = "2026-11-24T10:00"


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Live:
    """n2 is public until the 24th; n3 is withdrawn then, n1 renamed, n4 new."""
    made = one_site(tmp_path_factory.mktemp("archive") / "c")
    made.write("n2", 2, "expires: 2026-11-24 09:00\nslug: ends\n")
    made.write("n3", 3, "slug: mistake\n")
    made.write("n1", 1, "slug: first\n")
    made.go()
    made.write("n3", 3, "slug: mistake\nwithdraw: {at: 2026-11-24 08:00, reason: 有误}\n")
    made.write("n1", 1, "slug: renamed\n")
    made.write("n4", 4, "slug: new\n")
    made.go(today=SECOND)
    return made


def archive(live: Live, at: str, to: Path) -> tuple[Path, str]:
    said = live.run("archive", "cc", "--at", at, "--to", str(to))
    [folder] = [path for path in to.iterdir() if path.name.startswith(f"cc-{at[:10].replace('-', '')}")]
    return folder, said


@contextmanager
def replayed(warc: Path) -> Iterator[HTTPConnection]:
    """A loopback server that knows nothing but the records of the WARC."""
    known = {}
    with warc.open("rb") as file:
        for record in ArchiveIterator(file, check_digests="raise"):
            if record.rec_type == "response":
                parts = urlsplit(record.rec_headers.get_header("WARC-Target-URI"))
                address = parts.path + (f"?{parts.query}" if parts.query else "")
                known[address] = (record.http_headers, record.content_stream().read())

    class Replay(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            headers, body = known[self.path]
            self.send_response_only(int(headers.get_statuscode()))
            for name, value in headers.headers:
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Replay)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    connection = HTTPConnection("127.0.0.1", server.server_port, timeout=60)
    try:
        yield connection
    finally:
        connection.close()
        server.shutdown()
        server.server_close()


def get(connection: HTTPConnection, address: str) -> tuple[int, str, bytes]:
    connection.request("GET", address)
    answer = connection.getresponse()
    return answer.status, answer.getheader("Location", ""), answer.read()


def test_a_reader_replays_every_page_with_the_same_bytes(live: Live, tmp_path: Path) -> None:
    folder, said = archive(live, "2026-11-24", tmp_path)
    tree = {
        name: data
        for name, data in files_of(live.tree()).items()
        if not name.startswith(".well-known/") and not name.endswith((".br", ".gz", ".zst"))
    }
    assert files_of(folder / "files") == tree
    [warc] = folder.glob("*.warc.gz")
    with replayed(warc) as connection:
        for name, data in tree.items():
            address = "/" + name.removesuffix("index.html")
            assert get(connection, quote(address)) == (200, "", data), name
        assert get(connection, "/tzgg/first.html")[:2] == (301, "/tzgg/renamed.html")
        for gone in ("ends", "mistake"):
            assert get(connection, f"/tzgg/{gone}.html")[::2] == (410, tree["404.html"])
    assert (
        f"{sum(name.endswith('.html') for name in tree)} 个网页，共 {len(tree)} 个文件；1 个旧网址跳转，2 个已删除。"
        in said
    )
    for line in next(folder.glob("*.cdxj")).read_text().splitlines():
        key, stamp, fields = line.split(" ", 2)
        one = json.loads(fields)
        assert (key.partition(")")[0], stamp) == ("example,cc", "20261124020000")
        start = int(one["offset"])
        head = gzip.decompress(warc.read_bytes()[start : start + int(one["length"])])
        assert f"WARC-Target-URI: {one['url']}\r\n".encode() in head
    manifest = json.loads((folder / "manifest.json").read_bytes())
    assert manifest["files"] == {
        name: [len(data), hashlib.sha256(data).hexdigest()]
        for name, data in files_of(folder).items()
        if name != "manifest.json"
    }
    assert (manifest["url"], manifest["since"]) == (HOST, "2026-11-24T02:00:00+00:00")


def test_an_archive_made_twice_has_the_same_bytes(live: Live, tmp_path: Path) -> None:
    first, _ = archive(live, "2026-11-23", tmp_path / "a")
    second, _ = archive(live, "2026-11-23", tmp_path / "b")
    assert (first.name, files_of(first)) == (second.name, files_of(second))
    again, said = archive(live, "2026-11-23T18:00", tmp_path / "a")  # the same release, at another hour of that day
    assert again == first
    assert "已经有同样的归档" in said
    assert [path.name for path in (tmp_path / "a").iterdir()] == [first.name]


def test_an_archive_of_an_earlier_day_holds_what_had_its_time_and_nothing_withdrawn_since(
    live: Live, tmp_path: Path
) -> None:
    folder, said = archive(live, "2026-11-23", tmp_path)
    files = files_of(folder / "files")
    assert {"tzgg/first.html", "tzgg/ends.html"} <= files.keys()
    assert not files.keys() & {"tzgg/mistake.html", "tzgg/renamed.html", "tzgg/new.html"}
    assert "此后撤下的 1 个文件没有收入归档" in said
    everything = b"".join(
        gzip.decompress(data) if name.endswith(".gz") else data for name, data in files_of(folder).items()
    )
    assert "第2件".encode() in everything
    assert "第3件".encode() not in everything
    said = live.run("archive", "cc", "--at", "2026-11-20", "--to", str(tmp_path), code=1)
    assert "站点 cc 在 2026-11-20 23:59 没有上线的版本：最早的一个于 2026-11-23 10:00 上线。" in said


@pytest.mark.parametrize("places", [(0.5, 1.0), pytest.param((0.05, 0.3, 0.7, 0.95, 0.99), marks=pytest.mark.long)])
def test_a_run_that_was_killed_leaves_nothing_half(live: Live, tmp_path: Path, places: tuple[float, ...]) -> None:
    whole, _ = archive(live, "2026-11-24", tmp_path / "whole")
    to = live.root / "kept"  # steps count below the root
    with killer() as forks:
        args = ("archive", "cc", "--at", "2026-11-24", "--to", str(to))
        last = forks.run(live.root, *args).events
        for at in (int(last * place) for place in places):
            for path in to.glob("cc-*"):
                for file in sorted(path.rglob("*"), reverse=True):
                    file.rmdir() if file.is_dir() else file.unlink()
                path.rmdir()
            forks.run(live.root, *args, at=at)
            assert all(files_of(path) == files_of(whole) for path in to.iterdir() if path.name.startswith("cc-")), at
            live.run(*args)
            assert [path.name for path in to.iterdir()] == [whole.name]
            assert files_of(to / whole.name) == files_of(whole)
