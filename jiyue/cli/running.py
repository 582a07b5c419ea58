"""`changed`, `preview`, `schedule`, `serving`, `submit`: what CI and the people who run the servers need."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from jiyue.cli.common import Format, Output, Root, Sites, Today, cluster_at, known_sites, moment, show, usage

if TYPE_CHECKING:
    from jiyue.base.diagnostics import Diagnostic


def changed(
    base: Annotated[str, typer.Argument(help="从哪个提交算起；不写就是全部站点", show_default=False)] = "",
    shards: Annotated[int, typer.Option("--shards", min=1, help="分成几组；每个站点总在同一组")] = 1,
    shard: Annotated[int | None, typer.Option("--shard", min=0, help="只列出这一组的站点，从 0 起")] = None,
    root: Root = Path(),
) -> None:
    """列出改动涉及的站点，分成若干组（JSON），供 CI 并行；用 --shard 时是空格分开的一组。"""
    from jiyue.build.affected import changed_paths, changed_sites, pushing_paths  # noqa: PLC0415
    from jiyue.build.affected import shards as grouped  # noqa: PLC0415

    if shard is not None and shard >= shards:
        usage(f"--shard 从 0 起，应小于 --shards（{shards}）")
    registry = cluster_at(root).registry
    sites = list(registry.sites)
    if base:
        try:
            paths = changed_paths(root, base)
            sites = changed_sites(paths, sites, registry.cluster.root, pushing_paths(root, base, paths))
        except ValueError as problem:
            why = str(problem).partition("\n")[0]
            print(f"无法与 {base} 比较，按全部站点计算：{why}", file=sys.stderr)
    groups = grouped(sites, shards)
    if shard is None:
        rows = [{"shard": number, "sites": " ".join(group)} for number, group in groups.items()]
        print(json.dumps(rows, ensure_ascii=False))
    else:
        print(" ".join(groups.get(shard, ())))


def preview(
    before: Annotated[Path, typer.Option("--before", help="改动前的输出目录")],
    after: Annotated[Path, typer.Option("--after", help="改动后的输出目录")],
    to: Annotated[Path, typer.Option("--to", help="预览写到哪里")],
    change: Annotated[str, typer.Option("--change", help="改动的编号；与变量 JIYUE_PREVIEW_SECRET 一起决定路径")] = "",
    root: Root = Path(),
) -> None:
    """把一次改动会变的页面写成预览，附改动前后对照。"""
    from jiyue.preview.changeset import make_preview, token_for  # noqa: PLC0415

    for option, folder in (("--before", before), ("--after", after)):
        if not folder.is_dir():
            usage(f"{option}：没有目录 {folder}，先运行 jiyue build")
    cluster = cluster_at(root)
    sites = [cluster.site(name) for name in cluster.registry.sites]
    secret = os.environ.get("JIYUE_PREVIEW_SECRET", "").encode()
    made = make_preview(before, after, to, sites, token_for(change, secret if change else b""))
    print(f"{len(made.pages)} 个页面有变化：{made.folder / 'index.html'}")


def schedule(root: Root = Path(), today: Today = "", format: Format = "text") -> None:
    """检查定时发布、到期下线的内容是否按时上线、下线；逾期以 1 结束。"""
    from jiyue.build.options import Options  # noqa: PLC0415
    from jiyue.build.source_check import summaries_of  # noqa: PLC0415
    from jiyue.catalogue.schedule import overdue  # noqa: PLC0415
    from jiyue.publish.cluster import published_urls  # noqa: PLC0415
    from jiyue.publish.release.batch import failed_outcome  # noqa: PLC0415

    now, cluster = moment(today), cluster_at(root)
    live: dict[str, set[str]] = {}
    unread: list[Diagnostic] = []
    for site in cluster.registry.sites:
        try:
            live |= {site: published_urls(cluster, site)} if cluster.store.live_id(site) else {}
        except Exception as cause:  # the other sites' items are looked at all the same
            unread += failed_outcome(site, cause).diagnostics
    summaries = summaries_of(Options(root, cluster.output, jobs=1), cluster.registry)
    items = [item for summary in summaries.values() for item in summary.schedule()]
    found = [*unread, *overdue(items, live, now)]
    show(found, format)
    if format == "text":
        print(f"有时间安排的内容 {len(items)} 项，逾期 {len(found)} 项。")
    raise SystemExit(1 if found else 0)


def serving(
    server: Annotated[str, typer.Argument(help="nginx 或 caddy")],
    to: Annotated[Path | None, typer.Option("--to", help="写到哪个文件，默认为标准输出")] = None,
    links: Annotated[Path | None, typer.Option("--links", help="网址带路径的站点在哪里建立链接（nginx）")] = None,
    address: Annotated[str, typer.Option("--address", help="监听地址")] = "",
    http_port: Annotated[int, typer.Option("--http-port")] = 80,
    https_port: Annotated[int, typer.Option("--https-port")] = 443,
    no_tls: Annotated[bool, typer.Option("--no-tls", help="只用 HTTP（前面另有 TLS 终结时）")] = False,
    certificate: Annotated[str, typer.Option("--certificate", help="证书文件，{host} 代表主机名")] = "",
    certificate_key: Annotated[str, typer.Option("--certificate-key", help="证书私钥文件")] = "",
    root: Root = Path(),
    output: Output = None,
) -> None:
    """生成 nginx 或 Caddy 的配置。"""
    from jiyue.publish.served_sites import served_sites  # noqa: PLC0415
    from jiyue.publish.webserver.caddy import caddy_config  # noqa: PLC0415
    from jiyue.publish.webserver.nginx import nginx_config, path_links  # noqa: PLC0415
    from jiyue.publish.webserver.policy import TLS, Policy  # noqa: PLC0415

    if server not in ("nginx", "caddy"):
        usage(f"没有「{server}」的配置，可以是 nginx 或 caddy")
    cluster = cluster_at(root, output)
    usual = TLS()
    tls = None if no_tls else TLS(certificate or usual.certificate, certificate_key or usual.key)
    policy = Policy(tls=tls, address=address, http_port=http_port, https_port=https_port)
    served, problems = served_sites(cluster)
    show(problems, "text")
    if not served:
        usage("还没有上线的站点。先运行 jiyue build 和 jiyue publish。")
    if server == "nginx":
        folder = (links or cluster.work / "serving").resolve()
        for link, target in path_links(served, folder).items():
            link.parent.mkdir(parents=True, exist_ok=True)
            link.unlink(missing_ok=True)
            link.symlink_to(target)
        text = nginx_config(served, policy, folder)
    else:
        text = caddy_config(served, policy)
    if to is None:
        print(text, end="")
        return
    beside = to.with_name(f".{to.name}.new")
    beside.write_text(text, "utf-8")
    beside.replace(to)
    print(f"已写入 {to}：{len(served)} 个站点。请检查配置后重新加载服务器。")


def submit(
    engine: Annotated[str, typer.Argument(help="baidu 或 indexnow")],
    sites: Sites = None, root: Root = Path(), output: Output = None,
    send: Annotated[bool, typer.Option("--send", help="真正发送；不写只列出会发送的网址")] = False,
    before: Annotated[Path | None, typer.Option("--before", help="改动前的输出目录：第一次推送时，其中已有的不再推送")] = None,
    again: Annotated[bool, typer.Option("--again", help="搜索引擎拒收过的也再推送一次（如站点刚通过验证）")] = False,
) -> None:  # fmt: skip
    """把新增和改动的网址推送给搜索引擎；默认只列出，不发送。"""
    from jiyue.publish.submit import baidu  # noqa: PLC0415
    from jiyue.publish.submit.pages import from_open_data  # noqa: PLC0415
    from jiyue.publish.submit.run import submit as send_to  # noqa: PLC0415

    if engine not in ("baidu", "indexnow"):
        usage("推送对象可以是 baidu 或 indexnow")
    chosen, cluster = known_sites(root, sites), cluster_at(root, output)
    well = True
    for site in (cluster.registry.sites[name] for name in cluster.names(chosen)):
        secret = os.environ.get(baidu.TOKEN, "") if engine == "baidu" else site.indexnow_key
        try:
            pages = from_open_data(cluster.output / site.id)
            known = from_open_data(before / site.id) if before and (before / site.id).is_dir() else {}
        except (OSError, ValueError):
            print(f"{site.id}：还没有生成网页，先运行 jiyue build", file=sys.stderr)
            well = False
            continue
        state = root / ".jiyue" / "submit.json"
        outcome = send_to(
            engine, site.id, site.url, secret, pages, state,  # type: ignore[arg-type]
            before=known, dry_run=not send, again=again,
        )  # fmt: skip
        if not send:
            print("\n".join([f"{site.id}：会发送 {len(outcome.left)} 个网址", *outcome.left]))
            continue
        print(f"{site.id}：{outcome}")
        for url, why in outcome.refused.items():
            print(f"{site.id}：拒收 {url}：{why}", file=sys.stderr)
        well = well and outcome.ok
    raise SystemExit(0 if well else 1)


def register(app: typer.Typer) -> None:
    """Add these commands to the command line."""
    for command in (changed, preview, schedule, serving, submit):
        app.command()(command)
