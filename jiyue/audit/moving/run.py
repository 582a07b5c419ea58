"""Makes the reports of imports."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from jiyue.audit.dashboard.write import write_files
from jiyue.audit.moving.findings import groups
from jiyue.audit.moving.pages import report_files
from jiyue.audit.moving.reconciliation import imported_paths, reconcile
from jiyue.base.diagnostics import did_you_mean
from jiyue.build.options import Options
from jiyue.build.source_check import check
from jiyue.importers.moves import batches, path_of, read_moves
from jiyue.registry import url_ledger
from jiyue.registry.load import load_registry

FOLDER = "_cluster/moves"


class NoSuchBatch(ValueError):
    """There is no record of an import of this name; str() says so in Chinese."""


class Made(NamedTuple):
    """A report that was written. facts: see Reconciliation; kinds: (kind, findings, rules) of what was imported."""

    batch: str
    folder: Path
    facts: list[tuple[str, str]]
    kinds: list[tuple[str, int, int]]


def report_moves(
    options: Options, names: Sequence[str], to: Path | None = None, approved_by: str = ""
) -> Iterator[Made]:
    """Write the reports of these batches. Raises NoSuchBatch, jiyue.importers.moves.BadMoves, ClusterBroken."""
    known = batches(options.root)
    if unknown := [name for name in names if name not in known]:
        raise NoSuchBatch(
            f"没有批次「{unknown[0]}」（sites/migrated/{unknown[0]}.jsonl）。{did_you_mean(unknown[0], known)}"
        )
    registry = load_registry(options.root)
    findings = check(options).diagnostics
    for name in names:
        moves = list(read_moves(path_of(options.root, name)))
        site = registry.sites.get(name.partition(".")[0])
        ledger = url_ledger.read(options.root, site.id)[0] if site else {}
        result = reconcile(options.root, name, moves, ledger, site.url if site else "")
        found = groups(findings, set(imported_paths(moves)))
        folder = to or options.output / FOLDER / name
        files = report_files(
            options.root, folder, registry.cluster.name, options.theme_folder, result, found, approved_by
        )
        write_files(folder, files)
        kinds = dict.fromkeys(one.kind for one in found)
        counted = [
            (kind, sum(one.places for one in found if one.kind == kind), sum(one.kind == kind for one in found))
            for kind in kinds
        ]
        yield Made(name, folder, result.facts, counted)
