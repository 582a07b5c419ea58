"""Repairs front matter that is not valid YAML if it has one clear meaning; else reports the error on its own line.

Officers write `标题：…` with a full-width colon, `title: [转载]…`, `title: "放管服"改革…`. Each line of front matter is a
field, whatever its signs mean in YAML. Used only for a head that YAML rejects, or from which it drops words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any, NamedTuple, get_args

from jiyue.base.patterns import pattern
from jiyue.base.yamlfile import Lines, YamlProblem
from jiyue.base.yamlfile.tree import compose

_BLANK = " \t\u3000\u00a0"
_FIELD = pattern(rf"([^\W\d][\w-]*)[{_BLANK}]*[:：][{_BLANK}]*(.*)")
_COMMENT = pattern(r"(?:^|[ \t])(#.*)$")
_TEXT_AFTER_CLOSE = pattern(r"""(?:"[^"]*"|'[^']*'|\[[^\]]*\]|\{[^}]*\})\s*[^\s#].*""")
"""A quoted word or a bracket followed by more text: in YAML the value would end there."""


class _Chunk(NamedTuple):
    """One field: the line of its first row (from 1), its rows, its key ('' if none) and the text after the colon."""

    line: int
    rows: list[str]
    key: str
    value: str


def repaired(head: str, refused: YamlProblem) -> tuple[dict[str, Any], Lines]:
    """The fields of a head that YAML rejects, and their lines. Raises YamlProblem for the line that is wrong."""
    values: dict[str, Any] = {}
    lines: Lines = {(): 1}
    for chunk in _chunks(head):
        if not chunk.key:
            raise refused
        value, places = _value(chunk)
        if chunk.key in values:
            hint = f"第 {lines[(chunk.key,)] + 1} 行已经写了，只保留一个"
            raise YamlProblem(chunk.line, 1, f"「{chunk.key}」写了两次", hint)
        values[chunk.key] = value
        lines |= {path: line + chunk.line - 1 for path, line in places.items() if path}
    if not values:
        raise refused
    return values, lines


def restore(head: str, values: dict[str, Any], lines: Lines) -> None:
    """Restore words that YAML dropped from a text: `&重要 …`, `! …`. Raises YamlProblem for `# …`, which may be a comment."""
    rows = head.split("\n")
    for path, line in lines.items():
        name = next((part for part in reversed(path) if isinstance(part, str)), "")
        value = _at(values, path)
        if not isinstance(value, str) or name not in text_fields():
            continue
        row = rows[line - 1]
        field = _FIELD.fullmatch(row)
        if field and field[2][:1] in ("&", "!") and not value.startswith(field[2][0]) and len(path) == 1:
            values[name] = value = field[2]
        elif field and field[2][:1] in ("'", '"'):
            continue
        comment = _COMMENT.search(row)
        cut = comment and row[: comment.start()].rstrip().endswith(value.rstrip())
        if comment and cut and (value or name == "title"):
            message = f"「{name}」在 # 处断开，后面的字会丢失"
            whole = _quoted(field[2]) if field else "…"
            raise YamlProblem(line, comment.start(1) + 1, message, f"写成 {name}: {whole}；是备注就另起一行写")


@cache
def text_fields() -> frozenset[str]:
    """The names of fields that hold free text, nested ones included."""
    return frozenset(_names(texts_only=True))


@cache
def field_names() -> frozenset[str]:
    """The names of all fields, nested ones included."""
    return frozenset(_names(texts_only=False))


def _names(*, texts_only: bool) -> Iterator[str]:
    from jiyue.catalogue.models import KINDS  # noqa: PLC0415  (pydantic: 90 ms)

    models: list[Any] = list(KINDS.values())
    for model in models:
        for name, field in model.model_fields.items():
            inside = list(_inside(field.annotation))
            models += [one for one in inside if hasattr(one, "model_fields") and one not in models]
            if not texts_only or str in inside:
                yield name


def _inside(annotation: Any) -> Iterator[Any]:
    """The plain types of an annotation: Annotated[str | None, …] -> str, NoneType."""
    inner = get_args(annotation)
    if not inner:
        yield annotation
    for one in inner:
        yield from _inside(one)


def _chunks(head: str) -> Iterator[_Chunk]:
    rows = [row.expandtabs(2) if row[:1] in _BLANK else row for row in head.rstrip().split("\n")]
    written = [row for row in rows if row.strip()]
    indent = min((len(row) - len(row.lstrip()) for row in written), default=0)
    rows = [row[indent:] if row.strip() else "" for row in rows]
    chunk: _Chunk | None = None
    for number, row in enumerate(rows, 1):
        field = _FIELD.fullmatch(row)
        if field or (chunk is None and row and not row.startswith("#")):
            if chunk:
                yield chunk
            key, value = (field[1], field[2].strip()) if field else ("", "")
            chunk = _Chunk(number, [row], key, value)
        elif chunk:
            chunk.rows.append(row)
    if chunk:
        yield chunk


def _value(chunk: _Chunk) -> tuple[Any, Lines]:
    """The value of one field, and the lines within its rows. Raises YamlProblem with a line of the head."""
    _, *more = chunk.rows
    nested = chunk.value[:1] in ("", "{", "[")
    first = f"{chunk.key}: {_spaced(chunk.value) if nested else chunk.value}"
    problem = None
    for rows in sorted((chunk.rows, [first, *map(_spaced, more)]), key=lambda rows: nested and rows is chunk.rows):
        try:
            value, lines = compose("\n".join(rows))
        except YamlProblem as refused:
            problem = refused
        else:
            if isinstance(value, dict) and list(value) == [chunk.key]:
                return value[chunk.key], lines
    written = [row for row in more if row.strip() and not row.startswith("#")]
    if not written and _is_text(chunk):
        return chunk.value, {(chunk.key,): 1}
    raise _explained(chunk, problem)


def _is_text(chunk: _Chunk) -> bool:
    """Whether the value can only be meant as text, though its first sign has a meaning in YAML."""
    value = chunk.value
    if _two_fields(value) or _COMMENT.search(value):
        return False
    if value[:1] in ('"', "'"):
        return bool(_TEXT_AFTER_CLOSE.fullmatch(value))
    if value[:1] in ("[", "{"):
        return chunk.key in text_fields() and bool(_TEXT_AFTER_CLOSE.fullmatch(value))
    if value.startswith("!"):
        return not value[1:2].isascii() or value[1:2] in ("", " ")
    return bool(value)


def _two_fields(value: str) -> str:
    """The name of a second field within a value (`2026-11-20 source: …`); '' if there is none."""
    return next((m[1] for m in re.finditer(r"(?<!\S)([A-Za-z_]+)[:：]", value) if m[1] in field_names()), "")


def _spaced(row: str) -> str:
    """Replace full-width colons and commas next to field names, in a nested row or a mapping in braces."""

    def plain(match: re.Match[str]) -> str:
        before = match[1].replace("，", ", ")
        return f"{before}{match[2]}: " if match[2] in field_names() else match[0]

    return re.sub(rf"(^\s*(?:- )?|[{{,，]\s*)([a-z_]+)[{_BLANK}]*[:：][{_BLANK}]*", plain, row)


def _explained(chunk: _Chunk, refused: YamlProblem | None) -> YamlProblem:
    """The error in a field, with the corrected line as hint."""
    stray = next((n for n, row in enumerate(chunk.rows) if n and row[:1].strip() and row[0] not in "#-]}"), 0)
    value, key, col = chunk.value, chunk.key, chunk.rows[0].find(chunk.value) + 1
    if stray:
        row = chunk.rows[stray]
        word, _, rest = row.partition(" ")
        hint = (
            f"写成 {word}: {rest.strip()}"
            if word in field_names()
            else "每行写成「键: 值」；上一行没有写完的，开头空两格"
        )
        return YamlProblem(chunk.line + stray, 1, f"「{row[:20]}」缺少冒号", hint)
    if len(chunk.rows) == 1 and refused:
        if other := _two_fields(value):
            at = re.search(rf"(?<!\S){other}[:：]", value)
            assert at
            hint = f"分成两行：{key}: {value[: at.start()].strip()}，换行 {other}: {value[at.end() :].strip()}"
            return YamlProblem(chunk.line, col, f"「{key}」和「{other}」写在了同一行", hint)
        if value[:1] in ("'", '"') and value.count(value[0]) % 2:
            hint = f"写成 {key}: {_quoted(value[1:])}"
            return YamlProblem(chunk.line, col, "引号没有结束", hint)
        close = {"[": "]", "{": "}"}.get(value[:1], "")
        if close and value.count(value[0]) == 1 and close not in value:
            return YamlProblem(chunk.line, col, f"「{value[0]}」没有结束", f"写成 {key}: {value}{close}")
        if _COMMENT.search(value):
            hint = f"写成 {key}: {_quoted(value)}；是备注就另起一行写"
            return YamlProblem(chunk.line, col, f"「{key}」在 # 处断开，后面的字会丢失", hint)
    assert refused
    return YamlProblem(chunk.line + min(refused.line, len(chunk.rows)) - 1, refused.col, refused.message, refused.hint)


def _quoted(text: str) -> str:
    """A text as a quoted YAML scalar."""
    return "'" + text.replace("'", "''") + "'" if '"' in text or "\\" in text else f'"{text}"'


def _at(values: Any, path: tuple[str | int, ...]) -> Any:
    for part in path:
        values = values[part]
    return values
