"""Reposts that came too late: what jiyue.linkage.latency judges, as findings for officers."""

from __future__ import annotations

from jiyue.base.diagnostics import Diagnostic, warning
from jiyue.linkage.latency import Judged, hours_between

LATE = warning(
    "repost-late",
    "转载逾期",
    "国务院和省的重要政策信息，各网站应即时转载，最迟在一个工作日内转载完毕；方案的指标 D16 给出时限。"
    "转载晚了补不回来，但来得及找出卡在哪一步：没有人看上级网站、审核等了几天，还是稿件没有合并。",
    "吉政办发〔2015〕5号（六）；国办发〔2017〕47号",
)


def late_finding(site: str, path: str, line: int, published: str, public: str, judged: Judged) -> Diagnostic:
    """The finding for a late repost. public: since when it is public here, '' if it is not yet."""
    took = f"本站 {public} 转载，用了 {_length(hours_between(published, public))}" if public else "本站还没有公开"
    message = f"原文 {published} 发布，应在 {judged.due} 以前转载，{took}"
    hint = "立即审核、发布" if not public else "今后及时转载；原文的发布时间写错的，改正 repost_of 的 published"
    return LATE.at(path, line, message, hint, site=site)


def _length(hours: float) -> str:
    return f"{hours / 24:.0f} 天" if hours >= 48 else f"{hours:.0f} 小时"
