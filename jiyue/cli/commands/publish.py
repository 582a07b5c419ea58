"""`jiyue publish`."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from jiyue.cli.common import Format, Jobs, Output, Root, Sites, Today, known_sites, moment
from jiyue.cli.publishing import AllowLoss, Key, Wait, cluster_at, refusals, show_outcomes
from jiyue.publish.changes import changes_of
from jiyue.publish.cluster import PublishedCluster, maker_of
from jiyue.publish.publisher import PublishOptions, PublishReport, publish_cluster
from jiyue.publish.release.batch import ReleaseOptions
from jiyue.publish.release.summary import summary as as_markdown

_TITLES = 5
"""The most titles of each kind that a dry run shows per site."""


def publish(
    sites: Sites = None,
    root: Root = Path(),
    output: Output = None,
    key: Key = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="只汇总会有的变化，不发布")] = False,
    full: Annotated[bool, typer.Option("--full", help="预演时逐个列出文件")] = False,
    allow_loss: AllowLoss = False,
    every: Annotated[bool, typer.Option("--every", help="没有变化的站点也逐个文件核对")] = False,
    resume: Annotated[bool, typer.Option("--resume", help="回退过的站点，内容没有改动也重新发布")] = False,
    summary: Annotated[Path | None, typer.Option("--summary", help="把结果写成 Markdown，供 CI 页面显示")] = None,
    keep: Annotated[int, typer.Option("--keep", min=1, help="每个站点保留多少个版本供回退")] = 10,
    wait: Wait = 0,
    jobs: Jobs = 0,
    today: Today = "",
    format: Format = "text",
) -> None:
    """把构建好的站点上线；出错的站点、文章保持原样，其余照常发布。"""
    chosen, cluster = known_sites(root, sites), cluster_at(root, output)
    options = PublishOptions(dry_run, every, resume, ReleaseOptions(keep, wait))
    with refusals():
        processes = jobs or os.cpu_count() or 1
        maker = maker_of(cluster, moment(today), None if dry_run else key, allow_loss=allow_loss, jobs=processes)
        report = publish_cluster(cluster, cluster.names(chosen), maker, options)
    if summary:
        with summary.open("a", encoding="utf-8") as file:
            file.write(as_markdown(report.outcomes))
    show_outcomes(report.outcomes, format, root)
    if not dry_run and any(site.hub for site in cluster.registry.sites.values()):
        from jiyue.publish.announcing import announce  # noqa: PLC0415  (only where a site names a hub)

        for line in announce(cluster, cluster.names(chosen)):
            print(line, file=sys.stderr)
    if format == "text":
        if not dry_run:
            _say(report, signed=maker.key is not None)
        elif full:
            _files(report)
        else:
            _changes(cluster, report)
    raise SystemExit(0 if report.ok else 1)


def _say(report: PublishReport, *, signed: bool) -> None:
    switched = [o for o in report.outcomes if o.live and o.live.before != o.live.now]
    files = sum(len(o.made.added) + len(o.made.changed) + len(o.made.removed) for o in switched if o.made)
    failed = [o for o in report.outcomes if not o.ok]
    total = len(report.outcomes) + report.untouched
    print(f"共 {total} 个站点：{len(switched)} 个有新版本上线（{files} 个文件有变化），{len(failed)} 个需要处理。")
    for sent in report.deployments:
        if not (sent.added or sent.changed or sent.removed):
            continue
        print(f"{sent.site}：送出 {len(sent.added) + len(sent.changed)} 个文件，{sent.moved} 字节。")
    if switched and not signed:
        print("本次发布没有签名：线上内容被人改动时，只能看出与清单不符，不能证明清单是谁写的。")
        print("要签名：运行 jiyue key new，公钥写入 sites/release-keys.yaml，发布时用 --key 或变量 JIYUE_SIGNING_KEY。")


def _changes(cluster: PublishedCluster, report: PublishReport) -> None:
    """Print the summary of a dry run: for each site the numbers of pages and files, and titles of some articles."""
    changed = [changes for outcome in report.outcomes if (changes := changes_of(cluster, outcome))]
    for one in changed:
        print(f"{one.site}：网页新增 {one.added}、修改 {one.changed}、删除 {one.removed}，其他文件 {one.files} 个")
        for mark, titles in one.titles.items():
            for title in titles[:_TITLES]:
                print(f"  {mark} {title}")
            if len(titles) > _TITLES:
                print(f"  {mark} 另有 {len(titles) - _TITLES} 篇")
    pages = [sum(getattr(one, part) for one in changed) for part in ("added", "changed", "removed")]
    same = len(report.outcomes) + report.untouched - len(changed)
    print(
        f"{len(changed)} 个站点有变化：网页新增 {pages[0]}、修改 {pages[1]}、删除 {pages[2]}；{same} 个站点没有变化。"
    )
    print("以上是预演，没有发布。逐个文件列出加 --full。")


def _files(report: PublishReport) -> None:
    there = {sent.site: sent for sent in report.deployments}
    for outcome in report.outcomes:
        made = outcome.made
        if made is None:
            continue
        rows = [*(f"+ {p}" for p in made.added), *(f"~ {p}" for p in made.changed), *(f"- {p}" for p in made.removed)]
        if outcome.site in there:
            rows = there[outcome.site].lines()
        print(f"{outcome.site}：" + ("没有变化" if not rows else f"{len(rows)} 个文件"))
        print("".join(f"  {row}\n" for row in rows), end="")
    print("以上是预演，没有发布。")
