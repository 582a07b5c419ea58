"""With what, and of what, a release is made."""

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
    """What a release needs to know of a site: its id and its url (which may carry a path).

    announces: the cluster's sites, where this one is the root, whose feeds and search name pages of all of them.
    """

    id: str
    url: str
    announces: tuple[ReleaseSite, ...] = ()


@dataclass(frozen=True, slots=True)
class Guard:
    """A release that loses more than `share` of the live pages, and at least `least`, stops unless it is allowed."""

    share: float = 0.10
    least: int = 20


class RetentionPolicy:
    """Whether a published page may stay while its source is in error; this one lets every page stay.

    version: as long as it is the same, so is the answer.
    """

    version = ""

    def __call__(self, site: str, source: str, tree: Path, page: str, files: Sequence[str]) -> bool:
        """page ("" where only files are asked for) and the files that it uses lie in tree; source: path below the cluster's."""
        return True


@dataclass(frozen=True, slots=True)
class Maker:
    """With what a release is made: clock (aware), commit, keys, SBOM, guard, judge. The same for all sites of one run.

    sbom is a function, because a run that makes no release needs none.
    """

    now: datetime
    commit: str = ""
    key: Ed25519PrivateKey | None = None
    keys: tuple[PublicKey, ...] = ()
    sbom: Callable[[], bytes] = bytes
    guard: Guard = field(default_factory=Guard)
    allow_loss: bool = False
    retention: RetentionPolicy = field(default_factory=RetentionPolicy)
