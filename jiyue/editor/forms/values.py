"""Values of the front matter as they stand in a form, and what a sent form changes of them.

A form's value is a text (of a list: its items on one line or one a line), a mapping of texts, or a list of such. A field that
stands in the form as it stood before is never written again, whatever form its writer gave it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from jiyue.base.patterns import pattern
from jiyue.catalogue.linked import linked
from jiyue.editor.forms.fields import Field, Widget
from jiyue.editor.forms.front_matter import Changes

Shape = Any
"""str, dict[str, str] or list[dict[str, str]]."""

Sent = Callable[[str], str | None]
"""Name of a field of the sent form → its last value; None if the form has no such field."""

PREFIX = "f-"
ROOM = 2
"""Empty rows that a form has for new ones."""
MOST_ROWS = 120
"""Rows of a list in the form; a longer one is changed in the whole text, so a form stays below what a request may hold."""
_TRUE, _FALSE = frozenset({"true", "yes", "on", "1"}), frozenset({"false", "no", "off", "0", ""})
_COMMA = pattern(r"\s*[,，、;；]\s*")


class Unfit(Exception):
    """A value is written in a way that its field in the form cannot show."""


def shape(one: Field, value: Any) -> Shape:  # noqa: PLR0911  (a widget each)
    """A value as its field shows it; None: there is none. Raises Unfit."""
    if one.widget is Widget.ROWS:
        items = [] if value in (None, "") else value if isinstance(value, list) else [value]
        if len(items) > MOST_ROWS - ROOM:
            raise Unfit
        return [_mapping(one, item) for item in items]
    if one.widget is Widget.GROUP:
        return _mapping(one, {} if value in (None, "") else value)
    if value is None:
        return one.default if one.widget is Widget.CHECK else ""
    if isinstance(value, list) and one.widget in (Widget.WORDS, Widget.LINES):
        if not all(isinstance(item, str) and "\n" not in item for item in value):
            raise Unfit
        return ("、" if one.widget is Widget.WORDS else "\n").join(value)
    if not isinstance(value, str):
        raise Unfit
    if one.widget is Widget.CHECK:
        if value.lower() not in _TRUE | _FALSE:
            raise Unfit
        return "true" if value.lower() in _TRUE else ""
    if one.widget is Widget.CHOICE and value == one.default:
        return ""
    if "\n" in value and one.widget not in (Widget.TEXT, Widget.LINES):
        raise Unfit
    return value


def _mapping(one: Field, value: Any) -> dict[str, Shape]:
    value = _whole(one, value)
    if not isinstance(value, Mapping):
        raise Unfit
    return {inner.name: shape(inner, value.get(inner.name)) for inner in one.fields}


def _whole(one: Field, value: Any) -> Any:
    """A mapping that was written as one text: a link, a state."""
    names = [inner.name for inner in one.fields]
    if isinstance(value, str) and names == ["name", "url"]:
        return linked(value)
    if isinstance(value, str) and names[:1] == ["state"]:
        return {"state": value}
    return value


def shown(fields: Sequence[Field], values: Mapping[str, Any]) -> dict[str, Shape]:
    """Field → its value in the form, without those that are unfit for it."""
    made = {}
    for one in fields:
        try:
            made[one.name] = shape(one, values.get(one.name))
        except Unfit:
            continue
    return made


def changes(fields: Sequence[Field], values: Mapping[str, Any], sent: Sent) -> Changes:
    """What a sent form changes of the values of a front matter."""
    before = shown(fields, values)
    made: dict[str, Any] = {}
    for one in fields:
        if one.name not in before:
            continue
        now = _sent(one, sent, PREFIX + one.name)
        if now is not None and now != _tidy(one, before[one.name]):
            made[one.name] = _value(one, now, before[one.name], values.get(one.name))
    return {name: value for name, value in made.items() if value is not None or values.get(name) not in (None, "")}


def as_sent(fields: Sequence[Field], values: Mapping[str, Any]) -> dict[str, str]:
    """The names and values that a browser sends of an unchanged form."""
    made: dict[str, str] = {}

    def add(one: Field, value: Shape, name: str) -> None:
        if one.widget is Widget.GROUP:
            for inner in one.fields:
                add(inner, value[inner.name], f"{name}-{inner.name}")
        elif one.widget is Widget.ROWS:
            for number, row in enumerate([*value, *([_empty(one)] * ROOM)]):
                for inner in one.fields:
                    add(inner, row[inner.name], f"{name}-{number}-{inner.name}")
        else:
            made[name] = value

    known = shown(fields, values)
    for one in fields:
        if one.name in known:
            add(one, known[one.name], PREFIX + one.name)
    return made


def _sent(one: Field, sent: Sent, name: str) -> Shape | None:
    """A field as it was sent, None if the form did not have it."""
    if one.widget is Widget.GROUP:
        parts = {inner.name: _sent(inner, sent, f"{name}-{inner.name}") for inner in one.fields}
        return None if None in parts.values() else parts
    if one.widget is Widget.ROWS:
        rows = []
        for number in range(MOST_ROWS):
            row = {inner.name: _sent(inner, sent, f"{name}-{number}-{inner.name}") for inner in one.fields}
            if None in row.values():
                break
            rows.append(row)
        while len(rows) > 1 and _is_empty(one, rows[-1]):
            rows.pop()
        return rows or None
    value = sent(name)
    return None if value is None else _tidy(one, value.replace("\r\n", "\n").replace("\r", "\n"))


def _tidy(one: Field, value: Shape) -> Shape:
    """A value without what a browser may change of it: line ends, blanks at both ends."""
    if one.widget is Widget.GROUP:
        return {inner.name: _tidy(inner, value[inner.name]) for inner in one.fields}
    if one.widget is Widget.ROWS:
        return [{inner.name: _tidy(inner, row[inner.name]) for inner in one.fields} for row in value or [_empty(one)]]
    text = str(value).strip("\n")
    if one.widget not in (Widget.TEXT, Widget.LINES):
        text = text.replace("\n", " ")  # no browser sends any
    return "\n".join(row.strip() for row in text.split("\n")) if one.widget is Widget.LINES else text.strip(" \t")


def _value(one: Field, now: Shape, before: Shape, value: Any) -> Any:
    """What to write for a changed field; None: nothing."""
    if one.widget is Widget.ROWS:
        return _rows(one, now, before, value)
    if one.widget is Widget.GROUP:
        return _group(one, now, before, value)
    if one.widget is Widget.CHECK:
        return None if now == one.default else "true" if now == "true" else "false"
    if one.widget is Widget.WORDS:
        words = [word for word in _COMMA.split(now.strip()) if word]
        plain = isinstance(value, str) or words[:1] in (["true"], ["false"])
        return None if not words else words[0] if plain and len(words) == 1 else words
    if one.widget is Widget.LINES:
        lines = [row.strip() for row in now.split("\n") if row.strip()]
        return None if not lines else lines[0] if isinstance(value, str) and len(lines) == 1 else lines
    return now if now.strip() else None


def _rows(one: Field, now: list[dict[str, Shape]], before: list[dict[str, Shape]], value: Any) -> Any:
    """The rows that say something; one that did not change stays as it was written."""
    old = [] if value in (None, "") else value if isinstance(value, list) else [value]
    tidy = _tidy(one, before)
    made = []
    for number, row in enumerate(now):
        if number < len(old) and row == tidy[number]:
            made.append(old[number])
        elif not _is_empty(one, row):
            made.append(
                _group(
                    one, row, before[number] if number < len(old) else None, old[number] if number < len(old) else {}
                )
            )
    return [row for row in made if row] or None


def _is_empty(one: Field, row: Mapping[str, Shape]) -> bool:
    return row == _empty(one)


def _empty(one: Field) -> dict[str, Shape]:
    return {inner.name: shape(inner, None) for inner in one.fields}


def _group(one: Field, now: Mapping[str, Shape], before: Mapping[str, Shape] | None, value: Any) -> Any:
    """A mapping with its changed parts; parts that the form does not know stay."""
    if _is_empty(one, now):
        return None
    whole = dict(_whole(one, value or {}))
    for inner in one.fields:
        if before is not None and now[inner.name] == _tidy(inner, before[inner.name]):
            continue
        part = _value(inner, now[inner.name], before[inner.name] if before else None, whole.get(inner.name))
        if part is None:
            whole.pop(inner.name, None)
        else:
            whole[inner.name] = part
    return {name: part for name, part in whole.items() if part != ""} or None


def label(fields: Sequence[Field], name: str) -> str:
    """The Chinese name of a field, `posts.1.phone` → 岗位和职责 第 2 项 办公电话."""
    said: list[str] = []
    for part in re.split(r"[.-]", name):
        if part.isdecimal():
            said.append(f"第 {int(part) + 1} 项")
            continue
        found = next((one for one in fields if one.name == part), None)
        if found is None:
            break
        said.append(found.label)
        fields = found.fields
    return " ".join(said)
