"""Exceptions (独立建站): sites that a unit runs outside of the cluster, with whose approval and until when (吉政办发〔2015〕5号 十四)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

from pydantic import Field, model_validator

from jiyue.base.diagnostics import Diagnostic, warning
from jiyue.catalogue.registers import Day, Entry, Register, Row, read_register
from jiyue.registry.life import in_words
from jiyue.registry.site import Registry

OVER = warning(
    "site-exception-over",
    "独立网站的批准已经到期",
    "未经批准的网站不得独立建设、运行；批准到期的要迁入统一平台，或者重新报批。",
    "吉政办发〔2015〕5号（十四）",
)
SOON = warning(
    "site-exception-soon",
    "独立网站的批准快要到期",
    "迁入统一平台要先设频道、移内容、公告关停，到期前要留出时间。",
    "吉政办发〔2015〕5号（十四）",
)
DAYS = 60
"""How long before its end an approval is told: a month of announcement, and a month to move."""


class Exemption(Entry):
    """一个独立建设的网站"""

    unit: str = Field(title="单位", min_length=1)
    name: str = Field(title="网站名称", min_length=1)
    url: str = Field(title="网址", pattern=r"^https?://\S+$")
    reason: str = Field(title="理由", min_length=1)
    approved_by: str = Field(title="批准文件", min_length=1)
    since: Day = Field(title="批准日期")
    until: Day = Field(title="有效期至")

    @model_validator(mode="after")
    def _in_order(self) -> Exemption:
        if self.until < self.since:
            raise ValueError("有效期至的日期不能早于批准日期")
        return self


EXCEPTIONS = Register("exceptions", "独立网站", Exemption, "url")


def exceptions(root: Path, registry: Registry) -> list[Row[Exemption]]:
    """The valid rows of the register of the cluster."""
    return read_register(root, EXCEPTIONS, registry.sites)[0]


def exception_findings(root: Path, registry: Registry, now: str) -> Iterator[Diagnostic]:
    """The approvals that are over at a moment or soon will be."""
    day = now[:10]
    for row in exceptions(root, registry):
        one = row.entry
        left = (date.fromisoformat(one.until) - date.fromisoformat(day)).days
        what = f"{one.unit}的网站“{one.name}”（{one.url}）的批准"
        if left < 0:
            hint = "迁入统一平台（docs/migration.md），或者重新报批，改写批准文件和有效期"
            yield OVER.at(row.path, row.line, f"{what}已于{in_words(one.until)}到期", hint, site=row.site)
        elif left <= DAYS:
            hint = "安排迁入统一平台，或者提前报批"
            yield SOON.at(row.path, row.line, f"{what}还有 {left} 天到期（{in_words(one.until)}）", hint, site=row.site)
