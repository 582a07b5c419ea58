"""The record of what a site's last build wrote, and how far it can be trusted."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from jiyue.base.cache import Cache
from jiyue.render.output import Output, digest


class Written(NamedTuple):
    """A file of the last build.

    part, shell: digests of the inputs of its parts (of all its inputs, for a file that is no page) and of its shell;
    digest: of its bytes; places: start and length of each part within the page; made_of: see Page.
    """

    part: str
    shell: str
    digest: str
    places: list[Any]
    made_of: str


@dataclass(frozen=True)
class Memory:
    """Where the record is kept, and the digest of the engine for which it is valid.

    cache: without a folder there is no record, and everything is rendered and compared. shards: processes for one large
    site. folder: the output if not below job.output; other files in it are left alone. trusted False: a foreign plugin may
    have changed the output, so everything is rendered, and the record only says which files are ours.
    """

    cache: Cache
    name: str
    engine: str
    shards: int = 1
    folder: Path | None = None
    trusted: bool = True


class Remembered(NamedTuple):
    """The record of the last build.

    written: path -> file. folders: see Output.folders. searched: digest of the search index's inputs. refused: page ->
    findings that keep it from being published. unchanged: nobody else has changed the output since. stale: files to remove
    unless they are made again.
    """

    written: dict[str, Written]
    folders: dict[str, int]
    searched: str
    refused: dict[str, list[dict[str, Any]]]
    unchanged: bool
    stale: set[str]


def recall(memory: Memory, output: Output) -> Remembered:
    """The record of the last build, as far as it can be trusted."""
    old = memory.cache.get(f"{memory.name}.json") or {"pages": {}, "folders": {}, "search": "", "refused": {}}
    written = {path: Written(*row) for path, row in old["pages"].items()}
    folders, rest = old["folders"], (old["folders"], old["search"], old["refused"])
    if not memory.trusted:
        return Remembered({}, *rest, unchanged=False, stale=set(written))
    if memory.cache.get(f"{memory.name}.dirty") is None and output.folders_unchanged(folders):
        return Remembered(written, *rest, unchanged=True, stale=set(written))
    # someone else changed the output, or the last build didn't finish: trust only matching bytes
    present = output.files()
    written = {
        path: row for path, row in written.items() if path in present and digest(output.read(path) or b"") == row.digest
    }
    return Remembered(written, *rest, unchanged=False, stale=set() if memory.folder else present)


def begin(memory: Memory) -> None:
    """Mark the output as dirty: the record of an unfinished build must not be trusted."""
    memory.cache.put(f"{memory.name}.dirty", True)


def keep(
    memory: Memory, before: Remembered, written: dict[str, Written], folders: dict[str, int], searched: str,
    refused: dict[str, list[dict[str, Any]]], *, sound: bool,
) -> None:  # fmt: skip
    """Record what a finished build wrote. sound False: the next build makes everything again."""
    if not sound:
        memory.cache.drop(f"{memory.name}.json")
    elif (written, folders, searched, refused) != (before.written, before.folders, before.searched, before.refused):
        row = {"pages": written, "folders": folders, "search": searched, "refused": refused}
        memory.cache.put(f"{memory.name}.json", row)
    memory.cache.drop(f"{memory.name}.dirty")
