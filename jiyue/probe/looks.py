"""The looks at one site from outside: does it open, by IPv6 too, how long its certificate holds, are its bytes those that were
published, does its search find, do its links lead somewhere. Each gives one record of jiyue.registry.probe_ledger."""

from __future__ import annotations

import json
import random
import shutil
import socket
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC
from html.parser import HTMLParser
from urllib.parse import urldefrag, urljoin, urlsplit

from jiyue.base.clock import aware
from jiyue.checks.article.external import Answer, Fetch, fetch, is_bad, try_links
from jiyue.probe.visit import Lookup, Visit, addresses, certificate_end, visit
from jiyue.publish.release.signing import PublicKey
from jiyue.publish.release.verify import UNREACHABLE, UNSIGNED, UNTRUSTED, verify_with_manifest
from jiyue.registry.probe_ledger import DECIDED, FAILED, UNDECIDABLE, Record, decided
from jiyue.registry.site import Site
from jiyue.search.node import INDEX, SearchFailed, ask

SAMPLE = 5
"""Pages beside the home page that IPv6 and links are tried on."""
FILES = 60
"""Files whose bytes are compared in one probe, the home page always; other ones each time, so that a month sees most."""
LINKS = 50
"""External links that are tried in one probe."""
SHOWN = 5
"""Addresses named in a record."""
AT_ONCE = 8
"""Sites that are looked at at the same time."""


@dataclass(frozen=True)
class Tools:
    """How the looks are made. sequence: site id -> the highest release sequence ever live; seconds: for one visit."""

    at: str
    keys: tuple[PublicKey, ...] = ()
    sequence: Callable[[str], int] = lambda _: 0
    lookup: Lookup = addresses
    seconds: float = 15.0
    fetch: Fetch = fetch
    pause: Callable[[float], None] | None = None
    search: bool = True

    def open(self, url: str, family: int = socket.AF_UNSPEC) -> Visit:
        """Open a page."""
        return visit(url, family=family, seconds=self.seconds, lookup=self.lookup)

    def sample(self, site: str, what: str) -> random.Random:
        """The same choice for the same moment, another one at the next."""
        return random.Random(f"{self.at} {site} {what}")


class Home:
    """A site's home page, opened once for all looks."""

    def __init__(self, site: Site, tools: Tools) -> None:
        self.site, self.tools = site, tools
        self.visit = tools.open(f"{site.url}/")
        text = self.visit.body.decode("utf-8", "replace") if self.visit.opened else ""
        self.links = _links(self.visit.url, text)

    @property
    def own(self) -> list[str]:
        """The site's own pages that it links to."""
        base = f"{self.site.url}/"
        return [url for url in self.links if url.startswith(base) and url != base]

    @property
    def outside(self) -> list[str]:
        """The addresses of other hosts that it links to."""
        return [url for url in self.links if urlsplit(url).netloc != urlsplit(self.visit.url).netloc]


def look_reach(home: Home) -> Record:
    """Whether the home page opens in time."""
    one, at = home.visit, home.tools.at
    if not one.measured:
        return Record(at, "reach", FAILED, why=one.problem)
    detail = {"http": one.status} if one.status else {}
    if one.url != f"{home.site.url}/":
        detail |= {"url": one.url}  # type: ignore[dict-item]
    return decided(at, "reach", round(one.seconds, 2), one.problem, **detail)


def look_ipv6(home: Home) -> Record:
    """Whether the home page and some pages open by IPv6, with the same bytes as by IPv4."""
    tools, at, site = home.tools, home.tools.at, home.site
    host = site.host.partition(":")[0]
    try:
        tools.lookup(host, 443, socket.AF_INET6)
    except socket.gaierror as problem:
        if problem.errno == socket.EAI_AGAIN:
            return Record(at, "ipv6", FAILED, why="域名服务器没有答复，探测的机器可能没有网络")
        return decided(at, "ipv6", 1, "域名没有 IPv6 地址（AAAA 记录）")
    if not home.visit.opened:
        return Record(at, "ipv6", FAILED, why=f"首页打不开，没有可比的：{home.visit.problem}")
    pages = [f"{site.url}/", *_some(home.own, SAMPLE, tools.sample(site.id, "ipv6"))]
    bad, why = [], ""
    for url in pages:
        six = tools.open(url, socket.AF_INET6)
        if not six.measured:
            return Record(at, "ipv6", FAILED, why=f"{six.problem}（IPv6）")
        four = home.visit if url == pages[0] else tools.open(url, socket.AF_INET)
        if not six.opened or (four.opened and four.body != six.body):
            bad.append(url)
            why = why or six.problem or "与 IPv4 的内容不一致"
    return decided(at, "ipv6", len(bad), why, pages=len(pages), **_named(bad))


def look_tls(home: Home) -> Record:
    """How many days the certificate still holds, and whether browsers take it."""
    tools, at = home.tools, home.tools.at
    if not home.site.url.startswith("https:"):
        return Record(at, "tls", UNDECIDABLE, why="网址不是 https，没有证书")
    until = certificate_end(f"{home.site.url}/", seconds=tools.seconds, lookup=tools.lookup)
    if isinstance(until, str):
        return Record(at, "tls", FAILED, why=until)
    days = (until - aware(at).astimezone(UTC)).total_seconds() / 86400
    problem = home.visit.problem if home.visit.problem.startswith("证书无效") else ""
    if days < 0:
        problem = "证书已经到期"
    return decided(at, "tls", round(days, 1), problem, until=f"{until:%Y-%m-%dT%H:%M:%SZ}")


def look_bytes(home: Home) -> Record:
    """Whether the home page and a sample of files are those of the signed release."""
    tools, at, site = home.tools, home.tools.at, home.site
    checked = 0

    def choose(paths: list[str]) -> list[str]:
        nonlocal checked
        first = [path for path in paths if path == "index.html"]
        chosen = sorted({*first, *_some(paths, FILES - 1, tools.sample(site.id, "bytes"))})
        checked = len(chosen)
        return chosen

    if not home.visit.opened:
        return Record(at, "bytes", FAILED, why=f"首页打不开：{home.visit.problem}")
    manifest, findings = verify_with_manifest(
        site.url, tools.keys, tools.sequence(site.id), timeout=tools.seconds, choose=choose
    )
    wrong = [one for one in findings if one.rule != UNSIGNED.id]
    if any(one.rule == UNREACHABLE.id for one in wrong):
        return Record(at, "bytes", FAILED, why=wrong[0].message)
    if manifest is None and any(one.rule == UNTRUSTED.id for one in wrong) and not tools.keys:
        return Record(at, "bytes", UNDECIDABLE, why=wrong[0].message)
    if manifest and manifest.site != site.id:
        return decided(at, "bytes", checked, f"这里是站点 {manifest.site} 的版本")
    why = f"{wrong[0].path}：{wrong[0].message}" if wrong else ""
    detail = _named([one.path for one in wrong])
    return decided(at, "bytes", len(wrong), why, files=checked, **detail)


def look_search(home: Home) -> Record:
    """Whether the published search finds the newest title that the site publishes in its open data."""
    tools, at, site = home.tools, home.tools.at, home.site
    if not tools.search:
        return Record(at, "search", UNDECIDABLE, why="站群关闭了搜索（search: off）")
    if not home.visit.opened:
        return Record(at, "search", FAILED, why=f"首页打不开：{home.visit.problem}")
    title = _known_title(site, tools)
    if not title:
        return Record(at, "search", UNDECIDABLE, why="开放数据里没有可查的标题（api/site.json）")
    place = f"{site.url}/{INDEX.as_posix()}"
    index = tools.open(f"{place}/m.json")
    if not index.measured:
        return Record(at, "search", FAILED, why=index.problem)
    problem = f"搜索索引打不开：{index.problem}" if not index.opened else ""
    try:
        problem = problem or _not_found(place, title)
    except SearchFailed as cause:
        return Record(at, "search", FAILED, why=str(cause))
    return decided(at, "search", 1 if problem else 0, problem, title=title)


def _not_found(index: str, title: str) -> str:
    """What is wrong with an index that should find a title, '' if it finds it. Raises SearchFailed without Node.js."""
    if shutil.which("node") is None:
        raise SearchFailed("没有找到 Node.js，查不了站内搜索")
    try:
        [answer] = ask(index, [title], options={"limit": 20}, timeout=60)
    except SearchFailed:
        return "搜索程序出错，索引可能缺了文件"
    if any(hit["title"] == title for hit in answer["hits"]):
        return ""
    return "缺了索引文件" if answer["incomplete"] else "搜不到最新文章的标题"


def look_links(home: Home) -> Record:
    """Whether the external links of the home page and of some pages lead somewhere."""
    tools, at, site = home.tools, home.tools.at, home.site
    if not home.visit.opened:
        return Record(at, "links", FAILED, why=f"首页打不开：{home.visit.problem}")
    chance = tools.sample(site.id, "links")
    found = dict.fromkeys(home.outside)
    for url in _some(home.own, SAMPLE, chance):
        page = tools.open(url)
        links = _links(page.url, page.body.decode("utf-8", "replace")) if page.opened else []
        found |= dict.fromkeys(one for one in links if urlsplit(one).netloc != urlsplit(home.visit.url).netloc)
    urls = list(found)[:LINKS] if len(found) <= LINKS else sorted(_some(list(found), LINKS, chance))
    more = {"pause": tools.pause} if tools.pause else {}
    answers: dict[str, Answer] = try_links(urls, {}, at, tools.fetch, **more)
    bad = [url for url, answer in answers.items() if is_bad(answer.status)]
    if answers and len(bad) == len(answers) > SHOWN and not any(answer.status for answer in answers.values()):
        return Record(at, "links", FAILED, why="所有的站外链接都没有答复，探测的机器可能到不了外网")
    home_bad = sum(url in home.links for url in bad)
    why = f"打不开 {len(bad)} 个站外链接，其中首页 {home_bad} 个" if bad else ""
    return decided(at, "links", len(bad), why, tried=len(answers), home=home_bad, **_named(bad))


LOOKS: dict[str, Callable[[Home], Record]] = {
    "reach": look_reach, "ipv6": look_ipv6, "tls": look_tls, "bytes": look_bytes, "search": look_search, "links": look_links,
}  # fmt: skip


def probe_site(site: Site, what: list[str], tools: Tools) -> list[Record]:
    """The records of the chosen looks, in the order of LOOKS. A fault of our own program fails one look, no other."""
    home = Home(site, tools)
    records = []
    for name, look in LOOKS.items():
        if name in what:
            try:
                records.append(look(home))
            except Exception as cause:  # one look must not stop another
                records.append(Record(tools.at, name, FAILED, why=f"程序出错（{type(cause).__name__}：{cause}）"))
    return records


def probe_sites(sites: list[Site], what: list[str], tools: Tools) -> dict[str, list[Record]]:
    """Site id -> its records. Several sites at once, each host by itself."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        found = list(pool.map(lambda site: probe_site(site, what, tools), sites))
    if _offline(found):
        found = [[_unmeasured(record) for record in records] for records in found]
    return {site.id: records for site, records in zip(sites, found, strict=True)}


def _offline(found: list[list[Record]]) -> bool:
    """Whether not one of several sites answered: then it is this machine that has no network."""
    reached = [one for records in found for one in records if one.what == "reach"]
    return len(reached) > 1 and all(one.status == FAILED or not one.detail.get("http") for one in reached)


def _unmeasured(record: Record) -> Record:
    if record.status != DECIDED:
        return record
    return Record(record.at, record.what, FAILED, why="所有站点都没有答复，探测的机器可能没有网络")


def _known_title(site: Site, tools: Tools) -> str:
    """The title of the newest article in the site's open data, '' if there is none."""
    overview = tools.open(f"{site.url}/api/site.json")
    try:
        shards = [one["url"] for one in json.loads(overview.body)["articles"]]
        for url in sorted((one for one in shards if "undated" not in one), reverse=True):
            rows = [json.loads(line) for line in tools.open(url).body.splitlines()]
            if rows:
                return str(max(rows, key=lambda row: (row["date"], row["id"]))["title"])
    except (ValueError, KeyError, TypeError):
        pass
    return ""


def _some(urls: list[str], count: int, chance: random.Random) -> list[str]:
    return chance.sample(urls, min(count, len(urls)))


def _named(urls: list[str]) -> dict[str, list[str]]:
    return {"urls": urls[:SHOWN]} if urls else {}


def _links(base: str, html: str) -> list[str]:
    """The http(s) addresses that a page links to, complete and without fragments, in their order."""
    return list(dict.fromkeys(_Links(base, html).found()))


class _Links(HTMLParser):
    def __init__(self, base: str, html: str) -> None:
        super().__init__()
        self.base = base
        self.hrefs: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a" and (href := dict(attrs).get("href")):
            self.hrefs.append(href)

    def found(self) -> Iterator[str]:
        for href in self.hrefs:
            try:
                url = urldefrag(urljoin(self.base, href.strip())).url
                if urlsplit(url).scheme in ("http", "https") and urlsplit(url).hostname:
                    yield url
            except ValueError:
                continue
