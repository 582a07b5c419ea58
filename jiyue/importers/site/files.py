"""Puts articles and what lies beside them into the repository: each file whole or not there, and never over an officer's work.

What is about to be written is noted in a journal first, so that an import that was interrupted knows its own files again.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NamedTuple

from jiyue.catalogue.migrated import FOLDER

MOST_BYTES = 200 << 20
"""A larger picture or attachment is left out."""

Placed = Literal["written", "same", "edited", "deleted"]
"""What became of an article: edited or deleted by somebody since, so that it was left alone."""


class Item(NamedTuple):
    """A file to be written. path: relative to the cluster's root; content: its bytes, or the file of which it is a copy."""

    path: str
    sha256: str
    content: bytes | Path


@dataclass(frozen=True)
class Store:
    """Writes below a cluster's root. known: path -> the digests of what imports wrote there; finished: the paths that an
    import which came to its end wrote: if one is missing, somebody deleted it."""

    root: Path
    journal: Path
    known: Mapping[str, frozenset[str]]
    finished: frozenset[str]

    def place(self, article: Item, beside: Sequence[Item]) -> Placed:
        """Write an article after the files beside it."""
        present = digest_at(self.root / article.path)
        if present is None and article.path in self.finished:
            return "deleted"
        if not self._ours(article, present):
            return "edited"
        changed = [
            one for one in beside if (found := digest_at(self.root / one.path)) != one.sha256 and self._ours(one, found)
        ]
        changed += [article] if present != article.sha256 else []
        if not changed:
            return "same"
        self._note(changed)
        for one in changed:
            put(self.root / one.path, one.content)
        return "written"

    def _ours(self, one: Item, present: str | None) -> bool:
        """Whether nothing lies in its place but what an import wrote there. present: the digest of what does."""
        return present is None or present == one.sha256 or present in self.known.get(one.path, ())

    def _note(self, files: Iterable[Item]) -> None:
        lines = "".join(f"{one.sha256} {one.path}\n" for one in files).encode("utf-8", "surrogateescape")
        handle = os.open(self.journal, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        try:
            os.write(handle, lines)  # at once, so that the lines of two processes don't mix
        finally:
            os.close(handle)


def put(path: Path, content: bytes | Path) -> None:
    """Write a file so that it is whole or not there. content: its bytes, or the file of which it is a copy."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")  # hidden: an interrupted import leaves nothing that would be published
    if isinstance(content, Path):
        shutil.copyfile(content, part)
    else:
        part.write_bytes(content)
    part.replace(path)


def digest_at(path: Path) -> str | None:
    """The SHA-256 of a file, read piece by piece; None if there is none; '' for what is no plain file."""
    if path.is_symlink() or (path.exists() and not path.is_file()):
        return ""
    try:
        with path.open("rb") as handle:
            return hashlib.file_digest(handle, "sha256").hexdigest()
    except FileNotFoundError:
        return None


def journal_of(root: Path, batch: str) -> Path:
    """The journal of a batch, which is there only while an import runs, or was interrupted."""
    return root / FOLDER / f".{batch}.journal"


def read_journal(path: Path) -> tuple[str, dict[str, set[str]]]:
    """(the day on which the interrupted import began, '' for none; path -> digests of what it wrote or was about to)."""
    noted: dict[str, set[str]] = {}
    day = ""
    try:
        data = path.read_bytes()
    except OSError:
        return "", noted
    for line in data.decode("utf-8", "surrogateescape").split("\n")[:-1]:
        digest, _, name = line.partition(" ")
        if digest == "at":
            day = day or name
        elif re.fullmatch(r"[0-9a-f]{64}", digest):
            noted.setdefault(name, set()).add(digest)
    return day, noted


def begin_journal(path: Path, day: str) -> None:
    """Begin or continue a journal. day: of the import."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab") as handle:
        handle.write(f"\nat {day}\n".encode())


def end_journal(path: Path, root: Path) -> None:
    """The import came to its end: remove what an interruption left half-written, and the journal."""
    for name in read_journal(path)[1]:
        whole = root / name
        whole.with_name(f".{whole.name}.part").unlink(missing_ok=True)
    path.unlink(missing_ok=True)
