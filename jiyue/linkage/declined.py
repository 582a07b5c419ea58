"""Pushed articles that a site declines (谢绝): `content/<site>/declined.yaml`, in the receiver's own rights and never published:

    - article: jilin/notice-1        # the origin's site and the article's id, or its path below content/
      reason: 本区已另行印发同一事项的通知
      at: 2026-11-21

What the origin marks as `mandatory: true` can't be declined. A wrong entry declines nothing and affects no other one.
"""

from __future__ import annotations

from typing import Any

from jiyue.base import yamlfile
from jiyue.base.clock import parse_date
from jiyue.base.diagnostics import Diagnostic, error
from jiyue.base.encoding import NotUtf8, decode
from jiyue.base.yamlfile import Lines
from jiyue.catalogue.summary import Declined

FILE = "declined.yaml"
"""In a site's folder; jiyue.catalogue.scan.INTERNAL_FILES keeps it out of the output."""

INVALID = error(
    "push-declined-entry",
    "谢绝推送的登记写错",
    "写错的一条不起作用，推送的文章照常登载；推送单位要看到是哪一篇、为什么。",
    "吉政办发〔2015〕5号（六）",
)
_FIELDS = ("article", "reason", "at")
_EXAMPLE = "每条写 article: 站点/编号、reason: 理由、at: 2026-11-21"


def declined_in(data: bytes, site: str) -> tuple[list[Declined], list[Diagnostic]]:
    """The valid entries of a site's file, and a finding for each wrong one. data: its bytes."""
    path = f"content/{site}/{FILE}"
    try:
        entries, lines = yamlfile.parse(decode(data))
    except (NotUtf8, yamlfile.YamlProblem) as problem:
        return [], [INVALID.at(path, problem.line, problem.message, problem.hint, site=site)]
    if not isinstance(entries, list | None):
        return [], [INVALID.at(path, 1, "应当是一个列表", f"每条以「- 」开头；{_EXAMPLE}", site=site)]
    valid, findings = [], []
    for number, entry in enumerate(entries or ()):
        message, line = _problem(entry, number, lines)
        if message:
            findings.append(INVALID.at(path, line, message, _EXAMPLE, site=site))
        else:
            day = (parse_date(entry["at"]) or "")[:10]
            name = entry["article"].strip("/").removeprefix("content/")
            valid.append(Declined(name, " ".join(entry["reason"].split()), day, line))
    return valid, findings


def _problem(entry: Any, number: int, lines: Lines) -> tuple[str, int]:
    """What is wrong with an entry ('' if nothing), and its line. number counts from 0."""
    line = lines.get((number,), 1)
    if not isinstance(entry, dict):
        return "应是「键: 值」的形式", line
    for key in entry:
        if key not in _FIELDS:
            return f"不认识的键「{key}」", lines.get((number, key), line)
    for key in _FIELDS:
        value = entry.get(key)
        if not isinstance(value, str) or not value.strip():
            return f"缺少「{key}」", lines.get((number, key), line)
    if not parse_date(entry["at"]):
        return f"at: 「{entry['at']}」不是有效的日期", lines.get((number, "at"), line)
    return "", line
