"""The registers of this room: rows of costs, of rates for contributions, of courses, of exercises."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from jiyue.catalogue.kinds import KINDS
from jiyue.catalogue.registers import Amount, Day, Entry, Register, Words

TRANSLATION, OTHERS = "译文", "其他"
FEE_KINDS = {
    **{word: one.name for one in KINDS.values() for word in (one.name, one.title, one.label)},
    TRANSLATION: TRANSLATION,
    OTHERS: OTHERS,
}
"""What a rate may be for, as written -> the kind of article, or one of the words above."""


def _fee_kind(value: str) -> str:
    if value not in FEE_KINDS:
        raise ValueError(
            f"可以写：{'、'.join(dict.fromkeys([*(one.title for one in KINDS.values()), TRANSLATION, OTHERS]))}"
        )
    return FEE_KINDS[value]


class Cost(Entry):
    """一笔经费"""

    year: int = Field(title="年度", ge=1990, le=2100)
    unit: str = Field(title="单位", min_length=1)
    site: str = Field("", title="站点")
    item: str = Field(title="事项", min_length=1, max_length=100)
    kind: Literal["建设", "运维", "内容", "安全", "培训", "稿酬", "其他"] = Field("其他", title="类别")
    amount: Amount = Field(title="金额（元）")
    source: str = Field("", title="资金来源")
    contract: str = Field("", title="合同编号")
    paid: Day | None = Field(None, title="支付日期")
    note: str = Field("", title="备注")


class FeeRate(Entry):
    """稿酬标准的一项"""

    kind: Annotated[str, AfterValidator(_fee_kind)] = Field(title="稿件种类")
    by: Literal["篇", "千字", "图"] = Field("篇", title="计量")
    rate: Amount = Field(title="标准（元）")
    least: Amount | None = Field(None, title="每篇最低（元）")
    most: Amount | None = Field(None, title="每篇最高（元）")
    adopted: Amount | None = Field(None, title="被上级采用加付（元）")
    since: Day | None = Field(None, title="起")
    until: Day | None = Field(None, title="止")
    note: str = Field("", title="备注")

    @model_validator(mode="after")
    def _in_order(self) -> FeeRate:
        if self.since and self.until and self.until < self.since:
            raise ValueError("止的日期不能早于起的日期")
        if self.least is not None and self.most is not None and self.most < self.least:
            raise ValueError("每篇最高不能少于每篇最低")
        return self


class Course(Entry):
    """一次培训"""

    date: Day = Field(title="日期")
    title: str = Field(title="名称", min_length=1, max_length=100)
    hours: Amount = Field(title="学时")
    organizer: str = Field("", title="组织单位")
    units: Words = Field((), title="参加单位")
    posts: Words = Field((), title="参加岗位")
    site: str = Field("", title="站点")
    people: int = Field(0, title="人数", ge=0)
    note: str = Field("", title="备注")

    @model_validator(mode="after")
    def _says_who(self) -> Course:
        if not self.units and not self.posts:
            raise ValueError("写明参加单位或者参加岗位")
        return self


class Exercise(Entry):
    """一个岗位做一次练习"""

    date: Day = Field(title="日期")
    unit: str = Field("", title="单位")
    post: str = Field(title="岗位", min_length=1)
    exercise: str = Field(title="练习", min_length=1)
    done: int = Field(title="做完", ge=0)
    of: int = Field(title="共", ge=1)
    note: str = Field("", title="备注")

    @model_validator(mode="after")
    def _not_more(self) -> Exercise:
        if self.done > self.of:
            raise ValueError("做完的不能多于总数")
        return self


COSTS = Register("costs", "经费", Cost)
FEE_RATES = Register("fee_rates", "稿酬标准", FeeRate)
COURSES = Register("courses", "培训", Course)
EXERCISES = Register("exercises", "练习成绩", Exercise)
