"""Fragments: the data that a search result shows of a part of a document (docs/search.md § 5)."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable

from jiyue.search.model import SearchDoc
from jiyue.search.parts import Part

OFFICIAL = 2
"""Flag of an official document (公文), preferred for queries that are a 文号 or a document's name."""
_JSON = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


def encode(doc: SearchDoc, part: Part) -> bytes:
    """The part as compressed JSON [url, title, date, 文号, column, site, text, flags, validity, 发文机关, 成文日期, place, renamed].

    flags: 0 or OFFICIAL. place, renamed: of the Part. Empty values at the end are left out, which shortens all but official documents.

    The first byte is the encoding: `g` for GBK (two bytes per character, a sixth smaller when deflated), `u` for UTF-8 if
    GBK lacks a character. Then raw deflate.
    """
    row = [doc.url, doc.title, doc.date, doc.doc_number, doc.column_name or doc.column, doc.site_name, part.text]
    flags = OFFICIAL * (doc.kind == "document")
    created = doc.created if doc.created != doc.date else ""
    more = [flags, doc.validity, doc.issuer, created, part.place, dict(part.renamed)]
    while more and not more[-1]:
        more.pop()
    return _packed(_JSON.encode([*row, *more]))


def _packed(plain: str) -> bytes:
    try:
        mark, data = b"g", plain.encode("gbk")
    except UnicodeEncodeError:
        mark, data = b"u", plain.encode("utf-8", "replace")
    packer = zlib.compressobj(
        9, zlib.DEFLATED, -12, 5
    )  # a window and tables as small as the text: setting them up takes longest
    return mark + packer.compress(data) + packer.flush()


def rewritten(fragment: bytes, change: Callable[[str], str]) -> bytes:
    """Apply a change to the fragment's JSON: a preview rewrites addresses of other hosts to its own."""
    return _packed(change(plain(fragment)))


def plain(fragment: bytes) -> str:
    """The fragment's JSON. Raises ValueError or zlib.error for invalid bytes."""
    return zlib.decompress(fragment[1:], -15).decode("gbk" if fragment[:1] == b"g" else "utf-8")


def path(segment: str, number: int) -> str:
    """The path of a fragment; no folder has more than 256."""
    return f"{segment}/d/{number >> 8:x}/{number & 255:02x}"
