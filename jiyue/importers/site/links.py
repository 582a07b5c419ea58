"""Where the links of an old page lead: to a file of the folder, as a mirror rewrote them or by its old address, or elsewhere."""

from __future__ import annotations

import posixpath
import re
from typing import Any, NamedTuple
from urllib.parse import urljoin, urlsplit

from jiyue.importers.html import picture_source
from jiyue.importers.site.folder import Folder, quoted, unquoted

_NO_LINK = re.compile(r"(?!https?:)[a-z][a-z0-9+.-]*:", re.IGNORECASE)
_SOURCES = {
    "video": ("src",),
    "audio": ("src",),
    "source": ("src",),
    "iframe": ("src",),
    "embed": ("src",),
    "object": ("data",),
}
_LATER = ("data-original", "data-src", "original-src")
_SAFE = "!$&'()*+,;=:@~-._/?%[]#"


class Led(NamedTuple):
    """A link resolved. address: absolute, or from the root where the old host is not known; '' for what is no address.

    at: the number of the file in the folder that it leads to, None for none.
    """

    address: str
    at: int | None = None


def resolve(href: str, page: int, folder: Folder, base: str = "") -> Led:
    """Where a link on a page leads. page: the number of its file; base: its <base href>, '' for none."""
    given = re.sub(r"[\t\r\n]", "", href).strip().replace("\\", "/")
    if not given or given.startswith("#") or _NO_LINK.match(given):
        return Led("")
    entry = folder.entries[page]
    try:
        given = urljoin(base, given) if base else given
        parts = urlsplit(given)
        if not parts.netloc:
            at = _local(parts.path, parts.query, entry.path, folder)
            if at is not None:
                return Led(_first_address(folder, at), at)
        address = urljoin(entry.addresses[0] if entry.addresses else "/", given)
        address = quoted(address.partition("#")[0], _SAFE)
        host = urlsplit(address).hostname
    except ValueError:
        return Led("")
    if not host and folder.hosts:
        return Led("")
    return Led(address, folder.at_address(address))


def _local(path: str, query: str, page: str, folder: Folder) -> int | None:
    """The file that a relative link names. What leads out of the folder names none."""
    path, query = unquoted(path), unquoted(query)
    if path.startswith("/"):
        top = page.partition("/")[0]
        joined = (top if top in folder.prefixes else "") + path
    else:
        joined = posixpath.join(posixpath.dirname(page), path) if path else page
    joined = posixpath.normpath(joined.lstrip("/")) if joined.strip("/") else ""
    if joined == ".." or joined.startswith("../"):
        return None
    joined = "" if joined == "." else joined
    if query:
        for name in (f"{joined}?{query}", f"{joined}@{query}", f"{joined}?{query}.html", f"{joined}@{query}.html"):
            if (at := folder.at_path(name)) is not None:
                return at
        # a file is the same whatever is asked of it; a page is not
        at = folder.at_path(joined)
        return at if at is not None and folder.entries[at].kind == "file" else None
    return folder.at_path(joined)


def _first_address(folder: Folder, at: int) -> str:
    return next(iter(folder.entries[at].addresses), "")


class Named(NamedTuple):
    """An element that names an address, and in which attribute. picture: it shows it."""

    element: Any
    attribute: str
    href: str
    picture: bool


def named(body: Any) -> list[Named]:
    """All that a text links or shows, in its order."""
    found = []
    for one in body.iter("a", "img", *_SOURCES):
        if one.tag == "img":
            if source := picture_source(one):
                for name in _LATER:
                    one.attrib.pop(name, None)
                one.set("src", source)
                found.append(Named(one, "src", source, True))
        elif one.tag == "a":
            if href := one.get("href"):
                found.append(Named(one, "href", href, False))
        else:
            found += [Named(one, name, href, False) for name in _SOURCES[one.tag] if (href := one.get(name))]
    return found
