"""Reads worksheets: rows of cells, formatted numbers, formulas (ISO/IEC 29500-1 §18)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from jiyue.base.patterns import pattern
from jiyue.checks.attachment.extract.pieces import Active, Part, Piece
from jiyue.checks.attachment.extract.word import Shown, calls_a_program
from jiyue.checks.attachment.extract.xml import Attributes, Walker, unescaped

_FARTHEST = 64, 10_000
"""The most empty cells and rows kept between filled ones; wider gaps are shortened."""
_LONGEST_FORMAT = 255
"""Excel's limit, in characters."""
_LETTERS = pattern(r"[A-Z]{1,3}")


class Strings(Walker):
    """The shared strings of a workbook, by number."""

    def __init__(self) -> None:
        super().__init__()
        self.strings: list[str] = []
        self._runs: list[str] = []
        self._reading = 0

    def start(self, name: str, attributes: Attributes) -> None:
        """See Walker."""
        self._reading += name == "rPh"

    def end(self, name: str) -> None:
        """See Walker."""
        self._reading -= name == "rPh"
        if name == "si":
            self.strings.append(unescaped("".join(self._runs)))
            self._runs.clear()

    def text(self, name: str, text: str) -> None:
        """See Walker."""
        if name == "t" and not self._reading:
            self._runs.append(text)


class Formats(Walker):
    """The number formats of a workbook, by cell style."""

    def __init__(self) -> None:
        super().__init__()
        self.of_style: list[str] = []
        self._codes: dict[str, str] = {}

    def start(self, name: str, attributes: Attributes) -> None:
        """See Walker."""
        if name == "numFmt":
            self._codes[attributes.get("numFmtId", "")] = attributes.get("formatCode", "")[:_LONGEST_FORMAT]
        elif name == "xf" and self.path[-2:-1] == ["cellXfs"]:
            self.of_style.append(self._codes.get(attributes.get("numFmtId", ""), ""))


class Sheet(Shown):
    """Reads one worksheet; its text boxes, headers and names like those of any other part."""

    def __init__(self, strings: Sequence[str], formats: Sequence[str]) -> None:
        super().__init__()
        self.cells: list[str] = []
        self.formatted: list[str] = []
        self.formulas: list[str] = []
        self._strings, self._formats = strings, formats
        self._values: list[str] = []
        self._looks: list[str] = []
        self._at = ("", "", "")
        self._value = ""
        self._inline: list[str] = []

    def start(self, name: str, attributes: Attributes) -> None:
        """See Walker."""
        if name == "row":
            number = attributes.get("r", "")
            if number.isdecimal() and len(number) < 8:
                gap = int(number) - 1 - len(self.cells)
                self.cells += [""] * (gap if gap <= _FARTHEST[1] else 0)
        elif name == "c":
            self._at = attributes.get("r", ""), attributes.get("t", "n"), attributes.get("s", "")
            self._value = ""
            self._inline.clear()
        elif name not in ("v", "f", "is", "t"):
            super().start(name, attributes)
            return
        self._state.append(self._state[-1])

    def end(self, name: str) -> None:
        """See Walker."""
        if name == "c":
            self._cell()
        elif name == "row":
            self._end_row()
        elif name not in ("v", "f", "is", "t"):
            super().end(name)
            return
        self._state.pop()

    def text(self, name: str, text: str) -> None:
        """See Walker."""
        if name == "v":
            self._value = unescaped(text)
        elif name == "f":
            self.formulas.append(text)
        elif name == "t" and self.path[-2:-1] != ["rPh"]:
            self._inline.append(unescaped(text))
        else:
            super().text(name, text)

    def _cell(self) -> None:
        place, kind, style = self._at
        letters = _LETTERS.match(place)
        if letters:
            gap = _column(letters[0]) - len(self._values)
            empty = [""] * (gap if gap <= _FARTHEST[0] else 0)
            self._values += empty
            self._looks += empty
        value = self._value
        if kind == "s":
            value = self._strings[int(value)] if value.isdecimal() and int(value) < len(self._strings) else ""
        elif self._inline:
            value = "".join(self._inline)
        elif kind == "n" and ("." in value or "E" in value or "e" in value):
            value = _whole(value)
        code = self._formats[int(style)] if style.isdecimal() and int(style) < len(self._formats) else ""
        self._values.append(value.replace("\n", " "))
        self._looks.append(shown(value, code, number=kind == "n").replace("\n", " ") if code else self._values[-1])

    def _end_row(self) -> None:
        row = "\t".join(self._values).rstrip("\t")
        self.cells.append(row)
        if self._looks != self._values:
            self.formatted.append("\t".join(self._looks).rstrip("\t"))
        self._values, self._looks = [], []

    def sheet_pieces(self, name: str) -> Iterator[Piece]:
        """The pieces of the sheet."""
        if any(self.cells):
            yield Part(name, "\n".join(self.cells), 1)
        if self.formatted:
            yield Part(f"{name}按格式显示的内容", "\n".join(self.formatted))
        if self.formulas:
            yield Part(f"{name}的公式", "\n".join(re.sub(r'"\s*&\s*"', "", formula) for formula in self.formulas))
            if any(calls_a_program(formula) for formula in self.formulas):
                yield Active(f"{name}的公式会调用其他程序（DDE 等）")
        yield from self.pieces(name)


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1


def _whole(value: str) -> str:
    """A value without the decimals or exponent that programs add to whole numbers."""
    try:
        number = float(value)
    except ValueError:
        return value
    return str(int(number)) if number.is_integer() and abs(number) < 1e19 else value


_TOKEN = pattern(
    r"\"([^\"]*)\"|\\(.)|_(.)|\*(.)|\[([^\]]*)\]|([0#?]+)|(@)|(\.)|(General)"
    r"|([,%]|E[+\-])|([ymdhsYMDHSbge]+|AM/PM|A/P)|(.)",
    re.S | re.I,
)
_MONEY = pattern(r"\$([^-\]]*)")


def shown(value: str, code: str, *, number: bool) -> str:
    """A cell's value with the text that its format adds and the separators it puts between digits (§18.8.31).

    Thousands separators and dates are left out, because they add no words.
    """
    sections = _sections(code)
    negative = number and value.startswith("-")
    if not number:
        section = sections[3] if len(sections) > 3 else next((s for s in sections if "@" in s), "@")
    elif negative and len(sections) > 1:
        section, value = sections[1], value[1:]
    else:
        section = sections[2] if len(sections) > 2 and _is_zero(value) else sections[0]
    tokens = [match.groups() for match in _TOKEN.finditer(section)]
    places = sum(
        len(token[5] or "") for token in tokens[: next((i for i, t in enumerate(tokens) if t[7]), len(tokens))]
    )
    whole, _, rest = value.partition(".") if number else ("", "", "")
    digits = whole.lstrip("-").rjust(places, "0") if places else ""
    extra = len(digits) - places
    out: list[str] = ["-"] if negative and len(sections) == 1 else []
    after_point = False
    for quoted, escaped, _, filled, bracket, holes, text, point, general, _, date, other in tokens:
        if holes and after_point:
            out.append(rest[: len(holes)])
        elif holes:
            out.append(digits[: extra + len(holes)])
            digits, extra = digits[extra + len(holes) :], 0
        elif point:
            after_point = True
            out.append("." if rest else "")
        elif text or general:
            out.append(value)
        elif date:
            out.append("")
        elif bracket is not None:
            money = _MONEY.match(bracket)
            out.append(money[1] if money else "")
        else:
            out.append(next((one for one in (quoted, escaped, filled, other) if one), ""))
    return "".join(out)


def _sections(code: str) -> list[str]:
    out = [""]
    for match in re.finditer(r"\"[^\"]*\"|\\.|;|[^;\"\\]+|.", code, re.S):
        if match[0] == ";":
            out.append("")
        else:
            out[-1] += match[0]
    return out


def _is_zero(value: str) -> bool:
    try:
        return float(value or "0") == 0
    except ValueError:
        return False
