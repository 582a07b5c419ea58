"""Front matter as officers write it: read as meant, or reported with its line; values are never altered."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jiyue.base.diagnostics import Diagnostic
from jiyue.catalogue.article import Article
from jiyue.catalogue.read import read_article
from tests.support.cases import case_cluster

DATE = "date: 2026-11-20 09:30\n"


def read(text: str) -> tuple[Article | None, list[Diagnostic]]:
    return read_article(text.encode(), "jilin", "tzgg", "tzgg", "a.md", "content/jilin/tzgg/a.md")


def titled(text: str) -> str:
    row, found = read(text)
    assert row and not found, found
    assert (row.date, row.body_line) == ("2026-11-20 09:30", text.rstrip("\n").count("\n") + 1), text
    return row.title


@pytest.mark.parametrize(
    ("line", "title"),
    [
        ("title：关于测试的通知", "关于测试的通知"),
        ("title:关于测试的通知", "关于测试的通知"),
        ("title:\u3000关于测试的通知", "关于测试的通知"),
        ("title:\u00a0关于测试的通知", "关于测试的通知"),
        ("title:\t关于测试的通知", "关于测试的通知"),
        ("title ： 关于测试的通知", "关于测试的通知"),
        ("title: 通知: 一", "通知: 一"),
        ("title：通知：一", "通知：一"),
        ("title：通知: 一", "通知: 一"),
        ("title: 会议纪要:", "会议纪要:"),
        ("title: [转载]某文", "[转载]某文"),
        ("title: 【转载】某文", "【转载】某文"),
        ("title: {重点}项目", "{重点}项目"),
        ('title: "放管服"改革', '"放管服"改革'),
        ('title:"放管服"改革与"一网通办"', '"放管服"改革与"一网通办"'),
        ("title: '放管服'改革", "'放管服'改革"),
        ("title: *重要*通知", "*重要*通知"),
        ("title: **重要**", "**重要**"),
        ("title: &重要 通知", "&重要 通知"),
        ("title: !重要通知", "!重要通知"),
        ("title: @各单位", "@各单位"),
        ("title: %5 的增长", "%5 的增长"),
        ("title: `代码`说明", "`代码`说明"),
        ("title: - 通知", "- 通知"),
        ("title: ? 问答", "? 问答"),
        ("title: > 引用", "> 引用"),
        ("title: | 竖线", "| 竖线"),
        ("title: C#语言", "C#语言"),
        ('title: "关于 #1 泵房"', "关于 #1 泵房"),
        ('title: "关于泵房" # 备注', "关于泵房"),
    ],
)
def test_a_title_with_one_meaning_is_read_as_meant(line: str, title: str) -> None:
    assert titled(f"---\n{line}\n{DATE}---\n正文\n") == title
    assert titled(f"---\n{DATE}{line}\n---\n正文\n") == title


@pytest.mark.parametrize(
    "text",
    [
        f"\n\n---\ntitle: 甲\n{DATE}---\n正文",
        f"\u3000\n---\ntitle: 甲\n{DATE}---\n正文",
        f"----\ntitle: 甲\n{DATE}----\n正文",
        f"－－－\ntitle: 甲\n{DATE}－－－\n正文",
        f"——\ntitle: 甲\n{DATE}——\n正文",
        f"---\ntitle: 甲\n{DATE}———\n正文",
        f"\n——\ntitle：甲\n{DATE}——\n正文",
        f"title: 甲\n{DATE}---\n正文",
        "---\n\ttitle: 甲\n\tdate: 2026-11-20 09:30\n---\n正文",
        "---\n  title: 甲\n  date: 2026-11-20 09:30\n---\n正文",
        f"title：甲\n{DATE}\n正文",
        "title：甲\ndate：2026-11-20 09:30\n\n正文",
        "---\ntitle: 甲\ndate：2026-11-20 09：30\n---\n正文",
        f"---\ntitle：甲\n{DATE}# 备注\n\n---\n正文",
    ],
)
def test_a_head_of_another_form_is_read_as_meant(text: str) -> None:
    assert titled(text) == "甲"


@pytest.mark.parametrize(
    "review",
    [
        "review:\n  first: {by: 初审岗, date: 2026-11-19}",
        "review:\n\tfirst: {by: 初审岗, date: 2026-11-19}",
        "review：\n  first：{by：初审岗，date：2026-11-19}",
        "review：\n  first:\n    by：初审岗\n    date:2026-11-19",
        "review: {first: {by：初审岗，date：2026-11-19}}",
        "review:\n  first: {by: 初审岗, date:2026-11-19}",
    ],
)
def test_nested_fields_are_read_as_meant(review: str) -> None:
    row, found = read(f"---\ntitle: 甲\n{DATE}{review}\n---\n正文\n")
    assert row and not found, found
    assert row.extra["review"]["first"] == {"by": "初审岗", "date": "2026-11-19 00:00"}


@pytest.mark.parametrize(
    ("head", "line", "message", "hint"),
    [
        ("title: 关于 #1 泵房的通知", 2, "「title」在 # 处断开，后面的字会丢失",
         '写成 title: "关于 #1 泵房的通知"；是备注就另起一行写'),
        ("title: #1 泵房", 2, "「title」在 # 处断开，后面的字会丢失", '写成 title: "#1 泵房"；是备注就另起一行写'),
        ("title: [转载]关于 #1 泵房", 2, "「title」在 # 处断开，后面的字会丢失",
         '写成 title: "[转载]关于 #1 泵房"；是备注就另起一行写'),
        ('title：甲\nsource: 水务局 # "新"', 3, "「source」在 # 处断开，后面的字会丢失",
         "写成 source: '水务局 # \"新\"'；是备注就另起一行写"),
        ('title: "通知', 2, "引号没有结束", '写成 title: "通知"'),
        ("title: 甲\nkeywords: [乙, 丙", 3, "「[」没有结束", "写成 keywords: [乙, 丙]"),
        ("title: 甲 source: 水务局", 2, "「title」和「source」写在了同一行", "分成两行：title: 甲，换行 source: 水务局"),
        ("title: 甲\nsource 水务局", 3, "「source 水务局」缺少冒号", "写成 source: 水务局"),
        ("title: 甲\n没有写完的话", 3, "「没有写完的话」缺少冒号", "每行写成「键: 值」；上一行没有写完的，开头空两格"),
        ("title: 甲\n" + DATE + "title：乙", 4, "「title」写了两次", "第 2 行已经写了，只保留一个"),
    ],
)  # fmt: skip
def test_a_slip_is_named_on_its_own_line_with_the_line_to_copy(head: str, line: int, message: str, hint: str) -> None:
    date = "" if DATE in head else DATE
    row, found = read(f"---\n{head}\n{date}---\n正文\n")
    assert row is None
    assert [(d.rule, d.line, d.message, d.hint) for d in found] == [("article-head", line, message, hint)]


@pytest.mark.parametrize(
    ("line", "message", "hint"),
    [
        ("标题: 通知", "不认识的键「标题」", "是否想写 title: 通知？"),
        ("标题：通知", "不认识的键「标题」", "是否想写 title: 通知？"),
        ("题目: 通知", "不认识的键「题目」", "是否想写 title: 通知？"),
        ("titel: 通知", "不认识的键「titel」", "是否想写 title？"),
        ("Title: 通知", "不认识的键「Title」", "是否想写 title？"),
    ],
)
def test_a_field_of_another_name_is_told_the_right_one_and_nothing_else(line: str, message: str, hint: str) -> None:
    _, found = read(f"---\n{line}\n{DATE}---\n正文\n")
    assert [(d.rule, d.line, d.message, d.hint) for d in found] == [("article-field", 2, message, hint)]


@pytest.mark.parametrize(
    ("written", "field"),
    [("日期", "date"), ("发布时间", "date"), ("来源", "source"), ("作者", "author"), ("摘要", "summary"),
     ("关键词", "keywords"), ("置顶", "pinned"), ("发文字号", "doc_number"), ("审核记录", "review"), ("标签", "keywords")],
)  # fmt: skip
def test_chinese_names_lead_to_their_fields(written: str, field: str) -> None:
    _, found = read(f"---\ntitle: 甲\n{written}: 2026-11-20\n---\n正文\n")
    assert [d.hint for d in found if d.line == 3] == [f"是否想写 {field}: 2026-11-20？"]


def test_a_kind_in_chinese_is_told_the_right_one() -> None:
    _, found = read(f"---\ntitle: 甲\n{DATE}kind: 公文\n---\n")
    assert [(d.line, d.hint) for d in found] == [(4, "是否想写 document？")]


def test_a_status_of_pelicans(tmp_path: Path) -> None:
    row, found = read("Title: 甲\nDate: 2026-11-20\nStatus: Draft\n\n正文\n")
    assert (row, found) == (None, [])
    row, found = read("Title: 甲\nDate: 2026-11-20\nStatus: Published\n\n正文\n")
    assert row and not found
    row, found = read("Title: 甲\nDate: 2026-11-20\nStatus: hidden\n\n正文\n")
    assert row is None
    assert [(d.rule, d.line, d.message, d.hint) for d in found] == [
        ("article-field", 3, "「status」的值「hidden」不对",
         "没有隐藏文章：不公开就写 status: draft；要有网址而不进列表，放到站点目录下作单页（kind: page）")
    ]  # fmt: skip


PIECES = st.sampled_from(
    ["关于", "通知", "1", "#", "# ", " #", ": ", ":", "：", " ", "\u3000", "\t", '"', "'", "[", "]", "{", "}", "&", "*", "!",
     "|", ">", "%", "@", "`", "-", "- ", "?", ",", "，", "~", "<", "=", "(", "）", "C#", "a", "\\"]
)  # fmt: skip


@settings(max_examples=1500, deadline=None)
@given(
    st.lists(PIECES, min_size=1, max_size=7).map("".join),
    st.sampled_from(["title: ", "title:", "title：", "title:\u3000"]),
)
def test_a_title_is_what_was_written_or_its_line_is_told(text: str, key: str) -> None:
    written = " ".join(text.split())
    row, found = read(f"---\n{key}{text}\n{DATE}---\n正文\n")
    if row is None:
        assert {d.line for d in found} == {2}, found
        assert all(d.hint for d in found)
        return
    quoted = written[:1] in ("'", '"')
    assert row.title == written or (quoted and set(row.title) <= set(written)), (row.title, written)


def test_the_case_of_fourteen_heads(tmp_path: Path) -> None:
    folder = case_cluster("12", tmp_path)
    found = {(d["path"][-5:-3], d["line"], d["message"]) for d in folder.build().diagnostics}
    assert found == {
        ("06", 2, "「title」在 # 处断开，后面的字会丢失"),
        ("10", 2, "不认识的键「标题」"),
        ("10", 3, "不认识的键「日期」"),
        ("11", 4, "「date」写了两次"),
        ("13", 4, "「pinned」的值「是」不对"),
    }
