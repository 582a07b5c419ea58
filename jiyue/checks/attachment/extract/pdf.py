"""Reads PDF: the visible text of pages, and every object with text, files or programs, referenced or not.

pdfium gives the text and the geometry of pages, pypdf the objects.
"""

from __future__ import annotations

import ctypes
import io
import re
from collections.abc import Iterator
from typing import Any

from jiyue.base.patterns import pattern
from jiyue.checks.attachment.extract.kinds import inside, kind_of
from jiyue.checks.attachment.extract.picture import picture
from jiyue.checks.attachment.extract.pieces import Active, Part, Piece, Reading, TooLarge, Unreadable
from jiyue.checks.attachment.extract.xml import has_words

_NUMBERING = pattern(r"[\s\d第共页/|·.\-–—]+|page|of", re.I)
"""Text that scanner programs add to the picture of a page."""
_GARBLED = pattern(r"[\ufffd\ue000-\uf8ff\x00-\x08]")
_COVERED = 0.6
"""A page counts as scanned if pictures cover at least this share of it."""
_OUTLINES = 40
"""Number of letter-sized, letter-like shapes from which a page counts as text drawn as shapes."""
_GRID = 20


def pdf(data: bytes, reading: Reading) -> Iterator[Piece]:
    """Read a PDF, see the module."""
    yield from _pages(data, reading)
    yield from _Objects(data, reading).pieces()


# Pages


def _pages(data: bytes, reading: Reading) -> Iterator[Piece]:
    import pypdfium2  # noqa: PLC0415  (25 ms, few files are PDF)

    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as problem:
        raise Unreadable("PDF 加了密码" if "password" in str(problem).lower() else "PDF 损坏") from problem
    try:
        if len(document) > reading.limits.pages:
            raise TooLarge(f"PDF 有 {len(document)} 页，超过上限 {reading.limits.pages} 页")
        scans, garbled = [], []
        for number in range(1, len(document) + 1):
            page = document[number - 1]
            text = _text(page)
            seen = _Geometry(page)
            if seen.is_picture or (seen.pictures and not _NUMBERING.sub("", text)):
                scans.append(number)
            elif len(_GARBLED.findall(text)) * 4 > len(text.strip()):
                garbled.append(number)
            if text:
                yield Part(f"第 {number} 页", text)
            page.close()
    finally:
        document.close()
    if scans:
        yield Unreadable(f"第 {_listed(scans)} 页是扫描图片，或者文字已经转成曲线，读不出文字")
    if garbled:
        yield Unreadable(f"第 {_listed(garbled)} 页的文字没有编码表，读出来是乱码")


def _text(page: Any) -> str:
    words = page.get_textpage()
    text: str = words.get_text_range()
    words.close()
    return text.replace("\r\n", "\n").replace("\ufffe", "-").replace("\x02", "-")


class _Geometry:
    """How much of a page is covered by pictures, and how many shapes look like letters."""

    def __init__(self, page: Any) -> None:
        from pypdfium2 import raw  # noqa: PLC0415  (25 ms, few files are PDF)

        self._raw = raw
        self.pictures = self._letters = 0
        self._cells: set[int] = set()
        left, bottom, right, top = page.get_mediabox()
        self._origin, self._size = (left, bottom), (max(1.0, right - left), max(1.0, top - bottom))
        stack: list[tuple[Any, int, Any, tuple[float, ...], int]] = []
        unit = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)
        for at in range(raw.FPDFPage_CountObjects(page)):
            stack.append((raw.FPDFPage_GetObject, at, page.raw, unit, 0))
        while stack:
            get, at, holder, matrix, depth = stack.pop()
            thing = get(holder, at)
            kind = raw.FPDFPageObj_GetType(thing)
            if kind == raw.FPDF_PAGEOBJ_IMAGE:
                self._cover(_times(self._matrix(thing), matrix))
            elif kind == raw.FPDF_PAGEOBJ_PATH:
                self._outline(thing, matrix)
            elif kind == raw.FPDF_PAGEOBJ_FORM and depth < 10:
                inner = _times(self._matrix(thing), matrix)
                stack += [
                    (raw.FPDFFormObj_GetObject, index, thing, inner, depth + 1)
                    for index in range(raw.FPDFFormObj_CountObjects(thing))
                ]

    @property
    def is_picture(self) -> bool:
        """Whether the page is a scan, or its letters are drawn as shapes."""
        return len(self._cells) >= _COVERED * _GRID * _GRID or self._letters >= _OUTLINES

    def _matrix(self, thing: Any) -> tuple[float, ...]:
        matrix = self._raw.FS_MATRIX()
        self._raw.FPDFPageObj_GetMatrix(thing, matrix)
        return matrix.a, matrix.b, matrix.c, matrix.d, matrix.e, matrix.f

    def _cover(self, matrix: tuple[float, ...]) -> None:
        """Mark the cells of a grid over the page that are covered by a picture (the unit square under matrix)."""
        self.pictures += 1
        a, b, c, d, e, f = matrix
        across = [x - self._origin[0] for x in (e, e + a, e + c, e + a + c)]
        upward = [y - self._origin[1] for y in (f, f + b, f + d, f + b + d)]
        spans = []
        for values, size in ((across, self._size[0]), (upward, self._size[1])):
            first = max(0, min(_GRID, round(min(values) / size * _GRID)))
            last = max(0, min(_GRID, round(max(values) / size * _GRID)))
            spans.append(range(first, last))
        self._cells.update(x * _GRID + y for x in spans[0] for y in spans[1])

    def _outline(self, thing: Any, matrix: tuple[float, ...]) -> None:
        raw = self._raw
        segments = raw.FPDFPath_CountSegments(thing)
        if segments < 8:
            return
        mode, stroke = ctypes.c_int(), raw.FPDF_BOOL()
        raw.FPDFPath_GetDrawMode(thing, mode, stroke)
        if mode.value == raw.FPDF_FILLMODE_NONE:
            return
        edges = [ctypes.c_float() for _ in range(4)]
        raw.FPDFPageObj_GetBounds(thing, *edges)
        scale = max(abs(matrix[0]), abs(matrix[1]), 1e-6)
        width, height = ((edges[2 + i].value - edges[i].value) * scale for i in (0, 1))
        if 2 <= height <= 72 and 1 <= width <= 72:
            self._letters += 1
        elif height <= 72 and width > 72:
            self._letters += segments // 20


def _times(one: tuple[float, ...], other: tuple[float, ...]) -> tuple[float, ...]:
    """The matrix that applies one, then the other (ISO 32000-1 §8.3.4)."""
    a, b, c, d, e, f = one
    p, q, r, s, t, u = other
    return a * p + b * r, a * q + b * s, c * p + d * r, c * q + d * s, e * p + f * r + t, e * q + f * s + u


def _listed(numbers: list[int]) -> str:
    shown = "、".join(map(str, numbers[:5]))
    return shown + (f" 等 {len(numbers)}" if len(numbers) > 5 else "")


# Objects

_RUNS = {
    "/JavaScript": "脚本（JavaScript）", "/Launch": "启动其他程序的动作", "/ImportData": "导入数据的动作",
    "/SubmitForm": "向别处提交数据的动作", "/GoToE": "打开内嵌文件的动作", "/Rendition": "播放媒体的动作",
    "/RichMediaExecute": "多媒体程序",
}  # fmt: skip
_PLAYERS = {"/RichMedia": "多媒体程序", "/3D": "三维模型", "/Movie": "影片", "/Sound": "声音", "/Screen": "媒体"}
_NO_WORDS = frozenset(
    ("/ID", "/O", "/U", "/OE", "/UE", "/Perms", "/DA", "/CheckSum", "/Panose", "/FontFile", "/Lookup")
)
_SCRIPT = pattern(r"<(?:\w+:)?script\b", re.I)


class _Objects:
    """Visits every object of a file once, in order of their numbers."""

    def __init__(self, data: bytes, reading: Reading) -> None:
        import pypdf  # noqa: PLC0415  (60 ms, few files are PDF)

        self._pdf = pypdf.PdfReader(io.BytesIO(data), strict=False)
        self._reading = reading
        self.words: dict[str, None] = {}
        self.active: dict[str, None] = {}
        self._found: list[Piece] = []
        self._count = 0
        self._page = pypdf.PageObject(self._pdf)

    def pieces(self) -> Iterator[Piece]:
        """The pieces of all objects."""
        if self._pdf.is_encrypted and not self._pdf.decrypt(""):
            raise Unreadable("PDF 加了密码")
        self._look(self._pdf.trailer)
        for thing in self._objects():
            self._look(thing)
            yield from self._found
            self._found.clear()
        if self.words:
            yield Part("属性、书签、批注和表单", "\n".join(self.words))
        for what in self.active:
            yield Active(f"PDF 带有{what}")

    def _objects(self) -> Iterator[Any]:
        """Each object of the file; an object stream is read as a whole."""
        from pypdf.generic import IndirectObject, StreamObject  # noqa: PLC0415  (60 ms, few files are PDF)

        numbers = {(number, generation) for generation, table in self._pdf.xref.items() for number in table}
        for number, generation in sorted(numbers):
            self._spend()
            try:
                thing = self._pdf.get_object(IndirectObject(number, generation, self._pdf))
            except Exception:  # a viewer can't show an object that can't be read
                continue
            if isinstance(thing, StreamObject) and thing.get("/Type") == "/ObjStm":
                yield from self._packed(thing)
            elif thing is not None:
                yield thing

    def _packed(self, stream: Any) -> Iterator[Any]:
        from pypdf.generic import read_object  # noqa: PLC0415  (60 ms, few files are PDF)

        data = stream.get_data()
        first, count = int(stream.get("/First", 0)), int(stream.get("/N", 0))
        offsets = data[:first].split()[1 : 2 * count : 2]
        source = io.BytesIO(data)
        for offset in offsets:
            self._spend()
            try:
                source.seek(first + int(offset))
                yield read_object(source, self._pdf)
            except Exception:  # as above
                continue

    def _spend(self) -> None:
        self._count += 1
        if self._count > self._reading.limits.objects:
            raise TooLarge(f"PDF 的对象超过上限 {self._reading.limits.objects // 10000} 万个")

    def _look(self, thing: Any) -> None:
        """Examine one object with the arrays and dictionaries in it."""
        from pypdf.generic import ArrayObject, ByteStringObject, DictionaryObject, StreamObject, TextStringObject  # noqa: PLC0415  (60 ms, few files are PDF)

        stack = [("", thing)]
        while stack:
            key, value = stack.pop()
            if isinstance(value, DictionaryObject):
                self._dictionary(value)
                if isinstance(value, StreamObject):
                    self._stream(value)
                stack += [(name, value.raw_get(name)) for name in reversed(value)]
            elif isinstance(value, ArrayObject):
                stack += [(key, one) for one in reversed(list(list.__iter__(value)))]
            elif isinstance(value, (TextStringObject, ByteStringObject)) and key not in _NO_WORDS:
                text = value if isinstance(value, str) else bytes(value).decode("gb18030", "ignore")
                if has_words(text):
                    self.words[str(text)] = None

    def _dictionary(self, value: Any) -> None:
        action, kind = value.get("/S"), value.get("/Subtype")
        if action in _RUNS:
            self.active[_RUNS[action]] = None
        elif "/JS" in value:
            self.active[_RUNS["/JavaScript"]] = None
        if kind in _PLAYERS and ("/Rect" in value or "/A" in value):
            self.active[_PLAYERS[kind]] = None
        if "/EF" in value:
            self._file(value)
        if "/XFA" in value:
            self._form_of_xml(value["/XFA"])

    def _file(self, value: Any) -> None:
        name = str(value.get("/UF") or value.get("/F") or "文件")
        for stream in list(value["/EF"].values())[:1]:
            content = stream.get_object().get_data()
            self._reading.spend(len(content), 1)
            kind = kind_of(name, content, self._reading, guess=True)
            self._found += inside(f"PDF 附带的 {name}", content, self._reading.deeper(), kind)

    def _form_of_xml(self, value: Any) -> None:
        for one in value if isinstance(value, list) else [value]:
            stream = one.get_object()
            if hasattr(stream, "get_data"):
                text = stream.get_data().decode("utf-8", "replace")
                self._found.append(Part("XFA 表单", text))
                if _SCRIPT.search(text):
                    self.active["表单脚本（XFA）"] = None

    def _stream(self, value: Any) -> None:
        kind = value.get("/Subtype")
        if kind == "/Form" or value.get("/PatternType") == 1:
            try:
                text = self._page.extract_xform_text(value)
            except Exception:  # as above
                return
            if text:
                self._found.append(Part("批注和图样里的文字", text))
        elif kind == "/XML" or value.get("/Type") == "/Metadata":
            data = value.get_data()
            self._found.append(Part("文档属性", data.decode("utf-8", "replace")))
        elif kind == "/Image" and value._data[:3] == b"\xff\xd8\xff" and b"Exif\0\0" in value._data:
            self._found += [piece for piece in picture(value._data, self._reading) if not isinstance(piece, Part)]
