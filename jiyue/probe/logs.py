"""Counts visits from the logs of web servers: nginx's (combined, also with the host in front) and Caddy's (JSON), packed or not.

Only counts leave this module. To tell visitors apart within a day, an address and a browser are hashed with a key that exists in
memory alone and is thrown away with the run; cookies are not looked at. Robots are counted apart.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import re
import secrets
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from jiyue.base.clock import BEIJING
from jiyue.base.patterns import pattern
from jiyue.registry.probe_ledger import Record, decided

BOTS = pattern(
    r"bot\b|bot/|spider|crawl|slurp|archiver|curl/|wget/|python-|java/|go-http|okhttp|libwww|headless|monitor|probe|scan|preview|"
    r"uptime|zabbix|pingdom|httpclient|^-?$",
    re.IGNORECASE,
)
"""What robots call themselves; whoever does not say what he is, is taken for one."""
_LINE = pattern(
    r"(?:(?P<host>[\w.:-]+) )?(?P<address>[0-9a-fA-F.:]+) \S+ \S+ \[(?P<time>[^\]]+)\] "
    r'"(?P<method>[A-Z]+) (?P<target>\S+)[^"]*" (?P<status>\d{3}) (?P<size>\d+|-)(?: "(?P<from>[^"]*)" "(?P<agent>[^"]*)")?.*'
)
_TIME = "%d/%b/%Y:%H:%M:%S %z"
FOLDERS = 50
"""The most folders named in a record."""
_PAGE = pattern(r"/|.*/|.*\.html?")


class Hit(NamedTuple):
    """A request. day: in Beijing; host: '' if the log does not say; who: whatever tells visitors apart, never stored."""

    day: str
    host: str
    path: str
    status: int
    agent: str
    who: str


class NoLog(ValueError):
    """A file is no log that can be read; str() is Chinese."""


@dataclass
class Day:
    """The counts of a site on a day. visitors: different ones, each counted once that day."""

    pages: int = 0
    robots: int = 0
    missing: int = 0
    errors: int = 0
    visitors: set[bytes] = field(default_factory=set)
    columns: Counter[str] = field(default_factory=Counter)


def read_hits(path: Path) -> Iterator[Hit]:
    """The requests of a log. Raises NoLog if less than half of its lines are of a known format."""
    opened: Callable[..., Any] = gzip.open if path.suffix == ".gz" else open
    good = bad = 0
    with opened(path, "rt", encoding="utf-8", errors="replace") as lines:
        for line in lines:
            hit = _of_caddy(line) if line.startswith("{") else _of_nginx(line)
            if hit:
                good += 1
                yield hit
            elif line.strip():
                bad += 1
    if bad > good:
        raise NoLog(f"{path.name}：{good + bad} 行里有 {bad} 行读不懂；要 nginx 的 combined 格式或 Caddy 的 JSON 格式")


def count(hits: Iterable[Hit], site_of: Callable[[Hit], tuple[str, str] | None]) -> dict[tuple[str, str], Day]:
    """(site, day) -> counts. site_of: a request -> (site, path below the site's url), None for one of no site.

    A page is an address of HTML that answered 200 or 304; what belongs to a page (styles, pictures, data) is not counted.
    """
    key = secrets.token_bytes(32)
    days: dict[tuple[str, str], Day] = {}
    for hit in hits:
        place = site_of(hit)
        if place is None:
            continue
        site, path = place
        day = days.setdefault((site, hit.day), Day())
        if hit.status >= 500:
            day.errors += 1
        if not _PAGE.fullmatch(path):
            continue
        if BOTS.search(hit.agent):
            day.robots += 1
        elif hit.status == 404:
            day.missing += 1
        elif hit.status in (200, 304):
            day.pages += 1
            day.columns[path.split("/")[1] if path.count("/") > 1 else ""] += 1
            who = f"{hit.day} {hit.who} {hit.agent}".encode("utf-8", "replace")
            day.visitors.add(hashlib.blake2b(who, key=key, digest_size=8).digest())
    return days


def records_of(days: dict[tuple[str, str], Day]) -> dict[str, list[Record]]:
    """Site -> a record a day, with the visits of each top folder."""
    records: dict[str, list[Record]] = {}
    for (site, at), day in sorted(days.items()):
        folders = {name: n for name, n in day.columns.most_common(FOLDERS) if name}
        records.setdefault(site, []).append(
            decided(
                at, "visits", day.pages, visitors=len(day.visitors), robots=day.robots, missing=day.missing, errors=day.errors,
                folders=folders,
            )
        )  # fmt: skip
    return records


def by_host(sites: Iterable[tuple[str, str]], only: str = "") -> Callable[[Hit], tuple[str, str] | None]:
    """Which site a request belongs to. sites: (id, url); only: the site of a log that names no hosts, '' if there is none."""
    known = sorted(
        ((urlsplit(url).netloc.partition(":")[0], urlsplit(url).path.rstrip("/"), site) for site, url in sites),
        key=lambda one: -len(one[1]),
    )

    def site_of(hit: Hit) -> tuple[str, str] | None:
        if not hit.host:
            base = next((base for _, base, site in known if site == only), "")
            return (only, hit.path.removeprefix(base) or "/") if only and hit.path.startswith(base) else None
        host = hit.host.partition(":")[0].lower()
        for name, base, site in known:
            if name == host and (hit.path == base or hit.path.startswith(f"{base}/")):
                return site, hit.path.removeprefix(base) or "/"
        return None

    return site_of


def _of_nginx(line: str) -> Hit | None:
    match = _LINE.match(line)
    if not match:
        return None
    try:
        moment = datetime.strptime(match["time"], _TIME)
    except ValueError:
        return None
    path = _path(match["target"])
    return Hit(_day(moment), match["host"] or "", path, int(match["status"]), match["agent"] or "", match["address"])


def _of_caddy(line: str) -> Hit | None:
    try:
        row = json.loads(line)
        request = row["request"]
        agent = " ".join(request.get("headers", {}).get("User-Agent", []))
        moment = row["ts"]
        when = (
            datetime.fromisoformat(moment)
            if isinstance(moment, str)
            else datetime.fromtimestamp(float(moment), BEIJING)
        )
        who = str(request.get("client_ip") or request.get("remote_ip") or "")
        return Hit(_day(when), str(request["host"]), _path(str(request["uri"])), int(row["status"]), agent, who)
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError):
        return None


def _path(target: str) -> str:
    """The path of what was asked for, without its query."""
    return target.partition("?")[0].partition("#")[0] or "/"


def _day(moment: datetime) -> str:
    return f"{moment.astimezone(BEIJING):%Y-%m-%d}"
