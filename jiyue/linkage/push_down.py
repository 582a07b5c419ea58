"""Which articles appear on other sites, resolved before anything is rendered.

Covers push-down (推送, 吉政办发〔2015〕5号 六) and the portal's recommended column. No file is copied: a site that
shows a pushed article renders it from the one source.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from jiyue.base.diagnostics import Diagnostic, did_you_mean, error
from jiyue.catalogue.article import Article
from jiyue.catalogue.read import stable_id
from jiyue.catalogue.summary import HEADLINES, Summary, links
from jiyue.registry.site import SITE_KINDS, Registry, Site

TARGET = error("push-target", "推送对象不对", "写错的推送对象会让下级收不到文章。", "吉政办发〔2015〕5号（六）")
COLUMN = error(
    "push-column",
    "接收站点没有同类栏目",
    "推送的文章显示在接收站点同一类别（type）的栏目里，没有就无处显示。",
    "吉政办发〔2015〕5号（六）",
)


class Pushed(NamedTuple):
    """A superior's article as it appears on one receiving site: in `column`, with its pictures (Summary.pushes).

    links: address in the article -> path, relative to the origin's, of the public article it points to; '' if dead.
    """

    article: Article
    column: str
    origin_name: str
    origin_url: str
    pictures: dict[str, str]
    links: dict[str, str]

    @property
    def path(self) -> str:
        """Its address relative to the receiver's, unique whatever ids articles have. It differs between receivers only by column."""
        return f"{self.column}/{stable_id(self.article.site, '', self.article.id)}.html"


def picture_place(page: str, picture: str) -> str:
    """The path of a picture on a receiving site. page: the pushed article's path; picture: its path at the origin."""
    return f"{page.removesuffix('.html')}/{picture.replace('/', '-')}"


def link(
    registry: Registry, summaries: dict[str, Summary], now: str
) -> tuple[dict[str, list[Pushed]], list[Diagnostic]]:
    """The public pushed articles of each receiving site, by site id, and findings on bad targets."""
    arrived: dict[str, list[Pushed]] = {}
    findings: list[Diagnostic] = []
    for site in registry.sites.values():
        types = {column.path: column.type for column in site.columns}
        for article, pictures, targets, dead in summaries[site.id].pushes:
            if not article.is_public(now):
                continue
            kind = types.get(article.column, "其他")
            missing: list[str] = []
            for target in _targets(registry, site, article, findings):
                column = target.column_of_type(kind) if kind != "其他" else None
                if column is None:
                    missing.append(target.id)
                else:
                    arrived.setdefault(target.id, []).append(
                        Pushed(
                            article,
                            column.path,
                            site.name,
                            site.url,
                            pictures,
                            {**dict.fromkeys(dead, ""), **links(targets, now)},
                        )
                    )
            if missing:
                findings.append(_no_column(site, article, kind, missing))
    return arrived, findings


def headlines(summary: Summary, now: str) -> list[Article]:
    """The public headlines of the portal's recommended column, newest first."""
    return [row for row in summary.headlines if row.is_public(now)][:HEADLINES]


def _targets(registry: Registry, site: Site, article: Article, findings: list[Diagnostic]) -> Iterable[Site]:
    below = {target.id: target for target in registry.below(site)}
    chosen: dict[str, Site] = {}
    for word in article.push_down:
        if word == "all":
            chosen.update(below)
        elif word in SITE_KINDS:
            chosen.update({target.id: target for target in below.values() if target.kind == word})
        elif word in below:
            chosen[word] = below[word]
        else:
            known = [*below, "all", *SITE_KINDS]
            why = "不是本站的下级站点" if word in registry.sites else "没有这个站点"
            hint = did_you_mean(word, known) or "写 all、一类站点（prefecture、county、department）或下级站点的编号"
            message = f"push_down: 「{word}」{why}"
            findings.append(TARGET.at(article.source_path, 1, message, hint, site=site.id))
    return chosen.values()


def _no_column(site: Site, article: Article, kind: str, missing: list[str]) -> Diagnostic:
    if kind == "其他":
        message = f"栏目「{article.column}」没有类别（type），无法推送"
        hint = f"在 sites/{site.id}.yaml 给栏目 {article.column} 写上 type"
    else:
        shown = "、".join(missing[:5]) + ("等" if len(missing) > 5 else "")
        message = f"{len(missing)} 个接收站点（{shown}）没有类别为「{kind}」的栏目"
        hint = f"在这些站点的文件里加一个 type: {kind} 的栏目，或从 push_down 去掉它们"
    return COLUMN.at(article.source_path, 1, message, hint, site=site.id)
