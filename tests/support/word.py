"""Makes Word files for tests: python-docx, and the XML of what it has no words for (lists, notes, text boxes, changes …)."""

from __future__ import annotations

import io
import struct
from typing import Any

import docx
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.opc.constants import RELATIONSHIP_TYPE as KIND
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml import parse_xml
from docx.oxml.ns import qn
from docx.shared import Pt, RGBColor
from docx.text.paragraph import Paragraph
from PIL import Image

SPACES = " ".join(
    f'xmlns:{name}="{address}"'
    for name, address in {
        "w": "http://schemas.openxmlformats.org/wordprocessingml/2006/main",
        "r": "http://schemas.openxmlformats.org/officeDocument/2006/relationships",
        "m": "http://schemas.openxmlformats.org/officeDocument/2006/math",
        "wp": "http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing",
        "a": "http://schemas.openxmlformats.org/drawingml/2006/main",
        "c": "http://schemas.openxmlformats.org/drawingml/2006/chart",
        "wps": "http://schemas.microsoft.com/office/word/2010/wordprocessingShape",
        "mc": "http://schemas.openxmlformats.org/markup-compatibility/2006",
        "v": "urn:schemas-microsoft-com:vml",
        "o": "urn:schemas-microsoft-com:office:office",
    }.items()
)
_MAIN = "application/vnd.openxmlformats-officedocument.wordprocessingml"


def xml(text: str) -> Any:
    """An element; its prefixes are those of SPACES."""
    name = text.index(">") - (text[text.index(">") - 1] == "/")
    first = min(at for at in (text.find(" "), name) if at > 0)
    return parse_xml(f"{text[:first]} {SPACES}{text[first:]}")


def level(at: int, kind: str, text: str, more: str = "", start: int = 1) -> str:
    """A level of a list. more: further elements that stand before its text, such as `<w:isLgl/>`."""
    return (
        f'<w:lvl w:ilvl="{at}"><w:start w:val="{start}"/><w:numFmt w:val="{kind}"/>{more}'
        f'<w:lvlText w:val="{text}"/></w:lvl>'
    )


def picture(color: str = "navy", kind: str = "PNG", size: tuple[int, int] = (40, 20)) -> bytes:
    """A picture of one colour whose left half is white."""
    out = io.BytesIO()
    image = Image.new("RGB", size, color)
    image.paste("white", (0, 0, size[0] // 2, size[1]))
    image.save(out, kind)
    return out.getvalue()


def packaged(name: str, content: bytes) -> bytes:
    """A compound file ([MS-CFB]) with a file as Windows' Packager writes it: `\\x01Ole10Native` ([MS-OLEDS] 2.3.6)."""
    label = name.encode("gb18030") + b"\0"
    unicode = b"".join(struct.pack("<I", len(one)) + one.encode("utf-16-le") for one in ("C:\\t\\" + name, name, name))
    native = b"\2\0" + label + label + b"\0\0\3\0" + struct.pack("<I", len(label)) + label
    native += struct.pack("<I", len(content)) + content + unicode
    stream = struct.pack("<I", len(native)) + native
    small = len(stream) < 4096
    parts = {"root": b"", "stream": stream}
    if small:  # in the root's stream, in pieces of 64 bytes
        parts = {"root": stream, "stream": b""}
    free, end = 0xFFFFFFFF, 0xFFFFFFFE
    table, at, starts, sectors = [0xFFFFFFFD, end], 2, {}, []
    pieces = -(-len(stream) // 64)
    links = struct.pack(f"<{pieces}I", *range(1, pieces), end) if small else b""
    for key, data in (("root", parts["root"]), ("stream", parts["stream"]), ("links", links)):
        count = -(-len(data) // 512)
        starts[key] = at if count else end
        table += [*range(at + 1, at + count), end][:count]
        sectors.append(data.ljust(count * 512, b"\0"))
        at += count

    def entry(name: str, kind: int, child: int, start: int, length: int) -> bytes:
        text = (name + "\0").encode("utf-16-le")
        head = text.ljust(64, b"\0") + struct.pack("<HBBIII", len(text), kind, 1, free, free, child)
        return head.ljust(116, b"\0") + struct.pack("<IQ", start, length)

    directory = entry("Root Entry", 5, 1, starts["root"], len(parts["root"]))
    directory += entry("\x01Ole10Native", 2, free, 0 if small else starts["stream"], len(stream))
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".ljust(24, b"\0") + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6)
    header = header.ljust(44, b"\0") + struct.pack("<IIIIII", 1, 1, 0, 4096, starts["links"], 1 if small else 0)
    header += struct.pack("<II", end, 0) + struct.pack("<109I", 0, *[free] * 108)
    fat = struct.pack("<128I", *table, *[free] * (128 - len(table)))
    return header + fat + directory.ljust(512, b"\0") + b"".join(sectors)


class Word:
    """A document under construction."""

    def __init__(self) -> None:
        self.document = docx.Document()
        for one in list(self._lists()):
            self._lists().remove(one)
        self._notes: dict[str, list[str]] = {}

    def _lists(self) -> Any:
        return self.document.part.numbering_part.element

    def list(self, number: int, levels: str, changes: str = "", of: int | None = None, more: str = "") -> None:
        """A definition and an instance of it, both of this number; of: only an instance of an earlier definition."""
        if of is None:
            kind = '<w:multiLevelType w:val="multilevel"/>'
            definition = xml(f'<w:abstractNum w:abstractNumId="{number}">{kind}{more}{levels}</w:abstractNum>')
            first = self._lists().find(qn("w:num"))
            self._lists().append(definition) if first is None else first.addprevious(definition)
        instance = f'<w:abstractNumId w:val="{number if of is None else of}"/>{changes}'
        self._lists().append(xml(f'<w:num w:numId="{number}">{instance}</w:num>'))

    def style(self, name: str, settings: str = "", based_on: str = "", kind: str = "paragraph") -> None:
        """A style; settings: its pPr and rPr."""
        base = f'<w:basedOn w:val="{based_on}"/>' if based_on else ""
        self.document.styles.element.append(
            xml(
                f'<w:style w:type="{kind}" w:customStyle="1" w:styleId="{name}"><w:name w:val="{name}"/>{base}{settings}</w:style>'
            )
        )

    def paragraph(
        self, text: str = "", *, number: int | None = None, level: int = 0, style: str = "", font: str = "", size: float = 0,
        bold: bool = False, center: bool = False, right: bool = False, red: bool = False,
    ) -> Paragraph:  # fmt: skip
        """A paragraph; number: its list."""
        made: Paragraph = self.document.add_paragraph()
        if style:
            made.paragraph_format.element.get_or_add_pPr().append(xml(f'<w:pStyle w:val="{style}"/>'))
        if number is not None:
            made._p.get_or_add_pPr().append(
                xml(f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="{number}"/></w:numPr>')
            )
        if text:
            run = made.add_run(text)
            if font:
                run._r.get_or_add_rPr().insert(0, xml(f'<w:rFonts w:eastAsia="{font}"/>'))
            if size:
                run.font.size = Pt(size)
            if bold:
                run.bold = True
            if red:
                run.font.color.rgb = RGBColor(0xFF, 0, 0)
        if center or right:
            made.alignment = WD_ALIGN_PARAGRAPH.CENTER if center else WD_ALIGN_PARAGRAPH.RIGHT
        return made

    def put(self, paragraph: Paragraph, text: str) -> None:
        """Add XML to a paragraph."""
        paragraph._p.append(xml(text))

    def note(self, paragraph: Paragraph, body: str, kind: str = "footnote", more: str = "") -> None:
        """A note at the end of a paragraph; body: its words, or paragraphs as XML."""
        notes = self._notes.setdefault(kind, [])
        notes.append(
            body if body.startswith("<") else f"<w:p><w:r><w:{kind}Ref/></w:r><w:r><w:t>{body}</w:t></w:r></w:p>"
        )
        self.put(paragraph, f'<w:r><w:{kind}Reference w:id="{len(notes)}"/>{more}</w:r>')

    def part(self, name: str, kind: str, content_type: str, data: bytes) -> str:
        """Add a part that the body refers to; its id."""
        part = Part(PackURI(f"/word/{name}"), content_type, data, self.document.part.package)
        return str(self.document.part.relate_to(part, kind))

    def add_picture(self, data: bytes, alt: str = "", crop: str = "") -> None:
        """A paragraph with a picture; crop: of its source, as attributes of `a:srcRect`."""
        shape = self.document.add_picture(io.BytesIO(data))
        if alt:
            shape._inline.docPr.set("descr", alt)
        if crop:
            blip = next(shape._inline.iter(qn("a:blip")))
            blip.addnext(xml(f"<a:srcRect {crop}/>"))

    def text_box(self, paragraph: Paragraph, words: str) -> None:
        """A text box anchored in a paragraph, as Word writes it: in two forms."""
        inside = f"<w:txbxContent><w:p><w:r><w:t>{words}</w:t></w:r></w:p></w:txbxContent>"
        drawn = (
            '<w:drawing><wp:inline distT="0" distB="0" distL="0" distR="0"><wp:extent cx="900000" cy="300000"/><wp:docPr id="9" name="b"/>'
            '<a:graphic><a:graphicData uri="http://schemas.microsoft.com/office/word/2010/wordprocessingShape"><wps:wsp>'
            '<wps:cNvSpPr txBox="1"/><wps:spPr><a:prstGeom prst="rect"/></wps:spPr>'
            f"<wps:txbx>{inside}</wps:txbx><wps:bodyPr/></wps:wsp></a:graphicData></a:graphic></wp:inline></w:drawing>"
        )
        old = f"<w:pict><v:shape><v:textbox>{inside}</v:textbox></v:shape></w:pict>"
        self.put(
            paragraph,
            f'<w:r><mc:AlternateContent><mc:Choice Requires="wps">{drawn}</mc:Choice><mc:Fallback>{old}</mc:Fallback>'
            "</mc:AlternateContent></w:r>",
        )

    def data(self) -> bytes:
        """The file."""
        for kind, notes in self._notes.items():
            rows = "".join(f'<w:{kind} w:id="{at}">{body}</w:{kind}>' for at, body in enumerate(notes, 1))
            content = f'<?xml version="1.0" encoding="UTF-8"?><w:{kind}s {SPACES}>{rows}</w:{kind}s>'
            self.part(
                f"{kind}s.xml", f"{KIND.FOOTNOTES.rpartition('/')[0]}/{kind}s", f"{_MAIN}.{kind}s+xml", content.encode()
            )
        self._notes = {}
        out = io.BytesIO()
        self.document.save(out)
        return out.getvalue()
