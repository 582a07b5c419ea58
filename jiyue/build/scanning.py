"""Scans the whole cluster into one summary per site; scans only changed sites."""

from __future__ import annotations

import bisect
import hashlib
import importlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from jiyue.base import clock
from jiyue.base.cache import Cache
from jiyue.base.diagnostics import error
from jiyue.base.executor import Executor, Failed, InProcess, LocalExecutor
from jiyue.build.options import Options, Progress
from jiyue.build.rules import ClusterRules, Stale, cluster_rules
from jiyue.build.task import OWN_PLUGINS
from jiyue.catalogue.stamps import stat_signature
from jiyue.catalogue.summary import Summary
from jiyue.registry.site import ClusterBroken, Registry, Site
from jiyue.version import engine_digest

UNSCANNED = error(
    "build-scan",
    "站点的稿件没有读完",
    "一个站点的稿件读不完，不影响其他站点：它保留已发布的版本，其余照常发布。",
)


class _Unscanned(Exception):
    """Sites whose scan failed: id -> why."""

    def __init__(self, sites: dict[str, str]) -> None:
        super().__init__(", ".join(sites))
        self.sites = sites


def scan_all(
    options: Options,
    registry: Registry,
    cache: Cache,
    progress: Progress,
    known: dict[str, Summary] | None = None,
    touched: frozenset[str] = frozenset(),
    meanwhile: Iterable[object] = (),
) -> tuple[Registry, dict[str, Summary]]:
    """(registry without the sites whose scan failed, summary of each other site). A failed site counts as broken.

    known, touched, meanwhile: see _scan. Raises ClusterBroken if the root site can't be scanned.
    """
    while True:
        try:
            return registry, _scan(options, registry, cache, progress, known, touched, meanwhile)
        except _Unscanned as failed:
            hint = "核对该站点的文件能不能读；再运行一次，若仍出错请报告"
            findings = [
                UNSCANNED.at(f"sites/{site}.yaml", 0, f"稿件没有读完：{why.strip().splitlines()[-1]}", hint, site=site)
                for site, why in failed.sites.items()
            ]
            if registry.cluster.root in failed.sites:
                raise ClusterBroken([*registry.diagnostics, *findings]) from None
            registry = registry.without(failed.sites, findings)
            known, meanwhile = {k: v for k, v in (known or {}).items() if k in registry.sites} or None, ()


def _scan(
    options: Options,
    registry: Registry,
    cache: Cache,
    progress: Progress,
    known: dict[str, Summary] | None,
    touched: frozenset[str],
    meanwhile: Iterable[object],
) -> dict[str, Summary]:
    """The summary of every site. Scans only sites whose file stamps changed; of `known` sites, only touched ones.

    meanwhile: steps to run here while child processes scan all sites.
    """
    cached = (cache.get("summaries.json") if known is None else None) or {}
    engine = engine_digest()
    now = options.now or clock.now()
    rules = cluster_rules(options.root, registry, now, cache)
    summaries = {
        site: old.again()
        for site, old in (known or {}).items()
        if site in registry.sites and site not in touched and _holds(old, now)
    }
    stale: list[Stale] = []
    stamps = _stamps(options, [site for site in registry.sites if site not in summaries])
    for site in (one for one in registry.sites.values() if one.id in stamps):
        policy_digest = _policy_digest(registry, site, engine, rules.key(site))
        signature = f"{policy_digest}{stamps[site.id]}"
        old = known.get(site.id) if known else Summary.from_json(cached[site.id]) if site.id in cached else None
        old = old if old and old.policy_digest == policy_digest and _holds(old, now) else None
        if old and old.signature == signature:
            summaries[site.id] = old.again()
        else:
            stale.append(Stale(site, signature, policy_digest, old))
    folder = cache.folder
    executor: Executor = LocalExecutor(options.jobs) if len(stale) > 1 and options.jobs > 1 else InProcess()
    recommended = {registry.cluster.root: registry.cluster.recommended}
    if len(stale) > 1:
        rules.warm_up()
        importlib.import_module("jiyue.catalogue.models")  # pydantic: once, not in each child
    for one in stale:
        executor.submit(_scan_site, _Work(options.root, folder, one, recommended.get(one.site.id, ""), rules))
    lost: dict[str, str] = {}
    done = len(summaries)
    progress("扫描", done, len(registry.sites))
    for argument, result in executor.results(meanwhile if len(stale) == len(registry.sites) else ()):
        site = argument.stale.site.id
        if isinstance(result, Failed):
            lost[site] = str(result)
        else:
            summaries[site], messages = result
            cache.messages += messages
        done += 1
        progress("扫描", done, len(registry.sites))
    if stale or (known is None and cached.keys() != summaries.keys()):
        cache.put("summaries.json", {site: summary.as_json() for site, summary in summaries.items()})
    if lost:
        raise _Unscanned(lost)
    return summaries


def _stamps(options: Options, sites: list[str]) -> dict[str, str]:
    """Site -> signature of its files. Reading the stamps is most of the time of a build without changes."""
    executor: Executor = LocalExecutor(options.jobs) if len(sites) > options.jobs > 1 else InProcess()
    for n in range(options.jobs):
        executor.submit(_stamps_of, (options.root, sites[n :: options.jobs]))
    signatures: dict[str, str] = {}
    for _, result in executor.results(_load_for_an_edit()):
        if isinstance(result, Failed):
            raise RuntimeError(f"查看文件的改动时间时出错\n{result}")
        signatures |= result
    return signatures


def _load_for_an_edit() -> Iterator[object]:
    """Import what an edit needs, step by step, while child processes read stamps: most builds have changes."""
    for name in ("jiyue.build.verdicts", "jiyue.build.site", "jinja2", *OWN_PLUGINS):
        yield importlib.import_module(name)


def _stamps_of(argument: tuple[Path, list[str]]) -> dict[str, str]:
    root, sites = argument
    return {site: stat_signature(root, site) for site in sites}


def _holds(summary: Summary, now: str) -> bool:
    """Whether a summary is still valid: no turning point has passed since, and the clock was not set back.

    All turning points are later than the evaluation, so after the clock was set back the summary must be made again.
    """
    turned = bisect.bisect_right(summary.turning, now) - bisect.bisect_right(summary.turning, summary.evaluated_at)
    return summary.evaluated_at <= now and not turned


def _policy_digest(registry: Registry, site: Site, engine: str, rules: str) -> str:
    recommended = registry.cluster.recommended if site.id == registry.cluster.root else ""
    columns = repr([(c.path, c.type) for c in site.columns])
    return hashlib.blake2b(f"{engine}{columns}{recommended}{rules}".encode(), digest_size=16).hexdigest()


class _Work(NamedTuple):
    """The scan of one site. cache: the cache folder or None; recommended: the recommended column, if it is the root site."""

    root: Path
    cache: Path | None
    stale: Stale
    recommended: str
    rules: ClusterRules


def _scan_site(work: _Work) -> tuple[Summary, list[str]]:
    from jiyue.build.verdicts import scan_and_judge  # noqa: PLC0415  (all rules: 40 ms)

    cache = Cache(work.cache)
    return scan_and_judge(work.root, work.stale, cache, work.recommended, work.rules), cache.messages
