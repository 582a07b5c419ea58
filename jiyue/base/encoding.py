"""Decodes UTF-8, with or without BOM. Rejects anything else, and names the encoding that it seems to be."""

from __future__ import annotations

_BOM = b"\xef\xbb\xbf"
_UTF16_BOMS = (b"\xff\xfe", b"\xfe\xff")
_MEND = "用编辑器「另存为」，编码选 UTF-8"


class NotUtf8(Exception):
    """line counts from 1; message and hint are Chinese."""

    def __init__(self, line: int, message: str, hint: str) -> None:
        super().__init__(message)
        self.line, self.message, self.hint = line, message, hint


def decode(data: bytes) -> str:
    """The text of a file, without BOM, with `\\n` line ends. Raises NotUtf8."""
    if data.startswith(_BOM):
        data = data[3:]
    if data[:2] in _UTF16_BOMS or b"\0" in data[:2]:
        raise NotUtf8(1, "不是 UTF-8 编码，看起来是 UTF-16", _MEND)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as problem:
        line = data.count(b"\n", 0, problem.start) + 1
        name = _guess(data)
        seems = f"看起来是 {name}" if name else "不是文本文件或已损坏"
        raise NotUtf8(line, f"不是 UTF-8 编码，{seems}", _MEND) from None
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def _guess(data: bytes) -> str:
    """The first of GB18030 and Big5 that decodes to text with at least a tenth Chinese characters; '' if neither does."""
    for name in ("gb18030", "big5"):
        try:
            text = data.decode(name)
        except UnicodeDecodeError:
            continue
        if sum("一" <= ch <= "鿿" for ch in text[:2000]) >= len(text[:2000]) // 10:
            return name.upper()
    return ""
