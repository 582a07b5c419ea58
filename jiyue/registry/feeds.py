"""`feeds_by:` and `hub:` of a site's file: feeds by topic and keyword, and who announces that a feed has changed."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

Word = Annotated[str, Field(min_length=1, max_length=60, pattern=r"^[^\x00-\x1f\x7f]+$")]


def _hub(value: str) -> str:
    if not re.fullmatch(r"https?://[\w.-]+(:\d{1,5})?(/[\w./?=&%~+-]*)?", value, re.ASCII):
        raise ValueError("应为完整网址，如 https://hub.jl.example/")
    return value


Hub = Annotated[str, AfterValidator(_hub)]


class FeedsBy(BaseModel):
    """按主题和关键词的订阅源：写了哪些就有哪些，每个词一个"""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    topics: list[Word] = Field([], max_length=50, description="主题分类，与稿件的 topic 相同")
    keywords: list[Word] = Field([], max_length=50, description="关键词，与稿件 keywords 里的一个相同")
