"""Rules on reposts (转载): they come from a qualified source (稿源单位), and name it."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple
from urllib.parse import urlsplit

from jiyue.base.diagnostics import Diagnostic, error, warning
from jiyue.catalogue.article import Article
from jiyue.catalogue.frontmatter import NoFrontMatter, split
from jiyue.checks.article.links import path_on
from jiyue.registry.site import Media, Site

_SOURCE = "互联网新闻信息服务管理规定（2017）；国办发〔2017〕47号"
_WHY = "转载只取自政府网站和名单内的新闻单位，并写明来源；来源不明、不在名单内的消息，真假没有人负责。"

UNLISTED = warning("article-repost", "转载的来源不在名单内", _WHY, _SOURCE)
REFUSED = error("article-repost-refused", "转载的来源不在名单内，方案不允许", _WHY, _SOURCE)
CREDIT = warning(
    "article-repost-credit",
    "转载的稿件把来源写成了本站",
    "转载的来源是首发的单位，不是转载的网站；网页按 repost_of 的名称显示来源。",
    _SOURCE,
)
RULES = (UNLISTED, REFUSED, CREDIT)


class Sources(NamedTuple):
    """Where a site's reposts may come from: its profile's list, and the addresses of government sites known by name."""

    media: Media = Media()
    homes: tuple[str, ...] = ()

    def allow(self, name: str, url: str) -> bool:
        """Whether a text of this source at this address may be reposted."""
        host = (urlsplit(url).hostname or "").lower()
        for medium in self.media.sources:
            if any(f".{host}".endswith(f".{one}") for one in medium.hosts) or (
                not medium.hosts and name == medium.name
            ):
                return True
        return any(path_on(home, url) is not None for home in self.homes)


ANYWHERE = Sources()
"""No list: nothing is compared."""


def repost_findings(row: Article, site: Site, sources: Sources, read: Callable[[str], str]) -> list[Diagnostic]:
    """Findings for one article; none where the profile has no list. read: source path -> text, to find the line."""
    repost = row.extra.get("repost_of")
    if not repost or not sources.media.sources:
        return []
    found, name, url = [], str(repost["name"]), str(repost["url"])
    if not sources.allow(name, url):
        message = f"转载自「{name}」（{urlsplit(url).hostname}），不在方案的稿源单位名单内"
        hint = "改从名单内的单位转载；单位确有资格的，由方案的管理员加进 sources"
        rule = REFUSED if sources.media.strict else UNLISTED
        found.append(rule.at(row.source_path, _line(row, "repost_of", read), message, hint, site=site.id))
    if row.source in site.own_names and name not in site.own_names:
        message, hint = f"来源写的是「{row.source}」，转载的来源是「{name}」", f"删去 source，或改为 source: {name}"
        found.append(CREDIT.at(row.source_path, _line(row, "source", read), message, hint, site=site.id))
    return found


def _line(row: Article, key: str, read: Callable[[str], str]) -> int:
    try:
        return split(read(row.source_path)).lines.get((key,), 1)
    except NoFrontMatter:
        return 1  # it was read as it was meant (jiyue.catalogue.repair)
