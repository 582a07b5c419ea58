"""Reads the XML of Word documents, slides and drawings: paragraphs, table rows, list labels, tracked changes.

WordprocessingML and DrawingML use the same names for paragraphs, runs, breaks and tables (ISO/IEC 29500-1 §17, §21), in
the transitional and the strict namespaces, so one walker reads documents, headers, notes, comments, slides, masters,
charts and diagrams.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from jiyue.base.list_numbers import counted
from jiyue.base.patterns import pattern
from jiyue.checks.attachment.extract.pieces import Active, Part, Piece
from jiyue.checks.attachment.extract.xml import Attributes, Walker, unescaped

_DELETED, _INSERTED, _HIDDEN = 1, 2, 4
_CHANGES = {
    "del": _DELETED, "moveFrom": _DELETED, "ins": _INSERTED, "moveTo": _INSERTED,
    "Fallback": _HIDDEN, "rt": _HIDDEN, "rPh": _HIDDEN,
}  # fmt: skip
"""Elements that some view of a paragraph leaves out: tracked changes, alternative drawings, ruby annotations."""
_BLOCKS = frozenset(("p", "si", "is", "text"))
_BREAKS = {"tab": "\t", "ptab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-"}
_KEYWORD = pattern(r"^\s*[A-Z]+\s+", re.M)
_RUNNING = frozenset(("ddeLink", "oleLink", "ocx", "definedName", "hlinkClick", "hlinkMouseOver", "hlinkHover"))
_AUTOMATIC = pattern(r"\bauto_?(?:open|close|activate|deactivate)", re.I)
_ACTION = pattern(r"ppaction://(?:program|macro|ole)", re.I)
_RUNS = frozenset(("t", "delText"))
_INSTRUCTIONS = frozenset(("instrText", "delInstrText"))
DDE = pattern(r"(?:^|[\s\"{])DDE(?:AUTO)?(?=[\s\"]|$)", re.I | re.M)
"""A field that gets its text from another program; not an address that contains the letters."""
_SECTION = pattern(r"&[LCR]")
_PRINTED = pattern(r"&(?:[A-QS-Z]|\"[^\"]*\"|\d+|K[0-9A-F]{6})")
"""Codes in a spreadsheet's headers and footers (ISO/IEC 29500-1 §18.3.1.46)."""
_QUOTED = pattern(r"\"[^\"]*\"|'[^']*'")
_CALLS = pattern(r"\||\b(?:WEBSERVICE|RTD|CALL|REGISTER(?:\.ID)?|EXEC)\s*\(", re.I)
"""What calls another program from a formula; `|` isn't an operator but separates a program from its topic (DDE)."""
_WIDEST = 64
"""The most cells that a merged one may span."""


@dataclass(slots=True)
class _Paragraph:
    runs: list[tuple[str, int]] = field(default_factory=list)
    style: str = ""
    number: str = ""
    level: int = 0
    label: str = ""
    mark_deleted: bool = False


class Shown(Walker):
    """Reads one part. lines: the text as shown; others: other views of it (changes rejected, hidden text left out)."""

    def __init__(self, numbering: Numbering | None = None) -> None:
        super().__init__()
        self.lines: list[str] = []
        self.others: list[str] = []
        self.rows: list[str] = []
        self.instructions: list[str] = []
        self.active: dict[str, None] = {}
        self._numbering = numbering
        self._open = [_Paragraph()]
        self._state: list[int] = [0]
        self._vanish = False
        self._cells: list[list[str]] = []
        self._row: list[list[str]] = []
        self._span: list[int] = []
        self._held: list[str] = []
        self._old = 0
        self._bullets: dict[int, int] = {}

    def start(self, name: str, attributes: Attributes) -> None:  # noqa: PLR0912  (one branch an element)
        """See Walker."""
        state = self._state[-1] | _CHANGES.get(name, 0)
        self._state.append(state)
        if name in _RUNNING:
            self._look_for_programs(name, attributes)
        if name in _BLOCKS:
            self._open.append(_Paragraph())
        elif name in _BREAKS:
            if self.path[-2:-1] != ["tabs"]:  # of a paragraph's settings
                self._add(_BREAKS[name])
        elif name == "r":
            self._vanish = False
        elif name in ("vanish", "webHidden"):
            self._vanish = attributes.get("val", "1") not in ("0", "false", "off")
        elif name == "sym":
            self._add(_symbol(attributes.get("char", "")))
        elif name == "tr":
            self._row.append([])
        elif name == "tc":
            self._cells.append([])
            self._span.append(_count(attributes.get("gridSpan", "1")))
        elif name in ("gridSpan", "gridBefore"):
            self._widen(name, _count(attributes.get("val", "1")))
        elif name == "fldSimple":
            self.instructions.append(f" {attributes.get('instr', '')} ")
        elif name == "fldChar":
            self.instructions.append(" ")
        elif name == "pPrChange":
            self._old += 1
        elif not self._old:
            self._property(name, attributes)

    def _look_for_programs(self, name: str, attributes: Attributes) -> None:
        if name in ("ddeLink", "oleLink"):
            self.active["链接其他程序的数据（DDE、OLE）"] = None
        elif name == "ocx":
            self.active["带有控件（ActiveX）"] = None
        elif name == "definedName" and _AUTOMATIC.search(attributes.get("name", "")):
            self.active["打开时会运行宏"] = None
        elif _ACTION.match(attributes.get("action", "")):
            self.active["点击会运行程序或者宏"] = None

    def _property(self, name: str, attributes: Attributes) -> None:
        paragraph = self._open[-1]
        if name == "pStyle":
            paragraph.style = attributes.get("val", "")
        elif name == "numId":
            paragraph.number = attributes.get("val", "")
        elif name == "ilvl":
            paragraph.level = _count(attributes.get("val", "0"), 0)
        elif name == "pPr" and "lvl" in attributes:
            paragraph.level = _count(attributes["lvl"], 0)
        elif name == "buAutoNum":
            first = _count(attributes.get("startAt", "1"), 1, 32767)
            number = self._bullets[paragraph.level] = self._bullets.get(paragraph.level, first - 1) + 1
            paragraph.label = f"{number}."
        elif name == "del" and self.path[-3:-1] == ["pPr", "rPr"]:
            paragraph.mark_deleted = True

    def end(self, name: str) -> None:
        """See Walker."""
        self._state.pop()
        if name in _BLOCKS:
            self._finish(self._open.pop())
        elif name == "pPrChange":
            self._old -= 1
        elif name == "tc" and self._cells and self._row:
            self._row[-1].append(" ".join(self._cells.pop()))
            self._row[-1] += [""] * (self._span.pop() - 1)
        elif name == "tr" and self._row:
            self.rows.append("\t".join(self._row.pop()))
        elif name == "tbl":
            self.rows.append("")

    def text(self, name: str, text: str) -> None:
        """See Walker."""
        if name in _RUNS:
            self._add(unescaped(text))
        elif name in _INSTRUCTIONS:
            self.instructions.append(text)
        elif name.endswith(("Header", "Footer")):
            for line in _PRINTED.sub("", _SECTION.sub("\n\n", unescaped(text))).split("\n\n"):
                super().text(name, line)
        elif name == "definedName" and calls_a_program(text):
            self.active["名称里的公式会调用其他程序（DDE 等）"] = None
        else:
            super().text(name, text)

    def _add(self, text: str) -> None:
        state = self._state[-1] | (_HIDDEN if self._vanish and "r" in self.path[-2:] else 0)
        self._open[-1].runs.append((text, state))

    def _widen(self, name: str, count: int) -> None:
        if name == "gridSpan" and self._span:
            self._span[-1] = count
        elif name == "gridBefore" and self._row:
            self._row[-1] += [""] * count

    def _finish(self, paragraph: _Paragraph) -> None:
        label = paragraph.label
        if self._numbering:
            label = self._numbering.label(paragraph.style, paragraph.number, paragraph.level)
        runs = paragraph.runs
        shown = label + "".join(text for text, state in runs if not state & (_DELETED | _HIDDEN))
        if any(state for _, state in runs):
            views = {label + "".join(text for text, _ in runs)}
            views |= {label + "".join(t for t, state in runs if not state & left) for left in (_INSERTED, _DELETED)}
            self.others += sorted(views - {shown})
        if paragraph.mark_deleted:
            self._held.append(shown)
        elif self._held:
            self.others.append(shown)
            shown = "".join([*self._held, shown])
            self._held.clear()
        if shown:
            self.lines.append(shown)
            if self._cells:
                self._cells[-1].append(shown)

    def pieces(self, name: str) -> Iterator[Piece]:
        """The pieces of the part."""
        if self._open[0].runs:
            self._finish(self._open[0])
        if self._held:
            self.lines.append("".join(self._held))
        if any(self.rows):
            yield Part(f"{name}的表格", "\n".join(self.rows))
        if self.lines:
            yield Part(name, "\n".join(self.lines))
        if self.others:
            yield Part(f"{name}的修订痕迹和隐藏文字", "\n".join(self.others))
        if self.instructions:
            asked = "".join(self.instructions)
            yield Part(f"{name}的域代码", f"{asked}\n{_KEYWORD.sub('', asked)}")
            if DDE.search(asked):
                self.active["域代码会调用其他程序（DDE）"] = None
        if self.asides:
            yield Part(f"{name}的名称和提示", "\n".join(self.asides))
        for what in self.active:
            yield Active(f"{name}：{what}")


def calls_a_program(formula: str) -> bool:
    """Whether a spreadsheet's formula starts or loads something outside the workbook."""
    return _CALLS.search(_QUOTED.sub("", formula)) is not None


def _count(text: str, least: int = 1, most: int = _WIDEST) -> int:
    return min(max(int(text), least), most) if text.lstrip("-").isdecimal() and len(text) < 10 else least


def _symbol(code: str) -> str:
    """A character of a symbol font, which may be in the private use area (ISO/IEC 29500-1 §17.3.3.30)."""
    try:
        number = int(code, 16)
    except ValueError:
        return ""
    number -= 0xF000 if 0xF000 <= number <= 0xF0FF else 0
    return chr(number) if 0 < number < 0xD800 or 0xE000 <= number < 0x110000 else ""


# List labels


@dataclass(slots=True)
class _Level:
    start: int = 1
    kind: str = "decimal"
    text: str = ""
    after: str = "\t"
    legal: bool = False


class Numbering(Walker):
    """The lists of a document and their counters (ISO/IEC 29500-1 §17.9)."""

    def __init__(self, numbering: bytes, styles: bytes) -> None:
        super().__init__()
        self._levels: dict[str, dict[int, _Level]] = {}
        self._of_number: dict[str, str] = {}
        self._own: dict[str, dict[int, _Level]] = {}
        self._styles: dict[str, tuple[str, int, str]] = {}
        self._counts: dict[str, dict[int, int]] = {}
        self._into: dict[int, _Level] = {}
        self._level = _Level()
        self._id = self._style = ""
        for part in (numbering, styles):
            if part:
                self.walk(part)

    def start(self, name: str, attributes: Attributes) -> None:
        """See Walker."""
        value = attributes.get("val", "")
        if name == "abstractNum":
            self._into = self._levels.setdefault(attributes.get("abstractNumId", ""), {})
        elif name == "num":
            self._id = attributes.get("numId", "")
            self._into = self._own.setdefault(self._id, {})
        elif name == "abstractNumId":
            self._of_number[self._id] = value
        elif name == "lvl":
            self._level = self._into.setdefault(_count(attributes.get("ilvl", ""), 0), _Level())
        elif name == "lvlOverride":
            self._level = _Level()
        elif name == "start" and self.path[-2:-1] == ["lvl"]:
            self._level.start = _count(value, 0, 1 << 31)
        elif name == "numFmt":
            self._level.kind = value
        elif name == "lvlText":
            self._level.text = value
        elif name == "suff":
            self._level.after = {"nothing": "", "space": " "}.get(value, "\t")
        elif name == "isLgl":
            self._level.legal = value not in ("0", "false", "off")
        elif name == "style":
            self._style = attributes.get("styleId", "")
            self._styles[self._style] = ("", 0, "")
        elif self._style and name in ("numId", "ilvl", "basedOn"):
            number, level, base = self._styles[self._style]
            self._styles[self._style] = (
                value if name == "numId" else number,
                _count(value, 0) if name == "ilvl" else level,
                value if name == "basedOn" else base,
            )

    def text(self, name: str, text: str) -> None:
        """Ignore text."""

    def label(self, style: str, number: str, level: int) -> str:
        """The label of the next paragraph of this style, list and level, with its separator."""
        seen: set[str] = set()
        while not number and style in self._styles and style not in seen and len(seen) < _WIDEST:
            seen.add(style)
            number, inherited, style = self._styles[style]
            level = level or inherited
        abstract = self._of_number.get(number)
        if abstract is None:
            return ""
        levels = {**self._levels.get(abstract, {}), **self._own.get(number, {})}
        here = levels.get(level)
        if here is None:
            return ""
        counts = self._counts.setdefault(abstract, {})
        counts[level] = counts.get(level, here.start - 1) + 1
        for deeper in [key for key in counts if key > level]:
            del counts[deeper]

        def filled(match: re.Match[str]) -> str:
            at = int(match[1]) - 1
            of = levels.get(at, here)
            return counted(counts.get(at, of.start), "decimal" if here.legal else of.kind)

        text = "" if here.kind == "none" and "%" not in here.text else _PLACE.sub(filled, here.text)
        return "" if here.kind == "bullet" else text + here.after


_PLACE = pattern(r"%([1-9])")
