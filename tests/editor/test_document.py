"""A body as a document and back: what nobody changed stays byte for byte, what was typed is what the page shows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jiyue.editor.document.parse import Why, parse
from jiyue.editor.document.schema import Invalid, Node, checked
from jiyue.editor.document.serialize import serialize
from jiyue.editor.document.visible import visible
from jiyue.render.markdown import convert

ROOT = Path(__file__).parents[2]
FRONT = re.compile(r"\A---\n.*?\n---\n", re.DOTALL)

BODY = """\
\u3000\u3000第一段，有 *斜体*、__粗体__ 和 [链接](http://a.example/b "标题")。

## 一、标题 ##
紧跟的一段，
分成两行。


* 甲
* 乙 [^1]

    第二段

+ 丙

3. 三
4. 四
    - 里面

> 引用
>
> 又一段

|名称|  数目|
|:--|--:|
| 甲 |1|
| 乙 \\| 丙 |`a|b`|

<table>
<tr><th colspan="2">合并</th></tr>
<tr><td rowspan="2">甲</td><td>1<br>2</td></tr>
<tr><td>3</td></tr>
</table>

![说明](图.png "图注")

```chart
type: bar
title: 办件

市州,办结
长春,320
```

    缩进的代码

[附件](附件.pdf) &copy; 换行\x20\x20
下一行 [参考][x]

[x]: http://a.example/x
[^1]: 脚注 **重要**
    续行

***
"""


def text(words: str, *marks: str) -> Node:
    """A text node."""
    return {"type": "text", "text": words, **({"marks": [{"type": mark} for mark in marks]} if marks else {})}


def node(name: str, *content: Node, **attributes: Any) -> Node:
    """A node with its content."""
    return {
        "type": name,
        **({"attrs": attributes} if attributes else {}),
        **({"content": list(content)} if content else {}),
    }


def opened(body: str) -> Node:
    """The document of a body that opens."""
    found = parse(body)
    assert not isinstance(found, Why), found
    return found


class _Words(HTMLParser):
    """The words of a page, but its footnotes."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def page_text(body: str) -> str:
    """What the page of a body shows, without white space and footnotes."""
    html = convert(body)[0].split('<div class="footnote">')[0]
    reader = _Words()
    reader.feed(re.sub(r'<sup id="fnref.*?</sup>', "", html))
    reader.close()
    return "".join("".join(reader.words).split())


def typed_text(document: Node) -> str:
    """What was typed, without white space and footnotes."""

    def of(one: Node) -> str:
        return (
            ""
            if one["type"] == "footnote"
            else one.get("text", "")
            + one.get("attrs", {}).get("caption", "")
            + "".join(map(of, one.get("content", [])))
        )

    return "".join(of(document).split())


def test_an_unchanged_body_comes_back_byte_for_byte() -> None:
    found = opened(BODY)
    assert serialize(checked(found)) == BODY
    assert [one["type"] for one in found["content"]] == [
        "paragraph", "heading", "paragraph", "bullet_list", "ordered_list", "blockquote", "table", "table", "paragraph",
        "data_block", "code_block", "paragraph", "source", "footnote", "horizontal_rule",
    ]  # fmt: skip
    merged = found["content"][7]["content"]
    assert merged[0]["content"][0]["attrs"] == {"colspan": 2, "rowspan": 1, "align": "", "scope": ""}
    assert merged[1]["content"][0]["attrs"]["rowspan"] == 2


def first_text(block: Node) -> Node | None:
    """The first text node in a block."""
    if block["type"] == "text":
        return block
    return next((found for one in block.get("content", []) if (found := first_text(one))), None)


@pytest.mark.parametrize("at", range(15))
def test_an_edit_changes_its_line_alone(at: int) -> None:
    found = checked(opened(BODY))
    block = found["content"][at]
    words = first_text(block)
    if words is None:
        assert block["type"] in ("source", "horizontal_rule", "paragraph")  # the last one is a picture
        return
    words["text"] = words["text"].rstrip() + "改"
    before, after = BODY.split("\n"), serialize(checked(found)).split("\n")
    changed = [at for at, (one, other) in enumerate(zip(before, after, strict=True)) if one != other]
    assert len(changed) == 1 and "改" in after[changed[0]]


def test_an_edit_in_a_table_changes_its_cell_alone() -> None:
    found = checked(opened(BODY))
    cell = found["content"][6]["content"][1]["content"][1]["content"][0]
    cell["content"] = [text("9")]
    found["content"][3]["content"][0]["content"][0]["content"] = [text("甲一")]
    assert serialize(checked(found)) == BODY.replace("| 甲 |1|", "| 甲 |9|").replace("* 甲\n", "* 甲一\n")


def bodies(files: list[Path]) -> dict[Path, str]:
    """The bodies of files that are text."""
    return {path: FRONT.sub("", path.read_bytes().decode()) for path in files}


def closed(texts: dict[Path, str]) -> dict[Path, Why]:
    """Those that open as text alone. The others come back byte for byte."""
    found = {}
    for path, body in texts.items():
        document = parse(body)
        if isinstance(document, Why):
            found[path] = document
        else:
            assert serialize(checked(document)) == body, path
    return found


def test_every_article_of_the_demonstration_opens() -> None:
    texts = bodies(sorted(ROOT.glob("content/**/*.md")))
    assert len(texts) > 400
    assert closed(texts) == {}


@pytest.mark.parametrize("every", [12, pytest.param(1, marks=pytest.mark.long)])
def test_real_documents_open(real_texts: Path, every: int) -> None:
    place = real_texts / "documents"
    texts = bodies(sorted([*place.glob("**/*.md"), *place.glob("**/*.txt")])[::every])
    assert len(texts) > 240 / every
    assert len(closed(texts)) <= 0.05 * len(texts), closed(texts)


@pytest.mark.parametrize(
    ("body", "reason", "line"),
    [
        ("甲\r\n", "正文里有看不见的控制字符或者回车符", 1),
        ("甲\n\n" + "[" * 9000, "正文的标记太多，或者有没有结束的标记", 3),
        ("甲\n\n<div>" + "乙" * 900 + "</div>\n", "正文有 100% 是可视编辑没有的写法，如：<div>", 3),
        ("HTML 甲\n\n" + "乙\n\n" * 20 + "*[HTML]: 丙\n", "这一段的写法和前后文连在一起，认不出它的边界", 1),
    ],
)
def test_what_does_not_open_says_why(body: str, reason: str, line: int) -> None:
    assert parse(body) == Why(reason, line)


@pytest.mark.parametrize("body", ["", "\n", "\n\n  \n", "甲", "\n\n甲\n\n\n"])
def test_blank_lines_stay(body: str) -> None:
    assert serialize(checked(opened(body))) == body


def test_many_definitions_are_not_read_again_with_each_block() -> None:
    for body in (
        "".join(f"[r{n}]: /x\n" for n in range(1500)),
        "".join(f"甲[^{n}]\n\n[^{n}]: 乙\n\n" for n in range(500)),
    ):
        found = parse(body)
        assert isinstance(found, Why)
        assert found.reason == "正文里链接、缩写、脚注的定义太多"


def test_blocks_without_a_form_are_shown_as_their_text() -> None:
    body = "甲\n\n<!-- 注 -->\n\n词\n:   解释\n\n<script>x</script>\n\n![图](http://b.example/图.png)\n\n乙 {: .red}\n\n> # 丙\n"
    found = opened(body)
    assert [one["type"] for one in found["content"]].count("source") == 4
    found["content"][0]["content"] = [text("改")]
    assert serialize(checked(found)) == body.replace("甲", "改", 1)


@pytest.mark.parametrize(
    "bad",
    [
        None,
        node("paragraph"),
        node("doc"),
        node("doc", node("script")),
        node("doc", node("paragraph", onclick="x")),
        node("doc", node("paragraph", node("paragraph"))),
        node("doc", node("heading", level=7)),
        node("doc", node("heading", level="2")),
        node("doc", node("bullet_list")),
        node("doc", node("paragraph", {"type": "text", "text": 1})),
        node("doc", node("paragraph", text("a", "blink"))),
        node("doc", node("code_block", text("a", "strong"))),
        node("doc", node("paragraph", node("image", src="http://b.example/x.png"))),
        node("doc", node("paragraph", node("image", src=" //b.example/x.png"))),
        node("doc", node("paragraph", {"type": "text", "text": "a", "marks": [{"type": "link", "attrs": {"href": "java\tscript:x"}}]})),
        node("doc", node("table", node("table_row", node("table_cell", node("paragraph"), colspan=0)))),
        node("doc", node("paragraph", before="甲")),
        node("doc", node("footnote", node("paragraph"), label="a]: b")),
    ],
)  # fmt: skip
def test_what_is_no_document_is_refused(bad: object) -> None:
    with pytest.raises(Invalid):
        checked(bad)


def test_deep_nesting_is_refused() -> None:
    deep = node("paragraph")
    for _ in range(900):
        deep = node("blockquote", deep)
    with pytest.raises(Invalid, match="嵌套超过 24 层"):
        checked(node("doc", deep))


_WORDS = st.lists(
    st.sampled_from([
        "* ", "# ", "_", "<", "&", "|", "[", "]", "1. ", "+ ", "    ", "{", "}", "(", ")", "`", "~~~", "```", "\\", "!", "> ",
        "- ", ": ", "=", "---", "***", "**", "__", "&amp;", "&copy;", "&#42;", "<b>", "</p>", "<!--", "[^1]", "[a](b)", "![a](b)",
        "[a]: b", "[^1]: c", "{: .x}", "http://a.example", "<http://a.example>", "*[HTML]: x", "HTML", "\u3000\u3000", "\xa0", "第一", "条",
        "a", "b1", "一、", "（一）", "2025", ".", ")", "日", "：", "\n", "''", '"', "%", "$", "^", "?", "/", "@", "é", "😀", "\u200b",
    ]),
    min_size=1, max_size=7,
).map("".join)  # fmt: skip
_ADDRESSES = st.sampled_from(
    ["a.pdf", "附 件(1).pdf", "http://a.example/?a=1&copy=2", "#一", "mailto:a@b.example", "a_b*c[1].doc", 'q"x']
)
_MARKS = st.lists(
    st.one_of(
        st.sampled_from(["strong", "em", "underline", "strike", "sup", "sub", "code"]).map(lambda name: {"type": name}),
        st.builds(
            lambda to, title: {"type": "link", "attrs": {"href": to, "title": title}},
            _ADDRESSES,
            st.sampled_from(["", "题", '"*']),
        ),
    ),
    max_size=2,
)
_INLINE = st.lists(
    st.one_of(
        st.builds(lambda words, marks: {"type": "text", "text": words, "marks": marks}, _WORDS, _MARKS),
        st.builds(lambda words: {"type": "text", "text": words}, _WORDS),
        st.just({"type": "hard_break"}),
        st.just({"type": "footnote_ref", "attrs": {"label": "1"}}),
        st.builds(
            lambda src, alt, title: {"type": "image", "attrs": {"src": src, "alt": alt, "title": title}},
            st.sampled_from(["图.png", "a b(1).png"]), _WORDS, st.sampled_from(["", "图注", '"<*']),
        ),
    ),
    max_size=4,
)  # fmt: skip
_PARAGRAPH = st.builds(lambda content: node("paragraph", *content), _INLINE)
_HEADING = st.builds(lambda level, content: node("heading", *content, level=level), st.integers(1, 6), _INLINE)
_PLAIN_TEXT = _WORDS.map(lambda words: [text(words)])
_CODE = _PLAIN_TEXT.map(lambda content: node("code_block", *content, language=""))
_DATA = st.builds(
    lambda kind, content: node("data_block", *content, kind=kind), st.sampled_from(["chart", "table"]), _PLAIN_TEXT
)


@st.composite
def tables(draw: st.DrawFn) -> Node:
    """A table of two or three columns, sometimes with merged cells or a caption."""
    width, height = draw(st.integers(1, 3)), draw(st.integers(1, 3))
    head = draw(st.booleans())
    rows = []
    for y in range(height):
        kind = "table_header" if head and y == 0 else "table_cell"
        cells = [
            node(kind, draw(_PARAGRAPH), colspan=1, rowspan=1, align=draw(st.sampled_from(["", "right"])))
            for _ in range(width)
        ]
        if width > 1 and draw(st.booleans()):
            cells[:2] = [node(kind, draw(_PARAGRAPH), draw(_PARAGRAPH), colspan=2, rowspan=1)]
        rows.append(node("table_row", *cells))
    return node("table", *rows, caption="" if "footnote_ref" in str(rows) else draw(st.sampled_from(["", "表 1 *甲*"])))


def _nested(inner: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    items = st.lists(
        st.builds(lambda first, more: node("list_item", first, *more), _PARAGRAPH, st.lists(inner, max_size=2)),
        min_size=1,
        max_size=3,
    )
    return st.one_of(
        st.builds(lambda content: node("bullet_list", *content), items),
        st.builds(lambda start, content: node("ordered_list", *content, start=start), st.sampled_from([1, 3]), items),
        st.builds(lambda content: node("blockquote", *content), st.lists(inner, min_size=1, max_size=3)),
    )


_FLAT = st.one_of(_PARAGRAPH, _PARAGRAPH, _HEADING, _CODE, tables())
_BLOCK = st.recursive(_FLAT, _nested, max_leaves=4)
_NOTE = st.builds(
    lambda first, more: node("footnote", first, *more, label="1"),
    st.just(node("paragraph", text("注"))),
    st.lists(_PARAGRAPH, max_size=1),
)


def lines_of(block: Node) -> Iterator[Node]:
    """The paragraphs and headings in a block."""
    if block["type"] in ("paragraph", "heading"):
        yield block
    for one in block.get("content", []):
        yield from lines_of(one)


@settings(max_examples=70)
@given(
    st.lists(st.one_of(_BLOCK, _BLOCK, _BLOCK, _DATA, st.just(node("horizontal_rule"))), min_size=1, max_size=4),
    _NOTE,
    st.data(),
)
def test_what_was_typed_is_what_the_page_shows(blocks: list[Node], note: Node, data: st.DataObject) -> None:
    document = checked(node("doc", *blocks, note))
    body = serialize(document)
    found = checked(opened(body))
    assert visible(found) == visible(document)
    assert page_text(body) == typed_text(document)
    assert serialize(found) == body

    line = data.draw(st.sampled_from(list(lines_of(found))))
    line["content"] = data.draw(_WORDS.map(lambda words: [text(words), node("hard_break"), text("改", "strong")]))
    moved = found["content"].pop(data.draw(st.integers(0, len(found["content"]) - 1)))
    found["content"].insert(data.draw(st.integers(0, len(found["content"]))), moved)
    edited = checked(found)
    assert visible(opened(serialize(edited))) == visible(edited)
