"""Gives the links and pictures of a Markdown text new targets. Code is left alone."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from jiyue.importers.bodies import fenced_lines


class Target(NamedTuple):
    """What a link or picture becomes. to: its new target; as a picture only if `shown`. '' leaves only its words."""

    to: str
    shown: bool = False


Resolve = Callable[[str, bool], Target | None]
"""(target as written, whether of a picture) -> what it becomes; None: it stays as it is."""

_CODE = re.compile(r"(`+)(?!`).*?(?<!`)\1(?!`)")
_END = re.compile(r"\]\(\s*(<[^<>\n]*>|(?:[^\s()<>]|\([^\s()]*\))*)((?:\s+(?:\"[^\"]*\"|'[^']*'))?)\s*\)")
_DEFINED = re.compile(r"^( {0,3}\[[^\]\n^]+\]:\s*)(<[^<>\n]*>|\S+)(.*)$")
_AUTO = re.compile(r"<(https?://[^<>\s]+)>")
_ATTRIBUTE = re.compile(
    r"(<(a|img|video|audio|source)\b[^<>]*?\s(?:href|src)\s*=\s*)(\"[^\"]*\"|'[^']*'|[^\s>\"']+)([^<>]*>)", re.I
)
_ALT = re.compile(r"\salt\s*=\s*(\"[^\"]*\"|'[^']*')", re.I)


def relink(text: str, resolve: Resolve) -> str:
    """The text with what resolve says of each target."""
    lines = text.split("\n")
    fenced = fenced_lines(lines)
    return "\n".join(line if at in fenced else _line(line, resolve) for at, line in enumerate(lines))


def _line(line: str, resolve: Resolve) -> str:
    if "](" not in line and "]:" not in line and "<" not in line:
        return line
    if match := _DEFINED.match(line):
        found = resolve(_bare(match[2]), False)
        return line if found is None or not found.to else f"{match[1]}{found.to}{match[3]}"
    spans = [match.span() for match in _CODE.finditer(line)]
    line = _inline(line, resolve, lambda at: any(start <= at < end for start, end in spans))
    spans = [match.span() for match in _CODE.finditer(line)]
    return _ATTRIBUTE.sub(
        lambda match: match[0] if any(a <= match.start() < b for a, b in spans) else _element(match, resolve), line
    )


def _inline(line: str, resolve: Resolve, in_code: Callable[[int], bool]) -> str:
    """From the end of the line, so that what is found keeps its place; an outer link is seen before the picture in it."""
    links = []
    for match in _END.finditer(line):
        start = _opening(line, match.start())
        if start is not None and not in_code(match.start()):
            picture = start > 0 and line[start - 1] == "!" and line[start - 2 : start - 1] != "\\"
            links.append((match, start, picture, resolve(_bare(match[1]), picture)))
    dropped: list[tuple[int, int]] = []  # links that became words: what is in them moved to the left by their bracket
    for match, start, picture, found in reversed(links):
        if found is None:
            continue
        moved = sum(first < start < last for first, last in dropped)
        begin, middle, end = start - picture - moved, match.start() - moved, match.end() - moved
        words = line[start + 1 - moved : middle]
        inner = f"图片：{words or '原图'}" if picture else words
        if not found.to:
            new = inner
            dropped += [] if picture else [(start, match.start())]
        elif picture and found.shown:
            new = f"![{words}]({found.to}{match[2]})"
        else:
            new = f"[{inner}]({found.to}{match[2]})"
        line = line[:begin] + new + line[end:]
    return line


def _opening(line: str, end: int) -> int | None:
    depth = 0
    for at in range(end, -1, -1):
        if at and line[at - 1] == "\\":
            continue
        depth += (line[at] == "]") - (line[at] == "[")
        if not depth:
            return at
    return None


def _element(match: re.Match[str], resolve: Resolve) -> str:
    picture = match[2].lower() == "img"
    quote = match[3][0] if match[3][0] in "\"'" else ""
    found = resolve(html.unescape(match[3].strip("\"'")), picture)
    if found is None:
        return match[0]
    if picture and not found.shown:
        alt = _ALT.search(match[0])
        words = f"图片：{html.unescape(alt[1][1:-1]) if alt and alt[1][1:-1] else '原图'}"
        return f'<a href="{html.escape(found.to)}">{html.escape(words)}</a>' if found.to else html.escape(words)
    return f"{match[1]}{quote or chr(34)}{html.escape(found.to)}{quote or chr(34)}{match[4]}"


def targets(text: str) -> Iterator[tuple[str, bool]]:
    """The targets of a text, in their order, each with whether it is of a picture."""
    found: list[tuple[str, bool]] = []

    def note(target: str, picture: bool) -> None:
        found.append((target, picture))

    relink(text, note)
    yield from dict.fromkeys(found)


def _bare(target: str) -> str:
    return html.unescape(target[1:-1] if target.startswith("<") else target)
