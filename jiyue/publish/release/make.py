"""Make a release of one site from its output: ingest, carry pages, check for mass loss, compress, sign."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from jiyue.base.diagnostics import Diagnostic, error, warning
from jiyue.base.git import Git, GitError
from jiyue.base.reason import Reason
from jiyue.catalogue.sources import file_of as ledger_of
from jiyue.catalogue.sources import model_of
from jiyue.catalogue.withholding import Withheld
from jiyue.publish.release.banner import banner, with_banner
from jiyue.publish.release.carry import Carried, carry_pages
from jiyue.publish.release.maker import Maker, ReleaseSite
from jiyue.publish.release.manifest import FileEntry, Manifest, ReleaseError, differences, sha256_hex
from jiyue.publish.release.offline import with_state
from jiyue.publish.release.packing import pack
from jiyue.publish.release.records import file_of, read_records, source_urls, url_of
from jiyue.publish.release.scrub import Marks, names_pages, scrub_file, scrub_files
from jiyue.publish.release.seal import next_sequence, seal
from jiyue.publish.release.signing import PublicKey, trusted_manifest
from jiyue.publish.release.store import Store, without_folder
from jiyue.publish.release.tombstones import Tombstone, read_tombstones
from jiyue.publish.release.withdraw import (
    enforce_withholding,
    in_force,
    release_without,
    stays,
    to_remove,
    tombstoned_paths,
)
from jiyue.registry.site import SCREENS

CARRIED = warning(
    "release-carried", "沿用上一版页面", "出错的稿件不更新，但已发布的页面不应消失；列表中暂不出现。", "本平台"
)
SITE_KEPT = warning("release-site-kept", "整站沿用上一版", "出错的站点不更新，其他站点照常发布。", "本平台")
UNTRUSTED = warning(
    "release-live-untrusted", "线上版本不可信", "线上清单验签失败时不从中沿用任何内容，也不阻碍新版本修复它。", "本平台"
)
NOT_CARRIED = warning(
    "release-not-carried",
    "上一版页面不能沿用",
    "沿用的页面必须是原来签过名的，也不能提到已撤回的内容；修正稿件之前，这个页面不在线上。",
    "本平台",
)
MASS_LOSS = error("release-mass-loss", "页面大量减少", "配置错误或误删目录会让大批页面一次消失，须由人确认。", "本平台")


class MassLoss(ReleaseError):
    """A release that would lose too many pages at once."""


@dataclass(frozen=True, slots=True)
class Made:
    """A site's release: its id, what differs from the live one, carried pages, diagnostics.

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
class LiveRelease:
    """The live release as far as it can be trusted."""

    id: str
    manifest: Manifest
    record: Mapping[str, Any]
    tree: Path


def make_release(
    store: Store,
    site: ReleaseSite,
    output: Path,
    withheld: Sequence[Withheld],
    maker: Maker,
    *,
    after: int = 0,
    refused: Sequence[Withheld] = (),
    stale: bool = False,
) -> Made:
    """An immutable release of the tree `output/<site>`; the live site is not touched. The caller holds the lock.

    withheld: the build's list, all sites (a pushed article is withheld wherever it was published)
    after: the highest sequence number known elsewhere (a target's live one).
    refused: articles whose finished page is in the output but must not be published, with its url.
    stale: whether the output may be older than the list, so that it may still show what is withheld by now.
    A release equal to the live or the newest one is not made again. ReleaseError stops this site only.
    """
    withheld = enforce_withholding(store, [site], withheld, maker)
    mine = [w for w in withheld if w.site == site.id]
    diagnostics: list[Diagnostic] = []
    live = trusted_live(store, site.id, maker.keys, diagnostics)
    if any(not w.path for w in mine):
        return _keep_site(store, site, live, output, withheld=withheld, maker=maker, diagnostics=diagnostics)
    files, seen = store.take(site.id, output)
    refused_files = {file_of(w.url) for w in refused}
    files = {p: files[p] for p in without_folder(files) if p not in refused_files}
    sources = source_urls(read_records(live.tree), site.url) if live and any(w.path for w in withheld) else {}
    # an article pushed here from another site is withheld whenever its source is
    here = {*sources, *(page["path"] for page in live.record.get("carried", ()))} if live else set()
    mine += [replace(w, site=site.id, url="") for w in withheld if w.site != site.id and w.path in here]
    mine += refused
    if live:
        urls = {path: str(row["url"]) for path, row in sources.items()}
        urls |= {page["path"]: str(page["url"]) for page in live.record.get("carried", ())}
        mine += _rows_of_unread(site, live, output, urls, mine, maker)
    stones = read_tombstones(store)
    old = live.manifest.files if live else {}
    now = in_force(stones, withheld)
    if refused or stale:
        marks = to_remove(site, now, withheld)
        marks += (Tombstone(site.id, w.url, w.reason, "", site.url, source=w.path) for w in refused)
        gone = tombstoned_paths(site.id, marks, source_urls(read_records(output), site.url)) & files.keys()
        files = scrub_files(store, files, gone, Marks(site.id, site.url, marks), old).files
    carried: list[Carried] = []
    if live and mine:
        files, carried = _carry(
            store, site, live, mine, sources=sources, files=files, stones=stones, diagnostics=diagnostics
        )
    files = with_state(store, files, old)
    _guard(site, old, files, {file_of(t.url) for t in now if t.site == site.id}, maker)
    made = _existing(store, site, files, live, maker)
    if made is None:
        packed = pack(store, files, old, live.manifest.packed if live else {}, maker.jobs)
        record = {"kind": "release", "carried": [asdict(c) for c in carried], "withheld": [asdict(w) for w in mine]}
        draft = Manifest(
            site.id, site.url, next_sequence(store, site.id, maker.now, after), _stamp(maker.now), maker.commit,
            files, packed,
        )  # fmt: skip
        name, new = seal(store, draft, record, maker), True
        store.remember(site.id, seen)
    else:
        name, new = made, False
    added, changed, removed = differences(old, files)
    return Made(site.id, name, new, added, changed, removed, tuple(carried), tuple(diagnostics))


def trusted_live(
    store: Store, site: str, keys: Sequence[PublicKey], diagnostics: list[Diagnostic] | None = None
) -> LiveRelease | None:
    """The live release, None when there is none or it can't be trusted (then with a warning)."""
    name = store.live_id(site)
    if not name:
        return None
    try:
        manifest = trusted_manifest(*store.manifest_bytes(site, name), keys)
    except ReleaseError as cause:
        if diagnostics is not None:
            diagnostics.append(
                UNTRUSTED.at(f"live/{site}", 0, str(cause), "查明线上文件被谁改动；本次发布会替换它。", site=site)
            )
        return None
    return LiveRelease(name, manifest, store.record(site, name, manifest.record), store.tree(site, name))


def commit_of(root: Path) -> str:
    """The cluster's commit, "" outside of git; `+` at its end when the work tree differs from it."""
    git = Git(root)
    try:
        return git.commit("HEAD") + ("" if git.is_clean() else "+")
    except GitError:
        return ""


def _rows_of_unread(
    site: ReleaseSite,
    live: LiveRelease,
    output: Path,
    live_urls: Mapping[str, str],
    mine: Sequence[Withheld],
    maker: Maker,
) -> list[Withheld]:
    """The rows of ledgers that are withheld whole because nothing of them can be read: their live pages stay.

    live_urls: source path -> local url of what is live.
    """
    unread = {w.path for w in mine if w.reason.stays and model_of(w.path)}
    if unread:
        unread -= {ledger_of(str(row.get("source_path"))) for row in read_records(output)}
    return [
        Withheld(site.id, path, Reason.ERROR, url)
        for path, url in live_urls.items()
        if ledger_of(path) in unread and stays(maker, site.id, path, live.tree, file_of(url), site.url)
    ]


def _keep_site(
    store: Store,
    site: ReleaseSite,
    live: LiveRelease | None,
    output: Path,
    *,
    withheld: Sequence[Withheld],
    maker: Maker,
    diagnostics: list[Diagnostic],
) -> Made:
    whole = next(w for w in withheld if w.site == site.id and not w.path)
    if whole.reason != Reason.ERROR:
        raise ReleaseError(f"站点 {site.id} 已被撤下（{whole.reason}）：不再生成版本。下线请移除其服务配置。")
    if live is None:
        raise ReleaseError(f"站点 {site.id} 因错误未能构建，也没有上一版可沿用。请先修正报告中的错误。")
    diagnostics.append(
        SITE_KEPT.at(f"sites/{site.id}.yaml", 0, "整站因错误未更新，沿用上一版。", "按构建报告修正错误。", site=site.id)
    )
    again = release_without(
        store, site, to_remove(site, in_force(read_tombstones(store), withheld), withheld), maker, output
    )
    name, dropped = again or (live.id, ())
    return Made(site.id, name, again is not None, removed=dropped, diagnostics=tuple(diagnostics))


def _carry(
    store: Store,
    site: ReleaseSite,
    live: LiveRelease,
    mine: Sequence[Withheld],
    *,
    sources: Mapping[str, Mapping[str, Any]],
    files: Mapping[str, FileEntry],
    stones: Sequence[Tombstone],
    diagnostics: list[Diagnostic],
) -> tuple[dict[str, FileEntry], list[Carried]]:
    old = live.manifest.files
    # a page that was published again after its tombstone is like any other
    forbidden = {t.url for t in stones if t.site == site.id and not 0 < t.upto < live.manifest.sequence}
    earlier = [Carried(c["path"], c["url"], tuple(c["files"]), c["since"]) for c in live.record.get("carried", ())]

    def read(path: str) -> bytes:
        return store.blob(old[path].sha256).read_bytes()

    pages, _ = carry_pages(
        mine, sources, earlier, old, files, release=live.id, read=read, base=site.url, forbidden=forbidden
    )
    marks, today = Marks(site.id, site.url, stones), banner(store, files)
    merged, carried = dict(files), []
    for page in pages:
        copies: dict[str, FileEntry] = {}
        for path in page.files:
            data = read(path)
            intact = sha256_hex(data) == old[path].sha256
            cleaned = (scrub_file(path, data, marks) if names_pages(path) else data) if intact else None
            if cleaned is not None:
                cleaned = with_banner(cleaned, today) if path.endswith(".html") else cleaned
                copies[path] = old[path] if cleaned is data else store.put_bytes(cleaned)
        if page.files[0] in copies:
            carried.append(page)
            merged |= copies
            message = f"稿件有错误，页面 {page.url} 沿用版本 {page.since} 的内容。"
            diagnostics.append(CARRIED.at(page.path, 0, message, "按检查报告修正稿件后重新发布。", site=site.id))
        else:
            message = f"稿件有错误，页面 {page.url} 的上一版被改动过，或提到已撤回的内容而无法清除，不能沿用。"
            diagnostics.append(NOT_CARRIED.at(page.path, 0, message, "修正稿件后重新发布。", site=site.id))
    return merged, carried


def _guard(
    site: ReleaseSite,
    old: Mapping[str, FileEntry],
    new: Mapping[str, FileEntry],
    withdrawn: Collection[str],
    maker: Maker,
) -> None:
    pages = [p for p in old if p.endswith(".html") and not p.startswith(SCREENS)]
    lost = [p for p in pages if p not in new and p not in withdrawn]
    if (
        maker.allow_loss
        or (site.ends and f"{maker.now:%Y-%m-%d}" >= site.ends)
        or len(lost) < maker.guard.least
        or len(lost) <= maker.guard.share * len(pages)
    ):
        return
    some = "、".join(url_of(p) for p in sorted(lost)[:3])
    raise MassLoss(
        f"站点 {site.id} 将失去 {len(lost)} 个页面（共 {len(pages)} 个，超过 {maker.guard.share:.0%}），如 {some}。"
        "若确属有意删除，请加 --allow-loss 再发布。"
    )


def _existing(
    store: Store, site: ReleaseSite, files: Mapping[str, FileEntry], live: LiveRelease | None, maker: Maker
) -> str | None:
    """The live release when nothing differs, or a newer one that was made and never went live."""
    if live and live.manifest.files == files and live.manifest.url == site.url:
        return live.id
    newest = store.releases(site.id)[-1:]
    if newest and newest[0] > store.live_id(site.id):
        try:
            manifest = trusted_manifest(*store.manifest_bytes(site.id, newest[0]), maker.keys)
        except ReleaseError:
            return None
        if manifest.files == files and manifest.kind == "release" and manifest.commit == maker.commit:
            return newest[0]
    return None


def _stamp(now: datetime) -> str:
    return now.isoformat(timespec="seconds")
