"""A document -> Markdown of our dialect.

A block that nobody changed is written as it was. A changed one gets the plainest of several spellings that `parse_block`
reads as that very block; within it the lines that did not change stay as they were. The whole text is read once more
before it is given away, so what an officer typed is what the page shows.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import SequenceMatcher

from jiyue.editor.document.elements import paragraph
from jiyue.editor.document.parse import Context, Why, context_of, parse, parse_block
from jiyue.editor.document.schema import Node
from jiyue.editor.document.spelling import SPELLINGS, Spelling, Unspeakable, written
from jiyue.editor.document.visible import notes_last, tidy, visible

_FINE = 3_000
"""Most characters of a block in which the old spelling is kept up to the very words that changed."""


class Unwritable(ValueError):
    """A document that no Markdown of ours expresses. str() is Chinese; at: the number of its block, from 1, else 0."""

    def __init__(self, message: str, at: int = 0) -> None:
        super().__init__(message)
        self.at = at


def serialize(document: Node) -> str:
    """The text of a document (of schema.json, as `checked` or `parse` give it). Raises Unwritable."""
    end: str = document["attrs"]["end"]
    whole = tidy(document)
    nodes = whole["content"]
    if not nodes:
        return end
    context = _context(nodes)
    unchanged = [_is_unchanged(node, context) for node in nodes]
    wanted = visible(whole)
    if not unchanged[-1]:
        end = end or "\n"
    untouched = [node["type"] == "source" for node in nodes]
    made: Node | Why = Why("")
    # what was there is kept as far as it goes: neighbours may read otherwise beside something new
    for kept, respelled in ((unchanged, True), (unchanged, False), (untouched, False)):
        sources = [
            node["attrs"]["source"] if same else _spelled(node, context, at, respelled)
            for at, (node, same) in enumerate(zip(nodes, kept, strict=True), 1)
        ]
        for attempt in (_as_written, _as_before, _apart):
            text = "".join(attempt(nodes, kept, sources)) + end
            made = parse(text)
            if not isinstance(made, Why) and visible(made) == wanted:
                return text
    if (moved := notes_last(document))["content"] != document["content"]:
        return serialize(moved)  # between two lists, a footnote does not part them
    raise Unwritable(_reason(made))


def _reason(made: Node | Why) -> str:
    return (
        f"这样的正文写不成 Markdown：{made.reason}"
        if isinstance(made, Why) and made.reason
        else "这样的正文写不成 Markdown"
    )


def _context(nodes: list[Node]) -> Context:
    """What the text will define: its footnotes, and references in blocks that are shown as their text."""
    sources = "\n".join(node["attrs"]["source"] for node in nodes if node["type"] == "source")
    shown = context_of(sources)
    labels = [node["attrs"]["label"] for node in nodes if node["type"] == "footnote"]
    return Context(shown.references, tuple(dict.fromkeys([*labels, *shown.labels])))


def _is_unchanged(node: Node, context: Context) -> bool:
    if node["type"] == "source":
        return True
    source = node["attrs"]["source"]
    if not source:
        return False
    found = parse_block(source, context)
    read = tidy(_doc(found.node, context))["content"]
    return not found.reason and bool(read) and bare(read[0]) == bare(node)


def bare(node: Node) -> Node:
    """A block without its spelling."""
    return {**node, "attrs": {**node["attrs"], "source": "", "before": ""}} if "attrs" in node else node


def _as_written(nodes: list[Node], kept: list[bool], sources: list[str]) -> Iterator[str]:
    """Blocks with the white space that they had; new ones get an empty line."""
    for at, (node, source) in enumerate(zip(nodes, sources, strict=True)):
        yield (node["attrs"]["before"] or ("\n\n" if at else "")) + source


def _as_before(nodes: list[Node], kept: list[bool], sources: list[str]) -> Iterator[str]:
    """Blocks with the white space that they had, if both sides of it are as they were."""
    for at, (node, source) in enumerate(zip(nodes, sources, strict=True)):
        before = node["attrs"]["before"]
        if at and before.count("\n") < 2 and not (kept[at] and kept[at - 1] and before):
            before = "\n\n"
        yield before + source


def _apart(nodes: list[Node], kept: list[bool], sources: list[str]) -> Iterator[str]:
    """Blocks with an empty line between them."""
    for at, source in enumerate(sources):
        yield ("\n\n" if at else "") + source.strip("\n")


def _spelled(node: Node, context: Context, at: int, respelled: bool) -> str:
    """A block's text. respelled: whether it may be its old text with the change in it."""
    wanted = visible(_doc(node, context))

    def fits(text: str) -> bool:
        found = parse_block(text, context)
        return not found.reason and visible(_doc(found.node, context)) == wanted

    before = node["attrs"]["source"]
    bullet = re.match(r" {0,3}([-*+]) ", before)
    reason = ""
    for one in SPELLINGS:
        spelling = one._replace(bullet=bullet[1]) if bullet else one
        try:
            text = written(node, spelling, lambda line: _is_line(line, context))
        except Unspeakable as problem:
            reason = str(problem)
            continue
        for merged in _respelled(before, text, spelling, context) if respelled else ():
            if fits(merged):
                return merged
        if fits(text):
            return text
    raise Unwritable(f"第 {at} 段写不成 Markdown" + (f"：{reason}" if reason else ""), at)


def _doc(node: Node, context: Context) -> Node:
    """A document of one block and the footnotes to which it may refer."""
    words = [paragraph([{"type": "text", "text": "x"}])]
    notes = [{"type": "footnote", "attrs": {"label": label}, "content": words} for label in context.labels]
    return {"type": "doc", "attrs": {"end": ""}, "content": [node, *notes]}


def _respelled(source: str, text: str, spelling: Spelling, context: Context) -> Iterator[str]:
    """The new text of a block with what the old one says alike in the old spelling: around the change, or line by line."""
    old = parse_block(source, context) if source else None
    if old is None or old.reason:
        return
    try:
        plain = written(old.node, spelling, lambda line: _is_line(line, context))
    except Unspeakable:
        return
    if plain == source:
        return
    if len(source) <= _FINE and len(plain) <= _FINE:
        yield _around(plain, source, text)
    lines, new = source.split("\n"), text.split("\n")
    if plain.count("\n") + 1 == len(lines):
        matcher = SequenceMatcher(None, plain.split("\n"), new, autojunk=False)
        yield "\n".join(
            line
            for operation, start, end, first, last in matcher.get_opcodes()
            for line in (lines[start:end] if operation == "equal" else new[first:last])
        )


def _around(plain: str, source: str, text: str) -> str:
    """The source, in which `plain` is spelled otherwise, with the change that leads from `plain` to the text."""
    first = _alike(plain, text)
    end = len(plain) - min(_alike(plain[::-1], text[::-1]), min(len(plain), len(text)) - first)
    start, left, stop, right = 0, 0, len(plain), len(source)
    matches = [one for one in SequenceMatcher(None, plain, source, autojunk=False).get_matching_blocks() if one.size]
    for one in matches:
        if one.a <= first:
            start = min(first, one.a + one.size)
            left = one.b + start - one.a
    for one in reversed(matches):
        if one.a + one.size >= end:
            stop = max(end, one.a)
            right = one.b + stop - one.a
    return source[:left] + text[start : len(text) - (len(plain) - stop)] + source[max(left, right) :]


def _alike(one: str, other: str) -> int:
    """How many characters two texts begin with alike."""
    return next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


def _is_line(line: str, context: Context) -> Node | None:
    """The paragraph that a text is by itself, None if it is something else."""
    found = parse_block(line, context)
    return found.node if found.node["type"] == "paragraph" and not found.reason else None
