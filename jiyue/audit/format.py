"""Formats an audit as text, JSON, CSV, SARIF, HTML or a calendar. The same audit gives the same bytes."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, fields
from urllib.parse import quote

from jiyue.audit.due import Due, dues
from jiyue.audit.html import as_html
from jiyue.audit.ics import as_ics
from jiyue.audit.measures.measurement import (
    ERROR,
    FAILED,
    INFO,
    NONE,
    SEVERITIES,
    STATUSES,
    UNDECIDABLE,
    WARNING,
    Finding,
)
from jiyue.audit.run import Audit
from jiyue.registry.inspection import LEVELS

_SARIF = {ERROR: "error", WARNING: "warning", INFO: "note", NONE: "none"}


def as_text(audit: Audit, due: int) -> str:
    """For people: what is wrong, site by site; with `due`, what will be wrong within so many days. Then the counts."""
    lines = [_line(one).strip() for one in audit.unaudited]
    for site, verdicts in audit.sites.items():
        wrong = [one for verdict in verdicts.values() for one in verdict.findings if one.severity in (ERROR, WARNING)]
        ahead = dues(audit, due, [site]) if due else []
        if not (ahead if due else wrong):
            continue
        lines.append(f"{audit.registry.sites[site].name}（{site}）")
        if not due:
            lines += [_line(one) for one in wrong]
        lines += [f"  {one.day} {one.rule} {_printable(one.message)}（{_printable(one.unit)}）" for one in ahead]
    lines += _counts(audit)
    return "\n".join(lines) + "\n"


def _line(one: Finding) -> str:
    where = f"{one.path}:{one.line}" if one.line else one.path
    since = f"，自 {one.since} 起" if one.since else ""
    rule = f" [{one.rule}]" if one.rule else ""
    who = f"{one.unit}：" if one.unit else ""
    text = f"  {where}: {SEVERITIES[one.severity]}{rule} {one.message}{since}\n    {who}{one.hint}"
    return _printable(text)


def _counts(audit: Audit) -> list[str]:
    verdicts = [*audit.measurements()]
    vetoed = sum(any(one.broken and one.level == "veto" for one in rules.values()) for rules in audit.sites.values())
    statuses = Counter(one.status for one in verdicts)
    shown = "，".join(f"{name} {statuses[status]}" for status, name in STATUSES.items() if statuses[status])
    rules = sorted({one.rule for one in verdicts if one.status == UNDECIDABLE})
    sites = len(audit.sites) + sum(one.status == FAILED for one in audit.unaudited)
    lines = [f"{audit.day}：{sites} 个站点，{vetoed} 个有单项否决；{len(verdicts)} 项指标：{shown or '没有'}。"]
    if rules:
        lines.append(f"不能判定的指标：{'、'.join(rules)}（--format json 写明每一项的原因）")
    return lines


def rows(audit: Audit, due: int) -> list[dict[str, object]]:
    """The published form, in order: the findings, or with `due` what will be wrong within so many days."""
    if due:
        return [one._asdict() for one in dues(audit, due)]
    return [asdict(one) for one in audit.findings()]


def as_json(audit: Audit, due: int) -> str:
    """A list of {rule, status, value, severity, site, path, line, message, hint, unit, since, breaks_on, …}."""
    return _dump(rows(audit, due))


def as_csv(audit: Audit, due: int) -> str:
    """The same as a table, with a byte order mark, by which spreadsheets know the encoding."""
    text = io.StringIO(newline="")
    columns = [*Due._fields] if due else [one.name for one in fields(Finding)]
    writer = csv.DictWriter(text, columns, lineterminator="\r\n")
    writer.writeheader()
    writer.writerows({key: _cell(value) for key, value in row.items()} for row in rows(audit, due))
    return "\ufeff" + text.getvalue()


def _cell(value: object) -> object:
    """A cell that no spreadsheet takes for a formula."""
    if value is None:
        return ""
    return f"'{value}" if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r") else value


def as_sarif(audit: Audit, due: int) -> str:
    """SARIF 2.1.0 (OASIS), one run. What is well is `pass`, what can't be decided is `open`."""
    rules = {key: rule for known in audit.rules.values() for key, rule in known.items()}
    ids = ["", *rules]
    driver = {
        "name": "jiyue audit", "version": "0", "language": "zh-CN",
        "rules": [
            {"id": "unaudited", "name": "unaudited", "shortDescription": {"text": "没有检查的站点"}},
            *({"id": rule.id, "name": rule.id, "shortDescription": {"text": rule.name},
             "fullDescription": {"text": f"{rule.text}（依据：{rule.source}）"}, "help": {"text": rule.remedy or rule.why},
             "properties": {"level": LEVELS[rule.level], "verified": rule.verified}}
            for rule in rules.values())
        ],
    }  # fmt: skip
    results = []
    for one in audit.findings():
        kind = "open" if one.status == UNDECIDABLE else "pass" if one.severity == NONE else "fail"
        level = _SARIF[one.severity] if kind == "fail" else "none"
        place: dict[str, object] = {"artifactLocation": {"uri": quote(one.path), "uriBaseId": "%SRCROOT%"}}
        if one.line:
            place["region"] = {"startLine": one.line}
        results.append(
            {"ruleId": one.rule or "unaudited", "ruleIndex": ids.index(one.rule), "kind": kind, "level": level,
             "message": {"text": f"{one.message}\n处理办法：{one.hint}" if one.hint else one.message},
             "locations": [{"physicalLocation": place}],
             "properties": {"site": one.site, "unit": one.unit, "value": one.value, "since": one.since,
                            "breaks_on": one.breaks_on, "commit": one.commit}}
        )  # fmt: skip
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    return _dump({"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0", "runs": [run]})


FORMATS: dict[str, Callable[[Audit, int], str]] = {
    "text": as_text,
    "json": as_json,
    "csv": as_csv,
    "sarif": as_sarif,
    "html": as_html,
    "ics": as_ics,
}
"""Value of `--format` -> formatter of (audit, days of the forecast, 0 for none)."""


def _dump(data: object) -> str:
    return json.dumps(data, ensure_ascii=False, indent=1) + "\n"


def _printable(value: str) -> str:
    """The text with control and direction characters escaped, so that a file name can't control the terminal."""
    return "".join(c if c in "\n\u3000" or c.isprintable() else f"\\x{ord(c):02x}" for c in value)
