"""Reads XML as a stream: in linear time, without a tree, and without entity declarations."""

from __future__ import annotations

import re
from collections.abc import Mapping
from xml.parsers import expat

from jiyue.base.patterns import pattern
from jiyue.checks.attachment.extract.pieces import Unreadable

Attributes = Mapping[str, str]

_WORDS = pattern(r"[^\x00-\x7f]|\d(?:[ \-.]?\d){10}")
_NO_WORDS = frozenset(("gfxdata", "style", "d", "path", "points"))
"""Attributes with data of drawings."""


def has_words(text: str) -> bool:
    """Whether a text can match a rule on words: it has Chinese characters or a long number."""
    return _WORDS.search(text) is not None


_ESCAPE = pattern(r"_x([0-9A-Fa-f]{4})_")


def unescaped(text: str) -> str:
    """A text with the escapes of office programs (`_x000A_`) resolved (ISO/IEC 29500-1 §22.9.2.19)."""
    return _ESCAPE.sub(_character, text) if "_x" in text else text


def _character(match: re.Match[str]) -> str:
    code = int(match[1], 16)
    return "\n" if code in (10, 13) else chr(code) if code < 0xD800 else match[0]


class Walker:
    """Walks through one XML document; subclasses handle its elements. Names come without their namespaces."""

    def __init__(self) -> None:
        self.path: list[str] = []
        self.root = ""
        """Namespace and name of the root element."""
        self.asides: dict[str, None] = {}
        """Texts outside paragraphs: names, tips, settings. In order, without duplicates."""
        self._text: list[str] = []
        self._local: dict[str, str] = {}

    def start(self, name: str, attributes: Attributes) -> None:
        """An element begins."""

    def end(self, name: str) -> None:
        """An element ends."""

    def text(self, name: str, text: str) -> None:
        """The characters of an element up to its next child or its end."""
        if has_words(text):
            self.asides[unescaped(text.strip())] = None

    def walk(self, data: bytes | str) -> None:
        """Walk through data. Raises Unreadable if it isn't XML or declares entities."""
        parser = expat.ParserCreate("utf-8" if isinstance(data, str) else None, namespace_separator=" ")
        parser.buffer_text = True
        parser.buffer_size = 1 << 16
        parser.StartDoctypeDeclHandler = _refuse
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text.append
        try:
            parser.Parse(data, True)
        except (expat.ExpatError, LookupError) as problem:
            raise Unreadable("文档里的 XML 损坏") from problem

    def _start(self, full: str, attributes: dict[str, str]) -> None:
        if self._text:
            self._flush()
        name = self._local.get(full)
        if name is None:
            name = self._local[full] = full.rpartition(" ")[2]
        if not self.path:
            self.root = full
        self.path.append(name)
        if attributes:
            for key, value in attributes.items():
                if len(value) > 1 and has_words(value) and key.rpartition(" ")[2] not in _NO_WORDS:
                    self.asides[unescaped(value)] = None
            if len(attributes) and " " in "".join(attributes):
                attributes = {key.rpartition(" ")[2]: value for key, value in attributes.items()}
        self.start(name, attributes)

    def _end(self, full: str) -> None:
        if self._text:
            self._flush()
        self.end(self.path.pop())

    def _flush(self) -> None:
        text = "".join(self._text)
        self._text.clear()
        if self.path:
            self.text(self.path[-1], text)


def _refuse(*declaration: object) -> None:
    raise Unreadable("文档里有 XML 实体声明，疑似攻击文件")


class _Words(Walker):
    """Collects all texts, wherever they are."""


def words_of(data: bytes | str) -> str:
    """All texts and attributes that contain words, one per line. Raises Unreadable."""
    walker = _Words()
    walker.walk(data)
    return "\n".join(walker.asides)
