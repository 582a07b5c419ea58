"""Places on a page that can be jumped to: each id once, none of the page's own, and a link to one leads there."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator

from jiyue.base.diagnostics import Diagnostic, warning
from jiyue.base.patterns import pattern
from jiyue.catalogue.article import Article
from jiyue.catalogue.places import places_of
from jiyue.catalogue.references import addresses, local_path, plain
from jiyue.catalogue.scan import SiteScan
from jiyue.checks.text.model import Text

DOUBLE = warning(
    "link-id",
    "正文里的 id 重复，或者页面自己已经用了",
    "同一个网页里 id 只能有一个，否则目录、跳转和读屏软件会指错地方。发布时只留第一个，页面自己用的保留给页面。",
    "WCAG 2.2 1.3.1；GB/T 37668-2019",
)
ANCHOR = warning(
    "link-anchor",
    "网页里的链接指向不存在的位置",
    "「#」后面的位置在目标网页里没有，读者点了不会跳到那里。",
    "国办秘函〔2019〕19号",
)
RULES = (DOUBLE, ANCHOR)

PAGE_IDS = pattern(
    r"main|menu|feeds|contents|history|annual|q-library|by-(?:validity|year|topic|organ|genre|state|category|unit)|"
    r"q|q-menu|q-home|search|filters|pages|results|status|suggestions|browse|attachments|related|claim|facts|evidence|updates|update-\d+(?:-\d+)?|guests|asked|draft|take-part|forms|samples|fee|functions|opinions|transcript|questions|"
    r"result|steps|basis|conditions|materials|headlines-heading|portal-heading|(?:group|topic)-\d+|chart-\d+(?:-\w)?"
)
"""Ids of the page itself (themes/gov/templates; a test compares the two)."""
_TOP = "top"
"""A fragment that always leads to the page's start (HTML, 7.4.6.4)."""


def only_once(html: str) -> str:
    """A body's HTML without duplicate ids and without ids of the page itself."""
    if ' id="' not in html:
        return html
    seen: set[str] = set()

    def keep(match: re.Match[str]) -> str:
        if match[2] in seen or PAGE_IDS.fullmatch(match[2]):
            return match[1]
        seen.add(match[2])
        return match[0]

    return _IDENTIFIED.sub(keep, html)


_IDENTIFIED = pattern(r'(<[a-z][a-z0-9]*(?: [a-zA-Z:_-]+="[^"]*")*?) id="([^"]*)"')


def place_findings(scan: SiteScan, read: Callable[[str], str]) -> list[Diagnostic]:
    """Findings about ids and anchor links of a site's articles. read: source path -> text, for line numbers."""
    concerned = [row for row in scan.rows if "ids" in row.extra or "anchors" in row.extra]
    if not concerned:
        return []
    base = len(f"content/{scan.site}/")
    known = {row.source_path[base:]: row for row in scan.rows} | {row.path: row for row in scan.rows}
    findings: list[Diagnostic] = []
    for row in concerned:
        wrong = [*_ids(row), *_anchors(row, known, read)]
        if wrong:
            findings += _findings_of(Text(row.site, row.source_path, read(row.source_path)), wrong)
    return findings


def _ids(row: Article) -> Iterator[tuple[str, str, str]]:
    seen: set[str] = set()
    for one in row.extra.get("ids", ()):
        if one.startswith("name "):
            continue
        if PAGE_IDS.fullmatch(one):
            yield "id", one, f"id「{one[:40]}」页面自己已经用了，发布时去掉"
        elif one in seen:
            yield "id", one, f"id「{one[:40]}」出现了不止一次，发布时只留第一个"
        seen.add(one)


def _anchors(row: Article, known: dict[str, Article], read: Callable[[str], str]) -> Iterator[tuple[str, str, str]]:
    there: dict[str, frozenset[str]] = {}
    places: dict[str, Collection[str]] = {}
    for address, fragment in row.extra.get("anchors", ()):
        target = known.get(local_path(row.folder, address)) if address else row
        if target is None or fragment == _TOP or PAGE_IDS.fullmatch(fragment):
            continue
        if address not in there:
            there[address] = frozenset(target.extra.get("ids", ()))
        ids = there[address]
        if fragment in ids or f"name {fragment}" in ids:
            continue
        if address not in places:
            places[address] = places_of(read(target.source_path))
        if fragment not in places[address]:
            shown = f"{address}#{fragment}"
            yield "anchor", shown, f"「{shown[:80]}」的位置不存在"


_GIVEN = pattern(r"(?:\bid\s*+=\s*+[\"']?|#)([^\s\"'#<>{}=]+)", re.I)
"""An id, or an anchor in a link."""


def _findings_of(text: Text, wrong: list[tuple[str, str, str]]) -> Iterator[Diagnostic]:
    ids = {given[1]: given.start() for given in _GIVEN.finditer(text.text)}
    jumps: dict[str, int] = {}
    for position, address in addresses(text.text):
        jumps.setdefault(f"{plain(address)}#{plain(address.partition('#')[2])}", position)
    for kind, what, message in dict.fromkeys(wrong):
        if kind == "anchor":
            hint = "核对「#」后面的名字：条写 #第三条，标题写它的文字，如 #一-总体要求，或者给标题加 {#名字}"
            yield text.at(ANCHOR, jumps.get(what, 0), message, hint)
        else:
            yield text.at(DOUBLE, ids.get(what, 0), message, "改成不同的名字，或者删去这个 id")
