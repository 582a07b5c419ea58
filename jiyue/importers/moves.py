"""What became of every page and file of an old site: `sites/migrated/<batch>.jsonl`, one line each, sorted by path.

Everything that is said about a move afterwards is computed from it: redirects, the reconciliation, and what a second import
has to bring. The file has the same bytes whenever the same old site is imported, however often that was interrupted.

Where an old address leads now follows from one line, first that applies: `copy`, `article`, `column`; else nowhere (410).
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Literal

from jiyue.catalogue.migrated import FOLDER

Status = Literal["imported", "skipped", "error"]
Leads = Literal["article", "index", "file", "dropped", "nowhere", "outside", "own"]


class BadMoves(Exception):
    """A file of moves can't be read; str() says which line and why, in Chinese."""


@dataclass(frozen=True, slots=True)
class Link:
    """A link or picture in the text of an old page.

    address: absolute, or from the root (`/a.htm`) where the old host is not known. leads: `article` (`to`: the path of another
    page in the old site, which has an article), `index` (`to`: a list or home page), `file` (`to`: a picture or attachment
    that was copied), `dropped` (`to`: a page or file there that was not imported), `nowhere` (a page of the old site that the
    folder has not: it led nowhere before), `outside` (another host), `own` (a place in the same page).
    """

    address: str
    leads: Leads
    to: str = ""


@dataclass(frozen=True, slots=True)
class Move:
    """A page or file of an old site, or an article of an export.

    path: below the imported folder, with `/`; of an export, what names the article in it. kind: `page`, or `file` for
    everything else. addresses: the old ones, the main one first, absolute with their queries and percent-encoded, or from the
    root (`/show.asp?id=5`) where the old host is not known; another spelling of one is listed, too.

    article: the path below the cluster's root of the article that carries it, of a duplicate the article of its other, of a
    file the article beside which it lies, of a page that is public no more the article that an earlier import made. copy: of
    a file, the path of its copy. column: of a skipped list or home page, the column of the site to which it leads, `` for
    the home page; None: to none.

    copies: further copies of a file, beside other articles. deleted: the path of the article that it had until somebody deleted it here.

    title, date: of the article; date in Beijing, `YYYY-MM-DD` or `YYYY-MM-DD HH:MM`. encoding: in which a page was read.
    at: the day of the import that first brought it.
    share: of the visible text that is carried, 0..1, to 4 places; characters: of how many; page_share: of all that the page
    shows but what its template shows on every page.
    sha256: of the old file; article_sha256: of the article as it was written.
    pictures, attachments: how many are copied beside the article; missing: addresses of those that are not in the folder.
    links: of the text, in their order, each once.
    """

    path: str
    kind: Literal["page", "file"] = "page"
    addresses: tuple[str, ...] = ()
    status: Status = "imported"
    reason: str = ""
    article: str = ""
    copy: str = ""
    copies: tuple[str, ...] = ()
    column: str | None = None
    deleted: str = ""
    title: str = ""
    date: str = ""
    at: str = ""
    encoding: str = ""
    share: float | None = None
    characters: int = 0
    page_share: float | None = None
    sha256: str = ""
    article_sha256: str = ""
    pictures: int = 0
    attachments: int = 0
    missing: tuple[str, ...] = ()
    links: tuple[Link, ...] = ()


def path_of(root: Path, batch: str) -> Path:
    """The file of a batch."""
    return root / FOLDER / f"{batch}.jsonl"


def batches(root: Path) -> list[str]:
    """The names of all batches that have such a file."""
    return sorted(path.stem for path in (root / FOLDER).glob("*.jsonl") if path.name[0] != ".")


def read_moves(path: Path) -> Iterator[Move]:
    """The moves of a file, one after the other; none if there is no such file. Raises BadMoves."""
    try:
        handle = path.open(encoding="utf-8")
    except FileNotFoundError:
        return
    except OSError as problem:
        raise BadMoves(f"{path} 无法读取：{problem.strerror}") from None
    with handle:
        number = 1
        try:
            for line in handle:
                yield decoded(line)
                number += 1
        except (ValueError, TypeError, AttributeError, RecursionError):
            raise BadMoves(f"{path} 第 {number} 行读不懂；用 jiyue import 重新生成") from None


def write_moves(path: Path, moves: Iterable[Move]) -> None:
    """Write the moves of a batch, sorted by path. The file is whole or not there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    with part.open("w", encoding="utf-8", newline="\n") as handle:
        handle.writelines(encoded(move) for move in sorted(moves, key=lambda move: (move.path, move.kind)))
        handle.flush()
        os.fsync(handle.fileno())
    part.replace(path)


def encoded(move: Move) -> str:
    """One line. What is empty is left out."""
    given: dict[str, Any] = {"path": move.path, "kind": move.kind, "status": move.status}
    for key, value in asdict(move).items():
        if key == "links":
            value = [[one.address, one.leads, *([one.to] if one.to else [])] for one in move.links]  # noqa: PLW2901
        if value not in ("", (), [], 0, None) or (key in ("column", "share", "page_share") and value is not None):
            given.setdefault(key, value)
    return json.dumps(given, ensure_ascii=False, separators=(",", ":")) + "\n"


def decoded(line: str) -> Move:
    """The move of a line. Raises ValueError or TypeError."""
    given = json.loads(line)
    if not isinstance(given, dict) or not isinstance(given.get("path"), str):
        raise ValueError(line)
    known = {key: given[key] for key in _KEYS if key in given}
    for key in ("addresses", "copies", "missing"):
        if key in known:
            known[key] = tuple(known[key])
    if "links" in known:
        known["links"] = tuple(Link(*one) for one in known["links"])
    return Move(**known)


_KEYS = frozenset(field.name for field in fields(Move))
