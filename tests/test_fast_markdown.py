"""The fast converter and Python-Markdown give the same HTML for every text that the fast one accepts."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest

from jiyue.render.fast_markdown import quick
from jiyue.render.markdown import convert, sanitize
from jiyue.render.reference_markdown import python_markdown

PLAIN = [
    "正文文字", "，", "。", "**粗体**", "[链接](https://a.b/c_d)", "![图](a.png)", "\n", "\n\n", "\n\n- 甲\n- 乙",
    "\n\n1. 一\n2. 二", "\n\n1. 甲\n1. 乙\n7. 丙", "\n\n## 题", "\n\n　　段", "\n　　续行", "\n\n> 引文", "\n> 第二行",
    "\n\n| a | b |\n| --- | --- |\n| 1 | 2 |", "\n\n| 甲 | 乙 |\n| :-: | --- |\n|  | **x** |", "\n\n|甲|乙|\n|---|---|\n|1|`x`|",
    "\n\n```yaml\na: <b>*x*\n\n# y\n```", "\n\n```\n代码 `x` {a}\n```\n\n", "\n```\n甲\n```\n",
    "2026年", "Abc 12", "（一）", "&", '"x"', " ", "\n\n- **粗** [a](b)", "**", " * ", "_", "`代码`", "`a_b*c[d]`", "　", "`",
    "&#60;", "&#62;", "&#42;", "&#91;", "&#93;", "&#38;", "&#95;", "&#92;", "&#34;", "&#46;", "&#35;",
]  # fmt: skip
"""Pieces of which most combinations take the fast path."""

AWKWARD = [
    *PLAIN, "- ", "1. ", "2. ", "# ", "  ", "*", "<b>", "&amp;", "{", "}", "> ", ":", ": ", "---", "===", "1)", "10. ", "\t",
    "a|b", "[x]: u", "+ ", "!", "[", "]", "(", ")", "'", "#", "~", "\u00a0", "é", "٣. ", "１. ", "🙂", "\u202e",
    "| --- | :-: |", "**a**b", "**粗：**", "\\", "http://x.y", "[^1]", "$", "- - a", "*[HTML]: x", "１２", "`x y`", "```\n",
]  # fmt: skip
"""Pieces on which the dialects differ."""


def plain_form(html: str) -> str:
    """The HTML with what means nothing taken out: white space between tags, the spelling of attributes."""
    return re.sub(r">\s+<", "><", sanitize(html)).strip()


def differences(texts: list[str]) -> tuple[int, list[str]]:
    """(number of texts that took the fast path, texts with different HTML)."""
    went, wrong = 0, []
    for text in texts:
        html = quick(text)
        if html is not None:
            went += 1
            if plain_form(html) != plain_form(python_markdown(text)):
                wrong.append(text)
    return went, wrong


def generated(seed: int, count: int) -> list[str]:
    rng = random.Random(seed)
    pools = (PLAIN, AWKWARD)
    return ["".join(rng.choices(pools[n % 2], k=rng.randint(1, 12))) for n in range(count)]


def test_generated_texts_come_out_the_same() -> None:
    went, wrong = differences(generated(1, 6_000))
    assert wrong == []
    assert went > 500


@pytest.mark.long
def test_a_hundred_thousand_generated_texts_come_out_the_same() -> None:
    went, wrong = differences(generated(2, 120_000))
    assert wrong == []
    assert went > 10_000


def test_real_texts_come_out_the_same(real_texts: Path) -> None:
    """Whole, and paragraph by paragraph, because few real texts are plain from end to end."""
    files = sorted(p for p in (real_texts / "documents").rglob("*") if p.suffix in (".md", ".txt"))
    texts = [p.read_text("utf-8", "replace") for p in files]
    went, wrong = differences(texts + [block for text in texts for block in text.split("\n\n")[:40]])
    assert wrong == []
    assert went > 3_000


@pytest.mark.parametrize(
    "text",
    [
        "<b>标签</b>", "**字：**字", "- 甲\n\n  乙", "- 甲\n\n- \n", "段落\n- 不是列表", "    代码", "[a]: http://x",
        "脚注[^1]", "a_b_c", "甲  \n乙", "题{#id}", "\\*", "&copy;", "术语\n: 定义", "```\n代码\n", "[x](javascript:alert(1))",
        "[图](附件.pdf)", "1) 甲", "题\n===", "　　# 不是标题",
    ],
)  # fmt: skip
def test_what_dialects_read_differently_takes_the_long_way(text: str) -> None:
    assert quick(text) is None


def test_both_ways_give_the_page_the_same_html() -> None:
    """The final HTML is identical, including tags and attributes, whichever converter made it."""
    for text in (
        "见[文件](https://a.b/c)。",
        "![图](a.png)",
        "- 甲\n- 乙",
        "| a | b |\n| --- | :---: |\n| 1 | 2 |",
        "# 题\n\n文",
        "- 甲\n- 乙\n\n1. 丙\n\n> 引\n\n- 丁",
    ):
        quickly, quick_way = convert(text)
        slowly, other_way = convert(text + "\n\n<!-- x -->")
        assert (quick_way, other_way) == (True, False)
        assert quickly == slowly.strip()
