"""Checks the finished HTML of a site before a release and withholds faulty pages.

Only a fault that belongs to no single page stops a site's release: a missing file of the theme, an incomplete list.

A page is read once: results are cached by the file's stamp, because the build creates and renames files but never
rewrites one.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from html import unescape
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import unquote

from jiyue.base.diagnostics import Diagnostic, Severity, error
from jiyue.base.patterns import pattern
from jiyue.checks.article.anchors import ANCHOR
from jiyue.checks.page.accessibility import check_page

_SOURCE = "国办秘函〔2019〕19号"
TARGET = error(
    "link-output",
    "网页里的链接指向不存在的文件",
    "成品网页里站内链接、图片、附件的文件必须都在，缺一个说明生成有误，这个网页不更新。",
    _SOURCE,
)
CUT = error(
    "page-cut",
    "网页不完整",
    "成品网页没有写完，或者没有标题、正文，说明生成或者拷贝时出了错，这个网页不更新。",
)
REQUEST = error(
    "page-request",
    "网页会向别的网站请求内容",
    "打开网页时不应向别的网站取图片、脚本、样式：那里的内容会变，也会知道谁在看。",
)
RULES = (TARGET, CUT, REQUEST)

_TAG = pattern(r"""<([a-zA-Z][\w-]*)([^<>"']*+(?:(?:"[^"]*+"|'[^']*+')[^<>"']*+)*+)>""")
_ATTRIBUTE = pattern(r"""\s(href|src|poster|srcset|id|name|rel|data)=(?:"([^"]*)"|'([^']*)')""")
_FETCHING = frozenset({"stylesheet", "icon", "preload", "modulepreload", "manifest", "apple-touch-icon"})
"""The rel values of <link> that make a browser load the target."""
_ELSEWHERE = pattern(r"[a-z][a-z0-9+.-]*:|//", re.IGNORECASE)
_AT = "\n"
"""Separates a page from an anchor on it; a file name may hold any printable character, even `#`."""
THEME = "theme/"
"""The folder shared by all pages of a site."""
_MOST = 50
"""The most findings listed for one site."""


class Seen(NamedTuple):
    """The cached result for a page: stamp of the file, link targets (numbers in a table), findings."""

    stamp: list[int]
    targets: list[int]
    findings: list[dict[str, Any]]


class Verified(NamedTuple):
    """The findings of a site, and in `cached` the state for the next run.

    pages: page that must not be published -> ids of the rules. lost: files of the theme that pages load but that are missing.
    """

    findings: list[Diagnostic]
    cached: dict[str, Any]
    pages: dict[str, set[str]]
    lost: list[str]


PageCheck = Callable[[str, str, str], list[Diagnostic]]
"""A rule on one finished page: (HTML, path on the site, site) -> findings. Its errors withhold the page."""


def whole(html: str, page: str, site: str) -> list[Diagnostic]:
    """Findings for an incomplete page, or one that loads something from another host."""
    hint = "重新构建；仍然如此请报告"
    missing = []
    if not html.rstrip().endswith("</html>") or "<title></title>" in html or "<title>" not in html:
        missing.append(CUT.at(f"{site}/{page}", 0, "网页不完整", hint, site=site))
    for tag, start in _tags(html):
        if tag.far:
            line = html.count("\n", 0, start) + 1
            missing.append(REQUEST.at(f"{site}/{page}", line, f"会请求「{tag.far[:80]}」", hint, site=site))
    return missing


def accessible(html: str, page: str, site: str) -> list[Diagnostic]:
    """The accessibility rules that need no browser."""
    return check_page(html, f"{site}/{page}", site)


PAGE_CHECKS: tuple[PageCheck, ...] = (whole, accessible)
"""Every check of a finished page. A new one is added here."""


def verify_site(
    folder: Path,
    site: str = "",
    base_path: str = "",
    cached: Mapping[str, Any] | None = None,
    checks: Sequence[PageCheck] = PAGE_CHECKS,
) -> Verified:
    """Verify every HTML page below a site's document root: its relative links, pictures and anchors, and the checks.

    base_path: the path of the site's address ('' or '/cc'), which stands for the document root. cached: `Verified.cached`
    of an earlier call by the same version of the program (the caller makes sure of it).
    """
    stamps = dict(_files(folder))
    pages = sorted(name for name in stamps if name.endswith(".html"))
    table: dict[str, int] = {target: number for number, target in enumerate((cached or {}).get("targets", ()))}
    known = {name: Seen(*seen) for name, seen in (cached or {}).get("pages", {}).items()}
    seen: dict[str, Seen] = {}
    for page in pages:
        old = known.get(page)
        if old and old.stamp == stamps[page]:
            seen[page] = old
            continue
        html = (folder / page).read_text("utf-8", "replace")
        own = {f"{page}{_AT}{anchor}" for anchor in _anchors(html)}  # anchors on the page itself are known to exist
        targets = {target for target, _, _ in _links(html, page, base_path)} - own
        links = sorted(table.setdefault(target, len(table)) for target in sorted(targets))
        rows = [d.as_json() for check in checks for d in check(html, page, site)]
        seen[page] = Seen(stamps[page], links, rows)
    ids = _Ids(folder)
    used = {number for one in seen.values() for number in one.targets}
    bad = {number for target, number in table.items() if number in used and not _leads(target, stamps.keys(), ids)}
    absent = {number for target, number in table.items() if number in bad and target.partition(_AT)[0] not in stamps}
    refused: dict[str, set[str]] = {}
    found_there: list[Diagnostic] = []
    for page in pages:
        findings = [Diagnostic.from_json(d) for d in seen[page].findings]
        found_there += findings
        wrong = bad.intersection(seen[page].targets)
        why = {d.rule for d in findings if d.severity is Severity.ERROR} | ({TARGET.id} if wrong & absent else set())
        if why:
            refused[page] = why
        if wrong and len(found_there) < _MOST:
            found_there += _dead(folder, page, site, base_path, {t for t, n in table.items() if n in wrong}, stamps)
    found_there.sort(key=lambda d: d.severity is not Severity.ERROR)  # errors first, before the list is cut
    lost = sorted(target for target, number in table.items() if number in absent and target.startswith(THEME))
    return Verified(found_there[:_MOST], {"targets": list(table), "pages": seen}, refused, lost)


def _files(folder: Path) -> Iterator[tuple[str, list[int]]]:
    stack = [""]
    while stack:
        inner = stack.pop()
        with os.scandir(folder / inner) as entries:
            for entry in entries:
                if entry.is_dir():
                    stack.append(f"{inner}{entry.name}/")
                elif entry.is_file():
                    stat = entry.stat()
                    yield inner + entry.name, [stat.st_size, stat.st_mtime_ns]


def _leads(target: str, files: Any, ids: _Ids) -> bool:
    path, _, anchor = target.partition(_AT)
    return path in files and (not anchor or anchor == "top" or not path.endswith(".html") or anchor in ids.of(path))


def _dead(
    folder: Path, page: str, site: str, base_path: str, wrong: set[str], files: Mapping[str, Any]
) -> Iterator[Diagnostic]:
    """The findings for a page's dead links, one per target, in order."""
    html = (folder / page).read_text("utf-8", "replace")
    reported: set[str] = set()
    for target, address, start in _links(html, page, base_path):
        if target not in wrong or target in reported:
            continue
        reported.add(target)
        line = html.count("\n", 0, start) + 1
        if target.partition(_AT)[0] in files:
            hint = "核对「#」后面的名字；标题改过的，链接也要改"
            yield ANCHOR.at(f"{site}/{page}", line, f"「{address}」的位置不存在", hint, site=site)
        else:
            hint = "重新构建；仍然如此请报告。在此之前这个网页保持线上原来的版本"
            yield TARGET.at(f"{site}/{page}", line, f"「{address}」没有对应的文件", hint, site=site)


class _Tag(NamedTuple):
    """What a tag says: anchors, addresses on this host, and the first one on another that it loads."""

    anchors: tuple[str, ...]
    addresses: tuple[str, ...]
    far: str


@lru_cache(maxsize=8192)  # nearly all tags are those of other pages of the site
def _tag(name: str, text: str) -> _Tag | None:
    """None for a tag that says nothing. text: its attributes."""
    attributes = [(m[1], unescape(m[2] or m[3] or "")) for m in _ATTRIBUTE.finditer(text)]
    anchors = tuple(value for attribute, value in attributes if attribute in ("id", "name"))
    addresses: list[str] = []
    for attribute, value in attributes:
        if attribute in ("href", "src", "poster"):
            addresses.append(value.strip())
        elif attribute == "srcset":
            addresses += [part.split()[0] for part in value.split(",") if part.strip()]
    loaded = [value for attribute, value in attributes if attribute in ("src", "poster", "srcset", "data")]
    if name.lower() == "link" and _FETCHING.intersection(dict(attributes).get("rel", "").split()):
        loaded.append(dict(attributes).get("href", ""))
    far = next((one for one in loaded if re.match(r"\s*(?:https?:)?//", one, re.IGNORECASE)), "")
    inside = tuple(address for address in addresses if not _ELSEWHERE.match(address))
    return _Tag(anchors, inside, far) if anchors or inside or far else None


@lru_cache(maxsize=1)
def _tags(html: str) -> Sequence[tuple[_Tag, int]]:
    """Each tag that says something, with its offset. Cached: needed three times in a row for a page."""
    found = []
    for match in _TAG.finditer(html):
        name, text = match.groups()
        if "=" in text and (tag := _tag(name, text)):
            found.append((tag, match.start()))
    return found


def _links(html: str, page: str, base_path: str) -> Iterator[tuple[str, str, int]]:
    """(target, address as written, offset) of each address inside the site. target: path, or path _AT anchor."""
    folder = page.rpartition("/")[0]
    for tag, start in _tags(html):
        for address in tag.addresses:
            path, anchor = _meaning(folder, address, base_path)
            if path is not None:
                path = path or page
                yield f"{path}{_AT}{anchor}" if anchor else path, address, start


@lru_cache(maxsize=8192)
def _meaning(folder: str, address: str, base_path: str) -> tuple[str | None, str]:
    """The file below the root and the anchor that an address on a page in a folder leads to.

    The file is '' for the page itself, None for one outside the root.
    """
    bare, _, anchor = address.partition("#")
    bare = unquote(bare.partition("?")[0])
    if bare.startswith("/"):
        if base_path and not f"{bare}/".startswith(base_path + "/"):
            return None, ""
        steps: list[str] = []
        bare = bare[len(base_path) :]
    else:
        steps = folder.split("/") if bare and folder else []
    if not bare:
        return "", unquote(anchor)
    for step in bare.split("/"):
        if step == "..":
            if not steps:
                return None, ""
            steps.pop()
        elif step not in ("", "."):
            steps.append(step)
    path = "/".join(steps)
    if bare.endswith(("/", "/.", "/..")) or bare in (".", "..") or not path:
        path = f"{path}/index.html" if path else "index.html"
    return path, unquote(anchor)


class _Ids:
    """The anchors of pages, read when a link leads to one."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.known: dict[str, frozenset[str]] = {}

    def of(self, page: str) -> frozenset[str]:
        if page not in self.known:
            self.known[page] = _anchors((self.folder / page).read_text("utf-8", "replace"))
        return self.known[page]


def _anchors(html: str) -> frozenset[str]:
    return frozenset(anchor for tag, _ in _tags(html) for anchor in tag.anchors)


def page_errors(folder: Path, page: str, site: str, base_path: str) -> list[Diagnostic]:
    """The errors of one finished page, in a folder that holds all other files of its site."""
    html = (folder / page).read_text("utf-8", "replace")
    errors = [d for check in PAGE_CHECKS for d in check(html, page, site) if d.severity is Severity.ERROR]
    for target, address, start in _links(html, page, base_path):
        if not (folder / target.partition(_AT)[0]).is_file():
            line = html.count("\n", 0, start) + 1
            errors.append(TARGET.at(f"{site}/{page}", line, f"「{address}」没有对应的文件", "改正链接", site=site))
    return errors
