"""What was written at the last build of a site, and how far it can be trusted."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from jiyue.base.cache import Cache
from jiyue.render.output import Output, digest


class Written(NamedTuple):
    """A file as it was written last.

    part, shell: digests of its own part (of a file that is no page: of what it is made of) and of its shell; digest: of its
    bytes; places: start and length of each part within the page; made_of: see Page.
    """

    part: str
    shell: str
    digest: str
    places: list[Any]
    made_of: str


@dataclass(frozen=True)
class Memory:
    """Where what was written is remembered, and by which digest of the engine it counts.

    cache: of no folder where nothing is known; then everything is rendered and compared. shards: processes for one large
    site. folder: where the pages go if not below job.output; what else lies there is left alone. trusted False: a foreign
    plugin may have a hand in the output, so everything is rendered, and what is known only says which files are ours.
    """

    cache: Cache
    name: str
    engine: str
    shards: int = 1
    folder: Path | None = None
    trusted: bool = True


class Remembered(NamedTuple):
    """What is known of the last build.

    written: path -> file. folders: see Output.folders. searched: digest of what the search index was made of. refused: page
    -> findings for which it may not go out. unchanged: nobody else was at the output since. stale: files that go unless they
    are made again.
    """

    written: dict[str, Written]
    folders: dict[str, int]
    searched: str
    refused: dict[str, list[dict[str, Any]]]
    unchanged: bool
    stale: set[str]


def recall(memory: Memory, output: Output) -> Remembered:
    """What was written last time, as far as it can be trusted."""
    old = memory.cache.get(f"{memory.name}.json") or {"pages": {}, "folders": {}, "search": "", "refused": {}}
    written = {path: Written(*row) for path, row in old["pages"].items()}
    folders, rest = old["folders"], (old["folders"], old["search"], old["refused"])
    if not memory.trusted:
        return Remembered({}, *rest, unchanged=False, stale=set(written))
    if memory.cache.get(f"{memory.name}.dirty") is None and output.folders_unchanged(folders):
        return Remembered(written, *rest, unchanged=True, stale=set(written))
    # someone else was at the output, or the last build did not end: believe only bytes
    lying = output.files()
    written = {
        path: row for path, row in written.items() if path in lying and digest(output.read(path) or b"") == row.digest
    }
    return Remembered(written, *rest, unchanged=False, stale=set() if memory.folder else lying)


def begin(memory: Memory) -> None:
    """Mark the output as being changed: a build that does not end must not be believed."""
    memory.cache.put(f"{memory.name}.dirty", True)


def keep(
    memory: Memory, before: Remembered, written: dict[str, Written], folders: dict[str, int], searched: str,
    refused: dict[str, list[dict[str, Any]]], *, sound: bool,
) -> None:  # fmt: skip
    """Remember what a finished build wrote. sound False: all of it is to be made again next time."""
    if not sound:
        memory.cache.drop(f"{memory.name}.json")
    elif (written, folders, searched, refused) != (before.written, before.folders, before.searched, before.refused):
        row = {"pages": written, "folders": folders, "search": searched, "refused": refused}
        memory.cache.put(f"{memory.name}.json", row)
    memory.cache.drop(f"{memory.name}.dirty")
