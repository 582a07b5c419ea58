"""Scheduled publication: raises an alarm for items that should be live, or gone, and are not."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from jiyue.base.diagnostics import Diagnostic, error, in_order

OVERDUE = error("schedule-overdue", "定时发布逾期", "定时构建停摆时稿件会悄悄过期未发，必须有人知道。")
LINGERING = error("schedule-lingering", "到期未下线", "到期内容继续公开会误导公众。")

GRACE = timedelta(minutes=30)
"""How late an item may be before the alarm: two runs of a quarter-hourly build."""


@dataclass(frozen=True, slots=True)
class Item:
    """An article with times to appear and disappear (aware datetimes, None = never); url: its address within the site."""

    site: str
    path: str
    url: str
    publish_at: datetime | None = None
    expires: datetime | None = None


def overdue(
    items: Iterable[Item], live: dict[str, set[str]], now: datetime, grace: timedelta = GRACE
) -> list[Diagnostic]:
    """Findings for items that should be live and are not, or should be gone and are not.

    live: site → addresses of its live release (`jiyue.registry.url_ledger.addresses` of the manifest's files). Sites that
    are not in it are skipped.
    """
    findings = []
    for item in items:
        if item.site not in live:
            continue
        there = item.url in live[item.site]
        expired = item.expires is not None and now >= item.expires
        hint = "检查定时构建是否在运行（CI 的定时任务），并立即运行 jiyue build 与 jiyue publish。"
        if item.publish_at and now >= item.publish_at + grace and not there and not expired:
            late = _minutes(now - item.publish_at)
            message = f"应于 {item.publish_at:%Y-%m-%d %H:%M} 发布，已逾期 {late}仍未上线。"
            findings.append(OVERDUE.at(item.path, 0, message, hint, site=item.site))
        if item.expires and now >= item.expires + grace and there:
            late = _minutes(now - item.expires)
            message = f"应于 {item.expires:%Y-%m-%d %H:%M} 下线，已逾期 {late}仍可访问。"
            findings.append(LINGERING.at(item.path, 0, message, hint, site=item.site))
    return in_order(findings)


def _minutes(late: timedelta) -> str:
    minutes = int(late.total_seconds() // 60)
    return f"{minutes} 分钟" if minutes < 120 else f"{minutes // 60} 小时"
