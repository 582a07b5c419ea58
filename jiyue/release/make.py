"""Make a release of one site from its output: take, carry, guard, compress, plant, sign, name."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from jiyue.diagnostics import Diagnostic, error, warning
from jiyue.git import Git, GitError
from jiyue.release.carry import Carried, carried
from jiyue.release.maker import Maker, Site
from jiyue.release.manifest import (
    Entry,
    Manifest,
    ReleaseError,
    differences,
    digest,
    file_digest,
)
from jiyue.release.packing import pack
from jiyue.release.scrub import Marks, scrub
from jiyue.release.seal import next_sequence, seal
from jiyue.release.signing import PublicKey, opened
from jiyue.release.store import Store, without_folder
from jiyue.release.withheld import (
    ERROR,
    Tombstone,
    Withheld,
    bury,
    file_of,
    records,
    source_urls,
    url_of,
)

CARRIED = warning(
    "release-carried", "沿用上一版页面", "出错的稿件不更新，但已发布的页面不应消失；列表中暂不出现。", "本平台"
)
SITE_KEPT = warning("release-site-kept", "整站沿用上一版", "出错的站点不更新，其他站点照常发布。", "本平台")
UNTRUSTED = warning(
    "release-live-untrusted", "线上版本不可信", "线上清单验签失败时不从中沿用任何内容，也不阻碍新版本修复它。", "本平台"
)
MASS_LOSS = error("release-mass-loss", "页面大量减少", "配置错误或误删目录会让大批页面一次消失，须由人确认。", "本平台")


class MassLoss(ReleaseError):
    """A release that would lose too many pages at once."""


@dataclass(frozen=True, slots=True)
class Made:
    """A site's release: its id, what differs from the live one, what was carried, and what to tell.

    new is False when the release existed already (nothing changed, or the site was kept because of an error).
    """

    site: str
    id: str
    new: bool
    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    carried: tuple[Carried, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()


@dataclass(frozen=True, slots=True)
class Previous:
    """The live release as far as it can be trusted."""

    id: str
    manifest: Manifest
    record: Mapping[str, Any]
    tree: Path


def make_release(
    store: Store, site: Site, output: Path, withheld: Sequence[Withheld], maker: Maker, *, after: int = 0
) -> Made:
    """An immutable release of the tree `output/<site>`; the live site is not touched. The caller holds the lock.

    withheld: the build's list, all sites (a pushed article is kept back wherever it was published)
    after: the highest sequence number known elsewhere (a target's live one).
    A release equal to the live or the newest one is not made again. ReleaseError stops this site only.
    """
    mine = [w for w in withheld if w.site == site.id]
    diagnostics: list[Diagnostic] = []
    live = previous(store, site.id, maker.keys, diagnostics)
    if any(not w.path for w in mine):
        return _kept(site, live, mine, diagnostics)
    files, seen = store.take(site.id, output)
    files = {p: files[p] for p in without_folder(files)}
    sources = source_urls(records(live.tree), site.url) if live and any(w.path for w in withheld) else {}
    # what was pushed here from another site is kept back with its source
    mine += [replace(w, site=site.id, url="") for w in withheld if w.site != site.id and w.path and w.path in sources]
    stones = bury(store, _stones(store, site, mine, sources, maker))
    kept: list[Carried] = []
    if live and mine:
        files, kept = _carry(
            store, site, live, mine, sources=sources, files=files, stones=stones, diagnostics=diagnostics
        )
    old = live.manifest.files if live else {}
    _guard(site, old, files, maker)
    made = _existing(store, site, files, live, maker)
    if made is None:
        packed = pack(store, files, old, live.manifest.packed if live else {})
        record = {"kind": "release", "carried": [asdict(c) for c in kept], "withheld": [asdict(w) for w in mine]}
        draft = Manifest(
            site.id, site.url, next_sequence(store, site.id, maker.now, after), _stamp(maker.now), maker.commit,
            files, packed,
        )  # fmt: skip
        name, new = seal(store, draft, record, maker), True
        store.remember(site.id, seen)
    else:
        name, new = made, False
    added, changed, removed = differences(old, files)
    return Made(site.id, name, new, added, changed, removed, tuple(kept), tuple(diagnostics))


def previous(
    store: Store, site: str, keys: Sequence[PublicKey], diagnostics: list[Diagnostic] | None = None
) -> Previous | None:
    """The live release, None when there is none or it can't be trusted (then with a warning)."""
    name = store.live_id(site)
    if not name:
        return None
    try:
        manifest = opened(*store.manifest_bytes(site, name), keys)
    except ReleaseError as cause:
        if diagnostics is not None:
            diagnostics.append(
                UNTRUSTED.at(f"live/{site}", 0, str(cause), "查明线上文件被谁改动；本次发布会替换它。", site=site)
            )
        return None
    folder = store.release(site, name)
    record: Mapping[str, Any] = {}
    path = folder / "record.json"
    if path.is_file() and digest(raw := path.read_bytes()) == manifest.record:
        record = json.loads(raw)
    return Previous(name, manifest, record, folder / "tree")


def commit_of(root: Path) -> str:
    """The cluster's commit, "" outside of git; `+` at its end when the work tree differs from it."""
    git = Git(root)
    try:
        return git.commit("HEAD") + ("" if git.is_clean() else "+")
    except GitError:
        return ""


def _kept(site: Site, live: Previous | None, mine: Sequence[Withheld], diagnostics: list[Diagnostic]) -> Made:
    whole = next(w for w in mine if not w.path)
    if whole.reason != ERROR:
        raise ReleaseError(f"站点 {site.id} 已被撤下（{whole.reason}）：不再生成版本。下线请移除其服务配置。")
    if live is None:
        raise ReleaseError(f"站点 {site.id} 因错误未能构建，也没有上一版可沿用。请先修正报告中的错误。")
    diagnostics.append(
        SITE_KEPT.at(f"sites/{site.id}.yaml", 0, "整站因错误未更新，沿用上一版。", "按构建报告修正错误。", site=site.id)
    )
    return Made(site.id, live.id, False, diagnostics=tuple(diagnostics))


def _stones(
    store: Store, site: Site, mine: Sequence[Withheld], sources: Mapping[str, Mapping[str, Any]], maker: Maker
) -> list[Tombstone]:
    rows = [w for w in mine if w.reason != ERROR]
    if not rows:
        return []
    last: dict[str, int] = {}
    for name in store.releases(site.id):
        manifest = Manifest.from_bytes(store.manifest_bytes(site.id, name)[0])
        last.update(dict.fromkeys(manifest.files, manifest.sequence))
    found = []
    for row in rows:
        page = sources.get(row.path, {})
        url = row.url or str(page.get("url", ""))
        upto = last.get(file_of(url), 0) if url else 0
        if upto:
            since = maker.now.date().isoformat()
            title, ident = str(page.get("title", "")), str(page.get("id", ""))
            found.append(Tombstone(site.id, url, row.reason, since, site.url, ident, title, upto))
    return found


def _carry(
    store: Store,
    site: Site,
    live: Previous,
    mine: Sequence[Withheld],
    *,
    sources: Mapping[str, Mapping[str, Any]],
    files: Mapping[str, Entry],
    stones: Sequence[Tombstone],
    diagnostics: list[Diagnostic],
) -> tuple[dict[str, Entry], list[Carried]]:
    old = live.manifest.files
    forbidden = {t.url for t in stones if t.site == site.id}
    earlier = [Carried(c["path"], c["url"], tuple(c["files"]), c["since"]) for c in live.record.get("carried", ())]

    def read(path: str) -> bytes:
        entry = old[path]
        if file_digest(store.blob(entry.sha256)) != entry.sha256:
            raise ReleaseError(f"站点 {site.id} 线上文件 {path} 已被改动，不能沿用。先修正该稿件的错误再发布。")
        return store.blob(entry.sha256).read_bytes()

    kept, _ = carried(
        mine, sources, earlier, old, files, release=live.id, read=read, base=site.url, forbidden=forbidden
    )
    marks = Marks(site.id, site.url, stones)
    whole = dict(files)
    for page in kept:
        for path in page.files:
            data = read(path)
            cleaned = scrub(path, data, marks) if path.endswith(".html") else data
            if cleaned is None:
                raise ReleaseError(f"沿用的页面 {page.url} 提到已撤回内容且无法清除，请修正 {page.path} 后再发布。")
            whole[path] = old[path] if cleaned is data else store.put_bytes(cleaned)
        message = f"稿件有错误，页面 {page.url} 沿用版本 {page.since} 的内容。"
        diagnostics.append(CARRIED.at(page.path, 0, message, "按检查报告修正稿件后重新发布。", site=site.id))
    return whole, kept


def _guard(site: Site, old: Mapping[str, Entry], new: Mapping[str, Entry], maker: Maker) -> None:
    pages = [p for p in old if p.endswith(".html")]
    lost = [p for p in pages if p not in new]
    if maker.allow_loss or len(lost) < maker.guard.least or len(lost) <= maker.guard.share * len(pages):
        return
    some = "、".join(url_of(p) for p in sorted(lost)[:3])
    raise MassLoss(
        f"站点 {site.id} 将失去 {len(lost)} 个页面（共 {len(pages)} 个，超过 {maker.guard.share:.0%}），如 {some}。"
        "若确属有意删除，请加 --allow-loss 再发布。"
    )


def _existing(store: Store, site: Site, files: Mapping[str, Entry], live: Previous | None, maker: Maker) -> str | None:
    """The live release when nothing differs, or a newer one that was made and never went live."""
    if live and live.manifest.files == files and live.manifest.url == site.url:
        return live.id
    newest = store.releases(site.id)[-1:]
    if newest and newest[0] > store.live_id(site.id):
        try:
            manifest = opened(*store.manifest_bytes(site.id, newest[0]), maker.keys)
        except ReleaseError:
            return None
        if manifest.files == files and manifest.kind == "release" and manifest.commit == maker.commit:
            return newest[0]
    return None


def _stamp(now: datetime) -> str:
    return now.isoformat(timespec="seconds")
