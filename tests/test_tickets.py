"""Reports of errors: the platform's list into ledgers, again and again; terms, states, figures, and whose they are."""

from __future__ import annotations

import csv
from datetime import date
from io import StringIO
from pathlib import Path

import openpyxl
import pytest

from jiyue.importers.export import BadExport
from jiyue.letters.ticket_import import import_tickets
from jiyue.letters.tickets import TicketState, figures, tickets_of
from jiyue.registry.load import load_registry
from jiyue.registry.site import Registry

SITES = {
    "sites/cluster.yaml": "name: 站群\nroot: jilin\n",
    "sites/jilin.yaml": (
        "name: 吉林省人民政府\nkind: province\nurl: https://www.jl.example\nsite_id_code: '2200000001'\n"
    ),
    "sites/changchun.yaml": "name: 长春市人民政府\nkind: prefecture\nsuperior: jilin\nurl: https://www.cc.example\n",
}
HEAD = (
    "序号",
    "留言编号",
    "提交时间",
    "网站名称",
    "网站标识码",
    "问题网址",
    "问题类型",
    "留言内容",
    "留言人",
    "联系电话",
    "办理状态",
    "办结时间（年月日）",
)
LIST = (
    (
        "1", "A1", "2026-11-20 09:12:33", "吉林省人民政府", "", "https://www.jl.example/tzgg/a.html?x=1", "内容不准确", "写错了",
        "某某", "13800138000", "办理中", "",
    ),
    ("2", "A2", "2026/11/18", "", "", "WWW.CC.EXAMPLE/", "信息不更新", "", "某某", "", "已办结", "2026-11-19"),
    ("3", "A3", "2026年11月18日", "", "2200000001", "", "其他", "", "", "", "已办结", ""),
    ("4", "A4", "2026-11-18", "外省网站", "", "https://www.other.example/", "其他", "", "", "", "", ""),
    ("5", "A5", "去年", "吉林省人民政府", "", "", "其他", "", "", "", "", ""),
    ("6", "=1+1", "2026-11-18", "吉林省人民政府", "", "", "其他", "", "", "", "", ""),
)  # fmt: skip


@pytest.fixture
def cluster(tmp_path: Path) -> tuple[Path, Registry]:
    for path, text in SITES.items():
        file = tmp_path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")
    return tmp_path, load_registry(tmp_path)


def test_a_list_becomes_the_ledgers_of_its_sites(cluster: tuple[Path, Registry]) -> None:
    root, registry = cluster
    source = as_csv(root / "清单.csv", LIST)
    done = import_tickets(source, root, registry)
    assert (done.new, done.changed, done.same, done.refused, done.sites) == (3, 0, 0, 3, ("changchun", "jilin"))
    assert done.left == ("序号", "留言内容", "留言人", "联系电话")
    assert [(one.rule, one.line, one.message) for one in done.findings] == [
        ("ticket-undated", 4, "编号 A3 写着已办结，没有办结日期"),
        ("ticket-refused", 5, "不是本站群的网站：https://www.other.example/"),
        ("ticket-refused", 6, "「收到」去年 不是日期"),
        ("ticket-refused", 7, "「编号」以 = 开头，表格软件会当作公式"),
    ]
    assert (root / "content/jilin/tickets.csv").read_text("utf-8") == (
        "number,received,page,unit,closed,kind\nA3,2026-11-18,,,,其他\nA1,2026-11-20,/tzgg/a.html,,,内容不准确\n"
    )
    assert (root / "content/changchun/tickets.csv").read_text("utf-8") == (
        "number,received,page,unit,closed,kind\nA2,2026-11-18,/,,2026-11-19,信息不更新\n"
    )


def test_again_changes_nothing_and_later_closes_and_older_sets_nothing_back(cluster: tuple[Path, Registry]) -> None:
    root, registry = cluster
    good = LIST[:3]
    import_tickets(as_csv(root / "a.csv", good), root, registry)
    ledger = root / "content/jilin/tickets.csv"
    ledger.write_text(ledger.read_text("utf-8").replace("/tzgg/a.html,,,", "/tzgg/a.html,某科,,"), "utf-8")
    before = ledger.read_bytes(), ledger.stat().st_mtime_ns
    done = import_tickets(as_xlsx(root / "a.xlsx", good), root, registry)
    assert (done.new, done.changed, done.same) == (0, 0, 3)
    assert (ledger.read_bytes(), ledger.stat().st_mtime_ns) == before

    later = [(*row[:-2], "已办结", "2026-11-23") for row in good]
    done = import_tickets(as_csv(root / "b.csv", later), root, registry)
    assert (done.new, done.changed) == (0, 3)
    assert "A1,2026-11-20,/tzgg/a.html,某科,2026-11-23,内容不准确" in ledger.read_text("utf-8")
    done = import_tickets(as_csv(root / "a.csv", [(*row[:-1], "") for row in good]), root, registry)
    assert (done.new, done.changed) == (0, 0)


@pytest.mark.parametrize(
    ("heads", "message"),
    [
        (("提交时间", "问题网址"), "没有「编号」这一列"),
        (("编号", "网址"), "没有「收到」这一列"),
        (("编号", "收到"), "不知道是哪个网站的"),
    ],
)
def test_a_list_that_can_not_be_read_says_why(
    cluster: tuple[Path, Registry], heads: tuple[str, ...], message: str
) -> None:
    root, registry = cluster
    (root / "a.csv").write_text(",".join(heads) + "\n" + ",".join("1" for _ in heads) + "\n", "utf-8")
    with pytest.raises(BadExport, match=message):
        import_tickets(root / "a.csv", root, registry)


def test_states_and_figures_follow_the_days() -> None:
    data = "number,received,closed\n1,2026-11-18,\n2,2026-11-18,2026-11-23\n3,2026-11-18,2026-11-24\n"
    rows, _ = tickets_of(data.encode(), "t.csv", "jilin")
    first = rows[0]
    assert first.due(3).day == date(2026, 11, 23)
    days = ("2026-11-18", "2026-11-23", "2026-11-24", "2026-12-18", "2026-12-19")
    assert [first.state(date.fromisoformat(day), 3, 1) for day in days] == [
        TicketState.OPEN, TicketState.SOON, TicketState.OVERDUE, TicketState.OVERDUE, TicketState.LONG,
    ]  # fmt: skip
    assert rows[1].state(date(2026, 11, 22), 3, 1) is TicketState.OPEN
    assert rows[1].state(date(2026, 11, 23), 3, 1) is TicketState.CLOSED
    expected = {"received": 3, "closed": 2, "in_time": 1, "open": 1, "overdue": 1}
    assert figures(rows, date(2026, 11, 24), 3, 1) == expected
    assert figures(rows, date(2026, 11, 17), 3, 1)["received"] == 0


def as_csv(path: Path, rows: object) -> Path:
    text = StringIO()
    csv.writer(text).writerows([HEAD, *rows])  # type: ignore[misc]
    path.write_bytes(text.getvalue().encode("gb18030"))
    return path


def as_xlsx(path: Path, rows: object) -> Path:
    book = openpyxl.Workbook()
    assert book.active
    for row in (HEAD, *rows):  # type: ignore[misc]
        book.active.append(row)
    book.save(path)
    return path


def test_a_day_whose_term_would_leave_the_calendar_is_a_slip() -> None:
    rows, found = tickets_of(b"number,received\n1,9999-12-31\n2,2026-11-20\n", "content/cc/tickets.csv", "cc")
    assert [row.number for row in rows] == ["2"]
    assert [(one.line, one.message) for one in found] == [(2, "「收到」9999-12-31 不可能")]
