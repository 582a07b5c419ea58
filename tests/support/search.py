"""Documents and helpers for the tests of the search."""

from __future__ import annotations

import os
import random
import re
from pathlib import Path

import pytest

from jiyue.search.model import SearchDoc

MODULES = Path(__file__).parents[2] / "themes" / "gov" / "static" / "search"
# fmt: off
WORDS = [
    "关于", "印发", "全省", "医疗", "保障", "改革", "工作", "方案", "的", "通知", "企业", "登记", "管理", "办法", "城镇",
    "职工", "住房", "公积金", "缴存", "提取", "规定", "农村", "危房", "改造", "补助", "资金", "食品", "安全", "监督", "检查",
    "条例", "环境", "保护", "污染", "防治", "行动", "计划", "教育", "督导", "评估", "招生", "考试", "公告", "道路", "交通",
    "运输", "许可", "程序", "吉林省", "长春市", "延边州", "人民政府", "办公厅", "秸秆", "禁烧", "冬季", "供热", "价格", "听证",
    "会议", "纪要", "社会", "救助", "残疾人", "就业", "培训", "水利", "工程", "建设",
]
# fmt: on


def made_docs(count: int, seed: int = 1, year: int = 2025) -> list[SearchDoc]:
    """`count` documents of invented titles and texts, dated over three years."""
    rnd = random.Random(seed)
    docs = []
    for number in range(count):
        title = "关于" + "".join(rnd.sample(WORDS, 5)) + "的通知"
        text = "\n".join("".join(rnd.choices(WORDS, k=25)) + "。" for _ in range(3))
        day = f"{rnd.choice((year - 2, year - 1, year - 1, year))}-{rnd.randint(1, 11):02d}-{rnd.randint(1, 28):02d}"
        docs.append(
            SearchDoc(
                id=f"x{seed}-{number}",
                url=f"tzgg/{number}.html",
                title=title,
                text=text,
                date=day,
                column=rnd.choice(("tzgg", "zwgk")),
                column_name="",
                kind=rnd.choice(("news", "document")),
                doc_number=f"吉政办发〔{day[:4]}〕{number}号" if number % 3 == 0 else "",
                validity=rnd.choice(("", "现行有效", "已废止")),
                site="changchun",
                site_name="长春市人民政府",
            )
        )
    return docs


def law(number: int, title: str = "供热条例", extra: str = "") -> SearchDoc:
    """A law of 18 条 of about 150 characters in two chapters, with the same numbers of 条 in an annex."""
    rnd = random.Random(number)
    lines = []
    for chapter in ("第一章 总则", "第二章 罚则", "附件"):
        lines.append("\f" + chapter)
        for numeral in "一二三四五六七八九":
            name = f"第{numeral}条" if chapter != "第二章 罚则" else f"第十{numeral}条"
            lines.append(f"{name} {''.join(rnd.choices(WORDS, k=60))}。")
    lines[14] += f"拖欠{extra}热费三个月的用户，由供热单位催告。"
    return SearchDoc(f"law{number}", f"law/{number}.html", title, "\n".join(lines), kind="document", date="2025-03-05")


def real_texts() -> list[tuple[str, str]]:
    """(title, text) of every real document; skips the test without any."""
    folder = os.environ.get("JIYUE_REAL_TEXTS")
    if not folder:
        pytest.skip("JIYUE_REAL_TEXTS names no folder of real documents")
    found = []
    for path in sorted(Path(folder, "documents").rglob("*")):
        if path.suffix in {".md", ".txt"}:
            text = path.read_text("utf-8", "replace")
            title = re.search(r"^(?:# |title: )(.+)$", text, re.M)
            found.append((title.group(1) if title else text[:30].split("\n")[0], text))
    return found


def naughty_strings() -> list[str]:
    """The Big List of Naughty Strings and a few of our own."""
    own = [
        "",
        " ",
        "\u0000",
        "〔",
        "2015年",
        "〔2015〕",
        "𠮷野家",
        "①②③",
        "ﬁ",
        "İ",
        "ΑΣ",
        "한국어",
        "e\u0301",
        "税",
        "A税B",
        "々〇",
        "\ud83d\ude00",
    ]
    folder = os.environ.get("JIYUE_REAL_TEXTS")
    path = Path(folder or "/nowhere", "hostile", "blns.txt")
    return own + (path.read_text("utf-8").split("\n") if path.is_file() else [])
