"""Rules on links: forbidden addresses (from the text) and dead links (from the catalogue).

One mistake never spreads: a link to something withheld or missing becomes plain text, with only a warning.
"""

from __future__ import annotations

import functools
import ipaddress
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from urllib.parse import quote, unquote, urlsplit

from jiyue.base.diagnostics import Diagnostic, Rule, error, warning
from jiyue.base.patterns import pattern
from jiyue.catalogue.article import Article
from jiyue.catalogue.frontmatter import NoFrontMatter, split
from jiyue.catalogue.linked import addresses as linked_addresses
from jiyue.catalogue.links import CASE, HIDDEN, Dead
from jiyue.catalogue.references import addresses, body_of, page_path, plain
from jiyue.checks.text.model import Text
from jiyue.registry.site import Site

_SOURCE = "国办秘函〔2019〕19号"

PLACEHOLDER = error(
    "link-placeholder",
    "链接是占位的空链接",
    "「#」「javascript:」之类的链接点了没有反应，是模板或者半成品留下的空链。",
    _SOURCE,
)
HOST = error(
    "link-host",
    "链接指向本机、内网或者预览地址",
    "localhost、IP 地址、测试和预览域名在读者那里打不开，还会暴露内部系统的位置。",
    _SOURCE,
)
BLOCKED = error(
    "link-blocked",
    "链接指向禁止链接的网站",
    "登记为禁止链接的网站（已经失效、被抢注或者内容不良）一律不得从政府网站链接。",
    _SOURCE,
)
WITHHELD = warning(
    "link-withheld",
    "链接指向没有发布的内容",
    "指向的稿件或者附件没有通过检查，或者还没到发布时间、已经撤下。发布时这个链接只显示文字，不影响本文发布。",
    _SOURCE,
)
MISSING = warning(
    "link-missing",
    "链接指向的文件不存在",
    "读者点了会看到“找不到网页”。发布时这个链接只显示文字，图片只显示说明。",
    _SOURCE,
)
BROKEN = error(
    "link-broken",
    "链接指向的文件不存在，方案不允许",
    "方案要求没有错链：链接的文件从来没有过，多半是文件名写错或者漏传了附件。",
    _SOURCE,
)
LETTERS = warning(
    "link-case",
    "链接的大小写与文件名不符",
    "网站服务器区分大小写，本机能打开的链接发布后会失效。",
    _SOURCE,
)
PROMOTED = warning(
    "link-promoted",
    "站点文件里的推荐结果、紧急提示或友情链接指向没有的网页",
    "推荐结果排在最前，紧急提示在每一页上，读者最先点它们；网页改名、撤下以后要跟着改。",
    _SOURCE,
)
RULES = (PLACEHOLDER, HOST, BLOCKED, WITHHELD, MISSING, BROKEN, LETTERS, PROMOTED)

EMPTY = pattern(r"(?:#|#!|javascript:.*|about:blank|x+|todo|待补|待定)?", re.I)
"""Placeholders for addresses that were never filled in. Source: 本平台."""
INNER_HOSTS = ("localhost", "local", "localdomain", "internal", "intranet", "lan", "test", "invalid")
"""Last labels of hosts that no reader can reach (RFC 2606, RFC 6761, RFC 6762, and common usage)."""
_PLAIN_HOST = pattern(r"[a-z0-9-]+(?:\.[a-z0-9-]+)+")
PREVIEW_LABELS = frozenset({"preview", "staging", "stage", "uat", "dev", "localhost"})
"""Labels of hosts for previews of unfinished work."""


def link_findings(text: Text, blocked: Iterable[str] = ()) -> list[Diagnostic]:
    """Findings for links that no page may have. blocked: hosts; their subdomains are blocked, too."""
    hosts = frozenset(blocked)
    findings = list(_forbidden(text, hosts)) if _may_be_forbidden(text.text, hosts) else []
    head = text.text[: len(text.text) - len(body_of(text.text))]
    if "//" in head and _has_odd_host(head, hosts):
        findings += _in_fields(text, hosts)
    return findings


def _in_fields(text: Text, blocked: frozenset[str]) -> Iterator[Diagnostic]:
    """The same for the links of the front matter."""
    try:
        values = split(text.text).values
    except NoFrontMatter:
        return
    for address in linked_addresses(values):
        yield from _of_host(text, text.text.find(address), address, blocked)


_ODD_LINK = pattern(r"\]\([\s<]*[>)#jJaAxXtT待]")
_HOST = pattern(r"//([^/?#\s()<>\"'\]]*)")


def _may_be_forbidden(body: str, blocked: frozenset[str]) -> bool:
    """A fast pre-check, because parsing a text's links takes longer than all other rules. False is certain."""
    if "]:" in body or "<" in body:
        return True
    if "](" not in body:
        return False
    return _ODD_LINK.search(body) is not None or _has_odd_host(body, blocked)


def _has_odd_host(text: str, blocked: frozenset[str]) -> bool:
    return any(
        not _PLAIN_HOST.fullmatch(host) or is_inner(host) or is_blocked(host, blocked)
        for host in _HOST.findall(text.lower())
    )


def _forbidden(text: Text, blocked: frozenset[str]) -> Iterator[Diagnostic]:
    for position, address in addresses(text.text):
        if EMPTY.fullmatch(address.strip()):
            hint = "写上真正的地址；还没有就去掉链接，只留文字"
            yield text.at(PLACEHOLDER, position, f"链接「{address[:40]}」是空链接", hint)
            continue
        yield from _of_host(text, position, address, blocked)


def _of_host(text: Text, position: int, address: str, blocked: frozenset[str]) -> Iterator[Diagnostic]:
    host = host_of(address) if "//" in address else ""
    if host and is_inner(host):
        yield text.at(HOST, position, f"链接指向 {host}", "改为读者能打开的正式网址")
    elif host and is_blocked(host, blocked):
        yield text.at(BLOCKED, position, f"链接指向禁止链接的网站 {host}", "去掉链接，或者改为权威来源的网址")


def host_of(address: str) -> str:
    """The host of an http(s) or protocol-relative address, in lower case; '' if it has none."""
    try:
        parts = urlsplit(address)
        return (parts.hostname or "").rstrip(".") if parts.scheme in ("", "http", "https") else ""
    except ValueError:
        return ""


@functools.lru_cache(maxsize=4096)
def is_inner(host: str) -> bool:
    """Whether a host is this machine, a bare IP address, or an internal or preview host."""
    labels = host.split(".")
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return labels[-1] in INNER_HOSTS or bool(PREVIEW_LABELS.intersection(labels[:-2]))
    return True


def is_blocked(host: str, blocked: Iterable[str]) -> bool:
    """Whether a host or one of its parent domains is on the list."""
    return any(host == b.lower() or host.endswith("." + b.lower()) for b in blocked)


def dead_findings(row: Article, dead: Iterable[Dead], read: Callable[[str], str], strict: bool) -> list[Diagnostic]:
    """Findings for an article's dead links. read: source path -> text, used to find the line."""
    dead = list(dead)
    if not dead:
        return []
    text = Text(row.site, row.source_path, read(row.source_path))
    places: dict[str, int] = {}
    for position, address in addresses(text.text):
        places.setdefault(plain(address), position)
    # addresses in the front matter (a video's files) have no place in the body
    return [_dead(text, places.get(link.address, max(0, text.text.find(link.address))), link, strict) for link in dead]


def _dead(text: Text, position: int, link: Dead, strict: bool) -> Diagnostic:
    if link.why == CASE:
        return text.at(LETTERS, position, f"「{link.address}」与文件名的大小写不符", f"改为 {link.right}")
    if link.why == HIDDEN:
        return text.at(WITHHELD, position, f"「{link.address}」没有发布，链接只显示文字", "等它发布，或者去掉链接")
    rule: Rule = BROKEN if strict else MISSING
    return text.at(rule, position, f"「{link.address}」不存在", _hint(link.address))


_FULL_WIDTH = pattern(r"[a-zA-Z][a-zA-Z0-9+.-]*:|www\.|//")
_BARE_HOST = pattern(r"(?:www\.[^/]+|[\w.-]+\.(?:gov|com|org|net|edu)(?:\.cn)?|[\w-]+(?:\.[\w-]+)*\.cn)(?:/.*)?", re.I)


def _hint(address: str) -> str:
    """How to fix a dead address inside the site, by its form."""
    if not address.isascii() and _FULL_WIDTH.match(unicodedata.normalize("NFKC", address)):
        return f"网址里的全角字符改为半角，如 {unicodedata.normalize('NFKC', address)[:80]}"
    if _BARE_HOST.fullmatch(address):
        return f"别的网站要写完整网址：https://{address[:80]}"
    if "." not in address.rpartition("/")[2]:
        return "栏目的地址末尾要有「/」，如 /tzgg/；文章链接它的 .md 文件"
    return "核对文件名，或者补传文件；名字里的「#」写成 %23，「?」写成 %3F"


def cross_findings(source: str, site: Site, url: str, why: str, read: Callable[[str], str]) -> Diagnostic:
    """The finding for a dead link to a list of this site or to another site of the cluster; the link becomes text.

    url: the complete address of the target.
    """
    text = Text(site.id, source, read(source))
    folder = source.removeprefix(f"content/{site.id}/").rpartition("/")[0]
    position, shown = 0, url
    for place, address in addresses(text.text):
        path = page_path(folder, plain(address))
        if address == url or (path is not None and f"{site.url}/{quote(path)}" == url):
            position, shown = place, address
            break
    if why == HIDDEN:
        return text.at(WITHHELD, position, f"「{shown}」没有发布，链接只显示文字", "等它发布，或者去掉链接")
    hint = "核对网址，或者去掉链接；栏目要有发布的文章才有网页，末尾要有「/」"
    return text.at(MISSING, position, f"「{shown}」在站群里不存在，链接只显示文字", hint)


def promoted_finding(site: str, path: str, what: str, address: str, why: str, source: str) -> Diagnostic:
    """The finding for a dead link of a site's file or of an alert. what: 推荐, 紧急提示, 紧急信息 or 友情链接; source: the file's text."""
    shown = address.removeprefix("/")
    line = next((n for n, text in enumerate(source.splitlines(), 1) if shown in text), 0)
    state = "没有发布" if why == HIDDEN else "不存在"
    hint = "改为现有网页的路径；不再需要就删去这一条"
    return PROMOTED.at(path, line, f"{what}的「{address}」{state}", hint, site=site)


def path_on(site_url: str, url: str) -> str | None:
    """The decoded path of a complete address relative to the site's; None if it belongs to another site."""
    bare = url.partition("#")[0].partition("?")[0]
    if bare == site_url:
        return ""
    return unquote(bare[len(site_url) + 1 :]) if bare.startswith(site_url + "/") else None
