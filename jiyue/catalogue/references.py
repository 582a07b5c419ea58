"""What an article's body refers to, found without rendering it: other articles of its site, and pictures."""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import unquote

_INLINE = r"\]\(((?:[^()\n]|\([^()\n]*\))*)\)"  # [text](address "title"), ![text](address)
_REFERENCE = r"^ {0,3}\[[^\]\n]+\]:[ \t]*(\S+)"  # [name]: address
_TAG = r"<(?:a|img)\b[^<>]*?\b(?:href|src)\s*=\s*[\"']?([^\"'\s>]+)"
_ADDRESS = re.compile(f"{_INLINE}|{_REFERENCE}|{_TAG}", re.IGNORECASE | re.MULTILINE)
_TITLE = re.compile(r"""\s+(["']).*\1\s*$""")
_MARKS = ("{filename}", "{static}", "{attach}")
_ELSEWHERE = re.compile(r"(?:[a-z][a-z0-9+.-]*:|//|#)", re.IGNORECASE)
_PICTURE = re.compile(r"\.(?:jpe?g|png|gif|webp|avif)$", re.IGNORECASE)

_OUTSIDE = re.compile(
    r"!\[[^\]\n]*\]\(\s*<?((?:https?:)?//[^)\s>]+)|<img\b[^<>]*?\bsrc\s*=\s*[\"']?((?:https?:)?//[^\"'\s>]+)",
    re.IGNORECASE,
)


class References(NamedTuple):
    """Addresses as `plain` gives them. articles: `.md` files of the same site; pictures: files of the same site."""

    articles: list[str]
    pictures: list[str]


def references(body: str) -> References:
    """Everything in a Markdown body that may be an address inside the site; whether it exists is known later."""
    if "](" not in body and "]:" not in body and "<" not in body:
        return References([], [])
    found: dict[str, None] = {}
    for inline, reference, tag in _ADDRESS.findall(body):
        address = plain(_TITLE.sub("", (inline or reference or tag).strip()).strip("<>"))
        if address and is_inside(address):
            found[address] = None
    return References([a for a in found if a.endswith((".md", ".markdown"))], [a for a in found if _PICTURE.search(a)])


def pictures_from_elsewhere(body: str) -> list[tuple[int, str]]:
    """(position, address) of each picture that a page would have to load from another host."""
    if "//" not in body or ("![" not in body and "<" not in body):
        return []
    return [(found.start(), found[1] or found[2]) for found in _OUTSIDE.finditer(body)]


def plain(address: str) -> str:
    """An address without Pelican's marks, query, fragment and percent-encoding."""
    address = unquote(address)
    for mark in _MARKS:
        address = address.removeprefix(mark)
    return address.partition("#")[0].partition("?")[0]


def is_inside(address: str) -> bool:
    """Whether an address is relative or begins at the site's own root."""
    return not _ELSEWHERE.match(address)


def local_path(folder: str, address: str) -> str:
    """An address in an article of `folder` -> the path below the site's that it means, '' if it leads elsewhere."""
    if not is_inside(address):
        return ""
    steps = [] if address.startswith("/") else folder.split("/") if folder else []
    for step in address.split("/"):
        if step == "..":
            if not steps:
                return ""
            steps.pop()
        elif step not in ("", "."):
            steps.append(step)
    return "/".join(steps)
