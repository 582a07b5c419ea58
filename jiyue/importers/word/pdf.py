"""Converts PDF: its text, in paragraphs put together from the lines of its pages. Pages know no structure, so it is a draft."""

from __future__ import annotations

import re
from datetime import datetime

from jiyue.base import clock
from jiyue.checks.attachment.extract.pdf import pdf
from jiyue.checks.attachment.extract.pieces import Limits, Part, Reading, Unreadable
from jiyue.importers.bodies import from_plain
from jiyue.importers.word.converted import BadDocument, Converted, Loss
from jiyue.importers.word.facts import read_facts
from jiyue.importers.word.headings import Block
from jiyue.importers.word.looks import Look

_PAGE = re.compile(r"第 \d+ 页")
_PAGE_NUMBER = re.compile(r"[\s\-—–－·]*(?:第)?\s*\d{1,4}\s*(?:页)?(?:[/共]\s*\d+\s*页?)?[\s\-—–－·]*")
_ENDS = re.compile(r"[。！？：；]$")
_BEGINS = re.compile(
    r"第[一二三四五六七八九十百零〇\d]+[编章节条]|[一二三四五六七八九十]{1,3}、|[（(][一二三四五六七八九十\d]{1,3}[)）]|\d{1,2}[.．]\D|附件"
)
_FULL = 0.9
"""A line of at least this share of the usual width goes on in the next one."""
_INDENT = 2
"""Characters by which a paragraph is indented (GB/T 9704-2012, 7.3.3)."""


def convert_pdf(data: bytes, name: str) -> Converted:
    """Convert a PDF. name: the file's, for messages. Raises BadDocument."""
    remedy = "向制作人要 Word 文件；扫描件请重新录入文字。"
    losses = [
        Loss("全文", "PDF 只带入了文字，存为草稿：分段是推断的，表格、图片、脚注没有带入，请对照原文整理后再提交")
    ]
    pages = []
    try:
        for piece in pdf(data, Reading(Limits(), {})):
            if isinstance(piece, Part) and _PAGE.fullmatch(piece.name):
                pages.append(piece.text.split("\n"))
            elif isinstance(piece, Unreadable):
                losses.append(Loss("全文", f"{piece}"))
            elif isinstance(piece, Part):
                break  # the objects of the file, which are no text of pages
    except Unreadable as problem:
        raise BadDocument(str(problem), remedy) from None
    lines = paragraphs([line.strip() for page in pages for line in page if not _PAGE_NUMBER.fullmatch(line)])
    if not any(lines):
        raise BadDocument("PDF 里没有可以读的文字，像是扫描件", remedy)
    facts = read_facts([Block(line, Look()) for line in lines], datetime.fromisoformat(clock.now()))
    for at in facts.broken[1:]:
        lines[facts.broken[0]] += lines[at]
        lines[at] = ""
    return Converted(from_plain(lines, facts.used), {**facts.fields, "status": "draft"}, {}, tuple(losses))


def paragraphs(lines: list[str]) -> list[str]:
    """Lines joined to paragraphs: a full line that ends no sentence goes on in the next. The first of a paragraph is indented."""
    widths = sorted(_width(line) for line in lines if line)
    full = widths[len(widths) * 9 // 10] if widths else 0.0
    out: list[str] = []
    goes_on = False
    for line in lines:
        first = not (goes_on and line and not _BEGINS.match(line))
        if first:
            out.append(line)
        else:
            latin = re.search(r"[A-Za-z,.]$", out[-1]) and re.match("[A-Za-z]", line)
            out[-1] += (" " if latin else "") + line
        goes_on = bool(line) and _width(line) + (_INDENT if first else 0) >= _FULL * full and not _ENDS.search(line)
    return out


def _width(line: str) -> float:
    """The width of a line in Chinese characters."""
    return sum(0.5 if one < "\u2000" else 1.0 for one in line)
