"""Converts Word files (.docx)."""

from __future__ import annotations

import io

from jiyue.importers import html
from jiyue.importers.word.converted import BadDocument, Converted


def convert_docx(data: bytes, name: str) -> Converted:
    """Convert a Word file. name: the file's, for what the document says nothing about. Raises BadDocument."""
    import mammoth  # noqa: PLC0415  (0.1 s, only where a Word file is converted)

    try:
        result = mammoth.convert_to_html(io.BytesIO(data))
    except Exception:  # mammoth raises whatever a broken part leads to
        raise BadDocument("不是可以读的 Word 文档") from None
    return Converted(html.to_markdown(html.parse(result.value or "<p></p>"), ""))
