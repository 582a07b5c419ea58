"""Puts articles and what lies beside them into the repository: each file whole or not there, and never over an officer's work.

What is about to be written is noted in a journal first, so that an import that was interrupted knows its own files again.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from jiyue.catalogue.migrated import FOLDER, digest_of
from jiyue.catalogue.scan import ATTACHMENT_TYPES

MOST_BYTES = 200 << 20
"""A larger picture or attachment is left out."""

_PICTURES = (
    (re.compile(rb"\xff\xd8\xff"), "jpg"),
    (re.compile(rb"\x89PNG\r\n\x1a\n"), "png"),
    (re.compile(rb"GIF8[79]a"), "gif"),
    (re.compile(rb"RIFF....WEBP", re.DOTALL), "webp"),
    (re.compile(rb"....ftypavif", re.DOTALL), "avif"),
)
_SHOWN = frozenset({"jpg", "jpeg", "png", "gif", "webp", "avif"})
_PAGE = re.compile(rb"\s*(?:\xef\xbb\xbf)?\s*<(?:!doctype|html|head|body|\?xml)", re.IGNORECASE)
_TEXTS = frozenset({"txt", "csv", "json", "yaml", "yml", "vtt"})

Placed = Literal["written", "same", "edited", "deleted"]
"""What became of an article: edited or deleted by somebody since, so that it was left alone."""


def stored_suffix(head: bytes, suffix: str, *, picture: bool) -> str:
    """The suffix under which a file is kept, '' if it is not what it claims to be or no page may have it.

    head: its first bytes; suffix: of its name; picture: a page shows it.
    """
    kind = next((name for begins, name in _PICTURES if begins.match(head)), "")
    if picture or suffix in _SHOWN:
        return kind
    if suffix not in ATTACHMENT_TYPES or not head or (_PAGE.match(head) and suffix not in _TEXTS):
        return ""
    return suffix


@dataclass(frozen=True)
class Store:
    """Writes below a cluster's root. known: path -> the digests of what imports wrote there; finished: the paths that an
    import which came to its end wrote: if one is missing, somebody deleted it."""

    root: Path
    journal: Path
    known: Mapping[str, frozenset[str]]
    finished: frozenset[str]

    def place(self, article: tuple[str, bytes], beside: Sequence[tuple[str, bytes]]) -> Placed:
        """Write an article after the files beside it. Paths are relative to the root."""
        path, data = article
        present = _read(self.root / path)
        if present is None and path in self.finished:
            return "deleted"
        if present is not None and present != data and digest_of(present) not in self.known.get(path, ()):
            return "edited"
        changed = [one for one in (*beside, article) if _read(self.root / one[0]) != one[1]]
        changed = [one for one in changed if one[0] == path or self._ours(one[0])]
        if not changed:
            return "same"
        self._note(changed)
        for name, content in changed:
            put(self.root / name, content)
        return "written"

    def _ours(self, path: str) -> bool:
        present = _read(self.root / path)
        return present is None or digest_of(present) in self.known.get(path, ())

    def _note(self, files: Iterable[tuple[str, bytes]]) -> None:
        lines = "".join(f"{digest_of(data)} {path}\n" for path, data in files).encode("utf-8", "surrogateescape")
        handle = os.open(self.journal, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        try:
            os.write(handle, lines)  # at once, so that the lines of two processes don't mix
        finally:
            os.close(handle)


def put(path: Path, data: bytes) -> None:
    """Write a file so that it is whole or not there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")  # hidden: an interrupted import leaves nothing that would be published
    part.write_bytes(data)
    part.replace(path)


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


def _read(path: Path) -> bytes | None:
    """The bytes of a file, None if there is none; of what is no plain file, bytes that nothing has."""
    if path.is_symlink() or (path.exists() and not path.is_file()):
        return b"\0"
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
