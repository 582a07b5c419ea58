"""What an article's body refers to, found without rendering it: other articles of its site, and pictures."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote

from jiyue.patterns import pattern

_CODE = pattern(r"^(```|~~~).*?(?:^\1|\Z)|`[^`\n]+`", re.DOTALL | re.MULTILINE)
_INLINE = r"(?:(!?)\[([^\[\]]*))?\]\(((?:[^()\n]|\([^()\n]*\))*)\)"  # [text](address "title"), ![text](address)
_REFERENCE = r"^ {0,3}\[[^\]\n]+\]:[ \t]*(\S+)"  # [name]: address
_TAG = r"<(?:a|img|video|audio|source|track)\b[^<>]*?\b(?:href|src|poster)\s*=\s*[\"']?([^\"'\s>]+)"
_ADDRESS = pattern(f"{_INLINE}|{_REFERENCE}|{_TAG}", re.IGNORECASE | re.MULTILINE)
_TITLE = pattern(r"""\s+(["']).*\1\s*$""")
_MARKS = ("{filename}", "{static}", "{attach}")
_ELSEWHERE = pattern(r"(?:[a-z][a-z0-9+.-]*:|//|#)", re.IGNORECASE)
_PICTURES = ("jpg", "jpeg", "png", "gif", "webp", "avif")

_OUTSIDE = pattern(
    r"!\[[^\]\n]*\]\(\s*<?((?:https?:)?//[^)\s>]+)|<img\b[^<>]*?\bsrc\s*=\s*[\"']?((?:https?:)?//[^\"'\s>]+)",
    re.IGNORECASE,
)


REFERENCES = ("articles", "pictures", "files", "others", "pages", "urls")
"""The kinds that references() tells; no field of an article has one of these names (a test)."""


def references(body: str, video: dict[str, Any] | None) -> dict[str, Any]:
    """What may be an address inside the site, by what it seems to be; whether it exists is asked later.

    articles: addresses of `.md` files; pictures: addresses; files: [address, link text] of everything else that has a
    suffix; others: files that no link text names; pages: addresses of built pages. All as `plain` gives them, code left
    out; a kind without any is left out too. urls: complete addresses that are linked, as written.
    """
    pictures = {video["poster"]: None} if video and video.get("poster") else {}
    articles: dict[str, None] = {}
    files: dict[str, str] = {}
    others: dict[str, None] = {}
    pages: dict[str, None] = {}
    urls: dict[str, None] = {}
    if "](" in body or "]:" in body or "<" in body:
        text = _CODE.sub("", body) if "`" in body or "~~~" in body else body
        if "]:" not in text and "<" not in text:
            # the pattern is slow on plain text, and no link crosses an empty line
            text = "\n\n".join([block for block in text.split("\n\n") if "](" in block])
        for mark, name, inline, reference, tag in _ADDRESS.findall(text):
            written = _TITLE.sub("", (inline or reference or tag).strip()).strip("<>")
            address = plain(written)
            suffix = address.rpartition("/")[2].rpartition(".")[2].lower()
            if not is_inside(address):
                if not mark and written.startswith(("http://", "https://")):
                    urls[written] = None
                continue
            if "." not in address.rpartition("/")[2]:
                continue
            if suffix in ("html", "htm"):
                pages[address] = None
            if suffix in ("md", "markdown"):
                articles[address] = None
                continue
            if suffix in _PICTURES:
                pictures[address] = None
            if suffix not in ("html", "htm"):
                if name and not mark:
                    files.setdefault(address, name.strip())
                elif suffix not in _PICTURES:
                    others[address] = None
    named = [[address, name] for address, name in files.items()]
    found = (list(articles), list(pictures), named, list(others), list(pages), list(urls))
    return {kind: addresses for kind, addresses in zip(REFERENCES, found, strict=True) if addresses}


def addresses(text: str) -> Iterator[tuple[int, str]]:
    """(position, address as written) of every link and picture of a text, code left out."""
    if "](" not in text and "]:" not in text and "<" not in text:
        return
    shown = _CODE.sub(lambda code: re.sub(r"\S", " ", code[0]), text) if "`" in text or "~~~" in text else text
    for found in _ADDRESS.finditer(shown):
        _, _, inline, reference, tag = found.groups()
        yield found.start(), _TITLE.sub("", (inline or reference or tag or "").strip()).strip("<>")


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


def marked(address: str) -> bool:
    """Whether an address carries one of Pelican's marks, as {static}."""
    return unquote(address).startswith(_MARKS)


def is_inside(address: str) -> bool:
    """Whether an address is relative or begins at the site's own root."""
    return not _ELSEWHERE.match(address)


def own_files(folder: str, found: dict[str, Any]) -> Iterator[str]:
    """Paths below the site's folder of the pictures and other files that references() found in an article of `folder`."""
    for address in (*found.get("pictures", ()), *(a for a, _ in found.get("files", ())), *found.get("others", ())):
        yield local_path(folder, address)


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
