"""The fast reader of flat front matter gives the same result as the C parser."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jiyue.base.yamlfile import YamlProblem, _flat, parse
from jiyue.base.yamlfile.tree import compose

PIECES = [
    "title", "date", "关于", "2026-11-20", "09:30", ": ", ":", " ", "#", " #", '"', "'", "\\", "-", "- ", "[", "]", "{", "}", "&", "*",
    "!", "|", ">", "%", "@", "`", "?", ",", "~", "null", "no", "〔2026〕1号", "\t", "\u3000", "\u00a0", "\u2028", "\ufeff", "…", "🙂", "\n",
    "é", "---", "...", "<b>", "x", "0431", "\x85",
]  # fmt: skip
LINE = st.builds(
    lambda key, value: f"{key}: {value}",
    st.sampled_from(["title", "date", "doc_number", "a-b", "source"]),
    st.lists(st.sampled_from(PIECES), max_size=6).map("".join),
)
QUOTED = st.builds(lambda key, text: f'{key}: "{text}"', st.sampled_from(["summary", "author"]), st.text(max_size=12))


@settings(max_examples=1500, deadline=None)
@given(st.lists(LINE | QUOTED, min_size=1, max_size=4).map("\n".join))
def test_flat_is_what_the_parser_says(text: str) -> None:
    flat = _flat(text)
    if flat is None:
        return
    values, lines = compose(text)
    assert flat[0] == values
    assert flat[1] == lines


@pytest.mark.parametrize(
    "text",
    [
        "a: 1\na: 2",
        "a:\n  - x",
        "a: [x]",
        "a: 'x'",
        "a: x # y",
        "a: b: c",
        "a: |\n  x",
        "a: x\n  y",
        "a: &x 1",
        'a: "\\n"',
        "a:",
    ],
)
def test_all_else_is_left_to_the_parser(text: str) -> None:
    assert _flat(text) is None


def test_flat_front_matter_is_read_with_its_lines() -> None:
    values, lines = parse('title: 关于〔2026〕1号的通知\ndate: 2026-11-20 09:30\nsummary: "甲: 乙 # 丙"\n')
    assert values == {"title": "关于〔2026〕1号的通知", "date": "2026-11-20 09:30", "summary": "甲: 乙 # 丙"}
    assert lines[("summary",)] == 3


def test_a_duplicate_is_named() -> None:
    with pytest.raises(YamlProblem, match="写了两次"):
        parse("a: 1\na: 2")
