"""The body of an article on a page: read, converted, and its links made to fit the place where it is shown."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import escape, unescape
from pathlib import Path
from typing import Any
from urllib.parse import quote

from jiyue.base.encoding import NotUtf8, decode
from jiyue.base.patterns import pattern
from jiyue.base.verified_read import read_verified
from jiyue.catalogue.dialect import BACKLINK
from jiyue.catalogue.references import is_inside, page_path, plain
from jiyue.catalogue.sources import verified_source
from jiyue.checks.article.anchors import only_once
from jiyue.render import charts
from jiyue.render.markdown import TABLE, convert, described
from jiyue.render.pages.job import href
from jiyue.render.pages.view import Entry, picture_path
from jiyue.render.places import with_places
from jiyue.render.postprocess import postprocess
from jiyue.render.theme.translations import N_, Words

_LINK = pattern(r'(<a\b[^>]*?\shref=")([^"]*)("[^>]*>)(.*?)</a>', re.DOTALL)
_PICTURE = pattern(r'(<img\b[^>]*?\ssrc=")([^"]*)("[^>]*>)')
_LOADS = pattern(r"<(video|audio|source|track)\b[^>]*>")
_LOADED = pattern(r'(\s(?:src|poster)=)"([^"]*)"')
_FILM = pattern(r"<(video|audio)\b[^>]*>.*?</\1>", re.DOTALL)
_PLAYS = pattern(r'<(?:video|audio|source)\b[^>]*\ssrc="')
CHART = '"language-chart"'
_BACKLINK = pattern('title="' + BACKLINK.replace("{}", r"(\d+)") + '"')
_WELL_FORMED = pattern(r"[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=%-]*")
_HOST = pattern(r"(?:[A-Za-z][A-Za-z0-9+.-]*:)?//[^/?#]*")


def read_body(root: Path, source_path: str, body_line: int, content: str) -> str:
    """The Markdown of a source file below its front matter; content: the file's digest. Raises sources.Changed."""
    text = decode(verified_source(root, source_path, content))
    position = 0
    for _ in range(body_line - 1):
        position = text.find("\n", position) + 1
    return text[position:]


def body_html(
    root: Path,
    entry: Entry,
    links: dict[str, str],
    pictures: dict[str, Any],
    converted: Callable[[str], None] = lambda html: None,
    data_files: dict[str, list[str]] | None = None,
) -> tuple[str, bool]:
    """The HTML to show, and whether its Markdown went the quick way.

    links: address of another article as `plain` gives it -> its path below its own site's; pictures: see postprocess.
    converted: told the article's own HTML, before it is made to fit its place. data_files: what its charts are made of,
    address of a CSV file -> [path below the cluster's root, digest].
    """
    article = entry.article
    html, quickly = convert(read_body(root, article.source_path, article.body_line, article.digest))
    converted(html)
    html = only_once(html)
    if 'href="' in html or 'src="' in html or 'poster="' in html:
        place = _Place(entry, links)
        html = _LINK.sub(place.link, _PICTURE.sub(place.picture, html))
        if _FILM.search(html):
            html = _FILM.sub(place.film, _LOADS.sub(place.loads, html))
    if "charts" in article.extra:
        html += "".join(charts.undrawn(fields) for fields in article.extra["charts"])
    if CHART in html:
        origin = f"{entry.pushed.origin_url}/{href(article.path)}" if entry.pushed else ""
        place = _Place(entry, links)
        html = charts.draw(html, lambda address: _data_file(root, place, address, data_files or {}), origin)
    return with_places(postprocess(html, entry.folder, pictures)), quickly


def _data_file(root: Path, place: _Place, address: str, data_files: dict[str, list[str]]) -> tuple[str, str] | None:
    """What a chart's file holds and where it lies; None for one that is not shown or no UTF-8, which a check told."""
    known, found = data_files.get(plain(address)), place.loaded(address)
    if known is None or found is None:
        return None
    try:
        return decode(read_verified(f"{root}/{known[0]}", known[1])), found
    except NotUtf8:
        return None


def spoken(html: str, _: Words) -> str:
    """A body for readers of another language: the labels that the conversion put into it are in theirs."""
    table, backlink = escape(_("表格")), _("回到正文第 %s 处脚注")
    html = html.replace(TABLE, f'aria-label="{table}"')
    if '<figure class="chart">' in html:
        for word in (N_("数据表"), N_("下载数据（CSV）")):
            html = html.replace(f">{word}</", f">{escape(_(word))}</")
        html = html.replace('：数据表" tabindex', f'：{escape(_("数据表"))}" tabindex')
    return _BACKLINK.sub(lambda found: f'title="{escape(backlink % found[1])}"', html)


class _Place:
    """The page on which a body is shown.

    What a page loads lies on its own site: a picture from elsewhere becomes its description, a film a word. What a
    reader follows leads to the page of the article that is meant, for a pushed article on its origin's site; a link to
    what is not there becomes text. Every address is percent-encoded.
    """

    def __init__(self, entry: Entry, links: dict[str, str]) -> None:
        self.entry, self.links = entry, links
        self.root = f"{entry.pushed.origin_url}/" if entry.pushed else "../" * entry.path.count("/")

    def link(self, found: re.Match[str]) -> str:
        before, address, after, text = found[1], unescape(found[2]).strip(), found[3], found[4]
        inside = plain(address)
        if self.links.get(address) == "" or self.links.get(inside) == "":
            return text
        if not is_inside(address):
            return f"{before}{escape(encoded(address))}{after}{text}</a>"
        if not inside:
            return found[0]
        if inside in self.links:
            inside = "/" + self.links[inside]
        elif inside.endswith((".md", ".markdown")):
            return text
        elif self.entry.pushed:
            inside = "/" + (page_path(self.entry.article.folder, inside) or "")
        new = (f"{self.root}{href(inside[1:])}" or "./") if inside.startswith("/") else quote(inside)
        return f"{before}{escape(new + encoded(_tail(address)))}{after}{text}</a>"

    def picture(self, found: re.Match[str]) -> str:
        before, address, after = found[1], unescape(found[2]).strip(), found[3]
        if self.entry.pushed:
            inside = plain(address)
            pictures = self.entry.pushed.pictures
            picture = pictures.get(f"/{self.links[inside]}" if self.links.get(inside) else inside)
            if picture is None:
                return described(found)
            name = picture_path(self.entry, picture.rpartition(" ")[0])
            return f"{before}{escape(href(name.removeprefix(self.entry.folder + '/')))}{after}"
        new = self.loaded(address)
        return described(found) if new is None else f"{before}{escape(new)}{after}"

    def loaded(self, address: str) -> str | None:
        """Where a page finds what it loads; None where it does not."""
        inside = plain(address)
        if self.entry.pushed or not inside or not is_inside(address) or self.links.get(inside) == "":
            return None
        inside = "/" + self.links[inside] if inside in self.links else inside
        return self.root + href(inside[1:]) if inside.startswith("/") else quote(inside)

    def loads(self, found: re.Match[str]) -> str:
        """A film, a sound or a part of one, without what is not there."""

        def attribute(one: re.Match[str]) -> str:
            new = self.loaded(unescape(one[2]).strip())
            return "" if new is None else f'{one[1]}"{escape(new)}"'

        tag = _LOADED.sub(attribute, found[0])
        return tag if ' src="' in tag or found[1] in ("video", "audio") else ""

    def film(self, found: re.Match[str]) -> str:
        """A film or sound; where nothing is left to play, a word for it, of a pushed article a link to its origin."""
        if _PLAYS.search(found[0]):
            return found[0]
        word = "［视频］" if found[1] == "video" else "［音频］"
        if not self.entry.pushed:
            return word
        return f'<a href="{escape(self.root + href(self.entry.article.path))}" rel="noopener noreferrer">{word}</a>'


def encoded(address: str) -> str:
    """An address with nothing in it that has to be percent-encoded (RFC 3986); its host stays as it is."""
    if _WELL_FORMED.fullmatch(address):
        return address
    start = _HOST.match(address)
    end = start.end() if start else 0
    return address[:end] + quote(address[end:], safe="/?#[]@!$&'()*+,;=:%~")


def _tail(address: str) -> str:
    """The query and fragment of an address."""
    start = min((n for n in (address.find("?"), address.find("#")) if n >= 0), default=len(address))
    return address[start:]
