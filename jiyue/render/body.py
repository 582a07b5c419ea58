"""The body of an article on a page: read, converted, and its links made to fit the place where it is shown."""

from __future__ import annotations

import re
from html import escape, unescape
from pathlib import Path
from urllib.parse import unquote

from jiyue.catalogue.summary import local_path
from jiyue.encoding import decode
from jiyue.render.markdown import convert
from jiyue.site.view import Entry, href

_LINK = re.compile(r'(<(?:a|img)\b[^>]*?\s(?:href|src))="([^"]*)"')


def read_body(root: Path, source_path: str, body_line: int) -> str:
    """The Markdown of a source file below its front matter."""
    with open(f"{root}/{source_path}", "rb", buffering=0) as handle:  # noqa: PTH123  (the fastest way, once a page)
        text = decode(handle.read())
    position = 0
    for _ in range(body_line - 1):
        position = text.find("\n", position) + 1
    return text[position:]


def body_html(root: Path, entry: Entry, addresses: dict[str, str]) -> tuple[str, bool]:
    """The HTML to show, and whether its Markdown went the quick way.

    addresses: source path -> path below the site's, of this site's articles.
    """
    html, quickly = convert(read_body(root, entry.article.source_path, entry.article.body_line))
    if 'href="' not in html and 'src="' not in html:
        return html, quickly
    relocate = _for_pushed(entry) if entry.pushed else _for_own(entry, addresses)

    def replace(found: re.Match[str]) -> str:
        old = unescape(found[2])
        new = relocate(old, found[1].endswith("src"))
        return found[0] if new == old else f'{found[1]}="{escape(new)}"'

    return _LINK.sub(replace, html), quickly


def picture_path(entry: Entry, path: str) -> str:
    """Where a picture of a pushed article lies on the receiving site."""
    return f"{entry.folder}/{entry.article.id}/{path.replace('/', '-')}"


class _for_own:
    """Links from the site's root become relative; links to a source file lead to its page."""

    def __init__(self, entry: Entry, addresses: dict[str, str]) -> None:
        self.prefix = "../" * entry.path.count("/")
        self.folder = entry.folder
        self.site = entry.article.site
        self.addresses = addresses

    def __call__(self, address: str, _is_src: bool) -> str:
        for mark in ("{filename}", "{static}", "{attach}"):
            address = (
                address.removeprefix(mark)
                if address.startswith(mark)
                else address.removeprefix(mark.replace("{", "%7B").replace("}", "%7D"))
            )
        target, hash_, anchor = address.partition("#")
        if target.endswith((".md", ".markdown")):
            source = f"content/{self.site}/{local_path(self.folder, unquote(target))}"
            if source in self.addresses:
                return self.prefix + href(self.addresses[source]) + hash_ + anchor
        if address.startswith("/") and not address.startswith("//"):
            return self.prefix + address[1:] or "./"
        return address


class _for_pushed:
    """What a page loads lies on its own site; what a reader follows leads to the origin."""

    def __init__(self, entry: Entry) -> None:
        assert entry.pushed
        self.entry = entry
        self.origin = entry.pushed.origin_url
        self.pictures = entry.pushed.pictures

    def __call__(self, address: str, is_src: bool) -> str:
        plain = unquote(address)
        if is_src and plain in self.pictures:
            name = picture_path(self.entry, self.pictures[plain].partition(" ")[0])
            return href(name.removeprefix(self.entry.folder + "/"))
        target = local_path(self.entry.article.folder, plain)
        return f"{self.origin}/{href(target)}" if target or address.startswith("/") else address
