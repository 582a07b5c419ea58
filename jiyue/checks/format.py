"""Formats diagnostics as text, JSON, SARIF 2.1.0, GitHub annotations or GitLab's code quality report, deterministically."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import quote

from jiyue.base.diagnostics import LABELS, RULES, Diagnostic, Severity, in_order

_COLOURS = {Severity.ERROR: "31", Severity.WARNING: "33", Severity.INFO: "36"}
_SARIF = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}
_GITHUB = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}
_GITLAB = {Severity.ERROR: "critical", Severity.WARNING: "minor", Severity.INFO: "info"}


def as_text(findings: Iterable[Diagnostic], *, colour: bool = False) -> str:
    """For people: place, severity, rule, message and hint, then a count. Control characters are escaped."""
    ordered = in_order(findings)
    lines = []
    for d in ordered:
        where, _, rest = _printable(str(d)).partition(f": {LABELS[d.severity]} ")
        label = LABELS[d.severity]
        lines.append(
            f"\033[1m{where}\033[0m: \033[{_COLOURS[d.severity]}m{label}\033[0m {rest}"
            if colour
            else f"{where}: {label} {rest}"
        )
    counts = Counter(d.severity for d in ordered)
    total = "，".join(f"{LABELS[severity]} {counts[severity]} 处" for severity in Severity if counts[severity])
    return "\n".join([*lines, f"共 {len(ordered)} 处问题：{total}" if ordered else "没有发现问题"]) + "\n"


def as_json(findings: Iterable[Diagnostic]) -> str:
    """A list of {rule, severity, site, path, line, message, hint}, with col if known."""
    return _dump([d.as_json() for d in in_order(findings)])


def as_sarif(findings: Iterable[Diagnostic], version: str = "0") -> str:
    """SARIF 2.1.0 (OASIS), one run, with the text of each rule that fired. version is the product's."""
    ordered = in_order(findings)
    ids = sorted({d.rule for d in ordered})
    driver = {"name": "jiyue", "version": version, "language": "zh-CN", "rules": [_sarif_rule(rule) for rule in ids]}
    results = [
        {
            "ruleId": d.rule,
            "ruleIndex": ids.index(d.rule),
            "level": _SARIF[d.severity],
            "message": {"text": f"{d.message}\n处理办法：{d.hint}"},
            "locations": [{"physicalLocation": _sarif_place(d)}],
            "partialFingerprints": {"jiyue/v1": _fingerprint(d)},
        }
        for d in ordered
    ]
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    return _dump({"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0", "runs": [run]})


def _sarif_rule(rule_id: str) -> dict[str, Any]:
    rule = RULES.get(rule_id)
    if rule is None:
        return {"id": rule_id}
    return {
        "id": rule.id,
        "shortDescription": {"text": rule.title},
        "fullDescription": {"text": f"{rule.why}（依据：{rule.source}）"},
        "defaultConfiguration": {"level": _SARIF[rule.severity]},
    }


def _sarif_place(d: Diagnostic) -> dict[str, Any]:
    place: dict[str, Any] = {"artifactLocation": {"uri": quote(d.path), "uriBaseId": "%SRCROOT%"}}
    if d.line:
        place["region"] = {"startLine": d.line} | ({"startColumn": d.col} if d.col else {})
    return place


def as_github(findings: Iterable[Diagnostic]) -> str:
    """Workflow commands, one per line: `::error file=…,line=…,title=…::…`."""
    lines = []
    for d in in_order(findings):
        fields = {"file": d.path, "line": d.line, "col": d.col, "title": d.rule}
        shown = ",".join(f"{key}={_escaped(str(value), ':,')}" for key, value in fields.items() if value)
        lines.append(f"::{_GITHUB[d.severity]} {shown}::{_escaped(f'{d.message}。处理办法：{d.hint}')}\n")
    return "".join(lines)


def _escaped(value: str, more: str = "") -> str:
    value = value.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    return value.replace(":", "%3A").replace(",", "%2C") if more else value


def as_gitlab(findings: Iterable[Diagnostic]) -> str:
    """GitLab's code quality report (a subset of Code Climate's)."""
    return _dump(
        [
            {
                "description": f"{d.message}（{d.hint}）",
                "check_name": d.rule,
                "fingerprint": _fingerprint(d),
                "severity": _GITLAB[d.severity],
                "location": {"path": d.path, "lines": {"begin": max(1, d.line)}},
            }
            for d in in_order(findings)
        ]
    )


FORMATS: dict[str, Callable[[Iterable[Diagnostic]], str]] = {
    "text": as_text,
    "json": as_json,
    "sarif": as_sarif,
    "github": as_github,
    "gitlab": as_gitlab,
}
"""Value of `--format` -> formatter."""


def _fingerprint(d: Diagnostic) -> str:
    return hashlib.sha256(
        "\0".join((d.rule, d.path, str(d.line), str(d.col), d.message)).encode("utf-8", "surrogateescape")
    ).hexdigest()[:32]


def _printable(value: str) -> str:
    """The text with control and direction characters escaped, so that a file name can't control the terminal."""
    return "".join(c if c in "\n\u3000" or c.isprintable() else f"\\x{ord(c):02x}" for c in value)


def _dump(data: object) -> str:
    return json.dumps(data, ensure_ascii=False, indent=1) + "\n"
