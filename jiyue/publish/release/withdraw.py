"""Remove what is withheld from every live site, whatever else is wrong with the site.

Its live pages are found by the record of their source and get tombstones. A site that has no new release to publish gets
its last release again, without those pages.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from jiyue.base.patterns import pattern
from jiyue.base.reason import Reason
from jiyue.catalogue.withholding import Withheld
from jiyue.publish.release.carry import local_links
from jiyue.publish.release.maker import Maker, ReleaseSite
from jiyue.publish.release.manifest import FileEntry, ReleaseError, canonical, sha256_hex
from jiyue.publish.release.offline import with_state
from jiyue.publish.release.packing import pack
from jiyue.publish.release.records import file_of, local_url, read_records, source_urls
from jiyue.publish.release.scrub import Marks, scrub_files
from jiyue.publish.release.seal import next_sequence, seal
from jiyue.publish.release.signing import trusted_manifest
from jiyue.publish.release.store import Store, without_folder
from jiyue.publish.release.swap import journal
from jiyue.publish.release.tombstones import Tombstone, add_tombstones

_STATE = "buried.json"
"""Site → digest of the withheld rows that were last searched for in it, and sources whose live page the rules refuse."""
_SOURCE = pattern(r'"source_path":\s*"((?:[^"\\]|\\.)*)"')
_URL = pattern(r'"url":"([^"]*)"')
"""The site's address in a manifest: no other string there has this key."""


def enforce_withholding(
    store: Store, sites: Sequence[ReleaseSite], withheld: Sequence[Withheld], maker: Maker
) -> list[Withheld]:
    """Add tombstones for all that is withheld and live on these sites; returns the rows that are in force.

    An error of form or privacy leaves the published page, unless maker.retention refuses it: then its reason becomes
    `secret`, on whichever of the sites it is. Asked again about the rows that it returned, it changes nothing. The caller
    holds the lock.
    """
    state: dict[str, Any] = store.read_json(_STATE) or {}
    version = maker.retention.version if any(w.reason.stays for w in withheld) else ""
    key = sha256_hex(repr((withheld, version)).encode())
    secret: set[str] = set()
    changed = False
    for site in sites:
        if not store.live_id(site.id):
            continue
        if state.get(site.id, {}).get("rows") != key:
            stones, refused = _live_tombstones(store, site, withheld, maker)
            add_tombstones(store, stones)
            state[site.id] = {"rows": key, "unfit": sorted(refused)}
            changed = True
        secret.update(state[site.id]["unfit"])
    if changed:
        store.write(store.root / _STATE, canonical(state))
    rows = [replace(w, reason=Reason.SECRET) if w.path in secret and w.reason.stays else w for w in withheld]
    return rows if rows == list(withheld) else enforce_withholding(store, sites, rows, maker)


def in_force(stones: Iterable[Tombstone], withheld: Iterable[Withheld]) -> list[Tombstone]:
    """The tombstones whose article or file is withheld now; the others only matter for rollbacks."""
    rows = [w for w in withheld if w.path and not w.reason.stays]
    sources, places = {w.path for w in rows}, {(w.site, w.url) for w in rows}
    return [t for t in stones if (t.source in sources if t.source else (t.site, t.url) in places)]


def to_remove(site: ReleaseSite, stones: Sequence[Tombstone], withheld: Iterable[Withheld]) -> list[Tombstone]:
    """What must leave a site that gets no new pages: the tombstones in force, and what the root site may announce.

    The root's feeds name an article as soon as it is built. If its own site was not published then, no page was ever
    live, and there is no tombstone.
    """
    urls = {one.id: one.url for one in site.announces}
    known = {(t.site, t.url) for t in stones}
    return [*stones] + [
        Tombstone(w.site, w.url, w.reason, "", urls[w.site], source=w.path)
        for w in withheld
        if w.url and not w.reason.stays and w.site in urls and (w.site, w.url) not in known
    ]


def tombstoned_paths(site: str, stones: Iterable[Tombstone], sources: Mapping[str, Mapping[str, Any]]) -> set[str]:
    """Output paths of one site's tombstones, except those that another source (of these records) owns now."""
    owner = {str(row["url"]): source for source, row in sources.items()}
    return {file_of(t.url) for t in stones if t.site == site and owner.get(t.url, t.source) in (t.source, "")}


def release_without(
    store: Store, site: ReleaseSite, stones: Sequence[Tombstone], maker: Maker, output: Path
) -> tuple[str, tuple[str, ...]] | None:
    """The last release again, without the tombstoned pages; its id and the removed paths. None if nothing must go.

    output: the site's output, from which a list is taken that can't be cleaned.
    ReleaseError where the site has no release that can be trusted.
    """
    before = store.live_id(site.id)
    clean = store.root / "clean" / f"{site.id}.json"
    buried = sha256_hex(repr(stones).encode())
    if not stones or not before or store.read_json(f"clean/{site.id}.json") == [before, buried]:
        return None
    name = _trusted(store, site.id, maker)
    last = trusted_manifest(*store.manifest_bytes(site.id, name), maker.keys)
    gone = (
        tombstoned_paths(site.id, stones, source_urls(read_records(store.tree(site.id, name)), last.url))
        & last.files.keys()
    )
    files, dropped, cleaned = scrub_files(
        store, last.files, gone, Marks(site.id, last.url, stones), _output_files(store, output)
    )
    if name == before and not dropped and not cleaned:
        store.write(clean, canonical([before, buried]))
        return None
    files = with_state(store, files, last.files)
    record = store.record(site.id, name, last.record)
    record["carried"] = [page for page in record.get("carried", ()) if file_of(page["url"]) in files]
    draft = replace(
        last, files=files, packed=pack(store, files, last.files, last.packed, maker.jobs),
        sequence=next_sequence(store, site.id, maker.now), created=maker.now.isoformat(timespec="seconds"),
    )  # fmt: skip
    new = seal(store, draft, {**record, "dropped": dropped, "cleaned": cleaned}, maker)
    store.write(clean, canonical([new, buried]))
    return new, tuple(dropped)


def _trusted(store: Store, site: str, maker: Maker) -> str:
    """The live release, or if that was tampered with, the last one before it with a valid signature."""
    went_live = [row["id"] for row in journal(store, site)]
    for name in dict.fromkeys([store.live_id(site), *reversed(went_live)]):
        try:
            trusted_manifest(*store.manifest_bytes(site, name), maker.keys)
        except ReleaseError:
            continue
        return name
    raise ReleaseError(
        f"站点 {site} 没有一个版本的清单可信，无法从中撤下内容。请先关闭该站点，查明清单被谁改动，再重新构建发布。"
    )


def _output_files(store: Store, output: Path) -> dict[str, FileEntry]:
    try:
        files, _ = store.take(output.name, output)
    except (ReleaseError, OSError):
        return {}
    return {path: files[path] for path in without_folder(files)}


def _live_tombstones(
    store: Store, site: ReleaseSite, withheld: Sequence[Withheld], maker: Maker
) -> tuple[list[Tombstone], set[str]]:
    """Tombstones for live pages of the withheld articles; and sources of errors whose live page the rules refuse."""
    rows = {w.path: w for w in withheld if w.path}
    live = store.live_id(site.id)
    tree = store.tree(site.id, live)
    manifests = _Manifests(store, site.id)
    base = manifests.url() or site.url
    pages = find_records(store, site.id, live, rows.keys(), base)
    refused: set[str] = set()
    places: dict[str, Withheld] = {}
    for source, page in pages.items():
        row, url = rows[source], str(page["url"])
        if not row.reason.stays:
            places[url] = row
        elif not stays(maker, site.id, source, tree, file_of(url), base):
            refused.add(source)
            places[url] = replace(row, reason=Reason.SECRET)
    for row in rows.values():
        file = file_of(row.url)
        own_file = row.site == site.id and row.url and row.reason.stays and not file.endswith(".html")
        if own_file and not stays(maker, site.id, row.path, tree, file, base):
            refused.add(row.path)
            places[row.url] = replace(row, reason=Reason.SECRET)
    without_record = [
        w for w in rows.values() if w.site == site.id and w.url and w.path not in pages and not w.reason.stays
    ]
    owners = {str(row["url"]) for row in source_urls(read_records(tree), base).values()} if without_record else set()
    places |= {w.url: w for w in without_record if w.url not in owners and w.url not in places}
    stones = []
    for url, row in places.items():
        upto = manifests.last_with(file_of(url))
        if upto:
            page = pages.get(row.path, {})
            title, ident = str(page.get("title", "")), str(page.get("id", ""))
            since = maker.now.date().isoformat()
            stones.append(Tombstone(site.id, url, row.reason, since, base, ident, title, upto, row.path))
    return stones, refused


def stays(maker: Maker, site: str, source: str, tree: Path, page: str, base: str) -> bool:
    """Whether the rules let a live page, or a file withheld by itself, stay; one that can't be checked does not."""
    if not (tree / page).is_file():
        return True
    try:
        if not page.endswith(".html"):
            return maker.retention(site, source, tree, "", [page])
        used = [path for path in local_links(page, (tree / page).read_bytes(), base) if (tree / path).is_file()]
        return maker.retention(site, source, tree, page, [path for path in used if not path.startswith("theme/")])
    except Exception:
        return False


class _Manifests:
    """The manifests of a site's releases as bytes: they are searched without parsing."""

    def __init__(self, store: Store, site: str) -> None:
        self.store, self.site = store, site
        self.raw: dict[str, bytes] = {}

    def last_with(self, path: str) -> int:
        """The sequence number of the last release that holds a path, 0 where none does."""
        key = f"{json.dumps(path, ensure_ascii=False)}:[".encode()
        names = reversed(self.store.releases(self.site))
        return next((int(name.partition("-")[0]) for name in names if key in self._of(name)), 0)

    def url(self) -> str:
        """The site's address as the live release has it."""
        match = _URL.search(self._of(self.store.live_id(self.site)).decode("utf-8", "replace"))
        return match[1] if match else ""

    def _of(self, name: str) -> bytes:
        if name not in self.raw:
            try:
                self.raw[name], _ = self.store.manifest_bytes(self.site, name)
            except (ReleaseError, OSError):
                self.raw[name] = b""
        return self.raw[name]


def find_records(
    store: Store, site: str, release: str, wanted: Collection[str], base: str
) -> dict[str, dict[str, Any]]:
    """Source → record with local url, of the wanted sources in a release.

    A carried page has no record any more; only its url is given. Lines of other sources are not parsed.
    """
    path = store.release(site, release) / "record.json"
    carried = json.loads(path.read_bytes()).get("carried", ()) if path.is_file() else ()
    hits: dict[str, dict[str, Any]] = {page["path"]: {"url": page["url"]} for page in carried if page["path"] in wanted}
    tree = store.tree(site, release)
    for path in sorted((tree / "api").glob("articles*.jsonl")):
        for line in path.read_text("utf-8", "replace").splitlines():
            match = _SOURCE.search(line)
            if match and ("\\" in match[1] or match[1] in wanted):
                try:
                    row = json.loads(line)
                except ValueError:
                    continue
                if isinstance(row, dict) and row.get("url") and row.get("source_path") in wanted:
                    hits[str(row["source_path"])] = {**row, "url": local_url(str(row["url"]), base)}
    return hits
