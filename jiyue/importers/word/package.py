"""Opens Word files (.docx) within limits, and gives their parts as trees without entities, in one namespace."""

from __future__ import annotations

import posixpath
import zipfile
from collections.abc import Iterator
from typing import Any, NamedTuple

import lxml.etree

from jiyue.checks.attachment.extract.archive import entry_data, open_zip
from jiyue.checks.attachment.extract.pieces import Limits, Reading, Unreadable
from jiyue.importers.word.converted import BadDocument

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_RELATION = "{http://schemas.openxmlformats.org/package/2006/relationships}Relationship"
_STRICT = {
    b"http://purl.oclc.org/ooxml/wordprocessingml/main": b"http://schemas.openxmlformats.org/wordprocessingml/2006/main",
    b"http://purl.oclc.org/ooxml/officeDocument/relationships": (
        b"http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    ),
    b"http://purl.oclc.org/ooxml/officeDocument/math": b"http://schemas.openxmlformats.org/officeDocument/2006/math",
    b"http://purl.oclc.org/ooxml/drawingml/": b"http://schemas.openxmlformats.org/drawingml/2006/",
}
"""Namespaces of the strict form of the standard -> those of the transitional one."""
LIMITS = Limits(unpacked=200_000_000)
MOST_XML = 30_000_000
"""Bytes of one part's XML: a million characters of text take about ten."""


class Target(NamedTuple):
    """What a part refers to. kind: the last word of the relationship's type; name: of a part, or an address outside."""

    kind: str
    name: str
    outside: bool


class Package:
    """An open document. Parts are named as in the archive, `word/document.xml`."""

    def __init__(self, data: bytes) -> None:
        """Raises BadDocument."""
        try:
            self._archive = open_zip(data, Reading(LIMITS, {}))
        except Unreadable as problem:
            encrypted = data[:8] == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
            message = "文档加了密码，或者是旧格式改了扩展名" if encrypted else f"不是可以读的 Word 文档：{problem}"
            raise BadDocument(message) from None
        self._entries: dict[str, zipfile.ZipInfo] = {}
        for entry in self._archive.infolist():
            self._entries.setdefault(entry.filename.lstrip("/").replace("\\", "/"), entry)
        main = next(
            (one.name for one in self.targets("").values() if one.kind == "officeDocument"), "word/document.xml"
        )
        if main not in self._entries:
            raise BadDocument("不是 Word 文档：里面没有正文")
        self.main = main

    def names(self) -> Iterator[str]:
        """The names of all parts."""
        yield from self._entries

    def data(self, name: str) -> bytes:
        """The bytes of a part, b'' if there is none. Raises BadDocument."""
        entry = self._entries.get(name)
        if entry is None:
            return b""
        try:
            return entry_data(self._archive, entry)
        except (Unreadable, OSError, ValueError, zipfile.BadZipFile, NotImplementedError, EOFError) as problem:
            raise BadDocument(f"文档损坏：{name} 读不出来（{problem}）") from None
        except Exception:  # zlib and lzma raise errors of their own
            raise BadDocument(f"文档损坏：{name} 解不开") from None

    def tree(self, name: str) -> Any:
        """The root of a part's XML, None if there is no such part. Raises BadDocument."""
        data = self.data(name)
        if not data:
            return None
        if len(data) > MOST_XML:
            raise BadDocument(f"{name} 有 {len(data) // 1_000_000} MB，太大")
        for strict, usual in _STRICT.items():
            data = data.replace(strict, usual)
        parser = lxml.etree.XMLParser(
            resolve_entities=False,
            no_network=True,
            load_dtd=False,
            huge_tree=False,
            remove_comments=True,
            remove_pis=True,
        )
        try:
            root = lxml.etree.fromstring(data, parser)
        except (lxml.etree.LxmlError, ValueError):
            raise BadDocument(f"文档损坏：{name} 不是 XML，或者套了太多层") from None
        if root.getroottree().docinfo.internalDTD is not None:
            raise BadDocument("文档里有 XML 实体声明，疑似攻击文件", "不要打开这个文件，向发来的人核实。")
        return root

    def targets(self, name: str) -> dict[str, Target]:
        """Id -> what a part refers to; '' for the package itself."""
        folder, _, file = name.rpartition("/")
        root = self.tree(f"{folder}/_rels/{file}.rels".lstrip("/"))
        found: dict[str, Target] = {}
        for one in root.iter(_RELATION) if root is not None else ():
            target, outside = one.get("Target") or "", one.get("TargetMode") == "External"
            if not outside:
                path = target if target.startswith("/") else posixpath.join(folder, target)
                target = posixpath.normpath(path.replace("\\", "/")).lstrip("/")
            found[one.get("Id") or ""] = Target((one.get("Type") or "").rpartition("/")[2], target, outside)
        return found

    def named(self, kind: str) -> list[str]:
        """The parts that the body refers to by a kind of relationship: styles, numbering, footnotes …"""
        return [one.name for one in self.targets(self.main).values() if one.kind == kind and not one.outside]

    def part(self, kind: str) -> Any:
        """The root of the first of these, or None."""
        return next((tree for name in self.named(kind) if (tree := self.tree(name)) is not None), None)


def value(element: Any, name: str) -> str:
    """The value of a setting, the attribute `val` of a child; '' if there is none."""
    child = element.find(W + name) if element is not None else None
    return (child.get(W + "val") or "") if child is not None else ""


def flag(element: Any, name: str) -> bool:
    """Whether a setting is there and not switched off."""
    child = element.find(W + name) if element is not None else None
    return child is not None and (child.get(W + "val") or "1") not in ("0", "false", "off", "none")
