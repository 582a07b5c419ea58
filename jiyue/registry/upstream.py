"""pydantic model of `sites/upstream/<name>.yaml`: a source outside the cluster that `jiyue sync` reads."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from jiyue.base.clock import parse_date
from jiyue.registry.models import ColumnPath, Model, Name

FOLDER = "sites/upstream"


def _day(value: str) -> str:
    parsed = parse_date(value)
    if parsed is None:
        raise ValueError("不是有效的日期，应写作 2026-11-20 或 2026-11-20 09:30")
    return parsed


Selector = Annotated[str, Field(min_length=1, max_length=300)]
Address = Annotated[str, Field(pattern=r"^https?://[^\s<>\"@]+$", max_length=1000)]


class ListSelectors(Model):
    """列表页的选择器（CSS）"""

    item: Selector = Field(description="每一条所在的元素，如 ul.list > li")
    link: Selector = Field("a", description="一条之内的链接")
    title: Selector | None = Field(None, description="一条之内的标题；省略时取链接的 title 属性或文字")
    date: Selector | None = Field(None, description="一条之内的日期；省略时只取文章页的")


class PageSelectors(Model):
    """文章页的选择器（CSS）"""

    tags: bool = Field(True, description="标题、时间、来源先取 47 号文的页面标签；标签不可信的网站写 false")
    title: Selector | None = Field(None, description="标题")
    date: Selector | None = Field(None, description="发布时间")
    source: Selector | None = Field(None, description="来源")
    body: Selector | None = Field(None, description="正文，如 div.TRS_Editor；省略时由程序判断，不如写明可靠")
    remove: list[Selector] = Field([], description="正文之内不要的部分，如分享按钮")


class Limits(Model):
    """限度"""

    seconds: float = Field(20, gt=0, le=600, description="一次请求最多多少秒")
    page_mb: float = Field(4, gt=0, le=64, description="一个网页或订阅源最大多少 MB")
    file_mb: float = Field(20, gt=0, le=500, description="一个图片或附件最大多少 MB")
    files: int = Field(20, ge=0, le=200, description="一篇最多下载多少个图片和附件，0 不下载")
    items: int = Field(20, ge=1, le=500, description="一次最多写多少篇新稿件，新的优先")


class UpstreamFile(Model):
    """同步来源 sites/upstream/<编号>.yaml"""

    name: Name = Field(description="来源的名称，如 中国政府网；写进稿件的 repost_of")
    url: Address = Field(description="订阅源（RSS、Atom、JSON Feed）或列表页的网址")
    type: Literal["feed", "list"] = Field(description="feed 订阅源，list 列表页")
    site: str = Field(description="写进哪个站点（编号）")
    column: ColumnPath = Field(description="写进哪个栏目（目录）")
    kind: Literal["news", "document"] = Field(
        "news", description="稿件种类：document 公文，从正文读出发文字号、成文日期等目录字段"
    )
    licence: str | None = Field(None, min_length=1, max_length=200, description="按什么许可转载，记在每篇稿件里")
    auto: bool = Field(False, description="false 写成草稿；true 写成待发布的稿件，仍须通过检查，方案要求审核的仍须审核")
    push_down: list[str] = Field([], description="稿件推送给哪些下级，写法同文章的 push_down")
    items: ListSelectors | None = Field(None, description="列表页的选择器，type: list 时必写")
    page: PageSelectors = Field(PageSelectors(), description="文章页的选择器")
    full: bool = Field(False, description="订阅源已有全文，不再打开文章页")
    min_items: int = Field(1, ge=1, le=1000, description="至少应有多少条，不足就告警")
    max_age_days: int | None = Field(
        None,
        ge=1,
        le=3650,
        description="最新一条至多是多少天以前的，更早就告警：网站改版后，旧的订阅源常常还在，不再更新",
    )
    min_share: float | None = Field(
        None, gt=0, le=1, description="正文至少取到多大比例的可见文字；省略时 0.9，没有写 page.body 的 0.5"
    )
    skip: list[Address] = Field([], description="不取的文章的网址，如取不下来、已经另行处理的")
    since: Annotated[str, AfterValidator(_day)] | None = Field(None, description="只取这个时间以后发布的")
    watch_days: int = Field(30, ge=0, le=3650, description="取来之后多少天内留意原文有没有修改、撤下")
    recheck_hours: float = Field(6, ge=0, le=720, description="隔多少小时再看一次原文")
    internal: bool = Field(False, description="来源在内部网络；只有 url 里的那个地址可以是内网的")
    limits: Limits = Field(Limits(), description="限度")

    @model_validator(mode="after")
    def _fits(self) -> UpstreamFile:
        if (self.type == "list") != (self.items is not None):
            raise ValueError("type: list 要写 items（列表页的选择器），type: feed 不写")
        if self.full and self.type == "list":
            raise ValueError("full 只用于订阅源（type: feed）")
        return self

    @property
    def share(self) -> float:
        """The least share of the visible text that has to be carried."""
        return self.min_share or (0.9 if self.page.body or self.full else 0.5)
