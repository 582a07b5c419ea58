"""`jiyue new`: creates a site, channel, column or article; on a terminal it asks for missing values."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated

import typer

from jiyue.catalogue import scaffold
from jiyue.catalogue.kinds import KINDS
from jiyue.catalogue.scaffold import Refused
from jiyue.cli.called import shown
from jiyue.cli.common import Root, Today, now_text, usage
from jiyue.registry.load import load_registry
from jiyue.registry.site import SITE_KINDS

_KINDS = {"site": "站点", "channel": "频道", "column": "栏目", "article": "文章"}


def new(
    what: Annotated[
        str, typer.Argument(help="site 站点、channel 频道、column 栏目、article 文章", show_default=False)
    ] = "",
    names: Annotated[
        list[str] | None,
        typer.Argument(help="文章：站点 栏目目录；栏目、频道：站点 目录名；站点：编号", show_default=False),
    ] = None,
    name: Annotated[str, typer.Option("--name", help="文章标题，或站点、栏目、频道的名称", show_default=False)] = "",
    kind: Annotated[
        str,
        typer.Option(
            "--kind",
            help=f"文章：{' '.join(name for name in KINDS if name != 'page')}；站点：{' '.join(SITE_KINDS)}",
            show_default=False,
        ),
    ] = "",
    superior: Annotated[str, typer.Option("--superior", help="站点：上级站点编号", show_default=False)] = "",
    url: Annotated[str, typer.Option("--url", help="站点：网址", show_default=False)] = "",
    root: Root = Path(),
    today: Today = "",
) -> None:
    """新建站点、频道、栏目或文章；在终端里运行，缺什么问什么。"""
    given = {"name": name, "kind": kind, "superior": superior, "url": url}
    named = list(names or ())
    try:
        if sys.stdin.isatty() and sys.stdout.isatty():
            what = what or _ask("新建什么", _KINDS)
            if what in _KINDS:
                _complete(what, named, given, root)
        else:
            _refuse_missing(what, named, given)
        made = scaffold.create(what, named, root, now=now_text(today), **given)
    except scaffold.Refused as problem:
        usage(str(problem))
    for path in made:
        print(f"已写入 {path}")
    if what == "article":
        print(shown(f"接下来：写正文，填上空着的字段，再运行 jiyue check {named[0]}；审核岗位看过以后填各自的日期。"))


def _refuse_missing(what: str, names: list[str], given: Mapping[str, str]) -> None:
    """Without a terminal, exit with a message about all missing values."""
    needed = {
        "site": ["站点编号"],
        "channel": ["站点编号", "目录名"],
        "column": ["站点编号", "目录名"],
        "article": ["站点编号", "栏目目录名"],
    }
    if not what:
        usage(
            f"还要写新建什么：{'、'.join(f'{word}（{meaning}）' for word, meaning in _KINDS.items())}。写法见 jiyue new --help"
        )
    missing = needed.get(what, [])[len(names) :]
    missing += [] if given["name"] or what not in _KINDS else ["--name " + ("标题" if what == "article" else "名称")]
    if missing:
        usage(f"还要写：{'、'.join(missing)}。写法见 jiyue new --help")


def _complete(what: str, names: list[str], given: dict[str, str], root: Path) -> None:
    """Ask for missing values. Raises ClusterBroken, and scaffold.Refused for invalid ones that were given."""
    registry = load_registry(root)
    if what == "site":
        if not names:
            names.append(_ask("站点编号（小写字母，如 nanguan）"))
        given["kind"] = given["kind"] or _ask("站点类型", SITE_KINDS)
        given["superior"] = given["superior"] or _ask(
            "上级站点编号", check=lambda name: scaffold.chosen_site(registry, name)
        )
        given["name"] = given["name"] or _ask("站点名称")
        given["url"] = given["url"] or _ask("网址（如 https://www.nanguan.example）")
        return
    sites = {site.id: site.name for site in registry.sites.values()}
    if not names:
        names.append(
            _ask(
                "站点编号", sites if len(sites) <= _LISTED else None, lambda name: scaffold.chosen_site(registry, name)
            )
        )
    site = scaffold.chosen_site(registry, names[0])
    if len(names) == 1 and what == "article":
        names.append(_ask("栏目", scaffold.column_names(site), lambda name: scaffold.chosen_column(root, site, name)))
    elif len(names) == 1:
        names.append(_ask("目录名（拼音小写，如 tzgg）"))
    given["name"] = given["name"] or _ask("标题" if what == "article" else "名称")


_LISTED = 30
"""The most choices that are listed."""


def _ask(question: str, choices: Mapping[str, str] | None = None, check: Callable[[str], object] | None = None) -> str:
    """Ask until check accepts the answer. The choices are listed; their numbers are valid answers, too."""
    known = list(choices or ())
    for number, word in enumerate(known, 1):
        print(f"  {number:>2}. {word}　{(choices or {})[word]}")
    while True:
        answer = str(typer.prompt(f"{question}{'（写编号或代号）' if known else ''}", prompt_suffix="：")).strip()
        if answer.isdecimal() and 0 < int(answer) <= len(known):
            answer = known[int(answer) - 1]
        try:
            if check:
                check(answer)
            elif known and answer not in known:
                raise Refused(f"没有「{answer}」，可以是：{'、'.join(known)}")
        except Refused as problem:
            print(shown(str(problem)))
            continue
        if answer:
            return answer
