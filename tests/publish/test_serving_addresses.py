"""Every kind of address with every Accept-Encoding, with real nginx and real Caddy: what a browser gets."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import unquote

import brotli
import pytest
import zstandard
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from jiyue.publish.release.maker import ReleaseSite
from jiyue.publish.release.manifest import SIDECARS, ReleaseError
from jiyue.publish.release.media_types import media_type
from jiyue.publish.release.store import Store
from jiyue.publish.webserver.caddy import caddy_config
from jiyue.publish.webserver.nginx import nginx_config
from jiyue.publish.webserver.policy import Policy, Served
from jiyue.registry.url_ledger import Answers
from tests.publish.release_sample import CC, page, put, ship
from tests.support.network import free_port
from tests.support.servers import Server, approved, started

SUB = ReleaseSite("erdao", "https://www.cc.example/erdao")
LONG = "<p>长春市人民政府办公厅。</p>\n" * 200
ROWS = "".join(f'{{"id": {n}, "title": "关于印发通知"}}\n' for n in range(100))
AWKWARD = "附件 \"一\" 'b' $HOME {$HOME} ;#1?%41 [x]*&+~`^|名"
FILES: dict[str, str | bytes] = {
    "index.html": page("首页", LONG),
    "404.html": page("没有这个页面", LONG),
    "tzgg/index.html": page("通知公告", LONG),
    "tzgg/a.html": page("甲", LONG),
    "tzgg/large.html": page("大", LONG * 20),
    "tzgg/small.html": page("小", ""),
    "tzgg/通知.html": page("中文名", LONG),
    "通知 公告/index.html": page("中文目录", LONG),
    f"{AWKWARD}/index.html": page("怪目录", LONG),
    f"tzgg/{AWKWARD}.csv": "甲,乙\n" * 500,
    f"tzgg/{AWKWARD}.pdf": b"%PDF-1.4 " + bytes(range(256)) * 20,
    "feed.atom": f"<feed>{LONG}</feed>", "feed.rss": f"<rss>{LONG}</rss>", "feed.json": ROWS,
    "tzgg/feed.atom": f"<feed>{LONG}</feed>", "tzgg/feed.rss": "<rss/>", "tzgg/feed.json": "{}",
    "tzgg/news-feed.json": ROWS,
    "sitemap.xml": f"<urlset>{LONG}</urlset>", "robots.txt": "User-agent: *\n",
    "api/articles-2026.jsonl": ROWS, "api/schema.json": ROWS, "api/site.json": "{}",
    "search/index/c/d/0/02": b"\x00\x01shard" * 400, "search/index/m.json": ROWS, "search/index.html": page("搜索", LONG),
    "theme/site.7059262f.js": "export const a = 1;\n" * 200, "theme/qr.mjs": "export const b = 1;\n" * 200,
    "theme/site.f2f36664.css": "p { color: red }\n" * 200, "theme/icon.svg": f"<svg>{LONG}</svg>",
    "theme/manifest.webmanifest": ROWS, "theme/icon-192.png": b"\x89PNG" + bytes(3000),
    "tzgg/a/p.jpg": b"\xff\xd8\xff" + bytes(3000), "tzgg/a/p.WEBP": b"RIFF" + bytes(3000), "tzgg/a/p.avif": b"avif",
    "tzgg/a/f.docx": b"PK" + bytes(3000), "tzgg/a/f.ofd": b"PK", "tzgg/a/f.wps": b"\xd0\xcf", "tzgg/a/f.zip": b"PK",
    "tzgg/a/v.mp4": b"mp4" * 900, "tzgg/a/v.vtt": "WEBVTT\n" * 300, "favicon.ico": b"ico",
}  # fmt: skip
GONE, MOVED = "/gone.html", "/旧 {$HOME} \"$1\" 'x'.html"
ENCODINGS = [
    None, "gzip", "gzip, deflate, br, zstd", "br;q=0, gzip;q=0, zstd;q=0",
    *(pytest.param(other, marks=pytest.mark.long) for other in (
        "", "identity", "br", "zstd", "gzip, deflate", "gzip, deflate, br", "deflate, gzip, br, zstd", "gzip;q=0",
        "gzip;q=1.0, br;q=0.5", "identity;q=1, *;q=0",
    )),
]  # fmt: skip
"""What browsers, curl, feed readers and search engines' robots send."""


@pytest.fixture(scope="module")
def sites(tmp_path_factory: pytest.TempPathFactory) -> list[Served]:
    root = tmp_path_factory.mktemp("addresses")
    for folder in (root, *list(root.parents)[:3]):
        folder.chmod(0o755)
    store, served = Store(root / "store"), []
    for site in (CC, SUB):
        for path, data in FILES.items():
            put(root / "output" / site.id / path, data)
        ship(store, root / "output", site=site)
        answers = Answers({MOVED: f"/tzgg/{AWKWARD}.csv", "/Old.html": "/tzgg/a.html"}, [GONE])
        served.append(Served(site.id, site.url, store.live_link(site.id), answers))
    return served


@pytest.fixture(scope="module", params=["nginx", "caddy"])
def server(
    request: pytest.FixtureRequest, sites: list[Served], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    policy = Policy(tls=None, address="127.0.0.1", http_port=free_port())
    with started(request.param, sites, policy, tmp_path_factory.mktemp(request.param)):
        yield Server(policy.http_port)


def accepted(header: str | None) -> set[str]:
    """The encodings that may be sent."""
    wanted = set()
    for part in (header or "").split(","):
        name, _, quality = part.strip().partition(";q=")
        if name and float(quality or 1) > 0:
            wanted.add(name)
    return wanted


def plain(body: bytes, encoding: str) -> bytes:
    if encoding == "br":
        return bytes(brotli.decompress(body))
    if encoding == "zstd":
        return zstandard.ZstdDecompressor().decompressobj().decompress(body)
    return gzip.decompress(body) if encoding == "gzip" else body


def addresses() -> Iterator[tuple[str, int, str]]:
    """(address, status, the file that answers)"""
    for path in FILES:
        yield "/" + (path.removesuffix("index.html") if path.endswith("index.html") else path), 200, path
    for path in ("/nope.html", "/nope/", "/tzgg/a/", "/tzgg/a.html/", "/theme/", f"/{AWKWARD}.html", "/tzgg/a.html.br"):
        yield path, 404, "404.html"
    yield GONE, 410, "404.html"


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("base", ["", "/erdao"])
def test_every_address_answers_in_every_encoding(
    server: Server, sites: list[Served], base: str, encoding: str | None
) -> None:
    for url, status, path in addresses():
        asked = server.get(base + url, encoding)
        assert asked.status == status, url
        used = asked.headers.get("content-encoding", "")
        assert used in accepted(encoding) | {""}, (url, used)
        assert plain(asked.body, used) == (sites[0].live / path).read_bytes(), (url, used)
        assert asked.headers["content-type"] == media_type(path), url
        assert asked.headers["vary"] == "Accept-Encoding", url
        copies = {name for suffix, name in SIDECARS.items() if (sites[0].live / f"{path}{suffix}").exists()}
        if status == 200 and copies & accepted(encoding):
            assert used, f"{url}: no copy was taken"


@pytest.mark.parametrize("encoding", [None, "gzip, deflate, br, zstd", "gzip;q=0"])
@pytest.mark.parametrize("base", ["", "/erdao"])
def test_redirects_lead_to_what_is_there(server: Server, base: str, encoding: str | None) -> None:
    moved = {MOVED: f"/tzgg/{AWKWARD}.csv", "/Old.html": "/tzgg/a.html"}
    moved |= {f"/{folder}": f"/{folder}/" for folder in ("tzgg", "通知 公告", AWKWARD)}
    for old, new in moved.items():
        asked = server.get(base + old, encoding)
        location = asked.headers["location"]
        assert (asked.status, unquote(location)) == (301, base + new), old
        assert location.isascii()
        assert server.get(location, encoding, raw=True).status == 200, (old, location)
    assert server.get(f"{base}/old.html", encoding).status == 301  # many old servers did not distinguish case
    assert server.get(f"{base}/TZGG/a.html", encoding).status == 404  # pages are exact


def test_a_folder_is_redirected_in_the_spelling_of_the_request(server: Server) -> None:
    asked = server.get("/erdao/%e9%80%9a%E7%9F%A5%20%e5%85%ac%e5%91%8a?a=1&b=%2F", raw=True)
    assert asked.status == 301
    assert asked.headers["location"] == "/erdao/%e9%80%9a%E7%9F%A5%20%e5%85%ac%e5%91%8a/?a=1&b=%2F"


def test_the_types_are_those_of_the_standards() -> None:
    assert media_type("tzgg/feed.atom") == "application/atom+xml; charset=utf-8"  # RFC 4287 § 7
    assert media_type("feed.rss") == "application/rss+xml; charset=utf-8"
    assert media_type("tzgg/feed.json") == "application/feed+json; charset=utf-8"  # JSON Feed 1.1
    assert media_type("tzgg/news-feed.json") == "application/json; charset=utf-8"
    assert media_type("search/index/c/d/0/02") == media_type("x.") == "application/octet-stream"
    assert media_type("附件.PDF") == "application/pdf"


# ── addresses as nobody should write them ───────────────────────────────────────────────────────────────────────────

PIECES = [
    "$", "{", "}", "{$HOME}", "{env.HOME}", "{http.request.host}", "{path}", "${uri}", "$uri", "$1", "\"", "'", "`", "\\",
    ";", "#", "%41", "%", " ", "\t", "\n", "\r\nX-Evil: 1", "*", "~", "^", "[", "]", "(", ")", "|", "+", ".", "\x7f", "<", ">",
    "include /etc/passwd;", "\" 301 { return 200; }", "import x", "\u2028", "\x85", "é", "页", "Page", "PAGE", "page", "default",
]  # fmt: skip
"""What one of the two servers' syntaxes knows, as text."""


@st.composite
def hostile(draw: st.DrawFn) -> str:
    """An address that no file answers; dots and doubled slashes are the servers' own business."""
    parts = draw(st.lists(st.sampled_from(PIECES), min_size=1, max_size=6))
    return "/x/" + "".join(parts).replace("..", ".") + "z"


@given(
    st.lists(hostile(), min_size=10, max_size=60, unique=True),
    st.lists(
        st.one_of(hostile(), st.sampled_from(["https://else.example/a%20b?c=%24d&e=[f]#g", "/tzgg/a.html"])), min_size=3
    ),
)
@settings(
    max_examples=6, deadline=None, suppress_health_check=list(HealthCheck), phases=(Phase.reuse, Phase.generate)
)  # each example starts two servers: shrinking would take minutes
def test_whatever_an_old_address_holds_is_a_name_and_nothing_else(
    sites: list[Served], tmp_path_factory: pytest.TempPathFactory, old: list[str], to: list[str]
) -> None:
    redirects = {url: to[n % len(to)] for n, url in enumerate(old[::2])}
    asked_for = [replace(site, answers=Answers(redirects, old[1::2])) for site in sites]
    for name in ("nginx", "caddy"):
        policy = Policy(tls=None, address="127.0.0.1", http_port=free_port())
        folder = tmp_path_factory.mktemp(name)
        assert approved(name, asked_for, policy, folder) == ""
        with started(name, asked_for, policy, folder):
            server = Server(policy.http_port)
            for base in ("", "/erdao"):
                for url, target in redirects.items():
                    asked = server.get(base + url)
                    location = asked.headers.get("location", "")
                    assert asked.status == 301, (name, url)
                    assert location.isascii()
                    # elsewhere, what is encoded already stays so
                    assert location == target if target[0] != "/" else unquote(location) == base + target
                    assert "x-evil" not in asked.headers
                for url in old[1::2]:
                    assert server.get(base + url).status == 410, (name, url)


QUERIES = [
    "$HOME",
    "{$HOME}",
    "{query}",
    "${args}",
    "$1",
    '"',
    "'",
    "`",
    "\\\\",
    ";",
    "%41",
    "%",
    "*",
    "~",
    "^",
    "[1]",
    "(a)",
    "|",
    "+.",
    "A",
]


def test_a_query_is_what_was_sent_and_nothing_else(
    sites: list[Served], tmp_path_factory: pytest.TempPathFactory
) -> None:
    old = [f"/x.aspx?id={query}z" for query in QUERIES]
    asked_for = [replace(site, answers=Answers(dict.fromkeys(old[::2], "/tzgg/"), old[1::2])) for site in sites]
    for name in ("nginx", "caddy"):
        policy = Policy(tls=None, address="127.0.0.1", http_port=free_port())
        with started(name, asked_for, policy, tmp_path_factory.mktemp(name)):
            server = Server(policy.http_port)
            for base in ("", "/erdao"):
                for n, url in enumerate(old):
                    assert server.get(base + url, raw=True).status == (410 if n % 2 else 301), (name, url)
                assert server.get(f"{base}/x.aspx?id=z", raw=True).status == 404


def test_a_path_that_a_server_would_read_otherwise_is_refused(sites: list[Served]) -> None:
    bad = [replace(sites[0], live=Path("/srv/{$HOME}/live/changchun"))]
    for text in (lambda: nginx_config(bad, Policy(), Path("/links")), lambda: caddy_config(bad, Policy())):
        with pytest.raises(ReleaseError, match="不能写进服务器的配置"):
            text()
