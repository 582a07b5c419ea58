"""Every reader of attachments takes time in proportion to its input, whatever the input's shape."""

from __future__ import annotations

import functools
import gc
import io
import itertools
import time
import zipfile
import zlib
from collections.abc import Callable, Sequence

import pytest

from jiyue.checks.attachment.extract.dispatch import read
from jiyue.checks.attachment.extract.pieces import Limits
from jiyue.checks.attachment.svg import svg_problem
from jiyue.render.theme.images import strip

WORD = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
SHEET = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
SLIDE = (
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
    'xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main"'
)
TYPES = "[Content_Types].xml"


def stored(files: dict[str, str | bytes]) -> bytes:
    """An archive that is not packed: the bounds on packing are tested elsewhere."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


def docx(inner: str, **extra: str) -> bytes:
    parts = {f"word/{name}.xml": part for name, part in extra.items()}
    document = f"<w:document {WORD}><w:body>{inner}</w:body></w:document>"
    return stored({TYPES: "<T x='wordprocessingml'/>", "word/document.xml": document, **parts})


def xlsx(inner: str, **extra: str) -> bytes:
    parts = {f"xl/{name}.xml": part for name, part in extra.items()}
    sheet = f"<worksheet {SHEET}>{inner}</worksheet>"
    return stored({TYPES: "<T x='spreadsheetml'/>", "xl/worksheets/sheet1.xml": sheet, **parts})


def formatted(code: str, cells: int) -> bytes:
    styles = (
        f'<styleSheet {SHEET}><numFmts><numFmt numFmtId="170" formatCode="{code}"/></numFmts>'
        '<cellXfs><xf numFmtId="170"/></cellXfs></styleSheet>'
    )
    return xlsx("<sheetData><row>" + '<c s="0"><v>13812345678</v></c>' * cells + "</row></sheetData>", styles=styles)


def pdf(
    pages: int, content: bytes = b"BT /F1 12 Tf 50 700 Td (text 12345678) Tj ET", extra: Sequence[bytes] = ()
) -> bytes:
    """A file of pages that all show the same, and of objects besides."""
    kids = b" ".join(b"%d 0 R" % (4 + 2 * page) for page in range(pages))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [%s] /Count %d >>" % (kids, pages),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    for page in range(pages):
        objects.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents %d 0 R "
            b"/Resources << /Font << /F1 3 0 R >> >> >>" % (5 + 2 * page)
        )
        objects.append(stream(b"", content))
    out, places = bytearray(b"%PDF-1.7\n"), []
    for number, thing in enumerate([*objects, *extra], 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, thing)
    start, count = len(out), len(places) + 1
    out += b"xref\n0 %d\n0000000000 65535 f \n" % count
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    return bytes(out) + b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF" % (count, start)


def stream(about: bytes, data: bytes) -> bytes:
    return b"<< %s /Length %d >>\nstream\n%s\nendstream" % (about, len(data), data)


def form(content: bytes) -> bytes:
    about = b"/Type /XObject /Subtype /Form /BBox [0 0 9 9] /Resources << /Font << /F1 3 0 R >> >>"
    return stream(about, b"BT /F1 12 Tf %s ET" % content)


def object_stream(objects: int) -> bytes:
    items = [b"(abc%d) " % number for number in range(objects)]
    places, at = [], 0
    for item in items:
        places.append(at)
        at += len(item)
    head = b" ".join(b"%d %d" % (1000 + number, place) for number, place in enumerate(places)) + b"\n"
    about = b"/Type /ObjStm /N %d /First %d /Filter /FlateDecode" % (objects, len(head))
    return pdf(1, extra=[stream(about, zlib.compress(head + b"".join(items)))])


def exif(tags: int) -> bytes:
    entries = b"".join((0x9000 + tag).to_bytes(2, "big") + b"\0\x02\0\0\0\x04abc\0" for tag in range(tags))
    body = b"Exif\0\0MM\0*\0\0\0\x08" + tags.to_bytes(2, "big") + entries + b"\0\0\0\0"
    return b"\xff\xd8\xff\xe1" + (len(body) + 2).to_bytes(2, "big") + body + b"\xff\xd9"


def iptc(segments: int) -> bytes:
    sets = b"\x1c\x02\x05\xff\xff" * 13000
    segment = b"\xff\xed" + (len(sets) + 16).to_bytes(2, "big") + b"Photoshop 3.0\0" + sets
    return b"\xff\xd8" + segment * segments + b"\xff\xd9"


def id3(frames: int) -> bytes:
    size = 14 * frames
    return b"ID3\x03\0\0" + bytes(size >> shift & 127 for shift in (21, 14, 7, 0)) + b"TIT2\0\0\0\x04\0\0\0abc" * frames


NUMBERING = (
    f'<w:numbering {WORD}><w:abstractNum w:abstractNumId="0"><w:lvl w:ilvl="0"><w:lvlText w:val="%1."/></w:lvl></w:abstractNum>'
    '<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num></w:numbering>'
)
NUMBERED = (
    '<w:p><w:pPr><w:numPr><w:ilvl w:val="0"/><w:numId w:val="1"/></w:numPr></w:pPr><w:r><w:t>字</w:t></w:r></w:p>'
)
DELETED_MARK = "<w:p><w:pPr><w:rPr><w:del/></w:rPr></w:pPr><w:r><w:t>字</w:t></w:r></w:p>"
CHANGED = "<w:r><w:t>字</w:t></w:r><w:del><w:r><w:delText>a</w:delText></w:r></w:del>"


def chain(styles: int) -> str:
    based = "".join(f'<w:style w:styleId="s{n}"><w:basedOn w:val="s{n + 1}"/></w:style>' for n in range(styles))
    return f"<w:styles {WORD}>{based}</w:styles>"


SHAPES: dict[str, tuple[str, int, Callable[[int], bytes]]] = {
    "docx runs in one paragraph": (".docx", 8000, lambda n: docx("<w:p>" + "<w:r><w:t>字</w:t></w:r>" * n + "</w:p>")),
    "docx paragraphs": (".docx", 8000, lambda n: docx("<w:p><w:r><w:t>字1</w:t></w:r></w:p>" * n)),
    "docx nested tables": (
        ".docx",
        1500,
        lambda n: docx(
            "<w:tbl><w:tr><w:tc>" * n + "<w:p><w:r><w:t>字</w:t></w:r></w:p>" + "</w:tc></w:tr></w:tbl>" * n
        ),
    ),
    "docx nested paragraphs": (".docx", 3000, lambda n: docx("<w:p><w:r><w:t>字</w:t></w:r>" * n + "</w:p>" * n)),
    "docx nested runs with tabs": (
        ".docx",
        3000,
        lambda n: docx("<w:p>" + "<w:r><w:tab/>" * n + "</w:r>" * n + "</w:p>"),
    ),
    "docx rows": (
        ".docx",
        4000,
        lambda n: docx("<w:tbl>" + "<w:tr><w:tc><w:p><w:r><w:t>字</w:t></w:r></w:p></w:tc></w:tr>" * n + "</w:tbl>"),
    ),
    "docx tracked changes": (".docx", 4000, lambda n: docx("<w:p>" + CHANGED * n + "</w:p>")),
    "docx deleted paragraph marks": (".docx", 4000, lambda n: docx(DELETED_MARK * n)),
    "docx fields": (
        ".docx",
        6000,
        lambda n: docx("<w:p>" + "<w:r><w:instrText>DDE AUTO </w:instrText></w:r>" * n + "</w:p>"),
    ),
    "docx names": (".docx", 6000, lambda n: docx("".join(f'<w:bookmarkStart w:name="书签{i}"/>' for i in range(n)))),
    "docx numbering": (".docx", 3000, lambda n: docx(NUMBERED * n, numbering=NUMBERING)),
    "docx styles in a chain": (
        ".docx",
        2000,
        lambda n: docx(
            '<w:p><w:pPr><w:pStyle w:val="s0"/></w:pPr><w:r><w:t>字</w:t></w:r></w:p>' * n,
            numbering=NUMBERING,
            styles=chain(n),
        ),
    ),
    "docx parts": (
        ".docx",
        400,
        lambda n: docx(
            "", **{f"header{i}": f"<w:hdr {WORD}><w:p><w:r><w:t>字</w:t></w:r></w:p></w:hdr>" for i in range(n)}
        ),
    ),
    "xlsx cells in a row": (
        ".xlsx",
        8000,
        lambda n: xlsx('<sheetData><row r="1">' + "<c><v>1.5</v></c>" * n + "</row></sheetData>"),
    ),
    "xlsx rows": (".xlsx", 8000, lambda n: xlsx("<sheetData>" + "<row><c><v>13</v></c></row>" * n + "</sheetData>")),
    "xlsx rows with gaps": (
        ".xlsx",
        60,
        lambda n: xlsx(
            "<sheetData>"
            + "".join(f'<row r="{i * 9000}"><c r="BB{i}"><v>13</v></c></row>' for i in range(1, n))
            + "</sheetData>"
        ),
    ),
    "xlsx shared strings": (
        ".xlsx",
        6000,
        lambda n: xlsx(
            "<sheetData><row>" + "".join(f'<c t="s"><v>{i}</v></c>' for i in range(n)) + "</row></sheetData>",
            sharedStrings=f"<sst {SHEET}>" + "<si><t>字</t></si>" * n + "</sst>",
        ),
    ),
    "xlsx merged cells": (
        ".xlsx",
        6000,
        lambda n: xlsx("<sheetData/><mergeCells>" + '<mergeCell ref="A1:B2"/>' * n + "</mergeCells>"),
    ),
    "xlsx formulas": (
        ".xlsx",
        6000,
        lambda n: xlsx("<sheetData><row>" + '<c><f>"1"&amp;"2"</f></c>' * n + "</row></sheetData>"),
    ),
    "xlsx one long formula": (
        ".xlsx",
        8000,
        lambda n: xlsx("<sheetData><row><c><f>" + '"1"&amp;' * n + "</f></c></row></sheetData>"),
    ),
    "xlsx quotes in a formula": (
        ".xlsx",
        16000,
        lambda n: xlsx("<sheetData><row><c><f>" + "'\"" * n + "</f></c></row></sheetData>"),
    ),
    "xlsx formats": (".xlsx", 3000, lambda n: formatted("&quot;机密&quot;000-0000-0000", n)),
    "xlsx one long format": (".xlsx", 8000, lambda n: formatted("0\\-" * n, 200)),
    "pptx slides": (
        ".pptx",
        400,
        lambda n: stored(
            {
                TYPES: "<T x='presentationml'/>",
                **{
                    f"ppt/slides/slide{i}.xml": f"<p:sld {SLIDE}><a:p><a:r><a:t>字</a:t></a:r></a:p></p:sld>"
                    for i in range(n)
                },
            }
        ),
    ),
    "pdf pages": (".pdf", 200, pdf),
    "pdf text on a page": (".pdf", 3000, lambda n: pdf(1, b"BT /F1 12 Tf " + b"1 1 Td (ab 12) Tj " * n + b"ET")),
    "pdf paths": (".pdf", 4000, lambda n: pdf(1, b"0 0 m 1 1 l 5 5 l 6 7 l 5 9 l 2 3 l 1 8 l 3 4 l 5 7 l f " * n)),
    "pdf objects": (".pdf", 4000, lambda n: pdf(1, extra=[b"<< /Title (words 12345678901) /A [1 2 (x)] >>"] * n)),
    "pdf object stream": (".pdf", 4000, object_stream),
    "pdf nested arrays": (".pdf", 400, lambda n: pdf(1, extra=[b"[" * n + b"]" * n])),
    "pdf forms": (".pdf", 200, lambda n: pdf(1, extra=[form(b"(some words) Tj")] * n)),
    "pdf text of a form": (".pdf", 1500, lambda n: pdf(1, extra=[form(b"1 1 Td (some wo) Tj " * n)])),
    "csv digits": (".csv", 40000, lambda n: b"1,2\n" * n),
    "csv quotes": (".csv", 60000, lambda n: b'"' * n),
    "csv one row": (".csv", 60000, lambda n: b"1," * n),
    "txt GBK": (".txt", 100000, lambda n: "公示".encode("gb18030") * n),
    "json": (".json", 8000, lambda n: b'["\\u5b57",' + b'"x",' * n + b"1]"),
    "json nested": (".json", 4000, lambda n: b'["\\u5b57",' + b"[" * n),
    "html tags": (".html", 20000, lambda n: b"<p>x" * n),
    "html open tags": (".html", 20000, lambda n: b"<a " * n),
    "html brackets": (".html", 100000, lambda n: b"<" * n),
    "html attributes": (".html", 4000, lambda n: b"<a " + b"on x='" * n),
    "xml": (".xml", 20000, lambda n: b"<a>" * n),
    "rtf groups": (".rtf", 10000, lambda n: b"{\\rtf1 " + b"{\\b x}" * n),
    "rtf nested": (".rtf", 10000, lambda n: b"{\\rtf1 " + b"{\\b x" * n),
    "rtf bytes": (".rtf", 20000, lambda n: b"{\\rtf1\\ansicpg936 " + b"\\'bb\\'fa" * n),
    "rtf headers": (".rtf", 6000, lambda n: b"{\\rtf1 " + b"{\\header x}" * n),
    "eml parts": (
        ".eml",
        400,
        lambda n: (
            b"MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=x\n\n"
            + b"--x\nContent-Type: text/plain\n\nabc\n" * n
        ),
    ),
    "eml header": (".eml", 4000, lambda n: b"Subject: " + b"=?utf-8?b?5py65a+G?= " * n + b"\n\nx"),
    "eml headers": (".eml", 4000, lambda n: b"Subject: x\n" * n + b"\n\nx"),
    "eml nested": (
        ".eml",
        40,
        lambda n: b"".join(b"Content-Type: multipart/mixed; boundary=x%d\n\n--x%d\n" % (i, i) for i in range(n)),
    ),
    "mht quoted": (
        ".mht",
        8000,
        lambda n: (
            b"MIME-Version: 1.0\nContent-Type: text/html\nContent-Transfer-Encoding: quoted-printable\n\n"
            + b"=E6=9C=BA=\n" * n
        ),
    ),
    "zip entries": (".zip", 400, lambda n: stored({f"{i}.txt": b"x" * 100 for i in range(n)})),
    "zip nested": (
        ".zip",
        100,
        lambda n: stored(
            {
                "a.zip": stored({f"{i}.txt": b"x" for i in range(n)}),
                "b.zip": stored({f"{i}.txt": b"x" for i in range(n)}),
            }
        ),
    ),
    "jpg segments": (".jpg", 4000, lambda n: b"\xff\xd8\xff" + b"\xe1\0\x08abcd12\xff" * n + b"\xd9"),
    "jpg fills": (".jpg", 100000, lambda n: b"\xff\xd8\xff\xda\0\x02" + b"\xff" * n),
    "jpg iptc": (".jpg", 4, iptc),
    "png chunks": (".png", 4000, lambda n: b"\x89PNG\r\n\x1a\n" + b"\0\0\0\x04tEXta\0bc0000" * n),
    "gif blocks": (".gif", 8000, lambda n: b"GIF89a" + b"\0" * 7 + b"!\xfe\x02ab\0" * n + b";"),
    "webp chunks": (
        ".webp",
        8000,
        lambda n: b"RIFF" + (12 * n + 4).to_bytes(4, "little") + b"WEBP" + b"abcd\x04\0\0\0wxyz" * n,
    ),
    "xmp heads": (".jpg", 8000, lambda n: b"\xff\xd8\xff\xda\0\x02" + b"<x:xmpmeta " * n + b"\xff\xd9"),
    "rdf heads": (".jpg", 2000, lambda n: b"\xff\xd8\xff\xda\0\x02" + b"<rdf:RDF " * n + b"</rdf:RDF>\xff\xd9"),
    "exif tags": (".jpg", 300, exif),
    "mp3 frames": (".mp3", 4000, id3),
    "mp4 boxes": (".mp4", 8000, lambda n: b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom" + b"\0\0\0\x08free" * n),
    "mp4 titles": (".mp4", 8000, lambda n: b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom" + b"titl\0\0\0\0xx" * n),
    "webm elements": (".webm", 8000, lambda n: b"\x1aE\xdf\xa3\x80\x18S\x80g\xff" + b"\x7b\xa9\x83abc" * n),
    "webm nested": (".webm", 8000, lambda n: b"\x1aE\xdf\xa3\x80" + b"\x18S\x80g\xff" * n),
    "svg": (".svg", 8000, lambda n: b"<svg>" + b"<g><text>1</text>" * n),
}


EVERY_RUN = (
    "docx runs in one paragraph", "xlsx cells in a row", "pptx slides", "pdf pages", "csv digits", "html brackets", "rtf nested",
    "zip entries", "jpg fills",
)  # fmt: skip
FLOOR = 0.02
"""Seconds of CPU time below which a reading is too short to measure."""


def seconds(call: Callable[[], object]) -> float:
    """The best of two calls."""
    best = float("inf")
    gc.collect()
    gc.disable()  # its passes over all objects of the process are no work on the input
    try:
        for _ in range(2):
            began = time.process_time()
            call()
            best = min(best, time.process_time() - began)
    finally:
        gc.enable()
    return max(best, FLOOR)


def _read_all(name: str, data: bytes) -> None:
    for _piece in read(name, data, Limits()):
        pass


def even(spent: Sequence[float]) -> bool:
    return all(later < 2.5 * earlier for earlier, later in itertools.pairwise(spent))


def grows_evenly(shape: str) -> bool:
    ending, size, make = SHAPES[shape]
    inputs = [make(size * times) for times in (1, 2, 4)]
    return even([seconds(functools.partial(_read_all, f"a{ending}", data)) for data in inputs])


@pytest.mark.parametrize("shape", EVERY_RUN)
def test_twice_the_input_takes_twice_the_time(shape: str) -> None:
    assert any(grows_evenly(shape) for _ in range(3))


@pytest.mark.long
@pytest.mark.parametrize("shape", [shape for shape in SHAPES if shape not in EVERY_RUN])
def test_every_shape_of_input_takes_time_in_proportion(shape: str) -> None:
    assert any(grows_evenly(shape) for _ in range(3))


SVG = b'<svg xmlns="http://www.w3.org/2000/svg">'
BARE: dict[str, tuple[Callable[[bytes], object], int, Callable[[int], bytes]]] = {
    "svg nested": (svg_problem, 20_000, lambda n: SVG + b"<g>" * n + b"</g>" * n + b"</svg>"),
    "svg unclosed": (svg_problem, 20_000, lambda n: SVG + b"<g>" * n),
    "svg blanks": (svg_problem, 100_000, lambda n: SVG + b"<style>" + b"url(" + b" " * n + b"#a)</style></svg>"),
    "svg addresses": (svg_problem, 20_000, lambda n: SVG + b"<style>" + b"url(#" * n + b"</style></svg>"),
    "svg attributes": (svg_problem, 4000, lambda n: SVG + b'<g fill="url(#a)" id="b"/>' * n + b"</svg>"),
    **{f"strip {shape}": (strip, *SHAPES[shape][1:]) for shape in SHAPES if shape.partition(" ")[0] in ("jpg", "png", "gif", "webp")},
}  # fmt: skip


@pytest.mark.long
@pytest.mark.parametrize("shape", BARE)
def test_pictures_are_judged_and_stripped_in_time_in_proportion(shape: str) -> None:
    call, size, make = BARE[shape]
    inputs = [make(size * times) for times in (1, 2, 4)]
    assert any(even([seconds(functools.partial(call, data)) for data in inputs]) for _ in range(3))


def test_an_address_within_a_drawing_may_stand_after_blanks() -> None:
    assert svg_problem(SVG + b"<style>path{fill:url( '#a')}</style></svg>") == ""
    assert svg_problem(SVG + b"<style>path{fill:url( '//x/#a')}</style></svg>")
