"""Reads a MySQL dump: the rows that its INSERT statements put into one table. Nothing is executed.

The dump is read piece by piece, so its size does not matter; a single value of more than MAX_VALUE characters stops it.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from jiyue.importers.export import BadExport
from jiyue.importers.reading import decode

CHUNK = 1 << 20
MAX_VALUE = 64 << 20

_CHARSETS = {
    "utf8": "utf-8", "utf8mb3": "utf-8", "utf8mb4": "utf-8", "gbk": "gb18030", "gb2312": "gb18030", "gb18030": "gb18030",
    "big5": "big5hkscs", "latin1": "cp1252",
}  # fmt: skip
_NAMES = re.compile(rb"SET\s+NAMES\s+'?(\w+)|CHARSET=(\w+)", re.IGNORECASE)
# possessive: a string that is not closed must not be tried in every way
_TOKEN = re.compile(
    r"(?P<space>(?:\s++|--[^\n]*+(?:\n|\Z)|\#[^\n]*+(?:\n|\Z)|/\*(?:[^*]++|\*(?!/))*+\*/)+)"
    r"|'(?P<text>(?:[^'\\]++|\\.|'')*+)'"
    r"|`(?P<name>(?:[^`]++|``)*+)`"
    r'|"(?P<double>(?:[^"\\]++|\\.|"")*+)"'
    r"|(?P<word>[\w.$@+-]++)"
    r"|(?P<mark>.)",
    re.DOTALL,
)
_OPENS = frozenset("'`\"")
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "0": "\0", "Z": "\x1a", "b": "\b"}
_ESCAPED = re.compile(r"\\(.)|''", re.DOTALL)
_ESCAPED_DOUBLE = re.compile(r'\\(.)|""', re.DOTALL)
_KEYS = frozenset({"PRIMARY", "KEY", "UNIQUE", "INDEX", "CONSTRAINT", "FULLTEXT", "SPATIAL", "FOREIGN", "CHECK"})


class _Token(NamedTuple):
    kind: str
    text: str
    line: int


def dump_rows(path: Path, table: str, wanted: tuple[str, ...]) -> Iterator[tuple[int, dict[str, str]]]:
    """(line, column -> value as text, '' for NULL) of one table's rows.

    table: its name; '' for the only one that has one of the columns `wanted`. Raises BadExport.
    """
    columns: dict[str, list[str]] = {}
    chosen, seen = table, set[str]()
    asked = {name.casefold() for name in wanted}
    tokens = _Tokens(path)
    for token in tokens:
        word = token.text.upper() if token.kind == "word" else ""
        if word == "CREATE":
            columns |= _created(tokens)
        elif word in ("INSERT", "REPLACE"):
            name, given = _into(tokens)
            names = given or columns.get(name, [])
            seen.add(name)
            fits = name.lower() == table.lower() if table else bool(asked.intersection(map(str.casefold, names)))
            if fits and not names:
                raise BadExport(f"{path} 第 {token.line} 行：不知道表 {name} 有哪些列，导出时要包含建表语句或者列名")
            if fits and chosen and name.lower() != chosen.lower():
                raise BadExport(f"{path} 里 {chosen} 和 {name} 两个表都有正文列，用 --table 写明是哪一个")
            chosen = chosen or (name if fits else "")
            for line, values in _values(tokens):
                if not fits:
                    continue
                if len(values) != len(names):
                    raise BadExport(f"{path} 第 {line} 行有 {len(values)} 个值，表 {name} 有 {len(names)} 列")
                yield line, dict(zip(names, values, strict=True))
    if not chosen or (table and table.lower() not in {name.lower() for name in seen}):
        known = "、".join(sorted(seen)) or "没有"
        raise BadExport(
            f"{path} 里没有要导入的表{f'「{table}」' if table else ''}；有数据的表：{known}。用 --table 写明，用 --map 说明正文列"
        )


class _Tokens:
    """The tokens of a dump, without white space and comments."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.text, self.at, self.line, self.ended = "", 0, 1, False
        self.chunks = self._chunks()

    def __iter__(self) -> Iterator[_Token]:
        while (token := self.next()) is not None:
            yield token

    def next(self) -> _Token | None:
        """The next token, None at the end. Raises BadExport."""
        while True:
            match = _TOKEN.match(self.text, self.at)
            open_ = match is not None and match["mark"] in _OPENS
            if (match is None or match.end() == len(self.text) or open_) and not self.ended:
                if len(self.text) - self.at > MAX_VALUE:
                    raise BadExport(f"{self.path} 第 {self.line} 行起引号没有配对，或者一个值超过 64 MB")
                self._more()
                continue
            if match is None:
                return None
            if open_:
                raise BadExport(f"{self.path} 第 {self.line} 行起引号没有配对")
            line = self.line
            self.line += self.text.count("\n", self.at, match.end())
            self.at = match.end()
            kind = match.lastgroup or ""
            if kind == "space":
                continue
            text = match[kind]
            if kind == "text":
                text = _ESCAPED.sub(_unescaped, text)
            elif kind == "double":
                text = _ESCAPED_DOUBLE.sub(_unescaped, text)
            elif kind == "name":
                text = text.replace("``", "`")
            return _Token("text" if kind == "double" else kind, text, line)

    def _more(self) -> None:
        piece = next(self.chunks, None)
        self.ended = piece is None
        self.text, self.at = self.text[self.at :] + (piece or ""), 0

    def _chunks(self) -> Iterator[str]:
        try:
            with self.path.open("rb") as file:
                first = file.read(CHUNK)
                decoder = codecs.getincrementaldecoder(_encoding(first))("strict")
                data = first
                while data:
                    yield decoder.decode(data)
                    data = file.read(CHUNK)
                yield decoder.decode(b"", final=True)
        except OSError as problem:
            raise BadExport(f"{self.path} 读不出来：{problem.strerror}") from None
        except UnicodeDecodeError:
            raise BadExport(f"{self.path} 的编码和它写的不一样（SET NAMES、CHARSET）：请按 UTF-8 重新导出") from None


def _encoding(first: bytes) -> str:
    """By the bytes where they are UTF-8, else as the dump declares, else what the bytes look like."""
    cut = first[: first.rfind(b"\n") + 1] or first
    found = decode(cut.replace(b"\0", b""))
    if found.encoding == "utf-8" and found.text is not None and not found.text.isascii():
        return "utf-8-sig"
    match = _NAMES.search(first)
    declared = _CHARSETS.get((match[1] or match[2]).decode().lower(), "") if match else ""
    if found.text is not None and found.text.isascii():
        return declared if declared not in ("", "utf-8") else "utf-8-sig"
    return "gb18030" if found.encoding == "gb18030" else declared.replace("utf-8", "utf-8-sig") or "utf-8-sig"


def _unescaped(match: re.Match[str]) -> str:
    char = match[1]
    if char is None:
        return match[0][0]
    return f"\\{char}" if char in "%_" else _ESCAPES.get(char, char)


def _created(tokens: _Tokens) -> Mapping[str, list[str]]:
    """The columns of CREATE TABLE; the statement is read to its end."""
    name, names, depth, begins = "", [], 0, False
    is_table = False
    for token in tokens:
        word = token.text.upper() if token.kind == "word" else ""
        if token.kind == "mark":
            depth += (token.text == "(") - (token.text == ")")
            if token.text == ";" and depth <= 0:
                break
            begins = depth == 1 and token.text in "(,"
            continue
        if word == "TABLE" and not depth:
            is_table = True
        elif is_table and not depth and not name and word not in ("IF", "NOT", "EXISTS"):
            name = token.text.rpartition(".")[2]
        elif begins and (token.kind == "name" or word not in _KEYS):
            names.append(token.text)
        begins = False
    return {name: names} if name and names else {}


def _into(tokens: _Tokens) -> tuple[str, list[str]]:
    """(table, columns if they are named) of INSERT INTO, up to VALUES."""
    name, names, inside = "", [], False
    for token in tokens:
        word = token.text.upper() if token.kind == "word" else ""
        if token.kind == "mark":
            if token.text == ";":
                break
            inside = inside or token.text == "("
        elif inside:
            names.append(token.text)
            continue
        elif word in ("VALUES", "VALUE"):
            break
        elif word not in ("INTO", "IGNORE", "LOW_PRIORITY", "DELAYED", "HIGH_PRIORITY"):
            name = token.text.rpartition(".")[2]  # the last one: `database`.`table`
        if token.kind == "mark" and token.text == ")":
            inside = False
    return name, names


def _values(tokens: _Tokens) -> Iterator[tuple[int, list[str]]]:
    """(line, values) of each row, up to the end of the statement."""
    values: list[str] = []
    current, depth, line = "", 0, 0
    for token in tokens:
        if token.kind == "mark" and token.text == ";" and not depth:
            return
        if token.kind == "mark" and token.text == "(":
            depth += 1
            if depth == 1:
                values, current, line = [], "", token.line
        elif token.kind == "mark" and token.text == ")":
            depth -= 1
            if not depth:
                yield line, [*values, current]
        elif depth == 1 and token.kind == "mark" and token.text == ",":
            values.append(current)
            current = ""
        elif depth == 1 and token.kind == "text":
            current = token.text
        elif depth == 1 and token.kind == "word" and token.text.upper() != "NULL" and token.text[0] != "_":
            current = _literal(token.text)


def _literal(word: str) -> str:
    """A number as written; a hexadecimal value as the text that it is, if it is one."""
    if word.lower().startswith("0x"):
        try:
            return bytes.fromhex(word[2:]).decode()
        except ValueError:
            return ""
    return word
