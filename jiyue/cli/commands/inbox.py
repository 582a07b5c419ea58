"""`inbox list`, `adopt`, `decline`, `receipts`, `counts`: articles that subordinates report to their superior."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from jiyue.build.inbox import NotReported, decide, reports_of
from jiyue.build.options import Options
from jiyue.catalogue.ledgers import BadRow
from jiyue.cli.common import Root, Today, known_sites, now_text, usage
from jiyue.linkage.report_up import STATES, WAITING, counts, receipts

inbox = typer.Typer(
    add_completion=False, no_args_is_help=True, rich_markup_mode=None, help="报送：收件箱、采用、回执、统计。"
)

Superior = Annotated[str, typer.Argument(help="上级站点的编号")]
Articles = Annotated[list[str], typer.Argument(help="文章，写报送站点/编号，如 changchun/notice-1")]
By = Annotated[str, typer.Option("--by", help="作决定的岗位，不写姓名")]
Json = Annotated[bool, typer.Option("--json", help="输出 JSON")]
SitesGiven = Annotated[list[str] | None, typer.Argument(help="站点编号；不写就是全部", show_default=False)]


@inbox.callback()
def _inbox() -> None:
    """报送：收件箱、采用、回执、统计。"""


@inbox.command("list")
def list_(sites: SitesGiven = None, json_: Json = False, root: Root = Path(), today: Today = "") -> None:
    """列出下级报送、还没有决定的文章，先报的在前。"""
    chosen = known_sites(root, sites)
    registry, reports = reports_of(_options(root, today))
    waiting = [one for one in reports if one.state == WAITING and (not chosen or one.superior in chosen)]
    rows = sorted(receipts(registry, waiting), key=lambda row: (str(row["since"]), str(row["article"])))
    if json_:
        print(json.dumps(rows, ensure_ascii=False, indent=1))
        return
    for row in rows:
        wanted = (
            f"　建议栏目 {'、'.join(map(str, row['wanted']))}"
            if isinstance(row["wanted"], list) and row["wanted"]
            else ""
        )
        print(
            f"{row['since']}　{row['superior']} ← {row['article']}　{row['title']}　{row['unit']}{wanted}\n    {row['url']}"
        )
    print(f"{len(rows)} 篇等待决定。")


@inbox.command("receipts")
def receipts_(sites: SitesGiven = None, json_: Json = False, root: Root = Path(), today: Today = "") -> None:
    """列出报送的文章和上级的回执：等待、采用到哪里、不采用的理由。"""
    chosen = known_sites(root, sites)
    registry, reports = reports_of(_options(root, today))
    rows = list(receipts(registry, [one for one in reports if not chosen or one.article.site in chosen]))
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
    print(f"{'采用' if adopted else '不采用'} {len(written)} 篇，写入 {written[0].relative_to(root)}，请提交。")


def _options(root: Path, today: str) -> Options:
    return Options(root=root, output=root / "output", now=now_text(today))
