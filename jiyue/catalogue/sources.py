"""What a source path names: a file, or a row of a ledger (`content/jilin/zxts/letters.csv:2026-001`, the key behind the colon).

No file of a site's content has a colon in its name, so the two can't be mistaken. A row's source is the text of an article, made of
its cells: whatever reads an article's source reads a row's in the same way.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from jiyue.base.diagnostics import Diagnostic
from jiyue.base.encoding import decode
from jiyue.base.verified_read import Changed, digest
from jiyue.catalogue import letters
from jiyue.catalogue.ledgers import TYPES, BadRow, Beside, Model, Row, table

MODELS: dict[str, Model] = {"letters": letters.LEDGER}
"""Ledgers by the name of their file without its end."""
_NAMES = {f"{stem}.{end}": model for stem, model in MODELS.items() for end in TYPES}


class Source(NamedTuple):
    """A row that is shown: its key, its line, its source text as bytes. Or, without key or bytes, what is wrong on that line."""

    key: str
    line: int
    data: bytes
    fault: BadRow | None = None


def model_of(path: str) -> Model | None:
    """The kind of ledger that a file is, by its name; None for any other file."""
    return _NAMES.get(path.rpartition("/")[2])


def sources(data: bytes, name: str, model: Model, beside: Beside) -> Iterator[Source]:
    """The rows of a ledger, in order."""
    for row in table(data, name, model):
        if isinstance(row, BadRow):
            yield Source("", row.line, b"", row)
            continue
        key = row.cells.get(model.key, "")
        try:
            if text := model.article(row.cells, beside):
                yield Source(key, row.line, text.encode("utf-8", "surrogatepass"))
        except BadRow as problem:
            yield Source(key, row.line, b"", problem)


def file_of(source_path: str) -> str:
    """The file of a source."""
    return source_path.partition(":")[0]


def source_bytes(root: Path | str, source_path: str) -> bytes:
    """The bytes of a source. Raises OSError where it is not there (any more)."""
    file, _, key = source_path.partition(":")
    path = Path(f"{root}/{file}")
    if not key:
        return path.read_bytes()
    stat, model = path.stat(), model_of(file)
    row = _rows(path, stat.st_size, stat.st_mtime_ns).get(key)
    try:
        if model and row:
            return model.article(row.cells, beside(path.parent)).encode("utf-8", "surrogatepass")
    except BadRow:
        pass
    raise FileNotFoundError(source_path)


def source_text(root: Path | str, source_path: str) -> str:
    """The text of a source. Raises OSError, NotUtf8."""
    return decode(source_bytes(root, source_path))


def verified_source(root: Path | str, source_path: str, content: str) -> bytes:
    """The bytes of a source, if their digest still is the scan's. Raises Changed otherwise: the new content was never checked."""
    try:
        data = source_bytes(root, source_path)
    except OSError:
        raise Changed(f"{root}/{source_path}") from None
    if digest(data) != content:
        raise Changed(f"{root}/{source_path}")
    return data


def beside(folder: Path) -> Beside:
    """Reads files of a folder."""

    def read(name: str) -> bytes | None:
        path = folder / name
        return path.read_bytes() if path.is_file() and not path.is_symlink() else None

    return read


@lru_cache(maxsize=4)
def _rows(path: Path, size: int, changed: int) -> dict[str, Row]:
    """The rows of a ledger by their keys; size and changed are part of what is remembered by."""
    model = model_of(path.name)
    if model is None:
        return {}
    rows = table(path.read_bytes(), path.name, model)
    return {row.cells.get(model.key, ""): row for row in rows if isinstance(row, Row)}


def located(root: Path, findings: Iterable[Diagnostic]) -> list[Diagnostic]:
    """The same findings, those of a row at its line in the ledger."""
    return [_located(root, one) if ":" in one.path else one for one in findings]


def _located(root: Path, finding: Diagnostic) -> Diagnostic:
    file, _, key = finding.path.partition(":")
    if model_of(file) is None:
        return finding
    try:
        stat = (root / file).stat()
        row = _rows(root / file, stat.st_size, stat.st_mtime_ns).get(key)
    except OSError:
        row = None
    return replace(finding, path=file, line=row.line if row else 0, col=0)
