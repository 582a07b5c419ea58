"""Report up: what a subordinate reports waits in its superior's inbox, stands there once adopted, and goes with its origin."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from jiyue.catalogue.read import stable_id
from jiyue.cli.app import application
from jiyue.linkage.decisions import approvers, read
from jiyue.registry.load import load_registry
from tests.support.cluster import Built, ClusterFolder, new_cluster
from tests.support.samples import png

COLUMNS = "columns: [{path: yw, name: 要闻, type: 工作动态}, {path: tzgg, name: 通知公告, type: 通知公告}]\n"
POSTS = "officers: [{post: 终审岗, unit: 办公厅, role: 终审}, {post: 联络岗, unit: 办公厅, role: 信息联络员}]\n"
SITE = "name: {}\nkind: {}\nsuperior: {}\nurl: https://www.{}.example\n"
SITES = {
    "sites/cluster.yaml": "name: 站群\nroot: jilin\n",
    "sites/jilin.yaml": "name: 吉林省人民政府\nkind: province\nurl: https://www.jl.example\n" + COLUMNS + POSTS,
    "sites/changchun.yaml": SITE.format("长春市人民政府", "prefecture", "jilin", "cc") + COLUMNS,
    "sites/nanguan.yaml": SITE.format("南关区人民政府", "county", "changchun", "ng") + COLUMNS,
}
LEDGER = "content/jilin/received.csv"
HEAD = "article,decision,column,at,reason,by\n"


def report(name: str, title: str, how: str = "true", more: str = "", body: str = "正文。") -> str:
    return f"---\ntitle: {title}\ndate: 2026-11-20 09:30\nid: {name}\nreport_up: {how}\n{more}---\n\n{body}\n"


def shown(built: Built, site: str) -> set[str]:
    """Titles that stand in a column of a site or on its home page (the root also has feeds and a search of all sites)."""
    titles = {"甲地新事", "乙地新事", "丙地新事", "丁地新事"}
    return {
        title
        for title in titles
        if any(
            name.startswith((f"{site}/yw/", f"{site}/tzgg/", f"{site}/index.html")) and title.encode() in data
            for name, data in built.files().items()
        )
    }


def receipts(built: Built) -> dict[str, dict[str, object]]:
    rows = map(json.loads, built.files().get("_cluster/reports.jsonl", b"").splitlines())
    return {row["article"]: row for row in rows}


@pytest.fixture
def folder(tmp_path: Path) -> ClusterFolder:
    return new_cluster(
        tmp_path / "cluster",
        {
            **SITES,
            "content/changchun/yw/a.md": report("a", "甲地新事", more="pinned: true\n", body="![图](a.png) [乙](b.md)"),
            "content/changchun/yw/a.png": png("a"),
            "content/changchun/yw/b.md": report("b", "乙地新事", "[tzgg]"),
            "content/changchun/yw/c.md": report("c", "丙地新事", more="updated: 2026-11-20 10:00\n"),
            "content/nanguan/yw/d.md": report("d", "丁地新事", "tzgg"),
            LEDGER: HEAD
            + "changchun/a,采用,,2026-11-21 09:30,,终审岗\n"
            + "changchun/b,不采用,,2026-11-21 09:00,重复,终审岗\n"
            + "changchun/b,adopted,,2026-11-21 09:40,,终审岗\n"
            + "changchun/c,不采用,,2026-11-21 09:40,与已发布的重复,终审岗\n",
        },
    )


def test_what_is_adopted_stands_at_the_superior_with_credit_and_goes_with_its_origin(folder: ClusterFolder) -> None:
    built = folder.build()
    assert built.rules() == ["report-declined"]
    assert "与已发布的重复" in built.diagnostics[0]["message"]
    assert built.exit_code == 0
    assert shown(built, "jilin") == {"甲地新事", "乙地新事"}
    assert shown(built, "changchun") == {"甲地新事", "乙地新事", "丙地新事"}, "d is reported and waits, c is declined"
    place = f"yw/{stable_id('changchun', '', 'a')}.html"
    page = built.html("jilin", place)
    assert '<link rel="canonical" href="https://www.cc.example/yw/a.html">' in page
    assert '<meta name="ContentSource" content="长春市人民政府">' in page
    origin = page.partition('class="origin"')[2].partition("</p>")[0]
    assert "报送单位" in origin
    assert 'href="https://www.cc.example/yw/a.html"' in origin
    assert any(name.startswith("jilin/yw/") and name.endswith("a.png") for name in built.files())
    assert "乙地新事" in built.html("jilin", "tzgg/"), "the column that the report suggests"
    records = map(json.loads, built.files()["jilin/api/articles-2026.jsonl"].splitlines())
    assert {one["title"]: one.get("pinned", False) for one in records} == {"甲地新事": False, "乙地新事": False}
    lists = [built.html("nanguan", ""), built.files()["jilin/api/recommended/list.json"].decode()]
    assert all("甲地新事" in text and f"https://www.jl.example/{place}" in text for text in lists), "on all home pages"
    rows = receipts(built)
    assert {name: row["state"] for name, row in rows.items()} == {
        "changchun/a": "adopted", "changchun/b": "adopted", "changchun/c": "declined", "nanguan/d": "waiting",
    }  # fmt: skip
    assert rows["changchun/a"]["shown"] == f"https://www.jl.example/{place}"
    assert (rows["changchun/c"]["reason"], rows["changchun/c"]["by"]) == ("与已发布的重复", "终审岗")
    assert not any(name.endswith("received.csv") for name in built.files())
    assert folder.build("--no-cache", output=folder.root / "clean").files() == built.files()

    folder.write(
        {
            "content/changchun/yw/a.md": report(
                "a", "甲地新事", more="withdraw: {at: 2026-11-22 08:00, reason: 有误}\n", body="![图](a.png)"
            ),
            "content/changchun/yw/b.md": report("b", "乙地新事", "false"),
            "content/changchun/yw/c.md": report("c", "丙地新事", more="updated: 2026-11-22 08:30\n"),
        }
    )
    after = folder.build()
    assert shown(after, "jilin") == set(), "withdrawn, and no longer reported"
    assert shown(after, "changchun") == {"乙地新事", "丙地新事"}
    assert not any(name.endswith("a.png") for name in after.files())
    assert {name: row["state"] for name, row in receipts(after).items()} == {
        "changchun/c": "waiting", "nanguan/d": "waiting",
    }, "changed after the decline: reported again"  # fmt: skip
    assert after.rules() == []
    assert after.files() == folder.build("--no-cache", output=folder.root / "clean").files()


def test_wrong_rows_and_columns_are_named_and_cost_no_other(folder: ClusterFolder) -> None:
    rows = [
        "changchun/a,采用,,2026-11-21 09:30,,终审岗",
        "changchun/b,也许,,2026-11-21 09:30,,终审岗",
        "changchun/b,不采用,,2026-11-21 09:30,,终审岗",
        "changchun/b,采用,yv,2026-11-21 09:30,,终审岗",
        "changchun/b,采用,yw,2026-13-21 09:30,,终审岗",
        "changchun/b,采用,yw,2026-11-21 09:30,,某某",
        "b,采用,yw,2026-11-21 09:30,,终审岗",
        "changchun/b,采用",
        "changchun/b,不采用,,2026-11-21 09:30,=1+1,终审岗",
        "changchun/b,不采用,,2026-11-21 09:30,请打 13904310000,终审岗",
    ]
    folder.write(
        {
            LEDGER: HEAD + "\n".join(rows) + "\n",
            "content/changchun/yw/b.md": report("b", "乙地新事", "[yv, tzgg]"),
            "content/jilin/yw/e.md": report("e", "戊"),
        }
    )
    built = folder.build()
    assert shown(built, "jilin") == {"甲地新事"}
    found = [(d["rule"], d["path"], d["line"], d["message"], d["hint"]) for d in built.diagnostics]
    invalid = [
        (line, message, hint)
        for rule, path, line, message, hint in found
        if (rule, path) == ("report-decision", LEDGER)
    ]
    assert invalid == [
        (3, "决定「也许」不对", "写 采用 或 不采用"),
        (4, "不采用没有写理由", "写明理由，报送单位看得到"),
        (5, "本站没有栏目「yv」", "写本站的栏目目录，如 yw、tzgg"),
        (6, "时间「2026-13-21 09:30」不是日期", "写成 2026-11-21 09:30"),
        (7, "「某某」不是本站登记的岗位", "写岗位，不写姓名，如 终审岗、联络岗"),
        (8, "文章「b」写得不对", "写报送站点和文章编号，如 changchun/notice-1"),
        (9, "这一行有 2 列，表头有 6 列", "补上或者删去逗号；单元格里有逗号时用双引号括起来"),
        (10, "「理由」以 = 开头，表格软件会当作公式", "去掉开头的符号，或者在前面写上文字"),
    ]  # fmt: skip
    assert ("privacy-mobile", LEDGER, 11) in [one[:3] for one in found]
    assert not any("13904310000" in data.decode("utf-8", "replace") for data in built.files().values()), (
        "told to nobody"
    )
    targets = [(path, message, hint) for rule, path, _, message, hint in found if rule == "report-target"]
    assert targets == [
        ("content/changchun/yw/b.md", "report_up: 吉林省人民政府没有栏目「yv」", "可以写：yw、tzgg"),
        ("content/jilin/yw/e.md", "本站没有上级站点", "删去 report_up；报送给站群之外的上级，见 docs/linkage.md「站群之间」"),
    ]  # fmt: skip


def run(folder: ClusterFolder, *args: str, today: str = "2026-11-22T12:00") -> tuple[int, str]:
    done = CliRunner().invoke(application("inbox"), ["inbox", *args, "--root", str(folder.root), "--today", today])
    return done.exit_code, done.output


def test_the_inbox_is_decided_by_command(folder: ClusterFolder) -> None:
    ledger = folder.root / LEDGER
    ledger.write_text("时间,文章,决定,理由,岗位,栏目,备注\n".replace(",备注", ""), "utf-8")
    assert [row["article"] for row in json.loads(run(folder, "list", "jilin", "--json")[1])] == [
        "changchun/a", "changchun/b", "changchun/c",
    ]  # fmt: skip
    wrong = (
        (["adopt", "jilin", "changchun/a", "changchun/x", "--by", "终审岗"], "没有报送给 jilin 的文章「changchun/x」"),
        (["adopt", "jilin", "nanguan/d", "--by", "终审岗"], "没有报送给 jilin 的文章「nanguan/d」"),
        (["adopt", "jilin", "changchun/a", "--by", "某某"], "「某某」不是本站登记的岗位"),
        (["adopt", "jilin", "changchun/a", "--by", "终审岗", "--column", "zz"], "本站没有栏目「zz」"),
        (["decline", "jilin", "changchun/a", "--by", "终审岗", "--reason", " "], "不采用没有写理由"),
    )
    before = ledger.read_bytes()
    for args, message in wrong:
        code, output = run(folder, *args)
        assert (code, message in output) == (2, True), output
        assert ledger.read_bytes() == before, "nothing is written"
    assert run(folder, "decline", "jilin", "changchun/a", "--reason", "图, 不清", "--by", "终审岗")[0] == 0
    assert run(folder, "adopt", "jilin", "changchun/a", "changchun/b", "--by", "终审岗")[0] == 0
    assert {path.name for path in ledger.parent.iterdir()} == {"received.csv"}, "nothing else is left there"
    assert ledger.read_text("utf-8").splitlines()[1:] == [
        '2026-11-22 12:00,changchun/a,不采用,"图, 不清",终审岗,',
        "2026-11-22 12:00,changchun/a,采用,,终审岗,",
        "2026-11-22 12:00,changchun/b,采用,,终审岗,",
    ]
    assert "已经采用" in run(folder, "adopt", "jilin", "changchun/a", "--by", "终审岗")[1]
    assert (
        "已有更晚"
        in run(folder, "decline", "jilin", "changchun/a", "--reason", "晚", "--by", "终审岗", today="2026-11-22T11:00")[
            1
        ]
    )
    assert json.loads(run(folder, "counts", "changchun", "--json")[1]) == {
        "sites": {"changchun": {"reported": 3, "adopted": 2, "declined": 0, "waiting": 1, "rate": 0.667}},
        "units": {
            "changchun 长春市人民政府": {"reported": 3, "adopted": 2, "declined": 0, "waiting": 1, "rate": 0.667}
        },
    }
    assert "changchun\t3\t2\t0\t1\t66.7%" in run(folder, "counts")[1]
    assert "changchun/b　乙地新事 → jilin　采用　2026-11-22 12:00　终审岗" in run(folder, "receipts")[1]


def test_only_the_final_approver_adopts_where_articles_are_approved(tmp_path: Path) -> None:
    new_cluster(tmp_path, SITES)
    site = replace(load_registry(tmp_path).sites["jilin"], review=("final",))
    rows = "changchun/a,采用,,2026-11-21,,联络岗\nchangchun/b,采用,,2026-11-21,,终审岗\nchangchun/c,不采用,,2026-11-21,重复,联络岗\n"
    counted, found = read((HEAD + rows).encode(), LEDGER, site)
    assert [one.article for one in counted] == ["changchun/b", "changchun/c"]
    assert [(one.line, one.message) for one in found] == [(2, "「联络岗」不是本站登记的终审岗位")]
    held = [{"post": "终审岗", "role": "终审", "unit": "厅", "account": "a@x", "deputy_account": "b@x"},
            {"post": "前任", "role": "终审", "unit": "厅", "account": "c@x", "until": "2025-12-31"},
            {"post": "联络岗", "role": "信息联络员", "unit": "厅", "account": "d@x"}]  # fmt: skip
    assert approvers(replace(site, officers=tuple(held)), "2026-11-21 09:00") == ("a@x", "b@x")
