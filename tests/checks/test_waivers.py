"""A waiver accepts one finding of one file until a day, and is reported when it is no longer valid."""

from __future__ import annotations

import datetime
import hashlib
import subprocess
import sys
from pathlib import Path

import pytest

from jiyue.base.diagnostics import Diagnostic
from jiyue.checks.attachment import attachments
from jiyue.checks.repository import commits
from jiyue.checks.waivers import RULES, apply_waivers, load_waivers

TODAY = datetime.date(2026, 11, 23)
FILE = "sites/waivers.yaml"
GOOD = """\
- rule: attachment-unreadable
  target: content/cc/a.pdf
  reason: 扫描件，已逐页看过
  approved_by: 保密审查岗
  until: 2026-12-31
"""
UNREADABLE = attachments.UNREADABLE.at("content/cc/a.pdf", 0, "读不出", "换")


def run(root: Path, text: str, *found: Diagnostic, today: datetime.date = TODAY, complete: bool = True) -> list[str]:
    (root / "sites").mkdir(exist_ok=True)
    (root / FILE).write_text(text, encoding="utf-8")
    waivers, problems = load_waivers(root, FILE, today)
    left = apply_waivers(root, FILE, waivers, found, today, complete=complete)
    return [f"{d.rule} {d.message}" for d in (*problems, *left)]


def test_a_waiver_lets_its_finding_pass(tmp_path: Path) -> None:
    assert run(tmp_path, GOOD, UNREADABLE) == []
    assert run(tmp_path, GOOD, UNREADABLE, today=datetime.date(2026, 12, 31)) == []


def test_a_new_process_knows_every_rule_that_can_be_waived(tmp_path: Path) -> None:
    """A build reads the waivers before it imports the rules."""
    run(tmp_path, GOOD)
    code = f"""
import datetime, pathlib
from jiyue.checks.waivers import load_waivers
print(load_waivers(pathlib.Path({str(tmp_path)!r}), {FILE!r}, datetime.date(2026, 11, 23))[1])
"""
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_a_cached_finding_of_an_attachment_has_its_reason() -> None:
    code = "from jiyue.checks.verdict import reason_of; print(reason_of('attachment-unreadable', urgent=False))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "error\n"


def test_nothing_else_passes(tmp_path: Path) -> None:
    other_file = attachments.UNREADABLE.at("content/cc/b.pdf", 0, "读不出", "换")
    other_rule = attachments.SVG.at("content/cc/a.pdf", 0, "不安全", "换")
    assert run(tmp_path, GOOD, UNREADABLE, other_file, other_rule) == [
        "attachment-unreadable 读不出",
        "attachment-svg 不安全",
    ]


def test_it_ends(tmp_path: Path) -> None:
    assert run(tmp_path, GOOD, UNREADABLE, today=datetime.date(2027, 1, 1)) == [
        "attachment-unreadable 读不出",
        "waiver-expired 第 1 条（attachment-unreadable，content/cc/a.pdf）已于 2026-12-31 到期",
    ]


def test_it_ends_with_the_file_it_was_given_for(tmp_path: Path) -> None:
    (tmp_path / "content/cc").mkdir(parents=True)
    (tmp_path / "content/cc/a.pdf").write_bytes(b"seen")
    text = GOOD + f"  digest: {hashlib.sha256(b'seen').hexdigest()}\n"
    assert run(tmp_path, text, UNREADABLE) == []
    (tmp_path / "content/cc/a.pdf").write_bytes(b"changed")
    assert run(tmp_path, text, UNREADABLE) == [
        "attachment-unreadable 读不出",
        "waiver-expired 第 1 条（attachment-unreadable，content/cc/a.pdf）登记的是文件的另一个版本",
    ]


def test_one_without_use_is_told_where_all_was_looked_at(tmp_path: Path) -> None:
    assert run(tmp_path, GOOD) == ["waiver-unused 第 1 条（attachment-unreadable，content/cc/a.pdf）没有对应的问题"]
    assert run(tmp_path, GOOD, complete=False) == []


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            ("attachment-unreadable", "attachment-unreadible"),
            "第 1 条：没有规则 attachment-unreadible。是否想写 attachment-unreadable？",
        ),
        (("attachment-unreadable", commits.OUTSIDE.id), "第 1 条：规则 rights-outside 不能豁免"),
        (("content/cc/a.pdf", "content/**"), "第 1 条：target 要写成一个文件的路径，不能用通配符或者文件夹"),
        (("content/cc/a.pdf", "content/cc/"), "第 1 条：target 要写成一个文件的路径，不能用通配符或者文件夹"),
        (("  reason: 扫描件，已逐页看过\n", ""), "第 1 条：缺少 reason"),
        (("保密审查岗", '" "'), "第 1 条：缺少 approved_by"),
        (("  until: 2026-12-31\n", ""), "第 1 条：缺少 until（截止日期）"),
        (("2026-12-31", "2028-01-01"), "第 1 条：until 超过一年，豁免最长一年"),
        (("reason", "reasons"), "第 1 条：不认识的字段 reasons。是否想写 reason？"),
    ],
)
def test_a_wrong_entry_has_no_effect(tmp_path: Path, change: tuple[str, str], message: str) -> None:
    assert run(tmp_path, GOOD.replace(*change), UNREADABLE) == [
        f"waiver-invalid {message}",
        "attachment-unreadable 读不出",
    ]


@pytest.mark.parametrize("text", ["- [", "a: 1"])
def test_a_wrong_file_waives_nothing(tmp_path: Path, text: str) -> None:
    first, second = run(tmp_path, text, UNREADABLE)
    assert first.startswith("waiver-invalid")
    assert second == "attachment-unreadable 读不出"


def test_no_file_no_waivers(tmp_path: Path) -> None:
    assert load_waivers(tmp_path, FILE, TODAY) == ([], [])


def test_every_rule_fires_above() -> None:
    assert {rule.id for rule in RULES} == {"waiver-invalid", "waiver-expired", "waiver-unused"}
