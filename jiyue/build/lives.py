"""Findings about the lives of sites: a closing that comes too early, a closed site that others still hang on, former names."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from jiyue.base import yamlfile
from jiyue.base.diagnostics import Diagnostic, did_you_mean, warning
from jiyue.base.encoding import decode
from jiyue.registry.life import CLOSED, OPEN, in_words
from jiyue.registry.site import Registry, Site

EARLY = warning(
    "site-closing-early",
    "关停公告不满一个月",
    "读者要有时间知道网站关停、内容去了哪里；公告不满一个月的站点照常开放，满一个月才关停。",
    "国办发〔2017〕47号《政府网站发展指引》",
)
BELOW = warning(
    "site-closing-below",
    "关停的站点还有下级站点",
    "下级站点的每一页都链接到上级；上级关停以后，这些链接和推送、报送的关系就断了。",
    "吉政办发〔2015〕5号（六）",
)
FORMER = warning(
    "site-formerly",
    "曾用的编号、网址写得不对",
    "写错了，旧网址就不会转到本站，读者收藏的网址打不开。",
    "本平台；W3C Cool URIs",
)


def life_findings(root: Path, registry: Registry, now: str) -> Iterator[Diagnostic]:
    """What is wrong at a moment with the closing of sites, and with what they were before."""
    for site in registry.sites.values():
        if site.closing or site.formerly:
            _, lines = yamlfile.parse(decode((root / f"sites/{site.id}.yaml").read_bytes()))
            yield from _closing_findings(registry, site, lines, now)
            yield from _former_findings(registry, site, lines)


def _closing_findings(registry: Registry, site: Site, lines: yamlfile.Lines, now: str) -> Iterator[Diagnostic]:
    closing = site.closing
    if closing is None:
        return
    path, line, state = f"sites/{site.id}.yaml", lines.get(("closing",), 1), closing.state(now)
    if closing.closes < closing.ends and state != CLOSED:
        message = f"公告自{in_words(closing.announced)}起，到{in_words(closing.closes)}不满一个月，{in_words(closing.ends)}才关停"
        hint = f"把 closes 改为 {closing.ends} 或以后"
        yield EARLY.at(path, lines.get(("closing", "closes"), line), message, hint, site=site.id)
    below = [other.id for other in registry.subordinates(site) if not other.is_closed(now)]
    if below and state != OPEN:
        message = f"站点关停，下级站点 {'、'.join(below[:5])}{' 等' if len(below) > 5 else ' '}的上级还是它"
        hint = "把这些站点的 superior 改为承接的上级，或者一并关停"
        yield BELOW.at(path, line, message, hint, site=site.id)


def _former_findings(registry: Registry, site: Site, lines: yamlfile.Lines) -> Iterator[Diagnostic]:
    urls = {other.url: other.id for other in registry.sites.values()}
    columns = [column.path for column in site.columns]
    for number, one in enumerate(site.formerly):
        line = lines.get(("formerly", number), lines.get(("formerly",), 1))
        message = hint = ""
        if one.id and (one.id in registry.sites or one.id in registry.broken):
            message, hint = f"formerly: 站点 {one.id} 还在", "它的站点文件还在时用 closing 写明去向；写错了的改正"
        elif one.url and one.url in urls and not (one.id and one.url == site.url):
            message, hint = f"formerly: {one.url} 是站点 {urls[one.url]} 现在的网址", "写原来的网址"
        elif one.to and one.to not in columns:
            message = f"formerly: 本站没有栏目或频道「{one.to}」"
            hint = did_you_mean(one.to, columns) or "改为本站的栏目或频道的目录，或者删去"
        if message:
            yield FORMER.at(f"sites/{site.id}.yaml", line, message, hint, site=site.id)
