"""Converts an article's text to Markdown: removes indents, escapes and marks of its origin, but no words."""

from __future__ import annotations

import itertools
import re
import string
from bisect import bisect_right
from collections.abc import Collection

_INDENT = re.compile(r"^[ \t]*[\u3000\u00a0][ \t\u3000\u00a0]*")
_CHAPTER = re.compile(r"第[一二三四五六七八九十百零〇\d]+([编章节])(?:[\s\u3000]+\S.{0,40})?")
_SECTION = re.compile(r"[一二三四五六七八九十]{1,3}、[^。；;：:，]{2,40}")
_FENCE = re.compile(r" {0,3}(```+|~~~+)")
_MARKED = re.compile(r"[ \t]|[#>|<*+~`=-]|\d+[.)][ \t]|\[[^\]]*\]:|!!!|:")
_SENTENCE_END = re.compile(r"[。！？：；”）)》…]\**\s*$")
_DATED = re.compile(r"[(（]?\d{4}年\d")  # promulgation lines, each a paragraph
_LOWER = {ord(letter): letter.lower() for letter in string.ascii_uppercase}  # str.lower() may change a text's length
_HIDDEN = {"<!--": "-->", "<style": "</style>", "<script": "</script>"}

# Plain text has no Markdown: escapes whatever Python-Markdown and its usual extensions would treat as markup.
_COPIED_ESCAPES = re.compile(r"(?<!\\)\\+(?=[^\w\s\\])")
_COPIED_TWICE = re.compile(r"(?<!\\)\\{3,}(?=[^\w\s\\])")
_MARKS = re.compile(r"([\\`*{}]|(?<![^\W_])_|_(?![^\W_]))")
_LINK = re.compile(r"\]\s?[(:\[]|^\[(?:TOC\]|\^)")
_LINE_MARKS = re.compile(r"^(#|>|[+-](?=\s|$)|-(?=[ \t-]*$)|!!!)")
_NUMBER_MARK = re.compile(r"^(\d+)([.)])(?=\s|$)")
_NO_BACKSLASH = re.compile(r"^(?:~(?=~~)|:(?=\s)|=(?==*[ \t]*$))")  # Python-Markdown has no escape for these
_ENTITY = re.compile(r"&(?=#\w|\w+;)")


def hidden_lines(lines: list[str]) -> set[int]:
    """The lines of a Markdown text made only of comments, style sheets or scripts (not those inside code)."""
    fenced = fenced_lines(lines)
    plain = ["" if at in fenced else line for at, line in enumerate(lines)]
    starts = list(itertools.accumulate((len(line) + 1 for line in plain), initial=0))
    text = "\n".join(plain).translate(_LOWER)
    hidden: set[int] = set()
    for opening, closing in _HIDDEN.items():
        end = 0
        while (start := text.find(opening, end)) >= 0 and (end := text.find(closing, start)) >= 0:
            end += len(closing)
            first, last = bisect_right(starts, start) - 1, bisect_right(starts, end - 1) - 1
            if not (text[starts[first] : start].strip() or text[end : starts[last + 1]].strip()):
                hidden.update(range(first, last + 1))
    return hidden


def from_plain(lines: list[str], dropped: Collection[int]) -> str:
    """Convert plain text: a paragraph per line, 第一章 as headings, everything else escaped.

    一、 becomes a heading only if the text has no chapters. Consecutive chapter lines are a table of contents.
    """
    rest = [line.strip() for at, line in enumerate(lines) if at not in dropped and line.strip()]
    chapters = [_CHAPTER.fullmatch(line) for line in rest]
    has_parts = any(match and match[1] == "编" for match in chapters)
    has_chapters = any(match and match[1] in "编章" for match in chapters)
    blocks = []
    for at, line in enumerate(rest):
        match = chapters[at]
        following = chapters[at + 1] if at + 1 < len(rest) else None
        if match and not (following and "编章节".index(following[1]) <= "编章节".index(match[1])):
            level = max(2, "编章节".index(match[1]) + (2 if has_parts else 1))
            blocks.append(_heading(level, line))
        elif not has_chapters and _SECTION.fullmatch(line):
            blocks.append(_heading(2, line))
        else:
            blocks.append(escape(line))
    return "\n\n".join(blocks)


def from_markdown(lines: list[str], dropped: Collection[int]) -> str:
    """Clean up Markdown: remove full-width indents, lower level-1 headings, separate paragraphs.

    A line break inside a paragraph stays if it may be a soft one. After the end of a sentence, or before a full-width
    indent, Chinese authors mean a new paragraph.
    """
    fenced = fenced_lines(lines)
    out: list[str] = []
    in_text = False  # whether a plain line here would continue the previous paragraph
    for at, line in enumerate(lines):
        if at in fenced:
            out.append(line)
            in_text = False
            continue
        bare = "" if at in dropped else _COPIED_TWICE.sub("", _INDENT.sub("", line).rstrip())
        if bare.startswith(("# ", "#\t", "#\u3000")):
            bare = "#" + bare  # level 1 is the page's title
        plain = bool(bare) and not _MARKED.match(bare)
        if (
            plain
            and in_text
            and (_INDENT.match(line) or _ends(out[-1]) or (_DATED.match(out[-1]) and _DATED.match(bare)))
        ):
            out.append("")
        if bare or (out and out[-1]):
            opens = not out or not out[-1] or out[-1].startswith("#")
            out.append(bare)
            in_text = plain and (in_text or opens)
    return "\n".join(out).strip("\n")


def escape(text: str) -> str:
    """Escape plain text for Markdown; removes backslashes that a copy put before punctuation."""
    text = escape_words(_COPIED_ESCAPES.sub("", text))
    return escape_start(text.replace("[", r"\[") if _LINK.search(text) else text)


def escape_words(text: str) -> str:
    """Escape what is markup anywhere in a line, but brackets."""
    return _MARKS.sub(r"\\\1", _ENTITY.sub("&amp;", text).replace("<", "&lt;"))


def escape_start(line: str) -> str:
    """Escape what is markup at the start of a line."""
    line = _NUMBER_MARK.sub(r"\1\\\2", _LINE_MARKS.sub(r"\\\1", line))
    return _NO_BACKSLASH.sub(lambda mark: f"&#{ord(mark[0])};", line)


def _heading(level: int, words: str) -> str:
    return "#" * level + " " + escape(words).replace("#", r"\#")  # trailing hashes would disappear


def _ends(line: str) -> bool:
    return bool(_SENTENCE_END.search(line[-20:]))


def fenced_lines(lines: list[str]) -> set[int]:
    """The lines of fenced code, fences included."""
    inside: set[int] = set()
    fence = ""
    for at, line in enumerate(lines):
        match = _FENCE.match(line)
        if fence or match:
            inside.add(at)
        if fence and match and match[1].startswith(fence) and not line.strip().strip(fence[0]):
            fence = ""
        elif not fence and match:
            fence = match[1]
    return inside
