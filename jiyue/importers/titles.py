"""Determines the title of a text, and the lines that contain it.

Sources in order of trust: front matter, manifest.csv, the heading, the page's fields, the first lines of a plain text,
the file name. A `# heading` that contains the table's title and is longer is the full title.
"""

from __future__ import annotations

import re

from jiyue.importers import clutter, dates, front, manifest
from jiyue.importers.heads import HEAD_LINES, Head
from jiyue.importers.phrases import LONGEST_TITLE, SENTENCE, as_doc_number, enacted, heading_of, squeeze, tidy

TITLE_LINES = 4  # official titles take two or three lines, rarely four (GB/T 9704-2012, 7.3.1)
_GENRE = re.compile(
    # the kinds of 《党政机关公文处理工作条例》 art. 8, of regulations, and what offices often publish beside them
    r"(?:决议|决定|命令|令|公报|公告|通告|意见|通知|通报|报告|请示|批复|议案|函|纪要"
    r"|条例|规定|办法|细则|规则|章程|制度|标准|规范|法|方案|计划|规划|纲要|要点|预案|名单|目录|清单|预算|决算|说明|情况表|解读)"
    r"(?:[(（《〈].{1,20}[)）》〉])?$"
)
_TRUNCATED = re.compile(r"(?:\.{3,}|…+)$")
_IN_FORCE = re.compile(r"^[\[【(（](?:有效|现行有效)[\])）】]\s*")
_HAN = re.compile(r"[\u3400-\u9fff]")


def find_title(
    fields: front.Fields, row: manifest.Row, lines: list[str], head: Head, stem: str
) -> tuple[str, list[int]]:
    """(title, "" if there is none; the lines of the text that contain it)."""
    own = heading_of(lines[head.h1]) if head.h1 is not None else ""
    listed = _IN_FORCE.sub("", tidy(manifest.title_of(row)))
    if _TRUNCATED.search(listed):
        begins = _TRUNCATED.sub("", listed)
        listed = own if squeeze(own).startswith(squeeze(begins)) else guess_title(lines, head, begins) or listed
    candidates = (
        tidy(fields.get("title", "")),
        own if listed and _is_fuller(own, listed) else listed,
        own,
        tidy(head.fields.get(clutter.TITLE, "")),
        guess_title(lines, head),
        _title_from_name(stem),
    )
    title = next(filter(None, candidates), "")
    return title, lines_saying(title, lines, head) if title else []


def lines_saying(title: str, lines: list[str], head: Head) -> list[int]:
    """All lines of the head that consist only of this title, which may be split over several lines and repeated."""
    wanted = squeeze(title)
    title_lines: list[int] = []
    for first, _ in enumerate(head.lines):
        for count in range(1, TITLE_LINES + 1):
            block = head.lines[first : first + count]
            if len(block) == count and squeeze("".join(heading_of(lines[at]) for at in block)) == wanted:
                title_lines += block
    return title_lines


def guess_title(lines: list[str], head: Head, begins: str = "") -> str:
    """The title of a text without headings: the first lines of its head up to one that ends like a title.

    begins: the words with which the title must begin. Dates, numbers and promulgation lines are no titles.
    """
    for first, at in enumerate(head.lines[:HEAD_LINES]):
        if _no_title(lines[at]):
            continue
        joined = ""
        for more in head.lines[first : first + TITLE_LINES]:
            if _no_title(lines[more]):
                break
            joined += heading_of(lines[more])
            ends = _GENRE.search(joined) and 5 <= len(joined) <= LONGEST_TITLE
            if ends and squeeze(joined).startswith(squeeze(begins)):
                return joined
        if not begins:
            return _lone_line(lines, at)
    return ""


def _lone_line(lines: list[str], at: int) -> str:
    """The first line if it is a paragraph of its own, like the heading of a news text."""
    words = heading_of(lines[at])
    alone = at + 1 < len(lines) and not lines[at + 1].strip()
    whole = not SENTENCE.search(words) and not words.endswith(("，", "、", ",", "."))
    return words if alone and whole and 5 <= len(words) <= 60 else ""


def _no_title(line: str) -> bool:
    words = line.strip()
    return bool(as_doc_number(words) or enacted(words) or dates.only_date(words) or clutter.fields_of(words))


def _is_fuller(own: str, listed: str) -> bool:
    """Whether a heading is the full form of a listed title: has all its characters in order, and less than twice as many."""
    long, short = iter(squeeze(own)), squeeze(listed)
    return len(short) * 3 >= len(squeeze(own)) and all(character in long for character in short)


def _title_from_name(stem: str) -> str:
    words = tidy(dates.without_dates(stem))
    return words if len(_HAN.findall(words)) >= 4 else ""
