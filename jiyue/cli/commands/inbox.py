"""`inbox list`, `adopt`, `decline`, `receipts`, `counts`, `export`, `import`: articles that subordinates report to their superior."""

from __future__ import annotations

import json
import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from jiyue.base import clock
from jiyue.build.inbox import NotReported, decide, reports_of
from jiyue.build.options import Options
from jiyue.catalogue.ledgers import BadRow
from jiyue.cli.common import Root, Today, known_sites, moment, now_text, usage
from jiyue.linkage.report_up import ADOPTED, STATES, WAITING, counts, newer_at_home, receipts
from jiyue.registry.load import load_registry

inbox = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    help="报送：收件箱、采用、回执、统计、站群之间往来。",
)

Superior = Annotated[str, typer.Argument(help="上级站点的编号")]
Articles = Annotated[list[str], typer.Argument(help="文章，写报送站点/编号，如 changchun/notice-1")]
By = Annotated[str, typer.Option("--by", help="作决定的岗位，不写姓名")]
Json = Annotated[bool, typer.Option("--json", help="输出 JSON")]
SitesGiven = Annotated[list[str] | None, typer.Argument(help="站点编号；不写就是全部", show_default=False)]


@inbox.callback()
def _inbox() -> None:
    """报送：收件箱、采用、回执、统计、站群之间往来。"""


@inbox.command("list")
def list_(sites: SitesGiven = None, json_: Json = False, root: Root = Path(), today: Today = "") -> None:
    """列出下级报送、还没有决定的文章，先报的在前。"""
    chosen = known_sites(root, sites)
    _, reports = reports_of(_options(root, today))
    waiting = [
        one
        for one in reports
        if (one.state == WAITING or newer_at_home(one)) and (not chosen or one.superior in chosen)
    ]
    rows = sorted(receipts(waiting), key=lambda row: (str(row["since"]), str(row["article"])))
    if json_:
        print(json.dumps(rows, ensure_ascii=False, indent=1))
        return
    for row in rows:
        state = "　已采用，原文有更新" if row["state"] == ADOPTED else ""
        wanted = (
            f"　建议栏目 {'、'.join(map(str, row['wanted']))}"
            if isinstance(row["wanted"], list) and row["wanted"]
            else ""
        )
        print(
            f"{row['since']}　{row['superior']} ← {row['article']}　{row['title']}　{row['unit']}{wanted}{state}\n    {row['url']}"
        )
    print(f"{len(rows)} 篇等待决定。")


@inbox.command("receipts")
def receipts_(sites: SitesGiven = None, json_: Json = False, root: Root = Path(), today: Today = "") -> None:
    """列出报送的文章和上级的回执：等待、采用到哪里、不采用的理由。"""
    chosen = known_sites(root, sites)
    _, reports = reports_of(_options(root, today))
    rows = list(receipts([one for one in reports if not chosen or one.article.site in chosen]))
    if json_:
        print(json.dumps(rows, ensure_ascii=False, indent=1))
        return
    for row in rows:
        more = row["shown"] or row["reason"]
        when = f"　{row['at']}　{row['by']}" if row["at"] else ""
        print(
            f"{row['article']}　{row['title']} → {row['superior']}　{STATES[str(row['state'])]}{when}　{more}".rstrip(
                "　"
            )
        )
    print(f"{len(rows)} 篇报送。")


@inbox.command("counts")
def counts_(sites: SitesGiven = None, json_: Json = False, root: Root = Path(), today: Today = "") -> None:
    """按站点和单位统计报送、采用、不采用、等待的篇数和采用率。"""
    chosen = known_sites(root, sites)
    _, reports = reports_of(_options(root, today))
    found = counts([one for one in reports if not chosen or one.article.site in chosen])
    if json_:
        print(json.dumps(found, ensure_ascii=False, indent=1))
        return
    for title, group in (("站点", found["sites"]), ("单位", found["units"])):
        print(f"{title}\t报送\t采用\t不采用\t等待\t采用率")
        for name, one in group.items():
            figures = "\t".join(f"{one[key]:g}" for key in ("reported", "adopted", "declined", "waiting"))
            print(f"{name}\t{figures}\t{one['rate']:.1%}")


@inbox.command()
def adopt(
    site: Superior,
    articles: Articles,
    by: By,
    column: Annotated[str, typer.Option("--column", help="进本站的哪个栏目；省略时按建议，或同一类别的栏目")] = "",
    root: Root = Path(),
    today: Today = "",
) -> None:
    """采用报送的文章：在 content/站点/received.csv 加一行，提交后下一次构建起登载。"""
    _decide(root, today, site, articles, adopted=True, column=column, by=by)


@inbox.command()
def decline(
    site: Superior,
    articles: Articles,
    by: By,
    reason: Annotated[str, typer.Option("--reason", help="理由，报送单位看得到")],
    root: Root = Path(),
    today: Today = "",
) -> None:
    """不采用报送的文章，写明理由：在 content/站点/received.csv 加一行。"""
    _decide(root, today, site, articles, adopted=False, reason=reason, by=by)


@inbox.command("export")
def export_(
    partner: Annotated[str, typer.Argument(help="往来站群的编号，见 sites/partners.yaml")],
    file: Annotated[Path, typer.Argument(help="写到这个文件，附件写到它旁边的 <文件>.files", dir_okay=False)],
    key: Annotated[Path | None, typer.Option("--key", help="签名的私钥文件；省略时取 JIYUE_SIGNING_KEY")] = None,
    root: Root = Path(),
    today: Today = "",
) -> None:
    """导出给往来站群的文件：给上级的是报送的文章，给下级的是回执。"""
    from jiyue.publish.exchange import export  # noqa: PLC0415  (loads the release room)
    from jiyue.publish.release.manifest import ReleaseError  # noqa: PLC0415  (as above)
    from jiyue.publish.release.signing import private_key  # noqa: PLC0415  (as above)

    registry = load_registry(root)
    to = next((one for one in registry.partners if one.id == partner), None)
    if to is None:
        known = "、".join(one.id for one in registry.partners) or "sites/partners.yaml 里还没有"
        usage(f"没有名为「{partner}」的往来站群（{known}）")
    try:
        signing = private_key(key)
    except ReleaseError as problem:
        usage(str(problem))
    if signing is None:
        usage("没有签名的私钥：用 --key 或环境变量 JIYUE_SIGNING_KEY 给出，由 jiyue key new 生成")
    at = moment(today) if today else datetime.now(clock.BEIJING)  # finer than a second: of two files the later counts
    count = export(_options(root, today), to, file, at, signing)
    print(f"写出 {count} {'篇报送的文章' if to.above else '条回执'}：{file}")


@inbox.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="往来站群导出的文件", exists=True, dir_okay=False)],
    root: Root = Path(),
    today: Today = "",
) -> None:
    """导入往来站群的文件：核对签名和每一行；改动过的不导入，旧的不代替新的。"""
    from jiyue.publish.exchange import Refused, import_file  # noqa: PLC0415  (loads the release room)

    try:
        done = import_file(_options(root, today), load_registry(root), file, moment(today))
    except Refused as problem:
        print(f"{file}: {problem}", file=sys.stderr)
        raise SystemExit(1) from None
    what = "回执" if done.partner.above else "文章"
    if done.status == "older":
        print(f"{done.partner.name}：已有更新的文件，这一份没有导入。")
    elif done.status == "same":
        print(f"{done.partner.name}：以前导入过，没有变化。")
    else:
        counts = f"新增 {len(done.added)}，更新 {len(done.changed)}，撤下 {len(done.gone)}"
        print(f"{done.partner.name}：{what}{counts}，写入 sites/exchange/，请提交。")


def _decide(
    root: Path,
    today: str,
    site: str,
    articles: list[str],
    *,
    adopted: bool,
    column: str = "",
    reason: str = "",
    by: str,
) -> None:
    known_sites(root, [site])
    try:
        written = decide(_options(root, today), site, articles, adopted=adopted, column=column, reason=reason, by=by)
    except NotReported as problem:
        usage(str(problem))
    except BadRow as problem:
        usage(f"{problem.message}。{problem.hint}")
    files = dict.fromkeys(str(path.relative_to(root)) for path in written)
    print(f"{'采用' if adopted else '不采用'} {len(articles)} 篇，写入 {'、'.join(files)}，请提交。")


def _options(root: Path, today: str) -> Options:
    return Options(root=root, output=root / "output", now=now_text(today))
