"""Makes an archive: one folder with the WARC, its index, the plain files, a manifest of SHA-256 and a text that says what it is.

A folder appears whole or not at all, and never changes: its name ends with the digest of its manifest.
"""

from __future__ import annotations

import os
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from jiyue.archive.past import Past, past
from jiyue.archive.warc import write_warc
from jiyue.publish.cluster import PublishedCluster
from jiyue.publish.release.manifest import ReleaseError, canonical, file_digest, sha256_hex
from jiyue.publish.release.signing import read_keys

MANIFEST = "manifest.json"
FILES = "files"
FORMAT = 1

_ABOUT = """{name}（{url}）的网页归档
{line}
归档日期：{at}，在线的是 {since} 上线的版本 {release}。

{warc}
    国际标准 ISO 28500（WARC）格式的归档：每个网址和服务器的答复。用 ReplayWeb.page、pywb 等程序打开，网址同当时一样。
{index}
    上一个文件的索引（CDXJ）：每个网址在其中的位置。
{files}/
    网页和附件的原样文件，按网址的目录存放。用浏览器打开其中的 index.html 即可翻看。
{manifest}
    清单：每个文件的长度和 SHA-256，供日后核对有没有损坏或改动。
"""


class Made(NamedTuple):
    """An archive. new: whether it was not there yet, byte for byte. others: earlier archives of the same day with other content."""

    folder: Path
    release: str
    pages: int
    files: int
    redirects: int
    gone: int
    removed: int
    new: bool
    others: list[str]


def make_archive(cluster: PublishedCluster, site: str, at: datetime, to: Path) -> Made:
    """Archive a site as it was at a moment into a new folder in `to`. ReleaseError where nothing can be archived."""
    with cluster.store.locked():
        found = past(cluster, site, at, tuple(read_keys(cluster.root)))
        to.mkdir(parents=True, exist_ok=True)
        start = f"{site}-{at:%Y%m%d}"
        part = to / f".{site}.part"  # the lock keeps it ours; a killed run left it
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir()
        try:
            _write(cluster, site, at, found, part, start)
            digest = sha256_hex((part / MANIFEST).read_bytes())[:12]
            folder = to / f"{start}-{digest}"
            new = not folder.exists()
            if new:
                _flush(part)
                part.rename(folder)
                _sync(to)
        finally:
            shutil.rmtree(part, ignore_errors=True)
    others = sorted(path.name for path in to.glob(f"{start}-*") if path != folder)
    pages = sum(path.endswith(".html") for path in found.files)
    return Made(
        folder, found.manifest.id, pages, len(found.files), len(found.answers.redirects), len(found.answers.gone),
        found.removed, new, others,
    )  # fmt: skip


def _write(cluster: PublishedCluster, site: str, at: datetime, found: Past, part: Path, start: str) -> None:
    warc, index = f"{start}.warc.gz", f"{start}.cdxj"
    registered = cluster.registry.sites.get(site)
    name = registered.name if registered else site
    url, release = found.manifest.url, found.manifest.id
    about = {
        "software": "jiyue", "format": "WARC File Format 1.1",
        "conformsTo": "http://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/",
        "isPartOf": site, "description": f"{name} {url} {release}",
    }  # fmt: skip
    with (part / warc).open("wb") as out:
        lines = write_warc(out, warc, found, cluster.store, about)
    (part / index).write_text("".join(lines), "utf-8")
    for path, entry in found.files.items():
        copy = part / FILES / path
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(cluster.store.blob(entry.sha256), copy)
        if file_digest(copy) != entry.sha256:
            raise ReleaseError(f"文件 {path} 与版本 {release} 的清单不符，可能被改动，不能归档。")
    head = f"{name}（{url}）的网页归档"
    text = _ABOUT.format(
        name=name, url=url, line="=" * 2 * len(head), at=f"{at:%Y-%m-%d}", since=f"{found.since:%Y-%m-%d %H:%M}",
        release=release, warc=warc, index=index, files=FILES, manifest=MANIFEST,
    )  # fmt: skip
    (part / "说明.txt").write_text(text, "utf-8")
    names = sorted(path.relative_to(part).as_posix() for path in part.rglob("*") if path.is_file())
    manifest = {
        "format": FORMAT, "site": site, "name": name, "url": url, "day": f"{at:%Y-%m-%d}",
        "release": release, "since": found.since.astimezone(UTC).isoformat(timespec="seconds"),
        "commit": found.manifest.commit, "removed": found.removed,
        "files": {path: [(part / path).stat().st_size, file_digest(part / path)] for path in names},
    }  # fmt: skip
    (part / MANIFEST).write_bytes(canonical(manifest))


def _flush(folder: Path) -> None:
    """Have the disk keep all of it before the folder gets its name."""
    for path in (*folder.rglob("*"), folder):
        _sync(path)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
