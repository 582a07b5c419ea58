"""Contracts, costs, fees, training: exact sheets from registers and articles, of which no byte is public."""

from __future__ import annotations

import io
import json
from decimal import Decimal

import openpyxl
import pytest

from jiyue.build.options import Options
from jiyue.catalogue.registers import Row, rows_of
from jiyue.cli.app import application
from jiyue.registry.load import load_registry
from jiyue.resources.collect import Resources, resources_of
from jiyue.resources.contributions import Contribution, length_of
from jiyue.resources.entries import COSTS, EXERCISES, FEE_RATES, FeeRate
from jiyue.resources.fees import fees, sums
from jiyue.resources.training import trained
from jiyue.training.record import Refused, record
from tests.support.cluster import ClusterFolder, new_cluster

TODAY = "2026-11-28"
SECRETS = ("承包甲公司", "预算外专款", "内部一次培训", "某练习题", "账号止于此", "加付说明")


def article(title: str, day: str, author: str, text: str, more: str = "") -> str:
    return f"---\ntitle: {title}\ndate: {day} 09:00\nauthor: {author}\n{more}---\n{text}\n"


SITE = """name: {name}
kind: {kind}
{above}url: https://www.{id}.example
officers:
  - {{post: 编辑岗甲, unit: 办公室, role: 信息联络员}}
  - {{post: 编辑岗乙, unit: 宣传科, role: 信息联络员}}
columns:
  - {{path: yw, name: 要闻, owner: 办公室}}
"""
FILES = {
    "sites/cluster.yaml": "name: 站群\nroot: jilin\n",
    "sites/jilin.yaml": SITE.format(name="吉林省人民政府", kind="province", id="jilin", above=""),
    "sites/cc.yaml": SITE.format(name="长春市人民政府", kind="prefecture", id="cc", above="superior: jilin\n"),
    "sites/registers/contracts.csv": (
        "合同编号,单位,承包单位,服务内容,起,止,年费用（元）,备注\n"
        "H-1,办公室,承包甲公司,运维,2026-01-01,2026-12-10,\"120,000.10\",账号止于此\nH-0,办公室,承包甲公司,建设,2025-01-01,2025-12-31,,\n"
    ),
    "sites/registers/costs.csv": (
        "年度,单位,事项,类别,金额（元）,资金来源,合同编号\n2026,办公室,首付款,运维,60000.05,预算外专款,H-1\n"
        "2026,宣传科,翻译,内容,0.10,财政,\n2026,宣传科,翻译二,内容,0.20,财政,\n2025,办公室,旧账,其他,9,,\n"
    ),
    "sites/registers/fee_rates.csv": (
        "稿件种类,计量,标准（元）,每篇最低（元）,每篇最高（元）,被上级采用加付（元）,备注\n一般稿件,千字,80,1,100,50,加付说明\n解读,篇,200,,,,\n"
    ),
    "sites/registers/courses.csv": (
        "日期,名称,学时,参加单位,参加岗位\n2026-03-02,内部一次培训,7.5,办公室,\n2026-04-01,又一次,2,,编辑岗乙\n2025-04-01,去年的,9,办公室,\n"
    ),
    "sites/registers/cc/exercises.csv": "日期,岗位,练习,做完,共\n2026-05-01,编辑岗乙,某练习题,3,12\n",
    "content/cc/yw/a.md": article("一篇一千字的稿件", "2026-11-03", "编辑岗甲", "字" * 1000, "id: aaa1\nreport_up: true\n"),
    "content/cc/yw/b.md": article("一篇三百三十三字", "2026-11-04", "编辑岗甲", "**" + "字" * 333 + "** ![图](x.png)"),
    "content/cc/yw/c.md": article("太长的", "2026-11-05", "编辑岗乙", "字" * 3000),
    "content/cc/yw/d.md": article("太短的", "2026-10-05", "编辑岗乙", "字" * 3),
    "content/cc/yw/e.md": article(
        "转载的", "2026-11-06", "编辑岗乙", "字" * 900,
        "repost_of: {name: 新华社, url: 'https://www.news.example/1', published: 2026-11-06}\n",
    ),
    "content/cc/yw/f.md": article("还没有发布", "2026-11-06", "编辑岗乙", "字" * 900, "publish_at: 2026-12-06 09:00\n"),
}  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> ClusterFolder:
    return new_cluster(tmp_path_factory.mktemp("resources") / "c", FILES)


@pytest.fixture(scope="module")
def found(folder: ClusterFolder) -> Resources:
    return resources_of(Options(folder.root, folder.root / "output", now=f"{TODAY} 09:00"), load_registry(folder.root))


def test_nothing_of_it_is_public(folder: ClusterFolder) -> None:
    built = folder.build(today=TODAY)
    assert built.exit_code == 0
    public = {path: data for path, data in built.files().items() if not path.startswith("_cluster/")}
    assert len(public) > 20
    for path, data in public.items():
        assert not [word for word in SECRETS if word.encode() in data], path


def test_fees_are_exact_by_the_table(found: Resources) -> None:
    paid, unpaid = fees(found.contributions, found.rates, "2026-11", TODAY, {"cc/aaa1"})
    assert [(one.of.title, str(one.amount), str(one.extra)) for one in paid] == [
        ("一篇一千字的稿件", "80.00", "50.00"),
        ("一篇三百三十三字", "26.72", "0.00"),  # 334 characters with the picture's words: 80 × 0.334
        ("太长的", "100.00", "0.00"),
    ]
    assert unpaid == []
    assert [(one.unit, one.post, one.pieces, one.adopted, str(one.total)) for one in sums(paid)] == [
        ("办公室", "编辑岗甲", 2, 1, "156.72"),
        ("宣传科", "编辑岗乙", 1, 0, "100.00"),
    ]
    year, _ = fees(found.contributions, found.rates, "2026", TODAY, ())
    assert str(sum(one.total for one in year)) == "207.72"  # with one piece of the least


def test_a_sites_rates_count_before_the_clusters_and_only_in_their_time() -> None:
    def rate(site: str, text: str) -> Row[FeeRate]:
        row, found = rows_of(f"稿件种类,计量,标准（元）,起,止\n{text}\n".encode(), "r.csv", FEE_RATES, site)
        assert not found
        return row[0]

    one = Contribution("cc", "a.md", "cc/a", "甲", "2026-11-03", "yw", "news", "岗", "科", 500, 2, copied=False)
    rates = [rate("", "news,篇,10,,"), rate("cc", "其他,图,3.33,2026-11-01,2026-11-30"), rate("cc", "公文,篇,9,,")]
    assert str(fees([one], rates, "2026", TODAY, ())[0][0].amount) == "6.66"
    later = one._replace(date="2026-10-31")
    assert str(fees([later], rates, "2026", TODAY, ())[0][0].amount) == "10.00"
    assert fees([one._replace(kind="guide")], rates[:1], "2026", TODAY, ())[1]
    assert length_of("# 标题\n\n[链接](https://x.example/很长) **粗**<br>\n| 甲 | 乙 |\n|---|---|\n") == len(
        "标题链接粗甲乙"
    )


def test_bad_amounts_are_told() -> None:
    text = '年度,单位,事项,金额（元）\n2026,甲,乙,1.005\n2026,甲,乙,-3\n2026,甲,乙,"1,234.50 元"\n26,甲,乙,3\n'
    rows, problems = rows_of(text.encode(), "costs.csv", COSTS)
    assert [row.entry.amount for row in rows] == [Decimal("1234.50")]
    assert [one.line for one in problems] == [2, 3, 5]
    assert "以元为单位" in problems[0].hint or "以元为单位" in problems[0].message


def test_who_was_trained_this_year(found: Resources) -> None:
    posts = trained(found.registry, found.courses, found.exercises, "2026", TODAY)
    assert [(one.site, one.post, str(one.hours), one.exercises, one.best, one.last) for one in posts] == [
        ("jilin", "编辑岗甲", "7.5", 0, None, "2026-03-02"),
        ("jilin", "编辑岗乙", "2", 0, None, "2026-04-01"),
        ("cc", "编辑岗甲", "7.5", 0, None, "2026-03-02"),
        ("cc", "编辑岗乙", "2", 1, 0.25, "2026-05-01"),
    ]
    assert not any(one.last for one in trained(found.registry, found.courses, found.exercises, "2024", TODAY))


def test_sheets_from_the_command_line(folder: ClusterFolder, capsys: pytest.CaptureFixture[str]) -> None:
    def run(*words: str) -> str:
        application(words[0])([*words, "--root", str(folder.root), "--today", TODAY], standalone_mode=False)
        return capsys.readouterr().out

    costs = run("costs", "--year", "2026", "--format", "json")
    rows = json.loads(costs[: costs.index("}\n{") + 1])["rows"]
    assert [row["amount"] for row in rows] == ["60000.05", "0.10", "0.20", "60000.35"]
    book = folder.root.parent / "稿酬.xlsx"
    run("fees", "--month", "2026-11", "--to", str(book))
    sheets = openpyxl.load_workbook(io.BytesIO(book.read_bytes()))
    first = sheets.worksheets[0]
    assert [cell.value for cell in first[first.max_row]][-1] == 206.72
    assert "H-1" in run("contracts", "list")
    (folder.root / "sites/rights.yaml").write_text(
        "accounts: {a: {role: admin}, b: {sites: [cc]}, c: {sites: [cc], until: 2026-11-27}}\n", "utf-8"
    )
    states = [row["state"] for row in json.loads(run("contracts", "accounts", "--format", "json"))["rows"]]
    assert states == ["有权限", "既没有岗位也没有合同", "没有权限：合同或期限已过"]
    (folder.root / "sites/rights.yaml").unlink()
    with pytest.raises(SystemExit) as ended:
        run("contracts", "due")
    assert ended.value.code == 0
    assert "H-1" in capsys.readouterr().out


def test_a_result_of_the_training_ground_is_written_once(folder: ClusterFolder) -> None:
    registry = load_registry(folder.root)
    path, new = record(folder.root, registry, "jilin", "编辑岗甲", TODAY, 11, 12)
    assert new
    assert record(folder.root, registry, "jilin", "编辑岗甲", TODAY, 11, 12) == (path, False)
    record(folder.root, registry, "jilin", "编辑岗甲", TODAY, 12, 12)
    assert path.read_text("utf-8") == (
        "日期,单位,岗位,练习,做完,共,备注\n2026-11-28,办公室,编辑岗甲,练习场,11,12,\n2026-11-28,办公室,编辑岗甲,练习场,12,12,\n"
    )
    assert rows_of(path.read_bytes(), "e.csv", EXERCISES, "jilin")[1] == []
    with pytest.raises(Refused, match="没有岗位「编辑岗丙」"):
        record(folder.root, registry, "jilin", "编辑岗丙", TODAY, 1, 12)
    path.write_text("日期,岗位,练习,做完,共\n昨天,甲,乙,1,2\n", "utf-8")
    with pytest.raises(Refused, match="有错"):
        record(folder.root, registry, "jilin", "编辑岗甲", TODAY, 1, 12)
    path.unlink()
