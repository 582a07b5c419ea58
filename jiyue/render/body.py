"""An article's body as HTML: its Markdown read and converted, its links rewritten for the page that shows it."""

from __future__ import annotations

import re
from html import escape, unescape
from pathlib import Path
from typing import Any
from urllib.parse import quote

from jiyue.base.cells import BadTable, Row, read_cells
from jiyue.base.encoding import decode
from jiyue.base.patterns import pattern
from jiyue.catalogue.blocks import given
from jiyue.catalogue.dialect import BACKLINK
from jiyue.catalogue.references import is_inside, page_path, plain
from jiyue.catalogue.sources import verified_source
from jiyue.checks.article.anchors import only_once
from jiyue.render import data_blocks
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
_BACKLINK = pattern('title="' + BACKLINK.replace("{}", r"(\d+)") + '"')
_WELL_FORMED = pattern(r"[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=%-]*")
_HOST = pattern(r"(?:[A-Za-z][A-Za-z0-9+.-]*:)?//[^/?#]*")


def read_body(root: Path, source_path: str, body_line: int, content: str, source: bytes | None = None) -> str:
    """The Markdown of a source below its front matter; content: the source's digest; source: its bytes, if not on disk.

    Raises verified_read.Changed where the source no longer has that digest.
    """
    text = decode(verified_source(root, source_path, content) if source is None else source)
    position = 0
    for _ in range(body_line - 1):
        position = text.find("\n", position) + 1
    return text[position:]


def body_html(
    root: Path,
    entry: Entry,
    links: dict[str, str],
    pictures: dict[str, Any],
    data_files: dict[str, list[str]] | None = None,
    source: bytes | None = None,
) -> tuple[str, bool]:
    """The HTML to show, and whether the fast converter made it.

    links: address of another article as `plain` gives it -> its path below its own site's; pictures: see postprocess.
    data_files: the files of its charts and tables, address -> [path below the cluster's root, digest]. source: see read_body.
    """
    article = entry.article
    html, fast = convert(read_body(root, article.source_path, article.body_line, article.digest, source))
    return placed(root, entry, html, links, pictures, data_files), fast


def placed(
    root: Path,
    entry: Entry,
    html: str,
    links: dict[str, str],
    pictures: dict[str, Any],
    data_files: dict[str, list[str]] | None = None,
) -> str:
    """The HTML that a page shows of an article, from that of its Markdown. See body_html."""
    html = only_once(html)
    if 'href="' in html or 'src="' in html or 'poster="' in html:
        place = _Place(entry, links)
        html = _LINK.sub(place.link, _PICTURE.sub(place.picture, html))
        if _FILM.search(html):
            html = _FILM.sub(place.film, _LOADS.sub(place.loads, html))
    html += data_blocks.undrawn(given(entry.article.extra))
    if data_blocks.MARK in html:
        origin = f"{entry.pushed.origin_url}/{href(entry.article.path)}" if entry.pushed else ""
        place = _Place(entry, links)
        html = data_blocks.draw(html, lambda address: _data_file(root, place, address, data_files or {}), origin)
    return with_places(postprocess(_numbered(html), entry.folder, pictures))


def _numbered(html: str) -> str:
    """Tables that scroll are places to which a screen reader jumps: of several, each has a name of its own."""
    if html.count(TABLE) < 2:
        return html
    first, *rest = html.split(TABLE)
    return first + "".join(f'{TABLE[:-1]} {number}"{part}' for number, part in enumerate(rest, 1))


def _data_file(
    root: Path, place: _Place, address: str, data_files: dict[str, list[str]]
) -> tuple[list[Row], str] | None:
    """The rows of a block's file and its address; None if it isn't shown or isn't a table, which a check reports."""
    known, data = data_files.get(plain(address)), place.loaded(address)
    if known is None or data is None:
        return None
    try:
        return read_cells(known[0], verified_source(root, known[0], known[1])), data
    except BadTable:
        return None


def translated_labels(html: str, _: Words) -> str:
    """A body for an edition in another language: the labels that the conversion added are translated."""
    table, backlink = escape(_("表格")), _("回到正文第 %s 处脚注")
    html = html.replace(TABLE[:-1], f'aria-label="{table}')
    if "<figure class=" in html:
        for word in (N_("数据表"), N_("下载数据（CSV）"), N_("下载数据（XLSX）"), N_("下载数据（YAML）")):
            html = html.replace(f">{word}</", f">{escape(_(word))}</")
        html = html.replace('：数据表" tabindex', f'：{escape(_("数据表"))}" tabindex')
    return _BACKLINK.sub(lambda match: f'title="{escape(backlink % match[1])}"', html)


class _Place:
    """Rewrites the links and media of a body for the page that shows it.

    A page loads only from its own site: a picture from elsewhere becomes its description, a video or sound a word. A link
    to an article leads to its page, in a pushed article to the one on the site of origin; a dead link becomes plain text.
    Every address is percent-encoded.
    """

    def __init__(self, entry: Entry, links: dict[str, str]) -> None:
        self.entry, self.links = entry, links
        self.root = f"{entry.pushed.origin_url}/" if entry.pushed else "../" * entry.path.count("/")

    def link(self, match: re.Match[str]) -> str:
        before, address, after, text = match[1], unescape(match[2]).strip(), match[3], match[4]
        inside = plain(address)
        if self.links.get(address) == "" or self.links.get(inside) == "":
            return text
        if not is_inside(address):
            return f"{before}{escape(encoded(address))}{after}{text}</a>"
        if not inside:
            return match[0]
        if inside in self.links:
            inside = "/" + self.links[inside]
        elif inside.endswith((".md", ".markdown")):
            return text
        elif self.entry.pushed:
            inside = "/" + (page_path(self.entry.article.folder, inside) or "")
        new = (f"{self.root}{href(inside[1:])}" or "./") if inside.startswith("/") else quote(inside)
        return f"{before}{escape(new + encoded(tail(address)))}{after}{text}</a>"

    def picture(self, match: re.Match[str]) -> str:
        before, address, after = match[1], unescape(match[2]).strip(), match[3]
        if self.entry.pushed:
            inside = plain(address)
            pictures = self.entry.pushed.pictures
            picture = pictures.get(f"/{self.links[inside]}" if self.links.get(inside) else inside)
            if picture is None:
                return described(match)
            name = picture_path(self.entry, picture.rpartition(" ")[0])
            return f"{before}{escape(href(name.removeprefix(self.entry.folder + '/')))}{after}"
        new = self.loaded(address)
        return described(match) if new is None else f"{before}{escape(new)}{after}"

    def loaded(self, address: str) -> str | None:
        """The address from which the page loads a file of its own site; None for any other."""
        inside = plain(address)
        if self.entry.pushed or not inside or not is_inside(address) or self.links.get(inside) == "":
            return None
        inside = "/" + self.links[inside] if inside in self.links else inside
        return self.root + href(inside[1:]) if inside.startswith("/") else quote(inside)

    def loads(self, match: re.Match[str]) -> str:
        """A media tag without the addresses that can't be loaded; '' for a source or track that has none left."""

        def attribute(one: re.Match[str]) -> str:
            new = self.loaded(unescape(one[2]).strip())
            return "" if new is None else f'{one[1]}"{escape(new)}"'

        tag = _LOADED.sub(attribute, match[0])
        return tag if ' src="' in tag or match[1] in ("video", "audio") else ""

    def film(self, match: re.Match[str]) -> str:
        """A video or sound; with nothing left to play a word in its place, which in a pushed article links to the origin."""
        if _PLAYS.search(match[0]):
            return match[0]
        word = "［视频］" if match[1] == "video" else "［音频］"
        if not self.entry.pushed:
            return word
        return f'<a href="{escape(self.root + href(self.entry.article.path))}" rel="noopener noreferrer">{word}</a>'


def encoded(address: str) -> str:
    """An address, percent-encoded where RFC 3986 asks for it; its host stays as it is."""
    if _WELL_FORMED.fullmatch(address):
        return address
    start = _HOST.match(address)
    end = start.end() if start else 0
    return address[:end] + quote(address[end:], safe="/?#[]@!$&'()*+,;=:%~")


def tail(address: str) -> str:
    """The query and fragment of an address."""
    start = min((n for n in (address.find("?"), address.find("#")) if n >= 0), default=len(address))
    return address[start:]
