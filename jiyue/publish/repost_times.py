"""Measures how quickly sites repost: since when each repost and each pushed article is public, from releases and git.

In this order: the ledger that publications write (jiyue.publish.first_live); for a site's own reposts, git: the first version on
the branch that is built from which the article could be published. What neither shows is not decided, and says why.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from jiyue.base import clock
from jiyue.base.cache import Cache
from jiyue.base.diagnostics import encodable, has_errors
from jiyue.base.git import Git, GitError
from jiyue.base.reason import Reason
from jiyue.build.batches import approved_files
from jiyue.catalogue.article import Article
from jiyue.catalogue.migrated import Migrated, digest_of
from jiyue.catalogue.read import read_article
from jiyue.catalogue.scan import scan_site
from jiyue.catalogue.sources import source_bytes
from jiyue.catalogue.summary import Summary
from jiyue.checks.article.review import check_review
from jiyue.linkage.exchange import adopted_ids
from jiyue.linkage.latency import Judged, Limits, Repost, Timeliness, judge, limits_of
from jiyue.linkage.push_down import Pushed, link
from jiyue.publish.cluster import PublishedCluster
from jiyue.publish.first_live import read_first_live, reposts_in
from jiyue.registry.site import Site
from jiyue.render.pages.job import href

NO_TIME = "没有写原文的发布时间（repost_of 的 published）"
MIGRATED = "旧站迁来的稿件，首次公开的时间不在这里"
BEFORE_LEDGER = "转载时间台账开始以前就已公开"
UNCOMMITTED = "还没有提交，也没有发布记录"
NO_RELEASE = "没有发布记录；推送的文章何时公开，只有发布记录知道"
_KEPT = "reposts/history.json"
GONE = (Reason.WITHDRAWN, Reason.EXPIRED, Reason.SECRET)
"""Reasons of what was public, or must not be: nothing is owed any more."""


class _Version(NamedTuple):
    """A version of a file: since when, and its content's id."""

    at: str
    blob: str


class _Public(NamedTuple):
    """Since when something is public: at '' if it is not, or (with why) if that is unknown."""

    at: str = ""
    evidence: str = ""
    why: str = ""


def repost_times(
    cluster: PublishedCluster, summaries: Mapping[str, Summary], sites: Sequence[str], now: str
) -> list[Repost]:
    """The reposts and pushed articles of the chosen sites, judged as of now ('YYYY-MM-DD HH:MM')."""
    cache = Cache(cluster.work / "store")
    migrated = approved_files(cluster.root, cluster.registry, cache, now)
    history = _History(cluster.root, cache)
    arrived = link(cluster.registry, dict(summaries), now)[0]
    every = [_Site(cluster, cluster.registry.sites[name], summaries[name], history, migrated, now) for name in sites]
    own = {one.site.id: _reposts(cluster, one.site, cache) for one in every}
    unknown = [row.source_path for one in every for row in own[one.site.id] if not one.is_released(row)]
    pushed = [one.article.source_path for name in sites for one in arrived.get(name, ())]
    history.read_all({*unknown, *pushed})
    return [
        repost
        for one in every
        for repost in (*one.reposts(own[one.site.id]), *one.pushed(arrived.get(one.site.id, [])))
    ]


def _reposts(cluster: PublishedCluster, site: Site, cache: Cache) -> list[Article]:
    """The site's reposts but those that came up from below: they are adopted, and owed by no time."""
    reported = adopted_ids(cluster.registry, site.id)
    rows = scan_site(cluster.root, site, cache).rows
    return [row for row in rows if "repost_of" in row.extra and not row.id.startswith(reported)]


class _History:
    """The versions of all articles on the branch that is built. why: why git can't tell, '' if it can."""

    def __init__(self, root: Path, cache: Cache) -> None:
        self.git, self.cache, self.why = Git(root), cache, ""
        self.contents: dict[str, bytes] = {}

    def read_all(self, paths: Iterable[str]) -> None:
        """Read the versions of these files at once: git is slow to start."""
        blobs = {one.blob for path in paths for one in self.versions.get(path, ()) if len(self.versions[path]) > 1}
        self.contents = dict(self.git.contents(sorted(blobs)))

    @cached_property
    def versions(self) -> Mapping[str, list[_Version]]:
        """Path -> its versions, oldest first; those of a renamed file begin under its old name. Kept for the next run."""
        try:
            if self.git.is_shallow():
                raise GitError("这是浅克隆，看不到稿件进入仓库的时间")
            head = self.git.commit("HEAD")
            kept = self.cache.get(_KEPT) or {"head": "", "versions": {}}
            versions = {path: [_Version(*one) for one in rows] for path, rows in kept["versions"].items()}
            if kept["head"] == head:
                return versions
            steps = None
            with suppress(GitError):  # history may have been rewritten
                steps = self.git.trunk(head, "content", kept["head"]) if kept["head"] else None
            if steps is None:
                versions, steps = {}, self.git.trunk(head, "content") or []
        except GitError as problem:
            self.why = str(problem)
            return {}
        for seconds, changes in steps:
            at = clock.minute(seconds)
            # before any change of this commit: a swap of two names takes both from here
            earlier = {one.path: versions.get(one.source, []) for one in changes if one.status == "R"}
            for one in changes:
                old = earlier.get(one.path, versions.get(one.path, []) if one.status != "A" else [])
                if one.new and one.path.endswith((".md", ".markdown")) and one.path == encodable(one.path):
                    versions[one.path] = [*old, _Version(at, one.new)]
        self.cache.put(_KEPT, {"head": head, "versions": versions})
        return versions


class _Site:
    """The measuring of one site."""

    def __init__(
        self, cluster: PublishedCluster, site: Site, summary: Summary, history: _History, migrated: Migrated, now: str
    ) -> None:
        self.cluster, self.site, self.history, self.migrated, self.now = cluster, site, history, migrated, now
        self.hidden = {one.source_path: one.why(now) for one in summary.hidden}
        self.migrated_paths = {path for path, _ in migrated}
        self.limits: Limits = limits_of(cluster.registry.rules(site))
        self.first: dict[str, str] = {}
        for row in read_first_live(cluster.root, site.id):
            # the first line counts: a renamed repost comes again under its new path, from the same origin
            self.first.setdefault(row.source, self.first.setdefault(row.origin, row.at))

    @cached_property
    def live(self) -> set[str] | None:
        """The source paths of the reposts that the live release shows; None where no release is."""
        store = self.cluster.store
        release = store.live_id(self.site.id)
        return set(reposts_in(store.tree(self.site.id, release), self.site.id)) if release else None

    def is_released(self, row: Article) -> bool:
        """Whether the ledger knows since when a repost of its own is live."""
        return bool(self._released(row.source_path, row.extra["repost_of"]["url"]))

    def reposts(self, rows: Iterable[Article]) -> list[Repost]:
        """The site's own reposts."""
        found = []
        for row in rows:
            origin = row.extra["repost_of"]
            reason = self.hidden.get(row.source_path, Reason.NONE)
            if reason is Reason.SECRET:
                continue
            public = self._public(row, reason)
            if reason in GONE and not public.at:
                continue
            found.append(self._judged(row, origin["name"], origin.get("published") or "", public, pushed=False))
        return found

    def pushed(self, arrivals: Iterable[Pushed]) -> list[Repost]:
        """The articles that superiors push to the site: due since they are public there and the push is ordered."""
        found = []
        for one in arrivals:
            article = one.article
            public = self._received(one)
            published = max(article.date, self._ordered(article))
            if public.at and public.at < published:  # its date lies after it went live, or the order was changed
                published = public.at
            found.append(self._judged(article, one.origin_name, published, public, pushed=True))
        return found

    def _received(self, one: Pushed) -> _Public:
        path = one.article.source_path
        if released := self._released(path, f"{one.origin_url}/{href(one.article.path)}"):
            return _Public(released, "release")
        if self.live is None:
            return _Public(why=NO_RELEASE)
        return _Public(why=BEFORE_LEDGER) if path in self.live else _Public()

    def _judged(self, row: Article, origin: str, published: str, public: _Public, *, pushed: bool) -> Repost:
        if not published or public.why:
            judged = Judged(Timeliness.UNDECIDED, why=public.why or NO_TIME)
        else:
            judged = judge(published, public.at, self.limits, self.now)
        return Repost(
            self.site.id, row.source_path, row.title, origin, pushed, published, public.at, public.evidence,
            judged.why, judged,
        )  # fmt: skip

    def _public(self, row: Article, reason: Reason) -> _Public:
        """Since when one of the site's own reposts is public."""
        path = row.source_path
        if released := self._released(path, row.extra["repost_of"]["url"]):
            return _Public(released, "release")
        if (reason is not Reason.NONE and reason not in GONE) or (self.live is not None and path not in self.live):
            return _Public()
        if self._is_migrated(row):
            return _Public(why=MIGRATED)
        versions = self.history.versions.get(path, [])
        if not versions:
            return _Public(why=self.history.why or UNCOMMITTED)
        at = versions[0].at if len(versions) == 1 else self._first_publishable(row, versions)
        return _Public(max(at, row.publish_at), "git") if at else _Public(why=UNCOMMITTED)

    def _released(self, path: str, origin: str) -> str:
        """What the ledger says; '' where it says nothing. origin: finds a page that was live under another name, too."""
        return self.first.get(path, "") or self.first.get(origin, "")

    def _is_migrated(self, row: Article) -> bool:
        if row.source_path not in self.migrated_paths:
            return False
        return (row.source_path, digest_of(source_bytes(self.cluster.root, row.source_path))) in self.migrated

    def _first_publishable(self, row: Article, versions: Sequence[_Version]) -> str:
        """The time of the first version that passes the review; '' if none does."""
        for at, version in self._read(row, versions):
            if version and not has_errors(check_review(version, self.site, at).findings):
                return at
        return ""

    def _ordered(self, article: Article) -> str:
        """Since when the article is pushed to this site without interruption, as git shows it; '' where it does not."""
        since = ""
        versions = self.history.versions.get(article.source_path, [])
        if len(versions) == 1:  # the version at hand, which is pushed here
            return versions[0].at
        for at, version in self._read(article, versions):
            wanted = version is not None and {"all", self.site.kind, self.site.id} & set(version.push_down)
            since = (since or at) if wanted else ""
        return since

    def _read(self, row: Article, versions: Sequence[_Version]) -> Iterable[tuple[str, Article | None]]:
        """(time, article) of versions; None for one that can't be read or is a draft."""
        name = row.source_path.rpartition("/")[2]
        for one in versions:
            article, _ = read_article(
                self.history.contents[one.blob], row.site, row.column, row.folder, name, row.source_path
            )
            yield one.at, article
