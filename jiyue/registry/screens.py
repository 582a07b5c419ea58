"""`screens:` of a site's file: the touch edition and the display loop for screens in public places (docs/screens.md).

Source: 吉政办发〔2015〕5号（五）, touch screens and electronic displays as channels of a government site.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

_OWN = frozenset({"loop", "qr"})
"""Folders of the screens themselves, below `screen/`."""


def _column(value: str) -> str:
    value = value.strip("/")
    if not value or value in _OWN:
        raise ValueError("应为本站的栏目目录；loop、qr 是屏幕版自己的目录，不能用")
    return value


class ScreensEntry(BaseModel):
    """公共场所的屏幕：触摸版 screen/ 和循环播放的 screen/loop/"""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    columns: list[Annotated[str, AfterValidator(_column)]] = Field(
        min_length=1, max_length=20, description="显示哪些栏目（目录），触摸版按这个次序"
    )
    seconds: int = Field(15, ge=5, le=120, description="循环播放每幅停留多少秒")
    idle: int = Field(60, ge=15, le=900, description="触摸版多少秒无人操作后回到开始；循环播放暂停后多少秒继续")
    poll: int = Field(60, ge=10, le=600, description="屏幕多少秒查一次播放单，紧急信息和撤下的文章最迟这么久后生效")
    items: int = Field(20, ge=1, le=60, description="循环播放多少条，新的在前")
    articles: int = Field(40, ge=1, le=200, description="触摸版每个栏目多少篇，新的在前")
