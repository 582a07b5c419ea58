"""Writes a line of text into files of every attachment type, in each place that can hold text."""

# ruff: noqa: E501  (XML in tables)
from __future__ import annotations

import csv
import functools
import io
import json
import tempfile
import zipfile
import zlib
from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import docx
import openpyxl
import pptx
import pypdf
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from mutagen.id3 import ID3, TIT2
from mutagen.ogg import OggPage
from openpyxl.comments import Comment
from openpyxl.workbook.defined_name import DefinedName
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from pypdf.generic import ArrayObject, DictionaryObject, NameObject, NumberObject, StreamObject, TextStringObject
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas

FILLER = ("关于公示有关情况的通知", "根据工作安排，现将有关情况公示如下。", "公示期五个工作日，联系电话0431-88901234。")


def _docx(change: Callable[..., None]) -> Callable[[Path, str], None]:
    def make(path: Path, line: str) -> None:
        document = docx.Document()
        for text in FILLER:
            document.add_paragraph(text)
        change(document, line)
        document.add_paragraph(FILLER[1])
        document.save(str(path))

    return make


def _runs(document: Any, line: str) -> None:
    paragraph = document.add_paragraph()
    for at in range(0, len(line), 3):
        paragraph.add_run(line[at : at + 3]).bold = at % 2 == 0


def _docx_table(document: Any, line: str) -> None:
    table = document.add_table(rows=2, cols=2)
    table.cell(0, 0).text, table.cell(0, 1).text = "序号", "内容"
    table.cell(1, 0).text, table.cell(1, 1).text = "1", line


def _hidden(document: Any, line: str) -> None:
    document.add_paragraph().add_run(line).font.hidden = True


def _deleted(document: Any, line: str) -> None:
    document.add_paragraph()._p.append(
        parse_xml(
            f'<w:del {nsdecls("w")} w:id="1" w:author="x"><w:r><w:delText>{escape(line)}</w:delText></w:r></w:del>'
        )
    )


def _text_box(document: Any, line: str) -> None:
    document.add_paragraph().add_run()._r.append(
        parse_xml(
            '<w:pict xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" xmlns:v="urn:schemas-microsoft-com:vml">'
            f"<v:shape><v:textbox><w:txbxContent><w:p><w:r><w:t>{escape(line)}</w:t></w:r></w:p></w:txbxContent></v:textbox></v:shape></w:pict>"
        )
    )


def _xlsx(change: Callable[..., None]) -> Callable[[Path, str], None]:
    def make(path: Path, line: str) -> None:
        book = openpyxl.Workbook()
        sheet = book.active
        sheet.title = "公示"
        sheet.append(["序号", "姓名", "内容"])
        sheet.append([1, "王某", 3.5])
        change(book, sheet, line)
        book.save(path)

    return make


def _cell(book: Any, sheet: Any, line: str) -> None:
    sheet["C3"] = line


def _hidden_sheet(book: Any, sheet: Any, line: str) -> None:
    other = book.create_sheet("Sheet2")
    other["B2"] = line
    other.sheet_state = "veryHidden"


def _hidden_row(book: Any, sheet: Any, line: str) -> None:
    sheet["C9"] = line
    sheet.row_dimensions[9].hidden = True


def _hidden_column(book: Any, sheet: Any, line: str) -> None:
    sheet["H2"] = line
    sheet.column_dimensions["H"].hidden = True


def _cell_comment(book: Any, sheet: Any, line: str) -> None:
    sheet["A2"].comment = Comment(line, "x")


def _book_property(book: Any, sheet: Any, line: str) -> None:
    book.properties.description = line


def _sheet_header(book: Any, sheet: Any, line: str) -> None:
    sheet["C3"] = "x"
    sheet.oddHeader.center.text = line


def _pptx(place: str) -> Callable[[Path, str], None]:
    def make(path: Path, line: str) -> None:
        show = pptx.Presentation()
        slide = show.slides.add_slide(show.slide_layouts[1])
        slide.shapes.title.text = FILLER[0]
        if place == "slide":
            slide.placeholders[1].text = line
        else:
            slide.notes_slide.notes_text_frame.text = line
        show.save(str(path))

    return make


def _pdf(place: str) -> Callable[[Path, str], None]:
    def make(path: Path, line: str) -> None:
        pdfmetrics.registerFont(UnicodeCIDFont("STSong-Light"))
        page = Canvas(str(path))
        page.setFont("STSong-Light", 12)
        if place == "metadata":
            page.setSubject(line)
        lines = [*FILLER, *(line.split("\n") if place == "page" else []), FILLER[1]]
        for number, text in enumerate(lines):
            page.drawString(50, 750 - 20 * number, text.replace("\t", "  "))
        if place == "bookmark":
            page.bookmarkPage("p")
            page.addOutlineEntry(line, "p")
        if place == "annotation":
            page.textAnnotation(line, (50, 50, 100, 100))
        page.showPage()
        page.save()
        if place == "attachment":
            writer = pypdf.PdfWriter(clone_from=str(path))
            writer.add_attachment("list.txt", line.encode())
            writer.write(str(path))

    return make


def _defined_name(book: Any, sheet: Any, line: str) -> None:
    book.defined_names["list"] = DefinedName("list", attr_text="Sheet1!$A$1", comment=line)
    book.defined_names["words"] = DefinedName("words", attr_text='"' + line.replace('"', '""') + '"')


def _json(path: Path, line: str) -> None:
    path.write_text(json.dumps({"title": FILLER[0], "rows": [{"note": line}]}, ensure_ascii=True))


def _picture(place: str) -> Callable[[Path, str], None]:
    def make(path: Path, line: str) -> None:
        image = Image.new("RGB", (8, 8))
        exif = image.getexif()
        about: dict[str, Any] = {}
        if place == "comment":
            about["comment"] = line.encode()
        elif place == "XMP":
            about["xmp"] = f"<x:xmpmeta><dc:description>{escape(line)}</dc:description></x:xmpmeta>".encode()
        elif place == "Windows":
            exif[0x9C9C] = line.encode("utf-16-le")
        else:
            exif.get_ifd(0x8769)[0x9286] = b"UNICODE\0" + line.encode("utf-16-le")
        image.save(path, exif=exif.tobytes(), **about)

    return make


def _bytes(line: str, encoding: str) -> bytes:
    return "\n".join([*FILLER, line, FILLER[1]]).encode(encoding, "ignore")


def _txt(encoding: str) -> Callable[[Path, str], None]:
    return lambda path, line: path.write_bytes(_bytes(line, encoding)) and None


def _csv_bytes(line: str, encoding: str) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerows([["序号", "内容", "备注"], ["1", line, "无"], ["2", "公示", ""]])
    return out.getvalue().encode(encoding)


def _csv(encoding: str) -> Callable[[Path, str], None]:
    return lambda path, line: path.write_bytes(_csv_bytes(line, encoding)) and None


def _zip(depth: int) -> Callable[[Path, str], None]:
    def make(path: Path, line: str) -> None:
        name, data = "附件1.csv", _csv_bytes(line, "utf-8")
        for _ in range(depth):
            out = io.BytesIO()
            with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
                archive.writestr("说明.txt", FILLER[0])
                archive.writestr(name, data)
            name, data = "内层.zip", out.getvalue()
        path.write_bytes(data)

    return make


def _zipped_docx(path: Path, line: str) -> None:
    inner = path.with_suffix(".docx")
    CARRIERS["docx paragraph"][1](inner, line)
    with zipfile.ZipFile(path, "w") as archive:
        archive.write(inner, "名单.docx")
    inner.unlink()


CARRIERS: dict[str, tuple[str, Callable[[Path, str], None]]] = {
    "docx paragraph": (".docx", _docx(lambda document, line: document.add_paragraph(line))),
    "docx runs": (".docx", _docx(_runs)),
    "docx table": (".docx", _docx(_docx_table)),
    "docx header": (".docx", _docx(lambda document, line: document.sections[0].header.paragraphs[0].add_run(line))),
    "docx footer": (".docx", _docx(lambda document, line: document.sections[0].footer.paragraphs[0].add_run(line))),
    "docx comment": (".docx", _docx(lambda document, line: document.add_comment(document.paragraphs[0].runs, line))),
    "docx property": (".docx", _docx(lambda document, line: setattr(document.core_properties, "comments", line))),
    "docx hidden text": (".docx", _docx(_hidden)),
    "docx deleted text": (".docx", _docx(_deleted)),
    "docx text box": (".docx", _docx(_text_box)),
    "xlsx cell": (".xlsx", _xlsx(_cell)),
    "xlsx hidden sheet": (".xlsx", _xlsx(_hidden_sheet)),
    "xlsx hidden row": (".xlsx", _xlsx(_hidden_row)),
    "xlsx hidden column": (".xlsx", _xlsx(_hidden_column)),
    "xlsx comment": (".xlsx", _xlsx(_cell_comment)),
    "xlsx property": (".xlsx", _xlsx(_book_property)),
    "xlsx header": (".xlsx", _xlsx(_sheet_header)),
    "pptx slide": (".pptx", _pptx("slide")),
    "pptx notes": (".pptx", _pptx("notes")),
    "pdf page": (".pdf", _pdf("page")),
    "pdf metadata": (".pdf", _pdf("metadata")),
    "pdf bookmark": (".pdf", _pdf("bookmark")),
    "pdf annotation": (".pdf", _pdf("annotation")),
    "pdf attachment": (".pdf", _pdf("attachment")),
    "txt UTF-8": (".txt", _txt("utf-8")),
    "txt UTF-8 with mark": (".txt", _txt("utf-8-sig")),
    "txt GB 18030": (".txt", _txt("gb18030")),
    "txt UTF-16": (".txt", _txt("utf-16")),
    "csv UTF-8": (".csv", _csv("utf-8")),
    "csv GB 18030": (".csv", _csv("gb18030")),
    "json escaped": (".json", _json),
    "xlsx defined name": (".xlsx", _xlsx(_defined_name)),
    "jpg comment": (".jpg", _picture("comment")),
    "jpg XMP": (".jpg", _picture("XMP")),
    "jpg Windows": (".jpg", _picture("Windows")),
    "jpg EXIF": (".jpg", _picture("EXIF")),
    "zip": (".zip", _zip(1)),
    "zip in zip": (".zip", _zip(2)),
    "zip of docx": (".zip", _zipped_docx),
}


# Places of office packages, written by hand: one part each

_W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
_STRICT = 'xmlns:w="http://purl.oclc.org/ooxml/wordprocessingml/main"'
_R = 'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
_A = 'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"'
_P = 'xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main"'
_S = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
_V = 'xmlns:v="urn:schemas-microsoft-com:vml"'
_C = 'xmlns:c="http://schemas.openxmlformats.org/drawingml/2006/chart"'
_LINE = "@@"
"""Placeholder for the line in a part's template, as text or as an attribute's value."""


def _attribute(line: str) -> str:
    return escape(line, {'"': "&quot;", "\n": "&#10;", "\t": "&#9;"})


def _run(line: str) -> str:
    """A line as runs of WordprocessingML."""
    shown = escape(line).replace("\n", "</w:t><w:br/><w:t>").replace("\t", "</w:t><w:tab/><w:t>")
    return f"<w:r><w:t>{shown}</w:t></w:r>"


def _halves(line: str, between: str) -> str:
    """A line in two runs with something between them, split inside its number if it has one."""
    digit = next((at for at, char in enumerate(line) if char.isdigit() and at > len(line) // 2), len(line) // 2)
    return _run(line[:digit]) + between + _run(line[digit:])


def _package(kind: str, parts: dict[str, str], data: dict[str, bytes] | None = None) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", f"<Types><Override ContentType='application/{kind}.main+xml'/></Types>")
        for name, part in [*parts.items(), *(data or {}).items()]:
            archive.writestr(name, part)
    return out.getvalue()


def _document(inner: str, space: str = _W, **parts: str) -> bytes:
    paragraphs = "".join(f"<w:p>{_run(text)}</w:p>" for text in FILLER)
    document = f"<w:document {space} {_R} {_V} {_A}><w:body>{paragraphs}{inner}</w:body></w:document>"
    return _package(
        "wordprocessingml", {"word/document.xml": document, **{f"word/{n}.xml": p for n, p in parts.items()}}
    )


Maker = Callable[[Path, str], None]


def _written(make: Callable[[str], bytes]) -> Maker:
    return lambda path, line: path.write_bytes(make(line)) and None


def _in_word(inner: Callable[[str], str], **parts: str) -> Maker:
    return _written(lambda line: _document(inner(line), **parts))


def _word_part(name: str, template: str) -> Maker:
    """A maker of packages with an additional part, with the line at the template's placeholder."""
    return _written(lambda line: _package("wordprocessingml", {
        "word/document.xml": f"<w:document {_W}><w:body><w:p>{_run(FILLER[0])}</w:p></w:body></w:document>",
        name: template.replace("@RUN@", _run(line)).replace('"@@"', f'"{_attribute(line)}"').replace(_LINE, escape(line)),
    }))  # fmt: skip


def _chunk(ending: str, make: Callable[[str], bytes]) -> Maker:
    return _written(lambda line: _package(
        "wordprocessingml",
        {"word/document.xml": f'<w:document {_W} {_R}><w:body><w:altChunk r:id="r1"/></w:body></w:document>'},
        {f"word/afchunk.{ending}": make(line)},
    ))  # fmt: skip


def _list_label(line: str) -> bytes:
    numbering = (
        f'<w:numbering {_W}><w:abstractNum w:abstractNumId="0"><w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="decimal"/>'
        f'<w:suff w:val="nothing"/><w:lvlText w:val="{_attribute(line[:-3])}"/></w:lvl></w:abstractNum>'
        '<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num></w:numbering>'
    )
    numbered = '<w:pPr><w:numPr><w:ilvl w:val="0"/><w:numId w:val="1"/></w:numPr></w:pPr>'
    return _document(f"<w:p>{numbered}{_run(line[-3:])}</w:p>", numbering=numbering)


def _list_count(line: str) -> bytes:
    """A list whose item count is the last digits of the number."""
    cut = len(line) - len(line.rstrip("0123456789")[-1:]) - 2
    tail = line[cut:]
    if not (tail.isascii() and tail.isdecimal() and tail[0] != "0"):
        return _list_label(line)
    numbering = (
        f'<w:numbering {_W}><w:abstractNum w:abstractNumId="0"><w:lvl w:ilvl="0"><w:start w:val="{tail}"/><w:numFmt w:val="decimal"/>'
        f'<w:lvlText w:val="{_attribute(line[:cut])}%1"/></w:lvl></w:abstractNum>'
        '<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num></w:numbering>'
    )
    styles = f'<w:styles {_W}><w:style w:styleId="list"><w:pPr><w:numPr><w:numId w:val="1"/></w:numPr></w:pPr></w:style></w:styles>'
    return _document(
        f'<w:p><w:pPr><w:pStyle w:val="list"/></w:pPr>{_run("，见上")}</w:p>', numbering=numbering, styles=styles
    )


def _rtf(line: str) -> bytes:
    return _rtf_bytes(line, "")


def _rtf_bytes(line: str, destination: str, *, unicode: bool = False) -> bytes:
    def encoded(text: str) -> str:
        out = ""
        for char in text:
            if char == "\n":
                out += "\\line "
            elif char == "\t":
                out += "\\tab "
            elif char in "\\{}":
                out += "\\" + char
            elif char.isascii():
                out += char
            elif unicode or ord(char) > 0xFFFF or not char.encode("gbk", "ignore"):
                raw = char.encode("utf-16-le")
                out += "".join(
                    f"\\u{int.from_bytes(raw[at : at + 2], 'little', signed=True)}?" for at in range(0, len(raw), 2)
                )
            else:
                out += "".join(f"\\'{byte:02x}" for byte in char.encode("gbk"))
        return out

    shown = encoded(line)
    placed = f"{{{destination} {shown}}}" if destination else f"\\b {shown[:0]}\\b0 {shown}\\par"
    head = "{\\rtf1\\ansi\\ansicpg936{\\fonttbl{\\f0\\fcharset134 SimSun;}}\\f0 "
    return f"{head}{encoded(FILLER[0])}\\par {placed}\\par {encoded(FILLER[1])}}}".encode()


def _html(line: str) -> bytes:
    return f"<html><meta charset=utf-8><body><p>{FILLER[0]}</p><p>{escape(line)}</p></body></html>".encode()


def _mail(line: str) -> bytes:
    message = EmailMessage()
    message["Subject"] = FILLER[0]
    message.set_content(FILLER[1])
    message.add_alternative(_html(line).decode(), subtype="html")
    return message.as_bytes()


def _subject(line: str) -> bytes:
    message = EmailMessage()
    message["Subject"] = line.replace("\n", " ")
    message.set_content(FILLER[1])
    return message.as_bytes()


def _sheet(inner: Callable[[str], str], **parts: str) -> Maker:
    def make(line: str) -> bytes:
        extra = {
            f"xl/{n}.xml": p.replace('"@@"', f'"{_attribute(line)}"').replace(_LINE, escape(line))
            for n, p in parts.items()
        }
        return _package(
            "spreadsheetml", {"xl/worksheets/sheet1.xml": f"<worksheet {_S}>{inner(line)}</worksheet>", **extra}
        )

    return _written(make)


def _numbered_format(line: str) -> bytes:
    """A cell whose format shows the first digits of the number; other lines are all format."""
    digits = "".join(char for char in line if char.isdigit())
    if line.endswith(digits) and digits.isascii() and len(digits) in (11, 15, 16, 17, 18, 19):
        code, value = f'"{line[:-4]}"0000', digits[-4:]
    else:
        code, value = f'"{line}"', "1"
    styles = (
        f'<styleSheet {_S}><numFmts><numFmt numFmtId="170" formatCode="{_attribute(code)}"/></numFmts>'
        '<cellXfs><xf numFmtId="0"/><xf numFmtId="170"/></cellXfs></styleSheet>'
    )
    cells = f'<sheetData><row r="1"><c r="A1" s="1"><v>{value}</v></c></row></sheetData>'
    return _package(
        "spreadsheetml", {"xl/worksheets/sheet1.xml": f"<worksheet {_S}>{cells}</worksheet>", "xl/styles.xml": styles}
    )


def _show(name: str, template: str) -> Maker:
    return _written(lambda line: _package("presentationml", {
        "ppt/presentation.xml": f"<p:presentation {_P}/>",
        name: template.replace('"@@"', f'"{_attribute(line)}"').replace(_LINE, escape(line).replace("\n", "</a:t></a:r><a:br/><a:r><a:t>")),
    }))  # fmt: skip


_PARAGRAPH = f"<a:p><a:r><a:t>{_LINE}</a:t></a:r></a:p>"
_SHAPE = f"<p:sp><p:txBody>{_PARAGRAPH}</p:txBody></p:sp>"
_CHART = f"<c:chartSpace {_C} {_A}><c:title>{_PARAGRAPH}</c:title></c:chartSpace>"
_CATEGORY = (
    f"<c:chartSpace {_C} {_A}><c:cat><c:strCache><c:pt><c:v>{_LINE}</c:v></c:pt></c:strCache></c:cat></c:chartSpace>"
)
_DIAGRAM = f'<dgm:dataModel xmlns:dgm="http://schemas.openxmlformats.org/drawingml/2006/diagram" {_A}><dgm:t>{_PARAGRAPH}</dgm:t></dgm:dataModel>'


def _drawn(line: str) -> tuple[Any, Any]:
    """The content and resources of a page that shows a line: what an appearance or a pattern needs."""
    out = io.BytesIO()
    pdfmetrics.registerFont(UnicodeCIDFont("STSong-Light"))
    page = Canvas(out, pageCompression=0)
    page.setFont("STSong-Light", 12)
    for number, text in enumerate(line.split("\n")):
        page.drawString(10, 700 - 20 * number, text.replace("\t", "  "))
    page.showPage()
    page.save()
    drawn = pypdf.PdfReader(out).pages[0]
    contents = drawn.get_contents()
    assert contents is not None
    return contents.get_data(), drawn["/Resources"]


def _pdf_object(change: Callable[[pypdf.PdfWriter, str], None]) -> Maker:
    def make(path: Path, line: str) -> None:
        _pdf("none")(path, line)
        writer = pypdf.PdfWriter(clone_from=str(path))
        change(writer, line)
        writer.write(str(path))

    return make


def _appearance(writer: pypdf.PdfWriter, line: str, *, kind: str = "/FreeText") -> None:
    data, resources = _drawn(line)
    form = StreamObject()
    form.set_data(data)
    form.update({
        NameObject("/Type"): NameObject("/XObject"), NameObject("/Subtype"): NameObject("/Form"),
        NameObject("/BBox"): ArrayObject([NumberObject(0), NumberObject(0), NumberObject(600), NumberObject(800)]),
        NameObject("/Resources"): resources.clone(writer),
    })  # fmt: skip
    annotation = DictionaryObject({
        NameObject("/Type"): NameObject("/Annot"), NameObject("/Subtype"): NameObject(kind),
        NameObject("/Rect"): ArrayObject([NumberObject(0), NumberObject(0), NumberObject(500), NumberObject(50)]),
        NameObject("/AP"): DictionaryObject({NameObject("/N"): writer._add_object(form)}),
    })  # fmt: skip
    writer.pages[0][NameObject("/Annots")] = ArrayObject([writer._add_object(annotation)])


def _field(writer: pypdf.PdfWriter, line: str) -> None:
    field = DictionaryObject({
        NameObject("/FT"): NameObject("/Tx"), NameObject("/T"): TextStringObject("name"), NameObject("/V"): TextStringObject(line),
    })  # fmt: skip
    writer.root_object[NameObject("/AcroForm")] = DictionaryObject(
        {NameObject("/Fields"): ArrayObject([writer._add_object(field)])}
    )


def _xml_stream(writer: pypdf.PdfWriter, line: str, *, form: bool) -> None:
    stream = StreamObject()
    stream.set_data(f"<x><y>{escape(line)}</y></x>".encode())
    reference = writer._add_object(stream)
    if form:
        writer.root_object[NameObject("/AcroForm")] = DictionaryObject(
            {NameObject("/XFA"): ArrayObject([TextStringObject("t"), reference])}
        )
    else:
        stream.update({NameObject("/Type"): NameObject("/Metadata"), NameObject("/Subtype"): NameObject("/XML")})
        writer.root_object[NameObject("/Metadata")] = reference


def _layer(writer: pypdf.PdfWriter, line: str) -> None:
    group = DictionaryObject({NameObject("/Type"): NameObject("/OCG"), NameObject("/Name"): TextStringObject(line)})
    writer.root_object[NameObject("/OCProperties")] = DictionaryObject(
        {NameObject("/OCGs"): ArrayObject([writer._add_object(group)])}
    )


def _jpeg_with(*segments: bytes) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (8, 8)).save(out, "JPEG")
    return out.getvalue()[:2] + b"".join(segments) + out.getvalue()[2:]


def _segment(marker: int, body: bytes) -> bytes:
    return bytes((0xFF, marker)) + (len(body) + 2).to_bytes(2, "big") + body


def _second_exif(line: str) -> bytes:
    first, second = Image.Exif(), Image.Exif()
    first[0x010F] = "maker"
    second[0x010E] = line.encode()
    return _jpeg_with(_segment(0xE1, first.tobytes()), _segment(0xE1, second.tobytes()))


def _iptc(line: str) -> bytes:
    data = line.encode("gb18030")
    return _jpeg_with(
        _segment(0xED, b"Photoshop 3.0\x008BIM\x04\x04\0\0\0\0\0\0\x1c\x02\x78" + len(data).to_bytes(2, "big") + data)
    )


def _xmp(line: str) -> bytes:
    return f"<x:xmpmeta><dc:description>{escape(line)}</dc:description></x:xmpmeta>".encode()


def _more_xmp(line: str) -> bytes:
    return _jpeg_with(_segment(0xE1, b"http://ns.adobe.com/xmp/extension/\0" + b"0" * 32 + b"\0" * 8 + _xmp(line)))


def _png_text(kind: str) -> Callable[[str], bytes]:
    def make(line: str) -> bytes:
        about, out = PngInfo(), io.BytesIO()
        if kind == "iTXt":
            about.add_itxt("Title", line, zip=True)
        elif kind == "zTXt":
            about.add(b"zTXt", b"Title\0\0" + zlib.compress(line.encode("gb18030")))
        else:
            about.add(b"tEXt", b"Title\0" + line.encode())
        Image.new("RGB", (8, 8)).save(out, "PNG", pnginfo=about)
        return out.getvalue()

    return make


def _gif(line: str) -> bytes:
    out = io.BytesIO()
    Image.new("P", (8, 8)).save(out, "GIF", comment=line.encode())
    return out.getvalue()


def _webp(line: str) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (8, 8)).save(out, "WEBP", xmp=_xmp(line))
    return out.getvalue()


def _id3(line: str, encoding: int) -> bytes:
    tags, out = ID3(), io.BytesIO()
    tags.add(TIT2(encoding=encoding, text=[line]))
    tags.save(out)
    return out.getvalue() + b"\xff\xfb\x90\0" * 50


def _old_id3(line: str) -> bytes:
    return b"\xff\xfb\x90\0" * 50 + b"TAG" + line.encode("gb18030")[:30].ljust(30, b"\0") + b"\0" * 94 + b"\xff"


def _atom(name: bytes, *inside: bytes) -> bytes:
    data = b"".join(inside)
    return (len(data) + 8).to_bytes(4, "big") + name + data


def _mp4(line: str) -> bytes:
    item = _atom(b"\xa9nam", _atom(b"data", b"\0\0\0\x01\0\0\0\0", line.encode()))
    handler = _atom(b"hdlr", b"\0" * 8 + b"mdirappl" + b"\0" * 9)
    meta = _atom(b"meta", b"\0" * 4, handler, _atom(b"ilst", item))
    return _atom(b"ftyp", b"M4A \0\0\0\0isom") + _atom(b"moov", _atom(b"mvhd", b"\0" * 100), _atom(b"udta", meta))


def _comments(line: str) -> bytes:
    text = f"TITLE={line}".encode()
    return (5).to_bytes(4, "little") + b"maker" + (1).to_bytes(4, "little") + len(text).to_bytes(4, "little") + text


def _flac(line: str) -> bytes:
    body = _comments(line)
    info = b"\x10\0\x10\0" + b"\0" * 6 + b"\x0a\xc4\x42\xf0\0\0\0\0" + b"\0" * 16
    return b"fLaC\0\0\0\x22" + info + b"\x84" + len(body).to_bytes(3, "big") + body


def _ogg(line: str) -> bytes:
    head = b"\x01vorbis" + b"\0" * 4 + b"\x02" + (44100).to_bytes(4, "little") + b"\0" * 12 + b"\xb8\x01"
    pages = []
    for number, packets in enumerate(([head], [b"\x03vorbis" + _comments(line) + b"\x01", b"\x05vorbis"])):
        page = OggPage()
        page.serial, page.sequence, page.packets, page.first = 1, number, packets, number == 0
        page.last = number == 1
        pages.append(page.write())
    return b"".join(pages)


def _webm(line: str) -> bytes:
    def element(number: bytes, data: bytes) -> bytes:
        return number + (len(data) | 1 << 28).to_bytes(4, "big") + data

    info = element(b"\x15\x49\xa9\x66", element(b"\x7b\xa9", line.encode()))
    return element(b"\x1a\x45\xdf\xa3", element(b"\x42\x82", b"webm")) + element(b"\x18\x53\x80\x67", info)


def _zip_of(name: str, make: Callable[[str], bytes]) -> Maker:
    def archive(line: str) -> bytes:
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as made:
            made.writestr(name, make(line))
        return out.getvalue()

    return _written(archive)


def _zip_comment(line: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        made.writestr("a.txt", "x")
        made.comment = line.encode()
    return out.getvalue()


def _in_archived(carrier: str) -> Callable[[str], bytes]:
    """A maker with the bytes of another carrier."""

    def make(line: str) -> bytes:
        ending, write = CARRIERS[carrier]
        with tempfile.TemporaryDirectory() as folder:
            write(Path(folder, f"a{ending}"), line)
            return Path(folder, f"a{ending}").read_bytes()

    return make


def _svg(line: str) -> bytes:
    return f'<svg xmlns="http://www.w3.org/2000/svg"><text>{escape(line)}</text></svg>'.encode()


def _note(name: str) -> str:
    return f"<w:{name}s {_W}><w:{name}><w:p>@RUN@</w:p></w:{name}></w:{name}s>"


_INSERTED = "<w:ins><w:r><w:t>增加</w:t></w:r></w:ins>"
_MOVED = "<w:moveFrom><w:r><w:t>移走</w:t></w:r></w:moveFrom>"
_BOOKMARK = '<w:bookmarkStart w:name="x"/><w:proofErr/>'

CARRIERS |= {
    "docx strict": (".docx", _written(lambda line: _document(f"<w:p>{_run(line)}</w:p>", _STRICT))),
    "docx footnote": (".docx", _word_part("word/footnotes.xml", _note("footnote"))),
    "docx endnote": (".docx", _word_part("word/endnotes.xml", _note("endnote"))),
    "docx list label": (".docx", _written(_list_label)),
    "docx list count": (".docx", _written(_list_count)),
    "docx watermark": (".docx", _word_part("word/header3.xml", f'<w:hdr {_W} {_V}><w:p><w:r><w:pict><v:shape><v:textpath string="@@"/></v:shape></w:pict></w:r></w:p></w:hdr>')),
    "docx drawn text box": (".docx", _in_word(lambda line: f'<w:p><w:r><w:drawing><wps:txbx xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape"><w:txbxContent><w:p>{_run(line)}</w:p></w:txbxContent></wps:txbx></w:drawing></w:r>{_run("正文")}</w:p>')),
    "docx inserted text": (".docx", _in_word(lambda line: f'<w:p>{_halves(line, "").replace("<w:r>", "<w:ins><w:r>", 1).replace("</w:r>", "</w:r></w:ins>", 1)}</w:p>')),
    "docx around a deletion": (".docx", _in_word(lambda line: f'<w:p>{_halves(line, "<w:del><w:r><w:delText>删去</w:delText></w:r></w:del>")}</w:p>')),
    "docx around an insertion": (".docx", _in_word(lambda line: f'<w:p>{_halves(line, _INSERTED)}</w:p>')),
    "docx around a move": (".docx", _in_word(lambda line: f'<w:p>{_halves(line, _MOVED)}</w:p>')),
    "docx around hidden text": (".docx", _in_word(lambda line: f'<w:p>{_halves(line, "<w:r><w:rPr><w:vanish/></w:rPr><w:t>隐藏</w:t></w:r>")}</w:p>')),
    "docx around a bookmark": (".docx", _in_word(lambda line: f'<w:p>{_halves(line, _BOOKMARK)}</w:p>')),
    "docx around a field code": (".docx", _in_word(lambda line: f'<w:p>{_halves(line, "<w:r><w:instrText>PAGE</w:instrText></w:r>")}</w:p>')),
    "docx over a deleted end of a paragraph": (".docx", _in_word(lambda line: f"<w:p><w:pPr><w:rPr><w:del/></w:rPr></w:pPr>{_run(line[:-5])}</w:p><w:p>{_run(line[-5:])}</w:p>")),
    "docx nested table": (".docx", _in_word(lambda line: "<w:tbl><w:tr><w:tc>" * 3 + f"<w:p>{_run(line)}</w:p>" + "</w:tc></w:tr></w:tbl>" * 3)),
    "docx alias": (".docx", _in_word(lambda line: f'<w:sdt><w:sdtPr><w:alias w:val="{_attribute(line)}"/></w:sdtPr></w:sdt>')),
    "docx choice": (".docx", _in_word(lambda line: f'<w:sdt><w:sdtPr><w:dropDownList><w:listItem w:displayText="{_attribute(line)}"/></w:dropDownList></w:sdtPr></w:sdt>')),
    "docx bookmark": (".docx", _in_word(lambda line: f'<w:p><w:bookmarkStart w:name="{_attribute(line)}"/></w:p>')),
    "docx field code": (".docx", _in_word(lambda line: f"<w:p><w:r><w:instrText>QUOTE {escape(line)}</w:instrText></w:r></w:p>")),
    "docx picture's description": (".docx", _in_word(lambda line: f'<w:p><w:r><w:drawing><a:docPr descr="{_attribute(line)}"/></w:drawing></w:r></w:p>')),
    "docx placeholder": (".docx", _word_part("word/glossary/document.xml", f"<w:glossaryDocument {_W}><w:docPart><w:p>@RUN@</w:p></w:docPart></w:glossaryDocument>")),
    "docx variable": (".docx", _word_part("word/settings.xml", f'<w:settings {_W}><w:docVar w:name="a" w:val="@@"/></w:settings>')),
    "docx custom XML": (".docx", _word_part("customXml/item1.xml", f"<data><item>{_LINE}</item></data>")),
    "docx own property": (".docx", _word_part("docProps/custom.xml", f'<Properties xmlns="http://schemas.openxmlformats.org/officeDocument/2006/custom-properties"><property><lpwstr>{_LINE}</lpwstr></property></Properties>')),
    "docx chart": (".docx", _word_part("word/charts/chart1.xml", _CHART)),
    "docx chart's category": (".docx", _word_part("word/charts/chart1.xml", _CATEGORY)),
    "docx diagram": (".docx", _word_part("word/diagrams/data1.xml", _DIAGRAM)),
    "docx link": (".docx", _word_part("word/_rels/document.xml.rels", '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Type="http://x/hyperlink" Target="@@"/></Relationships>')),
    "docx stray part": (".docx", _word_part("word/old/draft.xml", f"<w:document {_W}><w:body><w:p>@RUN@</w:p></w:body></w:document>")),
    "docx stray text": (".docx", _chunk("dat", lambda line: f"{FILLER[0]}\n{line}\n".encode())),
    "docx chunk of HTML": (".docx", _chunk("htm", _html)),
    "docx chunk of RTF": (".docx", _chunk("rtf", _rtf)),
    "docx chunk of mail": (".docx", _chunk("mht", _mail)),
    "docx chunk of text": (".docx", _chunk("txt", lambda line: line.encode("gb18030"))),
    "docx chunk of docx": (".docx", _chunk("docx", lambda line: _document(f"<w:p>{_run(line)}</w:p>"))),
    "xlsx inline string": (".xlsx", _sheet(lambda line: f'<sheetData><row><c t="inlineStr"><is><r><t>{escape(line[:5])}</t></r><r><t>{escape(line[5:])}</t></r></is></c></row></sheetData>')),
    "xlsx shared string left over": (".xlsx", _sheet(lambda line: "<sheetData/>", sharedStrings=f"<sst {_S}><si><t>{_LINE}</t></si></sst>")),
    "xlsx format": (".xlsx", _written(_numbered_format)),
    "xlsx formula": (".xlsx", _sheet(lambda line: f'<sheetData><row><c><f>"{escape(line[:6])}"&amp;"{escape(line[6:])}"</f></c></row></sheetData>')),
    "xlsx prompt": (".xlsx", _sheet(lambda line: f'<dataValidations><dataValidation prompt="{_attribute(line)}"/></dataValidations>')),
    "xlsx choice": (".xlsx", _sheet(lambda line: f"<dataValidations><dataValidation><formula1>{escape(line)}</formula1></dataValidation></dataValidations>")),
    "xlsx link's tip": (".xlsx", _sheet(lambda line: f'<hyperlinks><hyperlink ref="A1" tooltip="{_attribute(line)}"/></hyperlinks>')),
    "xlsx footer": (".xlsx", _sheet(lambda line: f'<headerFooter><oddFooter>&amp;L&amp;"宋体"&amp;12{escape(" " + line)}</oddFooter></headerFooter>')),
    "xlsx threaded comment": (".xlsx", _sheet(lambda line: "<sheetData/>", **{"threadedComments/threadedComment1": f'<ThreadedComments xmlns="http://schemas.microsoft.com/office/spreadsheetml/2018/threadedcomments"><threadedComment><text>{_LINE}</text></threadedComment></ThreadedComments>'})),
    "xlsx text box": (".xlsx", _sheet(lambda line: "<sheetData/>", **{"drawings/drawing1": f'<xdr:wsDr xmlns:xdr="http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing" {_A}>{_PARAGRAPH}</xdr:wsDr>'})),
    "xlsx chart": (".xlsx", _sheet(lambda line: "<sheetData/>", **{"charts/chart1": _CHART})),
    "xlsx pivot cache": (".xlsx", _sheet(lambda line: "<sheetData/>", **{"pivotCache/pivotCacheRecords1": f'<pivotCacheRecords {_S}><r><s v="@@"/></r></pivotCacheRecords>'})),
    "xlsx column of a table": (".xlsx", _sheet(lambda line: "<sheetData/>", **{"tables/table1": f'<table {_S}><tableColumns><tableColumn name="@@"/></tableColumns></table>'})),
    "xlsx name of a sheet": (".xlsx", _sheet(lambda line: "<sheetData/>", workbook=f'<workbook {_S}><sheets><sheet name="@@"/></sheets></workbook>')),
    "xlsx other workbook's cells": (".xlsx", _sheet(lambda line: "<sheetData/>", **{"externalLinks/externalLink1": f"<externalLink {_S}><sheetData><row><cell><v>{_LINE}</v></cell></row></sheetData></externalLink>"})),
    "pptx layout": (".pptx", _show("ppt/slideLayouts/slideLayout1.xml", f"<p:sldLayout {_P} {_A}>{_SHAPE}</p:sldLayout>")),
    "pptx master": (".pptx", _show("ppt/slideMasters/slideMaster1.xml", f"<p:sldMaster {_P} {_A}>{_SHAPE}</p:sldMaster>")),
    "pptx table": (".pptx", _show("ppt/slides/slide1.xml", f"<p:sld {_P} {_A}><a:tbl><a:tr><a:tc>{_PARAGRAPH}</a:tc></a:tr></a:tbl></p:sld>")),
    "pptx comment": (".pptx", _show("ppt/comments/comment1.xml", f"<p:cmLst {_P}><p:cm><p:text>{_LINE}</p:text></p:cm></p:cmLst>")),
    "pptx description": (".pptx", _show("ppt/slides/slide1.xml", f'<p:sld {_P}><p:cNvPr descr="@@"/></p:sld>')),
    "pptx chart": (".pptx", _show("ppt/charts/chart1.xml", _CHART)),
    "pptx diagram": (".pptx", _show("ppt/diagrams/data1.xml", _DIAGRAM)),
    "pptx tag": (".pptx", _show("ppt/tags/tag1.xml", f'<p:tagLst {_P}><p:tag val="@@"/></p:tagLst>')),
    "pdf appearance": (".pdf", _pdf_object(_appearance)),
    "pdf stamp": (".pdf", _pdf_object(functools.partial(_appearance, kind="/Stamp"))),
    "pdf field": (".pdf", _pdf_object(_field)),
    "pdf XFA": (".pdf", _pdf_object(functools.partial(_xml_stream, form=True))),
    "pdf XMP": (".pdf", _pdf_object(functools.partial(_xml_stream, form=False))),
    "pdf layer": (".pdf", _pdf_object(_layer)),
    "txt UTF-16 without mark": (".txt", _txt("utf-16-le")),
    "txt UTF-16 big end": (".txt", _txt("utf-16-be")),
    "rtf text": (".rtf", _written(_rtf)),
    "rtf Unicode": (".rtf", _written(lambda line: _rtf_bytes(line, "", unicode=True))),
    "rtf header": (".rtf", _written(lambda line: _rtf_bytes(line, "\\header"))),
    "rtf title": (".rtf", _written(lambda line: _rtf_bytes(line, "\\info\\title"))),
    "rtf footnote": (".rtf", _written(lambda line: _rtf_bytes(line, "\\footnote"))),
    "jpg second EXIF": (".jpg", _written(_second_exif)),
    "jpg IPTC": (".jpg", _written(_iptc)),
    "jpg more XMP": (".jpg", _written(_more_xmp)),
    "png tEXt": (".png", _written(_png_text("tEXt"))),
    "png iTXt": (".png", _written(_png_text("iTXt"))),
    "png zTXt": (".png", _written(_png_text("zTXt"))),
    "gif comment": (".gif", _written(_gif)),
    "webp XMP": (".webp", _written(_webp)),
    "svg text": (".svg", _written(_svg)),
    "mp3 title": (".mp3", _written(lambda line: _id3(line, 1))),
    "mp3 title in UTF-8": (".mp3", _written(lambda line: _id3(line, 3))),
    "m4a title": (".m4a", _written(_mp4)),
    "ogg title": (".ogg", _written(_ogg)),
    "webm title": (".webm", _written(_webm)),
    "zip of flac": (".zip", _zip_of("a.flac", _flac)),
    "zip of html": (".zip", _zip_of("a.html", _html)),
    "zip of mail": (".zip", _zip_of("a.eml", _mail)),
    "zip of a mail's subject": (".zip", _zip_of("a.eml", _subject)),
    "zip of xml": (".zip", _zip_of("a.xml", lambda line: f"<a><b>{escape(line)}</b></a>".encode())),
    "zip of rtf": (".zip", _zip_of("a.rtf", _rtf)),
    "zip of pdf": (".zip", _zip_of("a.pdf", _in_archived("pdf page"))),
    "zip of a picture": (".zip", _zip_of("a.jpg", _in_archived("jpg comment"))),
    "zip that is a docx": (".zip", _written(_in_archived("docx paragraph"))),
    "zip comment": (".zip", _written(_zip_comment)),
}  # fmt: skip
"""Name of a place in a type of file -> (suffix, maker of a file with a line there)."""
SHORT = {"mp3 old title": (".mp3", _written(_old_id3)), "txt Big5": (".txt", _txt("big5"))}
"""Places that can't hold every line."""
