"""An audit as one HTML file: what is wrong, site by site, with who is responsible and what to do. It needs no other file."""

from __future__ import annotations

from html import escape

from jiyue.audit.due import dues
from jiyue.audit.measures.measurement import ERROR, NONE, SEVERITIES, UNDECIDABLE, WARNING
from jiyue.audit.run import Audit
from jiyue.registry.inspection import LEVELS

_STYLE = (
    "body{font:16px/1.6 system-ui,sans-serif;margin:0 auto;max-width:72rem;padding:1rem;color:#1a1a1a;background:#fff}"
    "h1{font-size:1.5rem}h2{font-size:1.25rem;margin-top:2rem}table{border-collapse:collapse;width:100%;margin:.5rem 0 1rem}"
    "th,td{border:1px solid #767676;padding:.4rem .6rem;text-align:left;vertical-align:top;overflow-wrap:anywhere}"
    "th{background:#f2f2f2}.error{color:#a30000;font-weight:600}.day{white-space:nowrap}"
    "caption{text-align:left;font-weight:600;padding:.3rem 0}.box{overflow-x:auto}"
    "@media(max-width:45rem){.wide thead{display:none}.wide tr{display:block;border:1px solid #767676;margin:0 0 1rem}"
    ".wide td{display:block;border:0;padding:.2rem .6rem}.wide td::before{content:attr(data-of)'：';font-weight:600}"
    ".wide td:empty{display:none}}"
)


def as_html(audit: Audit, due: int) -> str:
    """The report. due: days of the forecast that it also shows, 0 for none."""
    title = f"{audit.registry.cluster.name}：监督检查 {audit.day}"
    parts = [
        f'<!DOCTYPE html>\n<html lang="zh-CN">\n<head>\n<meta charset="utf-8">\n<title>{escape(title)}</title>\n'
        f'<meta name="viewport" content="width=device-width">\n<style>{_STYLE}</style>\n</head>\n<body>\n<main>\n'
        f"<h1>{escape(title)}</h1>\n{_overview(audit)}"
    ]
    if audit.unaudited:
        listed = "".join(f"<li>{escape(one.site)}：{escape(one.message)}</li>\n" for one in audit.unaudited)
        parts.append(f"<h2>没有检查的站点</h2>\n<ul>\n{listed}</ul>\n")
    parts += [_site(audit, site, due) for site in audit.sites if audit.sites[site]]
    return "".join(parts) + "</main>\n</body>\n</html>\n"


def _overview(audit: Audit) -> str:
    rows = []
    for site, verdicts in audit.sites.items():
        vetoes = [one.rule for one in verdicts.values() if one.broken and one.level == "veto"]
        warned = sum(one.severity == WARNING for one in verdicts.values())
        open_ = sum(one.status == UNDECIDABLE for one in verdicts.values())
        name = f'<a href="#{escape(site)}">{escape(audit.registry.sites[site].name)}</a>'
        points = sum(one.points for one in verdicts.values() if one.level == "deduct")
        rows.append([name, escape("、".join(vetoes)) or "无", str(warned), f"{points:g}", str(open_)])
    head = ["站点", "单项否决", "扣分或提醒的指标", "扣分", "不能判定的指标"]
    return _table("各站点", head, rows)


def _site(audit: Audit, site: str, due: int) -> str:
    rows: list[list[str]] = []
    undecided: list[str] = []
    place = 0
    for key, verdict in audit.sites[site].items():
        rule = audit.rules[site][key]
        for one in verdict.findings:
            if one.status == UNDECIDABLE:
                undecided.append(f"<li>{escape(key)} {escape(rule.name)}：{escape(one.why)}</li>\n")
            elif one.severity != NONE:
                state = escape(SEVERITIES[one.severity])
                where = f"{one.path}:{one.line}" if one.line else one.path
                worst = one.severity == ERROR
                rows.insert(
                    place if worst else len(rows),
                    [f"{escape(key)} {escape(rule.name)}（{LEVELS[rule.level]}）",
                     f'<span class="error">{state}</span>' if one.severity == ERROR else state, escape(one.message), _day(one.since),
                     escape(one.unit), escape(one.hint), f"<code>{escape(where)}</code>"],
                )  # fmt: skip
                place += worst
    head = ["指标", "结果", "问题", "自", "责任单位", "怎样改正", "位置"]
    text = f'<h2 id="{escape(site)}">{escape(audit.registry.sites[site].name)}</h2>\n'
    text += _table("检查结果", head, rows, wide=True) if rows else "<p>没有问题。</p>\n"
    coming = [
        [_day(one.day), escape(one.rule), escape(one.message), escape(one.unit), escape(one.hint)]
        for one in (dues(audit, due, [site]) if due else ())
    ]
    if coming:
        head = ["从哪天起", "指标", "问题", "责任单位", "怎样避免"]
        text += _table(f"{due} 天之内将要出的问题", head, coming, wide=True)
    if undecided:
        text += f"<details><summary>不能判定的指标 {len(undecided)} 项</summary>\n<ul>\n{''.join(undecided)}</ul>\n</details>\n"
    return text


def _day(day: str) -> str:
    return f'<span class="day">{day}</span>' if day else ""


def _table(caption: str, head: list[str], rows: list[list[str]], *, wide: bool = False) -> str:
    """wide: on a narrow screen each row is a block of its own."""
    cells = "".join(f'<th scope="col">{escape(one)}</th>' for one in head)
    body = "".join(
        "<tr>" + "".join(f'<td data-of="{of}">{cell}</td>' for of, cell in zip(head, row, strict=True)) + "</tr>\n"
        for row in rows
    )
    kind = ' class="wide"' if wide else ""
    table = f"<table{kind}><caption>{escape(caption)}</caption>\n<thead><tr>{cells}</tr></thead>\n<tbody>\n{body}</tbody></table>"
    return f'<div class="box" tabindex="0" role="region" aria-label="{escape(caption)}">{table}</div>\n'
