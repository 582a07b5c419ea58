"""The commands' thin inside: release, publish, rollback and verify of many sites; one site never stops another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from jiyue.diagnostics import Diagnostic, error, has_errors
from jiyue.release.live import Switched, go_live
from jiyue.release.make import MASS_LOSS, Made, MassLoss, make_release
from jiyue.release.maker import Maker, Site
from jiyue.release.manifest import ReleaseError
from jiyue.release.prune import prune, sweep_daily
from jiyue.release.rollback import rollback
from jiyue.release.store import Store
from jiyue.release.withheld import Tombstone, Withheld, read_withheld

FAILED = error("release-failed", "站点未能发布", "一个站点发布失败不影响其他站点，原版本继续服务。")
WITHHELD = error("release-withheld", "有内容被暂缓", "其余内容已发布；被暂缓的须修正后再发布。")


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
class Options:
    """keep: releases kept for a rollback; wait: seconds for another deploy; after: site → sequence known elsewhere."""

    keep: int = 10
    wait: float = 0.0
    after: Mapping[str, int] = field(default_factory=dict)


def release(store: Store, sites: Sequence[Site], output: Path, maker: Maker, options: Options) -> list[Outcome]:
    """An immutable release of each site that changed; nothing goes live."""
    with store.locked(options.wait):
        withheld = read_withheld(output)
        return [_one(store, site, output, withheld, maker=maker, options=options, live=False) for site in sites]


def publish(store: Store, sites: Sequence[Site], output: Path, maker: Maker, options: Options) -> list[Outcome]:
    """Release and go live with all that is well. The command ends with 1 when an outcome is not well."""
    with store.locked(options.wait):
        withheld = read_withheld(output)
        outcomes = [_one(store, site, output, withheld, maker=maker, options=options, live=True) for site in sites]
        if any(o.made and o.made.new for o in outcomes):
            sweep_daily(store, maker.now)
        return outcomes


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


def _one(
    store: Store,
    site: Site,
    output: Path,
    withheld: Sequence[Withheld],
    *,
    maker: Maker,
    options: Options,
    live: bool,
) -> Outcome:
    made: Made | None = None
    switched: Switched | None = None
    try:
        made = make_release(store, site, output / site.id, withheld, maker, after=options.after.get(site.id, 0))
        if live:
            switched = go_live(store, site.id, made.id, maker.keys, maker.now)
            prune(store, site.id, options.keep)
    except Exception as cause:  # whatever it is, it is this site's and no other's
        told = failed(site.id, cause).diagnostics
        return Outcome(site.id, made, switched, (*(made.diagnostics if made else ()), *told))
    kept_back = [w for w in withheld if w.site == site.id and w.reason in ("error", "unapproved")]
    found = [
        WITHHELD.at(
            w.path or f"sites/{site.id}.yaml", 0, "内容因错误或未经审核暂缓发布。", "按检查报告修正。", site=site.id
        )
        for w in kept_back
    ]
    return Outcome(site.id, made, switched, (*made.diagnostics, *found))


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
    return f"程序没有料到的情况（{type(cause).__name__}: {cause}）。请报告这个问题。"
