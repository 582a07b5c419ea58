"""Any file of an office, converted by its type."""

from __future__ import annotations

from pathlib import PurePosixPath

from jiyue.importers.word.converted import BadDocument, Converted
from jiyue.importers.word.document import convert_docx
from jiyue.importers.word.legacy import convert_old
from jiyue.importers.word.pdf import convert_pdf
from jiyue.importers.word.sheets import convert_xlsx

OLD = frozenset({".doc", ".wps"})
SUFFIXES = frozenset({".docx", ".docm", ".xlsx", ".xlsm", ".pdf"}) | OLD


def convert_file(data: bytes, name: str, as_docx: bytes | None = None) -> Converted:
    """Convert a file by its type. as_docx: of an old one, what LibreOffice made of it already. Raises BadDocument."""
    suffix = PurePosixPath(name).suffix.lower()
    if suffix in OLD and data[:4] == b"PK\x03\x04":
        suffix = ".docx"  # WPS writes these under its own name, too
    if suffix in (".docx", ".docm"):
        return convert_docx(data, name)
    if suffix in OLD:
        return convert_old(data, name, as_docx)
    if suffix in (".xlsx", ".xlsm"):
        return convert_xlsx(data, name)
    if suffix == ".pdf":
        return convert_pdf(data, name)
    raise BadDocument(f"不能导入 {suffix or '没有扩展名'} 文件", "可以导入 .docx、.doc、.wps、.xlsx、.pdf。")
