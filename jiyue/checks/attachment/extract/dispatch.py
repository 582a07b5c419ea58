"""Selects the reader for a file."""

from __future__ import annotations

from collections.abc import Iterator

from jiyue.base.picture_files import picture_end
from jiyue.checks.attachment.extract.kinds import kind_of, pieces_of
from jiyue.checks.attachment.extract.media import matroska, tagged
from jiyue.checks.attachment.extract.office import office
from jiyue.checks.attachment.extract.old import converted
from jiyue.checks.attachment.extract.packed import zip_file
from jiyue.checks.attachment.extract.pdf import pdf
from jiyue.checks.attachment.extract.picture import PICTURES, picture
from jiyue.checks.attachment.extract.pieces import (
    Limits,
    Part,
    Piece,
    Reader,
    Reading,
    TooLarge,
)
from jiyue.checks.attachment.extract.plain import json_file, mail, plain, table, web_page
from jiyue.checks.attachment.extract.rtf import rtf


def read(name: str, data: bytes, limits: Limits) -> Iterator[Piece]:
    """The pieces of one file. Errors are Unreadable pieces."""
    length = 0
    reading = Reading(limits, READERS)
    kind = kind_of(name, data, reading)
    if kind in PICTURES:
        data = data[: picture_end(data)]  # data behind the end is not published (jiyue.render.theme.images)
    for piece in pieces_of(name, data, reading, kind):
        length += len(piece.text) if isinstance(piece, Part) else 0
        if length > limits.text:
            yield TooLarge(f"文字超过上限 {limits.text // 10000} 万字")
            return
        yield piece


def _nothing(data: bytes, reading: Reading) -> Iterator[Piece]:
    return iter(())


READERS: dict[str, Reader] = {
    **dict.fromkeys((".txt", ".vtt", ".md", ".log", ".ini", ".srt", ".yaml", ".yml"), plain),
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
"""Suffix -> reader."""
