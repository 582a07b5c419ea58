"""The command line: thin, Chinese, and the only place that prints. Each command calls one function of another room."""

from __future__ import annotations

import gc
import json
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from jiyue import __version__
from jiyue.base import clock
from jiyue.base.diagnostics import Severity, in_order
from jiyue.cli import chinese, creating, init, letters, publishing, running, storing
from jiyue.cli.common import Format, Output, Root, Sites, Today, known_sites, now_text, show, usage

if TYPE_CHECKING:
    from jiyue.base.diagnostics import Diagnostic
    from jiyue.build.options import Options, Report

app = typer.Typer(
    add_completion=False, no_args_is_help=True, rich_markup_mode=None, pretty_exceptions_enable=False,
)  # fmt: skip

Jobs = Annotated[int, typer.Option("--jobs", min=0, help="同时运行的进程数，0 为处理器核数")]
NoCache = Annotated[bool, typer.Option("--no-cache", help="不用以前的缓存，全部重做")]


@app.command()
def build(
    sites: Sites = None,
    root: Root = Path(),
    output: Output = None,
    jobs: Jobs = 0,
    today: Today = "",
    no_cache: NoCache = False,
    executor: Annotated[str, typer.Option("--executor", help="local：本机；dask：Dask 集群")] = "local",
    scheduler: Annotated[str, typer.Option("--scheduler", help="Dask 调度器地址，如 tcp://10.0.0.1:8786")] = "",
    explain: Annotated[bool, typer.Option("--explain", help="说明每个站点、页面为什么重做")] = False,
    timings: Annotated[bool, typer.Option("--timings", help="显示各阶段用时")] = False,
    format: Format = "text",
) -> None:
    """构建站点，网页写入 output/。"""
    if executor not in ("local", "dask") or (executor == "dask") != bool(scheduler):
        usage("--executor 可以是 local 或 dask；用 dask 时还要写 --scheduler tcp://地址:端口")
    options = replace(_options(sites, root, output, jobs, today, no_cache), scheduler=scheduler)
    report = _build(options, quiet=format == "json")
    show(report.diagnostics if format == "json" else _brief(report.diagnostics), format)
    if format == "text":
        _explain(report) if explain else None
        _timings(report) if timings else None
        _summary(report)
    gc.freeze()  # what the interpreter would look through once more before it ends
    raise SystemExit(report.exit_code)


@app.command()
def check(
    sites: Sites = None, root: Root = Path(), jobs: Jobs = 0, today: Today = "",
    format: Annotated[str, typer.Option("--format", help="text、json、sarif、github 或 gitlab")] = "text",
    changed: Annotated[str, typer.Option("--changed", help="只检查从这个提交以来改动的文件，并核对权限")] = "",
    actor: Annotated[str, typer.Option("--actor", help="推送人：代码平台认证过的账号，与 --changed 同用")] = "",
    signed: Annotated[bool, typer.Option("--signed", help="按提交的签名认人，与 --changed 同用")] = False,
    staged: Annotated[bool, typer.Option("--staged", help="只检查已暂存的文件（提交之前）")] = False,
    external: Annotated[bool, typer.Option("--external", help="访问站外链接，报告打不开的（不影响退出状态）")] = False,
    pages: Annotated[bool, typer.Option("--pages", help="另外检查 output 里已生成的全部网页：无障碍、链接")] = False,
    output: Output = None,
) -> None:  # fmt: skip
    """检查站点和文章，不生成网页。"""
    from jiyue.build.source_check import check as check_cluster  # noqa: PLC0415
    from jiyue.build.source_check import check_files  # noqa: PLC0415
    from jiyue.checks.format import FORMATS, as_text  # noqa: PLC0415

    if format not in FORMATS:
        usage(f"--format 可以是 {'、'.join(FORMATS)}")
    if bool(changed) + staged + (external or pages) > 1 or ((actor or signed) and not changed):
        usage(
            "--changed、--staged 不能同时用，也不能与 --external、--pages 同用；--actor 和 --signed 与 --changed 同用"
        )
    options = _options(sites, root, output, jobs, today, True)
    part = changed or staged
    whole = partial(check_cluster, external=external, pages=pages)
    report = check_files(options, changed, actor, signed=signed) if part else whole(options)
    if format == "text":
        print(chinese.shown(as_text(report.diagnostics, colour=sys.stderr.isatty())), end="", file=sys.stderr)
        errors = sum(d.severity is Severity.ERROR for d in report.diagnostics)
        print(f"检查了 {report.sites} 个站点：{errors} 个错误，{len(report.diagnostics) - errors} 个警告或提示。")
    else:
        print(FORMATS[format](report.diagnostics), end="")
    raise SystemExit(report.exit_code)


@app.command()
def review(
    sites: Sites = None, root: Root = Path(), jobs: Jobs = 0, today: Today = "", format: Format = "text"
) -> None:
    """列出等待审核的稿件：缺哪一审，由谁审。"""
    from jiyue.build.source_check import waiting  # noqa: PLC0415
    from jiyue.registry.site import REVIEW_STEPS  # noqa: PLC0415

    rows = waiting(_options(sites, root, None, jobs, today, False))
    if format == "json":
        print(json.dumps([row._asdict() for row in rows], ensure_ascii=False, indent=1))
        return
    if not rows:
        print("没有等待审核的稿件。")
        return
    from rich.console import Console  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415

    table = Table("站点", "稿件", "标题", "缺", "等谁", "期限")
    for row in rows:
        steps = "、".join(REVIEW_STEPS[step] for step in row.steps)
        table.add_row(row.site, row.path, row.title, steps, "、".join(row.posts) or "没有登记岗位", row.due)
    Console(width=None if sys.stdout.isatty() else 200, markup=False).print(table)
    print(f"共 {len(rows)} 篇等待审核。")


@app.command()
def codeowners(root: Root = Path()) -> None:
    """由 sites/rights.yaml 写出 CODEOWNERS。"""
    from jiyue.build.registry_cache import recall_registry  # noqa: PLC0415
    from jiyue.checks.repository.rights import POLICY, PolicyError, load_rights  # noqa: PLC0415
    from jiyue.checks.repository.rights import codeowners as written  # noqa: PLC0415

    try:
        registry = recall_registry(root, None)
        rights = load_rights(root, registry.sites)
    except PolicyError as problem:
        usage(f"{POLICY}：{problem}")
    (root / "CODEOWNERS").write_text(written(rights, registry.sites.values()), "utf-8")
    print("已写入 CODEOWNERS")


@app.command()
def serve(
    root: Root = Path(), port: Annotated[int, typer.Option("--port", help="端口")] = 8000, output: Output = None,
    jobs: Jobs = 0, today: Today = "",
) -> None:  # fmt: skip
    """构建整个站群并在本机预览。"""
    from jiyue.preview.server import Server  # noqa: PLC0415
    from jiyue.preview.watcher import Live  # noqa: PLC0415

    options = _options(None, root, output, jobs, today, False)
    report = _build(options, quiet=False)
    show(report.diagnostics, "text")
    _summary(report)
    live = Live(options if today else replace(options, now=""), report, _rebuilt)
    try:
        server = Server(options.output, port, live)
    except OSError as problem:
        usage(f"端口 {port} 用不了（{problem.strerror}），请换一个：jiyue serve --port {port + 1}")
    print(f"预览：http://localhost:{server.port}/ 保存文件后页面自动更新，按 Ctrl+C 结束。", flush=True)
    live.start()
    try:
        server.run()
    except KeyboardInterrupt:
        print()


@app.command("import")
def import_(
    format: Annotated[str, typer.Argument(help="来源格式：markdown")],
    source: Annotated[Path, typer.Argument(help="来源目录", exists=True, file_okay=False)],
    site: Annotated[str, typer.Option("--site", help="放进哪个站点")],
    column: Annotated[str, typer.Option("--column", help="放进哪个栏目（目录名）")],
    root: Root = Path(), today: Today = "",
) -> None:  # fmt: skip
    """把旧稿件导入成文章。"""
    from datetime import datetime  # noqa: PLC0415

    from jiyue.catalogue import scaffold  # noqa: PLC0415
    from jiyue.importers.markdown import import_markdown  # noqa: PLC0415
    from jiyue.registry.load import load_registry  # noqa: PLC0415

    if format != "markdown":
        usage(f"不支持的来源格式「{format}」，可用：markdown")
    moment = datetime.strptime(now_text(today), "%Y-%m-%d %H:%M").replace(tzinfo=clock.BEIJING)
    try:
        place = scaffold.chosen_site(load_registry(root), site)
        if place.columns:
            scaffold.chosen_column(root, place, column)
        report = import_markdown(source, root, site, column, today=moment)
    except (ValueError, scaffold.Refused) as problem:
        usage(str(problem))
    show(report.diagnostics, "text")
    errors = sum(d.severity is Severity.ERROR for d in report.diagnostics)
    print(f"导入 {len(report.written)} 篇到 content/{site}/{column}/，{errors} 篇没有导入（原因见上）。")
    if report.listed:
        print(f"清单写在 {report.listed}，请管理员核对后提交：没有它，旧日期会被当作补写。")
    raise SystemExit(1 if errors else 0)


@app.command()
def search(
    site: Annotated[str, typer.Argument(help="站点编号，或 all：全站群")],
    query: Annotated[str, typer.Argument(help="要查的词")] = "",
    root: Root = Path(),
    output: Output = None,
    json_: Annotated[bool, typer.Option("--json", help="每个查询输出一行 JSON")] = False,
    batch: Annotated[
        Path | None, typer.Option("--batch", help="每行一个查询的文件", exists=True, dir_okay=False)
    ] = None,
) -> None:
    """用网页上的搜索程序查找已构建的站点（需要 Node.js）。"""
    from jiyue.registry.load import load_registry  # noqa: PLC0415
    from jiyue.search.node import SearchFailed, run_search  # noqa: PLC0415

    if bool(query) == bool(batch):
        usage("写一个要查的词，或者用 --batch 给一个每行一个查询的文件")
    queries = [line.strip() for line in batch.read_text("utf-8-sig").splitlines()] if batch else [query]
    try:
        registry = load_registry(root)
        if site != "all" and site not in registry.sites:
            known_sites(root, [site])
            usage(f"站点 {site} 的配置（sites/{site}.yaml）有错误，运行 jiyue check {site} 查看")
        answers = run_search(output or root / "output", site, [q for q in queries if q], root=registry.cluster.root)
    except SearchFailed as problem:
        usage(str(problem))
    for answer in answers:
        if json_ or batch:
            keys = ("query", "hits", "files", "bytes", "ms", "total")
            print(json.dumps({key: answer[key] for key in keys}, ensure_ascii=False))
            continue
        print(
            f"找到{'约' if answer['about'] else ''} {answer['total']} 条，取了 {answer['files']} 个文件，{answer['bytes']} 字节。"
        )
        for hit in answer["hits"]:
            about = "推荐" if hit.get("promoted") else f"{hit['site']}　{hit['date']}"
            print(f"{hit['title']}　{about}\n    {hit['url']}")


@app.command()
def version() -> None:
    """显示版本。"""
    print(f"jiyue {__version__}")


init.register(app)
creating.register(app)
publishing.register(app)
running.register(app)
letters.register(app)
storing.register(app)


def main() -> None:
    """The entry point `jiyue`."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")
    # making all the commands takes as long as a build that finds nothing changed: make the one that is called
    called = [command for command in app.registered_commands if _name(command) in sys.argv[1:2]]
    app.registered_commands = called or app.registered_commands
    chinese.prepare(app)
    try:
        chinese.run(app)
    except Exception as problem:
        from jiyue.registry.site import ClusterBroken  # noqa: PLC0415  (most calls end well)

        if not isinstance(problem, ClusterBroken):
            raise
        show(problem.diagnostics, "text")
        raise SystemExit(1) from None


@app.callback()
def _jiyue() -> None:
    """集约：用一个 git 仓库发布全省政府网站。"""


def _name(command: typer.models.CommandInfo) -> str:
    return str(command.name or getattr(command.callback, "__name__", ""))


# -- helpers ----------------------------------------------------------------------------------------------------------


def _options(
    sites: list[str] | None, root: Path, output: Path | None, jobs: int, today: str, no_cache: bool
) -> Options:
    import os  # noqa: PLC0415

    from jiyue.build.options import Options  # noqa: PLC0415

    return Options(
        root,
        output or root / "output",
        known_sites(root, sites),
        jobs or os.cpu_count() or 1,
        now_text(today),
        not no_cache,
    )


def _build(options: Options, quiet: bool) -> Report:
    from jiyue.base.cache import Busy  # noqa: PLC0415
    from jiyue.build.cluster import build as build_cluster  # noqa: PLC0415

    gc.disable()  # a process of a second with hardly a cycle in its memory, all of which ends with it
    try:
        if quiet or not sys.stderr.isatty():
            return build_cluster(options)
        return _with_progress(options)
    except Busy as busy:
        usage(f"另一个构建正在进行（进程 {busy}），等它结束后再试。")
        raise
    except ImportError as problem:
        if not options.scheduler:
            raise
        usage(f"缺少 {problem.name}：安装可选依赖 pip install 'jiyue[dask]'")
        raise
    except OSError as problem:
        if not options.scheduler:
            raise
        usage(f"连不上 Dask 调度器 {options.scheduler}：{problem}")
        raise


def _with_progress(options: Options) -> Report:
    """A bar for each stage; refreshed by the build itself, because a thread would be unsafe beside fork."""
    from rich import progress as rich  # noqa: PLC0415

    from jiyue.build.cluster import build as build_cluster  # noqa: PLC0415

    columns = (
        rich.TextColumn("{task.description}"),
        rich.BarColumn(),
        rich.MofNCompleteColumn(),
        rich.TextColumn("个站点"),
        rich.TimeRemainingColumn(),
    )
    with rich.Progress(*columns, auto_refresh=False, transient=True) as bar:
        tasks: dict[str, rich.TaskID] = {}

        def progress(what: str, done: int, total: int) -> None:
            if what not in tasks:
                tasks[what] = bar.add_task(what, total=total)
            bar.update(tasks[what], completed=done, total=total)
            bar.refresh()

        return build_cluster(options, progress)


def _summary(report: Report) -> None:
    for line in report.said:
        print(line, file=sys.stderr)
    rendered = sum(r.rendered for r in report.results)
    spliced = sum(r.spliced for r in report.results)
    written = sum(r.written for r in report.results)
    removed = sum(r.removed for r in report.results)
    print(
        f"共 {report.sites} 个站点，处理 {report.opened} 个：生成 {rendered} 页，换外框 {spliced} 页，"
        f"写入 {written} 个文件，删除 {removed} 个。"
    )
    if report.failed == ["cluster"]:
        print("站群的配置有错（见上），什么也没有生成；上一次生成的网页没有改动。", file=sys.stderr)
        return
    if report.failed:
        print("没有完整生成的站点：" + "、".join(report.failed), file=sys.stderr)
    errors = sum(d.severity is Severity.ERROR for d in report.diagnostics)
    if errors:
        print(f"有 {errors} 个错误，出错的文章或站点没有发布，其余都已生成。", file=sys.stderr)


def _rebuilt(report: Report, seconds: float) -> None:
    """One line for each rebuild of a running preview, and what is wrong."""
    written = sum(r.written for r in report.results)
    print(f"已更新：写入 {written} 个文件，用时 {seconds * 1000:.0f} 毫秒", flush=True)
    show([d for d in report.diagnostics if d.severity is Severity.ERROR], "text")


SHOWN = 20
"""So many warnings a build prints; `jiyue check` has them all."""


def _brief(found: list[Diagnostic]) -> list[Diagnostic]:
    """Every error, and the first of the rest: thousands of words of advice must not hide what withholds an article."""
    rest = [d for d in found if d.severity is not Severity.ERROR]
    if len(rest) > SHOWN:
        more = f"另有 {len(rest) - SHOWN} 条警告或提示没有列出，运行 jiyue check 查看全部。"
        print(chinese.shown(more), file=sys.stderr)
    return in_order([*(d for d in found if d.severity is Severity.ERROR), *rest[:SHOWN]])


def _timings(report: Report) -> None:
    """Wall time of each stage, then where the sites' processes spent theirs (added up, so it may exceed the wall)."""
    for stage, seconds in report.seconds.items():
        print(f"{seconds:8.3f} 秒  {stage}")
    inside: dict[str, float] = {}
    for result in report.results:
        for stage, seconds in result.seconds.items():
            inside[stage] = inside.get(stage, 0.0) + seconds
    for stage, seconds in inside.items():
        print(f"{seconds:8.3f} 秒    其中各站点 {stage}")
    quick, slow = sum(r.quick for r in report.results), sum(r.slow for r in report.results)
    if quick + slow:
        print(f"Markdown：{quick} 篇走快速路径，{slow} 篇由 Python-Markdown 转换（{slow / (quick + slow):.1%}）")


def _explain(report: Report) -> None:
    for site, reason in sorted(report.reasons.items()):
        print(f"{site}：{reason}")
    for result in sorted(report.results, key=lambda r: r.site):
        for page, reason in result.reasons.items():
            print(f"  {result.site}/{page}：{reason}")
