"""`jiyue edit`, `edit user`, `edit log`."""

from __future__ import annotations

import getpass
import os
import subprocess
import sys
import threading
import webbrowser
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer

from jiyue.base import clock
from jiyue.cli.common import Root, now_text, usage
from jiyue.editor.accounts import local
from jiyue.editor.accounts.log import ACTIONS, Log, as_csv
from jiyue.editor.accounts.people import People
from jiyue.editor.accounts.state import PLACE, State
from jiyue.editor.accounts.waiting import Waiting
from jiyue.editor.web.app import create_app
from jiyue.editor.web.server import Server, browser_page
from jiyue.editor.web.settings import LOOPBACK, Network, Settings, on_this_machine

edit = typer.Typer(add_completion=False, rich_markup_mode=None, help="在浏览器里写稿、审核、撤下。")


@edit.callback(invoke_without_command=True)
def _edit(
    context: typer.Context,
    root: Root = Path(),
    port: Annotated[int, typer.Option("--port", help="端口")] = 8030,
    account: Annotated[str, typer.Option("--as", help="本机使用时的账号，默认是 git 的 user.email")] = "",
    no_browser: Annotated[bool, typer.Option("--no-browser", help="不打开浏览器")] = False,
    url: Annotated[str, typer.Option("--url", help="供多人使用：对外的网址 https://…，前面有 nginx")] = "",
    host: Annotated[str, typer.Option("--host", help="供多人使用：监听的地址")] = "127.0.0.1",
    socket: Annotated[Path | None, typer.Option("--socket", help="供多人使用：改为监听 Unix 套接字")] = None,
    peer: Annotated[list[str] | None, typer.Option("--peer", help="供多人使用：nginx 的地址，默认是本机")] = None,
    proxy_header: Annotated[str, typer.Option("--proxy-header", help="由 nginx 登录：写账号的请求头")] = "",
    remote: Annotated[
        str | None, typer.Option("--remote", help='保存时推送到的远程，默认 origin；写 "" 不推送')
    ] = None,
) -> None:
    """在浏览器里写稿、审核、撤下。"""
    if context.invoked_subcommand:
        return
    root = root.resolve()
    people = People(root)
    if not people.rights().accounts:
        usage(f"没有人可以登录：{people.problem or 'sites/rights.yaml 里没有账号'}（以提交到主分支的为准）")
    if url:
        settings = _for_many(root, url, tuple(peer or ()), proxy_header, remote)
    elif proxy_header or peer or socket or host not in ("127.0.0.1", "localhost"):
        usage("供多人使用要写 --url https://…：口令不能不加密传输（docs/operations.md「Editor」）")
    else:
        settings = _for_one(root, port, account, people, remote)
    app = create_app(settings)
    try:
        server = Server(app, host, port, socket)
    except OSError as problem:
        usage(f"端口 {port} 用不了（{problem.strerror}），请换一个：jiyue edit --port {port + 1}")
    if settings.way == "machine":
        address = f"http://localhost:{server.port}/signin?ticket={app.state.tickets.new()}"
        print(
            f"编辑：{address}\n账号 {settings.account}。网址只能用一次，再要一个请按回车；按 Ctrl+C 结束。", flush=True
        )
        if not no_browser and _has_screen():
            webbrowser.open(browser_page(root / PLACE.parent, address).as_uri())
        threading.Thread(target=_more, args=(app.state.tickets.new, server.port), daemon=True).start()
    else:
        print(f"编辑：{url}，监听 {socket or f'{host}:{server.port}'}；按 Ctrl+C 结束。", flush=True)
    server.run()


def _for_one(root: Path, port: int, account: str, people: People, remote: str | None) -> Settings:
    """Of the person at this machine, who can do with the repository what they like anyway."""
    name = account or _git(root, "user.email")
    found = people.find(name) if name else None
    known = "、".join(sorted({a.name for a in people.rights().accounts.values()})[:8])
    if found is None and not account and sys.stdin.isatty():
        name = input(f"用哪个账号？已有的账号：{known}\n账号：").strip()
        found = people.find(name)
    if found is None:
        usage(
            (f"sites/rights.yaml 里没有账号「{name}」" if name else "不知道您的账号：git 没有设置 user.email")
            + f"。请写 --as 账号。已有的账号：{known}"
        )
    assert found
    return on_this_machine(root, port, found.name, "" if account else _git(root, "user.name"), remote)


def _for_many(root: Path, url: str, peers: tuple[str, ...], header: str, remote: str | None) -> Settings:
    parts = urlsplit(url)
    if parts.scheme != "https" or not parts.hostname or parts.path.strip("/") or parts.query:
        usage(f"--url 写成 https://bianji.example，没有路径：「{url}」")
    try:
        networks: tuple[Network, ...] = tuple(ip_network(one) for one in peers) or LOOPBACK
    except ValueError:
        usage("--peer 写 IP 地址或者网段，如 10.0.0.8、10.0.0.0/24")
    origin = f"https://{parts.netloc.lower()}"
    return Settings(
        root, "proxy" if header else "password", frozenset({str(parts.hostname)}), frozenset({origin}), networks, header,
        remote=remote,
    )  # fmt: skip


def _more(ticket: object, port: int) -> None:
    """A new address for each line that is typed."""
    for _ in sys.stdin:
        print(f"http://localhost:{port}/signin?ticket={ticket()}", flush=True)  # type: ignore[operator]


def _has_screen() -> bool:
    return sys.platform in ("darwin", "win32") or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _git(root: Path, key: str) -> str:
    run = subprocess.run(["git", "-C", str(root), "config", key], capture_output=True, text=True, check=False)
    return run.stdout.strip()


@edit.command()
def user(
    action: Annotated[
        str, typer.Argument(help="add 新建，passwd 改口令，reset 连动态码一起重设，remove 删除，list 列出")
    ],
    name: Annotated[str, typer.Argument(help="账号，与 sites/rights.yaml 里的一致", show_default=False)] = "",
    root: Root = Path(),
) -> None:
    """管理多人使用时的口令账号；口令从终端或者标准输入读取。"""
    state = State(root / PLACE)
    accounts, log = local.Accounts(state), Log(state)
    who = f"{getpass.getuser()}（终端）"
    if action == "list":
        for one in accounts.all():
            factor = "有动态码" if one.confirmed else "还没有设置动态码"
            print(f"{one.name}　{factor}　口令设于 {clock.minute(one.since)}")
        return
    if action not in ("add", "passwd", "reset", "remove"):
        usage(f"不认识「{action}」：写 add、passwd、reset、remove 或者 list")
    known = accounts.find(name)
    if action == "add":
        registered = People(root).find(name)
        if registered is None or registered.name != name:
            usage(f"sites/rights.yaml 里没有账号「{name}」（以提交到主分支的为准）。先登记权限，再设口令")
    if (known is None) == (action != "add"):
        usage(f"{'没有' if known is None else '已经有'}账号「{name}」")
    if action == "remove":
        accounts.remove(name)
        log.add(who, "", "account-remove", detail=name)
        print(f"已删除 {name}，它的登录已经失效。")
        return
    accounts.set_password(name, _new_password(name), keep_factor=action == "passwd")
    Waiting(state).forget(name)
    log.add(who, "", "account-add" if action == "add" else "account-password", detail=f"{action} {name}")
    said = "" if action == "passwd" else "第一次登录时会要求设置动态码；在那之前只知道口令就能登录，请尽快。"
    print(f"已设置 {name} 的口令。{said}")


def _new_password(name: str) -> str:
    if sys.stdin.isatty():
        password = getpass.getpass("新口令：")
        if getpass.getpass("再写一次：") != password:
            usage("两次写的不一样")
    else:
        password = sys.stdin.readline().rstrip("\n")
    problem = local.password_problem(name, password)
    if problem:
        usage(problem)
    return password


@edit.command()
def log(
    root: Root = Path(),
    since: Annotated[str, typer.Option("--since", help="从哪一天起 YYYY-MM-DD")] = "",
    csv: Annotated[bool, typer.Option("--csv", help="输出 CSV")] = False,
) -> None:
    """列出审计记录：谁、何时、从哪里、做了什么。"""
    state = State(root / PLACE)
    start = clock.aware(now_text(since)).timestamp() if since else 0
    book = Log(state)
    entries = book.entries(start)
    if csv:
        print(as_csv(entries), end="")
    else:
        for one in entries:
            print("　".join(filter(None, (one.at, one.account or "（未登录）", one.address, ACTIONS.get(one.what, one.what),
                                          one.path, one.head[:12], one.detail))))  # fmt: skip
    broken = book.broken()
    if broken:
        print(f"审计记录从第 {broken} 行起被改过或者缺行", file=sys.stderr)
        raise SystemExit(1)
