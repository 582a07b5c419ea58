"""Sets pictures, notes and inserted documents into converted Markdown, in place of their marks."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape
from typing import NamedTuple
from urllib.parse import quote

from jiyue.importers.word import marks


class Shown(NamedTuple):
    """A picture. name: of its file beside the article, '' if there is none."""

    name: str
    alt: str


def assemble(
    text: str, pictures: Sequence[Shown], notes: Sequence[str] = (), inserted: Sequence[str] = (), files: Sequence[Shown] = ()
) -> str:  # fmt: skip
    """Markdown with what its marks stand for. notes: their own Markdown; inserted: that of inserted documents; files: attached
    ones, with their names as readers see them.

    Notes count through the text, footnotes and endnotes as one. Markdown in a table of HTML is not read, so notes to it
    stand right below the table, as 注1, 注2 …
    """
    linked: dict[int, int] = {}
    in_tables: dict[int, int] = {}
    blocks: list[str] = []
    for block in text.split("\n\n"):
        lone = marks.marks().fullmatch(block.strip())
        if lone and lone[1] == marks.PART:
            blocks += inserted[int(lone[2])].split("\n\n")
            continue
        table, before = block.startswith("<table>"), len(in_tables)

        def put(match: re.Match[str], table: bool = table) -> str:
            kind, at = match[1], int(match[2])
            if kind == marks.PICTURE:
                return _picture(pictures[at], table=table)
            if kind == marks.FILE:
                return _file(files[at], table=table)
            if kind != marks.NOTE or not notes[at]:
                return ""
            numbers = in_tables if table else linked
            number = numbers.setdefault(at, len(numbers) + 1)
            return f"<sup>注{number}</sup>" if table else f"[^{number}]"

        blocks.append(marks.marks().sub(put, block))
        below = list(in_tables.items())[before:]
        blocks += [f"注{number}：{_plain(notes[at], pictures)}" for at, number in below]
    for at, number in linked.items():
        lines = _plain(notes[at], pictures).split("\n")
        blocks.append("\n".join([f"[^{number}]: {lines[0]}", *(f"    {line}".rstrip() for line in lines[1:])]))
    return "\n\n".join(block for block in blocks if block.strip())


def _plain(note: str, pictures: Sequence[Shown]) -> str:
    def put(match: re.Match[str]) -> str:
        return _picture(pictures[int(match[2])], table=False) if match[1] == marks.PICTURE else ""

    return marks.marks().sub(put, note)


def _picture(picture: Shown, *, table: bool) -> str:
    if not picture.name:
        return ""
    if table:
        return f'<img src="{picture.name}" alt="{escape(picture.alt)}">'
    return f"![{_words(picture.alt)}]({picture.name})"


def _file(file: Shown, *, table: bool) -> str:
    if not file.name:
        return ""
    target = quote(file.name)
    return f'<a href="{target}">{_words(file.alt)}</a>' if table else f"[{_words(file.alt)}]({target})"


def _words(text: str) -> str:
    """A text in which Markdown sees no mark of its own."""
    return re.sub(r"([\\`*_{}\[\]<>|#!~&\"])", lambda one: f"&#{ord(one[0])};", " ".join(text.split()))
