"""Finds title, letterhead and number at the beginning of an official document (GB/T 9704-2012, 7.2 and 7.3.1)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from jiyue.importers.phrases import LONGEST_TITLE, as_doc_number
from jiyue.importers.titles import TITLE_LINES
from jiyue.importers.word.headings import Block

FIRST = 25
"""Paragraphs in which title and letterhead are looked for."""
_MASTHEAD = re.compile(r"([\u4e00-\u9fff·（）()]{4,40}?)(?:文件|公文)")
_SIGNED_BY = re.compile(r"(.{6,40}?号)\s+签发人[:：].{2,30}")
_LARGE = 18.0
"""Points from which a centred line may be a title: 二号 is 22 (7.3.1); body text has 16."""
_NO_TITLE = re.compile(r"[。；;]|[：:]$|^[（(]|^目\s*录$|^附\s*件")


class Letterhead(NamedTuple):
    """title: '' if nothing looks like one; issuer, number: '' without a letterhead. used: the paragraphs (from 0) that say these."""

    title: str = ""
    issuer: str = ""
    number: str = ""
    used: frozenset[int] = frozenset()


def read_letterhead(blocks: Sequence[Block]) -> Letterhead:
    """The letterhead of a document. blocks: its first paragraphs, empty ones included."""
    blocks = blocks[:FIRST]
    used: set[int] = set()
    issuer = number = ""
    for at, one in enumerate(blocks):
        match = _MASTHEAD.fullmatch("".join(one.text.split()))
        if match and (one.look.red or one.look.size >= 2 * _LARGE):
            issuer, used = match[1], {at}
            following = next((more for more in range(at + 1, len(blocks)) if blocks[more].text), None)
            if following is not None and (number := as_doc_number(blocks[following].text)):
                used.add(following)
            elif following is not None and (signed := _SIGNED_BY.fullmatch(blocks[following].text)):
                number = as_doc_number(signed[1])  # who signed it stays in the text
            break
    lines = _title_lines(blocks, max(used, default=-1) + 1)
    title = "".join(_joined(blocks[at].text) for at in lines)
    if len(title) > LONGEST_TITLE:
        title, lines = "", []
    return Letterhead(title, issuer, number, frozenset(used.union(lines)))


def _title_lines(blocks: Sequence[Block], first: int) -> list[int]:
    """The paragraphs of the title: by its style, else the first that are centred in large letters."""
    styled = [
        at for at, one in enumerate(blocks) if one.text and one.look.style in ("title", "标题", "文章标题", "公文标题")
    ]
    if styled:
        return _together(styled, blocks)
    large = [at for at, one in enumerate(blocks) if at >= first and one.text and _is_title(one)]
    return _together(large, blocks)


def _is_title(one: Block) -> bool:
    look = one.look
    drawn = any("小标宋" in font or "大标宋" in font for font in look.fonts)
    centred = look.align == "center" and (look.size >= _LARGE or (look.bold and look.size >= _LARGE - 2))
    return (
        (centred or (drawn and look.size >= _LARGE)) and not _NO_TITLE.search(one.text) and not as_doc_number(one.text)
    )


def _together(found: list[int], blocks: Sequence[Block]) -> list[int]:
    """The first of these and those that follow it, of the same look."""
    lines = found[:1]
    for at in found[1:]:
        if at != lines[-1] + 1 or len(lines) >= TITLE_LINES or blocks[at].look.size != blocks[lines[0]].look.size:
            break
        lines.append(at)
    return lines


def _joined(text: str) -> str:
    """A line of a title; the gaps that stretch it go, those between Latin words stay."""
    return re.sub(r"(?<=[^\x00-\x7f])\s+|\s+(?=[^\x00-\x7f])", "", text.strip())
