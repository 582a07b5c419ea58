"""A cluster as publishing sees it: its folder, its sites, its store of releases, and the lock on a finished output."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cache, partial
from pathlib import Path

from jiyue.base.cache import Cache
from jiyue.catalogue.withholding import BUILDING
from jiyue.publish.page_retention import PageRetention
from jiyue.publish.release.make import commit_of
from jiyue.publish.release.maker import Maker, ReleaseSite
from jiyue.publish.release.manifest import ReleaseError
from jiyue.publish.release.sbom import sbom
from jiyue.publish.release.signing import private_key, read_keys
from jiyue.publish.release.store import Store
from jiyue.registry import url_ledger
from jiyue.registry.site import Registry


@dataclass(frozen=True)
class PublishedCluster:
    """A cluster's folder, its sites, and its store of releases."""

    root: Path
    registry: Registry
    output: Path

    @property
    def work(self) -> Path:
        """The folder of local state."""
        return self.root / ".jiyue"

    @property
    def store(self) -> Store:
        """All releases."""
        return Store(self.work / "releases")

    def site(self, name: str) -> ReleaseSite:
        """What a release needs of a site; one whose file is broken keeps the url it was published with."""
        if name == self.registry.cluster.root:
            return ReleaseSite(name, self._url(name), tuple(ReleaseSite(one, self._url(one)) for one in self.names(())))
        closing = self.registry.sites[name].closing if name in self.registry.sites else None
        return ReleaseSite(name, self._url(name), ends=closing.ends if closing else "")

    def _url(self, name: str) -> str:
        return self.registry.sites[name].url if name in self.registry.sites else url_ledger.site_url(self.root, name)

    def names(self, wanted: Sequence[str]) -> list[str]:
        """The chosen sites, or all, broken ones that were published before included."""
        known = [*self.registry.sites, *(s for s in self.registry.broken if self.store.live_id(s))]
        return [s for s in known if not wanted or s in wanted]

    def live(self) -> list[str]:
        """Every site that is live, also one that was removed since."""
        return [site for site in self.store.sites() if self.store.live_id(site)]


def maker_of(
    cluster: PublishedCluster, now: datetime, key: Path | None = None, *, allow_loss: bool = False, jobs: int = 1
) -> Maker:
    """The Maker of this cluster: its commit, the key from file `key` or the environment, the cluster's public keys."""
    commit = commit_of(cluster.root)
    retention = PageRetention(cluster.root, cluster.registry, f"{now:%Y-%m-%d %H:%M}")
    return Maker(
        now, commit, private_key(key), read_keys(cluster.root), cache(partial(sbom, commit)), allow_loss=allow_loss,
        retention=retention, jobs=jobs,
    )  # fmt: skip


def published_urls(cluster: PublishedCluster, name: str) -> set[str]:
    """The URLs that a site answers with a page or a file now, and that must stay valid."""
    return url_ledger.addresses(published_files(cluster, name))


def published_files(cluster: PublishedCluster, name: str) -> set[str]:
    """The files of a site's live release, relative to its root."""
    live = cluster.store.live_id(name)
    if not live:
        return set()
    raw, _ = cluster.store.manifest_bytes(name, live)
    return set(json.loads(raw)["files"])


@contextmanager
def locked_output(cluster: PublishedCluster) -> Iterator[None]:
    """Lock the finished output. Raises jiyue.base.cache.Busy while a build writes it, ReleaseError if one was killed there."""
    with Cache(cluster.work / "store").locked():
        if (cluster.output / BUILDING).exists():
            raise ReleaseError("上次构建没有完成，输出目录可能新旧混合，不能发布。请重新运行 jiyue build。")
        yield
