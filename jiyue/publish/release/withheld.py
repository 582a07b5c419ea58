"""What the build kept back, and what must never come back.

The build writes `output/_cluster/withheld.json`, a list with one object for each article or site that it kept back:

    {"site": "changchun", "path": "content/changchun/tzgg/x.md", "reason": "error", "url": "/tzgg/x.html"}

path is the source, relative to the cluster's root; "" means the whole site. url (relative to the site's document
root) is given where the build knows it: for a file whose front matter can't be read it does not, and the last
published version is found by its source_path. reason is one of REASONS.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urljoin, urlsplit

from jiyue.publish.release.manifest import ReleaseError
from jiyue.publish.release.store import Store

ERROR, PRIVACY, SECRET = "error", "privacy", "secret"
MAY_STAY = (ERROR, PRIVACY)
"""What is withheld for these keeps its last published version, if the rules pass that (DESIGN, promise 8)."""
REASONS = (*MAY_STAY, SECRET, "withdrawn", "embargo", "expired", "unapproved")
FILE = "_cluster/withheld.json"
STALE = "_cluster/stale.json"
"""The sites that the last builds left out: their output may show what the list above withholds by now."""
BUILDING = "_cluster/building"
"""Stands while a build writes: what a killed one left is not published."""
ALIASES = "_cluster/aliases.json"
"""Of each site, old addresses that articles name in `aliases:` → the article's path."""
_TOMBSTONES = "withdrawn.json"


@dataclass(frozen=True, slots=True)
class Withheld:
    """An article (or, path "", a site) that is not in the output, and why."""

    site: str
    path: str
    reason: str
    url: str = ""


@dataclass(frozen=True, slots=True, order=True)
class Tombstone:
    """A page that was published once and must not be again by a rollback or a carried version.

    url is relative to the document root, with "/" before it; host is the site's address; since a day, YYYY-MM-DD.
    upto is the sequence number of the last release of its site that held it: later ones are clean; 0 = not known.
    source is the path of the article or file below the cluster's root, "" where it is not known.
    """

    site: str
    url: str
    reason: str
    since: str
    host: str = ""
    id: str = ""
    title: str = ""
    upto: int = 0
    source: str = ""


def read_withheld(output: Path) -> list[Withheld]:
    """The build's list; [] when it wrote none. ReleaseError when it is not of the shape above."""
    path = output / FILE
    if not path.is_file():
        return []
    try:
        rows = [
            Withheld(str(r["site"]), str(r["path"]), str(r["reason"]), str(r.get("url") or ""))
            for r in json.loads(path.read_bytes())
        ]
        unknown = {r.reason for r in rows} - set(REASONS)
        if unknown:
            raise ValueError(f"reason {'、'.join(sorted(unknown))}")
    except (ValueError, TypeError, KeyError, AttributeError) as cause:
        raise ReleaseError(f"{path} 不是构建所写的暂缓清单（{cause}）。请重新运行 jiyue build。") from cause
    return rows


def read_stale(output: Path) -> frozenset[str]:
    """The sites whose output may be older than the list; none where the build did not say."""
    try:
        return frozenset(map(str, json.loads((output / STALE).read_bytes())))
    except FileNotFoundError:
        return frozenset()
    except (OSError, ValueError, TypeError) as cause:
        raise ReleaseError(f"{output / STALE} 读不出来（{cause}）。请重新运行 jiyue build。") from cause


def records(tree: Path) -> list[dict[str, Any]]:
    """The pages' records of a document root (`api/articles*.jsonl`), lines that can't be read left out."""
    found = []
    for path in sorted((tree / "api").glob("articles*.jsonl")):
        for line in path.read_bytes().splitlines():
            try:
                row = json.loads(line)
            except ValueError:
                continue
            if isinstance(row, dict):
                found.append(row)
    return found


def local_url(url: str, base: str = "") -> str:
    """A record's url relative to the document root, "/" before it, decoded: `https://host/sub/a.html` → `/a.html`.

    base is the site's own url; its path is taken off.
    """
    path = unquote(urlsplit(urljoin("/", url)).path)
    prefix = unquote(urlsplit(base).path).rstrip("/")
    return path.removeprefix(prefix) if prefix and path.startswith(prefix + "/") else path


def file_of(url: str) -> str:
    """The output path that answers a local url: `/a/` → `a/index.html`."""
    return url.lstrip("/") + ("index.html" if url.endswith("/") else "")


def url_of(path: str) -> str:
    """The local url of an output path: `a/index.html` → `/a/`."""
    return "/" + (path.removesuffix("index.html") if path.rpartition("/")[2] == "index.html" else path)


def source_urls(rows: Iterable[Mapping[str, Any]], base: str) -> dict[str, Mapping[str, Any]]:
    """Source path → record."""
    return {str(r["source_path"]): {**r, "url": local_url(str(r["url"]), base)} for r in rows if _placed(r)}


def tombstones(store: Store) -> list[Tombstone]:
    """All that must not come back, of every site. ReleaseError when the list is damaged: it must not be ignored."""
    path = store.root / _TOMBSTONES
    if not path.exists():
        return []
    try:
        return [Tombstone(**row) for row in json.loads(path.read_bytes())]
    except (ValueError, TypeError) as cause:
        raise ReleaseError(f"{path} 已损坏，无法保证已撤回内容不再出现。请从备份恢复该文件。") from cause


def bury(store: Store, new: Iterable[Tombstone]) -> list[Tombstone]:
    """Add to the list of what must not come back (never taken off: old versions stay unfit even if a page returns)."""
    old = tombstones(store)
    known = {(t.site, t.url): t for t in old}
    for stone in new:
        known[stone.site, stone.url] = max(stone, known.get((stone.site, stone.url), stone), key=lambda t: t.upto)
    merged = sorted(known.values())
    if merged == old:
        return old
    rows = [asdict(t) for t in merged]
    store.write(store.root / _TOMBSTONES, (json.dumps(rows, ensure_ascii=False, indent=0) + "\n").encode())
    return merged


def quoted(url: str) -> str:
    """A local url as it is written in pages."""
    return quote(url, safe="/~!$&'()*+,;=:@-._")


def _placed(row: Mapping[str, Any]) -> bool:
    return bool(row.get("source_path")) and bool(row.get("url"))
