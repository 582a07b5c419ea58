"""Registers: tables below sites/registers/, read row by row, whose wrong rows are told and affect no other."""

from __future__ import annotations

from pathlib import Path
from typing import Any, get_args

from pydantic import Field, ValidationError

from jiyue.build.changed_check import file_findings
from jiyue.build.options import Options
from jiyue.build.registers import REGISTERS, register
from jiyue.build.source_check import check
from jiyue.catalogue.registers import Day, Entry, Register, Words, in_force, read_register
from jiyue.checks.repository.rights import Account, of_site
from jiyue.registry.load import load_registry
from tests.support.cluster import new_cluster


class Duty(Entry):
    """值班"""

    day: Day = Field(title="日期")
    post: str = Field(title="岗位", min_length=1)
    sites: Words = Field((), title="站点")
    hours: int = Field(8, title="小时", ge=1)


DUTY = Register("duty", "值班表", Duty)


def test_a_wrong_row_is_told_with_its_line_and_affects_no_other(tmp_path: Path) -> None:
    own = tmp_path / "sites" / "registers" / "cc"
    own.mkdir(parents=True)
    (own.parent / "duty.csv").write_text(
        "日期,岗位,站点,小时\n2026-11-20,编辑岗,jl；cc、 na,\n2026-13-01,编辑岗,,\n,,jl,0\n", "utf-8"
    )
    (own / "duty.yaml").write_text("- day: 2026-11-21\n  post: 读网岗\n- post: 读网岗\n  place: 甲\n", "utf-8")

    rows, found = read_register(tmp_path, DUTY, ["cc", "jl"])

    assert [(row.site, row.line, row.entry.day, row.entry.sites, row.entry.hours) for row in rows] == [
        ("", 2, "2026-11-20", ("jl", "cc", "na"), 8),
        ("cc", 1, "2026-11-21", (), 8),
    ]
    assert [(one.path.removeprefix("sites/registers/"), one.line, one.message) for one in found] == [
        ("duty.csv", 3, "「day」的值「2026-13-01」不对"),
        ("duty.csv", 4, "缺少「day」"),
        ("duty.csv", 4, "缺少「post」"),
        ("duty.csv", 4, "「hours」的值「0」不是允许的整数"),
        ("cc/duty.yaml", 3, "不认识的列「place」"),
    ]


def test_a_sites_own_register_lies_in_its_rights(tmp_path: Path) -> None:
    account = Account("bianji@cc.example", sites=frozenset({"cc"}))
    assert account.may_change("sites/registers/cc/duty.csv")
    for path in (
        "sites/registers/duty.csv",
        "sites/registers/jl/duty.csv",
        "sites/registers/cc/x/duty.csv",
        "sites/cc/duty.csv",
    ):
        assert not account.may_change(path), path
        assert of_site(path) != "cc"
    assert read_register(tmp_path, DUTY, ["cc"]) == ([], [])


def test_days_from_one_to_another_count_both() -> None:
    assert in_force("2026-11-20", "2026-11-21", "2026-11-21")
    assert not in_force("2026-11-20", "2026-11-21", "2026-11-22")
    assert in_force("", "", "2026-11-22")


MARK = "登记簿里的话"
CANDIDATES = (
    MARK,
    "2026-11-20",
    "2026-11-20 09:30",
    "每月 4 篇",
    "1",
    "2026",
    "其他",
    "https://register.example/x",
    "22010000aa",
)


def sample(kind: Register[Any]) -> dict[str, str]:
    """A valid row of a register in which everything that takes free words has MARK."""
    choices = {
        name: [word for word in (*CANDIDATES, *get_args(field.annotation)) if isinstance(word, str)]
        for name, field in kind.entry.model_fields.items()
    }

    def valid(row: dict[str, str]) -> bool:
        try:
            kind.entry.model_validate(row)
        except ValidationError:
            return False
        return True

    def wrong(row: dict[str, str]) -> set[str]:
        try:
            kind.entry.model_validate(row)
        except ValidationError as problem:
            return {str(one["loc"][0]) for one in problem.errors() if one["loc"]}
        return set()

    row = {name: choices[name].pop(0) for name, field in kind.entry.model_fields.items() if field.is_required()}
    while faults := wrong(row):
        row |= {name: choices[name].pop(0) for name in faults}
    for name in kind.entry.model_fields:
        if name not in row and (word := next((word for word in CANDIDATES[:2] if valid({**row, name: word})), "")):
            row[name] = word
    if valid(later := row | {"until": "2027-11-20"}):
        row = later  # nothing that is over, or soon will be
    assert valid(row), kind.name
    return row


def as_csv(*rows: dict[str, str]) -> str:
    heads = list(dict.fromkeys(name for row in rows for name in row))
    return "\n".join([",".join(heads), *(",".join(row.get(name, "") for name in heads) for row in rows), ""])


def test_check_tells_bad_rows_words_and_unknown_files_of_every_register(tmp_path: Path) -> None:
    tables = {f"sites/registers/{name}.csv": as_csv(sample(register(name))) for name in REGISTERS}
    folder = new_cluster(tmp_path / "c", tables)
    built = folder.build()
    assert built.exit_code == 0
    assert not [path for path, data in built.files().items() if MARK.encode() in data]
    options = Options(folder.root, folder.root / "output", now="2026-11-20 09:00")
    assert {one.rule for one in check(options).diagnostics} <= {"register-name"}  # the words are no names of sites

    tasks = {"number": "1", "unit": "甲局", "what": "解读", "assigned": "2026-11-20", "due": "2026-11-27"}
    folder.remove("sites/registers")
    folder.write(
        {
            "sites/registers/tasks.csv": as_csv(
                tasks,
                tasks | {"number": "2", "due": "2026-11-01"},
                tasks | {"number": "3", "what": "联系人身份证号 11010519491231002X"},
                tasks | {"number": "1"},
                tasks | {"number": "4", "what": "绝密★30年"},
                tasks | {"number": "5", "what": "内部资料，不予公开"},
                tasks | {"number": "6", "due": "", "what": "打 13800138000"},
            ),
            "sites/registers/jilin/tasks.csv": as_csv(tasks | {"due": ""}),
            "sites/registers/jilin/x/tasks.csv": "",
            "sites/registers/jilim/tasks.csv": "",
            "sites/registers/task.csv": "",
            "sites/registers/tasks.xlsx": "",
            "sites/registers/README.md": "说明",
        }
    )
    found = check(options).diagnostics
    assert [
        (one.path.removeprefix("sites/registers/"), one.line, one.rule, one.site, one.message) for one in found
    ] == [
        ("jilim/tasks.csv", 0, "register-file", "", "没有站点「jilim」"),
        ("jilin/tasks.csv", 2, "register-row", "jilin", "缺少「due」"),
        ("jilin/x/tasks.csv", 0, "register-file", "", "登记簿放得太深"),
        ("task.csv", 0, "register-file", "", "没有叫「task」的登记簿"),
        ("tasks.csv", 3, "register-row", "", "各项互相矛盾"),
        ("tasks.csv", 4, "privacy-id-number", "", "出现公民身份号码 11*************02X"),
        ("tasks.csv", 5, "register-row", "", "编号 1 与第 2 行重复"),
        ("tasks.csv", 6, "secrecy-mark", "", "出现密级标志“绝密★30年”"),
        ("tasks.csv", 8, "privacy-mobile", "", "出现手机号码 138****8000"),
        ("tasks.csv", 8, "register-row", "", "缺少「due」"),
        ("tasks.xlsx", 0, "register-file", "", "「tasks.xlsx」不是登记簿：登记簿是 .csv 或 .yaml 文件"),
    ]
    assert found[4].hint == "期限不能早于交办日期"
    assert file_findings(folder.root, load_registry(folder.root), ["sites/registers/jilin/tasks.csv"], options.now) == [
        found[1]
    ]
