"""Reads office packages: every part that can contain text, whether or not the program shows it.

A part is identified by its content, not by its name or references: unreferenced parts are read, too, and so are both
namespaces of the standard (transitional and strict).
"""

from __future__ import annotations

import contextlib
import re
import zipfile
from collections.abc import Callable, Iterator
from pathlib import PurePosixPath

from jiyue.base.patterns import pattern
from jiyue.checks.attachment.extract.archive import entry_data, open_zip
from jiyue.checks.attachment.extract.encodings import decode
from jiyue.checks.attachment.extract.kinds import inside, kind_of
from jiyue.checks.attachment.extract.picture import PICTURES
from jiyue.checks.attachment.extract.pieces import Active, Part, Piece, Reading, Unreadable
from jiyue.checks.attachment.extract.plain import web_page
from jiyue.checks.attachment.extract.sheet import Formats, Sheet, Strings
from jiyue.checks.attachment.extract.word import Numbering, Shown
from jiyue.checks.attachment.extract.xml import Attributes, Walker

TYPES = "[Content_Types].xml"
_KINDS = {
    ".docx": ("word/", b"wordprocessingml", "Word 文档"),
    ".xlsx": ("xl/", b"spreadsheetml", "Excel 工作簿"),
    ".pptx": ("ppt/", b"presentationml", "演示文稿"),
}
"""Suffix -> (usual folder of parts, mark in the list of content types, Chinese name)."""
_OFFICE = pattern(r"openxmlformats\.org|purl\.oclc\.org/ooxml|schemas\.microsoft\.com|purl\.org/dc|urn:microsoft", re.I)
_XML = (".xml", ".rels", ".vml")
_NAMES = {
    "document": "正文", "header": "页眉", "footer": "页脚", "comments": "批注", "footnotes": "脚注", "endnotes": "尾注",
    "core": "文档属性", "app": "文档属性", "custom": "自定义属性", "slide": "幻灯片", "notesSlide": "幻灯片备注",
    "slideLayout": "幻灯片版式", "slideMaster": "幻灯片母版", "drawing": "图形里的文字", "comment": "批注",
    "threadedComment": "批注", "glossary": "文档部件", "pivotCacheRecords": "数据透视表缓存", "chart": "图表",
    "pivotCacheDefinition": "数据透视表缓存", "externalLink": "外部链接缓存", "workbook": "工作簿", "styles": "样式",
    "numbering": "编号", "settings": "设置", "data": "图示",
}  # fmt: skip


def office(ending: str) -> Callable[[bytes, Reading], Iterator[Piece]]:
    """A reader for packages of the type that the file's suffix names."""
    folder, kind, called = _KINDS[ending]

    def reader(data: bytes, reading: Reading) -> Iterator[Piece]:
        archive = open_zip(data, reading)
        types = archive.NameToInfo.get(TYPES)
        usual = any(name.startswith(folder) for name in archive.NameToInfo)
        if not usual and not (types and kind in entry_data(archive, types)):
            yield Unreadable(f"是改了扩展名的压缩包，不是{called}")
        yield from package(archive, reading)

    return reader


def package(archive: zipfile.ZipFile, reading: Reading) -> Iterator[Piece]:
    """Read every part of an open package; reports unreadable parts and goes on."""
    entries = [entry for entry in archive.infolist() if not entry.is_dir()]
    parts = _Parts(archive, entries)
    for entry in entries:
        try:
            yield from _part(entry.filename, entry_data(archive, entry), parts, reading)
        except Unreadable as problem:
            yield problem


def _part(name: str, data: bytes, parts: _Parts, reading: Reading) -> Iterator[Piece]:
    if name.lower().endswith("vbaproject.bin"):
        yield Active("文档带有宏程序（VBA）")
    elif name.lower().endswith(_XML):
        yield from _xml_part(name, data, parts, reading)
    else:
        yield from _other_part(name, data, reading)


class _Parts:
    """Data that parts share: numbering, styles, shared strings, number formats, names of sheets."""

    def __init__(self, archive: zipfile.ZipFile, entries: list[zipfile.ZipInfo]) -> None:
        def data(name: str) -> bytes:
            entry = next((e for e in entries if re.fullmatch(name, e.filename, re.I)), None)
            return entry_data(archive, entry) if entry else b""

        self._numbering = data(r"word/numbering\d*\.xml"), data(r"word/styles\d*\.xml")
        strings, formats, book = Strings(), Formats(), _Book()
        for walker, name in (
            (strings, r"xl/sharedStrings\d*\.xml"),
            (formats, r"xl/styles\d*\.xml"),
            (book, r"xl/workbook\d*\.xml"),
            (book, r"xl/_rels/workbook\d*\.xml\.rels"),
        ):
            with contextlib.suppress(Unreadable):  # reported when the part itself is read
                walker.walk(data(name))
        self.strings, self.formats, self.sheets = strings.strings, formats.of_style, book.titles()

    def lists(self) -> Numbering | None:
        """New counters for the lists of a document; None if it has none."""
        with contextlib.suppress(Unreadable):
            return Numbering(*self._numbering) if self._numbering[0] else None
        return None


class _Book(Walker):
    def __init__(self) -> None:
        super().__init__()
        self._sheets: dict[str, str] = {}
        self._targets: dict[str, str] = {}

    def start(self, name: str, attributes: Attributes) -> None:
        if name == "sheet":
            hidden = "" if attributes.get("state", "visible") == "visible" else "（隐藏）"
            self._sheets[attributes.get("id", "")] = f"工作表“{attributes.get('name', '')}”{hidden}"
        elif name == "Relationship":
            self._targets[attributes.get("Id", "")] = PurePosixPath(attributes.get("Target", "")).name

    def titles(self) -> dict[str, str]:
        """File name of a sheet -> its title."""
        return {self._targets[id_]: title for id_, title in self._sheets.items() if id_ in self._targets}


class _Root(Walker):
    """Reads only the root element."""

    def start(self, name: str, attributes: Attributes) -> None:
        if len(self.path) == 1:
            raise _Seen


class _Seen(Exception):
    """Stops the walk after the root element."""


def _root(data: bytes) -> str:
    walker = _Root()
    with contextlib.suppress(_Seen):
        walker.walk(data)
    return walker.root


_SHEETS = ("worksheet", "dialogsheet", "macrosheet", "chartsheet")


def _xml_part(name: str, data: bytes, parts: _Parts, reading: Reading) -> Iterator[Piece]:
    stem = PurePosixPath(name).name.partition(".")[0].rstrip("0123456789")
    called = _NAMES.get(stem, f"“{name}”")
    try:
        root = _root(data)
    except Unreadable:
        if not name.lower().endswith(".vml"):  # Excel writes drawings that aren't XML
            raise
        yield Part(called, decode(data))
        return
    kind = root.rpartition(" ")[2]
    if kind == "Relationships":
        yield from _relationships(name, data)
    elif kind == "sst":
        strings = Strings()
        strings.walk(data)
        yield Part("单元格文字（含已删除的）", "\n".join(strings.strings))
    elif kind in _SHEETS:
        if kind == "macrosheet" or "/macrosheets/" in name.lower():
            yield Active("工作簿带有宏程序（Excel 4 宏表）")
        sheet = Sheet(parts.strings, parts.formats)
        sheet.walk(data)
        yield from sheet.sheet_pieces(parts.sheets.get(PurePosixPath(name).name, called))
    elif "/customxml/" in f"/{name.lower()}" or not _OFFICE.search(root):
        yield from (Part(called, p.text) if isinstance(p, Part) else p for p in web_page(data, reading))
    else:
        shown = Shown(parts.lists() if kind in _LISTS else None)
        shown.walk(data)
        yield from shown.pieces(called)


_LISTS = frozenset(("document", "hdr", "ftr", "footnotes", "endnotes", "comments", "glossaryDocument"))


class _Relations(Walker):
    def __init__(self) -> None:
        super().__init__()
        self.loaded: dict[str, None] = {}

    def start(self, name: str, attributes: Attributes) -> None:
        kind = attributes.get("Type", "").rpartition("/")[2]
        if (
            attributes.get("TargetMode") == "External"
            and kind != "hyperlink"
            and _REMOTE.match(attributes.get("Target", ""))
        ):
            self.loaded[kind] = None


_REMOTE = pattern(r"\s*(?!file:///?[a-z]:)(?:[a-z][a-z0-9+.\-]+:(?!\\)|\\\\|//)", re.I)
"""An address on another machine: with a scheme, or a share. Not a file on the author's drive, which no reader has."""


def _relationships(name: str, data: bytes) -> Iterator[Piece]:
    relations = _Relations()
    relations.walk(data)
    if relations.asides:
        yield Part(f"“{name}”里的地址", "\n".join(relations.asides))
    for kind in relations.loaded:
        called = _LOADED.get(kind, kind)
        yield Active(f"打开时会从别的地址加载{called}")


_LOADED = {
    "attachedTemplate": "模板",
    "image": "图片",
    "oleObject": "对象",
    "externalLinkPath": "工作簿",
    "frame": "网页",
    "subDocument": "子文档",
}
_SILENT = (".odttf", ".fntdata", ".ttf", ".wdp", ".bin.rels")


def _other_part(name: str, data: bytes, reading: Reading) -> Iterator[Piece]:
    """Read a part that isn't XML: pictures, other documents, objects of other programs, and anything that is text."""
    short = PurePosixPath(name).name
    kind = kind_of(name, data, reading, guess=True)
    if kind == ".ole":
        yield Active(f"嵌有其他程序的对象（OLE）{short}")
    if kind and not name.lower().endswith(_SILENT):
        called = "内嵌图片" if kind in PICTURES else "内嵌文件"
        yield from inside(f"{called} {short}", data, reading if kind in PICTURES else reading.deeper(), kind)
