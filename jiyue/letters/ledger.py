"""The ledgers of letters as they lie in the repository: all rows, public or not; read for terms and figures, written by an import."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from jiyue.base.diagnostics import Diagnostic
from jiyue.catalogue.ledgers import BadRow, table
from jiyue.catalogue.letters import FIELDS, LEDGER, ROW, Letter, cells_of, letter_of

NAMES = ("letters.csv", "letters.yaml")


@dataclass
class Ledger:
    """A ledger file: its valid rows by number, and the findings about the others."""

    site: str
    path: str
    letters: dict[str, Letter] = field(default_factory=dict)
    findings: list[Diagnostic] = field(default_factory=list)


def ledgers(root: Path, site: str) -> Iterator[Ledger]:
    """Every ledger of a site, in order of paths."""
    for path in sorted(path for name in NAMES for path in (root / "content" / site).rglob(name)):
        if path.is_file() and not path.is_symlink():
            yield read(path.read_bytes(), site, path.relative_to(root).as_posix())


def read(data: bytes, site: str, path: str) -> Ledger:
    """Read a ledger. A bad row is reported and left out alone."""
    ledger = Ledger(site, path)
    for row in table(data, path, LEDGER):
        try:
            if isinstance(row, BadRow):
                raise row
            letter = letter_of(row.cells, row.line)
            ledger.letters[letter.number] = letter
        except BadRow as problem:
            ledger.findings.append(ROW.at(path, problem.line or row.line, problem.message, problem.hint, site=site))
    return ledger


def write(path: Path, letters: Iterable[Letter]) -> None:
    """Replace a ledger atomically by these letters, in order of date and number."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(FIELDS), lineterminator="\n")
    writer.writeheader()
    for letter in sorted(letters, key=lambda one: (one.received, one.number)):
        writer.writerow(cells_of(letter))
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    path.parent.mkdir(parents=True, exist_ok=True)
    part.write_text(text.getvalue(), "utf-8")
    part.replace(path)
