"""The body of an article on a page: read, converted, and its links made to fit the place where it is shown."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import escape, unescape
from pathlib import Path
from typing import Any

from jiyue.catalogue.references import is_inside, local_path, marked, plain
from jiyue.encoding import decode
from jiyue.patterns import pattern
from jiyue.render.dress import dress
from jiyue.render.markdown import TABLE, convert, described
from jiyue.site.job import href
from jiyue.site.view import Entry, picture_path
from jiyue.sources import judged
from jiyue.words import Words

_LINK = pattern(r'(<a\b[^>]*?\shref=")([^"]*)("[^>]*>)(.*?)</a>', re.DOTALL)
_PICTURE = pattern(r'(<img\b[^>]*?\ssrc=")([^"]*)("[^>]*>)')


def read_body(root: Path, source_path: str, body_line: int, content: str) -> str:
    """The Markdown of a source file below its front matter; content: the file's digest. Raises sources.Changed."""
    text = decode(judged(f"{root}/{source_path}", content))
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
) -> tuple[str, bool]:
    """The HTML to show, and whether its Markdown went the quick way.

    links: address of another article as `plain` gives it -> its path below its own site's; pictures: see dress.
    converted: told the article's own HTML, before it is made to fit its place.
    """
    article = entry.article
    html, quickly = convert(read_body(root, article.source_path, article.body_line, article.digest))
    converted(html)
    if 'href="' in html or 'src="' in html:
        place = _Place(entry, links)
        html = _LINK.sub(place.link, _PICTURE.sub(place.picture, html))
    return dress(html, entry.folder, pictures), quickly


def spoken(html: str, _: Words) -> str:
    """A body for readers of another language: the one label that the conversion put into it is in theirs."""
    label = escape(_("表格"))
    return html.replace(TABLE, f'aria-label="{label}"')


class _Place:
    """The page on which a body is shown.

    What a page loads lies on its own site: a picture from elsewhere becomes its description. What a reader follows
    leads to the page of the article that is meant, for a pushed article on its origin's site; a link to an article that
    is not there becomes text.
    """

    def __init__(self, entry: Entry, links: dict[str, str]) -> None:
        self.entry, self.links = entry, links
        self.root = f"{entry.pushed.origin_url}/" if entry.pushed else "../" * entry.path.count("/")

    def link(self, found: re.Match[str]) -> str:
        before, address, after, text = found[1], unescape(found[2]), found[3], found[4]
        inside = plain(address)
        if self.links.get(address) == "" or self.links.get(inside) == "":
            return text
        if not is_inside(inside or "#"):
            return found[0]
        if inside.endswith((".md", ".markdown")):
            if inside not in self.links:
                return text
            inside = "/" + self.links[inside]
        elif self.entry.pushed:
            path = local_path(self.entry.article.folder, inside)
            inside = f"/{path}/" if path and inside.endswith("/") else f"/{path}"
        if not inside.startswith("/"):
            return f"{before}{escape(href(inside) + _tail(address))}{after}{text}</a>" if marked(address) else found[0]
        new = f"{self.root}{href(inside[1:])}" or "./"
        return f"{before}{escape(new + _tail(address))}{after}{text}</a>"

    def picture(self, found: re.Match[str]) -> str:
        before, address, after = found[1], unescape(found[2]), found[3]
        inside = plain(address)
        if self.entry.pushed:
            if inside in self.entry.pushed.pictures:
                name = picture_path(self.entry, self.entry.pushed.pictures[inside].rpartition(" ")[0])
                return f"{before}{escape(href(name.removeprefix(self.entry.folder + '/')))}{after}"
        elif is_inside(inside or "#") and self.links.get(inside) != "":
            if inside.startswith("/") or marked(address):
                root = self.root if inside.startswith("/") else ""
                return f"{before}{escape(root + href(inside.removeprefix('/')))}{after}"
            return found[0]
        return described(found)


def _tail(address: str) -> str:
    """The query and fragment of an address."""
    start = min((n for n in (address.find("?"), address.find("#")) if n >= 0), default=len(address))
    return address[start:]
