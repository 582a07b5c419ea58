"""The text inside attachments, with every corner in which text hides: hidden sheets, comments, properties, leftovers.

`read` opens one file and runs in a child process (attachments.py starts it), because a hostile file may take all memory
or never end. Each reader yields Parts; what it can't read it says with Unreadable, never by silence.
Libraries: python-docx 1.2, python-pptx 1.0, openpyxl 3.1, pypdf 6 or 7, Pillow 12 or 13; imported where needed.
"""

from __future__ import annotations

import csv
import html
import io
import json
import re
import shutil
import subprocess
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any
from xml.etree import ElementTree

from jiyue.patterns import pattern


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one attachment. Sizes in bytes, seconds of one file in its child process."""

    file_size: int = 50_000_000
    unpacked: int = 300_000_000
    ratio: int = 200
    """Most times that an entry of an archive larger than 1 MB may grow."""
    entries: int = 2000
    depth: int = 3
    text: int = 20_000_000
    """Characters of text read from one attachment; more is refused, not cut."""
    pages: int = 2000
    seconds: float = 60.0
    memory: int = 2_000_000_000


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of an attachment's text. name is Chinese, for an officer; first_line 0 where the part has no lines."""

    name: str
    text: str
    first_line: int = 0


@dataclass(frozen=True, slots=True)
class Position:
    """A photograph that tells where it was taken."""

    name: str


class Unreadable(Exception):
    """A file, or a part of it, whose text can't be read; str() says why, in Chinese."""


class TooLarge(Unreadable):
    """A file beyond a bound."""


Piece = Part | Position | Unreadable
Reader = Callable[[bytes, Limits, int], Iterator[Piece]]


def read(name: str, data: bytes, limits: Limits, depth: int = 0) -> Iterator[Piece]:
    """The pieces of one file, told by its name's ending. Trouble comes as an Unreadable among them."""
    ending = PurePosixPath(name).suffix.lower()
    reader = READERS.get(ending)
    if len(data) > limits.file_size:
        yield TooLarge(f"文件有 {len(data) / 1e6:.0f} MB，超过上限 {limits.file_size / 1e6:.0f} MB")
    elif reader is None:
        yield Unreadable(f"不能读取 {ending or '没有扩展名的'} 文件的内容")
    else:
        length = 0
        try:
            for piece in reader(data, limits, depth):
                length += len(piece.text) if isinstance(piece, Part) else 0
                if length > limits.text:
                    raise TooLarge(f"文字超过上限 {limits.text // 10000} 万字")
                yield piece
        except Unreadable as problem:
            yield problem
        except MemoryError:
            yield TooLarge("读取所需的内存超过上限")
        except Exception as problem:  # a library's complaint about a broken file can be anything
            yield Unreadable(f"文件损坏或者格式不符（{type(problem).__name__}）")


# Plain text


def decode(data: bytes) -> str:
    """Text in the encoding that Chinese offices use: by its mark, UTF-8, GB 18030 or UTF-16. Raises Unreadable."""
    for mark, encoding in (
        (b"\xef\xbb\xbf", "utf-8-sig"),
        (b"\xff\xfe\0\0", "utf-32"),
        (b"\xff\xfe", "utf-16"),
        (b"\xfe\xff", "utf-16"),
    ):
        if data.startswith(mark):
            return data.decode(encoding, errors="replace")
    sample = data[:4000]
    if sample.count(0) > len(sample) // 8:
        even = sample[::2].count(0) > sample[1::2].count(0)
        return data.decode("utf-16-be" if even else "utf-16-le", errors="replace")
    for encoding in ("utf-8", "gb18030", "big5"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Unreadable("文字编码无法识别，请另存为 UTF-8")


def _plain(data: bytes, limits: Limits, depth: int) -> Iterator[Piece]:
    yield Part("", _lines(decode(data)), first_line=1)


def _json(data: bytes, limits: Limits, depth: int) -> Iterator[Piece]:
    """As it is written, and again with its escapes as what they stand for."""
    text = _lines(decode(data))
    yield Part("", text, first_line=1)
    if "\\u" in text:
        try:
            shown = json.dumps(json.loads(text), ensure_ascii=False, indent=0)
        except (ValueError, RecursionError) as problem:
            raise Unreadable("JSON 文件读不出来") from problem
        yield Part("转义的文字", shown)


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _table(data: bytes, limits: Limits, depth: int) -> Iterator[Piece]:
    """Cells divided by tabs; a row stands in the line in which it stood, and one of several lines is followed by empty ones."""
    text = _lines(decode(data))
    csv.field_size_limit(limits.text)
    rows = csv.reader(io.StringIO(text), delimiter="\t" if text.count("\t") > text.count(",") else ",")
    lines: list[str] = []
    for row in rows:
        lines.append("\t".join(cell.replace("\n", " ") for cell in row))
        lines += [""] * (rows.line_num - len(lines))
    yield Part("", "\n".join(lines), first_line=1)


# Archives, and the XML packages of office programs


def open_zip(data: bytes, limits: Limits) -> zipfile.ZipFile:
    """An archive within the bounds by what its directory declares. Raises Unreadable, TooLarge."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except zipfile.BadZipFile as problem:
        raise Unreadable("压缩包损坏") from problem
    entries = archive.infolist()
    if len(entries) > limits.entries:
        raise TooLarge(f"压缩包有 {len(entries)} 个文件，超过上限 {limits.entries}")
    if sum(entry.file_size for entry in entries) > limits.unpacked:
        raise TooLarge(f"压缩包解开后超过 {limits.unpacked / 1e6:.0f} MB")
    for entry in entries:
        if entry.file_size > 1_000_000 and entry.file_size > limits.ratio * max(1, entry.compress_size):
            raise TooLarge("压缩比异常，疑似压缩炸弹")
        if entry.flag_bits & 1:
            raise Unreadable("压缩包加了密码")
    return archive


def _entry(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    with archive.open(entry) as stream:
        data = stream.read(entry.file_size + 1)
    if len(data) > entry.file_size:
        raise TooLarge("压缩包谎报大小，疑似压缩炸弹")
    return data


def _entry_name(entry: zipfile.ZipInfo) -> str:
    if entry.flag_bits & 0x800:
        return entry.filename
    try:
        raw = entry.filename.encode("cp437")
    except UnicodeEncodeError:
        return entry.filename
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return entry.filename


def _zip(data: bytes, limits: Limits, depth: int) -> Iterator[Piece]:
    if depth >= limits.depth:
        raise TooLarge(f"压缩包套了 {depth + 1} 层，超过上限 {limits.depth} 层")
    archive = open_zip(data, limits)
    if archive.comment:
        yield Part("压缩包注释", decode(archive.comment))
    for entry in archive.infolist():
        name = _entry_name(entry)
        yield Part("压缩包内的文件名", name)
        if not entry.is_dir():
            yield from _inside(name, _entry(archive, entry), limits, depth)


def _inside(name: str, data: bytes, limits: Limits, depth: int) -> Iterator[Piece]:
    """The pieces of a file within a file, each naming it."""
    for piece in read(name, data, limits, depth + 1):
        if isinstance(piece, Part):
            yield Part(f"{name} {piece.name}".strip(), piece.text, 0)
        elif isinstance(piece, Position):
            yield Position(f"{name} {piece.name}".strip())
        else:
            yield type(piece)(f"{name}：{piece}")


PICTURES = (".jpg", ".jpeg", ".png", ".gif", ".webp", ".tif", ".tiff")


def _embedded(name: str, data: bytes, limits: Limits, depth: int) -> Iterator[Piece]:
    """What an office document carries inside: other documents and pictures."""
    ending = PurePosixPath(name).suffix.lower()
    if ending in PICTURES:
        yield from _inside(f"内嵌图片 {PurePosixPath(name).name}", data, limits, depth)
    elif "/embeddings/" in name:
        if depth >= limits.depth:
            raise TooLarge(f"文档套了 {depth + 1} 层，超过上限 {limits.depth} 层")
        yield from _inside(f"内嵌文件 {PurePosixPath(name).name}", data, limits, depth)


_PARAGRAPH = ("}p", "}si", "}comment", "}text", "}row")
_TEXT = ("}t", "}delText", "}instrText", "}v", "}text", "}author")


def _xml_text(data: bytes) -> str:
    """All text of an XML part, runs joined into their paragraphs, one a line; attributes that hold shown words too."""
    lines: list[str] = []
    runs: list[str] = []
    for event, element in ElementTree.iterparse(io.BytesIO(data), events=("start", "end")):
        tag = str(element.tag)
        if event == "start":
            if tag.endswith(_PARAGRAPH) and runs:
                lines.append("".join(runs))
                runs = []
            continue
        if tag.endswith("}tab"):
            runs.append("\t")
        elif tag.endswith(("}br", "}cr")):
            runs.append("\n")
        elif element.text and not len(element):
            runs.append(element.text if tag.endswith(_TEXT) else f"\n{element.text}\n")
        shown = [element.get(name) for name in ("v", "descr", "title", "tooltip", "Target")]
        runs += [f"\n{word}\n" for word in shown if word]
        if tag.endswith(_PARAGRAPH):
            lines.append("".join(runs))
            runs = []
            element.clear()
    return re.sub(r"\n{2,}", "\n", _BREAK.sub("\n", "\n".join([*lines, "".join(runs)])))


def _xml_part(name: str, data: bytes) -> Part:
    if b"<!DOCTYPE" in data[:4000] or b"<!ENTITY" in data:
        raise Unreadable("文档里有 XML 实体声明，疑似攻击文件")
    return Part(_PACKAGE_NAMES.get(re.sub(r"\d*\.xml.*$", "", PurePosixPath(name).name), f"“{name}”"), _xml_text(data))


_PACKAGE_NAMES = {
    "document": "正文",
    "header": "页眉",
    "footer": "页脚",
    "comments": "批注",
    "footnotes": "脚注",
    "endnotes": "尾注",
    "core": "文档属性",
    "app": "文档属性",
    "custom": "自定义属性",
    "sharedStrings": "单元格文字（含已删除的）",
    "slide": "幻灯片",
    "notesSlide": "幻灯片备注",
    "drawing": "图形里的文字",
    "comment": "批注",
    "threadedComment": "批注",
    "glossary": "文档部件",
    "pivotCacheRecords": "数据透视表缓存",
    "pivotCacheDefinition": "数据透视表缓存",
    "externalLink": "外部链接缓存",
}
_NO_WORDS = pattern(
    r"(^|/)(theme|styles|settings|webSettings|fontTable|numbering|tableStyles|presProps|viewProps|calcChain)\d*\.xml$|\[Content_Types\]|slideLayouts/|slideMasters/_rels|printerSettings|theme/|/styles/|/charts/(style|colors)"
)


def _package(data: bytes, limits: Limits, depth: int) -> Iterator[Piece]:
    """Every part of an office package that can hold words, whatever the program shows of it."""
    archive = open_zip(data, limits)
    names = archive.namelist()
    if any(name.lower().endswith("vbaproject.bin") for name in names):
        yield Unreadable("文档带有宏程序，请另存为不带宏的格式")
    for entry in archive.infolist():
        name = entry.filename
        if _SHEET.search(name):
            yield Part(f"“{PurePosixPath(name).stem}”的页眉、页脚和数据验证", _sheet_corners(_entry(archive, entry)))
        elif name.endswith((".xml", ".rels", ".vml")) and not _NO_WORDS.search(name):
            yield _xml_part(name, _entry(archive, entry))
        elif not entry.is_dir():
            yield from _embedded(name, _entry(archive, entry), limits, depth)


_BREAK = pattern(r"_x000[aAdD]_")
"""How a spreadsheet writes the end of a line within a text."""
_SHEET = pattern(r"/worksheets/[^/]+\.xml$")
_CORNER = pattern(r"<(?:\w+:)?(?:(?:odd|even|first)(?:Header|Footer)|formula[12])>([^<]*)<")


def _sheet_corners(data: bytes) -> str:
    """The words of a worksheet that stand in no cell: what is printed around it, and the choices a cell offers."""
    corners = (
        _BREAK.sub("\n", html.unescape(text)) for text in _CORNER.findall(data.decode("utf-8", errors="replace"))
    )
    return "\n".join(re.sub(r"&(?:[LCRBIUESXY]|\"[^\"]*\"|\d+|K[0-9A-F]{6})", "\n", text) for text in corners)


def _docx(data: bytes, limits: Limits, depth: int) -> Iterator[Piece]:
    import docx  # noqa: PLC0415

    open_zip(data, limits)
    document = docx.Document(io.BytesIO(data))
    for number, table in enumerate(document.tables, 1):
        # Rows as lines, so that the head of a column stands near its cells. The package below has the rest.
        rows = ["\t".join(cell.text for cell in row.cells) for row in table.rows]
        yield Part(f"表格 {number}", "\n".join(rows))
    yield from _package(data, limits, depth)


def _pptx(data: bytes, limits: Limits, depth: int) -> Iterator[Piece]:
    import pptx  # noqa: PLC0415

    open_zip(data, limits)
    pptx.Presentation(io.BytesIO(data))  # refuses what is no presentation
    yield from _package(data, limits, depth)


def _xlsx(data: bytes, limits: Limits, depth: int) -> Iterator[Piece]:
    import openpyxl  # noqa: PLC0415

    open_zip(data, limits)
    book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
    for sheet in book.worksheets:
        sheet.reset_dimensions()  # the declared size of a sheet may leave cells out
        hidden = "" if sheet.sheet_state == "visible" else "（隐藏）"
        yield Part(
            f"工作表“{sheet.title}”{hidden}", "\n".join(_row(row) for row in sheet.iter_rows(values_only=True)), 1
        )
    yield Part("工作表名称", "\n".join(book.sheetnames))
    formulas = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=False, keep_links=False)
    for sheet in formulas.worksheets:
        sheet.reset_dimensions()
        found = [
            str(v) for row in sheet.iter_rows(values_only=True) for v in row if isinstance(v, str) and v[:1] == "="
        ]
        if found:
            yield Part(
                f"工作表“{sheet.title}”的公式", "\n".join(re.sub(r'"\s*&\s*"', "", formula) for formula in found)
            )
    yield from _package(data, limits, depth)


def _row(values: tuple[object, ...]) -> str:
    """A row as a line of cells; a whole number stays one, however a spreadsheet keeps it."""
    cells = []
    for value in values:
        if isinstance(value, float) and value.is_integer() and abs(value) < 1e19:
            value = int(value)  # noqa: PLW2901
        cells.append("" if value is None else str(value).replace("\n", " "))
    return "\t".join(cells).rstrip("\t")


# PDF


def _pdf(data: bytes, limits: Limits, depth: int) -> Iterator[Piece]:
    import pypdf  # noqa: PLC0415

    document = pypdf.PdfReader(io.BytesIO(data), strict=False)
    if document.is_encrypted and not document.decrypt(""):
        raise Unreadable("PDF 加了密码")
    if len(document.pages) > limits.pages:
        raise TooLarge(f"PDF 有 {len(document.pages)} 页，超过上限 {limits.pages} 页")
    scans, garbled = [], []
    for number, page in enumerate(document.pages, 1):
        text = page.extract_text()
        if not _NUMBERING.sub("", text):
            if _has_picture(page):
                scans.append(number)
        elif len(re.findall(r"[\ufffd\ue000-\uf8ff\x00-\x08]|/g\d+|\(cid:\d+\)", text)) * 4 > len(text.strip()):
            garbled.append(number)
        yield Part(f"第 {number} 页", text)
        yield from _annotations(page, number)
    yield Part("文档属性", "\n".join(str(value) for value in (document.metadata or {}).values()))
    yield Part("书签", "\n".join(_outline(document.outline)))
    metadata = document.root_object.get("/Metadata")
    if metadata is not None:
        yield Part("文档属性", metadata.get_object().get_data().decode("utf-8", "replace"))
    for name, field in (document.get_fields() or {}).items():
        yield Part(f"表单域 {name}", f"{name}\t{field.get('/V', '')}")
    for name, contents in document.attachments.items():
        for content in contents if isinstance(contents, list) else [contents]:
            yield from _inside(f"PDF 附带的 {name}", content, limits, depth)
    if scans:
        yield Unreadable(f"第 {_listed(scans)} 页是扫描图片，没有文字")
    if garbled:
        yield Unreadable(f"第 {_listed(garbled)} 页的文字没有编码表，读出来是乱码")


_NUMBERING = pattern(r"[\s\d第共页/|·.\-–—]+|page|of", re.I)
"""All that a scanner's program prints upon the picture of a page."""


def _outline(items: Any) -> Iterator[str]:
    for item in items:
        if isinstance(item, list):
            yield from _outline(item)
        else:
            yield str(item.title)


def _annotations(page: Any, number: int) -> Iterator[Piece]:
    for reference in page.get("/Annots") or ():
        content = reference.get_object().get("/Contents")
        if content:
            yield Part(f"第 {number} 页的批注", str(content))


def _has_picture(page: Any) -> bool:
    """Whether a page shows a picture: an image or a form object, or an image within its own program."""
    resources = page.get("/Resources")
    objects = resources.get_object().get("/XObject") if resources else None
    kinds = {o.get_object().get("/Subtype") for o in objects.get_object().values()} if objects else set()
    contents = page.get_contents()
    return bool(kinds & {"/Image", "/Form"}) or (contents is not None and b"BI" in contents.get_data())


def _listed(numbers: list[int]) -> str:
    shown = "、".join(map(str, numbers[:5]))
    return shown + (f" 等 {len(numbers)}" if len(numbers) > 5 else "")


# Pictures


_TELLING = {
    b"\xff\xd8": re.compile(rb"\xff[\xe1-\xed\xef\xfe]"),  # all application segments but JFIF's and Adobe's; a comment
    b"\x89PNG": re.compile(rb"[tiz][TX][Xx]t|eXIf"),
}


def is_silent_picture(head: bytes, data: bytes) -> bool:
    """Whether a picture holds nothing but pixels, told from its bytes: then no reader has to open it."""
    telling = next((p for begins, p in _TELLING.items() if head.startswith(begins)), None)
    return telling is not None and not telling.search(data)


def _picture(data: bytes, limits: Limits, depth: int) -> Iterator[Piece]:
    from PIL import ExifTags, Image  # noqa: PLC0415

    with Image.open(io.BytesIO(data)) as picture:  # reads the head only: no pixel is unpacked
        exif = picture.getexif()
        gps = exif.get_ifd(ExifTags.IFD.GPSInfo)
        about = [*exif.values(), *exif.get_ifd(ExifTags.IFD.Exif).values(), *picture.info.values()]
        iptc = picture.info.get("photoshop")
        words = [
            _words(v)
            for v in (*about, *(iptc.values() if isinstance(iptc, dict) else ()))
            if isinstance(v, (str, bytes))
        ]
    if any(gps.get(tag) for tag in (2, 4)) or re.search(rb"exif:GPSL(?:at|ong)itude", data):
        yield Position("")
    if words:
        yield Part("图片信息", "\n".join(word for word in words if len(word) < 5000))


def _words(value: str | bytes) -> str:
    """What a field of a picture says: EXIF marks the encoding of some, Windows writes UTF-16, everybody else UTF-8."""
    if isinstance(value, str):
        return value
    if value.startswith(b"UNICODE\0"):
        text = value[8:]
        return text.decode("utf-16-le" if text[1::2].count(0) >= text[::2].count(0) else "utf-16-be", "replace")
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return value.decode("utf-16-le", "replace") + "\n" + value.decode("gb18030", "replace")


def _video(data: bytes, limits: Limits, depth: int) -> Iterator[Piece]:
    """A film has no text to read here; where it was taken, telephones write into it."""
    if b"\xa9xyz" in data or b"com.apple.quicktime.location" in data:
        yield Position("")


# Old office formats


def converter() -> str:
    """The path of LibreOffice, or an empty string where it is not installed."""
    return shutil.which("soffice") or shutil.which("libreoffice") or ""


def _converted(ending: str, target: str) -> Reader:
    """A reader that has LibreOffice write a format we can read."""

    def reader(data: bytes, limits: Limits, depth: int) -> Iterator[Piece]:
        program = converter()
        if not program:
            raise Unreadable(f"读取 {ending} 文件需要 LibreOffice，本机没有安装；请另存为 .{target}")
        with tempfile.TemporaryDirectory() as folder:
            source = Path(folder, f"source{ending}")
            source.write_bytes(data)
            command = [
                program,
                f"-env:UserInstallation=file://{folder}/profile",
                "--headless",
                "--norestore",
                "--convert-to",
                target,
                "--outdir",
                f"{folder}/out",
                str(source),
            ]
            subprocess.run(command, capture_output=True, timeout=limits.seconds, check=False)
            result = Path(folder, "out", f"source.{target}")
            if not result.exists():
                raise Unreadable("LibreOffice 打不开该文件（损坏或者加了密码）")
            converted = result.read_bytes()
        yield from read(f"x.{target}", converted, limits, depth)

    return reader


READERS: dict[str, Reader] = {
    **dict.fromkeys((".txt", ".vtt"), _plain),
    **dict.fromkeys((".json", ".geojson"), _json),
    **dict.fromkeys((".csv", ".tsv"), _table),
    ".docx": _docx,
    ".xlsx": _xlsx,
    ".pptx": _pptx,
    ".pdf": _pdf,
    ".zip": _zip,
    **dict.fromkeys(PICTURES, _picture),
    **dict.fromkeys((".mp4", ".m4a", ".m4v"), _video),
    **dict.fromkeys((".mp3", ".webm", ".ogg", ".ico"), lambda data, limits, depth: iter(())),
    ".doc": _converted(".doc", "docx"),
    ".wps": _converted(".doc", "docx"),
    ".rtf": _converted(".rtf", "docx"),
    ".xls": _converted(".xls", "xlsx"),
    ".et": _converted(".xls", "xlsx"),
    ".ppt": _converted(".ppt", "pptx"),
    ".dps": _converted(".ppt", "pptx"),
}
"""Who reads a file, by the ending of its name."""
