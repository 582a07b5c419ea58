"""The rows of ledgers in git: to the rules on history, each row of a ledger is a file of its own, with versions and approvals.

A row's blob is a digest of its cells: two versions of a ledger have the same row where its cells are the same.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace

from jiyue.base.git import File, Git, Touch
from jiyue.base.verified_read import digest
from jiyue.catalogue.ledgers import BadRow, Model, Row, table
from jiyue.catalogue.sources import model_of
from jiyue.checks.repository.article_version import Version

_PREFIX = "row "


class LedgerRows:
    """Remembers the rows of all versions of ledgers that it was asked for."""

    def __init__(self, git: Git, read: Callable[[bytes], Version] = Version.of) -> None:
        """read: the version in the bytes of a file that is no row."""
        self._git, self._read = git, read
        self._cells: dict[str, tuple[Model, dict[str, str]]] = {}
        self._blobs: dict[tuple[str, str], dict[str, str]] = {}

    def of(self, path: str, blob: str) -> dict[str, str]:
        """Path of each row -> its blob, in a version of a ledger ('': there is none)."""
        if (path, blob) not in self._blobs:
            self._blobs[path, blob] = self.of_bytes(path, self._git.blob(blob)) if blob else {}
        return self._blobs[path, blob]

    def of_bytes(self, path: str, data: bytes) -> dict[str, str]:
        """The same of a ledger's bytes."""
        rows: dict[str, str] = {}
        model = model_of(path)
        for row in table(data, path, model) if model else ():
            if model and isinstance(row, Row) and row.key:
                cells = {name: cell for name, cell in row.cells.items() if cell}
                blob = _PREFIX + digest(json.dumps(cells, sort_keys=True).encode())
                self._cells[blob] = model, cells
                rows[f"{path}:{row.key}"] = blob
        return rows

    def with_rows(self, files: Mapping[str, File]) -> dict[str, File]:
        """Files of a commit and the rows of the ledgers among them."""
        both = dict(files)
        for path, file in files.items():
            if model_of(path):
                both |= {row: File(file.mode, blob) for row, blob in self.of(path, file.blob).items()}
        return both

    def touches(self, touches: Iterable[Touch]) -> Iterator[Touch]:
        """Changes of files, and after that of a ledger those of its rows."""
        for touch in touches:
            yield touch
            if model_of(touch.path):
                old, new = self.of(touch.path, touch.old), self.of(touch.path, touch.new)
                for path in sorted(old.keys() | new.keys()):
                    if old.get(path) != new.get(path):
                        yield touch._replace(path=path, old=old.get(path, ""), new=new.get(path, ""))

    def data(self, blob: str) -> bytes:
        """The source text of a row, or the content of any other blob. Files that the row names are named, not read."""
        return self._source(blob)[0] if blob.startswith(_PREFIX) else self._git.blob(blob)

    def version(self, blob: str) -> Version:
        """What review needs of a row or of a file: the files that a row names are among those that it refers to."""
        if not blob.startswith(_PREFIX):
            return self._read(self._git.blob(blob))
        data, named = self._source(blob)
        version = Version.of(data)
        return replace(version, referred=tuple(dict.fromkeys([*version.referred, *named])))

    def _source(self, blob: str) -> tuple[bytes, list[str]]:
        model, cells = self._cells[blob]
        named: list[str] = []

        def name(file: str) -> bytes:
            named.append(file)
            return file.encode()

        try:
            return model.article(cells, name)[0].encode("utf-8", "surrogatepass"), named
        except BadRow:
            return b"", named
