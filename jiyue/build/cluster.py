"""The cluster's build: registry, scan, linkage, plan, render, report. Reads as the way of the data does."""

from __future__ import annotations

import bisect
import hashlib
import importlib
import json
import os
import shutil
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from jiyue import PRODUCT_ROOT, clock
from jiyue import theme as themes
from jiyue.build.changes import changed_findings, file_findings
from jiyue.build.everywhere import everywhere
from jiyue.build.external import external_findings
from jiyue.build.judging import (
    WAIVERS,
    ClusterRules,
    cluster_rules,
    cross_links,
    day,
    scan_and_judge,
)
from jiyue.build.site import HOST_PLUGIN, OWN_PLUGINS, SiteTask, run_site
from jiyue.build.together import together
from jiyue.build.withheld import withheld_rows, write_withheld
from jiyue.catalogue.linkage import Pushed, headlines, link
from jiyue.catalogue.scan import stat_signature
from jiyue.catalogue.summary import Summary
from jiyue.changed import staged_paths
from jiyue.checks.inspect import ready_terms, term_lists
from jiyue.checks.officers import registry_findings
from jiyue.checks.review import Waiting
from jiyue.checks.waivers import apply_waivers, load_waivers
from jiyue.diagnostics import Diagnostic, error, has_errors, in_order
from jiyue.encoding import NotUtf8
from jiyue.executor import Executor, Failed, InProcess, LocalExecutor
from jiyue.registry.load import ClusterBroken, load_registry, registry_files
from jiyue.registry.site import Registry, Site
from jiyue.release.withheld import BUILDING
from jiyue.render.body import read_body
from jiyue.render.engine import SiteResult
from jiyue.render.markdown import convert
from jiyue.render.output import Output
from jiyue.render.templates import environment
from jiyue.site.view import Headline, Member, Neighbour, SiteJob, href
from jiyue.store import Store
from jiyue.version import engine_digest, folder_digest

CHILD = error("build-child", "站点的构建进程意外结束", "该站点没有完整生成，其他站点不受影响。")
FOREIGN = error(
    "output-foreign", "输出目录里有别的文件", "构建会删除输出目录里不属于站点的文件，因此拒绝使用放着别的东西的目录。"
)

Progress = Callable[[str, int, int], None]
"""Told (what, done, total) as the build goes on."""


@dataclass(frozen=True)
class Options:
    """What to build.

    sites: () for all. now: '' for the clock's. jobs: processes at a time. scheduler: a Dask scheduler's address, '' to
    build here.
    """

    root: Path
    output: Path
    sites: tuple[str, ...] = ()
    jobs: int = field(default_factory=lambda: os.cpu_count() or 1)
    now: str = ""
    cache: bool = True
    scheduler: str = ""
    theme: Path | None = None

    @property
    def theme_folder(self) -> Path:
        """The cluster's own theme if it has one, else the product's."""
        own = self.root / "themes" / "gov"
        return self.theme or (own if own.is_dir() else PRODUCT_ROOT / "themes" / "gov")


@dataclass(frozen=True)
class Known:
    """What a running preview keeps between builds: nothing of it is looked at again but the sites that were touched."""

    registry: Registry
    summaries: dict[str, Summary]


@dataclass
class Report:
    """What a build did, for the summary and the exit status."""

    sites: int = 0
    opened: int = 0
    results: list[SiteResult] = field(default_factory=list)
    diagnostics: list[Diagnostic] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    reasons: dict[str, str] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    known: Known | None = None

    @contextmanager
    def timed(self, stage: str) -> Iterator[None]:
        """Count the wall time of a stage of the whole build."""
        began = time.perf_counter()
        yield
        self.seconds[stage] = self.seconds.get(stage, 0.0) + time.perf_counter() - began

    @property
    def exit_code(self) -> int:
        """0 well, 1 a diagnostic of severity error or a failed site."""
        return 1 if self.failed or has_errors(self.diagnostics) else 0


def build(
    options: Options,
    progress: Progress = lambda *_: None,
    known: Known | None = None,
    touched: frozenset[str] = frozenset(),
) -> Report:
    """Bring the output of the chosen sites up to date. Raises jiyue.store.Busy if another build is at work here.

    known: what the last build of this process found; then only the sites in touched are scanned.
    """
    store = Store(options.root / ".jiyue" / "store")
    with store.locked() as writable:
        report = _build(options, store if options.cache and writable else None, progress, known, touched)
        report.said = list(dict.fromkeys([*store.said, *report.said]))
        return report


def _build(
    options: Options, store: Store | None, progress: Progress, known: Known | None, touched: frozenset[str]
) -> Report:
    report = Report()
    themes.forget()
    try:
        with report.timed("站点登记"):
            registry = known.registry if known else recall_registry(options.root, store)
    except ClusterBroken as problem:
        report.diagnostics = in_order(problem.diagnostics)
        report.failed = ["cluster"]
        return report
    foreign = _foreign(options, registry, store)
    if foreign:
        report.diagnostics, report.failed = [foreign], ["cluster"]
        return report
    with report.timed("扫描"):
        summaries = scan_all(options, registry, store, progress, known.summaries if known else None, touched)
    report.known = Known(registry, summaries)
    with report.timed("关联和计划"):
        arrived, linkage_found = link(registry, summaries, options.now or clock.now())
        dead, cross_found = cross_links(options.root, registry, summaries, store, options.now or clock.now())
    spent = sum(summary.spent for summary in summaries.values())
    if spent:
        report.seconds["  其中内容检查"] = spent
    tasks = _tasks(options, registry, summaries, arrived, store, dead)
    report.sites = len(tasks)
    report.diagnostics = _found(options, registry, summaries, [*linkage_found, *cross_found])
    _write_internal(options, registry, summaries)  # first: an interrupted build must know this folder again
    with report.timed("生成"):
        _render(options, tasks, summaries, store, report, progress)
    rows = withheld_rows(registry, summaries, report.failed, options.now or clock.now())
    write_withheld(options.output, rows, summaries, options.sites)
    with report.timed("全站群搜索"):
        whole = replace(options, sites=())
        every = partial(_tasks, whole, registry, summaries, arrived, store, dead)
        everywhere(options.output, options.root, registry, _key(options), store, report.results, every)
    if not options.sites:
        _remove_others(options, registry, store)
    (options.output / BUILDING).unlink(missing_ok=True)
    report.diagnostics = in_order(report.diagnostics)
    report.failed = sorted({*report.failed, *(s for s in registry.broken if not options.sites or s in options.sites)})
    return report


def check(options: Options, progress: Progress = lambda *_: None, *, external: bool = False) -> Report:
    """Everything before rendering: registry, scan, verdicts, links, dates. external: links to other hosts are tried."""
    report = Report()
    now = options.now or clock.now()
    try:
        registry = recall_registry(options.root, None)
    except ClusterBroken as problem:
        report.diagnostics, report.failed = in_order(problem.diagnostics), ["cluster"]
        return report
    store = Store(options.root / ".jiyue" / "store") if options.cache else None
    summaries = scan_all(options, registry, store, progress)
    _, found = link(registry, summaries, now)
    _, cross_found = cross_links(options.root, registry, summaries, store, now)
    report.sites = len(registry.sites)
    report.known = Known(registry, summaries)
    more = [*found, *cross_found]
    if external:
        more += external_findings(options.root, registry, store, now)
    report.diagnostics = in_order(_found(options, registry, summaries, more))
    return report


def check_files(options: Options, base: str, actor: str = "", *, signed: bool = False) -> Report:
    """Only what changed since base (with the rights), or, base '', what is staged."""
    report = Report()
    store = Store(options.root / ".jiyue" / "store")
    now = options.now or clock.now()
    try:
        registry = recall_registry(options.root, store)
    except ClusterBroken as problem:
        report.diagnostics, report.failed = in_order(problem.diagnostics), ["cluster"]
        return report
    if base:
        found = changed_findings(options.root, registry, base, now, actor, signed=signed)
    else:
        found = [*registry.diagnostics, *file_findings(options.root, registry, staged_paths(options.root), now)]
    report.sites = len(registry.sites)
    report.diagnostics = in_order(_of(options, found))
    return report


def summaries_of(options: Options, registry: Registry) -> dict[str, Summary]:
    """What the scan knows of every site, from the store where nothing changed."""
    return scan_all(options, registry, Store(options.root / ".jiyue" / "store"), lambda *_: None)


def waiting(options: Options) -> list[Waiting]:
    """The articles of the chosen sites that wait for review, the oldest first."""
    try:
        registry = recall_registry(options.root, None)
    except ClusterBroken:
        return []
    store = Store(options.root / ".jiyue" / "store")
    summaries = scan_all(options, registry, store, lambda *_: None)
    chosen = options.sites or tuple(registry.sites)
    found = [Waiting(*row) for site in chosen if site in summaries for row in summaries[site].waiting]
    return sorted(found, key=lambda row: (row.date, row.path))


def _found(
    options: Options, registry: Registry, summaries: dict[str, Summary], more: Iterable[Diagnostic]
) -> list[Diagnostic]:
    """Everything found before rendering, about the chosen sites, without what a waiver lets pass."""
    now = options.now or clock.now()
    terms = term_lists(options.root, registry.cluster)
    broken_lists = ready_terms(terms, day(now))[1] if terms else ()
    found = [*registry.diagnostics, *registry_findings(registry, now), *broken_lists, *more]
    for site in registry.sites:
        found += summaries[site].diagnostics
    waivers, problems = load_waivers(options.root, WAIVERS, day(now))
    left = apply_waivers(options.root, WAIVERS, waivers, found, day(now)) if waivers else found
    return _of(options, [*left, *problems])


def _of(options: Options, found: Iterable[Diagnostic]) -> list[Diagnostic]:
    """The findings about the chosen sites, and those about no site in particular."""
    return [d for d in found if not options.sites or not d.site or d.site in options.sites]


def tasks_for(options: Options) -> list[SiteTask]:
    """The tasks of the chosen sites without building them (plain `pelican` runs one of them)."""
    try:
        registry = recall_registry(options.root, None)
    except ClusterBroken as problem:
        raise SystemExit("\n".join(str(d) for d in problem.diagnostics)) from None
    summaries = scan_all(options, registry, None, lambda *_: None)
    now = options.now or clock.now()
    arrived, _ = link(registry, summaries, now)
    dead, _ = cross_links(options.root, registry, summaries, None, now)
    return _tasks(options, registry, summaries, arrived, None, dead)


# -- registry ---------------------------------------------------------------------------------------------------------


def recall_registry(root: Path, store: Store | None) -> Registry:
    """The registry, from the store if no file of it changed. Raises ClusterBroken."""
    if store is None:
        return load_registry(root)
    state = hashlib.blake2b(engine_digest().encode(), digest_size=16)
    for path in registry_files(root):
        state.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    content = root / "content"
    state.update("\0".join(sorted(os.listdir(content)) if content.is_dir() else []).encode("utf-8", "surrogateescape"))  # noqa: PTH208
    key = state.hexdigest()
    kept = store.get("registry.json")
    if kept and kept["key"] == key:
        return Registry.from_json(kept["registry"])
    registry = load_registry(root)
    store.put("registry.json", {"key": key, "registry": registry.as_json()})
    return registry


# -- scan -------------------------------------------------------------------------------------------------------------


def scan_all(
    options: Options,
    registry: Registry,
    store: Store | None,
    progress: Progress,
    known: dict[str, Summary] | None = None,
    touched: frozenset[str] = frozenset(),
) -> dict[str, Summary]:
    """A summary of every site; only sites whose files' stamps changed are looked at (of `known` ones, only touched)."""
    kept = (store.get("summaries.json") if store and known is None else None) or {}
    engine = engine_digest()
    now = options.now or clock.now()
    rules = cluster_rules(options.root, registry, now)
    summaries: dict[str, Summary] = {}
    stale: list[tuple[Site, str]] = []
    for site in registry.sites.values():
        if known and site.id in known and site.id not in touched and _holds(known[site.id], now):
            summaries[site.id] = replace(known[site.id], spent=0.0)
            continue
        signature = _scan_key(options.root, registry, site, engine, rules.key(site))
        old = Summary.from_json(kept[site.id]) if site.id in kept else None
        if old and old.signature == signature and _holds(old, now):
            summaries[site.id] = old
        else:
            stale.append((site, signature))
    folder = store.folder if store else None
    share = -(-len(stale) // (options.jobs * 4)) or 1
    chunks = [stale[n : n + share] for n in range(0, len(stale), share)]
    executor: Executor = LocalExecutor(options.jobs) if len(stale) > 1 and options.jobs > 1 else InProcess()
    recommended = {registry.cluster.root: registry.cluster.recommended}
    if len(chunks) > 1:
        rules.warm_up()
        importlib.import_module("jiyue.catalogue.models")  # pydantic: once, not in each child
    for chunk in chunks:
        executor.submit(_scan_chunk, (options.root, folder, chunk, recommended, rules))
    done = len(summaries)
    progress("扫描", done, len(registry.sites))
    for argument, result in executor.results():
        if isinstance(result, Failed):
            raise RuntimeError(f"扫描 {', '.join(s.id for s, _ in argument[2])} 时出错\n{result}")
        for summary in result[0]:
            summaries[summary.site] = summary
        if store:
            store.said += result[1]
        done += len(result[0])
        progress("扫描", done, len(registry.sites))
    if store and (stale or (known is None and kept.keys() != summaries.keys())):
        store.put("summaries.json", {site: summary.as_json() for site, summary in summaries.items()})
    return summaries


def _holds(summary: Summary, now: str) -> bool:
    """Whether what was judged at another moment is still true."""
    return bisect.bisect_right(summary.turning, summary.judged) == bisect.bisect_right(summary.turning, now)


def _scan_key(root: Path, registry: Registry, site: Site, engine: str, rules: str) -> str:
    recommended = registry.cluster.recommended if site.id == registry.cluster.root else ""
    columns = repr([(c.path, c.type) for c in site.columns] + [site.indexnow_key])
    return hashlib.blake2b(
        f"{engine}{stat_signature(root, site.id)}{columns}{recommended}{rules}".encode(), digest_size=16
    ).hexdigest()


def _scan_chunk(
    argument: tuple[Path, Path | None, list[tuple[Site, str]], dict[str, str], ClusterRules],
) -> tuple[list[Summary], list[str]]:
    root, folder, sites, recommended, rules = argument
    store = Store(folder) if folder else None
    found = []
    for site, signature in sites:
        found.append(scan_and_judge(root, site, store, signature, recommended.get(site.id, ""), rules))
    return found, store.said if store else []


# -- plan -------------------------------------------------------------------------------------------------------------


def _tasks(
    options: Options,
    registry: Registry,
    summaries: dict[str, Summary],
    arrived: dict[str, list[Pushed]],
    store: Store | None,
    dead: frozenset[str] = frozenset(),
) -> list[SiteTask]:
    """A task for each chosen site, the largest first."""
    now = options.now or clock.now()
    cluster = registry.cluster
    root = registry.sites[cluster.root]
    portal = Neighbour("", cluster.portal_name, cluster.portal_url)
    lines = tuple(
        Headline(row.title, f"{root.url}/{href(row.path)}", row.date[:10]) for row in headlines(summaries[root.id], now)
    )
    everyone = tuple(Member(s.id, s.name, s.url, s.kind, s.superior) for s in registry.sites.values())
    tasks = []
    for site in registry.sites.values():
        if options.sites and site.id not in options.sites:
            continue
        job = SiteJob(
            root=options.root.resolve(),
            output=options.output.resolve(),
            theme=options.theme_folder.resolve(),
            site=site,
            cluster=cluster,
            superiors=tuple(_neighbour(registry.sites[above]) for above in site.superiors),
            siblings=tuple(_neighbour(other) for other in registry.siblings(site)),
            subordinates=tuple(_neighbour(other) for other in registry.subordinates(site)),
            national=portal,
            portal=_neighbour(root),
            headlines=lines,
            pushed=tuple(arrived.get(site.id, ())),
            now=now,
            plugins=site.plugins,
            together=together(registry, summaries, now) if site is root else None,
            withheld=tuple(summaries[site.id].withheld),
            dead=_dead_of(summaries[site.id], arrived.get(site.id, ()), dead),
            content=summaries[site.id].content,
            members=everyone if site.id == cluster.root and len(everyone) > 1 else (),
        )
        key = _key(options)
        known = store is not None and (store.folder / "output" / key / f"{site.id}.json").exists()
        tasks.append(
            SiteTask(job, engine_digest(), store.folder if store else None, key, bool(site.plugins) or not known)
        )
    weight = {task.job.site.id: summaries[task.job.site.id].articles + len(task.job.pushed) for task in tasks}
    total = sum(weight.values()) or 1
    # a site that is more than its share of a core's work is rendered by several
    tasks = [replace(task, shards=max(1, round(options.jobs * weight[task.job.site.id] / total))) for task in tasks]
    return sorted(tasks, key=lambda task: -weight[task.job.site.id])


def _dead_of(summary: Summary, pushed: Iterable[Pushed], dead: frozenset[str]) -> tuple[str, ...]:
    """Those of the cluster's dead addresses that a site's pages mention."""
    if not dead:
        return ()
    mentioned = {url for _, url in summary.outward}
    mentioned.update(url for one in pushed for url in one.article.extra.get("urls", ()))
    return tuple(sorted(mentioned & dead))


def _neighbour(site: Site) -> Neighbour:
    return Neighbour(site.id, site.name, site.url)


def _key(options: Options) -> str:
    """Names the output folder in the store; relative to the cluster where it can be, so that the store may move."""
    output, root = options.output.resolve(), options.root.resolve()
    name = output.relative_to(root).as_posix() if output.is_relative_to(root) else str(output)
    return hashlib.blake2b(name.encode(), digest_size=6).hexdigest()


def fingerprint(task: SiteTask, summary: Summary, theme: str) -> dict[str, str]:
    """Digests of everything that a site's output depends on, by name; all equal means that the site is not opened."""
    job = task.job
    parts = {
        "程序": task.engine,
        "主题": theme,
        "站点设置": (job.site, job.cluster, job.plugins),
        "上级、同级或下级站点": (job.superiors, job.siblings, job.subordinates, job.national, job.portal),
        "门户推荐栏目": job.headlines,
        "推送来的文章": job.pushed,
        "全站群的站点和最新文章": (job.members, job.together),
        "本站内容": (summary.digest, job.withheld),
        "链接的其他站点": job.dead,
        "时间（到期、定时或撤稿）": bisect.bisect_right(summary.turning, job.now),
    }
    return {
        name: hashlib.blake2b(repr(part).encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
        for name, part in parts.items()
    }


# -- render -----------------------------------------------------------------------------------------------------------


def _render(
    options: Options,
    tasks: list[SiteTask],
    summaries: dict[str, Summary],
    store: Store | None,
    report: Report,
    progress: Progress,
) -> None:
    theme = folder_digest(options.theme_folder)
    name = f"output/{_key(options)}/fingerprints.json"
    kept: dict[str, dict[str, Any]] = (store.get(name) if store else None) or {}
    fresh: dict[str, dict[str, Any]] = {}
    changed: list[SiteTask] = []
    for task in tasks:
        site = task.job.site.id
        fresh[site] = fingerprint(task, summaries[site], theme)
        old = dict(kept.get(site, {}))
        folders = old.pop("folders", {})
        if old == fresh[site] and Output(options.output / site).folders_unchanged(folders):
            continue
        report.reasons[site] = _why(old, fresh[site])
        changed.append(task)
    report.opened = len(changed)
    if changed:
        (options.output / BUILDING).touch()
    if store and changed:
        # an interrupted build must not leave a fingerprint that some output no longer has
        for task in changed:
            kept.pop(task.job.site.id, None)
        store.put(name, kept)
    progress("生成", len(tasks) - len(changed), len(tasks))
    executor = _executor(options, changed)
    for task in changed:
        executor.submit(run_site, task)
    done = len(tasks) - len(changed)
    for task, result in executor.results():
        site = task.job.site.id
        done += 1
        progress("生成", done, len(tasks))
        if isinstance(result, Failed):
            report.failed.append(site)
            hint = "其他站点不受影响；再运行一次构建，若仍出错请报告"
            last = str(result).strip().rpartition("\n")[2]
            report.diagnostics.append(CHILD.at(f"sites/{site}.yaml", 0, f"构建没有完成：{last}", hint, site=site))
            report.said.append(str(result))
            kept.pop(site, None)
            continue
        report.results.append(result)
        report.said += result.said
        report.diagnostics += result.diagnostics
        if result.failed:
            report.failed.append(site)
            kept.pop(site, None)
        else:
            kept[site] = {**fresh[site], "folders": result.folders}
    if store and changed:
        store.put(name, kept)


def _why(old: dict[str, Any], new: dict[str, Any]) -> str:
    """For --explain: what of a site's fingerprint changed."""
    if not old:
        return "第一次构建，或上次没有完成"
    changed = [name for name, digest in new.items() if old.get(name) != digest]
    return "、".join(changed) + "变了" if changed else "输出目录被改动过，或是从别处拷来的"


def _executor(options: Options, changed: list[SiteTask]) -> Executor:
    if options.scheduler:
        from jiyue.build.dask import DaskExecutor  # noqa: PLC0415  (optional)

        return DaskExecutor(options.scheduler, options.jobs)
    if any(task.hosted for task in changed):
        _warm_up(options, changed)
        return LocalExecutor(options.jobs)
    return LocalExecutor(options.jobs) if len(changed) > 1 else InProcess()


def _warm_up(options: Options, changed: list[SiteTask]) -> None:
    """Load once what every child needs."""
    import segno  # noqa: F401, PLC0415
    from jinja2 import TemplateError  # noqa: PLC0415

    from jiyue.render.markdown import warm_up  # noqa: PLC0415
    from jiyue.theme import theme_files  # noqa: PLC0415

    warm_up()
    for name in ("pelican", "pelican.generators", HOST_PLUGIN, *OWN_PLUGINS):
        importlib.import_module(name)
    theme_files(options.theme_folder.resolve())
    templates = environment(options.theme_folder.resolve(), changed[0].bytecode)
    for name in templates.list_templates():
        with suppress(TemplateError):  # a broken one is reported by the page that uses it
            templates.get_template(name)
    for path, line in {(p.article.source_path, p.article.body_line) for task in changed for p in task.job.pushed}:
        with suppress(OSError, NotUtf8):
            convert(read_body(options.root, path, line))


# -- what is beside the sites -----------------------------------------------------------------------------------------


def _foreign(options: Options, registry: Registry, store: Store | None) -> Diagnostic | None:
    """Refuse an output folder that holds something that is not ours: a build deletes what does not belong to a site."""
    output = options.output
    if not output.is_dir() or (output / "_cluster" / "sites.json").is_file():
        return None
    others = sorted(p.name for p in output.iterdir() if p.name not in registry.sites and not p.name.startswith("."))
    if store is not None and (store.folder / "output" / _key(options)).is_dir():
        return None
    for site in registry.sites:
        folder = output / site
        if folder.is_dir() and any(folder.iterdir()):
            others.append(site)
    if not others:
        return None
    hint = "换一个空目录，或先清空它"
    return FOREIGN.at(str(output), 0, "输出目录里有不是本平台生成的文件：" + "、".join(others[:5]), hint)


def _remove_others(options: Options, registry: Registry, store: Store | None) -> None:
    """Outputs of sites that are gone or withheld."""
    for folder in options.output.iterdir() if options.output.is_dir() else ():
        ours = folder.name in registry.sites or folder.name == "_cluster" or folder.name.startswith(".")
        if folder.is_dir() and not ours:
            shutil.rmtree(folder)
            if store:
                store.drop(f"output/{_key(options)}/{folder.name}.json")


def _write_internal(options: Options, registry: Registry, summaries: dict[str, Summary]) -> None:
    """`_cluster/sites.json`: the list that `serve` shows, and the mark that this folder is ours."""
    sites = [
        {
            "id": s.id,
            "name": s.name,
            "kind": s.kind,
            "url": s.url,
            "superior": s.superior,
            "articles": summaries[s.id].articles,
        }
        for s in registry.sites.values()
    ]
    text = json.dumps({"name": registry.cluster.name, "sites": sites}, ensure_ascii=False, indent=1) + "\n"
    path = options.output / "_cluster" / "sites.json"
    if not path.exists() or path.read_text("utf-8") != text:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")


def sites_of(registry: Registry, wanted: Iterable[str]) -> list[str]:
    """The ids among `wanted` that are no sites."""
    return [site for site in wanted if site not in registry.sites and site not in registry.broken]


def as_json(report: Report) -> list[dict[str, Any]]:
    """The diagnostics in their public form."""
    return [d.as_json() for d in report.diagnostics]
