"""Puts a line of text into a file of every attachment type, in each corner of it where text can stand."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import docx
import openpyxl
import pptx
import pypdf
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from openpyxl.comments import Comment
from openpyxl.workbook.defined_name import DefinedName
from PIL import Image
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
    return "\n".join([*FILLER, line, FILLER[1]]).encode(encoding)


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
