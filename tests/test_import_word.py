"""Word files, the clipboard's HTML: what is carried, what is told (jiyue/importers/word/)."""

from __future__ import annotations

import io
import os
from pathlib import Path

import docx
import pytest

from jiyue.importers.word.document import convert_docx

REAL = Path(os.environ.get("JIYUE_REAL_TEXTS", "/nowhere"), "documents/office")


def as_bytes(document: docx.document.Document) -> bytes:
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def test_headings_and_words_arrive() -> None:
    document = docx.Document()
    document.add_heading("关于开展工作的通知", 0)
    document.add_heading("一、总体要求", 1)
    document.add_paragraph("坚持 *依法* 行政。")
    converted = convert_docx(as_bytes(document), "a.docx")
    assert converted.markdown == "## 一、总体要求\n\n坚持 \\*依法\\* 行政。"
    assert converted.fields == {"title": "关于开展工作的通知", "genre": "通知"}
    assert converted.losses == ()


@pytest.mark.skipif(not REAL.is_dir(), reason="needs JIYUE_REAL_TEXTS")
@pytest.mark.parametrize(
    "name", ["山东省/2018_东营市文明行为促进条例.docx", "黑龙江省/2023_大庆市文明行为促进条例.docx"]
)
def test_a_real_document_arrives_whole(name: str) -> None:
    converted = convert_docx((REAL / name).read_bytes(), name)
    assert converted.fields["title"] == name.rpartition("_")[2].removesuffix(".docx")
    assert "## 第一章 总" in converted.markdown
    assert converted.losses == ()
