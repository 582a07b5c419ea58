"""The rows of a YAML field that a new value changes: of a list or a mapping written in rows, only those of its changed parts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import yaml

from jiyue.base.patterns import pattern
from jiyue.editor.forms.scalars import Value, item, quoted, rows

_Loader: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
_COMMENT = pattern(r"[ \t]+#.*")


class Edit(NamedTuple):
    """The rows [start, end) become these."""

    start: int
    end: int
    rows: list[str]


def apply(lines: Sequence[str], changes: Sequence[Edit], newline: str = "") -> list[str]:
    """Rows with all changes made; newline ends each new row."""
    made = list(lines)
    for change in sorted(changes, key=lambda change: (change.start, change.end), reverse=True):
        made[change.start : change.end] = [f"{row}{newline}" for row in change.rows]
    return made


def trimmed(lines: Sequence[str], start: int, end: int, column: int) -> int:
    """The end of an entry at this column without the blank rows and the comments, not indented further, that follow it."""
    while end > start + 1:
        row = lines[end - 1]
        inside = row.lstrip()
        if inside and not (inside.startswith("#") and len(row) - len(inside) <= column):
            break
        end -= 1
    return end


def edits(lines: Sequence[str], old: Value, new: Value) -> list[Edit] | None:
    """What turns the rows of one field, `key: old`, into `key: new`. None where the rows are of another form."""
    try:
        node = yaml.compose("\n".join(lines), Loader=_Loader)
    except yaml.YAMLError:
        return None
    if not isinstance(node, yaml.MappingNode) or len(node.value) != 1 or node.flow_style:
        return None
    (key, _) = node.value[0]
    return _mapping(lines, node, {key.value: old}, {key.value: new}, len(lines))


def _collection(lines: Sequence[str], node: yaml.Node, old: Value, new: Value, end: int) -> list[Edit] | None:
    """The edits of a list or mapping in rows; None where it has to be written anew as a whole."""
    if not isinstance(node, yaml.CollectionNode) or node.flow_style or not node.value or not new:
        return None
    if isinstance(node, yaml.MappingNode) and isinstance(old, Mapping) and isinstance(new, Mapping):
        return _mapping(lines, node, old, new, end)
    if isinstance(node, yaml.SequenceNode) and isinstance(old, list) and isinstance(new, (list, tuple)):
        return _sequence(lines, node, old, new, end)
    return None


def _spans(lines: Sequence[str], starts: list[int], end: int, column: int) -> list[tuple[int, int]] | None:
    """The rows of each entry. None if two entries share a row."""
    if any(second <= first for first, second in pairwise(starts)):
        return None
    return [(first, trimmed(lines, first, last, column)) for first, last in pairwise([*starts, end])]


def _mapping(
    lines: Sequence[str], node: yaml.MappingNode, old: Mapping[str, Any], new: Mapping[str, Any], end: int
) -> list[Edit] | None:
    column = node.value[0][0].start_mark.column
    spans = _spans(lines, [key.start_mark.line for key, _ in node.value], end, column)
    if spans is None or [key.value for key, _ in node.value] != list(old):
        return None
    made = []
    for (key, value), (start, stop) in zip(node.value, spans, strict=True):
        name = key.value
        if name not in new:
            if start == node.start_mark.line and lines[start][:column].strip():
                return None  # the row also has the dash of a list
            made.append(Edit(start, stop, []))
        elif new[name] != old[name]:
            inner = _collection(lines, value, old[name], new[name], stop)
            made += inner if inner is not None else [_entry(lines, value, (start, stop), column, new[name], name)]
    added = [row for name, value in new.items() if name not in old for row in rows(name, value)]
    if added:
        made.append(Edit(spans[-1][1], spans[-1][1], [" " * column + row for row in added]))
    return made


def _sequence(
    lines: Sequence[str], node: yaml.SequenceNode, old: list[Any], new: Sequence[Any], end: int
) -> list[Edit] | None:
    column = node.start_mark.column
    starts = [one.start_mark.line for one in node.value]
    spans = _spans(lines, starts, end, column)
    if spans is None or len(node.value) != len(old) or any(lines[row][column : column + 1] != "-" for row in starts):
        return None
    same = next((n for n, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), min(len(old), len(new)))
    after = 0
    while after < min(len(old), len(new)) - same and old[-1 - after] == new[len(new) - 1 - after]:
        after += 1
    made = []
    common = min(len(old), len(new)) - same - after
    for n in range(same, same + common):
        if old[n] == new[n]:
            continue
        inner = _collection(lines, node.value[n], old[n], new[n], spans[n][1])
        made += inner if inner is not None else [_entry(lines, node.value[n], spans[n], column, new[n])]
    for start, stop in spans[same + common : len(old) - after]:
        made.append(Edit(start, stop, []))
    added = [row for one in new[same + common : len(new) - after] for row in item(one)]
    if added:
        at = spans[same + common - 1][1] if same + common else spans[0][0]
        made.append(Edit(at, at, [" " * column + row for row in added]))
    return made


def _entry(
    lines: Sequence[str], node: yaml.Node, span: tuple[int, int], column: int, new: Value, key: str = ""
) -> Edit:
    """An entry written anew, of a mapping if it has a key; quotes around its text and a comment at the end of its row stay."""
    start, stop = span
    before = lines[start][:column]
    made = rows(key, new) if key else list(item(new))
    if isinstance(node, yaml.ScalarNode) and node.style in ("'", '"') and isinstance(new, str) and len(made) == 1:
        made = [f"{key}: {quoted(new)}" if key else f"- {quoted(new)}"]
    made = [(before if n == 0 else " " * column) + row for n, row in enumerate(made)]
    mark = node.end_mark
    block = isinstance(node, yaml.ScalarNode) and node.style in ("|", ">")
    if mark.line == stop - 1 and not block and _COMMENT.fullmatch(comment := lines[mark.line][mark.column :]):
        if len(made) == 1:
            made[0] += comment
        elif not before.strip():
            made.insert(0, before + comment.strip())
    return Edit(start, stop, made)
