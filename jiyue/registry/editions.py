"""`editions:` of a site's file and of a profile: the promise that an edition in another language makes, and its limits.

吉政办发〔2015〕5号（八）: an edition is opened only by who can keep it in step with the original (jiyue.catalogue.parity).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from jiyue.base.clock import parse_date
from jiyue.registry.site import SOURCE_LANGUAGE, Column, Edition

if TYPE_CHECKING:
    from jiyue.registry.models import SiteFile

Post = Annotated[str, Field(min_length=1, max_length=60)]


def _day(value: str) -> str:
    parsed = parse_date(value)
    if parsed is None:
        raise ValueError("不是有效的日期，应写作 2026-01-01")
    return parsed[:10]


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class EditionEntry(_Model):
    """译文版本（外文版）的承诺：四项都写明、译文跟得上，才开通"""

    editor: Post = Field(description="编辑岗位；站点登记了 officers 的，是其中的岗位")
    reviewer: Post = Field(description="审校岗位，与编辑不是同一岗位")
    max_lag_days: int = Field(ge=1, le=365, description="原文发布或更新后，最迟多少天更新译文")
    columns: list[Post] = Field(min_length=1, max_length=50, description="核心栏目的目录：这些栏目的文章都要有译文")
    since: Annotated[str, AfterValidator(_day)] | None = Field(
        None, description="从哪天起发布的原文要有译文 YYYY-MM-DD；省略时按方案的期限往前算"
    )


class EditionLimits(_Model):
    """译文版本开通的条件；省略的同基础方案"""

    columns: int | None = Field(None, ge=1, le=50, description="至少申报多少个核心栏目")
    max_lag_days: int | None = Field(None, ge=1, le=365, description="承诺的更新期限最长多少天")
    window_days: int | None = Field(None, ge=1, le=3650, description="核心栏目里多少天之内发布或更新的原文要有译文")
    percent: int | None = Field(None, ge=1, le=100, description="每个核心栏目里，译文跟得上的原文至少占百分之几")


def merged(base: dict[str, int], own: EditionLimits) -> dict[str, int]:
    """A profile's limits over those of the profile that it extends."""
    return {**base, **own.model_dump(exclude_none=True)}


def editions(file: SiteFile, columns: Collection[Column], limits: dict[str, Any]) -> tuple[Edition, ...]:
    """A site's editions with their limits and with what their declarations lack; also languages that declare nothing."""
    limits = {
        "columns": 1,
        "max_lag_days": 365,
        "window_days": 3650,
        "percent": 100,
    } | limits  # without limits, the bounds
    own = file.languages[0] if file.languages else SOURCE_LANGUAGE
    declared = {lang: entry for lang, entry in file.editions.items() if lang != own}
    names = dict.fromkeys([*file.languages[1:], *declared])
    posts = [officer.post for officer in file.officers]
    known = {column.path for column in columns}
    made = []
    for lang in names:
        entry = declared.get(lang)
        if entry is None:
            lacking = ("没有在 editions 里写明编辑、审校、更新期限和核心栏目",)
            made.append(Edition(lang, "", "", 0, (), "", limits["window_days"], limits["percent"], lacking))
            continue
        made.append(
            Edition(
                lang, entry.editor, entry.reviewer, entry.max_lag_days, tuple(entry.columns), entry.since or "",
                limits["window_days"], limits["percent"], tuple(_lacking(entry, posts, known, limits)),
            )
        )  # fmt: skip
    return tuple(made)


def _lacking(
    entry: EditionEntry, posts: Collection[str], columns: Collection[str], limits: dict[str, Any]
) -> Iterable[str]:
    """What is wrong with a declaration, in Chinese."""
    if entry.editor == entry.reviewer:
        yield "编辑和审校是同一个岗位"
    for post in dict.fromkeys((entry.editor, entry.reviewer)):
        if posts and post not in posts:
            yield f"岗位「{post}」没有在 officers 里登记"
    if entry.max_lag_days > limits["max_lag_days"]:
        yield f"更新期限 {entry.max_lag_days} 天，长于方案允许的 {limits['max_lag_days']} 天"
    for path in entry.columns:
        if path not in columns:
            yield f"核心栏目「{path}」不是本站的栏目"
    if len(set(entry.columns)) < limits["columns"]:
        yield f"核心栏目只有 {len(set(entry.columns))} 个，方案要求至少 {limits['columns']} 个"
