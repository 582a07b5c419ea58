"""A simple Word document as HTML, by mammoth: made anew from rewritten blocks, so nothing else of a file gets there."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from html import escape
from typing import Any

from lxml import etree

from jiyue.importers.word.converted import BadDocument
from jiyue.importers.word.package import W

_SPACE = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_TYPES = (
    f'<Types xmlns="{_PACKAGE}/content-types"><Default Extension="xml" ContentType="application/xml"/>'
    f'<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/></Types>'
)
_ROOT = (
    f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1" Type="{_OFFICE}/officeDocument"'
    ' Target="word/document.xml"/></Relationships>'
)
_LISTS = "".join(
    f'<w:lvl w:ilvl="{level}"><w:numFmt w:val="bullet"/><w:lvlText w:val="•"/></w:lvl>' for level in range(9)
)
_NUMBERING = (
    f'<w:numbering {_SPACE}><w:abstractNum w:abstractNumId="0">{_LISTS}</w:abstractNum>'
    '<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num></w:numbering>'
)
_STYLES = "".join(
    f'<w:style w:type="paragraph" w:styleId="h{level}"><w:name w:val="h{level}"/></w:style>' for level in range(2, 7)
)
_MAP = "\n".join([*(f"p.h{level} => h{level}:fresh" for level in range(2, 7)), "u => u"])


def to_html(body: Any, links: Mapping[str, str]) -> str:
    """The HTML of rewritten blocks. links: address -> id of the relationship by which hyperlinks name it. Raises BadDocument."""
    import mammoth  # noqa: PLC0415  (0.1 s, only where a Word file is converted)

    relations = "".join(
        f'<Relationship Id="{name}" Type="{_OFFICE}/hyperlink" TargetMode="External" Target="{escape(address)}"/>'
        for address, name in links.items()
    )
    document = etree.Element(W + "document", nsmap={"w": W[1:-1], "r": _OFFICE})
    document.append(body)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as package:
        package.writestr("[Content_Types].xml", _TYPES)
        package.writestr("_rels/.rels", _ROOT)
        package.writestr("word/document.xml", etree.tostring(document, encoding="utf-8", xml_declaration=True))
        package.writestr("word/_rels/document.xml.rels",
                         f'<Relationships xmlns="{_PACKAGE}/relationships">{relations}</Relationships>')  # fmt: skip
        package.writestr("word/numbering.xml", _NUMBERING)
        package.writestr("word/styles.xml", f"<w:styles {_SPACE}>{_STYLES}</w:styles>")
    try:
        result = mammoth.convert_to_html(out, style_map=_MAP)
    except RecursionError:
        raise BadDocument("文档里的内容套了太多层") from None
    except Exception as problem:  # mammoth raises whatever an unusual part leads to
        raise BadDocument(f"文档的结构读不出来（{type(problem).__name__}）") from None
    return str(result.value)
