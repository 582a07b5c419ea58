"""The page of a text that is being written, by the real theme, as one document that asks no server for anything.

It stands in a sandboxed frame without an origin, which gets neither cookies nor scripts; so style and pictures lie in it.
"""

from __future__ import annotations

import base64
import mimetypes
import posixpath
import re
import threading
from collections.abc import Iterable, Mapping
from html import unescape
from pathlib import Path
from urllib.parse import unquote, urlsplit

from jiyue.base import clock
from jiyue.base.diagnostics import Diagnostic, Severity
from jiyue.base.encoding import NotUtf8, decode
from jiyue.base.patterns import pattern
from jiyue.base.reason import Reason
from jiyue.build.options import Known, Options
from jiyue.editor.judging import Judge
from jiyue.editor.laid import laid_over
from jiyue.preview.article_page import ArticlePages
from jiyue.preview.marks import marked, source_page
from jiyue.render.theme.assets import theme_files

WIDTH = 800
"""Pixels of the pictures in a preview: enough for its frame."""
MOST = 6_000_000
"""Bytes of pictures in one preview; further ones are named only."""
POLICY = "sandbox; default-src 'none'; img-src data:; style-src 'unsafe-inline'; font-src data:; frame-ancestors 'self'"

_SHEET = pattern(r'<link rel="stylesheet" href="[^"]*?theme/([^"/]+)">')
_ASIDE = pattern(
    r'<script\b.*?</script>|<link rel="(?:alternate|icon|apple-touch-icon|manifest|preload|modulepreload)"[^>]*>', re.S
)
_SOURCE = pattern(r"<source\b[^>]*>")
_IMAGE = pattern(r'(<img\b[^>]*?\ssrc=")([^"]*)("[^>]*>)')
_SET = pattern(r'\s(?:srcset|sizes|loading)="[^"]*"')
_URL = pattern(r'url\("([^":]+)"\)')
_LINK = pattern(r'(<a\b[^>]*?\s)href="(?!#)[^"]*"')
_VARIANT = pattern(r"([^\s,\"]+\.(\d+)\.webp) \d+w")


class Previews:
    """Previews of a cluster's articles. Safe in threads: pages are made one after another."""

    def __init__(self, judge: Judge) -> None:
        self.judge = judge
        self._lock = threading.Lock()
        self._pages: tuple[Known, str, ArticlePages] | None = None

    def page(
        self, path: str, data: bytes, files: Mapping[str, bytes], findings: Iterable[Diagnostic] = (), now: str = ""
    ) -> str:
        """The page of an article of these bytes. files: path → bytes of those beside it; findings: for the mark at its top."""
        known = self.judge.known()
        found = list(findings)
        site = path.split("/")[1]
        with self._lock, laid_over(files):
            pages = self._of(known, now or clock.now())
            made = pages.page(site, path, data)
            html = made.html or source_page(made.title or path.rpartition("/")[2], _text(data))
            html = self._whole(html, site, made.path, pages)
        reason = Reason.ERROR if any(one.severity is Severity.ERROR for one in found) else Reason.DRAFT
        return marked(html, reason, found or made.findings)

    def _of(self, known: Known, now: str) -> ArticlePages:
        hour = now[:13]  # what is public around the article may be an hour old
        if self._pages is None or self._pages[0] is not known or self._pages[1] != hour:
            root = self.judge.root
            self._pages = known, hour, ArticlePages(Options(root, root / "output", jobs=1, now=now), known)
        return self._pages[2]

    def _whole(self, html: str, site: str, place: str, pages: ArticlePages) -> str:
        """The page with its style and pictures inside, without what has no use in a frame: scripts, feeds, links away."""
        options = pages.options
        files = theme_files(options.theme_folder, pages.known.registry.sites[site].lang)

        def sheet(match: re.Match[str]) -> str:
            _, style = files.get(match[1], ("", b""))
            text = _URL.sub(lambda inner: _inline(inner, files), style.decode()).replace("</", "<\\/")
            return f"<style>{text}</style>"

        left = MOST

        def picture(match: re.Match[str]) -> str:
            nonlocal left
            address = unescape(match[2])
            if urlsplit(address).scheme:
                return match[0]
            variants = [(int(width), name) for name, width in _VARIANT.findall(unescape(sources.get(match[2], "")))]
            wide = [name for width, name in sorted(variants) if width >= WIDTH] or [name for _, name in variants[-1:]]
            for one in [*wide[:1], address]:
                where = posixpath.normpath(posixpath.join(posixpath.dirname(place), unquote(one)))
                found = pages.file(site, where)
                found = found.read_bytes() if isinstance(found, Path) else found
                if found is not None and len(found) <= left:
                    left -= len(found)
                    return f"{match[1]}{_data(where, found)}{_SET.sub('', match[3])}"
            return _SET.sub("", match[0])

        sources: dict[str, str] = {}
        for one in re.finditer(r"<picture\b[^>]*>(.*?)</picture>", html, re.S):
            if image := _IMAGE.search(one[1]):
                sources[image[2]] = one[1]
        html = _SHEET.sub(sheet, _ASIDE.sub("", html))
        html = _IMAGE.sub(picture, _SOURCE.sub("", html))
        return _LINK.sub(r"\1", html)


def _inline(match: re.Match[str], files: Mapping[str, tuple[str, bytes]]) -> str:
    """A file that a style sheet names, in its place."""
    found = files.get(match[1])
    return f'url("{_data(match[1], found[1])}")' if found else "none"


def _data(name: str, data: bytes) -> str:
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    return f"data:{kind};base64,{base64.b64encode(data).decode()}"


def _text(data: bytes) -> str:
    try:
        return decode(data)
    except NotUtf8:
        return data.decode("utf-8", "replace")
