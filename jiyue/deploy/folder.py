"""A folder (a mounted disk of the web server): a store of its own, live by the same rename."""

from __future__ import annotations

import os
import shutil
from datetime import datetime
from pathlib import Path

from jiyue.deploy.target import Bundle, DeployError
from jiyue.release.live import go_live
from jiyue.release.manifest import Manifest, ReleaseError, file_digest
from jiyue.release.prune import delete, not_live, prune, sweep_daily
from jiyue.release.seal import seal_as
from jiyue.release.signing import PublicKey
from jiyue.release.store import Store


class FolderTarget:
    """Releases in path/releases, served from path/live/<site>; files are copied, never linked to the build's own."""

    caveat = ""

    def __init__(
        self, path: Path, keys: tuple[PublicKey, ...], now: datetime, *, keep: int = 5, wait: float = 0.0,
    ) -> None:  # fmt: skip
        self.store = Store(path)
        self.keys, self.now, self.keep, self.wait = keys, now, keep, wait

    def live(self, site: str) -> tuple[bytes, bytes | None] | None:
        name = self.store.live_id(site)
        try:
            return self.store.manifest_bytes(site, name) if name else None
        except ReleaseError:
            return None

    def send(self, bundle: Bundle, old: Manifest | None) -> None:
        try:
            with self.store.locked(self.wait):
                for path, entry in bundle.manifest.all_files().items():
                    target = self.store.blob(entry.sha256)
                    if not target.exists():
                        self._copy(bundle.tree / path, target, entry.sha256)
                name = bundle.manifest.id
                if not self.store.release(bundle.site, name).exists():
                    seal_as(self.store, bundle.manifest, bundle.own(), {})
                go_live(self.store, bundle.site, name, self.keys, self.now)
                prune(self.store, bundle.site, self.keep)
                sweep_daily(self.store, self.now)
        except OSError as cause:
            raise DeployError(f"目标目录 {self.store.root} 写入失败（{cause}）。线上仍是原版本。") from cause

    def forget(self, site: str) -> str:
        with self.store.locked(self.wait):
            delete(self.store, site, not_live(self.store, site))
        return ""

    def _copy(self, source: Path, target: Path, sha: str) -> None:
        target.parent.mkdir(parents=True, exist_ok=True)
        beside = target.with_name(f".{target.name}.{os.getpid()}")
        try:
            shutil.copyfile(source, beside)
            if file_digest(beside) != sha:
                raise DeployError(f"{source} 与清单不符，未发布。请运行 jiyue verify 查明原因。")
            beside.chmod(0o444)
            beside.replace(target)
        finally:
            beside.unlink(missing_ok=True)
