"""The interface of targets, and what they share: the release that is sent, what changes, replays, retries."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Protocol, TypeVar

from jiyue.publish.release.maker import ReleaseSite
from jiyue.publish.release.manifest import MANIFEST, SIGNATURE, FileEntry, Manifest, ReleaseError, differences
from jiyue.publish.release.signing import PublicKey, trusted_manifest
from jiyue.publish.release.store import Store
from jiyue.registry.url_ledger import Answers

Result = TypeVar("Result")


class DeployError(ReleaseError):
    """A deployment that failed; what is served stays as it was unless the message says otherwise."""


class NetworkError(DeployError):
    """A failure that a retry may resolve."""


@dataclass(frozen=True, slots=True)
class Bundle:
    """A release on its way: its trusted manifest with its exact bytes, and where its files lie."""

    manifest: Manifest
    raw: bytes
    signature: bytes | None
    tree: Path

    @property
    def site(self) -> str:
        """The site's id."""
        return self.manifest.site

    def own(self) -> dict[str, bytes]:
        """The manifest and its signature, which no manifest lists: path → bytes."""
        return {MANIFEST: self.raw, **({SIGNATURE: self.signature} if self.signature is not None else {})}


@dataclass(frozen=True, slots=True)
class Deployment:
    """What a deployment changed, or in a dry run would change.

    moved counts the bytes of added and changed files; caveat says why the target is not atomic, "" if it is.
    """

    site: str
    id: str
    added: tuple[str, ...]
    changed: tuple[str, ...]
    removed: tuple[str, ...]
    moved: int
    dry: bool
    caveat: str = ""

    def lines(self) -> list[str]:
        """One line for each file, as a dry run shows them."""
        rows = [f"+ {p}" for p in self.added] + [f"~ {p}" for p in self.changed] + [f"- {p}" for p in self.removed]
        return [*rows, *([f"注意：{self.caveat}"] if self.caveat else [])]


class Target(Protocol):
    """A place that serves releases.

    caveat: why it is not atomic, "" when it is. holds_more: whether it holds more than the release says, so that the
    same release may have to be sent again.
    """

    holds_more: bool

    @property
    def caveat(self) -> str:
        """Why the target is not atomic, in Chinese; "" when it is."""

    def live(self, site: str) -> tuple[bytes, bytes | None] | None:
        """The present manifest and its signature, as stored at the target; None if it serves nothing."""

    def send(self, bundle: Bundle, old: Manifest | None) -> None:
        """Make the target serve the bundle. old: the manifest of what it serves now, if that can be trusted."""

    def forget(self, site: str) -> str:
        """Delete every release but the served one; returns in Chinese what people have to delete, "" for nothing."""


@dataclass(frozen=True, slots=True)
class TargetContext:
    """What a target may need besides its own `deploy:`. now is aware; local copies of a target lie in root/.jiyue.

    answers: redirects and gone addresses of the site. jobs: processes at a time. environ: the credentials and local options
    of this machine.
    """

    site: ReleaseSite
    root: Path
    keys: tuple[PublicKey, ...]
    now: datetime
    answers: Answers | None = None
    jobs: int = 1
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)

    def folder(self, path: str) -> Path:
        """The absolute path of a folder named in `deploy:`."""
        return absolute(path, self.root)


def absolute(path: str, root: Path) -> Path:
    """A folder of a `deploy:`, relative to the cluster's root or absolute already; links are not followed."""
    return Path(os.path.abspath(root / path))  # noqa: PTH100  (resolve() would follow links)


def bundle(store: Store, site: str, keys: Sequence[PublicKey], name: str = "") -> Bundle:
    """A release of the store, the live one by default, ready to be sent."""
    chosen = name or store.live_id(site)
    raw, signature = store.manifest_bytes(site, chosen)
    return Bundle(trusted_manifest(raw, signature, keys), raw, signature, store.tree(site, chosen))


def deploy(target: Target, what: Bundle, keys: Sequence[PublicKey], *, dry: bool = False,
           tries: int = 4, pause: float = 1.0, sleep: Callable[[float], None] = time.sleep) -> Deployment:  # fmt: skip
    """Send a release to a target, incrementally against what is served there.

    dry: report only. tries: attempts in all where the network fails; pause: seconds before the second, doubled each time.
    DeployError when the target serves something newer (a replay), or the attempts are used up.
    """

    def attempt() -> Deployment:
        old = _manifest_if_trusted(target.live(what.site), keys)
        if old and old.sequence > what.manifest.sequence:
            raise DeployError(
                f"目标上的版本 {old.id} 比要发布的 {what.manifest.id} 新，拒绝用旧版本覆盖。"
                f"要恢复旧版本请用 jiyue rollback {what.site}。"
            )
        if not dry and (old is None or old.id != what.manifest.id or target.holds_more):
            target.send(what, old)
        return _deployment(what, old, dry, target.caveat)

    return with_retries(attempt, tries, pause, sleep)


def with_retries(attempt: Callable[[], Result], tries: int, pause: float, sleep: Callable[[float], None]) -> Result:
    """The attempt's result; NetworkErrors are tried again after a growing pause, the last one is raised."""
    for left in range(tries - 1, 0, -1):
        try:
            return attempt()
        except NetworkError:
            sleep(pause * 2 ** (tries - 1 - left))
    return attempt()


def _manifest_if_trusted(served: tuple[bytes, bytes | None] | None, keys: Sequence[PublicKey]) -> Manifest | None:
    if served is None:
        return None
    try:
        return trusted_manifest(*served, keys)
    except ReleaseError:
        return None  # replaced as a whole: nothing there is reused


def _deployment(what: Bundle, old: Manifest | None, dry: bool, caveat: str) -> Deployment:
    files = what.manifest.all_files()
    added, changed, removed = differences(old.all_files() if old else {}, files)
    moved = sum(files[p].size for p in (*added, *changed))
    return Deployment(what.site, what.manifest.id, added, changed, removed, moved, dry, caveat)


def file_changes(what: Bundle, old: Manifest | None, *, packed: bool) -> tuple[dict[str, FileEntry], list[str]]:
    """Files to bring (path → entry) and paths to take away; packed: whether the target serves compressed copies."""
    new = what.manifest.all_files() if packed else dict(what.manifest.files)
    had = (old.all_files() if packed else dict(old.files)) if old else {}
    added, changed, removed = differences(had, new)
    return {p: new[p] for p in (*added, *changed)}, list(removed)
