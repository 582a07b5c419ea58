"""Extracts the references of an article's body: other articles of its site, pictures, files, pages, anchors.

The result always matches the page. Links in the one plain form that all dialects agree on are taken from the source; any
other text is converted as for its page, and its HTML is parsed as a browser does. So nothing is published, checked or
linked that is not on the page, and nothing on the page is missed.
"""

from __future__ import annotations

import re
import unicodedata
from collections import deque
from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from html import unescape
from typing import Any, NamedTuple
from urllib.parse import unquote

import nh3

from jiyue.base.patterns import pattern
from jiyue.catalogue import blocks
from jiyue.catalogue.article import Article
from jiyue.catalogue.dialect import CONTROL, EMPTIED, TAGS, python_markdown
from jiyue.catalogue.linked import addresses as linked_addresses

_MARKS = ("{filename}", "{static}", "{attach}")
_ELSEWHERE = pattern(r"(?:[a-z][a-z0-9+.-]*:|//|#)", re.IGNORECASE)
_PICTURES = ("jpg", "jpeg", "png", "gif", "webp", "avif")

REFERENCES = ("articles", "pictures", "files", "others", "pages", "urls", "ids", "anchors", "data_files")
"""The kinds of references(); no field of an article has one of these names (a test)."""

SCHEMES = frozenset(
    "http https mailto tel ftp file data about blob javascript vbscript livescript".split()  # noqa: SIM905
) | frozenset("abcdefghijklmnopqrstuvwxyz")
"""Schemes whose addresses are extracted. A page may contain only a few of them; the others must be reported."""


class Link(NamedTuple):
    """An address in a body's element, decoded as in a browser. text: a link's text."""

    tag: str
    address: str
    text: str = ""

    @property
    def loads(self) -> bool:
        """Whether a browser loads it automatically."""
        return self.tag != "a"


class Reading(NamedTuple):
    """The links of a body in order, its elements' ids (with duplicates), and the names of its anchors."""

    links: tuple[Link, ...] = ()
    ids: tuple[str, ...] = ()
    names: tuple[str, ...] = ()


_PLAIN_LINK = pattern(r"(!?)\[([^\[\]\n|\x00]+)\]\(([^\s()<>\"'\\&\[\]{}|\x00]*)(?: \"[^\"\[\]\n|]*\")?\)")
_CODE_SPAN = pattern(r"`[^`\n]+`")
_NOT_PLAIN = ("\\", "`", "<", "{", "\t", "]:", "[^", "~~~", "\n    ")
"""Signs in whose presence a plain link may be something else: escapes, code, raw HTML, attributes, references."""
_ENTITY = pattern(r"&[#A-Za-z]")
_CARRIES = pattern(r"<(?:(?:https?|ftp|mailto):|[^\s<>@]+@)|\b(?:href|src|poster|id|name)\s*=", re.IGNORECASE)
"""An address or an id in raw HTML, for texts without Markdown links."""
_GIVES_ID = pattern(r"\{[^{}\n#=]*[#=]")


@lru_cache(maxsize=16)
def read(body: str) -> Reading:
    """The links, ids and anchors on a body's page. Cached briefly, because several rules need them in a row."""
    linked = "](" in body
    if not linked and "]:" not in body:
        if not (("<" in body and _CARRIES.search(body)) or ("{" in body and _GIVES_ID.search(body))):
            return Reading()
    elif linked:
        text = body.replace("<br>", " ")
        if "`" in text and "``" not in text:
            text = _CODE_SPAN.sub("\x00", text)  # backticks pair up within a line if their number is even
        if not (
            any(sign in text for sign in _NOT_PLAIN) or ("&" in text and _ENTITY.search(text)) or text[:4] == "    "
        ):
            # the pattern is slow on plain text, and no link crosses an empty line
            text = "\n\n".join([block for block in text.split("\n\n") if "](" in block])
            links = _PLAIN_LINK.findall(text)
            if len(links) == text.count("]("):
                return Reading(tuple([Link("img" if mark else "a", address, name) for mark, name, address in links]))
    return read_html(python_markdown(body))


_ELEMENT = pattern(r'<([a-z][a-z0-9]*)((?: [a-zA-Z:_-]+="[^"]*")+)>')
_VALUE = pattern(r' (href|src|poster|id|name)="([^"]*)"')
_TAG = pattern(r"<[^>]*>")


@cache
def _parser() -> Any:
    return nh3.Cleaner(
        tags=set(TAGS),
        clean_content_tags=set(EMPTIED),
        attributes={
            "*": {"id"}, "a": {"href", "name"}, "img": {"src"}, "source": {"src"}, "track": {"src"},
            "video": {"src", "poster"}, "audio": {"src"},
        },
        url_schemes=set(SCHEMES),
        link_rel=None,
        strip_comments=True,
    )  # fmt: skip


def read_html(html: str) -> Reading:
    """read() for HTML of any origin."""
    html = _parser().clean(html)
    while CONTROL.search(html):  # the page removes them, too; the rest is parsed again
        html = _parser().clean(CONTROL.sub("", html))
    links, ids, names = [], [], []
    for element in _ELEMENT.finditer(html):
        tag = element[1]
        for name, escaped in _VALUE.findall(element[2]):
            value = unescape(escaped)
            if name == "id":
                ids.append(value)
            elif name == "name":
                names.append(value)
            elif tag == "a":
                end = html.find("</a>", element.end())
                links.append(Link(tag, value.strip(), unescape(_TAG.sub("", html[element.end() : end])).strip()))
            else:
                links.append(Link(tag, value.strip()))
    return Reading(tuple(links), tuple(ids), tuple(names))


_NO_FIELDS: Mapping[str, Any] = {}
_VIDEO = {"poster": "pictures", "src": "others", "captions": "others"}


def references(body: str, fields: Mapping[str, Any] = _NO_FIELDS) -> dict[str, Any]:
    """The addresses in an article by kind; whether their targets exist is checked later.

    fields: the front matter, which may not have been validated: its picture, video, charts and links count as the body's.

    articles: addresses of `.md` files; pictures: addresses; files: [address, link text] of other links with a
    suffix; others: files without a link text; pages: addresses of built pages and lists. All in the form of `plain`;
    empty kinds are omitted. urls: complete addresses that are linked, as written. ids: of the body's elements,
    with duplicates. data_files: addresses of the files that charts and tables are made of, which are among the others too.
    anchors: [address, fragment] of links to a place on a page; address '' is the same page.
    """
    reading = read(body)
    if not fields and not any(reading) and not blocks.may_be_in(body):
        return {}  # most articles
    addresses_of: dict[str, dict[Any, str]] = {kind: {} for kind in REFERENCES}
    picture, video = fields.get("picture"), fields.get("video")
    if picture and isinstance(picture, str):  # first of all: lists show it
        addresses_of["pictures"][picture] = ""
    for key, kind in _VIDEO.items():
        if isinstance(video, dict) and isinstance(video.get(key), str) and video[key]:
            addresses_of[kind][video[key]] = ""
    for link in (*reading.links, *(Link("a", address) for address in linked_addresses(fields))):
        address = plain(link.address)
        if link.address.startswith("#") or is_inside(link.address):
            fragment = unquote(link.address.partition("#")[2])
            if fragment:
                addresses_of["anchors"][address, fragment] = ""
            for kind in _kinds(link, address) if address else ():
                addresses_of[kind].setdefault(address, link.text)
        elif link.tag == "a" and link.address.startswith(("http://", "https://")):
            addresses_of["urls"][link.address] = ""
    for address in blocks.files((*blocks.blocks(body), *blocks.given(fields))):
        addresses_of["others"][plain(address)] = addresses_of["data_files"][plain(address)] = ""
    result: dict[str, list[Any]] = {kind: list(addresses) for kind, addresses in addresses_of.items()}
    result["files"] = [[address, name] for address, name in addresses_of["files"].items()]
    result["anchors"] = [list(anchor) for anchor in addresses_of["anchors"]]
    result["ids"] = [*reading.ids, *(f"name {name}" for name in reading.names)]
    return {kind: addresses for kind, addresses in result.items() if addresses}


def _kinds(link: Link, address: str) -> Iterator[str]:
    """The kinds in REFERENCES that an address inside the site may be, by its suffix and element."""
    name = address.rpartition("/")[2]
    suffix = name.rpartition(".")[2].lower() if "." in name else ""
    picture = suffix in _PICTURES
    if link.loads:
        yield "pictures" if picture else "others"
    elif suffix in ("md", "markdown"):
        yield "articles"
    elif suffix in ("", "html", "htm"):
        yield "pages"
    else:
        if picture:
            yield "pictures"
        if link.text:
            yield "files"
        elif not picture:
            yield "others"


_WRITTEN = pattern(
    r"\]\(\s*+(?:<([^<>\n]*)>|((?:[^()\s]++|[ \t]++(?![\"')\n])|\([^()\n]*\))*+))"
    r"|\]:[ \t]*+\n?[ \t]*+<?([^\s>]+)"
    r"|\b(?:href|src|poster)\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+))"
    r"|<((?:https?|ftp|mailto):[^<>\s]+)>",
    re.IGNORECASE,
)
_ESCAPED = pattern(r"\\([!-/:-@\[-`{-~])")


def addresses(text: str) -> Iterator[tuple[int, str]]:
    """(position, address) of every link and picture in a text; position 0 if unknown."""
    body = body_of(text)
    links = read(body).links
    if not links:
        return
    before = len(text) - len(body)
    written: dict[str, deque[int]] = {}
    for match in _WRITTEN.finditer(body):
        address = match[match.lastindex or 0]
        written.setdefault(_decoded(address), deque()).append(before + match.start())
    for link in links:
        places = written.get(_decoded(link.address), (0,))
        yield (places.popleft() if isinstance(places, deque) and len(places) > 1 else places[0]), link.address


def _decoded(address: str) -> str:
    return unquote(unescape(_ESCAPED.sub(r"\1", address))).strip()


def body_of(text: str) -> str:
    """The Markdown of an article's file, without its front matter."""
    end = text.find("\n---", 3) if text.startswith("---") else -1
    line = text.find("\n", end + 1) if end >= 0 else -1
    return text[line + 1 :] if line >= 0 else text if end < 0 else ""


def pictures_from_elsewhere(body: str) -> list[tuple[int, str]]:
    """(position, address) of each picture, video or audio file that a page would load from another host."""
    if "//" not in body:
        return []
    far = {link.address for link in read(body).links if link.loads and link.address.lower().startswith(_FAR)}
    return [(position, address) for position, address in addresses(body) if address in far] if far else []


_FAR = ("//", "http://", "https://")


def plain(address: str) -> str:
    """An address without Pelican's marks, query, fragment and percent-encoding, in NFC."""
    address = unquote(address.partition("#")[0].partition("?")[0])
    for mark in _MARKS:
        address = address.removeprefix(mark)
    return composed(address)


def composed(text: str) -> str:
    """A text in NFC, as most keyboards produce it."""
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def marked(address: str) -> bool:
    """Whether an address begins with one of Pelican's marks, such as {static}."""
    return unquote(address).startswith(_MARKS)


def is_inside(address: str) -> bool:
    """Whether an address is relative, or absolute within the site."""
    return not _ELSEWHERE.match(address)


_OF_FILES = ("articles", "pictures", "others", "pages", "files")


def respelled(row: Article, names: Mapping[str, str]) -> Article:
    """A row whose references to files with decomposed (non-NFC) names are replaced by the files' real paths.

    names: NFC path -> real path. extra["respelled"] then maps each address as written to its path.
    """
    extra, changed = dict(row.extra), {}
    for kind in _OF_FILES:
        new = []
        for one in extra.get(kind, ()):
            address = one[0] if kind == "files" else one
            path = names.get(local_path(row.folder, address))
            if path:
                changed[address] = path
                new.append([f"/{path}", one[1]] if kind == "files" else f"/{path}")
            else:
                new.append(one)
        if new:
            extra[kind] = new
    return row._replace(extra={**extra, "respelled": changed}) if changed else row


def own_files(folder: str, files: dict[str, Any]) -> Iterator[str]:
    """Paths, relative to the site's folder, of the files in `files`, the references() of an article in `folder`."""
    for address in (*files.get("pictures", ()), *(a for a, _ in files.get("files", ())), *files.get("others", ())):
        yield local_path(folder, address)


def local_path(folder: str, address: str) -> str:
    """Resolve an address in an article of `folder` to a path relative to the site's; '' if it leaves the site."""
    return _steps(folder, address) or ""


def page_path(folder: str, address: str) -> str | None:
    """local_path() for a page: a list's path ends with `/`, '' is the home page; None if the address leaves the site."""
    path = _steps(folder, address)
    last = address.rpartition("/")[2]
    return f"{path}/" if path and last in ("", ".", "..") else path


def _steps(folder: str, address: str) -> str | None:
    if not is_inside(address):
        return None
    steps = [] if address.startswith("/") else folder.split("/") if folder else []
    for step in address.split("/"):
        if step == "..":
            if not steps:
                return None
            steps.pop()
        elif step not in ("", "."):
            steps.append(step)
    return "/".join(steps)
