"""Guides: their elements, forms and samples, the link to the platform, statistics; missing elements are reported."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from jiyue.checks.article.links import link_findings
from jiyue.checks.text.model import Text
from tests.support.cluster import Built, new_cluster

SITE = "name: 吉林省人民政府\nkind: province\nurl: https://www.jl.example\nservice_platform: https://zwfw.example/\n"
HEAD = "---\ntitle: {}\ndate: 2026-11-20\nslug: {}\nkind: guide\n"
FULL = (
    HEAD.format("开办企业", "full")
    + """basis: 《公司法》
conditions: 有住所
materials: [申请书, 身份证明]
place: 政务大厅
hours: 工作日 9:00—16:00
phone: 0000-0000
steps: [申请, 受理, 办结]
fee: 公告费 50 元
fee_basis: 演示价〔2026〕1号
time_limit: 1个工作日
apply: {name: 我要办, url: https://zwfw.example/kaiban}
forms: [{name: 申请书, url: biao.csv}]
samples: yangbiao.csv
statistics: {file: banjian.csv, until: 2026-09-30}
---
"""
)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    folder = "content/jilin/bsfw"
    table = "月份,办结\n8月,320\n9月,118\n"
    files = {
        "sites/jilin.yaml": SITE,
        f"{folder}/full.md": FULL,
        f"{folder}/poor.md": HEAD.format("缺要素", "poor") + "basis: 无\nfee: 每证 10 元\nsteps: [办]\n---\n",
        f"{folder}/old.md": FULL.replace("slug: full", "slug: old").replace("2026-09-30", "2026-08-24"),
        **{f"{folder}/{name}.csv": table for name in ("biao", "yangbiao", "banjian")},
    }
    return new_cluster(tmp_path_factory.mktemp("guides"), files).build()


def test_a_guide_shows_all_that_it_says(built: Built) -> None:
    page = built.html("jilin", "bsfw/full.html")
    assert '<a class="button" href="https://zwfw.example/kaiban" rel="noopener noreferrer">我要办</a>' in page
    assert re.findall(r'<a href="[^"]*">(申请书|yangbiao.csv)</a> <span class="file-facts">CSV', page) == [
        "申请书",
        "yangbiao.csv",
    ]
    assert "<p>公告费 50 元</p>" in page
    assert "<p>收费依据：演示价〔2026〕1号</p>" in page
    assert "办件统计（截至 2026-09-30）（件）" in page
    assert '<th scope="row">9月</th><td>118</td>' in page
    linked = next(one for one in re.findall(r"ld.json.>(.*?)<", page) if "GovernmentService" in one)
    assert json.loads(linked)["availableChannel"]["serviceUrl"] == "https://zwfw.example/kaiban"


def test_a_guide_leads_to_the_platform_of_its_site(built: Built) -> None:
    assert '<a class="button" href="https://zwfw.example" rel="noopener noreferrer">网上办理</a>' in built.html(
        "jilin", "bsfw/poor.html"
    )


def test_what_a_guide_lacks_is_reported(built: Built) -> None:
    found = [
        (d["path"].rpartition("/")[2], d["line"], d["message"])
        for d in built.diagnostics
        if d["rule"].startswith("guide-")
    ]
    assert found == [
        ("old.md", 19, "办件统计截至 2026-08-24，超过 90 天"),
        ("poor.md", 5, "缺 6 项：申请条件、办理材料、办理地点、办理时间、联系电话、办理时限"),
        ("poor.md", 7, "写了收费标准，没有写收费依据"),
    ]


def test_a_column_says_who_answers_for_it(tmp_path: Path) -> None:
    columns = (
        "contact: 总机 0000-0000\ncolumns:\n  - {path: bsfw, name: 办事, type: 办事服务, owner: 政数局,"
        " max_age_days: 30, contact: 0000-1111}\n"
        "  - {path: yw, name: 要闻, type: 工作动态}\n"
    )
    news = "---\ntitle: 一条\ndate: 2026-11-20\n---\n文。\n"
    files = {"sites/jilin.yaml": SITE + columns, "content/jilin/bsfw/a.md": news, "content/jilin/yw/a.md": news}
    built = new_cluster(tmp_path, files).build()
    whole = "<span>责任单位：政数局</span> <span>至少每 30 天更新</span> <span>联系方式：0000-1111</span>"
    usual = "<span>责任单位：吉林省人民政府</span> <span>联系方式：总机 0000-0000</span>"
    assert whole in built.html("jilin", "bsfw/")
    assert usual in built.html("jilin", "yw/")
    assert all(one in built.html("jilin", "sitemap.html") for one in (whole, usual))
    record = json.loads((built.output / "jilin/api/columns.json").read_text("utf-8"))
    duties = {(c["owner"], c["contact"], c["max_age_days"]) for c in record}
    assert duties == {("政数局", "0000-1111", 30), ("吉林省人民政府", "总机 0000-0000", 0)}


def test_a_guide_is_searched_by_what_its_fields_say(built: Built) -> None:
    command = [
        sys.executable,
        "-m",
        "jiyue",
        "search",
        "jilin",
        "身份证明",
        "--root",
        str(built.root),
        "--output",
        str(built.output),
    ]
    hits = json.loads(subprocess.run([*command, "--json"], capture_output=True, check=True).stdout)
    assert "开办企业" in json.dumps(hits, ensure_ascii=False)


def test_a_link_of_a_field_may_not_lead_where_no_link_may() -> None:
    text = FULL.replace("https://zwfw.example/kaiban", "http://10.1.2.3:8080/kaiban").replace(
        "samples: yangbiao.csv", "samples: https://a.bad.example/x"
    )
    found = [(d.line, d.message) for d in link_findings(Text("jilin", "content/jilin/a.md", text), ["bad.example"])]
    assert found == [(16, "链接指向 10.1.2.3"), (18, "链接指向禁止链接的网站 a.bad.example")]
