"""`jiyue digest`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from jiyue.base.encoding import NotUtf8
from jiyue.build.options import Options
from jiyue.cli.common import Root, Sites, Today, known_sites, now_text, show, usage
from jiyue.digest.recipients import Inside, recipients
from jiyue.digest.select import Digest, Wanted, period
from jiyue.digest.send import NotSent, connect, send
from jiyue.digest.write import digests, write_digests
from jiyue.registry.mail import FILE, MailSettings, read_settings

_Words = list[str] | None


def digest(
    sites: Sites = None,
    since: Annotated[str, typer.Option("--since", help="从哪天起 YYYY-MM-DD，或最近几天，如 7d")] = "7d",
    until: Annotated[str, typer.Option("--until", help="到哪天 YYYY-MM-DD，含这一天；默认到此刻")] = "",
    to: Annotated[Path | None, typer.Option("--to", help="写到哪个目录，每个站点一个子目录")] = None,
    columns: Annotated[_Words, typer.Option("--columns", help="只要这些栏目（目录），可写几次")] = None,
    topic: Annotated[_Words, typer.Option("--topic", help="只要这些主题分类，可写几次")] = None,
    keyword: Annotated[_Words, typer.Option("--keyword", help="只要有这些关键词的，可写几次")] = None,
    settings: Annotated[Path | None, typer.Option("--settings", help=f"邮件设置文件，默认 {FILE}")] = None,
    send_: Annotated[bool, typer.Option("--send", help="发送邮件；不写只生成文件")] = False,
    list_: Annotated[Path | None, typer.Option("--recipients", help="收件人名单，一行一个地址，须在仓库之外")] = None,
    root: Root = Path(), today: Today = "",
) -> None:  # fmt: skip
    """把一天或一周的新稿件做成邮件（文本和 HTML）和可以粘贴到微信公众号的 HTML；--send 才发送。"""
    chosen, now = known_sites(root, sites), now_text(today)
    span = period(since, until, now)
    if span is None:
        usage("--since 写日期（2026-11-20）或天数（7d），--until 写日期，并且不早于 --since、--since 不晚于现在")
    if not to and not send_:
        usage("写 --to 目录，或者 --send 发送")
    mails = _settings(root, settings, needed=send_)
    addresses = _addresses(root, list_) if send_ else []
    wanted = Wanted(tuple(path.strip("/") for path in columns or ()), tuple(topic or ()), tuple(keyword or ()))
    found = digests(Options(root, root / "output", chosen, now=now), span, wanted)
    if not found:
        print(f"{span.text}没有符合条件的新稿件，没有生成摘要。")
    if to:
        for path in write_digests(found, to, mails, now):
            print(path)
    complete = True
    if send_ and mails and list_:
        folder = (settings or root / FILE).parent
        for one in found:
            complete = _send(one, mails, now, addresses, list_, folder) and complete
    raise SystemExit(0 if complete else 1)


def _settings(root: Path, given: Path | None, *, needed: bool) -> MailSettings | None:
    """The settings; None where there is no file and none is needed."""
    path = given or root / FILE
    if not path.is_file():
        if given or needed:
            usage(f"没有邮件设置文件 {path}：按 docs/subscriptions.md 写一个")
        return None
    read, problems = read_settings(path, FILE if given is None else str(given))
    if read is None:
        show(problems, "text")
        raise SystemExit(1)
    if needed and not (read.server and read.unsubscribe):
        usage("发送需要邮件设置里的 server（服务器）和 unsubscribe（退订）")
    return read


def _addresses(root: Path, path: Path | None) -> list[str]:
    if path is None:
        usage("发送需要 --recipients 名单（在仓库之外的文件，一行一个地址）")
    try:
        addresses, wrong = recipients(path, root)
    except Inside as problem:
        usage(str(problem))
    except (OSError, NotUtf8) as problem:
        usage(f"读不出收件人名单：{getattr(problem, 'message', '') or getattr(problem, 'strerror', '')}")
    if wrong:
        usage(f"名单第 {'、'.join(map(str, wrong[:10]))} 行不是邮箱地址，没有发送：改正后再运行")
    return addresses


def _send(one: Digest, settings: MailSettings, now: str, addresses: list[str], names: Path, folder: Path) -> bool:
    """Send a digest; the addresses that didn't get it are kept beside the list, outside the repository."""
    if not settings.server:
        return False
    try:
        with connect(settings.server, folder) as session:
            accepted, left = send(session, one, settings, now, addresses)
    except NotSent as problem:
        print(f"{one.site}：{problem}", file=sys.stderr)
        return False
    print(f"{one.site}：发出 {accepted} 封，未发出 {len(left)} 封。")
    if left:
        rest = names.with_name(f"{names.name}.{one.site}.rest")
        rest.unlink(missing_ok=True)
        rest.touch(0o600)
        rest.write_text("".join(f"{address}  # {why}\n" for address, why in left.items()), encoding="utf-8")
        print(f"{one.site}：未发出的地址和原因在 {rest}，改正后用 --recipients 指定它再发。", file=sys.stderr)
    return not left
