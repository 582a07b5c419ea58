"""Writes a preview of a change: the pages it would publish, below an unguessable path, and a list of the differences.

A preview is for review before approval and must not be indexed: every page says noindex, robots.txt forbids everything,
and the folder belongs on a host of its own. The CI needs no secret: the token is random, or derived from one if given.
"""

from __future__ import annotations

import difflib
import hashlib
import hmac
import html
import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path

from jiyue.publish.release.maker import ReleaseSite
from jiyue.publish.release.manifest import FileEntry, differences, file_digest
from jiyue.publish.release.records import local_url, read_records, url_of
from jiyue.publish.release.store import walk

_TEXTS = (".html", ".shtml", ".xml", ".css", ".js", ".json", ".jsonl", ".txt")
_HEAD = re.compile(rb"<head\b[^>]*>", re.IGNORECASE)
_ROOTED = re.compile(rb"""(\s(?:href|src|action|poster|data)\s*=\s*["']?|url\(\s*["']?)/(?!/)""", re.IGNORECASE)
_SET = re.compile(rb"""(\ssrcset\s*=\s*)("[^"]*"|'[^']*')""", re.IGNORECASE)
_NOINDEX = b'<meta name="robots" content="noindex,nofollow,noarchive">'


@dataclass(frozen=True, slots=True)
class PageChange:
    """A page that differs. state: added, changed or removed. before, after: its visible text."""

    site: str
    url: str
    title: str
    state: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class ChangePreview:
    """A preview: its token, its folder, and the pages that change."""

    token: str
    folder: Path
    pages: tuple[PageChange, ...]


def token_for(change: str, secret: bytes = b"") -> str:
    """32 hexadecimal digits: with a secret always the same for a change, else random."""
    if secret:
        return hmac.new(secret, change.encode(), hashlib.sha256).hexdigest()[:32]
    return secrets.token_hex(16)


def changed_pages(site: str, before: Path, after: Path) -> list[PageChange]:
    """Pages whose visible text differs between two output trees of a site; either may be missing.

    Invisible differences (digests of assets, a date in a comment) don't count.
    """
    old, new = _entries(before), _entries(after)
    titles = {**_titles(before), **_titles(after)}
    added, changed, removed = differences(old, new)
    pages = []
    for state, paths in (("added", added), ("changed", changed), ("removed", removed)):
        for path in paths:
            if not path.endswith(".html"):
                continue
            was = visible_text((before / path).read_text("utf-8", "replace")) if state != "added" else ("", "")
            now = visible_text((after / path).read_text("utf-8", "replace")) if state != "removed" else ("", "")
            if was != now or state != "changed":
                title = titles.get(url_of(path)) or now[0] or was[0] or path
                pages.append(PageChange(site, url_of(path), title, state, was[1], now[1]))
    return pages


def make_preview(before: Path, after: Path, to: Path, sites: Sequence[ReleaseSite], token: str) -> ChangePreview:
    """Write those sites of the output `after` that differ from `before` to `to/<token>/`, with the list as index.html.

    Links between sites of the cluster and root-relative links are rewritten to the preview; each page says noindex.
    """
    folder = to / token
    pages: list[PageChange] = []
    differing = []
    for site in sites:
        changed = changed_pages(site.id, before / site.id, after / site.id)
        if changed or _entries(before / site.id) != _entries(after / site.id):
            differing.append(site)
            pages += changed
    for site in differing:
        if (after / site.id).is_dir():
            _copy(
                after / site.id,
                folder / site.id,
                f"/{token}/{site.id}/",
                {s.url: f"/{token}/{s.id}" for s in differing},
            )
    folder.mkdir(parents=True, exist_ok=True)
    (to / "robots.txt").write_text("User-agent: *\nDisallow: /\n", "utf-8")
    (folder / "index.html").write_text(_list(pages), "utf-8")
    return ChangePreview(token, folder, tuple(pages))


def visible_text(page: str) -> tuple[str, str]:
    """(title, visible text) of a page: one line per block, without scripts, styles and templates."""
    reader = _Text()
    reader.feed(page)
    reader.close()
    lines = (" ".join(line.split()) for line in "".join(reader.text).splitlines())
    return " ".join("".join(reader.title).split()), "\n".join(line for line in lines if line)


class _Text(HTMLParser):
    _BLOCKS = frozenset(
        ["p", "div", "li", "tr", "h1", "h2", "h3", "h4", "br", "section", "article", "header", "footer"]
    )
    _HIDDEN = frozenset(["script", "style", "template", "noscript"])

    def __init__(self) -> None:
        super().__init__()
        self.text: list[str] = []
        self.title: list[str] = []
        self.hidden = 0
        self.in_title = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.hidden += tag in self._HIDDEN
        self.in_title = tag == "title"
        if tag in self._BLOCKS:
            self.text.append("\n")
        self.text += [f"〔图：{v}〕" for k, v in attrs if tag == "img" and k == "alt" and v]

    def handle_endtag(self, tag: str) -> None:
        self.hidden -= tag in self._HIDDEN and self.hidden > 0
        self.in_title = False
        if tag in self._BLOCKS:
            self.text.append("\n")

    def handle_data(self, data: str) -> None:
        if self.in_title:
            self.title.append(data)
        elif not self.hidden:
            self.text.append(data)


def _entries(tree: Path) -> dict[str, FileEntry]:
    if not tree.is_dir():
        return {}
    return {path: FileEntry(info.st_size, file_digest(tree / path)) for path, info in walk(tree)}


def _titles(tree: Path) -> dict[str, str]:

    return {local_url(str(r["url"])): str(r.get("title", "")) for r in read_records(tree) if r.get("url")}


def _copy(source: Path, target: Path, base: str, hosts: Mapping[str, str]) -> None:
    for path, _ in walk(source):
        data = (source / path).read_bytes()
        if path.endswith(_TEXTS):
            data = _led(data, base, hosts, path.endswith((".html", ".css")))
        if path.endswith(".html"):
            data, count = _HEAD.subn(lambda m: m[0] + _NOINDEX, data, count=1)
            data = data if count else _NOINDEX + data
        (target / path).parent.mkdir(parents=True, exist_ok=True)
        (target / path).write_bytes(data)


def _led(data: bytes, base: str, hosts: Mapping[str, str], rooted: bool) -> bytes:
    if rooted:
        data = _ROOTED.sub(lambda m: m[1] + base.encode(), data)
        data = _SET.sub(lambda m: m[1] + re.sub(rb"((?:^|,)\s*[\"']?)/(?!/)", rb"\g<1>" + base.encode(), m[2]), data)
    for url in sorted(hosts, key=len, reverse=True):
        data = re.sub(re.escape(url.rstrip("/").encode()) + rb"(?![\w.-])", hosts[url].encode(), data)
    return data


_STATES = {"added": "新增", "changed": "修改", "removed": "删除"}


def _list(pages: Sequence[PageChange]) -> str:
    rows = []
    for page in pages:
        name = html.escape(page.title)
        link = f'<a href="{page.site}{html.escape(page.url)}">{name}</a>' if page.state != "removed" else name
        shown = "\n".join(_difference(page.before, page.after))
        rows.append(
            f"<li><h2>{_STATES[page.state]}：{link}</h2><p>{page.site} {html.escape(page.url)}</p>"
            f"<details open><summary>修改前后对照</summary><pre>{shown}</pre></details></li>"
        )
    return (
        '<!DOCTYPE html><html lang="zh-CN"><head><meta charset="utf-8">' + _NOINDEX.decode() +
        f"<title>预览：{len(pages)} 个页面有变化</title></head><body><h1>预览：{len(pages)} 个页面有变化</h1>"
        "<p>仅供审核，请勿转发。</p><ol>" + "".join(rows) + "</ol></body></html>\n"
    )  # fmt: skip


def _difference(before: str, after: str) -> list[str]:
    marks = {"-": "del", "+": "ins"}
    lines = []
    for line in difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=2):
        if line.startswith(("---", "+++", "@@")):
            continue
        text = html.escape(line[1:])
        mark = marks.get(line[0])
        lines.append(f"<{mark}>{line[0]} {text}</{mark}>" if mark else f"  {text}")
    return lines
