"""Plans the rendering: a task for each site, and the fingerprint that decides whether it must be built at all."""

from __future__ import annotations

import bisect
import hashlib
from collections.abc import Iterable
from dataclasses import replace

from jiyue.base import clock
from jiyue.base.cache import Cache
from jiyue.build.cluster_pages import cluster_pages
from jiyue.build.linking import Linkage
from jiyue.build.options import Options
from jiyue.build.task import SiteTask
from jiyue.catalogue.documents import Elsewhere
from jiyue.catalogue.summary import Summary
from jiyue.linkage.alerts import Message
from jiyue.linkage.push_down import Pushed
from jiyue.linkage.recommended import Recommended, headlines
from jiyue.registry.site import Registry, Site
from jiyue.render.pages.job import Headline, Member, Neighbour, ProvincialEdition, SiteJob, href
from jiyue.version import engine_digest

CONTENT = "本站内容"
"""The part of a fingerprint that stands for the site's own files."""
PORTAL = "门户推荐栏目"
"""The part of a fingerprint that stands for the portal's recommended column."""


def make_tasks(
    options: Options,
    registry: Registry,
    summaries: dict[str, Summary],
    linkage: Linkage,
    cache: Cache,
) -> list[SiteTask]:
    """A task for each chosen site, the largest first."""
    now = options.now or clock.now()
    cluster = registry.cluster
    root = registry.sites[cluster.root]
    portal = Neighbour("", cluster.portal_name, cluster.portal_url)
    recommended, lines = portal_lines(registry, summaries, linkage.arrived, now)
    there = {site.id for site in registry.sites.values() if not site.is_closed(now)}
    everyone = tuple(Member(s.id, s.name, s.url, s.kind, s.superior) for s in registry.sites.values() if s.id in there)
    hosts = tuple(sorted({site.host.partition(":")[0] for site in registry.sites.values()}))
    tasks = []
    key = output_key(options)
    for site in registry.sites.values():
        if options.sites and site.id not in options.sites:
            continue
        pushed, alerts = linkage.arrived.get(site.id, ()), (linkage.alerts or {}).get(site.id, ())
        job = SiteJob(
            root=options.root.resolve(),
            output=options.output.resolve(),
            theme=options.theme_folder.resolve(),
            site=site,
            cluster=cluster,
            superiors=tuple(_neighbour(registry.sites[above]) for above in site.superiors if above in there),
            siblings=tuple(_neighbour(other) for other in registry.siblings(site) if other.id in there),
            subordinates=tuple(_neighbour(other) for other in registry.subordinates(site) if other.id in there),
            national=portal,
            portal=_neighbour(root),
            headlines=lines,
            pushed=tuple(pushed),
            now=now,
            plugins=site.plugins,
            cluster_pages=cluster_pages(registry, summaries, recommended, now) if site is root else None,
            withheld=tuple(summaries[site.id].withheld),
            hosts=hosts if site.leaving == "notice" else (),
            dead=_dead_of(site, summaries[site.id], pushed, alerts, linkage.dead),
            content=summaries[site.id].content,
            provincial=_provincial(summaries[site.id], root, summaries[root.id]),
            elsewhere=linkage.elsewhere.get(site.id, Elsewhere()),
            gathered=linkage.gathered.get(site.id, ()),
            alerts=None if linkage.alerts is None else alerts,
            members=everyone if site.id == cluster.root and len(registry.sites) > 1 else (),
        )
        known = cache.has(f"output/{key}/{site.id}.json")
        tasks.append(SiteTask(job, engine_digest(), cache.folder, key, bool(site.plugins) or not known))
    weight = {task.job.site.id: summaries[task.job.site.id].articles + len(task.job.pushed) for task in tasks}
    total = sum(weight.values()) or 1
    # a site with more work than one core's share is rendered by several processes
    tasks = [replace(task, shards=max(1, round(options.jobs * weight[task.job.site.id] / total))) for task in tasks]
    return sorted(tasks, key=lambda task: -weight[task.job.site.id])


def portal_lines(
    registry: Registry, summaries: dict[str, Summary], arrived: dict[str, list[Pushed]], now: str
) -> tuple[list[Recommended], tuple[Headline, ...]]:
    """The articles of the portal's recommended column at a moment, and what every home page shows of them."""
    root = registry.sites[registry.cluster.root]
    articles = headlines(summaries[root.id], registry.cluster.recommended, arrived.get(root.id, ()), now)
    return articles, tuple(
        Headline(one.article.title, f"{root.url}/{href(one.path)}", one.article.date[:10]) for one in articles
    )


def _provincial(summary: Summary, root: Site, roots: Summary) -> tuple[ProvincialEdition, ...]:
    """The root's open editions in the languages of a site's closed ones."""
    return tuple(
        ProvincialEdition(lang, root.name, f"{root.url}/{href(roots.entrances[lang])}", tuple(paths))
        for lang, paths in sorted(summary.switched.items())
        if roots.entrances.get(lang)
    )


def _dead_of(
    site: Site, summary: Summary, pushed: Iterable[Pushed], alerts: Iterable[Message], dead: frozenset[str]
) -> tuple[str, ...]:
    """The dead addresses that a site's pages link to."""
    if not dead:
        return ()
    mentioned = {url for _, url in summary.outward} | {message.url for message in alerts}
    mentioned.update(link.url for link in site.links)
    if site.notice:
        mentioned.add(site.notice.address(site.url))
    if site.closing:
        mentioned.update((site.closing.address(site.url), *site.closing.heir[3:]))
    for one in pushed:
        from jiyue.catalogue.links import cluster_links  # noqa: PLC0415  (20 ms, only where articles arrived)

        mentioned.update(one.article.extra.get("urls", ()))
        mentioned.update(url for _, url in cluster_links(one.origin_url, one.article))
    return tuple(sorted(mentioned & dead))


def _neighbour(site: Site) -> Neighbour:
    return Neighbour(site.id, site.name, site.url, site.short, site.kind)


def output_key(options: Options) -> str:
    """A key for the output folder in the cache, made of its path, relative to the cluster if possible, so the cache can move."""
    output, root = options.output.resolve(), options.root.resolve()
    name = output.relative_to(root).as_posix() if output.is_relative_to(root) else str(output)
    return hashlib.blake2b(name.encode(), digest_size=6).hexdigest()


def fingerprint(task: SiteTask, summary: Summary, theme: str) -> dict[str, str]:
    """Name -> digest, for everything that a site's output depends on. If none has changed, the site isn't built."""
    job = task.job
    parts = {
        "程序": task.engine,
        "主题": theme,
        "站点设置": (job.site, job.cluster, job.plugins),
        "上级、同级或下级站点": (job.superiors, job.siblings, job.subordinates, job.national, job.portal),
        PORTAL: job.headlines,
        "推送来的文章": job.pushed,
        "汇集的文章": job.gathered,
        "紧急信息": job.alerts,
        "其他站点的公文": (
            job.elsewhere,
            [d <= job.now for one in job.elsewhere.documents for d in one.turning_points()],
        ),
        "全站群的站点和最新文章": (job.members, job.hosts, job.cluster_pages),
        CONTENT: (summary.digest, job.withheld),
        "链接的其他站点": job.dead,
        "省级门户的译文版本": job.provincial,
        "时间（到期、定时或撤稿）": (
            bisect.bisect_right(summary.turning, job.now),
            bool(job.site.notice and job.site.notice.is_shown(job.now)),
            job.site.closing.state(job.now) if job.site.closing else "",
            _clock_marks(job),
        ),
    }
    return {name: part_digest(part) for name, part in parts.items()}


def _clock_marks(job: SiteJob) -> list[str]:
    """What the clock decides on the pages of articles that arrived."""
    if not job.pushed:
        return []
    from jiyue.catalogue.moments import clock_mark  # noqa: PLC0415  (10 ms, only where articles arrived)

    return [clock_mark(one.article, job.now) for one in job.pushed]


def part_digest(part: object) -> str:
    """The digest of one part of a fingerprint."""
    return hashlib.blake2b(repr(part).encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
