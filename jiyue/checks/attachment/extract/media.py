"""Reads the tags of video and sound files: texts and positions, never the content."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import Any

from jiyue.base.patterns import pattern
from jiyue.checks.attachment.extract.picture import tells_a_place, words_in
from jiyue.checks.attachment.extract.pieces import Part, Piece, Position, Reading

_PLACE = pattern(rb"\xa9xyz|com\.apple\.quicktime\.location|\0loci\0\0\0\0")
_PLACE_TAG = pattern(r"location|geo|gps|latitude|longitude", re.I)
_ISO_6709 = pattern(r"[+\-]\d{1,3}(?:\.\d+)?[+\-]\d{1,3}(?:\.\d+)?")


def tagged(data: bytes, reading: Reading) -> Iterator[Piece]:
    """Read ID3 (all versions), MP4's metadata, comments of Ogg and FLAC, and what else Mutagen knows."""
    if _PLACE.search(data) or tells_a_place(data):
        yield Position("")
    words: dict[str, None] = {}
    for text in _user_data(data):
        words[text] = None
    for key, value in _tags(data):
        for text in _texts(value):
            words[text] = None
            if _PLACE_TAG.search(str(key)) and _ISO_6709.search(text):
                yield Position("")
    if data[-128:-125] == b"TAG":  # ID3v1, which most programs still show
        tag = data[-128:]
        for start, end in ((3, 33), (33, 63), (63, 93), (97, 127)):
            for text in words_in(tag[start:end].rstrip(b"\0 ")):
                words[text] = None
    if words:
        yield Part("媒体标签", "\n".join(words))


def _tags(data: bytes) -> list[tuple[str, object]]:
    """Names and values of the tags that Mutagen finds; none if it considers the file broken."""
    import mutagen  # noqa: PLC0415  (few files are sounds)
    from mutagen import id3  # noqa: PLC0415  (few files are sounds)

    try:
        if data.startswith(b"ID3"):  # players show tags even without sound
            tags: Any = id3.ID3(io.BytesIO(data))  # type: ignore[no-untyped-call]
        else:
            file: Any = mutagen.File(io.BytesIO(data))
            tags = file.tags if file is not None else None
    except mutagen.MutagenError:
        return []
    return list(tags.items()) if tags else []


def _texts(value: object) -> Iterator[str]:
    """The texts of a tag, whatever shape Mutagen gives it."""
    if isinstance(value, (list, tuple)):
        for one in value:
            yield from _texts(one)
    elif isinstance(value, bytes):
        if len(value) < _LONGEST:
            yield from words_in(bytes(value))
    elif isinstance(value, str):
        yield str(value)
        try:  # Chinese programs write GBK and declare it as Latin 1
            raw = value.encode("latin-1")
        except UnicodeEncodeError:
            return
        if not raw.isascii():
            yield from words_in(raw)
    else:
        for name in ("text", "desc", "url", "owner", "lyrics"):
            yield from _texts(getattr(value, name, None) or ())


_LONGEST = 100_000


_3GPP = pattern(rb"(?:titl|dscp|cprt|auth|perf|gnre|albm)\0\0\0\0..", re.S)
_ITEM = pattern(rb"(....)data\0\0\0[\x01\x02\x04]....", re.S)


def _user_data(data: bytes) -> Iterator[str]:
    """Texts of an MP4's boxes, those of 3GPP (titl, dscp, cprt …) and of its item list, even if the rest is broken."""
    for match in _3GPP.finditer(data):
        raw = data[match.end() : match.end() + 2000]
        wide = raw.startswith((b"\xfe\xff", b"\xff\xfe"))
        end = next((i for i in range(0, len(raw) - 1, 2) if raw[i : i + 2] == b"\0\0"), -1) if wide else raw.find(b"\0")
        yield from words_in(raw[:end] if end >= 0 else raw)
    for match in _ITEM.finditer(data):
        size = int.from_bytes(match[1], "big") - 16
        yield from words_in(data[match.end() : match.end() + size] if 0 < size < _LONGEST // 50 else b"")


# Matroska and WebM (RFC 8794, RFC 9559)

_MASTERS = {
    0x1A45DFA3, 0x18538067, 0x1549A966, 0x1254C367, 0x7373, 0x67C8, 0x63C0, 0x1043A770, 0x45B9, 0xB6, 0x80, 0x1941A469, 0x61A7,
    0x1654AE6B, 0xAE,
}  # fmt: skip
"""Container elements that may contain text: segment, info, tags, chapters, attachments, tracks."""
_WORDS = {0x7BA9, 0x45A3, 0x4487, 0x85, 0x466E, 0x467E, 0x536E, 0x4D80, 0x5741}
"""Text elements: title, names and texts of tags, names of chapters, files and tracks, writing programs."""


def matroska(data: bytes, reading: Reading) -> Iterator[Piece]:
    """Read the texts of a WebM or Matroska file, outside its clusters of media data."""
    words: list[str] = []
    stack = [(0, len(data))]
    while stack:
        at, end = stack.pop()
        while at < end:
            number, at = _vint(data, at, keep=True)
            size, at = _vint(data, at, keep=False)
            last = min(end, at + size) if size >= 0 else end
            if number in _MASTERS:
                stack.append((last, end))
                end = last
            elif number in _WORDS:
                words.append(data[at:last].decode("utf-8", "replace"))
                at = last
            else:
                at = max(last, at + 1)
    named = any(_PLACE_TAG.search(text) for text in words)
    if (named and any(_ISO_6709.fullmatch(text.strip("/")) for text in words)) or tells_a_place(data):
        yield Position("")
    if words:
        yield Part("媒体标签", "\n".join(words))


def _vint(data: bytes, at: int, *, keep: bool) -> tuple[int, int]:
    """(a variable-length number, its length in bytes); -1 for an unknown size. keep: leave the length marker in."""
    first = data[at] if at < len(data) else 0
    length = 9 - first.bit_length() if first else 9
    raw = data[at : at + length]
    value = int.from_bytes(raw, "big")
    if keep:
        return value, at + length
    bits = 7 * length
    value &= (1 << bits) - 1
    return (-1 if value == (1 << bits) - 1 else value), at + length
