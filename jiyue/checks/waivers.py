"""Waivers: a named person accepts one finding for one file until a given day. `sites/waivers.yaml`:

    - rule: attachment-unreadable
      target: content/jilin/zcwj/20261120-scan.pdf
      reason: 扫描件，已逐页看过，没有个人信息
      approved_by: 保密审查员 王某
      until: 2026-12-31
      digest: 9f86d0…          # optional: SHA-256 of the file; the waiver ends when the file changes

A waiver names one rule and one file, never a pattern, because a person has to look at each. All end within a year.
"""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from jiyue.base.diagnostics import RULES as KNOWN
from jiyue.base.diagnostics import Diagnostic, did_you_mean, error, warning

LONGEST = datetime.timedelta(days=366)
"""The longest time from today to the end of a waiver."""
NEVER = ("rights-", "waiver-", "backdating-")
"""Families of rules that guard the gate itself and can't be waived."""
FIELDS = ("rule", "target", "reason", "approved_by", "until")

INVALID = error(
    "waiver-invalid",
    "豁免登记写错",
    "写错的豁免不起作用。豁免是放行的依据，规则、文件、理由、批准人、截止日期一项都不能少。",
    "国办秘函〔2019〕19号；本平台",
)
EXPIRED = warning(
    "waiver-expired",
    "豁免已经到期",
    "豁免都有期限，到期后原来的问题重新按错误处理。应当改正原件，或者重新审查后延期。",
)
UNUSED = warning(
    "waiver-unused",
    "豁免没有用处",
    "要豁免的问题已经不存在（改好了，或者文件删了）。留着它，以后同一文件出了同类问题会被悄悄放过。",
)
RULES = (INVALID, EXPIRED, UNUSED)


@dataclass(frozen=True, slots=True)
class Waiver:
    """One valid entry. number counts entries from 1."""

    number: int
    rule: str
    target: str
    reason: str
    approved_by: str
    until: datetime.date
    digest: str = ""


def load_waivers(root: Path, path: str, today: datetime.date) -> tuple[list[Waiver], list[Diagnostic]]:
    """The valid waivers of a file (relative to the cluster's root) and the findings about it; nothing without a file."""
    file = root / path
    if not file.exists():
        return [], []
    import yaml  # noqa: PLC0415  (a build without waivers needs neither)

    from jiyue.checks import declared  # noqa: F401, PLC0415  (every rule that can be waived)

    try:
        entries = yaml.safe_load(file.read_text(encoding="utf-8")) or []
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as broken:
        return [], [
            INVALID.at(path, 0, f"读不出来：{str(broken).splitlines()[0]}", "按说明改正格式；在此之前没有任何豁免生效")
        ]
    if not isinstance(entries, list):
        return [], [INVALID.at(path, 0, "应当是一个列表", f"每项写 {'、'.join(FIELDS)}")]
    waivers, findings = [], []
    for number, entry in enumerate(entries, 1):
        problem = _problem(entry, today)
        if problem:
            findings.append(
                INVALID.at(path, 0, f"第 {number} 条：{problem}", f"每项写 {'、'.join(FIELDS)}，例如 until: 2026-12-31")
            )
        else:
            waivers.append(Waiver(number, **{key: entry[key] for key in (*FIELDS, "digest") if key in entry}))
    return waivers, findings


def _problem(entry: object, today: datetime.date) -> str:  # noqa: PLR0911  (one return a problem)
    if not isinstance(entry, dict):
        return "不是“字段: 值”的形式"
    unknown = sorted(set(map(str, entry)) - {*FIELDS, "digest"})
    if unknown:
        return f"不认识的字段 {unknown[0]}。{did_you_mean(unknown[0], FIELDS)}"
    for key in FIELDS[:4]:
        if not isinstance(entry.get(key), str) or not entry[key].strip():
            return f"缺少 {key}"
    rule, target, until = entry["rule"], entry["target"], entry.get("until")
    if rule not in KNOWN:
        return f"没有规则 {rule}。{did_you_mean(rule, KNOWN)}"
    if rule.startswith(NEVER):
        return f"规则 {rule} 不能豁免"
    if (
        any(mark in target for mark in "*?[")
        or target.startswith("/")
        or ".." in target.split("/")
        or target.endswith("/")
    ):
        return "target 要写成一个文件的路径，不能用通配符或者文件夹"
    if type(until) is not datetime.date:
        return "缺少 until（截止日期）"
    if until > today + LONGEST:
        return "until 超过一年，豁免最长一年"
    if not isinstance(entry.get("digest", ""), str):
        return "digest 是 64 位十六进制的文字"
    return ""


def live(root: Path, waivers: Iterable[Waiver], today: datetime.date) -> frozenset[tuple[str, str]]:
    """(rule, path) of the waivers in force: not expired, and given for the present version of the file."""
    return frozenset((w.rule, w.target) for w in waivers if w.until >= today and _same(root, w))


def apply_waivers(
    root: Path,
    path: str,
    waivers: Sequence[Waiver],
    findings: Iterable[Diagnostic],
    today: datetime.date,
    *,
    complete: bool = True,
) -> list[Diagnostic]:
    """The findings that aren't waived, and the findings about the waivers themselves.

    path: the waivers' file. complete: the findings cover the whole cluster, so a waiver without a finding is unused.
    """
    in_force = live(root, waivers, today)
    by_place = {(w.rule, w.target): w for w in waivers if (w.rule, w.target) in in_force}
    left, used = [], set()
    for diagnostic in findings:
        waiver = by_place.get((diagnostic.rule, diagnostic.path))
        if waiver:
            used.add(waiver.number)
        else:
            left.append(diagnostic)
    for waiver in waivers:
        entry = f"第 {waiver.number} 条（{waiver.rule}，{waiver.target}）"
        if waiver.until < today:
            left.append(
                EXPIRED.at(path, 0, f"{entry}已于 {waiver.until} 到期", "改正原件后删去这条，或者重新审查后延期")
            )
        elif not _same(root, waiver):
            left.append(EXPIRED.at(path, 0, f"{entry}登记的是文件的另一个版本", "重新审查现在的版本，改写 digest"))
        elif complete and waiver.number not in used:
            left.append(UNUSED.at(path, 0, f"{entry}没有对应的问题", "删去这条"))
    return left


def _same(root: Path, waiver: Waiver) -> bool:
    if not waiver.digest:
        return True
    from jiyue.catalogue.sources import file_of  # noqa: PLC0415  (10 ms, only where there are waivers)

    file = root / file_of(waiver.target)
    return file.is_file() and hashlib.sha256(file.read_bytes()).hexdigest() == waiver.digest.lower()
