"""Which reader reads which file."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from jiyue.base.picture_files import picture_end
from jiyue.checks.attachment.extract.archive import zip_file
from jiyue.checks.attachment.extract.media import matroska, tagged
from jiyue.checks.attachment.extract.office import office
from jiyue.checks.attachment.extract.old import converted
from jiyue.checks.attachment.extract.pdf import pdf
from jiyue.checks.attachment.extract.picture import PICTURES, picture
from jiyue.checks.attachment.extract.pieces import (
    Limits,
    Part,
    Piece,
    Position,
    Reader,
    Reading,
    TooLarge,
    Truncated,
    Unreadable,
)
from jiyue.checks.attachment.extract.plain import decode, json_file, mail, plain, table, web_page
from jiyue.checks.attachment.extract.rtf import rtf


def read(name: str, data: bytes, limits: Limits) -> Iterator[Piece]:
    """The pieces of one file. Trouble comes as an Unreadable among them."""
    length = 0
    kind = kind_of(name, data)
    if kind in PICTURES:
        data = data[: picture_end(data)]  # what lies behind is not published (jiyue.render.theme.images)
    for piece in _pieces(name, data, Reading(limits), kind):
        length += len(piece.text) if isinstance(piece, Part) else 0
        if length > limits.text:
            yield TooLarge(f"文字超过上限 {limits.text // 10000} 万字")
            return
        yield piece


def inside(name: str, data: bytes, reading: Reading, kind: str) -> Iterator[Piece]:
    """The pieces of a file within a file, each naming it. kind: see `kind_of`."""
    for piece in _pieces(name, data, reading, kind):
        if isinstance(piece, Part):
            yield Part(f"{name} {piece.name}".strip(), piece.text, 0)
        elif isinstance(piece, Position | Truncated):
            yield type(piece)(f"{name} {piece.name}".strip())
        elif isinstance(piece, Unreadable):
            yield type(piece)(f"{name}：{piece}")
        else:
            yield type(piece)(f"{name}：{piece.what}")


def _pieces(name: str, data: bytes, reading: Reading, kind: str) -> Iterator[Piece]:
    reader = READERS.get(kind)
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
        except Exception as problem:  # a library's complaint about a broken file can be anything
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
"""How a file begins, the reader's ending for it, and endings of files that begin so and have a reader of their own."""
_PAGE = re.compile(rb"\s*<(?:!doctype\s+html|html|head|body)\b", re.I)
_MAIL = re.compile(rb"(?:[\w-]+:[^\r\n]*\r?\n(?:[ \t][^\r\n]*\r?\n)*){0,40}?MIME-Version:", re.I)
_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1f\ufffe\uffff]")


def kind_of(name: str, data: bytes, *, guess: bool = False) -> str:  # noqa: PLR0911  (one return a way)
    """The ending by which READERS has a file's reader, '' where nothing can read it.

    The bytes decide where they can, else the name; guess: text is text, whatever its name.
    """
    ending = PurePosixPath(name).suffix.lower()
    for begins, kind, own in _BEGINS:
        if data.startswith(begins):
            return ending if ending in own else kind
    if ending in READERS:
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


def _nothing(data: bytes, reading: Reading) -> Iterator[Piece]:
    return iter(())


READERS: dict[str, Reader] = {
    **dict.fromkeys((".txt", ".vtt", ".md", ".log", ".ini", ".srt"), plain),
    **dict.fromkeys((".json", ".geojson"), json_file),
    **dict.fromkeys((".csv", ".tsv"), table),
    **dict.fromkeys((".html", ".htm", ".xhtml", ".xml", ".svg"), web_page),
    **dict.fromkeys((".mht", ".mhtml", ".eml"), mail),
    ".docx": office(".docx"),
    ".xlsx": office(".xlsx"),
    ".pptx": office(".pptx"),
    ".pdf": pdf,
    ".rtf": rtf,
    ".zip": zip_file,
    **dict.fromkeys(PICTURES, picture),
    **dict.fromkeys((".mp4", ".m4a", ".m4v", ".mov", ".mp3", ".ogg", ".oga", ".opus", ".flac", ".wav"), tagged),
    **dict.fromkeys((".webm", ".mkv"), matroska),
    ".ico": _nothing,
    ".doc": converted(".doc", "docx"),
    ".wps": converted(".doc", "docx"),
    ".xls": converted(".xls", "xlsx"),
    ".et": converted(".xls", "xlsx"),
    ".ppt": converted(".ppt", "pptx"),
    ".dps": converted(".ppt", "pptx"),
}
"""Who reads a file, by the ending of its name."""
