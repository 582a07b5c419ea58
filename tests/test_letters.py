"""Letters: rows of the ledger, deadlines at all boundaries, figures, import of a platform's export."""

from __future__ import annotations

import csv
import io
import json
import random
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from chinese_calendar import is_workday
from openpyxl import Workbook
from typer.testing import CliRunner

from jiyue.catalogue.letters import FIELDS, Letter, State, Wait, letter_of
from jiyue.cli.app import application
from jiyue.letters.ledger import read, write
from jiyue.letters.statistics import WITHIN, figures
from jiyue.letters.tickets import tickets_of
from tests.support.cluster import Built

DAY = timedelta(days=1)
SITES = {
    "sites/cluster.yaml": "name: 站群\nroot: jilin\n",
    "sites/jilin.yaml": "name: 吉林省人民政府\nkind: province\nurl: https://www.jl.example\n",
    "content/jilin/tzgg/a.md": "---\ntitle: 公告\ndate: 2026-11-20\n---\n正文\n",
}


def ledger(*rows: str, head: str = "number,received,subject,simple,replied") -> bytes:
    return "\n".join([head, *rows, ""]).encode()


def letter(received: str, **more: object) -> Letter:
    return Letter("A1", date.fromisoformat(received), "公交线路", **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(("simple", "limit"), [(True, 7), (False, 15)])
def test_a_letter_is_overdue_from_the_day_after_its_last(simple: bool, limit: int) -> None:
    chance = random.Random(limit)
    for _ in range(1000):
        received = date(2007, 1, 1) + timedelta(days=chance.randrange(7200))
        one = Letter("A1", received, "公交线路", simple=simple)
        last, left = received, limit
        while left:
            last += DAY
            left -= is_workday(last)
        due = one.due(received)
        assert due
        assert due.day == last
        assert not one.is_overdue(last)
        assert one.is_overdue(last + DAY)


def test_the_clock_stands_while_the_writer_is_asked() -> None:
    plain = letter("2026-11-02").due(date(2026, 11, 30))
    waited = letter("2026-11-02", waits=(Wait(date(2026, 11, 4), date(2026, 11, 11)),)).due(date(2026, 11, 30))
    assert plain
    assert plain.day == date(2026, 11, 11)
    assert waited
    assert waited.day == date(2026, 11, 18)  # five working days from 5 to 11 November do not count
    answered = letter("2026-11-02", waits=(Wait(date(2026, 11, 4), None),), replied=date(2026, 11, 11))
    assert answered.due(date(2026, 11, 30)) == waited
    open_ = letter("2026-11-02", waits=(Wait(date(2026, 11, 4), None),))
    assert open_.due(date(2026, 11, 3)) is not None
    assert open_.due(date(2026, 11, 30)) is None
    assert not open_.is_overdue(date(2027, 1, 1))
    assert open_.state(date(2026, 11, 30)) is State.WAITING


def test_three_months_unanswered_is_told_from_the_next_day() -> None:
    one = letter("2026-05-06")
    assert not one.is_vetoed(date(2026, 8, 6))
    assert one.is_vetoed(date(2026, 8, 7))
    assert not letter("2026-05-06", replied=date(2026, 8, 1)).is_vetoed(date(2026, 8, 7))


def test_a_state_is_that_of_the_day() -> None:
    one = letter("2026-11-02", transferred=date(2026, 11, 3), replied=date(2026, 11, 9), closed=date(2026, 11, 12))
    days = ["2026-11-02", "2026-11-03", "2026-11-09", "2026-11-12"]
    assert [one.state(date.fromisoformat(day)) for day in days] == [
        State.RECEIVED, State.TRANSFERRED, State.REPLIED, State.CLOSED,
    ]  # fmt: skip


BAD = [
    ("A2,2026-13-01,题,是,", "「收到」2026-13-01 不是日期", "写成 2026-11-20，并且是真实存在的日期"),
    ("A2,2026-11-01,,是,", "没有写「标题」（subject）", "补上；每封来信都要有编号、收到日期和标题"),
    ("A2,2026-11-01,题,也许,", "简单事项「也许」不对", "写 是（7 个工作日）或 否（15 个工作日）"),
    ("A2,2026-11-05,题,是,2026-11-01", "「答复时间」2026-11-01 早于收到的 2026-11-05", "核对两个日期"),
    ("A1,2026-11-05,题,是,", "编号 A1 与第 2 行重复", "改为不同的编号，或者删去一行"),
    ("A2,2026-11-05,题", "这一行有 3 列，表头有 5 列", "补上或者删去逗号；单元格里有逗号时用双引号括起来"),
]


@pytest.mark.parametrize(("row", "message", "hint"), BAD)
def test_a_bad_row_is_left_out_alone(row: str, message: str, hint: str) -> None:
    found = read(ledger("A1,2026-11-01,题,,", row, "A3,2026-11-02,题,否,2026-11-09"), "cc", "content/cc/x/letters.csv")
    assert list(found.letters) == ["A1", "A3"]
    [told] = found.findings
    assert (told.rule, told.line, told.message, told.hint) == ("letter-row", 3, message, hint)


def test_a_bad_row_is_told_and_the_ledger_itself_is_not_published(build_site: Callable[..., Built]) -> None:
    built = build_site({**SITES, "content/jilin/xj/letters.csv": ledger("A1,2026-11-01,题,,", "A2,x,题,,").decode()})
    [told] = [d for d in built.diagnostics if d["rule"] == "letter-row"]
    assert (told["path"], told["line"]) == ("content/jilin/xj/letters.csv", 3)
    assert not [path for path in built.files() if path.endswith(("letters.csv", "A2"))]
    assert "jilin/index.html" in built.files()


def test_a_ledger_is_written_as_it_is_read(tmp_path: Path) -> None:
    rows = {
        "number": "A1", "kind": "投诉", "received": "2026-11-01", "unit": "交通局", "simple": "否",
        "subject": '题,"一"', "text": "一行\n两行",
        "reply": "已办", "transferred": "2026-11-02", "waits": "2026-11-03/2026-11-04; 2026-11-05/", "extended": "情况复杂",
        "extended_to": "2026-12-30", "replied": "2026-12-01", "closed": "2026-12-02", "published": "2026-12-03",
        "review": "初审 初审岗 2026-12-01; 终审 终审岗 2026-12-02", "visibility": "private",
    }  # fmt: skip
    assert set(rows) == set(FIELDS)
    path = tmp_path / "letters.csv"
    write(path, [letter_of(rows)])
    assert next(csv.DictReader(io.StringIO(path.read_text("utf-8"), newline=""))) == rows


def test_figures_agree_with_a_count_of_another_kind() -> None:
    chance = random.Random(5)
    today = date(2026, 11, 20)
    letters, days = [], []
    for n in range(3000):
        received = date(2025, 1, 1) + timedelta(days=chance.randrange(700))
        replied = received + timedelta(days=chance.randrange(50)) if chance.random() < 0.9 else None
        letters.append(Letter(f"A{n}", received, "题", replied=replied))
        if received <= today and replied and replied <= today:
            days.append(sum(is_workday(received + DAY * k) for k in range(1, (replied - received).days + 1)))
    found = figures(letters, today)
    assert found["received"] == sum(one.received <= today for one in letters)
    assert found["answered"] == len(days)
    assert found["within"] == {str(n): sum(d <= n for d in days) for n in WITHIN}
    days.sort()
    assert found["median"] == (days[(len(days) - 1) // 2] + days[len(days) // 2]) / 2
    assert sum(d <= found["p90"] for d in days) >= 0.9 * len(days) > sum(d < found["p90"] for d in days)
    assert figures([], today)["median"] is None


MAP = """columns:
  number: 留言编号
  subject: 标题
  received: 收到日期
  text: 内容
  reply: 答复
  replied: 答复日期
"""
HEAD = ["留言编号", "姓名", "联系电话", "标题", "收到日期", "内容", "答复", "答复日期"]
GOOD = ["L1", "赵某某", "", "路灯", "2026-11-02", "小区的路灯不亮", "已修好", "2026-11-05"]


def cluster(folder: Path) -> None:
    for name, text in SITES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, "utf-8")
    (folder / "content/jilin/xj").mkdir(parents=True)
    (folder / "map.yaml").write_text(MAP, "utf-8")


def run(folder: Path, *args: str) -> tuple[int, str, str]:
    done = CliRunner().invoke(
        application("letters"), ["letters", *args, "--root", str(folder), "--today", "2026-11-20"]
    )
    return done.exit_code, done.stdout, done.stderr


def bring(folder: Path, *rows: list[str]) -> tuple[int, str, str]:
    file = folder / "export.csv"
    with file.open("w", encoding="gb18030", newline="") as out:
        csv.writer(out).writerows([HEAD, *rows])
    return run(folder, "import", str(file), "--to", "jilin/xj", "--map", str(folder / "map.yaml"))


def kept(folder: Path) -> dict[str, Letter]:
    return read((folder / "content/jilin/xj/letters.csv").read_bytes(), "jilin", "letters.csv").letters


@pytest.mark.parametrize(
    ("place", "value", "message"),
    [
        (5, "我叫赵大明，路灯不亮", "「内容」里有人的姓名"),
        (5, "赵某某说路灯不亮", "「内容」里有「姓名」一列的内容"),
        (5, "请打 13912345678", "「内容」：出现手机号码"),
        (3, "=HYPERLINK(1)", "「标题」是公式"),
        (4, "昨天", "「收到」昨天 不是日期"),
    ],
)
def test_a_row_that_shows_who_wrote_it_is_refused_and_told(
    tmp_path: Path, place: int, value: str, message: str
) -> None:
    cluster(tmp_path)
    bad = [*GOOD[:place], value, *GOOD[place + 1 :]]
    code, out, err = bring(tmp_path, ["L0", *bad[1:]], GOOD)
    assert code == 1
    assert "新增 1 封，更新 0 封，没有变化 0 封，没有导入 1 封。" in out
    assert "export.csv:2: 错误 [letter-refused] " + message in err
    assert list(kept(tmp_path)) == ["L1"]
    assert "赵" not in (tmp_path / "content/jilin/xj/letters.csv").read_text("utf-8")


def test_an_older_export_sets_nothing_back(tmp_path: Path) -> None:
    cluster(tmp_path)
    assert bring(tmp_path, GOOD)[0] == 0
    code, out, err = bring(tmp_path, [*GOOD[:6], "", ""], ["L2", *GOOD[1:6], "", ""])
    assert code == 0
    assert "新增 1 封，更新 0 封，没有变化 1 封，没有导入 0 封。" in out
    assert "编号 L1 在台账里更新，保留台账里的" in err
    assert kept(tmp_path)["L1"].replied == date(2026, 11, 5)
    assert "更新 1 封" in bring(tmp_path, ["L2", *GOOD[1:6], "已换灯", "2026-11-06"])[1]
    assert kept(tmp_path)["L2"].reply == "已换灯"


def test_an_import_that_changes_a_row_ends_its_approval(tmp_path: Path) -> None:
    cluster(tmp_path)
    assert bring(tmp_path, GOOD, ["L2", *GOOD[1:]])[0] == 0
    path = tmp_path / "content/jilin/xj/letters.csv"
    approved = [replace(one, review=(("final", "终审岗", "2026-11-06"),)) for one in kept(tmp_path).values()]
    write(path, approved)
    assert "更新 1 封，没有变化 1 封" in bring(tmp_path, GOOD, ["L2", *GOOD[1:6], "换了新灯", "2026-11-05"])[1]
    assert [bool(one.review) for one in kept(tmp_path).values()] == [True, False]


def test_a_workbook_is_read_as_well(tmp_path: Path) -> None:
    cluster(tmp_path)
    book = Workbook()
    sheet = book.active
    assert sheet
    sheet.append(HEAD)
    sheet.append([*GOOD[:4], date(2026, 11, 2), *GOOD[5:7], date(2026, 11, 5)])
    book.save(tmp_path / "export.xlsx")
    code, _, err = run(
        tmp_path, "import", str(tmp_path / "export.xlsx"), "--to", "jilin/xj", "--map", str(tmp_path / "map.yaml")
    )
    assert (code, err) == (0, "")
    assert kept(tmp_path)["L1"] == Letter(
        "L1", date(2026, 11, 2), "路灯", text="小区的路灯不亮", reply="已修好", replied=date(2026, 11, 5), line=2
    )


def test_due_lists_what_is_late_and_what_will_be(tmp_path: Path) -> None:
    cluster(tmp_path)
    rows = [
        "A1,2026-05-06,五月的信,,",
        "A2,2026-11-11,今天到期,,",
        "A3,2026-11-19,还早,,",
        "A4,2026-11-02,答了,,2026-11-04",
    ]
    (tmp_path / "content/jilin/xj/letters.csv").write_bytes(ledger(*rows))
    code, out, _ = run(tmp_path, "due", "--days", "0")
    assert code == 1
    assert "content/jilin/xj/letters.csv:2: A1 五月的信　　2026-05-14 到期　超过三个月" in out
    assert "letters.csv:3: A2 今天到期　　2026-11-20 到期　即将到期" in out
    assert "2 封来信到期或即将到期，其中逾期 1 封。" in out


def test_stats_give_the_figures_as_json(tmp_path: Path) -> None:
    cluster(tmp_path)
    (tmp_path / "content/jilin/xj/letters.csv").write_bytes(
        ledger("A1,2026-11-02,甲,,2026-11-04", "A2,2026-11-02,乙,,2026-11-12", "A3,2026-11-12,丙,,")
    )
    code, out, _ = run(tmp_path, "stats", "jilin", "--json")
    found = json.loads(out)
    assert code == 0
    assert (found["received"], found["answered"], found["median"], found["p90"]) == (3, 2, 5, 8)
    assert found["within"] == {"1": 0, "3": 1, "5": 1, "7": 1, "10": 2, "15": 2, "20": 2, "30": 2}


def test_a_ledger_of_error_reports_leaves_out_bad_rows_alone_and_is_published_nowhere(
    build_site: Callable[..., Built],
) -> None:
    rows = (
        "number,received,page,unit,closed\n1,2026-11-20,/a.html,某科,2026-11-21\n2,昨天,,,\n3,2026-11-20,,,2026-11-01\n,2026-11-20,,,\n"
        "=1,2026-11-20,,,\n5,2026-11-20,,,\n"
    )
    built = build_site({**SITES, "content/jilin/tickets.csv": rows})
    assert [(one["rule"], one["line"], one["message"]) for one in built.diagnostics] == [
        ("ticket-row", 3, "「收到」昨天 不是日期"),
        ("ticket-row", 4, "「办结」2026-11-01 早于收到的 2026-11-20"),
        ("ticket-row", 5, "没有写「编号」（number）"),
        ("ticket-row", 6, "「编号」以 = 开头，表格软件会当作公式"),
    ]
    assert not [name for name in built.files() if "tickets" in name]
    valid, _ = tickets_of(rows.encode(), "content/jilin/tickets.csv", "jilin")
    assert [(one.number, one.line, one.closed) for one in valid] == [("1", 2, "2026-11-21"), ("5", 7, "")]
