"""Reads Rich Text Format (RTF 1.9.1): the text, and separately headers, notes, fields and properties."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from jiyue.base.patterns import pattern
from jiyue.checks.attachment.extract.pieces import Active, Part, Piece, Reading
from jiyue.checks.attachment.extract.word import DDE

_TOKEN = pattern(r"\\([a-zA-Z]{1,32})(-?\d{1,10})? ?|\\'([0-9a-fA-F]{2})|\\(.)|([{}])|([^\\{}\r\n]+)|[\r\n]+|\\$", re.S)
_SIGNS = {
    "par": "\n", "line": "\n", "row": "\n", "nestrow": "\n", "page": "\n", "sect": "\n", "cell": "\t", "nestcell": "\t", "tab": "\t",
    "emdash": "—", "endash": "–", "bullet": "•", "lquote": "‘", "rquote": "’", "ldblquote": "“", "rdblquote": "”",
    "emspace": "\u2003", "enspace": "\u2002", "qmspace": "\u2005",
}  # fmt: skip
_ESCAPED = {"~": "\xa0", "_": "-", "-": "", "\n": "\n", "\r": "\n"}
_WITHOUT_WORDS_NAMES = """
fonttbl colortbl filetbl stylesheet listtable listoverridetable revtbl rsidtbl generator pict objdata themedata
colorschememapping datastore latentstyles xmlnstbl blipuid panose falt nonshppict mmathPr pgptbl wgrffmtfilter
"""
_WITHOUT_WORDS = frozenset(_WITHOUT_WORDS_NAMES.split())
_APART_NAMES = """
info header headerf headerl headerr footer footerf footerl footerr footnote annotation atnid atnauthor atntime
fldinst bkmkstart bkmkend shptxt dptxbxtext sp sn sv xe tc docvar userprops title subject author keywords comment
doccomm company manager category operator objname objclass shpinst shp template ffname ffdeftext ffhelptext
ffstattext listname leveltext
"""
_APART = frozenset(_APART_NAMES.split())
"""Destinations whose text doesn't belong to the paragraph around them."""
_CHARSETS = {128: "cp932", 129: "cp949", 134: "gb18030", 136: "cp950", 204: "cp1251", 238: "cp1250"}


@dataclass(slots=True)
class _State:
    out: list[str]
    skip: bool = False
    fonts: bool = False
    codec: str = ""
    fallback: int = 1
    """The number of fallback characters for old programs after a Unicode one."""


def rtf(data: bytes, reading: Reading) -> Iterator[Piece]:
    """Read RTF, see the module."""
    reader = _Rtf(data.decode("latin-1"))
    reader.run()
    yield Part("", _joined(reader.out), 0)
    asides = [text for text in map(_joined, reader.asides) if text.strip()]
    if asides:
        yield Part("页眉、批注、域和属性", "\n".join(asides))
    if reader.objects:
        yield Active("嵌有其他程序的对象（OLE）")
    if any(DDE.search(text) for text in asides):
        yield Active("域代码会调用其他程序（DDE）")
    if reader.template:
        yield Active("打开时会加载模板")


class _Rtf:
    def __init__(self, text: str) -> None:
        self.text = text
        self.out: list[str] = []
        self.asides: list[list[str]] = []
        self.objects = self.template = False
        self._codec = "gb18030"
        self._fonts: dict[int, str] = {}
        self._font = 0
        self._bytes = bytearray()
        self._ignore = 0

    def run(self) -> None:
        """Process the tokens."""
        state = _State(self.out)
        stack: list[_State] = []
        at = 0
        while match := _TOKEN.match(self.text, at):
            at = match.end()
            word, number, code, sign, brace, plain = match.groups()
            if word:
                self._flush_before(word, state)
                at += self._word(word, int(number) if number else None, state)
            elif code:
                self._byte(bytes([int(code, 16)]), state)
            elif sign and sign != "*":
                self._flush(state)
                self._put(_ESCAPED.get(sign, sign), state)
            elif brace == "{":
                self._flush(state)
                stack.append(state)
                state = replace(state)
            elif brace:
                self._flush(state)
                state = stack.pop() if stack else state
            elif plain:
                self._byte(plain.encode("latin-1"), state)
            if at >= len(self.text):
                break
        self._flush(state)

    def _word(self, word: str, number: int | None, state: _State) -> int:
        """Execute a control word and return the number of binary characters that follow it."""
        if word == "bin":
            return max(0, number or 0)
        if word == "u" and number is not None:
            self._put(chr(number % 0x10000), state)
            self._ignore = state.fallback
        elif word in _SIGNS:
            self._put(_SIGNS[word], state)
        elif word == "uc":
            state.fallback = max(0, min(number or 0, 32))
        elif word == "ansicpg" and number:
            self._codec = _known(f"cp{number}" if number != 936 else "gb18030", self._codec)
        elif word == "f" and number is not None:
            self._font = number
            if not state.fonts:
                state.codec = self._fonts.get(number, "")
        elif word == "fcharset" and state.fonts:
            self._fonts[self._font] = _CHARSETS.get(number or 0, "")
        elif word in _WITHOUT_WORDS:
            state.skip, state.fonts = True, word == "fonttbl"
            self.objects = self.objects or word == "objdata"
        elif word in _APART:
            self.template = self.template or word == "template"
            state.out = []
            self.asides.append(state.out)
        return 0

    def _flush_before(self, word: str, state: _State) -> None:
        if word in _SIGNS or word in _WITHOUT_WORDS or word in _APART or word in ("u", "f", "ansicpg"):
            self._flush(state)

    def _byte(self, data: bytes, state: _State) -> None:
        if self._ignore:
            cut = min(self._ignore, len(data))
            self._ignore -= cut
            data = data[cut:]
        if not state.skip:
            self._bytes += data

    def _flush(self, state: _State) -> None:
        if self._bytes:
            state.out.append(self._bytes.decode(state.codec or self._codec, "replace"))
            self._bytes.clear()

    def _put(self, text: str, state: _State) -> None:
        self._ignore = 0
        if not state.skip:
            state.out.append(text)


def _joined(pieces: list[str]) -> str:
    """The joined text. Joins surrogate pairs (`\\u-10187?\\u-8250?`) and replaces single surrogates."""
    return "".join(pieces).encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _known(name: str, otherwise: str) -> str:
    try:
        return codecs.lookup(name).name
    except LookupError:
        return otherwise
