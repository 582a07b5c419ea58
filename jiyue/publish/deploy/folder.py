"""A folder (a mounted disk of the web server): a store of its own, live by the same rename."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from jiyue.base.executor import in_parts
from jiyue.publish.deploy.target import Bundle, DeployError, TargetContext
from jiyue.publish.release.manifest import CHUNK, Manifest, ReleaseError
from jiyue.publish.release.prune import delete, not_live, prune, sweep_daily
from jiyue.publish.release.seal import seal_as
from jiyue.publish.release.signing import PublicKey
from jiyue.publish.release.store import Store, appearing, copy_all, write_all
from jiyue.publish.release.swap import switch_live
from jiyue.registry.deploy import FolderDeploy

_PART = 500
"""Files for which another process is worth its start; threads take twice the CPU time of one, waiting for each other."""


def open_target(deploy: FolderDeploy, context: TargetContext) -> FolderTarget:
    """The target of `kind: folder`."""
    return FolderTarget(context.folder(deploy.path), context.keys, context.now, keep=deploy.keep, jobs=context.jobs)


class FolderTarget:
    """Releases in path/releases, served from path/live/<site>; files are copied, never linked to the build's own."""

    caveat = ""
    holds_more = False

    def __init__(
        self, path: Path, keys: tuple[PublicKey, ...], now: datetime, *, keep: int = 5, wait: float = 0.0, jobs: int = 1,
    ) -> None:  # fmt: skip
        self.store = Store(path)
        self.keys, self.now, self.keep, self.wait, self.jobs = keys, now, keep, wait, jobs

    def live(self, site: str) -> tuple[bytes, bytes | None] | None:
        name = self.store.live_id(site)
        try:
            return self.store.manifest_bytes(site, name) if name else None
        except ReleaseError:
            return None

    def send(self, bundle: Bundle, old: Manifest | None) -> None:
        try:
            with self.store.locked(self.wait):
                every = {entry.sha256: bundle.tree / path for path, entry in bundle.manifest.all_files().items()}
                needed = [(path, sha) for sha, path in every.items() if not self.store.blob(sha).exists()]
                in_parts(self._bring, needed, self.jobs, _PART)
                name = bundle.manifest.id
                if not self.store.release(bundle.site, name).exists():
                    seal_as(self.store, bundle.manifest, bundle.own(), {})
                switch_live(self.store, bundle.site, name, self.keys, self.now)
                prune(self.store, bundle.site, self.keep)
                sweep_daily(self.store, self.now)
        except OSError as cause:
            raise DeployError(f"目标目录 {self.store.root} 写入失败（{cause}）。线上仍是原版本。") from cause

    def forget(self, site: str) -> str:
        with self.store.locked(self.wait):
            delete(self.store, site, not_live(self.store, site))
        return ""

    def _bring(self, files: Sequence[tuple[Path, str]]) -> list[str]:
        """Copy objects and see that each is whole; their digests. Where the file system can share a large one's blocks
        (reflinks), it does."""
        for source, sha in files:
            seen = hashlib.sha256()
            with source.open("rb", buffering=0) as reader, appearing(self.store.blob(sha)) as copy:
                size = os.fstat(reader.fileno()).st_size
                if size < CHUNK:
                    piece = reader.read(size)
                    seen.update(piece)
                    write_all(copy, piece)
                else:
                    copy_all(reader.fileno(), copy)
                    os.lseek(copy, 0, os.SEEK_SET)
                    while piece := os.read(copy, CHUNK):
                        seen.update(piece)
                if seen.hexdigest() != sha:
                    raise DeployError(f"{source} 与清单不符，未发布。请运行 jiyue verify 查明原因。")
        return [sha for _, sha in files]
