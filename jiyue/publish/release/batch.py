"""The commands' thin inside: release, publish, rollback and verify of many sites; one site never stops another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from jiyue.base.diagnostics import Diagnostic, error, has_errors, warning
from jiyue.base.reason import Reason
from jiyue.catalogue.withholding import Withheld
from jiyue.publish.release.make import MASS_LOSS, Made, MassLoss, make_release
from jiyue.publish.release.maker import Maker, Site
from jiyue.publish.release.manifest import ReleaseError
from jiyue.publish.release.prune import prune, sweep_daily
from jiyue.publish.release.records import url_of
from jiyue.publish.release.rollback import rollback
from jiyue.publish.release.store import Store
from jiyue.publish.release.swap import Switched, go_live
from jiyue.publish.release.tombstones import Tombstone, tombstones
from jiyue.publish.release.withdraw import hardened, in_force, reissue, to_clear
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
"""So many pages are named in a finding."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What happened to one site: its release, what went live, and the diagnostics, errors among them."""

    site: str
    made: Made | None = None
    live: Switched | None = None
    diagnostics: tuple[Diagnostic, ...] = ()

    @property
    def well(self) -> bool:
        """Whether nothing of this site is in error."""
        return not has_errors(self.diagnostics)


@dataclass(frozen=True, slots=True)
class Looked:
    """What is known of outputs beside the build's list. refused: site → articles whose finished page may not go out.

    stale: sites whose output may be older than the list. others: sites that get no new release, but lose what is
    withheld by now.
    """

    refused: Mapping[str, Sequence[Withheld]] = field(default_factory=dict)
    stale: frozenset[str] = frozenset()
    others: Sequence[Site] = ()


@dataclass(frozen=True, slots=True)
class Options:
    """keep: releases kept for a rollback; wait: seconds for another deploy; after: site → sequence known elsewhere."""

    keep: int = 10
    wait: float = 0.0
    after: Mapping[str, int] = field(default_factory=dict)


def release(
    store: Store, sites: Sequence[Site], output: Path, maker: Maker, options: Options, looked: Looked | None = None
) -> list[Outcome]:
    """An immutable release of each site that changed; nothing goes live."""
    run = _Run(store, output, maker, options, looked or Looked(), live=False)
    with store.locked(options.wait):
        run.prepare(sites)
        return [run.one(site) for site in sites]


def publish(
    store: Store, sites: Sequence[Site], output: Path, maker: Maker, options: Options, looked: Looked | None = None
) -> list[Outcome]:
    """Release and go live with all that is well, and take down everywhere what is withheld.

    The outcomes of the sites, and those of looked.others of which something was to be told. The command ends with 1 when
    one is not well.
    """
    run = _Run(store, output, maker, options, looked or Looked(), live=True, down=True)
    with store.locked(options.wait):
        run.prepare(sites)
        outcomes = [run.one(site) for site in sites]
        outcomes += [told for told in map(run.other, run.looked.others) if told.live or told.diagnostics]
        if any(o.made and o.made.new for o in outcomes):
            sweep_daily(store, maker.now)
        return outcomes


def rehearse(
    store: Store, sites: Sequence[Site], output: Path, maker: Maker, options: Options, looked: Looked
) -> list[Outcome]:
    """What publish() would make, in a store of no consequence (shadow.py); nothing goes live."""
    run = _Run(store, output, maker, options, looked, live=False, down=True)
    run.prepare(sites)
    outcomes = [run.one(site) for site in sites]
    return outcomes + [told for told in map(run.other, looked.others) if told.made or told.diagnostics]


def roll_back(
    store: Store,
    site: str,
    maker: Maker,
    *,
    to: str = "",
    reason: str = "",
    extra: Sequence[Tombstone] = (),
    wait: float = 0.0,
) -> Outcome:
    """Go back to an earlier release of one site (to "": the one before)."""
    try:
        with store.locked(wait):
            return Outcome(site, live=rollback(store, site, maker, to=to, reason=reason, extra=extra))
    except Exception as cause:
        return failed(site, cause)


@dataclass
class _Run:
    """One run over many sites. live: whether what is made goes live; down: whether what is withheld is taken down."""

    store: Store
    output: Path
    maker: Maker
    options: Options
    looked: Looked
    live: bool
    down: bool = False
    withheld: list[Withheld] = field(default_factory=list)
    buried: list[Tombstone] = field(default_factory=list)

    def prepare(self, sites: Sequence[Site]) -> None:
        """Read what is withheld; bury what of it is live anywhere, before the first site is made."""
        self.withheld = hardened(self.store, [*sites, *self.looked.others], read_withheld(self.output), self.maker)
        self.buried = in_force(tombstones(self.store), self.withheld)

    def one(self, site: Site) -> Outcome:
        """A new release; where that can't be, the last one without what is withheld."""
        made: Made | None = None
        switched: Switched | None = None
        refused = self.looked.refused.get(site.id, ())
        try:
            made = make_release(
                self.store, site, self.output / site.id, self.withheld, self.maker,
                after=self.options.after.get(site.id, 0), refused=refused, stale=site.id in self.looked.stale,
            )  # fmt: skip
            if self.live:
                switched = self._switch(site, made.id)
        except Exception as cause:  # whatever it is, it is this site's alone
            told = (*(made.diagnostics if made else ()), *failed(site.id, cause).diagnostics)
            down = self.other(site) if self.down else Outcome(site.id)
            return Outcome(site.id, down.made or made, down.live or switched, (*told, *down.diagnostics))
        rows = [w for w in self.withheld if w.site == site.id and w.reason in (Reason.ERROR, Reason.UNAPPROVED)]
        found = [
            WITHHELD.at(
                w.path or f"sites/{site.id}.yaml", 0, "内容因错误或未经审核暂缓发布。", "按检查报告修正。", site=site.id
            )
            for w in rows
        ]
        return Outcome(site.id, made, switched, (*made.diagnostics, *found))

    def other(self, site: Site) -> Outcome:
        """The last release again, if something of it is withheld by now."""
        file = f"sites/{site.id}.yaml"
        try:
            stones = to_clear(site, self.buried, self.withheld)
            new = reissue(self.store, site, stones, self.maker, self.output / site.id)
            if new is None:
                return Outcome(site.id)
            switched = self._switch(site, new[0]) if self.live else None
        except Exception as cause:
            hint = "处理后立即重新发布；一时处理不了的，先在服务器上关闭该站点。"
            return Outcome(site.id, diagnostics=(NOT_TAKEN_DOWN.at(file, 0, reason_of(cause), hint, site=site.id),))
        pages = [url_of(path) for path in new[1] if path.endswith(".html")]
        named = "、".join(pages[:_NAMED]) + (" 等" if len(pages) > _NAMED else "")
        what = f"撤下了 {len(pages)} 个页面（{named}）" if pages else "清除了提到已撤下内容的条目"
        told = TAKEN_DOWN.at(
            file, 0, f"站点没有发布新版本，只从原版本{what}。", "不必处理；站点恢复发布后自然更新。", site=site.id
        )
        return Outcome(site.id, Made(site.id, new[0], True, removed=new[1]), switched, (told,))

    def _switch(self, site: Site, name: str) -> Switched:
        switched = go_live(self.store, site.id, name, self.maker.keys, self.maker.now)
        prune(self.store, site.id, self.options.keep)
        return switched


def failed(site: str, cause: Exception) -> Outcome:
    """The outcome of a site that could not be published: what readers get stays as it is."""
    if isinstance(cause, MassLoss):
        rule, hint = MASS_LOSS, "确属有意时加 --allow-loss。"
    else:
        rule, hint = FAILED, "处理后重新发布；线上仍是原版本。"
    return Outcome(site, diagnostics=(rule.at(f"sites/{site}.yaml", 0, reason_of(cause), hint, site=site),))


def reason_of(cause: Exception) -> str:
    """What to tell of an exception, in Chinese; of one that nobody foresaw, enough to report it."""
    if isinstance(cause, ReleaseError):
        return str(cause)
    if isinstance(cause, OSError):
        return f"磁盘或文件系统出错：{cause}。"
    return f"程序出错（{type(cause).__name__}：{cause}），请把这一行报告给平台的维护人员。"
