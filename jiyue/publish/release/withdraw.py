"""What has to leave every live site, whatever else is wrong with it.

It is found in what is live, by the record of its source, and buried. Where a site has nothing new that can go out, its
last release goes out again without it.
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
from jiyue.publish.release.packing import pack
from jiyue.publish.release.records import file_of, local_url, read_records, source_urls
from jiyue.publish.release.scrub import Marks, scrub_files
from jiyue.publish.release.seal import next_sequence, seal
from jiyue.publish.release.signing import trusted_manifest
from jiyue.publish.release.store import Store, without_folder
from jiyue.publish.release.swap import journal
from jiyue.publish.release.tombstones import Tombstone, add_tombstones

_STATE = "buried.json"
"""Site → the digest of the withheld rows that were looked for in it last, and those whose live page the rules refuse."""
_SOURCE = pattern(r'"source_path":\s*"((?:[^"\\]|\\.)*)"')
_URL = pattern(r'"url":"([^"]*)"')
"""The site's address in a manifest, whose other values are no texts of this name."""


def enforce_withholding(
    store: Store, sites: Iterable[ReleaseSite], withheld: Sequence[Withheld], maker: Maker
) -> list[Withheld]:
    """Bury all that is live of what is withheld, in these sites; the rows, `secret` where a live page may not stay either.

    An error of form or privacy leaves the published page, unless the rules refuse that (maker.retention).
    The caller holds the lock.
    """
    state: dict[str, Any] = store.read_json(_STATE) or {}
    version = maker.retention.version if any(w.reason.stays for w in withheld) else ""
    key = sha256_hex(repr((withheld, version)).encode())
    unfit: set[str] = set()
    news = False
    for site in sites:
        if not store.live_id(site.id):
            continue
        if state.get(site.id, {}).get("rows") != key:
            found, refused = _live_tombstones(store, site, withheld, maker)
            add_tombstones(store, found)
            state[site.id] = {"rows": key, "unfit": sorted(refused)}
            news = True
        unfit.update(state[site.id]["unfit"])
    if news:
        store.write(store.root / _STATE, canonical(state))
    return [replace(w, reason=Reason.SECRET) if w.path in unfit and w.reason.stays else w for w in withheld]


def in_force(stones: Iterable[Tombstone], withheld: Iterable[Withheld]) -> list[Tombstone]:
    """Those of the tombstones whose article or file is withheld now; others are history, for rollbacks."""
    rows = [w for w in withheld if w.path and not w.reason.stays]
    sources, places = {w.path for w in rows}, {(w.site, w.url) for w in rows}
    return [t for t in stones if (t.source in sources if t.source else (t.site, t.url) in places)]


def to_remove(site: ReleaseSite, stones: Sequence[Tombstone], withheld: Iterable[Withheld]) -> list[Tombstone]:
    """What has to leave a site that gets no new pages: the tombstones in force, and what it may have announced.

    The root's feeds name an article from the build on; where its own site was not published then, no page was ever live
    and nothing was buried.
    """
    urls = {one.id: one.url for one in site.announces}
    known = {(t.site, t.url) for t in stones}
    return [*stones] + [
        Tombstone(w.site, w.url, w.reason, "", urls[w.site], source=w.path)
        for w in withheld
        if w.url and not w.reason.stays and w.site in urls and (w.site, w.url) not in known
    ]


def tombstoned_paths(site: str, stones: Iterable[Tombstone], sources: Mapping[str, Mapping[str, Any]]) -> set[str]:
    """Output paths of one site's buried pages and files; not those that belong to another source (of these records) now."""
    owner = {str(row["url"]): source for source, row in sources.items()}
    return {file_of(t.url) for t in stones if t.site == site and owner.get(t.url, t.source) in (t.source, "")}


def release_without(
    store: Store, site: ReleaseSite, stones: Sequence[Tombstone], maker: Maker, output: Path
) -> tuple[str, tuple[str, ...]] | None:
    """The last release again, without what the tombstones bury; its id and the paths that left. None where nothing has to go.

    output: the site's, from which a list that can't be cleaned is taken, if it is there.
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
    record = store.record(site.id, name, last.record)
    record["carried"] = [page for page in record.get("carried", ()) if file_of(page["url"]) in files]
    draft = replace(
        last, files=files, packed=pack(store, files, last.files, last.packed),
        sequence=next_sequence(store, site.id, maker.now), created=maker.now.isoformat(timespec="seconds"),
    )  # fmt: skip
    new = seal(store, draft, {**record, "dropped": dropped, "cleaned": cleaned}, maker)
    store.write(clean, canonical([new, buried]))
    return new, tuple(dropped)


def _trusted(store: Store, site: str, maker: Maker) -> str:
    """The live release, or where it was tampered with the last one before that is as it was signed."""
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
    """Tombstones for what a site published of the withheld; and sources of errors whose live page is no better."""
    rows = {w.path: w for w in withheld if w.path}
    live = store.live_id(site.id)
    tree = store.tree(site.id, live)
    manifests = _Manifests(store, site.id)
    base = manifests.url() or site.url
    pages = find_records(store, site.id, live, rows.keys(), base)
    unfit: set[str] = set()
    places: dict[str, Withheld] = {}
    for source, page in pages.items():
        row, url = rows[source], str(page["url"])
        if not row.reason.stays:
            places[url] = row
        elif not _stays(maker, site.id, source, tree, file_of(url), base):
            unfit.add(source)
            places[url] = replace(row, reason=Reason.SECRET)
    for row in rows.values():
        file = file_of(row.url)
        alone = row.site == site.id and row.url and row.reason.stays and not file.endswith(".html")
        if alone and not _stays(maker, site.id, row.path, tree, file, base):
            unfit.add(row.path)
            places[row.url] = replace(row, reason=Reason.SECRET)
    own = [w for w in rows.values() if w.site == site.id and w.url and w.path not in pages and not w.reason.stays]
    owners = {str(row["url"]) for row in source_urls(read_records(tree), base).values()} if own else set()
    places |= {w.url: w for w in own if w.url not in owners and w.url not in places}
    stones = []
    for url, row in places.items():
        upto = manifests.last_with(file_of(url))
        if upto:
            page = pages.get(row.path, {})
            title, ident = str(page.get("title", "")), str(page.get("id", ""))
            since = maker.now.date().isoformat()
            stones.append(Tombstone(site.id, url, row.reason, since, base, ident, title, upto, row.path))
    return stones, unfit


def _stays(maker: Maker, site: str, source: str, tree: Path, page: str, base: str) -> bool:
    """Whether the rules let a live page, or a file that is withheld by itself, stay; what can't be judged does not."""
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
    """The manifests of a site's releases as bytes: what they name is asked without parsing them."""

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
        found = _URL.search(self._of(self.store.live_id(self.site)).decode("utf-8", "replace"))
        return found[1] if found else ""

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

    A page that was carried has no record any more, and none here but its url. Lines of other sources are not parsed.
    """
    path = store.release(site, release) / "record.json"
    carried = json.loads(path.read_bytes()).get("carried", ()) if path.is_file() else ()
    found: dict[str, dict[str, Any]] = {
        page["path"]: {"url": page["url"]} for page in carried if page["path"] in wanted
    }
    tree = store.tree(site, release)
    for path in sorted((tree / "api").glob("articles*.jsonl")):
        for line in path.read_text("utf-8", "replace").splitlines():
            named = _SOURCE.search(line)
            if named and ("\\" in named[1] or named[1] in wanted):
                try:
                    row = json.loads(line)
                except ValueError:
                    continue
                if isinstance(row, dict) and row.get("url") and row.get("source_path") in wanted:
                    found[str(row["source_path"])] = {**row, "url": local_url(str(row["url"]), base)}
    return found
