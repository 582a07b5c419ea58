"""Links: in the text, in the finished HTML, and to other hosts (a local server)."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from jiyue.base.cache import Cache
from jiyue.base.diagnostics import Severity
from jiyue.build.external_links import external_findings
from jiyue.build.options import Options
from jiyue.build.source_check import check
from jiyue.checks.article.external import Answer, fetch, is_bad, try_links
from jiyue.checks.article.links import is_blocked, is_inner, path_on
from jiyue.checks.page.output import verify_site
from jiyue.registry.load import load_registry
from tests.support.cluster import ClusterFolder, new_cluster
from tests.support.commands import jiyue


@pytest.mark.parametrize(
    "host", ["localhost", "127.0.0.1", "::1", "8.8.8.8", "a.local", "oa.intranet", "preview.jl.example.cn"]
)
def test_hosts_that_no_reader_reaches(host: str) -> None:
    assert is_inner(host)


@pytest.mark.parametrize("host", ["www.gov.cn", "www.jl.example", "dev.cn", "local.gov.cn", "1.2.3.example"])
def test_hosts_that_readers_reach(host: str) -> None:
    assert not is_inner(host)


def test_a_blocked_host_takes_those_below_it_along() -> None:
    assert is_blocked("a.bad.example", ["bad.example"])
    assert is_blocked("bad.example", ["BAD.example"])
    assert not is_blocked("notbad.example", ["bad.example"])


def test_an_address_belongs_to_a_site_or_not() -> None:
    assert path_on("https://a.example/cc", "https://a.example/cc/x%20y.html?q#f") == "x y.html"
    assert path_on("https://a.example", "https://a.example") == ""
    assert path_on("https://a.example", "https://a.example.evil/x") is None


def test_the_finished_html_is_verified(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    page(tmp_path / "index.html", '<p id="x" title="a>b">\n<a href="a/">1</a><a href="a/#y">2</a><a href="#x">3</a>')
    page(tmp_path / "a/index.html", '<h2 id="y">y</h2><a href="../">1</a><a href="//b.example/">2</a>')
    first = verify_site(tmp_path, "cc")
    assert (first.findings, first.pages) == ([], {})
    page(tmp_path / "b.html", '<video poster="no.png" src="no.mp4">\n<a href="a/#z">1</a><a href="/cc/a/">2</a>')
    findings = verify_site(tmp_path, "cc", "/cc")
    told = [("link-output", "cc/b.html", 2), ("link-output", "cc/b.html", 2), ("link-anchor", "cc/b.html", 3)]
    assert [(d.rule, d.path, d.line) for d in findings.findings] == told
    assert findings.pages


def page(path: Path, body: str) -> None:
    path.write_text(f"{GOOD}\n{body}</main></html>\n", "utf-8")


GOOD = '<html lang="zh-CN"><title>t</title><a href="#main">跳</a><main id="main"><h1>t</h1>'
"""How a page begins that no other rule finds fault with."""


@pytest.mark.parametrize(
    ("html", "rule"),
    [
        (GOOD + "<p>一半", "page-cut"),
        ("", "page-cut"),
        (GOOD.replace("<title>t", "<title>") + "</html>", "page-cut"),
        (GOOD + '<img src="//b.example/a.png"></html>', "page-request"),
        (GOOD + '<img srcset="https://b.example/a.png 2x"></html>', "page-request"),
        (GOOD + '<link rel="stylesheet" href="https://b.example/a.css"></html>', "page-request"),
        (GOOD + '<link rel="canonical" href="https://b.example/"></html>', ""),
        (GOOD + '<a href="https://b.example/">x</a></html>\n', ""),
    ],
)
def test_each_page_is_all_there_and_loads_nothing_from_elsewhere(tmp_path: Path, html: str, rule: str) -> None:
    (tmp_path / "index.html").write_text(html, "utf-8")
    findings = verify_site(tmp_path, "cc")
    assert [d.rule for d in findings.findings if not d.rule.startswith("a11y-")] == ([rule] if rule else [])
    assert bool(findings.pages) == bool(rule)


def test_an_inaccessible_page_stops_the_release_however_much_else_is_said(tmp_path: Path) -> None:
    for n in range(60):
        page(tmp_path / f"{n:02}.html", "<h3>跳级</h3>")
    first = verify_site(tmp_path, "cc")
    assert {d.rule for d in first.findings} == {"a11y-headings"}
    assert not first.pages
    page(tmp_path / "zz.html", "<h1>又一个</h1>")
    findings = verify_site(tmp_path, "cc", cached=first.cached)
    assert (findings.findings[0].rule, findings.findings[0].path) == ("a11y-h1", "cc/zz.html")
    assert findings.pages


def test_check_looks_at_the_pages_that_lie_in_the_output(new_folder: Callable[..., ClusterFolder]) -> None:
    folder = new_folder({"content/jilin/yw/a.md": "---\ntitle: 甲\ndate: 2026-11-20\nslug: a\n---\n## 一\n\n正文。\n"})
    built = folder.build()

    def told(*arguments: str) -> list[tuple[str, str]]:
        run = jiyue("check", "--root", str(folder.root), "--format", "json", *arguments)
        return [(d["rule"], d["path"]) for d in json.loads(run.stdout) if d["rule"].startswith("a11y-")]

    assert told("--pages") == []
    path = built.output / "jilin" / "yw" / "a.html"
    html = path.read_text("utf-8").replace("<h2>", "<h4>").replace("</h2>", "</h4>").replace(' lang="zh-CN"', "", 1)
    path.write_text(html, "utf-8")
    assert told() == []
    assert told("--pages") == [("a11y-lang", "jilin/yw/a.html"), ("a11y-headings", "jilin/yw/a.html")]
    assert told("--pages") == told("--pages")


def test_what_was_seen_of_a_page_is_kept_by_its_stamp(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page(tmp_path / "a.html", '<a href="b.html">1</a>')
    page(tmp_path / "b.html", '<a href="a.html">1</a>')
    kept = json.loads(json.dumps(verify_site(tmp_path, "cc").cached))
    read: list[str] = []
    real = Path.read_text
    monkeypatch.setattr(Path, "read_text", lambda self, *args: read.append(self.name) or real(self, *args))  # type: ignore[func-returns-value]
    assert verify_site(tmp_path, "cc", cached=kept).findings == []
    assert read == []
    (tmp_path / "b.html").unlink()
    assert [d.rule for d in verify_site(tmp_path, "cc", cached=kept).findings] == ["link-output"]
    assert read == ["a.html"], "read again only to tell the line"


@pytest.fixture
def server() -> Iterator[tuple[str, list[str]]]:
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            asked.append(f"{self.command} {self.path}")
            if self.path.startswith("/silent"):
                self.close_connection = True
                return
            status = {"/ok": 200, "/gone": 404, "/get": 405, "/inside": 302}.get(self.path, 500)
            self.send_response(200 if self.command == "GET" and status != 302 else status)
            if status == 302:
                self.send_header("Location", "http://localhost:9/")
            self.end_headers()

        do_GET = do_HEAD

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{running.server_port}", asked
        running.shutdown()


def test_links_to_other_hosts_are_tried_once_and_politely(server: tuple[str, list[str]]) -> None:
    base, asked = server
    urls = [f"{base}/{name}" for name in ("ok", "gone", "get")]
    pauses: list[float] = []
    first = try_links(urls, {}, "2026-11-23 08:00", fetch, pauses.append)
    assert {url.rpartition("/")[2]: answer.status for url, answer in first.items()} == {
        "ok": 200,
        "gone": 404,
        "get": 200,
    }
    assert len(pauses) == 2
    count = len(asked)
    assert try_links(urls, first, "2026-11-23 20:00", fetch, pauses.append) == first
    assert len(asked) == count
    again = try_links(urls, first, "2026-11-25 08:00", fetch, pauses.append)
    assert len(asked) == count + 1, "only what was bad is tried again so soon"
    assert again[f"{base}/gone"] == Answer(404, "2026-11-25 08:00")
    assert fetch("http://127.0.0.1:9/") == 0
    assert fetch(f"{base}/inside") == 0, "no article steers a request into the inner network"
    assert asked[-1] == "HEAD /inside"
    assert [is_bad(status) for status in (0, 404, 403, 503, 200)] == [True, True, False, False, False]


def test_a_host_that_does_not_answer_is_left_alone(server: tuple[str, list[str]]) -> None:
    base, asked = server
    urls = [f"{base}/silent?{n}" for n in range(9)]
    assert len(try_links(urls, {}, "2026-11-23 08:00", fetch, lambda _: None)) == 3
    assert len(asked) == 3


def test_links_out_are_tried_once_told_and_never_withhold(tmp_path: Path, server: tuple[str, list[str]]) -> None:
    base, asked = server
    body = f"[好]({base}/ok) [坏]({base}/gone)\n\n[又]({base}/gone) [自己](https://www.jl.example/x.html)"
    folder = new_cluster(
        tmp_path,
        {
            "content/jilin/tzgg/a.md": f"---\ntitle: 甲\ndate: 2026-11-20\n---\n\n{body}\n",
            "content/jilin/tzgg/b.md": f"---\ntitle: 乙\ndate: 2026-11-20\npublish_at: 2027-01-01\n---\n\n[以后]({base}/later)\n",
        },
    )
    registry, store = load_registry(folder.root), Cache(folder.root / ".jiyue/store")
    findings = external_findings(folder.root, registry, store, "2026-11-23 08:00")
    assert [(d.rule, d.path, d.line, d.severity) for d in findings] == [
        ("link-external", "content/jilin/tzgg/a.md", 6, Severity.WARNING)
    ]
    assert sorted(asked) == ["HEAD /gone", "HEAD /ok"]
    assert external_findings(folder.root, registry, store, "2026-11-23 20:00") == findings
    assert len(asked) == 2
    assert external_findings(folder.root, registry, store, "2026-11-25 08:00") == findings
    assert asked[2:] == ["HEAD /gone"]


PROMOTED = """name: 吉林省人民政府
kind: province
url: https://www.jl.example
promoted:
  - {queries: [办事], title: 通知, url: /tzgg/}
  - queries: [甲]
    title: 甲
    url: /tzgg/a.html
  - {queries: [外], title: 外面, url: "https://gjzwfw.example/none.html"}
"""


def test_a_promoted_page_that_is_not_there_is_told_with_its_line(tmp_path: Path) -> None:
    article = "---\ntitle: 甲\ndate: 2026-11-20\nslug: a\n---\n\n正文。\n"
    folder = new_cluster(tmp_path, {"sites/jilin.yaml": PROMOTED, "content/jilin/tzgg/a.md": article})

    def told() -> list[tuple[str, int, str]]:
        findings = check(Options(tmp_path, tmp_path / "output", now="2026-11-23T08:00")).diagnostics
        return [(d.path, d.line, d.message) for d in findings if d.rule == "link-promoted"]

    assert told() == []
    folder.write({"content/jilin/tzgg/a.md": article.replace("slug: a\n", "slug: a\npublish_at: 2027-01-01\n")})
    empty = ("sites/jilin.yaml", 5, "推荐的「/tzgg/」不存在")
    assert told() == [empty, ("sites/jilin.yaml", 8, "推荐的「/tzgg/a.html」没有发布")]
    assert "link-promoted" in folder.build().rules()
    folder.write(
        {"sites/jilin.yaml": PROMOTED.replace("/tzgg/}", "/banshi/}").replace("/tzgg/a", "https://www.jl.example/yw/b")}
    )
    folder.write({"content/jilin/yw/a.md": article})
    assert told() == [
        ("sites/jilin.yaml", 5, "推荐的「/banshi/」不存在"),
        ("sites/jilin.yaml", 8, "推荐的「https://www.jl.example/yw/b.html」不存在"),
    ]
