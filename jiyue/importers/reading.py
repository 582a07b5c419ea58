"""Lists the text files of a folder and decodes them into clean lines."""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

SUFFIXES = frozenset({".md", ".markdown", ".txt"})
MAX_BYTES = 4 * 1024 * 1024
"""The longest laws are below 500 kB; a larger file can't be an article."""

PLAUSIBLE = 0.8
"""Minimum share of common characters among the non-ASCII ones for bytes to be taken as GB18030."""

SAMPLE = 20_000
"""Number of non-ASCII characters in the sample for this test."""

_BREAKS = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
_KEEP = "\n\t\u200d"  # the zero-width joiner is part of emoji
_ASCII = re.compile("[\x00-\x7f]+")
_EVERYDAY = bytes(
    [*range(0xA1, 0xA4), *range(0xB0, 0xD8)]
)  # GB 2312 rows of punctuation, full-width forms, level-1 characters

BIG5_EVERYDAY = bytes(range(0xA1, 0xC7))
"""First bytes of punctuation and of the common characters in Big5."""


class Decoded(NamedTuple):
    """text is None if the bytes can't be decoded; encoding is their actual or apparent encoding."""

    text: str | None
    encoding: str


def text_files(folder: Path, leave_out: Path) -> Iterator[Path]:
    """Every Markdown and text file below a folder, in order of names.

    Skips hidden files and folders, symbolic links, and the folder `leave_out` (where the import writes).
    """
    for top, folders, names in os.walk(folder):
        here = Path(top)
        folders[:] = sorted(
            name for name in folders if name[0] != "." and not (here / name).is_symlink() and here / name != leave_out
        )
        for name in sorted(names):
            path = here / name
            if name[0] != "." and path.suffix.lower() in SUFFIXES and not path.is_symlink() and path.is_file():
                yield path


def decode(data: bytes) -> Decoded:
    """Decode UTF-8 with or without BOM, UTF-16 with BOM, and GB18030 if most characters are common Chinese.

    For anything else, encoding is a guess in words for the person who has to convert the file.
    """
    for bom, encoding in ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if data.startswith(bom):
            return _strictly(data, encoding) or Decoded(None, "UTF-16（已损坏）")
    if b"\0" in data:
        return Decoded(None, "二进制文件，不是文本")
    if utf8 := _strictly(data, "utf-8-sig"):
        return Decoded(utf8.text, "utf-8")
    if (gbk := _strictly(data, "gb18030")) and everyday(gbk.text or "") >= PLAUSIBLE:
        return gbk
    if (big5 := _strictly(data, "big5")) and everyday(big5.text or "", "big5", BIG5_EVERYDAY) >= PLAUSIBLE:
        return Decoded(None, "Big5（繁体）")
    return Decoded(None, "无法辨认的编码")


def clean_lines(text: str) -> list[str]:
    """The lines of a text without byte-order marks, control and zero-width characters."""
    if text.isprintable():
        return [text]
    text = _BREAKS.sub("\n", text)
    bad = {ord(c): None for c in set(text) if c not in _KEEP and unicodedata.category(c) in {"Cc", "Cf", "Cs"}}
    return text.translate({**bad, 0xFFFE: None, 0xFFFF: None}).split("\n")


def _strictly(data: bytes, encoding: str) -> Decoded | None:
    try:
        return Decoded(data.decode(encoding), encoding)
    except UnicodeDecodeError:
        return None


def everyday(text: str, encoding: str = "gb2312", leads: bytes = _EVERYDAY, most: int = SAMPLE) -> float:
    """The share, 0..1, of common characters among the non-ASCII ones. leads: first bytes of common ones in the encoding.

    most: how many of them are looked at.
    """
    other = _ASCII.sub("", text)[:most]
    firsts = other.encode(encoding, "ignore")[::2]  # of two bytes each
    return (len(firsts) - len(firsts.translate(None, leads))) / len(other) if other else 0.0
