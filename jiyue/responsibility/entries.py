"""The registers of this room: rows of the information guarantee plan, of tasks, of the duty roster and of the reading of sites."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from jiyue.catalogue.registers import Day, Entry, Moment, Register, Words

PERIODS = {"周": "week", "月": "month", "季": "quarter", "年": "year"}
"""The periods of a limit, as written -> their names."""
_LIMIT = re.compile(r"每(周|月|季度?|年)\s*(\d{1,3})\s*[篇条次件]|每\s*(\d{1,3})\s*天")


def _limit(value: str) -> str:
    if not _LIMIT.fullmatch(value) or not re.search(r"[1-9]", value):
        raise ValueError("写作「每月 4 篇」（周、月、季、年）或「每 14 天」")
    return value


Limit = Annotated[str, AfterValidator(_limit)]
"""'每月 4 篇': so many in each period; '每 14 天': at least one in so many days."""


def limit_parts(limit: str) -> tuple[str, int]:
    """(period of PERIODS.values(), how many) of a valid limit; ('days', so many) where it is a longest interval."""
    match = _LIMIT.fullmatch(limit)
    assert match, limit
    period, count, days = match.groups()
    return ("days", int(days)) if days else (PERIODS[period[0]], int(count))


class Deliverable(Entry):
    """信息保障计划的一项：一个单位要提供的信息"""

    item: str = Field(title="事项", min_length=1, max_length=60)
    unit: str = Field(title="单位", min_length=1)
    site: str = Field("", title="站点")
    column: str = Field("", title="栏目")
    way: Literal["写稿", "报送", "推送", "数据"] = Field("写稿", title="方式")
    limit: Limit = Field(title="时限")
    since: Day | None = Field(None, title="起")
    until: Day | None = Field(None, title="止")
    source: str = Field("", title="依据")

    @model_validator(mode="after")
    def _in_order(self) -> Deliverable:
        if self.since and self.until and self.since > self.until:
            raise ValueError("止的日期不能早于起的日期")
        return self


class Task(Entry):
    """协调任务"""

    number: str = Field(title="编号", min_length=1, max_length=40)
    unit: str = Field(title="单位", min_length=1)
    what: str = Field(title="事项", min_length=1, max_length=100)
    kind: str = Field("", title="种类")
    site: str = Field("", title="站点")
    post: str = Field("", title="岗位")
    document: str = Field("", title="文件")
    topic: str = Field("", title="主题")
    assigned: Day = Field(title="交办日期")
    due: Day = Field(title="期限")
    done_by: str = Field("", title="完成的文章")
    done: Day | None = Field(None, title="办结日期")
    note: str = Field("", title="备注")

    @model_validator(mode="after")
    def _in_order(self) -> Task:
        if self.due < self.assigned:
            raise ValueError("期限不能早于交办日期")
        return self


class DutyShift(Entry):
    """值班表的一班"""

    day: Day = Field(title="日期")
    until: Day | None = Field(None, title="至")
    shift: str = Field("", title="班次")
    unit: str = Field("", title="单位")
    post: str = Field(title="岗位", min_length=1)
    deputy: str = Field("", title="替班")
    phone: str = Field("", title="办公电话")
    sites: Words = Field((), title="站点")

    @model_validator(mode="after")
    def _in_order(self) -> DutyShift:
        if self.until and self.until < self.day:
            raise ValueError("至的日期不能早于日期")
        return self


class Reading(Entry):
    """读网记录的一次"""

    at: Moment = Field(title="时间")
    site: str = Field("", title="站点")
    post: str = Field(title="岗位", min_length=1)
    unit: str = Field("", title="单位")
    scope: str = Field("", title="范围")
    found: str = Field("", title="发现的问题")
    state: Literal["无问题", "待处理", "已转办", "已改正"] = Field("无问题", title="处理情况")
    mended: Day | None = Field(None, title="改正日期")

    @model_validator(mode="after")
    def _says_what(self) -> Reading:
        if (self.state == "无问题") == bool(self.found):
            raise ValueError("发现了问题就写明处理情况：待处理、已转办或已改正；没有问题的不写「发现的问题」")
        return self


GUARANTEE = Register("guarantee", "信息保障计划", Deliverable)
TASKS = Register("tasks", "协调任务", Task, "number")
ROSTER = Register("roster", "值班表", DutyShift)
READING_LOG = Register("reading_log", "读网记录", Reading)
