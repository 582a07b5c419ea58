"""The form changes the fields that it changes and no other byte."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jiyue.editor.forms.front_matter import Unchangeable, read, write

ROOT = Path(__file__).parents[2]
TEXT = """---
# 谁改的都在这里
title:  "关于“一网通办”的通知"   # 定稿
date: 2026-11-20 09:30
keywords: [一网通办, 办事]
x_number: 0431
summary: |-
  第一段。

  # 不是备注

posts:
  - post: 局长
    phone: "0431-1"  # 总机
    duties: 全面工作
  # 副职
  - {post: 副局长, phone: 0431-2}

review:
  first: {by: 甲岗, date: }
---

正文 *一*。
"""


def rows(text: bytes) -> list[str]:
    return text.decode().split("\n")


@pytest.mark.parametrize(
    ("changes", "gone", "come"),
    [
        ({"title": "新题"}, ['title:  "关于“一网通办”的通知"   # 定稿'], ['title: "新题"   # 定稿']),
        ({"date": "2026-11-21 10:00"}, ["date: 2026-11-20 09:30"], ["date: 2026-11-21 10:00"]),
        ({"keywords": ["办事"]}, ["keywords: [一网通办, 办事]"], ["keywords: [办事]"]),
        ({"keywords": None}, ["keywords: [一网通办, 办事]"], []),
        ({"pinned": "true"}, [], ["pinned: true"]),
        ({"summary": "一句"}, ["summary: |-", "  第一段。", "", "  # 不是备注"], ["summary: 一句"]),
        (
            {"posts": [{"post": "局长", "phone": "0431-3", "duties": "全面工作"}, {"post": "副局长", "phone": "0431-2"}]},
            ['    phone: "0431-1"  # 总机'], ['    phone: "0431-3"  # 总机'],
        ),
        (
            {"posts": [{"post": "局长", "phone": "0431-1", "duties": "全面工作"}, {"post": "书记", "phone": "0431-2"}, {"post": "丙"}]},
            ["  - {post: 副局长, phone: 0431-2}"], ["  - {post: 书记, phone: 0431-2}", "  - {post: 丙}"],
        ),
        ({"posts": [{"post": "副局长", "phone": "0431-2"}]},
         ["  - post: 局长", '    phone: "0431-1"  # 总机', "    duties: 全面工作"], []),
    ],
)  # fmt: skip
def test_only_the_changed_rows_differ(changes: dict[str, object], gone: list[str], come: list[str]) -> None:
    made = write(TEXT.encode(), changes)
    before, after = rows(TEXT.encode()), rows(made)
    for row in gone:
        before.remove(row)
    for row in come:
        after.remove(row)
    assert before == after
    values = {key: value for key, value in {**read(TEXT.encode()).values, **changes}.items() if value is not None}
    assert read(made).values == values
    if "pinned" in changes:
        assert rows(made).index("pinned: true") == rows(made).index("review:") - 1


def test_line_ends_and_marks_of_other_editors_stay() -> None:
    data = b"\xef\xbb\xbf" + TEXT.replace("\n", "\r\n").encode()
    made = write(data, {"title": "新题"}, "甲\n乙\n")
    assert made.startswith(b"\xef\xbb\xbf---\r\n") and made.endswith("---\r\n甲\r\n乙\r\n".encode())
    assert b"\n" not in made.replace(b"\r\n", b"")
    assert write(data, {}, "\n正文 *一*。\n".replace("\n", "\r\n")) == data


@pytest.mark.parametrize(
    ("text", "changes", "made"),
    [
        ("title：通知：一\ndate：2026-11-20\n\n正文", {"title": "通知二"}, "title: 通知二\ndate：2026-11-20\n\n正文"),
        ("Title: 甲\nTags: 乙, 丙\n\n正文", {"keywords": ["丁", "戊"]}, "Title: 甲\nTags: 丁, 戊\n\n正文"),
        ("---\ntitle：[转载]甲\n---\n正文", {"title": "[转载] 乙"}, '---\ntitle: "[转载] 乙"\n---\n正文'),
        ("——\ntitle: 甲\n——\n正文", {"source": "乙"}, "——\ntitle: 甲\nsource: 乙\n——\n正文"),
        ("---\n  title: 甲\n  date: 2026-11-20\n---", {"source": "乙"}, "---\n  title: 甲\n  date: 2026-11-20\n  source: 乙\n---"),
    ],
)  # fmt: skip
def test_other_ways_of_writing_a_head(text: str, changes: dict[str, object], made: str) -> None:
    assert write(text.encode(), changes).decode() == made


@pytest.mark.parametrize(
    ("text", "changes", "why"),
    [
        ("没有开头", {"title": "甲"}, "没有标题和日期"),
        ("---\n{title: 甲, date: 2026-11-20}\n---\n", {"title": "乙"}, "写在同一行里"),
        ("title: 甲\n\n正文", {"posts": [{"post": "乙"}]}, "Pelican|要写成几行"),
        ("---\ntitle: 甲\n---\n", {"title": "乙\x07"}, "U\\+0007"),
        ("---\ntitle: &a 甲\nsource: *a\n---\n", {"title": "乙"}, "写法特别"),
    ],
)
def test_what_cannot_be_changed_in_place_is_left(text: str, changes: dict[str, object], why: str) -> None:
    with pytest.raises(Unchangeable, match=why):
        write(text.encode(), changes)


SIGNS = st.text(
    st.sampled_from(list("甲 乙:#-?[]{},&*!|>'\"%@`~=\\\n\t0：，。—.\u3000\u2028\ufeff\u00a0é😀")), max_size=12
)
TEXTS = st.one_of(
    SIGNS, st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=20), st.just("---"), st.just("...")
)
VALUES = st.one_of(
    TEXTS,
    st.lists(TEXTS, min_size=1, max_size=3),
    st.lists(st.dictionaries(st.sampled_from(["name", "url", "text"]), TEXTS, min_size=1), min_size=1, max_size=3),
)


@given(
    st.dictionaries(
        st.sampled_from(["title", "summary", "posts", "keywords", "evidence", "x_note"]), VALUES, max_size=4
    )
)
@settings(max_examples=80, deadline=None)
def test_any_text_is_read_back_as_it_was_sent(changes: dict[str, object]) -> None:
    made = write(TEXT.encode(), changes)
    assert read(made).values == {**read(TEXT.encode()).values, **changes}
    assert made.endswith("---\n\n正文 *一*。\n".encode())
    again = write(made, dict.fromkeys(changes))
    assert not changes.keys() & read(again).values.keys()


def documents() -> list[Path]:
    real = os.environ.get("JIYUE_REAL_TEXTS")
    found = list((ROOT / "content").rglob("*.md"))
    return found + (list(Path(real, "documents").rglob("*.md")) if real else [])


def test_every_document_keeps_its_bytes_but_for_the_row_that_changes() -> None:
    changed = 0
    for path in documents():
        data = path.read_bytes()
        try:
            before = read(data)
        except Unchangeable:
            continue
        assert write(data, before.values, before.body) == data, path
        for key, value in list(before.values.items())[:: 1 + len(data) % 4]:  # of some documents every field
            if not isinstance(value, str) or key == "kind":  # without its kind a letter has no category
                continue
            made = write(data, {key: f"{value}改"})
            lines = sorted(line for name, line in before.lines.items() if len(name) == 1)
            start = before.lines[(key,)] - 1
            end = next((line - 1 for line in lines if line - 1 > start), before.body_line - 2)
            old, new = data.split(b"\n"), made.split(b"\n")
            assert old[:start] == new[:start] and old[end:] == new[end - len(old) :], path
            changed += 1
    assert changed > 400
