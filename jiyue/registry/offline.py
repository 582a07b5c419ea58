"""`offline:` of a site's file: what a reader's browser keeps of the site for when there is no network (docs/offline.md)."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

_ON, _OFF = ("on", "true", "yes"), ("off", "false", "no", "")


class OfflineEntry(BaseModel):
    """离线阅读：读者的浏览器留存读过的网页和本站的搜索索引，没有网络时可读"""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    pages: int = Field(20, ge=1, le=100, description="留存最近读过的多少个网页")
    search_kb: int = Field(
        300, ge=0, le=2000, description="搜索索引不超过多少 kB 时整个留存；超过的，只留存读者用过的部分"
    )


def _entry(value: Any) -> Any:
    """`on` and `off` in words, as well as options."""
    word = str(value).lower()
    return {} if word in _ON else None if word in _OFF else value


OfflineField = Annotated[
    OfflineEntry | None, BeforeValidator(_entry, json_schema_input_type=OfflineEntry | bool | None)
]
