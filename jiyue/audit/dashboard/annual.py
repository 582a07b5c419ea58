"""政府网站工作年度报表 (国办函〔2018〕12号) of a site, as far as its repository tells; the rest is marked.

The fields are cited from memory and have to be compared with the form.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable
from datetime import date

from jiyue.audit.dashboard.board import SiteState
from jiyue.audit.dashboard.tables import Column, Table, row
from jiyue.audit.measures.facts import Row
from jiyue.audit.measures.spans import number
from jiyue.registry.probe_ledger import Record

OPEN = "待填"
_COLUMNS = (Column("part", "部分"), Column("field", "项目"), Column("value", "数值"), Column("how", "怎样得来"))


def table(one: SiteState, day: str, visits: list[Record]) -> tuple[Table, list[tuple[str, Table]]]:
    """The whole table of the year of a day, and the same by parts. visits: the records of that year's days."""
    year, today = day[:4], number(day)
    own = [one_row for one_row in one.subject.facts.rows if one_row.date[:4] == year and one_row.begins <= today]
    types = {column.path: column.type for column in one.site.columns}
    in_year = [letter for letter in one.subject.facts.letters if letter.received[:4] == year and letter.received <= day]

    def of(*kinds: str) -> int:
        return sum(types.get(row_.column) in kinds for row_ in own)

    def kind(name: str, test: Callable[[Row], object] = bool) -> int:
        return sum(row_.kind == name and bool(test(row_)) for row_ in own)

    guides = len(one.subject.of_kind("guide"))
    surveys = [
        row_
        for row_ in one.subject.of_kind("survey")
        if row_.extra["opens"][:4] == year and row_.extra["opens"][:10] <= day
    ]
    closed = [letter for letter in in_year if letter.replied or letter.closed]
    took = [n for letter in closed if (n := letter.letter().days(date.fromisoformat(day))) is not None]
    by_content, by_ledger = "本年发布的公开稿件", "来信台账"
    visitors = sum(record.detail.get("visitors", 0) for record in visits)
    opened = int(sum(record.value or 0 for record in visits))
    by_log = f"访问日志，{len(visits)} 天有记录" if visits else "访问日志（jiyue probe）"
    data: list[tuple[str, list[tuple[str, object, str]]]] = [
        ("访问", [
            ("独立用户访问总量", visitors if visits else OPEN, f"{by_log}，每天的访客相加"),
            ("网站总访问量", opened if visits else OPEN, by_log),
        ]),
        ("信息发布", [
            ("信息发布总数", len(own), by_content), ("概况类信息更新量", of("概况信息", "机构职能", "负责人信息"), by_content),
            ("政务动态信息更新量", of("工作动态", "通知公告"), by_content),
            ("信息公开目录信息更新量", of("信息公开目录", "信息公开指南", "信息公开年报", "政策文件"), by_content),
        ]),
        ("专栏专题", [("维护数量", sum(kind_ == "专题专栏" for kind_ in types.values()), "站点登记的栏目"), ("新开设数量", OPEN, "人工")]),
        ("解读回应", [
            ("解读信息发布总数", of("政策解读"), by_content), ("解读产品数量", OPEN, "人工"), ("媒体评论文章数量", OPEN, "人工"),
            ("回应公众关注热点或重大舆情数量", kind("response"), by_content), ("辟谣数量", kind("rebuttal"), by_content),
        ]),
        ("办事服务", [
            ("是否发布服务事项目录", "是" if guides else "否", "办事指南"), ("公布的办事指南数量", guides, "办事指南"),
            ("可全程在线办理的事项数量", OPEN, "办事系统"), ("办件量", OPEN, "办事系统"),
        ]),
        ("互动交流", [
            ("收到留言数量", len(in_year), by_ledger), ("办结留言数量", len(closed), by_ledger),
            ("平均办理时间（工作日）", round(statistics.mean(took), 1) if took else OPEN, by_ledger),
            ("公开答复数量", sum(letter.public and bool(letter.replied) for letter in in_year), by_ledger),
            ("征集调查期数", len(surveys), "本年开始的征集调查"), ("收到意见数量", OPEN, "人工"),
            ("公布调查结果期数", sum("result" in row_.extra for row_ in surveys), "写了结果的征集调查"),
            ("在线访谈期数", kind("interview"), by_content), ("网民留言数量", OPEN, "人工"), ("答复网民提问数量", OPEN, "人工"),
        ]),
        ("安全防护", [("安全检测评估次数", OPEN, "人工"), ("发现问题数量", OPEN, "人工"), ("问题整改数量", OPEN, "人工"),
            ("是否建立安全监测预警机制", OPEN, "人工"), ("是否开展应急演练", OPEN, "人工"), ("是否明确网站安全责任人", OPEN, "人工")]),
        ("移动新媒体", [("是否有移动新媒体", OPEN, "人工"), ("微博、微信名称和关注量", OPEN, "人工")]),
        ("创新发展", [("搜索即服务", OPEN, "人工"), ("多语言版本", "、".join(one.site.languages[1:]) or "无", "站点登记的 languages"),
                  ("无障碍浏览", OPEN, "适老化和无障碍见指标 D21")]),
    ]  # fmt: skip
    title = f"{one.site.name} {year} 年政府网站工作年度报表（截至 {day}）"
    name = f"annual/{one.site.id}"
    every = [row(part, field, value, how) for part, fields in data for field, value, how in fields]  # type: ignore[arg-type]
    whole = Table(name, title, _COLUMNS, every)
    parts = [
        (part, Table(f"{name}-{at}", f"{part}（{year} 年）", _COLUMNS[1:], [cells[1:] for cells in every if cells[0].value == part]))
        for at, (part, _) in enumerate(data)
    ]  # fmt: skip
    return whole, parts
