"""The editions in other languages: which are open, why the others are not, and which translations are missing or behind."""

from __future__ import annotations

from jiyue.audit.dashboard.board import Board
from jiyue.audit.dashboard.tables import Cell, Column, Table, row
from jiyue.audit.dashboard.views import site_link
from jiyue.catalogue.parity import STATES

TEXT = (
    "译文版本（外文版）有专人编辑和审校、核心栏目跟得上中文，才开通；没有开通的不发布，读者看省级门户的译文版本。"
    "依据：吉政办发〔2015〕5号（八）。"
)


def tables(board: Board) -> list[Table]:
    """The editions, and the translations of their core columns that are missing or behind; [] where no site has an edition."""
    found = [(one, parity) for one in board.sites.values() for parity in one.subject.editions]
    if not found:
        return []
    columns: tuple[Column, ...] = (
        Column("site", "站点"), Column("lang", "语种"), Column("open", "情况"), Column("why", "原因", optional=True),
        Column("originals", "核心栏目的原文"), Column("translated", "有译文"), Column("late", "逾期"),
        Column("promise", "承诺天数", optional=True), Column("editor", "编辑岗位", optional=True),
        Column("reviewer", "审校岗位", optional=True),
    )  # fmt: skip
    editions = Table("editions", "译文版本", columns, [
        row(
            Cell(one.site.name, site_link(one.site.id)), parity.edition.lang, "没有开通" if parity.closed else "开通",
            "；".join(parity.closed), *(sum(counts) for counts in zip(*(core[1:] for core in parity.cores), strict=True))
            if parity.cores else (0, 0, 0), parity.edition.max_lag_days or None, parity.edition.editor, parity.edition.reviewer,
        )
        for one, parity in found
    ])  # fmt: skip
    columns = (
        Column("due", "期限"), Column("late", "已逾期"), Column("site", "站点"), Column("lang", "语种"), Column("state", "情况"),
        Column("title", "原文"), Column("changed", "原文发布或更新"), Column("editor", "编辑岗位"), Column("reviewer", "审校岗位"),
        Column("path", "原文的文件"), Column("translation", "译文的文件", optional=True),
    )  # fmt: skip
    lags = [(one, parity.edition, lag) for one, parity in found for lag in parity.lags]
    behind = Table("translations", "缺的和落后的译文", columns, [
        row(
            lag.due[:10], "是" if lag.due[:10] <= board.day else "否", Cell(one.site.name, site_link(one.site.id)), edition.lang,
            STATES[lag.state], lag.title, lag.changed, edition.editor, edition.reviewer, lag.path, lag.translation,
        )
        for one, edition, lag in sorted(lags, key=lambda known: (known[2].due, known[2].path))
    ])  # fmt: skip
    return [editions, behind]
