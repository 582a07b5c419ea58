"""Linkage: articles that move between sites become plain facts of the catalogue, before anything is rendered.

Here: push-down (推送, 吉政办发〔2015〕5号 六) and the portal's recommended column. Nothing is copied as a file: the site
that shows a pushed article renders it from its one source.
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
    """An article of a superior as it appears on one site: in `column`, with the pictures it shows (Summary.pushes).

    links: address in the article -> path below the origin's of the public article that it means, '' for a dead one.
    """

    article: Article
    column: str
    origin_name: str
    origin_url: str
    pictures: dict[str, str]
    links: dict[str, str]

    @property
    def path(self) -> str:
        """Its address below the receiver's: the same for all receivers, and no other article's, whatever ids are given."""
        return f"{self.column}/{stable_id(self.article.site, '', self.article.id)}.html"


def picture_place(page: str, picture: str) -> str:
    """Where a picture of a pushed article's page lies; picture: where it lies at its origin, below that site's."""
    return f"{page.removesuffix('.html')}/{picture.replace('/', '-')}"


def link(
    registry: Registry, summaries: dict[str, Summary], now: str
) -> tuple[dict[str, list[Pushed]], list[Diagnostic]]:
    """Every public pushed article on each site that receives it, by site id."""
    arrived: dict[str, list[Pushed]] = {}
    found: list[Diagnostic] = []
    for site in registry.sites.values():
        types = {column.path: column.type for column in site.columns}
        for article, pictures, targets, dead in summaries[site.id].pushes:
            if not article.is_public(now):
                continue
            kind = types.get(article.column, "其他")
            missing: list[str] = []
            for target in _targets(registry, site, article, found):
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
                found.append(_no_column(site, article, kind, missing))
    return arrived, found


def headlines(summary: Summary, now: str) -> list[Article]:
    """The public headlines of the portal's recommended column, newest first."""
    return [row for row in summary.headlines if row.is_public(now)][:HEADLINES]


def _targets(registry: Registry, site: Site, article: Article, found: list[Diagnostic]) -> Iterable[Site]:
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
            found.append(TARGET.at(article.source_path, 1, message, hint, site=site.id))
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
