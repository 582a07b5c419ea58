"""The demonstration cluster: a preview without dead links, valid pages, nothing loaded from other hosts."""

from __future__ import annotations

import http.client
import json
import re
import socket
import threading
from collections import deque
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import quote, unquote, urljoin, urlsplit

import pytest
from playwright.sync_api import Page

from jiyue.linkage.recommended import EMBEDDED
from jiyue.preview.server import Server
from tests.support.browser import served
from tests.support.cluster import Built
from tests.support.vnu import vnu

URLS = {"a": "href", "link": "href", "img": "src", "script": "src", "source": "src", "iframe": "src", "video": "src",
        "audio": "src", "form": "action", "area": "href", "object": "data", "embed": "src"}  # fmt: skip
LOADED = {"img", "script", "source", "iframe", "video", "audio", "object", "embed"}


class Links(HTMLParser):
    """(tag, address, rel) of everything in a page that leads or loads."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, str, str]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        address = given.get(URLS.get(tag, ""))
        if address is not None:
            self.found.append((tag, address, given.get("rel") or ""))


def loads(tag: str, rel: str) -> bool:
    return tag in LOADED or (tag == "link" and not set(rel.split()) & {"canonical", "alternate", "prev", "next"})


def test_it_is_built_without_an_error_and_is_large_enough(demonstration: Built) -> None:
    assert [d for d in demonstration.diagnostics if d["severity"] == "error"] == []
    sites = json.loads((demonstration.output / "_cluster" / "sites.json").read_text("utf-8"))["sites"]
    kinds = [site["kind"] for site in sites]
    assert len(sites) >= 90
    assert (kinds.count("province"), kinds.count("prefecture")) == (1, 9)
    assert kinds.count("department") >= 20
    for site in sites:
        assert urlsplit(site["url"]).hostname.endswith(".example")
        assert "演示" in demonstration.html(site["id"])


def different(folder: Path) -> list[Path]:
    """A page of each structure: those of one have the same elements with the same attributes and classes."""
    of: dict[frozenset[str], Path] = {}
    for path in sorted(folder.rglob("*.html")):
        tags = re.findall(r"<[a-z][^>]*>", path.read_text("utf-8"))
        of.setdefault(frozenset(re.sub(r'(?<! class)="[^"]*"', "", tag) for tag in tags), path)
    return list(of.values())


@pytest.mark.parametrize("pages", [pytest.param("all", marks=pytest.mark.long), "one of each structure"])
def test_every_page_is_valid_html(demonstration: Built, pages: str) -> None:
    errors = vnu([demonstration.output] if pages == "all" else different(demonstration.output))
    assert [(e["url"].rpartition("/output/")[2], e.get("lastLine"), e["message"]) for e in errors[:10]] == []


def test_no_page_loads_anything_from_another_host(demonstration: Built) -> None:
    for path in demonstration.output.rglob("*.html"):
        html = path.read_text("utf-8")
        for tag, address, rel in Links(html).found:
            if loads(tag, rel):
                assert not urlsplit(address).netloc, f"{path}: <{tag}> {address}"
        assert not re.search(r"<style|\sstyle=|\son\w+=|javascript:", re.sub(r"<pre.*?</pre>", "", html, flags=re.S)), (
            path
        )
    for path in demonstration.output.rglob("*.css"):
        assert not re.search(r"url\(\s*['\"]?(?:https?:)?//|@import", path.read_text("utf-8")), path


def test_every_page_can_be_reached_from_its_home_page_by_links(demonstration: Built) -> None:
    for site in ("jilin", "changchun", "nanguan", "czt"):
        folder = demonstration.output / site
        screens = {"screen/index.html", "screen/loop/index.html"} if (folder / "screen").is_dir() else set()
        waiting, seen = deque(["index.html", *screens]), {"index.html", "404.html", *screens}
        while waiting:
            path = waiting.popleft()
            for _, address, _ in Links((folder / path).read_text("utf-8")).found:
                target = urljoin(f"http://x/{quote(path)}", address)
                if urlsplit(target).netloc != "x":
                    continue
                name = unquote(urlsplit(target).path).lstrip("/")
                name += "index.html" if not name or name.endswith("/") else ""
                if name.endswith(".html") and name not in seen:
                    seen.add(name)
                    waiting.append(name)
        # what sites outside the cluster embed, and the two pages that screens start from, are linked from nowhere
        assert {p.relative_to(folder).as_posix() for p in folder.rglob("*.html")} - {EMBEDDED} == seen


# -- the preview ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def preview(demonstration: Built) -> Iterator[Server]:
    server = Server(demonstration.output, 0)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    yield server
    server.close()
    thread.join()


def test_every_link_of_the_preview_answers_and_stays_here(preview: Server) -> None:
    here = f"localhost:{preview.port}"
    waiting, seen = deque(["/"]), {"/"}
    bad: list[str] = []
    connection = http.client.HTTPConnection("127.0.0.1", preview.port)
    while waiting:
        path = waiting.popleft()
        connection.request("GET", path)
        answer = connection.getresponse()
        body = answer.read()
        if answer.status != 200:
            bad.append(f"{path} {answer.status}")
        if not (answer.getheader("Content-Type") or "").startswith("text/html"):
            continue
        for tag, address, _ in Links(body.decode()).found:
            parts = urlsplit(urljoin(f"http://{here}{path}", address))
            if (parts.hostname or "").endswith(".example"):
                bad.append(f"{path} <{tag}> {address}")
            if parts.netloc == here and parts.path not in seen:
                seen.add(parts.path)
                waiting.append(parts.path)
    connection.close()
    assert bad == []
    assert len(seen) > 2000, "the crawl went through all sites"


def test_the_preview_answers_what_is_not_there_and_what_is_odd(preview: Server) -> None:
    expected = {
        "/changchun": (301, "/changchun/"), "/changchun/none.html": (404, "没有找到"), "/nowhere/": (404, "没有这个站点"),
        "/changchun/../../etc/passwd": (404, ""), "/changchun/%2e%2e/%2e%2e/etc/passwd": (404, ""), "/%00": (404, ""),
        f"/changchun/{'x' * 3000}": (404, ""), "/_cluster/sites.json": (404, ""), "/jilin/?a=1": (200, "吉林省"),
    }  # fmt: skip
    for path, (status, text) in expected.items():
        connection = http.client.HTTPConnection("127.0.0.1", preview.port, timeout=60)
        connection.request("GET", path)
        answer = connection.getresponse()
        body = answer.read().decode()
        connection.close()
        assert answer.status == status, path
        assert text in (body or answer.getheader("Location") or ""), path


def test_the_preview_listens_on_loopback_only(preview: Server) -> None:
    assert preview.httpd.server_address[0] == "127.0.0.1"
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(("192.0.2.1", 9))
        other = probe.getsockname()[0]
    if not other.startswith("127."):
        with pytest.raises(OSError):
            socket.create_connection((other, preview.port), timeout=2)


# -- in a browser -----------------------------------------------------------------------------------------------------


def test_pages_read_completely_without_javascript(demonstration: Built, browser: object) -> None:
    article = next((demonstration.output / "jilin" / "ywpx").glob("[!i]*.html"))
    with served(demonstration.output / "jilin") as here, browser.new_context(java_script_enabled=False) as context:  # type: ignore[attr-defined]
        page: Page = context.new_page()
        requests: list[str] = []
        page.on("request", lambda request: requests.append(request.url))
        for path in ("/", "/ywpx/", f"/ywpx/{article.name}", "/sitemap.html", "/nothing-here"):
            page.goto(here + path)
            assert page.locator("h1").count() == 1
            assert page.locator("main").inner_text().strip()
            assert page.get_by_role("link", name="中国政府网").first.is_visible()
            assert page.get_by_role("link", name="网站地图").first.is_visible()
        page.goto(f"{here}/ywpx/{article.name}")
        body = page.locator(".body").first
        assert len(body.inner_text()) > 200
        assert page.get_by_role("link", name="微博").is_visible()
        assert all(url.startswith((here, "data:")) for url in requests), requests
