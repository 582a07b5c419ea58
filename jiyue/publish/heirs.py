"""Where the addresses of a site lead that has closed, was renamed or was merged into another: to the same page at its heir.

A page is the same if its source has the same bytes, a file if its own bytes are the same, so content may be moved in any way.
What is no page or file there leads to the heir's column or channel if it was a list, and else answers 410.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple
from urllib.parse import quote, unquote, urlsplit

from jiyue.base.reason import Reason
from jiyue.publish.cluster import PublishedCluster, published_files, published_urls
from jiyue.publish.release.manifest import Manifest
from jiyue.publish.release.records import local_url, read_records, url_of
from jiyue.publish.release.tombstones import Tombstone, read_tombstones
from jiyue.publish.webserver.policy import Served
from jiyue.registry import url_ledger
from jiyue.registry.life import Former
from jiyue.registry.site import Site
from jiyue.registry.url_ledger import FEEDS, PAGINATION, Answers, Entry, Ledger

WHY = "关停"
ENDED = ("到期", WHY)
"""Why an address is gone that was public until its time was over."""
_SAFE = "/~!&'()*+,;=:@-._"


class Led(NamedTuple):
    """redirects: old local address -> where it leads, complete; gone: old local addresses without a successor."""

    redirects: dict[str, str]
    gone: list[str]


def led(cluster: PublishedCluster, name: str, release: str, heir: str, to: str, addresses: Iterable[str]) -> Led:
    """Where these addresses of a site lead. release: its last one with content, '' if none is known; heir: site id, or '' if
    its content is only archived; to: the complete address for lists."""
    same = _same(cluster, name, release, heir) if heir and release else {}
    if heir and local_url(to, cluster.site(heir).url) not in published_urls(cluster, heir):
        to = f"{cluster.site(heir).url}/"  # a column without articles has no page
    redirects: dict[str, str] = {}
    gone = []
    for address in addresses:
        if address in same:
            redirects[address] = same[address]
        elif is_list(address):
            redirects[address] = to
        else:
            gone.append(address)
    return Led(redirects, gone)


def is_list(address: str) -> bool:
    """Whether an address is that of a list or a utility page, which has no content of its own."""
    name = address.rpartition("/")[2]
    return not name or name in (*FEEDS, "sitemap.html", "sites.html") or PAGINATION.fullmatch(address) is not None


def _same(cluster: PublishedCluster, name: str, release: str, heir: str) -> dict[str, str]:
    """Old local address -> complete address at the heir, of what both publish with the same bytes."""
    store, live = cluster.store, cluster.store.live_id(heir)
    if not live:
        return {}
    was, now = cluster.site(name).url, cluster.site(heir).url
    there = _once(
        (str(row.get("digest", "")), str(row["url"])) for row in read_records(store.tree(heir, live)) if "url" in row
    )
    files = {
        path: entry.sha256
        for path, entry in Manifest.from_bytes(store.manifest_bytes(heir, live)[0]).files.items()
        if _is_file(path)
    }
    copies = _once((sha, f"{now}{quote(url_of(path), safe=_SAFE)}") for path, sha in files.items())
    found = {}
    for path, entry in Manifest.from_bytes(store.manifest_bytes(name, release)[0]).files.items():
        if _is_file(path) and entry.sha256 in copies:
            found[url_of(path)] = copies[entry.sha256]
    for row in read_records(store.tree(name, release)):
        if row.get("digest") in there and row.get("url"):
            found[local_url(str(row["url"]), was)] = there[row["digest"]]
    return found


def _is_file(path: str) -> bool:
    return not path.endswith(".html") and not f"/{path}".startswith((*url_ledger.IGNORED, "/robots.txt"))


def _once(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Digest -> address, of digests that only one has."""
    rows = list(pairs)
    count = Counter(digest for digest, _ in rows)
    return {digest: address for digest, address in rows if digest and count[digest] == 1}


def withdrawn_at_heirs(cluster: PublishedCluster, name: str) -> list[Tombstone]:
    """Tombstones for a site's addresses whose page moved to another site of the cluster and was taken away there."""
    stones = {(stone.site, stone.url) for stone in read_tombstones(cluster.store) if stone.reason is not Reason.EXPIRED}
    ledgers: dict[str, Ledger] = {}

    def entry_of(site: str, address: str) -> Entry | None:
        if site not in ledgers:
            ledgers[site] = url_ledger.read(cluster.root, site)[0]
        return ledgers[site].get(address) or ledgers[site].get(unquote(address))

    def taken_away(place: tuple[str, str]) -> str | None:
        """The day on which the page at the end of the redirects from here was taken away ('' not known); None if it was not."""
        seen: set[tuple[str, str]] = set()
        while place not in seen:
            seen.add(place)
            site, address = place
            entry = entry_of(site, address)
            if len(seen) > 1 and (place in stones or (entry and entry.gone and entry.why not in ENDED)):
                return entry.since if entry else ""
            if not entry or not entry.to:
                return None
            place = site_of(cluster, entry.to) or (site, entry.to)
        return None

    url = cluster.registry.urls.get(name) or url_ledger.site_url(cluster.root, name)
    found = []
    for address, entry in url_ledger.read(cluster.root, name)[0].items():
        if entry.to and (since := taken_away((name, address))) is not None:
            found.append(Tombstone(name, address, Reason.WITHDRAWN, since, url))
    return found


def site_of(cluster: PublishedCluster, address: str) -> tuple[str, str] | None:
    """(site, local address) of a complete address of the cluster; of a site that lies below another's address, that one."""
    under = [(len(url), site) for site, url in cluster.registry.urls.items() if f"{address}/".startswith(f"{url}/")]
    return (max(under)[1], address[max(under)[0] :] or "/") if under else None


def note_former(cluster: PublishedCluster, site: Site, former: Former, today: str) -> dict[str, str]:
    """Write where the addresses of a former site lead, in its own ledger or, where its url was the site's own, return the
    redirects for the site's ledger: old local address -> local one. today: 'YYYY-MM-DD'."""
    old, unread = url_ledger.read(cluster.root, former.id)
    if unread or not old:
        return {}
    url = url_ledger.site_url(cluster.root, former.id)
    to = f"{site.url}/" + (f"{quote(former.to, safe=_SAFE)}/" if former.to else "")
    plain = [address for address, entry in old.items() if not entry.to and not entry.gone]
    store = cluster.store
    noted = str((store.read_json(f"state/{former.id}.json") or {}).get("noted", ""))  # later ones may be scrubbed
    last = noted if noted in store.releases(former.id) else store.live_id(former.id)
    found = led(cluster, former.id, last, site.id, to, plain)
    if url.rstrip("/") == site.url:
        local = {address: local_url(target, site.url) for address, target in found.redirects.items()}
        return {address: target for address, target in local.items() if address != target}
    entries: dict[str, Entry] = dict(old)
    entries |= {address: Entry(address, to=target) for address, target in found.redirects.items()}
    entries |= {address: Entry(address, gone=True, since=today, why=WHY) for address in found.gone}
    url_ledger.write(cluster.root, former.id, entries, url)
    return {}


def served_formerly(cluster: PublishedCluster, here: Served, site: Site, present: Collection[str]) -> list[Served]:
    """The former hosts of a site itself, each answering all of its addresses with a redirect. here: the site as it is served;
    present: urls of the sites there are."""
    taken = {_place(url) for url in present}
    result = []
    for number, former in enumerate(site.formerly):
        if not former.url or _place(former.url) in taken or (cluster.root / url_ledger.path_of(former.id)).is_file():
            continue  # an address in use, or one whose ledger answers (note_former)
        # of another site that was never published here, only the home is known
        start = f"{site.url}/{quote(former.to, safe=_SAFE)}/"
        answers = Answers({"/": start}, ()) if former.to else _everywhere(cluster, here, site)
        result.append(Served(f"{site.id}-former-{number}", former.url, here.live, answers, has_410=True))
    return result


def _everywhere(cluster: PublishedCluster, here: Served, site: Site) -> Answers:
    """All that the site answers, as redirects from another host."""
    files = {url_of(path) for path in published_files(cluster, site.id) if not path.startswith("theme/")}
    paths: dict[str, str] = {path: path for path in {*files, *published_urls(cluster, site.id)}}
    paths |= {old: to for old, to in here.answers.redirects.items() if not old.startswith("//")}
    redirects = {
        path: to if urlsplit(to).scheme else f"{site.url}{quote(to, safe=_SAFE)}" for path, to in sorted(paths.items())
    }
    return Answers(redirects, [old for old in here.answers.gone if not old.startswith("//")])


def _place(url: str) -> tuple[str, str]:
    """Host and path of a url, which are all that a server tells sites apart by."""
    parts = urlsplit(url)
    return parts.hostname or "", parts.path.rstrip("/")


def lost_host(cluster: PublishedCluster, site: Site, ledger: Ledger) -> str:
    """The url under which a site was published before, if it has another now and does not name it; else ''."""
    before = url_ledger.site_url(cluster.root, site.id)
    known = {_place(site.url), *(_place(one.url) for one in site.formerly if one.url)}
    return before if ledger and before and _place(before) not in known else ""


def former_state(cluster: PublishedCluster, site: Site | None) -> str:
    """What the addresses of what a site was before depend on; '' if it was nothing else."""
    if site is None or not site.formerly:
        return ""
    ledgers: Mapping[str, str] = {
        one.id: (cluster.root / url_ledger.path_of(one.id)).read_text("utf-8")
        for one in site.formerly
        if one.id and (cluster.root / url_ledger.path_of(one.id)).is_file()
    }
    return repr((site.formerly, sorted(ledgers.items())))
