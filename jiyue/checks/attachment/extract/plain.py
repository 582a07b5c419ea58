"""Reads text files: plain text, tables, JSON, web pages, mail."""

from __future__ import annotations

import base64
import csv
import io
import json
import quopri
import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import cast

from jiyue.base.patterns import pattern
from jiyue.checks.attachment.extract.encodings import decode, decodings
from jiyue.checks.attachment.extract.kinds import inside
from jiyue.checks.attachment.extract.pieces import Active, Part, Piece, Reading, TooLarge, Unreadable


def lines(text: str) -> str:
    """The text with `\n` as its only line end."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def plain(data: bytes, reading: Reading) -> Iterator[Piece]:
    """Read a plain text."""
    for text in decodings(data):
        yield Part("", lines(text), first_line=1)


def json_file(data: bytes, reading: Reading) -> Iterator[Piece]:
    """Read JSON as written, and again its strings with escapes resolved."""
    text = lines(decode(data))
    yield Part("", text, first_line=1)
    if "\\" not in text:
        return
    try:
        stack, shown = [json.loads(text)], []
    except (ValueError, RecursionError) as problem:
        raise Unreadable("JSON 文件读不出来") from problem
    while stack:
        value = stack.pop()
        if isinstance(value, dict):
            stack += [*reversed(value.values()), *reversed(value)]
        elif isinstance(value, list):
            stack += reversed(value)
        elif isinstance(value, str):
            shown.append(value)
    yield Part("转义的文字", "\n".join(shown))


_CALL = pattern(r"[=+\-@][^\n]{0,200}?\|[^\n]{0,200}?!")


def table(data: bytes, reading: Reading) -> Iterator[Piece]:
    """Read CSV as cells separated by tabs. A row keeps its line number: empty lines follow a row that had several lines."""
    for text in map(lines, decodings(data)):
        csv.field_size_limit(reading.limits.text)
        rows = csv.reader(io.StringIO(text), delimiter="\t" if text.count("\t") > text.count(",") else ",")
        texts: list[str] = []
        runs = False
        for row in rows:
            texts.append("\t".join(row).replace("\n", " "))
            texts += [""] * (rows.line_num - len(texts))
            runs = runs or ("|" in texts[-1] and any(_CALL.match(cell) for cell in row))
        yield Part("", "\n".join(texts), first_line=1)
        if runs:
            yield Active("表格里有调用其他程序的公式（DDE）")


_SCRIPT = pattern(
    r"<(?:script|object|embed|applet)[\s/>]"
    r"|<[^<>]{1,2000}[\s/\"'](?:on[a-z]{3,20}\s*=|[a-z]+\s*=\s*[\"']?\s*javascript:)",
    re.I,
)


def web_page(data: bytes, reading: Reading) -> Iterator[Piece]:
    """Read HTML and XML as written: the rules on words derive what a browser shows."""
    for text in decodings(data):
        yield Part("", lines(text), first_line=1)
        if _SCRIPT.search(text):
            yield Active("网页里有脚本")
            break


def mail(data: bytes, reading: Reading) -> Iterator[Piece]:
    """Read the headers and parts of a message, or of a web page saved as one file (mht)."""
    import email  # noqa: PLC0415  (few attachments are mail)
    from email.message import Message  # noqa: PLC0415  (8 ms, few files are mails)

    if data.count(b"boundary=") > _BOUNDARIES:
        raise TooLarge("邮件套了太多层")
    parts = [email.message_from_bytes(data)]
    number = 0
    while parts:
        part = parts.pop()
        number += 1
        heads = [_header(value) for key, value in part.items() if key.lower() in _SHOWN]
        if heads:
            yield Part("邮件头", "\n".join(heads))
        if part.is_multipart():
            parts += reversed([p for p in cast("list[object]", part.get_payload()) if isinstance(p, Message)])
            continue
        content = part.get_payload(decode=True)
        if isinstance(content, bytes):
            kind = part.get_content_type()
            name = _header(part.get_filename() or "") or f"第 {number} 部分"
            yield from inside(name, content, reading.deeper(), _KINDS.get(kind, PurePosixPath(name).suffix.lower()))


_SHOWN = frozenset(("subject", "from", "to", "cc", "bcc", "reply-to", "comments", "keywords", "content-location"))
_KINDS = {
    "text/html": ".html",
    "application/xhtml+xml": ".html",
    "text/plain": ".txt",
    "text/rtf": ".rtf",
    "text/css": ".txt",
}


_BOUNDARIES = 200
"""The most multiparts in one message: the parser compares every line with each open one."""
_ENCODED = pattern(r"=\?([\w.\-]{1,40})(?:\*[\w\-]*)?\?([BbQq])\?([^?\s]*)\?=(?:[ \t\r\n]+(?==\?))?")


def _header(value: str) -> str:
    """A header's text with encoded words decoded (RFC 2047)."""
    return _ENCODED.sub(_decoded_word, str(value))


def _decoded_word(word: re.Match[str]) -> str:
    text = word[3].encode("ascii", "replace")
    try:
        raw = base64.b64decode(text + b"==") if word[2] in "Bb" else quopri.decodestring(text, header=True)
        return raw.decode(word[1], "replace")
    except (ValueError, LookupError):
        return word[0]
