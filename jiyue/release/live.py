"""Go live by one rename of a link; go back by a new, signed release of old files. The caller holds the lock."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from jiyue.release.make import Maker, next_sequence, seal
from jiyue.release.manifest import MANIFEST, Entry, Manifest, ReleaseError
from jiyue.release.packing import pack
from jiyue.release.scrub import Marks, scrub
from jiyue.release.signing import PublicKey, opened
from jiyue.release.store import Step, Store, no_step
from jiyue.release.withheld import Tombstone, file_of, tombstones


@dataclass(frozen=True, slots=True)
class Switched:
    """What went live: the site, the release before ("" at first), the release now; paths dropped by a rollback."""

    site: str
    before: str
    now: str
    dropped: tuple[str, ...] = ()
    cleaned: tuple[str, ...] = ()


def go_live(
    store: Store, site: str, name: str, keys: Sequence[PublicKey], now: datetime, *, step: Step = no_step
) -> Switched:
    """Serve a release. Before this returns, or if it dies anywhere, readers get the old one or the new one, whole.

    ReleaseError when the release is not signed by one of the keys, is not whole, is another site's, or is not newer
    than everything that was live before (an old release must come back as a rollback, not as itself).
    """
    before = store.live_id(site)
    step("check")
    manifest = opened(*store.manifest_bytes(site, name), keys)
    if manifest.site != site or manifest.id != name:
        raise ReleaseError(f"版本 {name} 的清单属于 {manifest.site} 的 {manifest.id}，拒绝用于站点 {site}。")
    if before == name:
        _journal(store, site, name, manifest, now)
        return Switched(site, before, name)
    highest = highest_sequence(store, site)
    if manifest.sequence <= highest:
        raise ReleaseError(
            f"版本 {name} 不比已上线过的版本（序号 {highest}）新，按重放拒绝。要恢复旧版本请用 jiyue rollback {site}。"
        )
    _whole(store.tree(site, name), manifest)
    link = store.live_link(site)
    beside = link.with_name(f".{site}.new")
    step("flush")
    os.sync()  # the release is on the disk before anything points to it
    step("link")
    link.parent.mkdir(parents=True, exist_ok=True)
    beside.unlink(missing_ok=True)
    beside.symlink_to(Path("..") / "releases" / site / name / "tree")
    step("swap")
    beside.replace(link)
    step("journal")
    _journal(store, site, name, manifest, now)
    return Switched(site, before, name)


def rollback(
    store: Store, site: str, maker: Maker, *, to: str = "", reason: str = "", extra: Sequence[Tombstone] = ()
) -> Switched:
    """Serve the content of an earlier release again (to; default: the one before), without a build.

    It becomes a new signed release of kind `rollback` with a higher sequence number, so that it can be told from a
    replay. What was withdrawn, embargoed or found secret since is left out: pages are dropped, and files that name them
    are cleaned, or taken as they are now where they can't be. extra: more tombstones, such as the URL ledger's.
    ReleaseError when there is nothing to go back to.
    """
    before = store.live_id(site)
    if not before:
        raise ReleaseError(f"站点 {site} 还没有上线的版本，无从回退。")
    maker.step("choose")
    live = opened(*store.manifest_bytes(site, before), maker.keys)
    target = to or _earlier(store, site, live)
    old = opened(*store.manifest_bytes(site, target), maker.keys)
    if old.site != site or old.id != target or target == before:
        raise ReleaseError(f"不能回退到 {target}：它不是站点 {site} 的另一个版本。")
    stones = [t for t in (*tombstones(store), *extra) if t.site != site or not t.upto or t.upto >= old.sequence]
    maker.step("clean")
    files, dropped, cleaned = _fit(store, old, live, stones)
    packed = pack(store, files, {**live.files, **old.files}, _packed_of(old, live))
    record = {"kind": "rollback", "of": target, "reason": reason, "dropped": dropped, "cleaned": cleaned}
    draft = replace(
        old, files=files, packed=packed, kind="rollback", of=target, sequence=next_sequence(store, site, maker.now),
        created=maker.now.isoformat(timespec="seconds"),
    )  # fmt: skip
    name = seal(store, draft, record, maker)
    switched = go_live(store, site, name, maker.keys, maker.now, step=maker.step)
    return replace(switched, dropped=tuple(dropped), cleaned=tuple(cleaned))


def highest_sequence(store: Store, site: str) -> int:
    """The highest sequence number that ever was live here, 0 at first."""
    found = [int(row["sequence"]) for row in journal(store, site)]
    name = store.live_id(site)
    if name:
        # the folder's own name counts even when the manifest inside was damaged
        found.append(int(name.partition("-")[0]))
    return max(found, default=0)


def journal(store: Store, site: str) -> list[dict[str, str]]:
    """What went live on this site, oldest first; a line cut short by a crash is left out."""
    path = store.root / "journal" / f"{site}.jsonl"
    rows = []
    for line in path.read_bytes().splitlines() if path.is_file() else ():
        try:
            rows.append(json.loads(line))
        except ValueError:
            continue
    return rows


def prune(store: Store, site: str, keep: int, step: Step = no_step) -> list[str]:
    """Delete all but the newest `keep` releases (at least the live one and what it can go back to) and loose objects.

    Returns the ids deleted. A release is renamed away before its files go, so a crash leaves no half of one.
    """
    live = store.live_id(site)
    names = store.releases(site)
    kept = set(names[-max(keep, 1) :]) | {live}
    if live:
        kept |= {row["id"] for row in journal(store, site)[-2:]}
        kept.add(Manifest.from_bytes(store.manifest_bytes(site, live)[0]).of)
    gone = [name for name in names if name not in kept]
    for name in gone:
        step("retire")
        trash = store.release(site, f".old-{name}")
        store.release(site, name).rename(trash)
    folder = store.root / "releases" / site
    for trash in sorted(folder.glob(".old-*")) if folder.is_dir() else ():
        step("delete")
        held = _objects_of(store, trash)
        shutil.rmtree(trash)
        for path in held:
            _drop_loose(path)
    return gone


def _objects_of(store: Store, trash: Path) -> list[Path]:
    try:
        manifest = Manifest.from_bytes((trash / "tree" / MANIFEST).read_bytes())
    except (OSError, ReleaseError):
        return []  # half deleted by a run that died; sweep() finds its objects
    return [store.blob(sha) for sha in sorted({e.sha256 for e in manifest.all_files().values()})]


def _drop_loose(path: Path) -> None:
    with contextlib.suppress(FileNotFoundError):
        if path.stat().st_nlink == 1:
            path.unlink()


def sweep_daily(store: Store, now: datetime) -> None:
    """prune() takes its own objects away; those of runs that died are looked for once a day, because it takes long."""
    mark, day = store.root / "swept", now.date().isoformat()
    if mark.is_file() and mark.read_text("ascii") == day:
        return
    sweep(store)
    store.write(mark, day.encode())


def sweep(store: Store) -> int:
    """Delete objects that no release and no output links to any more; how many."""
    count = 0
    for folder in sorted((store.root / "objects").glob("*")):
        with os.scandir(folder) as rows:
            for row in rows:
                if row.stat(follow_symlinks=False).st_nlink == 1:
                    Path(row.path).unlink()
                    count += 1
    return count


def expunge(store: Store, site: str, urls: Sequence[str]) -> list[str]:
    """Delete every release but the live one that holds one of these pages, for leaked data; the ids deleted.

    ReleaseError when the live release itself still holds one: publish without it first.
    """
    paths = {file_of(u) for u in urls}
    holding = [
        name
        for name in store.releases(site)
        if paths & Manifest.from_bytes(store.manifest_bytes(site, name)[0]).files.keys()
    ]
    live = store.live_id(site)
    if live in holding:
        raise ReleaseError(f"站点 {site} 线上版本仍含有这些页面。请先撤回并发布，再清除旧版本。")
    for name in holding:
        shutil.rmtree(store.release(site, name))
    sweep(store)
    return holding


def _fit(
    store: Store, old: Manifest, live: Manifest, stones: Sequence[Tombstone]
) -> tuple[dict[str, Entry], list[str], list[str]]:
    """The old release's files, less what must not come back; the paths dropped, and those cleaned or taken from now."""
    marks = Marks(old.site, old.url, stones)
    buried = {file_of(t.url) for t in stones if t.site == old.site}
    # a file that is live today was fit today, unless something buried is itself still live
    trusted = set() if buried & live.files.keys() else {e.sha256 for e in live.files.values()}
    files: dict[str, Entry] = {}
    dropped = sorted((buried & old.files.keys()) | _only_for(store, old, live, buried & old.files.keys()))
    cleaned: list[str] = []
    units: set[str] = set()
    for path, entry in old.files.items():
        if path in dropped:
            continue
        if not stones or entry.sha256 in trusted:
            files[path] = entry
            continue
        data = store.blob(entry.sha256).read_bytes()
        clean = scrub(path, data, marks)
        if clean is data:
            files[path] = entry
            continue
        cleaned.append(path)
        if clean is not None and not path.startswith(_UNITS):
            files[path] = store.put_bytes(clean)
        elif path.startswith(_UNITS):
            units.add(path.partition("/")[0] + "/")
        else:
            _as_now(store, path, live, marks, files)
    for unit in sorted(units):
        files = {p: e for p, e in files.items() if not p.startswith(unit)}
        for path in live.files:
            if path.startswith(unit):
                _as_now(store, path, live, marks, files)
    return files, dropped, sorted(cleaned)


_UNITS = ("search/",)
"""Folders whose files only make sense together: where one must change, all are taken as they are now."""


def _as_now(store: Store, path: str, live: Manifest, marks: Marks, files: dict[str, Entry]) -> None:
    entry = live.files.get(path)
    if entry is None:
        return
    data = store.blob(entry.sha256).read_bytes()
    clean = scrub(path, data, marks)
    if clean is data:
        files[path] = entry
    elif clean is not None:
        files[path] = store.put_bytes(clean)


def _only_for(store: Store, old: Manifest, live: Manifest, pages: set[str]) -> set[str]:
    """Attachments and pictures that dropped pages used and that are not live today."""
    from jiyue.release.carry import needed  # noqa: PLC0415

    found: set[str] = set()
    for page in pages:
        found |= set(
            needed(page, old.files, live.files, lambda p: store.blob(old.files[p].sha256).read_bytes(), old.url)
        )
    return found


def _packed_of(old: Manifest, live: Manifest) -> dict[str, Entry]:
    """Compressed copies that belong to {**live.files, **old.files}."""
    mine = {p: e for p, e in live.packed.items() if p.rpartition(".")[0] not in old.files}
    return {**mine, **old.packed}


def _earlier(store: Store, site: str, live: Manifest) -> str:
    base = live.of or live.id
    below = int(base.partition("-")[0])
    names = {row["id"] for row in journal(store, site) if row.get("kind") == "release"} & set(store.releases(site))
    older = sorted(n for n in names if int(n.partition("-")[0]) < below)
    if not older:
        raise ReleaseError(f"站点 {site} 没有更早的上线版本可回退。现有版本：{'、'.join(store.releases(site))}。")
    return older[-1]


def _whole(tree: Path, manifest: Manifest) -> None:
    for path, entry in manifest.all_files().items():
        try:
            size = os.stat(tree / path, follow_symlinks=False).st_size  # noqa: PTH116 (fast path)
        except OSError:
            size = -1
        if size != entry.size:
            raise ReleaseError(f"版本 {manifest.id} 的文件 {path} 缺失或长度不符，拒绝上线。请重新生成版本。")


def _journal(store: Store, site: str, name: str, manifest: Manifest, now: datetime) -> None:
    rows = journal(store, site)
    if rows and rows[-1]["id"] == name:
        return
    row = {
        "id": name, "sequence": manifest.sequence, "kind": manifest.kind, "of": manifest.of,
        "at": now.isoformat(timespec="seconds"),
    }  # fmt: skip
    path = store.root / "journal" / f"{site}.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab") as file:
        # a line cut short by an earlier crash must not swallow this one
        file.write((b"\n" if path.stat().st_size else b"") + json.dumps(row, ensure_ascii=False).encode())
        file.flush()
        os.fsync(file.fileno())
