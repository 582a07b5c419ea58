"""Attachments: all their text is read, unreadable parts are reported, and no file crashes the reader."""

from __future__ import annotations

import functools
import io
import random
import shutil
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import docx
import openpyxl
import pypdf
import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from pypdf.generic import (
    ArrayObject,
    DictionaryObject,
    NameObject,
    RectangleObject,
    StreamObject,
    TextStringObject,
)
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from jiyue.base.diagnostics import Diagnostic, Severity
from jiyue.checks.attachment import sandbox
from jiyue.checks.attachment.attachments import ALLOWED, RULES, attachment_findings
from jiyue.checks.attachment.extract.dispatch import READERS, read
from jiyue.checks.attachment.extract.old import converter
from jiyue.checks.attachment.extract.pieces import Limits, Part, TooLarge
from jiyue.checks.attachment.extract.plain import decode
from jiyue.checks.attachment.extract.sheet import shown as formatted
from jiyue.checks.attachment.extract.word import counted
from jiyue.checks.attachment.sandbox import BoundedReader
from jiyue.checks.attachment.svg import svg_problem
from jiyue.checks.text.content import CheckSettings, content_findings
from jiyue.checks.text.model import Text
from tests.support.carriers import CARRIERS, SHORT
from tests.support.cases import cases_folder, security_cluster
from tests.support.planted import secrets

PNG = b"\x89PNG\r\n\x1a\n"
SVG_HEAD = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink">'


@pytest.fixture(scope="module")
def reader() -> Iterator[BoundedReader]:
    with BoundedReader(Limits(seconds=20)) as running:
        yield running


@pytest.fixture
def check(tmp_path: Path, reader: BoundedReader) -> Callable[[str, bytes], list[Diagnostic]]:
    def run(name: str, data: bytes) -> list[Diagnostic]:
        (tmp_path / name).write_bytes(data)
        return attachment_findings(tmp_path, name, "cc", CheckSettings(), reader)

    return run


def zipped(files: dict[str, bytes], **how: int) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data, **how)
    return out.getvalue()


def picture(position: bool = False, kind: str = "JPEG") -> bytes:
    image = Image.new("RGB", (8, 8))
    exif = image.getexif()
    if position:
        exif.get_ifd(0x8825).update({1: "N", 2: (43.0, 53.0, 0.0), 3: "E", 4: (125.0, 19.0, 0.0)})
    out = io.BytesIO()
    image.save(out, kind, exif=exif.tobytes())
    return out.getvalue()


def photo() -> bytes:
    """A JPEG of some kilobytes."""
    out = io.BytesIO()
    Image.frombytes("RGB", (64, 64), random.Random(1).randbytes(64 * 64 * 3)).save(out, "JPEG")
    return out.getvalue()


def _heavy() -> bytes:
    out = io.BytesIO()
    Image.frombytes("RGB", (1400, 1400), random.Random(1).randbytes(1400 * 1400 * 3)).save(out, "PNG", compress_level=0)
    return out.getvalue()


XMP_PLACE = b'<x:xmpmeta><rdf:Description exif:GPSLatitude="43,53.0N"/></x:xmpmeta>'


def _noted(*bodies: bytes) -> bytes:
    """A photo with these application segments."""
    notes = b"".join(b"\xff\xe1" + (len(body) + 2).to_bytes(2, "big") + body for body in bodies)
    return picture()[:2] + notes + picture()[2:]


def _exif(position: bool) -> bytes:
    with Image.open(io.BytesIO(picture(position))) as image:
        return image.getexif().tobytes()


def _png_with_xmp() -> bytes:
    about, out = PngInfo(), io.BytesIO()
    about.add_itxt("XML:com.adobe.xmp", XMP_PLACE.decode(), zip=True)
    Image.new("RGB", (8, 8)).save(out, "PNG", pnginfo=about)
    return out.getvalue()


def _pdf_with_a_photo() -> bytes:
    def add(writer: pypdf.PdfWriter) -> None:
        photo = StreamObject()
        photo._data = picture(True)
        names = {"/Type": "/XObject", "/Subtype": "/Image", "/Filter": "/DCTDecode"}
        photo.update({NameObject(key): NameObject(value) for key, value in names.items()})
        writer._add_object(photo)

    return _pdf_with(add)


TAGGED = (
    b"\x1aE\xdf\xa3\x80\x18S\x80g\xff\x12T\xc3g\xff\x73\x73\xff\x67\xc8\xff\x45\xa3\x88LOCATION\x44\x87\x8c+43.88+125.3"
)


def pdf(
    *, password: str = "", text: str = "公示 hello", scan: bool = False, strips: int = 1, beside: str = "Page 1 of 2"
) -> bytes:
    out = io.BytesIO()
    page = Canvas(out)
    if scan:
        for strip in range(strips):
            page.drawImage(ImageReader(io.BytesIO(picture())), 0, strip * 700 / strips, 500, 700 / strips)
        page.drawString(250, 20, beside)
    else:
        page.drawString(50, 700, text)
    page.showPage()
    page.save()
    if not password:
        return out.getvalue()
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(out.getvalue()))
    writer.encrypt(password, algorithm="RC4-128")
    locked = io.BytesIO()
    writer.write(locked)
    return locked.getvalue()


def nested(depth: int) -> bytes:
    data = zipped({"a.txt": b"x"})
    for _ in range(depth):
        data = zipped({"inner.zip": data})
    return data


def _docx(extra: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    docx.Document().save(out)
    with zipfile.ZipFile(out, "a") as archive:
        for name, data in extra.items():
            archive.writestr(name, data)
    return out.getvalue()


def _with_entities() -> bytes:
    return _docx({"word/extra.xml": b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'})


def _with_macro() -> bytes:
    return _book("1", {"xl/vbaProject.bin": b"x"})


def _book(formula: str, extra: dict[str, bytes] | None = None) -> bytes:
    out = io.BytesIO()
    book = openpyxl.Workbook()
    book.active["A1"] = f"={formula}"
    book.save(out)
    with zipfile.ZipFile(out, "a") as archive:
        for name, data in (extra or {}).items():
            archive.writestr(name, data)
    return out.getvalue()


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600
SPREADSHEET = b'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
CONTROL = b'<ax:ocx xmlns:ax="http://schemas.microsoft.com/office/2006/activeX" ax:classid="{0}"/>'
MACROSHEET = b'<macrosheet xmlns="http://schemas.microsoft.com/office/excel/2006/main"><sheetData/></macrosheet>'
AUTO_OPEN = (
    b"<workbook %s><definedNames><definedName name='_xlnm.Auto_Open'>A!$A$1</definedName></definedNames></workbook>"
    % SPREADSHEET
)
DDE_LINK = b"<externalLink %s><ddeLink ddeService='cmd' ddeTopic='x'/></externalLink>" % SPREADSHEET
ACTION = (
    b'<p:sld xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main">'
    b'<a:hlinkClick xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" action="ppaction://program"/></p:sld>'
)
MAIL = b"MIME-Version: 1.0\r\nContent-Type: text/html\r\n\r\n<script>1</script>"
REMOTE = (
    ("attachedTemplate", "https://x.example/a.dotm"),
    ("attachedTemplate", "\\\\x.example\\a.dotm"),
    ("oleObject", "file://x.example/a.doc"),
    ("image", "http://x.example/a.png"),
    ("frame", "mhtml:https://x.example/a!x"),
)


def _relation(kind: str, target: str) -> bytes:
    return (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" '
        f'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/{kind}" Target="{target}" TargetMode="External"/>'
        "</Relationships>"
    ).encode()


def _word(inner: str) -> bytes:
    space = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    return f'<w:document xmlns:w="{space}"><w:body><w:p><w:r>{inner}</w:r></w:p></w:body></w:document>'.encode()


def _pdf_with(change: Callable[[pypdf.PdfWriter], object]) -> bytes:
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(pdf()))
    change(writer)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def _action(action: dict[str, str], writer: pypdf.PdfWriter) -> None:
    names = {
        key: NameObject(value) if value.startswith("/") else TextStringObject(value) for key, value in action.items()
    }
    writer.root_object[NameObject("/OpenAction")] = DictionaryObject(
        {NameObject(key): value for key, value in names.items()}
    )


def _opens_at_a_page(writer: pypdf.PdfWriter) -> None:
    page = writer.pages[0].indirect_reference
    assert page
    writer.root_object[NameObject("/OpenAction")] = ArrayObject([page, NameObject("/Fit")])
    writer.add_uri(0, "https://www.gov.cn/", RectangleObject((0, 0, 9, 9)))


def _curves() -> bytes:
    out = io.BytesIO()
    page = Canvas(out)
    page.drawString(50, 20, "Page 1 of 2, printed for the office")
    for number in range(60):
        letter = page.beginPath()
        x, y = 50 + number % 20 * 14, 700 - number // 20 * 20
        letter.moveTo(x, y)
        for step in range(6):
            letter.curveTo(x + step, y + 9, x + 9, y + step, x + 10, y + 10)
        letter.close()
        page.drawPath(letter, stroke=0, fill=1)
    page.showPage()
    page.save()
    return out.getvalue()


def svg(inner: str) -> bytes:
    return f"{SVG_HEAD}{inner}</svg>".encode()


MUST_FIRE: dict[str, list[tuple[str, Callable[[], bytes]]]] = {
    "attachment-type": [(name, lambda: b"x") for name in ("a.html", "a.exe", "a.js", "a.php", "a.docm", "noending", "a.pdf.hta", "a.xml")],
    "attachment-mismatch": [
        ("a.jpg", lambda: b"MZ" + b"\0" * 100), ("a.docx", lambda: b"<html>"), ("a.png", picture), ("a.pdf", lambda: b"hello"),
        ("a.txt", lambda: b"\x7fELF\x01"), ("a.csv", lambda: b"<!DOCTYPE html><script>"), ("a.doc", lambda: zipped({"a": b"b"})),
    ],
    "attachment-unreadable": [
        ("a.ofd", lambda: zipped({"OFD.xml": b"<x/>"})), ("locked.pdf", lambda: pdf(password="secret")),
        ("scan.pdf", lambda: pdf(scan=True)),
        ("broken.docx", lambda: zipped({"word/document.xml": b"<x"})), ("cut.zip", lambda: zipped({"a.txt": b"x" * 99})[:60]),
        ("unknown.zip", lambda: zipped({"a.rar": b"Rar!"})), ("entities.docx", _with_entities),
        ("renamed.docx", lambda: zipped({"a.txt": b"x"})),
        ("curves.pdf", _curves), ("covered.pdf", lambda: pdf(scan=True, beside="CamScanner")),
        ("strips.pdf", lambda: pdf(scan=True, strips=5)),
        ("bad.txt", lambda: b"\xff\x81\xff\xff\x80" * 9),
    ],
    "attachment-too-large": [
        ("bomb.zip", lambda: zipped({"a.txt": b"0" * 30_000_000})), ("deep.zip", lambda: nested(5)),
        ("many.zip", lambda: zipped({f"{n}.txt": b"" for n in range(2001)})),
    ],
    "privacy-image-position": [
        ("a.jpg", lambda: picture(True)), ("a.png", lambda: picture(True, "PNG")), ("a.zip", lambda: zipped({"b/c.jpg": picture(True)})),
        ("a.webp", lambda: picture(True, "WEBP")), ("second.jpg", lambda: _noted(_exif(False) or b"x", _exif(True))),
        ("more.jpg", lambda: _noted(b"http://ns.adobe.com/xmp/extension/\0" + b"0" * 40 + XMP_PLACE)),
        ("xmp.jpg", lambda: _noted(b"http://ns.adobe.com/xap/1.0/\0" + XMP_PLACE)),
        ("xmp.png", _png_with_xmp), ("tail.docx", lambda: _docx({"word/media/a.jpg": picture() + picture(True)})),
        ("motion.docx", lambda: _docx({"word/media/a.jpg": picture() + b"\0\0\0\x18ftypmp42....moov\xa9xyz\0\x12+43.88+125.3/"})),
        ("a.pdf", _pdf_with_a_photo), ("xmp.mp4", lambda: b"\0\0\0\x18ftypmp42" + XMP_PLACE),
        ("a.webm", lambda: TAGGED),
        ("a.mp4", lambda: b"\0\0\0\x18ftypmp42....moov\xa9xyz\0\x12+43.88+125.3/"),
    ],
    "attachment-active": [
        ("macro.xlsx", _with_macro), ("dde.xlsx", lambda: _book("cmd|'/c calc'!A0")), ("web.xlsx", lambda: _book('WEBSERVICE("https://x.example")')),
        ("dde.docx", lambda: _docx({"word/more.xml": _word("<w:instrText>DDE</w:instrText></w:r><w:r><w:instrText>AUTO c</w:instrText>")})),
        ("field.docx", lambda: _docx({"word/more.xml": _word('<w:fldSimple w:instr=" DDEAUTO c:\\\\x "/>')})),
        *((f"{kind}.docx", functools.partial(_docx, {"word/_rels/settings.xml.rels": _relation(kind, target)})) for kind, target in REMOTE),
        ("ole.docx", lambda: _docx({"word/embeddings/oleObject1.bin": OLE})), ("stray.docx", lambda: _docx({"word/x.dat": OLE})),
        ("chunk.docx", lambda: _docx({"word/chunk.htm": b"<html><script>alert(1)</script>"})),
        ("macrosheet.xlsx", lambda: _book("1", {"xl/macrosheets/sheet9.xml": MACROSHEET})),
        ("auto.xlsx", lambda: _book("1", {"xl/workbook2.xml": AUTO_OPEN})),
        ("link.xlsx", lambda: _book("1", {"xl/externalLinks/externalLink1.xml": DDE_LINK})),
        ("action.pptx", lambda: _docx({"ppt/presentation.xml": b"<p/>", "ppt/slides/slide9.xml": ACTION})),
        ("js.pdf", lambda: _pdf_with(functools.partial(_action, {"/S": "/JavaScript", "/JS": "app.alert(1)"}))),
        ("launch.pdf", lambda: _pdf_with(functools.partial(_action, {"/S": "/Launch", "/F": "calc.exe"}))),
        ("submit.pdf", lambda: _pdf_with(functools.partial(_action, {"/S": "/SubmitForm", "/F": "https://x.example"}))),
        ("a.csv", lambda: b"a,b\n1,=cmd|'/c calc'!A0\n"), ("a.rtf", lambda: b"{\\rtf1{\\object{\\*\\objdata 0105}}}"),
        ("b.rtf", lambda: b"{\\rtf1{\\*\\template https://x.example/a.dot}x}"), ("c.rtf", lambda: b"{\\rtf1{\\field{\\*\\fldinst DDE c}}}"),
        ("control.docx", lambda: _docx({"word/activeX/activeX1.xml": CONTROL})),
        ("old.doc", lambda: OLE + "_VBA_PROJECT".encode("utf-16-le")),
        ("page.zip", lambda: zipped({"a.html": b"<p onclick='x()'>"})), ("mail.zip", lambda: zipped({"a.eml": MAIL})),
    ],
    "picture-truncated": [
        ("a.jpg", lambda: photo()[:-40]), ("a.png", lambda: picture(kind="PNG")[:-20]), ("a.gif", lambda: picture(kind="GIF")[:-4]),
        ("a.webp", lambda: picture(kind="WEBP")[:-4]), ("a.docx", lambda: _docx({"word/media/a.jpg": photo()[:-40]})),
    ],
    "picture-heavy": [("a.png", _heavy)],
    "ai-picture": [("a.jpg", lambda: _noted(b"http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"))],
    "attachment-svg": [
        ("a.svg", functools.partial(svg, inner))
        for inner in (
            "<script>alert(1)</script>", "<g onload='x'/>", "<foreignObject/>", "<a xlink:href='javascript:x'><path d='M0'/></a>",
            "<image href='https://x.example/a.png'/>", "<style>@import url(x)</style>", "<path style='fill:url(//x)'/>", "<animate/>",
            "<use href='other.svg#a'/>", "<image href='data:image/svg+xml;base64,AA'/>", "<x:script xmlns:x='http://www.w3.org/1999/xhtml'/>",
        )
    ] + [
        ("b.svg", lambda: b'<!DOCTYPE svg [<!ENTITY a "b">]><svg xmlns="http://www.w3.org/2000/svg">&a;</svg>'),
        ("c.svg", lambda: b'<?xml-stylesheet href="x.css"?><svg xmlns="http://www.w3.org/2000/svg"/>'),
        ("d.svg", lambda: b"<svg"), ("e.svg", lambda: b"<html/>"),
    ],
}  # fmt: skip
CLEAN_SVG = (
    f'<?xml version="1.0"?>{SVG_HEAD}<defs><linearGradient id="g"><stop offset="0"/></linearGradient></defs>'
    '<path d="M0 0" style="fill:url(#g)"/><use xlink:href="#g"/><text>图</text></svg>'
).encode()
MUST_NOT_FIRE: dict[str, list[tuple[str, Callable[[], bytes]]]] = {
    "attachment-type": [("a.txt", lambda: b"x"), ("A.PDF", pdf), ("a.jpeg", picture)],
    "attachment-mismatch": [
        ("a.pdf", pdf),
        ("a.png", lambda: picture(kind="PNG")),
        ("a.txt", functools.partial(bytes, "<图> html", "utf-8")),
    ],
    "attachment-unreadable": [
        ("a.pdf", pdf),
        ("a.txt", lambda: "汉字".encode("gb18030")),
        ("a.zip", lambda: zipped({"a.txt": b"x"})),
    ],
    "attachment-too-large": [("a.zip", lambda: zipped({"a.txt": b"x" * 1000})), ("b.zip", lambda: nested(1))],
    "privacy-image-position": [
        ("a.jpg", picture),
        ("a.png", lambda: picture(kind="PNG")),
        ("a.mp4", lambda: b"\0\0\0\x18ftypmp42"),
    ],
    "attachment-active": [
        (
            "a.docx",
            lambda: _docx(
                {"word/_rels/settings.xml.rels": _relation("attachedTemplate", "file:///C:\\Users\\x\\Normal.dotm")}
            ),
        ),
        ("b.docx", lambda: _docx({"word/_rels/x.xml.rels": _relation("hyperlink", "https://www.gov.cn/")})),
        ("a.xlsx", lambda: _book("IF('a|b'!A1=\"x|y\",SUM(A1:A3),1)")),
        ("b.pdf", lambda: _pdf_with(_opens_at_a_page)),
        ("a.csv", lambda: b"a|b,-1\n"),
        (
            "dde.docx",
            lambda: _docx({"word/more.xml": _word('<w:instrText>HYPERLINK "https://x.example/dde/DDE"</w:instrText>')}),
        ),
        ("a.zip", lambda: zipped({"a.html": b"<p>description = 1</p>"})),
    ],
    "picture-truncated": [
        ("a.jpg", photo),
        ("b.png", lambda: picture(kind="PNG")),
        ("c.gif", lambda: picture(kind="GIF")),
        ("d.webp", lambda: picture(kind="WEBP")),
    ],
    "picture-heavy": [("a.jpg", photo)],
    "ai-picture": [("a.jpg", lambda: _noted(b"http://cv.iptc.org/newscodes/digitalsourcetype/digitalCapture"))],
    "attachment-svg": [("a.svg", lambda: CLEAN_SVG)],
}


def listed(cases: dict[str, list[tuple[str, Callable[[], bytes]]]]) -> list[object]:
    return [
        pytest.param(rule, name, make, id=f"{rule}-{name}-{n}")
        for rule, some in cases.items()
        for n, (name, make) in enumerate(some)
    ]


@pytest.mark.parametrize(("rule", "name", "make"), listed(MUST_FIRE))
def test_fires(
    check: Callable[[str, bytes], list[Diagnostic]], rule: str, name: str, make: Callable[[], bytes]
) -> None:
    findings = check(name, make())
    assert rule in {d.rule for d in findings}, findings


@pytest.mark.parametrize(("rule", "name", "make"), listed(MUST_NOT_FIRE))
def test_stays_quiet(
    check: Callable[[str, bytes], list[Diagnostic]], rule: str, name: str, make: Callable[[], bytes]
) -> None:
    assert [str(d) for d in check(name, make())] == []


def test_every_attachment_rule_has_both() -> None:
    assert set(MUST_FIRE) == set(MUST_NOT_FIRE) == {rule.id for rule in RULES}


@pytest.mark.parametrize("carrier", CARRIERS)
def test_a_secret_is_found_wherever_it_stands(tmp_path: Path, reader: BoundedReader, carrier: str) -> None:
    ending, make = CARRIERS[carrier]
    make(tmp_path / f"a{ending}", "张某 身份证号 11010519491231002X")
    findings = attachment_findings(tmp_path, f"a{ending}", "cc", CheckSettings(), reader)
    assert [d.rule for d in findings if d.severity is Severity.ERROR] == ["privacy-id-number"]
    make(tmp_path / f"a{ending}", "张某 身份证号 11***************2X")
    findings = attachment_findings(tmp_path, f"a{ending}", "cc", CheckSettings(), reader)
    assert [str(d) for d in findings] == []


def ways() -> dict[tuple[str, str], str]:
    """A line for each rule and each way of writing what it looks for."""
    found: dict[tuple[str, str], str] = {}
    for secret in secrets(8000, 5, markup=False):
        found.setdefault((secret.rule, secret.disguise), secret.line)
    return found


def fits(carrier: str, line: str) -> bool:
    """Whether a place has room and letters for a line."""
    if carrier == "mp3 old title":
        return len(line.encode("gb18030")) <= 30 and "\n" not in line
    return carrier != "txt Big5" or line.encode("big5", "ignore").decode("big5") == line


PLACES = CARRIERS | SHORT
TYPES = sorted({ending for ending, _ in PLACES.values()})


def test_the_planted_secrets_are_many() -> None:
    assert len(CARRIERS) * len(ways()) >= 1500


@pytest.mark.long
@pytest.mark.parametrize("ending", TYPES)
def test_every_way_of_writing_is_found_in_every_place(tmp_path: Path, ending: str) -> None:
    file, missed, tried = tmp_path / f"a{ending}", [], 0
    for carrier in [carrier for carrier, (of, _) in PLACES.items() if of == ending]:
        for (rule, way), line in ways().items():
            if not fits(carrier, line):
                continue
            PLACES[carrier][1](file, line)
            tried += 1
            parts = [piece for piece in read(file.name, file.read_bytes(), Limits()) if isinstance(piece, Part)]
            texts = (Text("cc", file.name, part.text, part.first_line, part.name) for part in parts)
            if not any(d.rule == rule for text in texts for d in content_findings(text, CheckSettings())):
                missed.append(f"{carrier}: {rule} ({way}) {line!r}")
    assert len(missed) <= tried // 100, missed


def test_the_place_inside_is_told(tmp_path: Path, reader: BoundedReader) -> None:
    CARRIERS["xlsx hidden sheet"][1](tmp_path / "a.xlsx", "13812345678")
    (finding,) = attachment_findings(tmp_path, "a.xlsx", "cc", CheckSettings(), reader)
    assert finding.message == "工作表“Sheet2”（隐藏）：出现手机号码 138****5678"
    assert (finding.line, finding.col) == (2, 2)


def test_whole_numbers_of_a_sheet_stay_whole(tmp_path: Path, reader: BoundedReader) -> None:
    book = openpyxl.Workbook()
    book.active.append(["姓名", "手机"])
    book.active.append(["张某", 13812345678])
    book.active.append(["李某", 13912345678.0])
    book.save(tmp_path / "a.xlsx")
    findings = attachment_findings(tmp_path, "a.xlsx", "cc", CheckSettings(), reader)
    assert [d.message[-11:] for d in findings] == ["138****5678", "139****5678"]


def test_a_column_of_cards_is_known_by_its_head(tmp_path: Path, reader: BoundedReader) -> None:
    lines = ["姓名,银行卡号,金额", *["张某,6222021234567890128,500"] * 40]
    (tmp_path / "a.csv").write_text("\n".join(lines), encoding="utf-8")
    assert {d.rule for d in attachment_findings(tmp_path, "a.csv", "cc", CheckSettings(), reader)} == {
        "privacy-bank-card"
    }


def test_names_inside_an_archive_count(check: Callable[[str, bytes], list[Diagnostic]]) -> None:
    (finding,) = check("a.zip", zipped({"通知（机密）.txt": b"x"}))
    assert (finding.rule, finding.path) == ("secrecy-mark", "a.zip")


def test_old_names_of_an_archive_are_read_as_gbk(check: Callable[[str, bytes], list[Diagnostic]]) -> None:
    data = zipped({"XXXX.txt": b"x"}).replace(b"XXXX", "机密".encode("gb18030"))
    assert [d.rule for d in check("a.zip", data)] == ["secrecy-mark"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk", "utf-16", "utf-16-le", "utf-16-be"])
def test_encodings(encoding: str) -> None:
    assert decode("序号,abc 张三 12345678\n".encode(encoding)) == "序号,abc 张三 12345678\n"


def test_a_link_is_no_attachment(tmp_path: Path, reader: BoundedReader) -> None:
    (tmp_path / "real.txt").write_text("x")
    (tmp_path / "a.txt").symlink_to("real.txt")
    assert [d.rule for d in attachment_findings(tmp_path, "a.txt", "cc", CheckSettings(), reader)] == [
        "attachment-type"
    ]


def test_a_file_that_takes_too_long_is_said_and_the_next_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sandbox, "START", 0.0)
    rows = "\n".join("<row><c t='inlineStr'><is><t>x</t></is></c></row>" * 50 for _ in range(2000))
    (tmp_path / "slow.txt").write_text(rows * 3)
    (tmp_path / "next.txt").write_text("x")
    with BoundedReader(Limits(seconds=0.01)) as slow:
        (piece,) = slow.pieces(tmp_path / "slow.txt")
        assert isinstance(piece, TooLarge)
    monkeypatch.setattr(sandbox, "START", 30.0)
    with BoundedReader() as fine:
        assert fine.pieces(tmp_path / "next.txt") == [Part("", "x", 1)]


def test_a_reader_that_dies_is_said_and_replaced(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("x")
    with BoundedReader() as reader:
        assert reader.pieces(tmp_path / "a.txt") == [Part("", "x", 1)]
        assert reader._child is not None
        reader._child.kill()
        reader._child.wait()
        assert reader.pieces(tmp_path / "a.txt") == [Part("", "x", 1)]


def test_memory_is_bounded(tmp_path: Path) -> None:
    data = zipped({f"{n}.txt": random.Random(n).randbytes(3_000_000).hex().encode() for n in range(6)})
    (tmp_path / "a.zip").write_bytes(data)
    with BoundedReader(Limits(memory=110_000_000)) as reader:
        assert any(isinstance(piece, TooLarge) for piece in reader.pieces(tmp_path / "a.zip"))


def test_a_lying_archive_is_no_way_round_the_bounds() -> None:
    data = bytearray(zipped({"a.txt": b"0" * 500_000}))
    at = data.rindex(b"PK\x01\x02")
    data[at + 24 : at + 28] = (10).to_bytes(4, "little")
    (_, piece) = list(read("a.zip", bytes(data), Limits()))
    assert not isinstance(piece, Part) or len(piece.text) <= 10


def test_every_type_that_may_be_published_is_read_or_said(tmp_path: Path) -> None:
    assert set(ALLOWED) - set(READERS) == {".ofd"}


def test_old_formats_are_read_or_said(real_texts: Path, reader: BoundedReader) -> None:
    documents = sorted((real_texts / "documents/office").rglob("*.doc"))[:1]
    for document in documents:
        findings = attachment_findings(real_texts, str(document.relative_to(real_texts)), "cc", CheckSettings(), reader)
        errors = [d.rule for d in findings if d.severity is Severity.ERROR]
        assert errors == ([] if converter() else ["attachment-unreadable"])


def test_no_error_on_real_office_documents(real_texts: Path, reader: BoundedReader) -> None:
    documents = sorted((real_texts / "documents/office").rglob("*.docx"))
    assert documents
    for document in documents:
        findings = attachment_findings(real_texts, str(document.relative_to(real_texts)), "cc", CheckSettings(), reader)
        assert [str(d) for d in findings if d.severity is Severity.ERROR] == []


def test_the_position_of_a_real_photograph(real_texts: Path, reader: BoundedReader) -> None:
    findings = attachment_findings(real_texts, "images/exif-gps-1.jpg", "cc", CheckSettings(), reader)
    assert [d.rule for d in findings] == ["privacy-image-position"]


def test_svg_of_a_drawing_program_is_accepted() -> None:
    inkscape = (
        '<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">'
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:sodipodi="http://sodipodi.sourceforge.net/DTD/sodipodi-0.dtd">'
        '<sodipodi:namedview id="n"/><g><path d="M0"/></g></svg>'
    )
    assert svg_problem(inkscape.encode()) == ""


# The cases of attackers and of public bug reports

CASES = {
    "word-watermark-jimi.docx": "secrecy-mark",
    "d-altchunk-html.docx": "privacy-id-number",
    "d-numbering.docx": "privacy-id-number",
    "p-layout.pptx": "privacy-id-number",
    "f-annotap.pdf": "privacy-id-number",
    "f-scanwm.pdf": "attachment-unreadable",
    "f-js.pdf": "attachment-active",
    "x-dde.xlsx": "attachment-active",
}
NOT_OF_WORD = {"notzip.docx", "html.docx"}


@pytest.mark.parametrize("file", CASES)
def test_what_attackers_hid_is_found(tmp_path: Path, reader: BoundedReader, file: str) -> None:
    shutil.copy(cases_folder() / "security" / file, tmp_path)
    findings = attachment_findings(tmp_path, file, "cc", CheckSettings(), reader)
    assert {d.rule for d in findings if d.severity is Severity.ERROR} == {CASES[file]}


def test_every_way_to_hide_a_number_in_a_word_file_is_found(tmp_path: Path, reader: BoundedReader) -> None:
    folder = cases_folder() / "33/content/cc/tzgg"
    findings = {}
    for file in sorted(folder.glob("*.docx")):
        shutil.copy(file, tmp_path)
        findings[file.name] = {d.rule for d in attachment_findings(tmp_path, file.name, "cc", CheckSettings(), reader)}
    right = {name: {"privacy-id-number"} for name in findings}
    right |= {"secret.docx": {"secrecy-mark"}} | {name: {"attachment-mismatch"} for name in NOT_OF_WORD}
    assert findings == right


def test_a_case_withholds_its_own_file_and_no_neighbour(tmp_path: Path) -> None:
    built = security_cluster("x-dde.xlsx", tmp_path).build()
    assert [d["rule"] for d in built.diagnostics if d["severity"] == "error"] == ["attachment-active"]
    names = built.files()
    assert not any(name.endswith(".xlsx") for name in names)
    assert "邻居" in built.html("cc", "tzgg/")


def test_what_lies_behind_a_picture_is_not_published(tmp_path: Path) -> None:
    built = security_cluster("i-trailzip.jpg", tmp_path).build()
    data = next(data for name, data in built.files().items() if name.endswith("i-trailzip.jpg"))
    assert data.endswith(b"\xff\xd9")
    assert b"PK\x03\x04" not in data


# What is shown by what


def shown(name: str, data: bytes) -> dict[str, str]:
    return {piece.name: piece.text for piece in read(name, data, Limits()) if isinstance(piece, Part)}


@pytest.mark.parametrize(
    ("kind", "number", "label"),
    [
        ("decimal", 3, "3"), ("upperLetter", 28, "BB"), ("lowerRoman", 14, "xiv"), ("chineseCounting", 105, "一○五"),
        ("chineseCountingThousand", 12, "十二"), ("chineseLegalSimplified", 21, "贰拾壹"), ("ideographDigital", 203, "二〇三"),
        ("decimalZero", 4, "04"), ("decimalEnclosedCircle", 5, "⑤"), ("unknown", 7, "7"), ("chineseCounting", 10, "十"),
        ("chineseCountingThousand", 3000, "三千"), ("upperRoman", 5000, "5000"),
    ],
)  # fmt: skip
def test_a_list_counts_as_word_does(kind: str, number: int, label: str) -> None:
    assert counted(number, kind) == label


def test_the_labels_of_a_list_of_several_levels() -> None:
    def level(depth: int, text: str) -> str:
        return f'<w:lvl w:ilvl="{depth}"><w:start w:val="1"/><w:lvlText w:val="{text}"/><w:suff w:val="space"/></w:lvl>'

    space = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    lists = f'<w:abstractNum w:abstractNumId="0">{level(0, "第%1条")}{level(1, "%1.%2")}</w:abstractNum>'
    numbering = f'<w:numbering {space}>{lists}<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num></w:numbering>'
    items = "".join(
        f'<w:p><w:pPr><w:numPr><w:ilvl w:val="{depth}"/><w:numId w:val="1"/></w:numPr></w:pPr><w:r><w:t>{text}</w:t></w:r></w:p>'
        for depth, text in ((0, "甲"), (1, "乙"), (1, "丙"), (0, "丁"), (1, "戊"))
    )
    document = f"<w:document {space}><w:body>{items}</w:body></w:document>"
    data = zipped({"word/document.xml": document.encode(), "word/numbering.xml": numbering.encode()})
    assert shown("a.docx", data)["正文"].split("\n") == ["第1条 甲", "1.1 乙", "1.2 丙", "第2条 丁", "2.1 戊"]


@pytest.mark.parametrize(
    ("value", "code", "expected"),
    [
        ("13812345678", "000-0000-0000", "138-1234-5678"), ("199003074519", '"220104"000000000000', "220104199003074519"),
        ("1", '"机密"', "机密"), ("-5", '0;"负"0', "负5"), ("0", '0;-0;"无"', "无"), ("3.5", "0.00", "3.5"), ("7", r"\★000", "★007"),
        ("5", "[红色]0", "5"), ("5", "[$¥-804]0", "¥5"), ("12", "General", "12"),
    ],
)  # fmt: skip
def test_a_number_is_read_as_its_format_shows_it(value: str, code: str, expected: str) -> None:
    assert formatted(value, code, number=True) == expected


def test_both_ways_of_looking_at_tracked_changes_are_read() -> None:
    changed = "一<w:del><w:r><w:delText>旧</w:delText></w:r></w:del><w:ins><w:r><w:t>新</w:t></w:r></w:ins>"
    data = _docx({"word/more.xml": _word("<w:t>前</w:t></w:r>" + changed.removeprefix("一") + "<w:r><w:t>后</w:t>")})
    texts = [text for name, text in shown("a.docx", data).items() if "more.xml" in name]
    assert texts == ["前新后", "前旧后\n前旧新后"]


@pytest.mark.parametrize("encoding", ["big5", "gb18030", "utf-16-le", "utf-16-be", "utf-16", "utf-8"])
@pytest.mark.parametrize("line", ["機密★十年", "絕密"])
def test_markings_are_found_in_every_encoding(
    check: Callable[[str, bytes], list[Diagnostic]], encoding: str, line: str
) -> None:
    text = f"關於有關情況的報告\r\n{line}\r\n各縣市人民政府：\r\n現將有關事項通知如下。\r\n"
    assert [d.rule for d in check("a.txt", text.encode(encoding)) if d.severity is Severity.ERROR] == ["secrecy-mark"]


def test_a_workbook_of_two_thousand_letters_has_no_error(
    check: Callable[[str, bytes], list[Diagnostic]], tmp_path: Path
) -> None:
    book, rng = openpyxl.Workbook(), random.Random(3)
    book.active.append(["编号", "收到", "来信人", "事项", "办理单位", "答复", "用时（分）", "满意度"])
    for number in range(2000):
        day = f"2026-{rng.randint(1, 11):02}-{rng.randint(1, 28):02} {rng.randint(8, 17):02}:{rng.randint(0, 59):02}:05"
        row = [
            f"2026{number:08}",
            day,
            f"{rng.choice('王李张刘')}**",
            rng.choice(("路灯不亮", "供暖温度低", "公交站迁移")),
        ]
        book.active.append(
            [*row, f"0431-8{rng.randint(1000000, 9999999)}", "已答复", rng.randint(1, 99999), rng.random()]
        )
    book.save(tmp_path / "book.xlsx")
    findings = check("letters.xlsx", (tmp_path / "book.xlsx").read_bytes())
    assert [str(d) for d in findings if d.severity is Severity.ERROR] == []


def test_what_was_read_before_the_time_was_up_counts(tmp_path: Path) -> None:
    first = {"0.txt": "机密★10年\n".encode() + b"x" * 20_000}
    slow = {f"{number}.rtf": b"{\\rtf1 " + b"{\\b x}" * 6000 for number in range(1500)}
    (tmp_path / "a.zip").write_bytes(zipped(first | slow))
    with BoundedReader(Limits(seconds=1)) as reader:
        pieces = reader.pieces(tmp_path / "a.zip")
    assert isinstance(pieces[-1], TooLarge)
    assert any(isinstance(piece, Part) and "机密★10年" in piece.text for piece in pieces)


def test_nested_archives_share_one_bound() -> None:
    inner = zipped({f"{number}.txt": b"x" * 900_000 for number in range(10)})
    data = zipped({f"{number}.zip": inner for number in range(50)})
    assert any(isinstance(piece, TooLarge) for piece in read("a.zip", data, Limits()))
    assert not any(isinstance(piece, TooLarge) for piece in read("a.zip", zipped({"a.zip": inner}), Limits()))


def test_a_broken_part_hides_no_other(check: Callable[[str, bytes], list[Diagnostic]]) -> None:
    secret = _word("<w:t>身份证 220104199003074519</w:t>")
    for broken in ("word/a.xml", "word/numbering.xml", "word/styles.xml"):
        findings = check("a.docx", zipped({broken: b"<x", "word/document.xml": secret}))
        assert {d.rule for d in findings} == {"attachment-unreadable", "privacy-id-number"}
