"""What a release is made of: every file with its size and SHA-256, in one canonical JSON text that can be signed.

The manifest and its signature lie inside the site (`/.well-known/jiyue/`), so that anyone can verify it from outside.
What readers need not know (tool versions, what was withheld and why) stays in the record next to the tree; the
manifest only carries that record's digest.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from jiyue.base.patterns import pattern

FORMAT = 1
FOLDER = ".well-known/jiyue/"
MANIFEST = FOLDER + "release.json"
SIGNATURE = FOLDER + "release.sig"
SIDECARS = {".br": "br", ".zst": "zstd", ".gz": "gzip"}
"""Suffix of a precompressed file → its Content-Encoding."""

_DIGEST = pattern(r"[0-9a-f]{64}")
_UNSAFE = pattern(r"[\x00-\x1f\x7f\\]|(?:^|/)\.{0,2}(?:/|$)")
"""Control characters, back slashes, and parts of a path that are empty, `.` or `..`."""
_SITE = pattern(r"[a-z0-9][a-z0-9_-]*")
CHUNK = 1 << 20
"""Bytes that are read of a file at a time."""


class ReleaseError(Exception):
    """A release that can't be made, trusted or published; the message is Chinese, with the remedy."""


@dataclass(frozen=True, slots=True)
class FileEntry:
    """One file: its size in bytes and the SHA-256 of its bytes, in hexadecimal."""

    size: int
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """One release of one site.

    sequence grows with every release of the site, rollbacks included: an older one that comes again is a replay.
    created is ISO 8601 with offset; files and packed (precompressed copies) map paths relative to the document root.
    kind is `release` or `rollback`; of names the release that a rollback returns to.
    sbom and record are SHA-256 digests of the texts stored next to the tree.
    """

    site: str
    url: str
    sequence: int
    created: str
    commit: str
    files: Mapping[str, FileEntry]
    packed: Mapping[str, FileEntry] = field(default_factory=dict)
    kind: str = "release"
    of: str = ""
    sbom: str = ""
    record: str = ""

    @cached_property
    def id(self) -> str:
        """The release's name: its sequence number and the beginning of the digest of its manifest."""
        return f"{self.sequence:012d}-{sha256_hex(self.to_bytes())[:12]}"

    def all_files(self) -> dict[str, FileEntry]:
        """All files, with their precompressed copies."""
        return {**self.files, **self.packed}

    def to_bytes(self) -> bytes:
        """Canonical JSON (UTF-8, sorted keys, no spaces, one newline at the end): the text that is signed."""
        return self._bytes

    @cached_property
    def _bytes(self) -> bytes:
        data: dict[str, Any] = {
            name: getattr(self, name)
            for name in ("site", "url", "sequence", "created", "commit", "kind", "of", "sbom", "record")
        }
        data["format"] = FORMAT
        for name in ("files", "packed"):
            data[name] = {path: [e.size, e.sha256] for path, e in getattr(self, name).items()}
        return canonical(data)

    @staticmethod
    @lru_cache(maxsize=2)  # a release that goes out is looked at six times in a row; that took 0.1 ms a page
    def from_bytes(raw: bytes) -> Manifest:
        """The inverse of to_bytes. Anything else than its exact form is a ReleaseError: nothing hides in a manifest."""
        try:
            data = json.loads(raw)
            if data.pop("format") != FORMAT:
                raise ValueError("format")
            files, packed = (
                {safe_path(p): FileEntry(int(size), _checked(sha)) for p, (size, sha) in data.pop(key).items()}
                for key in ("files", "packed")
            )
            made = Manifest(files=files, packed=packed, **data)
            if not _SITE.fullmatch(made.site) or made.to_bytes() != raw:
                raise ValueError("not canonical")
        except (ValueError, TypeError, KeyError, AttributeError) as cause:
            raise ReleaseError(f"版本清单格式不正确或被改动（{cause}）。请重新生成版本，不要手工修改清单。") from cause
        return made


def differences(
    old: Mapping[str, FileEntry], new: Mapping[str, FileEntry]
) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """Paths added, changed and removed."""
    added = tuple(sorted(new.keys() - old.keys()))
    removed = tuple(sorted(old.keys() - new.keys()))
    return added, tuple(sorted(p for p in new.keys() & old.keys() if new[p] != old[p])), removed


def canonical(data: object) -> bytes:
    """Canonical JSON: equal data gives equal bytes."""
    return (json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":")) + "\n").encode()


def sha256_hex(data: bytes) -> str:
    """SHA-256 in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def file_digest(path: Path | str) -> str:
    """SHA-256 of a file's bytes, in hexadecimal, read in pieces."""
    seen = hashlib.sha256()
    with open(path, "rb", buffering=0) as file:  # noqa: PTH123 (fast path)
        while piece := file.read(1 << 16):  # more is memory that has to be fetched for each file
            seen.update(piece)
    return seen.hexdigest()


def safe_path(path: str) -> str:
    """The same path if it is relative, normal, and free of control characters and back slashes; else ValueError."""
    if _UNSAFE.search(path):
        raise ValueError(f"path {path!r}")
    return path


def _checked(sha: str) -> str:
    if not _DIGEST.fullmatch(sha):
        raise ValueError("digest")
    return sha
