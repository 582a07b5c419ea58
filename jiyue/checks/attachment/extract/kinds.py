"""Detects a file's type by its bytes and name; reads files inside files."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from jiyue.base.patterns import pattern
from jiyue.checks.attachment.extract.encodings import decode
from jiyue.checks.attachment.extract.pieces import Part, Piece, Position, Reading, TooLarge, Truncated, Unreadable


def inside(name: str, data: bytes, reading: Reading, kind: str) -> Iterator[Piece]:
    """The pieces of a file within a file, each naming it. kind: see `kind_of`."""
    for piece in pieces_of(name, data, reading, kind):
        if isinstance(piece, Part):
            yield Part(f"{name} {piece.name}".strip(), piece.text, 0)
        elif isinstance(piece, Position | Truncated):
            yield type(piece)(f"{name} {piece.name}".strip())
        elif isinstance(piece, Unreadable):
            yield type(piece)(f"{name}：{piece}")
        else:
            yield type(piece)(f"{name}：{piece.what}")


def pieces_of(name: str, data: bytes, reading: Reading, kind: str) -> Iterator[Piece]:
    """The pieces of a file from the reader of its kind. Errors are Unreadable pieces."""
    reader = reading.readers.get(kind)
    limits = reading.limits
    if len(data) > limits.file_size:
        yield TooLarge(f"文件有 {len(data) / 1e6:.0f} MB，超过上限 {limits.file_size / 1e6:.0f} MB")
    elif reader is None:
        yield Unreadable(f"不能读取 {PurePosixPath(name).suffix.lower() or '没有扩展名的'} 文件的内容")
    else:
        try:
            yield from reader(data, reading)
        except Unreadable as problem:
            yield problem
        except MemoryError:
            yield TooLarge("读取所需的内存超过上限")
        except Exception as problem:  # libraries raise anything for a broken file
            yield Unreadable(f"文件损坏或者格式不符（{type(problem).__name__}）")


_BEGINS: tuple[tuple[bytes, str, frozenset[str]], ...] = (
    (b"PK\x03\x04", ".zip", frozenset((".docx", ".xlsx", ".pptx", ".ofd"))),
    (b"%PDF-", ".pdf", frozenset()),
    (b"{\\rtf", ".rtf", frozenset()),
    (b"\xd0\xcf\x11\xe0", ".ole", frozenset((".doc", ".xls", ".ppt", ".wps", ".et", ".dps"))),
    (b"\xff\xd8\xff", ".jpg", frozenset()),
    (b"\x89PNG\r\n", ".png", frozenset()),
    (b"GIF8", ".gif", frozenset()),
    (b"ID3", ".mp3", frozenset()),
    (b"\x1aE\xdf\xa3", ".webm", frozenset()),
    (b"OggS", ".ogg", frozenset()),
    (b"fLaC", ".flac", frozenset()),
)
"""(first bytes, suffix of the reader, suffixes with the same first bytes and their own reader)."""
_PAGE = pattern(rb"\s*<(?:!doctype\s+html|html|head|body)\b", re.I)
_MAIL = pattern(rb"(?:[\w-]+:[^\r\n]*\r?\n(?:[ \t][^\r\n]*\r?\n)*){0,40}?MIME-Version:", re.I)
_CONTROLS = pattern(r"[\x00-\x08\x0e-\x1f\ufffe\uffff]")


def kind_of(name: str, data: bytes, reading: Reading, *, guess: bool = False) -> str:  # noqa: PLR0911  (one return a way)
    """The suffix that selects a file's reader, '' if no reader can read it.

    The bytes take precedence over the name. guess: treat anything that decodes as text, whatever its name.
    """
    ending = PurePosixPath(name).suffix.lower()
    for begins, kind, own in _BEGINS:
        if data.startswith(begins):
            return ending if ending in own else kind
    if ending in reading.readers:
        return ending
    if not guess:
        return ""
    head = data[:4000]
    if _PAGE.match(head):
        return ".html"
    if _MAIL.match(head):
        return ".mht"
    try:
        return "" if not data or _CONTROLS.search(decode(data)) else ".txt"
    except Unreadable:
        return ""
