"""The shape of a document (schema.json, which the browser's part reads too), and the check of one that came from outside.

A node is a JSON object as ProseMirror writes it: {type, attrs?, content?, marks?, text?}.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Callable, Mapping
from importlib.resources import files
from typing import Any

from jiyue.base.patterns import pattern
from jiyue.catalogue.dialect import CONTROL
from jiyue.checks.article.markup import SCHEMES

Node = dict[str, Any]

DEEPEST = 24
"""Most levels of nodes. The Markdown converter recurses for each."""
MOST_NODES = 100_000
SPELLING = frozenset({"source", "before", "end"})
"""Attributes of how a block is written; they mean nothing to a reader."""

_SCHEMA = json.loads(files(__package__).joinpath("schema.json").read_text("utf-8"))
NODES: Mapping[str, Mapping[str, Any]] = _SCHEMA["nodes"]
MARKS: Mapping[str, Mapping[str, Any]] = _SCHEMA["marks"]
RANK = {name: at for at, name in enumerate(MARKS)}
"""Marks from the outermost to the innermost."""
BLOCKS = frozenset(name for name, spec in NODES.items() if spec.get("group") == "block")

LABEL = pattern(r"[\w-]{1,40}")
ALIGNS = frozenset({"", "left", "center", "right"})
_STRANGE = re.compile(f"{CONTROL.pattern}|[\u2028\u2029]")
_SCHEME = pattern(r"[A-Za-z][A-Za-z0-9+.\-]*:")
_LANGUAGE = pattern(r"[\w+#.-]{0,30}")
_GROUP = pattern(r"[a-z_]+")


class Invalid(ValueError):
    """What was sent is no document. str() is Chinese."""


def checked(document: object) -> Node:
    """A document from outside with every attribute filled in, texts joined, marks in order. Raises Invalid."""
    if not isinstance(document, dict) or document.get("type") != "doc":
        raise Invalid("不是正文：最外层不是 doc")
    return _Check().node(document, 0)


def safe_address(address: str) -> bool:
    """Whether a link may lead there: a place of the site, or a scheme that pages allow."""
    bare = re.sub(r"[\x00-\x20\x7f-\x9f]", "", address)
    scheme = _SCHEME.match(bare)
    return scheme is None or scheme[0][:-1].lower() in SCHEMES


def is_local(address: str) -> bool:
    """Whether a picture's address is one of the site. A page loads nothing from another host."""
    bare = re.sub(r"[\x00-\x20\x7f-\x9f]", "", address)
    return bool(bare) and _SCHEME.match(bare) is None and not re.match(r"[/\\]{2}", bare)


def strange(text: str) -> bool:
    """Whether a text has characters that no article may show."""
    return _STRANGE.search(text) is not None


class _Check:
    def __init__(self) -> None:
        self.count = 0

    def node(self, given: object, depth: int) -> Node:
        self.count += 1
        if depth > DEEPEST:
            raise Invalid(f"正文嵌套超过 {DEEPEST} 层")
        if self.count > MOST_NODES:
            raise Invalid(f"正文超过 {MOST_NODES} 个部分")
        if not isinstance(given, dict) or not isinstance(given.get("type"), str) or given["type"] not in NODES:
            raise Invalid("正文里有不认识的部分")
        kind = given["type"]
        if unknown := set(given) - {"type", "attrs", "content", "marks", "text"}:
            raise Invalid(f"「{kind}」有不认识的内容：{'、'.join(sorted(map(str, unknown)))[:80]}")
        if kind == "text":
            return self.text(given)
        node: Node = {"type": kind}
        if attributes := _attributes(kind, NODES[kind].get("attrs", {}), given.get("attrs")):
            node["attrs"] = attributes
        content = given.get("content", [])
        if not isinstance(content, list):
            raise Invalid(f"「{kind}」的内容不是列表")
        children = joined([self.node(child, depth + 1) for child in content])
        _check_content(kind, children)
        if children:
            node["content"] = children
        if NODES[kind].get("inline"):
            if marks := _marks(given.get("marks")):
                node["marks"] = marks
        elif given.get("marks"):
            raise Invalid(f"「{kind}」不能有字体标记")
        return node

    def text(self, given: Mapping[str, Any]) -> Node:
        text = given.get("text")
        if not isinstance(text, str) or given.get("attrs") or given.get("content"):
            raise Invalid("正文里的文字格式不对")
        node: Node = {"type": "text", "text": _STRANGE.sub(" ", text).encode("utf-8", "replace").decode("utf-8")}
        if marks := _marks(given.get("marks")):
            node["marks"] = marks
        return node


def joined(nodes: list[Node]) -> list[Node]:
    """Nodes with adjacent texts of the same marks made one, and without empty ones."""
    out: list[Node] = []
    for node in nodes:
        if node["type"] == "text":
            if not node["text"]:
                continue
            if out and out[-1]["type"] == "text" and out[-1].get("marks") == node.get("marks"):
                out[-1] = {**out[-1], "text": out[-1]["text"] + node["text"]}
                continue
        out.append(node)
    return out


def mark(name: str, **attributes: str) -> Node:
    """A mark with all its attributes."""
    known = MARKS[name].get("attrs")
    return {"type": name, "attrs": {**known, **attributes}} if known else {"type": name}


def _marks(given: object) -> list[Node]:
    if not given:
        return []
    if not isinstance(given, list):
        raise Invalid("字体标记不是列表")
    found: dict[str, Node] = {}
    for one in given:
        name = one.get("type") if isinstance(one, dict) else None
        if not isinstance(name, str) or name not in MARKS or set(one) - {"type", "attrs"}:
            raise Invalid("正文里有不认识的字体标记")
        attributes = _attributes(name, MARKS[name].get("attrs", {}), one.get("attrs"))
        found[name] = {"type": name, "attrs": attributes} if attributes else {"type": name}
    return [found[name] for name in sorted(found, key=RANK.__getitem__)]


def _attributes(kind: str, known: Mapping[str, Any], given: object) -> dict[str, Any]:
    if given is None:
        given = {}
    if not isinstance(given, dict) or set(given) - set(known):
        raise Invalid(f"「{kind}」有不认识的属性")
    out = {}
    for name, default in known.items():
        value = given.get(name, default)
        if type(value) is not type(default):
            raise Invalid(f"「{kind}」的属性 {name} 不对")
        if isinstance(value, str) and name not in SPELLING:
            value = _STRANGE.sub(" ", value).encode("utf-8", "replace").decode("utf-8")
        if not _CONDITIONS.get(name, lambda _: True)(value):
            raise Invalid(f"「{kind}」的属性 {name} 不能是「{str(value)[:60]}」")
        out[name] = value
    return out


_CONDITIONS: Mapping[str, Callable[[Any], object]] = {
    "level": lambda value: 1 <= value <= 6,
    "start": lambda value: 0 <= value <= 999_999_999,
    "colspan": lambda value: 1 <= value <= 1000,
    "rowspan": lambda value: 1 <= value <= 1000,
    "align": ALIGNS.__contains__,
    "scope": {"", "col", "row", "colgroup", "rowgroup"}.__contains__,
    "label": LABEL.fullmatch,
    "language": _LANGUAGE.fullmatch,
    "kind": {"chart", "table"}.__contains__,
    "href": safe_address,
    "src": is_local,
    "before": lambda value: not value.strip(),
    "end": lambda value: not value.strip(),
}


def _check_content(kind: str, children: list[Node]) -> None:
    expression = NODES[kind].get("content", "")
    names = [child["type"] for child in children]
    parts = expression.split(" ", 1) if expression.startswith("paragraph ") else ["", expression]
    if parts[0]:
        if names[:1] != ["paragraph"]:
            raise Invalid(f"「{kind}」不是以段落开头")
        names = names[1:]
    rest = parts[1]
    allowed = _members(rest)
    if any(name not in allowed for name in names) or (rest.endswith("+") and not names):
        raise Invalid(f"「{kind}」的内容不对")
    if NODES[kind].get("marks") == "" and any(child.get("marks") for child in children):
        raise Invalid(f"「{kind}」里不能有字体标记")


@functools.cache
def _members(expression: str) -> frozenset[str]:
    words = set(_GROUP.findall(expression))
    return frozenset(name for name, spec in NODES.items() if name in words or spec.get("group") in words)
