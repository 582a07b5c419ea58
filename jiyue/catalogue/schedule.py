"""Scheduled publication: an item whose time has come and that is still not live raises an alarm."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from jiyue.base.diagnostics import Diagnostic, error, in_order

OVERDUE = error("schedule-overdue", "定时发布逾期", "定时构建停摆时稿件会悄悄过期未发，必须有人知道。")
LINGERING = error("schedule-lingering", "到期未下线", "到期内容继续公开会误导公众。")

GRACE = timedelta(minutes=30)
"""How long after its time an item may be late before it is an alarm: two runs of a quarter-hourly build."""


@dataclass(frozen=True, slots=True)
class Item:
    """An article with a time to appear and one to go (aware datetimes, None = never); url is its local address."""

    site: str
    path: str
    url: str
    publish_at: datetime | None = None
    expires: datetime | None = None


def overdue(
    items: Iterable[Item], live: dict[str, set[str]], now: datetime, grace: timedelta = GRACE
) -> list[Diagnostic]:
    """Items that should be live and are not, and items that should be gone and are not.

    live: site → addresses of its live release (`jiyue.registry.url_ledger.addresses` of the manifest's files). A site that is not in
    it is not looked at.
    """
    found = []
    for item in items:
        if item.site not in live:
            continue
        there = item.url in live[item.site]
        expired = item.expires is not None and now >= item.expires
        hint = "检查定时构建是否在运行（CI 的定时任务），并立即运行 jiyue build 与 jiyue publish。"
        if item.publish_at and now >= item.publish_at + grace and not there and not expired:
            late = _minutes(now - item.publish_at)
            message = f"应于 {item.publish_at:%Y-%m-%d %H:%M} 发布，已逾期 {late}仍未上线。"
            found.append(OVERDUE.at(item.path, 0, message, hint, site=item.site))
        if item.expires and now >= item.expires + grace and there:
            late = _minutes(now - item.expires)
            message = f"应于 {item.expires:%Y-%m-%d %H:%M} 下线，已逾期 {late}仍可访问。"
            found.append(LINGERING.at(item.path, 0, message, hint, site=item.site))
    return in_order(found)


def _minutes(late: timedelta) -> str:
    minutes = int(late.total_seconds() // 60)
    return f"{minutes} 分钟" if minutes < 120 else f"{minutes // 60} 小时"
