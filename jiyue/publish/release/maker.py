"""The inputs of making a release: the site, the clock, the keys and the policies."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from jiyue.publish.release.signing import PublicKey

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey


@dataclass(frozen=True, slots=True)
class ReleaseSite:
    """A site's id and its url (which may carry a path).

    announces: for the root site, all sites of the cluster, because its feeds and search name their pages. ends: the day
    from which it is closed and has no content, '' for none.
    """

    id: str
    url: str
    announces: tuple[ReleaseSite, ...] = ()
    ends: str = ""


@dataclass(frozen=True, slots=True)
class Guard:
    """A release that loses more than `share` of the live pages, and at least `least`, stops unless it is allowed."""

    share: float = 0.10
    least: int = 20


class RetentionPolicy:
    """Whether a published page may stay while its source is in error; this one lets every page stay.

    version: the same version gives the same answers, so they can be cached.
    """

    version = ""

    def __call__(self, site: str, source: str, tree: Path, page: str, files: Sequence[str]) -> bool:
        """page ("" where only files are asked for) and the files that it uses lie in tree; source: path below the cluster's."""
        return True


@dataclass(frozen=True, slots=True)
class Maker:
    """What all releases of one run share: clock (aware), commit, keys, SBOM, guard, retention policy.

    sbom is a function, because a run that makes no release needs none. jobs: processes at a time.
    """

    now: datetime
    commit: str = ""
    key: Ed25519PrivateKey | None = None
    keys: tuple[PublicKey, ...] = ()
    sbom: Callable[[], bytes] = bytes
    guard: Guard = field(default_factory=Guard)
    allow_loss: bool = False
    retention: RetentionPolicy = field(default_factory=RetentionPolicy)
    jobs: int = 1
