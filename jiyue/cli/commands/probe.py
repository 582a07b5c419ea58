"""`jiyue probe`: what is seen from outside. Each kind of look is an option with a module of its own in jiyue/probe/."""

from __future__ import annotations

import json
from itertools import chain
from pathlib import Path
from typing import Annotated

import typer

from jiyue.cli.called import shown
from jiyue.cli.common import Output, Root, Today, known_sites, now_text, usage
from jiyue.registry.probe_ledger import DECIDED, KINDS, STATES, Record, add_records


def probe(
    places: Annotated[
        list[str] | None, typer.Argument(help="站点编号，不写就是全部；用 --recommended 时是网址", show_default=False)
    ] = None,
    root: Root = Path(), output: Output = None, today: Today = "",
    what: Annotated[str, typer.Option("--what", help="只看几项：reach,ipv6,tls,bytes,search,links")] = "",
    logs: Annotated[list[Path] | None, typer.Option("--logs", help="从服务器日志统计访问量，可写几次")] = None,
    recommended: Annotated[bool, typer.Option("--recommended", help="站群之外的网页展示的推荐栏目，是否与省门户一致")] = False,
    dry: Annotated[bool, typer.Option("--dry-run", help="只显示，不写入台账")] = False,
    json_: Annotated[bool, typer.Option("--json", help="输出 JSON")] = False,
) -> None:  # fmt: skip
    """从外面看网站：打开、IPv6、证书、内容是否被改、搜索、站外链接，记入台账。"""
    if recommended:
        raise SystemExit(0 if _recommended(root, output or root / "output", places or [], as_json=json_) else 1)
    known_sites(root, places)
    found = _visits(root, places or [], logs) if logs else _looks(root, places or [], what, now_text(today))
    if not dry:
        _write(root, found)
    if json_:
        rows = [{"site": site, **record._asdict()} for site, records in found.items() for record in records]
        print(json.dumps(rows, ensure_ascii=False, indent=1))
    else:
        _show(found)
    raise SystemExit(1 if any(record.ok is False for records in found.values() for record in records) else 0)


def _looks(root: Path, places: list[str], what: str, now: str) -> dict[str, list[Record]]:
    from jiyue.cli.publishing import cluster_at, refusals  # noqa: PLC0415  (only for this look)
    from jiyue.probe.looks import LOOKS, Tools, probe_sites  # noqa: PLC0415  (network)
    from jiyue.publish.release.signing import read_keys  # noqa: PLC0415  (cryptography)
    from jiyue.publish.release.swap import highest_sequence  # noqa: PLC0415  (only for this look)

    chosen = what.replace("，", ",").split(",") if what else list(LOOKS)
    if unknown := [name for name in chosen if name not in LOOKS]:
        usage(f"--what 里没有「{unknown[0]}」，可以是 {','.join(LOOKS)}")
    cluster = cluster_at(root)
    with refusals():
        keys = tuple(read_keys(root))
    tools = Tools(now, keys, lambda site: highest_sequence(cluster.store, site), search=cluster.registry.cluster.search)
    sites = [
        site
        for site in cluster.registry.sites.values()
        if site.id in places or (not places and not site.is_closed(now))
    ]
    return probe_sites(sites, chosen, tools)


def _visits(root: Path, places: list[str], logs: list[Path]) -> dict[str, list[Record]]:
    from jiyue.probe.logs import NoLog, by_host, count, read_hits, records_of  # noqa: PLC0415  (only for this look)
    from jiyue.registry.load import load_registry  # noqa: PLC0415  (pydantic)

    registry = load_registry(root)
    if missing := [path for path in logs if not path.is_file()]:
        usage(f"没有日志文件 {missing[0]}")
    if len(places) > 1:
        usage("日志里没有主机名的，一次统计一个站点；有主机名的不用写站点")
    site_of = by_host(((site.id, site.url) for site in registry.sites.values()), places[0] if places else "")
    try:
        days = count(chain.from_iterable(read_hits(path) for path in logs), site_of)
    except (NoLog, OSError, EOFError) as problem:
        usage(str(problem))
    if not days:
        usage("日志里没有这些站点的访问；日志里没有主机名的，写明是哪个站点：jiyue probe 站点 --logs 文件")
    return records_of(days)


def _write(root: Path, found: dict[str, list[Record]]) -> None:
    for site, records in found.items():
        add_records(root, site, records)


def _show(found: dict[str, list[Record]]) -> None:
    for site, records in found.items():
        for record in records:
            kind = KINDS[record.what]
            value = "" if record.value is None else f"{record.value:g} {kind.unit}"
            if record.what == "visits":
                more = record.detail
                value = f"{record.at}　{value}，访客 {more['visitors']}，机器 {more['robots']}，打不开 {more['missing'] + more['errors']}"
            state = STATES[record.status] if record.status != DECIDED else "" if record.ok else "不合格"
            words = "　".join(part for part in (kind.name, value, state, record.why) if part)
            print(shown(f"{site}：{words}"))
            for url in record.detail.get("urls", ()):
                print(shown(f"    {url}"))


def _recommended(root: Path, output: Path, urls: list[str], *, as_json: bool) -> bool:
    """Compare, print, and say whether all pages show the list."""
    from jiyue.probe.recommended import pages_of, probe, published_list  # noqa: PLC0415  (network)
    from jiyue.registry.load import load_registry  # noqa: PLC0415  (pydantic)

    cluster = load_registry(root).cluster
    pages = pages_of(urls, cluster.outside)
    if not pages:
        usage("没有要看的网页：写在后面，或者在 sites/cluster.yaml 的 outside 里列出")
    try:
        ours = published_list(output, cluster.root)
    except (OSError, ValueError):
        usage("还没有生成推荐栏目：先运行 jiyue build；省门户的这个栏目要有文章")
    found = probe(pages, ours)
    if as_json:
        print(json.dumps([one.as_json() for one in found], ensure_ascii=False, indent=1))
        return all(one.same for one in found)
    for one in found:
        if one.same:
            print(f"{one.name}：{'嵌入了省门户的网页' if one.embedded else '一致'}")
            continue
        print(f"{one.name}：{one.problem or f'缺 {len(one.missing)} 条，多 {len(one.stale)} 条过时的'}")
        for label, rows in (("缺", one.missing), ("过时", one.stale)):
            for row in rows:
                print(f"    {label}：{row.title}　{row.url}")
        if one.updated and one.updated != ours.updated:
            print(f"    片段的时间 {one.updated}，应为 {ours.updated}：请对方取回新的片段")
    return all(one.same for one in found)
