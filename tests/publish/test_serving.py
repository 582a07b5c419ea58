"""The generated configurations, tested with real nginx and real Caddy on the loopback address."""

from __future__ import annotations

import base64
import gzip
import hashlib
import itertools
import shutil
import socket
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

import pytest

from jiyue import PRODUCT_ROOT
from jiyue.linkage.recommended import EMBEDDED, FRAGMENT, JSON
from jiyue.publish.release.maker import ReleaseSite
from jiyue.publish.release.store import Store
from jiyue.publish.webserver.caddy import caddy_config
from jiyue.publish.webserver.csp import Inline, content_security_policy, foreign_inline, theme_inline
from jiyue.publish.webserver.nginx import nginx_config
from jiyue.publish.webserver.policy import TLS, Policy, Served
from jiyue.registry.url_ledger import Answers
from tests.publish.release_sample import CC, page, put, ship, write_site
from tests.support.network import free_port
from tests.support.servers import Server, started

if TYPE_CHECKING:  # a test without a browser starts without Playwright
    from playwright.sync_api import Page, Route

SUB = ReleaseSite("erdao", "https://www.cc.example/erdao")
ANSWERS = Answers(
    {"/old.html": "/tzgg/a.html", "/旧 页.html": "/tzgg/通知.html", "/Mixed.html": "/", "/else/": "https://else.example/x",
     "/tzgg/a.html": "/never.html", "/show.aspx?id=1": "/tzgg/a.html", "/show.aspx?id=2": "/tzgg/通知.html",
     "/Show.ASPX?Id=%E4&b=x+y": "/", "/show.aspx": "/tzgg/"},
    ["/gone.html", "/tzgg/a/", "/show.aspx?id=9"],
)  # fmt: skip
SCRIPT = "document.documentElement.classList.add('js')"
DIGEST = "sha256-" + base64.b64encode(hashlib.sha256(SCRIPT.encode()).digest()).decode()


@pytest.fixture(scope="module")
def sites(tmp_path_factory: pytest.TempPathFactory) -> list[Served]:
    root = tmp_path_factory.mktemp("serving")
    root.chmod(0o755)
    for parent in list(root.parents)[:3]:
        parent.chmod(0o755)
    output, store = root / "output", Store(root / "store")
    write_site(output, {"a": "关于甲事项的通知", "通知": "带中文名的通知"})
    put(output / "changchun/inline.html", page("内联", f"<script>{SCRIPT}</script>" + "<p>x</p>" * 400))
    put(output / "changchun/alerts/index.json", '{"alerts": []}' + " " * 2000)
    put(output / "changchun/alerts/changchun-20261123-01.cap.xml", "<alert>" + " " * 2000 + "</alert>")
    put(output / "changchun/tzgg/data.tar.gz", gzip.compress(b"data", mtime=0))
    write_site(output, {"b": "二道区的通知"}, site=SUB)
    for site in ("changchun", "erdao"):
        put(output / site / EMBEDDED, page("推荐栏目", "<p>x</p>" * 400))
        put(output / site / JSON, '{"items": []}')
        put(output / site / FRAGMENT, "<ul></ul>")
    served = []
    for site in (CC, SUB):
        ship(store, output, site=site)
        live = store.live_link(site.id)
        answers = ANSWERS if site is CC else Answers({"/old.html": "/tzgg/b.html"}, ["/gone.html"])
        served.append(Served(site.id, site.url, live, answers, Inline((DIGEST,)) if site is CC else Inline()))
    return served


@pytest.fixture(scope="module", params=["nginx", "caddy"])
def server(
    request: pytest.FixtureRequest, sites: list[Served], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    policy = Policy(tls=None, address="127.0.0.1", http_port=free_port())
    with started(request.param, sites, policy, tmp_path_factory.mktemp(request.param)):
        yield Server(policy.http_port)


@pytest.mark.parametrize(
    ("old", "to"),
    [("/show.aspx?id=1", "/tzgg/a.html"), ("/show.aspx?id=2", "/tzgg/" + quote("通知.html")), ("/show.aspx", "/tzgg/"),
     ("/show.aspx?id=3", "/tzgg/"), ("/Show.ASPX?Id=%E4&b=x+y", "/")],
)  # fmt: skip
def test_old_addresses_with_queries_are_kept_apart(server: Server, old: str, to: str) -> None:
    asked = server.get(old, raw=True)
    assert (asked.status, asked.headers["location"]) == (301, to)
    assert server.get("/show.aspx?id=9", raw=True).status == 410
    assert server.get("/tzgg/a.html?id=1", raw=True).status == 200


def test_pages_are_served_as_they_are(server: Server, sites: list[Served]) -> None:
    for path, file in (("/", "index.html"), ("/tzgg/", "tzgg/index.html"), ("/tzgg/通知.html", "tzgg/通知.html")):
        asked = server.get(path)
        assert (asked.status, asked.body) == (200, (sites[0].live / file).read_bytes()), path
        assert asked.headers["content-type"] == "text/html; charset=utf-8"
        assert asked.headers["cache-control"] == "no-cache, no-transform, no-siteapp"
        assert "content-encoding" not in asked.headers
        assert asked.headers["etag"]


@pytest.mark.parametrize(
    ("accepted", "used"),
    [("gzip", "gzip"), ("br", "br"), ("zstd", "zstd"), ("gzip, deflate, br", "br"), ("gzip;q=0, br;q=0", ""), ("", "")],
)
def test_compressed_copies_are_negotiated(server: Server, sites: list[Served], accepted: str, used: str) -> None:
    suffix = {"gzip": ".gz", "br": ".br", "zstd": ".zst", "": ""}[used]
    for path, file in (("/tzgg/a.html", "tzgg/a.html"), ("/tzgg/通知.html", "tzgg/通知.html")):
        asked = server.get(path, accepted)
        if accepted == "gzip, deflate, br" and asked.headers["content-encoding"] == "gzip":
            continue  # Caddy takes the client's order where qualities are equal
        assert asked.headers.get("content-encoding", "") == used
        assert asked.body == (sites[0].live / f"{file}{suffix}").read_bytes()
        assert asked.headers["content-type"] == "text/html; charset=utf-8"
        assert "accept-encoding" in asked.headers["vary"].lower()
    assert server.get("/robots.txt", accepted).body == b"User-agent: *\n"


def test_copies_are_not_addresses_but_downloads_are(server: Server) -> None:
    assert server.get("/tzgg/a.html.br").status == 404
    assert server.get("/tzgg/a.html.gz").status == 404
    download = server.get("/tzgg/data.tar.gz", "gzip")
    assert (download.status, gzip.decompress(download.body)) == (200, b"data")
    assert "content-encoding" not in download.headers


def test_alerts_are_asked_for_anew_and_have_their_type(server: Server) -> None:
    kinds = {"index.json": "application/json", "changchun-20261123-01.cap.xml": "application/cap+xml"}
    for (name, kind), encoding in itertools.product(kinds.items(), ("identity", "br")):
        asked = server.get(f"/alerts/{name}", encoding)
        assert asked.headers["content-type"] == f"{kind}; charset=utf-8"
        assert asked.headers["cache-control"] == "no-cache, no-transform, no-siteapp"
        assert asked.headers.get("content-encoding", "identity") == encoding
    assert server.get("/alerts/changchun-20261120-01.cap.xml").status == 410


def test_hashed_assets_never_expire(server: Server) -> None:
    for encoding in ("identity", "br"):
        asked = server.get("/theme/main.0123abcd.css", encoding)
        assert asked.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert asked.headers["content-type"] == "text/css; charset=utf-8"
    assert server.get("/api/articles.jsonl").headers["cache-control"] == "public, max-age=3600"
    assert server.get("/api/articles.jsonl").headers["content-type"] == "application/jsonl; charset=utf-8"
    assert server.get("/tzgg/a/p.png").headers["content-type"] == "image/png"


def test_moved_addresses_redirect_and_gone_ones_say_so(server: Server, sites: list[Served]) -> None:
    def leads(path: str) -> tuple[int, str]:
        asked = server.get(path)
        return asked.status, asked.headers.get("location", "")

    assert leads("/old.html") == (301, "/tzgg/a.html")
    assert leads("/旧 页.html") == (301, "/tzgg/%E9%80%9A%E7%9F%A5.html")
    assert leads("/Mixed.html") == (301, "/")
    assert leads("/else/") == (301, "https://else.example/x")
    assert leads("/tzgg/a.html")[0] == 200  # a published page wins
    assert leads("/erdao/old.html") == (301, "/erdao/tzgg/b.html")
    assert leads("/tzgg")[0] in (301, 308)
    assert leads("/tzgg")[1] == "/tzgg/"
    for path in ("/gone.html", "/tzgg/a/"):
        asked = server.get(path, "br, gzip")
        assert asked.status == 410
        assert asked.headers["content-type"].startswith("text/html")
    assert server.get("/gone.html").body == (sites[0].live / "404.html").read_bytes()


def test_what_is_not_there_is_the_sites_own_error_page(server: Server, sites: list[Served]) -> None:
    for path, site in (("/nope.html", 0), ("/nope/", 0), ("/erdao/nope.html", 1), ("/theme/", 0)):
        asked = server.get(path)
        assert (asked.status, asked.body) == (404, (sites[site].live / "404.html").read_bytes()), path
        assert asked.headers["x-content-type-options"] == "nosniff"
        assert asked.headers["content-type"].startswith("text/html")


def test_a_site_below_a_path_is_served_there(server: Server, sites: list[Served]) -> None:
    for path, file in (("/erdao/", "index.html"), ("/erdao/tzgg/b.html", "tzgg/b.html")):
        for encoding, suffix in (("identity", ""), ("gzip", ".gz")):
            asked = server.get(path, encoding)
            assert asked.status == 200
            if asked.headers.get("content-encoding") or not suffix:
                name = file + (suffix if asked.headers.get("content-encoding") else "")
                assert asked.body == (sites[1].live / name).read_bytes()
    assert server.get("/erdao").headers["location"] == "/erdao/"


def test_every_answer_carries_the_security_headers(server: Server, sites: list[Served]) -> None:
    for path in ("/", "/tzgg/a.html", "/nope", "/gone.html", "/theme/main.0123abcd.css", "/erdao/"):
        for encoding in ("identity", "zstd"):
            headers = server.get(path, encoding).headers
            assert headers["content-security-policy"].startswith("default-src 'self'; script-src 'self'"), path
            assert "unsafe" not in headers["content-security-policy"]
            for name, value in Policy().headers.items():
                assert headers[name.lower()] == value
    assert sites[0].inline.scripts[0] in server.get("/inline.html").headers["content-security-policy"]
    assert not sites[1].inline.scripts


@pytest.mark.parametrize("base", ["", "/erdao"])
def test_only_the_recommended_column_may_be_framed_by_other_sites(server: Server, base: str) -> None:
    for path in (EMBEDDED, JSON, FRAGMENT):
        for encoding in ("identity", "br"):
            headers = server.get(f"{base}/{path}", encoding).headers
            assert headers["content-security-policy"].endswith("; frame-ancestors *"), path
            assert headers["content-security-policy"].startswith("default-src 'self'; script-src 'self'"), path
            assert "x-frame-options" not in headers, path
            assert headers["access-control-allow-origin"] == "*", path
            assert headers["cache-control"] == Policy().pages, "as fresh as the pages that show it"
    assert server.get(f"{base}/{FRAGMENT}").headers["content-type"] == "text/html; charset=utf-8"
    for path in ("/", "/tzgg/", "/api/recommended", "/tzgg/api/recommended.html"):
        headers = server.get(base + path).headers
        assert "frame-ancestors 'self'" in headers["content-security-policy"], path
        assert headers["x-frame-options"] == "SAMEORIGIN", path
        assert "access-control-allow-origin" not in headers, path


def test_a_browser_frames_it_on_another_site_and_nothing_else(server: Server, page: Page) -> None:
    def answer(route: Route) -> None:
        got = server.get(urlsplit(route.request.url).path)
        route.fulfill(status=got.status, headers=got.headers, body=got.body)

    frames = "".join(f'<iframe src="http://www.cc.example/{path}"></iframe>' for path in (EMBEDDED, "tzgg/a.html"))
    page.route("http://www.cc.example/**", answer)
    page.route("http://outside.example/", lambda route: route.fulfill(body=frames, content_type="text/html"))
    page.goto("http://outside.example/")
    shown = [frame.title() for frame in page.main_frame.child_frames]
    assert "推荐栏目" in shown[0]
    assert "甲" not in shown[1]


@pytest.mark.parametrize("encoding", ["identity", "br", "zstd", "gzip"])
def test_head_says_what_get_would_and_sends_nothing(server: Server, encoding: str) -> None:
    for path in ("/", "/tzgg/a.html", "/theme/main.0123abcd.css", "/nope.html", "/old.html", "/gone.html"):
        got, head = server.get(path, encoding), server.get(path, encoding, method="HEAD")
        assert (head.status, head.body) == (got.status, b""), path
        for name in ("content-type", "content-encoding", "cache-control", "etag", "location", "vary"):
            assert head.headers.get(name) == got.headers.get(name), (path, name)
        if got.status == 200:
            # a server may leave the length out, as Caddy does of compressed copies
            assert head.headers.get("content-length", str(len(got.body))) == str(len(got.body)), path


@pytest.mark.parametrize(("encoding", "suffix"), [("identity", ""), ("br", ".br"), ("zstd", ".zst"), ("gzip", ".gz")])
def test_a_range_is_of_the_encoding_that_is_served(
    server: Server, sites: list[Served], encoding: str, suffix: str
) -> None:
    data = (sites[0].live / f"tzgg/a.html{suffix}").read_bytes()
    part = server.get("/tzgg/a.html", encoding, Range="bytes=10-19")
    assert (part.status, part.body) == (206, data[10:20])
    assert part.headers["content-range"] == f"bytes 10-19/{len(data)}"
    assert part.headers.get("content-encoding", "") == ("" if encoding == "identity" else encoding)
    assert server.get("/tzgg/a.html", encoding, Range=f"bytes={len(data)}-").status == 416


@pytest.mark.parametrize("encoding", ["identity", "br"])
def test_what_a_reader_has_already_is_not_sent_again(server: Server, encoding: str) -> None:
    first = server.get("/tzgg/a.html", encoding)
    again = server.get("/tzgg/a.html", encoding, If_None_Match=first.headers["etag"])
    assert (again.status, again.body) == (304, b"")
    assert "accept-encoding" in again.headers["vary"].lower()
    other = server.get("/tzgg/a.html", "zstd", If_None_Match=first.headers["etag"])
    assert other.status == 200  # another encoding has another tag


@pytest.mark.parametrize(
    "path",
    [
        "/../secret", "/..%2fsecret", "/%2e%2e/secret", "/tzgg/../../secret", "/tzgg/..%5c..%5csecret",
        "/tzgg/%2e%2e%2f%2e%2e%2fsecret", "//../secret", "/.%2e/.%2e/secret", "/tzgg/a.html%00.png", "/%00",
        "/erdao/../../secret", "/erdao/..%2f..%2fsecret", "/erdao../secret", "/%c0%ae%c0%ae/secret", "/theme/%",
    ],
)  # fmt: skip
def test_no_path_leads_out_of_the_site(server: Server, sites: list[Served], path: str) -> None:
    for site in sites:  # next to the tree, next to the link, and at the root of the store
        for folder in (site.live.resolve().parent, site.live.parent, site.live.parent.parent):
            (folder / "secret").write_text("机密")
    asked = server.get(path, raw=True)
    assert asked.status in (301, 308, 400, 404), path
    assert "机密".encode() not in asked.body
    if asked.status in (301, 308):
        assert asked.headers["location"].startswith("/")
        assert not asked.headers["location"].startswith("//")


@pytest.mark.parametrize("path", ["//evil.example", "//evil.example/", "/%2f%2fevil.example/", "/\\\\evil.example/"])
def test_no_redirect_leads_to_another_host(server: Server, path: str) -> None:
    asked = server.get(path, raw=True)
    assert "evil" not in asked.headers.get("location", "").removeprefix("/evil")
    assert asked.status in (301, 308, 400, 404)


def test_a_line_break_in_an_address_makes_no_header(server: Server) -> None:
    for path in ("/old.html%0d%0aX-Evil:%201", "/tzgg%0d%0aX-Evil:%201", "/erdao%0d%0aX-Evil:%201"):
        asked = server.get(path, raw=True)
        assert "x-evil" not in asked.headers
        assert asked.status in (400, 404)


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_nothing_can_be_written(server: Server, sites: list[Served], method: str) -> None:
    asked = server.get("/tzgg/a.html", method=method)
    assert asked.status == 405
    assert (sites[0].live / "tzgg/a.html").is_file()


def test_another_host_gets_nothing_of_this_site(server: Server) -> None:
    try:
        asked = server.get("/", host="evil.example")
    except OSError:
        return
    except Exception as cause:  # nginx closes the connection without an answer
        assert "Remote end closed" in str(cause)
        return
    assert "长春".encode() not in asked.body


def test_a_release_goes_live_without_a_reload(server: Server, sites: list[Served]) -> None:
    live = sites[0].live
    before = live.readlink()
    other = live.with_name(".other")
    other.symlink_to(sites[1].live.readlink())
    other.replace(live)
    try:
        assert server.get("/tzgg/b.html").status == 200
        assert server.get("/tzgg/a.html").status == 301
    finally:
        other.symlink_to(before)
        other.replace(live)
    assert server.get("/tzgg/a.html").status == 200


def test_what_the_theme_holds_inline_is_allowed_and_nothing_that_lies_in_the_output(tmp_path: Path) -> None:
    theme, tree = tmp_path / "themes/gov", tmp_path / "live"
    put(theme / "templates/shell.html", f"<head><script>{SCRIPT}</script><style>p{{}}</style>{{{{ head }}}}</head>")
    put(
        theme / "templates/page.html",
        '<script type="application/ld+json">{{ data }}</script>\n<script>{{ x }}</script>',
    )
    allowed, found = theme_inline(theme)
    assert (allowed.scripts, len(allowed.styles)) == ((DIGEST,), 1)
    assert [(d.rule, d.path, d.line) for d in found] == [("csp-inline", "themes/gov/templates/page.html", 2)]
    ours = (
        f'<script>{SCRIPT}</script><script type="application/ld+json">{{"a": "<style>"}}</script><style>p{{}}</style>'
    )
    put(tree / "a.html", f"{ours}<p>正文里的 onclick= 与 style= 只是文字</p>")
    put(tree / "b.html", '<p>x</p>\n<p onclick="go()">y</p><script src="/theme/a.js"></script>')
    put(tree / "c.html", f"{ours}\n<script>fetch('//evil.example')</script>")
    put(tree / "d.html", '<a title="a > b" href=" JavaScript:go()">z</a>')
    put(tree / "e.html", "<!-- <p style=x> --><pre>&lt;p style=x&gt;</pre><p title='style=x'>w</p>")
    assert [(d.path, d.line, d.message.partition("：")[2]) for d in foreign_inline(tree, "changchun", allowed)] == [
        ("b.html", 2, '<p onclick="go()">'),
        ("c.html", 2, "<script>fetch('//evil.example')"),
        ("d.html", 1, '<a title="a > b" href=" JavaScript:go()">'),
    ]
    policy = content_security_policy(allowed, {})
    assert "unsafe" not in policy
    assert DIGEST in policy
    assert content_security_policy(Inline(), {"img-src": "'self'"}).count("img-src 'self';") == 1


def test_the_product_theme_needs_no_inline_code() -> None:
    assert theme_inline(PRODUCT_ROOT / "themes/gov") == (Inline(), [])


@pytest.mark.parametrize(
    "page",
    [
        "<p>属性 style=&quot;x&quot; 和 onclick=、javascript: 都不能用</p>",
        "<pre><code>&lt;p onclick=&quot;go()&quot; style=&quot;x&quot;&gt;</code></pre>",
        '<p title="写 style=1 或 onclick=2">x</p>',
        '<!-- <p onclick="go()"> -->',
        '<script type="application/ld+json">{"a": "<p onclick=go()>"}</script>',
    ],
)
def test_words_about_code_are_no_code(page: str, tmp_path: Path) -> None:
    put(tmp_path / "a.html", page)
    assert foreign_inline(tmp_path, "changchun", Inline()) == []


@pytest.mark.parametrize(
    "page",
    [
        '<p title="a>b" onclick="go()">x</p>',
        "<p STYLE=x>x</p>",
        "<img/onerror=go()>",
        '<a title="1 > 0" href="java\nscript:go()">x</a>',
    ],
)
def test_code_in_an_attribute_is_found_as_a_browser_reads_it(page: str, tmp_path: Path) -> None:
    put(tmp_path / "a.html", f"<p>x</p>\n{page}")
    assert [d.line for d in foreign_inline(tmp_path, "changchun", Inline())] == [2]


def test_tls_names_come_from_the_host(sites: list[Served]) -> None:
    policy = Policy()
    text = nginx_config([replace(sites[0], answers=Answers({}, ()))], policy, Path("/links"))
    assert 'ssl_certificate "/etc/jiyue/tls/www.cc.example.crt";' in text
    assert "return 301 https://$host$request_uri;" in text
    assert 'tls "/etc/jiyue/tls/www.cc.example.crt" "/etc/jiyue/tls/www.cc.example.key"' in caddy_config(sites, policy)


@pytest.mark.parametrize("name", ["nginx", "caddy"])
def test_tls_is_served_under_the_sites_name(name: str, sites: list[Served], tmp_path: Path) -> None:
    if not shutil.which("openssl"):
        pytest.skip("openssl is not installed")
    import ssl  # noqa: PLC0415

    certificate, key = tmp_path / "www.cc.example.crt", tmp_path / "www.cc.example.key"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
         "-subj", "/CN=www.cc.example", "-addext", "subjectAltName=DNS:www.cc.example", "-keyout", str(key), "-out",
         str(certificate)], check=True, capture_output=True,
    )  # fmt: skip
    tls = TLS(str(tmp_path / "{host}.crt"), str(tmp_path / "{host}.key"))
    policy = Policy(tls=tls, address="127.0.0.1", http_port=free_port(), https_port=free_port())
    with started(name, sites[:1], policy, tmp_path / "run"):
        context = ssl.create_default_context(cafile=str(certificate))
        with (
            socket.create_connection(("127.0.0.1", policy.https_port), 10) as plain,
            context.wrap_socket(plain, server_hostname="www.cc.example") as secure,
        ):
            secure.sendall(b"GET / HTTP/1.1\r\nHost: www.cc.example\r\nConnection: close\r\n\r\n")
            answer = b"".join(iter(lambda: secure.recv(65536), b""))
        assert answer.startswith(b"HTTP/1.1 200")
        assert b"strict-transport-security: max-age=31536000" in answer.lower()
        moved = Server(policy.http_port).get("/tzgg/a.html")
        assert moved.status in (301, 308)
        assert moved.headers["location"] == f"https://www.cc.example:{policy.https_port}/tzgg/a.html"
