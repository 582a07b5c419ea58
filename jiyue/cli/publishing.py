"""`release`, `publish`, `rollback`, `verify`, `expunge`, `key new`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from jiyue.base.diagnostics import has_errors, in_order
from jiyue.cli.common import Format, Output, Root, Sites, Today, cluster_at, known_sites, moment, show, usage

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jiyue.publish.cluster import PublishedCluster
    from jiyue.publish.publisher import PublishReport
    from jiyue.publish.release.batch import SiteOutcome

Key = Annotated[Path | None, typer.Option("--key", help="签名私钥文件；省略时用环境变量 JIYUE_SIGNING_KEY")]
AllowLoss = Annotated[bool, typer.Option("--allow-loss", help="确认确有大批页面要消失")]
_TITLES = 5
"""So many titles of each kind a dry run shows of a site."""
Wait = Annotated[float, typer.Option("--wait", min=0, help="另一个发布正在进行时最多等几秒")]


def release(
    sites: Sites = None, root: Root = Path(), output: Output = None, key: Key = None, allow_loss: AllowLoss = False,
    wait: Wait = 0, today: Today = "", format: Format = "text",
) -> None:  # fmt: skip
    """为有变化的站点生成签名的版本，不上线。"""
    from jiyue.publish.cluster import maker_of  # noqa: PLC0415
    from jiyue.publish.publisher import make_releases  # noqa: PLC0415
    from jiyue.publish.release.batch import ReleaseOptions  # noqa: PLC0415

    chosen, cluster = known_sites(root, sites), cluster_at(root, output)
    with _refusals():
        maker = maker_of(cluster, moment(today), key, allow_loss=allow_loss)
        outcomes = make_releases(cluster, cluster.names(chosen), maker, ReleaseOptions(wait=wait))
    _told(outcomes, format)
    if format == "text":
        for outcome in outcomes:
            if outcome.made:
                print(f"{outcome.site}：{outcome.made.id}" + ("" if outcome.made.new else "（已有）"))
    raise SystemExit(0 if all(o.ok for o in outcomes) else 1)


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
    today: Today = "",
    format: Format = "text",
) -> None:
    """把构建好的站点上线；出错的站点、文章保持原样，其余照常发布。"""
    from jiyue.publish.cluster import maker_of  # noqa: PLC0415
    from jiyue.publish.publisher import PublishOptions, publish_cluster  # noqa: PLC0415
    from jiyue.publish.release.batch import ReleaseOptions  # noqa: PLC0415
    from jiyue.publish.release.summary import summary as as_markdown  # noqa: PLC0415

    chosen, cluster = known_sites(root, sites), cluster_at(root, output)
    options = PublishOptions(dry_run, every, resume, ReleaseOptions(keep, wait))
    with _refusals():
        maker = maker_of(cluster, moment(today), None if dry_run else key, allow_loss=allow_loss)
        report = publish_cluster(cluster, cluster.names(chosen), maker, options)
    if summary:
        with summary.open("a", encoding="utf-8") as file:
            file.write(as_markdown(report.outcomes))
    _told(report.outcomes, format)
    if format == "text":
        if not dry_run:
            _say(report, signed=maker.key is not None)
        elif full:
            _files(report)
        else:
            _changes(cluster, report)
    raise SystemExit(0 if report.ok else 1)


def rollback(
    site: Annotated[str, typer.Argument(help="站点编号")],
    to: Annotated[str, typer.Option("--to", help="退回哪个版本，默认为前一个")] = "",
    reason: Annotated[str, typer.Option("--reason", help="原因，记入版本")] = "",
    root: Root = Path(), key: Key = None, wait: Wait = 0, today: Today = "",
) -> None:  # fmt: skip
    """把一个站点退回以前的版本；此后撤下的内容不会回来。"""
    from jiyue.publish.cluster import maker_of  # noqa: PLC0415
    from jiyue.publish.publisher import publish_rollback  # noqa: PLC0415

    known_sites(root, [site])
    cluster = cluster_at(root)
    with _refusals():
        maker = maker_of(cluster, moment(today), key)
        report = publish_rollback(cluster, site, maker, to=to, reason=reason, wait=wait)
    _told(report.outcomes, "text")
    for outcome in report.outcomes:
        if outcome.live:
            print(f"{site}：{outcome.live.before} → {outcome.live.now}")
            print(f"没有带回已撤下的 {len(outcome.live.dropped)} 个文件，清理了 {len(outcome.live.cleaned)} 个文件。")
            print("请尽快改好内容，再运行 jiyue build 和 jiyue publish。")
    raise SystemExit(0 if report.ok else 1)


def verify(
    places: Annotated[list[str] | None, typer.Argument(help="目录或网址；不写就是本机上线的全部站点")] = None,
    live: Annotated[bool, typer.Option("--live", help="按各站点的网址核对读者看到的内容")] = False,
    at_least: Annotated[int, typer.Option("--at-least", help="见过的最大版本序号；更旧的按重放报告")] = 0,
    root: Root = Path(), format: Format = "text",
) -> None:  # fmt: skip
    """核对线上每个字节是否与签名的清单一致。"""
    from jiyue.publish.release.signing import read_keys  # noqa: PLC0415
    from jiyue.publish.release.swap import highest_sequence  # noqa: PLC0415
    from jiyue.publish.release.verify import STRANGER, verify_with_manifest  # noqa: PLC0415

    with _refusals():
        keys = read_keys(root)
        wanted = [(place, "", at_least) for place in places or ()]
        if not wanted:
            cluster = cluster_at(root)
            store = cluster.store
            wanted = [
                (site.url if live else str(store.live_link(site.id)), site.id, highest_sequence(store, site.id))
                for site in cluster.registry.sites.values()
                if live or store.live_id(site.id)
            ]
    if not wanted:
        usage("没有上线的站点可核对：先运行 jiyue publish，或写明目录、网址")
    found = []
    for place, site, least in wanted:
        manifest, problems = verify_with_manifest(place, keys, least)
        if manifest and site and manifest.site != site:
            hint = "检查服务器配置；若配置无误，按被篡改处理。"
            problems.append(STRANGER.at("", 0, f"这里是站点 {manifest.site} 的版本，不是 {site} 的。", hint, site=site))
        found += [replace(d, path=f"{place.rstrip('/')}/{d.path}", site=d.site or site) for d in problems]
    show(found, format)
    if format == "text":
        print(f"核对了 {len(wanted)} 处：" + (f"{len(found)} 个问题（见上）。" if has_errors(found) else "全部一致。"))
    raise SystemExit(1 if has_errors(found) else 0)


def expunge(
    site: Annotated[str, typer.Argument(help="站点编号")],
    urls: Annotated[list[str], typer.Argument(help="页面地址，如 /tzgg/x.html")],
    root: Root = Path(),
    key: Key = None,
) -> None:
    """清除泄露的页面：仍在线上的先撤下，再删除本机和目标上含有它的旧版本，推送到其他站点的、门户的旧版本一并删除。"""
    from jiyue.publish.cluster import maker_of  # noqa: PLC0415
    from jiyue.publish.expunging import expunge as remove  # noqa: PLC0415
    from jiyue.publish.release.records import local_url  # noqa: PLC0415

    cluster = cluster_at(root)
    if site not in cluster.store.sites():  # one whose file was removed has releases all the same
        known_sites(root, [site])
    with _refusals():
        pages = [local_url(url, cluster.site(site).url) for url in urls]
        done = remove(cluster, site, pages, maker_of(cluster, moment(""), key))
    for line in done.left:
        print(line, file=sys.stderr)
    if not done.deleted:
        print(f"站点 {site} 没有一个版本含有这些页面。请核对地址：{'、'.join(urls)}", file=sys.stderr)
        raise SystemExit(1)
    if done.down:
        print(f"先从线上撤下了这些页面和提到它们的条目：{'、'.join(done.down)}。")
    count = sum(map(len, done.deleted.values()))
    print(f"删除了 {count} 个含有这些页面的旧版本，目标和门户也只留线上版本。")
    for name, releases in done.deleted.items():
        print("".join(f"  {name} {release}\n" for release in releases), end="")
    raise SystemExit(1 if done.left else 0)


key = typer.Typer(add_completion=False, no_args_is_help=True, rich_markup_mode=None, help="发布密钥。")


@key.callback()
def _keys() -> None:
    """发布密钥。"""


@key.command("new")
def new_key() -> None:
    """生成发布密钥：私钥写到标准输出，公钥（写入 sites/release-keys.yaml）写到标准错误。"""
    from jiyue.publish.release import signing  # noqa: PLC0415

    private, public = signing.new_key()
    print(private.decode(), end="")
    print(f"把下面几行写入 {signing.KEYS_FILE}：\nkeys:\n  - name: 发布密钥\n    public: {public}", file=sys.stderr)


def register(app: typer.Typer) -> None:
    """Add these commands to the command line."""
    for command in (release, publish, rollback, verify, expunge):
        app.command()(command)
    app.add_typer(key, name="key")


@contextmanager
def _refusals() -> Iterator[None]:
    """What stops a whole run is said in one line and ends with 1."""
    from jiyue.base.cache import Busy  # noqa: PLC0415
    from jiyue.publish.release.manifest import ReleaseError  # noqa: PLC0415

    try:
        yield
    except Busy as busy:
        print(f"构建正在进行（进程 {busy}），等它结束后再试。", file=sys.stderr)
        raise SystemExit(2) from None
    except ReleaseError as problem:
        print(problem, file=sys.stderr)
        raise SystemExit(1) from None
    except OSError as problem:
        print(f"磁盘或文件系统出错：{problem}。线上内容完整；处理后重新运行。", file=sys.stderr)
        raise SystemExit(1) from None


def _told(outcomes: Sequence[SiteOutcome], format: str) -> None:
    show(in_order(d for o in outcomes for d in o.diagnostics), format)


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
    """A dry run in short: of each site the numbers of pages and files, and the titles of some articles."""
    from jiyue.publish.changes import changes_of  # noqa: PLC0415

    found = [changes for outcome in report.outcomes if (changes := changes_of(cluster, outcome))]
    for one in found:
        print(f"{one.site}：网页新增 {one.added}、修改 {one.changed}、删除 {one.removed}，其他文件 {one.files} 个")
        for mark, titles in one.titles.items():
            for title in titles[:_TITLES]:
                print(f"  {mark} {title}")
            if len(titles) > _TITLES:
                print(f"  {mark} 另有 {len(titles) - _TITLES} 篇")
    pages = [sum(getattr(one, part) for one in found) for part in ("added", "changed", "removed")]
    same = len(report.outcomes) + report.untouched - len(found)
    print(f"{len(found)} 个站点有变化：网页新增 {pages[0]}、修改 {pages[1]}、删除 {pages[2]}；{same} 个站点没有变化。")
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
