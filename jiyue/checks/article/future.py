"""Rule on dates in the future: an article can't have been published tomorrow. `publish_at` schedules publication."""

from __future__ import annotations

from collections.abc import Callable

from jiyue.base.diagnostics import Diagnostic, error
from jiyue.catalogue.article import Article
from jiyue.catalogue.frontmatter import NoFrontMatter, split

FUTURE = error(
    "date-future",
    "日期在将来",
    "还没有到的日期不是发布日期：列表、订阅和网站地图会一直把它排在最前。要到时候再发布的，用 publish_at。",
    "国办发〔2017〕47号（发布时间）；国办秘函〔2019〕19号 单项否决第1项（弄虚作假，如伪造发稿日期）",
)

_FIELDS = {"date": "发布日期", "updated": "修改时间"}
_LABELS = {**_FIELDS, "updates": "一条进展的时间"}


def future_findings(row: Article, now: str, read: Callable[[str], str]) -> tuple[list[Diagnostic], list[str]]:
    """(findings for an article's dates in the future, the moments 'YYYY-MM-DD HH:MM' at which they are no longer so).

    A scheduled article is checked as of its publish_at: its date must not be later. read: source path -> text, called
    only for a finding.
    """
    limit = max(now, row.publish_at)
    wrong = {name: value for name in _FIELDS if (value := getattr(row, name)) > limit}
    if "updated" in wrong and any(one["at"] == row.updated for one in row.extra.get("updates", ())):
        wrong["updates"] = wrong.pop("updated")
    if not wrong:
        return [], []
    try:
        lines = split(read(row.source_path)).lines
    except NoFrontMatter:
        lines = {}
    findings = [
        FUTURE.at(row.source_path, lines.get((name,), 1), _message(name, value, row.publish_at, now), _hint(name, value),
                  site=row.site)
        for name, value in wrong.items()
    ]  # fmt: skip
    return findings, list(wrong.values())


def _message(name: str, value: str, publish_at: str, now: str) -> str:
    if publish_at > now:
        return f"{_LABELS[name]} {value} 比定时发布的时间（{publish_at}）还晚"
    return f"{_LABELS[name]} {value} 还没有到（现在是 {now}）"


def _hint(name: str, value: str) -> str:
    later = f"；要到那时再发布的，加一行 publish_at: {value}" if name == "date" else ""
    return f"核对年份和日期，改成实际的时间{later}"
