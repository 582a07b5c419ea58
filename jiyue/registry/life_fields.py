"""pydantic models of `closing:` and `formerly:` in a site's file (jiyue.registry.life)."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from jiyue.base.clock import parse_date


def _day(value: str) -> str:
    parsed = parse_date(value)
    if parsed is None:
        raise ValueError("不是有效的日期，应写作 2026-11-20")
    return parsed[:10]


def _site_url(value: str) -> str:
    return value.lower().rstrip("/")


Day = Annotated[str, AfterValidator(_day)]
SiteUrl = Annotated[
    str, Field(pattern=r"^[Hh][Tt][Tt][Pp][Ss]?://[\w-]+(\.[\w-]+)*(:\d{1,5})?(/[\w.~-]+)*/?$"), AfterValidator(_site_url)
]  # fmt: skip
Place = Annotated[str, Field(pattern=r"^[^\W_][\w-]*(/[^\W_][\w-]*)*$")]


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class ClosingEntry(_Model):
    """关停：从公告之日起每一页显示关停公告，满一个月并到关停之日起不再有内容；按日期自动进行"""

    announced: Day = Field(description="公告之日 YYYY-MM-DD，从这天起每一页显示公告")
    closes: Day = Field(description="关停之日 YYYY-MM-DD；公告不满一个月的，满一个月才关停")
    text: str | None = Field(None, min_length=1, max_length=200, description="公告的文字；省略时写明关停之日和内容去向")
    url: str | None = Field(
        None, pattern=r"^(https?://|/)?[^\s\\:]+([:/][^\s\\]*)?$", description="公告全文：本站网页的路径，或完整网址"
    )
    moved_to: Place = Field(
        "archived", description="内容的去向：承接的站点编号/栏目或频道的目录，如 jilin/zt；只归档的写 archived"
    )


class FormerEntry(_Model):
    """曾用：本站改过的编号、网址、名称，或者并入本站的站点的；旧网址都转到本站"""

    id: str | None = Field(None, pattern=r"^[a-z][a-z0-9-]{0,39}$", description="原来的站点编号")
    url: SiteUrl | None = Field(None, description="原来的网址")
    name: str | None = Field(None, min_length=1, max_length=60, description="原来的名称")
    until: Day | None = Field(None, description="用到哪一天 YYYY-MM-DD")
    to: Place | None = Field(None, description="并入的站点：内容在本站的哪个栏目或频道")

    @model_validator(mode="after")
    def _says_something(self) -> FormerEntry:
        if not (self.id or self.url or self.name):
            raise ValueError("写明原来的 id、url 或 name")
        return self
