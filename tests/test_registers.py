"""Registers: tables below sites/registers/, read row by row, whose wrong rows are told and affect no other."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from jiyue.catalogue.registers import Day, Entry, Register, Words, in_force, read_register
from jiyue.checks.repository.rights import Account, of_site


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
