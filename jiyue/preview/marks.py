"""The mark across the top of a page that is not public: that it isn't, why, and what was found in it.

It is furniture of previews alone, set into the finished page, so no template and no published page knows of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from jiyue.base.diagnostics import LABELS, Diagnostic, Severity, in_order
from jiyue.base.patterns import pattern
from jiyue.base.reason import NAMES, Reason

_MEANS = {
    Reason.WITHDRAWN: "不再公开",
    Reason.EXPIRED: "不再公开",
    Reason.SCHEDULED: "还没有公开",
}
MARKS = {Reason.NONE: "预览 · 还没有发布"} | {
    reason: f"{name} · {_MEANS.get(reason, '不会发布')}" for reason, name in NAMES.items()
}
"""Reason -> what the mark says."""

NOINDEX = '<meta name="robots" content="noindex,nofollow,noarchive">'
STYLE = """
.jiyue-mark{box-sizing:border-box;margin:0;padding:.75rem max(1rem,calc((100% - 69rem)/2));background:#fff3cd;
color:#3d2c00;border-bottom:4px solid #b45309;font:1rem/1.6 system-ui,"Noto Sans SC",sans-serif;overflow-wrap:anywhere}
.jiyue-mark.jiyue-stop{background:#fff1f1;color:#5a0000;border-color:#b00020}
.jiyue-mark p{margin:0}.jiyue-mark .jiyue-state{font-size:1.25rem;font-weight:700}
.jiyue-mark summary{min-height:2.75rem;padding:.5rem 0;box-sizing:border-box;cursor:pointer;font-weight:600}
.jiyue-mark ol{margin:0;padding:0 0 0 1.75rem;max-height:40vh;overflow:auto}.jiyue-mark li{margin:0 0 .5rem}
.jiyue-mark :focus-visible{outline:3px solid currentColor;outline-offset:2px}
.jiyue-mark code{font-size:.875em;color:inherit;background:none}
.jiyue-plain{margin:0;color:#1a1a1a;background:#fff;font:1rem/1.6 system-ui,"Noto Sans SC",sans-serif}
.jiyue-plain main{padding:1rem max(1rem,calc((100% - 69rem)/2))}.jiyue-plain h1{font-size:1.5rem}
.jiyue-source{list-style:decimal;margin:0;padding:.75rem 0 .75rem 3.5rem;border:1px solid #ccc;background:#f7f7f7;
font:.9375rem/1.7 ui-monospace,monospace;white-space:pre-wrap;overflow-wrap:anywhere}.jiyue-source li::marker{color:#595959}
"""
"""The style of the mark; whoever serves it under a content security policy serves this as a sheet of its own."""

_STOP = frozenset({Reason.SECRET, Reason.PRIVACY, Reason.ERROR})
_HEAD = pattern(r"<head\b[^>]*>")
_BODY = pattern(r"<body\b[^>]*>")
_TITLE = pattern(r"<title>")


def marked(
    html: str, reason: Reason, findings: Iterable[Diagnostic] = (), *, notes: Sequence[str] = (), sheet: str = ""
) -> str:
    """A page with the mark as the first thing in its body, `noindex`, and the state before its title.

    notes: sentences below the state, such as until when, or who is next. sheet: the address of STYLE; without one the style
    is part of the page.
    """
    style = f'<link rel="stylesheet" href="{escape(sheet)}">' if sheet else f"<style>{STYLE}</style>"
    state = MARKS[reason].partition(" ")[0]
    html = _HEAD.sub(lambda match: f"{match[0]}\n{NOINDEX}\n{style}", html, count=1)
    html = _TITLE.sub(lambda match: f"{match[0]}【{state}】", html, count=1)
    return _BODY.sub(lambda match: match[0] + mark(reason, findings, notes), html, count=1)


def mark(reason: Reason, findings: Iterable[Diagnostic] = (), notes: Sequence[str] = ()) -> str:
    """The mark alone, as HTML."""
    found = in_order(findings)
    stop = " jiyue-stop" if reason in _STOP else ""
    lines = "".join(f"<p>{escape(note)}</p>" for note in notes)
    listed = ""
    if found:
        rows = "".join(f"<li>{_finding(one)}</li>" for one in found)
        shown = " open" if any(one.severity is Severity.ERROR for one in found) else ""
        listed = f'<details{shown}><summary>{_counted(found)}</summary><ol tabindex="0" aria-label="检查发现">{rows}</ol></details>'
    return (
        f'<aside class="jiyue-mark{stop}" lang="zh-CN" aria-label="预览标记">'
        f'<p class="jiyue-state">{MARKS[reason]}</p>{lines}{listed}</aside>'
    )


def _finding(one: Diagnostic) -> str:
    where = f"第 {one.line} 行　" if one.line else ""
    return (
        f"{where}{LABELS[one.severity]} <code>{escape(one.rule)}</code>：{escape(one.message)}"
        f"<br>处理办法：{escape(one.hint)}"
    )


def _counted(found: Sequence[Diagnostic]) -> str:
    counts = ((label, sum(one.severity is severity for one in found)) for severity, label in LABELS.items())
    return "检查发现 " + "、".join(f"{number} 处{label}" for label, number in counts if number)


def source_page(title: str, text: str) -> str:
    """A plain page that shows an article's source text, for one that can't be rendered; to be marked."""
    lines = "".join(f"<li>{escape(line)}</li>" for line in text.splitlines())
    return (
        '<!doctype html>\n<html lang="zh-CN">\n<head>\n<meta charset="utf-8">\n'
        f"<title>{escape(title)}</title>\n"
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n</head>\n<body class="jiyue-plain">\n'
        f"<main><h1>{escape(title)}</h1><p>文章读不出来，下面是它的原文，前面是行号。</p>"
        f'<ol class="jiyue-source">{lines}</ol></main>\n</body>\n</html>\n'
    )
