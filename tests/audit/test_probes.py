"""The measures of what a probe saw: just inside and just outside their limits, and no longer than a week."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from jiyue.audit.measures.facts import Facts
from jiyue.audit.measures.measurement import judge
from jiyue.audit.measures.spans import number
from jiyue.audit.measures.subject import Subject
from jiyue.audit.measures.table import MEASURES
from jiyue.registry.inspection import InspectionRule
from jiyue.registry.load import load_registry
from jiyue.registry.probe_ledger import FAILED, Record, add_records, decided
from tests.support.cluster import DEFAULTS, new_cluster

DAY = "2026-11-23"


@pytest.fixture(scope="module")
def subject_and_rules(tmp_path_factory: pytest.TempPathFactory) -> tuple[Subject, dict[str, InspectionRule]]:
    root = tmp_path_factory.mktemp("probes")
    new_cluster(root, {"sites/jilin.yaml": f"{DEFAULTS['sites/jilin.yaml']}profile: province\n"})
    registry = load_registry(root)
    site = registry.sites["jilin"]
    return Subject(site, Facts([], [], [])), registry.rules(site)


def visits(closed: int, of: int, day: str = DAY) -> list[Record]:
    made = [decided(f"{day} {n // 60:02}:{n % 60:02}", "reach", 0.2) for n in range(of - closed)]
    return [*made, *[decided(f"{day} 23:{n:02}", "reach", 15, "15 秒没有打开") for n in range(closed)]]


CASES = {
    "under the warning": ("V2", visits(3, 100), DAY, ("decided", False, False)),
    "over the warning": ("V2", visits(4, 100), DAY, ("decided", False, True)),
    "five per cent": ("V2", visits(5, 100), DAY, ("decided", True, False)),
    "slow is closed": ("V2", [decided(f"{DAY} 09:00", "reach", 15.0)], DAY, ("decided", True, False)),
    "quick enough": ("V2", [decided(f"{DAY} 09:00", "reach", 14.9)], DAY, ("decided", False, False)),
    "the week's last day": ("V2", visits(5, 100, "2026-11-17"), DAY, ("decided", True, False)),
    "a week over": ("V2", visits(5, 100, "2026-11-16"), DAY, ("decided", False, False)),
    "no record": ("V2", [], DAY, ("undecidable", False, False)),
    "not measured": ("V2", [Record(f"{DAY} 09:00", "reach", FAILED, why="没有网络")], DAY, ("failed", False, False)),
    "altered": ("V1f", [decided(f"{DAY} 09:00", "bytes", 2, "index.html：内容与清单不符。")], DAY, ("decided", True, False)),
    "mended": ("V1f", [decided(f"{DAY} 09:00", "bytes", 2, "改"), decided(f"{DAY} 10:00", "bytes", 0)], DAY,
               ("decided", False, False)),
    "last look failed": ("V1f", [decided(f"{DAY} 09:00", "bytes", 0), Record(f"{DAY} 10:00", "bytes", FAILED, why="x")], DAY,
                         ("failed", False, False)),
    "links": ("D9", [decided(f"{DAY} 09:00", "links", 7, "打不开 7 个站外链接")], DAY, ("decided", True, False)),
    "search": ("D14", [decided(f"{DAY} 09:00", "search", 1, "搜不到")], DAY, ("decided", True, False)),
    "ipv6": ("D15", [decided(f"{DAY} 09:00", "ipv6", 0)], DAY, ("decided", False, False)),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_a_look_decides_for_a_week(case: str, subject_and_rules: tuple[Subject, dict[str, InspectionRule]]) -> None:
    rule_id, records, day, expected = CASES[case]
    subject, rules = subject_and_rules
    subject.probes, rule = records, rules[rule_id]
    found = judge(MEASURES[rule.measure].run(subject, rule), rule, "jilin", subject.file, number(day))
    assert (found.status, found.broken, found.warned) == expected
    if case == "links":
        assert (found.value, round(found.points, 2)) == (7, 0.7)
    if case == "five per cent":
        message = "到 2026-11-23 的一周里探测 100 次，5 次打不开，占 5.0%；最后一次是 2026-11-23 23:04：15 秒没有打开"
        assert (found.value, found.findings[0].message) == (5, message)
        assert found.findings[0].path == "sites/ledger/probe/2026-11/jilin.jsonl"


def test_the_audit_reads_the_ledger(tmp_path: Path) -> None:
    new_cluster(tmp_path, {"sites/jilin.yaml": f"{DEFAULTS['sites/jilin.yaml']}profile: province\n"})
    tls = decided(f"{DAY} 09:00", "tls", 9.5, until="2026-12-02T21:00:00Z")
    add_records(tmp_path, "jilin", [tls, decided(f"{DAY} 09:00", "ipv6", 1, "域名没有 IPv6 地址（AAAA 记录）")])
    command = [sys.executable, "-m", "jiyue", "audit", "--root", str(tmp_path), "--today", DAY]
    said = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    assert "2026-11-23 09:00 IPv6：域名没有 IPv6 地址（AAAA 记录）" in said
    assert "证书到 2026-12-02 为止" in said
