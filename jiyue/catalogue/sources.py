"""What a source path names: a file, or a row of a ledger (`content/jilin/zxts/letters.csv:2026-001`, the key behind the colon).

No file of a site's content has a colon in its name, so the two can't be mistaken. A row's source is the text of an article, made of
its cells: whatever reads an article's source reads a row's in the same way.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from jiyue.base.diagnostics import Diagnostic
from jiyue.base.encoding import decode
from jiyue.base.verified_read import Changed, digest, read_verified
from jiyue.catalogue import letters
from jiyue.catalogue.ledgers import TYPES, BadRow, Beside, Model, table

MODELS: dict[str, Model] = {"letters": letters.LEDGER}
"""Ledgers by the name of their file without its end."""
LEDGERS = {f"{stem}.{end}": model for stem, model in MODELS.items() for end in TYPES}
"""The same by their whole names."""


class Source(NamedTuple):
    """A row: its key ('' where it can't be read), its line, its source text (b"" of one that is not shown), what is wrong with it."""

    key: str
    line: int
    data: bytes
    fault: BadRow | None = None


def model_of(path: str) -> Model | None:
    """The kind of ledger that a file is, by its name; None for any other file."""
    return LEDGERS.get(path.rpartition("/")[2])


def sources(data: bytes, name: str, model: Model, beside: Beside) -> Iterator[Source]:
    """The rows of a ledger, in order."""
    for row in table(data, name, model):
        if isinstance(row, BadRow):
            yield Source(row.key, row.line, b"", row)
            continue
        try:
            yield Source(row.key, row.line, model.article(row.cells, beside)[0].encode("utf-8", "surrogatepass"))
        except BadRow as problem:
            yield Source(row.key, row.line, b"", problem)


def article_name(name: str) -> str:
    """The file name of a source, from which its id follows; that of a row (`letters.csv:2026-001`) is the same in every format."""
    file, colon, key = name.partition(":")
    return f"{file.partition('.')[0]}:{key}" if colon else name


def file_of(source_path: str) -> str:
    """The file of a source."""
    return source_path.partition(":")[0]


@contextmanager
def overlaid(folder: Path, paths: Iterable[str], only: Mapping[str, Iterable[str]] | None = None) -> Iterator[None]:
    """For this thread, the files at these paths are those of another folder, as if they had been saved already.

    only: site -> paths; of such a site there are no other files, so that looking at it costs as little as they do.
    """
    token, narrow = _OVERLAY.set(dict.fromkeys(paths, folder)), _ONLY.set(only or {})
    try:
        yield
    finally:
        _OVERLAY.reset(token)
        _ONLY.reset(narrow)


def overlay() -> Mapping[str, Path]:
    """Path -> the folder that holds the file instead of the cluster's root."""
    return _OVERLAY.get()


def narrowed_to(site: str) -> Iterable[str] | None:
    """The paths of a site that there are, besides those of the overlay; None for all."""
    return _ONLY.get().get(site)


_ONLY: ContextVar[Mapping[str, Iterable[str]]] = ContextVar("only", default={})  # noqa: B039  (never changed)


def file_at(root: Path | str, path: str) -> Path:
    """The file at a path of the cluster, as the overlay has it if it does."""
    return Path(f"{_OVERLAY.get().get(path, root)}/{path}")


_OVERLAY: ContextVar[Mapping[str, Path]] = ContextVar("overlay", default={})  # noqa: B039  (never changed)


def source_bytes(root: Path | str, source_path: str) -> bytes:
    """The bytes of a source. Raises OSError where it is not there (any more)."""
    file, _, key = source_path.partition(":")
    path = file_at(root, file)
    if not key:
        return path.read_bytes()
    if (row := _ledger(path).get(key)) and row.data:
        return row.data
    raise FileNotFoundError(source_path)


def source_exists(root: Path | str, source_path: str) -> bool:
    """Whether a source is there to be published; false for a row that is not shown."""
    file, _, key = source_path.partition(":")
    if not key:
        return Path(f"{root}/{file}").is_file()
    try:
        return bool(source_bytes(root, source_path))
    except OSError:
        return False


def source_text(root: Path | str, source_path: str) -> str:
    """The text of a source. Raises OSError, NotUtf8."""
    return decode(source_bytes(root, source_path))


def verified_source(root: Path | str, source_path: str, content: str) -> bytes:
    """The bytes of a source, if their digest still is the scan's. Raises Changed otherwise: the new content was never checked."""
    if ":" not in source_path:
        return read_verified(file_at(root, source_path), content)
    return _verified(root, source_path, content).data


def cells_at(root: Path | str, source_path: str, content: str) -> dict[str, str] | None:
    """The cells of a row, those that name a file with what it holds; None for the source of an article that is a file.

    content: the digest of the row's source. Raises Changed if it is another by now.
    """
    return dict(_verified(root, source_path, content).cells) if ":" in source_path else None


def forget() -> None:
    """Forget the ledgers read so far: files that they name have changed."""
    _rows.cache_clear()


def beside(*folders: Path) -> Beside:
    """Reads files of a folder, of the first that has it."""

    def read(name: str) -> bytes | None:
        paths = (folder / name for folder in folders)
        path = next((path for path in paths if path.is_file() and not path.is_symlink()), None)
        return path.read_bytes() if path else None

    return read


def named_in(folder: Path) -> set[str]:
    """The names of the files that ledgers in a folder name."""
    names: set[str] = set()
    for name, model in LEDGERS.items():
        if (data := beside(folder)(name)) is not None:
            for _ in sources(data, name, model, names.add):
                pass
    return names


class _Row(NamedTuple):
    """line, source text as bytes (b"" of a row that is not shown), cells in one spelling."""

    line: int
    data: bytes
    cells: Mapping[str, str]


def _verified(root: Path | str, source_path: str, content: str) -> _Row:
    file, _, key = source_path.partition(":")
    path = Path(f"{root}/{file}")
    for _again in range(2):  # a file that the ledger names may have changed since it was read
        try:
            row = _ledger(path).get(key)
        except OSError:
            break
        if row and digest(row.data) == content:
            return row
        forget()
    raise Changed(f"{root}/{file}")


def _ledger(path: Path) -> dict[str, _Row]:
    """The rows of a ledger by their keys. Raises OSError."""
    stat = path.stat()
    return _rows(path, stat.st_size, stat.st_ctime_ns)


@lru_cache(maxsize=4)
def _rows(path: Path, size: int, changed: int) -> dict[str, _Row]:
    """size and changed (ctime in ns) are part of what is remembered by."""
    rows: dict[str, _Row] = {}
    model, read = model_of(path.name), beside(path.parent)
    for row in table(path.read_bytes(), path.name, model) if model else ():
        if model is None or isinstance(row, BadRow):
            continue
        try:
            text, cells = model.article(row.cells, read)
        except BadRow:
            text, cells = "", {}
        rows[row.key] = _Row(row.line, text.encode("utf-8", "surrogatepass"), cells)
    return rows


def located(root: Path, findings: Iterable[Diagnostic]) -> list[Diagnostic]:
    """The same findings, those of a row at its line in the ledger."""
    return [_located(root, one) if ":" in one.path else one for one in findings]


def _located(root: Path, finding: Diagnostic) -> Diagnostic:
    file, _, key = finding.path.partition(":")
    if model_of(file) is None:
        return finding
    try:
        line = _ledger(root / file)[key].line
    except (OSError, KeyError):
        line = finding.line  # told by the table itself
    return replace(finding, path=file, line=line, col=0)
