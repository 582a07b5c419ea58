"""pydantic model of the rules by which `jiyue import site` reads the pages of an old web site."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from jiyue.base.clock import parse_date
from jiyue.registry.models import ColumnPath, Model
from jiyue.registry.upstream import Selector


def _day(value: str) -> str:
    parsed = parse_date(value)
    if parsed is None:
        raise ValueError("不是有效的日期，应写作 2018-12-31")
    return parsed


def _list(value: object) -> object:
    return value if isinstance(value, list) else [value]


Glob = Annotated[str, Field(min_length=1, max_length=300)]
Globs = Annotated[list[Glob], BeforeValidator(_list)]
Selectors = Annotated[list[Selector], BeforeValidator(_list)]
Host = Annotated[str, Field(pattern=r"^(https?://)?[A-Za-z0-9.-]+(:\d{1,5})?/?$", max_length=200)]
Reason = Annotated[str, Field(min_length=1, max_length=60)]


class Match(Model):
    """哪些网页用这个模板；path 和 has 都写的，两样都要符合"""

    path: Globs = Field(
        [], description="网页在文件夹里的路径，* 代表任意文字，如 news/*.html；可以写几个，符合一个就算"
    )
    has: Selectors = Field([], description="网页里必须有的元素（CSS 选择器），如 div.TRS_Editor；写几个的，每个都要有")


class Template(Model):
    """一种网页模板"""

    name: str = Field(min_length=1, max_length=60, description="模板的名称，用在报告里")
    match: Match = Field(Match(), description="哪些网页用这个模板；省略时是其余所有网页")
    skip: Reason | None = Field(None, description="不导入这种网页，写明原因，如 列表页")
    body: Selectors = Field([], description="正文，如 div.TRS_Editor；写几个的，按网页里的先后接起来")
    title: Selectors = Field([], description="标题，写几个的，依次试；省略时取页面标签、h1 或 <title>")
    date: Selectors = Field([], description="发布时间，写几个的，依次试")
    source: Selectors = Field([], description="来源，写几个的，依次试")
    crumbs: Selectors = Field([], description="当前位置，据此知道栏目")
    remove: Selectors = Field([], description="正文之内不要的部分，如分享按钮")
    link_title: bool = Field(
        False, description="标题后面接上指向这一页的链接的文字，如 区划代码：梨树县；用在标题都一样的网页"
    )
    tags: bool = Field(True, description="标题、时间、来源、栏目先取 47 号文的页面标签；标签不可信的网站写 false")
    column: ColumnPath | None = Field(None, description="都放进哪个栏目（目录）；省略时看 columns")
    kind: Literal["news", "document"] = Field("news", description="稿件种类：document 公文，从正文读出目录字段")
    undated: Annotated[str, AfterValidator(_day)] | None = Field(
        None, description="网页上没有日期的，算是哪一天发布的；省略时不导入"
    )

    @model_validator(mode="after")
    def _says_what(self) -> Template:
        if bool(self.skip) == bool(self.body):
            raise ValueError("写 body（正文的选择器），或者写 skip（不导入的原因），写一样")
        return self


class OldSiteFile(Model):
    """旧站的取法，jiyue import site 的 --rules"""

    host: Annotated[list[Host], BeforeValidator(_list)] = Field(
        [], description="旧站的域名，可以写几个，第一个是主要的，如 www.jl.example；省略时看文件夹的名字"
    )
    site_name: str | None = Field(None, min_length=1, max_length=60, description="旧站的名称，从 <title> 末尾去掉")
    suggested: bool = Field(
        False, description="由 --suggest 写出、还没有核对的写 true：取到的比例按整个网页算，不按写明的正文算"
    )
    columns: dict[str, ColumnPath] = Field(
        {},
        description="旧栏目对应哪个栏目（目录）：旧栏目写名称（通知公告、政务公开/通知公告）或路径（/zwgk/tzgg/）",
        max_length=2000,
    )
    column: ColumnPath | None = Field(
        None, description="认不出旧栏目的放进哪个栏目（目录）；省略时放进以旧栏目命名的目录"
    )
    skip: Globs = Field([], description="不导入的网页的路径，如 search/*")
    templates: list[Template] = Field([], max_length=100, description="网页模板，用第一个符合的")
    undated: Annotated[str, AfterValidator(_day)] | None = Field(
        None, description="不符合任何模板的网页，没有日期的算是哪一天发布的；省略时不导入"
    )
    rest: Literal["guess", "skip", "error"] = Field(
        "guess", description="不符合任何模板的网页：guess 由程序判断正文，skip 不导入，error 算出错"
    )
