"""The quick way from Markdown to HTML, for exactly those texts that every dialect reads alike.

Python-Markdown needs about a millisecond for an article, a Rust engine (pulldown-cmark, by pyromark) some ten
microseconds, but they differ in lists that touch, loose items, lists after a paragraph, indentation, emphasis next to
Han characters, raw HTML, attributes, escapes. So a text goes the quick way only if every block and every mark in it is
of a form named here; all others go to Python-Markdown. `tests/test_quick_markdown.py` holds the two to the same HTML.
"""

from __future__ import annotations

import re

# A character of any other dialect's special meaning, white space at the end of a line, an indented line, an entity.
_FOREIGN = re.compile(r"[\\<{~\t\x02\x03\x85\u2028\u2029]|[^\S\n\u3000]\n|\n[ \xa0]|&(?=[#A-Za-z])|\]:|\[\^")
_CODE = re.compile(r"(?<!`)`[^\s`|&](?:[^`\n|&]*[^\s`|&])?`(?!`)")
_LINK = re.compile(r"!?\[[^\s\[\]!*_|](?:[^\[\]\n!*_|]*[^\s\[\]!*_|])?\]\(([A-Za-z0-9/:.?=%#,_+@-]+)\)")
_SCHEME = re.compile(r"(?:https?://|mailto:|tel:)|[^:]*\Z")
_STRONG = re.compile(r"\*\*[^\W_](?:[^*\n]*[^\W_])?\*\*")
_BLOCKS = re.compile(r"\n{2,}")
_BLOCK_START = r"(?:[\s#>+=|:\-]|\d+[.)](?!\S)|\*(?!\*))"
_NO_PARAGRAPH = re.compile(r"(?:\A|\n)" + _BLOCK_START.replace(r"[\s#", "[#"))
_HEADING = re.compile(r"#{1,6} [^\s#][^\n#]*(?<!\s)")
_ITEM = re.compile(rf"- (?!{_BLOCK_START})[^\n]*[^\s]")
_NUMBERED = re.compile(rf"[0-9]{{1,3}}\. (?!{_BLOCK_START})[^\n]*[^\s]")
_QUOTED = re.compile(rf"> (?!{_BLOCK_START})[^\n]*[^\s]")
_ROW = re.compile(r"\|(?: *(?:[^\s|](?:[^|\n]*[^\s|])?)? *\|)+")
_DELIMITER = re.compile(r"\|(?: *:?-{3,}:? *\|){2,}")

_TABLE_BREAKS = re.compile(r"(<(?:/?table|/?thead|/?tbody|/?tr|/t[hd])\b[^>]*>)(?=<)")


def quick(text: str) -> str | None:
    """The HTML of a text that is plain enough, else None. Tags and attributes are as Python-Markdown gives them."""
    text = text.strip("\n")
    if not text:
        return ""
    if text[-1].isspace() or _FOREIGN.search(text):
        return None
    bare = _CODE.sub("\x01", text) if "`" in text else text  # code is code to all: its marks don't count
    if "`" in bare:
        return None
    has_link = "[" in bare
    if not _marks_are_plain(bare, has_link):
        return None
    source = _plain_blocks(text)
    if source is None:
        return None
    from pyromark import Options, html  # noqa: PLC0415  (loaded where it is used)

    result: str = html(source, options=Options.ENABLE_TABLES).rstrip("\n")
    if has_link:
        result = re.sub(r'(<a href="[^"]*")>', r'\1 rel="noopener noreferrer">', result)
        result = re.sub(r'<img src="([^"]*)" alt="([^"]*)" />', r'<img alt="\2" src="\1">', result)
    if "<table" in result:
        result = _TABLE_BREAKS.sub(r"\1\n", result)
    return result


def _marks_are_plain(text: str, has_link: bool) -> bool:
    """Whether every link, picture and emphasis is of the one form that all read alike."""
    if has_link or "]" in text:
        for found in _LINK.finditer(text):
            if not _SCHEME.match(found[1]):
                return False
        text = _LINK.sub("\x00", text)
        if "[" in text or "]" in text:
            return False
    if "_" in text:
        return False
    return "*" not in text or ("***" not in text and "*" not in _STRONG.sub("", text))


def _plain_blocks(text: str) -> str | None:
    """The text with paragraphs' leading U+3000 taken off, as Python-Markdown does; None if a block is of another form."""
    blocks = _BLOCKS.split(text)
    after_container = False
    for n, block in enumerate(blocks):
        stripped = block.lstrip("\u3000")
        if len(stripped) < len(block):
            blocks[n] = block = stripped
            if _NO_PARAGRAPH.search(block):
                return None  # indented by U+3000 it is a paragraph to Python-Markdown, whatever it begins with
        if not block or block[0].isspace():
            return None
        container = False
        if _NO_PARAGRAPH.search(block):
            lines = block.split("\n")
            container = _is_list(lines) or all(_QUOTED.fullmatch(line) for line in lines)
            if container and after_container:
                return None  # two that touch are one to Python-Markdown and two to the other
            if not (container or (len(lines) == 1 and _HEADING.fullmatch(block)) or _is_table(lines)):
                return None
        after_container = container
    return "\n\n".join(blocks)


def _is_list(lines: list[str]) -> bool:
    if lines[0].startswith("- "):
        return all(_ITEM.fullmatch(line) for line in lines)
    return lines[0].startswith("1. ") and all(_NUMBERED.fullmatch(line) for line in lines)


def _is_table(lines: list[str]) -> bool:
    if len(lines) < 3 or not _DELIMITER.fullmatch(lines[1]):  # noqa: PLR2004
        return False
    bars = lines[1].count("|")
    return all(line.count("|") == bars and _ROW.fullmatch(line) for n, line in enumerate(lines) if n != 1)
