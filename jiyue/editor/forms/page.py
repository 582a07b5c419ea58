"""An article's form as its template draws it: fields with their values, problems and rows; where each finding belongs."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from jiyue.base.diagnostics import LABELS, Diagnostic, Severity
from jiyue.catalogue.frontmatter import FrontMatter
from jiyue.editor.forms.fields import Field, Widget
from jiyue.editor.forms.values import PREFIX, label

DATE_FORM = "2026-11-20 09:30"


class Told(NamedTuple):
    """A finding in the form. field: the name in the form of the field that it is about, '' for the body or none; line: of the
    body from 1, 0 if it is about none; where: in Chinese."""

    severity: str
    label: str
    rule: str
    message: str
    hint: str
    field: str
    line: int
    where: str

    def as_json(self) -> dict[str, Any]:
        """Plain data for scripts."""
        return self._asdict()


@dataclass
class Node:
    """A field in the form. name: in the form; rows: of a list of mappings, each its fields; children: of one mapping.

    asked: whether it can be changed here; problems: the findings about it.
    """

    field: Field
    name: str
    value: str = ""
    asked: bool = True
    problems: list[Told] = dataclasses.field(default_factory=list)
    children: list[Node] = dataclasses.field(default_factory=list)
    rows: list[list[Node]] = dataclasses.field(default_factory=list)

    @property
    def id(self) -> str:
        """Of its element."""
        return self.name

    @property
    def choices(self) -> list[tuple[str, str]]:
        """Of a choice: those of its field, and its own value if it is none of them."""
        known = list(self.field.choices)
        return (
            known
            if any(self.value == value for value, _ in known)
            else [*known, (self.value, f"{self.value}（不在可选之列）")]
        )

    @property
    def filled(self) -> bool:
        """Whether something is written in it, or has to be said about it."""
        own = self.value != (self.field.default if self.field.widget is Widget.CHECK else "")
        inside = [*self.children, *(node for row in self.rows for node in row)]
        return own or bool(self.problems) or not self.asked or any(one.filled for one in inside)


def nodes(fields: Iterable[Field], flat: Mapping[str, str], told: Iterable[Told]) -> list[Node]:
    """The form's fields. flat: name in the form → value, as `values.as_sent` gives it or as it was sent."""
    by_field: dict[str, list[Told]] = {}
    for one in told:
        by_field.setdefault(one.field, []).append(one)
    return [_node(one, PREFIX + one.name, flat, by_field) for one in fields]


def _node(one: Field, name: str, flat: Mapping[str, str], told: Mapping[str, list[Told]]) -> Node:
    made = Node(one, name, flat.get(name, ""), problems=told.get(name, []))
    if one.widget is Widget.GROUP:
        made.children = [_node(_loose(inner), f"{name}-{inner.name}", flat, told) for inner in one.fields]
        made.asked = any(key.startswith(f"{name}-") for key in flat)
    elif one.widget is Widget.ROWS:
        number = 0
        while any(f"{name}-{number}-{inner.name}" in flat for inner in one.fields):
            made.rows.append(
                [_node(_loose(inner), f"{name}-{number}-{inner.name}", flat, told) for inner in one.fields]
            )
            number += 1
        made.asked = bool(number)
    else:
        made.asked = name in flat
    return made


def _loose(one: Field) -> Field:
    """A part of a whole that may be absent: it is not required by itself."""
    return dataclasses.replace(one, required=False)


def told(findings: Iterable[Diagnostic], path: str, head: FrontMatter | None, fields: list[Field]) -> list[Told]:
    """Findings about an article where its form shows them, errors first. head: of the text that was judged, None if it has none."""
    made = []
    order = {severity: number for number, severity in enumerate(Severity)}
    for one in sorted(findings, key=lambda one: (order[one.severity], one.path != path, one.line)):
        name, line, where = "", 0, ""
        if one.path != path:
            where = one.path.rpartition("/")[2]
        elif head and one.line >= head.body_line:
            line = one.line - head.body_line + 1
            where = f"正文第 {line} 行"
        elif head and one.line:
            at = _field_at(head, one.line)
            name = PREFIX + "-".join(map(str, at)) if at else ""
            where = label(fields, ".".join(map(str, at))) or (str(at[0]) if at else "")
        elif one.line:
            where = f"第 {one.line} 行"
        made.append(Told(one.severity.value, LABELS[one.severity], one.rule, one.message, one.hint, name, line, where))
    return made


def _field_at(head: FrontMatter, line: int) -> tuple[str | int, ...]:
    """The field that is written on a line: the innermost one that begins there or, at the nearest line above."""
    before = [(start, len(path), path) for path, start in head.lines.items() if path and start <= line]
    if not before:
        return ()
    nearest = max(start for start, _, _ in before)
    outer = [path for start, _, path in before if start == nearest]
    # several fields on one line, as in {name: 甲, url: …}: what holds them all
    return outer[0] if len(outer) == 1 else min(outer, key=len)
