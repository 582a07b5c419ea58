"""The text that rules on words check, and the views in which a reader may see it."""

from __future__ import annotations

import bisect
import functools
import html
import re
import unicodedata
from dataclasses import dataclass
from enum import Enum
from functools import cached_property

from jiyue.base.diagnostics import Diagnostic, Rule
from jiyue.base.patterns import compiled, pattern

MOST_PER_RULE = 20
"""Findings of one rule in one text that are listed one by one; a last one counts the rest, thousands in a leaked table."""
MOST_COUNTED = 1000
"""Findings of one rule in one text after which the search stops: the text is withheld anyway."""

INVISIBLE = (
    "\u00ad\u0300-\u036f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    "\u20d0-\u20ff\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e007f\U000e0100-\U000e01ef"
)
"""Characters that are invisible or combine with others: between digits they hide a number from a search, not from a
reader."""
_BLANKS = " \t\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000"

CHINESE_NUMERALS = "〇零○一二三四五六七八九幺两兩壹壱贰貳貮弐叁參叄参肆伍陆陸柒漆捌玖弌弍弎"
OTHER_NUMERALS = (
    "\u00b2\u00b3\u00b9\u0c78-\u0c7e\u1369-\u1371\u17f0-\u17f9\u19da\u2070-\u2089\u215f-\u2189\u2460-\u24ff\u2776-\u2793"
    "\u3021-\u3029\u3192-\u3195\u3220-\u3229\u3280-\u3289\ua6e6-\ua6ef\U00010100-\U0001f10c"
)
"""A superset of the characters that mean one digit and are neither Chinese nor a script's usual digits."""

HAN = "\u2e80-\u2fdf\u3005\u3007\u3400-\u9fff\uf900-\ufaff\U00020000-\U000323af"
SOFT_BREAK = pattern(rf"\n(?<=[{HAN}]\n)(?=[ \t\u3000>]*[{HAN}])")
"""A line break inside Chinese text, which a browser shows without a gap."""
_JOINED = f"{HAN}0-9★☆：:（(【〔）)】〕"
_GOES_ON = pattern(rf"\n[ \t\u3000>]*(?=[{_JOINED}])")
_IS_JOINED = pattern(f"[{_JOINED}]")


class Markup(Enum):
    """What a view does with tags, link targets and comments."""

    SHOWN = "shown"
    """Removed, with the content of elements that a page doesn't show."""
    WHOLE = "whole"
    """Removed; everything between them stays."""
    WRITTEN = "written"
    """Left as written: attributes and comments are part of the published file."""


@dataclass(frozen=True)
class Text:
    """A text to check: an article, one part of an attachment, or a file's name.

    path is relative to the cluster, with `/`. first_line is the line of the file where the text begins, 0 if the file has
    no lines (a PDF, a workbook). part names the place inside the file, for an officer (「工作表“名单”」).
    """

    site: str
    path: str
    text: str
    first_line: int = 1
    part: str = ""

    signs = -1
    """What a prefilter found in the text as written (jiyue.checks.text.prefilter); all, unless it was told."""

    def tell(self, signs: int) -> None:
        """Keep what a prefilter found, for the rules that follow."""
        self.__dict__["signs"] = signs

    @cached_property
    def view(self) -> View:
        """The text as a reader sees it."""
        return View.of(self.text)

    def is_shown_as_written(self) -> None:
        """Say that nothing but blanks can hide in the text: where there are no gaps and indents either, it is its own view (40 µs)."""
        if not any(blanks in self.text for blanks in _GAPS):
            self.__dict__["view"] = View(self.text)

    @cached_property
    def shapes(self) -> tuple[Text, ...]:
        """This text and, if its markup may hide something, the same text in other views.

        These are: with the content of hidden elements and comments, with reversed runs in display order, and as written.
        """
        shapes = [self]
        source = self.text
        if self.view.text == source:
            return (self,)
        if self.view.left_out:
            shapes.append(self._seen_as(View.of(source, Markup.WHOLE)))
        if "\u202e" in source or "<bdo" in source or "<BDO" in source:
            shapes.append(self._seen_as(View.of(_REVERSED.sub(_turned, source))))
        if "<!--" in source:
            opened = source.replace("<!--", "    ").replace("-->", "   ")
            shapes.append(self._seen_as(View.of(opened)))
        if "<" in source or "](" in source or "][" in source or "{:" in source:
            shapes.append(self._seen_as(View.of(source, Markup.WRITTEN)))
        return tuple(shapes)

    @cached_property
    def running(self) -> View:
        """The source with line breaks inside Chinese text removed."""
        return View(self.text).joined

    @cached_property
    def joined(self) -> Text | None:
        """The text without line breaks inside Chinese text; None if it has none."""
        joined = self.view.joined
        return None if joined is self.view else self._seen_as(joined)

    def _seen_as(self, view: View) -> Text:
        other = Text(self.site, self.path, self.text, self.first_line, self.part)
        other.__dict__["view"] = view  # fills the cached property
        return other

    def at(self, rule: Rule, offset: int, message: str, hint: str) -> Diagnostic:
        """A finding at an offset of `text`."""
        if self.part:
            message = f"{self.part}：{message}"
        if not self.first_line:
            return rule.at(self.path, 0, message, hint, site=self.site)
        line = bisect.bisect_left(self._ends, offset)
        start = self._ends[line - 1] + 1 if line else 0
        return rule.at(self.path, self.first_line + line, message, hint, site=self.site, col=offset - start + 1)

    @cached_property
    def _ends(self) -> list[int]:
        """The offsets of line ends."""
        return [match.start() for match in re.finditer("\n", self.text)]

    def seen(self, rule: Rule, offset: int, message: str, hint: str) -> Diagnostic:
        """A finding at an offset of `view.text`."""
        return self.at(rule, self.view.origin(offset), message, hint)


# Right-to-left overrides and `<bdo dir=rtl>` display characters in reverse.
_REVERSED = pattern(r"(\u202e)([^\u202a-\u202e\n]*)|(<bdo\b[^<>]*\brtl\b[^<>]*>)([^<]*)", re.I)


def _turned(run: re.Match[str]) -> str:
    return (run[1] or run[3]) + (run[2] or run[4] or "")[::-1]


@dataclass(frozen=True)
class View:
    """A text as a browser shows it: without tags, link targets and invisible characters, and with entities resolved.

    HTML blocks become lines, cells are separated by tabs, long gaps become two spaces, digits of other scripts ASCII.
    starts and origins are parallel: from starts[i] on, the character at p comes from origins[i] + (p - starts[i]) of the
    source, or of `inner` if that is set. left_out: whether elements that a page doesn't show were skipped.
    """

    text: str
    starts: tuple[int, ...] = (0,)
    origins: tuple[int, ...] = (0,)
    left_out: bool = False
    inner: View | None = None

    @classmethod
    def of(cls, source: str, markup: Markup = Markup.SHOWN) -> View:
        """The view of a source text, in linear time. Most texts hide nothing and are their own view."""
        pieces: list[str] = []
        starts, origins = [0], [0]
        length = last = at = 0
        reader = _Reader(source, markup)
        find = (_MAY_HIDE if markup is not Markup.WRITTEN else _MAY_HIDE_AS_WRITTEN).search
        while match := find(source, at):
            begin = match.start()
            end, shown = reader.hidden(match)
            if end == begin:
                at = begin + 1
                continue
            pieces += (source[last:begin], shown)
            length += begin - last
            if shown:
                starts.append(length)
                origins.append(begin)
                length += len(shown)
            at = last = end
            starts.append(length)
            origins.append(end)
        text = "".join([*pieces, source[last:]]) if pieces else source
        return cls(_plain(text), tuple(starts), tuple(origins), reader.left_out)

    def origin(self, offset: int) -> int:
        """The offset in the source of a character of the view."""
        i = bisect.bisect_right(self.starts, offset) - 1
        at = self.origins[i] + offset - self.starts[i]
        return self.inner.origin(at) if self.inner else at

    @cached_property
    def numerals(self) -> str:
        """The text with each single-digit numeral (〇, 壹, ①, ㈠, ², Ⅲ …) replaced by its digit; offsets stay the same."""
        digits = {ord(sign): str(value) for sign in set(self.text) if (value := _digit_value(sign)) is not None}
        return self.text.translate(digits) if digits else self.text

    @cached_property
    def joined(self) -> View:
        """This view without line breaks inside Chinese text, or inside a marking with its star and years."""
        pieces: list[str] = []
        starts, origins = [0], [0]
        length = last = 0
        for gap in _GOES_ON.finditer(self.text):
            end = gap.start()
            while end > last and self.text[end - 1] in " \t\u3000":
                end -= 1
            if end == 0 or not _IS_JOINED.match(self.text, end - 1):
                continue
            pieces.append(self.text[last:end])
            length += end - last
            last = gap.end()
            starts.append(length)
            origins.append(last)
        if not pieces:
            return self
        return View("".join([*pieces, self.text[last:]]), tuple(starts), tuple(origins), inner=self)


_GAPS = ("   ", "\t", "\u00a0", " \u3000", "\u3000 ", "\u3000" * 3, "\n ", "\n>")
"""Every gap and every indent of _MAY_HIDE holds one of these, if its blanks are no odd ones."""
_ODD_BLANKS = "\u1680\u2000-\u200a\u202f\u205f"
# A set of characters first, for a fast search, then what each may begin. indent: indentation or quotation mark of a line
# that continues a number of the line before.
_HIDES = (
    rf"(?P<invisible>(?<=[{INVISIBLE}])[{INVISIBLE}]*)|(?P<entity>(?<=&)[#A-Za-z])|(?P<indent>(?<=\d\n[ \t>])[ \t>]*(?=\d))"
    rf"|(?P<gap>(?<=[{_BLANKS}])[{_BLANKS}]{{2,}})|(?P<blank>(?<=[{_ODD_BLANKS}]))"
)
_MAY_HIDE_AS_WRITTEN = pattern(rf"[{INVISIBLE}{_BLANKS}>&](?:{_HIDES})")
_MAY_HIDE = pattern(
    rf"[{INVISIBLE}{_BLANKS}>&<\[\]{{](?:{_HIDES}|(?P<opening>(?<=\[)(?=[^\[\]\n]*\](?:\(|\[[^\[\]\n]*\])))"
    r"|(?P<tag>(?<=<)[A-Za-z!/?])|(?P<target>(?<=\])[(\[])|(?P<attributes>(?<=\{):))"
)
_INVISIBLE = pattern(f"[{INVISIBLE}]")
_ENTITY = pattern(r"&(?:#(?:[0-9]+|[xX][0-9a-fA-F]+);?|[A-Za-z][A-Za-z0-9]{1,31};?)")
_TARGET = pattern(
    r"\](?:\[[^\[\]\n]*\]|\((?:[ \t]*<[^<>\n]*>)?(?:[^()\s]|\([^()\s]*\))*(?:[ \t]+(?:\"[^\"\n]*\"|'[^'\n]*'))?[ \t]*\))"
)
_ATTRIBUTES = pattern(r"\{:[^{}\n]*\}")
_TAG_NAME = pattern(r"<(/?)([A-Za-z][^\s/>]{0,40})")  # no element has a longer name; what follows is read as attributes
_TAG_STEP, _CAUTIOUS_STEP = pattern("[>=]"), pattern("[<>=]")
_VALUE = pattern(r"\s*(?:\"[^\"]*\"|'[^']*'|[^\s>\"'][^\s>]*)")
_LINE_NAMES = """
address article aside blockquote body br caption center col colgroup dd details dialog div dl dt fieldset figcaption
figure footer form h1 h2 h3 h4 h5 h6 head header hr html legend li main menu nav ol optgroup option p pre section
summary table tbody tfoot thead tr ul
"""
_LINES = frozenset(_LINE_NAMES.split())
"""Elements that begin and end a line (HTML Standard, 15.3)."""
_CELLS = frozenset(("td", "th"))
_NOT_SHOWN_NAMES = (
    "script style iframe object noscript template svg math textarea select xmp noembed noframes title rt rp"
)
_NOT_SHOWN = frozenset(_NOT_SHOWN_NAMES.split(" "))
"""Elements removed with their content (jiyue.checks.article.markup), and the annotations of ruby text."""


class _Reader:
    """Decides what is hidden at an offset of a source. It remembers which end marks the rest of the source lacks, so that
    it never searches for them again."""

    def __init__(self, source: str, markup: Markup) -> None:
        self.source, self.markup = source, markup
        self.left_out = False
        self.last_end = source.rfind(">")
        self.step = _TAG_STEP
        self.unclosed: set[str] = set()

    def hidden(self, match: re.Match[str]) -> tuple[int, str]:
        """(end of the hidden part that begins here, what is shown instead); the same offset if nothing is hidden."""
        kind, at = match.lastgroup, match.start()
        if kind == "tag":
            return self._tag(at)
        if kind == "entity":
            return self._entity(at)
        if kind in ("target", "attributes"):
            hidden = (_TARGET if kind == "target" else _ATTRIBUTES).match(self.source, at)
            return (hidden.end() if hidden else at), ""
        if kind == "gap":
            return match.end(), "\t" if "\t" in match[0] else "  "
        return match.end(), " " if kind == "blank" else ""

    def _entity(self, at: int) -> tuple[int, str]:
        entity = _ENTITY.match(self.source, at)
        if not entity:
            return at, ""
        written = entity[0]
        if written[1] == "#" and len(written) > 12:
            body = written[2:].rstrip(";")
            sign = "x" if body[0] in "xX" else ""
            written = f"&#{sign}{(body.lstrip('xX').lstrip('0') or '0')[:9]};"  # guards against a million digits
        shown = html.unescape(written)
        return (at, "") if shown == entity[0] else (entity.end(), _INVISIBLE.sub("", shown))

    def _tag(self, at: int) -> tuple[int, str]:
        source = self.source
        name = _TAG_NAME.match(source, at)
        if name is None:
            if source.startswith("<!--", at):
                if source.startswith((">", "->"), at + 4):
                    return source.index(">", at) + 1, ""
                return self._until("-->", at, at + 4), ""
            return self._until(">", at, at + 2), ""
        end = self._end_of_tag(name.end())
        if not end:
            return at, ""
        tag = name[2].lower()
        if tag in _NOT_SHOWN and not name[1] and self.markup is Markup.SHOWN and tag not in self.unclosed:
            close = _closing(tag).search(source, end)
            behind = self._end_of_tag(close.end()) if close else 0
            if behind:
                self.left_out = True
                return behind, ""
            self.unclosed.add(tag)
        return end, "\t" if tag in _CELLS and not name[1] else "\n" if tag in _LINES else ""

    def _until(self, mark: str, at: int, start: int) -> int:
        end = -1 if mark in self.unclosed else self.source.find(mark, start)
        if end < 0:
            self.unclosed.add(mark)
            return at
        return end + len(mark)

    def _end_of_tag(self, at: int) -> int:
        """The end of a tag: behind the first `>` outside quoted values. 0 if there is none."""
        if at > self.last_end:
            return 0
        while (match := self.step.search(self.source, at)) and match[0] != "<":
            if match[0] == ">":
                return match.end()
            value = _VALUE.match(self.source, match.end())
            at = value.end() if value else match.end()
        self.step = _CAUTIOUS_STEP  # from now on a tag ends at the latest where the next begins
        return 0


@functools.cache
def _closing(tag: str) -> re.Pattern[str]:
    return compiled(rf"</{tag}(?=[\s/>])", re.I)


# Digits of other scripts, and compatibility ideographs (⼀, 金). Two separate sets make the search faster.
_ODD_DIGIT = pattern(r"[^\D0-9]")
_ODD_HAN = pattern("[\u2e80-\u2fdf\uf900-\ufaff\U0002f800-\U0002fa1f]")


def _plain(text: str) -> str:
    """The text with ASCII digits and unified ideographs instead of their variants; offsets stay the same."""
    if text.isascii() or not (_ODD_DIGIT.search(text) or _ODD_HAN.search(text)):
        return text
    odd = (sign for sign in set(text) if _ODD_DIGIT.match(sign) or _ODD_HAN.match(sign))
    usual = {sign: unicodedata.normalize("NFKC", sign) for sign in odd}
    usual |= {sign: str(unicodedata.decimal(sign)) for sign in usual if sign.isdecimal()}
    return text.translate({ord(sign): other for sign, other in usual.items() if len(other) == 1})


def _digit_value(sign: str) -> int | None:
    """The value of a character that means one digit, None for all others."""
    if sign in "○幺":
        return "○幺".index(sign)
    if sign.isascii() or not sign.isnumeric():
        return None
    value = unicodedata.numeric(sign)
    return int(value) if value in range(10) else None


def few(findings: list[Diagnostic], text: Text, rule: Rule) -> list[Diagnostic]:
    """At most MOST_PER_RULE of a rule's findings in one text, plus one with the number of the others."""
    if len(findings) <= MOST_PER_RULE:
        return findings
    more = f"{len(findings) - MOST_PER_RULE} 处" + ("以上" if len(findings) > MOST_COUNTED else "")
    last = text.at(rule, len(text.text), f"同类问题还有 {more}，未逐一列出", "请整体核对该文件后再发布")
    return [*findings[:MOST_PER_RULE], last]
