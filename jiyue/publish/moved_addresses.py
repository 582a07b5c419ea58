"""Where the addresses of an old site lead that was moved in: from the record of the import (jiyue.importers.moves).

An article that is not published (yet) keeps its addresses open; what was not taken over answers 410.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from jiyue.catalogue.migrated import FOLDER, digest_of
from jiyue.importers.moves import Move, path_of, read_moves
from jiyue.registry.url_ledger import EVERY, Entry, Ledger, index_folder, is_readable, old_address

WHY = "没有迁移"


class Moved(NamedTuple):
    """redirects: old address, as in the ledger -> address on the site; gone: addresses of what was not taken over."""

    redirects: dict[str, str]
    gone: list[str]


def records(root: Path, site: str) -> list[str]:
    """The batches that were imported to a site and have a record."""
    names = (path.stem for path in (root / FOLDER).glob(f"{site}*.jsonl") if path.name[0] != ".")
    return sorted(name for name in names if name.partition(".")[0] == site)


def record_digest(root: Path, names: Iterable[str]) -> str:
    """A digest of these records, '' of none."""
    digests = [digest_of(path_of(root, name).read_bytes()) for name in names]
    return digest_of(" ".join(digests).encode()) if digests else ""


def moved_addresses(
    moves: Iterable[Move], site: str, url: str, pages: Mapping[str, str], published: set[str], ledger: Ledger
) -> Moved:
    """What the record of a site's moves adds to its ledger.

    url: the site's; pages: source path -> address; published: all addresses. Raises jiyue.importers.moves.BadMoves.
    """
    redirects: dict[str, str] = {}
    gone: dict[str, None] = {}
    for move in moves:
        to = target_of(move, site, pages)
        for address in ledger_addresses(move, url):
            if to in published:
                redirects.setdefault(address, to)
            elif to is None and address not in redirects:
                gone[address] = None
    redirects = {old: to for old, to in redirects.items() if old not in published and _says_other(ledger.get(old), to)}
    known = {*published, *redirects}
    return Moved(
        redirects,
        [old for old in gone if old not in known and old not in ledger and is_readable(Entry(old, gone=True))],
    )


def _says_other(entry: Entry | None, to: str) -> bool:
    return entry is None or entry.gone or entry.to != to


def ledger_addresses(move: Move, url: str) -> Iterator[str]:
    """The old addresses of a move as the ledger of a site has them; an index page's folder, too."""
    for address in move.addresses:
        try:
            old = old_address(address, url)
        except ValueError:
            continue
        if old == EVERY:
            continue
        yield old
        if folder := index_folder(old):
            yield folder


def target_of(move: Move, site: str, pages: Mapping[str, str]) -> str | None:
    """The address on the site that a move leads to, '' if that is not published; None if it leads nowhere."""
    if move.copy:
        return f"/{move.copy.removeprefix(f'content/{site}/')}"
    if move.article:
        return pages.get(move.article, "")
    if move.column is not None:
        return f"/{move.column}/" if move.column else "/"
    return None


def read_all(root: Path, names: Iterable[str]) -> Iterator[Move]:
    """The moves of these batches."""
    for name in names:
        yield from read_moves(path_of(root, name))
