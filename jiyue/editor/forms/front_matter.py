"""Changes fields of an article in place: every line that does not say a changed field stays byte for byte.

Order, comments, quoting, line ends, unknown fields and slips of others stay as their writer left them. What was written
is read again, as the scan will read it, and refused if it would not say what was asked for.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from jiyue.base.encoding import NotUtf8, decode
from jiyue.base.patterns import pattern
from jiyue.catalogue.frontmatter import PELICAN_NAMES, FrontMatter, NoFrontMatter, split
from jiyue.editor.forms import scalars
from jiyue.editor.forms.places import Edit, apply, edits, trimmed
from jiyue.editor.forms.scalars import Value


class Unchangeable(Exception):
    """The fields cannot be changed one by one; str() says why, in Chinese. The text can still be changed as a whole."""


Changes = Mapping[str, Value | None]
"""Field → its new value, None to remove it."""

_LAST = "review"
"""New fields are written before the record of review, which reviewers fill in."""
_ROW = pattern(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+\Z")
_KEY = pattern(r"([ \t\u3000\u00a0]*)([^\W\d][\w-]*)[ \t\u3000\u00a0]*[:：]")
_CLOSE = pattern(r"(?:[-－—–]{2,}|\.\.\.)\s*")
_CONTROL = pattern("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")


def read(data: bytes) -> FrontMatter:
    """The fields and the body of an article, with `\\n` line ends. Raises Unchangeable."""
    try:
        return split(decode(data))
    except NotUtf8 as problem:
        raise Unchangeable(f"{problem.message}；{problem.hint}") from None
    except NoFrontMatter as problem:
        raise Unchangeable(f"第 {problem.line} 行：{problem.message}；{problem.hint}") from None


def write(data: bytes, changes: Changes, body: str | None = None) -> bytes:
    """The article with these fields changed, and its body if one is given. Raises Unchangeable.

    A change to the value that a field already has is none.
    """
    before = read(data)
    changes = {key: value for key, value in changes.items() if before.values.get(key) != value}
    if body is not None:
        body = body.replace("\r\n", "\n").replace("\r", "\n")
    if body == before.body:
        body = None
    if not changes and body is None:
        return data
    _refuse_control(changes)
    try:
        return _written(data, before, changes, body, careful=False)
    except Unchangeable:
        return _written(data, before, changes, body, careful=True)


def _written(data: bytes, before: FrontMatter, changes: Changes, body: str | None, *, careful: bool) -> bytes:
    """careful: each changed field anew as a whole, a value on each row, because its comments are in the way."""
    text = _Text(data, before, careful=careful)
    changes = {key: text.said(value) for key, value in changes.items()}
    if changes:
        text.change(before.values, changes)
    if body is not None:
        text.body = body.replace("\n", text.newline)
    made = text.data()
    _verify(made, before, changes, body)
    return made


def _refuse_control(value: Any, key: str = "") -> None:
    if isinstance(value, str) and (bad := _CONTROL.search(value)):
        raise Unchangeable(f"「{key}」含有不可见的控制字符 U+{ord(bad[0]):04X}，请删除")
    if isinstance(value, Mapping):
        for name, one in value.items():
            _refuse_control(one, key or name)
    elif isinstance(value, (list, tuple)):
        for one in value:
            _refuse_control(one, key)


def _verify(made: bytes, before: FrontMatter, changes: Changes, body: str | None) -> None:
    after = read(made)
    wanted = {key: value for key, value in {**before.values, **changes}.items() if value is not None}
    if after.values != wanted:
        names = "、".join(key for key in changes if after.values.get(key) != wanted.get(key)) or "其他字段"
        raise Unchangeable(f"文件开头的写法特别，改不了「{names}」；请直接改源文")
    if after.body != (before.body if body is None else body):
        raise Unchangeable("正文会被误认为文件的开头；请直接改源文")


class _Chunk(NamedTuple):
    """The rows [start, end) of one field, without the comments and blank rows that follow it."""

    name: str
    start: int
    end: int


class _Text:
    """A file as rows with their line ends, the head's and the rest."""

    def __init__(self, data: bytes, read_as: FrontMatter, *, careful: bool) -> None:
        self.careful = careful
        rows = _ROW.findall(data.decode("utf-8"))
        self.newline = "\r\n" if rows[0].endswith("\r\n") else "\n"
        self.head, self.body = rows[: read_as.body_line - 1], "".join(rows[read_as.body_line - 1 :])
        starts = [(line - 1, str(path[0])) for path, line in read_as.lines.items() if len(path) == 1]
        renamed = {row for row, name in starts if name in PELICAN_NAMES.values()}
        self.starts = sorted(one for one in starts if one[1] not in PELICAN_NAMES or one[0] not in renamed)
        self.yaml = bool(self.head) and bool(_CLOSE.fullmatch(self.head[-1]))

    def data(self) -> bytes:
        if self.body and self.head and not self.head[-1].endswith(("\n", "\r")):
            self.head[-1] += self.newline
        return ("".join(self.head) + self.body).encode("utf-8")

    def change(self, values: Mapping[str, Any], changes: Changes) -> None:
        """Rewrite the rows of changed fields, and add new ones at the end, before the record of review."""
        chunks = self._chunks()
        there = {chunk.name: chunk for chunk in chunks}
        made: list[Edit] = []
        for name in changes.keys() & there.keys():
            made += self._edits(there[name], values[name], changes[name])
        margin = self._key(chunks[0])[0] if chunks else ""
        new = [
            f"{margin}{row}"
            for key, value in changes.items()
            if key not in there and value is not None
            for row in self._rows(key, value)
        ]
        if new:
            at = there[_LAST].start if _LAST in there else chunks[-1].end if chunks else 1
            made.append(Edit(at, at, new))
        self.head = apply(self.head, made, self.newline)

    def said(self, value: Value | None) -> Value | None:
        """A value as the reader will give it: lines of Pelican say a list as one text."""
        texts = isinstance(value, (list, tuple)) and all(isinstance(one, str) for one in value)
        return ", ".join(value) if texts and value and not self.yaml else value

    def _chunks(self) -> list[_Chunk]:
        if len({row for row, _ in self.starts}) < len(self.starts):
            raise Unchangeable("文件开头的几个字段写在同一行里；请直接改源文")
        stops = [row for row, _ in self.starts[1:]] + [len(self.head) - self.yaml]
        column = len(self.head[self.starts[0][0]]) - len(self.head[self.starts[0][0]].lstrip()) if self.starts else 0
        return [
            _Chunk(name, start, trimmed(self.head, start, stop, column))
            for (start, name), stop in zip(self.starts, stops, strict=True)
        ]

    def _key(self, chunk: _Chunk) -> tuple[str, str]:
        """The margin of a field and its name as written: `tags` means `keywords`."""
        match = _KEY.match(self.head[chunk.start].lstrip("\ufeff"))
        if not match:
            raise Unchangeable(f"「{chunk.name}」的写法特别；请直接改源文")
        return match[1], match[2]

    def _edits(self, chunk: _Chunk, old: Any, new: Value | None) -> list[Edit]:
        margin, name = self._key(chunk)
        if new is None:
            return [Edit(chunk.start, chunk.end, [])]
        if self.yaml and not self.careful:
            rows = [row.rstrip("\r\n") for row in self.head[chunk.start : chunk.end]]
            if (found := edits(rows, old, new)) is not None:
                return [Edit(e.start + chunk.start, e.end + chunk.start, e.rows) for e in found]
        return [Edit(chunk.start, chunk.end, [f"{margin}{row}" for row in self._rows(name, new)])]

    def _rows(self, key: str, value: Value) -> list[str]:
        if self.yaml:
            return scalars.rows(key, value, flow=not self.careful)
        if isinstance(value, str) and "\n" not in value:
            return [f"{key}: {value}"]
        raise Unchangeable(f"「{key}」要写成几行；请直接改源文，在文件开头的前后各加一行 ---")
