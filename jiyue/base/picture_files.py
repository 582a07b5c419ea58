"""Picture files without decoding pixels: which get variants, how variants are named, a file's parts and its end."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any

from jiyue.base.patterns import pattern

FORMATS = {"avif": "image/avif", "webp": "image/webp"}
"""Variant formats -> media types, in the order in which a browser should prefer them."""

SUFFIXES = frozenset(["jpg", "jpeg", "png", "webp"])
"""Formats that get variants. GIF may be animated, and AVIF is small already."""

_VARIANT = pattern(rf"(.+\.(?:{'|'.join(sorted(SUFFIXES))}))\.\d+\.(?:{'|'.join(FORMATS)})", re.IGNORECASE)


def variant_of(path: str) -> str:
    """The original's path for a variant's name (a.jpg for a.jpg.480.webp); '' for other names."""
    match = _VARIANT.fullmatch(path)
    return match[1] if match else ""


_Pieces = Iterator[tuple[Any, int, int]]
"""(kind, start, end) of each part of a file up to the end of the picture; kind in the format's own terms."""

_MARKER = pattern(rb"\xff([^\x00\xd0-\xd7\xff])", re.DOTALL)
"""Start of a JPEG segment. Within pixel data 0xFF is followed by 0 or a restart marker."""


def jpeg_pieces(data: bytes) -> _Pieces:
    """(marker, start, end); marker 0 is pixel data or bytes outside segments. A complete file ends with 0xD9 (ITU-T T.81 B.1)."""
    at = 2
    while match := _MARKER.search(data, at):
        if match.start() > at:
            yield 0, at, match.start()
        marker, start = match[1][0], match.end() - 2
        if marker == EOI:
            yield marker, start, match.end()
            return
        at = match.end() + int.from_bytes(data[match.end() : match.end() + 2], "big")
        if at > len(data) or at < match.end() + 2:
            yield marker, start, len(data)
            return
        yield marker, start, at
    if at < len(data):
        yield 0, at, len(data)


def png_chunks(data: bytes) -> _Pieces:
    """(name, start, end) of each chunk. A complete file ends with IEND."""
    at = 8
    while at + 12 <= len(data):
        size = int.from_bytes(data[at : at + 4], "big") + 12
        name = data[at + 4 : at + 8]
        if at + size > len(data):
            return
        yield name, at, at + size
        if name == b"IEND":
            return
        at += size


def gif_blocks(data: bytes) -> _Pieces:
    """(kind, start, end); kind is 0 (screen and palette), 0x2C (image), an extension's label or 0x3B (trailer) (GIF89a)."""
    if len(data) < 13:
        return
    at = 13 + (3 << (data[10] & 7) + 1 if data[10] & 0x80 else 0)
    yield 0, 0, at
    while at < len(data):
        start = at
        if data[at] == 0x21 and at + 1 < len(data):
            kind, at = data[at + 1], at + 2
        elif data[at] == GIF_PICTURE and at + 9 < len(data):
            kind = GIF_PICTURE
            at += 11 + (3 << (data[at + 9] & 7) + 1 if data[at + 9] & 0x80 else 0)
        else:
            yield data[at], at, at + 1
            return
        while at < len(data) and data[at]:
            at += 1 + data[at]
        at += 1
        if at > len(data):
            return
        yield kind, start, at


def webp_chunks(data: bytes) -> _Pieces:
    """(name, start, end) of each chunk within the RIFF container's declared size."""
    at, last = 12, min(len(data), 8 + int.from_bytes(data[4:8], "little"))
    while at + 8 <= last:
        size = int.from_bytes(data[at + 4 : at + 8], "little")
        end = at + 8 + size + size % 2
        if at + 8 + size > last:
            return
        yield data[at : at + 4], at, min(end, len(data))
        at = end


EOI, SOS, GIF_PICTURE = 0xD9, 0xDA, 0x2C
_WALKS: tuple[tuple[bytes, Callable[[bytes], _Pieces], Any], ...] = (
    (b"\xff\xd8\xff", jpeg_pieces, EOI),
    (b"\x89PNG\r\n\x1a\n", png_chunks, b"IEND"),
    (b"GIF8", gif_blocks, 0x3B),
)
"""(signature, parser, kind of the last part) of each format."""


def picture_end(data: bytes) -> int:
    """The offset at which a file's (first) picture ends; the file's length if unknown."""
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        size = int.from_bytes(data[4:8], "little")
        return min(len(data), 8 + size + size % 2)
    last = _last(data)
    return last[2] if last and last[0] == last[3] else len(data)


def is_whole(data: bytes) -> bool:
    """Whether a JPEG, PNG, GIF or WebP is complete; True for other files."""
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return int.from_bytes(data[4:8], "little") + 8 <= len(data)
    last = _last(data)
    return last is None or last[0] == last[3]


def _last(data: bytes) -> tuple[Any, int, int, Any] | None:
    """(kind, start, end, expected kind) of the last part of a picture; None for other files."""
    for begins, walk, end in _WALKS:
        if data.startswith(begins):
            parts: deque[tuple[Any, int, int]] = deque(walk(data), maxlen=1)
            return *(parts[0] if parts else (None, 0, len(data))), end
    return None
