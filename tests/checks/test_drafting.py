"""Writing mistakes that Markdown publishes unnoticed: each is reported with its line and remedy, ordinary texts aren't."""

from __future__ import annotations

from pathlib import Path

import pytest

from jiyue.checks.article.drafting import RULES, draft_findings
from jiyue.checks.page.accessibility import ALT, LINK
from jiyue.checks.text.model import Text

MUST_FIRE = {
    "draft-indent": [
        "    各县（市、区）人民政府要加强领导，明确责任。",
        "首段。\n\n\t各县（市、区）人民政府要加强领导。",
        "首段。\n\n    　　各单位要认真执行，抓好落实。",
    ],
    "draft-sign": [
        "见![示意图]（图1.png）。",
        "见[附件]（关于通知.docx）。",
        "＃＃ 一、总体要求",
        "#＃ 一",
        "＊＊重点＊＊工作",
        "！[示意图](图1.png)",
        "【附件】(a.pdf)",
        "［官网］（https://www.x.example）",
        "｜姓名｜单位｜\n｜---｜---｜",
    ],
    "draft-emphasis": ["** 粗 **", "要** 高度重视**工作", "要**高度重视 **工作", "**好**的**　坏**"],
    "draft-table": ["| 甲 | 乙 |\n| 1 | 2 |", "上文。\n\n| 甲 | 乙 |\n|——|——|\n| 1 | 2 |\n"],
    "draft-path": [
        "![示意图](C:\\Users\\x\\图.png)",
        "![示意图](file:///D:/图.png)",
        "[附件](D:/文件/a.docx)",
        '<img src="\\\\server\\a.png" alt="图一">',
    ],
    "draft-fence": ["```\n代码\n\n正文。", "正文。\n\n~~~~\n代码\n~~~\n"],
    ALT.id: ["![](图1.png)", "![ ](图1.png)"],
    LINK.id: ["[点击这里](a.pdf)", "[更多](/tzgg/)", "[here](a.pdf)", "[下载][1]\n\n[1]: a.pdf"],
}
MUST_NOT_FIRE = {
    "draft-indent": [
        "- 项目\n\n    续段属于列表，不是代码。",
        "　　首行缩进用全角空格的正文，照常显示。",
        "```\n    缩进的代码，有中文。\n```",
        "正文：\n    同一段的续行，不是代码。",
        "    make setup\n    make serve",
        "`path` 是文件夹名，`name` 是显示的名称。",
    ],
    "draft-sign": [
        "[1]（见附件）",
        "［2026］（试行）",
        "〔2026〕1号（国务院公报）",
        "# 标题",
        "好！[附件](a.pdf)",
        "`＃＃`和`＊＊粗＊＊`",
        "甲｜乙",
        "【通知】（第一号）",
        "第1＃楼",
    ],
    "draft-emphasis": ["**粗**", "**甲**和**乙** 丙", "2 ** 3", "`** 粗 **`", "** 只有一半", "* 列表 ** 项"],
    "draft-table": [
        "| 甲 | 乙 |\n| --- | --- |\n| 1 | 2 |",
        "| 甲 | 乙 |\n|:-:|--:|\n| 1 | 2 |",
        "绝对值 |a| 与 |b|\n两行 |c| 与 |d|",
        "```\n| a | b |\n| c | d |\n```",
    ],
    "draft-path": ["![示意图](图1.png)", "[官网](https://www.x.example/a)", "`C:\\Users`", "盘符 C:\\ 里的文件"],
    "draft-fence": ["```\n代码\n```\n", "~~~\n代码\n```\n~~~\n", "`代码`", "```行内```"],
    ALT.id: ["![示意图](图1.png)", "`![](a.png)`"],
    LINK.id: ["[关于印发规划的通知](a.pdf)", "点击这里没有链接", "`[here](a)`"],
}


def cases(table: dict[str, list[str]]) -> list[tuple[str, str]]:
    return [(rule, text) for rule, texts in table.items() for text in texts]


def fired(body: str) -> list[tuple[str, int]]:
    text = f"---\ntitle: 稿件\ndate: 2026-11-20\n---\n{body}\n"
    return [(d.rule, d.line) for d in draft_findings(Text("cc", "content/cc/tzgg/a.md", text))]


@pytest.mark.parametrize(("rule", "text"), cases(MUST_FIRE))
def test_fires(rule: str, text: str) -> None:
    assert rule in {finding for finding, _ in fired(text)}
    assert all(line >= 7 for _, line in fired(f"首段正文。\n\n{text}"))


@pytest.mark.parametrize(("rule", "text"), cases(MUST_NOT_FIRE))
def test_does_not_fire(rule: str, text: str) -> None:
    assert fired(text) == []
    assert fired(f"首段正文。\n\n{text}\n\n末段正文。") == []


def test_every_rule_has_both() -> None:
    assert set(MUST_FIRE) == set(MUST_NOT_FIRE) == {*(rule.id for rule in RULES), ALT.id, LINK.id}


def test_a_finding_names_the_line_and_the_mended_text() -> None:
    body = "首段。\n\n见![示意图]（图1.png）。\n\n要** 高度重视 **工作。\n\n| 甲 | 乙 | 丙 |\n| 1 | 2 | 3 |\n"
    findings = draft_findings(Text("cc", "p.md", body))
    assert [(d.line, d.col, d.message, d.hint) for d in findings] == [
        (3, 2, "「![示意图]（图1.png）」用了全角记号，不会成为图片", "改为半角：![示意图](图1.png)"),
        (5, 2, "「** 高度重视 **」星号里面有空格，不会加粗", "星号要紧挨文字：**高度重视**"),
        (7, 1, "表格没有分隔行，会显示为带竖线的文字", "在第一行下面加一行分隔行，如：| --- | --- | --- |"),
    ]


def test_official_documents_are_left_alone(real_texts: Path) -> None:
    found = []
    for path in sorted((real_texts / "documents").rglob("*.md")):
        text = path.read_text("utf-8", "replace").replace("\r\n", "\n")
        found += draft_findings(Text("cc", path.name, text))
    assert found == []


@pytest.mark.parametrize("shape", ["~", "`", "~~~x\n", "```x\n", "~~~\n"])
def test_fences_without_end_are_read_once(shape: str) -> None:
    """Of 600 kB: what reads such a text again from each of its fences would take minutes."""
    draft_findings(Text("cc", "content/cc/yw/a.md", shape * (600_000 // len(shape))))
