"""Release, publish and roll back many sites, side by side; one site never stops another."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from jiyue.base.diagnostics import Diagnostic, error, has_errors, warning
from jiyue.base.executor import Executor, Failed, InProcess, LocalExecutor, last_line
from jiyue.base.reason import Reason
from jiyue.catalogue.withholding import Withheld
from jiyue.publish.release.make import MASS_LOSS, Made, MassLoss, make_release
from jiyue.publish.release.maker import Maker, ReleaseSite
from jiyue.publish.release.manifest import ReleaseError
from jiyue.publish.release.packing import load_encoders
from jiyue.publish.release.prune import prune, sweep_daily
from jiyue.publish.release.records import url_of
from jiyue.publish.release.rollback import rollback
from jiyue.publish.release.store import Store
from jiyue.publish.release.swap import Switch, switch_live
from jiyue.publish.release.tombstones import Tombstone, read_tombstones
from jiyue.publish.release.withdraw import enforce_withholding, in_force, release_without, to_remove
from jiyue.publish.release.withheld import read_withheld

FAILED = error("release-failed", "站点未能发布", "一个站点发布失败不影响其他站点，原版本继续服务。")
WITHHELD = error("release-withheld", "有内容被暂缓", "其余内容已发布；被暂缓的须修正后再发布。")
TAKEN_DOWN = warning(
    "release-taken-down",
    "没有新版本，只撤下内容",
    "撤回、到期、涉密的内容不等站点能发布新版本：原版本去掉这些页面和提到它们的条目，重新上线。",
    "本平台",
)
NOT_TAKEN_DOWN = error(
    "release-not-taken-down",
    "该撤下的内容可能仍在线上",
    "撤回、到期、涉密的内容必须离开所有站点；没有做到时须立即处理，必要时先关闭该站点。",
    "本平台",
)
_NAMED = 3
"""Pages named in one finding, at most."""


@dataclass(frozen=True, slots=True)
class SiteOutcome:
    """What happened to one site: its release, what went live, and the diagnostics, errors among them."""

    site: str
    made: Made | None = None
    live: Switch | None = None
    diagnostics: tuple[Diagnostic, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether nothing of this site is in error."""
        return not has_errors(self.diagnostics)


@dataclass(frozen=True, slots=True)
class Restrictions:
    """What else limits a publication, besides the build's list of withheld articles.

    refused: site → articles whose finished page must not go out. stale: sites whose output may be older than the list.
    takedown_only: sites that get no new release, but lose what is withheld by now.
    """

    refused: Mapping[str, Sequence[Withheld]] = field(default_factory=dict)
    stale: frozenset[str] = frozenset()
    takedown_only: Sequence[ReleaseSite] = ()


@dataclass(frozen=True, slots=True)
class ReleaseOptions:
    """keep: releases kept for a rollback; wait: seconds for another deploy; after: site → sequence known elsewhere."""

    keep: int = 10
    wait: float = 0.0
    after: Mapping[str, int] = field(default_factory=dict)


def release_sites(
    store: Store,
    sites: Sequence[ReleaseSite],
    output: Path,
    maker: Maker,
    options: ReleaseOptions,
    restrictions: Restrictions | None = None,
) -> list[SiteOutcome]:
    """An immutable release of each site that changed; nothing goes live."""
    with store.locked(options.wait):
        batch = _Batch(store, sites, output, maker, options, restrictions or Restrictions(), live=False, takedown=False)
        return batch.each(_Batch.release, sites)


def publish_sites(
    store: Store,
    sites: Sequence[ReleaseSite],
    output: Path,
    maker: Maker,
    options: ReleaseOptions,
    restrictions: Restrictions | None = None,
) -> list[SiteOutcome]:
    """Release all valid sites and switch them live; take down on every site what is withheld.

    Returns the outcomes of the sites, and those of restrictions.takedown_only that changed or have diagnostics.
    """
    with store.locked(options.wait):
        batch = _Batch(store, sites, output, maker, options, restrictions or Restrictions(), live=True)
        outcomes = batch.each(_Batch.release, sites)
        downs = batch.each(_Batch.take_down, batch.restrictions.takedown_only)
        outcomes += [o for o in downs if o.live or o.diagnostics]
        outcomes = [batch.tidy(outcome) for outcome in outcomes]
        if any(o.made and o.made.new for o in outcomes):
            sweep_daily(store, maker.now)
        return outcomes


def dry_run_sites(
    store: Store,
    sites: Sequence[ReleaseSite],
    output: Path,
    maker: Maker,
    options: ReleaseOptions,
    restrictions: Restrictions,
) -> list[SiteOutcome]:
    """The result of publish_sites() in a temporary store (dry_run.py); nothing goes live."""
    batch = _Batch(store, sites, output, maker, options, restrictions, live=False)
    outcomes = batch.each(_Batch.release, sites)
    downs = batch.each(_Batch.take_down, restrictions.takedown_only)
    return outcomes + [o for o in downs if o.made or o.diagnostics]


def try_rollback(
    store: Store,
    site: str,
    maker: Maker,
    *,
    to: str = "",
    reason: str = "",
    extra: Sequence[Tombstone] = (),
    wait: float = 0.0,
) -> SiteOutcome:
    """Go back to an earlier release of one site (to "": the one before)."""
    try:
        with store.locked(wait):
            return SiteOutcome(site, live=rollback(store, site, maker, to=to, reason=reason, extra=extra))
    except Exception as cause:
        return failed_outcome(site, cause)


class _Batch:
    """Releases of many sites. live: whether they go live; takedown: whether a site that fails loses what is withheld.

    Creating one reads what is withheld and adds tombstones for what of it is live, before the first release is made. What
    a site's work then writes is that site's alone, or an object whose name is its content, so that sites go side by side;
    nothing is deleted meanwhile.
    """

    def __init__(
        self, store: Store, sites: Sequence[ReleaseSite], output: Path, maker: Maker, options: ReleaseOptions,
        restrictions: Restrictions, *, live: bool, takedown: bool = True,
    ) -> None:  # fmt: skip
        self.store, self.output, self.maker, self.options = store, output, maker, options
        self.restrictions, self.live, self.takedown = restrictions, live, takedown
        affected = [*sites, *restrictions.takedown_only]
        self.withheld = enforce_withholding(store, affected, read_withheld(output), maker)
        self.tombstones = in_force(read_tombstones(store), self.withheld)

    def each(
        self, work: Callable[[_Batch, ReleaseSite], SiteOutcome], sites: Sequence[ReleaseSite]
    ) -> list[SiteOutcome]:
        """The outcomes of all sites, in their order."""
        executor: Executor = InProcess()
        jobs, alone = self.maker.jobs, self
        if len(sites) > 1 and jobs > 1:
            load_encoders()  # once here, not in each child
            self.maker.sbom()
            executor, alone = LocalExecutor(jobs), copy(self)
            alone.maker = replace(self.maker, jobs=max(1, jobs // len(sites)))
        for site in sites:
            executor.submit(partial(work, alone), site)
        done = {site.id: result for site, result in executor.results()}
        for name, result in done.items():
            if isinstance(result, Failed):
                done[name] = failed_outcome(name, ReleaseError(f"没有做完：{last_line(result)}"))
        return [done[site.id] for site in sites]

    def tidy(self, outcome: SiteOutcome) -> SiteOutcome:
        """Delete what a site no longer keeps, once all sites have what they need of it; the outcome with what failed."""
        if outcome.live:
            try:
                prune(self.store, outcome.site, self.options.keep)
            except Exception as cause:  # whatever it is, it stops this site alone
                return replace(
                    outcome, diagnostics=(*outcome.diagnostics, *failed_outcome(outcome.site, cause).diagnostics)
                )
        return outcome

    def release(self, site: ReleaseSite) -> SiteOutcome:
        """A new release; where that is impossible, the last one without what is withheld."""
        made: Made | None = None
        switched: Switch | None = None
        refused = self.restrictions.refused.get(site.id, ())
        try:
            made = make_release(
                self.store, site, self.output / site.id, self.withheld, self.maker,
                after=self.options.after.get(site.id, 0), refused=refused, stale=site.id in self.restrictions.stale,
            )  # fmt: skip
            if self.live:
                switched = self._switch(site, made.id)
        except Exception as cause:  # whatever it is, it stops this site alone
            diagnostics = (*(made.diagnostics if made else ()), *failed_outcome(site.id, cause).diagnostics)
            down = self.take_down(site) if self.takedown else SiteOutcome(site.id)
            return SiteOutcome(site.id, down.made or made, down.live or switched, (*diagnostics, *down.diagnostics))
        rows = [w for w in self.withheld if w.site == site.id and w.reason in (Reason.ERROR, Reason.UNAPPROVED)]
        withheld = [
            WITHHELD.at(
                w.path or f"sites/{site.id}.yaml", 0, "内容因错误或未经审核暂缓发布。", "按检查报告修正。", site=site.id
            )
            for w in rows
        ]
        return SiteOutcome(site.id, made, switched, (*made.diagnostics, *withheld))

    def take_down(self, site: ReleaseSite) -> SiteOutcome:
        """The last release again without what is withheld by now; an empty outcome where it holds nothing of that."""
        file = f"sites/{site.id}.yaml"
        try:
            stones = to_remove(site, self.tombstones, self.withheld)
            new = release_without(self.store, site, stones, self.maker, self.output / site.id)
            if new is None:
                return SiteOutcome(site.id)
            name, removed = new
            switched = self._switch(site, name) if self.live else None
        except Exception as cause:
            hint = "处理后立即重新发布；一时处理不了的，先在服务器上关闭该站点。"
            failure = NOT_TAKEN_DOWN.at(file, 0, error_message(cause), hint, site=site.id)
            return SiteOutcome(site.id, diagnostics=(failure,))
        pages = [url_of(path) for path in removed if path.endswith(".html")]
        named = "、".join(pages[:_NAMED]) + (" 等" if len(pages) > _NAMED else "")
        what = f"撤下了 {len(pages)} 个页面（{named}）" if pages else "清除了提到已撤下内容的条目"
        message = f"站点没有发布新版本，只从原版本{what}。"
        notice = TAKEN_DOWN.at(file, 0, message, "不必处理；站点恢复发布后自然更新。", site=site.id)
        return SiteOutcome(site.id, Made(site.id, name, True, removed=removed), switched, (notice,))

    def _switch(self, site: ReleaseSite, name: str) -> Switch:
        return switch_live(self.store, site.id, name, self.maker.keys, self.maker.now)


def failed_outcome(site: str, cause: Exception) -> SiteOutcome:
    """The outcome of a site that could not be published: what readers get stays as it is."""
    if isinstance(cause, MassLoss):
        rule, hint = MASS_LOSS, "确属有意时加 --allow-loss。"
    else:
        rule, hint = FAILED, "处理后重新发布；线上仍是原版本。"
    return SiteOutcome(site, diagnostics=(rule.at(f"sites/{site}.yaml", 0, error_message(cause), hint, site=site),))


def error_message(cause: Exception) -> str:
    """The message of an exception, in Chinese; of an unforeseen one, enough to report it."""
    if isinstance(cause, ReleaseError):
        return str(cause)
    if isinstance(cause, OSError):
        return f"磁盘或文件系统出错：{cause}。"
    return f"程序出错（{type(cause).__name__}：{cause}），请把这一行报告给平台的维护人员。"
