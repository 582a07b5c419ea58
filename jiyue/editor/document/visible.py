"""What a reader sees of a document, in a form in which two documents can be compared.

Not seen are: how something is spelled, which of two blanks is bold, blanks at the edges of a line, empty paragraphs, and
whether a list is written with blank lines.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable
from typing import Any

from jiyue.base.patterns import pattern
from jiyue.editor.document.schema import SPELLING, Node

_UNSEEN = SPELLING | {"loose"}
_LABEL = pattern(r"^ {0,3}\[\^([^\]\n]*)\]:", re.MULTILINE)
_EDGES = " \t\n\r\f\u3000\xa0"


def visible(document: Node) -> Hashable:
    """The document as nested tuples, equal for two documents if a reader sees the same."""
    return _of(tidy(notes_last(document)))


def notes_last(document: Node) -> Node:
    """The document with its footnotes after all else, where the page shows them."""
    content = sorted(document.get("content", []), key=lambda one: bool(one["type"] == "footnote"))
    return {**document, "content": content}


def tidy(document: Node) -> Node:
    """A document without empty paragraphs, list items and quotations, and with adjacent lists and quotations made one."""
    notes = [one for one in document.get("content", []) if one["type"] == "footnote"]
    labels = {one["attrs"]["label"] for one in notes}
    labels -= {one["attrs"]["label"] for one in notes if not _tidied(one["content"], labels)}
    for one in document.get("content", []):
        if one["type"] == "source":
            labels.update(_LABEL.findall(one["attrs"]["source"]))
    content = _tidied(document.get("content", []), labels)
    return {**document, "content": content}


def same_attributes(one: Node, other: Node) -> bool:
    """Whether two nodes of one kind differ in nothing that is seen but their content."""
    return one["type"] == other["type"] and _attributes(one) == _attributes(other)


def _tidied(nodes: Iterable[Node], labels: set[str]) -> list[Node]:
    out: list[Node] = []
    for node in nodes:
        made = _tidy(node, labels)
        if made is None:
            continue
        last = out[-1] if out else None
        if (
            last is not None
            and last["type"] == made["type"]
            and made["type"] in ("bullet_list", "ordered_list", "blockquote")
        ):
            out[-1] = {**last, "content": _tidied([*last["content"], *made["content"]], labels)}
        else:
            out.append(made)
    return out


def _tidy(node: Node, labels: set[str]) -> Node | None:
    kind = node["type"]
    content = node.get("content", [])
    if kind in ("paragraph", "heading"):
        content = [_orphan(one) if _is_orphan(one, labels) else one for one in content]
        return {**node, "content": content} if line(content) else None
    if kind in ("code_block", "data_block", "horizontal_rule", "image"):
        return node
    if kind == "source":
        return node if node["attrs"]["source"].strip() else None
    if kind == "table":
        return {**node, "content": [_tidy_row(row, labels) for row in content]}
    made = _tidied(content, labels)
    return {**node, "content": made} if made else None


def _tidy_row(row: Node, labels: set[str]) -> Node:
    cells = []
    for cell in row.get("content", []):
        inner = _tidied(cell["content"], labels)
        cells.append({**cell, "content": inner or [{"type": "paragraph", "attrs": {"source": "", "before": ""}}]})
    return {**row, "content": cells}


def _is_orphan(node: Node, labels: set[str]) -> bool:
    return node["type"] == "footnote_ref" and node["attrs"]["label"] not in labels


def _orphan(node: Node) -> Node:
    """A reference to a footnote that isn't there, as the page would show it."""
    return {
        "type": "text",
        "text": f"[^{node['attrs']['label']}]",
        **({"marks": node["marks"]} if "marks" in node else {}),
    }


def _of(node: Node) -> Hashable:
    kind = node["type"]
    if kind == "source":
        return kind, node["attrs"]["source"].strip("\n")
    content: Any
    if kind in ("paragraph", "heading"):
        content = line(node.get("content", []))
    elif kind in ("code_block", "data_block"):
        content = "".join(one["text"] for one in node.get("content", [])).strip("\n")
    else:
        content = tuple(map(_of, node.get("content", [])))
    return kind, _attributes(node), content


def _attributes(node: Node) -> Hashable:
    return tuple(sorted((name, _seen(value)) for name, value in node.get("attrs", {}).items() if name not in _UNSEEN))


def _seen(value: Any) -> Any:
    return " ".join(value.split()) if isinstance(value, str) else value


def line(content: list[Node]) -> tuple[Hashable, ...]:
    """The characters and other things of a line, each with its marks."""
    out: list[Any] = []
    blank = True
    for node in content:
        marks = tuple((one["type"], *one.get("attrs", {}).values()) for one in node.get("marks", []))
        if node["type"] == "text":
            for sign in node["text"]:
                if sign in " \t\n\r\f":
                    if not blank:
                        out.append((" ", ()))
                    blank = True
                else:
                    out.append((sign, () if sign in _EDGES else marks))
                    blank = False
            continue
        if node["type"] == "hard_break":
            _trim(out)
            if out:
                out.append(("\n", ()))
            blank = True
            continue
        out.append((node["type"], marks, _attributes(node)))
        blank = False
    _trim(out)
    while out and out[-1] == ("\n", ()):
        out.pop()
        _trim(out)
    while out and out[0][0] in (" ", "\u3000", "\xa0"):
        out.pop(0)
    return tuple(out)


def _trim(out: list[Any]) -> None:
    while out and out[-1][1] == () and out[-1][0] in (" ", "\u3000", "\xa0"):
        out.pop()
