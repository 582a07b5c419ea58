"""The URL ledger: every address that a site ever published, so that none is lost.

`sites/ledger/<site>.txt` in the cluster's repository has one address per line, sorted, so that branches merge line by
line. Set `merge=union` for it in .gitattributes; of several lines for one address, the most specific counts (see parse()):

    /tzgg/20261120-notice.html
    /tzgg/old-name.html -> /tzgg/20261120-notice.html
    /tzgg/mistake.html gone 2026-11-23 撤回
    /zt/2019/ -> https://www.jl.example/zt/2019/

A bare address answers with its page; `->` redirects permanently (301); `gone` answers 410. Addresses are relative to the
site's document root and decoded, except that a space is written %20. Old ones may have a query, in its original spelling
(`/a.aspx?id=1`), and a former host of the site (`//old.cc.example/a.aspx?id=1`). Entries are only ever added: by
`update()` at a release, and by officers who record where a removed page went. The first line, `# https://www.cc.example`,
is the site's url.

When a whole site is removed, its ledger stays. One line covers all addresses that have no line of their own:

    /* -> https://www.jl.example/            or            /* gone 2026-11-23 撤站
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

from jiyue.base.diagnostics import Diagnostic, error, in_order
from jiyue.base.patterns import pattern
from jiyue.registry.site import SCREENS

FOLDER = "sites/ledger"
LOST = error(
    "url-lost", "网址失效", "已发布的网址须永远能打开：保留页面、跳转，或声明已删除（410）。", "本平台；W3C Cool URIs"
)
BAD_LINE = error("url-ledger-syntax", "网址台账写法不正确", "读不懂的行会让旧网址失效。")
BAD_TARGET = error("url-target", "跳转目标无效", "跳转必须到达一个页面，不能循环或指向不存在的网址。")

IGNORED = ("/theme/", "/api/", "/search/", "/.well-known/", "/feeds/", f"/{SCREENS}")
"""Addresses that nobody bookmarks: versioned assets, data files, and the pages of screens, which follow what is published."""
ALERTS = ("/alerts/index.json", "/alerts/index.atom", ".cap.xml")
"""How the addresses of emergency alerts end: readers of the index follow it, and what is over is gone."""
NO_ADDRESSES = ("/404.html", "/410.html", "/sw.js")
"""Files that are no addresses for readers; a service worker is taken back by another one (jiyue/publish/release/offline.py)."""
POSTER = ".poster.png"
"""How the picture of a page ends: it comes and goes with it."""
PAGINATION = pattern(r"(?P<list>.*/)(?:index[_-]?\d+\.html|page/\d+/(?:index\.html)?|page\d+\.html)")
"""Later pages of a list come and go with its length; a vanished one redirects to the list."""

FEEDS = ("feed.atom", "feed.json", "feed.rss")
"""File names of a column's feeds."""
BY_WORD = pattern(r"/feed\.(?:topic|keyword)\.[0-9a-f]{8}\.(atom|json|rss)")
"""The feeds by a topic or keyword; one that is no longer declared redirects to the site's."""

EVERY = "/*"
"""In the ledger of a removed site: all of its addresses."""

_ESCAPED = pattern(r"[%\s]")
_BLANK = pattern(r"\s")
_INDEX = pattern(r"(.*/)(?:index|default)\.(?:html?|shtml|php|aspx?|jsp)", re.IGNORECASE)
_URL_MARK = "# "
_LINE = pattern(r"(?P<url>/\S*)(?: -> (?P<to>\S+)| gone(?: (?P<since>\d{4}-\d\d-\d\d))?(?: (?P<why>.+))?)?")


@dataclass(frozen=True, slots=True)
class Entry:
    """What an address answers: its page (no to, not gone), a redirect, or 410. line counts from 1, 0 = new."""

    url: str
    to: str = ""
    gone: bool = False
    since: str = ""
    why: str = ""
    line: int = 0

    def __str__(self) -> str:
        words = [_written(self.url)]
        if self.to:
            words += ["->", _written(self.to)]
        elif self.gone:
            words += ["gone", self.since, self.why]
        return " ".join(w for w in words if w)


Ledger = Mapping[str, Entry]
"""Address → what it answers, for one site."""


def is_readable(entry: Entry) -> bool:
    """Whether an entry's line parses back to the same entry; others are never written."""
    try:
        str(entry).encode()
    except UnicodeEncodeError:
        return False
    entries, bad = parse(f"{entry}\n", "")
    return not bad and [replace(one, line=entry.line) for one in entries.values()] == [entry]


def alias_problem(text: str) -> str:
    """Why a text can't be an old address of a page, in Chinese; '' if it can."""
    try:
        scheme, address = urlsplit(text.strip()).scheme, old_address(text, "")
    except ValueError:
        return "不是网址"
    if scheme not in ("", "http", "https"):
        return "不是网页的网址"
    steps = [*unquote(text).split("?")[0].split("#")[0].split("/"), *address.split("?")[0].split("/")]
    if any(step in (".", "..") for step in steps) or "\\" in address:
        return "不能含有“.”“..”一级和反斜杠"
    if not address.startswith("/") or address in ("/", EVERY) or not address.isprintable():
        return "不是完整的网址，或者含有看不见的字符"
    return "" if is_readable(Entry(address, to="/")) else "写进网址台账后读不回来"


def path_of(site: str) -> str:
    """The ledger's file, relative to the cluster's root."""
    return f"{FOLDER}/{site}.txt"


def read(root: Path, site: str) -> tuple[dict[str, Entry], list[Diagnostic]]:
    """A site's ledger ({} if there is none yet), and a finding for each line that can't be parsed."""
    path = root / path_of(site)
    return parse(path.read_text("utf-8"), site) if path.is_file() else ({}, [])


def parse(text: str, site: str) -> tuple[dict[str, Entry], list[Diagnostic]]:
    """The entries of a ledger's text. Of several lines for one address, `gone` wins, then a redirect, then the page."""
    entries: dict[str, Entry] = {}
    bad: list[Diagnostic] = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        match = _LINE.fullmatch(line.strip())
        if not match:
            hint = "每行写“/网址”“/网址 -> 目标”或“/网址 gone 日期 原因”。"
            bad.append(BAD_LINE.at(path_of(site), number, f"台账第 {number} 行读不懂：{line.strip()}", hint, site=site))
            continue
        gone = " gone" in line.strip()[len(match["url"]) :]
        entry = Entry(
            _read(match["url"]), _read(match["to"] or ""), gone, match["since"] or "", match["why"] or "", number
        )
        entries[entry.url] = max(entries.get(entry.url, entry), entry, key=_precedence)
    return entries, bad


def site_url(root: Path, site: str) -> str:
    """The site's url when its ledger was last written; "" if the file does not record it."""
    path = root / path_of(site)
    first = path.read_text("utf-8").partition("\n")[0] if path.is_file() else ""
    return first.removeprefix(_URL_MARK).strip() if first.startswith(_URL_MARK) else ""


def text_of(ledger: Ledger, url: str = "") -> str:
    """The text of a ledger's file: depends only on the entries and the site's url."""
    head = f"{_URL_MARK}{url}\n" if url else ""
    return head + "".join(f"{entry}\n" for _, entry in sorted(ledger.items()))


def write(root: Path, site: str, ledger: Ledger, url: str = "") -> bool:
    """Write the file if it differs; returns whether it did.

    Raises ValueError if the text does not parse back to the same ledger: one bad line would make all of it unusable.
    """
    path = root / path_of(site)
    text = text_of(ledger, url)
    if path.is_file() and path.read_text("utf-8") == text:
        return False
    parsed, bad = parse(text, site)
    if bad or text_of(parsed) != text_of(ledger) or parsed.keys() != ledger.keys():
        raise ValueError(f"台账 {path_of(site)} 写下后读不回来")
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.new")
    part.write_text(text, "utf-8")
    part.replace(path)
    return True


def old_address(alias: str, base: str) -> str:
    """An old address as an officer wrote it -> its form in the ledger. base is the site's url.

    The query stays as written, because old systems identify pages by it. A host other than the site's own stays, too. A path
    that is encoded in GBK becomes the one that is meant.
    """
    parts = urlsplit(alias.strip())
    query = f"?{_BLANK.sub(_percent, parts.query)}" if parts.query else ""
    own = urlsplit(base)
    if parts.netloc and parts.netloc.lower() != own.netloc.lower():
        return f"//{parts.netloc.lower()}{_decoded(parts.path) or '/'}{query}"
    path = _decoded(urlsplit(urljoin("/", alias.strip())).path) or "/"
    prefix = unquote(own.path).rstrip("/")
    return (path.removeprefix(prefix) if prefix and path.startswith(prefix + "/") else path) + query


def _decoded(path: str) -> str:
    """A path without its percent signs. Old Chinese systems encode GBK; what is neither that nor UTF-8 stays as written.

    Some words in GBK happen to be UTF-8, too, but of letters that no Chinese address has (通知: ֪ͨ).
    """
    if "%" not in path:
        return path
    found = [_strictly(path, encoding) for encoding in ("utf-8", "gb18030")]
    if found[0] and found[1] and (letters := [c for c in found[0] if c > "\x7f"]) and max(letters) < "\u0800":
        found.reverse()
    return next(filter(None, found), path)


def _strictly(path: str, encoding: str) -> str:
    try:
        return unquote(path, encoding, errors="strict")
    except UnicodeDecodeError:
        return ""


def index_folder(url: str) -> str:
    """The folder whose index page an address is, ''."""
    match = _INDEX.fullmatch(url)
    return match[1] if match else ""


def addresses(files: Iterable[str]) -> set[str]:
    """The addresses of a release's files that must stay valid: pages and attachments."""
    urls = ("/" + (p.removesuffix("index.html") if p.rpartition("/")[2] == "index.html" else p) for p in files)
    return {u for u in urls if not (u.startswith(IGNORED) or u.endswith((*ALERTS, POSTER)) or u in NO_ADDRESSES)}


def update(
    ledger: Ledger, published: Iterable[str], aliases: Mapping[str, str], gone: Mapping[str, str], today: date
) -> dict[str, Entry]:
    """The ledger after a release.

    published: addresses of the release; aliases: old address → present one (from renames); gone: address → reason
    (from withdrawals). An alias that would not parse back is left out. An address that is neither published nor explained
    keeps its entry, and check() reports it. A page that returns gets its address back. Vanished later pages of a list
    redirect to the list, and the list and feeds of an emptied column to those of the column above.
    """
    now = set(published)
    entries = {url: Entry(url) for url in now}
    for url, entry in ledger.items():
        entries.setdefault(url, entry)
    for url, to in aliases.items():
        if url not in now and url != to and is_readable(Entry(url, to=to)):
            entries[url] = Entry(url, to=to)
    for url, why in gone.items():
        if url in entries and url not in now and not entries[url].gone:
            entries[url] = Entry(url, gone=True, since=today.isoformat(), why=" ".join(why.split()))
    for url, entry in list(entries.items()):
        page = PAGINATION.fullmatch(url)
        if page and url not in now and _plain(entry) and page["list"] in now:
            entries[url] = Entry(url, to=page["list"])
        elif url not in now and _plain(entry) and (above := _above(url, now)):
            entries[url] = Entry(url, to=above)
    return entries


def _above(url: str, now: set[str]) -> str:
    """For the list or feed of an emptied column: the nearest published one above it, or ""."""
    folder, _, name = url.rstrip("/").rpartition("/") if url.endswith("/") else url.rpartition("/")
    if (feed := BY_WORD.fullmatch(url)) and f"/feed.{feed[1]}" in now:
        return f"/feed.{feed[1]}"
    if not url.endswith("/") and name not in FEEDS:
        return ""
    name = "" if url.endswith("/") else name
    while folder or url.endswith("/"):
        if not name and f"{folder}/" in now:
            return f"{folder}/"
        if not folder:
            break
        folder = folder.rpartition("/")[0]
        if name and f"{folder}/{name}" in now:
            return f"{folder}/{name}"
    return ""


def check(ledger: Ledger, published: Iterable[str], site: str) -> list[Diagnostic]:
    """Findings for addresses that would answer 404, and for redirects that lead nowhere or form a loop."""
    now = set(published)
    findings = []
    for url, entry in ledger.items():
        if url == EVERY:
            hint = "站点还在，请删除这一行，逐个网址写明去向。"
            findings.append(BAD_TARGET.at(path_of(site), entry.line, "“/*”只用于已撤销的站点。", hint, site=site))
        if url in now or url == EVERY or entry.gone:
            continue
        if not entry.to:
            hint = "若已改名，在稿件 aliases 中写旧网址；若已删除，把该行改为“网址 gone 日期 原因”或“网址 -> 目标”。"
            findings.append(LOST.at(path_of(site), entry.line, f"曾发布的网址 {url} 将打不开。", hint, site=site))
        elif not urlsplit(entry.to).scheme and resolve(ledger, now, url) is None:
            hint = "改为存在的网址，或改为 gone。"
            findings.append(BAD_TARGET.at(path_of(site), entry.line, f"{url} 跳转到 {entry.to}，到不了任何页面。", hint,
                                       site=site))  # fmt: skip
    return in_order(findings)


def removed_sites(root: Path, sites: Mapping[str, str]) -> list[str]:
    """The ids of sites that have a ledger but are not among the present ones (id → url)."""
    return sorted(path.stem for path in (root / FOLDER).glob("*.txt") if path.stem not in sites)


def check_removed(root: Path, sites: Mapping[str, str], heirs: Collection[str] = ()) -> list[Diagnostic]:
    """check() for removed sites; all unexplained addresses of a site share one finding. heirs: removed sites that a present one
    names as what it was before (`formerly`): the next publication says where their addresses lead."""
    findings = []
    for site in removed_sites(root, sites):
        ledger, bad = read(root, site)
        findings += bad
        url = site_url(root, site)
        if site in heirs:
            continue
        heir = next((name for name, other in sites.items() if url and other.rstrip("/") == url.rstrip("/")), "")
        left = closed(ledger)
        plain = [entry for entry in left.values() if _plain(entry)]
        if heir:
            message = f"站点 {site} 已改为 {heir}（网址同为 {url}），它曾发布的 {len(left)} 个网址没有随之登记。"
            hint = f"在 sites/{heir}.yaml 里加上 formerly: [{{id: {site}}}]，再发布一次。"
            findings.append(LOST.at(path_of(site), 0, message, hint, site=site))
        elif plain:
            message = f"站点 {site} 已撤销，它曾发布的 {len(plain)} 个网址都将打不开，如 {plain[0].url}。"
            hint = (
                f"若是误删，恢复 sites/{site}.yaml 和 content/{site}/；确已撤销，在台账中加一行"
                "“/* -> https://承接网站的网址/”或“/* gone 日期 撤站”，并重新生成服务器配置（jiyue serving）。"
            )
            findings.append(LOST.at(path_of(site), plain[0].line, message, hint, site=site))
        else:
            findings += check(left, (), site)
    return in_order(findings)


def closed(ledger: Ledger) -> dict[str, Entry]:
    """The ledger of a removed site, with the entry `/*` applied to each address that has no answer of its own."""
    every = ledger.get(EVERY)
    return {
        url: replace(every, url=url) if every and _plain(entry) else entry
        for url, entry in ledger.items()
        if url != EVERY
    }


def resolve(ledger: Ledger, published: Iterable[str], url: str) -> str | None:
    """The final target of an address's redirects; None if they loop or lead nowhere.

    A redirect may end at an address that is gone: that address is returned and answers 410 itself.
    """
    now = published if isinstance(published, set) else set(published)
    seen = set()
    while url not in now:
        entry = ledger.get(url)
        if url in seen or entry is None or not (entry.to or entry.gone):
            return None
        if entry.gone:
            return url
        seen.add(url)
        url = entry.to
        if urlsplit(url).scheme:
            return url
        if url not in now:  # a published file's own name may contain "#"
            url, _, _ = url.partition("#")
    return url


@dataclass(frozen=True, slots=True)
class Answers:
    """What a web server needs in addition to the files: redirects (address → final target) and addresses that are gone."""

    redirects: Mapping[str, str]
    gone: Sequence[str]


def answers(ledger: Ledger, published: Iterable[str]) -> Answers:
    """A site's redirects (chains resolved to one step) and 410s, sorted. A published page always wins."""
    now = set(published)
    redirects, gone = {}, []
    for url, entry in sorted(ledger.items()):
        if url in now:
            continue
        if entry.gone:
            gone.append(url)
        elif entry.to and (final := resolve(ledger, now, url)):
            redirects[url] = final
    return Answers(redirects, gone)


def _precedence(entry: Entry) -> tuple[bool, bool, str]:
    return entry.gone, bool(entry.to), str(entry)


def _plain(entry: Entry) -> bool:
    return not entry.to and not entry.gone


def _written(url: str) -> str:
    path, mark, query = url.partition("?")
    return _ESCAPED.sub(_percent, path) + mark + _BLANK.sub(_percent, query)


def _percent(match: re.Match[str]) -> str:
    return "".join(f"%{byte:02X}" for byte in match[0].encode())


def _read(url: str) -> str:
    path, mark, query = url.partition("?")
    return unquote(path) + mark + query
