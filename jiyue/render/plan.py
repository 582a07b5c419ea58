"""The plan of a site's build: for each page the digests of its inputs, to compare with those of the last build."""

from __future__ import annotations

from typing import Any, NamedTuple

from jiyue.render.pages.page import Page
from jiyue.render.pages.plainjson import plain_digest
from jiyue.render.shells import ShellKey, Shells
from jiyue.render.templates import Closures
from jiyue.render.written import Written


class Plan(NamedTuple):
    """A page to bring up to date. part, shell: digests of all inputs of its parts and of its shell."""

    page: Page
    shell_key: ShellKey
    shell: str
    part: str
    declared: dict[str, Any] | None
    """The page's data; None where it is known not to have changed since the last build."""


def declared_anew(page: Page, known: Written | None) -> dict[str, Any] | None:
    """The page's data; None where it is known not to have changed. known: its row of the last build."""
    same = known is not None and page.made_of and known.made_of == page.made_of
    return None if same else page.declared()


def plan_page(
    page: Page,
    declared: dict[str, Any] | None,
    known: Written | None,
    shells: Shells,
    engine: str,
    closures: Closures,
    lang: str,
) -> Plan:
    """The plan of one page. declared, known: see declared_anew; engine: digest of the program; lang: of its furniture."""
    key = shells.key(page)
    data = known.part.rpartition(".")[2] if known and declared is None else plain_digest(declared)
    # four separate digests, so that --explain can name the one that changed
    source = page.entry.article.digest[:16] if page.entry else ""
    part = f"{engine[:16]}.{closures.digest(page.template, lang)[:16]}.{source}.{data}"
    return Plan(page, key, shells.digest(key), part, declared)


def reason(plan: Plan, known: Written | None, *, spliced: bool) -> str:
    """Why a page was made again, for --explain. spliced: only its shell changed."""
    if not known:
        return "新页面"
    if spliced:
        return "只有外框变了"
    names = ("程序", "模板", "正文", "数据")
    changed = [n for n, old, new in zip(names, known.part.split("."), plan.part.split("."), strict=False) if old != new]
    return "、".join(changed) + "变了" if changed else "输出文件被改动过"
