"""Surveys and interviews: their phase as of today, their pages, and the duties of a survey after its end."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.support.cluster import Built, new_cluster
from tests.support.samples import VIDEO

SURVEY = (
    "---\ntitle: 一次征集\ndate: 2026-10-20 09:00\nslug: s\nkind: survey\nopens: 2026-11-01\ncloses: {closes}\n"
    "push_down: all\n---\n正文。\n"
)
COLUMNS = "columns: [{path: zjdc, name: 征集调查, type: 征集调查}]\n"
SITES = {
    "sites/jilin.yaml": f"name: 吉林省人民政府\nkind: province\nurl: https://www.jl.example\n{COLUMNS}",
    "sites/cc.yaml": f"name: 长春市人民政府\nkind: prefecture\nsuperior: jilin\nurl: https://www.cc.example\n{COLUMNS}",
}


def states(built: Built) -> set[str]:
    """The state on every page of the survey."""
    pages = [
        data.decode()
        for name, data in built.files().items()
        if name.endswith(".html") and "kind-survey" in data.decode()
    ]
    assert len(pages) == 2, "its own page and the pushed one"
    lists = [built.html(site, "zjdc/") for site in ("jilin", "cc")]
    return {re.findall(r'<span class="state[^"]*">([^<]*)<', page)[0] for page in (*pages, *lists)}


@pytest.mark.parametrize(
    ("closes", "days"),
    [
        ("2026-11-20", {"2026-10-31": "尚未开始", "2026-11-01": "进行中", "2026-11-20T23:59": "进行中", "2026-11-21": "已结束"}),
        ("2026-11-20 17:00", {"2026-11-20T16:59": "进行中", "2026-11-20T17:00": "已结束"}),
    ],
)  # fmt: skip
def test_a_survey_says_whether_it_is_open(new_folder: object, closes: str, days: dict[str, str]) -> None:
    folder = new_folder({**SITES, "content/jilin/zjdc/a.md": SURVEY.format(closes=closes)})  # type: ignore[operator]
    for day, state in days.items():
        built = folder.build(today=day)
        assert states(built) == {state}, day
        clean = folder.build("--no-cache", today=day, output=folder.root / "clean")
        assert states(clean) == {state}


RESULT = """---
title: 征求意见
date: 2026-08-01 09:00
slug: r
kind: survey
opens: 2026-08-02
closes: 2026-08-31
documents: [{name: 草案, url: caoan.pdf.csv}]
opinions_received: 2
opinions:
  - {text: 写得短一些, adopted: 采纳, count: 4}
  - {text: 加一个例子, adopted: 部分采纳, reason: 例子放在附件}
  - {text: 不要这条, adopted: 不采纳}
---
"""
FILE = """---
title: 意见在文件里
date: 2026-08-01
slug: f
kind: survey
opens: 2026-08-02
closes: 2026-08-31
opinions_file: yijian.csv
result: [jieguo.md, 谢谢大家]
---
"""
LATE = "---\ntitle: 没有结果\ndate: 2026-10-01\nslug: l\nkind: survey\nopens: 2026-10-02\ncloses: {}\n{}---\n"
INTERVIEW = """---
title: 谈审核
date: 2026-11-20
slug: i
kind: interview
guests: [初审岗, 终审岗]
host: 信息员
held: 2026-11-24 14:00
take_part: https://hd.example/zxft
transcript:
  - {by: 信息员, text: 看什么？}
  - by: 初审岗
    text: |
      看事实。

      看数字。
questions:
  - {text: 要几天？, reply: 三天。, by: 终审岗}
  - {text: 收费吗？}
---
"""


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    folder = "content/jilin/zjdc"
    files = {
        **SITES,
        f"{folder}/r.md": RESULT,
        f"{folder}/caoan.pdf.csv": "条,文\n1,略\n",
        f"{folder}/f.md": FILE,
        f"{folder}/yijian.csv": "意见,采纳情况,理由\n写得短一些,采纳,\n",
        f"{folder}/jieguo.md": "---\ntitle: 结果\ndate: 2026-09-10\nslug: jieguo\n---\n文。\n",
        f"{folder}/late.md": LATE.format("2026-10-23", ""),
        f"{folder}/intime.md": LATE.replace("slug: l", "slug: t").format("2026-10-26", ""),
        f"{folder}/named.md": LATE.replace("slug: l", "slug: n").format("2026-10-04", "result_due: 2026-12-01\n"),
        "content/jilin/zxft/i.md": INTERVIEW,
    }
    return new_cluster(tmp_path_factory.mktemp("phases"), files).build()


def test_opinions_stand_with_what_became_of_them(built: Built) -> None:
    page = built.html("jilin", "zjdc/r.html")
    assert (
        '<td>加一个例子</td><td>1</td><td><span class="state changed">部分采纳</span></td><td>例子放在附件</td>' in page
    )
    assert re.findall(r"<dt>([^<]*)</dt><dd>(\d+)<", page) == [
        ("收到意见", "2"),
        ("采纳意见", "4"),
        ("部分采纳", "1"),
        ("不采纳", "1"),
    ]
    assert '<a href="../zjdc/caoan.pdf.csv">草案</a> <span class="file-facts">CSV' in page
    assert '<span class="state closed">已公布结果</span>' in page
    assert re.findall(r"<li[^>]*><span>([^<]*)</span>", page) == ["公告", "征集开始", "征集结束", "公布结果"]


def test_opinions_may_lie_in_a_file(built: Built) -> None:
    page = built.html("jilin", "zjdc/f.html")
    assert "<td>写得短一些</td><td>采纳</td><td></td>" in page
    assert '<a href="yijian.csv" download="意见和采纳情况.csv">' in page
    assert '<p><a href="../zjdc/jieguo.html">jieguo.md</a></p>\n<p>谢谢大家</p>' in page


def test_what_a_survey_owes_is_reported(built: Built) -> None:
    found = [
        (d["path"].rpartition("/")[2], d["line"], d["message"])
        for d in built.diagnostics
        if d["rule"].startswith("survey-")
    ]
    assert found == [
        ("late.md", 7, "征集于 2026-10-23 结束，最迟 2026-11-20 公布结果，已经过了 3 天"),
        ("r.md", 9, "收到 2 条，列出了 6 条"),
        ("r.md", 10, "第 3 条意见不采纳，没有写理由"),
    ]
    page = built.html("jilin", "zjdc/t.html")
    assert '<li class="to-come"><span>最迟公布结果</span><time datetime="2026-11-23">' in page


def test_an_interview_is_announced_then_read(built: Built) -> None:
    page = built.html("jilin", "zxft/i.html")
    assert '<span class="state future">预告</span>' in page
    assert '<a href="https://hd.example/zxft" rel="noopener noreferrer">' in page
    assert "<dt>初审岗</dt><dd><p>看事实。</p><p>看数字。</p></dd>" in page
    assert (
        '<dt>问</dt><dd><p>要几天？</p></dd></div>\n<div class="answer"><dt>终审岗</dt><dd><p>三天。</p></dd>' in page
    )
    assert '<dt>问</dt><dd><p>收费吗？</p></dd></div>\n<div class="answer"><dt>答</dt><dd><p>尚未答复</p></dd>' in page
    assert '<span class="state future">预告</span>' in built.html("jilin", "zxft/")


def test_a_film_or_a_recording_of_any_kind_plays_and_wants_its_words(tmp_path: Path) -> None:
    head = "---\ntitle: 听\ndate: 2026-11-20\nkind: {}\nslug: {}\nvideo: {}\n---\n{}"
    files: dict[str, str | bytes] = {
        "content/jilin/zcjd/a.md": head.format("interpretation", "a", "{src: a.mp3}", "说的话。\n"),
        "content/jilin/zcjd/b.md": head.format("news", "b", "{src: b.mp4}", ""),
        "content/jilin/zcjd/a.mp3": b"ID3\x04\x00\x00\x00\x00\x00\x00" + bytes(64),
        "content/jilin/zcjd/b.mp4": VIDEO,
    }
    built = new_cluster(tmp_path, files).build()
    assert '<audio controls preload="none" src="../zcjd/a.mp3" aria-label="听"></audio>' in built.html(
        "jilin", "zcjd/a.html"
    )
    assert '<source src="../zcjd/b.mp4" type="video/mp4">' in built.html("jilin", "zcjd/b.html")
    found = [(d["path"][-4:], d["line"], d["message"]) for d in built.diagnostics if d["rule"] == "article-transcript"]
    assert sorted(found) == [("b.md", 6, "没有字幕"), ("b.md", 6, "没有文字稿")]
