"""Serves the output for a local preview, each site under its id.

`/` lists the cluster, `/<site>/…` is a site, `/_unpublished/<site>/…` what it doesn't publish, which is made when it is asked
for and is no part of the output. Absolute addresses of the cluster's sites are rewritten in responses, so that every link stays
in the preview; links inside a site are relative. The server listens on loopback only and accepts only loopback host names.
"""

from __future__ import annotations

import json
import re
import threading
from contextlib import suppress
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote, unquote, urlsplit

from jiyue.base.loopback import LoopbackHandler, LoopbackServer
from jiyue.base.patterns import pattern
from jiyue.publish.release.media_types import TYPES, media_type
from jiyue.search.fragments import rewritten

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from jiyue.preview.watcher import Live

REWRITTEN = (".html", ".shtml", ".xml", ".atom", ".json", ".jsonl", ".txt", ".rss")
_ADDRESS = pattern(r"(https?://[a-z0-9.-]+(?::\d+)?)([^\"'<>\s?#]*)")
LIVE_SCRIPT = """
const site = document.currentScript.dataset.site;
let first;
new EventSource('/_live').onmessage = (event) => {
  if (first === undefined) first = event.data;
  else if (event.data !== first) location.reload();
};
fetch('/_problems/' + site).then((answer) => answer.json()).then((problems) => {
  if (!problems.length) return;
  const box = document.createElement('aside');
  box.id = 'jiyue-problems';
  box.setAttribute('role', 'alert');
  box.style.cssText = 'position:fixed;inset:auto 0 0 0;max-height:45vh;overflow:auto;margin:0;padding:1rem;z-index:9999;'
    + 'background:#fff4f4;color:#5a0000;border-top:4px solid #b00020;font:1rem/1.6 system-ui,sans-serif';
  const close = document.createElement('button');
  close.textContent = '关闭';
  close.style.cssText = 'float:right;min-height:44px;padding:0 1rem';
  close.onclick = () => box.remove();
  box.append(close);
  for (const problem of problems.slice(0, 20)) {
    const line = document.createElement('p');
    line.style.margin = '0 0 .5rem';
    const where = problem.path + (problem.line ? ':' + problem.line : '');
    line.textContent = where + '　' + problem.message + '　处理办法：' + problem.hint;
    box.append(line);
  }
  document.body.append(box);
});
"""
"""Script added to served pages, never to files: reloads after each build and shows the site's errors."""


_INDEX = """<!doctype html>
<html lang="zh-CN">
<head>
<meta charset="utf-8">
<title>站群预览</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
{style}
</head>
<body>
<header class="header"><div class="band"><div class="wrap"><p class="site-name">站群预览</p></div></div></header>
<main class="wrap members">
<h1>全部网站</h1>
<p class="owner">共 {count} 个站点。这里看到的是刚生成的网页，还没有发布。</p>
{unpublished}
{sections}
</main>
</body>
</html>
"""
UNPUBLISHED = "/_unpublished/"
"""Where the pages of what is not public are, below the preview's root: no site can have this name."""
KINDS = (("province", "省级门户"), ("prefecture", "市（州）"), ("county", "县（市、区）"), ("department", "省直部门"))


class Server:
    """Serves `output` on localhost, over IPv4 and IPv6 if available. port 0: any free port.

    on_error: called with exceptions of request handlers.
    """

    def __init__(
        self, output: Path, port: int, live: Live | None = None, on_error: Callable[[BaseException], None] | None = None
    ) -> None:
        self.preview = LocalPreview(output, live)
        handler = _handler(self.preview)
        self.httpd = LoopbackServer("127.0.0.1", port, handler, on_error)
        self.port: int = self.httpd.server_port
        self.preview.here = f"http://localhost:{self.port}"
        self.other: LoopbackServer | None = None
        with suppress(OSError):
            self.other = LoopbackServer("::1", self.port, handler, on_error)

    def run(self) -> None:
        """Serve until interrupted, or until another thread calls close()."""
        try:
            if self.other:
                threading.Thread(target=self.other.serve_forever, daemon=True).start()
            self.httpd.serve_forever()
        finally:
            self.httpd.server_close()
            if self.other:
                self.other.shutdown()
                self.other.server_close()

    def close(self) -> None:
        """End run() in another thread."""
        self.httpd.shutdown()


class _Cluster(NamedTuple):
    """The cluster's list of sites. changed: its file's modification time in ns; places: see LocalPreview.places."""

    changed: int
    sites: list[dict[str, Any]]
    places: dict[str, list[tuple[str, str]]]


class LocalPreview:
    """Computes the responses of the preview."""

    def __init__(self, output: Path, live: Live | None = None) -> None:
        self.output = output.resolve()
        self.live = live
        self.here = ""
        self._last = _Cluster(0, [], {})

    @property
    def sites(self) -> list[dict[str, Any]]:
        """The cluster's list of sites from the last build."""
        return self._read().sites

    @property
    def places(self) -> dict[str, list[tuple[str, str]]]:
        """Scheme and host -> (path of a site's address, its id), longest path first."""
        return self._read().places

    def _read(self) -> _Cluster:
        path = self.output / "_cluster" / "sites.json"
        changed = path.stat().st_mtime_ns
        if self._last.changed != changed:
            sites = json.loads(path.read_text("utf-8"))["sites"]
            below: dict[str, list[tuple[str, str]]] = {}
            for site in sites:
                parts = urlsplit(site["url"])
                below.setdefault(f"{parts.scheme}://{parts.netloc}", []).append((parts.path, site["id"]))
            places = {host: sorted(rows, key=lambda row: -len(row[0])) for host, rows in below.items()}
            self._last = _Cluster(changed, sites, places)
        return self._last

    def rewrite(self, text: str) -> str:
        """Replace addresses of the cluster's sites by those in the preview."""
        return _ADDRESS.sub(self.place, text)

    def place(self, match: re.Match[str]) -> str:
        """The preview address of a matched address, or the match itself if it belongs to no site of the cluster."""
        for path, site in self.places.get(match[1], ()):
            if match[2] == path or match[2].startswith(path + "/"):
                return f"{self.here}/{site}{match[2][len(path) :]}"
        return match[0]

    def answer(self, path: str) -> tuple[int, str, bytes | Path, str]:  # noqa: PLR0911  (one return a kind of answer)
        """(status, content type, body, location) for a requested path, such as /changchun/tzgg/."""
        path = unquote(path)
        if self.live and path == "/_live.js":
            return 200, media_type(path), LIVE_SCRIPT.encode(), ""
        if self.live and path.startswith("/_problems/"):
            problems = self.live.problems(path.removeprefix("/_problems/"))
            return 200, TYPES["json"], json.dumps(problems, ensure_ascii=False).encode(), ""
        if path == "/":
            return 200, TYPES["html"], self.index().encode(), ""
        if path.startswith(UNPUBLISHED) and self.live:
            return self.unpublished(path.removeprefix(UNPUBLISHED), self.live)
        site = path.lstrip("/").partition("/")[0]
        if "\0" in path or site not in {s["id"] for s in self.sites}:
            return 404, TYPES["html"], self.index("没有这个站点").encode(), ""
        target = (self.output / path.lstrip("/")).resolve()
        too_long = any(len(name.encode("utf-8", "replace")) > 255 for name in target.parts) or len(str(target)) > 3000
        if too_long or not target.is_relative_to(self.output / site):
            return 404, TYPES["html"], self.index("没有这个页面").encode(), ""
        if target.is_dir():
            if not path.endswith("/"):
                return 301, "", b"", quote(f"/{target.relative_to(self.output).as_posix()}/")
            target /= "index.html"
        if target.is_file():
            return 200, media_type(target.name), self.body(target, path, site), ""
        target = self.output / site / "404.html"
        return 404, TYPES["html"], self.body(target, path, site) if target.is_file() else b"", ""

    def unpublished(self, path: str, live: Live) -> tuple[int, str, bytes | Path, str]:
        """The answer for a path below UNPUBLISHED. What is public is where it always is."""
        pages = live.unpublished
        site, _, inside = path.partition("/")
        if pages is None or site not in pages.known.registry.sites:
            return 404, TYPES["html"], self.index("没有这个站点").encode(), ""
        if not inside:
            html = pages.index(site, sheet=next(self.sheets(site), ""))
            return 200, TYPES["html"], self.reloading(html, "").encode(), ""
        row = next((row for row in pages.rows(site) if row.address == inside), None)
        if row:
            return 200, TYPES["html"], self.reloading(self.rewrite(pages.page(row)), "").encode(), ""
        file = pages.file(site, inside)
        if file is not None:
            return 200, media_type(inside), file, ""
        public = f"/{site}/{inside}"
        if inside.endswith(".html") or "." not in inside.rpartition("/")[2]:
            return 302, "", b"", quote(public)
        return self.answer(quote(public))

    def reloading(self, html: str, site: str) -> str:
        """A page that is loaded again after each build and shows the errors of a site ('' for those of the cluster)."""
        return html.replace("</body>", f'<script src="/_live.js" data-site="{site}"></script></body>')

    def sheets(self, site: str) -> Iterator[str]:
        """The addresses of a site's style sheet."""
        return (
            f"/{path.relative_to(self.output).as_posix()}" for path in (self.output / site / "theme").glob("site.*.css")
        )

    def body(self, target: Path, path: str, site: str) -> bytes | Path:
        """A file, or its bytes with rewritten addresses."""
        if "/search/all/" in path and "/d/" in path:
            return rewritten(target.read_bytes(), self.rewrite)
        if target.suffix not in REWRITTEN:
            return target
        text = self.rewrite(target.read_bytes().decode("utf-8", "replace"))
        if target == self.output / site / "404.html":
            # the links of a 404 page start at the site's root, which in the preview is /<site>/
            base = urlsplit(next(s["url"] for s in self.sites if s["id"] == site)).path.rstrip("/")
            text = re.sub(rf'((?:href|src|action)="){re.escape(base)}/(?!/)', rf"\g<1>/{site}/", text)
        if self.live and target.suffix == ".html":
            text = self.reloading(text, site)
        return text.encode()

    def index(self, problem: str = "") -> str:
        """The page that lists the cluster, with the style sheet of one of its sites."""
        sections = [f'<p class="origin" role="alert">{escape(problem)}</p>'] if problem else []
        for kind, label in KINDS:
            rows = [s for s in self.sites if s["kind"] == kind]
            items = "".join(f'<li><a href="/{s["id"]}/">{escape(s["name"])}</a></li>' for s in rows)
            heading = f'<h2 class="heading" id="{kind}">{label}（{len(rows)}）</h2>'
            if rows:
                sections.append(
                    f'<section aria-labelledby="{kind}">{heading}<ul class="sites-list">{items}</ul></section>'
                )
        sheets = (sheet for s in self.sites for sheet in self.sheets(s["id"]))
        links = (f'<link rel="stylesheet" href="{sheet}">' for sheet in sheets)
        return _INDEX.format(
            style=next(links, ""),
            count=len(self.sites),
            sections="\n".join(sections),
            unpublished=self.unpublished_sites(),
        )

    def unpublished_sites(self) -> str:
        """The sites that have something that is not public, '' if none has."""
        pages = self.live.unpublished if self.live else None
        if not pages or not pages.counts:
            return ""
        names = {s["id"]: s["name"] for s in self.sites}
        items = "".join(
            f'<li><a href="{UNPUBLISHED}{site}/">{escape(names.get(site, site))}（{number}）</a></li>'
            for site, number in pages.counts.items()
        )
        heading = '<h2 class="heading" id="unpublished">没有公开的稿件</h2>'
        return f'<section aria-labelledby="unpublished">{heading}<ul class="sites-list">{items}</ul></section>'


def _handler(preview: LocalPreview) -> type[LoopbackHandler]:
    class Handler(LoopbackHandler):
        def respond(self) -> None:
            path = urlsplit(self.path).path
            if preview.live and path == "/_live":
                self.follow(preview.live)
                return
            try:
                answer = preview.answer(path)
            except (OSError, ValueError, KeyError):  # during a build a file may be missing
                answer = 503, TYPES["txt"], "正在生成，请稍后刷新。\n".encode(), ""
            self.send(*answer)

        def follow(self, live: Live) -> None:
            """Send server-sent events: the version at once and after each build, and comments to keep the connection."""
            version = 0
            with self.stream() as is_open:
                if not is_open:
                    self.send(503, TYPES["txt"], "打开的预览页面太多，请关闭一些。\n".encode())
                while is_open:
                    now = live.wait(version, 15)
                    self.wfile.write(f"data: {now}\n\n".encode() if now != version else b": \n\n")
                    self.wfile.flush()
                    version = now

    return Handler
