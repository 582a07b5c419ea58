"""The fast path from Markdown to HTML, for exactly those texts that every dialect reads alike.

Python-Markdown needs about a millisecond for an article, a Rust engine (pulldown-cmark, through pyromark) some ten
microseconds, but they differ in adjacent lists, loose items, lists after a paragraph, indentation, emphasis next to Han
characters, raw HTML, attributes and escapes. So a text takes the fast path only if every block and every mark in it has
a form listed here; Python-Markdown converts all others. Adjacent lists go to Python-Markdown alone, without the text
around them. `tests/test_fast_markdown.py` compares the HTML of both.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from jiyue.base.patterns import pattern
from jiyue.render.reference_markdown import python_markdown

if TYPE_CHECKING:
    from pyromark import Markdown

_FOREIGN = "\\<{~\t\x02\x03\x85\u2028\u2029"
"""Characters that mean something special in some dialect."""

# White space at the end of a line, or an indented line. It begins with one literal so that the search is fast.
_FOREIGN_LINES = pattern(r"\n(?:(?<=[^\S\n\u3000].)|[ \xa0])", re.DOTALL)
_ENTITY = pattern(r"&(?!#(?:3[3-9]|4[0-7]|5[89]|6[0-4]|9[1-6]|12[3-6]);)[#A-Za-z]")
"""A character reference, but for a decimal one of an ASCII sign, as `jiyue.catalogue.ledgers.plain_text` writes them."""
_CODE = pattern(r"(?<!`)`[^\s`|&](?:[^`\n|&]*[^\s`|&])?`(?!`)")
_LINK = pattern(r"!?\[[^\s\[\]!*_|](?:[^\[\]\n!*_|]*[^\s\[\]!*_|])?\]\(([A-Za-z0-9/:.?=%#,_+@-]+)\)")
_SCHEME = pattern(r"(?:https?://|mailto:|tel:)|[^:]*\Z")
_STRONG = pattern(r"\*\*[^\W_](?:[^*\n]*[^\W_])?\*\*")
_FENCE = pattern(r"(?:(?<=\n\n)|\A)```([A-Za-z0-9]*)\n((?:(?!```)[^\n]*[^\s][ ]?\n|\n(?=[^\n]))+?)```(?=\n\n|\Z)")
_PUT_ASIDE = "\x1a"
"""Stands for a code block while the rest of a text is examined; no article may hold this character."""

_BLOCK_START = r"(?:[\s#>+=|:\-]|\d+[.)](?!\S)|\*(?!\*))"
_NO_PARAGRAPH = pattern(r"\n" + _BLOCK_START.replace(r"[\s#", "[#"))
_BLANK_START = pattern(r"\n\n\s")
_INDENT = pattern(r"(\A|\n\n)\u3000+")
_INDENTED_MARK = pattern(r"(?:\A|\n\n)\u3000+" + _BLOCK_START)
_HEADING = pattern(r"#{1,6} [^\s#][^\n#]*(?<!\s)")
_ITEM = pattern(rf"- (?!{_BLOCK_START})[^\n]*[^\s]")
_NUMBERED = pattern(rf"[0-9]{{1,3}}\. (?!{_BLOCK_START})[^\n]*[^\s]")
_QUOTED = pattern(rf"> (?!{_BLOCK_START})[^\n]*[^\s]")
_ROW = pattern(r"\|(?: *+(?:[^\s|](?:[^|\n]*[^\s|])?)? *+\|)+")
_DELIMITER = pattern(r"\|(?: *:?-{3,}:? *\|){2,}")

_TABLE_BREAKS = pattern(r"(<(?:/?table|/?thead|/?tbody|/?tr|/t[hd])\b[^>]*>)(?=<)")


_ANCHOR = pattern(r'(<a href="[^"]*")>')
_IMAGE = pattern(r'<img src="([^"]*)" alt="([^"]*)" />')


@lru_cache(maxsize=1)
def _engine() -> Markdown:
    from pyromark import Markdown, Options  # noqa: PLC0415  (loaded where it is used)

    return Markdown(options=Options.ENABLE_TABLES)


def quick(text: str) -> str | None:  # noqa: PLR0911  (each refusal is one line)
    """The HTML of a text that is plain enough, else None, with tags and attributes as Python-Markdown writes them."""
    text = text.strip("\n")
    if not text:
        return ""
    code: list[str] = []
    if "```" in text:
        # fenced code means the same in every dialect: it is replaced now and restored before the conversion

        def aside(match: re.Match[str]) -> str:
            code.append(match[0])
            return _PUT_ASIDE

        text = _FENCE.sub(aside, text)
        if any("\t" in block or " \n" in block for block in code):
            return None
    if text[-1].isspace() or any(mark in text for mark in _FOREIGN) or _FOREIGN_LINES.search(text):
        return None
    if "&" in text and _ENTITY.search(text):
        return None
    bare = _CODE.sub("\x01", text) if "`" in text else text  # marks inside code don't count
    if "`" in bare:
        return None
    has_link = "[" in bare
    if not _marks_are_plain(bare, has_link):
        return None
    pieces = _plain_blocks(text)
    if pieces is None:
        return None
    code.reverse()
    result = "\n".join(
        python_markdown(piece.text) if piece.touching else _engine().html(_with(code, piece.text)).rstrip("\n")
        for piece in pieces
    )
    if has_link:
        result = _ANCHOR.sub(r'\1 rel="noopener noreferrer">', result)
        if "<img" in result:
            result = _IMAGE.sub(r'<img alt="\2" src="\1">', result)
    if "<table" in result:
        result = _TABLE_BREAKS.sub(r"\1\n", result)
    return result


def _marks_are_plain(text: str, has_link: bool) -> bool:
    """Whether every link, picture and emphasis has the form that all dialects read alike."""
    if has_link or "]" in text:
        if "]:" in text or "[^" in text:
            return False
        for match in _LINK.finditer(text):
            if not _SCHEME.match(match[1]):
                return False
        text = _LINK.sub("\x00", text)
        if "[" in text or "]" in text:
            return False
    if "_" in text:
        return False
    return "*" not in text or ("***" not in text and "*" not in _STRONG.sub("", text))


class _Piece(NamedTuple):
    """A run of blocks. touching: adjacent lists or quotes that Python-Markdown merges, with its own loose items."""

    text: str
    touching: bool


def _with(code: list[str], text: str) -> str:
    """The text with its code blocks restored, taken from the end of the list."""
    return re.sub(_PUT_ASIDE, lambda _: code.pop(), text) if code else text


def _plain_blocks(text: str) -> list[_Piece] | None:
    """The text without the U+3000 that indents paragraphs, as Python-Markdown has it; None if a block has another form.

    Only blocks with a line that doesn't begin like a paragraph are examined one by one.
    """
    if "\n\n\n" in text:
        text = re.sub(r"\n{3,}", "\n\n", text)
    if text[0] == "\u3000" or "\n\n\u3000" in text:
        if _INDENTED_MARK.search(text):
            return None  # Python-Markdown takes a block indented by U+3000 for a paragraph, whatever follows
        text = _INDENT.sub(r"\1", text)
    if text[0].isspace() or _BLANK_START.search(text):
        return None
    text = f"\n\n{text}"
    end = -2
    kind, first, last = "", 0, -2  # adjacent containers of one kind: start of the first, end of the last
    touching: list[tuple[int, int]] = []
    for match in _NO_PARAGRAPH.finditer(text):
        if match.start() < end:
            continue  # in the block just examined
        start = text.rfind("\n\n", 0, match.start() + 1) + 2
        end = text.find("\n\n", match.end())
        end = len(text) if end < 0 else end
        block = text[start:end]
        lines = block.split("\n")
        if _is_list(lines) or all(_QUOTED.fullmatch(line) for line in lines):
            if start == last + 2 and block[0] == kind:
                if touching and touching[-1][0] == first:
                    touching.pop()
                touching.append((first, end))
            else:
                kind, first = block[0], start
            last = end
        elif not ((len(lines) == 1 and _HEADING.fullmatch(block)) or _is_table(lines)):
            return None
    return _cut(text, touching)


def _cut(text: str, touching: list[tuple[int, int]]) -> list[_Piece]:
    pieces: list[_Piece] = []
    done = 0
    for start, end in touching:
        pieces += [_Piece(text[done:start], touching=False), _Piece(text[start:end], touching=True)]
        done = end
    pieces.append(_Piece(text[done:], touching=False))
    return [piece for piece in pieces if not piece.text.isspace() and piece.text]


def _is_list(lines: list[str]) -> bool:
    if lines[0].startswith("- "):
        return all(_ITEM.fullmatch(line) for line in lines)
    return lines[0].startswith("1. ") and all(_NUMBERED.fullmatch(line) for line in lines)


def _is_table(lines: list[str]) -> bool:
    if len(lines) < 3 or not _DELIMITER.fullmatch(lines[1]):
        return False
    bars = lines[1].count("|")
    return all(line.count("|") == bars and _ROW.fullmatch(line) for n, line in enumerate(lines) if n != 1)
